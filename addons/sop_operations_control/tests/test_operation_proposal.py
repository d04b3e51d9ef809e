# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from odoo.exceptions import AccessError, UserError
from odoo.fields import Command
from odoo.tests import tagged

from odoo.addons.sop_operations.tests.common_operation import OperationCommon


class ProposalCommon(OperationCommon):
    """An operation that needs prizes, a venue and guests."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.budget.action_submit()
        cls.budget.action_approve()
        members = cls.budget.member_ids
        cls.planner_role = members.filtered(lambda m: m.user_id == cls.planner)
        cls.planner_role.role = "planner"
        cls.operation.need_ids = [
            Command.create(
                {"name": "Prizes", "amount": 5000, "category_id": cls.o1.id}
            ),
            Command.create({"name": "Venue", "amount": 1000, "category_id": cls.o1.id}),
            Command.create({"name": "Guests", "amount": 300, "category_id": cls.p2.id}),
        ]
        cls.needs = cls.operation.need_ids

    def propose(self):
        action = self.operation.with_user(self.planner).action_propose_needs()
        return self.env["sop.proposal"].browse(action["res_id"])

    def approve(self, proposal):
        proposal.with_user(proposal.requester_id).action_submit()
        if proposal.step == "in_review":
            proposal.sudo()._on_approved()


@tagged("post_install", "-at_install")
class TestOperationProposal(ProposalCommon):
    """Operation first: needs, then proposals, then links."""

    def test_from_needs_to_links(self):
        proposal = self.propose()
        self.assertEqual(proposal.requester_id, self.planner)
        self.assertEqual(proposal.line_ids.operation_id, self.operation)
        self.assertEqual(proposal.amount_total, 6300)
        self.assertEqual(set(self.needs.mapped("proposal_state")), {"draft"})
        self.assertFalse(self.operation.funding_ids)
        with self.assertRefused(UserError, "asked for already"):
            self.propose()
        self.approve(proposal)
        # Prize pool 5,000: approved
        self.assertEqual(self.needs[0].proposal_state, "approved")
        self.assertEqual(
            {x.category_id.code: x.amount for x in self.operation.funding_ids},
            {"O1": 6000, "P2": 300},
        )
        seen = self.operation.with_user(self.planner)
        self.assertEqual((seen.proposal_count, seen.proposal_approved), (1, 6300))
        self.assertEqual(seen.action_open_proposals()["res_id"], proposal.id)

    def test_a_link_that_is_there_is_raised(self):
        self.link(self.o1, 100)
        self.approve(self.propose())
        link = self.operation.funding_ids.filtered(lambda x: x.category_id == self.o1)
        self.assertEqual(link.amount, 6100)

    def test_approval_is_not_stopped_by_links(self):
        self.company.sop_funding_check = "stop"
        self.link(self.o1, 30000, self.make_operation(name="Other"))
        self.approve(self.propose())
        self.assertEqual(self.operation.allocated, 6300)

    def test_what_was_refused_is_asked_for_again(self):
        proposal = self.propose()
        proposal.with_user(self.planner).action_cancel()
        again = self.propose()
        self.assertNotEqual(again, proposal)
        self.assertEqual(again.amount_total, 6300)

    def allocated(self):
        return {x.category_id.code: x.amount for x in self.operation.funding_ids}

    def test_what_is_given_up_is_not_allocated(self):
        self.link(self.o1, 100)
        proposal = self.propose()
        proposal.with_user(self.planner).action_cancel()
        # Nothing was approved
        self.assertEqual(self.allocated(), {"O1": 100})
        proposal = self.propose()
        self.approve(proposal)
        self.assertEqual(self.allocated(), {"O1": 6100, "P2": 300})
        proposal.with_user(self.planner).action_cancel()
        self.assertEqual(self.allocated(), {"O1": 100, "P2": 0})
        # Approved anew, it counts once
        self.approve(self.propose())
        self.assertEqual(self.allocated(), {"O1": 6100, "P2": 300})

    def test_what_is_freed_is_not_allocated(self):
        proposal = self.propose()
        self.approve(proposal)
        link = self.operation.funding_ids.filtered(lambda x: x.category_id == self.p2)
        link.amount = 50
        proposal.with_user(self.planner).action_free_rest()
        self.assertEqual(self.allocated(), {"O1": 0, "P2": 0})
        # Freed and then cancelled: given back once
        self.link(self.secret, 10)
        self.operation.funding_ids.amount = 10
        proposal.with_user(self.planner).action_cancel()
        self.assertEqual(self.allocated(), {"O1": 10, "P2": 10, "S": 10})

    def test_what_is_carried_is_allocated_there(self):
        proposal = self.propose()
        self.approve(proposal)
        target = self.make_budget(
            name="Next", date_from="2026-01-01", date_to="2026-12-31"
        )
        place = self.make_category("N1", budget=target)
        transfer = self.env["sop.budget.transfer"].create(
            {
                "kind": "carry_forward",
                "budget_id": self.budget.id,
                "target_budget_id": target.id,
                "reason": "The year ends",
            }
        )
        prizes = proposal.line_ids.filtered(lambda line: line.name == "Prizes")
        new = proposal._carry_to(transfer, {prizes: place})
        self.assertEqual(new.line_ids.operation_id, self.operation)
        self.assertEqual(self.allocated(), {"O1": 1000, "P2": 300, "N1": 5000})

    def test_which_category(self):
        self.needs[1].category_id = False
        with self.assertRefused(UserError, "pay for “Venue”"):
            self.propose()

    def test_rights(self):
        with self.assertRefused(AccessError, ""):
            self.operation.with_user(self.viewer).action_propose_needs()
        need = self.needs[0].with_user(self.planner)
        with self.assertRefused(AccessError, ""):
            need.category_id = self.secret
        with self.assertRefused(UserError, "kept by the system"):
            need.proposal_line_id = False
        # Whoever may not ask in the budget can't ask through an operation
        self.planner_role.role = "viewer"
        with self.assertRefused((AccessError, UserError), ""):
            self.propose()

    def test_a_hidden_category_is_no_need(self):
        """Its name would be read by all who read the operation."""
        with self.assertRefused(UserError, "ask for its money in a proposal"):
            self.needs[0].category_id = self.secret
