# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from odoo import api, fields, models

from ..models.sop_budget_extend import MAX_MONTHS


class SopBudgetExtend(models.TransientModel):
    _name = "sop.budget.extend"
    _inherit = "sop.wizard.mixin"
    _description = "Extend a Budget"

    budget_id = fields.Many2one("sop.budget", required=True, ondelete="cascade")
    date_to = fields.Date("Ends Now On", related="budget_id.date_to")
    months = fields.Integer(
        required=True, default=3, help="By how many months the budget runs longer."
    )
    date_new = fields.Date("Will End On", compute="_compute_date_new")
    overlap_ids = fields.Many2many(
        "sop.budget", string="Same Months", compute="_compute_date_new"
    )
    reason = fields.Text(help="Kept with the version.")

    @api.depends("budget_id", "months")
    def _compute_date_new(self):
        for wizard in self:
            budget = wizard.budget_id
            wizard.date_new = wizard.overlap_ids = False
            if not budget or not 0 < wizard.months <= MAX_MONTHS:
                continue
            wizard.date_new = budget.get_extended_end(wizard.months)
            wizard.overlap_ids = budget.search(
                [
                    ("id", "!=", budget.id),
                    ("company_id", "=", budget.company_id.id),
                    ("is_template", "=", False),
                    ("state", "in", ("submitted", "approved", "closed")),
                    ("date_from", "<=", wizard.date_new),
                    ("date_to", ">", budget.date_to),
                ]
            )

    def action_apply(self):
        self.ensure_one()
        self.budget_id._extend(self.months, self.reason)
        return {"type": "ir.actions.act_window_close"}
