# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""When things can and have to be done that wait for each other: the critical path.

Days are whole numbers in calendar days. A finish is the first day after the last one, so
that a finish less a start is the duration and finish to start without a lag is "the next day".

Source: J. E. Kelley and M. R. Walker, Critical-Path Planning and Scheduling, Proceedings of
the Eastern Joint Computer Conference (1959), 160-173, for the two passes and the floats;
S. E. Elmaghraby and J. Kamburowski, The Analysis of Activity Networks under Generalized
Precedence Relations, Management Science 38:9 (1992), 1245-1263, for the four types with lags.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from .dependencies import order

Key = Hashable

#: Type: whether the predecessor's finish counts, else its start; the same of the successor
ENDS = {
    "fs": (True, False),
    "ss": (False, False),
    "ff": (True, True),
    "sf": (False, True),
}


@dataclass(frozen=True)
class Task:
    """Something done in one go.

    :param earliest: it starts no earlier than this day
    :param is_fixed: it starts on that day, whatever it waits for
    """

    earliest: int
    duration: int
    is_fixed: bool = False

    @property
    def finish(self) -> int:
        return self.earliest + self.duration


@dataclass(frozen=True)
class Link:
    """The successor waits for the predecessor; a negative lag is a lead."""

    predecessor: Key
    successor: Key
    type: str = "fs"
    lag: int = 0

    def slack(self, before: tuple[int, int], after: tuple[int, int]) -> int:
        """Days that the predecessor may be later by; negative when the link is broken.

        :param before: start and finish of the predecessor
        :param after: of the successor

        >>> Link("a", "b", "fs", 2).slack((0, 5), (10, 12))
        3
        """
        from_finish, to_finish = ENDS[self.type]
        return after[to_finish] - before[from_finish] - self.lag


@dataclass(frozen=True)
class Dates:
    """Of one task; what it shares ``network`` with hangs together with it by links."""

    early_start: int
    early_finish: int
    late_start: int
    late_finish: int
    #: Days by which its finish may slip without moving the end of the network
    total_float: int
    #: ... without moving anything that waits for it
    free_float: int
    network: int
    #: First day after everything in the network
    network_finish: int

    @property
    def is_critical(self) -> bool:
        return self.total_float <= 0


def work_out(tasks: Mapping[Key, Task], links: Iterable[Link]) -> dict[Key, Dates]:
    """Both passes over all networks; a link to something that is no task does not count.

    What is not fixed is never split or made shorter: an end that has to wait moves the start.
    A total float below zero says that something fixed can't be kept.

    :raise CycleError: when something waits for itself in the end

    >>> tasks = {"plan": Task(0, 3), "book": Task(0, 1), "hold": Task(0, 2)}
    >>> found = work_out(tasks, [Link("plan", "hold"), Link("book", "hold")])
    >>> found["hold"].early_start, found["book"].total_float, found["plan"].is_critical
    (3, 2, True)
    """
    links = [x for x in links if x.predecessor in tasks and x.successor in tasks]
    into, out = _by_end(links)
    ordered = order({key: [x.predecessor for x in into[key]] for key in tasks})
    early = _early(tasks, into, ordered)
    networks = _networks(tasks, links)
    finish: dict[int, int] = {}
    for key, network in networks.items():
        finish[network] = max(early[key][1], finish.get(network, early[key][1]))
    late: dict[Key, tuple[int, int]] = {}
    found = {}
    for key in reversed(ordered):
        task, end = tasks[key], finish[networks[key]]
        late[key] = _late(task, end, out[key], late)
        # The start of what is fixed stays: only what hangs on its finish limits it
        bound = [x for x in out[key] if ENDS[x.type][0] or not task.is_fixed]
        free = [x.slack(early[key], early[x.successor]) for x in bound]
        found[key] = Dates(
            *early[key],
            *late[key],
            total_float=late[key][1] - early[key][1],
            free_float=min([end - early[key][1], *free]),
            network=networks[key],
            network_finish=end,
        )
    return {key: found[key] for key in tasks}


