# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from odoo import fields, models


class SopKpiValue(models.Model):
    """One measurement of an indicator; never changed, only replaced by a later one."""

    _name = "sop.kpi.value"
    _description = "Measurement"
    _order = "date desc, id desc"
    _check_company_auto = True

    kpi_id = fields.Many2one("sop.kpi", required=True, index=True, ondelete="cascade")
    company_id = fields.Many2one(
        related="kpi_id.company_id", store=True, index=True, precompute=True
    )
    date = fields.Date(required=True, default=fields.Date.context_today, index=True)
    value = fields.Float(required=True, digits=False)
