# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""The figures that are derived from planned, committed and actual.

Amounts are ``int`` minor units with the budget's sign: what a category is about is
positive (spent for expense and capital, earned for income). Ratios are floats, 1.0 is
100 %; ``None`` (``nan`` in arrays) says that there is no figure, which isn't 0.

Functions of sums and differences also take numpy arrays; for ratios of whole arrays
there is :func:`ratios`.
"""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING, TypeVar

from .money import round_half_away

if TYPE_CHECKING:
    import numpy as np

    Amounts = TypeVar("Amounts", int, np.ndarray)
else:
    Amounts = TypeVar("Amounts")

#: Sign of planned − actual that is favourable.
FAVOURABLE = {"expense": 1, "capital": 1, "income": -1}


class KindError(ValueError):
    """A kind that is neither expense, income nor capital."""


def variance(kind: str, planned: Amounts, actual: Amounts) -> Amounts:
    """Favourable is positive: less spent than planned, or more earned.

    Expense and capital: planned − actual; income: actual − planned.

    :raise KindError: for an unknown kind
    """
    try:
        sign = FAVOURABLE[kind]
    except KeyError:
        raise KindError(f"Unknown kind: {kind!r}") from None
    return sign * (planned - actual)


def ratio(numerator: int, denominator: int) -> float | None:
    """numerator ÷ denominator, None when the denominator is 0."""
    return float(Fraction(int(numerator), int(denominator))) if denominator else None


def ratios(numerator: np.ndarray, denominator: np.ndarray) -> np.ndarray:
    """numerator ÷ denominator cell by cell; nan where the denominator is 0.

    Both are arrays of one shape (or a scalar); the result is float64.
    """
    import numpy as np

    top, bottom = np.broadcast_arrays(
        np.asarray(numerator, dtype=np.float64),
        np.asarray(denominator, dtype=np.float64),
    )
    result = np.full(top.shape, np.nan)
    return np.divide(top, bottom, out=result, where=bottom != 0)


def variance_percent(kind: str, planned: int, actual: int) -> float | None:
    """Variance in shares of what was planned; None when nothing was planned.

    The size of the plan divides, so the sign stays that of the variance.
    """
    return ratio(variance(kind, planned, actual), abs(planned))


def available(
    revised: Amounts, reserved: Amounts, committed: Amounts, actual: Amounts
) -> Amounts:
    """What can still be spent: revised − reserved − committed − actual."""
    return revised - reserved - committed - actual


def utilisation(
    revised: int, reserved: int, committed: int, actual: int
) -> float | None:
    """(reserved + committed + actual) ÷ revised; None when nothing is planned."""
    return ratio(reserved + committed + actual, revised)


def burn(revised: int, actual: int) -> float | None:
    """actual ÷ revised; None when nothing is planned."""
    return ratio(actual, revised)


def burn_rate(actual: int, months_elapsed: Fraction | float) -> int | None:
    """Mean actual of a month so far, in minor units.

    :param months_elapsed: see :func:`.period.elapsed_months`
    :return: None before the period has begun
    """
    if months_elapsed <= 0:
        return None
    return round_half_away(Fraction(int(actual)) / Fraction(months_elapsed))


def runway(remaining: int, rate: int | None) -> float | None:
    """Months until ``remaining`` is used up at ``rate`` a month.

    :return: 0.0 when nothing remains; None when nothing is burnt (no end in sight)
    """
    if remaining <= 0:
        return 0.0
    if rate is None or rate <= 0:
        return None
    return remaining / rate


def projection(actual: int, elapsed: Fraction | float) -> int | None:
    """Actual at the end of the period if things go on as so far (run rate).

    :param actual: actual on the day of the report
    :param elapsed: share of the period's days gone by, from 0 to 1
    :return: minor units; None before the period has begun
    """
    if elapsed <= 0:
        return None
    return round_half_away(Fraction(int(actual)) / Fraction(elapsed))


def ahead_of_pace(
    used: float | None,
    elapsed: Fraction | float,
    tolerance: float = 0.1,
) -> bool:
    """True when more is used than time has gone by, beyond the tolerance.

    "80 % of the money used after 60 % of the time" is ahead of pace.
    """
    return used is not None and used > float(elapsed) + tolerance
