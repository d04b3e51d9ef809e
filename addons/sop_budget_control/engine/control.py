# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""Whether what a document takes is there: arithmetic only, no database.

Amounts are ``int`` minor units, one for each month of the budget. What a document takes is
the difference it makes: what it uses less what its order or its proposal held for it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import accumulate

#: What an amount is held against: the months so far, the fiscal year, the whole budget.
BASES = ("to_date", "year", "budget")
#: From the mildest to the strictest.
ACTIONS = ("ignore", "warn", "override", "stop")


class BasisError(ValueError):
    """A basis that is none of ``BASES``."""


@dataclass(frozen=True, slots=True)
class Tolerance:
    """How far a plan may be exceeded: a share of it and an amount, added up.

    >>> Tolerance(percent=2.5, amount=100).of(10000), Tolerance(percent=10).of(-5)
    (350, 0)
    """

    percent: float = 0.0
    amount: int = 0

    def of(self, limit: int) -> int:
        # In thousandths of a percent, so that no float decides over a cent
        share = max(limit, 0) * round(self.percent * 1000) // 100_000
        return share + self.amount


#: No tolerance.
EXACT = Tolerance()


@dataclass(slots=True)
class Change:
    """What documents take of each place (a category and a month), in minor units.

    A plan is held against both; what was released to be obligated only against what is
    ordered, billed and spent: a reservation doesn't obligate, and to order it does.

    >>> change = Change()
    >>> change.add("May", 500)
    >>> change.add("May", -500, is_reserved=True)
    >>> change.net["May"], change.spent["May"]
    (0, 500)
    """

    #: Ordered, billed, spent.
    spent: Counter[Hashable] = field(default_factory=Counter)
    #: Held by approved proposals; below zero where it is used up or freed.
    reserved: Counter[Hashable] = field(default_factory=Counter)

    @property
    def net(self) -> Counter[Hashable]:
        result = Counter(self.spent)
        result.update(self.reserved)
        return result

    def add(self, place: Hashable, units: int, is_reserved: bool = False) -> None:
        (self.reserved if is_reserved else self.spent)[place] += units

    def include(self, other: Change, sign: int = 1) -> None:
        """Add up with (or take away) another change."""
        for mine, theirs in (
            (self.spent, other.spent),
            (self.reserved, other.reserved),
        ):
            for place, units in theirs.items():
                mine[place] += sign * units


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a document does to some months (positions, both included) of a plan."""

    first: int
    last: int
    limit: int
    available: int
    requested: int
    tolerance: int = 0

    @property
    def left(self) -> int:
        """What would be available afterwards."""
        return self.available - self.requested

    @property
    def shortfall(self) -> int:
        """What is missing, beyond the tolerance."""
        return max(-self.left - self.tolerance, 0)

    @property
    def excess(self) -> int:
        """The part of the shortfall that this document causes; the rest was there before."""
        return min(self.shortfall, self.requested)


def spans(
    basis: str, effect: Sequence[int], years: Sequence[int]
) -> Iterator[tuple[int, int]]:
    """The ranges of months in which a document takes something, by its basis.

    For "to_date" these are the months up to the one of the document **and** up to each later
    one: what is spent in March is gone in April too, so a document dated back can't take
    what was spent since.

    :param years: the fiscal year of each month

    >>> list(spans("to_date", [0, 5, 0], [1, 1, 1]))
    [(0, 1), (0, 2)]
    """
    if basis == "budget":
        found = [(0, len(effect) - 1)]
    elif basis == "year":
        found = []
        for year in sorted(set(years)):
            months = [place for place, of in enumerate(years) if of == year]
            found.append((months[0], months[-1]))
    elif basis == "to_date":
        found = [(0, place) for place in range(len(effect))]
    else:
        raise BasisError(f"Unknown basis: {basis!r}")
    for first, last in found:
        if sum(effect[first : last + 1]) > 0:
            yield first, last


def judge(
    basis: str,
    limits: Sequence[int],
    used: Sequence[int],
    effect: Sequence[int],
    years: Sequence[int],
    tolerance: Tolerance = EXACT,
) -> Verdict | None:
    """The verdict on the months where most is missing; else on those of the document.

    :param limits: planned (or released) in each month
    :param used: reserved, committed and actual in each month, without the document; nothing
        reserved where the limit is what was released
    :param effect: what the document takes in each month
    :return: None when it takes nothing more than was held for it
    """
    sums = [list(accumulate(row, initial=0)) for row in (limits, used, effect)]
    worst = None
    for first, last in spans(basis, effect, years):
        limit, spent, requested = (row[last + 1] - row[first] for row in sums)
        verdict = Verdict(
            first, last, limit, limit - spent, requested, tolerance.of(limit)
        )
        if worst is None or verdict.shortfall > worst.shortfall:
            worst = verdict
    return worst


# === WHAT HELPS === #


def first_fit(
    basis: str,
    limits: Sequence[int],
    used: Sequence[int],
    effect: Sequence[int],
    years: Sequence[int],
    tolerance: Tolerance = EXACT,
) -> int | None:
    """The first later month in which the whole document would fit; None: there is none."""
    requested = sum(effect)
    taken = [place for place, amount in enumerate(effect) if amount > 0]
    for place in range(max(taken, default=-1) + 1, len(effect)):
        moved = [0] * len(effect)
        moved[place] = requested
        verdict = judge(basis, limits, used, moved, years, tolerance)
        if verdict and not verdict.shortfall:
            return place
    return None


def borrow(
    limits: Sequence[int],
    used: Sequence[int],
    last: int,
    need: int,
) -> list[tuple[int, int]]:
    """Months after ``last`` that can lend what is missing: ``[(position, amount)]``.

    The nearest go first. What a month lends is missing in all later ones, so no more is
    lent than is left in each of them; an empty list when they can't lend it all.
    """
    left = [plan - spent for plan, spent in zip(limits, used, strict=True)]
    found: list[tuple[int, int]] = []
    for place in range(last + 1, len(left)):
        amount = min(limits[place], left[place], need)
        if amount > 0:
            found.append((place, amount))
            need -= amount
        if not need:
            return found
    return []


def lend(
    limits: Sequence[int],
    used: Sequence[int],
    first: int,
    last: int,
    need: int,
) -> list[tuple[int, int]]:
    """Months of a sibling, from ``last`` back to ``first``, that can give what is missing.

    A month gives no more than it plans, and the sibling no more than it has left then, in
    all later months and as a whole; an empty list when it can't give it all.
    """
    left = list(
        accumulate(plan - spent for plan, spent in zip(limits, used, strict=True))
    )
    room = min(left[last:])
    if room < need:
        return []
    found: list[tuple[int, int]] = []
    for place in range(last, first - 1, -1):
        # What is taken in a month is missing in all later ones
        given = sum(amount for _place, amount in found)
        amount = min(limits[place], min(left[place:]) - given, need - given)
        if amount > 0:
            found.append((place, amount))
        if given + max(amount, 0) == need:
            return found
    return []
