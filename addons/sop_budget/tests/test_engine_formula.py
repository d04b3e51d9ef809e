# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
import ast
import contextlib
import sys
from fractions import Fraction
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from odoo.tests import BaseCase

from ..engine import formula
from ..engine.formula import FormulaError, evaluate, find, find_all

#: Bits that look like formulas, to reach deeper than random characters do.
BITS = st.sampled_from(
    "0 1 2.5 .5 1,000 1,5 15k 3m 2bn 1'000 1e9 7. + - − * × / ÷ x X = == % ( ) ; , . _ "
    "team x.y __class__ meet-up €5 $ £ 600/month \u00a0 \u202f \n \t ² ٣ １ 😀 lambda "
    "** ^ // in or [ ] { } ' \" \\ : & k bn e5 nan inf".split(" ")
    + [" "]
)
texts = st.one_of(st.text(max_size=80), st.lists(BITS, max_size=40).map("".join))


class TestFormula(BaseCase):
    def _assert_error(self, text, code, position=None, **arguments):
        with self.assertRaises(FormulaError) as caught:
            evaluate(text, **arguments)
        self.assertEqual(caught.exception.code, code)
        if position is not None:
            self.assertEqual(caught.exception.position, position)
        return caught.exception

    def test_examples_of_real_impact_texts(self):
        for text, shown in [
            ("=3*4*12=144 meet-up events", "144 meet-up events"),
            ("=3*4*12 meet-ups", "144 meet-ups"),
            ("=15k GDP from prize", "15,000 GDP from prize"),
            ("300 participants × 5 % = 15 projects", "15 projects"),
            ("=10 ambassadors x $600/month", "6,000 /month"),
            ("= 10 ambassadors x 600/month = 6k per month", "6,000 per month"),
            ("=600€ x 3", "1,800 €"),
            ("=12/7 days", "1.71 days"),
            ("=-2.5m", "-2,500,000"),
        ]:
            with self.subTest(text=text):
                self.assertEqual(evaluate(text).text, shown)

    def test_arithmetic(self):
        for text, value in [
            ("=1+2*3", 7),
            ("=(1+2)*3", 9),
            ("=7-2-1", 4),
            ("=12/3/2", 2),
            ("=12÷3·2", 8),
            ("=2x3X4", 24),
            ("=--2", 2),
            ("=-(2+3)", -5),
            ("=2*-3", -6),
            ("=50%", Fraction(1, 2)),
            ("=200*10%", 20),
            ("=1/3*3", 1),
            ("=0.1+0.2", Fraction(3, 10)),
            ("=1,234,567.5", Fraction(2469135, 2)),
            ("=1'000+1_000+1\u00a0000", 3000),
            ("=2bn+1M+3K", 2001003000),
            ("=.5", Fraction(1, 2)),
            ("=5 cups-3 cups", None),
            ("=5 cups - 3 cups", 2),
        ]:
            with self.subTest(text=text):
                if value is None:
                    self._assert_error(text, "glued")
                else:
                    self.assertEqual(evaluate(text).value, value)

    def test_every_error_with_its_place(self):
        for text, code, position in [
            (None, "not_text", 0),
            ("=" + "1" * 500, "too_long", 500),
            ("=" + "(" * 21, "too_deep", 21),
            ("=999999999bn*999999999bn", "too_large", None),
            ("20 startups", "no_formula", 0),
            ("=", "operand", 1),
            ("=2*", "operand", 3),
            ("=2**3", "operand", 3),
            ("=2^3", "operator", 2),
            ("=2)", "operator", 2),
            ("=(2+3", "closing", 1),
            ("=1,5*2", "number", 1),
            ("=1.2.3", "number", 1),
            ("=1e9", "number", 1),
            ("=2*team", "name", 3),
            ("=a.__class__", "name", 1),
            ("=3/(2-2)", "division", None),
            ("=2*2=5", "stated", 5),
            ("=2*2=", "operand", 5),
            ("=1=1=1", "operator", 4),
            ("=2 phase-3 trials", "glued", 8),
        ]:
            with self.subTest(text=text):
                error = self._assert_error(text, code, position)
                self.assertEqual(str(error), formula.MESSAGES[code] % error.params)

    def test_a_stated_result_must_agree_to_its_last_digit(self):
        for text in ("=10/3=3.33", "=10/3=3 each", "=1234=1.2k", "=-4/3=-1.3"):
            with self.subTest(text=text):
                self.assertIsNotNone(evaluate(text).stated)
        self._assert_error("=10/3=3.34", "stated")
        self.assertEqual(evaluate("=1/8 = 12.5 %").stated, Fraction(1, 8))
        self.assertEqual(evaluate("=2*3 = boxes").text, "6 boxes")

    def test_names(self):
        names = {"team": 4, "rate": 2.5, "share": Fraction(1, 3), "bad": "many"}
        self.assertEqual(evaluate("=team*rate trips", names).text, "10 trips")
        self.assertEqual(evaluate("=6 people x share", names).value, 2)
        self.assertEqual(evaluate("=12/team", names).value, 3)
        self._assert_error("=bad*2", "value", 1, names=names)
        self._assert_error("=team.real", "operator", names=names)

    def test_plain_text_is_no_formula(self):
        for text in (
            "",
            "20 startups; 2 cohorts",
            "100 mentor-mentee pairs",
            "2025 = 3 hubs",
            "good = better",
            "a = b * 3; R&D",
            "x" * 600 + "=1",
        ):
            with self.subTest(text=text):
                self.assertEqual(find_all(text), [])
                self.assertIsNone(find(text))
        with self.assertRaises(FormulaError):
            find_all(3)

    def test_formulas_among_text(self):
        text = "300+ each, 15k per competition; =15k GDP, 20 projects\n= 2*3 cohorts"
        self.assertEqual(
            [result.text for result in find_all(text)],
            ["15,000 GDP, 20 projects", "6 cohorts"],
        )
        self.assertEqual(float(find(text)), 15000.0)
        with self.assertRaises(FormulaError) as caught:
            find_all("2 cohorts; = 2*/3")
        self.assertEqual(caught.exception.position, 15)
        with self.assertRaises(FormulaError) as caught:
            find_all("plain;=" + "1" * 600)
        self.assertEqual(caught.exception.code, "too_long")
        with self.assertRaises(FormulaError) as caught:
            find_all("5 a × 2 = 11 a")
        self.assertEqual(caught.exception.code, "stated")

    @settings(max_examples=2000)
    @given(texts, st.booleans())
    def test_no_text_does_harm(self, text, formula_like):
        text = "=" + text if formula_like else text
        for function in (evaluate, find_all):
            try:
                function(text, {"team": 4})
            except FormulaError as error:
                self.assertTrue(0 <= error.position <= len(text))
                self.assertTrue(str(error))

    def test_the_longest_formulas_take_steps_by_their_length(self):
        for text in (
            "=" + "9" * 499,
            "=" + "(" * 499,
            "=" + "-" * 499,
            "=" + "9/" * 249 + "7",
            "=9" + "%" * 490,
            "=1 " + "x " * 240,
            "=1" + " x" * 240 + " " * 10,
            "=1" + "a-" * 240,
            "=" + "1,000" * 99,
            ";".join(["=1/7+1/11"] * 10000),
        ):
            with self.subTest(text=text[:20]):
                self.assertLess(self._calls(text), 100 * len(text))

    def _calls(self, text):
        """How many functions reading the text calls."""
        count = 0

        def profile(_frame, event, _argument):
            nonlocal count
            count += event in ("call", "c_call")

        before = sys.getprofile()
        sys.setprofile(profile)
        try:
            with contextlib.suppress(FormulaError):
                find_all(text)
        finally:
            sys.setprofile(before)
        return count

    @given(
        st.recursive(
            st.integers(0, 999).map(str),
            lambda inner: st.one_of(
                st.tuples(inner, st.sampled_from("+-*"), inner).map(" ".join),
                inner.map("({})".format),
                inner.map("-{}".format),
            ),
            max_leaves=12,
        )
    )
    def test_agrees_with_python_on_plain_arithmetic(self, text):
        expected = _python_value(ast.parse(text, mode="eval").body)
        if abs(expected) <= formula.MAX_VALUE:
            try:
                self.assertEqual(evaluate("=" + text).value, expected)
            except FormulaError as error:
                # A step may be too large although the end isn't.
                self.assertIn(error.code, ("too_large", "too_deep", "too_long"))

    def test_the_evaluator_evaluates_nothing_by_python(self):
        source = Path(formula.__file__).read_text(encoding="utf-8")
        called = {
            node.func.id
            for node in ast.walk(ast.parse(source))
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name)
        }
        self.assertFalse(called & {"eval", "exec", "compile", "getattr", "__import__"})


def _python_value(node):
    """Value of a parsed arithmetic expression."""
    if isinstance(node, ast.Constant):
        return node.value
    if isinstance(node, ast.UnaryOp):
        return -_python_value(node.operand)
    left, right = _python_value(node.left), _python_value(node.right)
    return {ast.Add: left + right, ast.Sub: left - right, ast.Mult: left * right}[
        type(node.op)
    ]
