# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from odoo import models
from odoo.tools import SQL


class AccountAnalyticAccount(models.Model):
    _name = "account.analytic.account"
    _inherit = ["account.analytic.account", "sop.budget.touch.mixin"]

    def _get_sop_touch_query(self, records) -> SQL:
        # OVERRIDE: whatever is booked on it, so every row of a map that names it
        return SQL(
            "SELECT DISTINCT analytic_account_id, budget_id, category_id"
            "  FROM sop_budget_map WHERE analytic_account_id = ANY(%s)",
            records.ids,
        )
