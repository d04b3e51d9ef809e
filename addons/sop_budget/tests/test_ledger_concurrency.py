# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""Writers, folders and readers at the same time, each with a connection of its own.

Everything here is really committed, and taken away again at the end.
"""

import random
from contextlib import contextmanager, suppress
from datetime import date
from unittest.mock import patch

import psycopg2

from odoo import SUPERUSER_ID, Command, api
from odoo.modules.registry import Registry
from odoo.tests import BaseCase, get_db_name, tagged
from odoo.tools import mute_logger

from ..models.sop_budget_matrix import MatrixReader
from .ledger_oracle import Oracle, read_items, shown_figures

MARCH, APRIL = date(2025, 3, 5), date(2025, 4, 5)
YEAR = (date(2025, 1, 1), date(2025, 12, 31))


@tagged("post_install", "-at_install")
class TestLedgerConcurrency(BaseCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.registry = Registry(get_db_name())
        cls.addClassCleanup(cls.clean_up)
        with cls.open() as env:
            cls.build_world(env)
        with cls.open() as env:
            env["sop.ledger.month"]._fold()

    @classmethod
    @contextmanager
    def open(cls, commit=True):
        with cls.registry.cursor() as cr:
            yield api.Environment(cr, SUPERUSER_ID, {"tracking_disable": True})
            if not commit:
                cr.rollback()

    @classmethod
    def build_world(cls, env):
        company = env.ref("base.main_company")
        plan = env["account.analytic.plan"].browse(
            int(env["ir.config_parameter"].get_param("analytic.project_plan"))
        )
        account, other = env["account.account"].create(
            [
                {"name": "Concurrent", "code": code, "account_type": "expense"}
                for code in ("Z60001", "Z60002")
            ]
        )
        journal = env["account.journal"].create(
            {
                "name": "Concurrent",
                "code": "ZCON",
                "type": "general",
                "company_id": company.id,
            }
        )
        analytics = env["account.analytic.account"].create(
            [
                {"name": f"Concurrent {n}", "plan_id": plan.id, "company_id": False}
                for n in (1, 2)
            ]
        )
        budget = env["sop.budget"].create(
            {
                "name": "Concurrent",
                "company_id": company.id,
                "date_from": YEAR[0],
                "date_to": YEAR[1],
                "plan_id": plan.id,
            }
        )
        leaves = env["sop.budget.category"].create(
            [
                {
                    "budget_id": budget.id,
                    "code": "Z1",
                    "name": "1",
                    "analytic_account_id": analytics[0].id,
                },
                {
                    "budget_id": budget.id,
                    "code": "Z2",
                    "name": "2",
                    "account_ids": [Command.link(other.id)],
                },
            ]
        )
        move = env["account.move"].create(
            {
                "move_type": "entry",
                "date": MARCH,
                "journal_id": journal.id,
                "company_id": company.id,
            }
        )
        cls.ids = {
            "account.move": move.id,
            "sop.budget": budget.id,
            "account.journal": journal.id,
        }
        cls.id_lists = {
            "account.analytic.account": analytics.ids,
            "account.account": [account.id, other.id],
        }
        cls.leaves = leaves.ids
        cls.item = {
            "move": move.id,
            "company": company.id,
            "currency": company.currency_id.id,
            "journal": journal.id,
        }
        rules = [
            (leaves[0].id, "expense", analytics[0].id, 0, None),
            (leaves[1].id, "expense", None, 100, {other.id}),
        ]
        kinds = {account.id: "expense", other.id: "expense"}
        cls.oracle = Oracle(None, kinds, rules, analytics.ids)

    @classmethod
    def clean_up(cls):
        with cls.open() as env:
            env.cr.execute(
                "DELETE FROM account_move_line WHERE move_id = %s",
                [cls.ids["account.move"]],
            )
            for name in ("account.move", "sop.budget", "account.journal"):
                env[name].browse(cls.ids[name]).unlink()
            for name, ids in cls.id_lists.items():
                env[name].browse(ids).unlink()
        with cls.open() as env:
            env["sop.ledger.month"]._fold()

    def setUp(self):
        super().setUp()
        self.account, self.other = self.id_lists["account.account"]
        self.analytic, self.loose = self.id_lists["account.analytic.account"]
        with self.open() as env:
            env.cr.execute(
                "DELETE FROM account_move_line WHERE move_id = %s",
                [self.ids["account.move"]],
            )
        with self.open() as env:
            env["sop.ledger.month"]._fold()

    def insert(self, env, cents, account=None, day=MARCH, percent=None):
        env.cr.execute(
            """
            INSERT INTO account_move_line (move_id, company_id, company_currency_id, currency_id,
                   journal_id, display_type, name, account_id, date, parent_state,
                   balance, debit, credit, amount_currency, analytic_distribution)
            SELECT %(move)s, %(company)s, %(currency)s, %(currency)s, %(journal)s, 'product',
                   'item', %(account)s, %(day)s, 'posted', %(amount)s::numeric,
                   %(amount)s::numeric, 0, %(amount)s::numeric, %(distribution)s
         RETURNING id
            """,
            {
                **self.item,
                "account": account or self.account,
                "day": day,
                "amount": f"{cents / 100:.2f}",
                "distribution": percent and f'{{"{self.analytic}": {percent}}}',
            },
        )
        return env.cr.fetchone()[0]

    def figures(self, env):
        return shown_figures(
            env["sop.budget"].browse(self.ids["sop.budget"])._get_matrix()
        )

    def assert_exact(self, env=None):
        """What a transaction sees of the budget is what it sees of the items."""
        if env is None:
            with self.open(commit=False) as own:
                return self.assert_exact(own)
        items = read_items(env.cr, env.ref("base.main_company"))
        self.assertEqual(self.figures(env), self.oracle.figures(items, *YEAR))
        return items

    def dirty(self):
        with self.open(commit=False) as env:
            env.cr.execute(
                "SELECT count(*) FROM sop_ledger_dirty WHERE account_id = ANY(%s)",
                [self.id_lists["account.account"]],
            )
            return env.cr.fetchone()[0]

    # === WRITERS AND FOLDS === #

    def test_a_writer_commits_while_the_fold_runs(self):
        with self.open() as writer:
            self.insert(writer, 1000, percent=33.33)
        with self.open() as folder:
            folder["sop.ledger.month"]._count_dirty()  # takes the snapshot
            with self.open() as writer:
                self.insert(writer, 2000, percent=33.33)
            self.assertEqual(folder["sop.ledger.month"]._fold_some(), 1)
        self.assertEqual(self.dirty(), 1)
        self.assertEqual(len(self.assert_exact()), 2)
        with self.open() as folder:
            self.assertEqual(folder["sop.ledger.month"]._fold_some(), 1)
        self.assertEqual(self.dirty(), 0)
        self.assert_exact()

    def test_a_writer_is_open_while_the_fold_runs(self):
        with self.open() as writer:
            self.insert(writer, 1000, percent=33.33)
            self.assert_exact(writer)
            with self.open() as folder:
                folder["sop.ledger.month"]._fold()
            self.assert_exact(writer)
            self.assertFalse(self.assert_exact())
        self.assertEqual(self.dirty(), 1)
        self.assertTrue(self.assert_exact())

    def test_a_writer_that_rolls_back_leaves_nothing(self):
        with self.open(commit=False) as writer:
            self.insert(writer, 1000)
            self.assert_exact(writer)
        self.assertEqual(self.dirty(), 0)
        self.assert_exact()

    def test_a_fold_that_rolls_back_leaves_the_months_dirty(self):
        with self.open() as writer:
            self.insert(writer, 1000)
        with self.open(commit=False) as folder:
            folder["sop.ledger.month"]._fold()
            self.assert_exact(folder)
        self.assertEqual(self.dirty(), 1)
        self.assert_exact()

    def test_two_folds_at_once(self):
        with self.open() as writer:
            self.insert(writer, 1000)
        with self.open() as first, self.open() as second:
            self.assertEqual(first["sop.ledger.month"]._fold_some(), 1)
            # The second neither waits nor writes
            self.assertEqual(second["sop.ledger.month"]._fold_some(), 0)
            self.assertFalse(second["sop.ledger.month"]._build())
            first.cr.commit()
            # Its snapshot is older than what the first did: it gives way, and nothing breaks
            with self.assertNoLogs("odoo.sql_db", "ERROR"):
                self.assertEqual(second["sop.ledger.month"]._fold_some(), 0)
            self.assert_exact(second)
            second.cr.commit()
            self.assertEqual(second["sop.ledger.month"]._fold_some(), 0)
        self.assert_exact()

    def test_an_analytic_account_goes_while_the_fold_runs(self):
        with self.open() as env:
            doomed = env["account.analytic.account"].create(
                {
                    "name": "Doomed",
                    "plan_id": env["account.analytic.account"]
                    .browse(self.analytic)
                    .plan_id.id,
                }
            )
            item = self.insert(env, 1001)
            env.cr.execute(
                "UPDATE account_move_line SET analytic_distribution = %s WHERE id = %s",
                [f'{{"{doomed.id}": 50, "{self.analytic}": 25}}', item],
            )
        with self.open() as folder:
            folder["sop.ledger.month"]._fold()
            with self.open() as env:
                env.cr.execute(
                    "DELETE FROM account_analytic_account WHERE id = %s", [doomed.id]
                )
        self.assert_exact()

    # === READERS === #

    def test_backdating_and_a_fold_in_the_middle_of_a_read(self):
        with self.open() as writer:
            item = self.insert(writer, 1000, day=APRIL, percent=60)
            self.insert(writer, 300, account=self.other)
        with self.open() as folder:
            folder["sop.ledger.month"]._fold()
        with self.open() as writer:
            self.insert(writer, 77, day=APRIL, percent=10)
        read_months = MatrixReader._read_months

        def meanwhile(reader):
            with self.open() as writer:
                writer.cr.execute(
                    "UPDATE account_move_line SET date = %s WHERE id = %s",
                    [MARCH, item],
                )
            with self.open() as folder:
                folder["sop.ledger.month"]._fold()
            return read_months(reader)

        with self.open(commit=False) as reader:
            before = read_items(reader.cr, reader.ref("base.main_company"))
            with patch.object(MatrixReader, "_read_months", meanwhile):
                shown = self.figures(reader)
            self.assertEqual(shown, self.oracle.figures(before, *YEAR))
        after = self.assert_exact()
        self.assertNotEqual(sorted(map(repr, before)), sorted(map(repr, after)))

    def test_random_interleavings(self):
        for seed in range(60):
            with self.subTest(seed=seed):
                self.interleave(random.Random(seed))

    def interleave(self, dice):
        """Three transactions take turns; every reader must see exactly its own snapshot."""
        with self.open() as one, self.open() as two, self.open() as folder:
            for _turn in range(12):
                act = dice.choice(
                    (self.act_write, self.act_write, self.act_fold, self.act_read, None)
                )
                env = (
                    folder if act == self.act_fold else dice.choice((one, two, folder))
                )
                if act is None:
                    dice.choice((env.cr.commit, env.cr.commit, env.cr.rollback))()
                    continue
                try:
                    with mute_logger("odoo.sql_db"), env.cr.savepoint(flush=False):
                        act(dice, env)
                except psycopg2.errors.SerializationFailure:
                    # Both changed the same item: the later one starts again, as Odoo has it
                    env.cr.rollback()
        self.assert_exact()
        with self.open() as env:
            env["sop.ledger.month"]._fold()
        self.assert_exact()
        with self.open() as env:
            self.assertEqual(env["sop.ledger.month"]._check_and_repair(), 0)

    def act_write(self, dice, env):
        items = [item for item in self.mine(env) if item % 2 == (dice.random() < 0.5)]
        if items and dice.random() < 0.6:
            item = dice.choice(items)
            env.cr.execute("SET LOCAL lock_timeout = 50")
            # The other one may be at it
            with (
                suppress(psycopg2.errors.LockNotAvailable),
                env.cr.savepoint(flush=False),
            ):
                env.cr.execute(*self.change(dice, item))
        else:
            self.insert(
                env,
                dice.randint(1, 10**6),
                dice.choice((self.account, self.other)),
                dice.choice((MARCH, APRIL)),
                dice.choice((None, 33.33, 100, 150)),
            )

    def mine(self, env):
        env.cr.execute(
            "SELECT id FROM account_move_line WHERE move_id = %s",
            [self.ids["account.move"]],
        )
        return [row[0] for row in env.cr.fetchall()]

    def change(self, dice, item):
        return dice.choice(
            (
                ("UPDATE account_move_line SET date = %s WHERE id = %s", [MARCH, item]),
                ("UPDATE account_move_line SET date = %s WHERE id = %s", [APRIL, item]),
                (
                    "UPDATE account_move_line SET parent_state = %s WHERE id = %s",
                    [dice.choice(("draft", "posted")), item],
                ),
                (
                    "UPDATE account_move_line SET account_id = %s WHERE id = %s",
                    [self.other, item],
                ),
                ("DELETE FROM account_move_line WHERE id = %s", [item]),
            )
        )

    def act_fold(self, dice, env):
        env["sop.ledger.month"]._fold_some()

    def act_read(self, dice, env):
        self.assert_exact(env)
