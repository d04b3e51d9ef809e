# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from odoo import models
from odoo.tools import SQL

from odoo.addons.sop_budget.models.ledger_sql import open_lines_sql


class AccountMove(models.Model):
    _name = "account.move"
    _inherit = ["account.move", "sop.control.mixin"]

    _sop_control_event = "bill"

    def _post(self, soft=True):
        with self._sop_controlled():
            return super()._post(soft=soft)

    def _get_sop_controlled_documents(self):
        return self.filtered(lambda move: move.is_purchase_document(True))

    def _get_sop_control_items(self, budget):
        items = []
        posted = self.filtered(lambda move: move.state == "posted")
        if posted:
            items.append(self._get_sop_posted_sql(budget, posted))
        # What a bill takes over is no longer open in the order
        order_lines = self.line_ids.purchase_line_id
        if order_lines:
            items.append(
                open_lines_sql(
                    order_lines,
                    SQL(
                        "line.id = ANY(%s) AND line.sop_stage = 'open'"
                        " AND line.sop_date BETWEEN %s AND %s",
                        order_lines.ids,
                        budget.date_from,
                        budget.date_to,
                    ),
                )
            )
        return items

    def _get_sop_posted_sql(self, budget, moves):
        return SQL(
            """
            SELECT 'actual' AS tag, line.account_id,
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

    def _get_sop_control_claims(self):
        lines = self.line_ids
        return lines.sop_proposal_line_id | lines.purchase_line_id.sop_proposal_line_id
