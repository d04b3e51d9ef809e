# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
import doctest

from hypothesis import given
from hypothesis import strategies as st

from odoo.tests import BaseCase

from ..engine import alignment as engine

shares = st.fixed_dictionaries({name: st.floats(0, 1) for name in engine.WEIGHTS})


class TestAlignment(BaseCase):
    def test_documented_examples(self):
        self.assertFalse(doctest.testmod(engine).failed)

    def test_points_of_the_criteria(self):
        self.assertEqual(sum(engine.WEIGHTS.values()), 100)
        found = engine.score({"indicators": 1, "group": 0.75})
        self.assertEqual(found.points["group"], 15)
        self.assertEqual((found.total, found.level), (40, "moderate"))
        everything = dict.fromkeys(engine.WEIGHTS, 1)
        self.assertEqual(engine.score(everything).total, 100)
        self.assertEqual(engine.score({}).level, "weak")

    def test_levels(self):
        for total, level in (
            (100, "strong"),
            (80, "strong"),
            (79.9, "good"),
            (60, "good"),
            (40, "moderate"),
            (39.9, "weak"),
            (0, "weak"),
        ):
            self.assertEqual(engine.level_of(total), level, total)

    def test_weights_make_a_hundred(self):
        for weights, total in (
            ({"sdg": 60, "policy": 30}, "90"),
            ({"sdg": 110, "policy": -10}, "100"),
            ({"sdg": 100.5}, "100.5"),
            ({}, "0"),
        ):
            with self.assertRaisesRegex(engine.WeightsError, f"not {total}$"):
                engine.score({}, weights)
        with self.assertRaises(engine.WeightsError):
            engine.check_weights({"sdg": float("nan")})
        for wrong in (-0.1, 1.1, float("nan")):
            with self.assertRaisesRegex(ValueError, "A share is 0 to 1.*sdg"):
                engine.score({"sdg": wrong})

    def test_share_of_places(self):
        self.assertEqual(engine.share_of_places(5, 0), 0)
        self.assertEqual(engine.share_of_places(50, 40), 1)

    @given(shares, st.sampled_from(sorted(engine.WEIGHTS)))
    def test_more_never_lowers_it(self, found, name):
        less, more = engine.score(found), engine.score({**found, name: 1.0})
        self.assertLessEqual(less.total, more.total)
        self.assertTrue(0 <= less.total <= 100)
