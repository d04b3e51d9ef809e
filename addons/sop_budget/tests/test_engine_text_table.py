# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
import doctest

from odoo.tests import BaseCase

from ..engine import text_table
from ..engine.text_table import RULE, pad, render, text_width


class TestTextTable(BaseCase):
    def test_examples(self):
        self.assertEqual(doctest.testmod(text_table).failed, 0)

    def test_width(self):
        self.assertEqual(text_width("abc"), 3)
        self.assertEqual(text_width("e\u0301"), 1, "an accent takes no column")
        self.assertEqual(text_width("数量"), 4, "ideographs take two")

    def test_pad(self):
        self.assertEqual(pad("ab", 4, right=False), "ab  ")
        self.assertEqual(pad("ab", 4, right=True), "  ab")
        self.assertEqual(pad("abcdef", 4, right=False), "abc…")
        self.assertEqual(pad("数量数", 4, right=False), "数… ")

    def test_lines_are_as_wide_as_the_table(self):
        text = render(
            [("name", "1"), RULE, ("x" * 60, "2,000")], numbers=[1], widest=10
        )
        first, rule, last = text.split("\n")
        self.assertEqual(first, "name            1")
        self.assertEqual(last, "xxxxxxxxx…  2,000")
        self.assertEqual(text_width(rule), text_width(last))

    def test_short_rows_and_none(self):
        self.assertEqual(render([]), "")
        self.assertEqual(render([("a", "b"), ("c",)]), "a  b\nc")
