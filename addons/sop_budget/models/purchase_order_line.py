# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from odoo import api, fields, models
from odoo.tools import SQL


class PurchaseOrderLine(models.Model):
    _name = "purchase.order.line"
    _inherit = ["purchase.order.line", "sop.commitment.mixin"]

    _sop_balance_sign = 1
    _sop_bill_signs = {"in_invoice": 1, "in_receipt": 1, "in_refund": -1}
    _sop_quantity_field = "product_qty"
    _sop_order_states = {
        "draft": "draft",
        "sent": "draft",
        "to approve": "draft",
        "purchase": "open",
    }
    _sop_account_key = "expense"
    _sop_journal_type = "purchase"

    sop_currency_id = fields.Many2one(
        related="company_id.currency_id", string="Company Currency of the Line"
    )

    def _get_sop_account_depends(self) -> list[str]:
        return super()._get_sop_account_depends() + ["order_id.partner_id"]

    def _get_sop_date_depends(self) -> list[str]:
        return super()._get_sop_date_depends() + [
            "date_planned",
            "order_id.date_planned",
            "order_id.date_order",
        ]

    def _get_sop_bill_partner(self):
        partner = self.order_id.partner_id
        return partner.browse(partner.address_get(["invoice"])["invoice"])

    def _get_sop_expected_datetime(self):
        return (
            self.date_planned or self.order_id.date_planned or self.order_id.date_order
        )

    @api.model
    def _get_sop_prefill_bills(self) -> SQL:
        return SQL(
            "SELECT purchase_line_id AS line_id, id AS bill_line_id"
            "  FROM account_move_line WHERE purchase_line_id IS NOT NULL"
        )

    @api.model
    def _get_sop_prefill_moment(self) -> SQL:
        return SQL("COALESCE(line.date_planned, ord.date_planned, ord.date_order)")
