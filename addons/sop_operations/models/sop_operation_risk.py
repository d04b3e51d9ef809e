# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from odoo import api, fields, models

from ..engine import risk as engine

LIKELIHOODS = [
    ("1", "Rare"),
    ("2", "Unlikely"),
    ("3", "Possible"),
    ("4", "Likely"),
    ("5", "Almost sure"),
]
IMPACTS = [
    ("1", "Slight"),
    ("2", "Minor"),
    ("3", "Moderate"),
    ("4", "Major"),
    ("5", "Severe"),
]


class SopOperationRisk(models.Model):
    """What may go wrong with an operation, how much that matters, and who sees to it."""

    _name = "sop.operation.risk"
    _inherit = "sop.operation.staying.mixin"
    _description = "Risk of an Operation"
    _order = "is_open desc, score desc, id"
    _check_company_auto = True

    operation_id = fields.Many2one(
        "sop.operation", required=True, index=True, ondelete="cascade"
    )
    company_id = fields.Many2one(
        related="operation_id.company_id", store=True, index=True, precompute=True
    )
    name = fields.Char("Risk", required=True, help="What may happen.")
    likelihood = fields.Selection(LIKELIHOODS, required=True, default="3")
    impact = fields.Selection(IMPACTS, required=True, default="3")
    score = fields.Integer(
        compute="_compute_score",
        store=True,
        aggregator="max",
        help="Likelihood × impact, 1 to 25. From 15 on red, from 8 on amber.",
    )
    color_state = fields.Selection(
        [
            ("success", "Low"),
            ("warning", "Notable"),
            ("danger", "Serious"),
            ("muted", "Closed"),
        ],
        "Level",
        compute="_compute_score",
        store=True,
    )
    user_id = fields.Many2one(
        "res.users",
        "Owner",
        index="btree_not_null",
        default=lambda self: self.env.user,
        domain="[('share', '=', False)]",
        help="Watches it, and sees to what is done about it.",
    )
    mitigation = fields.Text(
        help="What is done so that it does not happen, or matters less."
    )
    date_review = fields.Date("Look Again On")
    is_open = fields.Boolean("Open", default=True)

    @api.depends("likelihood", "impact", "is_open")
    def _compute_score(self):
        for risk in self:
            score = engine.score(int(risk.likelihood or 0), int(risk.impact or 0))
            risk.score = score
            risk.color_state = engine.color(score, risk.is_open)
