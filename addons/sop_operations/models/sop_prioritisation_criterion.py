# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from odoo import fields, models


class SopPrioritisationCriterion(models.Model):
    """By what items are judged."""

    _name = "sop.prioritisation.criterion"
    _description = "Criterion to Prioritise By"
    _inherit = "sop.prioritisation.part.mixin"
    _order = "prioritisation_id, sequence, id"

    prioritisation_id = fields.Many2one(
        "sop.prioritisation", "Exercise", required=True, index=True, ondelete="cascade"
    )
    company_id = fields.Many2one(
        related="prioritisation_id.company_id", store=True, index=True, precompute=True
    )
    sequence = fields.Integer(default=10)
    name = fields.Char(required=True)
    weight = fields.Float(
        default=1.0, aggregator=None, help="In any unit: 2 counts twice as much as 1."
    )
    less_is_better = fields.Boolean(help="As with cost, effort or risk.")
    unit = fields.Char(help="What figures are given in: euros, people, weeks.")

    _weight_not_negative = models.Constraint(
        "CHECK(weight >= 0)", "A weight can't be negative."
    )
