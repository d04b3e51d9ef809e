# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from odoo.tests import tagged

from .common_commitments import CommitmentCommon


@tagged("post_install", "-at_install")
class TestCommitmentsInMatrix(CommitmentCommon):
    """What orders and their bills do to the figures of a budget."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.category = cls.make_category(
            "A", analytic=True, amounts={"2025-04": 1500.0}
        )
        cls.analytic = cls.category.analytic_account_id

    def get_figures(self, category=None, budget=None):
        """Planned, preparing, committed, actual and available of a category, all months."""
        matrix = (budget or self.budget)._get_matrix(draft=True)
        row = matrix.row((category or self.category).id)
        arrays = (matrix.planned, matrix.preparing, matrix.committed, matrix.actual)
        return tuple(
            int(array[row].sum()) / 100 for array in (*arrays, matrix.available)
        )

    def test_order_in_foreign_currency(self):
        """1,000 at a foreign rate, 40 % billed, 10 % credited, the rest cancelled.

        The order is worth 1,000 / 0.8 = 1,250.00. The bill comes when the rate is 0.5: its
        400 are 800.00 in the books, while 600 / 0.8 = 750.00 of the order stay open. The
        credit note takes 100 / 0.5 = 200.00 back and opens 100 / 0.8 = 125.00 again.
        """
        order = self.make_order(
            {"analytic_distribution": {str(self.analytic.id): 100}},
            confirm=False,
            currency_id=self.other_currency.id,
        )
        line = order.order_line
        #                                    planned, preparing, committed, actual, available
        self.assertEqual(self.get_figures(), (1500, 1250, 0, 0, 1500))
        self.confirm(order)
        self.assertEqual(self.get_figures(), (1500, 0, 1250, 0, 250))
        bill = self.make_bill(line, 4, date="2025-07-01", post=False)
        self.assertEqual(self.get_figures(), (1500, 0, 1250, 0, 250))
        bill.action_post()
        self.assertEqual(self.get_figures(), (1500, 0, 750, 800, -50))
        self.make_bill(line, 1, date="2025-07-02", credit=True)
        self.assertEqual(self.get_figures(), (1500, 0, 875, 600, 25))
        line.product_qty = 3
        self.assertEqual(self.get_figures(), (1500, 0, 0, 600, 900))

    def test_rest_released(self):
        order = self.make_order({"analytic_distribution": {str(self.analytic.id): 100}})
        self.make_bill(order.order_line, 4)
        self.assertEqual(self.get_figures(), (1500, 0, 600, 400, 500))
        order.action_sop_release_rest()
        self.assertEqual(self.get_figures(), (1500, 0, 0, 400, 1100))
        order.action_sop_undo_release()
        self.assertEqual(self.get_figures(), (1500, 0, 600, 400, 500))

    def test_tax_that_is_lost(self):
        """The bill takes what the order had promised, to the cent, with its taxes."""
        tax = self.make_tax(7.3, recoverable=40)
        order = self.make_order(
            {
                "price": 33.33,
                "quantity": 3.0,
                "taxes": tax,
                "analytic_distribution": {str(self.analytic.id): 100},
            }
        )
        promised = self.get_figures()[2]
        self.assertEqual(promised, 104.37)  # 99.99 + 60 % of 7.30 = 104.3694
        self.make_bill(order.order_line, 3)
        self.assertEqual(self.get_figures()[2:4], (0, promised))

    def test_months_shares_and_unassigned(self):
        """Each part in the month and the category that its bill will be in."""
        other = self.make_category("B", analytic=True)
        order = self.make_order(
            {
                "price": 33.33,
                "quantity": 1.0,
                "analytic_distribution": {
                    str(self.analytic.id): 60,
                    str(other.analytic_account_id.id): 30,
                },
            },
            {"date_planned": "2025-09-01 08:00:00"},
        )
        matrix = self.budget._get_matrix()
        april, september = 3, 8
        rows = [matrix.row(self.category.id), matrix.row(other.id)]
        self.assertEqual(matrix.committed[rows, april].tolist(), [2000, 1000])
        self.assertEqual(matrix.committed[rows].sum(), 3000)
        loose = matrix.unassigned["committed"][0]
        self.assertEqual((loose[april], loose[september]), (333, 100_000))
        total = sum(order.order_line.mapped("sop_open_amount"))
        self.assertEqual(matrix.total("committed", "expense").sum(), round(total * 100))

    def test_advance(self):
        """With an advance the order still costs what it costs."""
        order = self.make_order({"analytic_distribution": {str(self.analytic.id): 100}})
        advance = self.post_bill(300, "2025-03-10", distribution={self.analytic: 100})
        line = self.env["purchase.order.line"].create(
            {
                "order_id": order.id,
                "name": "Advance",
                "is_downpayment": True,
                "product_qty": 0,
                "price_unit": 300,
                "analytic_distribution": {str(self.analytic.id): 100},
            }
        )
        self.assertEqual(self.get_figures(), (1500, 0, 1000, 300, 200))
        advance.invoice_line_ids.purchase_line_id = line
        self.assertEqual(self.get_figures(), (1500, 0, 700, 300, 500))

    def test_other_company(self):
        """An order of another company is none of this budget's business."""
        data = self.setup_other_company()
        self.env.user.company_ids |= data["company"]
        self.make_order(
            {"product_id": self.product_a.id}, company_id=data["company"].id
        )
        matrix = self.budget._get_matrix()
        self.assertFalse(matrix.committed.any())
        self.assertFalse(matrix.unassigned["committed"].any())
