# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""Goods for the anniversary conference: on time, late, in part, and not there yet."""

from __future__ import annotations

from datetime import timedelta

from odoo.fields import Command

from odoo.addons.sop_operations.demo.past import Past

# ordered days ago; promised, received and billed after so many days (none: not yet), quantity
ORDERED = (
    (330, 14, 12, 18, 60),
    (290, 14, 16, 25, 80),
    (250, 10, 9, 12, 60),
    (205, 14, 21, 30, 120),
    (160, 10, 10, 15, 60),
    (120, 14, 11, 20, 90),
    (75, 10, 9, 14, 80),
    (58, 14, None, None, 40),
    (40, 10, 12, None, 60),
    (12, 14, None, None, 100),
)
PRICE = 12
#: Days from the request to the order
ASKED_BEFORE = 3


class Receipts(Past):
    """``load`` is to be called once, after the operations of the programme."""

    def load(self) -> None:
        bags = self.product_of("Conference bags", "consu", "prepayments", sale_ok=False)
        orders = self.env["purchase.order"].create(
            [self.prepare_order_of(bags, *row) for row in ORDERED]
        )
        orders.button_confirm()
        dated = {}
        for order, row in zip(orders, ORDERED, strict=True):
            ordered = self.noon(self.ago(row[0]))
            dated[order] = {
                "create_date": ordered - timedelta(days=ASKED_BEFORE),
                "date_approve": ordered,
            }
        self.backdate(dated)
        for order, row in zip(orders, ORDERED, strict=True):
            self.receive(order, *row)
        self.date_entries()

    def prepare_order_of(self, product, ago, promised, _received, _billed, quantity):
        buyer = self.env.ref("sop_budget.user_demo_events_lead")
        return {
            "partner_id": self.partner("Print shop").id,
            "company_id": self.company.id,
            "user_id": buyer.id,
            "date_order": self.noon(self.ago(ago)),
            "order_line": [
                Command.create(
                    {
                        "product_id": product.id,
                        "name": "Conference: bags",
                        "product_qty": quantity,
                        "price_unit": PRICE,
                        "tax_ids": [Command.clear()],
                        "date_planned": self.noon(self.ago(ago - promised)),
                    }
                )
            ],
        }

    def receive(self, order, ago, _promised, received, billed, _quantity) -> None:
        if received is not None:
            picking = order.picking_ids
            self.move_goods(picking, self.noon(self.ago(ago - received)))
        if billed is not None:
            order.action_create_invoice()
            bill = order.invoice_ids
            bill.invoice_date = bill.date = self.ago(ago - billed)
            bill.ref = f"Bill {order.name}"
            bill.action_post()
            if ago - billed > 30:
                self.pay(bill)
