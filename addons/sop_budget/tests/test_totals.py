# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from odoo.tests import tagged

from .common import SopBudgetCommon


@tagged("post_install", "-at_install")
class TestTotals(SopBudgetCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.top = cls.make_category("P")
        cls.travel = cls.make_category("P1", cls.top, amounts=100, analytic=True)
        cls.secret = cls.make_category(
            "P2", cls.top, amounts=1000, analytic=True, visibility="manager"
        )
        cls.income = cls.make_category("I", kind="income", amounts=500)
        cls.post_bill(
            300, "2025-02-10", distribution={cls.travel.analytic_account_id: 100}
        )
        cls.post_bill(50, "2025-02-10")

    def test_totals_of_a_budget(self):
        self.assertRecordValues(
            self.budget,
            [
                {
                    "planned_total": 13200.0,
                    "committed_total": 0.0,
                    "actual_total": 350.0,
                    "available_total": 12850.0,
                }
            ],
        )
        self.assertAlmostEqual(self.budget.utilisation, 100 * 350 / 13200)

    def test_hidden_amounts_are_in_no_total(self):
        with self.as_role("viewer") as budget:
            self.assertEqual(budget.planned_total, 1200.0)
            self.assertEqual(budget.available_total, 850.0)
            top = self.top.with_env(budget.env)
            self.assertEqual(top.planned, 1200.0)

    def test_figures_of_categories(self):
        self.assertRecordValues(
            self.top | self.travel,
            [
                {"planned": 13200.0, "actual": 300.0, "available": 12900.0},
                {"planned": 1200.0, "actual": 300.0, "available": 900.0},
            ],
        )
        self.assertEqual(self.travel.utilisation, 25.0)
        self.assertEqual(self.income.actual, 0.0)

    def test_new_records_have_no_figures(self):
        self.assertEqual(self.env["sop.budget"].new({"name": "x"}).planned_total, 0.0)
        self.assertEqual(self.env["sop.budget.category"].new({}).planned, 0.0)
