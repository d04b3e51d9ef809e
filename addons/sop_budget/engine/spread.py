# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""Spreading an amount over cells so that not a cent is lost.

Every amount is an ``int`` of minor units (see :mod:`.money`); every function returns
a list with one ``int`` a cell whose sum is exactly the amount asked for.

Rule of the leftover (largest remainder): each cell gets its exact share rounded down
to a unit; the units left over go to the cells with the largest cut-off part, and to
the first ones among equals. So 100,000 over three is 33,333.34 + 33,333.33 +
33,333.33, no cell is further than one unit from its exact share, a cell of weight 0
stays 0, and the order of equal cells decides alone. Amounts below zero mirror those
above.
"""

from __future__ import annotations

import datetime
import math
from collections.abc import Sequence
from fractions import Fraction

from .money import Number, to_decimal, to_units
from .period import month_days

#: Reasons a request can't be met, by code; ``%(…)s`` are the params of the error.
MESSAGES = {
    "everything_held": "Every cell is held, so there is nothing to spread over.",
    "held_exceeds": (
        "The held cells already take %(held)s; the others would fall below zero "
        "with a total of %(total)s."
    ),
    "no_cell": "There is no cell to spread over.",
    "no_weight": "All the weights are zero, so there is no share to follow.",
    "negative_weight": "A weight can't be below zero.",
    "bad_weight": "A weight must be a finite number.",
    "length": "Cells, held marks and weights must have the same length.",
    "out_of_range": "There is no such month.",
}


class SpreadError(ValueError):
    """A spread that is impossible.

    ``code`` is a key of :data:`MESSAGES` (for translation), ``params`` fills it;
    amounts in ``params`` are minor units.
    """

    def __init__(self, code: str, **params: int) -> None:
        self.code = code
        self.params = params
        super().__init__(MESSAGES[code] % params)


def _whole_weights(weights: Sequence[Number]) -> list[int]:
    """Return integers in the same proportion as ``weights``, exactly."""
    if all(type(weight) is int for weight in weights):
        whole = list(weights)
    else:
        try:
            exact = [
                weight if isinstance(weight, Fraction) else Fraction(to_decimal(weight))
                for weight in weights
            ]
        except ValueError as error:
            raise SpreadError("bad_weight") from error
        scale = math.lcm(*(weight.denominator for weight in exact))
        whole = [int(weight * scale) for weight in exact]
    if any(weight < 0 for weight in whole):
        raise SpreadError("negative_weight")
    return whole


def spread(total_units: int, weights: Sequence[Number]) -> list[int]:
    """Spread an amount over cells in proportion to their weights.

    :param total_units: amount in minor units, of any sign
    :param weights: one number ≥ 0 a cell (int, float, Decimal or Fraction)
    :return: one amount a cell, in the order of the weights; the sum is the amount
    :raise SpreadError: ``no_cell``, ``no_weight``, ``negative_weight``, ``bad_weight``

    >>> spread(10000000, [1, 1, 1])
    [3333334, 3333333, 3333333]
    >>> spread(120000000, [.5, .3, .2])
    [60000000, 36000000, 24000000]
    """
    total_units = int(total_units)
    whole = _whole_weights(weights)
    weight_sum = sum(whole)
    if not weight_sum:
        if not total_units:
            return [0] * len(whole)
        raise SpreadError("no_weight" if whole else "no_cell")
    size = abs(total_units)
    parts = [size * weight // weight_sum for weight in whole]
    leftover = size - sum(parts)
    if leftover:
        # sorted() is stable: the first ones win among equal remainders.
        by_remainder = sorted(
            range(len(whole)), key=lambda cell: -(size * whole[cell] % weight_sum)
        )
        for cell in by_remainder[:leftover]:
            parts[cell] += 1
    return parts if total_units >= 0 else [-part for part in parts]


def spread_even(total_units: int, count: int) -> list[int]:
    """Spread an amount evenly over ``count`` cells, e.g. the months of a budget.

    :raise SpreadError: ``no_cell`` when there is no cell for an amount that isn't 0
    """
    return spread(total_units, [1] * count)


def spread_by_days(
    total_units: int,
    months: Sequence[datetime.date],
    date_from: datetime.date,
    date_to: datetime.date,
) -> list[int]:
    """Spread an amount over months by the days of each that lie in the period.

    :param months: first days of the months
    :param date_from: first day of the period
    :param date_to: last day of the period (included)
    """
    return spread(
        total_units, [month_days(month, date_from, date_to) for month in months]
    )


def spread_top_down(
    current: Sequence[int],
    held: Sequence[bool],
    total: int,
    weights: Sequence[Number] | None = None,
) -> list[int]:
    """Give cells new amounts so that they add up to ``total``; held cells stay.

    Without weights the free cells keep their share of each other: they follow the
    size of their current amounts, or are filled evenly when all of them are 0. When
    free cells have both signs, what is *added* follows those sizes instead, so that
    no small net sum blows the parts up.

    :param current: amount of each cell
    :param held: True for the cells that must not change
    :param total: what all the cells, the held ones included, shall add up to
    :param weights: own weights, one a cell (those of held cells are ignored)
    :return: the new amount of each cell
    :raise SpreadError: ``everything_held``; ``held_exceeds`` when the free cells
        would have to go below zero although nothing is below zero now (and the
        mirror case); ``no_weight``; ``length``; ``no_cell``

    >>> spread_top_down([10, 20, 30], [False, True, False], 100)
    [20, 20, 60]
    """
    if len(held) != len(current) or (
        weights is not None and len(weights) != len(current)
    ):
        raise SpreadError("length")
    free = [cell for cell in range(len(current)) if not held[cell]]
    held_sum = sum(current[cell] for cell in range(len(current)) if held[cell])
    rest = int(total) - held_sum
    if not free:
        if not rest:
            return list(current)
        raise SpreadError("everything_held" if current else "no_cell")
    below = rest < 0 <= total and min(current) >= 0
    above = rest > 0 >= total and max(current) <= 0
    if below or above:
        raise SpreadError("held_exceeds", held=held_sum, total=int(total))
    parts = _free_parts([current[cell] for cell in free], rest, weights, free)
    result = list(current)
    for cell, part in zip(free, parts, strict=True):
        result[cell] = part
    return result


def _free_parts(
    current: list[int],
    rest: int,
    weights: Sequence[Number] | None,
    free: list[int],
) -> list[int]:
    """New amounts of the free cells, which shall add up to ``rest``."""
    if weights is not None:
        return spread(rest, [weights[cell] for cell in free])
    sizes = [abs(amount) for amount in current]
    if not any(sizes):
        return spread_even(rest, len(current))
    if min(current) < 0 < max(current):
        added = spread(rest - sum(current), sizes)
        return [old + more for old, more in zip(current, added, strict=True)]
    return spread(rest, sizes)


def monthly(amount_units: int, count: int) -> list[int]:
    """The same amount in each of ``count`` months (monthly × months)."""
    return [int(amount_units)] * count


def one_time(amount_units: int, count: int, index: int) -> list[int]:
    """The whole amount in one of ``count`` months.

    :raise SpreadError: ``out_of_range`` when there is no month ``index``
    """
    if not 0 <= index < count:
        raise SpreadError("out_of_range")
    cells = [0] * count
    cells[index] = int(amount_units)
    return cells


def quarterly(
    amount_units: int, months: Sequence[datetime.date], fiscal_month: int = 1
) -> list[int]:
    """An amount each quarter, due in the first of the given months of each.

    :param amount_units: amount of one quarter
    :param months: first days of the months, ascending
    :param fiscal_month: month (1-12) in which the fiscal year starts
    """
    cells = []
    seen = set()
    for month in months:
        quarter = (month.year * 12 + month.month - fiscal_month) // 3
        cells.append(0 if quarter in seen else int(amount_units))
        seen.add(quarter)
    return cells


def seasonal(total_units: int, reference: Sequence[int]) -> list[int]:
    """Spread an amount in the shape of other figures, e.g. last year's actuals.

    Reference months below zero (a refund, say) count as 0.

    :raise SpreadError: ``no_weight`` when no reference month is above zero
    """
    return spread(total_units, [max(int(amount), 0) for amount in reference])


def quantity_price(
    quantity: Number, unit_price: Number, decimal_places: int = 2
) -> int:
    """Quantity × unit price in minor units, rounded once, half away from zero.

    :raise ~.money.MoneyError: when something is no finite number
    """
    product = Fraction(to_decimal(quantity)) * Fraction(to_decimal(unit_price))
    return to_units(product, decimal_places)


def uplift(amounts: Sequence[int], percent: Number) -> list[int]:
    """Raise (or lower) amounts by a percentage, e.g. those of an earlier budget.

    Rounding is cumulative, so the sum is exactly the rounded sum: each amount is the
    difference of two rounded running totals, never more than a unit off.

    :param percent: 5 for +5 %, −10 for −10 %
    """
    factor = 1 + Fraction(to_decimal(percent)) / 100
    result = []
    running = before = 0
    for amount in amounts:
        running += int(amount)
        after = to_units(Fraction(running) * factor, 0)
        result.append(after - before)
        before = after
    return result
