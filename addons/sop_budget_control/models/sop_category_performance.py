# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from odoo import api, fields, models
from odoo.exceptions import UserError

from ..engine import appraisal

QUALITY = [
    ("1", "1 – poor"),
    ("2", "2 – weak"),
    ("3", "3 – fair"),
    ("4", "4 – good"),
    ("5", "5 – very good"),
]


class SopCategoryPerformance(models.Model):
    """What came of the money of a category, as somebody judged it on a day. Only ever grows."""

    _name = "sop.category.performance"
    _description = "Performance of a Category"
    _inherit = "sop.budget.part.mixin"
    _order = "date desc, id desc"

    category_id = fields.Many2one(
        "sop.budget.category", required=True, index=True, ondelete="cascade"
    )
    budget_id = fields.Many2one(related="category_id.budget_id", store=True, index=True)
    company_id = fields.Many2one(related="category_id.company_id", store=True)
    date = fields.Date(required=True, default=fields.Date.context_today)
    user_id = fields.Many2one(
        "res.users",
        "By",
        required=True,
        readonly=True,
        default=lambda self: self.env.user,
        ondelete="restrict",
    )
    has_outputs = fields.Boolean(
        "Outputs Known", help="Not ticked: nobody has counted, which is not zero."
    )
    outputs = fields.Float(
        "Outputs Delivered %",
        digits=(6, 2),
        aggregator=None,
        help="Of what was to be delivered. More than 100 counts as 100.",
    )
    quality = fields.Selection(QUALITY, help="From 1 (0 %) to 5 (100 %).")
    has_satisfaction = fields.Boolean(
        "Satisfaction Known", help="Not ticked: nobody has asked, which is not zero."
    )
    satisfaction = fields.Float(
        "Satisfaction %",
        digits=(6, 2),
        aggregator=None,
        help="Share of those it is for who are satisfied.",
    )
    note = fields.Text()
    has_utilisation = fields.Boolean(compute="_compute_performance")
    utilisation = fields.Float(
        "Used %",
        compute="_compute_performance",
        digits=(6, 2),
        help="Reserved, committed and actual in percent of what is planned, as it is now.",
    )
    has_performance = fields.Boolean(compute="_compute_performance")
    performance = fields.Float(
        "Performance %",
        compute="_compute_performance",
        digits=(6, 2),
        help="20 % utilisation, 30 % outputs delivered, 25 % quality, 25 % satisfaction. There "
        "is none until all four are known.",
    )
    as_score = fields.Integer(
        "As a Score",
        compute="_compute_performance",
        help="A tenth of the performance, at least 1: what it would be as a score of 1–10.",
    )

    _outputs_positive = models.Constraint(
        "CHECK (outputs >= 0)", "Outputs delivered can't be below zero."
    )
    _satisfaction_percent = models.Constraint(
        "CHECK (satisfaction BETWEEN 0 AND 100)",
        "Satisfaction is a share: give a number from 0 to 100.",
    )

    @api.depends("category_id.display_name", "date")
    def _compute_display_name(self):
        for row in self:
            row.display_name = f"{row.category_id.display_name} ({row.date})"

    @api.depends_context("uid")
    @api.depends(
        *("category_id", "has_outputs", "outputs", "quality"),
        *("has_satisfaction", "satisfaction"),
    )
    def _compute_performance(self):
        for row in self:
            category = row.category_id
            row.has_utilisation = bool(category.planned)
            row.utilisation = category.utilisation
            result = appraisal.performance(
                row.utilisation if row.has_utilisation else None,
                row.outputs if row.has_outputs else None,
                int(row.quality) if row.quality else None,
                row.satisfaction if row.has_satisfaction else None,
            )
            row.has_performance = result is not None
            row.performance = float(result or 0)
            row.as_score = appraisal.as_score(result) or 0

    # === CRUD === #

    @api.model
    def _get_system_fields(self):
        return super()._get_system_fields() | {"user_id"}

    @api.model_create_multi
    def create(self, vals_list):
        for vals in vals_list:
            self._check_not_derived(vals)
        return super().create(vals_list)

    def write(self, vals):  # pylint: disable=method-required-super
        # Also for the superuser: history that can be changed is none
        raise UserError(
            self.env._("A judgement stays as it was: enter another one, which counts.")
        )

    @api.ondelete(at_uninstall=False)
    def _unlink_never(self):
        raise UserError(
            self.env._("Judgements are kept: enter another one, which counts.")
        )
