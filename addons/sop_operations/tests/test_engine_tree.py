# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from hypothesis import given
from hypothesis import strategies as st

from odoo.tests import BaseCase, tagged

from ..engine.tree import Node, in_tree_order, roll_up


@st.composite
def forests(draw):
    """Pairs of id and parent, shuffled; some parents are not among them."""
    size = draw(st.integers(0, 30))
    pairs = [
        (
            node,
            draw(
                st.one_of(
                    st.none(),
                    st.integers(0, node - 1) if node else st.none(),
                    st.just(99),
                )
            ),
        )
        for node in range(size)
    ]
    return draw(st.permutations(pairs))


@tagged("post_install", "-at_install")
class TestTree(BaseCase):
    def test_siblings_keep_their_order(self):
        pairs = [(3, None), (5, 1), (1, None), (4, 1), (2, 4)]
        self.assertEqual(
            in_tree_order(pairs),
            [
                Node(3, None, 0),
                Node(1, None, 0),
                Node(5, 1, 1),
                Node(4, 1, 1),
                Node(2, 4, 2),
            ],
        )

    def test_a_parent_that_is_not_shown_counts_as_none(self):
        self.assertEqual(in_tree_order([(7, 99)]), [Node(7, None, 0)])

    @given(forests())
    def test_nothing_is_lost_and_parents_come_first(self, pairs):
        nodes = in_tree_order(pairs)
        self.assertEqual(
            sorted(node.id for node in nodes), sorted(node for node, _parent in pairs)
        )
        depth_of = {}
        for node in nodes:
            depth_of[node.id] = node.depth
            if node.parent is not None:
                self.assertEqual(node.depth, depth_of[node.parent] + 1)

    @given(forests(), st.data())
    def test_roots_hold_everything(self, pairs, data):
        nodes = in_tree_order(pairs)
        own = {
            node.id: data.draw(st.integers(-(10**12), 10**12))
            for node in nodes
            if data.draw(st.booleans())
        }
        totals = roll_up(nodes, own)
        roots = sum(totals[node.id] for node in nodes if node.parent is None)
        self.assertEqual(roots, sum(own.values()))
