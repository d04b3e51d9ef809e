# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from odoo import models
from odoo.tools import SQL


class AccountMove(models.Model):
    _name = "account.move"
    _inherit = ["account.move", "sop.budget.touch.mixin"]

    def _get_sop_touch_parts(self, records) -> SQL:
        return SQL(
            "SELECT move_id AS record_id, company_id, date, account_id, analytic_distribution,"
            "       NULL::varchar AS kind"
            "  FROM account_move_line WHERE move_id = ANY(%s) AND account_id IS NOT NULL",
            records.ids,
        )
