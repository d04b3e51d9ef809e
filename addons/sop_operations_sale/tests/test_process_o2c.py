# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from odoo.fields import Command
from odoo.tests import tagged

from odoo.addons.sop_operations.tests.common_process import ProcessCommon

from . import process_sql


@tagged("post_install", "-at_install")
class TestOrderCash(ProcessCommon):
    """Quotations, orders and invoices on known days; figures are worked out by hand."""

    sql = (*ProcessCommon.sql, process_sql)

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env.user.group_ids |= cls.env.ref("sales_team.group_sale_manager")
        cls.item.invoice_policy = "order"
        cls.team = cls.env["crm.team"].create(
            {"name": "Team of tests", "company_id": cls.company.id}
        )

    def make_quote(self, created, amount=100.0, **vals):
        order = self.env["sale.order"].create(
            {
                "partner_id": self.partner_a.id,
                "company_id": self.company.id,
                "team_id": False,
                "validity_date": False,
                "payment_term_id": False,
                "order_line": [
                    Command.create(
                        {
                            "product_id": self.item.id,
                            "product_uom_qty": 10,
                            "price_unit": amount / 10,
                            "tax_ids": [Command.clear()],
                        }
                    )
                ],
                **vals,
            }
        )
        self.flush_changes()
        self.set_created(order, created)
        return order

    def confirm(self, order, moment):
        with self.on(moment):
            order.action_confirm()
            self.flush_changes()

    def invoice(self, order, day, quantity=None):
        invoice = order._create_invoices()
        invoice.invoice_date = invoice.date = day
        if quantity:
            invoice.invoice_line_ids.quantity = quantity
        self.flush_changes()
        invoice.action_post()
        self.flush_changes()
        return invoice

    def test_quotations(self):
        won, undone, lost, expired, late = (
            self.make_quote("2025-03-01 08:00:00", 100 * n) for n in range(1, 6)
        )
        self.confirm(won, "2025-03-04 08:00:00")  # 3 days
        # An order that is cancelled later was an order
        self.confirm(undone, "2025-03-05 08:00:00")
        with self.on("2025-03-06 08:00:00"):
            undone._action_cancel()
            self.flush_changes()
        lost._action_cancel()
        expired.validity_date = "2025-04-01"
        self.confirm(late, "2025-03-12 20:00:00")  # 11.5 days
        waiting = self.make_quote("2025-05-01 08:00:00", 700)
        self.make_quote("2025-06-20 08:00:00", validity_date="2025-07-20")
        self.flush_changes()

        self.check("o2c_quote_conversion", 60, cases=5)
        result = self.get_result("o2c_quote_conversion")
        self.assertEqual((result.open, result.stuck, result.stuck_amount), (2, 1, 700))
        self.assertEqual(result.worst_id, waiting.id)
        self.check("o2c_order_cycle", 7.25, cases=2)
        self.check("o2c_order_cancelled", 100 / 3, cases=3)

    def test_order_changed(self):
        changed, kept = (self.make_quote("2025-03-01 08:00:00") for _order in range(2))
        for order in changed + kept:
            self.confirm(order, "2025-03-02 08:00:00")
        with self.on("2025-03-09 08:00:00"):
            changed.order_line.price_unit = 7
            self.flush_changes()
        self.check("o2c_order_changed", 50, cases=2)

    def test_orders_to_cash(self):
        paid, part, unpaid, old, fresh = (
            self.make_quote("2025-03-01 08:00:00") for _order in range(5)
        )
        for order in paid + part + unpaid + old:
            self.confirm(order, "2025-03-02 08:00:00")
        self.confirm(fresh, "2025-06-29 08:00:00")
        # In two invoices; the second is paid last
        first = self.invoice(paid, "2025-03-12", quantity=4)
        second = self.invoice(paid, "2025-03-22")
        self.pay(first, "2025-04-11")
        self.pay(second, "2025-04-01")
        self.invoice(part, "2025-03-06", quantity=4)
        self.invoice(unpaid, "2025-03-22")
        # The invoice is older than the order: no such step
        early = self.invoice(old, "2025-03-01")
        self.pay(early, "2025-04-21")

        # 10, 4 and 20 days
        self.check("o2c_order_to_invoice", 10, cases=3)
        result = self.get_result("o2c_order_to_invoice")
        self.assertEqual((result.open, result.left_out), (1, 1))
        # 40 and 50 days
        self.check("o2c_order_to_cash", 45, cases=2)
        self.assertEqual(self.get_result("o2c_order_to_cash").open, 3)
        # 60 of the part invoiced one and all of the fresh one
        self.check("o2c_backlog", 160, cases=2)
        result = self.get_result("o2c_backlog")
        self.assertEqual((result.stuck, result.stuck_amount), (1, 60))

    def test_invoices(self):
        on_time = self.make_invoice("2025-03-01", 100, "out_invoice", due="2025-03-31")
        self.pay(on_time, "2025-03-11")
        late = self.make_invoice("2025-03-01", 200, "out_invoice", due="2025-03-15")
        self.pay(late, "2025-03-10", 50)
        self.pay(late, "2025-03-31", 150)
        refunded = self.make_invoice("2025-04-01", 100, "out_invoice", due="2025-04-30")
        self.refund(refunded, "2025-04-05")
        half = self.make_invoice("2025-04-01", 300, "out_invoice", due="2025-05-10")
        self.pay(half, "2025-04-10", 100)
        self.make_invoice("2025-06-20", 600, "out_invoice", due="2025-07-20")
        reset = self.make_invoice("2025-06-10", 50, "out_invoice", due="2025-07-20")
        reset.button_draft()
        self.flush_changes()

        self.check("o2c_days_to_collect", 20, cases=2)
        result = self.get_result("o2c_days_to_collect")
        self.assertEqual((result.open, result.left_out), (2, 1))
        # On time one of three: the half paid one is late
        self.check("o2c_on_time_collection", 100 / 3, cases=3)
        # 200 of 800
        self.check("o2c_overdue", 25, cases=2)
        cases = self.get_cases("o2c_overdue", ("open", "stuck"))
        self.assertEqual(
            {case.res_id: case.category for case in cases}[half.id],
            "31 to 60 days late",
        )
        # 100 of 1300
        self.check("o2c_credit_notes", 100 * 100 / 1300, cases=6)
        self.check("o2c_invoiced", 1200, cases=6)
        self.check("o2c_invoice_reset", 100 / 6, cases=6)

    def test_equal_to_plain_sql(self):
        names = ("whole", "parts", "unpaid", "gone", "again", "lost", "late", "changed")
        quotes = {
            name: self.make_quote(f"2025-03-{n + 1:02} 08:00:00", 100 * (n + 1))
            for n, name in enumerate(names)
        }
        for n, name in enumerate(
            ("whole", "parts", "unpaid", "gone", "again", "changed")
        ):
            self.confirm(quotes[name], f"2025-03-{12 + 3 * n} {8 + n:02}:00:00")
        quotes["late"].validity_date = "2025-04-01"
        quotes["lost"]._action_cancel()
        with self.on("2025-04-01 08:00:00"):
            (quotes["gone"] + quotes["again"])._action_cancel()
            self.flush_changes()
        with self.on("2025-04-05 08:00:00"):
            quotes["again"].action_draft()
            self.flush_changes()
        self.confirm(quotes["again"], "2025-04-09 08:00:00")
        with self.on("2025-04-09 08:00:00"):
            quotes["changed"].order_line.price_unit = 7
            self.flush_changes()
        self.make_quote("2025-05-01 08:00:00", 700)
        # Invoiced in parts, in full, with a credit note; one invoice is only a draft
        first = self.invoice(quotes["whole"], "2025-04-12", quantity=4)
        second = self.invoice(quotes["whole"], "2025-04-22")
        self.pay(first, "2025-05-11")
        self.pay(second, "2025-05-01", 20)
        self.pay(second, "2025-06-01", 40)
        self.invoice(quotes["parts"], "2025-04-06", quantity=3)
        self.invoice(quotes["unpaid"], "2025-04-22")
        self.refund(self.invoice(quotes["again"], "2025-05-15"), "2025-05-20")
        quotes["changed"]._create_invoices()
        reset = self.make_invoice("2025-06-10", 50, "out_invoice", due="2025-07-20")
        reset.button_draft()
        on_time = self.make_invoice("2025-03-01", 100, "out_invoice", due="2025-03-31")
        self.pay(on_time, "2025-03-11")
        half = self.make_invoice("2025-04-01", 300, "out_invoice", due="2025-05-10")
        self.pay(half, "2025-04-10", 100)
        self.make_invoice("2025-06-20", 600, "out_invoice", due="2025-07-20")
        self.make_invoice("2025-06-21", 30, "out_refund")
        self.flush_changes()
        codes = self.check_family("o2c_")
        found = self.metrics.search([("process", "=", "o2c")])
        # Those three depend on Inventory and are compared in its add-on
        self.assertEqual(len(codes), len(found) - 3)

    def test_team(self):
        order = self.make_quote("2025-03-01 08:00:00", team_id=self.team.id)
        other = self.make_quote("2025-03-01 08:00:00")
        self.confirm(order, "2025-03-03 08:00:00")
        self.confirm(other, "2025-03-09 08:00:00")
        self.assertEqual(self.get_value("o2c_order_cycle"), 5)
        self.assertEqual(self.get_value("o2c_order_cycle", team="Team of tests"), 2)
        cases = self.get_cases("o2c_order_cycle")
        self.assertEqual(set(cases.mapped("team")), {"Team of tests", False})

    def test_every_metric_computes(self):
        for metric in self.metrics.search([("process", "=", "o2c")]):
            with self.subTest(metric=metric.code):
                self.assertIsNone(self.get_value(metric.code))
                self.assertFalse(self.get_cases(metric.code))
                self.assertEqual(metric.value_text, "No data")
