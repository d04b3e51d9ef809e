# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from odoo import models
from odoo.tools import SQL

from odoo.addons.sop_budget.models.ledger_sql import open_lines_sql

#: What decides how much an order takes, and in which month. Its lines watch theirs.
COUNTING_FIELDS = {
    "state",
    "order_line",
    "currency_id",
    "currency_rate",
    "date_order",
    "date_planned",
    "fiscal_position_id",
    "partner_id",
    "company_id",
}


class PurchaseOrder(models.Model):
    _name = "purchase.order"
    _inherit = ["purchase.order", "sop.control.mixin"]

    _sop_control_event = "order"

    def button_confirm(self):
        # EXTENDS: orders that are confirmed together are judged at once
        with self._sop_controlled():
            return super().button_confirm()

    def write(self, vals):
        if not COUNTING_FIELDS & set(vals):
            return super().write(vals)
        counting = self
        if vals.get("state") != "purchase":
            counting = self._get_sop_confirmed()
        with counting._sop_controlled():
            return super().write(vals)

    def _get_sop_control_items(self, budget):
        confirmed = self._get_sop_confirmed()
        if not confirmed:
            return []
        return [
            open_lines_sql(
                self.order_line,
                SQL(
                    "line.order_id = ANY(%s) AND line.sop_stage = 'open'"
                    " AND line.sop_date BETWEEN %s AND %s",
                    confirmed.ids,
                    budget.date_from,
                    budget.date_to,
                ),
            )
        ]

    def _get_sop_control_claims(self):
        return self.order_line.sop_proposal_line_id
