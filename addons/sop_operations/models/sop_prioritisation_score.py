# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from odoo import api, fields, models


class SopPrioritisationScore(models.Model):
    """An item by one criterion, all participants together: written when it is closed."""

    _name = "sop.prioritisation.score"
    _description = "Score by Criterion"
    _inherit = "sop.system.mixin"
    _order = "prioritisation_id, item_id, criterion_id"
    _rec_name = "item_id"

    prioritisation_id = fields.Many2one(
        "sop.prioritisation", "Exercise", required=True, index=True, ondelete="cascade"
    )
    company_id = fields.Many2one(
        related="prioritisation_id.company_id", store=True, index=True, precompute=True
    )
    item_id = fields.Many2one(
        "sop.prioritisation.item", "Item", required=True, index=True, ondelete="cascade"
    )
    criterion_id = fields.Many2one(
        "sop.prioritisation.criterion", "Criterion", required=True, ondelete="cascade"
    )
    rank = fields.Integer(related="item_id.rank", aggregator=None)
    score = fields.Float("Score (%)", digits=(5, 1), aggregator="avg")
    value = fields.Float(
        "Answer",
        aggregator="avg",
        help="The mean of all answers; of experts, the median.",
    )
    spread = fields.Float(
        aggregator="avg",
        help="Largest less smallest answer: how much participants disagree.",
    )
    count = fields.Integer("Answers")
    weight = fields.Float(related="criterion_id.weight", aggregator=None)

    @api.depends("item_id", "criterion_id")
    def _compute_display_name(self):
        for score in self:
            score.display_name = f"{score.item_id.name}: {score.criterion_id.name}"
