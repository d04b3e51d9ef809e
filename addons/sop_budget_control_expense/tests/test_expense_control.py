# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from freezegun import freeze_time

from odoo.exceptions import UserError
from odoo.fields import Command
from odoo.tests import tagged

from .common_expense import ExpenseCase


@tagged("post_install", "-at_install")
class TestExpenseControl(ExpenseCase):
    """Approving an expense asks the policies; 1,200 are planned for the first category."""

    def flags(self, document):
        return self.env["sop.control.flag"].search(
            [("res_model", "=", document._name), ("res_id", "=", document.id)]
        )

    def test_stopped(self):
        self.set_policy(event="expense")
        expense = self.make_expense(1201)
        self.assertEqual(expense.sop_control_state, "stop")
        acts = (
            expense.action_approve,
            lambda: expense.write({"approval_state": "approved"}),
            lambda: expense.write({"state": "approved", "approval_state": "approved"}),
        )
        for act in acts:
            with self.assertRefused(
                UserError, "Dinner would take .*\\n.*short by .*1.00"
            ):
                act()
        expense.write({"total_amount_currency": 1200})
        expense.action_approve()
        self.assertEqual(expense.state, "approved")
        with self.assertRefused(UserError, "short by .*1.00"):
            expense.write({"total_amount_currency": 1201})
        with self.assertRefused(UserError, "P2 Category"):
            expense.analytic_distribution = {
                str(self.second.analytic_account_id.id): 100
            }

    def test_what_is_approved_together_counts_together(self):
        self.set_policy(event="expense")
        expenses = self.make_expense(700) | self.make_expense(600)
        with self.assertRefused(UserError, "requested .*1,300.00"):
            expenses.action_approve()
        expenses[0].action_approve()
        # Not in the books yet, but spent all the same
        with self.assertRefused(UserError, "available .*500.00, requested .*600.00"):
            expenses[1].action_approve()
        self.set_policy()
        with self.assertRefused(UserError, "available .*500.00"):
            self.draft((self.first, 501)).button_confirm()

    def test_without_an_approver(self):
        self.set_policy(event="expense")
        expense = self.make_expense(1201, submit=False, manager_id=self.proposer.id)
        with self.assertRefused(UserError, "short by"):
            expense.action_submit()

    def test_flagged_and_told(self):
        self.set_policy(event="expense", action="warn")
        expense = self.make_expense(1300)
        expense.action_approve()
        flag = self.flags(expense)
        self.assertEqual((flag.event, flag.shortfall), ("expense", 100))
        self.assertTrue(expense.sop_flagged)
        self.assertIn("Passed beyond", str(expense.message_ids.mapped("body")))

    def test_override(self):
        self.set_policy(event="expense", action="override")
        self.set_policy(event="bill")
        expense = self.make_expense(1300)
        wizard = self.env["sop.control.help"].browse(
            expense.action_sop_control_help()["res_id"]
        )
        # What was eaten can't wait
        self.assertNotIn("wait", wizard.option_ids.mapped("kind"))
        wizard.reason = "The guests were hungry"
        option = wizard.option_ids.filtered(lambda o: o.kind == "override")
        override = self.env["sop.budget.override"].browse(option.action_do()["res_id"])
        override.with_user(self.owner).action_approve()
        expense.action_approve()
        self.assertEqual(override.state, "used")
        # Its bill takes nothing more than was approved
        expense._post_without_wizard()
        self.assertEqual(expense.account_move_id.state, "posted")

    def test_expense_of_a_proposal(self):
        self.set_policy(event="expense")
        proposal = self.approved(1000.0)
        expense = self.make_expense(
            1000,
            self.third,
            date="2025-06-12",
            sop_proposal_line_id=proposal.line_ids.id,
        )
        self.assertEqual(expense.sop_control_state, "none")
        expense.action_approve()
        more = self.make_expense(
            10,
            self.third,
            date="2025-06-12",
            sop_proposal_line_id=proposal.line_ids.id,
        )
        with self.assertRefused(UserError, "P3 .*available .*0.00, requested .*10.00"):
            more.action_approve()

    def test_one_reservation_is_spent_once(self):
        for event in ("expense", "order", "bill"):
            self.set_policy(event=event)
        proposal = self.approved(1000.0)
        claim = proposal.line_ids
        orders = self.order(proposal, 600.0) | self.order(proposal, 400.0)
        bill = self.spend(self.third, 1000, "2025-06-20", post=False)
        bill.invoice_line_ids.sop_proposal_line_id = claim
        expense = self.make_claimed(1000, claim)
        self.assertNotEqual(orders[0].sop_control_state, "stop")
        expense.action_approve()
        self.env.invalidate_all()
        refusal = "P3 .*available .*0.00, requested .*%s"
        for order, amount in zip(orders, ("600.00", "400.00"), strict=True):
            self.assertEqual(order.sop_control_state, "stop")
            with self.assertRefused(UserError, refusal % amount):
                order.button_confirm()
        self.assertEqual(bill.sop_control_state, "stop")
        with self.assertRefused(UserError, refusal % "1,000.00"):
            bill.action_post()
        # What posts the expense takes what was kept for it, and nothing is left after that
        with freeze_time("2025-06-20"):
            expense._post_without_wizard()
        self.assertEqual(expense.account_move_id.state, "posted")
        self.assertEqual(claim.reserved_amount, 0)
        with self.assertRefused(UserError, refusal % "400.00"):
            orders[1].button_confirm()

    def test_a_reservation_that_is_ordered_pays_no_expense(self):
        for event in ("expense", "order"):
            self.set_policy(event=event)
        proposal = self.approved(1000.0)
        claim = proposal.line_ids
        expenses = self.make_claimed(300, claim) | self.make_claimed(500, claim)
        order = self.order(proposal, 600.0)
        expenses[0].action_approve()
        order.button_confirm()
        # 600 are ordered, 300 spent
        with self.assertRefused(UserError, "available .*0.00, requested .*400.00"):
            expenses[1].action_approve()
        order.button_cancel()
        expenses[1].action_approve()

    def test_reservations_are_locked(self):
        self.set_policy(event="expense")
        claim = self.approved(1000.0).line_ids
        expense = self.make_claimed(100, claim)
        self.env.flush_all()
        before = self.get_row_version(claim)
        expense.action_approve()
        # As an order writes it: of two at the same moment the second is tried again
        self.assertNotEqual(self.get_row_version(claim), before)

    def get_row_version(self, record):
        self.env.cr.execute(
            "SELECT ctid::text FROM sop_proposal_line WHERE id = %s", [record.id]
        )
        return self.env.cr.fetchone()[0]

    def test_expenses_change_what_they_spend(self):
        self.set_policy(event="expense")
        claims = self.approved(400.0, 600.0).line_ids
        expense = self.make_claimed(600, claims[1])
        expense.action_approve()
        with self.assertRefused(UserError, "available .*0.00, requested .*200.00"):
            expense.sop_proposal_line_id = claims[0]
        with self.assertRefused(UserError, "requested .*600.00"):
            expense.sop_proposal_line_id = False
        expense.total_amount_currency = 300
        expense.sop_proposal_line_id = claims[0]
        vals = {"submit": False, "approval_state": "approved"}
        with self.assertRefused(UserError, "requested .*50.00"):
            self.make_claimed(150, claims[0], **vals)
        self.make_claimed(100, claims[0], **vals)

    def test_split_of_an_approved_one(self):
        self.set_policy(event="expense")
        expense = self.make_expense(1200)
        expense.action_approve()
        with self.assertRefused(UserError, "short by .*1.00"):
            expense.copy({"approval_state": "approved", "total_amount_currency": 1})

    def test_no_policy_no_question(self):
        expense = self.make_expense(5000)
        expense.action_approve()
        self.assertEqual(expense.state, "approved")

    def test_taxes_that_cannot_be_recovered(self):
        self.set_policy(event="expense", tolerance_amount=0)
        lost = self.env["account.tax"].create(
            {
                "name": "Lost",
                "amount": 20,
                "type_tax_use": "purchase",
                "company_id": self.company.id,
            }
        )
        expense = self.make_expense(1201, tax_ids=[Command.set(lost.ids)])
        with self.assertRefused(UserError, "requested .*1,201.00"):
            expense.action_approve()
        lost.invoice_repartition_line_ids.filtered(
            lambda part: part.repartition_type == "tax"
        ).account_id = self.company_data["default_account_tax_purchase"]
        expense.action_approve()

    def test_what_the_company_paid_takes_over_its_lost_taxes(self):
        lost = self.env["account.tax"].create(
            {
                "name": "Lost",
                "amount": 20,
                "type_tax_use": "purchase",
                "company_id": self.company.id,
            }
        )
        claim = self.approved(300).line_ids
        expense = self.make_claimed(
            300, claim, payment_mode="company_account", tax_ids=[Command.set(lost.ids)]
        )
        expense.action_approve()
        expense.action_post()
        move = expense.account_move_id
        self.assertEqual((claim.billed_amount, claim.reserved_amount), (300, 0))
        move._reverse_moves([{"date": "2025-06-30"}], cancel=True)
        self.assertEqual((claim.billed_amount, claim.reserved_amount), (0, 300))

    def test_the_effect_of_a_proposal_counts_what_expenses_hold(self):
        self.make_expense(300).action_approve()
        proposal = self.make_proposal(200, category=self.first)
        [row] = proposal.effect
        self.assertEqual(
            [row[key] for key in ("held", "available", "left")], [300, 900, 700]
        )
        self.assertIn("Held by expenses", proposal.effect_html)

    # === WHAT IS GIVEN AWAY === #

    def test_what_is_held_is_not_transferred(self):
        self.make_expense(1000).action_approve()
        transfer = self.env["sop.budget.transfer"].create(
            {
                "kind": "transfer",
                "budget_id": self.budget.id,
                "reason": "More prizes",
                "line_ids": [
                    Command.create(
                        {
                            "category_from_id": self.first.id,
                            "month_from": f"2025-{month:02}-01",
                            "category_to_id": self.second.id,
                            "month_to": "2025-01-01",
                            "amount": 100,
                        }
                    )
                    for month in (1, 2, 3)
                ],
            }
        )
        self.budget.transfer_below_used = False
        with self.assertRefused(UserError, "P1.*only .*200.00 are neither spent"):
            transfer.action_submit()
        transfer.line_ids[0].unlink()
        self.budget.transfer_basis = "month"
        transfer.action_submit()

    def test_what_is_held_in_a_month_is_not_transferred(self):
        self.make_expense(40).action_approve()
        self.budget.write({"transfer_below_used": False, "transfer_basis": "month"})
        transfer = self.env["sop.budget.transfer"].create(
            {
                "kind": "transfer",
                "budget_id": self.budget.id,
                "reason": "More prizes",
                "line_ids": [
                    Command.create(
                        {
                            "category_from_id": self.first.id,
                            "month_from": "2025-04-01",
                            "category_to_id": self.second.id,
                            "month_to": "2025-01-01",
                            "amount": 61,
                        }
                    )
                ],
            }
        )
        with self.assertRefused(UserError, "P1.*only .*60.00 of 2025-04"):
            transfer.action_submit()
        transfer.line_ids.amount = 60
        transfer.action_submit()

    def test_what_is_held_is_not_carried(self):
        target = self.make_budget(
            name="Budget 2026", date_from="2026-01-01", date_to="2026-12-31"
        )
        self.make_category("P1", budget=target, analytic=self.first.analytic_account_id)
        claim = self.approved(400.0).line_ids
        expense = self.make_expense(900)
        expense.action_approve()
        spending = self.make_claimed(100, claim) | self.make_claimed(200, claim)
        spending[0].action_approve()
        action = self.budget.action_carry_forward()
        wizard = self.env[action["res_model"]].browse(action["res_id"])
        wizard.action_preview()
        amounts = wizard.line_ids.filtered(lambda line: line.category_id == self.first)
        self.assertEqual(amounts.mapped("amount"), [300])
        with self.assertRefused(UserError, "Dinner.*Post or reset"):
            wizard.action_apply()
        spending[0].action_reset()
        wizard.action_preview()
        transfer = self.env["sop.budget.transfer"].browse(
            wizard.action_apply()["res_id"]
        )
        spending[1].action_approve()
        with self.assertRefused(UserError, "Dinner.*Post or reset"):
            transfer.sudo()._apply()
        spending[1].action_reset()
        transfer.sudo()._apply()
        # What is only in preparation spends the carried line
        carried = claim.proposal_id.next_ids.line_ids
        self.assertEqual(spending.sop_proposal_line_id, carried)

    def test_what_is_held_is_obligated_of_a_release(self):
        self.budget.uses_releases = True
        release = self.env["sop.budget.release"].create(
            {"budget_id": self.budget.id, "date_from": "2025-01-01", "amount": 300}
        )
        release.action_release()
        release.with_user(self.owner).action_approve()
        claim = self.approved(500).line_ids
        expense = self.make_claimed(301, claim)
        self.assertEqual(expense.sop_control_state, "stop")
        with self.assertRefused(UserError, "available .*300.00, requested .*301.00"):
            expense.action_approve()
        expense.total_amount_currency = 200
        expense.action_approve()
        self.env.invalidate_all()
        rows = self.env["sop.release.performance"].search(
            [("budget_id", "=", self.budget.id)], order="date_from"
        )
        self.assertEqual((release.obligated, rows[1].obligated), (200, 200))
        with self.assertRefused(UserError, "available .*100.00, requested .*101.00"):
            order = self.draft((self.third, 101))
            order.order_line.date_planned = "2025-06-15"
            order.button_confirm()
