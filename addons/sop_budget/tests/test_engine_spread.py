# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
import json
from datetime import date
from decimal import Decimal
from fractions import Fraction
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from odoo.tests import BaseCase

from ..engine import money, period, spread
from ..engine.spread import SpreadError

#: Cases in a form that other languages can read as well.
VECTORS = Path(__file__).parent / "spread_vectors.json"

amounts = st.integers(-(10**14), 10**14)
weight = st.one_of(
    st.integers(0, 10**12),
    st.floats(0, 1e9, allow_nan=False),
    st.fractions(0, 1000),
    st.decimals(0, 1000, places=3),
)
weights = st.lists(weight, min_size=1, max_size=40)


def _vectors(kind):
    return json.loads(VECTORS.read_text(encoding="utf-8"))[kind]


def _exact(value):
    if isinstance(value, float):
        return Fraction(money.to_decimal(value))
    return Fraction(value)


class TestMoney(BaseCase):
    def test_units_round_half_away_from_zero(self):
        for amount, places, units in [
            (33333.335, 2, 3333334),
            (1.005, 2, 101),
            (-1.005, 2, -101),
            (0.5, 0, 1),
            (-2.5, 0, -3),
            ("12.3456", 3, 12346),
            (Decimal("2.345"), 2, 235),
            (Fraction(1, 3), 2, 33),
            (Fraction(-1, 8), 2, -13),
            (7, 2, 700),
            (1e-300, 2, 0),
        ]:
            with self.subTest(amount=amount):
                self.assertEqual(money.to_units(amount, places), units)

    def test_what_is_no_amount_is_refused(self):
        for amount in (float("nan"), float("inf"), "x", None, "1e999999999", 1e300):
            with self.subTest(amount=amount), self.assertRaises(money.MoneyError):
                money.to_units(amount)

    @given(st.integers(-(10**15), 10**15), st.integers(0, 4))
    def test_units_survive_the_way_through_floats(self, units, places):
        self.assertEqual(money.to_units(money.from_units(units, places), places), units)

    def test_convert_at_a_rate_of_eight_decimals(self):
        self.assertEqual(money.convert(1000, 0.00003912, 2), 4)
        self.assertEqual(money.convert("1234567.89", "1.08123456", 2), 133485747)
        for rate in (0, -1, float("nan")):
            with self.subTest(rate=rate), self.assertRaises(money.MoneyError):
                money.convert(1, rate)


class TestSpread(BaseCase):
    def test_vectors(self):
        for case in _vectors("spread"):
            with self.subTest(**case):
                if "error" in case:
                    with self.assertRaises(SpreadError) as caught:
                        spread.spread(case["total"], case["weights"])
                    self.assertEqual(caught.exception.code, case["error"])
                else:
                    parts = spread.spread(case["total"], case["weights"])
                    self.assertEqual(parts, case["result"])

    def test_a_weight_must_be_a_number(self):
        for wrong in (float("nan"), float("inf"), "many"):
            with self.subTest(wrong=wrong), self.assertRaises(SpreadError) as caught:
                spread.spread(10, [1, wrong])
            self.assertEqual(caught.exception.code, "bad_weight")

    @given(amounts, weights)
    def test_the_parts_are_exact_shares(self, total, parts_of):
        exact = [_exact(one) for one in parts_of]
        if not sum(exact):
            return
        parts = spread.spread(total, parts_of)
        self.assertEqual(sum(parts), total)
        for part, share in zip(parts, exact, strict=True):
            self.assertLess(abs(part - total * share / sum(exact)), 1)
            if not share:
                self.assertEqual(part, 0)

    @given(amounts, st.lists(st.integers(0, 1000), min_size=1, max_size=40))
    def test_more_weight_never_gets_less(self, total, parts_of):
        if not sum(parts_of):
            return
        parts = [abs(part) for part in spread.spread(total, parts_of)]
        ranked = sorted(zip(parts_of, parts, strict=True))
        self.assertEqual([part for _w, part in ranked], sorted(parts))
        mirrored = spread.spread(-total, parts_of)
        self.assertEqual([abs(part) for part in mirrored], parts)

    @given(amounts, st.integers(1, 400))
    def test_even_parts_differ_by_a_unit_the_first_ones_more(self, total, count):
        parts = spread.spread_even(total, count)
        self.assertEqual(sum(parts), total)
        self.assertLessEqual(max(parts) - min(parts), 1)
        sizes = [abs(part) for part in parts]
        self.assertEqual(sizes, sorted(sizes, reverse=True))

    @given(amounts, st.dates(), st.integers(0, 1200))
    def test_by_days_follows_the_days(self, total, date_from, length):
        if date_from.year > 9990:
            return
        date_to = date.fromordinal(date_from.toordinal() + length)
        months = period.months_between(date_from, date_to)
        parts = spread.spread_by_days(total, months, date_from, date_to)
        self.assertEqual(sum(parts), total)
        for part, month in zip(parts, months, strict=True):
            days = period.month_days(month, date_from, date_to)
            self.assertLess(abs(part - Fraction(total * days, length + 1)), 1)


