# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""Two buyers, or a buyer and somebody who decides, at the same moment."""

import psycopg2

from odoo import SUPERUSER_ID, api
from odoo.exceptions import UserError
from odoo.fields import Command
from odoo.tests import tagged

from .common_race import PLANNED, RaceCase

ROUNDS = 30
FEW = 10
REFUSAL = "R1 Race .*available .*%s, requested .*%s"


@tagged("post_install", "-at_install")
class TestControlConcurrency(RaceCase):
    def race_orders(self, ids):
        return self.race(*map(self.confirm, ids))

    def test_the_last_thousand(self):
        collisions = 0
        for round_number in range(ROUNDS):
            with self.subTest(round=round_number):
                ids = self.make_orders(PLANNED, PLANNED)
                self.assert_one_passes(
                    self.race_orders(ids), REFUSAL % ("0.00", "1,000.00")
                )
                self.assertEqual(self.available(), 0)
                collisions += max(self.tries) > 1
                self.cancel(ids)
        # Otherwise they were never there at the same time
        self.assertGreater(collisions, 0)

    def test_room_for_both(self):
        for _round in range(5):
            ids = self.make_orders(PLANNED / 2, PLANNED / 2)
            self.assertEqual(set(self.race_orders(ids)), {"passed"})
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

    # === AGAINST PROPOSALS === #

    def test_an_order_beyond_its_reservation_and_a_proposal(self):
        """600 are reserved for the order of 1,000; the other proposal asks for the last 400."""
        collisions = 0
        for round_number in range(FEW):
            with self.subTest(round=round_number):
                reserved = self.make_proposal(600.0, approved=True)
                asked = self.make_proposal(400.0)
                ids = self.make_orders(PLANNED, claim=self.get_claim(reserved))
                acts = [self.confirm(ids[0]), self.approve(asked)]
                self.assert_one_passes(self.race(*acts), REFUSAL % ("0.00", "400.00"))
                self.assertEqual(self.available(), 0)
                collisions += max(self.tries) > 1
                self.cancel(ids)
                self.give_up(reserved, asked)
        self.assertGreater(collisions, 0)

    def test_an_order_of_a_reservation_and_a_proposal(self):
        """What is reserved is ordered whoever else asks, and is not there for anybody else."""
        for _round in range(FEW):
            reserved = self.make_proposal(PLANNED, approved=True)
            asked = self.make_proposal(PLANNED)
            ids = self.make_orders(PLANNED, claim=self.get_claim(reserved))
            ordered, other = self.race(self.confirm(ids[0]), self.approve(asked))
            self.assertEqual(ordered, "passed")
            self.assertRegex(other, REFUSAL % ("0.00", "1,000.00"))
            self.assertEqual(self.available(), 0)
            self.cancel(ids)
            self.give_up(reserved, asked)

    def test_two_orders_of_one_reservation(self):
        for _round in range(FEW):
            reserved = self.make_proposal(PLANNED, approved=True)
            claim = self.get_claim(reserved)
            ids = self.make_orders(PLANNED, PLANNED, claim=claim)
            self.assert_one_passes(
                self.race_orders(ids), REFUSAL % ("0.00", "1,000.00")
            )
            self.assertEqual(self.available(), 0)
            self.cancel(ids)
            self.give_up(reserved)

    def test_an_order_of_a_reservation_that_is_freed(self):
        """Freed and taken by another proposal, while it is ordered."""
        for _round in range(FEW):
            reserved = self.make_proposal(PLANNED, approved=True)
            ids = self.make_orders(PLANNED, claim=self.get_claim(reserved))
            asked = self.make_proposal(PLANNED)

            def take_over(env, reserved=reserved, asked=asked):
                env["sop.proposal"].browse(reserved).action_free_rest()
                env["sop.proposal"].browse(asked)._on_approved()

            outcomes = self.race(self.confirm(ids[0]), take_over)
            self.assert_one_passes(outcomes, "R1 Race .*requested|reserved any more")
            self.assertEqual(self.available(), 0)
            self.cancel(ids)
            self.give_up(reserved, asked)


