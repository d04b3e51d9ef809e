# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""Two buyers at the same moment, each with a connection of their own.

Everything here is really committed, and taken away again at the end.
"""

import threading
from contextlib import contextmanager

import psycopg2

from odoo import SUPERUSER_ID, api
from odoo.exceptions import UserError
from odoo.fields import Command
from odoo.modules.registry import Registry
from odoo.tests import BaseCase, get_db_name, tagged
from odoo.tools import SQL

ROUNDS = 30
PLANNED = 1000.0


@tagged("post_install", "-at_install")
class TestControlConcurrency(BaseCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.registry = Registry(get_db_name())
        cls.addClassCleanup(cls.clean_up)
        with cls.open() as env:
            cls.build_world(env)

    @classmethod
    @contextmanager
    def open(cls):
        with cls.registry.cursor() as cr:
            yield api.Environment(cr, SUPERUSER_ID, {"tracking_disable": True})

    @classmethod
    def build_world(cls, env):
        plan = env["account.analytic.plan"].create({"name": "Race"})
        analytic = env["account.analytic.account"].create(
            {"name": "Race", "plan_id": plan.id, "company_id": False}
        )
        budget = env["sop.budget"].create(
            {
                "name": "Race",
                "company_id": env.ref("base.main_company").id,
                "date_from": "2025-01-01",
                "date_to": "2025-12-31",
                "plan_id": plan.id,
            }
        )
        category = env["sop.budget.category"].create(
            {
                "budget_id": budget.id,
                "code": "R1",
                "name": "Race",
                "analytic_account_id": analytic.id,
            }
        )
        env["sop.budget.amount"].create(
            {"category_id": category.id, "month": "2025-04-01", "amount": PLANNED}
        )
        budget.action_submit()
        budget.action_approve()
        env["sop.budget.policy"].create(
            {"budget_id": budget.id, "event": "order", "basis": "budget"}
        )
        # One each: confirming an order writes on its product, too
        products = env["product.product"].create(
            [{"name": f"Race {n}", "type": "service"} for n in (1, 2)]
        )
        partner = env["res.partner"].create({"name": "Race"})
        cls.ids = {
            "sop.budget": budget.id,
            "account.analytic.account": analytic.id,
            "account.analytic.plan": plan.id,
            "product.product": products.ids,
            "res.partner": partner.id,
        }
        cls.orders = []

    @classmethod
    def clean_up(cls):
        with cls.open() as env:
            orders = env["purchase.order"].browse(cls.orders)
            orders.button_cancel()
            orders.unlink()
            budget = env["sop.budget"].browse(cls.ids["sop.budget"])
            # By SQL: nothing else takes away what is in a history
            env.cr.execute(
                SQL("DELETE FROM sop_budget_version WHERE budget_id = %s", budget.id)
            )
            env.cr.execute(
                SQL(
                    "UPDATE sop_budget SET first_approved = NULL WHERE id = %s",
                    budget.id,
                )
            )
            budget.invalidate_recordset()
            budget.action_cancel()
            # So that it passes for one that was never approved
            env.cr.execute(
                "UPDATE sop_budget SET first_approved = NULL WHERE id = %s",
                [cls.ids["sop.budget"]],
            )
            budget.invalidate_recordset()
            for name, record_ids in cls.ids.items():
                env[name].browse(record_ids).unlink()

    def make_orders(self, *amounts):
        with self.open() as env:
            orders = env["purchase.order"].create(
                [
                    {
                        "partner_id": self.ids["res.partner"],
                        "company_id": env.ref("base.main_company").id,
                        "date_order": "2025-03-05 10:00:00",
                        "order_line": [
                            Command.create(
                                {
                                    "product_id": product,
                                    "price_unit": amount,
                                    "product_qty": 1,
                                    "tax_ids": [Command.clear()],
                                    "date_planned": "2025-04-10 12:00:00",
                                    "analytic_distribution": {
                                        str(self.ids["account.analytic.account"]): 100
                                    },
                                }
                            )
                        ],
                    }
                    for amount, product in zip(
                        amounts, self.ids["product.product"], strict=True
                    )
                ]
            )
            self.orders.extend(orders.ids)
            return orders.ids

    def cancel(self, ids):
        with self.open() as env:
            env["purchase.order"].browse(ids).button_cancel()

    def available(self):
        with self.open() as env:
            matrix = env["sop.budget"].browse(self.ids["sop.budget"])._get_matrix()
            return int(matrix.available[0].sum()) / 100

    def buy(self, order_id, start):
        """Confirm as a request would: again on a new snapshot after a collision."""
        self.tries.setdefault(order_id, 0)
        with self.registry.cursor() as cr:
            cr.execute("SELECT 1")  # takes the snapshot
            start.wait(timeout=30)
            while True:
                self.tries[order_id] += 1
                env = api.Environment(cr, SUPERUSER_ID, {"tracking_disable": True})
                try:
                    env["purchase.order"].browse(order_id).button_confirm()
                    cr.commit()  # pylint: disable=invalid-commit
                    return "passed"
                except psycopg2.errors.SerializationFailure:
                    cr.rollback()
                    env.transaction.reset()
                except UserError as error:
                    cr.rollback()
                    return str(error)

    def race(self, *ids):
        self.tries = {}
        start = threading.Barrier(len(ids))
        outcomes = {}

        def run(order_id):
            outcomes[order_id] = self.buy(order_id, start)

        threads = [threading.Thread(target=run, args=(each,)) for each in ids]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(timeout=60)
        return outcomes

    def test_the_last_thousand(self):
        collisions = 0
        for round_number in range(ROUNDS):
            with self.subTest(round=round_number):
                ids = self.make_orders(PLANNED, PLANNED)
                outcomes = sorted(self.race(*ids).values())
                self.assertEqual(outcomes.count("passed"), 1, outcomes)
                refused = next(text for text in outcomes if text != "passed")
                self.assertRegex(refused, "R1 Race .*available .*0.00, requested")
                self.assertEqual(self.available(), 0)
                collisions += max(self.tries.values()) > 1
                self.cancel(ids)
        # Otherwise they were never there at the same time
        self.assertGreater(collisions, 0)

    def test_room_for_both(self):
        for _round in range(5):
            ids = self.make_orders(PLANNED / 2, PLANNED / 2)
            self.assertEqual(set(self.race(*ids).values()), {"passed"})
            self.assertEqual(self.available(), 0)
            self.cancel(ids)

    def test_step_by_step(self):
        """The second has looked before the first commits; it fails, and then is refused."""
        first, second = self.make_orders(PLANNED, PLANNED)
        with self.open() as one, self.registry.cursor() as cr:
            cr.execute("SELECT count(*) FROM purchase_order")
            one["purchase.order"].browse(first).button_confirm()
            one.cr.commit()
            two = api.Environment(cr, SUPERUSER_ID, {"tracking_disable": True})
            with self.assertRaises(psycopg2.errors.SerializationFailure):
                two["purchase.order"].browse(second).button_confirm()
            cr.rollback()
            two.transaction.reset()
            with self.assertRaisesRegex(UserError, "short by .*1,000.00"):
                two["purchase.order"].browse(second).button_confirm()
            cr.rollback()
        self.cancel([first, second])
