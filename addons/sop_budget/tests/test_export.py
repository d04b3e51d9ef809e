# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
import io

from odoo.tests import HttpCase, tagged
from odoo.tools import mute_logger

from .common import SopBudgetCommon
from .test_import import ImportCommon


class ExportCommon(SopBudgetCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.source = cls.env["sop.funding.source"].create(
            {"name": "Grant", "is_external": True}
        )
        cls.people = cls.make_category("P", name="People")
        cls.lead = cls.make_category(
            "P1",
            cls.people,
            {"2025-01": 100.1, "2025-12": -5},
            name="=Lead",
            source_id=cls.source.id,
            user_id=cls.owner.id,
            impact="=3*4 trips",
        )
        cls.secret = cls.make_category(
            "P2", cls.people, 1000, name="Salary", visibility="manager"
        )
        cls.sales = cls.make_category("S", amounts={"2025-02": 70}, kind="income")
        cls.rent = cls.make_category("A", amounts={"2025-03": 33.33})

    def load(self, content, data_only=True):
        import openpyxl

        return openpyxl.load_workbook(io.BytesIO(content), data_only=data_only).active

    def codes(self, sheet):
        return [cell.value for cell in sheet["A"][4:] if cell.value]


@tagged("post_install", "-at_install")
class TestExport(ExportCommon, ImportCommon):
    def test_the_sheet(self):
        sheet = self.load(self.budget.get_sheet())
        self.assertEqual(sheet["A1"].value, "Budget 2025")
        self.assertIn(self.currency.name, sheet["A2"].value)
        self.assertEqual(self.codes(sheet), ["A", "P", "P1", "P2", "S"])
        lead = [cell.value for cell in sheet[7]]
        self.assertEqual(
            lead[:8],
            [
                "P1",
                "=Lead",
                "P",
                "Expense",
                "Grant",
                self.owner.name,
                None,
                "=3*4 trips",
            ],
        )
        self.assertEqual(sheet[7][1].data_type, "s")
        self.assertEqual((lead[8], lead[19], lead[20]), (100.1, -5, 95.1))
        self.assertEqual(sheet[6][20].value, 12095.1)
        totals = {row[1].value: row[20].value for row in sheet.iter_rows(10)}
        self.assertEqual(totals, {"Σ Expense": 12128.43, "Σ Income": 70})

    def test_it_imports_back_unchanged(self):
        before = self.amounts()
        content = self.budget.get_sheet()
        wizard = self.start(content, user=self.owner, file_name="grid.xlsx")
        self.check(wizard)
        self.assertEqual(wizard.issue_ids.mapped("level"), ["info", "info"])
        self.assertRecordValues(
            wizard, [{"new_count": 0, "update_count": 0, "same_count": 5}]
        )
        self.write(wizard)
        self.assertEqual(self.amounts(), before)
        copy = self.start(
            content, user=self.owner, target="new", budget_id=False, file_name="C.xlsx"
        )
        self.check(copy)
        self.assertFalse(copy.error_count)
        self.write(copy)
        self.assertEqual(self.amounts(copy.budget_id), before)
        fields = ["code", "name", "kind", "impact", "source_id", "user_id"]
        one, two = (
            budget.category_ids.sorted("code").read(fields, load="_classic_write")
            for budget in (self.budget, copy.budget_id)
        )
        for row in one + two:
            del row["id"]
        self.assertEqual(one, two)

    def test_it_imports_back_in_another_language(self):
        self.env["res.lang"]._activate_lang("fr_FR")
        self.owner.lang = "fr_FR"
        budget = self.budget.with_user(self.owner).with_context(lang="fr_FR")
        wizard = self.start(budget.get_sheet(), user=self.owner)
        wizard = wizard.with_context(lang="fr_FR")
        self.check(wizard)
        self.assertRecordValues(
            wizard, [{"error_count": 0, "update_count": 0, "same_count": 5}]
        )

    def test_hidden_categories_are_missing_in_the_totals_too(self):
        planner = self.users["planner"]
        sheet = self.load(self.budget.with_user(planner).get_sheet())
        self.assertEqual(self.codes(sheet), ["A", "P", "P1", "S"])
        self.assertEqual(sheet[6][20].value, 95.1)

    def test_chosen_categories_with_what_is_below(self):
        chosen = self.people | self.lead | self.sales
        sheet = self.load(self.budget.get_sheet(chosen))
        self.assertEqual(self.codes(sheet), ["P", "P1", "P2", "S"])
        sheet = self.load(self.budget.get_sheet(self.lead))
        self.assertEqual(self.codes(sheet), ["P1"])

    def test_the_format_of_the_currency(self):
        self.currency.write({"symbol": "₫", "position": "after", "rounding": 1})
        sheet = self.load(self.budget.get_sheet())
        self.assertEqual(sheet["I7"].number_format, '#,##0\\ "₫";[Red]\\-#,##0\\ "₫"')
        self.assertEqual(sheet["I7"].value, 100)

    def test_an_empty_budget(self):
        empty = self.make_budget(name="Empty", date_to="2025-03-31")
        self.assertEqual(self.codes(self.load(empty.get_sheet())), [])

    def test_actions(self):
        url = self.budget.action_export_xlsx()["url"]
        self.assertEqual(url, f"/sop_budget/budget/{self.budget.id}/xlsx")
        action = (self.lead | self.rent).action_export_xlsx()
        self.assertEqual(
            action["url"], f"{url}?categories={self.lead.id},{self.rent.id}"
        )

    def test_few_queries(self):
        for at in range(50):
            self.make_category(f"P1{at}x", self.people, {"2025-01": at})
        self.env.invalidate_all()
        with self.assertQueryCount(30):
            self.budget.get_sheet()


@tagged("post_install", "-at_install")
class TestExportRoute(ExportCommon, HttpCase):
    def _get(self, login, query="", budget=None):
        self.authenticate(login, login.ljust(8, "x"))
        budget = budget or self.budget
        return self.url_open(f"/sop_budget/budget/{budget.id}/xlsx{query}")

    def test_download(self):
        response = self._get("sop_viewer")
        self.assertEqual(response.status_code, 200)
        self.assertIn("Budget%202025.xlsx", response.headers["Content-Disposition"])
        self.assertEqual(self.codes(self.load(response.content)), ["A", "P", "P1", "S"])
        response = self._get(
            "sop_viewer", f"?categories={self.secret.id},{self.rent.id}"
        )
        self.assertEqual(self.codes(self.load(response.content)), ["A"])

    @mute_logger("odoo.http")
    def test_refusals(self):
        self.assertEqual(self._get("sop_outsider").status_code, 404)
        for query in ("?categories=x", "?categories=1,,2", "?categories=1;drop"):
            with self.subTest(query=query):
                self.assertEqual(self._get("sop_viewer", query).status_code, 400)
        gone = self.make_budget(name="Gone")
        gone.unlink()
        self.assertEqual(self._get("sop_viewer", budget=gone).status_code, 404)
