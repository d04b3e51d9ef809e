# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from hypothesis import given
from hypothesis import strategies as st
from scipy import special, stats

from odoo.tests import BaseCase

from ..engine import probability

degrees = st.floats(1, 1e5)
ordinates = st.floats(-60, 60)


class TestProbability(BaseCase):
    """Against an independent library."""

    def assert_close(self, value, wanted, relative=1e-9):
        self.assertLessEqual(abs(value - wanted), relative * abs(wanted) + 1e-14)

    @given(st.floats(1e-10, 1 - 1e-10))
    def test_normal_quantile(self, share):
        self.assert_close(probability.normal_quantile(share), stats.norm.ppf(share))

    @given(ordinates)
    def test_normal_tails(self, z):
        wanted = 2 * stats.norm.sf(abs(z))
        self.assert_close(probability.normal_two_sided(z), wanted)

    @given(st.floats(0.5, 1e4), st.floats(0.5, 1e4), st.floats(0, 1))
    def test_incomplete_beta(self, a, b, x):
        self.assert_close(
            probability.incomplete_beta(a, b, x), special.betainc(a, b, x), 1e-7
        )

    @given(ordinates, degrees)
    def test_t_tails(self, t, df):
        self.assert_close(
            probability.t_two_sided(t, df), 2 * stats.t.sf(abs(t), df), 1e-7
        )

    @given(st.floats(1e-6, 1 - 1e-6), degrees)
    def test_t_quantile(self, share, df):
        self.assert_close(
            probability.t_quantile(share, df), stats.t.ppf(share, df), 1e-6
        )

    def test_t_without_end(self):
        self.assertEqual(probability.t_two_sided(float("inf"), 3), 0.0)
        self.assertEqual(probability.t_quantile(0.5, 3), 0.0)

    @given(st.floats(0, 500), st.integers(1, 60))
    def test_chi_square(self, value, df):
        self.assert_close(
            probability.chi_square_above(value, df), stats.chi2.sf(value, df), 1e-8
        )
