# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from datetime import date

from hypothesis import given, settings
from hypothesis import strategies as st

from odoo.tests import BaseCase

from ..engine.sheet import Fault, Sheet
from ..engine.sheet_columns import (
    ROLES,
    find_table,
    fingerprint,
    guess_scale,
    recall,
    remember,
)
from ..engine.sheet_plan import Existing, Options, file_period, layout_of
from ..engine.sheet_read import read_sheets
from ..engine.sheet_tree import analyse, code_parent, digits_parent
from ..engine.sheet_value import Month
from .sheet_files import (
    GERMAN,
    PROGRAMME,
    issues_of,
    make_target,
    make_xlsx,
    read,
    tree_of,
)


def _roles(table):
    return [column.role for column in table.columns]


def _old(code, name="", parent=None, units=None, **values):
    """A category that the budget holds already."""
    defaults = {"kind": "expense", "is_leaf": True, "units": units or {}}
    return code, Existing(code, name or code, parent, **{**defaults, **values})


class TestColumns(BaseCase):
    def _table(self, rows, **arguments):
        return find_table(Sheet("", rows), **arguments)

    def test_titles_above_and_groups_over_the_header(self):
        sheet, table, _analysis = read(
            make_xlsx(
                [
                    ["ACME Ltd", None, None, None, None, None],
                    ["Budget, all amounts in USD"],
                    [],
                    [None, None, 2025, None, 2026, None],
                    ["Code", "Name", "Jan", "Feb", "Jan", "Total 2026"],
                    ["A", "Rent", 1, 2, 3, 3],
                ],
                merges=["A1:F1", "C4:D4", "E4:F4"],
            )
        )
        self.assertEqual(table.header_row, 4)
        self.assertEqual(table.columns[2].header, "2025 Jan")
        self.assertEqual(
            [(c.role, c.month) for c in table.columns],
            [
                ("code", None),
                ("name", None),
                ("month", Month(1, 2025)),
                ("month", Month(2, 2025)),
                ("month", Month(1, 2026)),
                ("total", None),
            ],
        )
        self.assertEqual(
            file_period(sheet, table), (date(2025, 1, 1), date(2026, 1, 1))
        )

    def test_a_second_row_of_headers_below_the_months(self):
        for merges in (["C2:D2", "E2:F2"], []):
            _sheet, table, analysis = read(
                make_xlsx(
                    [
                        ["Plan and actuals"],
                        ["Code", "Name", "Jan", None, "Feb", None, "Total"],
                        [None, None, "Budget", "Actual", "Budget", "Actual", "USD"],
                        ["A", "Rent", 1, 9, 2, 9, 3],
                    ],
                    merges=merges,
                )
            )
            with self.subTest(merges=merges):
                self.assertEqual(
                    _roles(table),
                    ["code", "name", "month", "ignore", "month", "ignore", "total"],
                )
                self.assertEqual(table.first_row, 3)
                self.assertEqual(tree_of(analysis), [(0, "A", "Rent", 300)])

    def test_headers_with_the_month_first(self):
        header = ["Code", "01/01/2025", "02/01/2025", "03/01/2025"]
        table = self._table([header, ["A", 1, 2, 3]])
        self.assertEqual([c.month.month for c in table.columns[1:]], [1, 2, 3])
        header = ["Code", "01/01/2025", "01/02/2025", "01/03/2025"]
        table = self._table([header, ["A", 1, 2, 3]])
        self.assertEqual([c.month.month for c in table.columns[1:]], [1, 2, 3])

    def test_thousands_and_millions(self):
        for title, scale in [
            ("Budget 2025", 1),
            ("Budget 2025 (in thousands)", 1000),
            ("All amounts in thousands of USD", 1000),
            ("Haushalt [TEUR]", 1000),
            ("Budget (k€)", 1000),
            ("in 000s", 1000),
            ("Tabelle (Mio)", 1_000_000),
            ("in millions", 1_000_000),
            ("Kids (in need)", 1),
        ]:
            sheet = Sheet("", [[title], ["Code", "Jan", "Feb"], ["A", 1.5, "2"]])
            table = find_table(sheet)
            with self.subTest(title=title):
                self.assertEqual(guess_scale(sheet, table), scale)
                options = Options(scale=scale)
                analysis = analyse(sheet, table, make_target(), options)
                self.assertEqual(analysis.nodes[0].total, 350 * scale)

    def test_actuals_beside_the_plan_are_left_out(self):
        header = ["Code", "Jan Budget", "Jan Actual", "Feb plan", "Feb variance"]
        table = self._table([header, ["A", 1, 2, 3, 4]])
        self.assertEqual(_roles(table), ["code", "month", "ignore", "month", "ignore"])

    def test_quarters(self):
        table = self._table(
            [["Code", "Q1", "Q2 2025", "3Q25", "Qtr 4"], ["A", 1, 2, 3]]
        )
        self.assertEqual(_roles(table), ["code"] + ["quarter"] * 4)
        self.assertEqual(table.columns[3].month, Month(7, 2025))
        beside = self._table([["Code", "Jan", "Feb", "Mar", "Q1"], ["A", 1, 2, 3, 6]])
        self.assertEqual(_roles(beside)[-1], "ignore")

    def test_numbers_as_months_only_in_a_row(self):
        table = self._table([["Code", "1", "2", "3", "4"], ["A", 1, 2, 3, 4]])
        self.assertEqual(_roles(table), ["code"] + ["month"] * 4)

    def test_layouts(self):
        for header, layout in [
            (["Code", "Month", "Amount"], "long"),
            (["Code", "Period", "Budget"], "long"),
            (["Code", "Jan", "Feb"], "wide"),
            (["Code", "Q1", "Q2"], "wide"),
            (["Code", "Annual"], "total"),
            (["Code", "Amount"], "total"),
            (["Code", "Per month"], "total"),
            (["Code", "FY 2025"], "total"),
            (["Code", "Name"], "tree"),
        ]:
            with self.subTest(header=header):
                table = self._table([header, ["A", "x", "y"]])
                self.assertEqual(layout_of(table), layout)

    def test_headers_in_other_languages(self):
        for header, roles in [
            (["Mã", "Tên khoản mục", "Tháng 1", "Tháng 2", "Tổng cộng"],
             ["code", "name", "month", "month", "total"]),
            (["Libellé", "Janv.", "Févr.", "Total annuel", "Remarque"],
             ["name", "month", "month", "total", "detail"]),
            (["Código", "Concepto", "enero", "febrero", "Responsable"],
             ["code", "name", "month", "month", "responsible"]),
            (["Код", "Наименование", "Янв", "Фев", "Итого"],
             ["code", "name", "month", "month", "total"]),
            (["コード", "項目", "1月", "2月", "合計"],
             ["code", "name", "month", "month", "total"]),
        ]:  # fmt: skip
            with self.subTest(header=header):
                table = self._table([header, ["A", "x", 1, 2, 3]])
                self.assertEqual(_roles(table), roles)

    def test_levels(self):
        header = ["Category", "Sub-category", "Item", "Jan", "Feb"]
        table = self._table([header, ["a", "b", "c", 1, 2]])
        self.assertEqual(_roles(table)[:3], ["level1", "level2", "name"])

    def test_tables_without_header(self):
        wide = [["A1", "Rent", *range(1, 13)], ["A2", "Power", *range(1, 13)]]
        table = self._table(wide)
        self.assertEqual(table.header_row, -1)
        self.assertEqual(_roles(table), ["code", "name"] + ["month"] * 12)
        total = self._table([["Rent", "1,200"], ["Rent and power of the hubs", "$5"]])
        self.assertEqual(_roles(total), ["name", "total"])
        long = self._table([["A", date(2025, 1, 1), 5], ["B", date(2025, 2, 1), 6]])
        self.assertEqual(_roles(long), ["code", "date", "amount"])

    def test_the_header_can_be_chosen(self):
        rows = [["Code", "Name"], ["Code", "Jan"], ["A", 5]]
        self.assertEqual(self._table(rows, header_row=1).first_row, 2)
        self.assertEqual(self._table(rows, header_row=-1).first_row, 0)
        beyond = self._table(rows, header_row=99)
        self.assertEqual(beyond.header_row, 2)

    def test_own_words(self):
        rows = [["Rubriek", "Jan", "Feb"], ["A", 1, 2]]
        table = self._table(rows, words={"rubriek": "code"})
        self.assertEqual(table.columns[0].role, "code")

    def test_next_years_file_is_recognised(self):
        old = self._table([["Code", "What", "Jan 2025", "Feb 2025"], ["A", "x", 1, 2]])
        new = self._table([["Code", "What", "Jan 2026", "Feb 2026"], ["A", "x", 1, 2]])
        other = self._table([["Code", "Why", "Jan 2025", "Feb 2025"], ["A", "x", 1, 2]])
        self.assertEqual(fingerprint(old), fingerprint(new))
        self.assertNotEqual(fingerprint(old), fingerprint(other))
        memory = remember(old)
        memory["what"] = ["detail", 0]
        recalled = recall(new, memory)
        self.assertEqual(_roles(recalled), ["code", "detail", "month", "month"])
        self.assertEqual(recalled.columns[2].month, Month(1, 2026))

    def test_a_bad_memory_does_no_harm(self):
        table = self._table([["Code", "Jan", "Feb"], ["A", 1, 2]])
        for memory in (
            {},
            {"code": []},
            {"code": ["rm -rf"]},
            {"code": [None, 3, 4]},
            {"code": ["month", 99]},
        ):
            with self.subTest(memory=memory):
                for column in recall(table, memory).columns:
                    self.assertIn(column.role, ROLES)


