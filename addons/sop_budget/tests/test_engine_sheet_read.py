# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
import csv
import io
import zipfile
from datetime import date, datetime
from unittest.mock import patch

from hypothesis import given, settings
from hypothesis import strategies as st

from odoo.tests import BaseCase

from ..engine import sheet_read
from ..engine.sheet import (
    Fault,
    Merge,
    Sheet,
    SheetError,
    column_letter,
    dump_sheet,
    load_sheet,
    pack,
    unpack,
)
from ..engine.sheet_read import CsvFormat, guess_separator, read_sheets
from .sheet_files import GERMAN, change_part, make_xlsx

SHEET_PART = "xl/worksheets/sheet1.xml"
ROWS = [["Code", "Jan"], ["A", 1.5], ["B", 2]]


class TestReadCsv(BaseCase):
    def _rows(self, text, written="utf-8", **csv_format):
        content = text.encode(written) if isinstance(text, str) else text
        sheet, names, used = read_sheets(content, csv_format=CsvFormat(**csv_format))
        self.assertEqual(names, [])
        return sheet.rows, used

    def test_separators(self):
        for separator in (",", ";", "\t", "|"):
            text = "Code;Name;Jan\nA;Rent;1.5\nB;Tea;2.25\n".replace(";", separator)
            with self.subTest(separator=separator):
                rows, used = self._rows(text)
                self.assertEqual(used.separator, separator)
                self.assertEqual([len(row) for row in rows], [3, 3, 3])

    def test_separator_hint_of_excel_keeps_row_numbers(self):
        rows, used = self._rows("sep=|\nCode|Jan\nA|1\n")
        self.assertEqual(used.separator, "|")
        self.assertEqual(rows, [[], ["Code", "Jan"], ["A", "1"]])

    def test_titles_and_quotes_do_not_confuse_the_separator(self):
        self.assertEqual(guess_separator(GERMAN), ";")
        self.assertEqual(guess_separator('a,"x;y;z;w"\nb,"x;y;z;w"\n'), ",")
        self.assertEqual(guess_separator("just one column\nand another\n"), ",")

    def test_encodings_found_out(self):
        for encoding, found in [
            ("utf-8", "utf-8"),
            ("utf-8-sig", "utf-8"),
            ("utf-16", "utf-16"),
            ("utf-16-le", "utf-16"),
            ("utf-16-be", "utf-16"),
            ("cp1252", "cp1252"),
        ]:
            with self.subTest(encoding=encoding):
                rows, used = self._rows("Code;Name\nA;Café für Ärzte\n", encoding)
                self.assertEqual(used.encoding, found)
                self.assertEqual(rows[1], ["A", "Café für Ärzte"])

    def test_encoding_chosen(self):
        content = "Код;Имя\n".encode("cp1251")
        rows, used = self._rows(content, encoding="cp1251")
        self.assertEqual((rows[0], used.encoding), (["Код", "Имя"], "cp1251"))
        for wrong in ("shift_jis", "punycode"):
            with self.subTest(wrong=wrong), self.assertRaises(SheetError) as caught:
                self._rows(b"\x80\x81\xfe\xff;\xa0", encoding=wrong)
            self.assertEqual(caught.exception.code, "encoding")

    def test_odd_quotes_are_read_as_they_stand(self):
        rows, _used = self._rows('Code;Name\nA;6" pipe\nB;"x"y\n')
        self.assertEqual(rows[1:], [["A", '6" pipe'], ["B", "xy"]])

    def test_the_line_of_the_open_quote(self):
        with self.assertRaises(SheetError) as caught:
            self._rows('Code;Name\nA;"one\ntwo"\nB;"x\nC;y\n')
        self.assertEqual(caught.exception.params, {"line": 4})

    def test_fields_without_end(self):
        limit = csv.field_size_limit(20)
        self.addCleanup(csv.field_size_limit, limit)
        with self.assertRaises(SheetError) as caught:
            self._rows("a;b\n" + "x" * 50 + ";y\n", separator=";")
        self.assertEqual(caught.exception.params, {"line": 2})

    def test_cells(self):
        text = '="0042";\'007;  indented ;#REF!;#N/A;#12;\u200b ;"a\nb"\n'
        rows, _used = self._rows(text)
        self.assertEqual(
            rows,
            [
                [
                    "0042",
                    "007",
                    "  indented",
                    Fault("#REF!"),
                    Fault("#N/A"),
                    "#12",
                    None,
                    "a\nb",
                ]
            ],
        )

    def test_refusals(self):
        wide = ";".join("x" * 400)
        for content, code in [
            (b"", "empty"),
            (b"\xef\xbb\xbf\r\n \x00", "empty"),
            (b";;;\n;;\n", "empty"),
            (b"\xd0\xcf\x11\xe0rest", "xls"),
            (b"%PDF-1.7", "not_sheet"),
            (b"  <html><table>", "not_sheet"),
            (b"\x89PNG", "not_sheet"),
            (wide.encode(), "too_many_columns"),
            (b'a;b\nc;"d\ne;f\n', "csv"),
        ]:
            with self.subTest(content=content[:20]):
                with self.assertRaises(SheetError) as caught:
                    self._rows(content)
                self.assertEqual(caught.exception.code, code)

    def test_limits(self):
        for name, limit, content, code in [
            ("MAX_BYTES", 2**20, b"a" * (2**20 + 1), "too_big"),
            ("MAX_ROWS", 3, b"a\nb\nc\nd\n", "too_many_rows"),
            ("MAX_CELLS", 3, b"a;b\nc;d\n", "too_many_cells"),
        ]:
            with self.subTest(name=name), patch.object(sheet_read, name, limit):
                with self.assertRaises(SheetError) as caught:
                    self._rows(content)
                self.assertEqual(caught.exception.code, code)

    @settings(max_examples=300)
    @given(st.one_of(st.binary(max_size=300), st.text(max_size=200).map(str.encode)))
    def test_any_bytes_are_read_or_refused(self, content):
        try:
            sheet, _names, _used = read_sheets(content)
        except SheetError as error:
            self.assertTrue(error.code)
        else:
            self.assertTrue(any(sheet.rows))
            loaded = load_sheet(dump_sheet(sheet))
            self.assertEqual(loaded, sheet)


