# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
{
    "name": "Budget control: managers from the organisation chart",
    "summary": "The requester's manager is the one of the employee",
    "version": "19.0.1.0.0",
    "development_status": "Beta",
    "category": "Accounting/Accounting",
    "license": "LGPL-3",
    "author": "SOP contributors",
    "depends": ["sop_budget_control", "hr"],
    "auto_install": True,
}
