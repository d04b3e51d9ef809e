# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""The same through Odoo's real documents, and the cube's own life."""

import random
from datetime import date

from odoo import Command
from odoo.exceptions import AccessError
from odoo.tests import tagged
from odoo.tools import SQL, mute_logger

from odoo.addons.sop_budget import post_init_hook, uninstall_hook
from odoo.addons.sop_budget.models import sop_ledger_month

from .common_ledger import YEAR, LedgerCase
from .ledger_oracle import shown_figures

DATES = ("2025-01-15", "2025-01-31", "2025-02-01", "2025-06-30", "2024-12-31")


@tagged("post_install", "-at_install")
class TestLedgerDocuments(LedgerCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.ledger = cls.env["sop.ledger.month"]
        cls.ledger._build()
        cls.e1, cls.e2, cls.e3, cls.e4, cls.i1, cls.i2, cls.fixed, cls.off = (
            cls.accounts
        )

    def dirty(self):
        return {
            (company, account, month.strftime("%Y-%m"))
            for company, account, month in self.ledger._find_dirty_cells()
        }

    # === WHAT MARKS A MONTH === #

    def test_posting_marks_accounts_and_months_once(self):
        move = self.post_entry(100, "2025-03-05", self.e1, post=False)
        self.env.flush_all()
        self.assertFalse(self.dirty())
        move.action_post()
        self.env.flush_all()
        expected = {
            (self.company.id, account.id, "2025-03")
            for account in (self.e1, self.payable)
        }
        self.assertEqual(self.dirty(), expected)
        self.env.cr.execute("SELECT count(*) FROM sop_ledger_dirty")
        self.assertEqual(self.env.cr.fetchone(), (2,))

    def test_what_does_not_matter_marks_nothing(self):
        move = self.post_entry(100, "2025-03-05", self.e1)
        self.env.flush_all()
        self.ledger._fold()
        move.line_ids[0].name = "another label"
        move.ref = "a reference"
        move.line_ids[0].analytic_distribution = False
        self.env.flush_all()
        self.assertFalse(self.dirty())

    def test_a_new_date_marks_both_months(self):
        move = self.post_entry(100, "2025-03-05", self.e1)
        self.env.flush_all()
        self.ledger._fold()
        move.button_draft()
        move.name = False
        move.date = "2025-01-20"
        move.action_post()
        self.env.flush_all()
        months = {
            month for _company, account, month in self.dirty() if account == self.e1.id
        }
        self.assertEqual(months, {"2025-01", "2025-03"})
        self.assert_exact()

    def test_distribution_of_a_posted_item(self):
        move = self.post_entry(100, "2025-03-05", self.e1)
        self.env.flush_all()
        self.ledger._fold()
        line = move.line_ids.filtered(lambda line: line.account_id == self.e1)
        line.analytic_distribution = {str(self.analytics[0].id): 30}
        self.env.flush_all()
        self.assertEqual(self.dirty(), {(self.company.id, self.e1.id, "2025-03")})
        self.assert_exact()
        self.ledger._fold()
        self.assert_exact()

    # === DOCUMENTS === #

    def test_random_lives_of_documents(self):
        for seed in range(25):
            with self.subTest(seed=seed), self.undone():
                self.live(random.Random(seed))

    def live(self, dice):
        moves = self.env["account.move"]
        for _step in range(dice.randint(3, 6)):
            moves = self.happen(dice, moves.exists())
            self.env.flush_all()
            if dice.random() < 0.4:
                self.ledger._fold()
            self.assert_exact()
        self.assert_ties_out()
        self.ledger._fold()
        self.assertEqual(self.ledger._check_and_repair(), 0)

    def happen(self, dice, moves):
        event = dice.choice(
            ("bill", "bill", "invoice", "draft", "credit", "delete", "redistribute")
        )
        if event in ("bill", "invoice") or not moves:
            return moves | self.make_document(dice, event == "invoice")
        move = dice.choice(moves)
        if event == "draft":
            if move.state == "posted":
                move.button_draft()
            elif move.amount_total >= 0:
                move.name = False
                move.date = move.invoice_date = dice.choice(DATES)
                move.action_post()
        elif event == "credit" and move.state == "posted":
            return moves | move._reverse_moves(
                [{"date": dice.choice(DATES), "invoice_date": dice.choice(DATES)}],
                cancel=dice.random() < 0.5,
            )
        elif event == "delete":
            if move.state == "posted":
                move.button_draft()
            move.with_context(force_delete=True).unlink()
        elif event == "redistribute":
            for line in move.invoice_line_ids:
                line.analytic_distribution = self.roll_distribution(dice)
        return moves

    def make_document(self, dice, income):
        accounts = (
            (self.i1, self.i2) if income else (self.e1, self.e2, self.e3, self.fixed)
        )
        tax = self.company_data[
            "default_tax_sale" if income else "default_tax_purchase"
        ]
        company = dice.choice(self.companies)
        if company != self.company:
            tax = tax.browse()
        move = (
            self.env["account.move"]
            .with_company(company)
            .create(
                {
                    "move_type": "out_invoice" if income else "in_invoice",
                    "partner_id": self.partner_a.id,
                    "date": dice.choice(DATES),
                    "invoice_date": dice.choice(DATES),
                    "invoice_line_ids": [
                        Command.create(
                            {
                                "name": "line",
                                "quantity": dice.choice((1, 2, -1, 3)),
                                "price_unit": dice.choice((0.01, 10, 33.35, 999.99)),
                                "account_id": dice.choice(accounts).id,
                                "tax_ids": [
                                    Command.set(tax.ids if dice.random() < 0.5 else [])
                                ],
                                "analytic_distribution": self.roll_distribution(dice),
                            }
                        )
                        for _line in range(dice.randint(2, 4))
                    ],
                }
            )
        )
        if (
            sum(move.invoice_line_ids.mapped("price_subtotal")) >= 0
            and dice.random() < 0.8
        ):
            move.action_post()
        return move

    def roll_distribution(self, dice):
        ids = self.analytics.ids
        return dice.choice(
            (
                False,
                {str(dice.choice(ids)): 100},
                {f"{dice.choice(ids[:4])},{dice.choice(ids[4:])}": 100},
                {str(ids[0]): 33.33, str(ids[1]): 33.33, str(ids[2]): 33.34},
                {str(ids[0]): 80, str(ids[2]): 70},
                {f"{ids[1]},{ids[4]}": 12.5, str(ids[5]): 40, str(ids[3]): 99.9},
            )
        )

    def test_a_deleted_analytic_account_falls_back_to_the_remainder(self):
        doomed = self.make_analytic("Doomed")
        cuts = {str(doomed.id): 33.33, str(self.analytics[0].id): 66.67}
        self.post_entry(100, "2025-03-05", self.e1, distribution=cuts)
        self.env.flush_all()
        for oracle in self.oracles:
            oracle.plan_accounts = oracle.plan_accounts | {doomed.id}
        self.ledger._fold()
        self.assert_exact()
        # Odoo keeps an account that analytic items name
        self.env.cr.execute("DELETE FROM account_analytic_line")
        self.env.invalidate_all()
        doomed.unlink()
        for oracle in self.oracles:
            oracle.plan_accounts = oracle.plan_accounts - {doomed.id}
        self.assertTrue(self.dirty())
        self.assert_exact()
        self.ledger._fold()
        self.assert_exact()

    def test_a_moved_analytic_account_follows_its_plan(self):
        account = self.analytics[3]
        self.post_entry(
            100,
            "2025-03-05",
            self.e1,
            distribution={account: 33.33, self.analytics[4]: 66.67},
        )
        self.env.flush_all()
        self.ledger._fold()
        account.plan_id = self.other_plan
        self.env.flush_all()
        for oracle in self.oracles:
            oracle.plan_accounts = oracle.plan_accounts - {account.id}
        self.assertEqual(
            {(a, m) for _company, a, m in self.dirty() if m == "2025-03"},
            {(self.e1.id, "2025-03")},
        )
        self.assert_exact()

    # === FOLD, BUILD, CHECK === #

    def test_cube_equals_the_books(self):
        self.post_entry(
            100, "2025-03-05", self.e1, distribution={self.analytics[0]: 25}
        )
        self.post_entry(-30, "2025-03-06", self.e1)
        self.env.flush_all()
        self.ledger._fold()
        row = self.ledger.search([("account_id", "=", self.e1.id)])
        self.assertRecordValues(
            row,
            [
                {
                    "month": date(2025, 3, 1),
                    "debit": 100,
                    "credit": 30,
                    "balance": 70,
                    "count": 2,
                }
            ],
        )
        share = self.env["sop.ledger.share"].search([("account_id", "=", self.e1.id)])
        self.assertRecordValues(
            share,
            [{"analytic_account_id": self.analytics[0].id, "m03": 2500, "m04": 0}],
        )
        before = self.cube()
        self.ledger._build()
        self.assertEqual(self.cube(), before)

    def cube(self):
        self.env.cr.execute(
            """SELECT company_id, account_id, month, debit, credit, balance, count
                 FROM sop_ledger_month ORDER BY 1, 2, 3"""
        )
        months = self.env.cr.fetchall()
        self.env.cr.execute(
            """SELECT company_id, account_id, analytic_account_id, year, m01, m02, m03, m12
                 FROM sop_ledger_share ORDER BY 1, 2, 3, 4"""
        )
        return months, self.env.cr.fetchall()

    def test_amounts_beyond_32_bits(self):
        self.post_entry(
            98_765_432_109.87,
            "2025-03-05",
            self.e1,
            distribution={self.analytics[0]: 50},
        )
        self.env.flush_all()
        self.ledger._fold()
        self.assert_exact()

    def test_check_mends_what_was_tampered_with(self):
        self.post_entry(
            100, "2025-03-05", self.e1, distribution={self.analytics[0]: 25}
        )
        self.env.flush_all()
        self.ledger._fold()
        for statement in (
            "UPDATE sop_ledger_month SET balance = balance + 1 WHERE account_id = %s",
            "UPDATE sop_ledger_share SET m03 = m03 + 1 WHERE account_id = %s",
            "UPDATE sop_ledger_share SET m07 = 5 WHERE account_id = %s",
            "DELETE FROM sop_ledger_share WHERE account_id = %s",
            "DELETE FROM sop_ledger_month WHERE account_id = %s",
        ):
            self.env.cr.execute(statement, [self.e1.id])
            self.assertEqual(self.ledger._check_and_repair(), 1, statement)
            self.assertFalse(self.dirty())
            self.assert_exact()
        self.assertEqual(self.ledger._check_and_repair(), 0)

    def test_only_administrators_keep_the_cube(self):
        self.post_entry(100, "2025-03-05", self.e1)
        for method in ("action_fold", "action_check"):
            with self.assertRaisesRegex(AccessError, "Only budget administrators"):
                getattr(self.ledger.with_user(self.owner), method)()
        manager = self.make_user("sop_keeper", "sop_budget.group_sop_budget_manager")
        self.ledger.with_user(manager).action_fold()
        self.assertFalse(self.dirty())
        self.env.cr.execute(
            "UPDATE sop_ledger_month SET credit = 1 WHERE account_id = %s", [self.e1.id]
        )
        note = self.ledger.with_user(manager).action_check()
        self.assertIn("1 months", note["params"]["message"])
        note = self.ledger.with_user(manager).action_check()
        self.assertIn("equals", note["params"]["message"])

    def test_the_job_works_in_batches_and_reports_progress(self):
        for month in range(1, 8):
            self.post_entry(10, f"2025-{month:02d}-05", self.e1)
        self.env.flush_all()
        done = []

        def progress(cron, processed, remaining=None, **_more):
            done.append((processed, remaining))
            return 0 if len(done) == 3 else 60

        self.patch(type(self.env["ir.cron"]), "_commit_progress", progress)
        self.patch(sop_ledger_month, "FOLD_BATCH", 4)
        self.ledger._cron_fold()
        self.assertEqual(done, [(4, 10), (4, 6), (4, 2)])
        self.assertEqual(len(self.dirty()), 2)
        self.assert_exact()
        self.ledger._cron_check()
        self.assertFalse(self.dirty())

    def test_more_decimals_of_a_currency_are_followed(self):
        currency = self.env["res.currency"].create(
            {"name": "XTS", "symbol": "x", "rounding": 0.01}
        )
        self.assertEqual(currency.decimal_places, 2)
        self.env.cr.execute(
            "UPDATE res_company SET currency_id = %s WHERE id = %s",
            [currency.id, self.company.id],
        )
        self.env.invalidate_all()
        self.post_entry(
            100, "2025-03-05", self.e1, distribution={self.analytics[0]: 25}
        )
        self.env.flush_all()
        self.ledger._fold()
        currency.rounding = 0.001
        self.assertIn((self.company.id, self.e1.id, "2025-03"), self.dirty())
        self.ledger._fold()
        share = self.env["sop.ledger.share"].search([("account_id", "=", self.e1.id)])
        self.assertEqual(share.m03, 25000)

    def test_triggers_go_with_the_add_on(self):
        def triggers():
            self.env.cr.execute(
                """SELECT (SELECT count(*) FROM pg_trigger WHERE tgname LIKE 'sop\\_ledger\\_%'),
                          (SELECT count(*) FROM pg_proc WHERE proname LIKE 'sop\\_%')"""
            )
            return self.env.cr.fetchone()

        self.assertEqual(triggers(), (5, 3))
        uninstall_hook(self.env)
        self.assertEqual(triggers(), (0, 0))
        self.post_entry(100, "2025-03-05", self.e1)
        self.env["sop.ledger.dirty"].init()
        self.env["sop.ledger.share"].init()
        post_init_hook(self.env)
        self.assertEqual(triggers(), (5, 3))
        self.assert_exact()

    def test_writing_needs_the_lock(self):
        self.post_entry(100, "2025-03-05", self.e1)
        self.env.flush_all()
        self.patch(type(self.ledger), "_lock", lambda ledger: False)
        self.assertEqual(self.ledger._fold_some(), 0)
        self.assertFalse(self.ledger._build())
        self.ledger._cron_fold()
        self.assertTrue(self.dirty())
        self.assert_exact()

    def test_partial_dates_and_other_years(self):
        for day in (
            "2024-11-30",
            "2024-12-05",
            "2025-02-09",
            "2025-02-10",
            "2025-03-01",
        ):
            self.post_entry(10, day, self.e1, distribution={self.analytics[0]: 50})
        self.env.flush_all()
        for _round in range(2):
            self.assert_exact((date(2024, 12, 1), date(2025, 2, 9)))
            self.assert_exact((date(2024, 11, 30), date(2024, 12, 4)))
            self.assert_exact((date(2025, 2, 10), date(2025, 2, 10)))
            self.assert_exact((date(2023, 1, 1), date(2026, 12, 31)))
            self.ledger._fold()

    @mute_logger("odoo.sql_db")
    def test_a_fold_that_meets_another_gives_way(self):
        self.post_entry(100, "2025-03-05", self.e1)
        self.env.flush_all()

        def meet(ledger, cells):
            ledger.env.cr.execute(
                SQL(
                    "DO $$ BEGIN RAISE EXCEPTION USING ERRCODE = 'serialization_failure'; END $$"
                )
            )

        self.patch(type(self.ledger), "_fold_cells", meet)
        self.assertEqual(self.ledger._fold_some(), 0)
        self.assertTrue(self.dirty())

    def test_shown_figures_are_those_of_the_matrix(self):
        self.post_entry(
            100, "2025-03-05", self.e1, distribution={self.analytics[0]: 25}
        )
        matrix = self.budget._get_matrix(*YEAR)
        self.assertEqual(sum(shown_figures(matrix).values()), 10000)
        self.assertEqual(matrix.total("actual", "expense")[2], 10000)