class TestReadXlsx(BaseCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.workbook = make_xlsx(ROWS)

    def _refused(self, content, code):
        with self.assertRaises(SheetError) as caught:
            read_sheets(content)
        self.assertEqual(caught.exception.code, code)

    def test_cells(self):
        rows = [
            ["Code", date(2025, 1, 1), datetime(2025, 2, 1, 12), True, None, " x "],
            [],
            ["A", 1, 2.5, "  in", "#REF!", ""],
        ]
        sheet, names, used = read_sheets(make_xlsx(rows))
        self.assertEqual((names, used, sheet.name), (["Budget"], None, "Budget"))
        self.assertEqual(
            sheet.rows,
            [
                ["Code", date(2025, 1, 1), date(2025, 2, 1), True, None, " x"],
                [],
                ["A", 1, 2.5, "  in", Fault("#REF!")],
            ],
        )

    def test_merged_cells_and_outline(self):
        content = make_xlsx(ROWS, merges=["A1:B1", "C2:C9"], outline=[0, 1, 2])
        sheet, _names, _used = read_sheets(content)
        self.assertEqual(sheet.merges, [Merge(0, 0, 0, 1), Merge(1, 2, 2, 2)])
        self.assertEqual(sheet.outline, [0, 1, 2])
        self.assertEqual(load_sheet(dump_sheet(sheet)), sheet)

    def test_the_sheet_with_the_table_is_found(self):
        content = make_xlsx(
            [["Notes"], ["Read me"]],
            sheets=[("Plan", ROWS * 5), ("Small", [["x"]])],
        )
        sheet, names, _used = read_sheets(content)
        self.assertEqual((sheet.name, names), ("Plan", ["Budget", "Plan", "Small"]))
        sheet, _names, _used = read_sheets(content, "Small")
        self.assertEqual(sheet.rows, [["x"]])

    def test_formulas_without_a_result_are_seen(self):
        content = make_xlsx([["Code", "Jan"], ["A", "=1+1"], ["B", None, "=2"]])
        sheet, _names, _used = read_sheets(content)
        self.assertEqual(sheet.rows[1:], [["A", Fault()], ["B", None, Fault()]])

    def test_hidden_sheets_are_left_out(self):
        content = change_part(
            make_xlsx(ROWS, sheets=[("Secret", ROWS * 9)]),
            "xl/workbook.xml",
            lambda xml: xml.replace(
                b'name="Secret" sheetId="2" state="visible"',
                b'name="Secret" sheetId="2" state="hidden"',
            ),
        )
        _sheet, names, _used = read_sheets(content)
        self.assertEqual(names, ["Budget"])

    def test_a_wrong_size_in_the_file_does_not_matter(self):
        content = change_part(
            make_xlsx(ROWS),
            SHEET_PART,
            lambda xml: xml.replace(b'ref="A1:B3"', b'ref="A1"'),
        )
        self.assertEqual(len(read_sheets(content)[0].rows), 3)

    def test_refusals(self):
        good = make_xlsx(ROWS)
        self._refused(make_xlsx([]), "empty")
        self._refused(good[: len(good) // 2], "damaged")
        self._refused(b"PK\x03\x04rest", "damaged")
        broken = change_part(good, SHEET_PART, lambda xml: xml[: len(xml) // 2])
        self._refused(broken, "damaged")
        other = io.BytesIO()
        with zipfile.ZipFile(other, "w") as archive:
            archive.writestr("hello.txt", "x")
        self._refused(other.getvalue(), "not_sheet")
        sheet = io.BytesIO()
        with zipfile.ZipFile(sheet, "w") as archive:
            archive.writestr(
                "mimetype", "application/vnd.oasis.opendocument.spreadsheet"
            )
        self._refused(sheet.getvalue(), "ods")

    def test_entities_are_refused(self):
        bomb = b'<!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;&a;">]>'
        for encode in (bytes, lambda xml: xml.decode().encode("utf-16")):
            content = change_part(
                make_xlsx(ROWS), SHEET_PART, lambda xml, e=encode: e(bomb + xml)
            )
            with self.subTest(encode=encode):
                self._refused(content, "entities")

    def test_bombs_are_refused_before_they_unpack(self):
        huge = change_part(
            make_xlsx(ROWS), SHEET_PART, lambda xml: xml + b" " * (110 * 2**20)
        )
        self.assertLess(len(huge), 2**20)
        with patch.object(zipfile.ZipFile, "open") as opened:
            self._refused(huge, "bomb")
        opened.assert_not_called()

    def test_limits(self):
        far = change_part(
            make_xlsx(ROWS),
            SHEET_PART,
            lambda xml: (
                xml.replace(b'r="3"', b'r="1048576"')
                .replace(b'"A3"', b'"A1048576"')
                .replace(b'"B3"', b'"B1048576"')
            ),
        )
        self._refused(far, "too_many_rows")
        self._refused(make_xlsx([["x"] * 301]), "too_many_columns")
        with patch.object(sheet_read, "MAX_CELLS", 5):
            self._refused(make_xlsx(ROWS), "too_many_cells")

    @settings(max_examples=100)
    @given(st.data())
    def test_a_damaged_workbook_never_crashes(self, data):
        content = bytearray(self.workbook)
        for _times in range(data.draw(st.integers(1, 5))):
            at = data.draw(st.integers(0, len(content) - 1))
            content[at] = data.draw(st.integers(0, 255))
        try:
            read_sheets(bytes(content))
        except SheetError as error:
            self.assertTrue(error.code)


class TestSheet(BaseCase):
    def test_packed(self):
        self.assertEqual(unpack(pack("Café")), "Café")
        for data, limit in [(b"x", 9), (pack("x" * 10), 9), (pack("xy")[:-2], 9)]:
            with self.subTest(data=data), self.assertRaises(SheetError) as caught:
                unpack(data, limit)
            self.assertEqual(caught.exception.code, "damaged")

    def test_letters(self):
        self.assertEqual(
            [column_letter(at) for at in (0, 25, 26, 51, 52, 701, 702)],
            ["A", "Z", "AA", "AZ", "BA", "ZZ", "AAA"],
        )

    def test_kept_between_requests(self):
        sheet = Sheet(
            "x",
            [["a", 1, 1.5, None, True, date(2025, 1, 2), Fault("#N/A"), Fault()], []],
            [Merge(0, 1, 2, 3)],
            [0, 1],
        )
        self.assertEqual(load_sheet(dump_sheet(sheet)), sheet)
