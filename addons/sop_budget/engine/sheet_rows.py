# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""Reading the rows of a table: texts, amounts, and what is wrong with each."""

from __future__ import annotations

import datetime
from collections.abc import Iterator, Sequence
from decimal import Decimal
from fractions import Fraction

from .money import convert, to_units
from .sheet import Cell, CellError, Fault, MergeFill, Row, Sheet, cell_text, is_blank
from .sheet_columns import LEVELS, Column, Table
from .sheet_plan import (
    Issue,
    Node,
    Options,
    Target,
    cell_of,
    layout_of,
    next_month,
    resolve_months,
)
from .sheet_value import (
    Amount,
    guess_decimal_sign,
    is_day_first,
    parse_amount,
    parse_month,
    simplify,
    text_of,
)
from .sheet_words import INTERNAL_WORDS, KIND_OF, TOTAL_SIGN, TOTAL_WORDS
from .spread import spread_even

MAX_CODE = 64
MAX_NAME = 256
#: Differences this small come from floats, not from people.
_NOISE = Decimal("0.000001")

# Rows ---------------------------------------------------------------------------------


class RowReader:
    """One pass over the rows of a file.

    Errors become issues; a row that has one is in :attr:`bad_rows` and its node is
    ``bad``.
    """

    def __init__(
        self, sheet: Sheet, table: Table, target: Target, options: Options
    ) -> None:
        self.sheet = sheet
        self.table = table
        self.target = target
        self.options = options
        self.layout = layout_of(table)
        self.issues: list[Issue] = []
        self.month_at = {month: at for at, month in enumerate(target.months)}
        self.column_month = resolve_months(table.columns, target.months)
        self.amount_columns = [
            column
            for column in table.columns
            if column.role in ("month", "quarter", "amount", "total", "monthly")
        ]
        self.decimal_sign = options.decimal_sign or self.find_decimal_sign()
        self.day_first = self.find_day_first()
        self.kind_words = KIND_OF | dict(options.kind_words)
        self.rounded = 0
        self.unknown_users: set[str] = set()
        self.nodes: list[Node] = []
        self.bad_rows: set[int] = set()

    def read(self) -> None:  # pylint: disable=method-required-super
        """Fill :attr:`nodes`, :attr:`issues` and :attr:`bad_rows`."""
        self.check_columns()
        self.read_rows()

    # Helpers

    def add(
        self,
        code: str,
        row: int | None = None,
        column: Column | None = None,
        level: str = "error",
        **params: object,
    ) -> None:
        value = ""
        if row is not None and column is not None:
            value = cell_text(cell_of(self.sheet.rows[row], column))[:120]
        index = column.index if column else None
        self.issues.append(Issue(code, row, index, level, value, params))
        if level == "error" and row is not None:
            self.bad_rows.add(row)

    def data_rows(self) -> Iterator[tuple[int, Row]]:
        start = self.table.first_row
        return enumerate(self.sheet.rows[start:], start)

    def find_decimal_sign(self) -> str:
        texts = (
            cell
            for _at, row in self.data_rows()
            for column in self.amount_columns
            if isinstance(cell := cell_of(row, column), str)
        )
        return guess_decimal_sign(texts, self.options.default_decimal_sign)

    def find_day_first(self) -> bool:
        if self.options.day_first is not None:
            return self.options.day_first
        column = self.table.first("date")
        cells = (cell_of(row, column) for _at, row in self.data_rows())
        texts = (cell for cell in cells if isinstance(cell, str))
        return is_day_first(texts, self.options.default_day_first)

    # Columns

    def check_columns(self) -> None:
        """What is wrong with the mapping as a whole."""
        if not any(self.table.first(role) for role in ("code", "name", *LEVELS)):
            self.add("no_name_column")
        if self.layout == "tree":
            self.add("no_amounts", level="warning")
        date, amount = self.table.first("date"), self.table.first("amount")
        if amount and not date:
            self.add("amount_without_date", column=amount)
        seen: dict[datetime.date, Column] = {}
        for column in self.table.columns:
            if column.role not in ("month", "quarter"):
                continue
            month = self.column_month.get(column.index)
            if month is None:
                self.add("month_unknown", column=column, header=column.header)
            elif month in seen:
                self.add(
                    "month_twice",
                    column=column,
                    header=column.header,
                    other=seen[month].letter,
                )
            else:
                seen[month] = column
                self.check_month_inside(column, month)

    def check_month_inside(self, column: Column, month: datetime.date) -> None:
        if self.span(column, month):
            return
        filled = any(
            cell not in (None, 0)
            for _at, row in self.data_rows()
            if (cell := cell_of(row, column)) is not None
        )
        self.add(
            "month_outside",
            column=column,
            level="error" if filled else "info",
            header=column.header,
            month=month,
        )

    def span(self, column: Column, month: datetime.date) -> list[int]:
        """Positions of the months that a column plans."""
        count = 3 if column.role == "quarter" else 1
        number = month.year * 12 + month.month - 1
        days = (
            datetime.date((number + step) // 12, (number + step) % 12 + 1, 1)
            for step in range(count)
        )
        return [self.month_at[day] for day in days if day in self.month_at]

    # Rows

    def read_rows(self) -> None:
        header = self.header_key()
        levels_at = {c.index for c in self.table.columns if c.role in LEVELS}
        fill = MergeFill(self.sheet.merges, but=levels_at)
        by_code: dict[str, Node] = {}
        levels: dict[str, str] = {}
        filled = [at for at, row in self.data_rows() if not is_blank(row)]
        last = filled[-1] if len(filled) > 2 else None
        for at, raw in self.data_rows():
            row = fill.fill(at, raw)
            if is_blank(row) or self.row_key(row) == header:
                continue
            texts = [cell for cell in row if cell is not None]
            node = self.read_node(at, row, levels)
            if self.is_total(node) or (at == last and not self.has_text(row)):
                text = cell_text(texts[0])
                self.add("total_row", at, level="info", text=text)
                continue
            if self.is_note(node, row, texts):
                self.add("note_row", at, level="info", text=cell_text(texts[0])[:80])
                continue
            self.check_texts(node, at)
            self.read_amounts(node, at, row)
            self.place(node, by_code)
        if not self.nodes:
            self.add("no_rows")
        if self.rounded:
            self.add("rounded", level="info", count=self.rounded)

    def header_key(self) -> tuple[str, ...]:
        if self.table.header_row < 0:
            return ()
        return self.row_key(self.sheet.rows[self.table.header_row])

    @staticmethod
    def row_key(row: Row) -> tuple[str, ...]:
        return tuple(cell_text(cell) for cell in row)

    def text(self, row: Row, role: str) -> str:
        return text_of(cell_of(row, self.table.first(role)))

    def read_node(self, at: int, row: Row, levels: dict[str, str]) -> Node:
        """The texts of a row; ``levels`` carries the headings of the rows before."""
        code_cell = cell_of(row, self.table.first("code"))
        name_cell = cell_of(row, self.table.first("name"))
        node = Node(
            row=at,
            code=text_of(code_cell),
            name=text_of(name_cell),
            parent=self.text(row, "parent") or None,
            kind=self.text(row, "kind"),
            source=self.text(row, "source"),
            detail=self.text(row, "detail"),
            impact=self.text(row, "impact"),
            rows=[at],
        )
        if isinstance(name_cell, str):
            node.indent = len(name_cell) - len(name_cell.lstrip())
        if not node.indent and isinstance(code_cell, str):
            node.indent = len(code_cell) - len(code_cell.lstrip())
        if not node.indent and self.sheet.outline:
            node.indent = self.sheet.outline[at]
        self.read_levels(node, row, levels)
        return node

    def read_levels(self, node: Node, row: Row, levels: dict[str, str]) -> None:
        """Columns of one level each: the path of names, blanks repeat the row above."""
        roles = [role for role in LEVELS if self.table.first(role)]
        if not roles:
            return
        path = [self.text(row, role) for role in roles]
        if any(path):
            first = next(at for at, text in enumerate(path) if text)
            for role in roles[first:]:
                levels.pop(role, None)
        for role, text in zip(roles, path, strict=True):
            if text:
                levels[role] = text
        full = [levels[role] for role in roles if role in levels]
        if self.table.first("name"):
            full = [*full, node.name] if node.name else full
        node.path = tuple(full)
        node.name = full[-1] if full else ""
        node.parent = "\x1f".join(full[:-1]) or None

    @staticmethod
    def has_text(row: Row) -> bool:
        """False for a row of bare figures, such as the totals below a table."""
        return any(isinstance(c, str) and not c[:1].isdigit() for c in row)

    def is_total(self, node: Node) -> bool:
        if TOTAL_SIGN in (node.name[:1], node.code[:1]):
            return True
        for text, other in ((node.code, ""), (node.name, node.code)):
            simple = simplify(text)
            if simple in TOTAL_WORDS and (not other or other == text):
                return True
        first = simplify(node.name)
        starts = first.startswith(("total ", "subtotal ", "sub total ", "grand total "))
        has_code = self.table.first("code") is not None
        return starts and has_code and not node.code

    def is_note(self, node: Node, row: Row, texts: Sequence[Cell]) -> bool:
        """A remark under or between the rows: text alone, where others have a code."""
        if len(texts) > 1 or not isinstance(texts[0], str):
            return False
        if self.table.first("code") is None:
            return not node.name or len(texts[0]) > 80
        if node.code:
            # A sentence where codes stand: "Prepared by Anna"
            return self.table.first("name") is not None and len(node.code.split()) > 2
        return self.layout != "tree" or not node.name or len(texts[0]) > 60

    def check_texts(self, node: Node, at: int) -> None:
        code_column = self.table.first("code")
        name_column = self.table.first("name")
        if code_column:
            cell = cell_of(self.sheet.rows[at], code_column)
            if isinstance(cell, datetime.date):
                self.add("code_is_date", at, code_column)
            elif isinstance(cell, Fault):
                self.add("sheet_error", at, code_column, error=cell.text or "=")
            elif not node.code:
                self.add("no_code", at, code_column)
            elif len(node.code) > MAX_CODE:
                self.add("too_long", at, code_column, limit=MAX_CODE)
        if len(node.name) > MAX_NAME:
            self.add("too_long", at, name_column, limit=MAX_NAME)
        if not node.name and not node.code:
            self.add("no_name", at, name_column)
        self.read_kind(node, at)
        self.read_source(node, at)
        self.read_user(node, at)

    def read_kind(self, node: Node, at: int) -> None:
        text, node.kind = node.kind, ""
        if not text:
            return
        kind = self.kind_words.get(simplify(text))
        if kind:
            node.kind, node.written_kind = kind, True
        else:
            self.add("kind", at, self.table.first("kind"))

    def read_source(self, node: Node, at: int) -> None:
        simple = simplify(node.source)
        if not simple or (
            simple in INTERNAL_WORDS and simple not in self.target.sources
        ):
            node.source = ""
            return
        node.source_id = self.target.sources.get(simple)
        if node.source_id is None and not self.target.create_sources:
            self.add("source", at, self.table.first("source"))

    def read_user(self, node: Node, at: int) -> None:
        column = self.table.first("responsible")
        text = text_of(cell_of(self.sheet.rows[at], column))
        if not text:
            return
        node.user_id = self.target.users.get(simplify(text))
        if node.user_id is None and text not in self.unknown_users:
            self.unknown_users.add(text)
            self.add("user", at, column, level="warning")

    # Amounts

    def amount(self, at: int, row: Row, column: Column | None) -> Amount | None:
        """The amount in a cell; None when it is empty or wrong (then an issue)."""
        try:
            return parse_amount(
                cell_of(row, column),
                self.decimal_sign,
                self.target.currencies,
                self.options.scale,
            )
        except CellError as error:
            self.add(error.code, at, column, **error.params)
            return None

    def read_amounts(self, node: Node, at: int, row: Row) -> None:
        if self.layout == "long":
            self.read_long(node, at, row)
        elif self.layout == "wide":
            self.read_wide(node, at, row)
        elif self.layout == "total":
            self.read_total(node, at, row)

    def read_long(self, node: Node, at: int, row: Row) -> None:
        date, column = self.table.first("date"), self.table.first("amount")
        amount = self.amount(at, row, column)
        try:
            month = parse_month(cell_of(row, date), self.table.locale, self.day_first)
        except CellError as error:
            self.add(error.code, at, date, **error.params)
            return
        if month is None:
            if amount is not None:
                self.add("no_month", at, date)
            return
        day = month.first_day() or next_month(month, self.target.months, None)
        if day not in self.month_at:
            self.add("outside", at, date, month=day)
        elif amount is not None:
            self.put(node, at, row, [(self.month_at[day], amount, column)])

    def read_wide(self, node: Node, at: int, row: Row) -> None:
        cells: list[tuple[int, Amount | None, Column]] = []
        for column in self.amount_columns:
            month = self.column_month.get(column.index)
            if column.role not in ("month", "quarter") or month is None:
                continue
            amount = self.amount(at, row, column)
            places = self.span(column, month)
            if not places:
                continue
            if amount is None or len(places) == 1:
                cells += [(place, amount, column) for place in places]
            else:
                cells += self.split(places, amount, column)
        if any(amount is not None for _place, amount, _column in cells):
            # An empty cell beside filled ones plans nothing.
            zero = Amount(Decimal(0))
            self.put(node, at, row, [(p, amount or zero, c) for p, amount, c in cells])
        self.check_total(node, at, row)

    def split(
        self, places: Sequence[int], amount: Amount, column: Column
    ) -> list[tuple[int, Amount, Column]]:
        """An amount over several months, to the cent."""
        digits = self.target.decimal_places
        parts = spread_even(to_units(amount.value, digits), len(places))
        return [
            (place, Amount(Decimal(part).scaleb(-digits), amount.currency), column)
            for place, part in zip(places, parts, strict=True)
        ]

    def check_total(self, node: Node, at: int, row: Row) -> None:
        """Compare the months with the total beside them."""
        column = self.table.first("total")
        cell = cell_of(row, column)
        if cell is None or isinstance(cell, Fault):
            return
        total = self.amount(at, row, column)
        if total is None or at in self.bad_rows:
            return
        units = to_units(total.value, self.target.decimal_places)
        node.file_total = units
        if node.units and not node.entries and units != node.total:
            self.add(
                "sum_differs",
                at,
                column,
                level="warning",
                total=units,
                months=node.total,
            )

    def read_total(self, node: Node, at: int, row: Row) -> None:
        column = self.table.first("total")
        total = self.amount(at, row, column)
        places = range(len(self.target.months))
        monthly_column = self.table.first("monthly")
        if total is None:
            monthly = self.amount(at, row, monthly_column)
            if monthly is not None:
                cells = [(place, monthly, monthly_column) for place in places]
                self.put(node, at, row, cells)
        elif places:
            self.put(node, at, row, self.split(places, total, column))
        if node.units:
            node.file_total = node.total

    def put(
        self,
        node: Node,
        at: int,
        row: Row,
        cells: Sequence[tuple[int, Amount, Column]],
    ) -> None:
        """Give a category its amounts, in units of the company's currency."""
        code_column = self.table.first("currency")
        written = text_of(cell_of(row, code_column))
        row_currency = None
        if written:
            row_currency = self.target.currencies.get(written.lower().rstrip("."))
            if row_currency is None:
                self.add("currency", at, code_column, currency=written)
                return
        exact = Fraction()
        units = 0
        for place, amount, column in cells:
            currency = amount.currency or row_currency or self.target.currency
            if row_currency and amount.currency not in (None, row_currency):
                self.add("two_currencies", at, column, other=row_currency)
                return
            if currency != self.target.currency:
                if not self.put_foreign(node, at, column, place, currency, amount):
                    return
                continue
            # Rounding the running sum keeps the total of figures that were never
            # rounded: 100,000 / 12 in every month is 100,000 a year.
            exact += Fraction(amount.value)
            running = to_units(exact, self.target.decimal_places)
            node.units[place] = running - units
            units = running
            value = amount.value
            rounded = round(value, self.target.decimal_places)
            if abs(rounded - value) > _NOISE:
                self.rounded += 1

    def put_foreign(
        self,
        node: Node,
        at: int,
        column: Column | None,
        place: int,
        currency: str,
        amount: Amount,
    ) -> bool:
        rate = self.target.rates.get(currency)
        if not rate:
            self.add("no_rate", at, column, currency=currency)
            return False
        node.units[place] = convert(amount.value, rate, self.target.decimal_places)
        node.entries[place] = (currency, amount.value)
        return True

    # Categories

    def place(self, node: Node, by_code: dict[str, Node]) -> None:
        """Add a row as a category of its own, or to the one that it belongs to."""
        node.bad = node.row in self.bad_rows
        key = node.code or (node.parent or "") + "\x1f" + simplify(node.name)
        other = by_code.get(key) if node.code or self.layout == "long" else None
        if other is None:
            self.nodes.append(node)
            by_code[key] = node
            return
        if self.layout != "long":
            self.add_duplicate(node, other)
            self.nodes.append(node)
            return
        self.merge(node, other)

    def add_duplicate(self, node: Node, other: Node) -> None:
        cell = cell_of(self.sheet.rows[node.row], self.table.first("code"))
        swallowed = isinstance(cell, float) and not cell.is_integer()
        self.add(
            "duplicate_number" if swallowed else "duplicate",
            node.row,
            self.table.first("code") or self.table.first("name"),
            other=other.row + 1,
        )
        node.bad = True

    def merge(self, node: Node, other: Node) -> None:
        """Add a further amount to a category of the layout "one row an amount"."""
        if node.name and other.name and simplify(node.name) != simplify(other.name):
            self.add(
                "name_differs",
                node.row,
                self.table.first("name"),
                level="warning",
                name=other.name,
                other=other.row + 1,
            )
        other.rows.append(node.row)
        other.name = other.name or node.name
        other.source_id = other.source_id or node.source_id
        other.user_id = other.user_id or node.user_id
        if node.bad:
            return
        if other.bad:
            # Only its first row is wrong; this one stands for the category now.
            other.bad, other.row = False, node.row
        for place, units in node.units.items():
            if place in other.units:
                self.add("added_up", node.row, level="info", other=other.code)
                if place in node.entries or place in other.entries:
                    other.entries.pop(place, None)
                    node.entries.pop(place, None)
            other.units[place] = other.units.get(place, 0) + units
        other.entries.update(node.entries)
