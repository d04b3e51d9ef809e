# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""Comparing the arms of an experiment: effect, confidence interval, p-value, size needed.

An arm holds either counts (``successes`` of ``size``) or a ``mean`` and the sample's standard
``deviation``. Rates are shares from 0 to 1. Differences are variant − control; a lift is the
difference in shares of the control (0.1 is 10 % more). ``None`` says that there is no figure.

Sources:

* Newcombe: "Interval estimation for the difference between independent proportions",
  Statistics in Medicine 17 (1998), method 10 (hybrid score, no continuity correction)
* Donner & Zou: "Closed-form confidence intervals for functions of the normal mean and
  standard deviation", Statistical Methods in Medical Research 21 (2012), ratio (MOVER-R)
* Welch: Biometrika 34 (1947); Fieller: Journal of the Royal Statistical Society B 16 (1954)
* Fleiss, Levin & Paik: Statistical Methods for Rates and Proportions (2003), 4.3, sizes
* Lan & DeMets: Biometrika 70 (1983), spending of alpha; Holm: Scand. J. Statistics 6 (1979)
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from .probability import (
    chi_square_above,
    normal_quantile,
    normal_two_sided,
    t_quantile,
    t_two_sided,
)

#: Fewer expected cases than this in a cell, and the normal approximation is rough (Cochran).
SMALL_CELL = 5
#: An unequal split as rare as this is a fault of the set-up, not chance.
MISMATCH_LEVEL = 0.001
#: Beyond this, a size needed says no more than "too many".
MOST_NEEDED = 10**12


class StatisticsError(ValueError):
    """Figures that no experiment can have; ``code`` says which rule they break."""

    def __init__(self, code: str):
        super().__init__(code)
        self.code = code


@dataclass(frozen=True)
class Rate:
    """``successes`` of ``size`` cases."""

    successes: float
    size: float

    def __post_init__(self):
        if not self.size >= 1:
            raise StatisticsError("size")
        if not 0 <= self.successes <= self.size:
            raise StatisticsError("successes")

    @property
    def value(self) -> float:
        return self.successes / self.size

    @property
    def variance(self) -> float:
        """Of the estimate."""
        return self.value * (1 - self.value) / self.size


@dataclass(frozen=True)
class Mean:
    """Mean of ``size`` cases; ``deviation`` is the standard deviation of the sample (n − 1)."""

    mean: float
    deviation: float
    size: float

    def __post_init__(self):
        if not (math.isfinite(self.mean) and math.isfinite(self.deviation)):
            raise StatisticsError("mean")
        if not self.size >= 1:
            raise StatisticsError("size")
        if self.deviation < 0:
            raise StatisticsError("deviation")

    @property
    def value(self) -> float:
        return self.mean

    @property
    def variance(self) -> float:
        """Of the estimate."""
        return self.deviation * self.deviation / self.size


@dataclass(frozen=True)
class Comparison:
    """A variant against the control, at the confidence asked for."""

    difference: float
    low: float | None = None
    high: float | None = None
    p_value: float | None = None
    lift: float | None = None
    lift_low: float | None = None
    lift_high: float | None = None
    #: z or t
    statistic: float | None = None
    #: degrees of freedom of a t
    df: float | None = None


# === RATES === #


def wilson(rate: Rate, alpha: float = 0.05) -> tuple[float, float]:
    """Wilson's score interval of a rate, without continuity correction."""
    n, p = rate.size, rate.value
    square = normal_quantile(1 - alpha / 2) ** 2
    middle = 2 * n * p + square
    spread = math.sqrt(square * (square + 4 * n * p * (1 - p)))
    below = 2 * (n + square)
    # At the ends the formula gives them exactly, floats nearly
    low = 0.0 if rate.successes == 0 else (middle - spread) / below
    high = 1.0 if rate.successes == rate.size else (middle + spread) / below
    return max(low, 0.0), min(high, 1.0)


