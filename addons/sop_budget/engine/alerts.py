# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""How grave an alert is. Amounts are ``int`` minor units, thresholds percents (100.0 = 100 %)."""

from __future__ import annotations

#: From a share of the plan used on (at least so many percent): nothing to worry, watch, act.
USED_LEVELS = ((100.0, "high"), (80.0, "warning"))
#: Above the plan by more than so many percent.
OVERSPENT_LEVELS = ((20.0, "critical"), (10.0, "high"))

LEVELS = {
    "used": USED_LEVELS,
    "overspent": OVERSPENT_LEVELS,
    "unplanned": ((0.0, "high"),),
    "pace": ((0.0, "warning"),),
}


def severity(kind: str, threshold: float) -> str:
    """``info``, ``warning``, ``high`` or ``critical`` of an alert with this threshold.

    >>> [severity("used", percent) for percent in (50, 79, 80, 99, 100)]
    ['info', 'info', 'warning', 'warning', 'high']
    >>> [severity("overspent", percent) for percent in (10, 20)]
    ['high', 'critical']
    """
    for bound, level in LEVELS.get(kind, ()):
        if threshold >= bound:
            return level
    return "info"


def overspent(used: int, planned: int) -> list[float]:
    """The thresholds above a plan (which is above zero) that are passed, lowest first.

    >>> [overspent(used, 1000) for used in (1100, 1101, 1200, 1201)]
    [[], [10.0], [10.0], [10.0, 20.0]]
    """
    return [
        bound
        for bound, _level in reversed(OVERSPENT_LEVELS)
        if (used - planned) * 100 > planned * bound
    ]
