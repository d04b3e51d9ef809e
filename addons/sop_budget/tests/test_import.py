# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
import base64
import hashlib
import io
from datetime import date

from odoo.exceptions import AccessError, UserError
from odoo.fields import Command
from odoo.tests import tagged

from ..engine.sheet_columns import ROLES as ENGINE_ROLES
from ..engine.sheet_plan import HIERARCHIES as ENGINE_HIERARCHIES
from ..engine.sheet_read import ENCODINGS as ENGINE_ENCODINGS
from ..engine.sheet_read import SEPARATORS as ENGINE_SEPARATORS
from ..models.sop_budget_amount_bulk import COLUMNS
from ..wizards.sop_budget_import import ENCODINGS, HIERARCHIES, SEPARATORS
from ..wizards.sop_budget_import_column import ROLES
from ..wizards.sop_budget_import_texts import (
    cell_messages,
    file_messages,
    row_messages,
    table_messages,
)
from .common import SopBudgetCommon
from .sheet_files import GERMAN, PROGRAMME, make_xlsx

WIDE = """\
Code,Name,Jan,Feb,Mar
P,People,,,
P1,Lead,100,200,300.50
P2,Dev,"1,000",,
"""
WRONG = """\
Code,Name,Jan,Feb
P,People,,
P1,Lead,100,200
P2,Dev,abc,5
P1,Twice,1,2
,Nobody,3,4
"""


