# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
import math
import random
import statistics

from hypothesis import assume, given
from hypothesis import strategies as st
from scipy import stats

from odoo.tests import BaseCase

from ..engine import statistics as engine
from ..engine.statistics import Mean, Rate

levels = st.sampled_from((0.01, 0.05, 0.1, 0.2))


@st.composite
def rates(draw):
    size = draw(st.integers(1, 5000))
    return Rate(draw(st.integers(0, size)), size)


means = st.builds(
    Mean, st.floats(-1e4, 1e4), st.floats(0.01, 1e3), st.integers(2, 5000)
)


class TestRates(BaseCase):
    def test_published_interval(self):
        """Newcombe 1998, method 10: 56/70 and 48/80 → 0.2000 (0.0524 to 0.3339)."""
        found = engine.compare_rates(Rate(48, 80), Rate(56, 70))
        self.assertAlmostEqual(found.difference, 0.2, 12)
        self.assertEqual(round(found.low, 4), 0.0524)
        self.assertEqual(round(found.high, 4), 0.3339)
        self.assertEqual(round(found.p_value, 5), 0.00805)
        self.assertAlmostEqual(found.lift, 1 / 3, 12)

    def test_other_published_intervals(self):
        """More columns of table II of Newcombe 1998."""
        for (a, m, b, n), low, high in (
            ((9, 10, 3, 10), 0.1705, 0.8090),
            ((6, 7, 2, 7), 0.0582, 0.8062),
            ((5, 56, 0, 29), -0.0381, 0.1926),
            ((0, 10, 0, 20), -0.1611, 0.2775),
            ((10, 10, 0, 20), 0.6791, 1.0),
            ((10, 10, 0, 10), 0.6075, 1.0),
        ):
            with self.subTest(a=a, m=m, b=b, n=n):
                found = engine.compare_rates(Rate(b, n), Rate(a, m))
                self.assertEqual(round(found.low, 4), low)
                self.assertEqual(round(found.high, 4), high)

    @given(rates(), levels)
    def test_wilson_against_scipy(self, rate, alpha):
        low, high = engine.wilson(rate, alpha)
        wanted = stats.binomtest(rate.successes, rate.size).proportion_ci(
            1 - alpha, "wilson"
        )
        self.assertAlmostEqual(low, wanted.low, 9)
        self.assertAlmostEqual(high, wanted.high, 9)

    @given(rates(), rates())
    def test_p_value_against_scipy(self, control, variant):
        failures = (control.size - control.successes, variant.size - variant.successes)
        successes = (control.successes, variant.successes)
        assume(any(failures) and any(successes))
        found = engine.compare_rates(control, variant)
        wanted = stats.chi2_contingency([successes, failures], correction=False)
        self.assertAlmostEqual(found.p_value, wanted.pvalue, 9)

    @given(rates(), rates(), levels)
    def test_bounds(self, control, variant, alpha):
        found = engine.compare_rates(control, variant, alpha)
        self.assertLessEqual(found.low, found.difference)
        self.assertLessEqual(found.difference, found.high)
        self.assertGreaterEqual(found.low, -1 - 1e-12)
        self.assertLessEqual(found.high, 1 + 1e-12)
        self.assertTrue(0 <= found.p_value <= 1)

    @given(rates(), rates(), levels)
    def test_symmetry(self, one, other, alpha):
        """Control and variant changed: the same with the other sign."""
        found = engine.compare_rates(one, other, alpha)
        turned = engine.compare_rates(other, one, alpha)
        self.assertAlmostEqual(found.low, -turned.high, 12)
        self.assertAlmostEqual(found.high, -turned.low, 12)
        self.assertAlmostEqual(found.p_value, turned.p_value, 12)

    @given(rates(), rates(), levels)
    def test_lift_agrees_with_difference(self, control, variant, alpha):
        found = engine.compare_rates(control, variant, alpha)
        if not control.successes:
            self.assertIsNone(found.lift)
            self.assertIsNone(found.lift_low)
            return
        if found.lift_low is not None:
            self.assertLessEqual(found.lift_low, found.lift + 1e-9)
            self.assertGreaterEqual(found.lift_low, -1 - 1e-9)
            if abs(found.low) > 1e-9:
                self.assertEqual(found.lift_low > 0, found.low > 0)
        if found.lift_high is not None:
            self.assertGreaterEqual(found.lift_high, found.lift - 1e-9)
            if abs(found.high) > 1e-9:
                self.assertEqual(found.lift_high > 0, found.high > 0)

    @given(rates(), rates())
    def test_surer_is_wider(self, control, variant):
        narrow = engine.compare_rates(control, variant, 0.1)
        wide = engine.compare_rates(control, variant, 0.01)
        self.assertLessEqual(wide.low, narrow.low + 1e-12)
        self.assertGreaterEqual(wide.high, narrow.high - 1e-12)

    @given(st.integers(1, 99), st.integers(1, 99), st.integers(2, 50))
    def test_more_cases_are_narrower(self, one, other, times):
        few = engine.compare_rates(Rate(one, 100), Rate(other, 100))
        many = engine.compare_rates(
            Rate(one * times, 100 * times), Rate(other * times, 100 * times)
        )
        self.assertLess(many.high - many.low, few.high - few.low)
        self.assertLessEqual(many.p_value, few.p_value + 1e-12)

    def test_simulated_experiments_without_effect_keep_the_level(self):
        """A/A: as often significant as alpha says, and the interval holds 0 else."""
        generator, runs, alarms, missed = random.Random(20250301), 4000, 0, 0
        for _run in range(runs):
            arms = [
                Rate(sum(generator.random() < 0.3 for _case in range(120)), 120)
                for _arm in range(2)
            ]
            found = engine.compare_rates(*arms)
            alarms += found.p_value < 0.05
            missed += not found.low <= 0 <= found.high
        # Three standard errors of a share of 0.05 are 0.0103
        self.assertTrue(0.04 < alarms / runs < 0.0604, alarms)
        self.assertTrue(0.035 < missed / runs < 0.0604, missed)

    def test_impossible_figures(self):
        for vals, code in (((1, 0), "size"), ((3, 2), "successes"), ((-1, 2), "succ")):
            with self.assertRaisesRegex(engine.StatisticsError, code):
                Rate(*vals)
        with self.assertRaisesRegex(engine.StatisticsError, "size"):
            Rate(0, math.nan)


