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
from fractions import Fraction

from odoo.addons.sop_budget.engine.distribution import parse_entries, shares
from odoo.addons.sop_budget.engine.money import round_half_away


def joint_parts(
    units: int,
    distribution: object,
    plans: Mapping[int, int],
    operation: int,
    plan: int,
) -> dict[int, int]:
    """Minor units of the operation's part by analytic account of ``plan``; 0 is the rest.

    :param plans: root plan of every analytic account
    :param operation: analytic account of the operation

    >>> joint_parts(1000, {"7,15": 60, "7": 40}, {7: 1, 15: 2}, 7, 2)
    {15: 600, 0: 400}
    >>> joint_parts(1000, {"7": 100, "15": 40}, {7: 1, 15: 2}, 7, 2)
    {15: 400, 0: 600}
    """
    cuts = shares(distribution, plans)
    own = next((cut for cut in cuts if cut.analytic == operation), None)
    if own is None:
        return {}
    total = own.part(units)
    weights = _joint_weights(distribution, plans, operation, plan)
    whole = own.hi - own.lo
    result, reached, given = {}, Fraction(0), 0
    for analytic in sorted(weights):
        reached += weights[analytic] / whole if whole else Fraction(0)
        upto = round_half_away(total * reached)
        result[analytic] = upto - given
        given = upto
    result[0] = total - given
    return {analytic: part for analytic, part in result.items() if part}


def _joint_weights(
    distribution: object, plans: Mapping[int, int], operation: int, plan: int
) -> dict[int, Fraction]:
    """Share of the item that belongs to the operation and to each account of ``plan``."""
    together: dict[int, Fraction] = {}
    apart: dict[int, Fraction] = {}
    alone = Fraction(0)
    own_plan = plans[operation]
    for analytics, share in _entries(distribution, plans):
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


def _entries(
    distribution: object, plans: Mapping[int, int]
) -> Iterator[tuple[list[int], Fraction]]:
    for names, percent in parse_entries(distribution):
        analytics = [
            int(name) for name in names if name.isdigit() and int(name) in plans
        ]
        if analytics:
            yield analytics, percent / 100
