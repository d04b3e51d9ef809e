# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
import io
from dataclasses import replace
from datetime import date

from hypothesis import given, settings
from hypothesis import strategies as st

from odoo.tests import BaseCase

from ..engine.period import months_between
from ..engine.sheet_columns import find_table
from ..engine.sheet_plan import Existing, Options
from ..engine.sheet_read import read_sheets
from ..engine.sheet_tree import analyse
from ..engine.sheet_write import (
    FORMULA_SIGNS,
    BadRows,
    Grid,
    GridRow,
    currency_format,
    write_bad_rows,
    write_grid,
)
from .sheet_files import GERMAN, YEAR, issues_of, make_target, make_xlsx, read

LABELS = {
    "code": "Code",
    "name": "Name",
    "parent": "Parent",
    "kind": "Kind",
    "source": "Funding Source",
    "responsible": "Responsible",
    "detail": "Detail",
    "impact": "Impact",
    "total": "Total",
    "expense": "Expense",
    "income": "Income",
    "capital": "Capital",
}
MONTHS = months_between(*YEAR)


def _grid(rows, months=MONTHS, **values):  # pylint: disable=dangerous-default-value
    return Grid("Budget 2025", "ACME · USD", months, rows, LABELS, **values)


def _load(content, data_only=False):
    import openpyxl

    return openpyxl.load_workbook(io.BytesIO(content), data_only=data_only).active


SMALL = [
    GridRow("P", "People", 0, is_parent=True),
    GridRow("P1", "Lead", 1, "P", units=(100, 200, 0)),
    GridRow("P2", "Team", 1, "P", is_parent=True),
    GridRow("P2.1", "Dev", 2, "P2", units=(1, 2, 3)),
    GridRow("Q", "Empty", 0, is_parent=True),
    GridRow("S", "Sales", 0, kind="income", units=(5, 5, 5)),
]


class TestWriteGrid(BaseCase):
    def test_totals_are_live_and_right_without_recalculation(self):
        content = write_grid(_grid(SMALL, MONTHS[:3]))
        formulas, values = _load(content), _load(content, data_only=True)
        for cell, formula, value in [
            ("I5", "=SUBTOTAL(9,I6:I8)", 1.01),
            ("J5", "=SUBTOTAL(9,J6:J8)", 2.02),
            ("L5", "=SUBTOTAL(9,L6:L8)", 3.06),
            ("L6", "=SUM(I6:K6)", 3.0),
            ("I7", "=SUBTOTAL(9,I8)", 0.01),
            ("I9", None, None),
            ("I11", "=SUBTOTAL(9,I5:I9)", 1.01),
            ("L12", "=SUBTOTAL(9,L10)", 0.15),
        ]:
            with self.subTest(cell=cell):
                self.assertEqual(formulas[cell].value, formula)
                self.assertEqual(values[cell].value, value)
        self.assertEqual(values["B11"].value, "Σ Expense")

    def test_looks(self):
        content = write_grid(
            _grid(
                SMALL,
                MONTHS[:3],
                number_format=currency_format("€", False, 2),
                sheet_name="P" * 40,
            )
        )
        sheet = _load(content)
        self.assertEqual(sheet.title, "P" * 31)
        self.assertEqual(sheet.freeze_panes, "C5")
        levels = [sheet.row_dimensions[row].outlineLevel for row in range(5, 11)]
        self.assertEqual(levels, [0, 1, 1, 2, 0, 0])
        self.assertFalse(sheet.sheet_properties.outlinePr.summaryBelow)
        self.assertEqual(
            sheet["I6"].number_format, '#,##0.00\\ "€";[Red]\\-#,##0.00\\ "€"'
        )
        self.assertEqual(sheet["I4"].value.date(), date(2025, 1, 1))

    def test_currency_formats(self):
        for arguments, expected in [
            (("$", True, 2), '"$"#,##0.00;[Red]\\-"$"#,##0.00'),
            (("₫", False, 0), '#,##0\\ "₫";[Red]\\-#,##0\\ "₫"'),
            (("", True, 3), "#,##0.000;[Red]\\-#,##0.000"),
            (('a"b', True, 0), '"ab"#,##0;[Red]\\-"ab"#,##0'),
        ]:
            with self.subTest(arguments=arguments):
                self.assertEqual(currency_format(*arguments), expected)

    def test_texts_never_become_formulas(self):
        nasty = ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "=cmd|'/c calc'!A1"]
        rows = [
            GridRow(f"{at}{text}", text, detail=text, impact=text, units=(1,))
            for at, text in enumerate(nasty)
        ]
        sheet = _load(write_grid(_grid(rows, MONTHS[:1])))
        for line, text in enumerate(nasty, 5):
            for column in "BGH":
                cell = sheet[f"{column}{line}"]
                self.assertEqual(
                    (cell.data_type, cell.value.strip()), ("s", text.strip())
                )
                self.assertTrue(cell.quotePrefix or not text.startswith(FORMULA_SIGNS))

    def test_an_empty_budget(self):
        sheet = _load(write_grid(_grid([])))
        self.assertEqual(sheet["A4"].value, "Code")


