# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""Two people transfer the same money at the same moment, each with a connection of its own.

Everything here is really committed, and taken away again at the end.
"""

import threading
from contextlib import contextmanager

import psycopg2.errors

from odoo import SUPERUSER_ID, api
from odoo.exceptions import UserError
from odoo.fields import Command
from odoo.modules.registry import Registry
from odoo.tests import BaseCase, get_db_name, tagged
from odoo.tools import SQL, mute_logger

JAN = "2025-01-01"
ROUNDS = 20


@tagged("post_install", "-at_install")
class TestTransferConcurrency(BaseCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.registry = Registry(get_db_name())
        with cls.open() as env:
            cls.build(env)
        cls.addClassCleanup(cls.clean_up)

    @classmethod
    @contextmanager
    def open(cls):
        with cls.registry.cursor() as cr:
            yield api.Environment(cr, SUPERUSER_ID, {"tracking_disable": True})

    @classmethod
    def build(cls, env):
        budget = env["sop.budget"].create(
            {"name": "Race", "date_from": JAN, "date_to": "2025-12-31"}
        )
        categories = env["sop.budget.category"].create(
            [
                {"budget_id": budget.id, "code": code, "name": code}
                for code in ("A", "B", "C")
            ]
        )
        env["sop.budget.amount"].create(
            {"category_id": categories[0].id, "month": JAN, "amount": 1000.0}
        )
        budget.action_submit()
        budget.action_approve()
        cls.budget_id, cls.category_ids = budget.id, categories.ids

    @classmethod
    def clean_up(cls):
        with cls.open() as env:
            # By SQL: nothing else takes away what is in a history
            for table in ("transfer_entry", "transfer_line", "transfer"):
                env.cr.execute(
                    SQL(
                        "DELETE FROM %s WHERE budget_id = %s",
                        SQL.identifier(f"sop_budget_{table}"),
                        cls.budget_id,
                    )
                )
            env.cr.execute(
                SQL(
                    "DELETE FROM sop_budget_version WHERE budget_id = %s", cls.budget_id
                )
            )
            env.cr.execute(
                SQL(
                    "UPDATE sop_budget SET first_approved = NULL WHERE id = %s",
                    cls.budget_id,
                )
            )
            budget = env["sop.budget"].browse(cls.budget_id)
            budget.action_cancel()
            budget.unlink()

    def make_transfer(self, env, target, amount):
        transfer = env["sop.budget.transfer"].create(
            {
                "budget_id": self.budget_id,
                "reason": "Race",
                "line_ids": [
                    Command.create(
                        {
                            "category_from_id": self.category_ids[0],
                            "month_from": JAN,
                            "category_to_id": self.category_ids[target],
                            "month_to": JAN,
                            "amount": amount,
                        }
                    )
                ],
            }
        )
        transfer._set_state("in_review")
        return transfer.id

    def apply(self, transfer_id, barrier, outcome):
        """As a request does it: again on a new snapshot after a serialization failure."""
        barrier.wait(10)
        for attempt in range(5):
            with self.open() as env:
                try:
                    env["sop.budget.transfer"].browse(transfer_id)._apply()
                    env.cr.commit()
                    outcome.append("applied")
                    return
                except psycopg2.errors.SerializationFailure:
                    env.cr.rollback()
                    outcome.append(f"again {attempt}")
                except UserError:
                    env.cr.rollback()
                    outcome.append("refused")
                    return

    def get_plan(self):
        with self.open() as env:
            amounts = env["sop.budget.amount"].search(
                [("budget_id", "=", self.budget_id)]
            )
            plan = dict.fromkeys(self.category_ids, 0.0)
            plan.update({a.category_id.id: a.amount for a in amounts})
            return list(plan.values())

    def race(self, *amounts):
        with self.open() as env:
            ids = [
                self.make_transfer(env, target, amount)
                for target, amount in enumerate(amounts, start=1)
            ]
        barrier, outcomes = threading.Barrier(len(ids)), [[] for _id in ids]
        threads = [
            threading.Thread(target=self.apply, args=(transfer, barrier, outcome))
            for transfer, outcome in zip(ids, outcomes, strict=True)
        ]
        with mute_logger("odoo.sql_db"):
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join(30)
        return [outcome[-1] for outcome in outcomes]

    def test_the_last_money_goes_once(self):
        for _round in range(ROUNDS):
            left = self.get_plan()[0]
            # Each alone fits, both together take 10 more than there is
            both = (left - 10, 20)
            self.assertEqual(sorted(self.race(*both)), ["applied", "refused"])
            plan = self.get_plan()
            self.assertEqual(sum(plan), 1000)
            self.assertGreaterEqual(min(plan), 0)
            self.give_back()

    def give_back(self):
        with self.open() as env:
            lines = [
                {
                    "category_from_id": category,
                    "month_from": JAN,
                    "category_to_id": self.category_ids[0],
                    "month_to": JAN,
                    "amount": amount,
                }
                for category, amount in zip(
                    self.category_ids[1:], self.get_plan()[1:], strict=True
                )
                if amount
            ]
            transfer = env["sop.budget.transfer"].create(
                {
                    "budget_id": self.budget_id,
                    "reason": "Back",
                    "line_ids": [Command.create(line) for line in lines],
                }
            )
            transfer._set_state("in_review")
            transfer._apply()

    def test_both_when_there_is_enough(self):
        self.assertEqual(self.race(100, 200), ["applied", "applied"])
        self.assertEqual(self.get_plan(), [700, 100, 200])
        self.give_back()
