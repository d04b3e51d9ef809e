# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
import random
from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from odoo.tests import BaseCase

from ..engine.decision import Rule
from ..engine.experiment import (
    BEFORE_AFTER,
    COMPARED,
    SPLIT,
    Arm,
    Means,
    Plan,
    Rates,
    evaluate,
    size_needed,
)
from ..engine.statistics import Mean, Rate

PLAN = Plan(Rule(scale=20), needed=50)


def split(control, *variants):
    return [
        Arm("control", control, is_control=True),
        *(Arm(f"v{number}", rate) for number, rate in enumerate(variants, 1)),
    ]


def codes(evaluation):
    return [warning.code for warning in evaluation.warnings]


class TestEvaluation(BaseCase):
    def test_scale(self):
        """K38: 50 against 50, retention 40 against 70 %, a lift of 75 %."""
        found = evaluate(PLAN, split(Rate(20, 50), Rate(35, 50)))
        self.assertAlmostEqual(found.best.lift, 75)
        self.assertTrue(found.best.low > 0)
        self.assertTrue(found.best.significant)
        self.assertEqual(found.proposal.decision, "scale")
        self.assertEqual(found.progress, 1)
        self.assertAlmostEqual(found.level, 0.05)
        self.assertEqual(codes(found), [])

    def test_no_results(self):
        for arms in ([], split(None, None), split(Rate(1, 2), None), [Arm("v")]):
            found = evaluate(PLAN, arms)
            self.assertEqual(found.variants, [])
            self.assertEqual(found.proposal.reason, "no_result")
            self.assertEqual(found.warnings, [])
        # Without a control there is nothing to compare with
        self.assertEqual(evaluate(PLAN, [Arm("v", Rate(1, 2))]).variants, [])

    def test_lower_is_better(self):
        """Churn 20 → 10 % is 50 % better, and its limits lie around that."""
        plan = replace(PLAN, lower_is_better=True, needed=None)
        found = evaluate(plan, split(Rate(40, 200), Rate(20, 200))).best
        self.assertAlmostEqual(found.lift, 50)
        self.assertTrue(found.low < 50 < found.high)
        worse = evaluate(plan, split(Rate(20, 200), Rate(40, 200)))
        self.assertAlmostEqual(worse.best.lift, -100)
        self.assertEqual(worse.proposal.decision, "stop")

    def test_peeking(self):
        """What is significant at 5 % isn't yet after a fifth of the cases."""
        plan = replace(PLAN, needed=500)
        found = evaluate(plan, split(Rate(20, 50), Rate(31, 50)))
        self.assertLess(found.best.p_value, 0.05)
        self.assertFalse(found.best.significant)
        self.assertEqual(found.proposal.reason, "incomplete")
        self.assertEqual(codes(found), ["peeking"])
        self.assertEqual(found.warnings[0].values["looks"], 1)
        later = evaluate(plan, split(Rate(200, 500), Rate(310, 500)), [50, 100, 100])
        self.assertEqual(later.warnings[0].values["looks"], 2)
        self.assertLess(later.level, 0.05)
        self.assertGreater(later.level, 0.0499)
        self.assertTrue(later.best.significant)
        # Beyond the end, the test at the end is repeated
        beyond = evaluate(plan, split(Rate(240, 600), Rate(372, 600)), [50, 500, 550])
        self.assertGreater(beyond.level, 0.0499)

    def test_many_variants(self):
        found = evaluate(PLAN, split(Rate(20, 50), Rate(30, 50), Rate(31, 50)))
        self.assertEqual(codes(found), ["many_variants"])
        self.assertEqual(found.best.key, "v2")
        # Holm: the smallest of two p-values counts twice
        self.assertAlmostEqual(found.best.p_value, 2 * found.best.comparison.p_value)
        self.assertFalse(found.variants[0].significant)

    def test_the_significant_variant_is_the_best(self):
        found = evaluate(
            replace(PLAN, needed=None),
            split(Rate(400, 1000), Rate(3, 4), Rate(500, 1000)),
        )
        self.assertEqual(found.best.key, "v2")

    def test_harm_is_never_the_best(self):
        """Halved for sure is no better than 24 % more that may be chance."""
        arms = split(Rate(50, 100), Rate(25, 100), Rate(62, 100))
        found = evaluate(replace(PLAN, needed=100), arms)
        harm, promising = found.variants
        self.assertTrue(harm.significant)
        self.assertFalse(promising.significant)
        self.assertEqual(found.best, promising)
        self.assertEqual(found.proposal.decision, "iterate")
        self.assertEqual(found.proposal.reason, "chance")
        # Fewer is better: the same the other way round
        lower = replace(PLAN, needed=100, lower_is_better=True)
        arms = split(Rate(50, 100), Rate(75, 100), Rate(38, 100))
        self.assertEqual(evaluate(lower, arms).best.key, "v2")
        # Where all do harm, the least of it
        arms = split(Rate(50, 100), Rate(10, 100), Rate(25, 100))
        found = evaluate(replace(PLAN, needed=100), arms)
        self.assertEqual(found.best.key, "v2")
        self.assertEqual(found.proposal.decision, "stop")

    def test_limits_have_the_level_of_the_verdict(self):
        """Significant alone, but not among three: the limits hold 0 as well."""
        plan = replace(PLAN, needed=None)
        control = Mean(10, 4, 100)
        alone = evaluate(plan, split(control, Mean(11.2, 4, 100))).best
        self.assertTrue(alone.significant)
        self.assertGreater(alone.low, 0)
        self.assertEqual(alone.level, 0.05)
        many = split(control, Mean(11.2, 4, 100), control, Mean(12, 4, 100))
        first, second, third = evaluate(plan, many).variants
        self.assertTrue(third.significant)
        self.assertAlmostEqual(third.level, 0.05 / 3)
        self.assertGreater(third.low, 0)
        # The second is tested at a half, fails, and ends it
        self.assertFalse(first.significant)
        self.assertAlmostEqual(first.level, 0.05 / 2)
        self.assertLess(first.low, 0)
        self.assertAlmostEqual(second.level, 0.05 / 2)

    def test_limits_of_an_early_look(self):
        plan = replace(PLAN, needed=500)
        found = evaluate(plan, split(Rate(20, 50), Rate(31, 50))).best
        self.assertFalse(found.significant)
        self.assertLess(found.low, 0)
        self.assertLess(found.level, 0.001)
        # Next to no level is left: no limits instead of endless ones
        found = evaluate(replace(PLAN, needed=10**6), split(Rate(2, 50), Rate(50, 50)))
        self.assertEqual((found.best.low, found.best.high), (None, None))
        self.assertIsNone(found.best.comparison.low)
        self.assertFalse(found.best.significant)

    @given(
        st.lists(
            st.tuples(st.floats(-50, 50), st.floats(0.1, 20), st.integers(2, 300)),
            min_size=2,
            max_size=5,
        ),
        st.one_of(st.none(), st.integers(2, 600)),
    )
    def test_limits_never_contradict_the_verdict(self, figures, needed):
        arms = split(*(Mean(*values) for values in figures))
        for result in evaluate(replace(PLAN, needed=needed), arms).variants:
            low, high = result.comparison.low, result.comparison.high
            if low is None or min(abs(low), abs(high)) < 1e-9:
                continue
            self.assertEqual(result.significant, low > 0 or high < 0)

    def test_mismatch(self):
        arms = split(Rate(400, 1000), Rate(480, 1200))
        self.assertIn("mismatch", codes(evaluate(PLAN, arms)))
        # As planned: one to 1.2
        planned = [arms[0], replace(arms[1], share=1.2)]
        self.assertNotIn("mismatch", codes(evaluate(PLAN, planned)))

    def test_poor_figures(self):
        plan = replace(PLAN, needed=None)
        found = evaluate(plan, split(Rate(0, 1), Rate(2, 40)))
        self.assertEqual(
            codes(found), ["mismatch", "too_small", "small_cells", "no_lift", "no_plan"]
        )
        self.assertEqual(found.proposal.reason, "no_lift")
        found = evaluate(plan, split(Mean(5, 0, 20), Mean(6, 0, 20)))
        self.assertEqual(codes(found), ["no_spread", "no_plan"])
        self.assertEqual(found.proposal.reason, "chance")
        self.assertIsNone(found.progress)

    def test_before_after(self):
        arm = Arm("all", after=Rate(70, 100), before=Rate(50, 100))
        found = evaluate(replace(PLAN, design=BEFORE_AFTER), [arm])
        self.assertAlmostEqual(found.best.lift, 40)
        self.assertEqual(codes(found), ["no_comparison_group"])
        self.assertEqual(found.proposal.decision, "scale")

    def test_with_comparison_group(self):
        """50 → 70 % where the others went 50 → 55 %: 27 % more than expected."""
        arms = [
            Arm("rest", Rate(55, 100), Rate(50, 100), is_control=True),
            Arm("new", Rate(70, 100), Rate(50, 100)),
        ]
        plan = replace(PLAN, design=COMPARED)
        found = evaluate(plan, arms)
        self.assertAlmostEqual(found.best.lift, 100 * 0.15 / 0.55)
        self.assertFalse(found.best.significant)
        self.assertEqual(found.proposal.reason, "chance")
        self.assertEqual(codes(found), [])
        # Unequal groups are no fault here
        self.assertEqual(
            evaluate(plan, [arms[0], replace(arms[1], before=None)]).variants, []
        )

    def test_few_before(self):
        arms = [
            Arm("rest", Rate(55, 100), Rate(10, 20), is_control=True),
            Arm("new", Rate(70, 100), Rate(50, 100)),
        ]
        found = evaluate(replace(PLAN, design=COMPARED), arms)
        self.assertEqual(codes(found), ["few_before"])
        self.assertEqual(found.warnings[0].values, {"size": 20, "needed": 50})

    def test_measurements_are_no_cases(self):
        plan = replace(PLAN, of_measurements=True)
        found = evaluate(plan, split(Mean(5, 1, 50), Mean(6, 1, 50)))
        self.assertEqual(codes(found), ["measurements"])

    @given(st.integers(0, 60), st.integers(0, 60), st.booleans())
    def test_better_and_worse_are_mirrored(self, control, variant, lower):
        plan = replace(PLAN, lower_is_better=lower)
        turned = replace(PLAN, lower_is_better=not lower)
        arms = split(Rate(control, 60), Rate(variant, 60))
        one, other = (
            evaluate(plan, arms).variants[0],
            evaluate(turned, arms).variants[0],
        )
        if one.lift is not None:
            self.assertEqual(one.lift, -other.lift)
            self.assertEqual(one.low, None if other.high is None else -other.high)
        self.assertEqual(one.p_value, other.p_value)


