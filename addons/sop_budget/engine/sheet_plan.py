# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""The values that an import is made of: what is asked for, and what comes out."""

from __future__ import annotations

import datetime
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal

from .sheet import Cell, CellError, Row, Sheet
from .sheet_columns import Column, Table
from .sheet_value import Month, parse_month

#: How the tree is read: from a column that names the parent, from codes parted by
#: signs or letters (P, P1, P1.1), from digits (6, 61, 612), from the indentation of
#: names, from columns that hold one level each, from headings without amounts.
HIERARCHIES = ("parent", "code", "digits", "indent", "levels", "heading", "flat")


@dataclass(frozen=True)
class Issue:
    """Something to tell about a row, a column or the whole file.

    ``row`` is zero-based as in the sheet (None: the file), ``column`` the index of the
    column (None: the row). An ``error`` keeps the row out; a ``warning`` and an
    ``info`` don't. ``value`` is the cell as it reads.
    """

    code: str
    row: int | None = None
    column: int | None = None
    level: str = "error"
    value: str = ""
    params: Mapping[str, object] = field(default_factory=dict)

    def place(self) -> tuple[int, int]:
        """Sorts the file first, then rows, then columns."""
        row = -1 if self.row is None else self.row
        return row, -1 if self.column is None else self.column


@dataclass(frozen=True)
class Existing:
    """A category that the budget already holds. ``units`` are its amounts by month."""

    code: str
    name: str
    parent: str | None
    kind: str
    is_leaf: bool
    visible: bool = True
    units: Mapping[int, int] = field(default_factory=dict)
    has_matching: bool = False


@dataclass(frozen=True)
class Target:
    """The budget that rows are read for, as plain values.

    ``months`` first days, ascending; ``rates`` company currency per unit of each
    foreign currency by code; ``currencies`` code by sign or code in lower case;
    ``sources`` and ``users`` key by name, code or login, simplified.
    """

    months: Sequence[datetime.date]
    date_from: datetime.date
    date_to: datetime.date
    currency: str = "USD"
    decimal_places: int = 2
    existing: Mapping[str, Existing] = field(default_factory=dict)
    rates: Mapping[str, float] = field(default_factory=dict)
    currencies: Mapping[str, str] = field(default_factory=dict)
    sources: Mapping[str, int] = field(default_factory=dict)
    users: Mapping[str, int] = field(default_factory=dict)
    create_sources: bool = False


@dataclass(frozen=True)
class Options:
    """How to read the rows; None means: find out. ``scale`` 1000: figures are
    thousands."""

    hierarchy: str | None = None
    decimal_sign: str | None = None
    day_first: bool | None = None
    kind: str = "expense"
    kind_words: Mapping[str, str] = field(default_factory=dict)
    default_decimal_sign: str = "."
    default_day_first: bool = True
    scale: int = 1


@dataclass
class Node:
    """A category as the file has it.

    ``units`` are amounts by position of the month, {} when the row brings none;
    ``entries`` what was entered in a foreign currency: (currency, amount) by month.
    ``path`` are the names above and of it, where columns hold one level each.
    ``action`` is "new", "update", "same" or "error".
    """

    row: int
    code: str
    name: str
    parent: str | None = None
    kind: str = ""
    source: str = ""
    source_id: int | None = None
    user_id: int | None = None
    detail: str = ""
    impact: str = ""
    indent: int = 0
    depth: int = 0
    units: dict[int, int] = field(default_factory=dict)
    entries: dict[int, tuple[str, Decimal]] = field(default_factory=dict)
    rows: list[int] = field(default_factory=list)
    path: tuple[str, ...] = ()
    bad: bool = False
    is_parent: bool = False
    written_kind: bool = False
    own: bool = True
    action: str = "new"
    file_total: int | None = None

    @property
    def total(self) -> int:
        return sum(self.units.values())


@dataclass
class Analysis:
    """Everything a file says about a budget.

    ``nodes`` in the order of the tree (a parent before its children), those with an
    error included; ``issues`` in the order of the rows; ``bad_rows`` the rows that
    would be left out; ``hierarchy`` and ``decimal_sign`` as used.
    """

    nodes: list[Node]
    issues: list[Issue]
    bad_rows: set[int]
    hierarchy: str
    decimal_sign: str
    layout: str

    @property
    def good(self) -> list[Node]:
        """Categories that can be imported, parents first."""
        return [node for node in self.nodes if node.action != "error"]

    @property
    def blocked(self) -> bool:
        """True when the file as a whole can't be imported, not even its good rows."""
        return any(i.level == "error" and i.row is None for i in self.issues)

    @property
    def has_errors(self) -> bool:
        return any(issue.level == "error" for issue in self.issues)


def layout_of(table: Table) -> str:
    """ "long" (an amount a row), "wide" (months side by side), "total" or "tree"."""
    if table.first("date") and table.first("amount"):
        return "long"
    if table.first("month") or table.first("quarter"):
        return "wide"
    if table.first("total") or table.first("monthly"):
        return "total"
    return "tree"


# Months of the columns ----------------------------------------------------------------


def resolve_months(
    columns: Sequence[Column], months: Sequence[datetime.date]
) -> dict[int, datetime.date]:
    """The month of each ``month`` and ``quarter`` column, by index of the column.

    A month without a year is the first one of the budget that follows the column
    before it; it stays out of the budget (in the year of its first month) when the
    budget has no such month.
    """
    found: dict[int, datetime.date] = {}
    after: datetime.date | None = None
    for column in columns:
        if column.role not in ("month", "quarter") or not column.month:
            continue
        day = column.month.first_day()
        if day is None:
            day = next_month(column.month, months, after)
        found[column.index] = after = day
    return found


def next_month(
    month: Month, months: Sequence[datetime.date], after: datetime.date | None
) -> datetime.date:
    candidates = [day for day in months if day.month == month.month]
    later = [day for day in candidates if after is None or day > after]
    if later or candidates:
        return (later or candidates)[0]
    year = months[0].year if months else datetime.date.min.year
    return datetime.date(year, month.month, 1)


def file_period(
    sheet: Sheet, table: Table
) -> tuple[datetime.date, datetime.date] | None:
    """First and last month a file names with their years, None if it names none."""
    days = [
        column.month.first_day()
        for column in table.columns
        if column.role in ("month", "quarter") and column.month
    ]
    date = table.first("date")
    if date and not days:
        for row in sheet.rows[table.first_row :]:
            try:
                month = parse_month(cell_of(row, date), table.locale)
            except CellError:
                continue
            days.append(month.first_day() if month else None)
    known = [day for day in days if day]
    return (min(known), max(known)) if known else None


def cell_of(row: Row, column: Column | None) -> Cell:
    """The cell of a row in a column, None where there is none."""
    if column is None or column.index >= len(row):
        return None
    return row[column.index]
