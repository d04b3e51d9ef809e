# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
import doctest

from hypothesis import given
from hypothesis import strategies as st

from odoo.tests import BaseCase

from ..engine import assessment as engine
from ..engine.kpi import DIRECTIONS, Standing

values = st.none() | st.floats(-1e9, 1e9, allow_subnormal=False)


class TestAssessment(BaseCase):
    def test_documented_examples(self):
        self.assertFalse(doctest.testmod(engine).failed)

    def test_mean_rating(self):
        self.assertIsNone(engine.mean_rating([None, None]))
        self.assertEqual(engine.mean_rating([1, None, None]), 1)
        self.assertEqual(engine.mean_rating([5, 4, 4, None]), 13 / 3)
        for wrong in (0, 6):
            with self.assertRaisesRegex(ValueError, f"not {wrong}"):
                engine.mean_rating([3, wrong])

    def test_less_is_better_where_it_is_to_fall(self):
        before, after = Standing(value=20), Standing(value=15)
        for direction, verdict in (
            ("rise", "worse"),
            ("at_least", "worse"),
            ("fall", "better"),
            ("at_most", "better"),
            ("within", "unknown"),
        ):
            found = engine.compare(before, after, direction)
            self.assertEqual((found.change, found.percent), (-5, -25))
            self.assertEqual(found.verdict, verdict, direction)
        inside = Standing(value=15, attainment=100.0)
        outside = Standing(value=20, attainment=50.0)
        self.assertEqual(engine.compare(outside, inside, "within").verdict, "better")
        with self.assertRaisesRegex(ValueError, "Unknown direction: 'up'"):
            engine.compare(before, after, "up")

    def test_no_data_is_not_zero(self):
        nothing, zero = Standing(), Standing(value=0.0)
        for pair in ((nothing, zero), (zero, nothing), (nothing, nothing)):
            found = engine.compare(*pair, "rise")
            self.assertIsNone(found.change)
            self.assertEqual(found.verdict, "unknown")
        found = engine.compare(zero, Standing(value=5.0), "rise")
        self.assertEqual((found.change, found.percent), (5, None))

    @given(values, values, st.sampled_from(DIRECTIONS))
    def test_back_again_is_the_opposite(self, old, new, direction):
        opposite = {"better": "worse", "worse": "better"}
        there = engine.compare(Standing(value=old), Standing(value=new), direction)
        back = engine.compare(Standing(value=new), Standing(value=old), direction)
        self.assertEqual(opposite.get(there.verdict, there.verdict), back.verdict)
        if there.change is not None:
            self.assertEqual(there.change, -back.change)
