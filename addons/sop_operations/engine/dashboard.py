# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""Counters, order and words of the operations dashboard."""

from __future__ import annotations

import datetime
from collections.abc import Iterable
from typing import NamedTuple

#: The lifecycle, in the order in which operations are listed.
STATES = ("in_progress", "planned", "completed", "cancelled")
#: What needs attention first. None is not rated yet.
HEALTHS = ("off_track", "at_risk", None, "on_track")
#: Longest spans that are told in days and in weeks.
MOST_DAYS, MOST_WEEKS = 13, 26
FAR = datetime.date.max


class Standing(NamedTuple):
    """How an operation stands, as far as its place in a list depends on it."""

    id: int
    state: str
    health: str | None
    end: datetime.date | None
    name: str
    figure: float | None = None


def count_standings(groups: Iterable[tuple[str, str | None, int]]) -> dict[str, int]:
    """Counters from numbers by state and health.

    Lifecycle and health are never mixed: ``active`` is what is in progress and equals the sum
    of ``on_track``, ``at_risk``, ``off_track`` and ``unrated``; whatever health was kept of
    completed, planned or cancelled operations counts nowhere.

    >>> found = count_standings(
    ...     [("in_progress", "on_track", 8), ("in_progress", "at_risk", 4),
    ...      ("completed", "at_risk", 4)]
    ... )
    >>> found["active"], found["on_track"], found["at_risk"], found["completed"]
    (12, 8, 4, 4)
    """
    counters = dict.fromkeys(
        ("total", "active", "on_track", "at_risk", "off_track", "unrated") + STATES[1:],
        0,
    )
    for state, health, number in groups:
        counters["total"] += number
        if state == "in_progress":
            counters["active"] += number
            counters[health or "unrated"] += number
        else:
            counters[state] += number
    return counters


def attention_key(standing: Standing) -> tuple[int, int, datetime.date, str]:
    """What is under way first, the worst of it at the top, then what ends soonest."""
    is_active = standing.state == "in_progress"
    return (
        STATES.index(standing.state),
        HEALTHS.index(standing.health or None) if is_active else 0,
        standing.end or FAR,
        standing.name,
    )


def figure_key(standing: Standing) -> tuple[bool, float, str]:
    """Low figures first, as they ask for attention; without a figure last."""
    missing = standing.figure is None
    return (missing, standing.figure or 0.0, standing.name)


def bar_width(percent: float | None) -> float:
    """Width of a bar (0 to 100) for a figure that may exceed 100 or be missing."""
    return min(max(percent or 0.0, 0.0), 100.0)


def step_of_time(
    start: datetime.date | None, end: datetime.date | None, today: datetime.date
) -> tuple[str, int, int] | None:
    """Grain, number of the running step and number of steps: ``("week", 6, 8)``.

    Days for spans below two weeks, weeks up to half a year, months beyond. 0 before the start,
    all steps after the end. None without both ends.
    """
    if not start or not end or end < start:
        return None
    total = (end - start).days + 1
    gone = min(max((today - start).days + 1, 0), total)
    if total <= MOST_DAYS:
        return "day", gone, total
    weeks = -(-total // 7)
    if weeks <= MOST_WEEKS:
        return "week", -(-gone // 7), weeks
    months = _month(end) - _month(start) + 1
    if not gone:
        return "month", 0, months
    return "month", _month(min(today, end)) - _month(start) + 1, months


def _month(day: datetime.date) -> int:
    return 12 * day.year + day.month
