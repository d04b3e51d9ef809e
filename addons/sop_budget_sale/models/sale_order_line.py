# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from datetime import timedelta

from odoo import api, fields, models
from odoo.tools import SQL


class SaleOrderLine(models.Model):
    """Expected income: confirmed and not invoiced by posted invoices.

    A down payment is invoiced ahead of the lines that it pays. While it waits to be deducted
    from the final invoice it is open with a negative amount, on the account it was invoiced
    to: the order's expected and actual income together stay what was sold.
    """

    _name = "sale.order.line"
    _inherit = ["sale.order.line", "sop.commitment.mixin"]

    _sop_balance_sign = -1
    _sop_bill_signs = {"out_invoice": 1, "out_receipt": 1, "out_refund": -1}
    _sop_quantity_field = "product_uom_qty"
    _sop_order_states = {"draft": "draft", "sent": "draft", "sale": "open"}
    _sop_account_key = "income"
    _sop_journal_type = "sale"

    sop_currency_id = fields.Many2one(
        related="company_id.currency_id", string="Company Currency of the Line"
    )

    def _get_sop_account_depends(self) -> list[str]:
        return super()._get_sop_account_depends() + ["order_id.partner_invoice_id"]

    def _get_sop_date_depends(self) -> list[str]:
        return super()._get_sop_date_depends() + [
            "customer_lead",
            "order_id.commitment_date",
            "order_id.date_order",
        ]

    def _get_sop_bill_partner(self):
        return self.order_id.partner_invoice_id

    def _get_sop_expected_datetime(self):
        order = self.order_id
        if order.commitment_date or not order.date_order:
            return order.commitment_date
        return order.date_order + timedelta(days=self.customer_lead or 0.0)

    @api.model
    def _get_sop_prefill_bills(self) -> SQL:
        return SQL(
            "SELECT order_line_id AS line_id, invoice_line_id AS bill_line_id"
            "  FROM sale_order_line_invoice_rel"
        )

    @api.model
    def _get_sop_prefill_moment(self) -> SQL:
        return SQL(
            "COALESCE(ord.commitment_date,"
            " ord.date_order + COALESCE(line.customer_lead, 0) * INTERVAL '1 day')"
        )
