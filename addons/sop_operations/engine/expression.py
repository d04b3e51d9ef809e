# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""Formulas over other figures: ``kpi.PAID / kpi.TRIALS * 100``.

Grammar::

    formula = sum [("<" | "<=" | ">" | ">=" | "=" | "==" | "<>" | "!=") sum]
    sum     = product {("+" | "-") product}
    product = sign {("*" | "/") sign}
    sign    = {"+" | "-"} power
    power   = operand {"%"} ["^" sign]
    operand = number | name {"." name} | function "(" [formula {"," formula}] ")"
            | "(" formula ")"

A leading ``=`` is allowed, ``×``, ``÷``, ``−`` and ``**`` are read as ``*``, ``/``, ``-`` and
``^``. ``%`` is a hundredth; a comparison gives 1 or 0.

==========================  =====================================================
min, max, sum, avg (…)      of those arguments that have data
abs(x)                      without its sign
round(x), round(x, digits)  half away from zero; at most nine digits
if(condition, a, b)         only the one that is chosen is worked out
default(x, y)               y where x has no data
==========================  =====================================================

**No data is not zero**: whatever is calculated from a figure without data has none, save by
``default`` and by the functions that leave it out.

The text is read by the parser below and handed to nothing else; a name with dots is one
key of the mapping that the caller gives, never an attribute. Work is bounded by counts,
not by clocks: :data:`MAX_LENGTH` characters, :data:`MAX_DEPTH` levels, each step of
constant time (powers are of floats, exponents up to :data:`MAX_EXPONENT`), results
up to :data:`MAX_VALUE`. Whatever the text, the only exception is :class:`ExpressionError`.
"""

from __future__ import annotations

import math
import operator
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from typing import NoReturn

MAX_LENGTH = 1000
MAX_DEPTH = 30
MAX_VALUE = 1e18
MAX_EXPONENT = 100
MAX_DIGITS = 9

#: What can be wrong, by code; ``%(…)s`` are the params of the error.
MESSAGES = {
    "not_text": "A formula must be text.",
    "empty": "The formula is empty.",
    "too_long": "The formula has more than %(limit)s characters.",
    "too_deep": "More than %(limit)s levels lie inside each other.",
    "too_large": "The result is too large.",
    "operand": "A number or a name is missing here.",
    "unexpected": "“%(found)s” is unexpected here.",
    "closing": "A closing parenthesis is missing.",
    "number": "“%(found)s” isn't a clear number: write 1500 or 1.5.",
    "function": "There is no function “%(found)s”. There are: %(known)s.",
    "arguments": "“%(found)s” takes another number of arguments.",
    "name": "“%(found)s” isn't known here.",
    "value": "The value of “%(found)s” isn't a number.",
    "division": "A division by zero.",
    "power": "This power can't be calculated.",
    "digits": "“round” takes a whole number of digits, at most %(limit)s.",
}

Value = float | None


class ExpressionError(ValueError):
    """``code`` is a key of :data:`MESSAGES`, ``params`` fills it, ``position`` is the index
    of the character where it goes wrong."""

    def __init__(self, code: str, position: int = 0, **params: object) -> None:
        self.code = code
        self.position = position
        self.params = params
        super().__init__(MESSAGES[code] % params)


@dataclass(frozen=True)
class Node:
    """A step: what is done (an operator, a function, ``number`` or ``name``) to what."""

    kind: str
    position: int
    parts: tuple[Node, ...] = ()
    number: float = 0.0
    name: str = ""


@dataclass(frozen=True)
class Expression:
    """A formula that was read; ``names`` are those it needs, in order."""

    root: Node
    names: tuple[str, ...]

    def evaluate(self, names: Mapping[str, object]) -> Value:
        """The result; None where there is no data.

        :raise ExpressionError: see :data:`MESSAGES`
        """
        return _evaluate(self.root, names)


_TOKEN = re.compile(
    r"(?P<number>(?:[0-9]+(?:\.[0-9]+)?|\.[0-9]+))"
    r"|(?P<name>[^\W\d]\w*(?:\.[^\W\d]\w*)*)"
    r"|(?P<sign>\*\*|<=|>=|<>|!=|==|[-+*/^%(),<>=×÷−])"
)
_ALIASES = {"**": "^", "×": "*", "÷": "/", "−": "-", "==": "=", "<>": "!="}
_COMPARE: dict[str, Callable[[float, float], bool]] = {
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
    "=": operator.eq,
    "!=": operator.ne,
}
#: Function → least and most arguments.
FUNCTIONS = {
    "min": (1, 50),
    "max": (1, 50),
    "sum": (1, 50),
    "avg": (1, 50),
    "abs": (1, 1),
    "round": (1, 2),
    "if": (3, 3),
    "default": (2, 2),
}


def parse(text: str) -> Expression:
    """Read a formula.

    :raise ExpressionError: when it is none

    >>> parse("kpi.PAID / kpi.TRIALS").names
    ('kpi.PAID', 'kpi.TRIALS')
    """
    if not isinstance(text, str):
        raise ExpressionError("not_text")
    if len(text) > MAX_LENGTH:
        raise ExpressionError("too_long", MAX_LENGTH, limit=MAX_LENGTH)
    return _Parser(text).formula()


def evaluate(text: str, names: Mapping[str, object] | None = None) -> Value:
    """Read and work out a formula.

    >>> evaluate("round(sum(a, b) / 3, 1)", {"a": 1, "b": None})
    0.3
    """
    return parse(text).evaluate(names or {})


class _Parser:
    """Recursive descent; every step moves on by a token."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.at = 0
        self.depth = 0
        self.names: dict[str, None] = {}
        self.kind = ""
        self.token = ""
        self.position = 0
        self.advance()

    def advance(self) -> None:
        """Read the next token; kind and token are empty at the end."""
        while self.at < len(self.text) and self.text[self.at].isspace():
            self.at += 1
        self.position = self.at
        if self.at >= len(self.text):
            self.kind = self.token = ""
            return
        match = _TOKEN.match(self.text, self.at)
        if not match:
            raise ExpressionError("unexpected", self.at, found=self.text[self.at])
        self.kind = str(match.lastgroup)
        self.token = _ALIASES.get(match[0], match[0])
        self.at = match.end()
        if self.kind == "number":
            self.check_number()

    def check_number(self) -> None:
        """``1,5``, ``1.2.3``, ``1e9`` and ``3x`` aren't what they start with."""
        following = self.text[self.at : self.at + 2]
        torn = following[:1].isalnum() or following[:1] in ("_", ".")
        if torn:
            raise ExpressionError(
                "number", self.position, found=self.token + following[:1]
            )

    def fail(
        self, code: str, position: int | None = None, **params: object
    ) -> NoReturn:
        raise ExpressionError(
            code, self.position if position is None else position, **params
        )

    def is_sign(self, *signs: str) -> bool:
        return self.kind == "sign" and self.token in signs

    def formula(self) -> Expression:
        if self.is_sign("="):
            self.advance()
        if not self.kind:
            self.fail("empty")
        root = self.comparison()
        if self.kind:
            self.fail("unexpected", found=self.token)
        return Expression(root, tuple(self.names))

    def deeper(self) -> None:
        self.depth += 1
        if self.depth > MAX_DEPTH:
            self.fail("too_deep", limit=MAX_DEPTH)

    def comparison(self) -> Node:
        self.deeper()
        node = self.sum()
        if self.kind == "sign" and self.token in _COMPARE:
            sign, position = self.token, self.position
            self.advance()
            node = Node(sign, position, (node, self.sum()))
        self.depth -= 1
        return node

    def sum(self) -> Node:
        return self.chain(self.product, "+", "-")

    def product(self) -> Node:
        return self.chain(self.sign, "*", "/")

    def chain(self, part: Callable[[], Node], *signs: str) -> Node:
        """A flat run of operators of one rank: as deep as one, however long it is.

        ``parts`` are the operands after the first, each under its operator.
        """
        first = part()
        steps = []
        while self.is_sign(*signs):
            sign, position = self.token, self.position
            self.advance()
            steps.append(Node(sign, position, (part(),)))
        return Node("chain", first.position, (first, *steps)) if steps else first

    def sign(self) -> Node:
        position, negative = self.position, False
        while self.is_sign("+", "-"):
            negative ^= self.token == "-"
            self.advance()
        node = self.power()
        return Node("negative", position, (node,)) if negative else node

    def power(self) -> Node:
        node = self.operand()
        percents = 0
        while self.is_sign("%"):
            percents += 1
            self.advance()
        if percents:
            node = Node("percent", node.position, (node,), number=float(percents))
        if self.is_sign("^"):
            position = self.position
            self.advance()
            self.deeper()
            node = Node("^", position, (node, self.sign()))
            self.depth -= 1
        return node

    def operand(self) -> Node:
        position, token = self.position, self.token
        if self.kind == "number":
            self.advance()
            return Node("number", position, number=_bounded(float(token), position))
        if self.kind == "name":
            self.advance()
            if self.is_sign("("):
                return self.call(token, position)
            self.names[token] = None
            return Node("name", position, name=token)
        if self.is_sign("("):
            self.advance()
            node = self.comparison()
            self.close(position)
            return node
        self.fail("operand")

    def close(self, opened: int) -> None:
        if not self.is_sign(")"):
            self.fail("closing" if not self.kind else "unexpected", found=self.token)
        self.advance()

    def call(self, name: str, position: int) -> Node:
        function = name.lower()
        if function not in FUNCTIONS:
            self.fail(
                "function", position, found=name, known=", ".join(sorted(FUNCTIONS))
            )
        self.advance()
        arguments = []
        if not self.is_sign(")"):
            arguments.append(self.comparison())
            while self.is_sign(","):
                self.advance()
                arguments.append(self.comparison())
        self.close(position)
        least, most = FUNCTIONS[function]
        if not least <= len(arguments) <= most:
            self.fail("arguments", position, found=name)
        return Node(function, position, tuple(arguments))


