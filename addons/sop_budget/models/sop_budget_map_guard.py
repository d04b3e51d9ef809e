# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from odoo import models
from odoo.tools import SQL


class SopBudget(models.Model):
    _inherit = "sop.budget"

    def _get_hidden_categories(self) -> dict[int, set[int]]:
        """``{budget id: category ids}`` of what the user may not see, where there is any."""
        seen = self.env["sop.budget.category"]._search([("budget_id", "in", self.ids)])
        rows = self.env.execute_query(
            SQL(
                """SELECT budget_id, array_agg(id) FROM sop_budget_category
                    WHERE budget_id = ANY(%s) AND id NOT IN %s GROUP BY budget_id""",
                self.ids,
                seen.subselect(),
            )
        )
        return {budget: set(categories) for budget, categories in rows}
