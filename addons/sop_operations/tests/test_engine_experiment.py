# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from odoo.tests import BaseCase

from ..engine.decision import Rule
from ..engine.experiment import BEFORE_AFTER, COMPARED, Arm, Plan, evaluate
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
