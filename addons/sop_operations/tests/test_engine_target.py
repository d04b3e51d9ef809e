# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
import doctest
import unittest

from hypothesis import given, settings
from hypothesis import strategies as st

from odoo.tests import BaseCase, tagged

from ..engine import target
from ..engine.target import Target, TargetError, parse

operators = st.sampled_from(["", *target.OPERATORS])
units = st.sampled_from(["", "%", "days", "people", "EUR"])


@tagged("post_install", "-at_install")
class TestEngineTarget(BaseCase):
    def test_examples(self):
        suite = doctest.DocTestSuite(target)
        result = unittest.TestResult()
        suite.run(result)
        self.assertFalse(result.failures + result.errors)
        self.assertEqual(result.testsRun, 1)

    def test_what_people_write(self):
        for text, expected in (
            ("+18 % YoY", Target(18, "at_least", "percent", True)),
            ("+18% year over year", Target(18, "at_least", "percent", True)),
            ("−5 % y/y", Target(-5, "at_most", "percent", True)),
            ("≥22 %", Target(22, "at_least", "percent")),
            (">= 85%", Target(85, "at_least", "percent")),
            ("≥45", Target(45, "at_least")),
            ("<40 days", Target(40, "at_most", "days")),
            ("at most 1.5 h", Target(1.5, "at_most", "hours")),
            ("≥ -5 %", Target(-5, "at_least", "percent")),
            ("22,5 %", Target(22.5, "", "percent")),
            ("1,200 people", Target(1200, "", "people")),
            ("12,34", Target(12.34)),
            ("max 0", Target(0, "at_most")),
        ):
            with self.subTest(text):
                self.assertEqual(parse(text), expected)
        self.assertEqual(parse("1.200", ",").value, 1200)
        self.assertEqual(parse("1.200", ".").value, 1.2)

    def test_what_cant_be_read(self):
        for text, code in (
            ("  ", "empty"),
            ("about five", "unreadable"),
            ("≥≥5", "unreadable"),
            ("5 % 6", "unreadable"),
            ("YoY", "unreadable"),
            ("1" * 70, "unreadable"),
            ("1.2.3", "number"),
            ("1 2 3", "number"),
            ("1" * 20, "number"),
        ):
            with self.subTest(text):
                with self.assertRaises(TargetError) as caught:
                    parse(text)
                self.assertEqual(caught.exception.code, code)

    def test_fit(self):
        for text, unit, yearly, code in (
            ("+18 % YoY", "percent", True, None),
            ("+18 %", "percent", True, None),
            ("+18 % YoY", "percent", False, "yearly"),
            ("<40 days", "percent", False, "unit"),
            ("<40", "days", False, None),
            ("40 People", "people", False, None),
            ("40 %", "", False, "unit"),
        ):
            with self.subTest(text=text, unit=unit):
                if not code:
                    self.assertTrue(target.fit(parse(text), unit, yearly))
                    continue
                with self.assertRaises(TargetError) as caught:
                    target.fit(parse(text), unit, yearly)
                self.assertEqual(caught.exception.code, code)

    @settings(max_examples=100, deadline=None)
    @given(operators, st.integers(-(10**9), 10**9), units, st.sampled_from(".,"))
    def test_what_is_written_is_read(self, operator, cents, unit, sign):
        number = f"{abs(cents) // 100}{sign}{abs(cents) % 100:02}"
        text = f"{operator} {'-' if cents < 0 else ''}{number} {unit}"
        found = parse(text, sign)
        self.assertEqual(found.value, cents / 100)
        direction = target.OPERATORS.get(operator, "at_most" if cents < 0 else "")
        self.assertEqual(found.direction, direction)
        self.assertEqual(found.unit, target.UNITS.get(unit, unit))

    @settings(max_examples=150, deadline=None)
    @given(st.text(alphabet="0123456789.,'+-<>≥≤=% dyoYatls", max_size=25) | st.text())
    def test_nothing_else_is_raised(self, text):
        try:
            found = parse(text)
        except TargetError:
            return
        self.assertIsInstance(found.value, float)
        self.assertIn(found.direction, ("", "at_least", "at_most"))
