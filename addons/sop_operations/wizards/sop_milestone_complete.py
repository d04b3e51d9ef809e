# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from odoo import fields, models


class SopMilestoneComplete(models.TransientModel):
    """Why a milestone is completed before what it waits for."""

    _name = "sop.milestone.complete"
    _inherit = ["sop.wizard.mixin"]
    _description = "Complete a Milestone Early"

    milestone_id = fields.Many2one("sop.milestone", required=True, ondelete="cascade")
    blocking_ids = fields.Many2many(related="milestone_id.blocking_ids")
    date_completed = fields.Date(
        "Completed On", required=True, default=fields.Date.context_today
    )
    reason = fields.Char(required=True)

    def action_complete(self):
        self.ensure_one()
        self.milestone_id.write(
            {
                "stage": "completed",
                "date_completed": self.date_completed,
                "forced_reason": self.reason,
            }
        )
        return {"type": "ir.actions.act_window_close"}
