# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""What visits and evaluations say in figures: the mean of ratings, and what has changed.

Ratings go from 1 (very poor) to 5 (very good); what is not rated does not count. A change is
better or worse by the direction of its indicator: of what is to fall or stay low, less is
better; of what is kept within a band, closer to the band is.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass

from .kpi import DIRECTIONS, Standing, finite

#: Lowest and highest rating
LEAST, MOST = 1, 5


def mean_rating(ratings: Iterable[int | None]) -> float | None:
    """Mean of what was rated, None when nothing was.

    >>> mean_rating([4, None, 5, 3])
    4.0
    """
    known = [rating for rating in ratings if rating is not None]
    for rating in known:
        if not LEAST <= rating <= MOST:
            raise ValueError(f"A rating is {LEAST} to {MOST}, not {rating}")
    return math.fsum(known) / len(known) if known else None


@dataclass(frozen=True)
class Change:
    """From one evaluation to the next. None: there is no figure, which isn't 0.

    ``percent`` is the change in percent of where it stood, none from 0 on; ``verdict`` is
    one of better, worse, same, unknown.
    """

    before: float | None
    after: float | None
    change: float | None = None
    percent: float | None = None
    verdict: str = "unknown"


def compare(before: Standing, after: Standing, direction: str) -> Change:
    """What has changed between two standings of one indicator.

    >>> compare(Standing(value=40), Standing(value=50), "rise")
    Change(before=40, after=50, change=10, percent=25.0, verdict='better')
    """
    if direction not in DIRECTIONS:
        raise ValueError(f"Unknown direction: {direction!r}")
    old, new = before.value, after.value
    if old is None or new is None:
        return Change(old, new)
    change = finite(new - old)
    percent = finite(100 * change / abs(old)) if change is not None and old else None
    if direction == "within":
        better = _further(before.attainment, after.attainment)
    else:
        better = _further(old, new)
        if better is not None and direction in ("fall", "at_most"):
            better = -better
    verdict = {None: "unknown", 0: "same", 1: "better", -1: "worse"}[better]
    return Change(old, new, change, percent, verdict)


def _further(old: float | None, new: float | None) -> int | None:
    """1 where it rose, -1 where it fell, 0 where it stayed."""
    if old is None or new is None:
        return None
    return (new > old) - (new < old)
