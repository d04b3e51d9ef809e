# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
import doctest
import random

from hypothesis import given, settings
from hypothesis import strategies as st

from odoo.tests import BaseCase

from ..engine import dependencies, expression
from ..engine.expression import ExpressionError, evaluate, parse

#: Bits that look like formulas, to reach deeper than random characters do.
BITS = (
    "0 1 2.5 .5 1,5 1e9 7. 1.2.3 999999999999999999 + - * / ^ ** × ÷ − % = == < <= > >= <> "
    "!= ( ) ((( ))) , . _ a b.c kpi.PAID __class__ kpi.__class__.__mro__ min( max( sum( avg( "
    "abs( round( if( default( eval( exec( lambda import or and not in is [ ] { } ' \" \\ : & "
    "| ~ @ ! ; \n \t \u00a0 ² ٣ １ 😀 nan inf 9^9^9^9 (1/0) -1^0.5 100^100"
).split(" ") + [" "]
NAMES = {"a": 2, "b.c": 0.5, "kpi.PAID": None, "nan": float("nan"), "inf": "text"}
texts = st.one_of(
    st.text(max_size=80), st.lists(st.sampled_from(BITS), max_size=60).map("".join)
)


class TestExpression(BaseCase):
    def check_error(self, text, code, position=None, **params):
        with self.assertRaises(ExpressionError) as caught:
            evaluate(text, NAMES)
        error = caught.exception
        self.assertEqual(error.code, code, text)
        if position is not None:
            self.assertEqual(error.position, position, text)
        for name, value in params.items():
            self.assertEqual(error.params[name], value)

    def test_documented_examples(self):
        self.assertFalse(doctest.testmod(expression).failed)
        self.assertFalse(doctest.testmod(dependencies).failed)

    def test_arithmetic(self):
        for text, value in [
            ("1+2*3", 7),
            ("=(1+2)*3", 9),
            ("7-2-1", 4),
            ("12/3/2", 2),
            ("12 ÷ 3 × 2 − 1", 7),
            ("-2^2", -4),
            ("2^-1", 0.5),
            ("2^3^2", 512),
            ("2**3", 8),
            ("--2", 2),
            ("50%", 0.5),
            ("200 * 5%", 10),
            ("3 > 2", 1),
            ("3 <= 2", 0),
            ("1 = 1", 1),
            ("1 <> 1", 0),
            ("a * b.c", 1),
            ("min(3, 1, 2)", 1),
            ("MAX(3, 1, 2)", 3),
            ("avg(1, 2, 6)", 3),
            ("sum(0.1, 0.2, 0.3)", 0.6),
            ("abs(-3)", 3),
            ("round(2.5)", 3),
            ("round(-2.5)", -3),
            ("round(1.005, 2)", 1.01),
            ("round(1234, -2)", 1200),
            ("round(999999999999999999, 9)", 1e18),
            ("if(2 > 1, 10, 1/0)", 10),
            ("if(0, 1/0, 20)", 20),
        ]:
            with self.subTest(text=text):
                self.assertEqual(evaluate(text, NAMES), value)

    def test_no_data_is_not_zero(self):
        for text, value in [
            ("kpi.PAID", None),
            ("kpi.PAID * 0", None),
            ("1 + kpi.PAID", None),
            ("-kpi.PAID", None),
            ("kpi.PAID ^ 2", None),
            ("kpi.PAID > 1", None),
            ("if(kpi.PAID, 1, 2)", None),
            ("default(kpi.PAID, 0) + 1", 1),
            ("default(3, kpi.PAID)", 3),
            ("sum(kpi.PAID, 2)", 2),
            ("avg(kpi.PAID, 2, 4)", 3),
            ("min(kpi.PAID)", None),
        ]:
            with self.subTest(text=text):
                self.assertEqual(evaluate(text, NAMES), value)

    def test_errors(self):
        for text, code, position in [
            ("", "empty", 0),
            ("= ", "empty", 2),
            ("1 +", "operand", 3),
            ("1 2", "unexpected", 2),
            ("(1", "closing", 2),
            ("(1 2", "unexpected", 3),
            ("1,5", "unexpected", 1),
            ("1e9", "number", 0),
            ("1.2.3", "number", 0),
            ("3 # 4", "unexpected", 2),
            ("pow(2, 3)", "function", 0),
            ("kpi.PAID()", "function", 0),
            ("abs()", "arguments", 0),
            ("if(1, 2)", "arguments", 0),
            ("unknown + 1", "name", 0),
            ("a.__class__", "name", 0),
            ("inf", "value", 0),
            ("nan", "too_large", 0),
            ("1 / (a - 2)", "division", 2),
            ("0 ^ -1", "division", 2),
            ("(0-1) ^ 0.5", "power", 6),
            ("9 ^ 101", "power", 2),
            ("9 ^ 9 ^ 9", "power", 2),
            ("100 ^ 100", "too_large", 4),
            ("99999999999 * 99999999999", "too_large", 12),
            ("round(1, 0.5)", "digits", 0),
            ("round(1, 10)", "digits", 0),
            ("1" * 400, "too_large", 0),
            ("1+" * 600, "too_long", None),
            ("(" * 40 + "1" + ")" * 40, "too_deep", None),
            ("1" + "^1" * 40, "too_deep", None),
        ]:
            with self.subTest(text=text[:20]):
                self.check_error(text, code, position)
        with self.assertRaises(ExpressionError) as caught:
            parse(b"1")
        self.assertEqual(caught.exception.code, "not_text")

    def test_every_message_can_be_filled(self):
        params = dict.fromkeys(("limit", "found", "known"), "x")
        for code in expression.MESSAGES:
            self.assertTrue(str(ExpressionError(code, 0, **params)))

    def test_long_runs_are_not_deep(self):
        self.assertEqual(evaluate("1" + "+1" * 499), 500)
        self.assertEqual(evaluate("-" * 998 + "1"), 1)
        self.assertAlmostEqual(evaluate("1" + "%" * 900), 0)

    @given(texts)
    @settings(max_examples=2000)
    def test_only_its_own_exception(self, text):
        self._try(text)

    def test_ten_thousand_wild_formulas(self):
        """Seeded, so that a failure can be told again; steps are counted, not timed."""
        chance = random.Random(20250518)
        worked = 0
        for _number in range(10_000):
            count = chance.randint(1, 40)
            worked += self._try("".join(chance.choices(BITS, k=count)))
        self.assertTrue(worked, "some of them must be formulas")

    def _try(self, text):
        try:
            parsed = parse(text)
            value = parsed.evaluate(NAMES)
        except ExpressionError:
            return 0
        self.assertLessEqual(self._count(parsed.root), len(text) + 1)
        if value is not None:
            self.assertIsInstance(value, float)
            self.assertLessEqual(abs(value), expression.MAX_VALUE)
        return 1

    def _count(self, node):
        """Steps, each done at most once: no more than there are characters."""
        return sum(self._count(part) for part in node.parts) + (node.kind != "chain")


