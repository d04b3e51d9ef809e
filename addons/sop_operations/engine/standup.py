# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""Which days a stand-up talks about."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date, timedelta

ONE_DAY = timedelta(days=1)
WEEK = range(7)


def previous_working_day(day: date, weekdays: Collection[int]) -> date:
    """The last day before that is worked on; Monday is 0. Without working days: the day before.

    >>> previous_working_day(date(2025, 6, 9), {0, 1, 2, 3, 4})
    datetime.date(2025, 6, 6)
    """
    before = day - ONE_DAY
    for _day in WEEK:
        if before.weekday() in weekdays:
            return before
        before -= ONE_DAY
    return day - ONE_DAY


def next_working_day(day: date, weekdays: Collection[int]) -> date:
    """The first day after that is worked on; without working days: the day after."""
    after = day + ONE_DAY
    for _day in WEEK:
        if after.weekday() in weekdays:
            return after
        after += ONE_DAY
    return day + ONE_DAY
