# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""Whether an operation will achieve what it is for: the stated rule.

Each signal below looks at one thing and says nothing where it has no data (no data is not
zero). The verdict is the worst of what they say; where none of them has anything to say,
there is no verdict.

=========== ============================================ =================================
signal      at risk                                      off track
=========== ============================================ =================================
KPIs        one is off track, or half of their weight    half of their weight is off track
            is at risk or worse
no figures  half of the time is over, no KPI measured
milestones  one is late                                  two are late, and these are half
                                                         of those due or more
money       used 15 points more than time is over        30 points more, or 10 % more than
            (of the allocated money), or more than       allocated
            allocated
time        the end is past                              14 days past it
start       planned, and the start is past               30 days past it
parts       one operation below is off track             half of those below are
=========== ============================================ =================================

Weights of KPIs count, not their number. Only KPIs with data are weighed.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

ON_TRACK, AT_RISK, OFF_TRACK = "on_track", "at_risk", "off_track"
LEVELS = (ON_TRACK, AT_RISK, OFF_TRACK)

#: Points of percent that money may be ahead of time.
MONEY_AHEAD = (15.0, 30.0)
#: Percent over what is allocated.
MONEY_OVER = (0.0, 10.0)
#: Days beyond the end, and beyond the start of what was not begun.
DAYS_OVER = (0, 14)
DAYS_UNSTARTED = (0, 30)
#: Share of the weight, of the milestones due, of the parts.
HALF = 0.5


@dataclass(frozen=True)
class Facts:
    """What is known of an operation. None: not known.

    :param kpis: pairs of weight and colour (``success``, ``warning``, ``danger``; ``muted``
        has no data)
    :param milestones_due: how many should be done by now, those done before included
    :param money_used: percent of the allocated money
    :param time_used: percent of the time between start and end
    :param days_over: days since the end (zero or less: not past it)
    """

    begun: bool = True
    kpis: Sequence[tuple[float, str]] = field(default=())
    milestones_due: int = 0
    milestones_late: int = 0
    milestones: int = 0
    money_used: float | None = None
    time_used: float | None = None
    days_over: int | None = None
    days_unstarted: int | None = None


@dataclass(frozen=True)
class Signal:
    """What one of the rules says; the figures are for the words."""

    code: str
    level: str
    figures: dict[str, float] = field(default_factory=dict)


def assess(facts: Facts) -> list[Signal]:
    """What the signals of an operation itself say.

    >>> verdict(assess(Facts(kpis=[(1, "success"), (1, "success"), (1, "danger")])))
    'at_risk'
    """
    return [*_kpis(facts), *_milestones(facts), *_money(facts), *_time(facts)]


def assess_parts(parts: Sequence[str | None]) -> list[Signal]:
    """What the verdicts of all that lies below say, None among them."""
    known = [part for part in parts if part]
    if not known:
        return []
    off = known.count(OFF_TRACK)
    level = _level(off > 0, off >= HALF * len(known))
    return [Signal("parts", level, {"count": len(known), "off": off})]


def verdict(signals: Sequence[Signal]) -> str | None:
    """The worst of them; None where none has anything to say.

    >>> verdict([]) is None
    True
    """
    return max((signal.level for signal in signals), key=LEVELS.index, default=None)


def _level(at_risk: bool, off_track: bool) -> str:
    if off_track:
        return OFF_TRACK
    return AT_RISK if at_risk else ON_TRACK


def _kpis(facts: Facts) -> Iterator[Signal]:
    known = [(weight, color) for weight, color in facts.kpis if color != "muted"]
    total = sum(weight for weight, _color in known)
    if not known:
        if facts.kpis and facts.begun and (facts.time_used or 0) >= 100 * HALF:
            yield Signal("kpi_unmeasured", AT_RISK, {"count": len(facts.kpis)})
        return
    if not total:
        return
    danger = sum(weight for weight, color in known if color == "danger")
    worse = danger + sum(weight for weight, color in known if color == "warning")
    yield Signal(
        "kpi",
        _level(danger > 0 or worse >= HALF * total, danger >= HALF * total),
        {
            "count": len(known),
            "off": sum(color == "danger" for _weight, color in known),
            "risk": sum(color == "warning" for _weight, color in known),
        },
    )


def _milestones(facts: Facts) -> Iterator[Signal]:
    if not facts.milestones:
        return
    late, due = facts.milestones_late, facts.milestones_due
    yield Signal(
        "milestone",
        _level(late > 0, late > 1 and late >= HALF * due),
        {"late": late, "due": due},
    )


def _money(facts: Facts) -> Iterator[Signal]:
    used = facts.money_used
    if used is None:
        return
    figures = {"used": used}
    over = used - 100
    if over > MONEY_OVER[0]:
        yield Signal("money_over", _level(True, over > MONEY_OVER[1]), figures)
    elif facts.time_used is not None:
        ahead = used - facts.time_used
        yield Signal(
            "money",
            _level(ahead > MONEY_AHEAD[0], ahead > MONEY_AHEAD[1]),
            {**figures, "time": facts.time_used},
        )


def _time(facts: Facts) -> Iterator[Signal]:
    if not facts.begun and (days := facts.days_unstarted or 0) > DAYS_UNSTARTED[0]:
        yield Signal(
            "unstarted", _level(True, days > DAYS_UNSTARTED[1]), {"days": days}
        )
    if facts.days_over is None:
        return
    days = facts.days_over
    yield Signal(
        "time",
        _level(days > DAYS_OVER[0], days > DAYS_OVER[1]),
        {"days": max(days, 0)},
    )
