# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""What is still to come of an order line: arithmetic only, no database."""

from collections.abc import Callable
from dataclasses import dataclass


def open_quantity(ordered: float, billed: float, *, advance: bool = False) -> float:
    """The part of an ordered quantity that no posted bill has taken over.

    Billing more than was ordered leaves nothing open, and crediting more than was billed
    never opens more than was ordered. An order for a negative quantity (goods to be given
    back) is the mirror image. An advance (down payment) is ordered with quantity 0 and
    billed first: it stays open with the opposite sign until the final bill deducts it.

    >>> open_quantity(10, 4), open_quantity(10, 12), open_quantity(10, -1)
    (6, 0.0, 10)
    >>> open_quantity(-3, -1), open_quantity(0, 1), open_quantity(0, 1, advance=True)
    (-2, 0.0, -1)
    """
    rest = ordered - billed
    if advance:
        return rest
    if ordered >= 0:
        return min(max(rest, 0.0), ordered)
    return max(min(rest, 0.0), ordered)


@dataclass(frozen=True, slots=True)
class PriceLine:
    """The cost of one unit as a straight line over its price: ``slope × price ± intercept``.

    Taxes bend a price in one way only: percentages scale it, amounts per unit shift it. So
    two evaluations of a set of taxes describe it for every price.

    >>> PriceLine(1.05, 2.0).at(100.0), PriceLine(1.05, 2.0).at(-100.0)
    (107.0, -107.0)
    """

    slope: float = 1.0
    intercept: float = 0.0

    def at(self, price: float) -> float:
        shift = -self.intercept if price < 0 else self.intercept
        return self.slope * price + shift


PLAIN = PriceLine()
PROBE = 1_000_000.0


def fit_price_line(cost_of: Callable[[float], float]) -> PriceLine:
    """Describe ``cost_of`` (price → cost of one unit) by its values at 0 and far out."""
    intercept = cost_of(0.0)
    return PriceLine((cost_of(PROBE) - intercept) / PROBE, intercept)
