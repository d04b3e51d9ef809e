# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""The result of an experiment: every variant against the control, warnings, and a proposal.

Lifts are in percent of the control and favourable ones positive, so that "better" is the same
for a rate that is to rise and for one that is to fall.
"""

from __future__ import annotations

import math
from collections.abc import Hashable, Sequence
from dataclasses import dataclass, field, replace

from . import statistics
from .decision import Proposal, Result, Rule, propose
from .statistics import Comparison, Mean, Rate

#: Arms are compared with each other.
SPLIT = "split"
#: The change of a group is compared with the change of another one.
COMPARED = "compared"
#: A group is compared with itself, before.
BEFORE_AFTER = "before_after"

#: Below it, limits are not worked out: floats can't tell 1 − level from 1 any more.
LEAST_LEVEL = 1e-12


@dataclass(frozen=True)
class Plan:
    """What was written down before the experiment began."""

    rule: Rule
    design: str = SPLIT
    lower_is_better: bool = False
    #: Share of false alarms that is accepted
    alpha: float = 0.05
    #: Cases each arm needs, in each period where there are two; None: nobody said
    needed: int | None = None
    #: Whether cases are measurements of a KPI, each of them a mean or sum of many
    of_measurements: bool = False


@dataclass(frozen=True)
class Rates:
    """What is expected of a rate, as shares from 0 to 1."""

    control: float
    variant: float


@dataclass(frozen=True)
class Means:
    """What is expected of a mean."""

    difference: float
    #: Standard deviation between single cases
    deviation: float


@dataclass(frozen=True)
class Arm:
    key: Hashable
    #: None: no result yet
    after: Rate | Mean | None = None
    before: Rate | Mean | None = None
    is_control: bool = False
    #: Of the cases, in any unit
    share: float = 1.0

    @property
    def size(self) -> float:
        return self.after.size if self.after else 0


@dataclass(frozen=True)
class Warn:
    """Something to know before believing the result; ``values`` go into its words."""

    code: str
    values: dict = field(default_factory=dict)


@dataclass(frozen=True)
class VariantResult:
    """One variant; lifts in percent, favourable positive. ``p_value`` is adjusted (Holm).

    The limits, also those of ``comparison``, have the very level that the p-value of the
    variant had to meet, so that they agree with the verdict.
    """

    key: Hashable
    comparison: Comparison
    lift: float | None = None
    low: float | None = None
    high: float | None = None
    p_value: float | None = None
    #: More than chance, at the level that the looks so far leave
    significant: bool = False
    #: The limits hold the truth with a probability of 1 − level
    level: float = 0.05


@dataclass(frozen=True)
class Evaluation:
    variants: list[VariantResult]
    best: VariantResult | None
    proposal: Proposal
    warnings: list[Warn]
    #: p-values below it are significant
    level: float
    #: Of the cases that are needed, in the smallest arm, 0 to 1; None: nobody said how many
    progress: float | None


def evaluate(
    plan: Plan, arms: Sequence[Arm], looks: Sequence[float] = ()
) -> Evaluation:
    """Compare all arms that have a result.

    :param looks: cases of the smallest arm at each earlier look at the results
    """
    size = min((arm.size for arm in arms), default=0)
    progress = min(size / plan.needed, 1.0) if plan.needed else None
    level = _level(plan, size, looks)
    results = _compare(plan, arms, level)
    best = max(
        (result for result in results if result.lift is not None),
        # What surely does harm is no better than what may do good
        key=lambda result: (result.significant and result.lift > 0, result.lift),
        default=None,
    )
    found = None
    if results:
        complete = progress is None or progress >= 1
        found = Result(
            best.lift if best else None, bool(best and best.significant), complete
        )
    return Evaluation(
        variants=results,
        best=best,
        proposal=propose(plan.rule, found),
        warnings=_warn(plan, arms, results, looks) if results else [],
        level=level,
        progress=progress,
    )


def _level(plan: Plan, size: float, looks: Sequence[float]) -> float:
    if not plan.needed:
        return plan.alpha
    before = max((look for look in looks if look < size), default=0)
    if before >= plan.needed:
        # All of alpha is spent; what comes later repeats the test at the end
        before = max((look for look in looks if look < plan.needed), default=0)
    return statistics.level_of_look(
        plan.alpha, size / plan.needed, before / plan.needed
    )


def _compare(plan: Plan, arms: Sequence[Arm], level: float) -> list[VariantResult]:
    control = next((arm for arm in arms if arm.is_control), None)
    pairs = []
    for arm in arms:
        if arm.is_control and plan.design != BEFORE_AFTER:
            continue
        cells = _get_cells(plan, control, arm)
        if None not in cells:
            pairs.append((arm, cells))
    p_values = [_compare_cells(cells, level).p_value for _arm, cells in pairs]
    tested = [p_value for p_value in p_values if p_value is not None]
    adjusted = iter(
        zip(statistics.holm(tested), statistics.holm_levels(tested, level), strict=True)
    )
    results = []
    for (arm, cells), raw in zip(pairs, p_values, strict=True):
        p_value, own = (None, level) if raw is None else next(adjusted)
        comparison = _compare_cells(cells, own)
        lift, low, high = _favourable(plan, comparison)
        results.append(
            VariantResult(
                key=arm.key,
                comparison=comparison,
                lift=lift,
                low=low,
                high=high,
                p_value=p_value,
                significant=p_value is not None and p_value < level,
                level=own,
            )
        )
    return results


def _get_cells(plan: Plan, control: Arm | None, arm: Arm) -> list[Rate | Mean | None]:
    """What is compared; with None in it, there is nothing to compare yet."""
    if plan.design == BEFORE_AFTER:
        return [arm.before, arm.after]
    if control is None:
        return [None]
    if plan.design == COMPARED:
        return [control.before, control.after, arm.before, arm.after]
    return [control.after, arm.after]


def _compare_cells(cells: Sequence[Rate | Mean], level: float) -> Comparison:
    # So early a look has next to no level to spend, and limits beyond all use
    told = level >= LEAST_LEVEL
    alpha = level if told else LEAST_LEVEL
    if len(cells) == 4:
        comparison = statistics.compare_changes(*cells, alpha)
    elif isinstance(cells[-1], Rate):
        comparison = statistics.compare_rates(*cells, alpha)
    else:
        comparison = statistics.compare_means(*cells, alpha)
    if told:
        return comparison
    return replace(comparison, low=None, high=None, lift_low=None, lift_high=None)


def _favourable(plan: Plan, comparison: Comparison):
    """Lift and its limits in percent, favourable positive."""
    values = [
        None if value is None else value * 100
        for value in (comparison.lift, comparison.lift_low, comparison.lift_high)
    ]
    if not plan.lower_is_better:
        return tuple(values)
    lift, low, high = (None if value is None else -value for value in values)
    return lift, high, low


def size_needed(
    plan: Plan, expected: Rates | Means, power: float, variants: int = 1
) -> int | None:
    """Cases each arm needs, in each period where there are two; None where that is endless.

    :param variants: arms but for the control: each has to pass at a share of alpha, so that
        any one of them is found as often as asked for
    """
    alpha = plan.alpha / max(variants, 1)
    changes = plan.design == COMPARED
    if isinstance(expected, Means):
        size = (
            statistics.size_for_changed_means if changes else statistics.size_for_means
        )
        return size(expected.difference, expected.deviation, alpha, power)
    size = statistics.size_for_changed_rates if changes else statistics.size_for_rates
    return size(expected.control, expected.variant, alpha, power)


# === WARNINGS === #


def _warn(
    plan: Plan,
    arms: Sequence[Arm],
    results: Sequence[VariantResult],
    looks: Sequence[float],
) -> list[Warn]:
    cells = [cell for arm in arms for cell in (arm.before, arm.after) if cell]
    return [
        *_warn_of_design(plan, arms, results),
        *_warn_of_figures(plan, cells, results),
        *_warn_of_looks(plan, arms, looks),
    ]


def _warn_of_design(plan, arms, results):
    if plan.design == BEFORE_AFTER:
        yield Warn("no_comparison_group")
    if plan.design == SPLIT:
        p_value = statistics.ratio_mismatch(
            [arm.size for arm in arms], [arm.share for arm in arms]
        )
        if p_value < statistics.MISMATCH_LEVEL:
            yield Warn("mismatch", {"p_value": p_value})
    if len(results) > 1:
        yield Warn("many_variants", {"count": len(results)})
    if plan.design != SPLIT and plan.needed:
        size = min((arm.before.size for arm in arms if arm.before), default=0)
        if size < plan.needed:
            yield Warn("few_before", {"size": math.floor(size), "needed": plan.needed})


def _warn_of_figures(plan, cells, results):
    if plan.of_measurements:
        yield Warn("measurements")
    rates = [cell for cell in cells if isinstance(cell, Rate)]
    means = [cell for cell in cells if isinstance(cell, Mean)]
    if any(cell.size < 2 for cell in cells):
        yield Warn("too_small")
    if rates and statistics.has_small_cell(rates):
        yield Warn("small_cells", {"least": statistics.SMALL_CELL})
    if any(not cell.deviation for cell in means if cell.size > 1):
        yield Warn("no_spread")
    if any(result.lift is None for result in results):
        yield Warn("no_lift")


def _warn_of_looks(plan, arms, looks):
    if not plan.needed:
        yield Warn("no_plan")
        return
    size = min(arm.size for arm in arms)
    early = [look for look in {*looks, size} if look < plan.needed]
    if early:
        yield Warn(
            "peeking",
            {"looks": len(early), "size": math.floor(size), "needed": plan.needed},
        )