class TestDependencies(BaseCase):
    def test_order(self):
        self.assertEqual(dependencies.order({1: [2, 3], 2: [3], 3: []}), [3, 2, 1])
        self.assertEqual(dependencies.order({}), [])

    def test_the_path_of_a_cycle(self):
        for needs, path in [
            ({"A": ["A"]}, ["A", "A"]),
            ({"X": ["A"], "A": ["B"], "B": ["C"], "C": ["A"]}, ["A", "B", "C", "A"]),
        ]:
            with self.assertRaises(dependencies.CycleError) as caught:
                dependencies.order(needs)
            self.assertEqual(caught.exception.path, path)

    def test_a_long_way(self):
        needs = {key: [key + 1] for key in range(20_000)}
        self.assertEqual(dependencies.order(needs)[0], 20_000)

    @given(st.dictionaries(st.integers(0, 9), st.lists(st.integers(0, 9), max_size=3)))
    def test_everything_comes_after_what_it_needs(self, needs):
        try:
            result = dependencies.order(needs)
        except dependencies.CycleError as error:
            steps = zip(error.path, error.path[1:], strict=False)
            self.assertTrue(all(then in needs[first] for first, then in steps))
            return
        places = {key: place for place, key in enumerate(result)}
        for key, keys in needs.items():
            self.assertTrue(all(places[other] < places[key] for other in keys))
