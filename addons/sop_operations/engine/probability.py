# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""Distributions that tests of experiments need: normal, Student's t, chi-square.

Plain Python, exact to about twelve digits in the range of experiments; the tests compare with
an independent library.
"""

from __future__ import annotations

import math
from statistics import NormalDist

_NORMAL = NormalDist()
_TINY = 1e-300
_PRECISION = 1e-15
_MOST_STEPS = 10_000


def normal_quantile(probability: float) -> float:
    """z below which ``probability`` (0 to 1, both excluded) of a standard normal lies."""
    return _NORMAL.inv_cdf(probability)


def normal_two_sided(z: float) -> float:
    """P(|Z| ≥ |z|); by the complementary error function, so small values stay exact."""
    return math.erfc(abs(z) / math.sqrt(2))


def _beta_fraction(a: float, b: float, x: float) -> float:
    """Continued fraction of the incomplete beta function (DLMF 8.17.22), by Lentz's method."""
    c, d = 1.0, 1.0 - (a + b) * x / (a + 1)
    d = 1.0 / (d if abs(d) > _TINY else _TINY)
    result = d
    for m in range(1, _MOST_STEPS):
        for step in (
            m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m)),
            -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1)),
        ):
            d = 1.0 + step * d
            d = 1.0 / (d if abs(d) > _TINY else _TINY)
            c = 1.0 + step / c
            c = c if abs(c) > _TINY else _TINY
            result *= c * d
        if abs(c * d - 1.0) < _PRECISION:
            break
    return result


def incomplete_beta(a: float, b: float, x: float, rest: float | None = None) -> float:
    """Regularised incomplete beta function I_x(a, b), for a, b > 0 and 0 ≤ x ≤ 1.

    :param rest: 1 − x, for callers who know it better than the subtraction does
    """
    rest = 1.0 - x if rest is None else rest
    if x <= 0.0:
        return 0.0
    if rest <= 0.0:
        return 1.0
    # The fraction converges fast on the lower side; the other one follows by symmetry
    if x > (a + 1) / (a + b + 2):
        return 1.0 - incomplete_beta(b, a, rest, x)
    front = math.exp(
        math.lgamma(a + b)
        - math.lgamma(a)
        - math.lgamma(b)
        + a * math.log(x)
        + b * math.log(rest)
    )
    return front * _beta_fraction(a, b, x) / a


def t_two_sided(t: float, df: float) -> float:
    """P(|T| ≥ |t|) of Student's t with ``df`` > 0 degrees: I_{df/(df+t²)}(df/2, 1/2)."""
    square = t * t
    if math.isinf(square):
        return 0.0
    total = df + square
    return incomplete_beta(df / 2, 0.5, df / total, square / total)


def t_quantile(probability: float, df: float) -> float:
    """t below which ``probability`` (0 to 1, both excluded) of Student's t lies."""
    if probability == 0.5:
        return 0.0
    tail = 2 * min(probability, 1 - probability)
    low, high = 0.0, 1.0
    while t_two_sided(high, df) > tail and high < 1e150:
        low, high = high, high * 2
    # Halving: as sure as it is simple, and as exact as a float can be
    for _step in range(200):
        middle = (low + high) / 2
        if middle in (low, high):
            break
        if t_two_sided(middle, df) > tail:
            low = middle
        else:
            high = middle
    return high if probability > 0.5 else -high


def chi_square_above(value: float, df: int) -> float:
    """P(X ≥ value) of the chi-square distribution with ``df`` ≥ 1 whole degrees.

    By the finite sums of Abramowitz & Stegun 26.4.4 and 26.4.5.
    """
    if value <= 0:
        return 1.0
    half = value / 2
    if df % 2:
        total = math.erfc(math.sqrt(half))
        term = math.exp(-half) * math.sqrt(half) / math.gamma(1.5)
        for k in range(1, (df - 1) // 2 + 1):
            total += term
            term *= half / (k + 0.5)
        return min(total, 1.0)
    total, term = 0.0, math.exp(-half)
    for k in range(df // 2):
        total += term
        term *= half / (k + 1)
    return min(total, 1.0)