class TestSizeNeeded(BaseCase):
    """Simulated experiments of the size needed find the effect as often as asked for."""

    RUNS = 600

    def simulate(self, plan, draw, variants=1):
        """Share of runs in which the last variant, which alone has an effect, is found."""
        found = 0
        for _run in range(self.RUNS):
            names = [f"v{number}" for number in range(variants)]
            arms = []
            for name in names if plan.design == BEFORE_AFTER else ["control", *names]:
                arms.append(
                    Arm(
                        name,
                        after=draw(name == names[-1]),
                        before=draw(False) if plan.design != SPLIT else None,
                        is_control=name == "control",
                    )
                )
            found += evaluate(plan, arms).variants[-1].significant
        return found / self.RUNS

    def check_power(self, design, expected, draw, variants=1):
        plan = replace(PLAN, design=design, needed=None)
        needed = size_needed(plan, expected, 0.8, variants)
        share = self.simulate(
            replace(plan, needed=needed), lambda effect: draw(effect, needed), variants
        )
        self.assertTrue(0.76 < share < 0.86, (design, needed, share))
        return needed

    def test_rates(self):
        generator = random.Random(3)

        def draw(effect, needed):
            rate = 0.6 if effect else 0.4
            return Rate(sum(generator.random() < rate for _ in range(needed)), needed)

        expected = Rates(0.4, 0.6)
        plain = self.check_power(SPLIT, expected, draw)
        self.assertEqual(plain, 97)
        self.assertEqual(self.check_power(BEFORE_AFTER, expected, draw), plain)
        compared = self.check_power(COMPARED, expected, draw)
        self.assertTrue(1.9 * plain < compared < 2.1 * plain, compared)

    def test_means(self):
        generator = random.Random(5)

        def draw(effect, needed):
            # Mean and deviation of a sample of normal cases, by their own distributions
            mean = generator.gauss(effect * 1.0, 2 / needed**0.5)
            square = generator.gammavariate((needed - 1) / 2, 2) / (needed - 1)
            return Mean(10 + mean, 2 * square**0.5, needed)

        expected = Means(1, 2)
        self.assertEqual(self.check_power(SPLIT, expected, draw), 63)
        self.assertEqual(self.check_power(BEFORE_AFTER, expected, draw), 63)
        self.assertEqual(self.check_power(COMPARED, expected, draw), 126)
        three = self.check_power(SPLIT, expected, draw, variants=3)
        self.assertGreater(three, 63)
        self.assertGreater(self.check_power(COMPARED, expected, draw, 2), 126)

    def test_published_sizes(self):
        """Of two groups at the same time, as before."""
        for control, variant, needed in ((0.10, 0.12, 3841), (0.05, 0.06, 8158)):
            expected = Rates(control, variant)
            self.assertEqual(size_needed(PLAN, expected, 0.8), needed)
            # One arm alone is compared with itself
            self.assertEqual(size_needed(PLAN, expected, 0.8, 0), needed)

    def test_endless(self):
        for design in (SPLIT, COMPARED):
            plan = replace(PLAN, design=design)
            self.assertIsNone(size_needed(plan, Rates(0.1, 0.1), 0.8))
            self.assertIsNone(size_needed(plan, Means(0, 1), 0.8))
