# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from odoo import api, models

#: What decides how much a line of an order takes, from where and in which month.
COUNTING_FIELDS = {
    "product_qty",
    "product_uom_qty",
    "product_uom_id",
    "price_unit",
    "discount",
    "tax_ids",
    "product_id",
    "analytic_distribution",
    "date_planned",
    "order_id",
    "is_downpayment",
    "display_type",
    "sop_released",
    "sop_proposal_line_id",
}


class PurchaseOrderLine(models.Model):
    _inherit = "purchase.order.line"

    @api.model_create_multi
    def create(self, vals_list):
        orders = self.env["purchase.order"].browse(
            {vals["order_id"] for vals in vals_list if vals.get("order_id")}
        )
        with orders._get_sop_confirmed()._sop_controlled():
            return super().create(vals_list)

    def write(self, vals):
        if not COUNTING_FIELDS & set(vals):
            return super().write(vals)
        orders = self.order_id
        if vals.get("order_id"):
            orders |= orders.browse(vals["order_id"])
        with orders._get_sop_confirmed()._sop_controlled():
            return super().write(vals)


class PurchaseOrder(models.Model):
    _inherit = "purchase.order"

    def _get_sop_confirmed(self):
        return self.filtered(lambda order: order.state == "purchase")
