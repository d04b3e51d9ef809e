# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from odoo.exceptions import UserError
from odoo.fields import Command
from odoo.tests import tagged

from .common_control import ControlCase


@tagged("post_install", "-at_install")
class TestControlProposals(ControlCase):
    """What is approved is reserved: it has to be there."""

    def decide(self, proposal):
        proposal.with_user(self.owner).action_approve()

    def flags(self, document):
        return self.env["sop.control.flag"].search(
            [("res_model", "=", document._name), ("res_id", "=", document.id)]
        )

    def submitted(self, amount):
        proposal = self.make_proposal(amount)
        self.submit(proposal)
        return proposal.with_env(self.env)

    def test_stopped(self):
        for event in ("order", "bill", "expense"):
            for action in ("stop", "override"):
                policy = self.set_policy(event=event, action=action)
                proposal = self.submitted(1001)
                with (
                    self.subTest(event=event, action=action),
                    self.assertRefused(
                        UserError, "would reserve .*\\n.*short by .*1.00"
                    ),
                ):
                    self.decide(proposal)
                self.assertEqual(proposal.step, "in_review")
                policy.unlink()

    def test_one_after_the_other(self):
        self.set_policy()
        proposals = self.submitted(600) | self.submitted(600)
        with self.assertRefused(UserError, "available .*400.00, requested .*600.00"):
            proposals.with_user(self.owner).action_approve()
        self.decide(proposals[0])
        with self.assertRefused(UserError, "short by .*200.00"):
            self.decide(proposals[1])
        self.assertEqual(self.available(self.third), 400)

    def test_all_lines_together(self):
        self.set_policy()
        proposal = self.make_proposal(400, 400, 400)
        self.submit(proposal)
        with self.assertRefused(UserError, "requested .*1,200.00"):
            self.decide(proposal)

    def test_what_passes_is_flagged_once(self):
        self.set_policy(action="warn")
        self.set_policy(event="bill", action="ignore")
        proposal = self.submitted(1001)
        self.decide(proposal)
        flag = self.flags(proposal)
        self.assertEqual((flag.action, flag.shortfall), ("warn", 1))
        self.assertEqual(flag.action_open_document()["res_model"], "sop.proposal")

    def test_automatic_approval_looks_at_the_figures(self):
        self.env["sop.approval.rule"].create(
            {
                "name": "Small",
                "budget_id": self.budget.id,
                "kind": "proposal",
                "amount_to": 800,
                "auto_approve": True,
            }
        )
        policy = self.set_policy(action="warn")
        first = self.submitted(700)
        self.assertEqual(first.step, "approved")
        # Short: the owner is asked
        second = self.submitted(700)
        self.assertEqual(second.step, "in_review")
        self.assertEqual(second.current_approver_ids, self.owner)
        self.decide(second)
        self.assertEqual(second.step, "approved")
        policy.action = "ignore"
        self.assertEqual(self.submitted(700).step, "approved")

    def test_no_policy_no_limit(self):
        proposal = self.submitted(5000)
        self.decide(proposal)
        self.assertEqual(proposal.step, "approved")

    def test_hidden_is_not_told(self):
        self.set_policy(self.top, reach="total")
        self.env["sop.approval.rule"].create(
            {
                "name": "Outside",
                "budget_id": self.budget.id,
                "kind": "proposal",
                "step_ids": [
                    Command.create(
                        {"name": "CFO", "who": "user", "user_id": self.outsider.id}
                    )
                ],
            }
        )
        self.second.visibility = "manager"
        other = self.make_proposal(5000)
        self.submit(other)
        with self.assertRaises(UserError) as caught, self.env.cr.savepoint():
            other.with_user(self.outsider).action_approve()
        self.assertNotIn("2,800", str(caught.exception))

    def test_only_in_a_budget_in_force(self):
        first = self.make_proposal(100.0)
        self.submit(first)
        self.assertEqual(first.step, "in_review")
        budget = self.env["sop.budget"].browse(self.budget.id)
        for act, label in (("action_draft", "draft"), ("action_cancel", "cancelled")):
            getattr(budget, act)()
            with self.assertRefused(UserError, f"can't be approved: .* is {label}"):
                first.with_user(self.owner).action_approve()
        budget.action_draft()
        budget.action_submit()
        budget.action_approve()
        first.with_user(self.owner).action_approve()
        self.assertEqual(first.step, "approved")