def _by_end(links):
    into, out = defaultdict(list), defaultdict(list)
    for link in links:
        into[link.successor].append(link)
        out[link.predecessor].append(link)
    return into, out


def _early(tasks, into, ordered):
    """``{key: (start, finish)}``, as early as all links allow."""
    early: dict[Key, tuple[int, int]] = {}
    for key in ordered:
        task = tasks[key]
        start = task.earliest
        if not task.is_fixed:
            planned = start, task.finish
            start -= min(
                [0, *(x.slack(early[x.predecessor], planned) for x in into[key])]
            )
        early[key] = start, start + task.duration
    return early


def _late(task, end, out, late):
    """Start and finish, as late as the end of the network and what waits allow."""
    finish = end
    for link in out:
        from_finish, _to_finish = ENDS[link.type]
        if from_finish:
            finish = min(finish, link.slack((0, 0), late[link.successor]))
        elif not task.is_fixed:
            start = link.slack((0, 0), late[link.successor])
            finish = min(finish, start + task.duration)
    start = task.earliest if task.is_fixed else finish - task.duration
    return start, finish


def _networks(tasks, links):
    """``{key: number}``: what hangs together by links has the same number."""
    beside = defaultdict(list)
    for link in links:
        beside[link.predecessor].append(link.successor)
        beside[link.successor].append(link.predecessor)
    found: dict[Key, int] = {}
    for number, start in enumerate(tasks):
        waiting = [start]
        while waiting:
            key = waiting.pop()
            if key not in found:
                found[key] = number
                waiting += beside[key]
    return found


def broken(tasks: Mapping[Key, Task], links: Iterable[Link]) -> list[tuple[Link, int]]:
    """Links that the dates as they are planned do not keep, and by how many days.

    >>> broken({1: Task(0, 5), 2: Task(3, 2)}, [Link(1, 2)])
    [(Link(predecessor=1, successor=2, type='fs', lag=0), 2)]
    """
    spans = {key: (task.earliest, task.finish) for key, task in tasks.items()}
    found = []
    for link in links:
        if link.predecessor in spans and link.successor in spans:
            slack = link.slack(spans[link.predecessor], spans[link.successor])
            if slack < 0:
                found.append((link, -slack))
    return found


def follow(
    tasks: Mapping[Key, Task], links: Iterable[Link], moved: Sequence[Key]
) -> dict[Key, int]:
    """Starts of what has to move so that all links behind ``moved`` are kept again.

    Nothing moves but what comes after, nothing moves to an earlier day, and what is fixed stays.

    >>> tasks = {1: Task(2, 5), 2: Task(5, 2), 3: Task(7, 1), 4: Task(0, 1)}
    >>> follow(tasks, [Link(1, 2), Link(2, 3), Link(3, 4)], [1])
    {2: 7, 3: 9, 4: 10}
    """
    links = [x for x in links if x.predecessor in tasks and x.successor in tasks]
    into, out = _by_end(links)
    behind: set[Key] = set()
    waiting = list(moved)
    while waiting:
        for link in out[waiting.pop()]:
            if link.successor not in behind:
                behind.add(link.successor)
                waiting.append(link.successor)
    behind -= set(moved)
    ordered = order({key: [x.predecessor for x in into[key]] for key in tasks})
    # Links among what does not move may be broken already: they move nothing
    held = {
        key: task if key in behind else Task(task.earliest, task.duration, True)
        for key, task in tasks.items()
    }
    early = _early(held, _only_behind(into, behind, set(moved)), ordered)
    return {
        key: early[key][0]
        for key in ordered
        if key in behind and early[key][0] != tasks[key].earliest
    }


def _only_behind(into, behind, moved):
    """Of what is behind, the links that come from what has moved or is behind itself."""
    found = defaultdict(list)
    for key in behind:
        found[key] = [x for x in into[key] if x.predecessor in behind | moved]
    return found
