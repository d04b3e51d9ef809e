# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""Writing XLSX: the grid of a budget, and the rows that an import refused.

Both come back through :func:`.sheet_tree.analyse` unchanged. Texts are written as texts
whatever they begin with, and marked so that a spreadsheet program doesn't take them for
formulas when somebody edits them.
"""

from __future__ import annotations

import datetime
import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from .money import from_units
from .sheet import Cell, CellError, Fault, Sheet, cell_text
from .sheet_columns import Column, Table, header_texts
from .sheet_plan import Analysis, Node, Options
from .sheet_value import parse_amount, parse_month
from .sheet_words import TOTAL_SIGN

#: What a spreadsheet program would take for the beginning of a formula.
FORMULA_SIGNS = ("=", "+", "-", "@", "\t", "\r")
#: Excel's deepest outline.
MAX_OUTLINE = 7
MONTH_FORMAT = "mmm yyyy"


@dataclass(frozen=True)
class GridRow:
    """A category of the export. ``units`` are its amounts by month, () for a parent,
    whose figures are formulas over the rows below it."""

    code: str
    name: str
    depth: int = 0
    parent: str = ""
    kind: str = "expense"
    source: str = ""
    responsible: str = ""
    detail: str = ""
    impact: str = ""
    is_parent: bool = False
    units: tuple[int, ...] = ()


@dataclass(frozen=True)
class Grid:
    """A budget to write. ``rows`` in the order of the tree, kinds one after the other;
    ``labels`` are texts by role ("code", "name" …), by kind, and ``total``."""

    title: str
    subtitle: str
    months: Sequence[datetime.date]
    rows: Sequence[GridRow]
    labels: Mapping[str, str]
    decimal_places: int = 2
    number_format: str = "#,##0.00"
    sheet_name: str = "Budget"


#: Columns of texts: role, width.
TEXT_COLUMNS = (
    ("code", 12),
    ("name", 36),
    ("parent", 12),
    ("kind", 11),
    ("source", 18),
    ("responsible", 20),
    ("detail", 30),
    ("impact", 30),
)
HEADER_ROW = 3


def currency_format(symbol: str, before: bool, decimal_places: int) -> str:
    """Number format of a spreadsheet for amounts in a currency.

    >>> currency_format("€", False, 2)
    '#,##0.00\\\\ "€";[Red]\\\\-#,##0.00\\\\ "€"'
    """
    digits = "#,##0" + ("." + "0" * decimal_places if decimal_places > 0 else "")
    sign = symbol.replace('"', "").strip()
    if not sign:
        return f"{digits};[Red]\\-{digits}"
    amount = f'"{sign}"{digits}' if before else f'{digits}\\ "{sign}"'
    return f"{amount};[Red]\\-{amount}"


def _open_book():
    import xlsxwriter

    buffer = io.BytesIO()
    book = xlsxwriter.Workbook(
        buffer,
        {
            "constant_memory": True,
            "strings_to_formulas": False,
            "strings_to_urls": False,
            "strings_to_numbers": False,
        },
    )
    return book, buffer


class _Texts:
    """Writes texts so that they stay texts."""

    def __init__(self, book, worksheet) -> None:
        self.book = book
        self.worksheet = worksheet
        self.formats: dict[tuple, object] = {}

    def format(self, **properties: object):
        key = tuple(sorted(properties.items()))
        if key not in self.formats:
            self.formats[key] = self.book.add_format(properties)
        return self.formats[key]

    def write(self, row: int, column: int, text: str, **properties: object) -> None:  # pylint: disable=method-required-super
        if not text:
            return
        if text.startswith(FORMULA_SIGNS):
            properties["quote_prefix"] = True
        text = text[:32_767]
        self.worksheet.write_string(row, column, text, self.format(**properties))


# Grid ---------------------------------------------------------------------------------


def write_grid(grid: Grid) -> bytes:
    """Write a budget as a workbook with one sheet.

    Parents are ``SUBTOTAL`` formulas over the rows below them, which leave each other
    out, so every total stays live and nothing is counted twice.
    """
    book, buffer = _open_book()
    worksheet = book.add_worksheet(grid.sheet_name[:31])
    _GridWriter(book, worksheet, grid).write()
    book.close()
    return buffer.getvalue()


class _GridWriter:
    def __init__(self, book, worksheet, grid: Grid) -> None:
        self.worksheet = worksheet
        self.grid = grid
        self.texts = _Texts(book, worksheet)
        self.first_month = len(TEXT_COLUMNS)
        self.total_column = self.first_month + len(grid.months)
        self.ends = _block_ends(grid.rows)

    def write(self) -> None:  # pylint: disable=method-required-super
        self.set_up()
        self.texts.write(0, 0, self.grid.title, bold=True, font_size=14)
        self.texts.write(1, 0, self.grid.subtitle, font_color="#666666")
        self.write_header()
        sums = _sums(self.grid.rows, self.ends, len(self.grid.months))
        top = HEADER_ROW + 1
        for at, row in enumerate(self.grid.rows):
            self.write_row(top + at, at, row, sums[at])
        self.write_totals(top, sums)

    def set_up(self) -> None:
        for at, (_role, width) in enumerate(TEXT_COLUMNS):
            self.worksheet.set_column(at, at, width)
        self.worksheet.set_column(self.first_month, self.total_column - 1, 13)
        self.worksheet.set_column(self.total_column, self.total_column, 15)
        self.worksheet.freeze_panes(HEADER_ROW + 1, 2)
        # Parents stand above their children here.
        self.worksheet.outline_settings(True, False, False, False)
        self.worksheet.set_landscape()
        self.worksheet.repeat_rows(HEADER_ROW)
        self.worksheet.fit_to_pages(1, 0)

    def write_header(self) -> None:
        look = {"bold": True, "bottom": 1, "bg_color": "#E9ECEF"}
        for at, (role, _width) in enumerate(TEXT_COLUMNS):
            self.texts.write(HEADER_ROW, at, self.grid.labels.get(role, role), **look)
        date_format = self.texts.format(num_format=MONTH_FORMAT, align="right", **look)
        for at, month in enumerate(self.grid.months):
            # A date, so that every program shows it in its own language.
            self.worksheet.write_datetime(
                HEADER_ROW,
                self.first_month + at,
                datetime.datetime.combine(month, datetime.time()),
                date_format,
            )
        total = self.grid.labels.get("total", "Total")
        self.texts.write(HEADER_ROW, self.total_column, total, align="right", **look)

    def write_row(self, line: int, at: int, row: GridRow, sums: list[int]) -> None:
        level = min(row.depth, MAX_OUTLINE)
        self.worksheet.set_row(line, None, None, {"level": level})
        look = {"bold": True} if row.is_parent else {}
        values = (
            row.code,
            row.name,
            row.parent,
            self.grid.labels.get(row.kind, row.kind),
            row.source,
            row.responsible,
            row.detail,
            row.impact,
        )
        for column, text in enumerate(values):
            indent = {"indent": min(row.depth, 15)} if column == 1 else {}
            self.texts.write(line, column, text, **look, **indent)
        if row.is_parent:
            if self.ends[at] > at + 1:
                first, last = line + 1, line + self.ends[at] - at - 1
                self.write_sums(line, first, last, sums, look)
        elif any(row.units):
            self.write_amounts(line, row)

    def write_amounts(self, line: int, row: GridRow) -> None:
        look = self.texts.format(num_format=self.grid.number_format)
        for at, units in enumerate(row.units):
            amount = from_units(units, self.grid.decimal_places)
            self.worksheet.write_number(line, self.first_month + at, amount, look)
        cells = _range(line, self.first_month, line, self.total_column - 1)
        self.worksheet.write_formula(
            line,
            self.total_column,
            f"=SUM({cells})",
            look,
            from_units(sum(row.units), self.grid.decimal_places),
        )

    def write_sums(
        self,
        line: int,
        first: int,
        last: int,
        sums: list[int],
        look: Mapping[str, object],
    ) -> None:
        """Formulas over the rows ``first`` to ``last`` in every column of amounts."""
        shown = self.texts.format(num_format=self.grid.number_format, **look)
        for at, units in enumerate([*sums, sum(sums)]):
            column = self.first_month + at
            cells = _range(first, column, last, column)
            self.worksheet.write_formula(
                line,
                column,
                f"=SUBTOTAL(9,{cells})",
                shown,
                from_units(units, self.grid.decimal_places),
            )

    def write_totals(self, top: int, sums: list[list[int]]) -> None:
        """One row for each kind: expense and income are no sum together."""
        line = top + len(self.grid.rows)
        rows = self.grid.rows
        for kind in dict.fromkeys(row.kind for row in rows):
            places = [at for at, row in enumerate(rows) if row.kind == kind]
            months = [
                sum(sums[at][month] for at in places if not rows[at].is_parent)
                for month in range(len(self.grid.months))
            ]
            look = {"bold": True, "top": 1}
            label = f"{TOTAL_SIGN} {self.grid.labels.get(kind, kind)}"
            self.texts.write(line, 1, label, **look)
            self.write_sums(line, top + places[0], top + places[-1], months, look)
            line += 1


def _block_ends(rows: Sequence[GridRow]) -> list[int]:
    """For each row the position after its last descendant."""
    ends = [0] * len(rows)
    open_rows: list[int] = []
    for at, row in enumerate(rows):
        while open_rows and rows[open_rows[-1]].depth >= row.depth:
            ends[open_rows.pop()] = at
        open_rows.append(at)
    for at in open_rows:
        ends[at] = len(rows)
    return ends


def _sums(
    rows: Sequence[GridRow], ends: Sequence[int], month_count: int
) -> list[list[int]]:
    """Amounts by row and month, those of parents summed up."""
    result = [list(row.units) or [0] * month_count for row in rows]
    above: list[int] = []
    for at, row in enumerate(rows):
        while above and ends[above[-1]] <= at:
            above.pop()
        if not row.is_parent:
            for parent in above:
                for month, units in enumerate(row.units):
                    result[parent][month] += units
        above.append(at)
    return result


def _range(first_row: int, first_column: int, last_row: int, last_column: int) -> str:
    from xlsxwriter.utility import xl_range

    return xl_range(first_row, first_column, last_row, last_column)


# Refused rows -------------------------------------------------------------------------


@dataclass(frozen=True)
class BadRows:
    """What to write about the rows that were refused: reasons by row (zero-based) and
    the headers of the two columns that are added."""

    reasons: Mapping[int, str]
    reason_label: str = "What is wrong"
    row_label: str = "Row"
    options: Options = field(default_factory=Options)
    currency: str = ""
    currencies: Mapping[str, str] = field(default_factory=dict)


def write_bad_rows(
    sheet: Sheet, table: Table, analysis: Analysis, bad: BadRows
) -> bytes:
    """Write the refused rows with their reasons, ready to be mended and imported.

    Amounts and months that could be read are written as numbers and dates, so that
    nothing depends on how the whole file was written. Where rows stand for their
    place in the tree (indentation, headings), the rows above them come along.
    """
    book, buffer = _open_book()
    worksheet = book.add_worksheet("To mend")
    texts = _Texts(book, worksheet)
    width = len(table.columns)
    headers = header_texts(sheet, table.header_row, width)
    if table.header_row < 0:
        headers = [column.letter for column in table.columns]
    worksheet.set_column(0, max(width - 1, 0), 14)
    worksheet.set_column(width, width, 70)
    worksheet.freeze_panes(1, 0)
    labels = [*headers, bad.reason_label, bad.row_label]
    for at, text in enumerate(labels):
        texts.write(0, at, text, bold=True, bottom=1, bg_color="#E9ECEF")
    rows = _with_context(analysis)
    path_of = {row: node.path for node in analysis.nodes for row in node.rows}
    for line, row in enumerate(rows, 1):
        cells = [*sheet.rows[row], *[None] * width][:width]
        if row not in analysis.bad_rows:
            cells = [
                None if c.role in _AMOUNTS else cells[c.index] for c in table.columns
            ]
        _fill_levels(cells, table, path_of.get(row, ()))
        for column in table.columns:
            cell = _readable(cells[column.index], column, table, analysis, bad)
            _write_cell(worksheet, texts, line, column.index, cell)
        reason = bad.reasons.get(row, "")
        texts.write(line, width, reason, text_wrap=True, font_color="#B02A37")
        worksheet.write_number(line, width + 1, row + 1)
    book.close()
    return buffer.getvalue()


_AMOUNTS = frozenset(("month", "quarter", "amount", "total", "monthly"))


def _with_context(analysis: Analysis) -> list[int]:
    """The refused rows in the order of the file, with the rows above them if these
    are needed to find their place again."""
    wanted = set(analysis.bad_rows)
    if analysis.hierarchy in ("indent", "heading"):
        above: list[Node] = []
        for node in analysis.nodes:
            del above[node.depth :]
            if wanted & set(node.rows):
                wanted.update(one.row for one in above)
            above.append(node)
    return sorted(wanted)


def _fill_levels(cells: list[Cell], table: Table, path: Sequence[str]) -> None:
    """Repeat the names of the levels that a row took from the rows above it."""
    columns = [column for column in table.columns if column.role.startswith("level")]
    for column, name in zip(sorted(columns, key=lambda c: c.role), path, strict=False):
        cells[column.index] = name


def _readable(
    cell: Cell, column: Column, table: Table, analysis: Analysis, bad: BadRows
) -> Cell:
    """A text that could be read as amount or month, as number or date."""
    if not isinstance(cell, str):
        return cell
    try:
        if column.role in _AMOUNTS:
            amount = parse_amount(cell, analysis.decimal_sign, bad.currencies)
            if amount and amount.currency in (None, bad.currency):
                return float(amount.value)
        elif column.role == "date":
            day_first = bad.options.day_first
            month = parse_month(cell, table.locale, day_first is not False)
            return month.first_day() or cell if month else cell
    except CellError:
        return cell
    return cell


def _write_cell(worksheet, texts: _Texts, line: int, column: int, cell: Cell) -> None:
    if cell is None:
        return
    if isinstance(cell, bool):
        worksheet.write_boolean(line, column, cell)
    elif isinstance(cell, int | float):
        worksheet.write_number(line, column, cell)
    elif isinstance(cell, datetime.date):
        day = datetime.datetime.combine(cell, datetime.time())
        worksheet.write_datetime(
            line, column, day, texts.format(num_format="yyyy-mm-dd")
        )
    elif isinstance(cell, Fault):
        texts.write(line, column, cell.text or "?")
    else:
        indent = len(cell) - len(cell.lstrip())
        texts.write(line, column, " " * indent + cell_text(cell))
