# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""Welcome boxes sold to members: delivered on time, late, and two that wait."""

from __future__ import annotations

from datetime import timedelta

from odoo.fields import Command

from odoo.addons.sop_operations.demo.past import Past

# ordered days ago; promised and delivered after so many days (none: not yet), boxes
SOLD = (
    (320, 7, 6, 10),
    (270, 7, 9, 8),
    (215, 7, 5, 12),
    (170, 7, 7, 20),
    (110, 7, 4, 10),
    (70, 7, 12, 15),
    (45, 7, 5, 10),
    (33, 7, None, 6),
    (5, 7, None, 12),
)
PRICE = 35


class Deliveries(Past):
    """``load`` is to be called once, after the orders of the demo company."""

    def load(self) -> None:
        boxes = self.product_of(
            "Welcome boxes",
            "consu",
            "deferred_revenue",
            purchase_ok=False,
            invoice_policy="order",
        )
        team = self.team("Tickets")
        orders = self.env["sale.order"].create(
            [self.prepare_sale(boxes, team, *row) for row in SOLD]
        )
        orders.action_confirm()
        dated = {}
        for order, (ago, *_row) in zip(orders, SOLD, strict=True):
            ordered = self.noon(self.ago(ago))
            dated[order] = {
                "create_date": ordered - timedelta(days=2),
                "date_order": ordered,
            }
        self.backdate(dated)
        for order, row in zip(orders, SOLD, strict=True):
            self.deliver(order, *row)
        self.date_entries()

    def prepare_sale(self, product, team, ago, promised, _delivered, quantity) -> dict:
        return {
            "partner_id": self.partner("Coworking space").id,
            "company_id": self.company.id,
            "team_id": team.id,
            "user_id": team.user_id.id,
            "date_order": self.noon(self.ago(ago)),
            "commitment_date": self.noon(self.ago(ago - promised)),
            "order_line": [
                Command.create(
                    {
                        "product_id": product.id,
                        "name": "Welcome boxes of new members",
                        "product_uom_qty": quantity,
                        "price_unit": PRICE,
                        "tax_ids": [Command.clear()],
                    }
                )
            ],
        }

    def deliver(self, order, ago, _promised, delivered, _quantity) -> None:
        if delivered is None:
            return
        self.move_goods(order.picking_ids, self.noon(self.ago(ago - delivered)))
        invoice = order._create_invoices()
        invoice.invoice_date = invoice.date = self.ago(ago - delivered)
        invoice.invoice_user_id = order.user_id
        invoice.action_post()
        if ago - delivered > 30:
            self.pay(invoice)
