# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from odoo import api, fields, models
from odoo.exceptions import UserError

KINDS = [("score", "Score 1–10"), ("yes_no", "Yes (10) or No (0)")]


class SopAppraisalCriterion(models.Model):
    """What the proposals of a budget are scored by."""

    _name = "sop.appraisal.criterion"
    _description = "Criterion of Proposals"
    _inherit = "sop.budget.part.mixin"
    _order = "budget_id, sequence, id"

    budget_id = fields.Many2one(
        "sop.budget", required=True, index=True, ondelete="cascade"
    )
    company_id = fields.Many2one(related="budget_id.company_id", store=True)
    name = fields.Char("Criterion", required=True)
    sequence = fields.Integer(default=10)
    active = fields.Boolean(default=True)
    kind = fields.Selection(KINDS, required=True, default="score")
    weight = fields.Float(
        "Weight %",
        required=True,
        digits=(6, 2),
        help="How much it counts beside the others: each in proportion to the sum of all.",
    )
    guidance = fields.Text("What to Look At", help="Shown to who gives the score.")
    score_ids = fields.One2many("sop.proposal.score", "criterion_id")

    _weight_positive = models.Constraint(
        "CHECK (weight > 0)",
        "A criterion weighs more than nothing: archive it if it does not count.",
    )

    # === CRUD === #

    @api.model_create_multi
    def create(self, vals_list):
        for vals in vals_list:
            self._check_not_derived(vals)
        criteria = super().create(vals_list)
        criteria.budget_id._check_can_manage()
        return criteria

    def write(self, vals):
        self._check_not_derived(vals)
        self._check_same_budget(vals)
        self.budget_id._check_can_manage()
        if "kind" in vals:
            self.filtered(lambda c: c.kind != vals["kind"])._check_not_scored()
        return super().write(vals)

    @api.ondelete(at_uninstall=False)
    def _unlink_except_scored(self):
        self.budget_id._check_can_manage()
        self._check_not_scored()

    def _check_not_scored(self):
        # sudo: scores of proposals that the user doesn't see are scores too
        scored = self.sudo().filtered("score_ids")
        if scored:
            raise UserError(
                self.env._(
                    "Proposals were scored by “%(criterion)s”, and scores are kept: archive it "
                    "and add another one instead.",
                    criterion=scored[0].name,
                )
            )