class TestMeans(BaseCase):
    def test_published_test(self):
        """Welch: (20.6, 3.2, 15) and (17.9, 2.1, 12), where 3.2 and 2.1 are deviations."""
        found = engine.compare_means(Mean(17.9, 2.1, 12), Mean(20.6, 3.2, 15))
        self.assertEqual(round(found.statistic, 4), 2.6347)
        self.assertEqual(round(found.df, 2), 24.20)
        self.assertEqual(round(found.p_value, 5), 0.01446)

    @given(means, means, levels)
    def test_against_scipy(self, control, variant, alpha):
        found = engine.compare_means(control, variant, alpha)
        wanted = stats.ttest_ind_from_stats(
            variant.mean,
            variant.deviation,
            variant.size,
            control.mean,
            control.deviation,
            control.size,
            equal_var=False,
        )
        self.assertAlmostEqual(found.p_value, wanted.pvalue, 8)
        error = math.sqrt(variant.variance + control.variance)
        quantile = stats.t.ppf(1 - alpha / 2, found.df)
        scale = max(1.0, quantile * error)
        self.assertLess(
            abs(found.high - found.difference - quantile * error) / scale, 1e-6
        )
        self.assertAlmostEqual(
            found.high - found.difference, found.difference - found.low, 6
        )

    @given(means, means, levels)
    def test_lift_agrees_with_test(self, control, variant, alpha):
        assume(abs(control.mean) > 1)
        found = engine.compare_means(control, variant, alpha)
        assume(min(abs(found.low), abs(found.high)) > 1e-6)
        if found.lift_low is not None:
            self.assertLessEqual(found.lift_low, found.lift + 1e-9)
            self.assertGreaterEqual(found.lift_high, found.lift - 1e-9)
            excludes = found.lift_low > 0 or found.lift_high < 0
            self.assertEqual(excludes, found.p_value < alpha)

    @given(means, means)
    def test_symmetry(self, one, other):
        found = engine.compare_means(one, other)
        turned = engine.compare_means(other, one)
        self.assertAlmostEqual(found.low, -turned.high, 6)
        self.assertAlmostEqual(found.p_value, turned.p_value, 10)

    def test_nothing_to_test(self):
        for control, variant in (
            (Mean(10, 0, 20), Mean(12, 0, 20)),
            (Mean(10, 2, 1), Mean(12, 2, 20)),
        ):
            found = engine.compare_means(control, variant)
            self.assertAlmostEqual(found.lift, 0.2, 12)
            self.assertIsNone(found.p_value)
            self.assertIsNone(found.low)
        self.assertIsNone(engine.compare_means(Mean(0, 1, 9), Mean(1, 1, 9)).lift)
        # A control that may be 0 gives its ratio no limits
        vague = engine.compare_means(Mean(0.1, 1, 9), Mean(1, 1, 9))
        self.assertIsNone(vague.lift_low)

    def test_lift_of_a_negative_control(self):
        """From −10 to −8 is 20 % up, and the limits lie around that."""
        found = engine.compare_means(Mean(-10, 1, 50), Mean(-8, 1, 50))
        self.assertAlmostEqual(found.lift, 0.2, 12)
        self.assertTrue(0 < found.lift_low < 0.2 < found.lift_high)

    @given(st.lists(st.floats(-1e6, 1e6), min_size=2, max_size=50))
    def test_describe(self, values):
        found = engine.describe(values)
        self.assertEqual(found.size, len(values))
        self.assertAlmostEqual(found.mean, statistics.fmean(values), 6)
        self.assertAlmostEqual(found.deviation, statistics.stdev(values), 5)

    def test_describe_few(self):
        self.assertIsNone(engine.describe([]))
        self.assertEqual(engine.describe([4.0]), Mean(4.0, 0.0, 1))

    def test_impossible_figures(self):
        for vals, code in (
            ((1, 1, 0), "size"),
            ((1, -1, 5), "deviation"),
            ((math.nan, 1, 5), "mean"),
            ((1, math.inf, 5), "mean"),
        ):
            with self.assertRaisesRegex(engine.StatisticsError, code):
                Mean(*vals)