TEXT = (
    st.text(
        st.characters(exclude_categories=["Cs", "Cc", "Cn", "Co"]),
        min_size=1,
        max_size=20,
    )
    .map(lambda text: " ".join(text.split()))
    .filter(bool)
)
NAMES = st.one_of(
    TEXT, st.sampled_from(["=1+1", "-5", "Total", "#REF!", "1,200", "2025-01"])
)


@st.composite
def _budgets(draw):
    """Rows of a random tree whose codes tell nothing about it."""
    count = draw(st.integers(1, 12))
    months = MONTHS[: draw(st.integers(1, 12))]
    parents = [
        draw(st.one_of(st.none(), st.integers(0, at - 1))) if at else None
        for at in range(count)
    ]
    kinds = []
    for at in range(count):
        kind = draw(st.sampled_from(["expense", "income", "capital"]))
        kinds.append(kind if parents[at] is None else kinds[parents[at]])
    rows = []

    def add(at, depth):
        below = [child for child in range(count) if parents[child] == at]
        amounts = st.tuples(*[st.integers(-(10**9), 10**12)] * len(months))
        rows.append(
            GridRow(
                code=f"c{at * 7 % 13}.{at}",
                name=draw(NAMES),
                depth=depth,
                parent=f"c{parents[at] * 7 % 13}.{parents[at]}" if depth else "",
                kind=kinds[at],
                detail=draw(st.one_of(st.just(""), NAMES)),
                impact=draw(st.one_of(st.just(""), NAMES)),
                is_parent=bool(below),
                units=() if below else draw(amounts),
            )
        )
        for child in below:
            add(child, depth + 1)

    for kind in ("expense", "income", "capital"):
        for at in range(count):
            if parents[at] is None and kinds[at] == kind:
                add(at, 0)
    return months, rows


class TestRoundTrip(BaseCase):
    @settings(max_examples=60, deadline=None)
    @given(_budgets())
    def test_an_export_imports_back_unchanged(self, budget):
        months, rows = budget
        content = write_grid(_grid(rows, months))
        sheet, _names, _format = read_sheets(content)
        table = find_table(sheet)
        period = (months[0], date(2025, len(months), 28))
        new = analyse(sheet, table, make_target(period), Options())
        self.assertEqual(issues_of(new, "error", "warning"), [])
        self.assertEqual(new.hierarchy, "parent")
        wanted = [
            (
                r.code,
                r.parent or None,
                r.kind,
                r.depth,
                r.is_parent,
                dict(enumerate(r.units)) if any(r.units) else {},
            )
            for r in rows
        ]
        found = [
            (n.code, n.parent, n.kind, n.depth, n.is_parent, n.units) for n in new.nodes
        ]
        self.assertEqual(found, wanted)
        for node, row in zip(new.nodes, rows, strict=True):
            self.assertEqual(
                (node.name, node.detail, node.impact),
                (row.name, row.detail, row.impact),
            )
        existing = {
            r.code: Existing(
                r.code,
                r.name,
                r.parent or None,
                r.kind,
                not r.is_parent,
                units=dict(enumerate(r.units)),
            )
            for r in rows
        }
        again = analyse(sheet, table, make_target(period, existing=existing), Options())
        self.assertEqual({node.action for node in again.nodes}, {"same"})


