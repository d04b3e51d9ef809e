# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
import doctest
from itertools import pairwise

from hypothesis import given, settings
from hypothesis import strategies as st

from odoo.tests import BaseCase

from ..engine import schedule as engine
from ..engine.dependencies import CycleError
from ..engine.schedule import Link, Task

TYPES = tuple(engine.ENDS)


@st.composite
def networks(draw, fixed=False, types=TYPES, lags=None, starts=None):
    """Up to seven tasks, links only from a lower number to a higher one."""
    count = draw(st.integers(1, 7))
    lags = st.integers(-4, 4) if lags is None else lags
    starts = st.integers(0, 12) if starts is None else starts
    tasks = {
        number: Task(
            draw(starts), draw(st.integers(1, 6)), fixed and draw(st.booleans())
        )
        for number in range(count)
    }
    pairs = [(a, b) for b in range(count) for a in range(b)]
    chosen = draw(st.lists(st.sampled_from(pairs), max_size=9)) if pairs else []
    links = [Link(a, b, draw(st.sampled_from(types)), draw(lags)) for a, b in chosen]
    return tasks, links


def keeps(link, starts, tasks):
    """The four rules, written out."""
    before, after = link.predecessor, link.successor
    start, finish = starts[before], starts[before] + tasks[before].duration
    next_start, next_finish = starts[after], starts[after] + tasks[after].duration
    return {
        "fs": next_start >= finish + link.lag,
        "ss": next_start >= start + link.lag,
        "ff": next_finish >= finish + link.lag,
        "sf": next_finish >= start + link.lag,
    }[link.type]


def as_early_as_possible(tasks, links, delayed=None, days=0):
    """Oracle: from the earliest days on, whatever breaks a link goes on by one day."""
    starts = {key: task.earliest for key, task in tasks.items()}
    if delayed is not None:
        starts[delayed] += days
    while True:
        late = {
            link.successor
            for link in links
            if not tasks[link.successor].is_fixed and not keeps(link, starts, tasks)
        }
        if not late:
            return starts
        for key in late:
            starts[key] += 1


