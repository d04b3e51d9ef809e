# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
import json
from urllib.parse import urlencode

from odoo.tests import HttpCase, tagged
from odoo.tools import mute_logger

from .common_report import ReportCommon


@tagged("post_install", "-at_install")
class TestReportTours(HttpCase, ReportCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.reader = cls.make_user(
            "sop_accountant",
            "sop_budget.group_sop_budget_manager,account.group_account_invoice,"
            "purchase.group_purchase_user",
        )

    def start(self, name):
        url = f"/odoo/{self.budget.id}/budget-report"
        self.start_tour(url, name, login="sop_accountant", timeout=90)

    def test_drill_from_a_figure_to_the_bill(self):
        self.start("sop_budget_report_drill")

    def test_assign_what_is_in_no_category(self):
        self.start("sop_budget_report_assign")
        self.assertEqual(self.tools.rule_ids.account_id, self.expense)

    def test_tie_out(self):
        self.start("sop_budget_report_tie_out")


@tagged("post_install", "-at_install")
class TestReportDownload(HttpCase, ReportCommon):
    def fetch(self, login, options):
        self.authenticate(login, login)
        return self.url_open(
            f"/sop_budget/report/xlsx?{urlencode({'options': options})}"
        )

    def test_workbook(self):
        response = self.fetch("sop_owner", json.dumps({"budget_id": self.budget.id}))
        self.assertEqual(response.status_code, 200)
        self.assertTrue(response.content.startswith(b"PK"))
        self.assertIn("Budget%202025.xlsx", response.headers["Content-Disposition"])

    def test_wrong_requests(self):
        for options in ("nonsense", "[]", "{}"):
            with self.subTest(options=options):
                self.assertEqual(self.fetch("sop_outsider", options).status_code, 400)
        options = json.dumps({"budget_id": self.budget.id})
        with mute_logger("odoo.http"):
            self.assertEqual(self.fetch("sop_outsider", options).status_code, 403)
