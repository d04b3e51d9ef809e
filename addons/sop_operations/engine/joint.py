# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""What of an item belongs to an operation *and* to a category.

A journal item's distribution says how much each analytic account gets. Two accounts of
different plans in one key (``"7,15"``) share that entry. Where they stand in separate keys
(``{"7": 100, "15": 40}``), the item does not say which part of one is part of the other;
then the entry without the second plan is taken to hold of its accounts what the entries
without the first plan say: all of the item for 7 and 40 % for 15 is 40 % for both, exactly;
50 % and 40 % are taken as 20 %.

The operation's part of an item is cut as the ledger cube cuts it, so that sums agree to the
cent, and that part is cut again for the categories by cumulative rounding. What they leave
over is no category's.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction

from odoo.addons.sop_budget.engine.distribution import Share, parse_entries, shares
from odoo.addons.sop_budget.engine.money import round_half_away


@dataclass(frozen=True)
class JointCut:
    """From ``lo`` to ``hi`` of the operation's part go to an analytic account; 0: the rest."""

    analytic: int
    lo: Fraction
    hi: Fraction

    def part(self, units: int) -> int:
        return round_half_away(units * self.hi) - round_half_away(units * self.lo)


def joint_cuts(
    distribution: object, plans: Mapping[int, int], operation: int, plan: int
) -> tuple[Share | None, list[JointCut]]:
    """What of an item is the operation's, and how that part is cut for the accounts of ``plan``.

    It depends on the distribution alone: however many items have it, they are cut alike.

    :param plans: root plan of every analytic account
    :param operation: analytic account of the operation
    """
    found = shares(distribution, plans)
    own = next((share for share in found if share.analytic == operation), None)
    if own is None:
        return None, []
    weights = joint_weights(distribution, plans, operation, plan)
    whole = own.hi - own.lo
    cuts, reached = [], Fraction(0)
    for analytic in sorted(weights):
        lo = reached
        reached += weights[analytic] / whole if whole else Fraction(0)
        cuts.append(JointCut(analytic, lo, reached))
    return own, [*cuts, JointCut(0, reached, Fraction(1))]


def joint_parts(
    units: int,
    distribution: object,
    plans: Mapping[int, int],
    operation: int,
    plan: int,
) -> dict[int, int]:
    """Minor units of the operation's part by analytic account of ``plan``; 0 is the rest.

    ``models/sop_ledger_spending.py`` says the same in SQL; the tests compare the two.

    >>> joint_parts(1000, {"7,15": 60, "7": 40}, {7: 1, 15: 2}, 7, 2)
    {15: 600, 0: 400}
    >>> joint_parts(1000, {"7": 100, "15": 40}, {7: 1, 15: 2}, 7, 2)
    {15: 400, 0: 600}
    """
    own, cuts = joint_cuts(distribution, plans, operation, plan)
    total = own.part(units) if own else 0
    parts = {cut.analytic: cut.part(total) for cut in cuts}
    return {analytic: part for analytic, part in parts.items() if part}


def joint_weights(
    distribution: object, plans: Mapping[int, int], operation: int, plan: int
) -> dict[int, Fraction]:
    """Share of the item that belongs to the operation and to each account of ``plan``."""
    together: dict[int, Fraction] = {}
    apart: dict[int, Fraction] = {}
    alone = Fraction(0)
    own_plan = plans[operation]
    for analytics, share in joint_entries(distribution, plans):
        others = [analytic for analytic in analytics if plans[analytic] == plan]
        if operation in analytics:
            times = analytics.count(operation)
            for other in others:
                together[other] = together.get(other, Fraction(0)) + share
            if not others:
                alone += share * times
        elif not any(plans[analytic] == own_plan for analytic in analytics):
            for other in others:
                apart[other] = apart.get(other, Fraction(0)) + share
    for other, share in apart.items():
        together[other] = together.get(other, Fraction(0)) + alone * share
    return together


def joint_entries(
    distribution: object, plans: Mapping[int, int]
) -> Iterator[tuple[list[int], Fraction]]:
    for names, percent in parse_entries(distribution):
        analytics = [
            int(name) for name in names if name.isdigit() and int(name) in plans
        ]
        if analytics:
            yield analytics, percent / 100
