# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""Two approvers decide at the same moment, each with a connection of their own.

Everything here is really committed. The trail can't be deleted, so at the end the rows are
taken away by SQL.
"""

import threading
from contextlib import contextmanager

import psycopg2.errors

from odoo import SUPERUSER_ID, api
from odoo.exceptions import UserError
from odoo.fields import Command
from odoo.modules.registry import Registry
from odoo.tests import BaseCase, get_db_name, new_test_user, tagged
from odoo.tools import SQL

ROUNDS = 5


@tagged("post_install", "-at_install")
class TestApprovalConcurrency(BaseCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.registry = Registry(get_db_name())
        with cls.open() as env:
            cls.build(env)
        cls.addClassCleanup(cls.clean_up)

    @classmethod
    @contextmanager
    def open(cls, user_id=SUPERUSER_ID):
        with cls.registry.cursor() as cr:
            yield api.Environment(cr, user_id, {"tracking_disable": True})

    @classmethod
    def build(cls, env):
        users = [
            new_test_user(
                env, f"race_{name}", groups="sop_budget.group_sop_budget_user"
            )
            for name in ("requester", "first", "second")
        ]
        cls.user_ids = [user.id for user in users]
        requester, first, second = users
        budget = env["sop.budget"].create(
            {"name": "Race", "date_from": "2025-01-01", "date_to": "2025-12-31"}
        )
        cls.budget_id = budget.id
        category = env["sop.budget.category"].create(
            {"budget_id": budget.id, "code": "R", "name": "Race"}
        )
        env["sop.budget.amount"].create(
            {"category_id": category.id, "month": "2025-06-01", "amount": 10_000}
        )
        env["sop.budget.member"].create(
            {"budget_id": budget.id, "user_id": requester.id, "role": "proposer"}
        )
        env["sop.approval.rule"].create(
            {
                "name": "Race",
                "budget_id": budget.id,
                "step_ids": [
                    Command.create(
                        {
                            "name": "Either",
                            "who": "group",
                            "user_ids": [Command.set((first | second).ids)],
                        }
                    )
                ],
            }
        )
        budget.action_submit()
        budget.action_approve()
        cls.category_id = category.id

    @classmethod
    def clean_up(cls):
        with cls.open() as env:
            # By SQL: nothing else takes away what is in a history
            for table in (
                "sop_approval_decision",
                "sop_approval",
                "sop_proposal_line",
                "sop_proposal",
                "sop_budget_version",
            ):
                env.cr.execute(
                    SQL(
                        "DELETE FROM %s WHERE budget_id = %s",
                        SQL.identifier(table),
                        cls.budget_id,
                    )
                )
            env.cr.execute(SQL("DELETE FROM sop_budget WHERE id = %s", cls.budget_id))
            env.invalidate_all()
            env["mail.activity"].search([("user_id", "in", cls.user_ids)]).unlink()
            users = env["res.users"].browse(cls.user_ids)
            partners = users.partner_id
            env["mail.mail"].search([("recipient_ids", "in", partners.ids)]).unlink()
            users.unlink()
            partners.unlink()

    def submit(self, amount=10):
        with self.open(self.user_ids[0]) as env:
            proposal = env["sop.proposal"].create(
                {
                    "name": "Race",
                    "budget_id": self.budget_id,
                    "line_ids": [
                        Command.create(
                            {
                                "name": "Line",
                                "category_id": self.category_id,
                                "month": "2025-06-01",
                                "price_unit": amount,
                            }
                        )
                    ],
                }
            )
            proposal.action_submit()
            return proposal.id

    def decide(self, env, proposal_id, decision):
        env["sop.proposal"].browse(proposal_id)._decide(decision, "Because")

    def decide_second(self, ready, outcome, proposal_id, decision):
        with self.open(self.user_ids[2]) as env:
            env["sop.proposal"].browse(proposal_id).read(["name"])  # its snapshot
            ready.set()
            try:
                self.decide(env, proposal_id, decision)
            except psycopg2.errors.SerializationFailure as error:
                outcome["error"] = error
                env.cr.rollback()

    def test_one_decides_the_other_is_told(self):
        for number in range(ROUNDS):
            proposal_id = self.submit()
            decisions = ("approved", "rejected")[:: 1 if number % 2 else -1]
            outcome = {}
            with self.open(self.user_ids[1]) as env:
                self.decide(env, proposal_id, decisions[0])
                env.flush_all()
                ready = threading.Event()
                thread = threading.Thread(
                    target=self.decide_second,
                    args=(ready, outcome, proposal_id, decisions[1]),
                )
                thread.start()
                ready.wait(10)
                thread.join(0.3)  # it waits for the row that this transaction holds
                self.assertTrue(thread.is_alive())
                env.cr.commit()
            thread.join(10)
            # Odoo runs a request again after this error, now with what the first one stored
            self.assertIn("error", outcome)
            with self.open(self.user_ids[2]) as env:
                with self.assertRaisesRegex(UserError, "no decision any more"):
                    self.decide(env, proposal_id, decisions[1])
                env.cr.rollback()
            with self.open() as env:
                rows = env["sop.approval.decision"].search(
                    [
                        ("res_model", "=", "sop.proposal"),
                        ("res_id", "=", proposal_id),
                        ("decision", "!=", "moved"),
                    ]
                )
                self.assertEqual(
                    rows.sorted("id").mapped("decision"), ["submitted", decisions[0]]
                )
                self.assertEqual(
                    env["sop.proposal"].browse(proposal_id).step, decisions[0]
                )

    def test_the_same_money_is_reserved_once(self):
        with self.open() as env:
            env["sop.budget.policy"].create(
                {"budget_id": self.budget_id, "event": "order", "basis": "budget"}
            )
        for _round in range(ROUNDS):
            first, second = self.submit(6000), self.submit(6000)
            outcome = {}
            with self.open(self.user_ids[1]) as env:
                self.decide(env, first, "approved")
                env.flush_all()
                ready = threading.Event()
                thread = threading.Thread(
                    target=self.decide_second, args=(ready, outcome, second, "approved")
                )
                thread.start()
                ready.wait(10)
                thread.join(0.3)  # it waits for its turn at the figures
                self.assertTrue(thread.is_alive())
                env.cr.commit()
            thread.join(10)
            self.assertIn("error", outcome)
            with self.open(self.user_ids[2]) as env:
                with self.assertRaisesRegex(UserError, "would reserve more than"):
                    self.decide(env, second, "approved")
                env.cr.rollback()
            with self.open() as env:
                env["sop.proposal"].browse(first).action_cancel()
                env["sop.proposal"].browse(second).action_withdraw()
