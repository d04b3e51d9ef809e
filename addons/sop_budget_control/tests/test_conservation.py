# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""Money is conserved, whatever happens: see ``common_conservation``."""

import os

from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from odoo.tests import tagged

from .common_conservation import CHANGES, ConservationCase, build_chains

#: More or fewer sequences than usual, such as 10 for a long run.
SCALE = float(os.environ.get("SOP_TEST_SCALE", 1))
# Begun first when a run is divided over processors
LONG = True
#: Chains that are played side by side: documents are cheap by the dozen.
CHAINS = 30
chains = build_chains(CHANGES)
transferring = build_chains((*CHANGES, *("transfer",) * 8))
# A carry-forward concerns all chains: what comes before it and after it is not independent
independent_chains = build_chains([n for n in CHANGES if n != "carry_forward"])


def usual(examples):
    return settings(
        deadline=None,
        database=None,
        max_examples=max(int(examples * SCALE), 1),
        # To shrink so many chains takes hours; the message says which one went wrong
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )


@tagged("post_install", "-at_install")
class TestConservation(ConservationCase):
    @usual(10)
    @given(plans=st.lists(chains, min_size=CHAINS, max_size=CHAINS))
    def test_whatever_happens(self, plans):
        with self.undone():
            self.play(plans)

    @usual(4)
    @given(plans=st.lists(transferring, min_size=CHAINS, max_size=CHAINS))
    def test_transfers_that_take_only_what_is_free(self, plans):
        with self.undone():
            self.budget.transfer_below_used = False
            self.play(plans)

    @usual(3)
    @given(
        plans=st.lists(independent_chains, min_size=6, max_size=6),
        order=st.permutations(range(6)),
    )
    def test_the_order_of_independent_steps_does_not_matter(self, plans, order):
        """All chains side by side, or one after the other in any order: the end is the same."""
        with self.undone():
            self.play(plans)
            expected = self.read_end()
        with self.undone():
            player, scripts = self.start(plans)
            for place in order:
                for name, number in scripts[place]:
                    player.do(name, [(player.chains[place], number)])
            self.assert_conserved(player, f"one after the other: {order}")
            self.assertEqual(self.read_end(), expected)
