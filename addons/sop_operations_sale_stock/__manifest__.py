# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
{
    "name": "Operations: deliveries",
    "summary": "Process metrics of deliveries",
    "version": "19.0.1.0.0",
    "development_status": "Beta",
    "category": "Accounting/Accounting",
    "license": "LGPL-3",
    "author": "SOP contributors",
    "depends": ["sop_operations_sale", "sale_stock"],
    "demo": ["demo/deliveries_demo.xml"],
    "auto_install": True,
}
