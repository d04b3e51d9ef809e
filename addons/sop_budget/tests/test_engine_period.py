# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from datetime import date, timedelta
from fractions import Fraction

from hypothesis import given
from hypothesis import strategies as st

from odoo.tests import BaseCase

from ..engine import period
from ..engine.spread import spread_by_days

days = st.dates(date(1950, 1, 1), date(2150, 12, 31))
lengths = st.integers(0, 1500)
YEAR = (date(2025, 1, 1), date(2025, 12, 31))


class TestPeriod(BaseCase):
    def test_months_of_a_period(self):
        self.assertEqual(
            period.months_between(date(2024, 12, 15), date(2025, 2, 1)),
            [date(2024, 12, 1), date(2025, 1, 1), date(2025, 2, 1)],
        )
        self.assertEqual(period.months_between(date(2025, 2, 2), date(2025, 2, 1)), [])
        self.assertEqual(period.month_end(date(2024, 2, 10)), date(2024, 2, 29))
        self.assertEqual(period.add_months(date(2025, 1, 31), -1), date(2024, 12, 1))
        self.assertEqual(period.month_index(date(2024, 11, 1), date(2025, 2, 9)), 3)

    @given(days, lengths)
    def test_the_days_of_the_months_are_the_days_of_the_period(self, start, length):
        end = start + timedelta(length)
        months = period.months_between(start, end)
        self.assertEqual(
            sum(period.month_days(month, start, end) for month in months), length + 1
        )
        self.assertTrue(all(month.day == 1 for month in months))
        self.assertEqual(sorted(set(months)), months)

    def test_a_year_of_1200_by_days_on_31_january(self):
        months = period.months_between(*YEAR)
        amounts = spread_by_days(120000, months, *YEAR)
        as_of = date(2025, 1, 31)
        self.assertEqual(period.to_date(amounts, months, *YEAR, as_of), 10192)

    def test_to_date_inside_a_month_counts_its_days(self):
        start, end = date(2025, 6, 16), date(2025, 7, 31)
        months = period.months_between(start, end)
        for as_of, expected in [
            (date(2025, 6, 15), 0),
            (date(2025, 6, 16), 10),
            (date(2025, 6, 30), 150),
            (date(2025, 7, 1), 160),
            (date(2025, 7, 31), 460),
            (date(2026, 1, 1), 460),
        ]:
            with self.subTest(as_of=as_of):
                self.assertEqual(
                    period.to_date([150, 310], months, start, end, as_of), expected
                )

    def test_amounts_outside_of_the_period_count_when_their_month_is_over(self):
        outside = date(2024, 12, 1)
        before = period.elapsed_share(outside, *YEAR, date(2024, 12, 30))
        after = period.elapsed_share(outside, *YEAR, date(2024, 12, 31))
        self.assertEqual((before, after), (0, 1))

    @given(days, lengths, lengths, st.integers(-(10**12), 10**12))
    def test_to_date_runs_from_nothing_to_the_whole_plan(self, start, length, at, sum_):
        end = start + timedelta(length)
        months = period.months_between(start, end)
        amounts = spread_by_days(sum_, months, start, end)
        as_of = min(start + timedelta(at), end)
        day_before = start - timedelta(1)
        self.assertEqual(period.to_date(amounts, months, start, end, day_before), 0)
        self.assertEqual(period.to_date(amounts, months, start, end, end), sum_)
        part = period.to_date(amounts, months, start, end, as_of)
        share = period.elapsed_time(start, end, as_of)
        # By days all along: only the rounding of the months stands between them.
        self.assertLessEqual(abs(part - sum_ * share), len(months) + 1)
        gone = period.elapsed_months(months, start, end, as_of)
        self.assertTrue(0 < gone <= len(months))

    def test_elapsed_time(self):
        self.assertEqual(period.elapsed_time(*YEAR, date(2024, 12, 31)), 0)
        self.assertEqual(
            period.elapsed_time(*YEAR, date(2025, 1, 31)), Fraction(31, 365)
        )
        self.assertEqual(period.elapsed_time(*YEAR, date(2027, 1, 1)), 1)
        self.assertEqual(period.elapsed_time(YEAR[1], YEAR[0], YEAR[0]), 1)

    def test_fiscal_quarters_and_years(self):
        months = period.months_between(date(2025, 2, 1), date(2025, 10, 31))
        quarters = period.group_months(months, "quarter")
        self.assertEqual(
            [(one.label, one.columns) for one in quarters],
            [
                ("Q1 2025", (0, 1)),
                ("Q2 2025", (2, 3, 4)),
                ("Q3 2025", (5, 6, 7)),
                ("Q4 2025", (8,)),
            ],
        )
        years = period.group_months(months, "year", fiscal_month=7)
        self.assertEqual(
            [(one.label, one.date_from, one.date_to) for one in years],
            [
                ("2024/25", date(2024, 7, 1), date(2025, 6, 30)),
                ("2025/26", date(2025, 7, 1), date(2026, 6, 30)),
            ],
        )
        fiscal = period.group_months(months, "quarter", fiscal_month=7)
        self.assertEqual(
            [one.label for one in fiscal],
            ["Q3 2024/25", "Q4 2024/25", "Q1 2025/26", "Q2 2025/26"],
        )
        self.assertEqual(
            [one.label for one in period.group_months(months[:2], "month")],
            ["2025-02", "2025-03"],
        )

    @given(days, lengths, st.integers(1, 12), st.sampled_from(sorted(period.GRAINS)))
    def test_every_month_is_in_one_column(self, start, length, fiscal_month, grain):
        months = period.months_between(start, start + timedelta(length))
        columns = period.group_months(months, grain, fiscal_month)
        self.assertEqual(
            [at for one in columns for at in one.columns], list(range(len(months)))
        )
        for one in columns:
            for at in one.columns:
                self.assertTrue(one.date_from <= months[at] <= one.date_to)
            self.assertEqual(
                len(period.months_between(one.date_from, one.date_to)),
                period.GRAINS[grain],
            )
        self.assertEqual(period.year_start(start, fiscal_month).month, fiscal_month)
        first = period.quarter_start(start, fiscal_month)
        self.assertEqual((first.month - fiscal_month) % 3, 0)
        self.assertTrue(first <= start < period.add_months(first, 3))
