# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""What results cost: money for each unit of an indicator, compared and judged.

Money is in units of one currency. ``None`` says that there is no figure, which isn't 0: what
was never measured has no cost, and what cost nothing is not infinitely efficient.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable
from dataclasses import dataclass


def cost_per_unit(money: float | None, units: float | None) -> float | None:
    """Money for each unit; None without money or without units."""
    if money is None or units is None or money <= 0 or units <= 0:
        return None
    return money / units


def less_than(cost: float | None, other: float | None) -> float | None:
    """By how many percent ``cost`` is below ``other``; negative when it is above."""
    if cost is None or other is None or other <= 0:
        return None
    return (other - cost) * 100 / other


def points_per_thousand(attainment: float | None, money: float | None) -> float | None:
    """Percentage points of the target reached for each 1,000 spent."""
    if attainment is None or money is None or money <= 0:
        return None
    return attainment * 1000 / money


def percent_of(part: float | None, whole: float | None) -> float | None:
    """100 × part ÷ whole; None without either."""
    if part is None or whole is None or whole <= 0:
        return None
    return part * 100 / whole


def divide(
    total: float,
    weights: dict[Hashable, float],
    round_money: Callable[[float], float],
) -> dict[Hashable, float]:
    """Money by weight, in equal parts where all weights are 0; the parts add up to the total.

    Money of an operation is counted once: each of its indicators carries a part. By cumulative
    rounding, so that no cent is lost or won.
    """
    whole = sum(weights.values())
    if whole <= 0:
        weights, whole = dict.fromkeys(weights, 1.0), len(weights)
    parts, reached, before = {}, 0.0, 0.0
    for key, weight in weights.items():
        reached += weight
        after = round_money(total * min(reached / whole, 1.0))
        parts[key], before = round_money(after - before), after
    return parts


@dataclass
class Place:
    """Where a result stands among those that are counted in the same unit."""

    best: bool = False
    #: Who is compared: the best one, or for the best itself the next one
    rival: Hashable | None = None
    #: Percent below the rival; negative when above
    less: float | None = None
    rank: int | None = None


def rank(
    costs: Iterable[tuple[Hashable, Hashable, float | None]],
) -> dict[Hashable, Place]:
    """Places by cost, within groups; lowest first.

    :param costs: ``(key, group, cost)``; no cost, no place. Who has no rival in the group is
        not called best.
    """
    groups: dict[Hashable, list[tuple[float, Hashable]]] = {}
    places: dict[Hashable, Place] = {}
    for key, group, cost in costs:
        places[key] = Place()
        if cost is not None:
            groups.setdefault(group, []).append((cost, key))
    for group in groups.values():
        # Only by cost: equals keep their order
        members = sorted(group, key=lambda member: member[0])
        lowest = members[0][0]
        for cost, key in members:
            place = places[key]
            place.rank = 1 + sum(other < cost for other, _key in members)
            if len(members) > 1:
                place.best = cost == lowest
                rival = members[0] if key != members[0][1] else members[1]
                place.rival, place.less = rival[1], less_than(cost, rival[0])
    return places


# === CONTRADICTIONS === #

#: An operation that uses its money up to here has used all of it, in percent.
FULL_SPENDING = 90.0


@dataclass(frozen=True)
class OperationFacts:
    """What is known of a running or completed operation."""

    health: str | None
    allocated: float = 0.0
    #: None: nobody can tell what was spent
    spent: float | None = None
    kpis: int = 0


def contradictions(facts: OperationFacts) -> list[str]:
    """Codes of what doesn't go together.

    * ``green_unspent``: on track though none of its money is used
    * ``red_spent``: off track though (nearly) all of its money is used
    * ``no_kpi``: nobody will know whether it worked
    """
    found = []
    if facts.allocated > 0 and facts.spent is not None:
        if facts.health == "on_track" and facts.spent <= 0:
            found.append("green_unspent")
        used = percent_of(facts.spent, facts.allocated)
        if facts.health == "off_track" and used >= FULL_SPENDING:
            found.append("red_spent")
    if not facts.kpis:
        found.append("no_kpi")
    return found
