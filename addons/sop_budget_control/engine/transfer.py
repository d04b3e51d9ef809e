# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""Moving planned money between cells, so that the total stays what it was.

A cell is a leaf category in one month. Every amount is an ``int`` of minor units of the
company's currency. A move takes from its source what it gives to its target; only an
addition (new money) has no source. Moves are applied together: what one of them brings,
another of the same transfer may take.
"""

from __future__ import annotations

import datetime
from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass

#: A leaf category in one month, named by its first day.
Cell = tuple[Hashable, datetime.date]

#: Reasons a transfer can't be made, by code; ``%(…)s`` are the params of the error.
MESSAGES = {
    "amount": "The amount must be above zero.",
    "target": "There is no target.",
    "same": "Source and target are the same.",
    "plan": "Only %(units)s are planned there.",
    "room": "Only %(units)s of the category are free.",
    "month": "Only %(units)s of that month are free.",
}


class TransferError(ValueError):
    """A transfer that can't be made.

    ``code`` is a key of :data:`MESSAGES` (for translation), ``index`` the first move it is
    about, ``units`` what is there instead.
    """

    def __init__(self, code: str, index: int, units: int = 0) -> None:
        self.code = code
        self.index = index
        self.units = units
        super().__init__(MESSAGES[code] % {"units": units})


@dataclass(frozen=True)
class Move:
    """``units`` go from ``source`` (None: new money) to ``target``."""

    source: Cell | None
    target: Cell
    units: int


@dataclass(frozen=True)
class Limits:
    """How far plans may go down.

    ``rooms`` holds, by category, what is planned and neither reserved, committed nor spent;
    ``month_rooms`` the same by cell. A category or cell that isn't named has no limit.
    """

    rooms: Mapping[Hashable, int]
    month_rooms: Mapping[Cell, int]


#: Limits that forbid nothing.
NO_LIMITS = Limits({}, {})


def changes(moves: Iterable[Move]) -> dict[Cell, int]:
    """What all the moves together do to each cell; cells that stay the same are left out."""
    result: dict[Cell, int] = {}
    for move in moves:
        if move.source is not None:
            result[move.source] = result.get(move.source, 0) - move.units
        result[move.target] = result.get(move.target, 0) + move.units
    return {cell: units for cell, units in result.items() if units}


def apply_moves(
    planned: Mapping[Cell, int], moves: Sequence[Move], limits: Limits = NO_LIMITS
) -> dict[Cell, int]:
    """New amounts of the cells that change.

    :param planned: what is planned now; cells that are missing hold nothing
    :raise TransferError: when a move makes no sense, takes more than a cell holds, or more
        than the limits leave. Nothing that was below its limit before has to be above it
        after, as long as the transfer takes nothing more away from it.

    >>> jan, feb = ("A", datetime.date(2025, 1, 1)), ("B", datetime.date(2025, 1, 1))
    >>> sorted(apply_moves({jan: 100}, [Move(jan, feb, 30)]).values())
    [30, 70]
    """
    _check_moves(moves)
    net = changes(moves)
    after = {cell: planned.get(cell, 0) + units for cell, units in net.items()}
    _check_limits(planned, moves, net, limits)
    return after


def _check_moves(moves: Sequence[Move]) -> None:
    for index, move in enumerate(moves):
        if move.units <= 0:
            raise TransferError("amount", index)
        if move.target is None:
            raise TransferError("target", index)
        if move.source == move.target:
            raise TransferError("same", index)


def _check_limits(
    planned: Mapping[Cell, int],
    moves: Sequence[Move],
    net: Mapping[Cell, int],
    limits: Limits,
) -> None:
    by_category: dict[Hashable, int] = {}
    for (category, _month), units in net.items():
        by_category[category] = by_category.get(category, 0) + units
    for index, move in enumerate(moves):
        cell = move.source
        if cell is None:
            continue
        taken = -net.get(cell, 0)
        held = planned.get(cell, 0)
        if taken > 0 and taken > held:
            raise TransferError("plan", index, max(held, 0))
        room = limits.rooms.get(cell[0])
        less = -by_category.get(cell[0], 0)
        if room is not None and less > 0 and less > room:
            raise TransferError("room", index, max(room, 0))
        month_room = limits.month_rooms.get(cell)
        if month_room is not None and taken > 0 and taken > month_room:
            raise TransferError("month", index, max(month_room, 0))


# === CARRY-FORWARD ===


@dataclass(frozen=True)
class CarryRule:
    """How much of what is unspent goes to the next period.

    ``mode`` is ``none``, ``all``, ``percent`` (``percent`` of it) or ``capped`` (all of it,
    but at most ``cap`` minor units of each category).
    """

    mode: str
    percent: float = 0.0
    cap: int = 0


def carry_amount(rule: CarryRule, unspent: int, carried: int = 0) -> int:
    """What may still be carried of a category.

    :param unspent: what is free now
    :param carried: what went from it to a next period before, which counts as unspent too:
        so doing it twice carries nothing twice

    >>> half = CarryRule("percent", 50)
    >>> carry_amount(half, 1000), carry_amount(half, 500, carried=500)
    (500, 0)
    """
    whole = max(unspent, 0) + max(carried, 0)
    if rule.mode == "all":
        entitled = whole
    elif rule.mode == "percent":
        entitled = int(whole * round(rule.percent * 100)) // 10_000
    elif rule.mode == "capped":
        entitled = min(whole, max(rule.cap, 0))
    else:
        entitled = 0
    return max(min(entitled - max(carried, 0), max(unspent, 0)), 0)


def share_out(bound: Sequence[int], planned: int, available: int) -> list[int]:
    """What goes along with each of the orders and reservations that leave a category.

    :param bound: their amounts, in the order in which they get money
    :param planned: what the category plans
    :param available: what is left of that; below zero when more is used

    Each gets what it takes as long as there is money: what was spent is spent, and what stays
    behind needs its own. What gets 0 stays as well.

    >>> share_out([300, 300], planned=1000, available=400)
    [300, 300]
    >>> share_out([300, 300], planned=1000, available=-100)
    [200, 300]
    >>> share_out([300, 300], planned=1000, available=-400)
    [0, 0]
    """
    result, leaving, taken = [], 0, 0
    for units in bound:
        amount = min(units, available + leaving + units - taken, planned - taken)
        if amount > 0:
            leaving += units
            taken += amount
        result.append(max(amount, 0))
    return result


def take(
    cells: Sequence[tuple[datetime.date, int]],
    units: int,
    first: datetime.date | None = None,
) -> list[tuple[datetime.date, int]]:
    """Take an amount out of the months of a category: ``(month, units)`` each.

    The month ``first`` gives before the others, which give from the last one back; no month
    gives more than it holds. When they hold less than is asked for, all they hold is taken.

    >>> jan, feb = datetime.date(2025, 1, 1), datetime.date(2025, 2, 1)
    >>> [units for _month, units in take([(jan, 100), (feb, 30)], 50)]
    [30, 20]
    """
    order = sorted(cells, key=lambda cell: (cell[0] == first, cell[0]), reverse=True)
    result = []
    for month, held in order:
        part = min(max(held, 0), units)
        if part > 0:
            result.append((month, part))
            units -= part
    return result