def _bounded(value: float, position: int) -> float:
    if not abs(value) <= MAX_VALUE:  # nan as well
        raise ExpressionError("too_large", position)
    return value


def _evaluate(node: Node, names: Mapping[str, object]) -> Value:
    kind = node.kind
    if kind == "number":
        return node.number
    if kind == "name":
        return _named(node, names)
    if kind == "if":
        chosen = _evaluate(node.parts[0], names)
        if chosen is None:
            return None
        return _evaluate(node.parts[1 if chosen else 2], names)
    if kind == "chain":
        return _evaluate_chain(node, names)
    values = [_evaluate(part, names) for part in node.parts]
    if kind == "default":
        return values[1] if values[0] is None else values[0]
    if kind in ("min", "max", "sum", "avg"):
        return _aggregate(node, [value for value in values if value is not None])
    known = [value for value in values if value is not None]
    if len(known) < len(values):
        return None
    return _bounded(_calculate(node, known), node.position)


def _named(node: Node, names: Mapping[str, object]) -> Value:
    if node.name not in names:
        raise ExpressionError("name", node.position, found=node.name)
    value = names[node.name]
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise ExpressionError("value", node.position, found=node.name)
    if not abs(value) <= MAX_VALUE:
        raise ExpressionError("too_large", node.position)
    return float(value)


