# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from odoo.tests import HttpCase, tagged
from odoo.tools import mute_logger

from .common_expense import ExpenseCase

APPROVER = "sop_budget.group_sop_budget_user,hr_expense.group_hr_expense_user"


@tagged("post_install", "-at_install")
class TestExpenseTours(ExpenseCase, HttpCase):
    def test_stopped_and_through_by_override(self):
        approver = self.make_user("sop_cashier", APPROVER)
        self.env["sop.budget.member"].create(
            {"budget_id": self.budget.id, "user_id": approver.id, "role": "planner"}
        )
        self.set_policy(event="expense", action="override")
        expense = self.make_expense(1300, manager_id=approver.id)
        url = f"/odoo/hr.expense/{expense.id}"
        # Being stopped is an answer of the server, which it notes
        with mute_logger("odoo.http"):
            self.start_tour(
                url, "sop_budget_control_expense_stopped", login=approver.login
            )
        self.env.invalidate_all()
        self.assertEqual(expense.state, "submitted")
        override = self.env["sop.budget.override"].search(
            [("res_model", "=", "hr.expense"), ("res_id", "=", expense.id)]
        )
        self.assertEqual(override.reason, "The guests were hungry")
        override.with_user(self.owner).action_approve()
        self.start_tour(url, "sop_budget_control_expense_passes", login=approver.login)
        self.env.invalidate_all()
        self.assertEqual((expense.state, override.state), ("approved", "used"))
