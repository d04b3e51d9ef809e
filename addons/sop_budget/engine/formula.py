# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
r"""Small formulas inside a text, such as ``=3*4*12=144 meet-up events``.

How a text is read
------------------
* A text that starts with ``=`` is a formula. A text without it is one only if it reads
  as a calculation and its result, like ``300 participants × 5 % = 15 projects``; any
  other text is just text (:func:`find` gives no result, :func:`evaluate` an error).
* Words after a number name its unit and don't count: ``300 participants × 5 %`` is
  300 × 5 %. A unit lasts until the next operator. A hyphen or slash between two
  letters, and a slash between a number and a word, belong to the unit (``meet-up``,
  ``600/month``); a lone ``x`` before a number, a parenthesis or a name multiplies.
* After a further ``=`` comes the result as the author states it, a number, a unit or
  both. A stated number must agree with the formula to its last digit; the unit stated
  is the unit of the result. Without it, the last unit of the expression is.
* Several formulas may stand in one text, parted by ``;`` or by line ends
  (:func:`find_all`).

Grammar::

    formula    = ["="] expression ["=" [["-"] number] [unit]]
    expression = term {("+" | "-" | "−") term}
    term       = factor {("*" | "×" | "·" | "x" | "/" | "÷") factor}
    factor     = {"+" | "-" | "−"} (number | name | "(" expression ")") {"%"} [unit]
    number     = [currency sign] digits ["." digits] ["k" | "m" | "bn"]

``k``, ``m`` and ``bn`` (any case, glued to the number) are thousand, million, billion.
Digits may be grouped by commas, apostrophes, underscores or no-break spaces, always in
threes; the decimal sign is the dot, and ``1,5`` is refused rather than guessed.
``%`` is a hundredth. There is no power, no function, no attribute and no way to reach
anything but the ``names`` handed in: nothing is ever passed to Python's own evaluation.

Limits: :data:`MAX_LENGTH` characters, :data:`MAX_DEPTH` parentheses, results up to
:data:`MAX_VALUE`. Time is linear in the length. Whatever the text, the only exception
is :class:`FormulaError`.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import NoReturn

from .money import MoneyError, round_half_away, to_decimal

MAX_LENGTH = 500
MAX_DEPTH = 20
MAX_VALUE = 10**18

#: What can be wrong, by code; ``%(…)s`` are the params of the error.
MESSAGES = {
    "not_text": "A formula must be text.",
    "too_long": "The formula has more than %(limit)s characters.",
    "too_deep": "More than %(limit)s parentheses lie inside each other.",
    "too_large": "The result is too large.",
    "no_formula": "This is no formula; start it with “=”.",
    "operand": "A number is missing here.",
    "operator": "“%(found)s” is unexpected here.",
    "closing": "A closing parenthesis is missing.",
    "glued": "Put blanks around “%(found)s” to calculate with it.",
    "number": "“%(found)s” isn't a clear number: write 1.5 or 1,500.",
    "name": "“%(found)s” isn't known here.",
    "division": "A division by zero.",
    "stated": "The text says %(stated)s, the formula gives %(value)s.",
    "value": "The value of “%(found)s” isn't a number.",
}


class FormulaError(ValueError):
    """A formula that can't be evaluated.

    ``code`` is a key of :data:`MESSAGES` (for translation), ``params`` fills it and
    ``position`` is the index of the character of the text where it goes wrong.
    """

    def __init__(self, code: str, position: int = 0, **params: object) -> None:
        self.code = code
        self.position = position
        self.params = params
        super().__init__(MESSAGES[code] % params)


@dataclass(frozen=True)
class Result:
    """What a formula comes to.

    ``value`` is exact; ``unit`` the text that names it (may be empty); ``stated`` is
    the number the author wrote as the result, if any.
    """

    value: Fraction
    unit: str = ""
    stated: Fraction | None = None

    def __float__(self) -> float:
        return float(self.value)

    def __str__(self) -> str:
        return self.text

    @property
    def text(self) -> str:
        """Number and unit to show: "144 meet-up events", "1,234.57"."""
        return f"{format_number(self.value)} {self.unit}".strip()


def format_number(value: Fraction) -> str:
    """A number for people: thousands by commas, at most two decimals, no "-0"."""
    text = f"{Decimal(round_half_away(value * 100)).scaleb(-2):,.2f}"
    text = text.rstrip("0").rstrip(".")
    return "0" if text == "-0" else text


# Tokens ------------------------------------------------------------------------------

_NUMBER = re.compile(
    r"(?P<digits>[0-9][0-9]*(?:[,'’_\u00a0\u202f][0-9]+)*(?:\.[0-9]+)?|\.[0-9]+)"
    r"(?:(?P<suffix>bn|k|m)(?![^\W_]))?",
    re.IGNORECASE,
)
_GROUPED = re.compile(
    r"[0-9]{1,3}(?:(?P<sign>[,'’_\u00a0\u202f])[0-9]{3})(?:(?P=sign)[0-9]{3})*"
    r"(?:\.[0-9]+)?"
)
_WORD = re.compile(r"[^\W\d_]\w*")
#: A lone x before an operand: "10 x 600", "3x4".
_TIMES = re.compile(r"[xX]\s*(?:[0-9(.]|(?P<name>[^\W\d_]\w*)|(?P<sign>\W))")
_SCALE = {"k": 10**3, "m": 10**6, "bn": 10**9}
_ADD = {"+": 1, "-": -1, "−": -1, "–": -1}
_MULTIPLY = {"*": True, "×": True, "·": True, "/": False, "÷": False}
_GLUE = "-–/"


def _is_currency_sign(char: str) -> bool:
    return unicodedata.category(char) == "Sc"


class _Parser:
    """Recursive descent over one formula; every step moves on by a character."""

    def __init__(self, text: str, start: int, names: Mapping[str, object]) -> None:
        self.text = text
        self.at = start
        self.names = names
        self.depth = 0
        self.unit = ""
        self.operations = 0

    # Reading

    def skip(self) -> None:
        text = self.text
        while self.at < len(text) and text[self.at].isspace():
            self.at += 1

    def peek(self) -> str:
        """The next character that isn't a blank, "" at the end."""
        self.skip()
        return self.text[self.at] if self.at < len(self.text) else ""

    def fail(
        self, code: str, position: int | None = None, **params: object
    ) -> NoReturn:
        raise FormulaError(code, self.at if position is None else position, **params)

    # Grammar

    def formula(self) -> Result:
        value = self.expression()
        unit = self.unit
        stated = None
        if self.peek() == "=":
            self.at += 1
            stated, stated_unit = self.stated(value)
            unit = stated_unit or unit
        elif self.peek():
            self.fail("operator", found=self.peek())
        return Result(_bounded(value, self.at), unit, stated)

    def expression(self) -> Fraction:
        value = self.term()
        while (sign := _ADD.get(self.peek())) is not None:
            self.at += 1
            self.operations += 1
            value = _bounded(value + sign * self.term(), self.at)
        return value

    def term(self) -> Fraction:
        value = self.factor()
        while True:
            times = _MULTIPLY.get(self.peek())
            if times is None and self.times_here():
                times = True
            if times is None:
                return value
            self.at += 1
            self.operations += 1
            position = self.at
            other = self.factor()
            if not times and not other:
                self.fail("division", position)
            value = _bounded(value * other if times else value / other, position)

    def factor(self) -> Fraction:
        sign = 1
        while (step := _ADD.get(self.peek())) is not None:
            sign *= step
            self.at += 1
        value = self.operand()
        while self.peek() == "%":
            self.at += 1
            value /= 100
        unit = self.read_unit()
        if unit:
            self.unit = unit
        return sign * value

    def operand(self) -> Fraction:
        char = self.peek()
        if char and _is_currency_sign(char):
            self.at += 1
            char = self.peek()
        if char == "(":
            return self.parenthesis()
        if _NUMBER.match(self.text, self.at):
            return self.number()[0]
        word = _WORD.match(self.text, self.at)
        if word:
            return self.named(word)
        self.fail("operand")

    def parenthesis(self) -> Fraction:
        opened = self.at
        self.at += 1
        self.depth += 1
        if self.depth > MAX_DEPTH:
            self.fail("too_deep", opened, limit=MAX_DEPTH)
        value = self.expression()
        if self.peek() != ")":
            self.fail("closing", opened)
        self.at += 1
        self.depth -= 1
        return value

    def number(self) -> tuple[Fraction, Fraction]:
        """Return a number and the worth of its last digit."""
        match = _NUMBER.match(self.text, self.at)
        digits = match["digits"]
        plain = re.sub(r"[,'’_\u00a0\u202f]", "", digits)
        following = self.text[match.end() : match.end() + 2]
        # "1.2.3" and "1e9" aren't what they start with.
        torn = following[:1] in (".", "e", "E") and following[1:].isdigit()
        if (plain != digits and not _GROUPED.fullmatch(digits)) or torn:
            self.fail("number", found=self.text[self.at : match.end() + 2 * torn])
        self.at = match.end()
        scale = _SCALE.get((match["suffix"] or "").lower(), 1)
        decimals = len(plain.partition(".")[2])
        value = _bounded(Fraction(plain) * scale, match.start())
        return value, Fraction(scale, 10**decimals)

    def named(self, word: re.Match[str]) -> Fraction:
        name = word[0]
        if name not in self.names:
            self.fail("name", found=name)
        self.at = word.end()
        value = self.names[name]
        try:
            exact = (
                value if isinstance(value, Fraction) else Fraction(to_decimal(value))
            )
        except MoneyError:
            self.fail("value", word.start(), found=name)
        return _bounded(exact, word.start())

    def read_unit(self) -> str:
        """Read the words after an operand, up to what goes on with the formula."""
        self.skip()
        start = self.at
        text = self.text
        while self.at < len(text) and not self.unit_ends(start):
            self.at += 1
        return text[start : self.at].strip(" \t\r\n\u00a0.,:!")

    def unit_ends(self, start: int) -> bool:
        """True when the character here no longer belongs to the unit."""
        text, at = self.text, self.at
        char = text[at]
        if char in "=()":
            return True
        before = text[at - 1] if at > start else ""
        if char == "%":
            return at == start
        if char in "xX":
            return (not before or before.isspace()) and self.times_here()
        if char in _ADD or char in _MULTIPLY:
            return not self.glued(before)
        # A unit starts with a word or a sign such as €, never with a bare digit.
        return at == start and not (char.isalpha() or _is_currency_sign(char))

    def times_here(self) -> bool:
        """True when an x stands here that multiplies what follows."""
        match = _TIMES.match(self.text, self.at)
        if not match:
            return False
        if match["sign"]:
            return _is_currency_sign(match["sign"])
        return not match["name"] or match["name"] in self.names

    def glued(self, before: str) -> bool:
        """True when the operator here is a part of the unit's words."""
        char = self.text[self.at]
        after = self.text[self.at + 1 : self.at + 2]
        if char not in _GLUE:
            return False
        if not before:
            word = _WORD.match(self.text, self.at + 1)
            return char == "/" and bool(word) and word[0] not in self.names
        if char != "/" and before.isalpha() and after.isdigit():
            self.fail("glued", found=char)  # "phase-3" or "cups-3 cups"?
        return before.isalpha() and after.isalpha()

    def stated(self, value: Fraction) -> tuple[Fraction | None, str]:
        """Read the result as the author states it and compare it with ``value``."""
        negative = self.peek() in ("-", "−")
        position = self.at
        if negative:
            self.at += 1
        if self.peek() and _is_currency_sign(self.peek()):
            self.at += 1
        stated = None
        if self.peek() and _NUMBER.match(self.text, self.at):
            stated, last_digit = self.number()
            while self.peek() == "%":
                self.at += 1
                stated, last_digit = stated / 100, last_digit / 100
            stated = -stated if negative else stated
            if abs(stated - value) > last_digit / 2:
                self.fail(
                    "stated",
                    position,
                    stated=format_number(stated),
                    value=format_number(value),
                )
        elif negative or not self.peek():
            self.fail("operand")
        rest = self.text[self.at :]
        if "=" in rest:
            self.fail("operator", self.at + rest.index("="), found="=")
        return stated, rest.strip(" \t\r\n\u00a0.,:!")


