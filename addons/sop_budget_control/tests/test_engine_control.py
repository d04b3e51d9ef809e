# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""Pure arithmetic of the checks, with plain values and random ones."""

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from odoo.tests import BaseCase

from ..engine.control import BasisError, Tolerance, borrow, first_fit, judge

#: The machine may be busy with other things.
unhurried = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
YEAR = (1,) * 4
amounts = st.lists(st.integers(-50, 50), min_size=4, max_size=4)
plans = st.lists(st.integers(0, 100), min_size=4, max_size=4)
bases = st.sampled_from(("to_date", "year", "budget"))
tolerances = st.builds(Tolerance, percent=st.integers(0, 50), amount=st.integers(0, 50))


class TestEngineControl(BaseCase):
    def judge(self, basis, limits, used, effect, years=YEAR, **tolerance):
        return judge(basis, limits, used, effect, years, Tolerance(**tolerance))

    def test_twenty_million(self):
        # 20 m planned, 11 m spent, an order of 5 m: allowed, 4 m left
        verdict = self.judge("budget", [20, 0, 0, 0], [11, 0, 0, 0], [0, 5, 0, 0])
        self.assertEqual(
            (verdict.available, verdict.requested, verdict.left, verdict.shortfall),
            (9, 5, 4, 0),
        )

    def test_to_date_counts_the_months_so_far(self):
        verdict = self.judge("to_date", [10, 10, 10, 10], [0] * 4, [0, 25, 0, 0])
        self.assertEqual((verdict.first, verdict.last), (0, 1))
        self.assertEqual((verdict.available, verdict.shortfall), (20, 5))

    def test_dated_back_it_cant_take_what_was_spent_since(self):
        verdict = self.judge("to_date", [10, 10, 10, 10], [0, 20, 0, 0], [5, 0, 0, 0])
        self.assertEqual((verdict.last, verdict.available), (1, 0))
        self.assertEqual(verdict.shortfall, 5)

    def test_two_fiscal_years(self):
        years = [1, 1, 2, 2]
        verdict = self.judge("year", [10] * 4, [15, 0, 0, 0], [0, 0, 18, 0], years)
        self.assertEqual((verdict.first, verdict.last, verdict.left), (2, 3, 2))
        verdict = self.judge("year", [10] * 4, [15, 0, 0, 0], [6, 0, 18, 0], years)
        self.assertEqual((verdict.first, verdict.last, verdict.shortfall), (0, 1, 1))

    def test_tolerance_in_percent_and_amount(self):
        args = ("budget", [100, 0, 0, 0], [100, 0, 0, 0], [15, 0, 0, 0])
        self.assertEqual(self.judge(*args).shortfall, 15)
        self.assertEqual(self.judge(*args, percent=10).shortfall, 5)
        self.assertEqual(self.judge(*args, percent=10, amount=5).shortfall, 0)

    def test_what_was_missing_before_is_not_the_documents_excess(self):
        verdict = self.judge("budget", [10, 0, 0, 0], [30, 0, 0, 0], [5, 0, 0, 0])
        self.assertEqual((verdict.shortfall, verdict.excess), (25, 5))

    def test_nothing_taken_nothing_judged(self):
        for effect in ([0] * 4, [-5, 0, 0, 0], [-5, 5, 0, 0]):
            self.assertIsNone(self.judge("budget", [0] * 4, [50] * 4, effect))
        # Brought forward: more by then
        self.assertTrue(self.judge("to_date", [0] * 4, [5, 0, 0, 0], [5, -5, 0, 0]))

    def test_unknown_basis(self):
        with self.assertRaisesRegex(BasisError, "weekly"):
            self.judge("weekly", [0] * 4, [0] * 4, [1] * 4)

    @unhurried
    @given(bases, plans, amounts, amounts, tolerances)
    def test_passing_leaves_no_more_missing_than_before(
        self, basis, limits, used, effect, tolerance
    ):
        verdict = judge(basis, limits, used, effect, YEAR, tolerance)
        if verdict is None or verdict.shortfall:
            return
        ends = range(4) if basis == "to_date" else [3]
        for end in ends:
            taken = sum(effect[: end + 1])
            if taken > 0:
                limit = sum(limits[: end + 1])
                left = limit - sum(used[: end + 1]) - taken
                self.assertGreaterEqual(left, -tolerance.of(limit))

    @unhurried
    @given(plans, amounts, st.integers(1, 60))
    def test_first_fit_fits(self, limits, used, amount):
        effect = [amount, 0, 0, 0]
        place = first_fit("to_date", limits, used, effect, YEAR)
        for month in range(1, 4):
            moved = [0] * 4
            moved[month] = amount
            fits = not judge("to_date", limits, used, moved, YEAR).shortfall
            if place is None or month < place:
                self.assertFalse(fits)
            elif month == place:
                self.assertTrue(fits)

    @unhurried
    @given(plans, amounts, st.integers(1, 60))
    def test_what_is_borrowed_is_there(self, limits, used, need):
        loans = borrow(limits, used, 0, need)
        if loans:
            self.assertEqual(sum(amount for _place, amount in loans), need)
        for place, amount in loans:
            self.assertGreater(place, 0)
            self.assertLessEqual(amount, limits[place])
            self.assertLessEqual(amount, limits[place] - used[place])