class TestBeforeAfter(BaseCase):
    def test_means(self):
        """12 → 18 where the others went 10 → 12: an effect of 4 on 14 expected."""
        found = engine.compare_changes(
            Mean(10, 2, 40), Mean(12, 2, 40), Mean(12, 2, 40), Mean(18, 2, 40)
        )
        self.assertAlmostEqual(found.difference, 4, 12)
        self.assertAlmostEqual(found.lift, 4 / 14, 12)
        # Four variances of 0.1: the standard error is √0.4, with 4 × 39 degrees
        self.assertAlmostEqual(found.statistic, 4 / math.sqrt(0.4), 12)
        self.assertAlmostEqual(found.df, 156, 9)
        wanted = 2 * stats.t.sf(found.statistic, 156)
        self.assertAlmostEqual(found.p_value, wanted, 12)
        spread = stats.t.ppf(0.975, 156) * math.sqrt(0.4)
        self.assertAlmostEqual(found.low, 4 - spread, 9)
        self.assertAlmostEqual(found.lift_high, (4 + spread) / 14, 9)

    def test_rates(self):
        """50 → 70 % where the others went 50 → 55 %."""
        found = engine.compare_changes(
            Rate(50, 100), Rate(55, 100), Rate(50, 100), Rate(70, 100)
        )
        error = math.sqrt((0.25 + 0.2475 + 0.25 + 0.21) / 100)
        self.assertAlmostEqual(found.difference, 0.15, 12)
        self.assertAlmostEqual(found.lift, 0.15 / 0.55, 12)
        self.assertAlmostEqual(found.statistic, 0.15 / error, 12)
        self.assertAlmostEqual(found.p_value, 2 * stats.norm.sf(0.15 / error), 12)
        self.assertIsNone(found.df)

    @given(rates(), rates(), rates())
    def test_equal_changes_are_no_effect(self, before, after, other):
        found = engine.compare_changes(before, after, before, after)
        self.assertAlmostEqual(found.difference, 0, 12)
        turned = engine.compare_changes(other, after, before, after)
        back = engine.compare_changes(before, after, other, after)
        self.assertAlmostEqual(turned.difference, -back.difference, 12)

    def test_no_spread(self):
        found = engine.compare_changes(*[Rate(0, 10)] * 3, Rate(10, 10))
        self.assertEqual(found.difference, 1)
        self.assertIsNone(found.p_value)
        self.assertIsNone(found.lift)
        short = engine.compare_changes(*[Mean(1, 1, 9)] * 3, Mean(1, 1, 1))
        self.assertIsNone(short.p_value)