def _bounded(value: Fraction, position: int) -> Fraction:
    """Stop numbers that grow beyond reason, above or in their denominator."""
    if abs(value) > MAX_VALUE or value.denominator.bit_length() > 8 * MAX_LENGTH:
        raise FormulaError("too_large", position)
    return value


# Interface ---------------------------------------------------------------------------


def evaluate(text: str, names: Mapping[str, object] | None = None) -> Result:
    """Evaluate the one formula that a text is.

    :param text: e.g. ``"=3*4*12 meet-ups"``
    :param names: numbers that may be used by name, e.g. ``{"team": 4}``
    :raise FormulaError: when the text is no formula or a wrong one

    >>> evaluate("=3*4*12=144 meet-up events").text
    '144 meet-up events'
    >>> evaluate("=15k GDP from prize").text
    '15,000 GDP from prize'
    >>> evaluate("300 participants × 5 % = 15 projects").text
    '15 projects'
    """
    if not isinstance(text, str):
        raise FormulaError("not_text")
    if len(text) > MAX_LENGTH:
        raise FormulaError("too_long", MAX_LENGTH, limit=MAX_LENGTH)
    result = _evaluate_part(text, names or {})
    if result is None:
        raise FormulaError("no_formula")
    return result


def _evaluate_part(text: str, names: Mapping[str, object]) -> Result | None:
    """The result of one formula, None when the text is no formula.

    :raise FormulaError: when it is a formula and wrong
    """
    body = text.lstrip()
    start = len(text) - len(body)
    if body.startswith("="):
        return _Parser(text, start + 1, names).formula()
    if "=" not in body:
        return None
    parser = _Parser(text, start, names)
    try:
        result = parser.formula()
    except FormulaError as error:
        # Words with an equals sign somewhere are text; only a whole formula whose
        # stated result is wrong is worth an error.
        if error.code == "stated" and parser.operations:
            raise
        return None
    return result if parser.operations and result.stated is not None else None


def find_all(text: str, names: Mapping[str, object] | None = None) -> list[Result]:
    """Evaluate every formula in a text of parts that ``;`` or line ends divide.

    :return: the results in order; [] for a text without formulas
    :raise FormulaError: for the first wrong one; the position counts in ``text``
    """
    if not isinstance(text, str):
        raise FormulaError("not_text")
    results = []
    for part in re.finditer(r"[^;\r\n]+", text):
        too_long = len(part[0]) > MAX_LENGTH
        if "=" not in part[0] or (too_long and not part[0].lstrip().startswith("=")):
            continue
        try:
            if too_long:
                raise FormulaError("too_long", MAX_LENGTH, limit=MAX_LENGTH)
            result = _evaluate_part(part[0], names or {})
        except FormulaError as error:
            error.position += part.start()
            raise
        if result is not None:
            results.append(result)
    return results


def find(text: str, names: Mapping[str, object] | None = None) -> Result | None:
    """The first formula of a text, None when there is none.

    :raise FormulaError: when a formula of the text is wrong
    """
    results = find_all(text, names)
    return results[0] if results else None
