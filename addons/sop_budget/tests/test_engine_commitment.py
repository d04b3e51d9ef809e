# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
import doctest

import hypothesis.strategies as st
from hypothesis import given

from odoo.tests import BaseCase

from ..engine import commitment
from ..engine.commitment import PLAIN, PriceLine, fit_price_line, open_quantity

quantities = st.integers(-1000, 1000)


class TestCommitmentEngine(BaseCase):
    def test_examples(self):
        self.assertEqual(doctest.testmod(commitment).failed, 0)

    @given(ordered=quantities, billed=quantities)
    def test_between_nothing_and_everything(self, ordered, billed):
        rest = open_quantity(ordered, billed)
        low, high = sorted((0, ordered))
        self.assertTrue(low <= rest <= high)
        if low <= ordered - billed <= high:
            self.assertEqual(rest, ordered - billed)

    @given(ordered=quantities, billed=quantities)
    def test_giving_back_is_the_mirror_image(self, ordered, billed):
        self.assertEqual(
            open_quantity(-ordered, -billed), -open_quantity(ordered, billed)
        )

    @given(billed=quantities)
    def test_advance(self, billed):
        self.assertEqual(open_quantity(0, billed, advance=True), -billed)

    @given(
        slope=st.floats(0.01, 100),
        intercept=st.floats(-1000, 1000),
        price=st.floats(-1e6, 1e6),
    )
    def test_two_points_make_a_line(self, slope, intercept, price):
        line = PriceLine(slope, intercept)
        fitted = fit_price_line(line.at)
        self.assertAlmostEqual(fitted.at(price), line.at(price), places=4)

    def test_plain(self):
        self.assertEqual(PLAIN.at(33.333), 33.333)
