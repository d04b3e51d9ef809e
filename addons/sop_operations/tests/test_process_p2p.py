# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from odoo.fields import Command
from odoo.tests import tagged

from .common_process import ProcessCommon

#: Months and days on which the orders of the flow are asked for
FLOW = (
    (1, 5),
    (1, 9),
    (2, 1),
    (2, 3),
    (2, 4),
    (2, 11),
    (2, 12),
    (3, 1),
    (5, 9),
    (6, 20),
)


@tagged("post_install", "-at_install")
class TestProcurePay(ProcessCommon):
    """Orders and bills on known days; expected figures are worked out by hand."""

    def make_order(self, created, quantity=10, price=10.0, partner=None):
        order = self.env["purchase.order"].create(
            {
                "partner_id": (partner or self.partner_a).id,
                "company_id": self.company.id,
                "order_line": [
                    Command.create(
                        {
                            "product_id": self.item.id,
                            "product_qty": quantity,
                            "price_unit": price,
                            "tax_ids": [Command.clear()],
                        }
                    )
                ],
            }
        )
        self.flush_changes()
        self.set_created(order, created)
        return order

    def confirm(self, order, moment):
        with self.on(moment):
            order.button_confirm()
            self.flush_changes()

    def cancel(self, order, moment, *, reopen=False):
        with self.on(moment):
            order.button_cancel()
            self.flush_changes()
            if reopen:
                order.button_draft()
                self.flush_changes()

    def bill(
        self, order, day, quantity, price=10.0, *, kind="in_invoice", post=True, **vals
    ):
        bill = self.env["account.move"].create(
            {
                "move_type": kind,
                "partner_id": order.partner_id.id,
                "company_id": self.company.id,
                "invoice_date": day,
                "date": day,
                "invoice_line_ids": [
                    Command.create(
                        {
                            "product_id": self.item.id,
                            "quantity": quantity,
                            "price_unit": price,
                            "tax_ids": [Command.clear()],
                            "purchase_line_id": order.order_line.id,
                        }
                    )
                ],
                **vals,
            }
        )
        self.flush_changes()
        if post:
            bill.action_post()
            self.flush_changes()
        return bill

    def test_request_to_order(self):
        orders = [self.make_order(f"2025-01-{day:02} 08:00:00") for day in (1, 2, 3, 4)]
        self.confirm(orders[0], "2025-01-03 08:00:00")  # 2 days
        self.confirm(orders[1], "2025-01-06 20:00:00")  # 4.5 days
        # Cancelled, reopened and confirmed again: the last confirmation counts
        self.confirm(orders[2], "2025-01-04 08:00:00")
        with self.on("2025-01-05 08:00:00"):
            orders[2].button_cancel()
            self.flush_changes()
        with self.on("2025-01-06 08:00:00"):
            orders[2].button_draft()
            self.flush_changes()
        self.confirm(orders[2], "2025-01-13 08:00:00")  # 10 days
        # Cancelled for good: no case of this metric
        self.confirm(orders[3], "2025-01-05 08:00:00")
        orders[3].button_cancel()
        waiting = self.make_order("2025-06-10 08:00:00", price=50)
        self.make_order("2025-06-25 08:00:00")
        self.flush_changes()

        self.check("p2p_rfq_to_order", 4.5, cases=3)
        result = self.get_result("p2p_rfq_to_order")
        self.assertAlmostEqual(result.summary.mean, (2 + 4.5 + 10) / 3)
        self.assertAlmostEqual(result.summary.p75, 7.25)
        self.assertAlmostEqual(result.summary.p90, 4.5 + 0.8 * 5.5)
        self.assertEqual((result.summary.lowest, result.summary.highest), (2.0, 10.0))
        # Open for 20 and 5 days; nine in ten took at most 8.9
        self.assertEqual((result.open, result.stuck, result.stuck_amount), (2, 1, 500))
        self.assertEqual((result.worst_id, result.worst_days), (waiting.id, 20))
        self.assertEqual(
            self.get_cases("p2p_rfq_to_order", ("stuck",)).mapped("res_id"), waiting.ids
        )
        self.assertEqual(
            self.get_value("p2p_rfq_to_order", "2025-01-10", "2025-01-31"), 10
        )
        self.assertIsNone(self.get_value("p2p_rfq_to_order", "2025-03-01"))
        self.check("p2p_order_cancelled", 25, cases=4)
        self.check("p2p_order_reopened", 100 / 3, cases=3)

    def test_headline_and_limit_are_settings(self):
        for day in (2, 4, 9):
            order = self.make_order("2025-01-01 08:00:00")
            self.confirm(order, f"2025-01-{day + 1:02} 08:00:00")
        self.make_order("2025-06-26 08:00:00")
        metric = self.get_metric("p2p_rfq_to_order")
        metric.write({"statistic": "mean", "stuck_days": 3})
        self.assertEqual(self.get_value("p2p_rfq_to_order"), 5)
        self.assertEqual(self.get_result("p2p_rfq_to_order").stuck, 1)

    def test_matching(self):
        same, part, over, priced, unbilled = (
            self.make_order("2025-02-01 08:00:00") for _order in range(5)
        )
        for order in same + part + over + priced + unbilled:
            self.confirm(order, "2025-02-02 08:00:00")
        (same + over + priced).order_line.qty_received = 10
        part.order_line.qty_received = 4
        self.bill(same, "2025-02-10", 6)
        self.bill(same, "2025-02-20", 4)
        self.bill(part, "2025-02-10", 4)
        self.bill(over, "2025-02-10", 12)
        self.bill(priced, "2025-02-10", 10, price=11)

        # Same and priced are ordered = received = billed
        self.check("p2p_three_way_match", 50, cases=4)
        self.check("p2p_exceptions", 50, cases=4)
        # 10 more than 60 + 40 + 40 + 120 + 100
        self.check("p2p_price_variance", 100 * 10 / 360, cases=5)

    def test_order_changed_after_confirmation(self):
        changed, kept = (self.make_order("2025-02-01 08:00:00") for _order in range(2))
        for order in changed + kept:
            self.confirm(order, "2025-02-02 08:00:00")
        with self.on("2025-02-05 08:00:00"):
            changed.order_line.price_unit = 12
            self.flush_changes()
        self.check("p2p_order_changed", 50, cases=2)

    def test_bills_without_an_order(self):
        order = self.make_order("2025-02-01 08:00:00")
        self.confirm(order, "2025-02-02 08:00:00")
        self.bill(order, "2025-02-10", 10)
        self.make_invoice("2025-03-01", 200)
        self.make_invoice("2025-03-01", 50, "in_refund")
        self.make_invoice("2025-03-05", 999, post=False)
        self.check("p2p_maverick", 50, cases=2)
        self.check("p2p_maverick_spend", 200, cases=1)
        self.check("p2p_spend", 250, cases=3)
        # 100 of an order; 200 without, 50 of which came back
        self.check("p2p_spend_managed", 100 * 100 / 250, cases=3)

    def test_payment(self):
        on_time = self.make_invoice("2025-03-01", due="2025-03-31")
        self.pay(on_time, "2025-03-11")
        # Paid in two parts: the last one settles it, after it was due
        parts = self.make_invoice("2025-03-01", due="2025-03-15")
        self.pay(parts, "2025-03-10", 40)
        self.pay(parts, "2025-03-31", 60)
        # Half paid: still open, past due
        half = self.make_invoice("2025-04-01", due="2025-04-30")
        self.pay(half, "2025-04-10", 50)
        refunded = self.make_invoice("2025-04-01", due="2025-04-30")
        self.refund(refunded, "2025-04-05")
        # Part refunded and the rest paid
        mixed = self.make_invoice("2025-05-01", due="2025-05-31")
        self.pay(mixed, "2025-05-21", 30)
        credit = self.make_invoice("2025-05-30", 70, "in_refund")
        (mixed + credit).line_ids.filtered(
            lambda item: item.display_type == "payment_term"
        ).reconcile()
        self.flush_changes()
        # Reopened after a payment: what counts is the payment that holds
        reopened = self.make_invoice("2025-05-01", due="2025-05-11")
        self.pay(reopened, "2025-05-02")
        reopened.button_draft()
        self.flush_changes()
        reopened.action_post()
        reopened.line_ids.remove_move_reconcile()
        self.pay(reopened, "2025-05-11")
        # Not due yet
        self.make_invoice("2025-06-20", due="2025-07-20")

        # 10, 30, 20 and 10 days
        self.check("p2p_bill_to_payment", 15, cases=4)
        result = self.get_result("p2p_bill_to_payment")
        self.assertAlmostEqual(result.summary.mean, 17.5)
        self.assertEqual((result.open, result.left_out), (2, 1))
        left_out = self.get_cases("p2p_bill_to_payment", ("left_out",))
        self.assertEqual(left_out.res_id, refunded.id)
        # Half paid for 90 days, with 50 to pay
        self.assertEqual((result.stuck, result.stuck_amount), (1, 50))
        # On time: first, mixed and reopened; late: in parts and half
        self.check("p2p_on_time_payment", 60, cases=5)
        # 7 bills and one was reset
        self.check("p2p_bill_reset", 100 / 7, cases=7)

    def test_bill_to_books(self):
        bill = self.make_invoice("2025-03-01", post=False)
        self.set_created(bill, "2025-03-01 08:00:00")
        with self.on("2025-03-04 20:00:00"):
            bill.action_post()
            self.flush_changes()
        # Posted again later: the first time counts
        with self.on("2025-03-20 20:00:00"):
            bill.button_draft()
            self.flush_changes()
            bill.action_post()
            self.flush_changes()
        draft = self.make_invoice("2025-06-01", post=False)
        self.set_created(draft, "2025-06-01 08:00:00")
        silent = self.make_invoice("2025-03-01", post=False)
        silent.with_context(tracking_disable=True).action_post()
        self.check("p2p_bill_to_post", 3.5, cases=1)
        result = self.get_result("p2p_bill_to_post")
        self.assertEqual((result.open, result.stuck, result.left_out), (1, 1, 1))

    def make_discount_term(self):
        return self.env["account.payment.term"].create(
            {
                "name": "2 % in 10 days",
                "early_discount": True,
                "discount_percentage": 2,
                "discount_days": 10,
                "early_pay_discount_computation": "included",
                "line_ids": [
                    Command.create(
                        {"value": "percent", "value_amount": 100, "nb_days": 30}
                    )
                ],
            }
        )

    def test_discount(self):
        term = self.make_discount_term()
        vals = {"invoice_payment_term_id": term.id, "invoice_date_due": False}
        taken = self.make_invoice("2025-03-01", 1000, **vals)
        self.pay(taken, "2025-03-10")
        missed = self.make_invoice("2025-03-01", 500, **vals)
        self.pay(missed, "2025-03-20")
        self.make_invoice("2025-06-25", 400, **vals)
        # 20 of 30; the last one can still be taken
        self.check("p2p_discount_captured", 100 * 20 / 30, cases=2)

    def make_flow(self):
        """Orders and bills to every end that they may come to."""
        dates = [f"2025-{month:02}-{day:02} 08:00:00" for month, day in FLOW]
        orders = [self.make_order(day, price=10 + n) for n, day in enumerate(dates)]
        for n, order in enumerate(orders[:-2]):
            self.confirm(order, f"2025-03-{3 + 2 * n:02} {8 + n:02}:00:00")
        whole, parts, over, dear, back, reopened, gone, changed = orders[:-2]
        self.cancel(reopened, "2025-04-01 08:00:00", reopen=True)
        self.confirm(reopened, "2025-04-09 11:00:00")
        self.cancel(gone, "2025-04-02 08:00:00")
        self.cancel(orders[-1], "2025-04-03 08:00:00")
        with self.on("2025-04-04 08:00:00"):
            changed.order_line.price_unit = 25
            self.flush_changes()
        (whole + over + dear + back + reopened).order_line.qty_received = 10
        parts.order_line.qty_received = 4
        bills = [
            self.bill(whole, "2025-04-10", 4, 10),
            self.bill(whole, "2025-05-02", 6, 10),
            self.bill(parts, "2025-04-11", 4, 11),
            self.bill(over, "2025-04-12", 12, 12),
            self.bill(dear, "2025-04-13", 10, 14),
            self.bill(back, "2025-04-14", 10, 14),
            self.bill(reopened, "2025-05-15", 10, 15),
        ]
        # Part of it is given back; only a draft bills the last order
        credit = self.bill(back, "2025-04-20", 3, 14, kind="in_refund")
        self.bill(changed, "2025-05-01", 10, 25, post=False)
        draft = self.bill(parts, "2025-05-01", 6, 11, post=False)
        self.set_created(draft, "2025-05-01 08:00:00")
        posted = draft.env["account.move"].union(*bills, credit)
        self.set_created(posted, "2025-04-01 08:00:00")
        self.pay(bills[0], "2025-04-30")
        self.pay(bills[1], "2025-05-03", 20)
        self.pay(bills[1], "2025-06-03", 40)
        self.pay(bills[2], "2025-05-01", 11)
        (bills[5] + credit).line_ids.filtered(
            lambda item: item.display_type == "payment_term"
        ).reconcile()
        self.pay(bills[5], "2025-05-20")
        self.refund(bills[6], "2025-05-25")
        # Posted, paid, opened, posted and paid again
        again = self.make_invoice("2025-05-01", 70, due="2025-05-11")
        self.set_created(again, "2025-04-28 08:00:00")
        self.pay(again, "2025-05-02")
        again.button_draft()
        self.flush_changes()
        again.action_post()
        again.line_ids.remove_move_reconcile()
        self.pay(again, "2025-05-31")
        # Nobody saw it posted; gone before it was; in another currency
        silent = self.make_invoice("2025-03-01", 30, post=False)
        silent.with_context(tracking_disable=True).action_post()
        self.make_invoice("2025-03-01", 999, post=False).button_cancel()
        euro = self.setup_other_currency("EUR", rates=[("2025-01-01", 2.0)])
        foreign = self.make_invoice("2025-04-01", 80, currency_id=euro.id)
        self.pay(foreign, "2025-04-21")
        self.bill(dear, "2025-04-22", 1, 26, currency_id=euro.id)
        self.make_invoice("2025-06-28", 44, due="2025-07-31")
        self.make_invoice("2025-05-28", 12, "in_refund")
        self.make_discounted()
        self.flush_changes()

    def make_discounted(self):
        term = self.make_discount_term()
        for day, amount, paid_on in (
            ("2025-03-01", 1000, "2025-03-10"),
            ("2025-03-01", 500, "2025-03-20"),
            ("2025-04-01", 300, None),
            ("2025-06-25", 400, None),
        ):
            vals = {"invoice_payment_term_id": term.id, "invoice_date_due": False}
            bill = self.make_invoice(day, amount, **vals)
            if paid_on:
                self.pay(bill, paid_on)

    def test_equal_to_plain_sql(self):
        self.make_flow()
        codes = self.check_family("p2p_")
        found = self.metrics.search([("process", "=", "p2p")]).mapped("code")
        # Those three depend on Inventory and are compared in its add-on
        self.assertEqual(len(codes), len(found) - 3)

    def test_a_draft_bill_bills_nothing(self):
        order = self.make_order("2025-02-01 08:00:00")
        self.confirm(order, "2025-02-02 08:00:00")
        order.order_line.qty_received = 10
        self.bill(order, "2025-02-10", 6)
        draft = self.bill(order, "2025-02-12", 4, post=False)
        self.check("p2p_three_way_match", 0, cases=1)
        draft.action_post()
        self.check("p2p_three_way_match", 100, cases=1)
        self.bill(order, "2025-02-13", 1, post=False)
        self.check("p2p_exceptions", 0, cases=1)

    def test_receipts_need_inventory(self):
        metric = self.get_metric("p2p_order_to_receipt")
        if metric._get_source():
            self.skipTest("The add-on of receipts is here")
        self.assertIsNone(self.get_value("p2p_order_to_receipt"))
        self.assertEqual(
            (metric.problem, metric.has_value, metric.value_text),
            ("Needs Inventory", False, "No data"),
        )
