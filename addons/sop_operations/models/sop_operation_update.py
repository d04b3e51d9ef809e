# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from odoo import fields, models


class SopOperationUpdate(models.Model):
    _name = "sop.operation.update"
    _description = "Operation Update"
    _order = "date desc, id desc"
    _check_company_auto = True

    operation_id = fields.Many2one(
        "sop.operation", required=True, index=True, ondelete="cascade"
    )
    company_id = fields.Many2one(
        related="operation_id.company_id", store=True, index=True, precompute=True
    )
    name = fields.Char("Title", required=True)
    date = fields.Date(required=True, default=fields.Date.context_today, index=True)