def _evaluate_chain(node: Node, names: Mapping[str, object]) -> Value:
    result = _evaluate(node.parts[0], names)
    for step in node.parts[1:]:
        other = _evaluate(step.parts[0], names)
        if result is None or other is None:
            result = None
        elif step.kind == "/":
            if not other:
                raise ExpressionError("division", step.position)
            result = _bounded(result / other, step.position)
        elif step.kind == "*":
            result = _bounded(result * other, step.position)
        else:
            other = other if step.kind == "+" else -other
            result = _bounded(result + other, step.position)
    return result


def _aggregate(node: Node, values: list[float]) -> Value:
    if not values:
        return None
    if node.kind == "min":
        return min(values)
    if node.kind == "max":
        return max(values)
    total = math.fsum(values)
    return _bounded(total / len(values) if node.kind == "avg" else total, node.position)


def _calculate(node: Node, values: list[float]) -> float:
    kind = node.kind
    if kind in _COMPARE:
        return float(_COMPARE[kind](values[0], values[1]))
    if kind == "negative":
        return -values[0]
    if kind == "percent":
        return values[0] / 100 ** min(node.number, 100.0)
    if kind == "abs":
        return abs(values[0])
    if kind == "round":
        return _round(node, *values)
    return _power(node, values[0], values[1])


def _round(node: Node, value: float, digits: float = 0.0) -> float:
    if digits != int(digits) or abs(digits) > MAX_DIGITS:
        raise ExpressionError("digits", node.position, limit=MAX_DIGITS)
    step = Decimal(1).scaleb(-int(digits))
    # All digits that a value up to MAX_VALUE can have fit the context's 28.
    return float(Decimal(repr(value)).quantize(step, ROUND_HALF_UP))


def _power(node: Node, base: float, exponent: float) -> float:
    if abs(exponent) > MAX_EXPONENT:
        raise ExpressionError("power", node.position)
    try:
        result = base**exponent
    except OverflowError:
        raise ExpressionError("too_large", node.position) from None
    except ZeroDivisionError:
        raise ExpressionError("division", node.position) from None
    if isinstance(result, complex):
        raise ExpressionError("power", node.position)
    return result


def as_name(code: str | None) -> str:
    """A code as it is written in formulas.

    >>> as_name("OP-o1")
    'OP_O1'
    """
    return re.sub(r"\W", "_", code or "").upper()


def as_name_path(name: str) -> list[str]:
    """The parts of a name.

    >>> as_name_path("budget.O1.actual")
    ['BUDGET', 'O1', 'ACTUAL']
    """
    return [part.upper() for part in name.split(".")]
