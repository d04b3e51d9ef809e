# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""Figures of a process from sums over its cases.

A case is one document, or one item, that went through a step or still waits in it. Percentages
are numbers such as 87.5; times are in days; ``None`` means that there is nothing to tell.
"""

from __future__ import annotations

import calendar
import datetime
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

MONTHS = 12
PERCENT = 100.0


@dataclass(frozen=True)
class Summary:
    """What a number of cases have in common.

    ``numerator`` and ``denominator`` are the sums of the cases' values and weights; quantiles
    are interpolated between cases, as ``percentile_cont`` of SQL does.
    """

    count: int = 0
    numerator: float | None = None
    denominator: float | None = None
    mean: float | None = None
    lowest: float | None = None
    highest: float | None = None
    median: float | None = None
    p75: float | None = None
    p90: float | None = None


def ratio(
    numerator: float | None, denominator: float | None, factor: float = PERCENT
) -> float | None:
    """``factor`` × numerator / denominator; nothing where there is nothing to divide by.

    >>> ratio(75, 500)
    15.0
    >>> ratio(0, 0) is None
    True
    """
    if numerator is None or not denominator:
        return None
    return factor * numerator / denominator


def headline(measure: str, statistic: str, summary: Summary) -> float | None:
    """The one figure that stands for all cases.

    :param measure: ``duration``, ``ratio``, ``mean`` or ``total``
    :param statistic: of a duration: ``median``, ``mean``, ``p75`` or ``p90``
    """
    if measure == "ratio":
        return ratio(summary.numerator, summary.denominator)
    if not summary.count:
        return None
    if measure == "total":
        return summary.numerator
    if measure == "mean":
        return summary.mean
    return getattr(summary, statistic)


def month_starts(last: datetime.date, number: int = MONTHS) -> list[datetime.date]:
    """First days of ``number`` months, the month of ``last`` being the last one.

    >>> month_starts(datetime.date(2025, 2, 14), 3)[0]
    datetime.date(2024, 12, 1)
    """
    index = last.year * 12 + last.month - 1
    return [
        datetime.date(i // 12, i % 12 + 1, 1)
        for i in range(index - number + 1, index + 1)
    ]


def month_days(month: datetime.date) -> int:
    return calendar.monthrange(month.year, month.month)[1]


def days_outstanding(
    balance: float | None, flow: float | None, days: int
) -> float | None:
    """Days that a balance is worth: balance / flow × days of the flow.

    Receivables and revenue give DSO, payables and purchases DPO, inventory and the cost of
    what was sold DIO. Without a flow, or with one against its nature, there is no such number.

    >>> days_outstanding(50_000, 300_000, 90)
    15.0
    """
    if balance is None or flow is None or flow <= 0:
        return None
    return ratio(balance, flow, days)


def cash_conversion_cycle(
    dio: float | None, dso: float | None, dpo: float | None
) -> float | None:
    """DIO + DSO − DPO; nothing when a part of it is not known."""
    if dio is None or dso is None or dpo is None:
        return None
    return dio + dso - dpo


def running_balance(
    changes: Mapping[datetime.date, float], months: Iterable[datetime.date]
) -> dict[datetime.date, float]:
    """The balance at the end of each month, from what changed in every month so far."""
    wanted = sorted(months)
    result, total, waiting = {}, 0.0, sorted(changes.items())
    for month in wanted:
        while waiting and waiting[0][0] <= month:
            total += waiting.pop(0)[1]
        result[month] = total
    return result


def velocity(
    opportunities: int,
    win_rate: float | None,
    average_deal: float | None,
    cycle: float | None,
) -> float | None:
    """Money won a day: opportunities × win rate (percent) × deal / days of the sales cycle.

    >>> velocity(20, 25.0, 10_000, 50)
    1000.0
    """
    if win_rate is None or average_deal is None or not cycle:
        return None
    return opportunities * win_rate / PERCENT * average_deal / cycle


def change(first: float | None, last: float | None) -> float | None:
    """How much the last figure is above the first, in percent of the first."""
    if first is None or last is None or not first:
        return None
    return PERCENT * (last - first) / abs(first)
