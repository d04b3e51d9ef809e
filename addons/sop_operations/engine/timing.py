# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""How much of the time is over, what a span of days is called, and what repeats when."""

from __future__ import annotations

import datetime
from collections.abc import Iterator

from odoo.addons.sop_budget.engine.period import (
    add_months,
    elapsed_time,
    month_end,
    month_index,
)

#: Months of what repeats; a week is counted in days.
MONTHS = {"month": 1, "quarter": 3, "half": 6, "year": 12}
NAMES = {12: "year", 6: "half", 3: "quarter", 1: "month"}


def time_share(
    start: datetime.date | None, end: datetime.date | None, today: datetime.date
) -> float | None:
    """Share of the days from ``start`` to ``end`` that are over, ``today`` included (0 to 1).

    None where there is no start or no end.

    >>> day = datetime.date
    >>> time_share(day(2025, 1, 6), day(2025, 3, 2), day(2025, 2, 16))  # week 6 of 8
    0.75
    """
    if not start or not end:
        return None
    return float(elapsed_time(start, end, today))


def name_of_span(start: datetime.date, end: datetime.date) -> tuple[str, int]:
    """Grain and number of a span: ``("quarter", 2)``; ``("days", 0)`` where it has no name.

    >>> name_of_span(datetime.date(2025, 4, 1), datetime.date(2025, 6, 30))
    ('quarter', 2)
    >>> name_of_span(datetime.date(2025, 1, 15), datetime.date(2025, 3, 31))
    ('days', 0)
    """
    if start.day != 1 or end != month_end(end) or end < start:
        return "days", 0
    months = month_index(start, end) + 1
    # A span with a name begins where the calendar begins one
    if months not in NAMES or (start.month - 1) % months:
        return "days", 0
    return NAMES[months], (start.month - 1) // months + 1


def occurrences(
    grain: str, first: datetime.date, last: datetime.date
) -> Iterator[tuple[datetime.date, datetime.date]]:
    """First and last day of every period from ``first`` on that begins until ``last``.

    Months, quarters, halves and years are those of the calendar, the first one that of
    ``first``, cut there; weeks are seven days each, counted from ``first``.
    """
    if grain == "week":
        start = first
        while start <= last:
            yield start, start + datetime.timedelta(days=6)
            start += datetime.timedelta(days=7)
        return
    months = MONTHS[grain]
    month = first.replace(day=1, month=(first.month - 1) // months * months + 1)
    while month <= last:
        following = add_months(month, months)
        yield max(month, first), following - datetime.timedelta(days=1)
        month = following
