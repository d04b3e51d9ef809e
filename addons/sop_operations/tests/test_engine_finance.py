# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
import doctest
import unittest
from datetime import date

from hypothesis import given, settings
from hypothesis import strategies as st

from odoo.tests import BaseCase, tagged

from ..engine import finance

money = st.floats(-1e9, 1e9)


@tagged("post_install", "-at_install")
class TestEngineFinance(BaseCase):
    def test_examples(self):
        suite = doctest.DocTestSuite(finance)
        result = unittest.TestResult()
        suite.run(result)
        self.assertFalse(result.failures + result.errors)
        self.assertGreater(result.testsRun, 3)

    def test_worked_case(self):
        """EBIT 37 at 35 % → NOPAT 24.05; assets 259 − 13 − 17 = 229 → 10.5 %."""
        profit = finance.nopat(37, 35)
        self.assertAlmostEqual(profit, 24.05)
        capital = finance.invested_capital(259, 13, 17)
        self.assertEqual(capital, 229)
        self.assertAlmostEqual(finance.roic(profit, capital), 10.502, 3)
        self.assertIsNone(finance.roic(profit, 0))

    def test_margin_is_of_sums(self):
        """Not the mean of the margins of months: 20.75 and not 20.42 percent."""
        revenue = (2.1, 2.3, 2.5, 2.4, 2.7, 2.9, 3.0, 3.2, 3.1, 3.3, 3.5, 3.8)
        margins = (18, 17, 19, 18, 20, 21, 22, 21, 20, 22, 23, 24)
        results = (r * m / 100 for r, m in zip(revenue, margins, strict=True))
        self.assertAlmostEqual(finance.margin(sum(results), sum(revenue)), 20.75, 2)

    @settings(max_examples=50, deadline=None)
    @given(st.dates(date(1901, 1, 1), date(2990, 1, 1)))
    def test_whole_month_is_over(self, last):
        month = finance.whole_month(last)
        after = finance.year_before(month)
        self.assertEqual((month.day, after.year), (1, month.year - 1))
        following = (month.replace(day=28).toordinal() + 4, last.toordinal() + 1)
        self.assertLessEqual(
            date.fromordinal(following[0]).replace(day=1).toordinal(), following[1]
        )

    @settings(max_examples=50, deadline=None)
    @given(money, money, st.integers(1, 400))
    def test_signs(self, one, other, days):
        grown = finance.growth(one, other)
        self.assertEqual(grown is None, other <= 0)
        if grown is not None:
            self.assertEqual(grown >= 0, one >= other)
        self.assertEqual(
            finance.runway(one, other, days) is None, other <= 0 or one < 0
        )
        self.assertLessEqual(finance.nopat(one, 30), max(one, 0))
