# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from datetime import date, timedelta

from hypothesis import given
from hypothesis import strategies as st

from odoo.tests import BaseCase, tagged

from ..engine.dashboard import (
    STATES,
    Standing,
    attention_key,
    bar_width,
    count_standings,
    figure_key,
    step_of_time,
)

HEALTHS = (None, "on_track", "at_risk", "off_track")
groups = st.lists(
    st.tuples(st.sampled_from(STATES), st.sampled_from(HEALTHS), st.integers(0, 1000))
)


@tagged("post_install", "-at_install")
class TestDashboardEngine(BaseCase):
    def test_eight_and_four_are_twelve(self):
        found = count_standings(
            [
                ("in_progress", "on_track", 8),
                ("in_progress", "at_risk", 4),
                ("completed", "on_track", 3),
                ("completed", "at_risk", 1),
            ]
        )
        self.assertEqual(found["active"], 12)
        self.assertEqual((found["on_track"], found["at_risk"]), (8, 4))
        self.assertEqual((found["completed"], found["total"]), (4, 16))

    @given(groups)
    def test_counters_add_up(self, rows):
        found = count_standings(rows)
        healths = ("on_track", "at_risk", "off_track", "unrated")
        self.assertEqual(found["active"], sum(found[name] for name in healths))
        self.assertEqual(
            found["total"],
            found["active"]
            + found["planned"]
            + found["completed"]
            + found["cancelled"],
        )

    def test_what_needs_attention_first(self):
        soon, late = date(2025, 1, 1), date(2025, 2, 1)
        standings = [
            Standing(1, "completed", "off_track", soon, "a"),
            Standing(2, "in_progress", "on_track", soon, "b"),
            Standing(3, "in_progress", None, soon, "c"),
            Standing(4, "in_progress", "off_track", late, "d"),
            Standing(5, "in_progress", "off_track", None, "e"),
            Standing(6, "in_progress", "off_track", soon, "f"),
            Standing(7, "planned", "at_risk", soon, "g"),
            Standing(8, "in_progress", "at_risk", soon, "h"),
        ]
        found = [s.id for s in sorted(standings, key=attention_key)]
        self.assertEqual(found, [6, 4, 5, 8, 3, 2, 7, 1])

    def test_no_figure_is_not_the_lowest(self):
        standings = [
            Standing(1, "planned", None, None, "a"),
            Standing(2, "planned", None, None, "b", 40.0),
            Standing(3, "planned", None, None, "c", 0.0),
        ]
        self.assertEqual([s.id for s in sorted(standings, key=figure_key)], [3, 2, 1])

    def test_bars_end_at_hundred(self):
        for percent, width in (
            (107.0, 100.0),
            (120.0, 100.0),
            (83.3, 83.3),
            (0.0, 0.0),
            (-5.0, 0.0),
            (None, 0.0),
        ):
            with self.subTest(percent=percent):
                self.assertEqual(bar_width(percent), width)

    def test_step_of_time(self):
        day = date
        for start, end, today, expected in (
            (day(2025, 1, 6), day(2025, 3, 2), day(2025, 2, 16), ("week", 6, 8)),
            (day(2025, 1, 6), day(2025, 3, 2), day(2025, 2, 10), ("week", 6, 8)),
            (day(2025, 1, 6), day(2025, 3, 2), day(2025, 1, 5), ("week", 0, 8)),
            (day(2025, 1, 6), day(2025, 3, 2), day(2025, 5, 1), ("week", 8, 8)),
            (day(2025, 1, 6), day(2025, 1, 8), day(2025, 1, 7), ("day", 2, 3)),
            (day(2025, 1, 1), day(2025, 12, 31), day(2025, 11, 28), ("month", 11, 12)),
            (day(2025, 1, 1), day(2025, 12, 31), day(2024, 11, 28), ("month", 0, 12)),
            (day(2025, 1, 1), day(2025, 12, 31), day(2026, 11, 28), ("month", 12, 12)),
            (None, day(2025, 1, 8), day(2025, 1, 7), None),
            (day(2025, 1, 8), None, day(2025, 1, 7), None),
        ):
            with self.subTest(start=start, end=end, today=today):
                self.assertEqual(step_of_time(start, end, today), expected)

    @given(
        st.dates(date(2000, 1, 1), date(2100, 1, 1)),
        st.integers(0, 3000),
        st.integers(-100, 3200),
    )
    def test_steps_stay_within(self, start, length, since):
        end, today = start + timedelta(days=length), start + timedelta(days=since)
        _grain, step, steps = step_of_time(start, end, today)
        self.assertTrue(0 <= step <= steps)
        self.assertEqual(step == 0, today < start)
        if today >= end:
            self.assertEqual(step, steps)
