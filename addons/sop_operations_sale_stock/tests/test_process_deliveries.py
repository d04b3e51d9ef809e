# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from odoo.fields import Command
from odoo.tests import tagged

from odoo.addons.sop_operations.tests.common_process import ProcessCommon

from . import process_sql


@tagged("post_install", "-at_install")
class TestDeliveries(ProcessCommon):
    """Deliveries of orders on known days; figures are worked out by hand."""

    sql = (*ProcessCommon.sql, process_sql)

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env.user.group_ids |= cls.env.ref("sales_team.group_sale_manager")
        cls.goods = cls._create_product(
            name="Goods", type="consu", invoice_policy="order", standard_price=10
        )

    def make_order(self, confirmed, promised="2025-03-10 08:00:00"):
        order = self.env["sale.order"].create(
            {
                "partner_id": self.partner_a.id,
                "company_id": self.company.id,
                "commitment_date": promised,
                "order_line": [
                    Command.create(
                        {
                            "product_id": self.goods.id,
                            "product_uom_qty": 10,
                            "price_unit": 10,
                            "tax_ids": [Command.clear()],
                        }
                    )
                ],
            }
        )
        with self.on(confirmed):
            order.action_confirm()
            self.flush_changes()
        return order

    def deliver(self, order, moment, quantity=10, backorder=True):
        with self.on(moment):
            picking = order.picking_ids.filtered(lambda one: one.state != "done")[:1]
            picking.move_ids.quantity = quantity
            picking.move_ids.picked = True
            picking.with_context(cancel_backorder=not backorder)._action_done()
            self.flush_changes()
        self.assertEqual(picking.state, "done")
        return picking

    def test_deliveries(self):
        perfect, parts, short, credited, returned, half = (
            self.make_order("2025-03-01 08:00:00") for _order in range(6)
        )
        self.deliver(perfect, "2025-03-05 08:00:00")
        # The second part is late
        self.deliver(parts, "2025-03-09 08:00:00", 6)
        self.deliver(parts, "2025-03-13 08:00:00", 4)
        # The rest never comes
        self.deliver(short, "2025-03-08 08:00:00", 7, backorder=False)
        self.deliver(credited, "2025-03-06 20:00:00")
        self.deliver(half, "2025-03-06 08:00:00", 5)
        picking = self.deliver(returned, "2025-03-04 08:00:00")
        invoice = credited._create_invoices()
        invoice.invoice_date = "2025-03-07"
        invoice.action_post()
        self.refund(invoice, "2025-03-15")
        back = self.env["stock.return.picking"].create({"picking_id": picking.id})
        back.product_return_moves.quantity = 1
        again = back._create_return()
        with self.on("2025-03-20 08:00:00"):
            again.move_ids.picked = True
            again._action_done()
            self.flush_changes()

        # 4, 12, 7, 5.5 and 3 days
        self.check("o2c_order_to_delivery", 5.5, cases=5)
        self.assertEqual(self.get_result("o2c_order_to_delivery").open, 1)
        # Seven deliveries, one of them late
        self.check("o2c_on_time_delivery", 100 * 6 / 7, cases=7)
        self.check("o2c_perfect_order", 20, cases=5)
        cases = self.get_cases("o2c_perfect_order").filtered("value")
        self.assertEqual(cases.res_id, perfect.id)
        # Gone, never sent, without a day that was promised
        self.make_order("2025-03-02 08:00:00")._action_cancel()
        self.make_order("2025-03-03 08:00:00")
        half.picking_ids.filtered(lambda one: one.state != "done").action_cancel()
        dateless = self.make_order("2025-04-01 08:00:00")
        sent = self.deliver(dateless, "2025-04-30 08:00:00")
        self.flush_changes()
        for table, column in (("stock_picking", "id"), ("stock_move", "picking_id")):
            self.cr.execute(
                f"UPDATE {table} SET date_deadline = NULL WHERE {column} = %s",
                [sent.id],
            )
        for code in process_sql.CASES:
            with self.subTest(code=code):
                self.assertTrue(self.check_sql(code))

    def test_every_metric_computes(self):
        for metric in self.metrics.search([("process", "=", "o2c")]):
            with self.subTest(metric=metric.code):
                self.assertIsNone(self.get_value(metric.code))
                self.assertFalse(metric.problem)
                self.assertFalse(self.get_cases(metric.code))