class ImportCommon(SopBudgetCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.planner = cls.users["planner"]

    def start(self, content, user=None, file_name="plan.csv", **vals):
        """An import into the budget of the tests, by the planner, not read yet."""
        content = content.encode() if isinstance(content, str) else content
        vals = {"target": "existing", "budget_id": self.budget.id, **vals}
        return (
            self.env["sop.budget.import"]
            .with_user(user or self.planner)
            .create(
                {
                    "file_name": file_name,
                    "file_data": base64.b64encode(content),
                    **vals,
                }
            )
        )

    def check(self, wizard):
        """Follow the steps of the check as the browser does; the positions seen."""
        if wizard.state == "upload":
            wizard.action_read()
        wizard.action_check()
        seen = []
        while not seen or not seen[-1]["done"]:
            seen.append(wizard.check_step())
        return seen

    def write(self, wizard, good_only=False):  # pylint: disable=method-required-super
        if good_only:
            wizard.action_import_good()
        else:
            wizard.action_import()
        return wizard.write_step()

    def import_file(self, content, good_only=False, **vals):
        wizard = self.start(content, **vals)
        self.check(wizard)
        self.write(wizard, good_only)
        return wizard

    def amounts(self, budget=None):
        """``{code: {"2025-01": amount}}`` of all amounts that aren't zero."""
        result = {}
        for category in (budget or self.budget).category_ids:
            found = {
                f"{amount.month:%Y-%m}": amount.amount
                for amount in category.amount_ids
                if amount.amount
            }
            result[category.code] = found
        return result

    def load(self, wizard):
        """Rows of the file with the rows to mend."""
        import openpyxl

        content = base64.b64decode(wizard.with_context(bin_size=False).bad_file)
        return openpyxl.load_workbook(io.BytesIO(content)).active


@tagged("post_install", "-at_install")
class TestImportFlow(ImportCommon):
    def test_file_is_not_kept(self):
        """The file may hold what is hidden from those who read the budget's history."""
        self.import_file(WIDE)
        self.env.flush_all()
        viewer = self.budget.with_user(self.users["viewer"])
        self.assertIn("plan.csv", viewer.message_ids[0].body)
        attachments = viewer.env["ir.attachment"].search(
            [("res_model", "=", "sop.budget"), ("res_id", "=", viewer.id)]
        )
        self.assertFalse(attachments)
        self.assertFalse(self.budget.message_ids.attachment_ids)

    def test_from_file_to_budget(self):
        wizard = self.start(WIDE)
        wizard.action_read()
        self.assertEqual(wizard.state, "columns")
        self.assertEqual(
            [(c.letter, c.role, c.month_label) for c in wizard.column_ids],
            [
                ("A", "code", False),
                ("B", "name", False),
                ("C", "month", "Jan 2025"),
                ("D", "month", "Feb 2025"),
                ("E", "month", "Mar 2025"),
            ],
        )
        self.check(wizard)
        self.assertEqual(wizard.state, "preview")
        self.assertRecordValues(
            wizard.line_ids,
            [
                {"code": "P", "name": "People", "total": 0, "action": "new"},
                {"code": "P1", "name": "\u2003Lead", "total": 600.5, "action": "new"},
                {"code": "P2", "name": "\u2003Dev", "total": 1000, "action": "new"},
            ],
        )
        self.assertFalse(self.budget.category_ids)
        self.write(wizard)
        self.assertEqual((wizard.state, wizard.new_count), ("done", 3))
        self.assertEqual(
            self.amounts(),
            {
                "P": {},
                "P1": {"2025-01": 100, "2025-02": 200, "2025-03": 300.5},
                "P2": {"2025-01": 1000},
            },
        )
        parent = self.budget.category_ids.filtered(lambda c: c.code == "P")
        self.assertEqual(parent.child_ids.mapped("code"), ["P1", "P2"])
        self.assertFalse(parent.is_leaf)
        self.assertTrue(wizard.write_step()["done"])
        self.assertEqual(len(self.budget.category_ids), 3)

    def test_the_history_says_what_came_from_where(self):
        self.import_file(WIDE)
        message = self.budget.message_ids[0]
        self.assertIn("plan.csv: 3 new categories, 0 changed", message.body)
        self.assertIn(hashlib.sha256(WIDE.encode()).hexdigest(), message.body)

    def test_a_new_budget_takes_its_period_from_the_file(self):
        rows = [["Name", date(2026, 4, 1), date(2027, 3, 1)], ["Rent", 5, 6]]
        wizard = self.start(
            make_xlsx(rows), target="new", budget_id=False, file_name="Plan 26.xlsx"
        )
        wizard.action_read()
        self.assertEqual(
            (wizard.budget_name, wizard.date_from, wizard.date_to),
            ("Plan 26", date(2026, 4, 1), date(2027, 3, 31)),
        )
        self.check(wizard)
        self.write(wizard)
        budget = wizard.budget_id
        self.assertEqual((budget.user_id, budget.name), (self.planner, "Plan 26"))
        self.assertEqual(self.amounts(budget), {"1": {"2026-04": 5.0, "2027-03": 6.0}})

    def test_a_new_budget_without_period_is_this_fiscal_year(self):
        wizard = self.start(PROGRAMME, target="new", budget_id=False)
        wizard.action_read()
        year = self.company.compute_fiscalyear_dates(date.today())
        self.assertEqual(wizard.date_from, year["date_from"])
        wizard.write({"date_from": "2025-01-01", "date_to": "2025-12-31"})
        self.check(wizard)
        self.assertEqual(
            wizard.issue_ids.filtered(lambda i: i.level == "error").mapped("value"),
            ["external", "foundation_grant"],
        )

    def test_new_budgets_need_name_and_period(self):
        wizard = self.start(WIDE, target="new", budget_id=False)
        wizard.action_read()
        wizard.budget_name = False
        with self.assertRefused(UserError, "a name, a start and an end"):
            wizard.action_check()
        wizard.write(
            {"budget_name": "x", "date_from": "2025-02-01", "date_to": "2025-01-01"}
        )
        with self.assertRefused(UserError, "must start before it ends"):
            wizard.action_check()

    def test_months_follow_a_changed_period(self):
        wizard = self.start(WIDE, target="new", budget_id=False)
        wizard.action_read()
        wizard.write({"date_from": "2031-01-01", "date_to": "2031-12-31"})
        self.check(wizard)
        self.write(wizard)
        self.assertIn("2031-03", self.amounts(wizard.budget_id)["P1"])

    def test_german_file(self):
        self.company.currency_id = self.env.ref("base.EUR")
        self.budget.invalidate_recordset()
        wizard = self.start(GERMAN)
        self.check(wizard)
        self.assertEqual(wizard.error_count, 0)
        self.assertEqual(
            wizard.issue_ids.filtered(lambda i: i.level == "info").mapped("message"),
            [
                "“Gesamtsumme” is taken for a row of totals and not imported.",
                "“Erstellt von Anna” is taken for a remark and not imported.",
            ],
        )
        self.write(wizard)
        self.assertEqual(
            self.amounts()["1.2"],
            {"2025-01": 1200.0, "2025-02": -50.0, "2025-04": 300.5},
        )

    def test_progress(self):
        rows = "".join(f"C{at},Item {at},{at},1\n" for at in range(2500))
        wizard = self.start("Code,Name,Jan,Feb\n" + rows)
        seen = self.check(wizard)
        self.assertEqual([step["position"] for step in seen], [0, 1000, 2000, 2500])
        self.assertEqual({step["total"] for step in seen}, {2500})
        self.assertEqual(len(wizard.line_ids), 2500)
        self.assertTrue(wizard.check_step()["done"])

    def test_the_check_can_be_stopped(self):
        wizard = self.start(WIDE)
        wizard.action_read()
        wizard.action_check()
        wizard.check_step()
        wizard.action_back()
        self.assertEqual((wizard.state, wizard.pending_data), ("columns", False))
        self.assertTrue(wizard.check_step()["done"])
        self.assertFalse(wizard.line_ids)

    def test_steps_in_their_order_only(self):
        wizard = self.start(WIDE)
        for method in (
            "action_check",
            "action_import",
            "action_import_good",
            "write_step",
            "action_forget",
            "action_back",
            "action_download_bad",
            "action_cancel_write",
        ):
            refused = self.assertRefused(UserError, "at another step by now")
            with self.subTest(method=method), refused:
                getattr(wizard, method)()

    def test_files_that_are_refused(self):
        for content, message in [
            (b"", "Choose a file first"),
            (b"   ", "The file is empty"),
            (b"\xd0\xcf\x11\xe0", "old .xls format"),
            (b"PK\x03\x04", "The workbook is damaged"),
            (b"<html>", "no spreadsheet"),
        ]:
            with self.subTest(message=message):
                wizard = self.start(content)
                with self.assertRefused(UserError, message):
                    wizard.action_read()
        for broken in (b"abcde", "abcde", "x"):
            with self.assertRefused(UserError, "The file did not arrive whole"):
                wizard = self.start(WIDE)
                wizard.file_data = broken
                wizard.action_read()
        wizard = self.start(WIDE, budget_id=False)
        with self.assertRefused(UserError, "Choose the budget to import into"):
            wizard.action_read()

    def test_ten_thousand_rows(self):
        """A whole import of 10,000 categories × 12: the queries grow with batches."""
        header = ["Code", "Name", *(date(2025, month, 1) for month in range(1, 13))]
        rows = [[f"P{top}", f"Top {top}"] for top in range(20)]
        rows += [
            [f"P{at % 20}.{at}", f"Item {at}", *range(at, at + 12)]
            for at in range(1, 9981)
        ]
        content = make_xlsx([header, *rows])
        wizard = self.start(content, file_name="large.xlsx")
        self.check(wizard)
        with self.assertQueryCount(600):
            self.write(wizard)
        self.assertEqual(wizard.new_count, 10_000)
        amounts = self.env["sop.budget.amount"].search_count(
            [("budget_id", "=", self.budget.id)]
        )
        self.assertEqual(amounts, 9980 * 12)


@tagged("post_install", "-at_install")
class TestImportErrors(ImportCommon):
    def test_all_or_nothing(self):
        wizard = self.start(WRONG)
        self.check(wizard)
        self.assertRecordValues(
            wizard.issue_ids,
            [
                {"row_label": "4", "column_label": "C Jan", "value": "abc"},
                {"row_label": "5", "column_label": "A Code", "value": "P1"},
                {"row_label": "6", "column_label": "A Code", "value": ""},
            ],
        )
        self.assertEqual((wizard.error_count, wizard.bad_count), (3, 3))
        with self.assertRefused(UserError, "3 errors are left"):
            wizard.action_import()
        self.assertFalse(self.budget.category_ids)

    def test_good_rows_now_bad_rows_as_a_file_that_can_be_mended(self):
        wizard = self.import_file(WRONG, good_only=True)
        self.assertEqual(
            self.amounts(), {"P": {}, "P1": {"2025-01": 100, "2025-02": 200}}
        )
        action = wizard.action_download_bad()
        self.assertIn(f"/{wizard.id}/bad_file/plan - ", action["url"])
        sheet = self.load(wizard)
        values = [[cell.value for cell in row] for row in sheet.iter_rows()]
        self.assertEqual(
            values,
            [
                ["Code", "Name", "Jan", "Feb", "What is wrong", "Row"],
                ["P2", "Dev", "abc", 5, "C Jan: This is no amount.", 4],
                [
                    "P1",
                    "Twice",
                    1,
                    2,
                    "A Code: Row 3 has this code or name already.",
                    5,
                ],
                [None, "Nobody", 3, 4, "A Code: The code is missing.", 6],
            ],
        )
        sheet["C2"].value, sheet["A3"].value, sheet["A4"].value = 7, "P3", "P4"
        buffer = io.BytesIO()
        sheet.parent.save(buffer)
        following = (
            self.env["sop.budget.import"]
            .browse(wizard.action_next_file()["res_id"])
            .with_user(self.planner)
        )
        following.write(
            {"file_data": base64.b64encode(buffer.getvalue()), "file_name": "m.xlsx"}
        )
        self.check(following)
        self.assertTrue(following.is_remembered)
        self.assertFalse(following.issue_ids)
        self.write(following)
        self.assertEqual(
            self.amounts(),
            {
                "P": {},
                "P1": {"2025-01": 100, "2025-02": 200},
                "P2": {"2025-01": 7, "2025-02": 5},
                "P3": {"2025-01": 1, "2025-02": 2},
                "P4": {"2025-01": 3, "2025-02": 4},
            },
        )

    def test_the_bad_rows_can_be_had_before(self):
        wizard = self.start(WRONG)
        self.check(wizard)
        wizard.action_download_bad()
        self.assertEqual(self.load(wizard).max_row, 4)
        self.assertEqual(wizard.state, "preview")

    def test_problems_of_the_whole_file(self):
        wizard = self.start("Code,Name,Jan 2024,Feb 2025\nA,x,1,2\n")
        self.check(wizard)
        self.assertTrue(wizard.is_blocked)
        self.assertIn("Jan 2024, which lies outside", wizard.issue_ids.message)
        with self.assertRefused(UserError, "concern the whole file"):
            wizard.action_import_good()
        wizard.action_back()
        wizard.column_ids[2].role = "ignore"
        self.check(wizard)
        self.assertFalse(wizard.issue_ids)

    def test_what_changed_since_the_preview_counts(self):
        wizard = self.start("Code,Name,Jan,Feb\nP,People,,\nP1,Lead,1,2\n")
        self.check(wizard)
        self.make_category("P", amounts={"2025-01": 9})
        wizard.action_import()
        self.assertTrue(wizard.write_step()["changed"])
        self.assertEqual(wizard.state, "check")
        while not wizard.check_step()["done"]:
            pass
        self.assertIn("holds amounts", wizard.issue_ids[0].message)
        self.assertEqual(self.budget.category_ids.mapped("code"), ["P"])

    def test_nothing_is_half_written(self):
        wizard = self.start(WIDE)
        self.check(wizard)
        wizard.action_import()
        self.env.flush_all()
        bulk = type(self.env["sop.budget.amount"])

        def fail(*_arguments):
            raise UserError("disk full")  # pylint: disable=translation-required

        self.patch(bulk, "_set_amounts", fail)
        with self.assertRefused(UserError, "disk full"):
            wizard.write_step()
        self.assertFalse(self.budget.category_ids)
        wizard.action_cancel_write()
        self.assertEqual(wizard.state, "preview")

    def test_nothing_to_import(self):
        wizard = self.start("Code,Name,Jan,Feb\nA,x,y,2\n")
        self.check(wizard)
        wizard.action_import_good()
        self.assertTrue(wizard.write_step()["changed"])

    def test_every_code_has_its_sentence(self):
        """Codes raised in the engine and sentences in the wizard are the same."""
        import re
        from pathlib import Path

        folder = Path(__file__).parents[1] / "engine"
        raised = set()
        for path in folder.glob("sheet*.py"):
            text = path.read_text(encoding="utf-8")
            for pattern in (
                r'(?:SheetError|CellError)\(\s*"(\w+)"',
                r'self\.(?:reader\.)?add\(\s*"(\w+)"',
                r'self\.fail\(\s*\w+,\s*"(\w+)"',
                r'"(\w+)" if swallowed else "\w+"',
                r'"\w+" if swallowed else "(\w+)"',
            ):
                raised.update(re.findall(pattern, text))
        known = {}
        for function in (file_messages, cell_messages, row_messages, table_messages):
            known |= function(self.env)
        self.assertEqual(raised - set(known), set())
        self.assertEqual(set(known) - raised, set())

    def test_choices_are_those_of_the_engine(self):
        for choices, engine in [
            (ROLES, ENGINE_ROLES),
            (HIERARCHIES, ENGINE_HIERARCHIES),
            (ENCODINGS, ENGINE_ENCODINGS),
            (SEPARATORS, ENGINE_SEPARATORS),
        ]:
            self.assertEqual({key for key, _label in choices}, set(engine))


@tagged("post_install", "-at_install")
class TestImportInto(ImportCommon):
    """Into a budget that holds categories already."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.top = cls.make_category("P")
        cls.lead = cls.make_category(
            "P1", cls.top, {"2025-01": 50, "2025-06": 60}, name="Lead"
        )

    def test_amounts_are_updated_by_code(self):
        wizard = self.import_file(WIDE)
        self.assertRecordValues(
            wizard, [{"new_count": 1, "update_count": 1, "same_count": 1}]
        )
        self.assertEqual(
            self.amounts()["P1"],
            {"2025-01": 100, "2025-02": 200, "2025-03": 300.5, "2025-06": 60},
        )
        again = self.start(WIDE)
        self.check(again)
        self.assertRecordValues(
            again, [{"new_count": 0, "update_count": 0, "same_count": 3}]
        )

    def test_empty_cells(self):
        self.import_file("Code,Name,Jan,Jun\nP1,Lead,,\n")
        self.assertEqual(self.amounts()["P1"], {"2025-01": 50, "2025-06": 60})
        self.import_file("Code,Name,Jan,Jun\nP1,Lead,7,\n")
        self.assertEqual(self.amounts()["P1"], {"2025-01": 7})

    def test_foreign_currency_at_the_rate_of_the_budget(self):
        currency = self.setup_other_currency("EUR")
        rate = self.env["sop.budget.rate"].create(
            {
                "budget_id": self.budget.id,
                "currency_id": currency.id,
                "rate": 1.08123456,
                "date": "2025-01-02",
            }
        )
        self.import_file("Code,Month,Amount,Currency\nP1,2025-02,1000.01,EUR\n")
        amount = self.lead.amount_ids.filtered(lambda a: a.month.month == 2)
        self.assertRecordValues(
            amount,
            [
                {
                    "amount": 1081.25,
                    "entry_currency_id": currency.id,
                    "entry_amount": 1000.01,
                    "entry_rate": rate.rate,
                    "entry_date": rate.date,
                }
            ],
        )
        self.import_file("Code,Month,Amount\nP1,2025-02,5\n")
        self.assertRecordValues(
            amount, [{"amount": 5, "entry_currency_id": False, "entry_rate": 0}]
        )

    def test_bulk_amounts_are_like_any_other(self):
        """What the SQL writes is what the ORM would have written, column by column."""
        source = self.env["sop.funding.source"].create({"name": "Grant"})
        self.lead.source_id = source
        other = self.make_category("P3", self.top, kind="expense", source_id=source.id)
        created = self.env["sop.budget.amount"].create(
            {"category_id": other.id, "month": "2025-02-01", "amount": 12.34}
        )
        self.env["sop.budget.amount"]._set_amounts(
            other, [(other.id, date(2025, 3, 1), 12.34, None, None, None, None)]
        )
        bulk = other.amount_ids - created
        self.env.flush_all()
        self.env.cr.execute(
            "SELECT * FROM sop_budget_amount WHERE id IN %s ORDER BY month",
            [tuple((created | bulk).ids)],
        )
        names = [column.name for column in self.env.cr.description]
        one, two = (
            dict(zip(names, row, strict=True)) for row in self.env.cr.fetchall()
        )
        differing = {name for name in names if one[name] != two[name]}
        differing -= {"id", "month", "create_date", "write_date"}
        # What other add-ons keep beside it is theirs
        fields = self.env["sop.budget.amount"]._fields
        differing = {n for n in differing if "sop_budget" in fields[n]._modules}
        self.assertEqual(differing, set())
        self.assertLessEqual(set(COLUMNS), set(names))

    def test_bulk_amounts_need_rights(self):
        row = (self.lead.id, date(2025, 2, 1), 1, None, None, None, None)
        for role, exception in [("viewer", AccessError), ("proposer", AccessError)]:
            Amount = self.env["sop.budget.amount"].with_user(self.users[role])
            with self.subTest(role=role), self.assertRefused(exception, ""):
                Amount._set_amounts(self.lead.with_user(self.users[role]), [row])
        self.budget.action_submit()
        Amount = self.env["sop.budget.amount"].with_user(self.planner)
        with self.assertRefused(UserError, "is submitted"):
            Amount._set_amounts(self.lead.with_user(self.planner), [row])
        Amount = self.env["sop.budget.amount"]
        Amount._set_amounts(self.lead.browse(), [row])
        self.assertNotIn("2025-02", self.amounts()["P1"])

    def test_hidden_categories_stay_hidden(self):
        self.make_category("S", visibility="manager", name="Salaries", amounts=5000)
        wizard = self.start("Code,Name,Jan,Feb\nS,Mine,1,2\nS1,Below,1,2\nT,Fine,1,2\n")
        self.check(wizard)
        self.assertEqual(
            wizard.issue_ids.mapped("message"),
            ["The budget uses this code for a category that you may not see."] * 2,
        )
        self.assertNotIn("Salaries", str(wizard.line_ids.mapped("name")))
        self.write(wizard, good_only=True)
        self.assertIn("T", self.budget.category_ids.mapped("code"))

    def test_sources_and_people(self):
        self.env["sop.funding.source"].create({"name": "Gates", "code": "BMGF"})
        text = (
            "Code,Name,Funding source,Owner,Jan,Feb\n"
            f"A,x,bmgf,{self.planner.name},1,2\n"
            "B,y,State grant,Nobody,1,2\nC,z,internal,,1,2\n"
        )
        wizard = self.start(text)
        self.check(wizard)
        self.assertFalse(wizard.can_create_sources)
        self.assertEqual(wizard.issue_ids.mapped("level"), ["error", "warning"])
        wizard = self.start(text, user=self.env.user, create_sources=True)
        self.check(wizard)
        self.assertFalse(wizard.error_count)
        self.write(wizard)
        by_code = {c.code: c for c in self.budget.category_ids}
        self.assertEqual(by_code["A"].source_id.code, "BMGF")
        self.assertEqual(by_code["A"].user_id, self.planner)
        self.assertRecordValues(
            by_code["B"].source_id, [{"name": "State grant", "is_external": True}]
        )
        self.assertFalse(by_code["C"].source_id)

    def test_kinds_in_the_readers_words(self):
        self.import_file("Code,Name,Kind,Jan,Feb\nZ,x,income,1,2\nY,y,CAPEX,1,2\n")
        by_code = {c.code: c.kind for c in self.budget.category_ids}
        self.assertEqual((by_code["Z"], by_code["Y"]), ("income", "capital"))

    def test_formulas_are_texts(self):
        self.import_file("Code,Name,Impact,Jan,Feb\nF,=1+1,=3*4 trips,1,2\n")
        category = self.budget.category_ids.filtered(lambda c: c.code == "F")
        self.assertEqual((category.name, category.impact), ("=1+1", "=3*4 trips"))


@tagged("post_install", "-at_install")
class TestImportColumns(ImportCommon):
    def test_columns_are_remembered(self):
        text = "Code,Thing,Jan 2025,Feb 2025\nA,Rent,1,2\n"
        wizard = self.start(text)
        wizard.action_read()
        self.assertEqual(wizard.column_ids[1].role, "ignore")
        wizard.column_ids[1].role = "name"
        wizard.write({"hierarchy": "flat", "decimal_sign": ",", "kind": "capital"})
        self.check(wizard)
        following = self.start(text.replace("2025", "2026"), user=self.owner)
        following.action_read()
        self.assertTrue(following.is_remembered)
        self.assertEqual(following.column_ids[1].role, "name")
        self.assertEqual(following.column_ids[2].month, date(2026, 1, 1))
        self.assertRecordValues(
            following, [{"hierarchy": "flat", "decimal_sign": ",", "kind": "capital"}]
        )
        following.action_forget()
        self.assertFalse(following.is_remembered)
        self.assertEqual(following.column_ids[1].role, "ignore")

    def test_a_broken_memory_is_no_obstacle(self):
        wizard = self.start(WIDE)
        self.check(wizard)
        mapping = self.env["sop.budget.import.mapping"].search([])
        mapping.write(
            {"columns": {"code": ["evil"]}, "hierarchy": "evil", "kind": "evil"}
        )
        following = self.start(WIDE)
        self.check(following)
        self.assertFalse(following.error_count)

    def test_thousands(self):
        wizard = self.start("Budget in thousands;;\nCode;Jan;Feb\nA;1,5;2\n")
        self.check(wizard)
        self.assertEqual((wizard.scale, wizard.total_expense), ("1000", 3500))
        wizard.action_back()
        wizard.scale = "1"
        self.check(wizard)
        self.assertEqual(wizard.total_expense, 3.5)

    def test_months_by_hand(self):
        wizard = self.start("Code,Name,First,Feb\nA,x,1,2\n")
        wizard.action_read()
        column = wizard.column_ids[2]
        column.role = "month"
        self.check(wizard)
        self.assertIn("say which one", wizard.issue_ids.message)
        with self.assertRefused(UserError, "Column C: “soon” is no month"):
            column.month_label = "soon"
        column.month_label = "March"
        self.assertEqual((column.month, column.has_year), (date(2025, 3, 1), False))
        column.month_label = "2025-04"
        self.assertEqual((column.month, column.has_year), (date(2025, 4, 1), True))
        wizard.action_back()
        self.check(wizard)
        self.write(wizard)
        self.assertEqual(self.amounts()["A"], {"2025-04": 1, "2025-02": 2})
        column.month_label = False
        self.assertFalse(column.month)

    def test_reading_again(self):
        wizard = self.start(
            make_xlsx(
                [["Code", "Jan", "Feb"], ["A", 1, 2], ["B", 3, 4]],
                sheets=[("Other", [["Notes"], ["Code", "Mar"], ["C", 5]])],
            ),
            file_name="x.xlsx",
        )
        wizard.action_read()
        self.assertEqual(wizard.sheet_ids.mapped("name"), ["Budget", "Other"])
        wizard.sheet_id = wizard.sheet_ids[1]
        action = wizard.action_check()
        self.assertEqual(action["tag"], "display_notification")
        self.assertEqual(wizard.state, "columns")
        self.assertEqual(wizard.column_ids.mapped("header"), ["Code", "Mar"])
        wizard.header_row = 1
        wizard.action_read()
        self.assertEqual((wizard.header_row, wizard.row_count), (1, 2))
        wizard.action_back()
        self.assertEqual((wizard.state, wizard.sheet_id.id), ("upload", False))

    def test_encoding_chosen(self):
        wizard = self.start("Code;Name;Jan;Feb\nA;Café;1,5;2\n".encode("cp1252"))
        wizard.action_read()
        self.assertRecordValues(
            wizard, [{"is_csv": True, "encoding": "cp1252", "separator": ";"}]
        )
        wizard.encoding = "utf-8"
        with self.assertRefused(UserError, "isn't written in the encoding utf-8"):
            wizard.action_read()
        wizard.encoding = "mac_roman"
        wizard.action_read()
        self.assertNotIn("Café", wizard.column_ids[1].sample)


@tagged("post_install", "-at_install")
class TestImportRights(ImportCommon):
    def test_who_may_import(self):
        for role in ("viewer", "proposer"):
            with self.subTest(role=role), self.assertRefused(UserError, "not plan it"):
                self.start(WIDE, user=self.users[role]).action_read()
            with self.subTest(role=role), self.assertRefused(UserError, "not plan it"):
                self.budget.with_user(self.users[role]).action_import()
        with self.assertRefused(AccessError, ""):
            self.start(WIDE, user=self.outsider)
        with self.assertRefused(AccessError, ""):
            self.budget.with_user(self.outsider).action_import()
        for user in (self.planner, self.users["manager"], self.owner):
            wizard = self.env["sop.budget.import"].browse(
                self.budget.with_user(user).action_import()["res_id"]
            )
            self.assertEqual(wizard.create_uid, user)

    def test_not_into_approved_budgets(self):
        wizard = self.start(WIDE)
        self.check(wizard)
        self.make_category("X", amounts=1)
        self.budget.action_submit()
        self.budget.action_approve()
        wizard.action_import()
        with self.assertRefused(UserError, "is approved"):
            wizard.write_step()

    def test_imports_are_ones_own(self):
        wizard = self.start(WRONG)
        self.check(wizard)
        for record in (
            wizard,
            wizard.column_ids[0],
            wizard.line_ids[0],
            wizard.issue_ids[0],
        ):
            record = record.with_user(self.users["manager"])
            refused = self.assertRefused(AccessError, "")
            with self.subTest(model=record._name), refused:
                record.read()

    def test_remembered_columns_stay_in_their_company(self):
        self.check(self.start(WIDE))
        other = self.setup_other_company(name="Other")["company"]
        stranger = self.make_user("sop_stranger")
        stranger.write(
            {"company_ids": [Command.set(other.ids)], "company_id": other.id}
        )
        mappings = self.env["sop.budget.import.mapping"].with_user(stranger).search([])
        self.assertFalse(mappings)

    def test_start_from_the_menu(self):
        action = self.env["sop.budget.import"].with_user(self.planner).action_start()
        wizard = self.env["sop.budget.import"].browse(action["res_id"])
        self.assertEqual((wizard.state, wizard.target), ("upload", "new"))
        self.assertEqual(wizard.display_name, "Import a budget")
        context = {"active_model": "sop.budget", "active_id": self.budget.id}
        action = self.env["sop.budget.import"].with_context(**context).action_start()
        wizard = self.env["sop.budget.import"].browse(action["res_id"])
        self.assertEqual((wizard.target, wizard.budget_id), ("existing", self.budget))

    def test_actions_at_the_end(self):
        wizard = self.import_file(WIDE)
        self.assertEqual(wizard.action_open_budget()["res_id"], self.budget.id)
        self.assertEqual(wizard.action_open_grid()["tag"], "sop_budget.grid")
