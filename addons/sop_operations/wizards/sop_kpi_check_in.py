# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from odoo import api, fields, models


class SopKpiCheckIn(models.TransientModel):
    _name = "sop.kpi.check.in"
    _description = "KPI Check-in"
    _inherit = "sop.wizard.mixin"

    kpi_id = fields.Many2one("sop.kpi", "KPI", required=True, readonly=True)
    kind = fields.Selection(related="kpi_id.kind")
    unit = fields.Char(related="kpi_id.unit")
    currency_id = fields.Many2one(related="kpi_id.currency_id")
    aggregation = fields.Selection(related="kpi_id.aggregation")
    standing_text = fields.Char("So Far", related="kpi_id.standing_text")
    target_text = fields.Char("Target", related="kpi_id.target_text")
    replaces_id = fields.Many2one("sop.kpi.value", "Corrects", readonly=True)
    date = fields.Date("Measured On", required=True, default=fields.Date.context_today)
    value = fields.Float("New Value", digits=False)
    is_yes = fields.Boolean(
        "Yes", compute="_compute_is_yes", inverse="_inverse_is_yes", readonly=False
    )
    note = fields.Text("Why", help="What happened, or why the figure is corrected.")
    evidence_url = fields.Char("Evidence", help="Link to a proof: https://…")
    attachment_ids = fields.Many2many("ir.attachment", string="Files")

    @api.depends("value")
    def _compute_is_yes(self):
        for wizard in self:
            wizard.is_yes = bool(wizard.value)

    def _inverse_is_yes(self):
        for wizard in self:
            if wizard.kind == "boolean":
                wizard.value = float(wizard.is_yes)

    def action_confirm(self):
        self.ensure_one()
        self.kpi_id._measure(
            self.date,
            self.value,
            note=self.note,
            evidence_url=self.evidence_url,
            attachments=self.attachment_ids,
            replaces=self.replaces_id,
        )
        return {"type": "ir.actions.act_window_close"}
