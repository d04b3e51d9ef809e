# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
{
    "name": "Operations: what the money is to achieve",
    "summary": "Operations, KPIs, milestones and experiments, linked to budgets",
    "version": "19.0.1.0.0",
    "development_status": "Beta",
    "category": "Accounting/Accounting",
    "license": "LGPL-3",
    "author": "SOP contributors",
    "depends": ["sop_budget"],
    "data": [
        "security/res_groups.xml",
        "security/ir.model.access.csv",
        "security/ir_rules.xml",
        "data/sop_process_metric_data.xml",
        "data/sop_kpi_data.xml",
        "views/sop_operation_tag_views.xml",
        "views/sop_operation_funding_views.xml",
        "views/sop_operation_update_views.xml",
        "views/sop_milestone_views.xml",
        "views/sop_kpi_value_views.xml",
        "wizards/sop_kpi_check_in_views.xml",
        "views/sop_kpi_views.xml",
        "views/sop_experiment_views.xml",
        "views/sop_operation_views.xml",
        "views/sop_process_metric_views.xml",
        "views/sop_process_case_views.xml",
        "views/sop_operation_screens.xml",
        "views/sop_operation_kpi_views.xml",
        # Last: the menus name actions of the files above
        "views/sop_operations_menus.xml",
    ],
    "assets": {
        "web.assets_backend": [
            "sop_operations/static/src/**/*",
        ],
        "web.assets_tests": [
            "sop_operations/static/tests/tours/**/*",
        ],
        "web.assets_unit_tests": [
            "sop_operations/static/tests/**/*",
            ("remove", "sop_operations/static/tests/tours/**/*"),
        ],
    },
    "application": True,
}
