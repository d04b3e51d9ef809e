# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""Weighted appraisal of proposals, and how well a category performed.

Scores are on a scale of 0 to 10, weights in percent of the whole, performance in percent where
100 is the best. ``None`` is what nobody knows, which is not zero. Rounded half up, once, at the
end, in decimal: 7.125 is 7.13.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal

#: Weights of the parts of a performance, in percent.
UTILISATION, OUTPUTS, QUALITY, SATISFACTION = 20, 30, 25, 25
#: Quality is judged from worst to best.
WORST, BEST = 1, 5

HUNDREDTH = Decimal("0.01")


def _decimal(number: float | Decimal) -> Decimal:
    """What a person typed, not its nearest binary fraction."""
    return number if isinstance(number, Decimal) else Decimal(str(number))


def _round(number: Decimal, step: Decimal = HUNDREDTH) -> Decimal:
    return number.quantize(step, ROUND_HALF_UP)


def mean(scores: Sequence[float]) -> Decimal | None:
    """What several people say of one criterion, unrounded.

    >>> mean([8, 9]), mean([])
    (Decimal('8.5'), None)
    """
    if not scores:
        return None
    return sum(map(_decimal, scores), Decimal(0)) / len(scores)


def weighted(
    parts: Iterable[tuple[float, float | Decimal | None]],
) -> Decimal | None:
    """Σ weight × score ÷ Σ weight, to two decimals; None while a score is missing.

    Weights are relative: they need not add up to 100.

    >>> weighted([(25, 8), (20, 7), (25, 9), (15, 6), (15, 10)])
    Decimal('8.05')
    >>> weighted([(50, 8), (50, None)]), weighted([])
    (None, None)
    """
    total = weights = Decimal(0)
    for weight, score in parts:
        if score is None:
            return None
        weights += _decimal(weight)
        total += _decimal(weight) * _decimal(score)
    return _round(total / weights) if weights else None


@dataclass(frozen=True)
class Thresholds:
    """From which weighted score on each answer is suggested; below the last it is no."""

    approve: float
    condition: float
    revise: float

    def is_ordered(self) -> bool:
        return 10 >= self.approve >= self.condition >= self.revise >= 0

    def suggest(self, score: float | Decimal | None) -> str | None:
        """
        >>> limits = Thresholds(8, 6.5, 5)
        >>> [limits.suggest(score) for score in (8, 7.99, 5, 4.99, None)]
        ['approve', 'condition', 'revise', 'disapprove', None]
        """
        if score is None:
            return None
        for answer in ("approve", "condition", "revise"):
            if _decimal(score) >= _decimal(getattr(self, answer)):
                return answer
        return "disapprove"


def performance(
    utilisation: float | None,
    outputs: float | None,
    quality: int | None,
    satisfaction: float | None,
) -> Decimal | None:
    """How well a category performed, in percent; None while a part is not known.

    20 % utilisation, 30 % outputs delivered, 25 % quality (1 is 0 %, 5 is 100 %), 25 %
    satisfaction of the beneficiaries. Each part counts from 0 to 100: to spend or deliver more
    than was planned makes nothing up.

    >>> performance(90, 80, 4, 70), performance(120, 100, 5, 100)
    (Decimal('78.25'), Decimal('100.00'))
    >>> performance(90, None, 4, 70)
    """
    scaled = None
    if quality is not None:
        scaled = Decimal(100) * (quality - WORST) / (BEST - WORST)
    parts = [
        (UTILISATION, utilisation),
        (OUTPUTS, outputs),
        (QUALITY, scaled),
        (SATISFACTION, satisfaction),
    ]
    return weighted(
        (weight, None if part is None else min(max(_decimal(part), 0), 100))
        for weight, part in parts
    )


def as_score(percent: float | Decimal | None) -> int | None:
    """A performance as a score of 1 to 10: a tenth of the percentage, half up.

    >>> as_score(78.25), as_score(85), as_score(0), as_score(None)
    (8, 9, 1, None)
    """
    if percent is None:
        return None
    return max(1, int(_round(_decimal(percent) / 10, Decimal(1))))
