# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
import re

from lxml import html

from odoo import fields
from odoo.fields import Command
from odoo.tests import HttpCase, tagged
from odoo.tools import mute_logger

from .common_approval import ApprovalCommon

BUYER = ",".join(
    (
        "sop_budget.group_sop_budget_user",
        "purchase.group_purchase_user",
        "account.group_account_invoice",
    )
)


@tagged("post_install", "-at_install")
class TestControlTours(ApprovalCommon, HttpCase):
    """From asking to paid; and how whoever is stopped gets through."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        # The forms offer the budget of today
        year = fields.Date.today().year
        cls.budget = cls.make_budget(
            name="Budget of the tours",
            date_from=f"{year}-01-01",
            date_to=f"{year}-12-31",
        )
        cls.buyer = cls.make_user("sop_buyer", BUYER)
        cls.env["sop.budget.member"].create(
            [
                {"budget_id": cls.budget.id, "user_id": user.id, "role": role}
                for user, role in (
                    (cls.proposer, "proposer"),
                    (cls.buyer, "planner"),
                    (cls.anna, "approver"),
                )
            ]
        )
        top = cls.make_category("T", name="Event")
        cls.prizes = cls.make_category("T1", top, 100.0, True, name="Prizes")
        cls.venue = cls.make_category("T2", top, 100.0, True, name="Venue")
        cls.budget.action_submit()
        cls.budget.action_approve()
        cls.make_rule(cls.anna, kind="all")

    def approve_by_mail(self):
        """As the approver does it: open the link of the mail, press its button."""
        mail = self.env["mail.mail"].search(
            [("recipient_ids", "in", self.anna.partner_id.ids)],
            order="id desc",
            limit=1,
        )
        link = re.search(r"/sop/approval/[\w-]+", mail.body_html).group()
        self.authenticate(None, None)
        page = html.fromstring(self.url_open(link).text)
        token = page.xpath("//input[@name='csrf_token']/@value")[0]
        answer = self.url_open(
            f"{link}/decide", data={"csrf_token": token, "decision": "approve"}
        )
        self.assertIn("You have approved this", answer.text)
        self.env.invalidate_all()

    def test_from_asking_to_paid(self):
        self.browser_size = "400x800"
        self.start_tour(
            "/odoo/my-proposals/new", "sop_budget_control_propose", login="sop_proposer"
        )
        proposal = self.env["sop.proposal"].search(
            [("name", "=", "Prizes of the tour")]
        )
        self.assertEqual((proposal.state, proposal.amount_total), ("in_review", 300))
        self.approve_by_mail()
        self.assertEqual((proposal.state, proposal.amount_reserved), ("approved", 300))
        # Who sells is known only now
        proposal.partner_id = self.vendor
        self.browser_size = "1366x768"
        self.start_tour(
            f"/odoo/proposals/{proposal.id}",
            "sop_budget_control_order",
            login="sop_buyer",
        )
        self.env.invalidate_all()
        self.assertEqual(proposal.state, "ordered")
        # The form of an order only takes a vendor's file: its list makes the bill
        order = self.env["purchase.order"].search([("partner_id", "=", self.vendor.id)])
        order.with_user(self.buyer).action_create_invoice()
        self.start_tour(
            f"/odoo/account.move/{order.invoice_ids.id}",
            "sop_budget_control_bill_to_paid",
            login="sop_buyer",
        )
        self.env.invalidate_all()
        self.assertEqual((proposal.state, proposal.amount_paid), ("paid", 300))
        self.assertEqual(proposal.amount_reserved, 0)
        figures = self.figures(self.prizes, "reserved", "committed", "actual")
        self.assertEqual(figures, [0, 0, 300])

    def test_approved_in_part(self):
        month = self.budget.date_from.replace(month=6)
        proposal = self.make_proposal(
            category=self.prizes,
            date_expected=month,
            lines=[{"price_unit": 300, "month": month}],
        )
        self.submit(proposal)
        self.start_tour(
            f"/odoo/proposals/{proposal.id}",
            "sop_budget_control_in_part",
            login=self.anna.login,
        )
        self.env.invalidate_all()
        self.assertEqual((proposal.state, proposal.amount_reserved), ("approved", 120))
        self.assertEqual(proposal.condition, "With a second quotation")

    def test_stopped_and_through_by_transfer(self):
        self.env["sop.budget.policy"].create(
            {
                "budget_id": self.budget.id,
                "event": "order",
                "action": "stop",
                "basis": "budget",
            }
        )
        account = self.prizes.analytic_account_id
        order = self.env["purchase.order"].create(
            {
                "partner_id": self.vendor.id,
                "company_id": self.company.id,
                "currency_id": self.currency.id,
                "order_line": [
                    Command.create(
                        {
                            "product_id": self.product_a.id,
                            "name": "Prizes",
                            "product_qty": 1,
                            "price_unit": 1500,
                            "tax_ids": [Command.clear()],
                            "date_planned": fields.Datetime.now(),
                            "analytic_distribution": {str(account.id): 100},
                        }
                    )
                ],
            }
        )
        url = f"/odoo/purchase.order/{order.id}"
        # Being stopped is an answer of the server, which it notes
        with mute_logger("odoo.http"):
            self.start_tour(url, "sop_budget_control_stopped", login="sop_buyer")
        self.assertEqual(order.state, "draft")
        transfer = self.env["sop.budget.transfer"].search(
            [("budget_id", "=", self.budget.id)]
        )
        self.assertEqual((transfer.state, transfer.amount_total), ("in_review", 300))
        self.approve_by_mail()
        self.assertEqual(transfer.state, "approved")
        self.start_tour(url, "sop_budget_control_passes", login="sop_buyer")
        self.assertEqual(order.state, "purchase")
        self.assertEqual(self.figures(self.prizes, "planned", "available"), [1500, 0])

    def test_carried_into_the_next_budget(self):
        year = self.budget.date_to.year + 1
        target = self.make_budget(
            name="Next budget", date_from=f"{year}-01-01", date_to=f"{year}-12-31"
        )
        # Of money that moves both sides decide; who does for both is asked once
        self.env["sop.budget.member"].create(
            {"budget_id": target.id, "user_id": self.anna.id, "role": "approver"}
        )
        self.make_rule(self.anna, kind="all", budget_id=target.id)
        self.start_tour(
            f"/odoo/sop.budget/{self.budget.id}",
            "sop_budget_control_carry_forward",
            login=self.owner.login,
        )
        transfer = self.env["sop.budget.transfer"].search(
            [("budget_id", "=", self.budget.id)]
        )
        self.assertEqual(
            (transfer.kind, transfer.target_budget_id, transfer.amount_total),
            ("carry_forward", target, 1200),
        )
        self.approve_by_mail()
        self.assertEqual(self.figures(self.prizes, "planned"), 600)
        self.assertEqual(sum(target.category_ids.amount_ids.mapped("amount")), 1200)

    def test_extended_instead(self):
        self.start_tour(
            f"/odoo/sop.budget/{self.budget.id}",
            "sop_budget_control_extend",
            login=self.owner.login,
        )
        self.env.invalidate_all()
        self.assertEqual(
            str(self.budget.date_to), f"{self.budget.date_from.year + 1}-02-28"
        )
        self.assertEqual(self.figures(self.prizes, "planned"), 1200)
