# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
{
    "name": "Operations: receipts",
    "summary": "Process metrics of receipts, and inventory days",
    "version": "19.0.1.0.0",
    "development_status": "Beta",
    "category": "Accounting/Accounting",
    "license": "LGPL-3",
    "author": "SOP contributors",
    "depends": ["sop_operations", "purchase_stock"],
    "demo": ["demo/receipts_demo.xml"],
    "auto_install": True,
}
