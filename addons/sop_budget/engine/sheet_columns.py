# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""Finding the header of a table and guessing what its columns hold.

The guess is only ever a proposal: the person sees and changes it, and what they chose
is remembered by the :func:`fingerprint` of the header.
"""

from __future__ import annotations

import datetime
import hashlib
import itertools
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from .sheet import Cell, CellError, Fault, Merge, Row, Sheet, cell_text, column_letter
from .sheet_value import (
    Month,
    best_locale,
    is_day_first,
    parse_amount,
    parse_month,
    simplify,
)
from .sheet_words import IGNORED, NOT_PLANNED, PLANNED, ROLE_OF

#: What a column may hold. ``month`` columns plan one month each, ``quarter`` ones three;
#: ``date`` and ``amount`` together make one amount a row; ``total`` is spread over the
#: months, or checks the months beside it; ``monthly`` is the same each month.
ROLES = (
    "ignore",
    "code",
    "parent",
    "name",
    "level1",
    "level2",
    "level3",
    "level4",
    "kind",
    "source",
    "responsible",
    "detail",
    "impact",
    "month",
    "quarter",
    "date",
    "amount",
    "currency",
    "total",
    "monthly",
)
#: Roles that several columns may have.
MANY = frozenset({"ignore", "month", "quarter"})
LEVELS = ("level1", "level2", "level3", "level4")

_QUARTER = re.compile(
    r"(?:(?P<y1>\d{4})[\s\-/]*)?(?:q|qtr|quarter|quarter )\s?(?P<q>[1-4])"
    r"(?:[\s\-/']*(?P<y2>\d{4}|\d{2}))?|(?P<q2>[1-4])q(?P<y3>\d{2,4})?",
    re.IGNORECASE,
)
_YEAR = re.compile(r"(?:19|20|21)\d{2}")
_FISCAL_YEAR = re.compile(r"fy ?(?:\d{2}|\d{4})")
HEADER_SEARCH = 40


@dataclass(frozen=True)
class Column:
    """One column of the file and what it holds.

    ``month`` is the month of a ``month`` column, or the first one of a ``quarter``
    column; its year may be unknown.
    """

    index: int
    header: str = ""
    role: str = "ignore"
    month: Month | None = None
    sample: str = ""

    @property
    def letter(self) -> str:
        return column_letter(self.index)


@dataclass(frozen=True)
class Table:
    """Where the table of a sheet is and what its columns hold.

    ``header_row`` is zero-based, -1 when the table has no header; data starts at
    ``first_row``. ``locale`` is the language of its months.
    """

    header_row: int
    first_row: int
    columns: tuple[Column, ...]
    locale: str = "en"
    words: tuple[str, ...] = field(default=())

    def by_role(self, role: str) -> list[Column]:
        return [column for column in self.columns if column.role == role]

    def first(self, role: str) -> Column | None:
        return next((column for column in self.columns if column.role == role), None)


def find_table(
    sheet: Sheet,
    locale: str = "en",
    header_row: int | None = None,
    words: Mapping[str, str] | None = None,
) -> Table:
    """Find the header of a sheet and guess its columns.

    :param locale: language of the reader, for the names of months
    :param header_row: zero-based row of the header if it is known, -1 for none
    :param words: further headers: role by simplified text, e.g. those of an export in
        the reader's language
    """
    roles = ROLE_OF | dict(words or {})
    width = max((len(row) for row in sheet.rows), default=0)
    if header_row is None:
        header_row = _find_header(sheet.rows, roles, locale)
        if header_row >= 0 and _is_sub_header(sheet.rows, header_row + 1):
            header_row += 1
    header_row = min(header_row, len(sheet.rows) - 1)
    texts = header_texts(sheet, header_row, width)
    language = best_locale(texts, locale)
    if header_row >= 0:
        columns = _guess_by_header(texts, roles, language)
    else:
        columns = [Column(at) for at in range(width)]
    first_row = header_row + 1
    data = [row for row in sheet.rows[first_row : first_row + 200] if any(row)]
    columns = [replace(c, sample=_sample(data, c.index)) for c in columns]
    if not any(c.role in ("code", "name", "level1") for c in columns):
        columns = _guess_by_content(columns, data)
    columns = _settle(columns, data)
    return Table(header_row, first_row, tuple(columns), language)


def _sample(data: Sequence[Row], index: int) -> str:
    """The first values of a column, for the person who maps it."""
    values = (cell_text(row[index]) for row in data if index < len(row))
    found = list(dict.fromkeys(filter(None, values)))[:3]
    return " · ".join(value[:24] for value in found)


# Header ------------------------------------------------------------------------------


def _find_header(rows: Sequence[Row], roles: Mapping[str, str], locale: str) -> int:
    """The row that reads most like a header, -1 if none does."""
    best, best_score = -1, 1.0
    for at, row in enumerate(rows[:HEADER_SEARCH]):
        texts = [cell_text(cell) for cell in row]
        score = sum(_header_score(cell, roles, locale) for cell in row)
        if _number_run(texts):
            score += 3
        filled = sum(bool(text) for text in texts)
        # Long sentences and single cells are titles; a header has words side by side.
        if filled < 2 or score < 0.3 * filled:
            continue
        if score > best_score:
            best, best_score = at, score
    return best


def _header_score(cell: Cell, roles: Mapping[str, str], locale: str) -> float:
    if cell is None or isinstance(cell, bool | float | Fault):
        return 0
    if isinstance(cell, datetime.date):
        return 0.8
    text = cell_text(cell)
    if len(text) > 60:
        return -1
    if _role_of(text, roles):
        return 1
    if _FISCAL_YEAR.fullmatch(simplify(text)):
        return 0.5
    try:
        parse_month(cell, locale, header=True)
    except CellError:
        found = _QUARTER.fullmatch(simplify(text)) or _month_of_header(text, locale)
        return 1 if found else 0
    return 1


def _number_run(texts: Sequence[str]) -> bool:
    """True when a row counts 1, 2, 3 …: the numbers of months."""
    numbers = [int(text) for text in texts if text.isdecimal() and len(text) <= 2]
    steps = sum(b - a == 1 for a, b in itertools.pairwise(numbers))
    return steps >= 2 and all(1 <= number <= 12 for number in numbers)


def header_texts(sheet: Sheet, header_row: int, width: int) -> list[str]:
    """The header as one text a column; a row of groups above it is put in front.

    "2025" merged over twelve months, or "Jan" over "Budget" and "Actual", belong to
    every column below them.
    """
    if header_row < 0:
        return [""] * width
    texts = _row_texts(sheet, header_row, width)
    if header_row == 0:
        return texts
    above = _row_texts(sheet, header_row - 1, width)
    spread = _spread_groups(above, sheet.merges, header_row - 1)
    if _is_sub_header(sheet.rows, header_row):
        # The row above is the header itself, this one only adds "budget" or "USD".
        spread = [g or a for g, a in zip(spread or above, above, strict=True)]
    elif not spread:
        return texts
    return [
        f"{group} {text}".strip() if group != text else text
        for group, text in zip(spread, texts, strict=True)
    ]


def _is_sub_header(rows: Sequence[Row], at: int) -> bool:
    """True for a row that only says what kind of figures the columns above hold."""
    texts = [simplify(cell_text(cell)) for cell in rows[at]] if at < len(rows) else []
    words = [text for text in texts if text]
    return len(words) > 1 and all(word in PLANNED | NOT_PLANNED for word in words)


def _row_texts(sheet: Sheet, at: int, width: int) -> list[str]:
    texts = [cell_text(cell) for cell in sheet.rows[at]]
    return texts + [""] * (width - len(texts))


def _spread_groups(
    above: list[str], merges: Sequence[Merge], at: int
) -> list[str] | None:
    """Repeat the groups of a header over their columns; None if it has no groups.

    Only merged cells, years and months are groups: other text above a header is a
    title.
    """
    merged = {
        column: merge.left
        for merge in merges
        if merge.top <= at <= merge.bottom and merge.right > merge.left
        for column in range(merge.left, merge.right + 1)
    }
    result = [""] * len(above)
    found = False
    running = ""
    for column, text in enumerate(above):
        if column in merged:
            running = ""
            text = above[merged[column]] if merged[column] < len(above) else ""
            whole = merged[column] == 0 and len(merged) >= len(above)
            if _is_group(text) and not whole:
                result[column] = text
                found = True
            continue
        if text:
            running = text if _is_group(text) and len(text) <= 20 else ""
        if running and (_YEAR.fullmatch(running) or _is_month(running)):
            result[column] = running
            found = True
    return result if found else None


def _is_group(text: str) -> bool:
    return bool(text) and len(text) <= 40


def _is_month(text: str) -> bool:
    try:
        return parse_month(text, header=True) is not None
    except CellError:
        return False


# Roles -------------------------------------------------------------------------------


def _role_of(text: str, roles: Mapping[str, str]) -> str | None:
    """Role of a header by its words: whole, without what is in brackets, without
    years and currencies."""
    if not text:
        return None
    for candidate in (
        simplify(text),
        simplify(re.sub(r"\(.*?\)|\[.*?\]", " ", text)),
        simplify(
            re.sub(r"(?:FY\s?)?\b(?:19|20)?\d{2}\b|\b[A-Z]{3}\b|\(.*?\)", " ", text)
        ),
    ):
        if candidate in roles:
            return roles[candidate]
    return None


def _guess_by_header(
    texts: Sequence[str], roles: Mapping[str, str], locale: str
) -> list[Column]:
    numbered = _number_run(texts)
    day_first = is_day_first(texts)
    columns = []
    for at, text in enumerate(texts):
        role, month = _guess_header(text, roles, locale, numbered, day_first)
        columns.append(Column(at, text, role, month))
    return _settle_levels(columns)


def _guess_header(
    text: str, roles: Mapping[str, str], locale: str, numbered: bool, day_first: bool
) -> tuple[str, Month | None]:
    simple = simplify(text)
    if not simple or simple in IGNORED:
        return "ignore", None
    if simple in roles:
        return roles[simple], None
    if set(simple.split()) & NOT_PLANNED:
        return "ignore", None
    if numbered and simple.isdecimal():
        return "month", Month(int(simple))
    quarter = _QUARTER.fullmatch(simple)
    if quarter:
        number = int(quarter["q"] or quarter["q2"])
        year = quarter["y1"] or quarter["y2"] or quarter["y3"]
        month = Month(3 * number - 2, int(year) % 2000 + 2000 if year else None)
        return "quarter", month
    month = _month_of_header(text, locale, day_first)
    if month:
        return "month", month
    if _YEAR.fullmatch(simple) or _FISCAL_YEAR.fullmatch(simple):
        return "total", None
    return _role_of(text, roles) or "ignore", None


def _month_of_header(text: str, locale: str, day_first: bool = True) -> Month | None:
    """A month, maybe with words such as "budget" around it."""
    words = [word for word in text.split() if simplify(word) not in PLANNED]
    if not words or len(words) > 5:
        return None
    try:
        return parse_month(" ".join(words), locale, day_first, header=True)
    except CellError:
        return None


def _settle_levels(columns: list[Column]) -> list[Column]:
    """ "Category" beside "Subcategory" is a level, and "Item" the name below both."""
    if not any(column.role == "level2" for column in columns):
        return columns
    names = [column for column in columns if column.role == "name"]
    if names and not any(column.role == "level1" for column in columns):
        first = names[0].index
        columns = [
            replace(c, role="level1") if c.index == first else c for c in columns
        ]
    return columns


def _guess_by_content(columns: list[Column], data: Sequence[Row]) -> list[Column]:
    """Guess the columns of a table without (useful) header by what is in them."""
    guessed = []
    texts_found = 0
    for column in columns:
        cells = [row[column.index] for row in data if column.index < len(row)]
        filled = [cell for cell in cells if cell is not None]
        role = column.role
        if role == "ignore" and filled and not column.header:
            if all(_is_number(cell) for cell in filled) and texts_found:
                role = "amount?"
            elif not all(isinstance(cell, datetime.date) for cell in filled):
                texts_found += 1
                short = all(len(cell_text(cell)) <= 12 for cell in filled)
                unique = len({cell_text(cell) for cell in filled}) == len(filled)
                first = texts_found == 1
                role = "code" if first and short and unique else "name"
            else:
                role = "date"
        guessed.append(replace(column, role=role))
    return _settle_amounts(guessed)


def _settle_amounts(columns: list[Column]) -> list[Column]:
    """Name the columns of numbers in a table without header: one is an amount, three
    or more are the months in order."""
    numbers = [column for column in columns if column.role == "amount?"]
    dated = any(column.role == "date" for column in columns)
    named = {}
    for place, column in enumerate(numbers):
        if len(numbers) == 1 or dated:
            named[column.index] = ("amount" if dated else "total", None)
        elif len(numbers) in (12, 13) and place < 12:
            named[column.index] = ("month", Month(place + 1))
        else:
            named[column.index] = ("total" if len(numbers) == 13 else "ignore", None)
    return [
        replace(c, role=named[c.index][0], month=named[c.index][1])
        if c.index in named
        else c
        for c in columns
    ]


def _is_number(cell: Cell) -> bool:
    if isinstance(cell, int | float) and not isinstance(cell, bool):
        return True
    for sign in ".,":
        try:
            return parse_amount(cell, sign) is not None
        except CellError as error:
            if error.code == "currency":
                return True
    return False


def _settle(columns: list[Column], data: Sequence[Row]) -> list[Column]:
    """Make the guess consistent: one column a role, and roles that fit together."""
    counts = Counter(column.role for column in columns)
    months = counts["month"] > 1
    seen: set[str] = set()
    settled = []
    for column in columns:
        role = column.role
        if role == "name" and "name" in seen and "detail" not in counts:
            role = "detail" if "detail" not in seen else "ignore"
        if role in ("amount", "quarter", "monthly") and months:
            role = "total" if role == "amount" and not counts["total"] else "ignore"
        if role == "amount" and not counts["date"]:
            role = "total" if not counts["total"] else "ignore"
        if role == "date" and (months or not (counts["amount"] or counts["total"])):
            role = "ignore"
        if role == "total" and counts["date"] and not counts["amount"] and not months:
            role = "amount"
        if role not in MANY and role in seen:
            role = "ignore"
        if role == "parent" and not counts["code"]:
            role = "level1"
        seen.add(role)
        settled.append(
            replace(
                column,
                role=role,
                month=column.month if role in ("month", "quarter") else None,
            )
        )
    return _require_name(settled, data)


def _require_name(columns: list[Column], data: Sequence[Row]) -> list[Column]:
    """A table needs something to call its rows by: take the first column of text."""
    if any(column.role in ("name", "code", "level1") for column in columns):
        return columns
    for at, column in enumerate(columns):
        cells = [row[at] for row in data if at < len(row) and row[at] is not None]
        texts = all(isinstance(cell, str) and not _is_number(cell) for cell in cells)
        if column.role in ("ignore", "detail") and cells and texts:
            columns[at] = replace(column, role="name")
            break
    return columns


_THOUSANDS = re.compile(
    r"thousands?|000s?|k(?: (?:usd|eur|gbp|chf))?|k?(?:usd|eur|gbp|chf) k|[kt](?:usd|eur|gbp|chf)"
    r"|tausend|milliers|miles|migliaia|duizend|nghin|nghin dong|千"
)
_MILLIONS = re.compile(
    r"millions?|mio|mn|[mk]?(?:usd|eur) (?:mio|mn)|m(?:usd|eur)|millionen|millones|milioni|"
    r"miljoen|trieu|trieu dong|百万"
)


def guess_scale(sheet: Sheet, table: Table) -> int:
    """1000 or 1,000,000 when the title or the header says "in thousands", "k€"."""
    rows = sheet.rows[: max(table.header_row + 1, 0)]
    texts = [cell_text(cell) for row in rows for cell in row if isinstance(cell, str)]
    for text in texts:
        plain = text.translate(_CURRENCY_WORDS)
        # In brackets, after "in", or the whole cell: "Budget (k€)", "all in thousands"
        parts = re.findall(r"[(\[]([^)\]]*)[)\]]|\bin (.*)$", plain, re.IGNORECASE)
        for part in [plain, *(one or other for one, other in parts)]:
            simple = simplify(part).removeprefix("in ")
            if _THOUSANDS.fullmatch(simple) or simple.startswith("thousands"):
                return 1000
            if _MILLIONS.fullmatch(simple) or simple.startswith("millions"):
                return 1_000_000
    return 1


_CURRENCY_WORDS = str.maketrans({"€": "EUR", "$": "USD", "£": "GBP"})


# Memory ------------------------------------------------------------------------------


def fingerprint(table: Table) -> str:
    """A name for the shape of a header, the same for next year's file.

    Months and years don't count, nor do empty columns and those the suite added.
    """
    words = [column_key(column) for column in table.columns]
    text = "\n".join(word for word in words if word)
    return hashlib.sha256(text.encode()).hexdigest()


def column_key(column: Column) -> str:
    """The header of a column without what changes from year to year."""
    simple = simplify(column.header)
    if not simple or simple in IGNORED:
        return ""
    if column.month:
        return f"month {column.month.month}"
    return " ".join(re.sub(r"\b(?:19|20|21)\d{2}\b", "year", simple).split())


def remember(table: Table) -> dict[str, list]:
    """What was chosen for each column, by its key: ``[role, month number or 0]``."""
    return {
        key: [column.role, column.month.month if column.month else 0]
        for column in table.columns
        if (key := column_key(column))
    }


def recall(table: Table, memory: Mapping[str, Sequence]) -> Table:
    """The table with the choices of an earlier import in place of the guess.

    Entries that aren't sound are left out: the memory comes from a database.
    """
    columns = []
    for column in table.columns:
        role, number = (*memory.get(column_key(column), ()), None, None)[:2]
        if role not in ROLES:
            columns.append(column)
            continue
        month = None
        if role in ("month", "quarter"):
            month = column.month
            if not month and isinstance(number, int) and 1 <= number <= 12:
                month = Month(number)
        columns.append(replace(column, role=role, month=month))
    return replace(table, columns=tuple(columns))
