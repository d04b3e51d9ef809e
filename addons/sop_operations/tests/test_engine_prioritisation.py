# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
import doctest

from hypothesis import given
from hypothesis import strategies as st

from odoo.tests import BaseCase, tagged

from ..engine import prioritisation as engine
from ..engine.prioritisation import Criterion, Judgement, standings

ITEMS = ("a", "b", "c")


def said(criterion, **values):
    return [
        Judgement(item, value, criterion)
        for item, given_values in values.items()
        for value in given_values
    ]


@tagged("post_install", "-at_install")
class TestPrioritisationEngine(BaseCase):
    def scores(self, *args, **kwargs):
        return {i: s.score for i, s in standings(*args, **kwargs).items()}

    def test_doctests(self):
        self.assertEqual(doctest.testmod(engine).failed, 0)

    def test_matrix(self):
        """Urgency counts three times: a = (3 × 75 + 0) / 4, b = (3 × 25 + 100) / 4."""
        criteria = [Criterion("urgency", 3), Criterion("reach", 1)]
        judgements = said("urgency", a=(4, 4), b=(1, 3), c=(5,))
        judgements += said("reach", a=(1,), b=(5,))
        found = standings("matrix", ITEMS, judgements, criteria)
        self.assertEqual((found["a"].score, found["a"].rank), (56.25, 1))
        self.assertEqual((found["b"].score, found["b"].rank), (43.75, 2))
        # Nobody said what c reaches: that is not nothing
        self.assertEqual((found["c"].score, found["c"].rank), (None, None))
        self.assertEqual(found["b"].parts["urgency"].spread, 2)

    def test_less_is_better(self):
        criteria = [Criterion("risk", 1, less_is_better=True)]
        judgements = said("risk", a=(1,), b=(5,), c=(2,))
        self.assertEqual(
            self.scores("matrix", ITEMS, judgements, criteria),
            {"a": 100, "b": 0, "c": 75},
        )

    def test_one_expert_carries_no_median(self):
        criteria = [Criterion("fit")]
        judgements = said("fit", a=(4, 4, 1), b=(3, 3, 5))
        self.assertEqual(
            self.scores("panel", "ab", judgements, criteria), {"a": 75, "b": 50}
        )
        mean = self.scores("matrix", "ab", judgements, criteria)
        self.assertLess(mean["a"], mean["b"])

    def test_figures_in_their_own_units(self):
        """People 100, 300, 500 (twice the weight); cost 10, 40, 20, less is better."""
        criteria = [Criterion("people", 2), Criterion("cost", 1, less_is_better=True)]
        judgements = said("people", a=(100,), b=(200, 400), c=(500,))
        judgements += said("cost", a=(10,), b=(40,), c=(20,))
        found = standings("criteria", ITEMS, judgements, criteria)
        self.assertAlmostEqual(found["a"].score, 100 / 3)
        self.assertAlmostEqual(found["b"].score, 100 / 3)
        self.assertAlmostEqual(found["c"].score, (200 + 200 / 3) / 3)
        self.assertEqual([found[i].rank for i in ITEMS], [2, 2, 1])
        alike = said("people", a=(7,), b=(7,), c=(7,))
        self.assertEqual(
            self.scores("criteria", ITEMS, alike, criteria[:1]),
            dict.fromkeys(ITEMS, 100),
        )

    def test_ranking(self):
        judgements = said(None, a=(1, 2), b=(2, 1), c=(3, 3))
        found = standings("ranking", ITEMS, judgements)
        self.assertEqual([found[i].score for i in ITEMS], [75, 75, 0])
        self.assertEqual([found[i].rank for i in ITEMS], [1, 1, 3])
        self.assertEqual(self.scores("ranking", "a", said(None, a=(1,))), {"a": 100})

    def test_pairwise(self):
        judgements = [
            Judgement("a", 1, other="b"),
            Judgement("a", 0.5, other="c"),
            Judgement("b", 0, other="c"),
        ]
        self.assertEqual(
            self.scores("pairwise", (*ITEMS, "d"), judgements),
            {"a": 75, "b": 0, "c": 75, "d": None},
        )

    def test_nobody_judged(self):
        for method in ("matrix", "panel", "criteria", "ranking", "pairwise", "voting"):
            with self.subTest(method):
                found = self.scores(method, ITEMS, [], [Criterion("x")])
                self.assertEqual(found, dict.fromkeys(ITEMS))
        self.assertEqual(
            self.scores("voting", "ab", said(None, a=(0,), b=(0,))),
            {"a": None, "b": None},
        )

    @given(
        st.sampled_from(("matrix", "panel", "criteria")),
        st.lists(
            st.tuples(st.sampled_from(ITEMS), st.integers(1, 5), st.sampled_from("xy")),
            max_size=30,
        ),
        st.randoms(),
    )
    def test_scores_are_percentages_whatever_the_order(self, method, rows, random):
        criteria = [Criterion("x", 2), Criterion("y", 1, less_is_better=True)]
        judgements = [Judgement(*row) for row in rows]
        found = self.scores(method, ITEMS, judgements, criteria)
        for score in found.values():
            self.assertTrue(score is None or -1e-9 <= score <= 100 + 1e-9)
        random.shuffle(judgements)
        again = self.scores(method, ITEMS, judgements, criteria)
        for item, score in found.items():
            if score is None:
                self.assertIsNone(again[item])
            else:
                self.assertAlmostEqual(score, again[item])