class TestSizes(BaseCase):
    def test_published_sizes(self):
        """10 → 12 %: 3,841; 5 → 6 %: 8,158 an arm (alpha 5 %, power 80 %)."""
        self.assertEqual(engine.size_for_rates(0.10, 0.12), 3841)
        self.assertEqual(engine.size_for_rates(0.05, 0.06), 8158)

    def test_means(self):
        """Half a standard deviation: 63 by the normal approximation."""
        self.assertEqual(engine.size_for_means(1, 2), 63)
        self.assertEqual(engine.size_for_means(-1, 2), 63)
        self.assertEqual(engine.size_for_means(1, 0), 2)

    def test_endless(self):
        self.assertIsNone(engine.size_for_rates(0.1, 0.1))
        self.assertIsNone(engine.size_for_means(0, 1))
        self.assertIsNone(engine.size_for_means(1e-12, 1))
        with self.assertRaisesRegex(engine.StatisticsError, "rate"):
            engine.size_for_rates(0.5, 1.2)
        with self.assertRaisesRegex(engine.StatisticsError, "rate"):
            engine.size_for_changed_rates(1.2, 0.5)
        with self.assertRaisesRegex(engine.StatisticsError, "deviation"):
            engine.size_for_means(1, -1)

    @given(st.floats(0.05, 0.45), st.floats(0.02, 0.2), st.floats(0.02, 0.2))
    def test_smaller_effects_need_more(self, control, one, other):
        small, large = sorted((one, other))
        self.assertGreaterEqual(
            engine.size_for_rates(control, control + small),
            engine.size_for_rates(control, control + large),
        )
        self.assertLessEqual(
            engine.size_for_rates(control, control + small, power=0.7),
            engine.size_for_rates(control, control + small, power=0.9),
        )

    def test_the_size_has_the_power(self):
        """Simulated experiments of the size needed find the effect as often as asked for."""
        generator = random.Random(7)
        needed = engine.size_for_rates(0.4, 0.6)
        self.assertEqual(needed, 97)
        runs, found = 1500, 0
        for _run in range(runs):
            control, variant = (
                Rate(sum(generator.random() < p for _case in range(needed)), needed)
                for p in (0.4, 0.6)
            )
            found += engine.compare_rates(control, variant).p_value < 0.05
        self.assertTrue(0.77 < found / runs < 0.84, found)

    def test_days_left(self):
        self.assertEqual(engine.days_left(100, 50, 10), 10)
        self.assertEqual(engine.days_left(100, 30, 7), 17)
        self.assertEqual(engine.days_left(100, 120, 7), 0)
        self.assertIsNone(engine.days_left(100, 0, 7))
        self.assertIsNone(engine.days_left(100, 50, 0))


