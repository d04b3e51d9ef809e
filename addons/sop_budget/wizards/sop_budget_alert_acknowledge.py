# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from odoo import fields, models
from odoo.exceptions import UserError


class SopBudgetAlertAcknowledge(models.TransientModel):
    """One note for one alert or many."""

    _name = "sop.budget.alert.acknowledge"
    _inherit = "sop.wizard.mixin"
    _description = "Acknowledge Alerts"

    alert_ids = fields.Many2many("sop.budget.alert", required=True, readonly=True)
    note = fields.Text(
        required=True, help="What is done about it. Kept with the alert."
    )

    def action_confirm(self):
        self.ensure_one()
        note = self.note.strip()
        if not note:
            raise UserError(
                self.env._("Write in a word or two what is done about it, it is kept.")
            )
        self.alert_ids._acknowledge(note)
        return {"type": "ir.actions.act_window_close"}
