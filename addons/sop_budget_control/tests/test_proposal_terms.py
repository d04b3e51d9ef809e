# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""Approving less or on a condition, and the trail of every state."""

from odoo import fields
from odoo.exceptions import UserError
from odoo.tests import tagged

from .common_approval import ApprovalCommon


@tagged("post_install", "-at_install")
class TestProposalTerms(ApprovalCommon):
    def setUp(self):
        super().setUp()
        self.make_rule(self.anna, self.bert)

    def grant(self, proposal, user, *amounts, **vals):
        wizard = self.env["sop.proposal.grant"].with_user(user)
        action = self.by(proposal, user).action_grant()
        wizard = wizard.browse(action["res_id"])
        for line, amount in zip(wizard.line_ids, amounts, strict=False):
            line.amount = amount
        wizard.write(vals)
        wizard.action_confirm()
        proposal.invalidate_recordset()

    def test_less_is_approved_step_by_step(self):
        proposal = self.ask(300, 200)
        self.grant(proposal, self.anna, 250, 200, comment="Take the smaller one")
        self.assertEqual(proposal.state, "in_review")
        # The next one sees and decides what is left of it, also as a claim of the budget
        [step] = proposal.approval_ids.filtered(lambda a: a.state == "asked")
        self.assertEqual(self.by(step, self.bert).amount, 450)
        self.assertEqual(self.figures(self.third, "pending"), 450)
        with self.assertRefused(UserError, "between 0 and .*250.00"):
            self.grant(proposal, self.bert, 260, 200)
        with self.assertRefused(UserError, "between 0 and"):
            self.grant(proposal, self.bert, -1, 200)
        with self.assertRefused(UserError, "reject it instead"):
            self.grant(proposal, self.bert, 0, 0)
        self.grant(proposal, self.bert, 250, 0)
        self.assertEqual(proposal.state, "approved")
        self.assertRecordValues(
            proposal,
            [
                {
                    "amount_total": 500,
                    "amount_approved": 250,
                    "amount_reserved": 250,
                    "amount_variance": -250,
                    "variance_percent": -50,
                }
            ],
        )
        self.assertEqual(self.figures(self.third, "reserved", "available"), [250, 750])
        said = proposal.decision_ids.filtered(lambda d: d.decision == "approved")
        said = said.sorted("id")
        self.assertIn("250.00 instead of", said[0].terms)
        self.assertEqual(said[0].comment, "Take the smaller one")
        self.assertIn("0.00 instead of", said[1].terms)
        [row] = self.env["sop.proposal.reconciliation"].search(
            [("proposal_id", "=", proposal.id), ("amount_approved", ">", 0)]
        )
        self.assertEqual((row.amount_requested, row.amount_variance), (300, -50))
        # No more than that is ordered
        order = self.order(proposal)
        self.assertEqual(order.amount_untaxed, 250)

    def test_on_condition(self):
        proposal = self.ask(300)
        self.grant(proposal, self.anna, condition="Two offers")
        self.assertIn(
            "Two offers",
            proposal.approval_ids.filtered(
                lambda a: a.state == "asked"
            )._render_summary(self.bert),
        )
        self.grant(proposal, self.bert, condition="Before July")
        self.assertEqual(proposal.condition, "Two offers\nBefore July")
        order = self.order(proposal)
        self.assertIn("Two offers", order.sop_condition)
        order.button_confirm()
        self.assertIn("Before July", self.bill(order).sop_condition)
        self.assertFalse(self.order_of_nothing().sop_condition)
        with self.assertRefused(UserError, "use its buttons"):
            proposal.write({"condition": "None"})

    def order_of_nothing(self):
        return self.env["purchase.order"].create({"partner_id": self.vendor.id})

    def test_only_who_is_asked(self):
        proposal = self.ask(300)
        with self.assertRefused(UserError, "does not wait for you"):
            self.grant(proposal, self.bert, 100)
        with self.assertRefused(UserError, "You ask for"):
            self.grant(proposal, self.proposer, 100)
        self.assertEqual(proposal.line_ids.granted_amount, 300)
        with self.assertRefused(UserError, "can't be written"):
            self.by(proposal, self.proposer).line_ids.write({"cut_amount": -5})

    def test_lines_of_others_are_not_touched(self):
        other = self.ask(100)
        proposal = self.ask(300)
        wizard = self.env["sop.proposal.grant"].with_user(self.anna)
        with self.assertRefused(UserError, "another proposal"):
            wizard.create({"proposal_id": proposal.id}).line_ids.write(
                {"line_id": other.line_ids.id}
            )

    def test_what_was_cut_is_not_asked_of_fewer(self):
        self.env["sop.approval.rule"].search([]).write({"resume": "level"})
        proposal = self.ask(300)
        self.grant(proposal, self.anna, 200, condition="Cheaper")
        self.by(proposal, self.bert).action_return("Say more")
        self.submit(proposal)
        # All of it is asked for again, of everybody
        self.assertEqual(self.waits_for(proposal), self.anna)
        self.assertEqual(proposal.line_ids.granted_amount, 300)
        self.assertFalse(proposal.condition)
        self.grant(proposal, self.anna, condition="Cheaper")
        self.by(proposal, self.bert).action_return("Say more")
        self.submit(proposal)
        # Nothing more is asked for: what was approved holds, on its condition
        self.assertEqual(self.waits_for(proposal), self.bert)
        self.assertEqual(proposal.condition, "Cheaper")

    def test_every_state_is_in_the_trail(self):
        proposal = self.ask(300)
        self.by(proposal, self.anna).action_approve()
        self.by(proposal, self.bert).action_approve()
        order = self.order(proposal, 200)
        order.button_confirm()
        self.assertEqual(proposal.state, "ordered")
        self.env.cr.precommit.run()
        proposal.with_user(self.proposer).action_free_rest("Enough")
        bill = self.bill(order)
        bill.action_post()
        self.env["account.payment.register"].with_context(
            active_model="account.move", active_ids=bill.ids
        ).create(
            {"payment_date": fields.Date.to_date("2025-06-21")}
        ).action_create_payments()
        self.assertEqual(proposal.state, "paid")
        self.env.cr.precommit.run()
        rows = proposal.decision_ids.sorted("id")
        moved = rows.filtered(lambda row: row.decision == "moved")
        self.assertEqual(
            [(row.state_from, row.state_to) for row in moved],
            [
                ("Draft", "Submitted"),
                ("Submitted", "In Review"),
                ("In Review", "Approved"),
                ("Approved", "Ordered"),
                ("Ordered", "Paid"),
            ],
        )
        self.assertEqual(moved[0].user_id, self.proposer)
        self.assertEqual(moved[2].user_id, self.bert)
        self.assertEqual(moved[3].user_id, self.env.user)
        [freed] = rows.filtered(lambda row: row.decision == "freed")
        self.assertIn("Enough", freed.comment)
        self.assertIn("100.00", freed.comment)

    def test_a_cancelled_one_is_in_the_trail(self):
        proposal = self.ask(300)
        self.by(proposal, self.anna).action_approve()
        self.by(proposal, self.bert).action_approve()
        proposal.with_user(self.proposer).action_cancel("No need")
        row = proposal.decision_ids.sorted("id")[-1]
        self.assertEqual(
            (row.state_from, row.state_to, row.comment, row.user_id),
            ("Approved", "Cancelled", "No need", self.proposer),
        )