class TestGuards(BaseCase):
    def test_holm(self):
        """The example of R's p.adjust."""
        found = engine.holm([0.01, 0.04, 0.03, 0.005])
        for value, wanted in zip(found, (0.03, 0.06, 0.06, 0.02), strict=True):
            self.assertAlmostEqual(value, wanted, 12)
        self.assertEqual(engine.holm([]), [])
        self.assertEqual(engine.holm([0.6, 0.9]), [1.0, 1.0])

    @given(st.lists(st.floats(0, 1), min_size=1, max_size=8))
    def test_holm_lies_between(self, values):
        for value, adjusted in zip(values, engine.holm(values), strict=True):
            self.assertLessEqual(value, adjusted)
            self.assertLessEqual(adjusted, min(1.0, value * len(values)))

    def test_holm_levels(self):
        """The step at which each is tested; from the first that fails on, the same."""
        found = engine.holm_levels([0.03, 0.01, 0.04], 0.06)
        self.assertEqual(found, [0.03, 0.02, 0.03])
        self.assertEqual(engine.holm_levels([], 0.05), [])

    @given(st.lists(st.floats(0, 1), min_size=1, max_size=8), levels)
    def test_holm_levels_agree_with_adjusted(self, values, alpha):
        pairs = zip(engine.holm(values), engine.holm_levels(values, alpha), strict=True)
        for value, (adjusted, level) in zip(values, pairs, strict=True):
            if abs(adjusted - alpha) > 1e-12 and abs(value - level) > 1e-12:
                self.assertEqual(value < level, adjusted < alpha)

    @given(st.lists(st.integers(1, 5000), min_size=2, max_size=6))
    def test_ratio_mismatch_against_scipy(self, sizes):
        found = engine.ratio_mismatch(sizes, [1] * len(sizes))
        self.assertAlmostEqual(found, stats.chisquare(sizes).pvalue, 9)

    def test_ratio_mismatch(self):
        self.assertGreater(engine.ratio_mismatch([1000, 1030], [1, 1]), 0.001)
        self.assertLess(engine.ratio_mismatch([1000, 1200], [1, 1]), 0.001)
        self.assertGreater(engine.ratio_mismatch([1000, 2030], [1, 2]), 0.001)
        self.assertEqual(engine.ratio_mismatch([10], [1]), 1.0)
        self.assertEqual(engine.ratio_mismatch([0, 0], [1, 1]), 1.0)

    def test_small_cells(self):
        self.assertTrue(engine.has_small_cell([Rate(1, 40), Rate(3, 40)]))
        self.assertTrue(engine.has_small_cell([Rate(40, 40), Rate(38, 40)]))
        self.assertFalse(engine.has_small_cell([Rate(5, 40), Rate(5, 40)]))

    def test_spending_of_alpha(self):
        """O'Brien-Fleming: at half of the cases 0.00557 of 0.05 are spent."""
        self.assertEqual(round(engine.spent_alpha(0.05, 0.5), 5), 0.00557)
        self.assertAlmostEqual(engine.spent_alpha(0.05, 1), 0.05, 12)
        self.assertAlmostEqual(engine.spent_alpha(0.05, 3), 0.05, 12)
        self.assertEqual(engine.spent_alpha(0.05, 0), 0.0)

    @given(st.lists(st.floats(0, 1.5), min_size=1, max_size=10), levels)
    def test_levels_add_up_to_alpha(self, looks, alpha):
        looks = [*sorted(looks), 1.0]
        spent = math.fsum(
            engine.level_of_look(alpha, share, before)
            for before, share in zip([0.0, *looks], looks, strict=False)
        )
        self.assertLessEqual(spent, alpha + 1e-12)
        self.assertGreater(spent, alpha * 0.99)

    def test_peeking_without_and_with_the_guard(self):
        """Ten looks at 5 % err much more often than 5 %; with spent levels they don't."""
        generator, runs, naive, guarded = random.Random(11), 1500, 0, 0
        for _run in range(runs):
            counts, alarm, early = [0, 0], False, False
            for look in range(1, 11):
                for arm in range(2):
                    counts[arm] += sum(generator.random() < 0.5 for _case in range(30))
                p = engine.compare_rates(
                    *(Rate(count, 30 * look) for count in counts)
                ).p_value
                alarm |= p < 0.05
                level = engine.level_of_look(0.05, look / 10, (look - 1) / 10)
                early |= p < level
            naive += alarm
            guarded += early
        self.assertGreater(naive / runs, 0.12)
        self.assertLess(guarded / runs, 0.06)
