# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""Releases (allotments) of an approved budget, and how fast they are used.

Amounts are ``int`` minor units. A node is a category, or None for the whole budget; what is
released to a category is released to all categories above it as well.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from odoo.addons.sop_budget.engine.measures import ratio
from odoo.addons.sop_budget.engine.spread import spread

#: Obligated and disbursed percent of the year's plan at the end of each quarter.
BENCHMARKS = {1: (20, 10), 2: (50, 35), 3: (75, 60), 4: (95, 90)}
#: Up to this share of the benchmark below it is "behind", further down "far behind".
NEAR = 0.2

#: Reasons why percentages of the quarters are no plan, by code.
MESSAGES = {
    "number": "“%(part)s” is no percentage.",
    "negative": "A quarter can't get less than nothing.",
    "sum": "The quarters get %(sum)s % in all, which is more than 100.",
}


class ReleaseError(ValueError):
    """Percentages that are no plan; ``code`` is a key of :data:`MESSAGES`."""

    def __init__(self, code: str, value: str) -> None:
        self.code = code
        self.value = value
        super().__init__(code)


def parse_percents(text: str) -> list[float]:
    """``"25, 25,25,25"`` → four numbers.

    :raise ReleaseError: for what is no number, a number below zero, a sum above 100
    """
    result = []
    for part in filter(None, (piece.strip() for piece in (text or "").split(","))):
        try:
            number = float(part.rstrip("%"))
        except ValueError as error:
            raise ReleaseError("number", part) from error
        if not 0 <= number <= 100:  # neither is what is no number at all
            raise ReleaseError("negative" if number < 0 else "sum", part)
        result.append(number)
    total = round(sum(result), 6)
    if total > 100:
        raise ReleaseError("sum", f"{total:g}")
    return result


def split_quarters(total: int, count: int, percents: Sequence[float] = ()) -> list[int]:
    """What each of ``count`` quarters gets of a plan, in equal parts without percentages.

    The percentages are those of a year and begin anew after the last of them; what they
    leave of 100 stays unreleased. Not a unit is lost: what they add up to is released.

    >>> split_quarters(1001, 4), split_quarters(1000, 4, [20, 30, 25, 20])
    ([251, 250, 250, 250], [200, 300, 250, 200])
    """
    if not count:
        return []
    whole = [round(percent * 10_000) for percent in percents]
    weights = [whole[place % len(whole)] for place in range(count)] if whole else []
    if not any(weights):
        return spread(total, [1] * count)
    released, _rest = spread(total, [sum(whole), 1_000_000 - sum(whole)])
    return spread(released, weights)


def by_node(
    releases: Iterable[tuple[Hashable | None, int]],
    parents: Mapping[Hashable, Hashable | None],
) -> dict[Hashable | None, int]:
    """What is released to each node that something at or below it was released to.

    :param releases: ``(category or None, units)`` each
    :param parents: the parent of each category; None at the top
    :return: the key None is the whole budget
    """
    result: dict[Hashable | None, int] = {}
    for node, units in releases:
        at: Hashable | None = node
        while at is not None:
            result[at] = result.get(at, 0) + units
            at = parents.get(at)
        result[None] = result.get(None, 0) + units
    return result


def limits(
    releases: Iterable[tuple[Hashable | None, int]],
    parents: Mapping[Hashable, Hashable | None],
) -> dict[Hashable | None, int]:
    """Up to where each node may be obligated, for the nodes that have a limit of their own.

    A node is held to what was released to it and below it, when something was released to
    itself; the whole budget is held as soon as there is any release to it.
    """
    rows = list(releases)
    named = {node for node, _units in rows}
    return {
        node: units for node, units in by_node(rows, parents).items() if node in named
    }


def obligated(
    releases: Iterable[tuple[Hashable, Hashable | None, int]],
    used: Mapping[Hashable | None, int],
    parents: Mapping[Hashable, Hashable | None],
) -> dict[Hashable, int]:
    """What of each release is used, in the order given; those of the lowest nodes go first.

    What a release of a category has taken is not taken once more of one above it.

    :param releases: ``(key, category or None, units)`` each
    :param used: obligated at and below each node; None is the whole budget

    >>> obligated([("W", None, 500), ("A", 1, 500)], {1: 400, None: 400}, {1: None})
    {'A': 400, 'W': 0}
    """
    left = dict(used)
    paths = {}
    rows = list(releases)
    for _key, node, _units in rows:
        path, at = [], node
        while at is not None:
            path.append(at)
            at = parents.get(at)
        paths[node] = [*path, None]
    result: dict[Hashable, int] = {}
    for key, node, units in sorted(rows, key=lambda row: -len(paths[row[1]])):
        taken = max(min(left.get(node, 0), units), 0)
        result[key] = taken
        for place in paths[node]:
            left[place] = left.get(place, 0) - taken
    return result


@dataclass(frozen=True)
class Performance:
    """Shares of the year's plan, None where nothing is planned, and the words for them."""

    obligated: float | None
    disbursed: float | None
    obligated_status: str
    disbursed_status: str


def status(share: float | None, benchmark: float) -> str:
    """``on_track``, ``behind`` (up to a fifth of the benchmark below it), ``far_behind``.

    ``none`` when there is no figure.

    >>> [status(share, 50) for share in (0.5, 0.4, 0.39, None)]
    ['on_track', 'behind', 'far_behind', 'none']
    """
    if share is None:
        return "none"
    percent = round(share * 100, 6)
    if percent >= benchmark:
        return "on_track"
    if percent >= round(benchmark * (1 - NEAR), 6):
        return "behind"
    return "far_behind"


def performance(
    quarter: int, planned: int, obligated: int, disbursed: int
) -> Performance:
    """How the amounts up to the end of a quarter (1–4) stand against the benchmarks.

    :param planned: of the whole fiscal year
    """
    obligated_share, disbursed_share = (
        ratio(obligated, planned),
        ratio(disbursed, planned),
    )
    first, second = BENCHMARKS[quarter]
    return Performance(
        obligated_share,
        disbursed_share,
        status(obligated_share, first),
        status(disbursed_share, second),
    )


#: Share of a ceiling from which one is warned, and from which hardly anything is left.
CEILING_WARNING = 90.0
CEILING_CRITICAL = 98.0


def ceiling_level(allocated: int, amount: int, warning: float = CEILING_WARNING) -> str:
    """``ok``, ``warning`` (from ``warning`` percent on), ``critical`` or ``exceeded``.

    >>> [ceiling_level(units, 1000) for units in (899, 900, 979, 980, 1000, 1001)]
    ['ok', 'warning', 'warning', 'critical', 'critical', 'exceeded']
    """
    if allocated > amount:
        return "exceeded"
    if amount > 0 and allocated * 100 >= amount * max(warning, CEILING_CRITICAL):
        return "critical"
    if amount > 0 and allocated * 100 >= amount * warning:
        return "warning"
    return "ok"
