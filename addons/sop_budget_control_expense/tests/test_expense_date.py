# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from freezegun import freeze_time

from odoo import fields
from odoo.exceptions import UserError
from odoo.tests import Form, tagged

from .common_expense import ExpenseCase


@tagged("post_install", "-at_install")
class TestExpenseDate(ExpenseCase):
    """The day of an expense says which budget and month pay, and its entry stays there."""

    def post(self, expenses, day, accounting_date=None):
        """By the wizard, as users do; returns it."""
        with freeze_time(day):
            action = expenses.action_post()
            wizard = self.env[action["res_model"]].with_context(**action["context"])
            form = Form(wizard.browse(action["res_id"]))
            if accounting_date:
                form.accounting_date = accounting_date
            wizard = form.save()
            wizard.action_post_entry()
        self.assertEqual(expenses.account_move_id.state, "posted")
        return wizard

    def reserved(self):
        return self.figures(self.third, "reserved", "actual", "available")

    # === THE ENTRY === #

    def test_posted_after_the_budget(self):
        self.set_policy(event="expense")
        claim = self.approved(300.0).line_ids
        expense = self.make_claimed(300, claim)
        expense.action_approve()
        wizard = self.post(expense, "2026-02-03")
        self.assertEqual(wizard.accounting_date, fields.Date.to_date("2025-06-12"))
        self.assertFalse(wizard.sop_date_warning)
        self.assertEqual(
            expense.account_move_id.date, fields.Date.to_date("2025-06-12")
        )
        self.assertEqual(self.reserved(), [0, 300, 700])

    def test_posted_after_a_budget_of_some_months(self):
        """Numbers that start anew each year let Odoo date entries up to today."""
        self.budget.action_draft()
        amounts = (self.first | self.second).amount_ids
        amounts.filtered(lambda a: str(a.month) > "2025-06-01").unlink()
        self.budget.date_to = "2025-06-30"
        self.budget.action_submit()
        self.budget.action_approve()
        journal = self.company_data["default_journal_purchase"]
        first = self.spend(self.first, 1, "2025-01-10", journal_id=journal.id)
        first.name = "BILL/2025/00001"
        claim = self.approved(300.0).line_ids
        expense = self.make_claimed(300, claim)
        expense.action_approve()
        self.post(expense, "2025-09-03")
        self.assertEqual(
            expense.account_move_id.date, fields.Date.to_date("2025-06-12")
        )
        self.assertEqual(self.reserved(), [0, 300, 700])

    def test_posted_within_the_budget(self):
        """As Odoo has it: on the day that it is posted."""
        self.set_policy(event="expense")
        claim = self.approved(300.0).line_ids
        expense = self.make_claimed(300, claim)
        expense.action_approve()
        wizard = self.post(expense, "2025-08-03")
        self.assertEqual(wizard.accounting_date, fields.Date.to_date("2025-08-03"))
        self.assertEqual(
            expense.account_move_id.date, fields.Date.to_date("2025-08-03")
        )
        self.assertEqual(self.reserved(), [0, 300, 700])

    def test_chosen_outside_of_the_budget(self):
        claim = self.approved(300.0).line_ids
        expense = self.make_claimed(300, claim)
        expense.action_approve()
        wizard = self.post(expense, "2026-02-03", accounting_date="2026-02-01")
        self.assertRegex(
            wizard.sop_date_warning,
            "02/01/2026 lies outside of .*Dinner.*will not count there",
        )
        self.assertEqual(expense.account_move_id.date.year, 2026)
        # Released all the same: it is spent, in another year
        self.assertEqual(self.reserved(), [0, 0, 1000])

    def test_posted_without_the_wizard(self):
        self.set_policy(event="expense")
        expense = self.make_expense(300)
        expense.action_approve()
        with freeze_time("2026-02-03"):
            expense._post_without_wizard()
        self.assertEqual(
            expense.account_move_id.date, fields.Date.to_date("2025-04-12")
        )

    def test_without_a_budget(self):
        """Nobody's dates change who has no budget."""
        expense = self.make_expense(300)
        expense.action_approve()
        wizard = self.post(expense, "2026-02-03")
        self.assertEqual(wizard.accounting_date, fields.Date.to_date("2026-02-03"))
        self.assertFalse(wizard.sop_date_warning)
        self.assertEqual(
            expense.account_move_id.date, fields.Date.to_date("2026-02-03")
        )

    # === TOLD WHILE IT IS A DRAFT === #

    def test_warned_of_a_day_outside(self):
        claim = self.approved(300.0).line_ids
        expense = self.make_claimed(300, claim)
        self.assertFalse(expense.sop_date_warning)
        expense.date = "2026-01-05"
        self.assertRegex(
            expense.sop_date_warning,
            "01/05/2026 lies outside of “Budget 2025”.*Dinner.*will not count there",
        )

    def test_warned_of_locked_books(self):
        claim = self.approved(300.0).line_ids
        expense = self.make_claimed(300, claim)
        self.company.fiscalyear_lock_date = "2025-11-30"
        # The first open day is still one of the budget
        self.assertFalse(expense.sop_date_warning)
        self.company.fiscalyear_lock_date = "2025-12-31"
        self.env.invalidate_all()
        self.assertRegex(
            expense.sop_date_warning,
            "locked up to 12/31/2025.*Dinner.*dated after “Budget 2025”",
        )

    def test_an_expense_of_a_proposal_is_of_its_budget(self):
        claim = self.approved(300.0).line_ids
        for day, expected in (
            ("2025-07-04", "2025-07-04"),
            ("2026-02-03", str(claim.date)),
            ("2024-12-03", str(claim.date)),
        ):
            with freeze_time(day):
                vals = claim._prepare_expense_vals(self.employee)
            self.assertEqual(str(vals["date"]), expected)

    # === WHAT IS RELEASED === #

    def test_another_month_than_reserved(self):
        """Reserved in June, spent in May: by May nothing is planned for it."""
        self.set_policy(event="expense", basis="to_date")
        claim = self.approved(300.0).line_ids
        expense = self.make_claimed(300, claim, date="2025-05-12")
        self.assertEqual(expense.sop_control_state, "stop")
        with self.assertRefused(UserError, "P3 .*available .*0.00, requested .*300.00"):
            expense.action_approve()
        expense.date = "2025-07-12"
        self.assertEqual(expense.sop_control_state, "none")
        expense.action_approve()
        # Nor is it held twice
        self.make_expense(700, self.third, date="2025-07-12").action_approve()

    def test_another_category_than_reserved(self):
        """It takes from where it is booked, and gives free what was reserved elsewhere."""
        self.set_policy(event="expense")
        claim = self.approved(1000.0).line_ids
        much = self.make_claimed(1201, claim, category=self.first)
        with self.assertRefused(UserError, "P1 .*requested .*1,201.00"):
            much.action_approve()
        expense = self.make_claimed(1000, claim, category=self.first)
        self.assertEqual(expense.sop_control_state, "ok")
        expense.action_approve()
        with self.assertRefused(UserError, "P1 .*available .*200.00, requested .*201"):
            self.make_expense(201).action_approve()
        other = self.make_expense(1000, self.third)
        other.action_approve()
        self.post(expense, "2025-06-20")
        self.assertEqual(self.reserved(), [0, 0, 1000])
        self.assertEqual(self.figures(self.first, "actual"), 1000)
        with self.assertRefused(UserError, "P3 .*available .*0.00, requested .*1.00"):
            self.make_expense(1, self.third).action_approve()

    def test_another_budget_than_reserved(self):
        """What is dated outside releases nothing before it is in the books."""
        self.set_policy(event="expense")
        claim = self.approved(1000.0).line_ids
        expense = self.make_claimed(1000, claim, date="2026-01-05")
        expense.action_approve()
        with self.assertRefused(UserError, "P3 .*available .*0.00, requested .*1.00"):
            self.make_expense(1, self.third).action_approve()
        with self.assertRefused(UserError, "is left to order"):
            claim.proposal_id.action_create_rfq()

    def test_a_proposal_that_is_cancelled_meanwhile(self):
        """What is approved is owed: it is posted, and takes from what is free."""
        self.set_policy(event="expense")
        claim = self.approved(300.0).line_ids
        expense = self.make_claimed(300, claim)
        expense.action_approve()
        claim.proposal_id.action_cancel()
        with self.assertRefused(UserError, "P3 .*available .*700.00, requested .*701"):
            self.make_expense(701, self.third).action_approve()
        self.post(expense, "2025-06-20")
        self.assertEqual(self.reserved(), [0, 300, 700])

    def test_paid_by_the_company(self):
        """Its entry is of the day of the expense, as Odoo has it."""
        self.set_policy(event="expense")
        claim = self.approved(300.0).line_ids
        expense = self.make_claimed(300, claim, payment_mode="company_account")
        expense.action_approve()
        claim.proposal_id.action_cancel()
        with freeze_time("2026-02-03"):
            expense.action_post()
        self.assertEqual(str(expense.account_move_id.date), "2025-06-12")
        self.assertEqual(expense.account_move_id.line_ids.sop_proposal_line_id, claim)
        self.assertEqual(self.reserved(), [0, 300, 700])
