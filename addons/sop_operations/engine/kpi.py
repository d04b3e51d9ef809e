# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""How an indicator stands: attainment, what is expected by now, pace, forecast, colour.

Percents are floats where 100.0 is 100 %, rounded to :data:`DECIMALS` decimals so that
9 of 10 is 90 and not 89.99…; ``None`` says that there is no figure, which isn't 0.
Values are in the indicator's own unit; a boolean counts 0 or 1.

Attainment
----------
==========  ====================================================================
at_least    a level to reach or hold: ``1 + (value − target) / |target|``, which
            is ``value / target`` for a target above zero
at_most     a ceiling, the mirror image: ``1 + (target − value) / |target|``; 10 %
            above the ceiling is 90 %, twice the ceiling is 0 %
rise, fall  from a baseline: ``(value − baseline) / (target − baseline)``
within      100 % inside the band; outside, 100 % less the distance to the band
            in widths of the band (of its size where it has no width)
==========  ====================================================================

Where the divisor is zero (a target of zero, a baseline that is the target) there are only
two answers: 100 % when the target is kept, else 0 %. So no critical bug of none allowed is
100 %, three are 0 %. Attainment is never below 0 %; above 100 % it is kept as it is.

Expected by now
---------------
What rises, falls or adds up is expected in the proportion of the days that have gone by,
today included, or follows the targets of its periods. A level (at least, at most and
within that don't add up) is expected in full at any time. **Pace** is the attainment of
what is expected by now; on the last day it is the attainment. Before the first day nothing
is expected yet, so there is no pace.

Values and targets are entered within ±:data:`LIMIT`; what still leaves the numbers that a
float holds (a forecast far ahead), and a percentage above it, is no figure: ``None``.

Colour
------
The first of the thresholds that the pace reaches gives the colour; below all of them it is
``danger``, without a pace ``muted``. So the colour never falls while the figure rises.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_HALF_UP, Decimal

from odoo.addons.sop_budget.engine.period import elapsed_time

DIRECTIONS = ("at_least", "at_most", "rise", "fall", "within")
#: How the measurements of a span make its value.
AGGREGATIONS = ("latest", "sum", "average")
DECIMALS = 6
#: Least pace in percent → colour; the first match wins, from the top.
THRESHOLDS = ((90.0, "success"), (70.0, "warning"))
#: Largest value or target that is accepted.
LIMIT = 1e15
#: A trend reaches at most five times as far ahead as it was watched.
REACH = 5

#: A day and what was measured on it.
Point = tuple[date, float]


@dataclass(frozen=True)
class Step:
    """The target of one period; for what adds up, its own part of the whole, unless the
    plan is cumulative."""

    first: date
    last: date
    target: float


@dataclass(frozen=True)
class Plan:
    """What is to be reached, and by when.

    ``target`` is None for an indicator that is only watched, ``low`` and ``high`` are the
    band of ``within``. With ``steps`` the target follows their periods: by days along
    the way, or with ``by_periods`` only once a period is over. With ``cumulative`` the
    targets of what adds up are totals since the start, not what each period adds.
    """

    direction: str = "at_least"
    target: float | None = None
    baseline: float = 0.0
    low: float | None = None
    high: float | None = None
    start: date | None = None
    end: date | None = None
    aggregation: str = "latest"
    steps: tuple[Step, ...] = ()
    by_periods: bool = False
    cumulative: bool = False
    thresholds: tuple[tuple[float, str], ...] = THRESHOLDS

    @property
    def adds_up(self) -> bool:
        return self.aggregation == "sum"

    @property
    def adds_steps(self) -> bool:
        """True when the targets of the periods are parts that make the whole together."""
        return self.adds_up and not self.cumulative

    @property
    def grows(self) -> bool:
        """True when less is expected early than at the end."""
        return self.direction in ("rise", "fall") or (
            self.adds_up and self.direction != "within"
        )

    @property
    def origin(self) -> float:
        """Where the target path starts."""
        return self.baseline if self.direction in ("rise", "fall") else 0.0


@dataclass(frozen=True)
class Standing:
    """All figures of an indicator on one day. ``answer`` is one of "will it be met?":

    met, missed (it is over), likely, close, unlikely (by the forecast), unknown.
    """

    value: float | None = None
    value_date: date | None = None
    target: float | None = None
    attainment: float | None = None
    expected: float | None = None
    pace: float | None = None
    forecast: float | None = None
    answer: str = "unknown"
    color: str = "muted"


def finite(value: float | None) -> float | None:
    """The value, or None where it isn't a number that can be shown."""
    return value if value is not None and math.isfinite(value) else None


def percent(share: float) -> float | None:
    """A share as percent, never below 0; None where it is too large to say anything."""
    share *= 100
    return max(round(share, DECIMALS), 0.0) if share <= LIMIT else None


def attainment(
    direction: str,
    value: float | None,
    target: float | None = None,
    baseline: float = 0.0,
    low: float | None = None,
    high: float | None = None,
) -> float | None:
    """How far the value is on its way to the target, see the head of this file.

    :return: percent; None without a value or a target

    >>> attainment("at_least", 320, 300)
    106.666667
    >>> attainment("at_most", 3, 0)
    0.0
    """
    if direction not in DIRECTIONS:
        raise ValueError(f"Unknown direction: {direction!r}")
    if value is None:
        return None
    if direction == "within":
        return _attainment_within(value, low, high)
    if target is None:
        return None
    if direction in ("rise", "fall"):
        distance = target - baseline
        if distance:
            return percent((value - baseline) / distance)
        kept = value >= target if direction == "rise" else value <= target
    else:
        ahead = value - target if direction == "at_least" else target - value
        if target:
            return percent(1 + ahead / abs(target))
        kept = ahead >= 0
    return 100.0 if kept else 0.0


def _attainment_within(
    value: float, low: float | None, high: float | None
) -> float | None:
    if low is None or high is None:
        return None
    distance = max(low - value, value - high, 0.0)
    if not distance:
        return 100.0
    width = (high - low) or abs(low)
    return percent(1 - distance / width) if width else 0.0


def whole_target(plan: Plan, today: date) -> float | None:
    """The target of the whole span; of a level with steps, the one in force today."""
    if not plan.steps:
        return plan.target
    steps = _sorted_steps(plan)
    if plan.adds_steps:
        return sum(step.target for step in steps)
    if plan.grows:
        return steps[-1].target
    return _step_in_force(steps, today).target


def _sorted_steps(plan: Plan) -> list[Step]:
    return sorted(plan.steps, key=lambda step: step.first)


def _step_in_force(steps: Sequence[Step], today: date) -> Step:
    """The last period that has begun, the first before any has."""
    begun = [step for step in steps if step.first <= today]
    return begun[-1] if begun else steps[0]


def expected(plan: Plan, today: date) -> float | None:
    """The value that the plan wants at the end of today.

    :return: None without a target, and for a band, which is no value
    """
    target = whole_target(plan, today)
    if target is None or plan.direction == "within" or not plan.grows:
        return None if plan.direction == "within" else target
    if plan.steps:
        return _expected_of_steps(plan, today)
    if plan.start is None or plan.end is None:
        return target
    share = float(elapsed_time(plan.start, plan.end, today))
    return plan.origin + (target - plan.origin) * share


def _expected_of_steps(plan: Plan, today: date) -> float:
    value = plan.origin
    for step in _sorted_steps(plan):
        if step.first > today:
            break
        goal = value + step.target if plan.adds_steps else step.target
        share = float(elapsed_time(step.first, step.last, today))
        if plan.by_periods and share < 1:
            break
        value += (goal - value) * share
    return value


def path(plan: Plan) -> list[Point]:
    """Corners of the target path, to be drawn; a band has none."""
    if plan.direction == "within" or plan.start is None or plan.end is None:
        return []
    days = {plan.start, plan.end}
    for step in plan.steps:
        days |= {step.first, step.last}
    inside = sorted(day for day in days if plan.start <= day <= plan.end)
    corners = [(day, expected(plan, day)) for day in inside]
    return [(day, value) for day, value in corners if value is not None]


def aggregate(aggregation: str, points: Sequence[Point]) -> float | None:
    """The value that measurements make, None when there are none.

    :param points: in the order of their days
    """
    if not points:
        return None
    values = [value for _day, value in points]
    if aggregation == "latest":
        return finite(values[-1])
    try:
        total = math.fsum(values)
    except (OverflowError, ValueError):
        return None
    return finite(total / len(values) if aggregation == "average" else total)


def forecast(plan: Plan, points: Sequence[Point], today: date) -> float | None:
    """Value on the last day if things go on as so far.

    What adds up goes on at its rate per day gone by; an average stays; anything else
    follows the straight line with the least squared distance to the measurements (the
    baseline on the day before the start counts as one). A line needs two days, and
    reaches no further than :data:`REACH` times the days it was watched.

    :return: None without an end or without enough measurements
    """
    value = aggregate(plan.aggregation, points)
    if value is None or plan.end is None:
        return None
    if today >= plan.end or plan.aggregation == "average":
        return value
    if plan.adds_up:
        share = elapsed_time(plan.start, plan.end, today) if plan.start else 0
        return finite(value / float(share)) if share else None
    days = {day.toordinal(): float(number) for day, number in points}
    if plan.direction in ("rise", "fall") and plan.start:
        days.setdefault(plan.start.toordinal() - 1, plan.baseline)
    try:
        return finite(_line_at(sorted(days.items()), plan.end.toordinal()))
    except (OverflowError, ValueError):
        return None


def _line_at(points: Sequence[tuple[int, float]], day: int) -> float | None:
    """The least squares line of the points, at ``day``; None where it can't reach."""
    watched = points[-1][0] - points[0][0]
    if not watched or day - points[-1][0] > REACH * watched:
        return None
    count = len(points)
    mean_x = math.fsum(x for x, _y in points) / count
    mean_y = math.fsum(y for _x, y in points) / count
    slope = math.fsum((x - mean_x) * (y - mean_y) for x, y in points) / math.fsum(
        (x - mean_x) ** 2 for x, _y in points
    )
    return mean_y + slope * (day - mean_x)


def color(
    pace: float | None, thresholds: Iterable[tuple[float, str]] = THRESHOLDS
) -> str:
    """Colour by the first threshold that the pace reaches."""
    if pace is None:
        return "muted"
    for least, name in thresholds:
        if pace >= least:
            return name
    return "danger"


def assess(plan: Plan, points: Sequence[Point], today: date) -> Standing:
    """All figures at the end of today.

    :param points: what was measured up to today, in the order of the days
    """
    value = aggregate(plan.aggregation, points)
    target = whole_target(plan, today)
    by_now = expected(plan, today)
    reached = _attained(plan, value, target)
    pace = reached if plan.direction == "within" else _attained(plan, value, by_now)
    if plan.start and today < plan.start:
        pace = None
    ahead = forecast(plan, points, today)
    return Standing(
        value=value,
        value_date=points[-1][0] if points else None,
        target=None if plan.direction == "within" else target,
        attainment=reached,
        expected=by_now,
        pace=pace,
        forecast=ahead,
        answer=_answer(plan, reached, _attained(plan, ahead, target), today),
        color=color(pace, plan.thresholds),
    )


def _attained(plan: Plan, value: float | None, target: float | None) -> float | None:
    return attainment(plan.direction, value, target, plan.baseline, plan.low, plan.high)


def _answer(plan: Plan, reached: float | None, ahead: float | None, today: date) -> str:
    if reached is None:
        return "unknown"
    over = plan.end is not None and today > plan.end
    # A sum below its ceiling may still pass it; what was reached otherwise is reached.
    if reached >= 100 and (over or (plan.grows and plan.direction != "at_most")):
        return "met"
    if over:
        return "missed"
    if ahead is None:
        return "unknown"
    if ahead >= 100:
        return "likely"
    return "close" if ahead >= plan.thresholds[0][0] else "unlikely"


def weighted_mean(pairs: Iterable[tuple[float | None, float]]) -> float | None:
    """Mean of (percent, weight); what has no figure doesn't count.

    Over-achievement counts as it is. The mean is kept exact and rounded half up to whole
    percents where it is shown (:func:`shown_percent`).

    :return: None when nothing has a figure or all weights are zero

    >>> weighted_mean([(90, 1), (99, 1), (100, 1), (68, 1)])
    89.25
    """
    known = [(value, weight) for value, weight in pairs if value is not None]
    try:
        weights = math.fsum(weight for _value, weight in known)
        total = math.fsum(value * weight for value, weight in known)
    except (OverflowError, ValueError):
        return None
    mean = finite(total / weights) if weights > 0 else None
    return None if mean is None else round(mean, DECIMALS)


def shown_percent(value: float | None) -> int | None:
    """Whole percents, half up: 89.25 → 89, 106.67 → 107, 89.5 → 90.

    >>> shown_percent(89.25), shown_percent(89.5)
    (89, 90)
    """
    if value is None:
        return None
    return int(Decimal(str(value)).quantize(Decimal(1), ROUND_HALF_UP))
