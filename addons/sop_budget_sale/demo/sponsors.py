# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""Sponsors of the demo programme: 9,000 sold, 3,000 of it invoiced; 4,500 are offered."""

from odoo.fields import Command

from odoo.addons.sop_budget.demo.programme import Programme

CATEGORY = "R2"
INSTALMENT = 3_000
# customer, instalments sold, delivered and invoiced, price of one
ORDERS = (
    ("Main sponsor", 3, 1, INSTALMENT),
    ("Second sponsor", 3, None, 1_500),
)


class Sponsors(Programme):
    def load(self) -> None:
        product = self.env["product.product"].create(
            {
                "name": "Sponsoring",
                "type": "service",
                "invoice_policy": "delivery",
                "purchase_ok": False,
                "taxes_id": [Command.clear()],
                "supplier_taxes_id": [Command.clear()],
                "company_id": self.company.id,
                "property_account_income_id": self.account("income").id,
            }
        )
        for customer, sold, delivered, price in ORDERS:
            order = self.env["sale.order"].create(
                {
                    "partner_id": self.partner(customer).id,
                    "company_id": self.company.id,
                    "date_order": self.noon(self.past(0.5)),
                    "commitment_date": self.noon(self.future(0.5)),
                    "order_line": [
                        Command.create(
                            {
                                "product_id": product.id,
                                "name": "Sponsoring: instalments",
                                "product_uom_qty": sold,
                                "price_unit": price,
                                "tax_ids": [Command.clear()],
                                "analytic_distribution": self.distribution(CATEGORY),
                            }
                        )
                    ],
                }
            )
            if delivered is not None:
                order.action_confirm()
                order.date_order = self.noon(self.past(0.5))
                order.order_line.qty_delivered = delivered
                invoice = order._create_invoices()
                invoice.invoice_date = invoice.date = self.past(0.8)
                invoice.action_post()
