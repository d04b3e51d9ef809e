# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""Who has to approve a document, who may decide, and what comes next.

Plain values only: people and steps are numbers, money is in minor units of the company's
currency. The models freeze what comes out of here.
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta

WAITING, ASKED, APPROVED, SKIPPED = "waiting", "asked", "approved", "skipped"
#: A step in one of these states asks nothing of anybody any more.
PASSED = (APPROVED, SKIPPED)

NOBODY: frozenset[int] = frozenset()


# === WHICH RULE ===


@dataclass(frozen=True)
class Part:
    """A share of the document: its category with all above it, its amount, who pays."""

    path: frozenset[int] = NOBODY
    amount: int = 0
    external: bool = False


@dataclass(frozen=True)
class Rule:
    """``amount_from <= amount < amount_to``; no upper limit when that is empty."""

    key: int
    amount_from: int = 0
    amount_to: int | None = None
    categories: frozenset[int] = NOBODY
    funding: str = "all"
    automatic: bool = False


def matches(rule: Rule, parts: Sequence[Part], amount: int) -> bool:
    """Whether the rule is meant for a document of these parts.

    One part in the rule's categories (or paid from outside) is enough to ask its approvers;
    but what needs nobody's approval must be so entirely, else a cheap line would let a
    sensitive one through.
    """
    if amount < rule.amount_from:
        return False
    if rule.amount_to is not None and amount >= rule.amount_to:
        return False
    every = all if rule.automatic else any
    if rule.categories and not every(part.path & rule.categories for part in parts):
        return False
    if rule.categories and not parts:
        return False
    if rule.funding == "external":
        return bool(parts) and every(part.external for part in parts)
    if rule.funding == "internal":
        return not any(part.external for part in parts)
    return True


def pick_rule(rules: Iterable[Rule], parts: Sequence[Part], amount: int) -> Rule | None:
    """The first rule in order that is meant for the document."""
    return next((rule for rule in rules if matches(rule, parts, amount)), None)


# === THE STEPS OF A ROUND ===


@dataclass(frozen=True)
class Step:
    """Steps of one level are asked together, levels one after the other.

    :param stand_ins: who steps in, one group after the other, when too few of ``people`` may
        decide: the person to escalate to, the owner of the budget, its managers
    :param barred: who may not decide here, because they asked or decided another step
    """

    key: int
    level: int
    people: frozenset[int]
    minimum: int = 1
    stand_ins: tuple[frozenset[int], ...] = ()
    state: str = WAITING
    barred: frozenset[int] = NOBODY

    @property
    def open_people(self) -> frozenset[int]:
        return self.people - self.barred


@dataclass(frozen=True)
class Vote:
    """``seat``: for whom ``user`` approved, themselves unless somebody stands in."""

    step: int
    user: int
    seat: int = 0

    @property
    def persons(self) -> frozenset[int]:
        return frozenset({self.user, self.seat or self.user})


def fill(step: Step) -> Step:
    """Add stand-ins until enough people are left who may decide."""
    people = step.people
    for group in step.stand_ins:
        if len(people - step.barred) >= step.minimum:
            break
        people |= group
    return replace(step, people=people)


def freeze(steps: Sequence[Step], requester: int) -> tuple[list[Step], list[Step]]:
    """The steps as they will be asked, and those for which nobody is left.

    The requester never approves: they are taken out, and whoever stands in takes their seat.
    """
    barred = frozenset({requester}) if requester else NOBODY
    frozen, impossible = [], []
    for step in steps:
        filled = fill(replace(step, barred=step.barred | barred))
        people = filled.open_people
        if len(people) < step.minimum:
            impossible.append(step)
        frozen.append(replace(filled, people=people))
    return frozen, impossible


def settle(
    steps: Sequence[Step],
    votes: Collection[Vote],
    requester: int = 0,
    twice: bool = False,
) -> list[Step]:
    """What the steps are after these votes: approved, skipped, or asked next.

    Nobody decides two steps unless ``twice``: whoever decided one is barred from the others and
    stand-ins take their seat. When nobody else is left, their earlier approval counts there as
    well: a step that is covered by such approvals alone is skipped.
    """
    result = list(steps)
    while True:
        after = [_settle_step(step, votes, requester, twice) for step in result]
        open_levels = [s.level for s in after if s.state == ASKED]
        if not open_levels:
            waiting = [s.level for s in after if s.state == WAITING]
            if waiting:
                following = min(waiting)
                after = [
                    replace(s, state=ASKED)
                    if s.state == WAITING and s.level == following
                    else s
                    for s in after
                ]
        if after == result:
            return result
        result = after


def _settle_step(
    step: Step, votes: Collection[Vote], requester: int, twice: bool
) -> Step:
    if step.state != ASKED:
        return step
    own = [vote for vote in votes if vote.step == step.key]
    elsewhere = NOBODY
    if not twice:
        elsewhere = frozenset(vote.user for vote in votes if vote.step != step.key)
    voted = NOBODY.union(*(vote.persons for vote in own))
    barred = step.barred | voted | elsewhere
    if requester:
        barred |= {requester}
    missing = step.minimum - len(own)
    if missing <= 0:
        return replace(step, state=APPROVED, barred=barred)
    people = fill(replace(step, minimum=missing, barred=barred)).people
    after = replace(step, people=people, barred=barred)
    carried = (people & elsewhere) - voted
    if not after.open_people and len(carried) >= missing:
        return replace(after, state=APPROVED if own else SKIPPED)
    return after


def is_passed(steps: Iterable[Step]) -> bool:
    return all(step.state in PASSED for step in steps)


# === WHO MAY DECIDE ===


def find_seat(step: Step, user: int, principals: Collection[int]) -> int | None:
    """Whose seat ``user`` may take in this step: their own first, else one they stand in for.

    :param principals: who has named ``user`` their delegate for today and this budget
    """
    if step.state != ASKED or user in step.barred:
        return None
    if user in step.people:
        return user
    return min(step.open_people & frozenset(principals), default=None)


# === A DOCUMENT THAT COMES BACK ===


@dataclass(frozen=True)
class Round:
    """A finished round: which rules, how much, what for, and the level that stopped it."""

    rules: frozenset[int]
    amount: int
    categories: frozenset[int] = NOBODY
    stopped_at: int | None = None


def resume_level(before: Round | None, now: Round) -> int | None:
    """The level at which the document goes on; None when it starts over.

    Only as long as nobody is asked for more than what the lower levels approved.
    """
    if before is None or before.stopped_at is None or before.rules != now.rules:
        return None
    if now.amount > before.amount or not now.categories <= before.categories:
        return None
    return before.stopped_at


# === DAYS ===


@dataclass(frozen=True)
class WorkingDays:
    """Weekdays worked (Monday is 0) and days off."""

    weekdays: frozenset[int] = frozenset(range(5))
    days_off: frozenset[date] = field(default_factory=frozenset)

    def __contains__(self, day: date) -> bool:
        return day.weekday() in self.weekdays and day not in self.days_off


def add_working_days(start: date, days: int, calendar: WorkingDays) -> date:
    """The day that many working days after ``start``, which itself does not count.

    With 0 days: ``start``, or the next working day after it.
    """
    if not calendar.weekdays:
        calendar = WorkingDays(days_off=calendar.days_off)
    day, left = start, days
    # A calendar that is closed for years must not hang anybody
    for _attempt in range(max(days, 1) * 7 + 3660):
        if left <= 0 and day in calendar:
            return day
        day += timedelta(days=1)
        if day in calendar:
            left -= 1
    return start + timedelta(days=days)
