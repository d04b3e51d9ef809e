# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""What is ordered or billed for a proposal stays so: nothing is reserved a second time."""

from odoo.exceptions import UserError, ValidationError
from odoo.fields import Command
from odoo.tests import tagged

from ..models.sop_proposal_token import PROPOSAL_TOKEN
from .common_proposal import ProposalCommon

BUYER = (
    "purchase.group_purchase_manager,account.group_account_manager,"
    "sop_budget.group_sop_budget_user"
)


@tagged("post_install", "-at_install")
class TestProposalLinks(ProposalCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.buyer = cls.make_user("sop_link_buyer", BUYER)
        cls.env["sop.budget.member"].create(
            {"budget_id": cls.budget.id, "user_id": cls.buyer.id, "role": "viewer"}
        )
        cls.other = cls.approved(100)

    def setUp(self):
        super().setUp()
        self.proposal = self.approved(300)
        self.claim = self.proposal.line_ids

    def reserved(self):
        self.env.flush_all()
        return self.figures(self.third, "reserved", "committed", "actual")

    def refused(self, record, **vals):
        with self.assertRefused(UserError, "stays so"), self.env.cr.savepoint():
            record.with_user(self.buyer).write(vals)
        self.env.invalidate_all()

    def test_a_confirmed_order_keeps_its_link(self):
        order = self.order(self.proposal, 200)
        line = order.order_line
        # As long as it is a draft it takes nothing
        line.with_user(self.buyer).sop_proposal_line_id = False
        line.with_user(self.buyer).sop_proposal_line_id = self.claim
        order.button_confirm()
        self.assertEqual(self.reserved(), [200, 200, 0])
        for link in (False, self.other.line_ids.id):
            self.refused(line, sop_proposal_line_id=link)
            with self.assertRefused(UserError, "stays so"), self.env.cr.savepoint():
                order.with_user(self.buyer).write(
                    {
                        "order_line": [
                            Command.update(line.id, {"sop_proposal_line_id": link})
                        ]
                    }
                )
            self.env.invalidate_all()
        self.assertEqual(self.reserved(), [200, 200, 0])
        # To write what is there changes nothing
        line.with_user(self.buyer).sop_proposal_line_id = self.claim
        with self.assertRaises(UserError), self.env.cr.savepoint():
            line.with_user(self.buyer).unlink()
        copied = order.with_user(self.buyer).copy()
        self.assertFalse(copied.order_line.sop_proposal_line_id)
        self.assertEqual(self.reserved(), [200, 200, 0])
        # Cancelled it gives back what it took, and may go elsewhere
        order.button_cancel()
        self.assertEqual(self.reserved(), [400, 0, 0])
        line.with_user(self.buyer).sop_proposal_line_id = self.other.line_ids

    def test_a_billed_order_keeps_its_link(self):
        order = self.order(self.proposal, 200)
        order.button_confirm()
        bill = self.bill(order)
        bill.action_post()
        self.assertEqual(self.reserved(), [200, 0, 200])
        self.refused(order.order_line, sop_proposal_line_id=False)
        item = bill.invoice_line_ids
        self.refused(item, purchase_line_id=False)
        self.refused(item, sop_proposal_line_id=self.other.line_ids.id)
        self.assertEqual(self.reserved(), [200, 0, 200])

    def test_a_posted_bill_keeps_its_link(self):
        action = self.proposal.action_create_bill()
        bill = self.env["account.move"].browse(action["res_id"])
        bill.write({"invoice_date": "2025-06-20", "date": "2025-06-20"})
        item = bill.invoice_line_ids
        item.with_user(self.buyer).sop_proposal_line_id = False
        item.with_user(self.buyer).sop_proposal_line_id = self.claim
        bill.action_post()
        self.assertEqual(self.reserved(), [100, 0, 300])
        for link in (False, self.other.line_ids.id):
            self.refused(item, sop_proposal_line_id=link)
        copied = bill.with_user(self.buyer).copy()
        self.assertFalse(copied.invoice_line_ids.sop_proposal_line_id)
        with self.assertRaises(UserError), self.env.cr.savepoint():
            item.with_user(self.buyer).unlink()
        self.assertEqual(self.reserved(), [100, 0, 300])
        bill.button_draft()
        self.assertEqual(self.reserved(), [400, 0, 0])
        item.with_user(self.buyer).sop_proposal_line_id = False

    def test_a_line_of_a_confirmed_order_is_linked_once(self):
        order = self.order(self.proposal, 200)
        order.order_line.sop_proposal_line_id = False
        order.button_confirm()
        self.assertEqual(self.reserved(), [400, 200, 0])
        order.order_line.with_user(self.buyer).sop_proposal_line_id = self.claim
        self.assertEqual(self.reserved(), [200, 200, 0])
        self.refused(order.order_line, sop_proposal_line_id=False)

    def test_a_line_asks_the_budget_of_its_proposal(self):
        elsewhere = self.make_budget(name="Elsewhere")
        with self.assertRefused(ValidationError, "asks “Elsewhere”"):
            self.claim.with_context(**PROPOSAL_TOKEN).budget_id = elsewhere
            self.env.flush_all()


@tagged("post_install", "-at_install")
class TestDecided(ProposalCommon):
    """What was decided on is not swapped afterwards."""

    def refused(self, proposal, message, user=None, **vals):
        with self.assertRefused(UserError, message), self.env.cr.savepoint():
            proposal.with_user(user or self.proposer).write(vals)
        self.env.invalidate_all()

    def test_the_vendor_that_was_approved_stays(self):
        proposal = self.approved(300)
        other = self.env["res.partner"].create({"name": "Another"})
        for user in (self.proposer, self.users["manager"], self.owner):
            for partner in (other.id, False):
                self.refused(
                    proposal, "Cancel it and resubmit", user, partner_id=partner
                )
        proposal.with_user(self.proposer).partner_id = self.vendor
        self.assertEqual(proposal.partner_id, self.vendor)

    def test_who_sells_may_be_found_later(self):
        proposal = self.approved(300, partner_id=False)
        proposal.with_user(self.proposer).partner_id = self.vendor
        self.assertFalse(proposal.vendor_decided)

    def test_what_was_decided_on(self):
        changes = {
            "name": "Else",
            "justification": "<p>Else</p>",
            "date_expected": "2025-07-01",
            "urgent": True,
        }
        line_changes = {
            "price_unit": 1.0,
            "quantity": 7,
            "currency_id": self.env.ref("base.EUR").id,
            "category_id": self.first.id,
            "month": "2025-07-01",
            "name": "Else",
            "product_id": self.env["sop.proposal"]._get_any_product().id,
        }
        proposal = self.make_proposal(300)
        self.submit(proposal)
        ways = {"in_review": "Withdraw it", "approved": "Cancel it and resubmit"}
        for step, way in ways.items():
            if step == "approved":
                proposal.sudo()._on_approved()
            self.assertEqual(proposal.step, step)
            for name, value in changes.items():
                self.refused(proposal, way, **{name: value})
            for name, value in line_changes.items():
                self.refused(proposal.line_ids, way, **{name: value})
                self.refused(
                    proposal,
                    way,
                    line_ids=[Command.update(proposal.line_ids.id, {name: value})],
                )
            self.refused(proposal, way, line_ids=[Command.delete(proposal.line_ids.id)])
        order = self.order(proposal, 100)
        order.button_confirm()
        self.refused(proposal, "Free what is not ordered", name="Else")

    def test_what_ended_is_asked_for_again(self):
        proposal = self.make_proposal(300)
        self.submit(proposal)
        proposal.with_user(self.proposer).action_withdraw()
        self.refused(proposal, "Resubmit it as a new version", name="Else")


@tagged("post_install", "-at_install")
class TestOtherVendor(ProposalCommon):
    """A buyer may order from somebody else than was decided on; it shows."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.buyer = cls.make_user("sop_link_buyer", BUYER)
        cls.env["sop.budget.member"].create(
            {"budget_id": cls.budget.id, "user_id": cls.buyer.id, "role": "viewer"}
        )
        cls.proposal = cls.approved(300)

    def vendor_notes(self):
        notes = [str(body) for body in self.proposal.message_ids.mapped("body")]
        return [note for note in notes if "changed the vendor" in note]

    def test_another_vendor_shows(self):
        order = self.order(self.proposal).with_user(self.buyer)
        self.assertFalse(order.sop_vendor_warning)
        self.assertFalse(self.vendor_notes())
        order.partner_id = self.partner_b
        self.assertIn(self.vendor.name, order.sop_vendor_warning)
        (note,) = self.vendor_notes()
        self.assertIn(f"{self.vendor.name} → {self.partner_b.name}", note)
        self.assertIn(order.name, note)
        # As before, and that shows as well
        order.partner_id = self.vendor
        self.assertFalse(order.sop_vendor_warning)
        self.assertEqual(len(self.vendor_notes()), 2)
        # What was decided on stays
        self.assertEqual(self.proposal.partner_id, self.vendor)

    def test_a_contact_of_the_vendor_is_the_vendor(self):
        contact = self.env["res.partner"].create(
            {"name": "Sales", "parent_id": self.vendor.id}
        )
        order = self.order(self.proposal)
        order.partner_id = contact
        self.assertFalse(order.sop_vendor_warning)

    def test_linked_to_an_order_of_somebody_else(self):
        claim = self.proposal.line_ids
        order = self.order(self.proposal)
        order.order_line.sop_proposal_line_id = False
        order.partner_id = self.partner_b
        self.assertFalse(self.vendor_notes())
        order.order_line.with_user(self.buyer).sop_proposal_line_id = claim
        self.assertEqual(len(self.vendor_notes()), 1)
        self.assertIn(self.vendor.name, order.sop_vendor_warning)

    def test_no_vendor_was_decided_on(self):
        proposal = self.approved(200, partner_id=False)
        proposal.partner_id = self.vendor
        order = self.order(proposal)
        order.partner_id = self.partner_b
        self.assertFalse(order.sop_vendor_warning)
        notes = proposal.message_ids.mapped("body")
        self.assertNotIn("changed the vendor", str(notes))
