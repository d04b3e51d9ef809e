# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from collections import Counter, defaultdict

from odoo import models
from odoo.tools import SQL

from odoo.addons.sop_budget.engine.money import to_units

from .sop_control_preview import Part

#: What decides how much a bill takes, from where and in which month. Its lines watch theirs.
COUNTING_FIELDS = {
    "state",
    "line_ids",
    "invoice_line_ids",
    "date",
    "invoice_date",
    "currency_id",
    "invoice_currency_rate",
    "fiscal_position_id",
    "journal_id",
    "move_type",
    "company_id",
}


class AccountMove(models.Model):
    _name = "account.move"
    _inherit = ["account.move", "sop.control.mixin"]

    _sop_control_event = "bill"

    def _post(self, soft=True):
        with self._sop_controlled():
            return super()._post(soft=soft)

    def write(self, vals):
        if not COUNTING_FIELDS & set(vals):
            return super().write(vals)
        counting = self
        if vals.get("state") != "posted":
            counting = self._get_sop_posted()
        with counting._sop_controlled():
            return super().write(vals)

    def unlink(self):
        # Posted ones go by force only; to delete a credit note is to spend
        with self._get_sop_posted()._sop_controlled(is_deletion=True):
            return super().unlink()

    def _get_sop_posted(self):
        return self.filtered(lambda move: move.state == "posted")

    def _get_sop_controlled_documents(self):
        return self.filtered(lambda move: move.is_purchase_document(True))

    def _get_sop_control_items(self, budget):
        posted = self._get_sop_posted()
        return [self._get_sop_posted_sql(budget, posted)] if posted else []

    def _get_sop_posted_sql(self, budget, moves):
        return SQL(
            """
            SELECT line.move_id::text AS tag, line.account_id,
                   date_trunc('month', line.date::timestamp)::date AS month,
                   (line.balance * %s)::bigint AS units, line.analytic_distribution AS distribution
              FROM account_move_line line
             WHERE line.move_id = ANY(%s) AND line.parent_state = 'posted'
               AND line.date BETWEEN %s AND %s
            """,
            10**budget.currency_id.decimal_places,
            moves.ids,
            budget.date_from,
            budget.date_to,
        )

    def _get_sop_control_links(self):
        links = defaultdict(set)
        for line in self.line_ids:
            for link in line._get_sop_control_links():
                links[link].add(line.move_id.id)
        return links

    def _holds_sop_money(self):
        # OVERRIDE: a draft holds nothing
        return bool(self._get_sop_posted())

    # === PREVIEW === #

    def _get_sop_control_depends(self):
        lines = ("balance", "account_id", "analytic_distribution", "quantity", "name")
        lines += ("purchase_line_id", "sop_proposal_line_id")
        paths = [f"line_ids.{name}" for name in lines]
        return ["company_id", "state", "move_type", "date", *paths]

    def _is_sop_draft(self):
        return self.state == "draft" and self.is_purchase_document(True)

    def _get_sop_draft_parts(self):
        places = self.company_id.currency_id.decimal_places
        parts = [
            Part(
                name=line.name or "",
                account=line.account_id.id,
                date=self.date,
                units=to_units(line.balance, places),
                distribution=line.analytic_distribution,
            )
            for line in self.line_ids
            if line.account_id and line.balance
        ]
        return parts + self._get_sop_draft_releases()

    def _get_sop_draft_releases(self):
        """What the bill will take over from orders, with a minus."""
        places = self.company_id.currency_id.decimal_places
        billed = Counter()
        for line in self.line_ids.filtered("purchase_line_id"):
            ordered = line.purchase_line_id
            sign = ordered._sop_bill_signs.get(self.move_type, 0)
            billed[ordered] += sign * line.product_uom_id._compute_quantity(
                line.quantity, ordered.product_uom_id, round=False
            )
        parts = []
        for ordered, quantity in billed.items():
            if ordered.sop_stage != "open" or not quantity:
                continue
            taken = min(quantity, ordered.sop_open_quantity)
            amount = ordered._get_sop_company_amount(taken * ordered.sop_unit_amount)
            parts.append(
                Part(
                    name=None,
                    account=ordered.sop_account_id.id or None,
                    date=ordered.sop_date,
                    units=-to_units(amount, places),
                    distribution=ordered.analytic_distribution,
                )
            )
        return parts

    def _get_sop_draft_claims(self):
        places = self.company_id.currency_id.decimal_places
        found = Counter()
        for line in self.line_ids:
            if line.sop_proposal_line_id:
                found[line.sop_proposal_line_id] += to_units(line.balance, places)
        return found

    def _sop_move_to(self, month):
        self.ensure_one()
        self.write({"date": month, "invoice_date": self.invoice_date or month})
