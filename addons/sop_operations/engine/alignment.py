# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""How well an operation is aligned with goals: criteria with weights that make 100 together.

Each criterion is fulfilled by a share from 0 to 1, and gives that share of its weight in
points. The score is their sum, 0 to 100.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

#: Criterion → weight, unless a company sets others
WEIGHTS: Mapping[str, float] = {
    "indicators": 25,
    "sdg": 15,
    "pillar": 20,
    "group": 20,
    "policy": 20,
}
#: Least score → level; the first match wins, from the top.
LEVELS = ((80.0, "strong"), (60.0, "good"), (40.0, "moderate"))
WHOLE = 100.0
DECIMALS = 6


class WeightsError(ValueError):
    """Weights that are no weights, with the sum that they make."""

    def __init__(self, total: float):
        super().__init__(f"Weights of 0 or more must make {WHOLE:g}, not {total:g}")
        self.total = total


@dataclass(frozen=True)
class Score:
    """``points`` by criterion add up to ``total``."""

    points: Mapping[str, float]
    total: float
    level: str


def check_weights(weights: Mapping[str, float]) -> None:
    """Refuse weights below zero or that don't make 100 together."""
    total = math.fsum(weights.values())
    if any(not weight >= 0 for weight in weights.values()) or not math.isclose(
        total, WHOLE, abs_tol=1e-6
    ):
        raise WeightsError(round(total, DECIMALS))


def share_of_places(for_group: int, places: int) -> float:
    """Share of the places that is for target groups, 0 where no places are stated.

    >>> share_of_places(30, 40)
    0.75
    """
    return min(max(for_group / places, 0.0), 1.0) if places > 0 else 0.0


def level_of(total: float) -> str:
    """strong, good, moderate or weak."""
    return next((name for least, name in LEVELS if total >= least), "weak")


def score(
    shares: Mapping[str, float], weights: Mapping[str, float] | None = None
) -> Score:
    """The score of an operation; what has no share is not fulfilled.

    >>> score({"indicators": 1, "sdg": 1, "pillar": 1, "group": 0.5}).total
    70.0
    """
    weights = WEIGHTS if weights is None else weights
    check_weights(weights)
    points = {}
    for name, weight in weights.items():
        share = shares.get(name, 0.0)
        if not 0 <= share <= 1:
            raise ValueError(f"A share is 0 to 1, not {share:g}: {name}")
        points[name] = weight * share
    total = round(math.fsum(points.values()), DECIMALS)
    return Score(points, total, level_of(total))
