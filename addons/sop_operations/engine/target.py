# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""Targets as people write them: ``+18 % YoY``, ``≥22 %``, ``<40 days``, ``at least 45``.

An operator or a sign says which way is good; without either the figure's own way holds. Measured
figures are hardly ever exactly on their target, so ``>`` is kept as ``≥`` and ``<`` as ``≤``.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from odoo.addons.sop_budget.engine.sheet import CellError
from odoo.addons.sop_budget.engine.sheet_value import parse_amount

AT_LEAST, AT_MOST = "at_least", "at_most"
LONGEST = 60
OPERATORS = {
    "≥": AT_LEAST,
    ">=": AT_LEAST,
    "=>": AT_LEAST,
    ">": AT_LEAST,
    "at least": AT_LEAST,
    "min": AT_LEAST,
    "≤": AT_MOST,
    "<=": AT_MOST,
    "=<": AT_MOST,
    "<": AT_MOST,
    "at most": AT_MOST,
    "max": AT_MOST,
}
#: What stands behind the number; other words are kept as they are
UNITS = {
    "%": "percent",
    "percent": "percent",
    "day": "days",
    "days": "days",
    "d": "days",
    "hour": "hours",
    "hours": "hours",
    "h": "hours",
}
_MINUS = str.maketrans({"−": "-", "–": "-", "\u00a0": " ", "\u202f": " "})  # noqa: RUF001
_YEARLY = re.compile(
    r"(?:yoy|y/y|y-o-y|year[ -]o(?:n|ver)[ -]year|(?:vs\.?|than) last year)$",
    re.IGNORECASE,
)
_TARGET = re.compile(
    r"(?P<operator>≥|>=|=>|>|≤|<=|=<|<|at least\b|at most\b|min\b|max\b)?\s*"
    r"(?P<sign>[-+])?\s*"
    r"(?P<number>\d[\d.,' ]*?)\s*"
    r"(?P<unit>%|[^\W\d_][^\d<>≤≥=+%]*)?",
    re.IGNORECASE,
)


class TargetError(ValueError):
    """Why it can't be read: ``empty``, ``unreadable``, ``number``, ``unit`` or ``yearly``."""

    def __init__(self, code: str, **params: str):
        super().__init__(code)
        self.code = code
        self.params = params


@dataclass(frozen=True)
class Target:
    """``direction`` is empty where the text doesn't say it; ``yearly``: against a year before."""

    value: float
    direction: str = ""
    unit: str = ""
    yearly: bool = False


def parse(text: str, decimal_sign: str = ".") -> Target:
    """Read a target.

    :param decimal_sign: of the reader's language, where a number may mean two things
    :raise TargetError: with the code why

    >>> parse("+18 % YoY")
    Target(value=18.0, direction='at_least', unit='percent', yearly=True)
    >>> parse("<40 days")
    Target(value=40.0, direction='at_most', unit='days', yearly=False)
    """
    plain = " ".join(text.translate(_MINUS).split())
    if not plain:
        raise TargetError("empty")
    rest = _YEARLY.sub("", plain)
    match = _TARGET.fullmatch(rest.strip()) if len(plain) <= LONGEST else None
    if not match:
        raise TargetError("unreadable")
    value = _read_number(match["number"].strip(), decimal_sign)
    direction = OPERATORS.get((match["operator"] or "").lower(), "")
    if match["sign"]:
        direction = direction or (AT_LEAST if match["sign"] == "+" else AT_MOST)
        value = -value if match["sign"] == "-" else value
    unit = (match["unit"] or "").strip()
    return Target(value, direction, UNITS.get(unit.lower(), unit), yearly=rest != plain)


def _read_number(text: str, decimal_sign: str) -> float:
    """One way of writing numbers first, then the other: groups are of three digits only."""
    other = "," if decimal_sign == "." else "."
    for sign in (decimal_sign, other):
        try:
            amount = parse_amount(text, sign)
        except CellError:
            continue
        if amount:
            return float(amount.value)
    raise TargetError("number", number=text)


def fit(target: Target, unit: str, yearly: bool = False) -> Target:
    """The target, if it is one of a figure in this unit.

    :param unit: ``percent``, ``days``, ``hours`` or a word; what has none takes none
    :param yearly: the figure itself compares with the year before
    :raise TargetError: ``unit`` or ``yearly``
    """
    if target.unit and target.unit.lower() != unit.lower():
        raise TargetError("unit", found=target.unit, wanted=unit)
    if target.yearly and not yearly:
        raise TargetError("yearly")
    return target
