# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from odoo import fields, models


class ResConfigSettings(models.TransientModel):
    _inherit = "res.config.settings"

    sop_funding_check = fields.Selection(
        related="company_id.sop_funding_check", readonly=False, required=True
    )
    sop_operations_expected = fields.Boolean(
        related="company_id.sop_operations_expected", readonly=False
    )
    sop_purpose_by = fields.Selection(
        related="company_id.sop_purpose_by", readonly=False, required=True
    )
    sop_purpose_plan_id = fields.Many2one(
        related="company_id.sop_purpose_plan_id", readonly=False
    )
    sop_profit_tax = fields.Float(related="company_id.sop_profit_tax", readonly=False)
    sop_alignment_indicators = fields.Integer(
        related="company_id.sop_alignment_indicators", readonly=False
    )
    sop_alignment_sdg = fields.Integer(
        related="company_id.sop_alignment_sdg", readonly=False
    )
    sop_alignment_pillar = fields.Integer(
        related="company_id.sop_alignment_pillar", readonly=False
    )
    sop_alignment_group = fields.Integer(
        related="company_id.sop_alignment_group", readonly=False
    )
    sop_alignment_policy = fields.Integer(
        related="company_id.sop_alignment_policy", readonly=False
    )