def compare_rates(control: Rate, variant: Rate, alpha: float = 0.05) -> Comparison:
    """Difference with Newcombe's hybrid score interval, p-value of the pooled z test."""
    p1, p2 = variant.value, control.value
    (l1, u1), (l2, u2) = wilson(variant, alpha), wilson(control, alpha)
    difference = p1 - p2
    pooled = (variant.successes + control.successes) / (variant.size + control.size)
    error = math.sqrt(pooled * (1 - pooled) * (1 / variant.size + 1 / control.size))
    z = difference / error if error else 0.0
    lift_low, lift_high = _ratio_limits(p1, l1, u1, p2, l2, u2)
    return Comparison(
        difference=difference,
        low=difference - math.hypot(p1 - l1, u2 - p2),
        high=difference + math.hypot(u1 - p1, p2 - l2),
        p_value=normal_two_sided(z),
        lift=difference / p2 if p2 else None,
        lift_low=lift_low,
        lift_high=lift_high,
        statistic=z,
    )


def _ratio_limits(p1, l1, u1, p2, l2, u2) -> tuple[float | None, float | None]:
    """Limits of p1 ÷ p2 − 1 (MOVER-R); exclude 0 exactly where those of p1 − p2 do."""
    if not p2:
        return None, None
    product = p1 * p2
    below = u2 * (2 * p2 - u2)
    root = product**2 - l1 * u2 * (2 * p1 - l1) * (2 * p2 - u2)
    low = (product - math.sqrt(max(root, 0.0))) / below - 1 if below > 0 else None
    above = l2 * (2 * p2 - l2)
    root = product**2 - u1 * l2 * (2 * p1 - u1) * (2 * p2 - l2)
    high = (product + math.sqrt(max(root, 0.0))) / above - 1 if above > 0 else None
    return low, high


# === MEANS === #


def compare_means(control: Mean, variant: Mean, alpha: float = 0.05) -> Comparison:
    """Welch's t test: variances need not be equal.

    Without any spread, or with fewer than two cases in an arm, there is no test.
    """
    difference = variant.mean - control.mean
    lift = difference / abs(control.mean) if control.mean else None
    v1, v2 = variant.variance, control.variance
    if min(variant.size, control.size) < 2 or v1 + v2 <= 0:
        return Comparison(difference=difference, lift=lift)
    df = _degrees([(v1, variant.size), (v2, control.size)])
    error = math.sqrt(v1 + v2)
    quantile = t_quantile(1 - alpha / 2, df)
    lift_low, lift_high = _fieller(variant.mean, v1, control.mean, v2, quantile)
    return Comparison(
        difference=difference,
        low=difference - quantile * error,
        high=difference + quantile * error,
        p_value=t_two_sided(difference / error, df),
        lift=lift,
        lift_low=lift_low,
        lift_high=lift_high,
        statistic=difference / error,
        df=df,
    )


def _degrees(parts: Sequence[tuple[float, float]]) -> float:
    """Degrees of freedom by Satterthwaite, of ``(variance of the estimate, size)``."""
    # In shares of the greatest, so that squares of tiny variances are not lost
    greatest = max(v for v, _n in parts)
    shares = [(v / greatest, n) for v, n in parts]
    total = sum(v for v, _n in shares)
    return total * total / sum(v * v / (n - 1) for v, n in shares)


def _fieller(m1, v1, m2, v2, quantile) -> tuple[float | None, float | None]:
    """Limits of (m1 − m2) ÷ |m2|; exclude 0 exactly where the t test is significant.

    None where the control itself may be 0: then its ratio has no limits.
    """
    square = quantile * quantile
    a = m2 * m2 - square * v2
    if a <= 0:
        return None, None
    root = math.sqrt(max((m1 * m2) ** 2 - a * (m1 * m1 - square * v1), 0.0))
    low, high = (m1 * m2 - root) / a - 1, (m1 * m2 + root) / a - 1
    return (low, high) if m2 > 0 else (-high, -low)


