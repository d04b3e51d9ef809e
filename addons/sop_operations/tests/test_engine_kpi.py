# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
import doctest
import math
from dataclasses import replace
from datetime import date, timedelta

from hypothesis import given
from hypothesis import strategies as st

from odoo.tests import BaseCase

from ..engine import kpi as engine
from ..engine.kpi import Plan, Step, assess, attainment, shown_percent

START = date(2025, 4, 7)  # a Monday
EIGHT_WEEKS = {"start": START, "end": START + timedelta(55)}
END_OF_WEEK_6 = START + timedelta(41)
numbers = st.floats(-1e9, 1e9, allow_subnormal=False)
targets = numbers.filter(lambda number: abs(number) > 1e-3 or not number)


class TestAttainment(BaseCase):
    def test_documented_examples(self):
        self.assertFalse(doctest.testmod(engine).failed)

    def test_figures_of_the_programme(self):
        """Worked cases of a programme: attainment as people read it."""
        for value, target, shown in [
            (250, 300, 83),
            (18, 20, 90),
            (4, 10, 40),
            (320, 300, 107),
            (22, 20, 110),
            (1250, 1500, 83),
            (45, 50, 90),
            (30, 50, 60),
            (120, 100, 120),
            (58, 50, 116),
            (72, 70, 103),
            (0, 15000, 0),
            (99.95, 99.9, 100),
            (3200, 5000, 64),
            (6, 8, 75),
            (22, 30, 73),
        ]:
            with self.subTest(value=value, target=target):
                self.assertEqual(
                    shown_percent(attainment("at_least", value, target)), shown
                )
        self.assertEqual(attainment("at_least", 320, 300), 106.666667)

    def test_figures_that_should_be_low(self):
        for value, target, percent in [
            (185, 200, 107.5),
            (4.2, 5, 116.0),
            (2.5, 4, 137.5),
            (220, 200, 90.0),
            (400, 200, 0.0),
            (900, 200, 0.0),
            (0, 5, 200.0),
        ]:
            with self.subTest(value=value):
                self.assertEqual(attainment("at_most", value, target), percent)

    def test_from_a_baseline(self):
        for direction, value, target, baseline, percent in [
            ("fall", 4.2, 4, 5, 80.0),
            ("fall", 2.5, 2, 4, 75.0),
            ("fall", 5.5, 4, 5, 0.0),
            ("fall", 3, 4, 5, 200.0),
            ("rise", 60, 70, 50, 50.0),
            ("rise", 45, 70, 50, 0.0),
            ("rise", 75, 70, 50, 125.0),
            ("rise", -5, 0, -10, 50.0),
        ]:
            with self.subTest(direction=direction, value=value):
                self.assertEqual(
                    attainment(direction, value, target, baseline), percent
                )

    def test_target_of_zero(self):
        for direction, value, percent in [
            ("at_most", 0, 100.0),
            ("at_most", 3, 0.0),
            ("at_most", -1, 100.0),
            ("at_least", 0, 100.0),
            ("at_least", -1, 0.0),
            ("rise", 0, 100.0),
            ("rise", -1, 0.0),
            ("fall", 0, 100.0),
            ("fall", 1, 0.0),
        ]:
            with self.subTest(direction=direction, value=value):
                self.assertEqual(attainment(direction, value, 0), percent)

    def test_target_below_zero(self):
        self.assertEqual(attainment("at_least", -150, -100), 50.0)
        self.assertEqual(attainment("at_least", -100, -100), 100.0)
        self.assertEqual(attainment("at_most", -150, -100), 150.0)

    def test_band(self):
        for value, percent in [
            (20, 100.0),
            (25, 100.0),
            (30, 100.0),
            (31, 90.0),
            (15, 50.0),
            (5, 0.0),
        ]:
            with self.subTest(value=value):
                self.assertEqual(attainment("within", value, low=20, high=30), percent)
        self.assertEqual(attainment("within", 9, low=10, high=10), 90.0)
        self.assertEqual(attainment("within", 1, low=0, high=0), 0.0)

    def test_no_data_is_not_zero(self):
        for direction in engine.DIRECTIONS:
            self.assertIsNone(attainment(direction, None, 5, 0, 1, 2))
            self.assertIsNone(attainment(direction, 5))
        self.assertEqual(
            assess(Plan(target=5), [], START), engine.Standing(target=5, expected=5)
        )

    def test_unknown_direction(self):
        with self.assertRaisesRegex(ValueError, "sideways"):
            attainment("sideways", 1, 1)

    @given(st.sampled_from(engine.DIRECTIONS[:4]), numbers, numbers, targets, targets)
    def test_better_is_never_less(self, direction, one, other, target, baseline):
        low, high = sorted((one, other))
        if direction in ("rise", "fall"):
            ends = sorted((target, baseline))
            target, baseline = ends[::-1] if direction == "rise" else ends
        worse, better = (high, low) if direction in ("at_most", "fall") else (low, high)
        first = attainment(direction, worse, target, baseline)
        second = attainment(direction, better, target, baseline)
        self.assertGreaterEqual(first, 0)
        self.assertGreaterEqual(second, first)

    @given(st.sampled_from(engine.DIRECTIONS[:4]), targets, targets)
    def test_the_target_is_100_percent(self, direction, target, baseline):
        self.assertEqual(attainment(direction, target, target, baseline), 100.0)


