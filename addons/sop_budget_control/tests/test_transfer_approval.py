# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""Who gives decides on a transfer, and who receives."""

from odoo.exceptions import UserError
from odoo.fields import Command
from odoo.tests import tagged

from .common_approval import ApprovalCommon

MONTH = "2025-06-01"


@tagged("post_install", "-at_install")
class TestTransferApproval(ApprovalCommon):
    def rule_for(self, category, *steps, **vals):
        return self.make_rule(
            *steps,
            name=f"Rule of {category.name}",
            kind="transfer",
            category_ids=[Command.set(category.ids)],
            **vals,
        )

    def move(self, source, target, amount=50, **vals):
        transfer = (
            self.env["sop.budget.transfer"]
            .with_user(self.proposer)
            .create(
                {
                    "budget_id": self.budget.id,
                    "reason": "Prizes instead of travel",
                    "supplement_reason": "Granted in March",
                    "line_ids": [
                        Command.create(
                            {
                                "category_from_id": source and source.id,
                                "month_from": source and MONTH,
                                "category_to_id": target.id,
                                "month_to": MONTH,
                                "amount": amount,
                            }
                        )
                    ],
                    **vals,
                }
            )
        )
        transfer.action_submit()
        return transfer.with_env(self.env)

    def asked(self, transfer):
        """``[(level, people)]`` of the frozen steps."""
        steps = transfer.approval_ids.sorted(lambda a: (a.level, a.id))
        return [(step.level, step.approver_ids) for step in steps]

    def test_both_sides_are_asked(self):
        self.rule_for(self.first, self.anna)
        self.rule_for(self.second, self.bert)
        transfer = self.move(self.first, self.second)
        self.assertEqual(self.asked(transfer), [(1, self.anna), (1, self.bert)])
        self.assertEqual(self.waits_for(transfer), self.anna | self.bert)
        self.by(transfer, self.anna).action_approve()
        self.assertEqual(transfer.state, "in_review")
        self.assertEqual(self.figures(self.second, "planned"), 600)
        with self.assertRefused(UserError, "does not wait for you"):
            self.by(transfer, self.cleo).action_approve()
        self.by(transfer, self.bert).action_approve()
        self.assertEqual(transfer.state, "approved")
        self.assertEqual(self.figures(self.second, "planned"), 650)

    def test_the_other_way_round_asks_the_same(self):
        self.rule_for(self.first, self.anna, self.cleo)
        self.rule_for(self.second, self.bert)
        for places in ((self.first, self.second), (self.second, self.first)):
            transfer = self.move(*places)
            found = [(level, people.id) for level, people in self.asked(transfer)]
            expected = [(1, self.anna.id), (1, self.bert.id), (2, self.cleo.id)]
            self.assertCountEqual(found, expected)

    def test_either_side_can_refuse(self):
        self.rule_for(self.first, self.anna)
        self.rule_for(self.second, self.bert)
        transfer = self.move(self.first, self.second)
        self.by(transfer, self.bert).action_reject("Not ours")
        self.assertEqual(transfer.state, "rejected")
        self.assertFalse(self.waits_for(transfer))

    def test_the_side_without_a_rule_is_its_owners(self):
        self.rule_for(self.first, self.anna)
        for places in ((self.first, self.second), (self.second, self.first)):
            transfer = self.move(*places)
            self.assertEqual(self.waits_for(transfer), self.anna | self.owner)
        self.assertEqual(self.waits_for(self.move(self.second, self.third)), self.owner)

    def test_nobody_is_asked_twice_for_the_same_step(self):
        self.rule_for(self.first, self.anna, self.bert)
        self.rule_for(self.second, self.cleo, self.anna)
        transfer = self.move(self.first, self.second)
        self.assertEqual(
            self.asked(transfer), [(1, self.anna), (1, self.cleo), (2, self.bert)]
        )
        for user in (self.anna, self.cleo, self.bert):
            self.by(transfer, user).action_approve()
        self.assertEqual(transfer.state, "approved")

    def test_one_rule_for_both_sides_asks_once(self):
        self.make_rule(self.anna, kind="transfer")
        transfer = self.move(self.first, self.second)
        self.assertEqual(self.asked(transfer), [(1, self.anna)])
        self.by(transfer, self.anna).action_approve()
        self.assertEqual(transfer.state, "approved")

    def test_the_higher_number_counts(self):
        group = [Command.set((self.anna | self.bert).ids)]
        for category, minimum in ((self.first, 1), (self.second, 2)):
            self.rule_for(
                category, {"who": "group", "user_ids": group, "minimum": minimum}
            )
        transfer = self.move(self.first, self.second)
        self.assertEqual(transfer.approval_ids.minimum, 2)

    def test_a_responsible_for_each_side(self):
        self.first.user_id = self.anna
        self.second.user_id = self.bert
        self.third.user_id = self.anna
        self.make_rule({"who": "category_user"}, kind="transfer")
        self.assertEqual(
            self.waits_for(self.move(self.first, self.second)), self.anna | self.bert
        )
        self.assertEqual(self.waits_for(self.move(self.first, self.third)), self.anna)

    def test_automatic_on_one_side_only(self):
        self.rule_for(self.first, auto_approve=True)
        self.rule_for(self.second, self.bert)
        transfer = self.move(self.first, self.second)
        self.assertEqual(self.asked(transfer), [(1, self.bert)])
        transfer = self.move(self.second, self.first)
        self.assertEqual(self.asked(transfer), [(1, self.bert)])
        self.rule_for(self.third, auto_approve=True)
        transfer = self.move(self.first, self.third)
        self.assertEqual(transfer.state, "approved")
        self.assertEqual(transfer.approval_ids.mapped("state"), ["skipped"] * 2)

    def test_funding_of_the_receiver(self):
        source = self.env["sop.funding.source"].create(
            {"name": "Grant", "is_external": True}
        )
        self.budget.action_draft()
        self.second.source_id = source
        self.budget.action_submit()
        self.budget.action_approve()
        self.make_rule(self.anna, kind="transfer", funding="internal")
        self.make_rule(self.bert, kind="transfer", funding="external", sequence=20)
        for places in ((self.first, self.second), (self.second, self.first)):
            transfer = self.move(*places)
            self.assertEqual(self.waits_for(transfer), self.anna | self.bert)

    def test_new_money_has_one_side(self):
        self.rule_for(self.second, self.bert)
        transfer = self.move(False, self.second, kind="supplemental")
        self.assertEqual(self.asked(transfer), [(1, self.bert)])

    def test_steps_are_frozen_for_both(self):
        giving = self.rule_for(self.first, self.anna)
        taking = self.rule_for(self.second, self.bert)
        transfer = self.move(self.first, self.second)
        (giving | taking).step_ids.user_id = self.cleo
        taking.active = False
        self.assertEqual(self.waits_for(transfer), self.anna | self.bert)

    def test_what_comes_back_goes_on_where_both_stopped(self):
        rules = self.rule_for(self.first, self.anna, self.cleo, resume="level")
        rules |= self.rule_for(self.second, self.bert, self.dora, resume="level")
        transfer = self.move(self.first, self.second)
        for user in (self.anna, self.bert):
            self.by(transfer, user).action_approve()
        self.by(transfer, self.dora).action_return("Less")
        transfer.line_ids.with_user(self.proposer).amount = 40
        transfer.with_user(self.proposer).action_submit()
        self.assertEqual(self.waits_for(transfer), self.cleo | self.dora)
        # Where one side wants the start, both start
        self.by(transfer, self.dora).action_return("Less")
        rules[0].resume = "start"
        transfer.with_user(self.proposer).action_submit()
        self.assertEqual(self.waits_for(transfer), self.anna | self.bert)

    def test_the_receiver_reads_both_places_unless_one_is_hidden(self):
        self.rule_for(self.first, self.anna)
        self.rule_for(self.second, self.dora)
        step = self.move(self.first, self.second).approval_ids
        step = step.filtered(lambda a: a.approver_ids == self.dora)
        names = f"{self.first.display_name} → {self.second.display_name}"
        self.assertIn(names, str(step._render_summary(self.dora)))
        self.budget.action_draft()
        self.second.visibility = "manager"
        step = step.with_user(self.dora)
        step.invalidate_recordset()
        self.assertTrue(step.is_amount_hidden)
        self.assertNotIn(self.second.name, str(step.sudo()._render_summary(self.dora)))