def describe(values: Iterable[float]) -> Mean | None:
    """Mean and deviation of single observations; None without any."""
    values = list(values)
    if not values:
        return None
    size = len(values)
    mean = math.fsum(values) / size
    squares = math.fsum((value - mean) ** 2 for value in values)
    return Mean(mean, math.sqrt(squares / (size - 1)) if size > 1 else 0.0, size)


# === BEFORE AND AFTER === #


def compare_changes(
    control_before: Rate | Mean,
    control_after: Rate | Mean,
    before: Rate | Mean,
    after: Rate | Mean,
    alpha: float = 0.05,
) -> Comparison:
    """Difference in differences: change of the group less that of the comparison group.

    Standard errors add up as those of four independent samples (unpooled); rates by z, means
    by t with Satterthwaite's degrees. The lift is in shares of what the group would have had
    with the change of the comparison group; its limits take that as known.
    """
    cells = (after, before, control_after, control_before)
    drift = control_after.value - control_before.value
    expected = before.value + drift
    difference = after.value - expected
    lift = difference / abs(expected) if expected else None
    variance = math.fsum(cell.variance for cell in cells)
    means = isinstance(after, Mean)
    if variance <= 0 or (means and min(cell.size for cell in cells) < 2):
        return Comparison(difference=difference, lift=lift)
    error = math.sqrt(variance)
    df = _degrees([(cell.variance, cell.size) for cell in cells]) if means else None
    quantile = t_quantile(1 - alpha / 2, df) if df else normal_quantile(1 - alpha / 2)
    low, high = difference - quantile * error, difference + quantile * error
    statistic = difference / error
    return Comparison(
        difference=difference,
        low=low,
        high=high,
        p_value=t_two_sided(statistic, df) if df else normal_two_sided(statistic),
        lift=lift,
        lift_low=low / abs(expected) if expected else None,
        lift_high=high / abs(expected) if expected else None,
        statistic=statistic,
        df=df,
    )


# === HOW MANY === #


def size_for_rates(
    control: float, variant: float, alpha: float = 0.05, power: float = 0.8
) -> int | None:
    """Cases an arm needs to tell two rates apart, two-sided, without continuity correction.

    n = (z₁₋α/₂ √(2p̄q̄) + z_power √(p₁q₁ + p₂q₂))² ÷ (p₁ − p₂)²; None where that is endless.
    """
    if not (0 <= control <= 1 and 0 <= variant <= 1):
        raise StatisticsError("rate")
    mean = (control + variant) / 2
    spread = control * (1 - control) + variant * (1 - variant)
    root = normal_quantile(1 - alpha / 2) * math.sqrt(2 * mean * (1 - mean))
    root += normal_quantile(power) * math.sqrt(spread)
    return _whole(root, variant - control)


def size_for_means(
    difference: float, deviation: float, alpha: float = 0.05, power: float = 0.8
) -> int | None:
    """Cases an arm needs to find a difference of means, at equal deviations, two-sided.

    n = 2 s² (z₁₋α/₂ + z_power)² ÷ d²; None where that is endless.
    """
    if deviation < 0:
        raise StatisticsError("deviation")
    root = normal_quantile(1 - alpha / 2) + normal_quantile(power)
    return _whole(math.sqrt(2) * deviation * root, difference)


def size_for_changed_rates(
    control: float, variant: float, alpha: float = 0.05, power: float = 0.8
) -> int | None:
    """Cases in each of four cells to find that a rate changed more than another one did.

    The comparison group stays at ``control``, the group goes from there to ``variant``. As
    ``compare_changes`` tests it: n = (z₁₋α/₂ + z_power)² (3 p₁q₁ + p₂q₂) ÷ (p₁ − p₂)², about
    twice the cases of two groups at the same time.
    """
    if not (0 <= control <= 1 and 0 <= variant <= 1):
        raise StatisticsError("rate")
    spread = 3 * control * (1 - control) + variant * (1 - variant)
    root = normal_quantile(1 - alpha / 2) + normal_quantile(power)
    return _whole(math.sqrt(spread) * root, variant - control)


