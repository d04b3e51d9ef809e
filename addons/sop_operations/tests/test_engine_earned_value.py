# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from datetime import date

from hypothesis import given
from hypothesis import strategies as st

from odoo.tests import BaseCase

from ..engine import earned_value as engine
from ..engine import risk
from ..engine.earned_value import Step

TODAY = date(2025, 6, 30)


class TestEarnedValue(BaseCase):
    def test_worked_case(self):
        """Budget 10,000; half is due, 40 % done, 5,000 spent."""
        steps = [
            Step(date(2025, 3, 1), 1.0),
            Step(TODAY, 0.6),
            Step(date(2025, 9, 1), 0.0),
            Step(date(2025, 12, 1), 0.0),
        ]
        found = engine.work_out(10000, steps, 5000, TODAY)
        self.assertEqual((found.planned, found.earned), (5000, 4000))
        self.assertEqual(found.schedule_variance, -1000)
        self.assertEqual(found.cost_variance, -1000)
        self.assertEqual(found.schedule_index, 0.8)
        self.assertEqual(found.cost_index, 0.8)
        self.assertEqual(found.estimate, 12500)
        self.assertEqual(found.estimate_to_go, 7500)
        self.assertEqual(found.variance_at_end, -2500)
        self.assertEqual(found.needed_index, 1.2)

    def test_no_data_is_not_zero(self):
        steps = [Step(date(2025, 9, 1), 0.5)]
        for budget, own, cost in (
            (None, steps, 10),
            (0, steps, 10),
            (100, [], 10),
        ):
            found = engine.work_out(budget, own, cost, TODAY)
            self.assertIsNone(found.planned)
            self.assertIsNone(found.earned)
            self.assertIsNone(found.schedule_index)
            self.assertIsNone(found.estimate)
        # Nothing is due yet; nobody knows what was spent; nothing was spent
        self.assertIsNone(engine.work_out(100, steps, 10, TODAY).schedule_index)
        self.assertIsNone(engine.work_out(100, steps, None, TODAY).cost_index)
        self.assertIsNone(engine.work_out(100, steps, None, TODAY).needed_index)
        self.assertIsNone(engine.work_out(100, steps, 0, TODAY).cost_index)
        # More than all is spent
        self.assertIsNone(engine.work_out(100, steps, 100, TODAY).needed_index)

    @given(
        st.floats(1, 1e9),
        st.lists(
            st.tuples(st.dates(date(2025, 1, 1), date(2025, 12, 31)), st.floats(0, 1)),
            min_size=1,
        ),
        st.floats(1, 1e9),
    )
    def test_identities(self, budget, rows, cost):
        found = engine.work_out(budget, [Step(*row) for row in rows], cost, TODAY)
        self.assertTrue(0 <= found.planned <= budget * (1 + 1e-9))
        self.assertTrue(0 <= found.earned <= budget * (1 + 1e-9))
        if found.estimate is not None and found.earned > 1e-6:
            self.assertAlmostEqual(
                found.estimate * found.earned / (budget * cost), 1, 6
            )


class TestRisk(BaseCase):
    def test_levels(self):
        for likelihood, impact, color in (
            (1, 1, "success"),
            (1, 5, "success"),
            (2, 4, "warning"),
            (4, 3, "warning"),
            (3, 5, "danger"),
            (5, 5, "danger"),
        ):
            score = risk.score(likelihood, impact)
            self.assertEqual(risk.color(score), color)
            self.assertEqual(risk.color(score, is_open=False), "muted")