class TestBadRows(BaseCase):
    def _bad(self, content, target=None, locale="en", **options):
        target = target or make_target()
        sheet, table, analysis = read(content, target, locale, **options)
        written = write_bad_rows(
            sheet,
            table,
            analysis,
            BadRows(
                reasons={row: f"reason {row}" for row in analysis.bad_rows},
                options=Options(**options),
                currency=target.currency,
                currencies=target.currencies,
            ),
        )
        return analysis, written

    def test_rows_come_with_their_reasons(self):
        _analysis, written = self._bad(
            "Code,Name,Jan,Feb\nA,=x,1,2\nB,=1+1,abc,2\n,No code,3,4\n"
        )
        rows = [[c.value for c in row] for row in _load(written).iter_rows()]
        self.assertEqual(
            rows,
            [
                ["Code", "Name", "Jan", "Feb", "What is wrong", "Row"],
                ["B", "=1+1", "abc", 2, "reason 2", 3],
                [None, "No code", 3, 4, "reason 3", 4],
            ],
        )

    def test_a_mended_file_does_what_the_whole_would_have_done(self):
        good = GERMAN.replace("Reisen", "Fahrten")
        wrong = good.replace("1.200,-", "zwölf").replace('"1.000,00 €"', "1.000 ?")
        period = (date(2025, 1, 1), date(2025, 4, 30))
        target = make_target(period, currency="EUR")
        analysis, written = self._bad(wrong, target, "de")
        self.assertEqual(len(analysis.bad_rows), 2)
        book = _load(written)
        self.assertEqual([book["A2"].value, book["A3"].value], ["1.2", "2.1"])
        # Single amounts would no longer tell that the comma is the decimal sign here.
        self.assertEqual(book["F2"].value, 300.5)
        book["C2"].value, book["C3"].value = 1200, 1000
        buffer = io.BytesIO()
        book.parent.save(buffer)
        existing = {
            node.code: Existing(
                node.code,
                node.name,
                node.parent,
                node.kind,
                not node.is_parent,
                units=node.units,
            )
            for node in analysis.good
        }
        rest = read(
            buffer.getvalue(),
            make_target(period, currency="EUR", existing=existing),
            "de",
        )[2]
        self.assertEqual(issues_of(rest), [])
        whole = read(good, target, "de")[2]
        merged = {n.code: n.units for n in [*analysis.good, *rest.good]}
        self.assertEqual(merged, {n.code: n.units for n in whole.good})

    def test_rows_that_stand_for_their_place_bring_what_is_above(self):
        for text in (
            "Name,Jan,Feb\nPeople,,\nLead,1,2\nDev,x,2\nTools,,\nGit,5,6\n",
            "Name,Jan,Feb\nPeople,,\n  Lead,1,2\n  Dev,x,2\nTools,,\n  Git,5,6\n",
        ):
            analysis, written = self._bad(text)
            with self.subTest(hierarchy=analysis.hierarchy):
                rows = read_sheets(written)[0].rows
                self.assertEqual(
                    [(row[0].strip(), row[-1]) for row in rows[1:]],
                    [("People", 2), ("Dev", 4)],
                )

    def test_levels_are_filled_in(self):
        text = "Category,Subcategory,Item,Jan,Feb\nPeople,Pay,Lead,1,2\n,,Dev,x,2\n"
        _analysis, written = self._bad(text)
        self.assertEqual(_load(written)["A2"].value, "People")
        self.assertEqual(_load(written)["B2"].value, "Pay")

    def test_all_kinds_of_cells(self):
        rows = [
            ["Code", "Month", "Amount", "Note"],
            ["A", "03/04/2025", "x", True],
            [None, date(2025, 5, 9), 5, "#REF!"],
            ["C", "Feb 2025", "€ 5", None],
            ["D", "soon", "$ 5", date(2025, 1, 1)],
            ["E", None, "=1", "-x"],
        ]
        _analysis, written = self._bad(make_xlsx(rows), day_first=False)
        cells = [[c.value for c in row[:4]] for row in _load(written).iter_rows(2)]
        self.assertEqual([row[0] for row in cells], ["A", None, "C", "D", "E"])
        self.assertEqual(cells[0][1].date(), date(2025, 3, 1))
        self.assertEqual(cells[0][3], True)
        self.assertEqual(cells[1][3], "#REF!")
        self.assertEqual([cells[2][2], cells[3][2], cells[4][2]], ["€ 5", 5, "?"])

    def test_without_header(self):
        sheet, _names, _format = read_sheets(b"A,Rent,x\nB,Tea,2\n")
        table = find_table(sheet, header_row=-1)
        roles = ("code", "name", "total")
        columns = zip(table.columns, roles, strict=True)
        table = replace(
            table, columns=tuple(replace(c, role=role) for c, role in columns)
        )
        analysis = analyse(sheet, table, make_target(), Options())
        written = write_bad_rows(sheet, table, analysis, BadRows({0: "why"}))
        values = [[c.value for c in row] for row in _load(written).iter_rows()]
        self.assertEqual(values[0][:3], ["A", "B", "C"])
        self.assertEqual(values[1], ["A", "Rent", "x", "why", 1])
