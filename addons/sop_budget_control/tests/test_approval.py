# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from datetime import date

from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.fields import Command
from odoo.tests import freeze_time, tagged

from .common_approval import ApprovalCommon


@tagged("post_install", "-at_install")
class TestApproval(ApprovalCommon):
    def test_without_a_rule_the_owner_decides(self):
        proposal = self.ask(300)
        self.assertEqual(self.waits_for(proposal), self.owner)
        with self.assertRefused(UserError, "does not wait for you but for"):
            self.by(proposal, self.anna).action_approve()
        self.by(proposal, self.owner).action_approve("Fine")
        self.assertEqual(proposal.state, "approved")
        self.assertEqual(proposal.approval_state, "approved")
        self.assertEqual(
            self.trail(proposal),
            [("submitted", self.proposer.name), ("approved", self.owner.name)],
        )

    def test_one_two_three_approvers_by_amount(self):
        people = (self.anna, self.bert, self.cleo)
        for count, (low, high) in enumerate(
            ((0, 1000), (1000, 10_000), (10_000, 0)), start=1
        ):
            self.make_rule(*people[:count], amount_from=low, amount_to=high)
        for amount, count in (
            (999.99, 1),
            (1000, 2),
            (9999.99, 2),
            (10_000, 3),
            (7_500_000, 3),
        ):
            proposal = self.ask(amount)
            for user in people[:count]:
                self.assertEqual(proposal.state, "in_review", amount)
                self.assertEqual(self.waits_for(proposal), user, amount)
                self.by(proposal, user).action_approve()
            self.assertEqual(proposal.state, "approved", amount)

    def test_millions_through_three_levels_of_working_days(self):
        self.make_rule(
            *(
                {"user_id": user.id, "due_days": days}
                for user, days in ((self.anna, 3), (self.bert, 5), (self.cleo, 7))
            )
        )
        # A Monday; each approver takes one day
        with freeze_time("2025-03-03 10:00:00"):
            proposal = self.ask(7_500_000)
            self.assertEqual(proposal.approval_due, date(2025, 3, 6))
        with freeze_time("2025-03-04 10:00:00"):
            self.by(proposal, self.anna).action_approve()
            proposal.invalidate_recordset()
            self.assertEqual(proposal.approval_due, date(2025, 3, 11))
        with freeze_time("2025-03-05 16:00:00"):
            self.by(proposal, self.bert).action_approve()
            proposal.invalidate_recordset()
            self.assertEqual(proposal.approval_due, date(2025, 3, 14))
            self.by(proposal, self.cleo).action_approve()
        self.assertEqual(proposal.state, "approved")
        steps = proposal.approval_ids.sorted("level")
        self.assertEqual(steps.mapped("hours_taken"), [24, 30, 0])

    def test_a_b_a_without_a_second_decision(self):
        # The owner and the managers stand in for who decided already
        self.make_rule(self.anna, self.bert, self.anna)
        proposal = self.ask()
        self.by(proposal, self.anna).action_approve()
        self.by(proposal, self.bert).action_approve()
        self.assertEqual(proposal.state, "in_review")
        self.assertEqual(self.waits_for(proposal), self.owner)
        with self.assertRefused(UserError, "You have decided a step"):
            self.by(proposal, self.anna).action_approve()
        self.by(proposal, self.owner).action_approve()
        self.assertEqual(proposal.state, "approved")

    def test_a_b_a_skipped_when_nobody_else_is_left(self):
        self.budget.member_ids.filtered(lambda m: m.role == "manager").unlink()
        self.make_rule(self.owner, self.bert, self.owner)
        proposal = self.ask()
        self.by(proposal, self.owner).action_approve()
        self.by(proposal, self.bert).action_approve()
        self.assertEqual(proposal.state, "approved")
        self.assertEqual(
            proposal.approval_ids.sorted("level").mapped("state"),
            ["approved", "approved", "skipped"],
        )
        self.assertEqual(self.trail(proposal)[-1][0], "auto")

    def test_a_b_a_twice_where_allowed(self):
        self.make_rule(self.anna, self.bert, self.anna, same_person_twice=True)
        proposal = self.ask()
        for user in (self.anna, self.bert, self.anna):
            self.assertEqual(self.waits_for(proposal), user)
            self.by(proposal, user).action_approve()
        self.assertEqual(proposal.state, "approved")
        self.assertEqual(
            [who for what, who in self.trail(proposal) if what == "approved"],
            [self.anna.name, self.bert.name, self.anna.name],
        )

    def test_the_requester_is_replaced(self):
        self.make_rule({"user_id": self.proposer.id, "escalate_user_id": self.cleo.id})
        self.assertEqual(self.waits_for(self.ask()), self.cleo)
        self.budget.approval_rule_ids.step_ids.escalate_user_id = False
        proposal = self.ask()
        self.assertEqual(self.waits_for(proposal), self.owner)
        with self.assertRefused(UserError, "somebody else has to decide"):
            self.by(proposal, self.proposer).action_approve()

    def test_nobody_is_left_for_an_owner_alone(self):
        self.budget.member_ids.filtered(lambda m: m.role == "manager").unlink()
        with self.assertRefused(UserError, "Nobody is left to approve the step"):
            self.ask(user=self.owner)

    def test_rule_edited_during_review_changes_nothing(self):
        rule = self.make_rule(self.anna, self.bert)
        proposal = self.ask()
        rule.step_ids[0].user_id = self.cleo
        rule.step_ids[1].unlink()
        rule.same_person_twice = True
        self.assertEqual(self.waits_for(proposal), self.anna)
        with self.assertRefused(UserError, "does not wait for you"):
            self.by(proposal, self.cleo).action_approve()
        self.by(proposal, self.anna).action_approve()
        self.assertEqual(self.waits_for(proposal), self.bert)
        rule.unlink()
        self.by(proposal, self.bert).action_approve()
        self.assertEqual(proposal.state, "approved")

    def test_automatic_below_a_limit(self):
        self.make_rule(amount_to=50, auto_approve=True, name="Small change")
        proposal = self.ask(49)
        self.assertEqual((proposal.state, proposal.approval_state), ("approved",) * 2)
        self.assertEqual([what for what, _who in self.trail(proposal)][-1], "auto")
        self.assertEqual(self.ask(50).state, "in_review")

    def test_some_of_a_group_and_parallel_steps(self):
        self.make_rule(
            {
                "who": "group",
                "user_ids": [Command.set((self.anna | self.bert | self.cleo).ids)],
                "minimum": 2,
            },
            {"user_id": self.owner.id, "sequence": 1},
        )
        proposal = self.ask()
        self.assertEqual(
            self.waits_for(proposal), self.anna | self.bert | self.cleo | self.owner
        )
        self.by(proposal, self.cleo).action_approve()
        with self.assertRefused(UserError, "You have decided a step"):
            self.by(proposal, self.cleo).action_approve()
        self.by(proposal, self.owner).action_approve()
        self.assertEqual(proposal.state, "in_review")
        self.by(proposal, self.anna).action_approve()
        self.assertEqual(proposal.state, "approved")

    def test_role_responsible_and_manager(self):
        self.third.user_id = self.cleo
        self.env["sop.budget.member"].search(
            [("user_id", "=", self.proposer.id)]
        ).reports_to_id = self.dora
        self.make_rule(
            {"who": "manager"},
            {"who": "category_user"},
            {"who": "role", "role": "approver"},
        )
        proposal = self.ask(lines=[{"category_id": self.first.id, "price_unit": 5}])
        self.assertEqual(self.waits_for(proposal), self.dora)
        self.by(proposal, self.dora).action_approve()
        # The first category has no responsible: the owner answers for it
        self.assertEqual(self.waits_for(proposal), self.cleo | self.owner)
        self.by(proposal, self.owner).action_approve()
        self.by(proposal, self.cleo).action_approve()
        # Who decided a step is not asked for another one
        others = self.anna | self.bert | self.users["approver"]
        self.assertEqual(self.waits_for(proposal), others)
        self.by(proposal, self.bert).action_approve()
        self.assertEqual(proposal.state, "approved")

    def test_rules_by_category_and_funding(self):
        source = self.env["sop.funding.source"].create(
            {"name": "Grant", "is_external": True}
        )
        self.make_rule(
            self.anna, category_ids=[Command.set(self.third.ids)], sequence=1
        )
        self.make_rule(self.bert, funding="external", sequence=2)
        self.make_rule(self.cleo, sequence=3, kind="all")
        self.assertEqual(self.waits_for(self.ask(10)), self.anna)
        self.assertEqual(self.waits_for(self.ask(10, category=self.first)), self.cleo)
        self.budget.action_draft()
        self.second.source_id = source
        self.budget.action_submit()
        self.budget.action_approve()
        self.assertEqual(self.waits_for(self.ask(10, category=self.second)), self.bert)

    def test_a_rule_of_the_company_comes_after_those_of_the_budget(self):
        self.make_rule(self.anna, budget_id=False, sequence=1)
        self.assertEqual(self.waits_for(self.ask()), self.anna)
        self.make_rule(self.bert, sequence=99)
        self.assertEqual(self.waits_for(self.ask()), self.bert)

    # === COMING BACK === #

    def test_reject_and_return_need_a_reason(self):
        proposal = self.ask()
        for decision in ("rejected", "returned"):
            with self.assertRefused(UserError, "Say why"):
                self.by(proposal, self.owner)._decide(decision, "  ")
        action = self.by(proposal, self.owner).action_reject()
        wizard = (
            self.env["sop.approval.decide"]
            .with_user(self.owner)
            .with_context(**action["context"])
            .create({"reason": "Too much"})
        )
        wizard.action_confirm()
        self.assertEqual(
            (proposal.state, proposal.decision_reason), ("rejected", "Too much")
        )

    def test_a_wizard_decides_only_for_who_is_asked(self):
        proposal = self.ask()
        wizard = (
            self.env["sop.approval.decide"]
            .with_user(self.anna)
            .create(
                {
                    "res_model": "sop.proposal",
                    "document_refs": proposal.ids,
                    "decision": "rejected",
                    "reason": "Mine",
                }
            )
        )
        with self.assertRefused(UserError, "does not wait for you"):
            wizard.action_confirm()
        wizard.res_model = "res.partner"
        with self.assertRefused(UserError, "not approved here"):
            wizard.action_confirm()

    def return_and_resubmit(self, amount=None, **vals):
        rule = self.make_rule(self.anna, self.bert, self.cleo, **vals)
        proposal = self.ask(300)
        self.by(proposal, self.anna).action_approve()
        self.by(proposal, self.bert).action_return("Say more")
        self.assertEqual(proposal.state, "changes")
        own = self.by(proposal, self.proposer)
        own.name = "Prizes, explained"
        if amount:
            own.line_ids.price_unit = amount
        own.action_submit()
        return rule, proposal

    def test_returned_starts_over(self):
        _rule, proposal = self.return_and_resubmit()
        self.assertEqual(self.waits_for(proposal), self.anna)
        self.by(proposal, self.anna).action_approve()
        self.by(proposal, self.bert).action_approve()
        self.by(proposal, self.cleo).action_approve()
        self.assertEqual(proposal.state, "approved")

    def test_returned_resumes_at_the_level_that_returned_it(self):
        _rule, proposal = self.return_and_resubmit(resume="level")
        self.assertEqual(self.waits_for(proposal), self.bert)
        self.by(proposal, self.bert).action_approve()
        # The approval of the first round still counts as a decision
        self.assertEqual(self.waits_for(proposal), self.cleo)
        self.by(proposal, self.cleo).action_approve()
        self.assertEqual(proposal.state, "approved")
        self.assertEqual(
            [what for what, _who in self.trail(proposal)],
            ["submitted", "approved", "returned", "submitted", "approved", "approved"],
        )

    def test_who_asks_for_more_starts_over(self):
        _rule, proposal = self.return_and_resubmit(amount=301, resume="level")
        self.assertEqual(self.waits_for(proposal), self.anna)

    def test_rejected_edited_resubmitted_as_a_new_version(self):
        self.make_rule(self.anna, self.bert, resume="level")
        proposal = self.ask(300)
        self.by(proposal, self.anna).action_approve()
        self.by(proposal, self.bert).action_reject("Cheaper, please")
        self.assertEqual(proposal.state, "rejected")
        before = self.trail(proposal)
        action = self.by(proposal, self.proposer).action_resubmit()
        second = self.env["sop.proposal"].browse(action["res_id"])
        self.by(second, self.proposer).line_ids.price_unit = 200
        self.submit(second)
        self.assertEqual(self.trail(proposal), before)
        self.assertEqual(self.waits_for(second), self.bert)
        self.assertEqual(set(second.decision_ids.mapped("version")), {2})
        self.assertEqual(
            second.decision_ids.filtered(lambda d: d.decision != "moved").mapped(
                "round"
            ),
            [2],
        )
        self.by(second, self.bert).action_approve()
        self.assertEqual(second.state, "approved")

    def test_withdrawn_waits_for_nobody(self):
        proposal = self.ask()
        self.assertTrue(proposal.activity_ids)
        self.by(proposal, self.proposer).action_withdraw()
        self.assertFalse(self.waits_for(proposal))
        self.assertFalse(proposal.activity_ids)
        with self.assertRefused(UserError, "waits for no decision any more"):
            self.by(proposal, self.owner).action_approve()

    # === SCREENS === #

    def test_waiting_for_me_and_bulk(self):
        self.make_rule(self.anna)
        first, second = self.ask(10), self.ask(20)
        other = self.by(self.env["sop.proposal"], self.anna)
        mine = other.search([("can_decide", "=", True)])
        self.assertEqual(mine.ids, (second | first).ids)
        self.assertTrue(mine[0].can_decide)
        self.assertEqual(
            mine[0].my_approval_id,
            first.approval_ids & mine[0].my_approval_id or second.approval_ids,
        )
        self.assertEqual(
            other.search([("current_approver_ids", "in", self.anna.ids)]), mine
        )
        steps = self.by(self.env["sop.approval"], self.anna).search(
            [("can_decide", "=", True)]
        )
        self.assertEqual(sorted(steps.mapped("amount")), [10, 20])
        steps.action_approve()
        self.assertEqual(set((first | second).mapped("state")), {"approved"})
        self.assertFalse(other.search([("can_decide", "=", True)]))

    def test_rules_are_checked(self):
        with self.assertRefused(ValidationError, "does not say who approves"):
            self.make_rule({"who": "user"})
        with self.assertRefused(ValidationError, "asks for 2 approvals of 1"):
            self.make_rule(
                {"who": "group", "user_ids": [Command.set(self.anna.ids)], "minimum": 2}
            )
        other = self.make_budget(name="Other")
        strange = self.make_category("X", budget=other)
        with self.assertRefused(ValidationError, "is not in its budget"):
            self.make_rule(self.anna, category_ids=[Command.set(strange.ids)])

    def test_only_the_owner_changes_rules(self):
        rule = self.make_rule(self.anna)
        for user in (self.manager, self.anna, self.users["planner"]):
            with self.assertRefused(AccessError, "."):
                self.by(rule, user).name = "Mine"
            with self.assertRefused(AccessError, "."):
                self.by(rule.step_ids, user).user_id = user
            with self.assertRefused(AccessError, "."):
                self.by(rule, user).unlink()
        self.by(rule, self.owner).name = "By the owner"
        shared = self.make_rule(self.anna, budget_id=False)
        with self.assertRefused(AccessError, "."):
            self.by(shared, self.owner).name = "Mine"

    def test_every_document_shows_the_decision(self):
        for model in self.env["sop.approval"]._get_document_models():
            arch = self.env[model].get_view(view_type="form")["arch"]
            for name in ("action_approve", "action_reject", "action_return"):
                self.assertEqual(arch.count(f'name="{name}"'), 1, (model, name))
            self.assertIn('name="decision_ids"', arch, model)
