# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""What of an item an operation spent for which purpose, and out of which category.

Purposes are the accounts of one analytic plan, categories those of another (or the same). As
in :mod:`.joint`, what stands in one key belongs together, and what does not say otherwise
holds of the rest in proportion. Cuts are ordered by category first, then by purpose: so all
cuts of a category make exactly the cut that :func:`.joint.joint_cuts` gives it, to the cent,
and whoever must not see a category leaves its cuts out without a remainder.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction

from odoo.addons.sop_budget.engine.distribution import shares
from odoo.addons.sop_budget.engine.money import round_half_away

from .joint import joint_entries, joint_weights

#: No account of the plan: what is left over.
NONE = 0
Pair = tuple[int, int]


@dataclass(frozen=True)
class PurposeCut:
    """From ``lo`` to ``hi`` of the operation's part: for a category and for a purpose."""

    category: int
    purpose: int
    lo: Fraction
    hi: Fraction

    def part(self, units: int) -> int:
        return round_half_away(units * self.hi) - round_half_away(units * self.lo)


def purpose_cuts(
    distribution: object,
    plans: Mapping[int, int],
    operation: int,
    plan: int,
    purpose_plan: int,
) -> list[PurposeCut]:
    """How the operation's part of an item is cut; nothing where it has none.

    :param plans: root plan of every analytic account
    :param operation: analytic account of the operation
    :param plan: root plan of categories; 0: no categories are asked for
    :param purpose_plan: root plan of purposes; 0: no purposes are asked for

    >>> cuts = purpose_cuts({"7,21": 60, "7": 40}, {7: 1, 21: 3}, 7, 0, 3)
    >>> [(cut.purpose, cut.part(1000)) for cut in cuts]
    [(21, 600), (0, 400)]
    """
    found = shares(distribution, plans)
    own = next((share for share in found if share.analytic == operation), None)
    if own is None:
        return []
    whole = own.hi - own.lo
    weights = _weights(distribution, plans, operation, plan, purpose_plan)
    totals = joint_weights(distribution, plans, operation, plan)
    purposes = sorted({purpose for _category, purpose in weights} - {NONE})
    cuts, reached = [], Fraction(0)
    for category in [*sorted(totals), NONE]:
        start = reached
        for purpose in purposes:
            weight = weights.get((category, purpose), Fraction(0))
            if weight and whole:
                lo, reached = reached, reached + weight / whole
                cuts.append(PurposeCut(category, purpose, lo, reached))
        end = Fraction(1)
        if category:
            end = start + (totals[category] / whole if whole else Fraction(0))
        cuts.append(PurposeCut(category, NONE, reached, end))
        reached = end
    return cuts


def _weights(
    distribution: object,
    plans: Mapping[int, int],
    operation: int,
    plan: int,
    purpose_plan: int,
) -> dict[Pair, Fraction]:
    """Share of the item that is the operation's, a category's and a purpose's at once."""
    own_plan = plans[operation]
    weights: dict[Pair, Fraction] = defaultdict(Fraction)
    apart: dict[Pair, Fraction] = defaultdict(Fraction)
    own: list[tuple[list[int], list[int], Fraction]] = []
    for analytics, share in joint_entries(distribution, plans):
        categories = [a for a in analytics if plan and plans[a] == plan]
        purposes = [a for a in analytics if purpose_plan and plans[a] == purpose_plan]
        if operation in analytics:
            times = 1 if categories else analytics.count(operation)
            own.append((categories, purposes, share * times))
        elif not any(plans[analytic] == own_plan for analytic in analytics):
            for pair in _pairs(categories, purposes, plan == purpose_plan):
                apart[pair] += share
    for categories, purposes, share in own:
        if (categories and purposes) or plan == purpose_plan:
            for pair in _pairs(categories, purposes, plan == purpose_plan):
                weights[pair] += share
            if not categories:
                _add(weights, apart, share)
        elif categories:
            for purpose, part in _marginal(apart, 1).items():
                for category in categories:
                    weights[category, purpose] += share * part
        elif purposes:
            shared = _marginal(apart, 0)
            shared[NONE] = 1 - sum(shared.values())
            for category, part in shared.items():
                for purpose in purposes:
                    weights[category, purpose] += share * part
        else:
            _add(weights, apart, share)
    return weights


def _pairs(categories: list[int], purposes: list[int], same: bool) -> list[Pair]:
    """In one plan a category is its purpose."""
    if same:
        return [(analytic, analytic) for analytic in categories]
    return [(c, p) for c in categories or [NONE] for p in purposes or [NONE]]


def _marginal(pairs: Mapping[Pair, Fraction], side: int) -> dict[int, Fraction]:
    result: dict[int, Fraction] = defaultdict(Fraction)
    for pair, share in pairs.items():
        if pair[side]:
            result[pair[side]] += share
    return result


def _add(
    weights: dict[Pair, Fraction], apart: Mapping[Pair, Fraction], share: Fraction
) -> None:
    """What names neither takes both from the entries that name no operation."""
    alone = {p: part for (c, p), part in apart.items() if p and not c}
    rest = 1 - sum(_marginal(apart, 0).values(), Fraction(0))
    for (category, purpose), part in apart.items():
        if category and purpose:
            weights[category, purpose] += share * part
        elif category:
            for other, also in alone.items():
                weights[category, other] += share * part * also
    for purpose, part in alone.items():
        weights[NONE, purpose] += share * rest * part
