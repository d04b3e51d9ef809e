# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from odoo.fields import Command
from odoo.tests import tagged

from odoo.addons.sop_operations.tests.common_process import ProcessCommon

from . import process_sql


@tagged("post_install", "-at_install")
class TestReceipts(ProcessCommon):
    """Receipts of orders on known days; figures are worked out by hand."""

    sql = (*ProcessCommon.sql, process_sql)

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.goods = cls._create_product(
            name="Goods", type="consu", is_storable=True, standard_price=10
        )

    def make_order(self, approved, planned="2025-03-10 08:00:00"):
        order = self.env["purchase.order"].create(
            {
                "partner_id": self.partner_a.id,
                "company_id": self.company.id,
                "order_line": [
                    Command.create(
                        {
                            "product_id": self.goods.id,
                            "product_qty": 10,
                            "price_unit": 10,
                            "date_planned": planned,
                            "tax_ids": [Command.clear()],
                        }
                    )
                ],
            }
        )
        with self.on(approved):
            order.button_confirm()
            self.flush_changes()
        return order

    def receive(self, order, moment, quantity=10):
        with self.on(moment):
            picking = order.picking_ids.filtered(lambda one: one.state != "done")[:1]
            picking.move_ids.quantity = quantity
            picking.move_ids.picked = True
            picking.with_context(cancel_backorder=False)._action_done()
            self.flush_changes()
        self.assertEqual(picking.state, "done")
        return picking

    def bill(self, order, day):
        bill = self.env["account.move"].create(
            {
                "move_type": "in_invoice",
                "partner_id": order.partner_id.id,
                "company_id": self.company.id,
                "invoice_date": day,
                "date": day,
                "invoice_line_ids": [
                    Command.create(
                        {
                            "product_id": self.goods.id,
                            "quantity": 10,
                            "price_unit": 10,
                            "tax_ids": [Command.clear()],
                            "purchase_line_id": order.order_line.id,
                        }
                    )
                ],
            }
        )
        bill.action_post()
        self.flush_changes()
        return bill

    def test_receipts(self):
        whole, parts, half, nothing, early = (
            self.make_order("2025-03-01 08:00:00") for _order in range(5)
        )
        self.receive(whole, "2025-03-05 08:00:00")
        self.receive(parts, "2025-03-09 08:00:00", 6)
        self.receive(parts, "2025-03-11 20:00:00", 4)
        self.receive(half, "2025-03-10 20:00:00", 5)
        self.receive(early, "2025-03-07 08:00:00")
        back = self.env["stock.return.picking"].create(
            {"picking_id": whole.picking_ids.id}
        )
        back.product_return_moves.quantity = 2
        returned = back._create_return()
        with self.on("2025-03-20 08:00:00"):
            returned.move_ids.picked = True
            returned._action_done()
            self.flush_changes()
        self.assertEqual(returned.state, "done")

        # 4, 10.5 and 6 days; a return is no receipt
        self.check("p2p_order_to_receipt", 6, cases=3)
        result = self.get_result("p2p_order_to_receipt")
        self.assertEqual((result.open, result.stuck, result.stuck_amount), (2, 2, 200))
        # Five receipts, one after the day
        self.check("p2p_supplier_on_time", 80, cases=5)

        self.bill(whole, "2025-03-08")
        self.bill(parts, "2025-03-19")
        self.bill(early, "2025-03-06")
        self.flush_changes()
        # 3 and 10 days; one bill is older than the receipt, one order has none
        self.check("p2p_receipt_to_bill", 6.5, cases=2)
        result = self.get_result("p2p_receipt_to_bill")
        self.assertEqual((result.open, result.left_out), (1, 1))
        self.assertTrue(nothing)
        # Never confirmed again, and what never comes
        nothing.button_cancel()
        half.picking_ids.filtered(lambda one: one.state != "done").action_cancel()
        self.refund(self.bill(half, "2025-04-01"), "2025-04-10")
        self.flush_changes()
        for code in process_sql.CASES:
            with self.subTest(code=code):
                self.assertTrue(self.check_sql(code))

    def test_inventory_days(self):
        accounts = self.metrics._get_inventory_accounts(self.company.ids)
        stock = self.company_data["default_account_assets"].copy(
            {"name": "Goods on stock", "code": "STOCK1"}
        )
        self.goods.categ_id.with_company(
            self.company
        ).property_stock_valuation_account_id = stock
        self.assertIn(
            stock, self.metrics._get_inventory_accounts(self.company.ids) - accounts
        )
        cost = self.company_data["default_account_expense"].copy(
            {"account_type": "expense_direct_cost", "code": "COST1"}
        )
        other = self.company_data["default_account_revenue"]
        for day, debit, credit, amount in (
            ("2024-12-01", stock, other, 900),
            ("2025-02-01", cost, stock, 300),
            ("2025-05-01", cost, stock, 100),
        ):
            self.env["account.move"].create(
                {
                    "date": day,
                    "company_id": self.company.id,
                    "journal_id": self.company_data["default_journal_misc"].id,
                    "line_ids": [
                        Command.create({"account_id": debit.id, "debit": amount}),
                        Command.create({"account_id": credit.id, "credit": amount}),
                    ],
                }
            ).action_post()
        # 500 left, 400 used in 181 days
        self.assertAlmostEqual(self.get_value("cash_dio"), 500 / 400 * 181)
        # Nothing sold or bought: no cycle
        self.assertIsNone(self.get_value("cash_cycle", "2025-03-01", "2025-04-30"))
        # Sold and bought, paid in part, taken back; one item isn't posted
        self.pay(
            self.make_invoice("2025-01-20", 2000, "out_invoice"), "2025-02-20", 700
        )
        self.refund(self.make_invoice("2025-03-03", 400, "out_invoice"), "2025-04-01")
        self.pay(self.make_invoice("2025-02-12", 800), "2025-03-01", 300)
        self.make_invoice("2025-03-20", 150, "in_refund")
        self.make_invoice("2025-03-25", 4000, post=False)
        periods = (("2025-01-01", "2025-06-30"), ("2025-02-10", "2025-05-12"))
        self.check_figure_sql("cash_dio", *periods)
        self.check_figure_sql("cash_cycle", periods[0])
        cycle = sum(self.get_value(f"cash_{code}") for code in ("dio", "dso"))
        self.assertAlmostEqual(
            self.get_value("cash_cycle"), cycle - self.get_value("cash_dpo")
        )

    def test_every_metric_computes(self):
        for metric in self.metrics.search([("process", "=", "p2p")]):
            with self.subTest(metric=metric.code):
                self.assertIsNone(self.get_value(metric.code))
                self.assertFalse(metric.problem)
                self.assertFalse(self.get_cases(metric.code))
