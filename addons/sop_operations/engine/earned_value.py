# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""Earned value: what was to be done by now, what is done, and what that cost.

Amounts in any one currency, shares from 0 to 1. ``None`` says that there is no figure: no
budget, no milestones, no spending that is known, or a division by nothing.

Source: Project Management Institute, The Standard for Earned Value Management (2019).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True)
class Step:
    """A milestone; all of them weigh the same."""

    due: date
    #: Share that is done
    done: float


def scheduled(steps: Sequence[Step], today: date) -> float | None:
    """Share of the milestones that are due by now; None without any."""
    if not steps:
        return None
    return sum(step.due <= today for step in steps) / len(steps)


def done(steps: Sequence[Step]) -> float | None:
    """Mean share that is done; None without milestones."""
    if not steps:
        return None
    return math.fsum(min(max(step.done, 0.0), 1.0) for step in steps) / len(steps)


def _ratio(part: float | None, whole: float | None) -> float | None:
    return part / whole if part is not None and whole else None


def _less(one: float | None, other: float | None) -> float | None:
    return one - other if one is not None and other is not None else None


@dataclass(frozen=True)
class EarnedValue:
    """BAC, PV, EV and AC, and what follows from them."""

    #: Budget at completion
    budget: float | None
    #: Planned value: of the budget, what was to be done by now
    planned: float | None
    #: Earned value: of the budget, what is done
    earned: float | None
    #: Actual cost
    cost: float | None

    @property
    def schedule_variance(self) -> float | None:
        """SV = EV − PV"""
        return _less(self.earned, self.planned)

    @property
    def cost_variance(self) -> float | None:
        """CV = EV − AC"""
        return _less(self.earned, self.cost)

    @property
    def schedule_index(self) -> float | None:
        """SPI = EV ÷ PV; below 1 is late"""
        return _ratio(self.earned, self.planned)

    @property
    def cost_index(self) -> float | None:
        """CPI = EV ÷ AC; below 1 costs more than planned"""
        return _ratio(self.earned, self.cost)

    @property
    def estimate(self) -> float | None:
        """EAC = BAC ÷ CPI: the cost at the end, if it goes on like this"""
        return _ratio(self.budget, self.cost_index)

    @property
    def estimate_to_go(self) -> float | None:
        """ETC = EAC − AC"""
        return _less(self.estimate, self.cost)

    @property
    def variance_at_end(self) -> float | None:
        """VAC = BAC − EAC"""
        return _less(self.budget, self.estimate)

    @property
    def needed_index(self) -> float | None:
        """TCPI = (BAC − EV) ÷ (BAC − AC): how the rest must do to end on the budget"""
        left = _less(self.budget, self.cost)
        if left is None or left <= 0:
            return None
        return _ratio(_less(self.budget, self.earned), left)


def work_out(
    budget: float | None, steps: Sequence[Step], cost: float | None, today: date
) -> EarnedValue:
    """
    >>> steps = [Step(date(2025, 4, 1), 1.0), Step(date(2025, 5, 1), 0.5)]
    >>> found = work_out(1000, steps, 900, date(2025, 4, 15))
    >>> found.planned, found.earned, found.schedule_index, found.estimate
    (500.0, 750.0, 1.5, 1200.0)
    """
    due, ready = scheduled(steps, today), done(steps)
    known = bool(budget) and due is not None
    return EarnedValue(
        budget=budget or None,
        planned=budget * due if known else None,
        earned=budget * ready if known else None,
        cost=cost,
    )
