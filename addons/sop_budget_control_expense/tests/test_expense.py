# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from odoo.exceptions import UserError
from odoo.tests import tagged

from odoo.addons.sop_budget_control.tests.common_proposal import ProposalCommon


@tagged("post_install", "-at_install")
class TestProposalExpense(ProposalCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
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
        cls.env.user.group_ids |= cls.env.ref("hr_expense.group_hr_expense_manager")

    def reserved(self):
        return self.figures(self.third, "reserved", "committed", "actual", "available")

    def make_expense(self, proposal):
        action = proposal.action_create_expense()
        return self.env["hr.expense"].browse(action["res_id"])

    def test_expense_releases_the_reservation(self):
        proposal = self.approved(300)
        expense = self.make_expense(proposal)
        self.assertEqual(
            (expense.total_amount, expense.employee_id), (300, self.employee)
        )
        self.assertEqual(self.reserved(), [300, 0, 0, 700])
        with self.assertRefused(UserError, "is left to order"):
            proposal.action_create_expense()
        expense.write({"total_amount_currency": 120, "price_unit": 120})
        expense.date = "2025-06-12"
        expense.action_submit()
        expense.action_approve()
        expense._post_without_wizard()
        move = expense.account_move_id
        self.assertEqual(move.state, "posted")
        move.button_draft()
        move.write({"name": "/", "invoice_date": "2025-06-12", "date": "2025-06-12"})
        move.action_post()
        self.assertEqual(self.reserved(), [180, 0, 120, 700])
        self.assertEqual(proposal.state, "ordered")
        # The rest can still be spent
        self.assertEqual(self.make_expense(proposal).total_amount, 180)

    def test_the_requester_does_it_alone(self):
        proposal = self.approved(300).with_user(self.proposer)
        action = proposal.action_create_expense()
        expense = self.env["hr.expense"].browse(action["res_id"])
        self.assertEqual(expense.sop_proposal_line_id, proposal.line_ids)

    def test_who_is_no_employee(self):
        self.employee.user_id = False
        with self.assertRefused(UserError, "is no employee"):
            self.approved(300).action_create_expense()
