# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from odoo import fields
from odoo.tests import TransactionCase, freeze_time, loaded_demo_data, tagged
from odoo.tools import convert_file

from .common import report_without_claims

FILES = ("demo/sop_budget_demo.xml", "demo/sop_budget_demo_documents.xml")


@tagged("post_install", "-at_install")
class TestDemo(TransactionCase):
    """The demo data install on any day, and always give the figures that the manual names."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        report_without_claims(cls)

    def load(self):
        if loaded_demo_data(self.env) and self.env.ref(
            "sop_budget.sop_budget_demo", raise_if_not_found=False
        ):
            self.skipTest("The database has the demo data of another day")
        for name in FILES:
            convert_file(self.env, "sop_budget", name, {}, mode="init", noupdate=True)
        return self.env.ref("sop_budget.sop_budget_demo")

    def assertFigures(self, budget):
        matrix = budget._get_matrix(draft=True)
        self.assertEqual(len(matrix.ids), 31)
        external = {
            category.id: category.is_external for category in budget.category_ids
        }
        sums = {False: [0] * 4, True: [0] * 4}
        for position, category in enumerate(matrix.ids):
            if matrix.leaves[position] and matrix.kinds[position] == "expense":
                for number, measure in enumerate(
                    ("planned", "committed", "actual", "preparing")
                ):
                    sums[external[category]][number] += int(
                        getattr(matrix, measure)[position].sum()
                    )
        cents = {
            False: [45_080_000, 4_500_000, 12_540_000, 600_000],
            True: [14_220_000, 2_200_000, 5_340_000, 250_000],
        }
        self.assertEqual(sums, cents)
        self.assertEqual(
            matrix.unassigned["actual"].sum(axis=1).tolist(), [150_000, 0, 0]
        )
        income = matrix.total("actual", "income").sum()
        self.assertEqual(income, 7_710_000)

    def assertStates(self, budget):
        """Over, under, untouched, in preparation, foreign, external, paid and not."""
        matrix = budget._get_matrix()
        left = {
            category.code: int(matrix.available[matrix.row(category.id)].sum())
            for category in budget.category_ids
        }
        self.assertEqual(left["P4"], -40_000, "over")
        self.assertEqual(left["P2"], 1_900_000, "under")
        self.assertEqual(left["FJ"], 1_600_000, "untouched")
        orders = self.env["purchase.order"].search(
            [("company_id", "=", budget.company_id.id)]
        )
        self.assertEqual(
            set(orders.mapped("state")), {"draft", "sent", "purchase", "cancel"}
        )
        self.assertEqual(set(orders.currency_id.mapped("name")), {"USD", "EUR"})
        self.assertTrue(orders.order_line.filtered("sop_released"))
        bills = self.env["account.move"].search(
            [("company_id", "=", budget.company_id.id), ("state", "=", "posted")]
        )
        self.assertEqual(
            set(bills.mapped("move_type")),
            {"entry", "in_invoice", "in_refund", "out_invoice"},
        )
        self.assertTrue(bills.filtered(lambda b: b.payment_state == "not_paid"))
        self.assertTrue(
            bills.filtered(lambda b: b.payment_state in ("paid", "in_payment"))
        )
        year = fields.Date.today().year
        self.assertEqual({day.year for day in bills.mapped("date")}, {year})
        self.assertLessEqual(max(bills.mapped("date")), fields.Date.today())

    @freeze_time("2026-01-01 08:00:00")
    def test_first_day_of_the_year(self):
        budget = self.load()
        self.assertFigures(budget)
        self.assertStates(budget)
        draft = self.env.ref("sop_budget.sop_budget_demo_next")
        self.assertEqual((draft.state, draft.date_to.year), ("draft", 2027))
        self.assertEqual(draft.category_count, budget.category_count)

    @freeze_time("2028-02-29 23:30:00")
    def test_leap_day(self):
        self.assertFigures(self.load())

    @freeze_time("2026-12-31 23:59:00")
    def test_last_day_of_the_year(self):
        budget = self.load()
        self.assertFigures(budget)
        self.assertStates(budget)

    @freeze_time("2026-05-20 08:00:00")
    def test_table(self):
        self.assertEqual(self.env["sop.budget"]._get_terminal_table(), "")
        self.load()
        table = self.env["sop.budget"]._get_terminal_table()
        rows = {line.split("  ")[0]: line.split() for line in table.splitlines()}
        self.assertEqual(
            rows["Internal money"][2:],
            ["450,800", "45,000", "125,400", "280,400", "38%"],
        )
        self.assertEqual(rows["All sources"][2], "593,000")
        self.assertIn("over by 400", table)
        self.assertIn("untouched", table)
        self.assertIn("6,000 in preparation", table)
        self.assertLess(max(map(len, table.splitlines())), 125)
