# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""Reading XLSX and CSV files that strangers made.

Files are taken apart defensively: sizes are checked before anything is unpacked, XML
with a document type (the door of entity attacks) is refused, and every limit has its
own error, see :class:`.sheet.SheetError`.
"""

from __future__ import annotations

import codecs
import csv
import datetime
import io
import math
import re
import warnings
import zipfile
from collections import Counter
from dataclasses import dataclass

from .sheet import Cell, Fault, Merge, Row, Sheet, SheetError

MAX_BYTES = 25 * 2**20
#: Unpacked XML of a workbook; 25,000 rows × 20 columns are about a quarter of it.
MAX_UNPACKED = 100 * 2**20
MAX_PARTS = 2000
MAX_ROWS = 25_000
MAX_COLUMNS = 300
MAX_CELLS = 1_500_000
#: Excel's own limit for a cell.
MAX_TEXT = 32_767
#: Rows read of each sheet to find the one with the budget.
SAMPLE_ROWS = 60
MAX_SHEETS = 60

#: Tried in this order when a CSV file doesn't say its encoding and isn't UTF-8.
ENCODINGS = (
    "utf-8",
    "cp1252",
    "cp1250",
    "cp1251",
    "cp1253",
    "cp1254",
    "cp1256",
    "cp1258",
    "mac_roman",
    "shift_jis",
    "gb18030",
    "utf-16",
)
SEPARATORS = (";", ",", "\t", "|")

_BLANKS = re.compile(r"[\s\u200b\ufeff]+")
_DOCTYPE = ("<!DOCTYPE", "<!ENTITY")
_MERGE = re.compile(rb'mergeCell\s[^>]*?ref="([A-Z]{1,3})(\d+):([A-Z]{1,3})(\d+)"')
_OUTLINE = re.compile(rb"<(?:\w+:)?row\s([^>]*)>")
_ROW_NUMBER = re.compile(rb'\br="(\d+)"')
_ROW_LEVEL = re.compile(rb'\boutlineLevel="(\d)"')
#: A formula that no value follows.
_UNCALCULATED = re.compile(
    rb"(?:</(?:\w+:)?f>|<(?:\w+:)?f(?:\s[^>]*)?/>)\s*"
    rb"(?:</(?:\w+:)?c>|<(?:\w+:)?v\s*/>|<(?:\w+:)?v></)"
)


@dataclass(frozen=True)
class CsvFormat:
    """How a CSV file is written; None means: find out."""

    encoding: str | None = None
    separator: str | None = None


def sniff(content: bytes) -> str:
    """Tell "xlsx" from "csv" by the content and refuse everything else.

    :raise SheetError: ``empty``, ``too_big``, ``xls``, ``ods``, ``not_sheet``
    """
    if len(content) > MAX_BYTES:
        raise SheetError("too_big", limit=MAX_BYTES // 2**20)
    if not content.strip(b"\x00\t\r\n \xef\xbb\xbf"):
        raise SheetError("empty")
    if content.startswith(b"\xd0\xcf\x11\xe0"):
        # Old .xls, but also any workbook that is locked by a password.
        raise SheetError("xls")
    if content.startswith(b"PK"):
        if b"opendocument" in content[:200]:
            raise SheetError("ods")
        return "xlsx"
    start = content[:1024].lstrip(b"\xef\xbb\xbf\x00\r\n\t ").lower()
    markup = (b"<!doctype", b"<html", b"<?xml", b"<table", b"<meta", b"%pdf", b"{\\rtf")
    binary = (b"\x89png", b"\xff\xd8\xff", b"gif8", b"\x1f\x8b", b"7z\xbc\xaf", b"rar!")
    if start.startswith(markup + binary):
        raise SheetError("not_sheet")
    return "csv"


def read_sheets(
    content: bytes, sheet_name: str | None = None, csv_format: CsvFormat | None = None
) -> tuple[Sheet, list[str], CsvFormat | None]:
    """Read one sheet of a file.

    :param sheet_name: the sheet wanted; None takes the one that looks like a table
    :param csv_format: what is known about a CSV file
    :return: the sheet, the names of all sheets ([] for CSV), the CSV format used
    :raise SheetError: when the file can't be read
    """
    if sniff(content) == "csv":
        used = csv_format or CsvFormat()
        sheet, used = _read_csv(content, used)
        return sheet, [], used
    _check_archive(content)
    try:
        with warnings.catch_warnings():
            # Features that don't matter here ("Data Validation is not supported").
            warnings.simplefilter("ignore")
            return (*_read_xlsx(content, sheet_name), None)
    except (SheetError, MemoryError):
        raise
    except Exception as error:
        # A damaged workbook makes the parsers fail in every way there is; none of them
        # says more to the person than that the file is damaged.
        raise SheetError("damaged") from error


# XLSX --------------------------------------------------------------------------------


def _check_archive(content: bytes) -> None:
    """Refuse archives that unpack to too much or hold XML entities.

    Declared sizes can be trusted here: reading stops at them and checks the sum.
    """
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            parts = archive.infolist()
            names = {part.filename for part in parts}
            if "[Content_Types].xml" not in names:
                raise SheetError("not_sheet")
            if not any(name.startswith("xl/") for name in names):
                raise SheetError("not_sheet")
            xml = [p for p in parts if p.filename.lower().endswith((".xml", ".rels"))]
            unpacked = sum(part.file_size for part in xml)
            if len(parts) > MAX_PARTS or unpacked > MAX_UNPACKED:
                raise SheetError("bomb", limit=MAX_UNPACKED // 2**20)
            for part in xml:
                _check_part(archive, part)
    except SheetError:
        raise
    except Exception as error:
        # Unknown compression, encryption, wrong sums, broken headers: zlib, struct and
        # zipfile each have their own exceptions for them.
        raise SheetError("damaged") from error


def _check_part(archive: zipfile.ZipFile, part: zipfile.ZipInfo) -> None:
    """Read a part once, in pieces, and refuse it when it declares entities."""
    wanted = [
        word.encode(encoding)
        for word in _DOCTYPE
        for encoding in ("ascii", "utf-16-le", "utf-16-be")
    ]
    overlap = b""
    with archive.open(part) as stream:
        while piece := stream.read(2**20):
            window = overlap + piece
            if any(word in window for word in wanted):
                raise SheetError("entities")
            overlap = window[-32:]


def _read_xlsx(content: bytes, sheet_name: str | None) -> tuple[Sheet, list[str]]:
    import openpyxl

    book = openpyxl.load_workbook(
        io.BytesIO(content), read_only=True, data_only=True, keep_links=False
    )
    try:
        worksheets = [
            sheet for sheet in book.worksheets if sheet.sheet_state == "visible"
        ][:MAX_SHEETS]
        if not worksheets:
            raise SheetError("no_sheet")
        names = [worksheet.title for worksheet in worksheets]
        if sheet_name not in names:
            sheet_name = _best_sheet(worksheets)
        worksheet = worksheets[names.index(sheet_name)]
        rows = _read_rows(worksheet)
    finally:
        book.close()
    sheet = Sheet(sheet_name, rows)
    _read_extras(content, worksheet, sheet)
    if not sheet.rows:
        raise SheetError("empty")
    return sheet, names


def _best_sheet(worksheets: list) -> str:
    """Name of the sheet whose first rows hold the most filled cells; first ones win."""
    best, best_score = worksheets[0].title, 0
    for worksheet in worksheets:
        sample = _read_rows(worksheet, SAMPLE_ROWS)
        score = sum(cell is not None for row in sample for cell in row)
        if score > 1.5 * best_score:
            best, best_score = worksheet.title, score
    return best


def _read_rows(worksheet, sample: int | None = None) -> list[Row]:
    """All rows of a sheet, or the first ``sample`` ones.

    :raise SheetError: ``too_many_rows`` (blank rows at the end don't count)
    """
    # Some programs write a wrong size into the sheet.
    worksheet.reset_dimensions()
    rows: list[Row] = []
    count = 0
    for number, values in enumerate(worksheet.iter_rows(values_only=True)):
        if sample is not None and number >= sample:
            break
        if values.count(None) == len(values):
            continue
        if number >= MAX_ROWS:
            raise SheetError("too_many_rows", limit=MAX_ROWS)
        row = _trim([_clean(value) for value in values[:MAX_COLUMNS]])
        if any(value is not None for value in values[MAX_COLUMNS:]):
            raise SheetError("too_many_columns", limit=MAX_COLUMNS)
        count += len(row)
        if count > MAX_CELLS:
            raise SheetError("too_many_cells", limit=MAX_CELLS)
        rows.extend([] for _blank in range(number - len(rows)))
        rows.append(row)
    return rows


def _trim(row: Row) -> Row:
    """The row without the empty cells at its end."""
    while row and row[-1] is None:
        row.pop()
    return row


def _read_extras(content: bytes, worksheet, sheet: Sheet) -> None:
    """Add what the reader of rows leaves out: merged cells, outline, formulas that
    were never calculated."""
    path = getattr(worksheet, "_worksheet_path", None)
    if not path:
        return
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        xml = archive.read(path.lstrip("/"))
    size = len(sheet.rows)
    for match in _MERGE.finditer(xml):
        left, top, right, bottom = match.groups()
        merge = Merge(
            int(top) - 1,
            _column_index(left),
            min(int(bottom), size) - 1,
            min(_column_index(right), MAX_COLUMNS - 1),
        )
        if merge.top <= merge.bottom:
            sheet.merges.append(merge)
    sheet.merges.sort(key=lambda merge: (merge.top, merge.left))
    if b"outlineLevel" in xml:
        sheet.outline = _read_outline(xml, size)
    if _UNCALCULATED.search(xml):
        _mark_formulas(content, sheet)


def _read_outline(xml: bytes, size: int) -> list[int]:
    outline = [0] * size
    for match in _OUTLINE.finditer(xml):
        number = _ROW_NUMBER.search(match[1])
        level = _ROW_LEVEL.search(match[1])
        if number and level and int(number[1]) <= size:
            outline[int(number[1]) - 1] = int(level[1])
    return outline


def _mark_formulas(content: bytes, sheet: Sheet) -> None:
    """Formulas without a stored result look empty; make them visible as faults."""
    import openpyxl

    book = openpyxl.load_workbook(
        io.BytesIO(content), read_only=True, data_only=False, keep_links=False
    )
    try:
        worksheet = book[sheet.name]
        worksheet.reset_dimensions()
        cells = worksheet.iter_rows(max_row=len(sheet.rows), max_col=MAX_COLUMNS)
        for row, formulas in zip(sheet.rows, cells, strict=False):
            for at, cell in enumerate(formulas):
                if getattr(cell, "data_type", None) != "f":
                    continue
                row.extend([None] * (at + 1 - len(row)))
                if row[at] is None:
                    row[at] = Fault()
    finally:
        book.close()


def _column_index(letters: bytes) -> int:
    index = 0
    for letter in letters:
        index = index * 26 + letter - 64
    return index - 1


def _clean(value: object) -> Cell:
    """A value of the workbook as a :data:`.sheet.Cell`."""
    if value is None or isinstance(value, bool | int):
        return value
    if isinstance(value, float):
        return value if math.isfinite(value) else Fault(str(value))
    if isinstance(value, datetime.datetime):
        return value.date()
    if isinstance(value, datetime.date):
        return value
    return _clean_text(str(value))


def _clean_text(text: str) -> Cell:
    """Text without blanks around it, but for those that indent it; None if blank."""
    text = text[:MAX_TEXT].rstrip().replace("\x00", "")
    if not _BLANKS.sub("", text):
        return None
    if text.startswith("#") and re.fullmatch(r"#[A-Z0-9/]+[!?]?", text):
        return Fault(text) if text[-1] in "!?" or text == "#N/A" else text
    return text


# CSV ---------------------------------------------------------------------------------


def _read_csv(content: bytes, wanted: CsvFormat) -> tuple[Sheet, CsvFormat]:
    text, encoding = decode(content, wanted.encoding)
    text = text.replace("\x00", "")
    if not text.strip("".join(SEPARATORS) + "\"' \r\n"):
        raise SheetError("empty")
    hint = re.match(r'"?sep=(.)"?[ \t]*\r?\n', text, re.IGNORECASE)
    skipped = 0
    if hint:
        text, skipped = text[hint.end() :], 1
    separator = wanted.separator or (hint and hint[1]) or guess_separator(text)
    rows: list[Row] = [[]] * skipped
    count = 0
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator)
    _check_quotes(text, separator)
    try:
        for values in reader:
            if len(rows) >= MAX_ROWS:
                raise SheetError("too_many_rows", limit=MAX_ROWS)
            rows.append(_csv_row(values))
            count += len(rows[-1])
            if count > MAX_CELLS:
                raise SheetError("too_many_cells", limit=MAX_CELLS)
    except csv.Error as error:
        # A field longer than the limit of the reader.
        raise SheetError("csv", line=reader.line_num) from error
    while rows and not rows[-1]:
        rows.pop()
    if not rows:
        raise SheetError("empty")
    return Sheet("", rows), CsvFormat(encoding, separator)


def _check_quotes(text: str, separator: str) -> None:
    """Refuse a quotation that is open at the end: it would swallow all rows after it."""
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True)
    line = 1
    try:
        for _values in reader:
            line = reader.line_num + 1
    except csv.Error as error:
        if "end of data" in str(error):
            raise SheetError("csv", line=line) from error
        # Other oddities of quotation marks are read as they stand.


def _csv_row(values: list[str]) -> Row:
    if any(map(str.strip, values[MAX_COLUMNS:])):
        raise SheetError("too_many_columns", limit=MAX_COLUMNS)
    return _trim([_csv_cell(value) for value in values[:MAX_COLUMNS]])


def _csv_cell(value: str) -> Cell:
    # ="0042" and '0042 are ways to keep Excel from turning a text into a number.
    kept = re.fullmatch(r'\s*="([^"]*)"\s*', value)
    if kept:
        return _clean_text(kept[1])
    if value.startswith("'") and not value.endswith("'"):
        value = value[1:]
    return _clean_text(value)


def decode(content: bytes, encoding: str | None = None) -> tuple[str, str]:
    """Decode the bytes of a CSV file.

    :param encoding: the encoding wanted; None finds one: byte order mark, UTF-16 by its
        zeros, UTF-8, and else Windows' Western code page, which never fails to read
        (the preview shows it, another one can be chosen)
    :return: the text without byte order mark, and the encoding used
    :raise SheetError: ``encoding`` when the encoding wanted doesn't fit
    """
    for mark, name in (
        (codecs.BOM_UTF8, "utf-8"),
        (codecs.BOM_UTF16_LE, "utf-16"),
        (codecs.BOM_UTF16_BE, "utf-16"),
    ):
        if content.startswith(mark) and encoding in (None, name):
            return _decode(content, "utf-8-sig" if name == "utf-8" else name), name
    if encoding:
        if encoding not in ENCODINGS:
            raise SheetError("encoding", encoding=encoding)
        return _decode(content, encoding), encoding
    zeros = Counter(at % 2 for at, byte in enumerate(content[:2000]) if not byte)
    if sum(zeros.values()) > len(content[:2000]) // 4:
        name = "utf-16-le" if zeros[1] > zeros[0] else "utf-16-be"
        return _decode(content, name), "utf-16"
    try:
        return content.decode(), "utf-8"
    except UnicodeDecodeError:
        return content.decode("cp1252", errors="replace"), "cp1252"


def _decode(content: bytes, encoding: str) -> str:
    try:
        return content.decode(encoding).removeprefix("\ufeff")
    except (UnicodeDecodeError, LookupError) as error:
        raise SheetError("encoding", encoding=encoding) from error


def guess_separator(text: str) -> str:
    """The separator that cuts the first lines into the most even table."""
    sample = "".join(io.StringIO(text, newline="").readlines(64_000)[:200])
    best, best_score = ",", 0.0
    for separator in SEPARATORS:
        try:
            rows = list(
                csv.reader(io.StringIO(sample, newline=""), delimiter=separator)
            )
        except csv.Error:
            continue
        widths = Counter(len(row) for row in rows if any(map(str.strip, row)))
        (width, count), *_others = widths.most_common(1) or [(1, 0)]
        # Even rows count most, then many columns; a single column isn't a table, and
        # a separator that tears quotations apart isn't one.
        score = count / max(sum(widths.values()), 1) + min(width, 20) / 40
        if any(cell.count('"') % 2 for row in rows for cell in row):
            score /= 4
        if width > 1 and score > best_score:
            best, best_score = separator, score
    return best
