# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
import doctest
from decimal import Decimal
from fractions import Fraction

from hypothesis import given
from hypothesis import strategies as st

from odoo.tests import BaseCase

from ..engine import appraisal
from ..engine.appraisal import Thresholds

scores = st.integers(0, 10)
parts = st.lists(st.tuples(st.integers(1, 100), scores), min_size=1, max_size=8)


class TestAppraisalEngine(BaseCase):
    def test_doctests(self):
        found = doctest.testmod(appraisal)
        self.assertTrue(found.attempted)
        self.assertFalse(found.failed)

    @given(parts)
    def test_weighted_lies_within_and_is_the_exact_mean_rounded(self, found):
        result = appraisal.weighted(found)
        given_scores = [score for _weight, score in found]
        self.assertTrue(min(given_scores) <= result <= max(given_scores))
        exact = Fraction(sum(w * s for w, s in found), sum(w for w, _s in found))
        self.assertLessEqual(abs(Fraction(result) - exact), Fraction(1, 200))

    @given(parts, st.integers(2, 7))
    def test_only_the_proportion_of_weights_counts(self, found, factor):
        scaled = [(weight * factor, score) for weight, score in found]
        self.assertEqual(appraisal.weighted(scaled), appraisal.weighted(found))

    @given(parts, st.integers(1, 100))
    def test_one_missing_score_is_no_result(self, found, weight):
        self.assertIsNone(appraisal.weighted([*found, (weight, None)]))

    def test_rounded_half_up(self):
        # 57 / 8 = 7.125; the nearest binary fractions would give 7.12
        self.assertEqual(appraisal.weighted([(7, 7), (1, 8)]), Decimal("7.13"))
        self.assertEqual(appraisal.as_score(Decimal("84.99")), 8)
        self.assertEqual(appraisal.as_score(100), 10)

    @given(scores, scores)
    def test_a_better_score_is_never_answered_worse(self, one, other):
        order = ["disapprove", "revise", "condition", "approve"]
        limits = Thresholds(8, 6.5, 5)
        low, high = sorted((one, other))
        self.assertLessEqual(
            order.index(limits.suggest(low)), order.index(limits.suggest(high))
        )

    def test_order_of_thresholds(self):
        for limits, expected in [
            ((8, 6.5, 5), True),
            ((10, 10, 0), True),
            ((11, 6, 5), False),
            ((6, 6.5, 5), False),
            ((8, 4, 5), False),
            ((8, 6, -1), False),
        ]:
            self.assertEqual(Thresholds(*limits).is_ordered(), expected, limits)

    def test_performance_counts_from_0_to_100(self):
        self.assertEqual(appraisal.performance(0, 0, 1, 0), 0)
        self.assertEqual(appraisal.performance(-5, 0, 1, 0), 0)
        self.assertEqual(appraisal.performance(300, 300, 5, 100), 100)
        # 0.2 × 50 + 0.3 × 60 + 0.25 × 50 + 0.25 × 80
        self.assertEqual(appraisal.performance(50, 60, 3, 80), Decimal("60.50"))
        for place in range(4):
            known = [50, 60, 3, 80]
            known[place] = None
            self.assertIsNone(appraisal.performance(*known))
