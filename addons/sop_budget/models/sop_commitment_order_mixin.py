# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from odoo import api, fields, models
from odoo.tools import SQL


class SopCommitmentOrderMixin(models.AbstractModel):
    """An order whose lines are commitments: what is still open of it, and giving that up."""

    _name = "sop.commitment.order.mixin"
    _inherit = "sop.budget.touch.mixin"
    _description = "Order with Commitments"

    sop_open_amount = fields.Monetary(
        "Open Amount",
        currency_field="sop_currency_id",
        compute="_compute_sop_open_amount",
        help="What posted bills have not taken over yet, in company currency.",
    )
    sop_currency_id = fields.Many2one(
        "res.currency", compute="_compute_sop_open_amount"
    )
    sop_has_open = fields.Boolean(compute="_compute_sop_open_amount")
    sop_has_released = fields.Boolean(compute="_compute_sop_open_amount")

    @api.depends("company_id", "order_line.sop_open_amount", "order_line.sop_released")
    def _compute_sop_open_amount(self):
        for order in self:
            lines = order.order_line
            order.sop_currency_id = order.company_id.currency_id
            order.sop_open_amount = sum(lines.mapped("sop_open_amount"))
            order.sop_has_open = "open" in lines.mapped("sop_stage")
            order.sop_has_released = any(lines.mapped("sop_released"))

    def action_sop_release_rest(self):
        """Give up what is still open: it will never be delivered or billed."""
        lines = self.order_line.filtered(lambda line: line.sop_stage == "open")
        return lines.write({"sop_released": True})

    def action_sop_undo_release(self):
        """Count the rest as open again."""
        return self.order_line.filtered("sop_released").write({"sop_released": False})

    def _get_sop_touch_parts(self, records) -> SQL:
        # OVERRIDE: the lines with the account and the day of their bills
        sign = self.order_line._sop_balance_sign
        return SQL(
            "SELECT order_id AS record_id, company_id, sop_date AS date,"
            "       sop_account_id AS account_id, analytic_distribution, %s::varchar AS kind"
            "  FROM %s WHERE order_id = ANY(%s) AND display_type IS NULL",
            "expense" if sign > 0 else "income",
            SQL.identifier(self.order_line._table),
            records.ids,
        )
