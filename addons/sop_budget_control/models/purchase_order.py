# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from collections import Counter, defaultdict

from dateutil.relativedelta import relativedelta

from odoo import fields, models
from odoo.tools import SQL

from odoo.addons.sop_budget.engine.money import to_units

from .sop_control_preview import Part

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
        sign = self.order_line._sop_balance_sign
        return [
            SQL(
                """
                SELECT line.order_id::text AS tag, line.sop_account_id AS account_id,
                       date_trunc('month', line.sop_date::timestamp)::date AS month,
                       (line.sop_open_amount * %s)::bigint AS units,
                       line.analytic_distribution AS distribution
                  FROM purchase_order_line line
                 WHERE line.order_id = ANY(%s) AND line.sop_stage = 'open'
                   AND line.sop_date BETWEEN %s AND %s
                """,
                sign * 10**budget.currency_id.decimal_places,
                confirmed.ids,
                budget.date_from,
                budget.date_to,
            )
        ]

    def _get_sop_control_links(self):
        links = defaultdict(set)
        for line in self.order_line:
            if line.sop_proposal_line_id:
                links[line.sop_proposal_line_id].add(line.order_id.id)
        return links

    def _holds_sop_money(self):
        # OVERRIDE: a draft holds nothing
        return bool(self._get_sop_confirmed())

    # === PREVIEW === #

    def _get_sop_control_depends(self):
        lines = ("sop_open_amount", "sop_account_id", "sop_date", "name")
        lines += ("analytic_distribution", "sop_proposal_line_id")
        return ["company_id", "state", *(f"order_line.{name}" for name in lines)]

    def _is_sop_draft(self):
        return self.state in ("draft", "sent", "to approve")

    def _get_sop_draft_parts(self):
        places = self.company_id.currency_id.decimal_places
        return [
            Part(
                name=line.name or "",
                account=line.sop_account_id.id or None,
                date=line.sop_date,
                units=to_units(line.sop_open_amount, places),
                distribution=line.analytic_distribution,
            )
            for line in self.order_line
            if line.sop_open_amount
        ]

    def _get_sop_draft_claims(self):
        places = self.company_id.currency_id.decimal_places
        found = Counter()
        for line in self.order_line:
            if line.sop_proposal_line_id:
                found[line.sop_proposal_line_id] += to_units(
                    line.sop_open_amount, places
                )
        return found

    def _sop_move_to(self, month):
        """Have everything that is expected before a month expected on its first day."""
        self.ensure_one()
        day = fields.Datetime.to_datetime(month) + relativedelta(hours=12)
        early = self.order_line.filtered(
            lambda line: not line.display_type and line.sop_date < month
        )
        early.write({"date_planned": day})
