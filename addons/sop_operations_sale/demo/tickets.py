# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""A year of tickets and sponsors of the anniversary conference, by two teams.

The conference is held after the end of this year: until then what is invoiced for it is
*Deferred Revenue*, which no budget covers. The income of the programme stays what it is.
"""

from __future__ import annotations

from datetime import timedelta

from odoo.fields import Command

from odoo.addons.sop_operations.demo.past import Past

#: A quotation every so many days since a year ago
QUOTES = 24
EVERY = 15
# Days until the order, the invoice and the payment, in turn
TO_ORDER = (6, 2, 9, 4, 13)
TO_INVOICE = (1, 3, 2, 8)
TO_COLLECT = (27, 19, 45, 30, 22, 64)

# What is sold in turn: team, customer, text, quantity, price
SOLD = (
    ("Tickets", "University", "Tickets for students", 20, 45),
    ("Sponsors", "Software house", "Sponsor of a workshop", 1, 2_400),
    ("Tickets", "Chamber of commerce", "Tickets for members", 12, 90),
    ("Sponsors", "Bank", "Sponsor of the stage", 1, 3_600),
    ("Tickets", "Coworking space", "Tickets for tenants", 15, 60),
)

# number of the quotation: what became of it
TWISTS = {
    2: "lost",
    5: "changed",
    7: "expired",
    8: "credited",
    10: "cancelled",
    12: "lost",
    13: "reset",
    15: "overdue",
    17: "expired",
    18: "overdue",
    19: "undecided",
    20: "not invoiced",
    21: "undecided",
    22: "undecided",
}
NOT_ORDERED = ("lost", "expired", "undecided")


class Tickets(Past):
    """``load`` is to be called once, after the documents of the programme."""

    def load(self) -> None:
        self.teams = {name: self.team(name) for name in ("Tickets", "Sponsors")}
        self.date_orders("sale.order", "date_order")
        rows = [self.plan(number) for number in range(QUOTES)]
        product = self.product_of(
            "Conference tickets and sponsoring",
            "service",
            "deferred_revenue",
            purchase_ok=False,
            invoice_policy="order",
        )
        orders = self.env["sale.order"].create(
            [self.prepare_quote(product, row) for row in rows]
        )
        self.decide(orders, rows)
        self.invoice(orders, rows)
        self.date_entries()

    def plan(self, number: int) -> dict:
        asked = self.ago((QUOTES - number) * EVERY)
        ordered = asked + timedelta(days=TO_ORDER[number % len(TO_ORDER)])
        return {
            "sold": SOLD[number % len(SOLD)],
            "twist": TWISTS.get(number),
            "asked": asked,
            "ordered": ordered,
            "invoiced": ordered + timedelta(days=TO_INVOICE[number % len(TO_INVOICE)]),
            "pay_after": TO_COLLECT[number % len(TO_COLLECT)],
        }

    def prepare_quote(self, product, row) -> dict:
        team, customer, text, quantity, price = row["sold"]
        expires = 20 if row["twist"] == "expired" else 180
        return {
            "partner_id": self.partner(customer).id,
            "company_id": self.company.id,
            "team_id": self.teams[team].id,
            "user_id": self.teams[team].user_id.id,
            "date_order": self.noon(row["asked"]),
            "validity_date": row["asked"] + timedelta(days=expires),
            "order_line": [
                Command.create(
                    {
                        "product_id": product.id,
                        "name": text,
                        "product_uom_qty": quantity,
                        "price_unit": price,
                        "tax_ids": [Command.clear()],
                    }
                )
            ],
        }

    def decide(self, orders, rows) -> None:
        pairs = list(zip(orders, rows, strict=True))
        confirmed = orders.browse(
            order.id for order, row in pairs if row["twist"] not in NOT_ORDERED
        )
        confirmed.action_confirm()
        dated = {}
        for order, row in pairs:
            dated[order] = {"create_date": self.noon(row["asked"])}
            at = self.noon(row["ordered"])
            if order in confirmed:
                dated[order]["date_order"] = at
                self.track(order, "state", "draft", "sale", at)
            if row["twist"] in ("lost", "cancelled"):
                order.state = "cancel"
            elif row["twist"] == "changed":
                total = order.amount_untaxed
                later = at + timedelta(days=3)
                self.track(order, "amount_untaxed", 1.2 * total, total, later)
        self.backdate(dated)
        self.write_messages()

    def invoice(self, orders, rows) -> None:
        invoices = {}
        for order, row in zip(orders, rows, strict=True):
            late = row["invoiced"] > self.today or row["twist"] == "not invoiced"
            if order.state != "sale" or late:
                continue
            invoice = order._create_invoices()
            invoice.invoice_date = invoice.date = row["invoiced"]
            invoice.invoice_user_id = order.user_id
            invoices[invoice] = row
        self.env["account.move"].union(*invoices).action_post()
        for invoice, row in invoices.items():
            if row["twist"] == "reset":
                at = self.noon(row["invoiced"])
                self.track(invoice, "state", "draft", "posted", at)
                again = at + timedelta(hours=2)
                self.track(invoice, "state", "posted", "draft", again)
            elif row["twist"] == "credited":
                self.credit_part(invoice)
        self.write_messages()
        for invoice, row in invoices.items():
            day = row["invoiced"] + timedelta(days=row["pay_after"])
            if row["twist"] != "overdue" and day <= self.today:
                self.pay(invoice, row["pay_after"])

    def credit_part(self, invoice) -> None:
        day = invoice.invoice_date + timedelta(days=5)
        credit = invoice._reverse_moves(
            [{"date": day, "invoice_date": day, "ref": "Smaller logo than agreed"}]
        )
        credit.invoice_line_ids.price_unit *= 0.25
        credit.action_post()
