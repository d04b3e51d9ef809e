# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""A table of plain text for a terminal."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from itertools import zip_longest

RULE = None  #: a row of this value is a line across the table
GAP = "  "


def text_width(text: str) -> int:
    """How many columns of a terminal a text takes."""
    return sum(
        0
        if unicodedata.combining(character)
        else 1 + (unicodedata.east_asian_width(character) in "WF")
        for character in text
    )


def pad(text: str, width: int, *, right: bool) -> str:
    """Fill up with blanks; what is too long ends in an ellipsis."""
    if text_width(text) > width:
        while text_width(text) > max(width - 1, 0):
            text = text[:-1]
        text += "…"
    blanks = " " * (width - text_width(text))
    return blanks + text if right else text + blanks


def render(
    rows: Sequence[Sequence[str] | None],
    *,
    numbers: Sequence[int] = (),
    widest: int = 40,
) -> str:
    """Rows in columns as wide as their longest text, at most ``widest``.

    :param rows: texts, or ``RULE``
    :param numbers: positions of the columns that are flush right

    >>> print(render([("a", "1"), RULE, ("bcd", "20")], numbers=[1]))
    a     1
    ───────
    bcd  20
    """
    cells = [row for row in rows if row is not None]
    columns = zip_longest(*cells, fillvalue="")
    widths = [min(max(map(text_width, column)), widest) for column in columns]
    across = "─" * (sum(widths) + len(GAP) * max(len(widths) - 1, 0))
    lines = []
    for row in rows:
        if row is None:
            lines.append(across)
            continue
        lines.append(
            GAP.join(
                pad(text, width, right=position in numbers)
                for position, (text, width) in enumerate(zip(row, widths, strict=False))
            ).rstrip()
        )
    return "\n".join(lines)
