# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""The periods in which an indicator is measured. Weeks start on Monday."""

from __future__ import annotations

from datetime import date, timedelta

from odoo.addons.sop_budget.engine.period import add_months, month_end

FREQUENCIES = ("once", "daily", "weekly", "monthly", "quarterly")
_MONTHS = {"monthly": 1, "quarterly": 3}


def period_of(frequency: str, day: date) -> tuple[date, date] | None:
    """First and last day of the period that holds the day; None when measured once."""
    if frequency == "daily":
        return day, day
    if frequency == "weekly":
        first = day - timedelta(day.weekday())
        return first, first + timedelta(6)
    if frequency in _MONTHS:
        months = _MONTHS[frequency]
        first = add_months(day, -((day.month - 1) % months))
        return first, month_end(add_months(first, months - 1))
    return None


def to_read(
    frequency: str,
    day: date,
    start: date | None,
    read: date | None,
    closed: int = 3,
    most: int = 36,
) -> list[tuple[date, date]]:
    """Periods whose figures may have changed, the oldest first, the running one last.

    Those are the last ``closed`` ones, as entries come late, and before them all that
    were not over when they were last read; never more than ``most``.

    :param start: first day that counts; without it nothing older was missed at first
    :param read: day of the last reading
    """
    first = period_of(frequency, day)[0]
    result = [(first, day)]
    known = read or start
    while len(result) < most:
        last = first - timedelta(1)
        missed = known is not None and known <= last
        if (start and last < start) or (len(result) > closed and not missed):
            break
        first = period_of(frequency, last)[0]
        result.append((first, last))
    return [(max(a, start) if start else a, b) for a, b in reversed(result)]


def next_due(
    frequency: str, start: date, end: date | None, measured: date | None
) -> date | None:
    """Last day of the first period without a measurement, never after the end.

    :param start: first day that is to be measured
    :param measured: day of the last measurement
    :return: None when no measurement is due any more
    """
    if end is not None and measured is not None and measured >= end:
        return None
    if frequency == "once":
        return end if measured is None or (end and measured < start) else None
    day = start
    if measured is not None and measured >= start:
        day = period_of(frequency, measured)[1] + timedelta(1)
    if end is not None and day > end:
        return None
    last = period_of(frequency, day)[1]
    return min(last, end) if end is not None else last


def last_missed(
    frequency: str,
    start: date,
    end: date | None,
    measured: date | None,
    today: date,
) -> date | None:
    """Last day of the latest period that went by without a measurement."""
    due = next_due(frequency, start, end, measured)
    if due is None or due >= today:
        return None
    if frequency == "once" or (end is not None and today > end):
        return end
    return max(due, period_of(frequency, today)[0] - timedelta(1))
