# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""Progress of goals and of the plans that they make.

Percents are floats where 100.0 is 100 %; ``None`` says that there is no figure, which isn't 0.
"""

from __future__ import annotations

from collections.abc import Iterable

from .kpi import weighted_mean

#: On track with so much of what is expected by now.
ENOUGH = 0.8
#: A goal says so many key results that it can be judged, and no more than are looked at.
KEY_RESULTS = (2, 5)


def progress(attainment: float | None) -> float | None:
    """``(current − baseline) ÷ (target − baseline)``, from 0 to 100: more than all is all.

    >>> progress(120.0), progress(62.5), progress(None)
    (100.0, 62.5, None)
    """
    return None if attainment is None else min(max(attainment, 0.0), 100.0)


def mean_once(
    goals: Iterable[tuple[int, float | None, float]],
) -> float | None:
    """Mean of goals ``(id, attainment, weight)``, each of them once however often it is named.

    >>> mean_once([(1, 50.0, 1), (2, 150.0, 1), (1, 50.0, 1), (3, None, 1)])
    75.0
    """
    once = {key: (progress(reached), weight) for key, reached, weight in goals}
    return weighted_mean(once.values())


def on_track(actual: float | None, expected: float | None) -> bool | None:
    """Whether the actual progress is at least :data:`ENOUGH` of what is expected.

    :param expected: share of the time that is over, in percent

    >>> on_track(40.0, 50.0), on_track(39.9, 50.0), on_track(0.0, 0.0), on_track(None, 50.0)
    (True, False, True, None)
    """
    if actual is None or expected is None:
        return None
    # Percents are rounded to six decimals, so a little less than the limit is the limit
    return actual >= ENOUGH * expected - 1e-9