@tagged("post_install", "-at_install")
class TestBillConcurrency(RaceCase):
    events = ("order", "bill")

    @classmethod
    def build_world(cls, env):  # pylint: disable=missing-return
        super().build_world(env)
        company = env.ref("base.main_company")
        accounts = env["account.account"].create(
            [
                {
                    "code": f"RACE{number}",
                    "name": "Race",
                    "account_type": kind,
                    "company_ids": company.ids,
                }
                for number, kind in enumerate(("expense", "liability_payable"))
            ]
        )
        journal = env["account.journal"].create(
            {
                "name": "Race",
                "code": "RACE",
                "type": "purchase",
                "company_id": company.id,
                "default_account_id": accounts[0].id,
            }
        )
        partner = env["res.partner"].browse(cls.ids["res.partner"])
        partner.with_company(company).property_account_payable_id = accounts[1]
        cls.journal_id = journal.id
        cls.bills = []
        cls.ids |= {"account.journal": journal.ids, "account.account": accounts.ids}

    @classmethod
    def clean_up(cls):  # pylint: disable=missing-return
        with cls.open() as env:
            bills = env["account.move"].browse(cls.bills)
            bills.filtered(lambda move: move.state == "posted").button_draft()
            bills.with_context(force_delete=True).unlink()
        super().clean_up()

    def make_bill(self, amount, **vals):
        with self.open() as env:
            bill = env["account.move"].create(
                {
                    "move_type": "in_invoice",
                    "partner_id": self.ids["res.partner"][0],
                    "journal_id": self.journal_id,
                    "invoice_date": "2025-04-20",
                    "date": "2025-04-20",
                    "invoice_line_ids": [
                        Command.create(
                            {
                                "name": "Race",
                                "quantity": 1,
                                "price_unit": amount,
                                "tax_ids": [Command.clear()],
                                "account_id": self.ids["account.account"][0],
                                "analytic_distribution": self.distribution,
                                **vals,
                            }
                        )
                    ],
                }
            )
            self.bills.append(bill.id)
            return bill.id

    def post(self, bill_id):
        return lambda env: env["account.move"].browse(bill_id).action_post()

    def reset(self, bill_id):
        with self.open() as env:
            bill = env["account.move"].browse(bill_id)
            if bill.state == "posted":
                bill.button_draft()

    def test_a_bill_and_an_order(self):
        collisions = 0
        for round_number in range(FEW):
            with self.subTest(round=round_number):
                bill, ids = self.make_bill(PLANNED), self.make_orders(PLANNED)
                acts = [self.post(bill), self.confirm(ids[0])]
                self.assert_one_passes(self.race(*acts), REFUSAL % ("0.00", "1,000.00"))
                self.assertEqual(self.available(), 0)
                collisions += max(self.tries) > 1
                self.cancel(ids)
                self.reset(bill)
        self.assertGreater(collisions, 0)

    def test_a_bill_and_an_order_of_one_reservation(self):
        for _round in range(FEW):
            reserved = self.make_proposal(PLANNED, approved=True)
            claim = self.get_claim(reserved)
            bill = self.make_bill(PLANNED, sop_proposal_line_id=claim)
            ids = self.make_orders(PLANNED, claim=claim)
            acts = [self.post(bill), self.confirm(ids[0])]
            self.assert_one_passes(self.race(*acts), REFUSAL % ("0.00", "1,000.00"))
            self.assertEqual(self.available(), 0)
            self.cancel(ids)
            self.reset(bill)
            self.give_up(reserved)

    def test_a_bill_and_a_proposal(self):
        for _round in range(FEW):
            bill, asked = self.make_bill(PLANNED), self.make_proposal(PLANNED)
            acts = [self.post(bill), self.approve(asked)]
            self.assert_one_passes(self.race(*acts), REFUSAL % ("0.00", "1,000.00"))
            self.assertEqual(self.available(), 0)
            self.reset(bill)
            self.give_up(asked)
