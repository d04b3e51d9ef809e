# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from odoo import fields, models


class SopOperationNeed(models.Model):
    """What an operation needs money for, before anybody gave it some."""

    _name = "sop.operation.need"
    _inherit = "sop.operation.staying.mixin"
    _description = "Need of an Operation"
    _order = "operation_id, sequence, id"
    _check_company_auto = True

    operation_id = fields.Many2one(
        "sop.operation", required=True, index=True, ondelete="cascade"
    )
    company_id = fields.Many2one(
        related="operation_id.company_id", store=True, index=True, precompute=True
    )
    currency_id = fields.Many2one(related="company_id.currency_id")
    sequence = fields.Integer(default=10)
    name = fields.Char(
        "Purpose", required=True, help="Such as prizes, venue, marketing."
    )
    amount = fields.Monetary("Needed", required=True)
    note = fields.Char()

    _amount_positive = models.Constraint(
        "CHECK (amount >= 0)", "The needed amount can't be negative."
    )
