# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from odoo.tests import tagged

from .common_proposal import ProposalCommon


@tagged("post_install", "-at_install")
class TestWorkedChain(ProposalCommon):
    """Budget 1,000: ask for 300, order 200 of it, have that billed, ask for 50 more."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.category = cls.third

    def assertChain(self, reserved, committed, actual, available, pending=0):
        names = ("reserved", "committed", "actual", "available", "pending")
        self.assertEqual(
            self.figures(self.category, *names),
            [reserved, committed, actual, available, pending],
        )
        # The totals of lists and cards take another way
        self.env.invalidate_all()
        self.assertEqual(
            self.budget.planned_total - self.budget.available_total,
            reserved + committed + actual,
        )

    def get_cards(self):
        """What the summary of the report shows."""
        report = self.env["sop.budget"].get_report({"budget_id": self.budget.id})
        return [card["key"] for card in report["summary"]["figures"]]

    def test_ask_order_bill(self):
        self.assertChain(0, 0, 0, 1000)
        proposal = self.make_proposal(300)
        self.assertChain(0, 0, 0, 1000)
        self.submit(proposal)
        self.assertChain(0, 0, 0, 1000, pending=300)
        self.assertEqual(
            self.get_cards(), ["planned", "committed", "actual", "available"]
        )
        proposal._on_approved()
        self.assertChain(300, 0, 0, 700)
        self.assertEqual(self.get_cards()[:2], ["planned", "reserved"])
        order = self.order(proposal, 200)
        self.assertChain(300, 0, 0, 700)
        order.button_confirm()
        self.assertChain(100, 200, 0, 700)
        self.assertEqual(proposal.state, "ordered")
        bill = self.bill(order)
        self.assertChain(100, 200, 0, 700)
        bill.action_post()
        self.assertChain(100, 0, 200, 700)
        second = self.make_proposal(50)
        self.submit(second)
        self.assertChain(100, 0, 200, 700, pending=50)
        second._on_approved()
        self.assertChain(150, 0, 200, 650)
