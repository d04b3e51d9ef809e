# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from odoo.fields import Command

from odoo.addons.sop_budget_control.tests.common_control import ControlCase


class ExpenseCase(ControlCase):
    """The proposer is an employee; 1,200 are planned for the first category."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env.user.group_ids |= cls.env.ref("hr_expense.group_hr_expense_manager")
        cls.employee = (
            cls.env["hr.employee"]
            .sudo()
            .create(
                {
                    "name": "Employee",
                    "user_id": cls.proposer.id,
                    "company_id": cls.company.id,
                    "work_contact_id": cls.proposer.partner_id.id,
                }
            )
        )
        cls.meals = cls.env.ref("hr_expense.product_product_no_cost")

    def make_expense(self, amount, category=None, submit=True, **vals):
        account = (category or self.first).analytic_account_id
        expense = (
            self.env["hr.expense"]
            .with_company(self.company)
            .create(
                {
                    "name": "Dinner",
                    "employee_id": self.employee.id,
                    "company_id": self.company.id,
                    "product_id": self.meals.id,
                    "account_id": self.expense_2.id,
                    "date": "2025-04-12",
                    "total_amount_currency": amount,
                    "tax_ids": [Command.clear()],
                    "analytic_distribution": {str(account.id): 100},
                    "manager_id": self.env.user.id,
                    **vals,
                }
            )
        )
        if submit:
            # Not by the button, which approves what nobody has to decide about
            expense.approval_state = "submitted"
        return expense

    def make_claimed(self, amount, claim, **vals):
        vals = {"category": self.third, "date": "2025-06-12", **vals}
        return self.make_expense(amount, sop_proposal_line_id=claim.id, **vals)
