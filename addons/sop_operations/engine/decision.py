# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""What the decision rule of an experiment, written down before, proposes for its result."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Rule:
    """Lifts in percent of the control, favourable ones positive."""

    #: From here on: scale
    scale: float
    #: From here on: iterate; below: stop
    iterate: float = 0.0
    #: Whether a lift must be more than chance
    needs_significance: bool = True


@dataclass(frozen=True)
class Result:
    """Of the best variant; ``None``: there is no such figure."""

    lift: float | None
    significant: bool = False
    #: Whether all cases that were planned are there
    complete: bool = True


@dataclass(frozen=True)
class Proposal:
    #: ``wait``, ``scale``, ``iterate`` or ``stop``
    decision: str
    #: Why, as a code
    reason: str


def propose(rule: Rule, result: Result | None) -> Proposal:
    """The first rule that fits.

    ===================  ==============================================================
    wait                 no result; no lift; or not all cases, and nothing clear yet
    scale                lift ≥ scale, and more than chance (where that is asked for)
    iterate              lift ≥ scale but maybe chance; or lift ≥ iterate
    stop                 anything less
    ===================  ==============================================================
    """
    if result is None:
        return Proposal("wait", "no_result")
    if result.lift is None:
        return Proposal("wait", "no_lift")
    proven = result.significant or not rule.needs_significance
    if not result.complete and not result.significant:
        return Proposal("wait", "incomplete")
    # 20 % is 20 %, though a float may say 19.999999999999996
    if result.lift >= rule.scale - 1e-9:
        return Proposal("scale", "reached") if proven else Proposal("iterate", "chance")
    if result.lift >= rule.iterate - 1e-9:
        return Proposal("iterate", "below")
    return Proposal("stop", "worse")
