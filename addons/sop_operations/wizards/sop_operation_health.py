# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from odoo import fields, models
from odoo.exceptions import ValidationError

from ..models.sop_operation import HEALTHS


class SopOperationHealth(models.TransientModel):
    _name = "sop.operation.health"
    _inherit = "sop.wizard.mixin"
    _description = "Health by Hand"

    operation_id = fields.Many2one("sop.operation", required=True, ondelete="cascade")
    health_found = fields.Selection(
        related="operation_id.health_found", string="By the Rule"
    )
    health = fields.Selection(HEALTHS, required=True)
    reason = fields.Text(required=True, help="What the rule does not know.")
    date_until = fields.Date(
        "Holds Until",
        help="After this day the rule counts again. Empty: until you take it back.",
    )

    def action_apply(self):
        self.ensure_one()
        if self.date_until and self.date_until < self.operation_id._get_today():
            raise ValidationError(
                self.env._("“Holds Until” lies in the past: choose a day to come.")
            )
        self.operation_id._set_manual_health(
            self.health, self.reason.strip(), self.date_until
        )
        return {"type": "ir.actions.act_window_close"}
