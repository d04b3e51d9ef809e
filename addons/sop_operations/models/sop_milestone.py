# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from odoo import fields, models


class SopMilestone(models.Model):
    _name = "sop.milestone"
    _description = "Milestone"
    _order = "date_target, sequence, id"
    _check_company_auto = True

    operation_id = fields.Many2one(
        "sop.operation", required=True, index=True, ondelete="cascade"
    )
    company_id = fields.Many2one(
        related="operation_id.company_id", store=True, index=True, precompute=True
    )
    name = fields.Char(required=True)
    sequence = fields.Integer(default=10)
    date_target = fields.Date("Target Date", required=True, index=True)
