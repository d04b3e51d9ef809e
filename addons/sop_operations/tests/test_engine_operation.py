# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
import doctest
from datetime import date, timedelta

from hypothesis import given
from hypothesis import strategies as st

from odoo.tests import BaseCase

from odoo.addons.sop_budget.engine import distribution as dist

from ..engine import health, joint, timing

days = st.dates(date(1990, 1, 1), date(2090, 12, 31))
PLANS = {1: 10, 2: 10, 3: 10, 11: 20, 12: 20, 13: 20}
keys = st.lists(st.sampled_from(sorted(PLANS)), min_size=1, max_size=3).map(
    lambda found: ",".join(map(str, found))
)
distributions = st.dictionaries(
    keys, st.decimals(-50, 150, places=2).map(float), max_size=4
)


class TestTiming(BaseCase):
    def test_doctests(self):
        for module in (timing, health, joint):
            self.assertEqual(doctest.testmod(module).failed, 0)
            self.assertTrue(doctest.testmod(module).attempted)

    def test_share_of_the_time(self):
        start, end = date(2025, 1, 1), date(2025, 1, 10)
        for today, share in (
            (date(2024, 12, 31), 0),
            (date(2025, 1, 1), 0.1),
            (end, 1),
            (date(2026, 1, 1), 1),
        ):
            self.assertEqual(timing.time_share(start, end, today), share)
        self.assertIsNone(timing.time_share(None, end, end))
        self.assertIsNone(timing.time_share(start, None, end))

    def test_names_of_spans(self):
        for start, end, name in (
            (date(2025, 1, 1), date(2025, 12, 31), ("year", 1)),
            (date(2025, 7, 1), date(2025, 12, 31), ("half", 2)),
            (date(2024, 2, 1), date(2024, 2, 29), ("month", 2)),
            (date(2025, 2, 1), date(2025, 4, 30), ("days", 0)),
            (date(2025, 4, 1), date(2026, 3, 31), ("days", 0)),
            (date(2025, 1, 1), date(2025, 2, 28), ("days", 0)),
        ):
            self.assertEqual(timing.name_of_span(start, end), name)

    def test_first_occurrence_is_cut(self):
        found = list(timing.occurrences("quarter", date(2025, 2, 10), date(2025, 7, 1)))
        self.assertEqual(
            found,
            [
                (date(2025, 2, 10), date(2025, 3, 31)),
                (date(2025, 4, 1), date(2025, 6, 30)),
                (date(2025, 7, 1), date(2025, 9, 30)),
            ],
        )

    @given(st.sampled_from(["week", *timing.MONTHS]), days, st.integers(0, 900))
    def test_occurrences_leave_no_day_out(self, grain, first, length):
        last = first + timedelta(days=length)
        found = list(timing.occurrences(grain, first, last))
        self.assertEqual(found[0][0], first)
        self.assertGreaterEqual(found[-1][1], last)
        self.assertLessEqual(found[-1][0], last)
        for (_start, end), (following, _end) in zip(found, found[1:], strict=False):
            self.assertEqual(end + timedelta(days=1), following)