class TestSpreadTopDown(BaseCase):
    def test_vectors(self):
        for case in _vectors("topDown"):
            arguments = (
                case["current"],
                case["held"],
                case["total"],
                case.get("weights"),
            )
            with self.subTest(**case):
                if "error" in case:
                    with self.assertRaises(SpreadError) as caught:
                        spread.spread_top_down(*arguments)
                    self.assertEqual(caught.exception.code, case["error"])
                else:
                    self.assertEqual(spread.spread_top_down(*arguments), case["result"])

    def test_the_reason_names_the_amounts(self):
        with self.assertRaisesRegex(SpreadError, "already take 200.* total of 100"):
            spread.spread_top_down([10, 200], [False, True], 100)

    @given(
        st.lists(st.tuples(amounts, st.booleans()), min_size=1, max_size=40), amounts
    )
    def test_held_cells_stay_and_the_sum_is_exact(self, cells, total):
        current = [amount for amount, _held in cells]
        held = [mark for _amount, mark in cells]
        try:
            result = spread.spread_top_down(current, held, total)
        except SpreadError as error:
            self.assertIn(error.code, ("everything_held", "held_exceeds"))
            self.assertTrue(any(held))
            return
        self.assertEqual(sum(result), total)
        for old, new, mark in zip(current, result, held, strict=True):
            if mark:
                self.assertEqual(old, new)

    @given(st.lists(st.integers(0, 10**9), min_size=1, max_size=40))
    def test_the_same_total_changes_nothing(self, current):
        free = [False] * len(current)
        if any(current):
            self.assertEqual(
                spread.spread_top_down(current, free, sum(current)), current
            )


class TestEntryModes(BaseCase):
    def test_monthly_one_time_quarterly(self):
        self.assertEqual(spread.monthly(500, 3), [500, 500, 500])
        self.assertEqual(spread.one_time(900, 3, 1), [0, 900, 0])
        for index in (-1, 3):
            with self.subTest(index=index), self.assertRaises(SpreadError) as caught:
                spread.one_time(900, 3, index)
            self.assertEqual(caught.exception.code, "out_of_range")
        months = period.months_between(date(2025, 2, 10), date(2025, 10, 1))
        self.assertEqual(
            spread.quarterly(300, months), [300, 0, 300, 0, 0, 300, 0, 0, 300]
        )
        self.assertEqual(
            spread.quarterly(300, months, fiscal_month=2),
            [300, 0, 0, 300, 0, 0, 300, 0, 0],
        )

    def test_seasonal_ignores_months_below_zero(self):
        self.assertEqual(spread.seasonal(1000, [300, -50, 100]), [750, 0, 250])
        with self.assertRaises(SpreadError) as caught:
            spread.seasonal(1000, [0, -50])
        self.assertEqual(caught.exception.code, "no_weight")

    def test_quantity_times_price_rounds_once(self):
        self.assertEqual(spread.quantity_price(3, "33.335"), 10001)
        self.assertEqual(spread.quantity_price(1.5, 0.01), 2)
        self.assertEqual(spread.quantity_price("12.5", 80, 0), 1000)
        with self.assertRaises(money.MoneyError):
            spread.quantity_price(float("nan"), 1)

    @given(st.lists(amounts, max_size=40), st.integers(-100, 300))
    def test_uplift_keeps_the_sum(self, cells, percent):
        raised = spread.uplift(cells, percent)
        factor = 1 + Fraction(percent, 100)
        self.assertEqual(sum(raised), money.to_units(sum(cells) * factor, 0))
        for old, new in zip(cells, raised, strict=True):
            self.assertLessEqual(abs(new - old * factor), 1)
