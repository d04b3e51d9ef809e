# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
{
    "name": "Operations: order to cash",
    "summary": "Process metrics from quotation to payment",
    "version": "19.0.1.0.0",
    "development_status": "Beta",
    "category": "Accounting/Accounting",
    "license": "LGPL-3",
    "author": "SOP contributors",
    "depends": ["sop_operations", "sale"],
    "data": [
        "data/sop_process_metric_data.xml",
        "views/sop_process_metric_views.xml",
    ],
    "demo": ["demo/tickets_demo.xml"],
    "auto_install": True,
}