class TestHealth(BaseCase):
    def assess(self, **facts):
        signals = health.assess(health.Facts(**facts))
        return health.verdict(signals), signals

    def verdict(self, **facts):
        return self.assess(**facts)[0]

    def test_no_data_is_no_verdict(self):
        self.assertEqual(self.assess(), (None, []))
        self.assertIsNone(self.verdict(kpis=[(1, "muted")]))
        self.assertEqual(health.assess_parts([None]), [])
        self.assertIsNone(self.verdict(money_used=50.0))
        self.assertIsNone(self.verdict(time_used=50.0))

    def test_kpis(self):
        good, fair, bad = (1, "success"), (1, "warning"), (1, "danger")
        for kpis, verdict in (
            ([good], "on_track"),
            ([good, good, fair], "on_track"),
            ([good, fair], "at_risk"),
            ([good, good, good, bad], "at_risk"),
            ([good, bad], "off_track"),
            ([(9, "success"), bad], "at_risk"),
            ([(9, "danger"), *[good] * 8], "off_track"),
            ([good, (5, "muted")], "on_track"),
        ):
            self.assertEqual(self.verdict(kpis=kpis), verdict, kpis)

    def test_kpis_without_weight_say_nothing(self):
        self.assertIsNone(self.verdict(kpis=[(0, "danger")]))

    def test_unmeasured(self):
        kpis = [(1, "muted")]
        self.assertEqual(self.verdict(kpis=kpis, time_used=50.0), "at_risk")
        self.assertIsNone(self.verdict(kpis=kpis, time_used=49.0))
        self.assertIsNone(self.verdict(kpis=kpis, time_used=50.0, begun=False))

    def test_milestones(self):
        for late, due, verdict in (
            (0, 0, "on_track"),
            (0, 3, "on_track"),
            (1, 1, "at_risk"),
            (2, 5, "at_risk"),
            (2, 4, "off_track"),
        ):
            found = self.verdict(milestones=5, milestones_late=late, milestones_due=due)
            self.assertEqual(found, verdict)

    def test_money(self):
        for used, time, verdict in (
            (80.0, 75.0, "on_track"),
            (65.0, 50.0, "on_track"),
            (65.1, 50.0, "at_risk"),
            (85.0, 50.0, "off_track"),
            (100.0, None, None),
            (100.1, None, "at_risk"),
            (110.0, 100.0, "at_risk"),
            (110.1, 100.0, "off_track"),
        ):
            found = self.verdict(money_used=used, time_used=time)
            self.assertEqual(found, verdict, used)

    def test_time(self):
        for days_over, verdict in (
            (-3, "on_track"),
            (0, "on_track"),
            (1, "at_risk"),
            (14, "at_risk"),
            (15, "off_track"),
        ):
            self.assertEqual(self.verdict(days_over=days_over), verdict)
        for unstarted, verdict in ((0, None), (1, "at_risk"), (31, "off_track")):
            found = self.verdict(begun=False, days_unstarted=unstarted)
            self.assertEqual(found, verdict)

    def test_parts(self):
        for parts, verdict in (
            (["on_track", "at_risk"], "on_track"),
            (["on_track", "on_track", "off_track"], "at_risk"),
            (["on_track", "off_track", None], "off_track"),
        ):
            self.assertEqual(health.verdict(health.assess_parts(parts)), verdict)

    def test_the_worst_counts(self):
        verdict, signals = self.assess(
            kpis=[(1, "success")], money_used=120.0, milestones=1, milestones_late=1
        )
        self.assertEqual(verdict, "off_track")
        self.assertEqual(
            [(signal.code, signal.level) for signal in signals],
            [
                ("kpi", "on_track"),
                ("milestone", "at_risk"),
                ("money_over", "off_track"),
            ],
        )


class TestJoint(BaseCase):
    def test_accounts_that_stand_apart(self):
        for distribution, parts in (
            ({"1": 50, "11": 50}, {11: 25, 0: 25}),
            ({"1,11": 50, "11": 50}, {11: 50}),
            ({"1,11": 50, "2,11": 50}, {11: 50}),
            ({"1": 100}, {0: 100}),
            ({"11": 100}, {}),
            ({"1,11": 30, "1,12": 30, "1": 40}, {11: 30, 12: 30, 0: 40}),
            ({"1": 60, "2": 40, "11": 100}, {11: 60}),
        ):
            found = joint.joint_parts(100, distribution, PLANS, 1, 20)
            self.assertEqual(found, parts, distribution)

    def test_rounding_loses_nothing(self):
        found = joint.joint_parts(
            100, {"1,11": 33.33, "1,12": 33.33, "1,13": 33.34}, PLANS, 1, 20
        )
        self.assertEqual(found, {11: 33, 12: 34, 13: 33})

    @given(st.integers(-(10**9), 10**9), distributions, st.sampled_from([1, 2, 3]))
    def test_parts_add_up_to_the_operations_part(self, units, distribution, operation):
        found = joint.joint_parts(units, distribution, PLANS, operation, 20)
        whole = dist.split(units, distribution, PLANS).get(operation, 0)
        self.assertEqual(sum(found.values()), whole)

    @given(st.integers(-(10**6), 10**6), distributions)
    def test_a_plan_that_is_no_plan(self, units, distribution):
        found = joint.joint_parts(units, distribution, PLANS, 1, 0)
        self.assertLessEqual(set(found), {0})
