# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from odoo import fields, models


class SopBudgetVersionSave(models.TransientModel):
    _name = "sop.budget.version.save"
    _inherit = "sop.wizard.mixin"
    _description = "Save a Version of a Budget"

    budget_id = fields.Many2one("sop.budget", required=True, ondelete="cascade")
    name = fields.Char(required=True)
    note = fields.Text("Why")

    def action_save(self):
        self.ensure_one()
        self.budget_id._check_can_keep()
        version = self.budget_id._save_version("saved", self.name, self.note)
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "message": self.env._(
                    "Version %(version)s is kept.", version=version.display_name
                ),
                "type": "success",
                "next": {"type": "ir.actions.act_window_close"},
            },
        }
