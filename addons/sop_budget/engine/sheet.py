# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""Spreadsheets as plain values: what the modules ``sheet_*`` have in common.

* :mod:`.sheet_read` turns the bytes of an XLSX or CSV file into rows of cells,
* :mod:`.sheet_value` turns cells into amounts and months,
* :mod:`.sheet_columns` finds the header and guesses what the columns hold,
* :mod:`.sheet_tree` turns rows into the categories of a budget and their amounts, with
  a list of all that is wrong,
* :mod:`.sheet_write` writes a budget, or rows that were refused, to XLSX.

Texts for people are not made here: an error or issue has a ``code`` and ``params``;
whoever shows it owns the sentence in the reader's language.
"""

from __future__ import annotations

import datetime
import json
import zlib
from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field

#: More than the largest sheet that is read takes as JSON.
MAX_UNPACKED = 256 * 2**20


class SheetError(ValueError):
    """A file that can't be read at all.

    Codes: ``empty``, ``too_big`` (limit, in MB), ``xls``, ``ods``, ``not_sheet``,
    ``damaged``, ``bomb`` (limit, in MB), ``entities``, ``no_sheet``, ``too_many_rows``,
    ``too_many_columns``, ``too_many_cells`` (limit), ``encoding`` (encoding), ``csv`` (line).
    """

    def __init__(self, code: str, **params: object) -> None:
        self.code = code
        self.params = params
        super().__init__(f"{code} {params}" if params else code)


class CellError(ValueError):
    """A cell that can't be what its column says.

    Codes: ``not_amount``, ``date_not_amount``, ``percent``, ``too_large``,
    ``sheet_error`` (error), ``no_value``, ``currency`` (currency), ``not_month``.
    """

    def __init__(self, code: str, **params: object) -> None:
        self.code = code
        self.params = params
        super().__init__(f"{code} {params}" if params else code)


@dataclass(frozen=True)
class Fault:
    """A cell without a usable value: ``#REF!`` and the like, or, with no text, a
    formula that was never calculated."""

    text: str = ""


#: What a cell may hold. Texts are stripped; an empty cell is None.
Cell = str | int | float | bool | datetime.date | Fault | None
Row = list[Cell]


@dataclass(frozen=True)
class Merge:
    """A merged block of cells, by zero-based positions, both ends included."""

    top: int
    left: int
    bottom: int
    right: int


@dataclass
class Sheet:
    """The cells of one sheet. ``rows[0]`` is row 1 of the file; rows may be shorter
    than others. ``outline`` has the outline level of each row when the file has any."""

    name: str
    rows: list[Row]
    merges: list[Merge] = field(default_factory=list)
    outline: list[int] = field(default_factory=list)


def cell_text(cell: Cell) -> str:
    """A cell as a person would read it in one line; "" when it is empty."""
    if cell is None:
        return ""
    if isinstance(cell, bool):
        return str(cell).lower()
    if isinstance(cell, float):
        return str(int(cell)) if cell.is_integer() and abs(cell) < 1e15 else repr(cell)
    if isinstance(cell, Fault):
        return cell.text
    if isinstance(cell, datetime.date):
        return cell.isoformat()
    return " ".join(str(cell).split())


def column_letter(index: int) -> str:
    """Name of a zero-based column: A … Z, AA …"""
    letters = ""
    index += 1
    while index:
        index, rest = divmod(index - 1, 26)
        letters = chr(65 + rest) + letters
    return letters


def dump_sheet(sheet: Sheet) -> str:
    """A sheet as JSON, to keep it between two requests."""

    def encode(cell: Cell) -> object:
        if isinstance(cell, datetime.date):
            return {"date": cell.isoformat()}
        if isinstance(cell, Fault):
            return {"fault": cell.text}
        return cell

    return json.dumps(
        {
            "name": sheet.name,
            "rows": [[encode(cell) for cell in row] for row in sheet.rows],
            "merges": [[m.top, m.left, m.bottom, m.right] for m in sheet.merges],
            "outline": sheet.outline,
        },
        separators=(",", ":"),
        ensure_ascii=False,
    )


def load_sheet(text: str) -> Sheet:
    """The inverse of :func:`dump_sheet`."""

    def decode(cell: object) -> Cell:
        if isinstance(cell, dict):
            if "date" in cell:
                return datetime.date.fromisoformat(cell["date"])
            return Fault(cell["fault"])
        return cell

    data = json.loads(text)
    return Sheet(
        name=data["name"],
        rows=[[decode(cell) for cell in row] for row in data["rows"]],
        merges=[Merge(*ends) for ends in data["merges"]],
        outline=data["outline"],
    )


def pack(text: str) -> bytes:
    """A text compressed, to keep it between two requests."""
    return zlib.compress(text.encode(), 1)


def unpack(data: bytes, limit: int = MAX_UNPACKED) -> str:
    """The inverse of :func:`pack`.

    :raise SheetError: ``damaged``, also when it unpacks to more than ``limit`` bytes
    """
    decompressor = zlib.decompressobj()
    try:
        content = decompressor.decompress(data, limit)
    except zlib.error as error:
        raise SheetError("damaged") from error
    if not decompressor.eof:
        raise SheetError("damaged")
    return content.decode()


def is_blank(row: Sequence[Cell]) -> bool:
    """True for a row without any content."""
    return all(cell is None for cell in row)


class MergeFill:
    """Repeats the text of cells merged over several rows in each of them."""

    def __init__(self, merges: Sequence[Merge], but: Collection[int] = ()) -> None:
        """:param but: columns to leave as they are"""
        self.by_row: dict[int, list[Merge]] = defaultdict(list)
        for merge in merges:
            if merge.bottom > merge.top and merge.left not in but:
                self.by_row[merge.top].append(merge)
        self.running: list[tuple[Merge, str]] = []

    def fill(self, at: int, row: Row) -> Row:
        self.running = [(m, text) for m, text in self.running if m.bottom >= at]
        for merge in self.by_row.get(at, ()):
            cell = row[merge.left] if merge.left < len(row) else None
            if isinstance(cell, str):
                self.running.append((merge, cell))
        if not self.running or is_blank(row):
            return row
        row = list(row)
        for merge, text in self.running:
            if merge.top == at:
                continue
            row.extend([None] * (merge.left + 1 - len(row)))
            if row[merge.left] is None:
                row[merge.left] = text
        return row
