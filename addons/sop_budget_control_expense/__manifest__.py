# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
{
    "name": "Budget control: expenses of employees",
    "summary": "Expenses ask the budget; one in one click from an approved proposal",
    "version": "19.0.1.0.0",
    "development_status": "Beta",
    "category": "Accounting/Accounting",
    "license": "LGPL-3",
    "author": "SOP contributors",
    "depends": ["sop_budget_control", "hr_expense"],
    "data": [
        "views/hr_expense_views.xml",
        "views/sop_proposal_views.xml",
        "wizards/hr_expense_post_wizard_views.xml",
    ],
    "assets": {
        "web.assets_tests": [
            "sop_budget_control_expense/static/tests/tours/**/*",
        ],
    },
    "auto_install": True,
}
