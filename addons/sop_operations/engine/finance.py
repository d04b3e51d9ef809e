# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""Figures of a company as a whole: growth, margin, return on what is invested, runway.

Money is in one currency, income and costs are positive; percentages are numbers such as 22.5;
``None`` means that there is nothing to tell.
"""

from __future__ import annotations

import datetime
from collections.abc import Mapping

from .process import PERCENT, month_starts, ratio

YEAR = 12


def whole_month(last: datetime.date) -> datetime.date:
    """First day of the last month that is over on the evening of ``last``.

    >>> whole_month(datetime.date(2025, 6, 29))
    datetime.date(2025, 5, 1)
    >>> whole_month(datetime.date(2025, 6, 30))
    datetime.date(2025, 6, 1)
    """
    return month_starts(last + datetime.timedelta(days=1), 2)[0]


def year_before(month: datetime.date) -> datetime.date:
    return month.replace(year=month.year - 1)


def twelve_months(
    changes: Mapping[datetime.date, float], last: datetime.date
) -> float | None:
    """What was added in the twelve months up to the one that begins on ``last``."""
    return sum(changes.get(month, 0.0) for month in month_starts(last, YEAR))


def growth(now: float | None, before: float | None) -> float | None:
    """Percent above the same months of the year before; nothing to compare with: nothing.

    >>> growth(118, 100)
    18.0
    """
    if now is None or before is None or before <= 0:
        return None
    return PERCENT * (now - before) / before


def margin(result: float, revenue: float) -> float | None:
    """Operating result / revenue × 100: of sums, not a mean of the margins of months."""
    return ratio(result, revenue) if revenue > 0 else None


def nopat(result: float, tax: float) -> float:
    """Operating result after tax on profit (percent); a loss isn't taxed.

    >>> nopat(37, 35)
    24.05
    """
    return result * (PERCENT - tax) / PERCENT if result > 0 else result


def invested_capital(assets: float, free_debts: float, cash: float) -> float:
    """Total assets − liabilities without interest − cash, all of which counts as excess.

    >>> invested_capital(259, 13, 17)
    229
    """
    return assets - free_debts - cash


def roic(profit: float, capital: float) -> float | None:
    """NOPAT of twelve months / invested capital at their end × 100."""
    return ratio(profit, capital) if capital > 0 else None


def runway(cash: float, burnt: float, days: int) -> float | None:
    """Days that the cash lasts if it goes on like in ``days``; nothing if it doesn't shrink.

    >>> runway(300, 90, 90)
    300.0
    """
    return cash / burnt * days if burnt > 0 and cash >= 0 else None
