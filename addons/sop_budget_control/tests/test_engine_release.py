# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
import doctest

from hypothesis import given
from hypothesis import strategies as st

from odoo.tests import BaseCase

from ..engine import release
from ..engine.release import ReleaseError

PARENTS = {"P": None, "P1": "P", "P2": "P", "Q": None}
rows = st.lists(
    st.tuples(st.sampled_from([*PARENTS, None]), st.integers(0, 10**9)), max_size=8
)


class TestReleaseEngine(BaseCase):
    @given(
        rows, st.dictionaries(st.sampled_from(["P1", "P2", "Q"]), st.integers(0, 10**9))
    )
    def test_nothing_is_obligated_twice(self, found, used):
        by_node = release.by_node(used.items(), PARENTS)
        releases = [(key, *row) for key, row in enumerate(found)]
        taken = release.obligated(releases, by_node, PARENTS)
        self.assertEqual(set(taken), set(range(len(found))))
        for key, _node, units in releases:
            self.assertTrue(0 <= taken[key] <= units)
        # Neither below a node nor in all more than is used there
        nodes = release.by_node(
            [(node, taken[key]) for key, node, _units in releases], PARENTS
        )
        for node, units in nodes.items():
            if node not in ("P", None) or any(n == node for n, _u in found):
                self.assertLessEqual(units, by_node.get(node, 0))

    def test_doctests(self):
        self.assertFalse(doctest.testmod(release).failed)

    def test_percentages(self):
        self.assertEqual(release.parse_percents("25, 25,25 %,25"), [25.0] * 4)
        self.assertEqual(release.parse_percents(""), [])
        for text, code in [
            ("25,x", "number"),
            ("-5,10", "negative"),
            ("60,60", "sum"),
            ("120", "sum"),
            ("nan", "sum"),
        ]:
            with self.subTest(text=text), self.assertRaises(ReleaseError) as caught:
                release.parse_percents(text)
            self.assertEqual(caught.exception.code, code)

    @given(
        st.integers(0, 10**12),
        st.integers(1, 12),
        st.lists(st.sampled_from([0.0, 12.5, 25.0]), max_size=4),
    )
    def test_quarters_never_exceed_the_plan(self, total, count, percents):
        parts = release.split_quarters(total, count, percents)
        self.assertEqual(len(parts), count)
        self.assertLessEqual(sum(parts), total)
        self.assertTrue(all(part >= 0 for part in parts))
        if sum(percents) == 100 or not any(percents):
            self.assertEqual(sum(parts), total)

    @given(rows)
    def test_the_whole_budget_has_every_release(self, releases):
        found = release.by_node(releases, PARENTS)
        self.assertEqual(found.get(None, 0), sum(units for _node, units in releases))
        below = sum(units for node, units in releases if node in ("P", "P1", "P2"))
        self.assertEqual(found.get("P", 0), below)

    def test_limits_only_where_something_was_released(self):
        releases = [("P1", 10), ("P", 5), ("P1", 2)]
        self.assertEqual(release.limits(releases, PARENTS), {"P1": 12, "P": 17})
        self.assertEqual(release.limits([(None, 9)], PARENTS), {None: 9})

    def test_benchmarks(self):
        self.assertEqual(
            [release.BENCHMARKS[quarter] for quarter in (1, 2, 3, 4)],
            [(20, 10), (50, 35), (75, 60), (95, 90)],
        )
        found = release.performance(2, 1000, 500, 300)
        self.assertEqual((found.obligated, found.disbursed), (0.5, 0.3))
        self.assertEqual(
            (found.obligated_status, found.disbursed_status), ("on_track", "behind")
        )
        found = release.performance(4, 0, 0, 0)
        self.assertIsNone(found.obligated)
        self.assertEqual(found.disbursed_status, "none")
        self.assertEqual(
            release.performance(1, 100, 15, 2).obligated_status, "far_behind"
        )