class TestTree(BaseCase):
    def test_annual_amounts_with_a_parent_column(self):
        target = make_target(create_sources=True)
        _sheet, table, analysis = read(PROGRAMME, target)
        self.assertEqual(analysis.hierarchy, "parent")
        self.assertEqual(table.header_row, 0)
        by_code = {node.code: node for node in analysis.nodes}
        leaves = [node for node in analysis.nodes if not node.is_parent]
        self.assertEqual(sum(node.total for node in leaves), 44990000)
        self.assertEqual(
            by_code["P1.1"].units,
            dict.fromkeys(range(4), 833334) | dict.fromkeys(range(4, 12), 833333),
        )
        self.assertEqual(by_code["P1.1"].depth, 2)
        self.assertFalse(analysis.has_errors)
        sums = [
            (i.params["category"], i.params["total"], i.params["children"])
            for i in analysis.issues
            if i.code == "parent_sum"
        ]
        self.assertEqual(sums, [("P", 28770000, 31290000), ("O", 6500000, 13700000)])

    def test_a_german_file_with_all_its_habits(self):
        target = make_target((date(2025, 1, 1), date(2025, 4, 30)), currency="EUR")
        _sheet, _table, analysis = read(GERMAN, target, locale="de")
        self.assertEqual((analysis.decimal_sign, analysis.hierarchy), (",", "code"))
        self.assertEqual(
            tree_of(analysis),
            [
                (0, "1", "Personal", 0),
                (1, "1.1", "Gehälter", 3333333),
                (1, "1.2", "Reisen", 145050),
                (0, "2", "Räume", 0),
                (1, "2.1", "Miete", 400000),
            ],
        )
        self.assertEqual(
            issues_of(analysis), [(11, "", "total_row"), (12, "", "note_row")]
        )

    def test_codes_that_continue_each_other(self):
        codes = {"P", "P1", "P10", "P1.1", "A", "A-1", "1", "10", "1.1"}
        for code, parent in [
            ("P1", "P"),
            ("P10", "P"),
            ("P1.1", "P1"),
            ("P1.1.1", "P1.1"),
            ("P2.1", "P"),
            ("A-1", "A"),
            ("10", None),
            ("1.1", "1"),
            ("1a", "1"),
            ("Px", None),
        ]:
            with self.subTest(code=code):
                self.assertEqual(code_parent(code, codes), parent)

    def test_codes_of_digits(self):
        codes = {"6", "61", "612", "62"}
        self.assertEqual(digits_parent("612", codes), "61")
        self.assertEqual(digits_parent("6", codes), None)
        filled = {"6000", "6100", "6110", "6200"}
        self.assertEqual(digits_parent("6110", filled), "6100")
        self.assertEqual(digits_parent("6200", filled), "6000")
        _sheet, _table, analysis = read(
            "Code,Name,Total\n6,Costs,30\n61,Staff,10\n611,Lead,10\n62,Rent,20\n"
        )
        self.assertEqual(analysis.hierarchy, "digits")
        self.assertEqual([node.depth for node in analysis.nodes], [0, 1, 2, 1])
        numbers = "".join(f"{number},Item,5\n" for number in range(1, 13))
        _sheet, _table, analysis = read("No,Name,Total\n" + numbers)
        self.assertEqual(analysis.hierarchy, "flat")

    def test_one_row_an_amount(self):
        target = make_target(rates={"EUR": 1.1})
        _sheet, _table, analysis = read(
            "Code,Name,Month,Amount,Currency\n"
            "A1,Rent,2025-01,100,USD\n"
            "A1,Rent,Jan 2025,50,\n"
            "A1,Hire,Feb 2025,10,EUR\n"
            "A2,Power,,7,\n"
            "A2,Power,03/2025,8,\n"
            "A3,Tea,Jan 2026,9,\n"
            "A4,Oil,Jan 2025,9,GBP\n"
            "A5,Gas,Jan 2025,€ 9,USD\n"
            "A6,Sun,someday,9,\n",
            target,
        )
        self.assertEqual(
            issues_of(analysis, "error"),
            [
                (5, "C", "no_month"),
                (7, "C", "outside"),
                (8, "E", "currency"),
                (9, "D", "two_currencies"),
                (10, "C", "not_month"),
            ],
        )
        self.assertEqual(
            issues_of(analysis, "info", "warning"),
            [(3, "", "added_up"), (4, "B", "name_differs")],
        )
        by_code = {node.code: node for node in analysis.good}
        self.assertEqual(by_code["A1"].units, {0: 15000, 1: 1100})
        self.assertEqual(by_code["A1"].entries[1][0], "EUR")
        self.assertEqual(by_code["A2"].units, {2: 800})
        self.assertEqual(analysis.bad_rows, {4, 6, 7, 8, 9})

    def test_foreign_amounts_need_a_rate(self):
        text = "Code,Jan,Feb\nA,€ 10,5\nB,1,2\n"
        _sheet, _table, analysis = read(text)
        self.assertEqual(issues_of(analysis), [(2, "B", "no_rate")])
        _sheet, _table, analysis = read(text, make_target(rates={"EUR": 1.25}))
        self.assertEqual(analysis.nodes[0].units, {0: 1250, 1: 500})

    def test_columns_of_levels(self):
        _sheet, _table, analysis = read(
            make_xlsx(
                [
                    ["Category", "Subcategory", "Item", "Jan", "Feb"],
                    ["People", "Salaries", "Lead", 1, 2],
                    [None, None, "Dev", 3, 4],
                    [None, "Travel", "Flights", 5, 6],
                    ["Tools", None, "Git", 7, 8],
                    ["Tools", None, "Git", 7, 8],
                ],
                merges=["A2:A4"],
            )
        )
        self.assertEqual(
            tree_of(analysis),
            [
                (0, "1", "People", 0),
                (1, "1.1", "Salaries", 0),
                (2, "1.1.1", "Lead", 300),
                (2, "1.1.2", "Dev", 700),
                (1, "1.2", "Travel", 0),
                (2, "1.2.1", "Flights", 1100),
                (0, "2", "Tools", 0),
                (1, "2.1", "Git", 1500),
                (1, "2.2", "Git", 1500),
            ],
        )
        self.assertEqual(issues_of(analysis, "error"), [(6, "C", "duplicate")])

    def test_indented_names_and_outlines(self):
        indented = (
            "Name,Jan,Feb\nPeople,,\n  Lead,1,2\n  Team,,\n    Dev,3,4\nRent,5,6\n"
        )
        _sheet, _table, analysis = read(indented)
        tree = [
            (0, "1", "People", 0),
            (1, "1.1", "Lead", 300),
            (1, "1.2", "Team", 0),
            (2, "1.2.1", "Dev", 700),
            (0, "2", "Rent", 1100),
        ]
        self.assertEqual((analysis.hierarchy, tree_of(analysis)), ("indent", tree))
        rows = [line.split(",") for line in indented.splitlines()]
        rows = [
            [row[0].strip(), *(int(v) if v.isdigit() else v or None for v in row[1:])]
            for row in rows
        ]
        _sheet, _table, analysis = read(make_xlsx(rows, outline=[0, 0, 1, 1, 2, 0]))
        self.assertEqual(tree_of(analysis), tree)

    def test_headings_without_amounts(self):
        _sheet, _table, analysis = read(
            "Name,Jan,Feb\nPeople,,\nLead,1,2\nDev,x,2\nTools,,\nGit,5,6\n,6,10\n"
        )
        self.assertEqual(analysis.hierarchy, "heading")
        self.assertEqual(
            [(node.depth, node.name) for node in analysis.nodes],
            [(0, "People"), (1, "Lead"), (1, "Dev"), (0, "Tools"), (1, "Git")],
        )
        self.assertEqual(issues_of(analysis, "info"), [(7, "", "total_row")])

    def test_parents_by_name(self):
        _sheet, _table, analysis = read(
            "Name,Parent,Jan,Feb\nLead,People,1,2\nPeople,,,\nDev,People,3,4\nX,Y,1,1\n",
        )
        # Without codes a column of parents is one of levels unless told otherwise.
        self.assertEqual(analysis.hierarchy, "levels")
        sheet, table, _analysis = read(
            "Code,Parent,Jan,Feb\nLead,People,1,2\nPeople,,,\nA,B,1,1\nB,A,1,1\n"
        )
        table = recall(table, {"code": ["name", 0], "parent": ["parent", 0]})
        analysis = analyse(sheet, table, make_target(), Options())
        self.assertEqual(
            [(node.code, node.name, node.action) for node in analysis.nodes],
            [
                ("1", "People", "new"),
                ("1.1", "Lead", "new"),
                ("2", "A", "error"),
                ("3", "B", "error"),
            ],
        )
        self.assertEqual(issues_of(analysis), [(4, "B", "cycle"), (5, "B", "cycle")])

    def test_wrong_trees(self):
        _sheet, _table, analysis = read(
            "code,name,parent,total\n"
            "A,x,B,\nB,y,A,\nC,z,A,5\nD,d,D,1\nE,e,Q,1\n,f,,3\nA,dup,,1\nG,g,x,7\n"
        )
        self.assertEqual(
            issues_of(analysis),
            [
                (2, "C", "cycle"),
                (3, "C", "cycle"),
                (4, "A", "parent_bad"),
                (5, "C", "parent_self"),
                (6, "C", "parent_unknown"),
                (7, "A", "no_code"),
                (8, "A", "duplicate"),
                (9, "A", "parent_bad"),
            ],
        )
        self.assertEqual(analysis.good, [])

    def test_too_deep(self):
        rows = [f"{'.'.join('1' * depth)},x,1" for depth in range(1, 40)]
        _sheet, _table, analysis = read("\n".join(["code,name,total", *rows]))
        self.assertIn((33, "A", "too_deep"), issues_of(analysis))

    def test_cells_that_spreadsheets_break(self):
        rows = [
            ["Code", "Name", "Jan", "Feb"],
            [1.1, "One", 1, 2],
            [1.2, "Two", date(2025, 1, 5), 2],
            [1.1, "Ten", 1, 2],
            [date(2025, 2, 1), "Dated", 1, 2],
            ["#REF!", "Lost", 1, 2],
            ["E", "Err", "#DIV/0!", True],
            ["F", "Formula", "=A1", "5%"],
            ["G" * 65, "Long", 1, 2],
            ["H", "n" * 257, 1, 2],
            ["I", "Big", 1e14, 2],
            [None, "Nameless", 1, 2],
        ]
        _sheet, _table, analysis = read(make_xlsx(rows))
        self.assertEqual(
            issues_of(analysis, "error"),
            [
                (3, "C", "date_not_amount"),
                (4, "A", "duplicate_number"),
                (5, "A", "code_is_date"),
                (6, "A", "sheet_error"),
                (7, "C", "sheet_error"),
                (7, "D", "not_amount"),
                (8, "C", "no_value"),
                (8, "D", "percent"),
                (9, "A", "too_long"),
                (10, "B", "too_long"),
                (11, "C", "too_large"),
                (12, "A", "no_code"),
            ],
        )
        self.assertEqual([node.code for node in analysis.good], ["1.1"])

    def test_kinds_sources_people(self):
        target = make_target(
            sources={"gates foundation": 7}, users={"anna": 3, "anna lead": 3}
        )
        _sheet, _table, analysis = read(
            "Code,Name,Type,Funding source,Owner,Jan,Feb\n"
            "A,Sales,Revenue,,Anna,1,2\n"
            "A1,Shop,Expense,own funds,Bob,1,2\n"
            "B,Cars,CAPEX,Gates Foundation,,1,2\n"
            "C,Food,strange,Other,Bob,1,2\n",
            target,
        )
        self.assertEqual(
            sorted(issues_of(analysis, "error")),
            [(3, "C", "kind_differs"), (5, "C", "kind"), (5, "D", "source")],
        )
        self.assertEqual(issues_of(analysis, "warning")[-1], (3, "E", "user"))
        by_code = {node.code: node for node in analysis.nodes}
        self.assertEqual(by_code["A"].kind, "income")
        self.assertEqual(by_code["A"].user_id, 3)
        self.assertEqual((by_code["B"].kind, by_code["B"].source_id), ("capital", 7))

    def test_quarters_and_rounding_keep_the_total(self):
        _sheet, _table, analysis = read("Code,Q1,Q2,Q3,Q4\nA,100,0,,50\n")
        self.assertEqual(
            list(analysis.nodes[0].units.values()),
            [3334, 3333, 3333, 0, 0, 0, 0, 0, 0, 1667, 1667, 1666],
        )
        third = 100000 / 12
        header = ["Code", *(date(2025, month, 1) for month in range(1, 13)), "Total"]
        _sheet, _table, analysis = read(
            make_xlsx([header, ["A", *[third] * 12, 100000]])
        )
        self.assertEqual(analysis.nodes[0].total, 10000000)
        self.assertEqual(issues_of(analysis), [(None, "", "rounded")])

    def test_monthly_amounts_and_months_beside_a_total(self):
        _sheet, _table, analysis = read("Code,Annual,Monthly\nA,,100\nB,1200,7\n")
        self.assertEqual([node.total for node in analysis.nodes], [120000, 120000])
        _sheet, _table, analysis = read("Code,Jan,Feb,Total\nA,1,2,4\nB,1,2,3\n")
        self.assertEqual(issues_of(analysis), [(2, "D", "sum_differs")])

    def test_problems_of_the_file_block_everything(self):
        sheet, table, _analysis = read("Code,Name,Jan,Feb,Mar\nA,x,1,2,3\n")
        for memory, code in [
            ({"code": ["ignore"], "name": ["ignore"]}, "no_name_column"),
            (
                {"month 2": ["month", 0], "month 1": ["amount", 0]},
                "amount_without_date",
            ),
        ]:
            with self.subTest(code=code):
                analysis = analyse(
                    sheet, recall(table, memory), make_target(), Options()
                )
                self.assertTrue(analysis.blocked)
                self.assertIn(code, [issue.code for issue in analysis.issues])
        for text, code in [
            ("Code,Jan,Jan,Feb\nA,1,2,3\n", None),
            ("Code,Jan 2025,Jan 2025,Feb\nA,1,2,3\n", "month_twice"),
            ("Code,Jan 2024,Feb 2025\nA,1,2\n", "month_outside"),
            ("Code,Jan,Feb\n", "no_rows"),
        ]:
            with self.subTest(text=text):
                _sheet, _table, analysis = read(text)
                if code:
                    self.assertTrue(analysis.blocked)
                    self.assertIn(code, [issue.code for issue in analysis.issues])
        _sheet, _table, analysis = read("Code,Dec 2024,Jan 2025,Feb\nA,,1,2\n")
        self.assertFalse(analysis.blocked)

    def test_a_column_without_its_month(self):
        sheet, table, _analysis = read("Code,Jan,Feb,Extra\nA,1,2,3\n")
        table = recall(table, {"extra": ["month", 0]})
        analysis = analyse(sheet, table, make_target(), Options())
        self.assertEqual(issues_of(analysis), [(None, "D", "month_unknown")])

    def test_months_without_year_over_two_years(self):
        period = (date(2024, 11, 1), date(2025, 12, 31))
        _sheet, _table, analysis = read(
            "Code,Nov,Dec,Jan,Nov\nA,1,2,3,4\n", make_target(period)
        )
        self.assertEqual(analysis.nodes[0].units, {0: 100, 1: 200, 2: 300, 12: 400})

    def test_only_categories(self):
        _sheet, _table, analysis = read("Code,Name\nA,x\nA1,y\n")
        self.assertEqual(issues_of(analysis), [(None, "", "no_amounts")])
        self.assertEqual(len(analysis.good), 2)

    @settings(max_examples=200, deadline=None)
    @given(
        st.lists(
            st.lists(
                st.one_of(
                    st.none(),
                    st.sampled_from(
                        [
                            "Code",
                            "Name",
                            "Parent",
                            "Jan",
                            "Feb",
                            "Total",
                            "P",
                            "P1",
                            "P1.1",
                            "Month",
                            "Amount",
                            "1,5",
                            "(3)",
                            "€ 2",
                            "x",
                            "  y",
                            "Category",
                            "Subcategory",
                            "Q1",
                            "2025",
                            Fault(),
                            Fault("#N/A"),
                        ]
                    ),
                    st.integers(-5, 50000),
                    st.floats(-1e6, 1e6),
                    st.booleans(),
                    st.dates(date(2024, 1, 1), date(2026, 1, 1)),
                ),
                max_size=8,
            ),
            max_size=12,
        ),
        st.sampled_from(
            [None, "parent", "code", "digits", "indent", "levels", "heading", "flat"]
        ),
    )
    def test_whatever_is_in_the_cells(self, rows, hierarchy):
        sheet = Sheet("", rows)
        table = find_table(sheet)
        existing = dict([_old("P", units={0: 5}), _old("Q", is_leaf=False)])
        target = make_target(existing=existing)
        analysis = analyse(sheet, table, target, Options(hierarchy=hierarchy))
        codes = [node.code for node in analysis.good]
        self.assertEqual(len(codes), len(set(codes)))
        for node in analysis.good:
            self.assertTrue(node.code)
            self.assertIn(node.parent, {None, *codes, *existing})
            self.assertTrue(
                node.own is False or not set(node.rows) <= analysis.bad_rows
            )
            if node.is_parent:
                self.assertFalse(node.units)


