# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from odoo.tests import HttpCase, tagged

from .common import SopControlCommon


@tagged("post_install", "-at_install")
class TestVersionTours(SopControlCommon, HttpCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.budget.action_draft()
        cls.first.amount_ids[0].amount = 150

    def test_report_of_the_past(self):
        self.start_tour(
            f"/odoo/{self.budget.id}/budget-report",
            "sop_budget_control_version_report",
            login="sop_owner",
            timeout=90,
        )

    def test_save_and_compare(self):
        self.start_tour(
            f"/odoo/sop.budget/{self.budget.id}",
            "sop_budget_control_version_save",
            login="sop_owner",
            timeout=90,
        )
        self.assertEqual(
            self.budget.version_ids.sorted("number")[-1].name, "After board review"
        )
        self.start_tour(
            "/odoo/budget-versions",
            "sop_budget_control_version_compare",
            login="sop_owner",
            timeout=90,
        )
