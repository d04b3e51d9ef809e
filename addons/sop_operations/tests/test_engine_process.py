# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
import doctest
import unittest
from datetime import date

from hypothesis import given
from hypothesis import strategies as st

from odoo.tests import BaseCase, tagged

from ..engine import process
from ..engine.process import Summary

amounts = st.integers(-(10**6), 10**6).map(float)
months = st.dates(date(2023, 1, 1), date(2026, 12, 31)).map(lambda d: d.replace(day=1))


@tagged("post_install", "-at_install")
class TestEngineProcess(BaseCase):
    def test_examples(self):
        suite = doctest.DocTestSuite(process)
        result = unittest.TestResult()
        suite.run(result)
        self.assertFalse(result.failures + result.errors)
        self.assertGreater(result.testsRun, 3)

    def test_headline(self):
        summary = Summary(4, 20.0, 40.0, 5.0, 1.0, 9.0, 4.0, 6.0, 8.0)
        found = {
            (measure, statistic): process.headline(measure, statistic, summary)
            for measure in ("duration", "ratio", "mean", "total")
            for statistic in ("median", "mean", "p75", "p90")
        }
        self.assertEqual(found["duration", "median"], 4)
        self.assertEqual(found["duration", "mean"], 5)
        self.assertEqual(found["duration", "p75"], 6)
        self.assertEqual(found["duration", "p90"], 8)
        self.assertEqual(found["ratio", "median"], 50)
        self.assertEqual(found["mean", "median"], 5)
        self.assertEqual(found["total", "p90"], 20)

    def test_no_cases_are_not_zero(self):
        for measure in ("duration", "ratio", "mean", "total"):
            self.assertIsNone(process.headline(measure, "median", Summary()))
        self.assertIsNone(process.ratio(5, 0))
        self.assertIsNone(process.days_outstanding(10, 0, 30))
        self.assertIsNone(process.days_outstanding(10, -5, 30))
        self.assertIsNone(process.days_outstanding(None, 5, 30))
        self.assertEqual(process.days_outstanding(0, 5, 30), 0)
        self.assertIsNone(process.cash_conversion_cycle(1, None, 1))
        self.assertEqual(process.cash_conversion_cycle(30, 40, 25), 45)
        self.assertIsNone(process.velocity(3, None, 5, 6))
        self.assertIsNone(process.velocity(3, 50, 5, 0))

    def test_change(self):
        self.assertEqual(process.change(50, 60), 20)
        self.assertEqual(process.change(-50, -60), -20)
        self.assertIsNone(process.change(0, 60))
        self.assertIsNone(process.change(None, 60))

    @given(st.dictionaries(months, amounts), st.lists(months, min_size=1))
    def test_running_balance(self, changes, wanted):
        found = process.running_balance(changes, wanted)
        self.assertEqual(
            found,
            {
                month: sum(v for key, v in sorted(changes.items()) if key <= month)
                for month in wanted
            },
        )

    @given(st.dates(date(2000, 1, 1), date(2100, 1, 1)), st.integers(1, 40))
    def test_months(self, last, number):
        found = process.month_starts(last, number)
        self.assertEqual(len(set(found)), number)
        self.assertEqual(found, sorted(found))
        self.assertEqual(found[-1], last.replace(day=1))
        for first, second in zip(found, found[1:], strict=False):
            self.assertEqual((second - first).days, process.month_days(first))
