# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""Several people at the same moment, each with a connection of their own.

Everything here is really committed, and taken away again at the end.
"""

import threading
from contextlib import contextmanager

import psycopg2

from odoo import SUPERUSER_ID, api
from odoo.exceptions import UserError
from odoo.fields import Command
from odoo.modules.registry import Registry
from odoo.tests import BaseCase, get_db_name
from odoo.tools import SQL, mute_logger

#: After these Odoo runs a request again.
COLLISIONS = (
    psycopg2.errors.SerializationFailure,
    psycopg2.errors.LockNotAvailable,
    psycopg2.errors.DeadlockDetected,
)
PLANNED = 1000.0


class RaceCase(BaseCase):
    """A budget with 1,000 in April 2025 and policies that stop."""

    events = ("order",)

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.registry = Registry(get_db_name())
        cls.ids = {}
        cls.orders = []
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
        plan = env["account.analytic.plan"].create({"name": cls.__name__})
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
            [
                {"budget_id": budget.id, "event": event, "basis": "budget"}
                for event in cls.events
            ]
        )
        # One each: confirming an order writes on its product, too
        products = env["product.product"].create(
            [{"name": f"Race {n}", "type": "service"} for n in (1, 2)]
        )
        partner = env["res.partner"].create({"name": "Race"})
        cls.category_id = category.id
        cls.distribution = {str(analytic.id): 100}
        cls.ids = {
            "sop.budget": budget.ids,
            "account.analytic.account": analytic.ids,
            "account.analytic.plan": plan.ids,
            "product.product": products.ids,
            "res.partner": partner.ids,
        }

    @classmethod
    def clean_up(cls):
        with cls.open() as env:
            orders = env["purchase.order"].browse(cls.orders)
            orders.button_cancel()
            orders.unlink()
            for budget in env["sop.budget"].browse(cls.ids.get("sop.budget", ())):
                cls.clean_budget(env, budget)
            for name, record_ids in cls.ids.items():
                env[name].browse(record_ids).unlink()

    @classmethod
    def clean_budget(cls, env, budget):
        # By SQL: nothing else takes away what is in a history
        env.flush_all()
        tables = ("sop_approval_decision", "sop_approval", "sop_proposal_line")
        for table in (*tables, "sop_proposal", "sop_budget_version"):
            env.cr.execute(
                SQL(
                    "DELETE FROM %s WHERE budget_id = %s",
                    SQL.identifier(table),
                    budget.id,
                )
            )
        env.invalidate_all()
        budget.action_cancel()
        # So that it passes for one that was never approved
        env.cr.execute(
            SQL("UPDATE sop_budget SET first_approved = NULL WHERE id = %s", budget.id)
        )
        env.cr.execute(
            SQL("DELETE FROM sop_budget_version WHERE budget_id = %s", budget.id)
        )
        budget.invalidate_recordset()

    # === DOCUMENTS === #

    def make_orders(self, *amounts, claim=None):
        with self.open() as env:
            orders = env["purchase.order"].create(
                [
                    {
                        "partner_id": self.ids["res.partner"][0],
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
                                    "analytic_distribution": self.distribution,
                                    "sop_proposal_line_id": claim,
                                }
                            )
                        ],
                    }
                    for amount, product in zip(
                        amounts, self.ids["product.product"], strict=False
                    )
                ]
            )
            self.orders.extend(orders.ids)
            return orders.ids

    def cancel(self, ids):
        with self.open() as env:
            env["purchase.order"].browse(ids).button_cancel()

    def make_proposal(self, amount, approved=False):
        with self.open() as env:
            proposal = env["sop.proposal"].create(
                {
                    "name": "Race",
                    "budget_id": self.ids["sop.budget"][0],
                    "line_ids": [
                        Command.create(
                            {
                                "name": "Line",
                                "category_id": self.category_id,
                                "month": "2025-04-01",
                                "price_unit": amount,
                            }
                        )
                    ],
                }
            )
            proposal._set_step("submitted", ("draft",))
            proposal._on_approval_started()
            if approved:
                proposal._on_approved()
            return proposal.id

    def get_claim(self, proposal_id):
        with self.open() as env:
            return env["sop.proposal"].browse(proposal_id).line_ids.id

    def give_up(self, *proposal_ids):
        with self.open() as env:
            for proposal in env["sop.proposal"].browse(proposal_ids):
                if proposal.step == "approved":
                    proposal.action_cancel()
                else:
                    proposal.action_withdraw()

    def available(self):
        with self.open() as env:
            budget = env["sop.budget"].browse(self.ids["sop.budget"])
            return int(budget._get_matrix().available[0].sum()) / 100

    # === THE RACE === #

    def confirm(self, order_id):
        return lambda env: env["purchase.order"].browse(order_id).button_confirm()

    def approve(self, proposal_id):
        return lambda env: env["sop.proposal"].browse(proposal_id)._on_approved()

    def run_as_request(self, number, act, start):
        """Again on a new snapshot after a collision."""
        with self.registry.cursor() as cr:
            cr.execute("SELECT 1")  # takes the snapshot
            start.wait(timeout=30)
            while True:
                self.tries[number] += 1
                env = api.Environment(cr, SUPERUSER_ID, {"tracking_disable": True})
                try:
                    act(env)
                    env.flush_all()
                    cr.commit()  # pylint: disable=invalid-commit
                    return "passed"
                except COLLISIONS:
                    cr.rollback()
                    env.transaction.reset()
                except UserError as error:
                    cr.rollback()
                    return str(error)

    def race(self, *acts):
        """What became of each of them."""
        self.tries = [0] * len(acts)
        start = threading.Barrier(len(acts))
        outcomes = [None] * len(acts)

        def run(number):
            outcomes[number] = self.run_as_request(number, acts[number], start)

        threads = [
            threading.Thread(target=run, args=(number,)) for number in range(len(acts))
        ]
        with mute_logger("odoo.sql_db"):
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join(timeout=60)
        return outcomes

    def assert_one_passes(self, outcomes, refusal):
        self.assertEqual(outcomes.count("passed"), 1, outcomes)
        refused = next(text for text in outcomes if text != "passed")
        self.assertRegex(refused, refusal)