class TestPace(BaseCase):
    def test_week_6_of_8(self):
        plan = Plan("rise", 300, **EIGHT_WEEKS)
        self.assertEqual(engine.expected(plan, END_OF_WEEK_6), 225)
        standing = assess(plan, [(END_OF_WEEK_6, 250)], END_OF_WEEK_6)
        self.assertEqual(shown_percent(standing.attainment), 83)
        self.assertEqual(shown_percent(standing.pace), 111)
        self.assertEqual(standing.color, "success")

    def test_a_level_is_wanted_at_any_time(self):
        plan = Plan("at_most", 200, **EIGHT_WEEKS)
        standing = assess(plan, [(START, 220)], START)
        self.assertEqual((standing.expected, standing.pace), (200, 90.0))

    def test_what_adds_up_is_wanted_by_days(self):
        plan = Plan("at_most", 56, aggregation="sum", **EIGHT_WEEKS)
        points = [(START, 20), (START + timedelta(2), 8)]
        standing = assess(plan, points, START + timedelta(27))
        self.assertEqual((standing.value, standing.expected), (28, 28))
        self.assertEqual((standing.pace, standing.attainment), (100.0, 150.0))
        self.assertEqual((standing.forecast, standing.answer), (56, "likely"))
        late = assess(
            plan, [*points, (START + timedelta(20), 28)], START + timedelta(27)
        )
        self.assertEqual((late.pace, late.color), (0.0, "danger"))
        self.assertEqual((late.forecast, late.answer), (112, "unlikely"))

    def test_without_dates_all_is_wanted_now(self):
        standing = assess(Plan("rise", 300), [(START, 250)], START)
        self.assertEqual(standing.pace, standing.attainment)
        self.assertEqual((standing.forecast, standing.answer), (None, "unknown"))

    def test_before_the_start_nothing_is_wanted(self):
        plan = Plan("rise", 70, 50, **EIGHT_WEEKS)
        before = START - timedelta(3)
        self.assertEqual(engine.expected(plan, before), 50)
        standing = assess(plan, [(before, 50)], before)
        self.assertEqual((standing.value, standing.attainment), (50, 0.0))
        self.assertEqual((standing.pace, standing.color), (None, "muted"))
        begun = assess(plan, [(before, 50)], START)
        self.assertEqual((begun.pace, begun.color), (0.0, "danger"))
        level = Plan("at_least", 70, **EIGHT_WEEKS)
        self.assertEqual(assess(level, [(before, 50)], before).color, "muted")

    def test_what_is_beyond_all_numbers_is_no_figure(self):
        huge = 1e308
        day = START + timedelta(9)
        for plan, points in [
            (Plan("rise", 300, **EIGHT_WEEKS), [(START, -huge), (day, huge)]),
            (Plan("at_least", 1e-300, **EIGHT_WEEKS), [(day, huge)]),
            (
                Plan("at_least", 5, aggregation="sum", **EIGHT_WEEKS),
                [(START, huge), (day, huge)],
            ),
            (
                Plan("at_least", 5, aggregation="average", **EIGHT_WEEKS),
                [(START, huge), (day, huge)],
            ),
            (
                Plan("at_least", 5, aggregation="sum", **EIGHT_WEEKS),
                [(START, math.inf), (day, -math.inf)],
            ),
            (Plan("at_least", 5, **EIGHT_WEEKS), [(day, math.nan)]),
        ]:
            standing = assess(plan, points, day)
            percents = (standing.attainment, standing.pace)
            with self.subTest(points=points, standing=standing):
                for figure in (*percents, standing.value, standing.forecast):
                    self.assertTrue(figure is None or math.isfinite(figure))
                for figure in percents:
                    shown_percent(figure)
        self.assertIsNone(engine.weighted_mean([(huge, 1), (huge, 1)]))

    def test_on_the_last_day_pace_is_attainment(self):
        for direction in ("rise", "at_least", "at_most"):
            plan = Plan(direction, 300, **EIGHT_WEEKS)
            standing = assess(plan, [(START, 250)], plan.end)
            self.assertEqual(standing.pace, standing.attainment)

    def test_targets_of_periods(self):
        quarters = tuple(
            Step(date(2025, first, 1), date(2025, first + 2, 28), target)
            for first, target in ((1, 10), (4, 30), (7, 60), (10, 100))
        )
        year = {"start": date(2025, 1, 1), "end": date(2025, 12, 31)}
        plan = Plan("rise", steps=quarters, by_periods=True, **year)
        self.assertEqual(engine.whole_target(plan, date(2025, 5, 1)), 100)
        self.assertEqual(engine.expected(plan, date(2025, 3, 27)), 0)
        self.assertEqual(engine.expected(plan, date(2025, 3, 28)), 10)
        self.assertEqual(engine.expected(plan, date(2025, 5, 15)), 10)
        by_days = Plan("rise", steps=quarters, **year)
        self.assertGreater(engine.expected(by_days, date(2025, 5, 15)), 10)
        self.assertEqual(engine.expected(by_days, date(2025, 6, 28)), 30)
        self.assertEqual(engine.expected(by_days, date(2025, 12, 31)), 100)
        adding = Plan("at_least", steps=quarters, aggregation="sum", **year)
        self.assertEqual(engine.whole_target(adding, date(2025, 1, 1)), 200)
        self.assertEqual(engine.expected(adding, date(2025, 6, 29)), 40)
        totals = replace(adding, cumulative=True)
        self.assertEqual(engine.whole_target(totals, date(2025, 1, 1)), 100)
        self.assertEqual(engine.expected(totals, date(2025, 6, 29)), 30)
        self.assertAlmostEqual(engine.expected(totals, date(2025, 8, 14)), 45, delta=1)
        stepwise = replace(totals, by_periods=True)
        self.assertEqual(engine.expected(stepwise, date(2025, 8, 14)), 30)
        standing = assess(
            totals, [(date(2025, 2, 1), 8), (date(2025, 5, 1), 19)], date(2025, 6, 29)
        )
        self.assertEqual(
            (standing.value, standing.pace, standing.color), (27, 90, "success")
        )
        # Of a level the targets are totals anyway
        self.assertEqual(
            engine.expected(replace(by_days, cumulative=True), date(2025, 6, 28)), 30
        )
        level = Plan("at_least", steps=quarters, **year)
        self.assertEqual(engine.expected(level, date(2024, 12, 31)), 10)
        self.assertEqual(engine.expected(level, date(2025, 5, 1)), 30)

    def test_path_to_draw(self):
        plan = Plan("rise", 56, **EIGHT_WEEKS)
        self.assertEqual(engine.path(plan), [(START, 1), (plan.end, 56)])
        self.assertEqual(engine.path(Plan("rise", 56)), [])
        self.assertEqual(engine.path(Plan("within", low=1, high=2, **EIGHT_WEEKS)), [])
        self.assertEqual(engine.path(Plan("rise", None, **EIGHT_WEEKS)), [])

    @given(st.floats(0, 1000), st.integers(0, 55), st.integers(0, 55))
    def test_more_is_expected_later(self, target, one, other):
        plan = Plan("rise", target, **EIGHT_WEEKS)
        first, last = (START + timedelta(days) for days in sorted((one, other)))
        self.assertLessEqual(
            engine.expected(plan, first), engine.expected(plan, last) + 1e-9
        )


