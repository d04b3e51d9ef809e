# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
{
    "name": "Operations: money asked for",
    "summary": "What an operation needs is asked for in proposals; what is approved funds it",
    "version": "19.0.1.0.0",
    "development_status": "Beta",
    "category": "Accounting/Accounting",
    "license": "LGPL-3",
    "author": "SOP contributors",
    "depends": ["sop_operations", "sop_budget_control"],
    "data": [
        "views/sop_kpi_views.xml",
        "views/sop_proposal_views.xml",
        "views/sop_operation_views.xml",
    ],
    "auto_install": True,
}