class TestExisting(BaseCase):
    def _read(self, text, *old, **options):
        return read(text, make_target(existing=dict(old)), **options)[2]

    def test_amounts_by_code(self):
        analysis = self._read(
            "Code,Name,Jan,Feb\nA1,Hire,5,7\nA2,Tea,1,\nA3,New,1,1\nA4,Kept,,\n",
            _old("A", "Office", is_leaf=False),
            _old("A1", "Rent", "A", {0: 500}),
            _old("A2", "Tea", "A", {0: 100, 5: 900}),
            _old("A4", "Kept", "A", {0: 100}),
        )
        self.assertEqual(
            [(node.code, node.parent, node.action) for node in analysis.nodes],
            [
                ("A1", "A", "update"),
                ("A2", "A", "same"),
                ("A3", "A", "new"),
                ("A4", "A", "same"),
            ],
        )
        self.assertEqual(issues_of(analysis), [(2, "B", "name_kept")])

    def test_without_codes_names_are_found_again(self):
        old = (
            _old("1", "People", is_leaf=False),
            _old("1.1", "Lead", "1", {0: 100}),
            _old("1.2", "Dev", "1"),
        )
        analysis = self._read(
            "Name,Jan,Feb\nPeople,,\nDev,1,2\nLead,1,2\nCEO,5,5\n", *old
        )
        self.assertEqual(
            [(node.code, node.name) for node in analysis.nodes],
            [("1", "People"), ("1.2", "Dev"), ("1.1", "Lead"), ("1.3", "CEO")],
        )

    def test_what_the_budget_forbids(self):
        old = (
            _old("A", "Full", None, {0: 100}),
            _old("B", "Matched", has_matching=True),
            _old("C", "", visible=False),
            _old("D", "Income", kind="income", is_leaf=False),
        )
        analysis = self._read(
            "Code,Kind,Jan,Feb\nA,,1,2\nA1,,1,2\nB1,,1,2\nC,,1,2\nC1,,1,2\nD1,cost,1,2\n",
            *old,
        )
        self.assertEqual(
            issues_of(analysis, "error"),
            [
                (2, "A", "holds"),
                (3, "A", "parent_holds"),
                (4, "A", "parent_holds"),
                (5, "A", "hidden"),
                (6, "A", "hidden"),
                (7, "B", "kind_differs"),
            ],
        )

    def test_the_budgets_tree_stays(self):
        analysis = self._read(
            "Code,Parent,Jan,Feb\nA,,,\nB,,,\nX,A,1,2\n",
            _old("A", is_leaf=False),
            _old("B", is_leaf=False),
            _old("X", "", "B"),
        )
        self.assertEqual(issues_of(analysis), [(4, "B", "moved")])
        self.assertEqual(analysis.nodes[-1].parent, "B")

    def test_figures_of_parents_are_not_amounts(self):
        analysis = self._read("Code,Jan,Feb\nA,9,9\n", _old("A", is_leaf=False))
        self.assertEqual(analysis.nodes[0].units, {})
        self.assertEqual(analysis.nodes[0].action, "same")


class TestReadAgain(BaseCase):
    def test_the_table_starts_where_the_header_says(self):
        sheet, _names, _format = read_sheets(b"x,y\nCode,Jan\nA,1\n")
        table = find_table(sheet, header_row=1)
        analysis = analyse(sheet, table, make_target(), Options())
        self.assertEqual([node.row for node in analysis.nodes], [2])
