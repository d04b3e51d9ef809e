# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""Months, quarters, years and the part of a plan that falls in the time elapsed.

A month is named by its first day. Periods include both their ends. A fiscal year
starts on the first day of ``fiscal_month`` (1–12); a fiscal year that isn't the
calendar year is named after both, "2024/25".
"""

from __future__ import annotations

import calendar
import datetime
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

from .money import round_half_away

#: Months of each grain.
GRAINS = {"month": 1, "quarter": 3, "year": 12}


@dataclass(frozen=True)
class Period:
    """A column made of whole months.

    ``date_from`` and ``date_to`` are the ends of the *fiscal* month, quarter or year;
    ``columns`` are the positions of the months given that fall in it, ascending.
    """

    grain: str
    date_from: datetime.date
    date_to: datetime.date
    label: str
    columns: tuple[int, ...]


def month_start(day: datetime.date) -> datetime.date:
    """First day of the month."""
    return day.replace(day=1)


def month_end(day: datetime.date) -> datetime.date:
    """Last day of the month."""
    return day.replace(day=calendar.monthrange(day.year, day.month)[1])


def add_months(month: datetime.date, count: int) -> datetime.date:
    """First day of the month ``count`` months later (earlier when below zero)."""
    number = month.year * 12 + month.month - 1 + count
    return datetime.date(number // 12, number % 12 + 1, 1)


def month_index(first: datetime.date, month: datetime.date) -> int:
    """How many months ``month`` lies after ``first`` (below zero: before)."""
    return (month.year - first.year) * 12 + month.month - first.month


def months_between(
    date_from: datetime.date, date_to: datetime.date
) -> list[datetime.date]:
    """First days of all months touched by the period, ascending; [] if it is empty."""
    if date_to < date_from:
        return []
    first = month_start(date_from)
    return [add_months(first, step) for step in range(month_index(first, date_to) + 1)]


def days_overlap(
    a_from: datetime.date,
    a_to: datetime.date,
    b_from: datetime.date,
    b_to: datetime.date,
) -> int:
    """Number of days that two periods share; 0 when they don't meet."""
    return max((min(a_to, b_to) - max(a_from, b_from)).days + 1, 0)


def month_days(
    month: datetime.date, date_from: datetime.date, date_to: datetime.date
) -> int:
    """Number of days of the month that lie in the period."""
    return days_overlap(month_start(month), month_end(month), date_from, date_to)


def elapsed_share(
    month: datetime.date,
    date_from: datetime.date,
    date_to: datetime.date,
    as_of: datetime.date,
) -> Fraction:
    """Share of a month's plan that falls on or before ``as_of``, by days.

    Only the days of the month inside the period count: a budget that starts on the
    16th spends its first month between the 16th and the end. A month outside of the
    period has no such days; it counts as elapsed when it is over.

    :return: a fraction from 0 to 1
    """
    total = month_days(month, date_from, date_to)
    if not total:
        return Fraction(int(month_end(month) <= as_of))
    last = min(as_of, date_to)
    return Fraction(month_days(month, date_from, last), total)


def elapsed_time(
    date_from: datetime.date, date_to: datetime.date, as_of: datetime.date
) -> Fraction:
    """Share of the days of a period on or before ``as_of``, from 0 to 1.

    An empty period counts as elapsed.
    """
    total = days_overlap(date_from, date_to, date_from, date_to)
    if not total:
        return Fraction(1)
    return Fraction(days_overlap(date_from, date_to, date_from, as_of), total)


def elapsed_months(
    months: Sequence[datetime.date],
    date_from: datetime.date,
    date_to: datetime.date,
    as_of: datetime.date,
) -> Fraction:
    """How many months have gone by, the running one by its days (e.g. 2 + 14/30)."""
    return sum(
        (elapsed_share(month, date_from, date_to, as_of) for month in months),
        Fraction(),
    )


def to_date_amounts(
    amounts: Sequence[int],
    months: Sequence[datetime.date],
    date_from: datetime.date,
    date_to: datetime.date,
    as_of: datetime.date,
) -> list[int]:
    """The part of each month's plan that falls on or before ``as_of``, by days.

    Months that are over count whole, so only the running one is rounded (half away
    from zero, in minor units).
    """
    return [
        round_half_away(
            Fraction(int(amount)) * elapsed_share(month, date_from, date_to, as_of)
        )
        for amount, month in zip(amounts, months, strict=True)
    ]


def to_date(
    amounts: Sequence[int],
    months: Sequence[datetime.date],
    date_from: datetime.date,
    date_to: datetime.date,
    as_of: datetime.date,
) -> int:
    """The part of a plan that falls on or before ``as_of`` (sum of the months)."""
    return sum(to_date_amounts(amounts, months, date_from, date_to, as_of))


def quarter_start(day: datetime.date, fiscal_month: int = 1) -> datetime.date:
    """First day of the fiscal quarter of a day."""
    return add_months(day, -((day.month - fiscal_month) % 3))


def year_start(day: datetime.date, fiscal_month: int = 1) -> datetime.date:
    """First day of the fiscal year of a day."""
    return add_months(day, -((day.month - fiscal_month) % 12))


def year_label(day: datetime.date, fiscal_month: int = 1) -> str:
    """Name of the fiscal year of a day: "2025", or "2024/25" across two years."""
    year = year_start(day, fiscal_month).year
    return str(year) if fiscal_month == 1 else f"{year}/{(year + 1) % 100:02d}"


def group_months(
    months: Sequence[datetime.date], grain: str, fiscal_month: int = 1
) -> list[Period]:
    """Group months into the columns of a report.

    :param months: first days of the months, ascending
    :param grain: "month", "quarter" or "year"
    :return: one period for each month, fiscal quarter or fiscal year touched
    """
    size = GRAINS[grain]
    columns: dict[datetime.date, list[int]] = {}
    for position, month in enumerate(months):
        start = add_months(month, -((month.month - fiscal_month) % size))
        columns.setdefault(start, []).append(position)
    return [
        Period(
            grain=grain,
            date_from=start,
            date_to=month_end(add_months(start, size - 1)),
            label=_period_label(start, grain, fiscal_month),
            columns=tuple(positions),
        )
        for start, positions in columns.items()
    ]


def _period_label(start: datetime.date, grain: str, fiscal_month: int) -> str:
    """Short language-free name: "2025-03", "Q1 2025", "2025"."""
    if grain == "month":
        return f"{start:%Y-%m}"
    year = year_label(start, fiscal_month)
    if grain == "year":
        return year
    return f"Q{(start.month - fiscal_month) % 12 // 3 + 1} {year}"