def size_for_changed_means(
    difference: float, deviation: float, alpha: float = 0.05, power: float = 0.8
) -> int | None:
    """Cases in each of four cells to find that a mean changed more than another one did.

    n = 4 s² (z₁₋α/₂ + z_power)² ÷ d²: variances of four means add up, not of two.
    """
    return size_for_means(difference, math.sqrt(2) * deviation, alpha, power)


def _whole(root: float, difference: float) -> int | None:
    if not difference or abs(root / difference) ** 2 > MOST_NEEDED:
        return None
    # 3841.0000000000001 is 3841: what a float adds is no further case
    return max(2, math.ceil((root / difference) ** 2 - 1e-9))


def days_left(needed: int, size: float, days: int) -> int | None:
    """Days until ``needed`` cases at the pace so far; None before there is a pace.

    :param size: cases of the smallest arm
    :param days: days gone by, the first one included
    """
    if size >= needed:
        return 0
    if size <= 0 or days <= 0:
        return None
    return math.ceil((needed - size) * days / size)


# === GUARDS === #


def holm(p_values: Sequence[float]) -> list[float]:
    """p-values of several comparisons, adjusted by Holm's step-down method."""
    order = sorted(range(len(p_values)), key=p_values.__getitem__)
    adjusted, largest = [0.0] * len(p_values), 0.0
    for rank, index in enumerate(order):
        largest = max(largest, min(1.0, (len(p_values) - rank) * p_values[index]))
        adjusted[index] = largest
    return adjusted


def holm_levels(p_values: Sequence[float], alpha: float) -> list[float]:
    """The level at which Holm's method tests each p-value; it stops at the first that fails.

    An interval of 1 − level excludes "no effect" exactly where the adjusted p-value is below
    alpha, if interval and p-value are of the same test.
    """
    order = sorted(range(len(p_values)), key=p_values.__getitem__)
    levels, left, passed = [0.0] * len(p_values), len(p_values), True
    for index in order:
        levels[index] = alpha / left
        passed = passed and p_values[index] < levels[index]
        left -= passed
    return levels


def ratio_mismatch(sizes: Sequence[float], shares: Sequence[float]) -> float:
    """p-value of the chi-square test that sizes follow the planned shares."""
    total, whole = math.fsum(sizes), math.fsum(shares)
    if len(sizes) < 2 or total <= 0:
        return 1.0
    expected = [total * share / whole for share in shares]
    value = math.fsum(
        (size - wanted) ** 2 / wanted
        for size, wanted in zip(sizes, expected, strict=True)
    )
    return chi_square_above(value, len(sizes) - 1)


def has_small_cell(rates: Sequence[Rate]) -> bool:
    """Whether fewer than five cases or non-cases are expected in a cell, if all were equal."""
    total = math.fsum(rate.size for rate in rates)
    pooled = math.fsum(rate.successes for rate in rates) / total
    return any(
        rate.size * min(pooled, 1 - pooled) < SMALL_CELL - 1e-9 for rate in rates
    )


def spent_alpha(alpha: float, share: float) -> float:
    """Level used up when ``share`` of the planned cases is there (Lan-DeMets, O'Brien-Fleming).

    2 − 2Φ(z₁₋α/₂ ÷ √share): next to nothing at first, all of it at the end.
    """
    if share <= 0:
        return 0.0
    z = normal_quantile(1 - alpha / 2) / math.sqrt(min(share, 1.0))
    return normal_two_sided(z)


def level_of_look(alpha: float, share: float, share_before: float = 0.0) -> float:
    """p below which this look is significant, though there were looks before.

    What is spent between the last look and this one. The levels of all looks add up to alpha,
    so that together they err no more often than one test would (Bonferroni's inequality).
    """
    return max(0.0, spent_alpha(alpha, share) - spent_alpha(alpha, share_before))
