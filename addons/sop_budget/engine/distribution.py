# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""How a journal item is divided over analytic accounts.

An analytic distribution maps keys such as ``"7,15"`` (one analytic account of each of two
plans) to a percentage. Within each plan the item is cut by cumulative rounding, in the
order of the accounts' ids::

    part_i = round(units × hi_i) − round(units × lo_i)

so that 100 % is the item to the cent whatever its shares are, and every part is whole
minor units: sums of parts are exact at every grain. What a plan's shares leave over (or
overdraw) is the remainder; it is never stored but always taken by subtraction.

``models/ledger_sql.py`` says the same in SQL; the tests compare the two.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

from .money import round_half_away, to_decimal

#: A percentage beyond this is a slip, not a share; such an entry does not count.
MAX_PERCENT = 1_000_000
#: Decimals of a percentage; what a float has beyond them is noise.
PERCENT_DIGITS = 12


@dataclass(frozen=True)
class Share:
    """The cut from ``lo`` to ``hi`` (fractions of the item) that an account gets."""

    plan: int
    analytic: int
    lo: Fraction
    hi: Fraction

    def part(self, units: int) -> int:
        return round_half_away(units * self.hi) - round_half_away(units * self.lo)


def shares(distribution: object, plans: Mapping[int, int]) -> list[Share]:
    """The cuts of a distribution, by plan and account.

    :param distribution: a JSON value; what isn't an object with numbers does not count
    :param plans: root plan of every analytic account that exists; others do not count
    """
    percents: dict[tuple[int, int], Fraction] = {}
    names = {str(analytic): analytic for analytic in plans}
    for entry, percent in parse_entries(distribution):
        # An account that is named twice counts twice
        for name in entry:
            if name in names:
                place = plans[names[name]], names[name]
                percents[place] = percents.get(place, Fraction(0)) + percent
    result: list[Share] = []
    reached: dict[int, Fraction] = {}
    for (plan, analytic), percent in sorted(percents.items()):
        lo = reached.get(plan, Fraction(0))
        reached[plan] = lo + percent / 100
        result.append(Share(plan, analytic, lo, reached[plan]))
    return result


def parse_entries(distribution: object) -> Iterator[tuple[list[str], Fraction]]:
    """The names of each entry of a distribution, and its percentage; what is none is skipped."""
    items = distribution.items() if isinstance(distribution, Mapping) else ()
    for key, value in items:
        percent = _percent(value)
        if percent is not None:
            yield key.split(","), percent


def split(units: int, distribution: object, plans: Mapping[int, int]) -> dict[int, int]:
    """Minor units of an item that go to each analytic account.

    >>> split(10000, {"7": 33.33, "8": 33.33, "9": 33.34}, {7: 1, 8: 1, 9: 1})
    {7: 3333, 8: 3333, 9: 3334}
    >>> split(100, {"7,15": 100}, {7: 1, 15: 2})
    {7: 100, 15: 100}
    """
    return {share.analytic: share.part(units) for share in shares(distribution, plans)}


def remainder(
    units: int, distribution: object, plans: Mapping[int, int], plan: int
) -> int:
    """Minor units that no account of ``plan`` gets (negative beyond 100 %)."""
    cuts = shares(distribution, plans)
    return units - sum(share.part(units) for share in cuts if share.plan == plan)


def _percent(value: object) -> Fraction | None:
    if isinstance(value, bool) or not isinstance(value, int | float | Decimal):
        return None
    scaled = round_half_away(to_decimal(value).scaleb(PERCENT_DIGITS))
    percent = Fraction(scaled, 10**PERCENT_DIGITS)
    return percent if abs(percent) <= MAX_PERCENT else None
