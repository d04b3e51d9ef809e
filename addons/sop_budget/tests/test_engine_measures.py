# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from fractions import Fraction

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from odoo.tests import BaseCase

from ..engine import measures

amounts = st.integers(-(10**14), 10**14)


class TestMeasures(BaseCase):
    def test_favourable_is_positive(self):
        self.assertEqual(measures.variance("expense", 100, 80), 20)
        self.assertEqual(measures.variance("capital", 100, 130), -30)
        self.assertEqual(measures.variance("income", 100, 80), -20)
        self.assertEqual(measures.variance("income", 100, 130), 30)
        with self.assertRaisesRegex(measures.KindError, "Unknown kind: 'other'"):
            measures.variance("other", 1, 1)

    def test_variance_of_whole_arrays(self):
        planned, actual = np.array([[100, 0]]), np.array([[80, 5]])
        result = measures.variance("expense", planned, actual)
        self.assertEqual(result.tolist(), [[20, -5]])

    def test_no_percent_of_nothing(self):
        self.assertIsNone(measures.variance_percent("expense", 0, 50))
        self.assertEqual(measures.variance_percent("expense", 200, 50), 0.75)
        self.assertEqual(measures.variance_percent("income", 200, 50), -0.75)
        # A planned refund that came in larger than planned is still favourable.
        self.assertEqual(measures.variance_percent("expense", -100, -150), 0.5)

    def test_the_figures_of_a_category(self):
        revised, reserved, committed, actual = 1000, 100, 200, 300
        self.assertEqual(measures.available(revised, reserved, committed, actual), 400)
        self.assertEqual(
            measures.utilisation(revised, reserved, committed, actual), 0.6
        )
        self.assertEqual(measures.burn(revised, actual), 0.3)
        self.assertIsNone(measures.utilisation(0, 1, 1, 1))
        self.assertIsNone(measures.burn(0, 1))

    @given(amounts, amounts, amounts, amounts)
    def test_money_is_conserved(self, revised, reserved, committed, actual):
        left = measures.available(revised, reserved, committed, actual)
        self.assertEqual(revised, left + reserved + committed + actual)

    def test_burn_rate_runway_projection(self):
        self.assertEqual(measures.burn_rate(125000, Fraction(5, 2)), 50000)
        self.assertIsNone(measures.burn_rate(100, 0))
        self.assertEqual(measures.runway(200000, 50000), 4.0)
        self.assertEqual(measures.runway(0, 50000), 0.0)
        self.assertEqual(measures.runway(-5, None), 0.0)
        self.assertIsNone(measures.runway(100, 0))
        self.assertIsNone(measures.runway(100, -3))
        self.assertIsNone(measures.runway(100, None))
        self.assertEqual(measures.projection(300, Fraction(1, 4)), 1200)
        self.assertEqual(measures.projection(1200, Fraction(1)), 1200)
        self.assertIsNone(measures.projection(5, Fraction(0)))

    def test_ahead_of_pace(self):
        self.assertTrue(measures.ahead_of_pace(0.8, Fraction(6, 10)))
        self.assertFalse(measures.ahead_of_pace(0.65, Fraction(6, 10)))
        self.assertFalse(measures.ahead_of_pace(None, Fraction(6, 10)))
        self.assertTrue(measures.ahead_of_pace(0.65, 0.6, tolerance=0.0))

    @given(st.lists(st.tuples(amounts, amounts), min_size=1, max_size=30))
    def test_ratios_of_arrays_agree_with_single_ones(self, pairs):
        top, bottom = np.array(pairs, dtype=np.int64).T
        result = measures.ratios(top, bottom)
        for value, (numerator, denominator) in zip(result, pairs, strict=True):
            single = measures.ratio(numerator, denominator)
            if single is None:
                self.assertTrue(np.isnan(value))
            else:
                self.assertAlmostEqual(value, single, delta=abs(single) * 1e-12)

    def test_ratios_broadcast(self):
        result = measures.ratios(np.array([[1, 2], [3, 4]]), np.array([2, 0]))
        self.assertEqual(result[:, 0].tolist(), [0.5, 1.5])
        self.assertTrue(np.isnan(result[:, 1]).all())
