# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from hypothesis import given
from hypothesis import strategies as st

from odoo.tests import BaseCase

from ..engine import efficiency
from ..engine.decision import Proposal, Result, Rule, propose
from ..engine.efficiency import OperationFacts, contradictions

money = st.floats(0.01, 1e9)


class TestDecision(BaseCase):
    rule = Rule(scale=20)

    def test_the_table(self):
        for lift, significant, complete, decision, reason in (
            (30.0, True, True, "scale", "reached"),
            (20.0, True, True, "scale", "reached"),
            (19.999999999999996, True, True, "scale", "reached"),
            (19.9, True, True, "iterate", "below"),
            (0.0, False, True, "iterate", "below"),
            (-0.1, True, True, "stop", "worse"),
            (30.0, False, True, "iterate", "chance"),
            (30.0, False, False, "wait", "incomplete"),
            (-30.0, False, False, "wait", "incomplete"),
            # Clear before the end
            (30.0, True, False, "scale", "reached"),
            (None, True, True, "wait", "no_lift"),
        ):
            with self.subTest(lift=lift, significant=significant, complete=complete):
                found = propose(self.rule, Result(lift, significant, complete))
                self.assertEqual(found, Proposal(decision, reason))
        self.assertEqual(propose(self.rule, None), Proposal("wait", "no_result"))

    def test_thresholds_are_settable(self):
        loose = Rule(scale=5, iterate=-5, needs_significance=False)
        self.assertEqual(propose(loose, Result(5.0)).decision, "scale")
        self.assertEqual(propose(loose, Result(-4.0)).decision, "iterate")
        self.assertEqual(propose(loose, Result(-6.0)).decision, "stop")

    @given(st.floats(-200, 200), st.floats(-200, 200), st.booleans(), st.booleans())
    def test_more_lift_never_decides_worse(self, one, other, significant, complete):
        order = ["wait", "stop", "iterate", "scale"]
        low, high = (
            order.index(
                propose(self.rule, Result(lift, significant, complete)).decision
            )
            for lift in sorted((one, other))
        )
        self.assertLessEqual(low, high)


class TestEfficiency(BaseCase):
    def test_worked_cases(self):
        """K39 to K42, and the efficiency row of 5.2."""
        climate = efficiency.cost_per_unit(15000, 20)
        smart_city = efficiency.cost_per_unit(15000, 25)
        accelerator = efficiency.cost_per_unit(20000, 20)
        self.assertEqual((climate, smart_city, accelerator), (750, 600, 1000))
        self.assertEqual(efficiency.less_than(smart_city, climate), 20)
        participants = efficiency.cost_per_unit(30000, 300)
        self.assertEqual(participants, 100)
        self.assertEqual(efficiency.less_than(participants, 200), 50)
        self.assertEqual(efficiency.cost_per_unit(30000, 20), 1500)

    def test_return_after_execution(self):
        self.assertEqual(round(efficiency.percent_of(320, 300)), 107)
        self.assertEqual(efficiency.percent_of(22, 20), 110)
        self.assertEqual(efficiency.percent_of(12000, 15000), 80)
        self.assertEqual(efficiency.points_per_thousand(110, 20000), 5.5)

    def test_no_data_is_not_zero(self):
        self.assertIsNone(efficiency.cost_per_unit(None, 20))
        self.assertIsNone(efficiency.cost_per_unit(15000, None))
        self.assertIsNone(efficiency.cost_per_unit(15000, 0))
        self.assertIsNone(efficiency.cost_per_unit(0, 120))
        self.assertIsNone(efficiency.less_than(None, 200))
        self.assertIsNone(efficiency.less_than(100, 0))
        self.assertIsNone(efficiency.points_per_thousand(None, 100))
        self.assertIsNone(efficiency.points_per_thousand(80, 0))
        self.assertIsNone(efficiency.percent_of(1, 0))
        self.assertIsNone(efficiency.percent_of(None, 1))

    def test_places(self):
        places = efficiency.rank(
            [
                ("climate", "projects", 750),
                ("smart", "projects", 600),
                ("accelerator", "projects", 1000),
                ("discord", "projects", None),
                ("fair", "participants", 100),
            ]
        )
        self.assertTrue(places["smart"].best)
        self.assertEqual((places["smart"].rival, places["smart"].less), ("climate", 20))
        self.assertEqual(places["climate"].less, -25)
        self.assertEqual(places["climate"].rival, "smart")
        self.assertEqual([places[k].rank for k in ("climate", "accelerator")], [2, 3])
        self.assertIsNone(places["discord"].rank)
        # Alone in its unit: nothing to be best of
        self.assertFalse(places["fair"].best)
        self.assertIsNone(places["fair"].rival)

    def test_equals_share_the_place(self):
        places = efficiency.rank([("a", 1, 10.0), ("b", 1, 10.0)])
        self.assertEqual([p.rank for p in places.values()], [1, 1])
        self.assertTrue(all(place.best for place in places.values()))

    @given(money, money)
    def test_less_and_more(self, cost, other):
        less = efficiency.less_than(cost, other)
        self.assertEqual(less > 0, cost < other)
        self.assertLessEqual(less, 100)

    @given(
        st.integers(-(10**9), 10**9),
        st.lists(st.floats(0, 1e6), min_size=1, max_size=20),
    )
    def test_money_is_counted_once(self, cents, weights):
        parts = efficiency.divide(
            cents / 100, dict(enumerate(weights)), lambda money: round(money, 2)
        )
        self.assertEqual(sum(round(part * 100) for part in parts.values()), cents)

    def test_money_by_weight(self):
        def divide(total, **weights):
            return efficiency.divide(total, weights, lambda money: round(money, 2))

        self.assertEqual(divide(30000, a=2, b=1), {"a": 20000, "b": 10000})
        self.assertEqual(divide(10, a=0, b=0), {"a": 5, "b": 5})
        self.assertEqual(divide(1, a=1, b=1, c=1), {"a": 0.33, "b": 0.34, "c": 0.33})
        self.assertEqual(divide(5), {})


class TestContradictions(BaseCase):
    def test_the_table(self):
        for facts, wanted in (
            (OperationFacts("on_track", 1000, 0.0, 2), ["green_unspent"]),
            (OperationFacts("on_track", 1000, 1.0, 2), []),
            (OperationFacts("on_track", 0, 0.0, 2), []),
            # Nobody can tell what was spent
            (OperationFacts("on_track", 1000, None, 2), []),
            (OperationFacts("off_track", 1000, 1000.0, 2), ["red_spent"]),
            (OperationFacts("off_track", 1000, 900.0, 2), ["red_spent"]),
            (OperationFacts("off_track", 1000, 899.0, 2), []),
            (OperationFacts("at_risk", 1000, 1000.0, 2), []),
            (OperationFacts(None), ["no_kpi"]),
            (OperationFacts("on_track", 10, 0.0), ["green_unspent", "no_kpi"]),
        ):
            with self.subTest(facts=facts):
                self.assertEqual(contradictions(facts), wanted)
