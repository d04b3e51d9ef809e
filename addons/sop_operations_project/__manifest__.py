# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
{
    "name": "Operations: their projects",
    "summary": "The project of an operation, and its open tasks",
    "version": "19.0.1.0.0",
    "development_status": "Beta",
    "category": "Accounting/Accounting",
    "license": "LGPL-3",
    "author": "SOP contributors",
    "depends": ["sop_operations", "project"],
    "data": ["views/project_project_views.xml", "views/sop_operation_views.xml"],
    "auto_install": True,
}
