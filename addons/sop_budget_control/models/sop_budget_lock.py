# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from odoo import fields, models
from odoo.tools import SQL


class SopBudgetLock(models.Model):
    """One row for each budget, changed by whoever decides on what its figures are.

    Changed, not only locked: Odoo works on a snapshot, and a transaction that merely waited
    would go on with figures from before it waited. One that changes a row which another one
    has changed since fails instead, and Odoo tries it again on a new snapshot.
    """

    _name = "sop.budget.lock"
    _description = "Turn at the Figures of a Budget"
    _log_access = False
    _rec_name = "budget_id"

    budget_id = fields.Many2one("sop.budget", required=True, ondelete="cascade")
    turn = fields.Integer(required=True, default=0)

    _budget_uniq = models.UniqueIndex("(budget_id)")


class SopBudget(models.Model):
    _inherit = "sop.budget"

    def _lock_figures(self):
        """Let nobody else decide on the figures of these budgets until this is committed."""
        # In the order of ids, so that two of them never wait for each other
        budgets = [budget_id for budget_id in sorted(self.ids) if budget_id]
        if budgets:
            self.env.cr.execute(
                SQL(
                    """
                    INSERT INTO sop_budget_lock (budget_id, turn)
                    SELECT id, 1 FROM unnest(%s::int[]) WITH ORDINALITY AS asked (id, place)
                  ORDER BY place
                        ON CONFLICT (budget_id) DO UPDATE SET turn = sop_budget_lock.turn + 1
                    """,
                    budgets,
                ),
                # To collide is what it is for: Odoo tries again
                log_exceptions=False,
            )
