# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from odoo.fields import Command
from odoo.tests import tagged

from .common_process import ProcessCommon

PERIODS = (("2025-01-01", "2025-06-30"), ("2025-02-10", "2025-04-12"))


@tagged("post_install", "-at_install")
class TestRecordReport(ProcessCommon):
    """Entries, their closing and reconciliation on known days."""

    def make_entry(self, day, amount=100.0, account=None, posted_at=None, **vals):
        expense = self.company_data["default_account_expense"]
        other = account or self.company_data["default_account_revenue"]
        move = self.env["account.move"].create(
            {
                "move_type": "entry",
                "date": day,
                "company_id": self.company.id,
                "journal_id": self.company_data["default_journal_misc"].id,
                "line_ids": [
                    Command.create({"account_id": expense.id, "debit": amount}),
                    Command.create({"account_id": other.id, "credit": amount}),
                ],
                **vals,
            }
        )
        self.flush_changes()
        if posted_at:
            with self.on(posted_at):
                move.action_post()
                self.flush_changes()
        return move

    def lock(self, name, day, moment):
        with self.on(moment):
            self.company[name] = day
            self.flush_changes()

    def test_days_to_close(self):
        self.lock("fiscalyear_lock_date", "2025-01-31", "2025-02-06 10:00:00")  # 6
        self.lock("fiscalyear_lock_date", "2025-02-28", "2025-03-10 10:00:00")  # 10
        # Opened again and locked later: the first time counts
        self.lock("fiscalyear_lock_date", "2025-01-31", "2025-03-11 10:00:00")
        self.lock("fiscalyear_lock_date", "2025-02-28", "2025-03-20 10:00:00")
        # Within a month: no closing of it
        self.lock("fiscalyear_lock_date", "2025-03-15", "2025-03-21 10:00:00")
        self.lock("hard_lock_date", "2025-03-31", "2025-04-15 10:00:00")  # 15
        self.check("r2r_days_to_close", 10, cases=3)
        cases = self.get_cases("r2r_days_to_close")
        self.assertEqual(
            sorted(cases.mapped("category")), ["2025-01", "2025-02", "2025-03"]
        )
        self.assertEqual(set(cases.mapped("document")), {self.company.display_name})

    def test_posted_after_close(self):
        """By the moment of the lock, whoever lifts it afterwards, and by what it closes."""
        tax = self.company_data["default_tax_purchase"]
        bill_line = [
            Command.create(
                {"name": "Taxed", "price_unit": 100, "tax_ids": [Command.set(tax.ids)]}
            )
        ]

        def bill(moment, **vals):
            with self.on(moment):
                return self.make_invoice("2025-02-10", 100, **vals)

        before, again, reset = (
            self.make_entry("2025-01-20", posted_at="2025-02-03 08:00:00")
            for _entry in range(3)
        )
        self.lock("fiscalyear_lock_date", "2025-01-31", "2025-02-06 10:00:00")
        self.lock("tax_lock_date", "2025-02-15", "2025-03-06 10:00:00")
        self.lock("purchase_lock_date", "2025-02-20", "2025-03-10 10:00:00")
        for name in ("fiscalyear_lock_date", "tax_lock_date", "purchase_lock_date"):
            self.lock(name, False, "2025-03-20 10:00:00")
        late = self.make_entry("2025-01-31", posted_at="2025-03-21 08:00:00")
        # In no closed month when it was posted, nor of a journal that was closed
        self.make_entry("2025-02-10", posted_at="2025-03-21 08:00:00")
        self.set_created(late + before, "2025-01-20 08:00:00")
        with self.on("2025-03-22 08:00:00"):
            (again + reset).button_draft()
            self.flush_changes()
            again.action_post()
            self.flush_changes()
        taxed = bill("2025-03-08 08:00:00", invoice_line_ids=bill_line)
        untaxed = bill("2025-03-08 09:00:00")
        closed = bill("2025-03-11 08:00:00")
        posted = before + again + late + taxed + untaxed + closed
        self.assertEqual(set(posted.mapped("state")), {"posted"})
        found = self.get_cases("r2r_after_close").filtered("value")
        self.assertEqual(
            set(found.mapped("res_id")), {again.id, late.id, taxed.id, closed.id}
        )
        self.check("r2r_after_close", 100 * 4 / 7, cases=7)

    def test_lock_of_the_company_above(self):
        branch = self.env["res.company"].create(
            {"name": "Branch", "parent_id": self.company.id}
        )
        self.lock("fiscalyear_lock_date", "2025-01-31", "2025-02-06 10:00:00")
        self.lock("fiscalyear_lock_date", False, "2025-02-07 10:00:00")
        self.env.user.company_ids |= branch
        self.env = self.env(
            context={**self.env.context, "allowed_company_ids": branch.ids}
        )
        self.company = branch.with_env(self.env)
        journal = self.company_data["default_journal_misc"].with_env(self.env)
        self.make_entry(
            "2025-01-31", posted_at="2025-02-08 08:00:00", journal_id=journal.id
        )
        self.check("r2r_after_close", 100, cases=1)

    def test_entries(self):
        self.make_entry("2025-01-31", posted_at="2025-02-05 08:00:00")  # in time
        late = self.make_entry("2025-01-31", posted_at="2025-02-06 08:00:00")
        wrong = self.make_entry("2025-02-10", posted_at="2025-02-10 08:00:00")
        self.make_entry("2025-03-10")
        with self.on("2025-06-30 08:00:00"):
            bill = self.make_invoice("2025-06-10")
            self.pay(bill, "2025-06-12")
            reversal = wrong._reverse_moves([{"date": "2025-02-11"}], cancel=True)
            self.flush_changes()
        self.assertEqual(reversal.state, "posted")
        moves = self.env["account.move"].search(
            [("company_id", "=", self.company.id), ("state", "=", "posted")]
        )
        # The entry of a payment is made as posted: nothing is in the chatter
        self.set_created(moves, "2025-06-12 08:00:00")
        posted = len(moves)
        # Three by hand, their reversal, the bill, and the payment's entry if it has one
        self.check("r2r_manual_count", 4, cases=4)
        self.check("r2r_manual_share", 100 * 4 / posted, cases=posted)
        # The late one and the reversal of February, which was posted in June
        self.check("r2r_late", 100 * 2 / posted, cases=posted)
        late_cases = self.get_cases("r2r_late").filtered("value")
        self.assertEqual(set(late_cases.mapped("res_id")), {late.id, reversal.id})
        self.check("r2r_reversed", 100 / posted, cases=posted)

    def test_reset_to_draft(self):
        kept, reset = (
            self.make_entry("2025-02-10", posted_at="2025-02-10 08:00:00")
            for _entry in range(2)
        )
        reset.button_draft()
        self.flush_changes()
        self.check("r2r_reset", 50, cases=2)
        cases = self.get_cases("r2r_reset")
        self.assertEqual(
            {case.res_id: case.value for case in cases}, {kept.id: 0, reset.id: 100}
        )

    def test_labels_of_every_language(self):
        """The chatter keeps a state as it was shown to whoever changed it."""
        self.env["res.lang"]._activate_lang("fr_FR")
        entry = self.make_entry("2025-02-10", posted_at="2025-02-10 08:00:00")
        field = self.env["ir.model.fields"]._get("account.move", "state")
        selection = field.selection_ids.filtered(lambda one: one.value == "draft")
        selection.with_context(lang="fr_FR").name = "Brouillon"
        entry.with_context(lang="fr_FR").button_draft()
        self.flush_changes()
        self.assertIn(
            "Brouillon", self.metrics._labels("account.move", "state", "draft")
        )
        self.assertEqual(self.get_value("r2r_reset"), 100)

    def test_drafts(self):
        old = self.make_entry("2025-05-01", 70)
        young = self.make_entry("2025-06-25", 30)
        self.set_created(old, "2025-05-01 08:00:00")
        self.set_created(young, "2025-06-25 08:00:00")
        self.check("r2r_drafts", 2, cases=2)
        result = self.get_result("r2r_drafts")
        self.assertEqual((result.stuck, result.stuck_amount), (1, 70))
        self.assertEqual((result.worst_id, result.worst_days), (old.id, 60))
        # What is open today says nothing of the past
        self.assertIsNone(self.get_value("r2r_drafts", date_to="2025-05-31"))

    def test_reconciling(self):
        receivable = self.company_data["default_account_receivable"]
        paid = self.make_invoice("2025-05-01", 100, "out_invoice")
        self.pay(paid, "2025-05-10")
        part = self.make_invoice("2025-03-01", 100, "out_invoice")
        self.pay(part, "2025-05-10", 30)
        items = self.env["account.move.line"].search(
            [
                ("company_id", "=", self.company.id),
                ("parent_state", "=", "posted"),
                ("account_id.reconcile", "=", True),
            ]
        )
        done = items.filtered("reconciled")
        self.assertLess(len(done), len(items))
        self.check("r2r_reconciled", 100 * len(done) / len(items), cases=len(items))
        self.check("r2r_backlog", len(items - done), cases=len(items - done))
        # The one part paid is open for 121 days, with 70 left
        result = self.get_result("r2r_backlog")
        self.assertEqual((result.stuck, result.stuck_amount), (1, 70))
        self.assertEqual(result.worst_id, part.id)
        self.assertTrue(receivable.reconcile)

    def test_bank_lines(self):
        bank = self.company_data["default_journal_bank"]
        lines = self.env["account.bank.statement.line"].create(
            [
                {
                    "journal_id": bank.id,
                    "date": day,
                    "payment_ref": "Transfer",
                    "amount": amount,
                }
                for day, amount in (("2025-06-01", 40), ("2025-06-25", 60))
            ]
        )
        self.check("r2r_bank_lines", 2, cases=2)
        result = self.get_result("r2r_bank_lines")
        self.assertEqual((result.stuck, result.stuck_amount), (1, 40))
        case = self.get_cases("r2r_bank_lines", ("stuck",))
        self.assertEqual(case.document, lines[0].move_id.display_name)
        self.assertEqual(case.action_open_document()["res_model"], "account.move")

    def test_bank_lines_in_another_currency(self):
        other = self.setup_other_currency("CHF", rates=[("2025-01-01", 2.0)])
        bank = self.company_data["default_journal_bank"].copy(
            {"name": "Foreign bank", "currency_id": other.id}
        )
        self.env["account.bank.statement.line"].create(
            {
                "journal_id": bank.id,
                "date": "2025-06-01",
                "payment_ref": "Transfer",
                "amount": -80,
            }
        )
        self.assertEqual(self.get_result("r2r_bank_lines").stuck_amount, 40)

    def test_budget_variance(self):
        self.check("r2r_budget_variance", None)
        expense = self.company_data["default_account_expense"]
        budget = self.env["sop.budget"].create(
            {
                "name": "Budget 2025",
                "company_id": self.company.id,
                "date_from": "2025-01-01",
                "date_to": "2025-12-31",
            }
        )
        category = self.env["sop.budget.category"].create(
            {"budget_id": budget.id, "name": "Work", "code": "W"}
        )
        self.env["sop.budget.rule"].create(
            {"category_id": category.id, "account_id": expense.id}
        )
        self.env["sop.budget.amount"].create(
            [
                {"category_id": category.id, "month": month, "amount": 100}
                for month in ("2025-01-01", "2025-02-01", "2025-07-01")
            ]
        )
        self.make_entry("2025-01-10", 150, posted_at="2025-01-10 08:00:00")
        self.check_figure("r2r_budget_variance", None)
        budget.action_submit()
        budget.action_approve()
        # 200 planned until June, 150 spent
        self.check_figure("r2r_budget_variance", 25)
        result = self.get_result("r2r_budget_variance")
        self.assertEqual(result.months[self.day("2025-01-01")], -50)
        self.assertEqual(result.months[self.day("2025-02-01")], 100)
        action = self.get_metric("r2r_budget_variance").action_open_cases()
        found = self.env[action["res_model"]].search(action["domain"])
        self.assertEqual(sum(found.mapped("planned")), 200)
        self.assertEqual(sum(found.mapped("actual")), 150)

    def test_budget_variance_equal_to_plain_sql(self):
        """Rules of every rank, split and refunded bills; drafts don't count on either side."""
        expense = self.company_data["default_account_expense"]
        other = expense.copy({"code": expense.code[:2] + "77", "name": "Other"})
        loose = expense.copy({"code": "997002", "name": "By its code"})
        plan = self.env["account.analytic.plan"].create({"name": "Parts"})
        own, shared = self.env["account.analytic.account"].create(
            [
                {"name": name, "plan_id": plan.id, "company_id": self.company.id}
                for name in ("Own", "Shared")
            ]
        )
        budget, draft = self.env["sop.budget"].create(
            [
                {
                    "name": name,
                    "company_id": self.company.id,
                    "date_from": "2025-01-01",
                    "date_to": "2025-12-31",
                    "plan_id": plan.id,
                }
                for name in ("In force", "Never approved")
            ]
        )
        rules = {
            "EXACT": {"account_id": expense.id},
            "PREFIX": {"account_prefix": loose.code[:3]},
            "OWN": {"analytic_account_id": own.id},
            "BOTH": {"analytic_account_id": own.id, "account_id": other.id},
            "SALES": {"account_id": self.company_data["default_account_revenue"].id},
        }
        for code, rule in rules.items():
            kinds = {"SALES": "income", "PREFIX": "capital"}
            for one in (budget, draft):
                category = self.env["sop.budget.category"].create(
                    {
                        "budget_id": one.id,
                        "name": code,
                        "code": code,
                        "kind": kinds.get(code, "expense"),
                    }
                )
                if one == budget:
                    self.env["sop.budget.rule"].create(
                        {"category_id": category.id, **rule}
                    )
                self.env["sop.budget.amount"].create(
                    [
                        {"category_id": category.id, "month": month, "amount": 400}
                        for month in ("2025-02-01", "2025-04-01", "2025-08-01")
                    ]
                )
        budget.action_submit()
        budget.action_approve()

        def line(account, amount, shares=None):
            return Command.create(
                {
                    "name": "Part",
                    "price_unit": amount,
                    "account_id": account.id,
                    "analytic_distribution": shares,
                    "tax_ids": [Command.clear()],
                }
            )

        split = {str(own.id): 40, str(shared.id): 30}
        lines = [
            line(expense, 100, split),
            line(other, 90, split),
            # Named by nobody but with an analytic account: in no category
            line(other, 50),
            line(loose, 45),
            line(expense, 70, {str(own.id): 120}),
        ]
        for day in ("2025-02-11", "2025-03-05", "2025-07-01"):
            self.make_invoice(day, invoice_line_ids=lines)
        refunded = self.make_invoice("2025-03-10", invoice_line_ids=lines)
        self.refund(refunded, "2025-04-02")
        self.make_invoice("2025-04-03", 30, "in_refund")
        self.make_invoice("2025-04-04", 1000, "out_invoice")
        self.make_entry("2025-04-05", 5000)
        self.make_entry("2025-04-06", 600).button_cancel()
        again = self.make_entry("2025-04-07", 25, posted_at="2025-04-08 08:00:00")
        again.button_draft()
        self.flush_changes()
        self.check_figure_sql("r2r_budget_variance", *PERIODS)
        again.action_post()
        self.flush_changes()
        self.check_figure_sql("r2r_budget_variance", *PERIODS)

    def check_figure(self, code, expected):
        self.env.invalidate_all()
        value = self.get_value(code)
        if expected is None:
            self.assertIsNone(value)
        else:
            self.assertAlmostEqual(value, expected)

    def test_equal_to_plain_sql(self):
        self.lock("fiscalyear_lock_date", "2024-11-30", "2025-01-06 10:00:00")
        self.lock("fiscalyear_lock_date", "2024-12-31", "2025-01-20 10:00:00")
        self.lock("fiscalyear_lock_date", "2024-11-30", "2025-01-21 10:00:00")
        kept, late, wrong, again, twice = (
            self.make_entry("2025-02-10", 10 * n, posted_at=f"2025-0{n}-07 08:00:00")
            for n in range(2, 7)
        )
        with self.on("2025-06-20 08:00:00"):
            wrong._reverse_moves([{"date": "2025-03-11"}], cancel=True)
            for move in again + twice:
                move.button_draft()
                self.flush_changes()
            twice.action_post()
            self.flush_changes()
        draft = self.make_entry("2025-05-01", 70)
        self.set_created(draft + again, "2025-05-01 08:00:00")
        young = self.make_entry("2025-06-25", 30)
        self.set_created(young, "2025-06-25 08:00:00")
        self.make_entry("2025-03-01", 5).button_cancel()
        paid = self.make_invoice("2025-05-01", 100, "out_invoice")
        self.pay(paid, "2025-05-10")
        part = self.make_invoice("2025-03-01", 100, "out_invoice")
        self.pay(part, "2025-05-10", 30)
        self.refund(self.make_invoice("2025-04-01", 60), "2025-04-10")
        bank = self.company_data["default_journal_bank"]
        for day, amount in (("2025-06-01", 40), ("2025-06-25", -60)):
            self.env["account.bank.statement.line"].create(
                {
                    "journal_id": bank.id,
                    "date": day,
                    "payment_ref": "Transfer",
                    "amount": amount,
                }
            )
        posted = self.env["account.move"].search(
            [("company_id", "=", self.company.id), ("state", "=", "posted")]
        )
        self.set_created(posted - kept - late - wrong, "2025-05-10 08:00:00")
        self.check_family("r2r_")

    # === WORKING CAPITAL === #

    def test_working_capital(self):
        for code in ("cash_dso", "cash_dpo", "cash_dio", "cash_cycle"):
            self.check_figure(code, None)
        # Before the period: half of it is paid
        old = self.make_invoice("2024-12-10", 1000, "out_invoice")
        self.pay(old, "2025-01-15", 500)
        self.make_invoice("2025-02-01", 3000, "out_invoice")
        self.make_invoice("2025-05-31", 600, "out_refund")
        self.make_invoice("2025-03-01", 800)
        bill = self.make_invoice("2025-04-01", 1200)
        self.pay(bill, "2025-05-01")
        self.make_invoice("2025-07-01", 9999)
        days = 181
        self.assertEqual((self.day("2025-06-30") - self.day("2024-12-31")).days, days)
        # 500 + 3000 − 600 of 2400; 800 of 2000
        dso, dpo = 2900 / 2400 * days, 800 / 2000 * days
        self.check_figure("cash_dso", dso)
        self.check_figure("cash_dpo", dpo)
        for code in ("cash_dso", "cash_dpo"):
            self.check_figure_sql(code, *PERIODS)
        if not self.metrics._get_inventory_accounts(self.company.ids):
            self.check_figure("cash_dio", None)
            self.check_figure("cash_cycle", dso - dpo)
        months = self.get_result("cash_dso").months
        # February: 3500 open, 3000 sold in 28 days; March sold nothing
        self.assertAlmostEqual(months[self.day("2025-02-01")], 3500 / 3000 * 28)
        self.assertIsNone(months[self.day("2025-03-01")])
        action = (
            self.get_metric("cash_dso")
            .with_context(sop_date_from="2025-01-01", sop_date_to="2025-06-30")
            .action_open_cases()
        )
        items = self.env[action["res_model"]].search(action["domain"])
        self.assertEqual(sum(items.mapped("balance")), 2900)