class TestForecast(BaseCase):
    def test_straight_line(self):
        plan = Plan("rise", 300, **EIGHT_WEEKS)
        points = [
            (START + timedelta(7 * week + 6), 40 * week + 40) for week in range(4)
        ]
        self.assertAlmostEqual(engine.forecast(plan, points, points[-1][0]), 320)
        self.assertEqual(assess(plan, points, points[-1][0]).answer, "likely")

    def test_one_measurement_and_the_baseline(self):
        plan = Plan("fall", 2, 4, **EIGHT_WEEKS)
        points = [(START + timedelta(27), 3.25)]
        self.assertAlmostEqual(engine.forecast(plan, points, points[0][0]), 2.5)
        self.assertEqual(assess(plan, points, points[0][0]).answer, "unlikely")

    def test_close(self):
        plan = Plan("rise", 300, **EIGHT_WEEKS)
        points = [(START + timedelta(27), 140)]
        self.assertEqual(assess(plan, points, points[0][0]).answer, "close")

    def test_too_little_to_tell(self):
        level = Plan("at_least", 5, **EIGHT_WEEKS)
        one = [(START, 4)]
        self.assertIsNone(engine.forecast(level, one, START))
        near = [(START, 4), (START + timedelta(1), 5)]
        self.assertIsNone(engine.forecast(level, near, START + timedelta(1)))
        self.assertIsNone(engine.forecast(Plan("rise", 5, start=START), one, START))
        adding = Plan(aggregation="sum", target=5, end=START + timedelta(5))
        self.assertIsNone(engine.forecast(adding, one, START))

    def test_average_stays(self):
        plan = Plan("at_least", 5, aggregation="average", **EIGHT_WEEKS)
        standing = assess(plan, [(START, 4), (START + timedelta(1), 8)], START)
        self.assertEqual((standing.value, standing.forecast), (6, 6))
        self.assertEqual(standing.answer, "likely")

    def test_when_it_is_over(self):
        plan = Plan("at_least", 5, **EIGHT_WEEKS)
        after = plan.end + timedelta(1)
        self.assertEqual(assess(plan, [(START, 5)], after).answer, "met")
        self.assertEqual(assess(plan, [(START, 4)], after).answer, "missed")
        self.assertEqual(assess(plan, [], after).answer, "unknown")

    def test_reached_early(self):
        plan = Plan("rise", 5, **EIGHT_WEEKS)
        self.assertEqual(assess(plan, [(START, 5)], START).answer, "met")

    @given(
        st.floats(-1000, 1000),
        st.floats(-10, 10),
        st.sets(st.integers(0, 40), min_size=2, max_size=20),
    )
    def test_a_line_goes_on(self, start, slope, days):
        plan = Plan("at_least", 1, **EIGHT_WEEKS)
        points = [(START + timedelta(day), start + slope * day) for day in sorted(days)]
        ahead = engine.forecast(plan, points, points[-1][0])
        if ahead is not None:
            self.assertAlmostEqual(ahead, start + slope * 55, places=4)


