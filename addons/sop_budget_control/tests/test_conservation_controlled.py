# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""Under policies that stop, no category is ever overspent, and what is refused leaves no trace.

The random player of ``common_conservation`` by single steps: proposals are submitted and
decided by the people who are asked, and orders, bills and proposals that don't fit are
refused. After each step every figure is compared, and nothing is below zero.
"""

from copy import copy

from hypothesis import given
from hypothesis import strategies as st

from odoo.exceptions import UserError
from odoo.tests import tagged

from .common_approval import ApprovalCommon
from .common_conservation import (
    CHANGES,
    WHOLE,
    Chain,
    ConservationCase,
    Player,
    build_chains,
)
from .test_conservation import usual

LONG = True
#: Few: each step of each of them is a transaction of its own.
CHAINS = 8
chains = build_chains(CHANGES)


class ControlledPlayer(Player):
    """Each step of each chain by itself; one that is refused is undone in both models."""

    def __init__(self, case):
        super().__init__(case)
        self.refused, self.passed = [], 0

    def do(self, name, pairs):
        for chain, number in pairs:
            one = chain if name in WHOLE else chain.pick(number)
            kept = [(each, dict(vars(each))) for each in self.all_chains]
            bills = [(each, copy(each.bills)) for each in self.all_chains]
            states = [(bill, bill.posted) for _each, some in bills for bill in some]
            planned, june = dict(self.planned), list(self.june)
            try:
                with self.env.cr.savepoint():
                    getattr(self, name)([(one, number)])
                    self.env.flush_all()
                self.passed += 1
            except UserError as error:
                self.refused.append((name, str(error)))
                self.planned, self.june = planned, june
                for each, values in kept:
                    vars(each).update(values)
                for each, some in bills:
                    each.bills = some
                for bill, posted in states:
                    bill.posted = posted

    # === DECIDED BY THOSE WHO ARE ASKED === #

    def submit(self, pairs):
        for chain, _number in pairs:
            if chain.step in ("draft", "changes"):
                chain.proposal.action_submit()
                self.set_step(chain, "in_review")

    def approve(self, pairs):
        for chain, _number in pairs:
            if chain.step == "in_review":
                chain.proposal.with_user(self.case.anna).action_approve()
                self.set_step(chain, "approved")

    def refuse(self, pairs):
        for chain, number in pairs:
            if chain.step == "in_review":
                proposal = chain.proposal.with_user(self.case.anna)
                if number % 2:
                    proposal.action_reject("No")
                else:
                    proposal.action_return("No")
                self.set_step(chain, "rejected" if number % 2 else "changes")


@tagged("post_install", "-at_install")
class TestConservationUnderControl(ConservationCase, ApprovalCommon):
    player_class = ControlledPlayer
    chain_class = Chain

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.budget.transfer_below_used = False
        cls.make_rule(cls.anna)
        cls.make_rule(cls.anna, budget_id=cls.target.id)
        cls.env["sop.budget.policy"].create(
            [
                {
                    "budget_id": cls.budget.id,
                    "event": event,
                    "action": "stop",
                    "basis": "budget",
                }
                for event in ("order", "bill")
            ]
        )
        cls.env.flush_all()

    def assert_conserved(self, player, message):  # pylint: disable=missing-return
        super().assert_conserved(player, message)
        for number in range(3):
            self.assertGreaterEqual(player.get_available(number), 0, message)

    @usual(4)
    @given(plans=st.lists(chains, min_size=CHAINS, max_size=CHAINS))
    def test_nothing_is_overspent_and_refusals_leave_no_trace(self, plans):
        with self.undone():
            player = self.play(plans)
            self.assertTrue(player.passed)

    def test_what_does_not_fit_is_refused(self):
        """The one that is soon overspent takes what it has, and no more."""
        with self.undone():
            player, scripts = self.start([(7, 4, [])] * 6)
            for chain in player.all_chains:
                # 600 are planned there, and each asks for 123.45
                chain.category = 1
            for name, number in scripts[0]:
                player.do(name, [(chain, number) for chain in player.chains])
                self.assert_conserved(player, name)
            self.assertTrue(
                any("would reserve more" in text for _name, text in player.refused)
            )
            steps = [chain.step for chain in player.chains]
            self.assertEqual(steps, ["approved"] * 4 + ["in_review"] * 2)
            self.assertEqual(len(player.refused), 2)