class TestSchedule(BaseCase):
    def test_docstrings(self):
        self.assertEqual(doctest.testmod(engine).failed, 0)

    def test_worked_case(self):
        """A competition: 1 April is day 0; call 10 days, jury 4, judging 3, report 2."""
        tasks = {
            "call": Task(0, 10),
            "jury": Task(0, 4),
            "judging": Task(0, 3),
            "report": Task(0, 2),
        }
        links = [
            Link("call", "judging", "fs", 2),
            Link("jury", "judging"),
            # The report is begun with the judging and ended at least a day after it
            Link("judging", "report", "ss", 1),
            Link("judging", "report", "ff", 1),
        ]
        found = engine.work_out(tasks, links)
        rows = {
            key: (d.early_start, d.early_finish, d.late_start, d.late_finish)
            for key, d in found.items()
        }
        self.assertEqual(
            rows,
            {
                "call": (0, 10, 0, 10),
                "jury": (0, 4, 8, 12),
                "judging": (12, 15, 12, 15),
                "report": (14, 16, 14, 16),
            },
        )
        self.assertEqual(found["jury"].total_float, 8)
        self.assertEqual(found["jury"].free_float, 8)
        critical = [key for key, dates in found.items() if dates.is_critical]
        self.assertEqual(critical, ["call", "judging", "report"])
        self.assertEqual(found["report"].network_finish, 16)

    def test_lead_and_start_to_finish(self):
        tasks = {"old": Task(0, 3), "new": Task(5, 4), "early": Task(0, 6)}
        links = [Link("new", "old", "sf"), Link("old", "early", "fs", -2)]
        found = engine.work_out(tasks, links)
        # The old shift ends when the new one begins; two days before that, the next may start
        self.assertEqual(found["old"].early_start, 2)
        self.assertEqual(found["early"].early_start, 3)

    def test_fixed_day_can_not_be_kept(self):
        tasks = {"venue": Task(0, 8), "event": Task(5, 1, True), "bill": Task(0, 1)}
        links = [Link("venue", "event"), Link("event", "bill")]
        found = engine.work_out(tasks, links)
        self.assertEqual(found["event"].early_start, 5)
        self.assertEqual(found["venue"].total_float, -3)
        self.assertTrue(found["venue"].is_critical)
        [(link, days)] = engine.broken(tasks, links[:1])
        self.assertEqual((link.successor, days), ("event", 3))

    def test_networks_stand_for_themselves(self):
        tasks = {1: Task(0, 2), 2: Task(0, 3), 3: Task(0, 90)}
        found = engine.work_out(tasks, [Link(1, 2), Link(2, 4)])
        self.assertEqual(found[1].network, found[2].network)
        self.assertNotEqual(found[1].network, found[3].network)
        self.assertTrue(found[1].is_critical and found[3].is_critical)

    def test_circle_is_named(self):
        tasks = dict.fromkeys("abc", Task(0, 1))
        with self.assertRaises(CycleError) as caught:
            engine.work_out(tasks, [Link("a", "b"), Link("b", "c"), Link("c", "a")])
        path = caught.exception.path
        self.assertEqual((path[0], set(path)), (path[-1], set("abc")))

    @settings(max_examples=60)
    @given(networks())
    def test_floats_are_what_they_say(self, drawn):
        """Oracle: the most days by which a start may slip, tried one by one."""
        tasks, links = drawn
        found = engine.work_out(tasks, links)
        early = as_early_as_possible(tasks, links)
        self.assertEqual({k: d.early_start for k, d in found.items()}, early)

        def end(starts, network):
            return max(
                starts[key] + tasks[key].duration
                for key, dates in found.items()
                if dates.network == network
            )

        for key, dates in found.items():
            self.assertEqual(dates.network_finish, end(early, dates.network))
            slipped = {**tasks}
            most_total = most_free = None
            for days in range(60):
                slipped[key] = Task(early[key] + days, tasks[key].duration)
                starts = as_early_as_possible(slipped, links)
                if most_free is None and any(
                    starts[other] != early[other] for other in tasks if other != key
                ):
                    most_free = days - 1
                if end(starts, dates.network) > dates.network_finish:
                    most_total = days - 1
                    break
            self.assertEqual(dates.total_float, most_total)
            # What moves nothing else still must not move the end
            free = most_total if most_free is None else min(most_free, most_total)
            self.assertEqual(dates.free_float, free)

    @settings(max_examples=50)
    @given(networks(fixed=True))
    def test_bounds(self, drawn):
        tasks, links = drawn
        found = engine.work_out(tasks, links)
        for key, dates in found.items():
            task = tasks[key]
            self.assertEqual(dates.early_finish - dates.early_start, task.duration)
            self.assertGreaterEqual(dates.early_start, task.earliest)
            if task.is_fixed:
                self.assertEqual(dates.early_start, task.earliest)
                self.assertEqual(dates.late_start, task.earliest)
            else:
                self.assertEqual(dates.late_finish - dates.late_start, task.duration)
        if not any(task.is_fixed for task in tasks.values()):
            for dates in found.values():
                self.assertGreaterEqual(dates.late_start, dates.early_start)
                self.assertLessEqual(dates.free_float, dates.total_float)
            late = {key: dates.late_start for key, dates in found.items()}
            self.assertTrue(all(keeps(link, late, tasks) for link in links))

    @settings(max_examples=50)
    @given(networks(types=["fs"], lags=st.just(0), starts=st.just(0)))
    def test_critical_path_is_as_long_as_the_project(self, drawn):
        """Oracle: all paths of the graph, one by one."""
        tasks, links = drawn
        after = {
            key: {x.successor for x in links if x.predecessor == key} for key in tasks
        }

        def paths(path):
            yield path
            for following in after[path[-1]]:
                yield from paths([*path, following])

        everything = [path for key in tasks for path in paths([key])]
        found = engine.work_out(tasks, links)

        def length(path):
            return sum(tasks[key].duration for key in path)

        for key, dates in found.items():
            through = max(length(path) for path in everything if key in path)
            self.assertEqual(dates.total_float, dates.network_finish - through)
        longest = max(everything, key=length)
        self.assertEqual(length(longest), found[longest[0]].network_finish)
        self.assertTrue(all(found[key].is_critical for key in longest))
        for one, other in pairwise(longest):
            self.assertEqual(found[one].early_finish, found[other].early_start)

    @settings(max_examples=50)
    @given(networks(fixed=True), st.data())
    def test_what_follows(self, drawn, data):
        tasks, links = drawn
        start = data.draw(st.sampled_from(sorted(tasks)))
        moves = engine.follow(tasks, links, [start])
        behind, waiting = set(), [start]
        while waiting:
            key = waiting.pop()
            fresh = {x.successor for x in links if x.predecessor == key} - behind
            behind |= fresh
            waiting += fresh
        self.assertLessEqual(set(moves), behind)
        starts = {key: moves.get(key, task.earliest) for key, task in tasks.items()}
        for key, day in moves.items():
            self.assertGreater(day, tasks[key].earliest)
            self.assertFalse(tasks[key].is_fixed)
        for link in links:
            if (
                link.predecessor in behind | {start}
                and not tasks[link.successor].is_fixed
            ):
                self.assertTrue(keeps(link, starts, tasks))
