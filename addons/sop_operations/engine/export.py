# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""Files that leave the suite: tables as CSV that no spreadsheet takes for a program."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence

#: Spreadsheets in most languages of Europe know UTF-8 by it.
BOM = "\ufeff"
#: What a spreadsheet would take for a formula.
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")


def cell(value: object) -> object:
    """The value of a cell; a text that would be a formula gets a quote in front.

    >>> cell("=1+1"), cell("  @SUM"), cell(-5), cell(None)
    ("'=1+1", "'  @SUM", -5, '')
    """
    if value is None or value is False:
        return ""
    if not isinstance(value, str):
        return value
    risky = value.startswith(FORMULA_STARTS) or value.lstrip().startswith(
        FORMULA_STARTS
    )
    return f"'{value}" if risky else value


def to_csv(head: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """A table as CSV with a byte order mark and lines as RFC 4180 wants them."""
    stream = io.StringIO()
    stream.write(BOM)
    writer = csv.writer(stream)
    for row in (head, *rows):
        writer.writerow([cell(value) for value in row])
    return stream.getvalue()