class TestColour(BaseCase):
    def test_first_match_wins(self):
        for pace, name in [
            (107, "success"),
            (90, "success"),
            (89.999999, "warning"),
            (83, "warning"),
            (70, "warning"),
            (69.9, "danger"),
            (40, "danger"),
            (0, "danger"),
            (None, "muted"),
        ]:
            with self.subTest(pace=pace):
                self.assertEqual(engine.color(pace), name)
        self.assertEqual(
            engine.color(85, ((80, "success"), (60, "warning"))), "success"
        )

    @given(st.floats(0, 200), st.floats(0, 200))
    def test_the_rule_is_monotone(self, one, other):
        """Unlike marks set by hand, where 83 % was good and 90 % a warning."""
        rank = ["danger", "warning", "success"]
        low, high = sorted((one, other))
        self.assertLessEqual(
            rank.index(engine.color(low)), rank.index(engine.color(high))
        )


class TestMean(BaseCase):
    def test_mean_of_an_operation(self):
        mean = engine.weighted_mean([(90, 1), (99, 1), (100, 1), (68, 1)])
        self.assertEqual((mean, shown_percent(mean)), (89.25, 89))

    def test_weights_and_gaps(self):
        self.assertEqual(engine.weighted_mean([(100, 3), (50, 1), (None, 9)]), 87.5)
        self.assertEqual(engine.weighted_mean([(100, 1), (0, 0)]), 100.0)
        self.assertIsNone(engine.weighted_mean([]))
        self.assertIsNone(engine.weighted_mean([(None, 1)]))
        self.assertIsNone(engine.weighted_mean([(50, 0)]))

    def test_half_up_where_it_is_shown(self):
        for value, shown in [(89.5, 90), (88.5, 89), (0.4, 0), (106.666667, 107)]:
            self.assertEqual(shown_percent(value), shown)
        self.assertIsNone(shown_percent(None))

    @given(st.lists(st.tuples(st.floats(0, 200), st.floats(0.1, 10)), min_size=1))
    def test_the_mean_lies_between(self, pairs):
        mean = engine.weighted_mean(pairs)
        values = [value for value, _weight in pairs]
        self.assertGreaterEqual(mean, min(values) - 1e-5)
        self.assertLessEqual(mean, max(values) + 1e-5)
