# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from datetime import date, timedelta

from hypothesis import given
from hypothesis import strategies as st

from odoo.tests import BaseCase

from ..engine import cadence

START, END = date(2025, 4, 7), date(2025, 6, 1)
PERIODIC = cadence.FREQUENCIES[1:]
days = st.dates(date(2000, 1, 1), date(2100, 12, 31))


class TestCadence(BaseCase):
    def test_periods(self):
        for frequency, first, last in [
            ("daily", "2025-05-18", "2025-05-18"),
            ("weekly", "2025-05-12", "2025-05-18"),
            ("monthly", "2025-05-01", "2025-05-31"),
            ("quarterly", "2025-04-01", "2025-06-30"),
        ]:
            period = cadence.period_of(frequency, date(2025, 5, 18))
            self.assertEqual([str(day) for day in period], [first, last])
        self.assertIsNone(cadence.period_of("once", START))

    def test_to_read(self):
        def months(*args, **kwargs):
            return [
                f"{first:%m-%d}/{last:%m-%d}"
                for first, last in cadence.to_read("monthly", *args, **kwargs)
            ]

        day = date(2025, 11, 10)
        late = ["08-01/08-31", "09-01/09-30", "10-01/10-31", "11-01/11-10"]
        self.assertEqual(months(day, None, None), late)
        self.assertEqual(months(day, None, date(2025, 11, 9)), late)
        self.assertEqual(
            months(day, date(2025, 9, 5), None), ["09-05/09-30", *late[2:]]
        )
        missed = ["06-20/06-30", "07-01/07-31", *late]
        self.assertEqual(months(day, date(2025, 6, 20), None), missed)
        # On its last day a month isn't over
        self.assertEqual(months(day, START, date(2025, 7, 31)), missed[1:])
        self.assertEqual(months(day, START, date(2025, 8, 1)), late)
        self.assertEqual(months(day, START, None, most=2), late[2:])

    @given(days, days, st.sampled_from(PERIODIC))
    def test_what_is_read_has_no_gap(self, start, day, frequency):
        start, day = sorted((start, day))
        found = cadence.to_read(frequency, day, start, None)
        self.assertLessEqual(len(found), 36)
        self.assertEqual(found[-1][1], day)
        for (_a, last), (first, _b) in zip(found, found[1:], strict=False):
            self.assertEqual(first - last, timedelta(1))
        self.assertTrue(found[0][0] == start or len(found) == 36)

    def test_next_due(self):
        for frequency, measured, due in [
            ("once", None, END),
            ("once", date(2025, 5, 1), None),
            ("once", date(2025, 4, 1), END),
            ("weekly", None, date(2025, 4, 13)),
            ("weekly", date(2025, 3, 1), date(2025, 4, 13)),
            ("weekly", date(2025, 4, 13), date(2025, 4, 20)),
            ("monthly", date(2025, 5, 1), END),
            ("monthly", END, None),
            ("quarterly", date(2025, 5, 1), None),
        ]:
            with self.subTest(frequency=frequency, measured=measured):
                self.assertEqual(cadence.next_due(frequency, START, END, measured), due)
        self.assertIsNone(cadence.next_due("once", START, None, None))
        self.assertEqual(
            cadence.next_due("daily", START, None, START), START + timedelta(1)
        )

    def test_last_missed(self):
        for today, missed in [
            (date(2025, 4, 13), None),
            (date(2025, 4, 14), date(2025, 4, 13)),
            (date(2025, 4, 20), date(2025, 4, 13)),
            (date(2025, 5, 1), date(2025, 4, 27)),
            (date(2025, 6, 2), END),
            (date(2025, 9, 1), END),
        ]:
            with self.subTest(today=today):
                self.assertEqual(
                    cadence.last_missed("weekly", START, END, None, today), missed
                )
        self.assertEqual(
            cadence.last_missed("once", START, END, None, date(2025, 6, 2)), END
        )
        self.assertIsNone(cadence.last_missed("once", START, END, START, END))

    @given(st.sampled_from(PERIODIC), days)
    def test_periods_follow_each_other(self, frequency, day):
        first, last = cadence.period_of(frequency, day)
        self.assertTrue(first <= day <= last)
        after = cadence.period_of(frequency, last + timedelta(1))
        self.assertEqual(after[0], last + timedelta(1))

    @given(st.sampled_from(PERIODIC), days, st.integers(0, 400), st.integers(0, 400))
    def test_what_was_missed_is_over_and_was_not_measured(
        self, frequency, start, measured, today
    ):
        measured, today = (start + timedelta(number) for number in (measured, today))
        missed = cadence.last_missed(frequency, start, None, measured, today)
        if missed:
            self.assertLess(missed, today)
            self.assertGreater(missed, measured)
