# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from odoo import api, models
from odoo.tools import SQL

from odoo.addons.sop_budget.models.ledger_sql import open_lines_sql

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
#: Copies of what the order says: written to a line alone, they would move money unseen.
ORDER_FIELDS = {"company_id"}


class PurchaseOrderLine(models.Model):
    _inherit = "purchase.order.line"

    @api.model_create_multi
    def create(self, vals_list):
        vals_list = self._state_defaults(vals_list, "order_id")
        orders = self.env["purchase.order"].browse(
            {vals["order_id"] for vals in vals_list if vals.get("order_id")}
        )
        links = self._get_sop_new_links(vals_list)
        with orders._get_sop_confirmed()._sop_controlled(links):
            return super().create(vals_list)

    @api.model
    def _drop_derived(self, vals):
        # EXTENDS sop_budget
        vals = super()._drop_derived(vals)
        return {name: value for name, value in vals.items() if name not in ORDER_FIELDS}

    def write(self, vals):
        if not COUNTING_FIELDS & set(vals):
            return super().write(vals)
        orders = self.order_id
        if vals.get("order_id"):
            orders |= orders.browse(vals["order_id"])
        links = self._get_sop_new_links([vals])
        with orders._get_sop_confirmed()._sop_controlled(links):
            return super().write(vals)

    def unlink(self):
        # What gives something back, such as a discount, is spending when it goes
        with self.order_id._get_sop_confirmed()._sop_controlled():
            return super().unlink()

    @api.model
    def _get_sop_new_links(self, vals_list):
        """Lines of proposals that the lines are about to take over."""
        ids = {vals.get("sop_proposal_line_id") for vals in vals_list} - {None, False}
        return self.env["sop.proposal.line"].sudo().browse(ids)

    def _get_sop_link_items(self, budget):
        """What is open of these lines, for the documents that bill them."""
        return [
            open_lines_sql(
                self,
                SQL(
                    "line.id = ANY(%s) AND line.sop_stage = 'open'"
                    " AND line.sop_date BETWEEN %s AND %s",
                    self.ids,
                    budget.date_from,
                    budget.date_to,
                ),
                tag=SQL("'purchase.order.line,' || line.id"),
            )
        ]


class PurchaseOrder(models.Model):
    _inherit = "purchase.order"

    def _get_sop_confirmed(self):
        return self.filtered(lambda order: order.state == "purchase")
