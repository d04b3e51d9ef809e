# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from odoo.exceptions import UserError
from odoo.tests import tagged

from .common_approval import ApprovalCommon


@tagged("post_install", "-at_install")
class TestApprovalWanted(ApprovalCommon):
    def test_what_the_first_step_wants_is_there_before_it_is_asked(self):
        self.make_rule(
            {"user_id": self.anna.id, "wants_reason": True, "wants_vendor": True}
        )
        proposal = self.make_proposal(300, partner_id=False)
        with self.assertRefused(UserError, "needs more first: .*Vendor or Recipient"):
            proposal.action_submit()
        proposal.partner_id = self.vendor
        with self.assertRefused(UserError, "needs more first: Justification"):
            proposal.action_submit()
        proposal.justification = "<p>Because</p>"
        proposal.action_submit()
        self.assertEqual(self.waits_for(proposal), self.anna)

    def test_what_a_later_step_wants_is_there_before_it_approves(self):
        rule = self.make_rule(self.anna, {"user_id": self.bert.id, "wanted_papers": 1})
        proposal = self.ask(300)
        # What is under way keeps what it was asked with
        rule.step_ids[1].wanted_papers = 5
        self.by(proposal, self.anna).action_approve()
        with self.assertRefused(UserError, "attachments .0 of 1."):
            self.by(proposal, self.bert).action_approve()
        # To refuse needs nothing
        self.env["ir.attachment"].create(
            {"name": "offer.txt", "raw": b"x", "res_model": proposal._name}
            | {"res_id": proposal.id}
        )
        self.by(proposal, self.bert).action_approve()
        self.assertEqual(proposal.state, "approved")
