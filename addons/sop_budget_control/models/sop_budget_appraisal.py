# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError

from ..engine.appraisal import Thresholds

LIMITS = (
    "appraisal_approve_from",
    "appraisal_condition_from",
    "appraisal_revise_from",
)


class SopBudget(models.Model):
    """By what the proposals of a budget are scored."""

    _inherit = "sop.budget"

    criterion_ids = fields.One2many(
        "sop.appraisal.criterion", "budget_id", string="Criteria", copy=False
    )
    appraisal_approve_from = fields.Float(
        "Approve from",
        default=8.0,
        digits=(4, 2),
        tracking=True,
        help="Weighted score (out of 10) from which on it is suggested to approve.",
    )
    appraisal_condition_from = fields.Float(
        "With Conditions from",
        default=6.5,
        digits=(4, 2),
        tracking=True,
        help="From here on it is suggested to approve with conditions.",
    )
    appraisal_revise_from = fields.Float(
        "Revision from",
        default=5.0,
        digits=(4, 2),
        tracking=True,
        help="From here on it is suggested to ask for a revision, below to disapprove.",
    )

    def _get_appraisal_thresholds(self):
        return Thresholds(*(self[name] for name in LIMITS))

    @api.constrains(*LIMITS)
    def _check_appraisal_limits(self):
        for budget in self:
            if not budget._get_appraisal_thresholds().is_ordered():
                raise ValidationError(
                    self.env._(
                        "Limits of the weighted score of “%(budget)s”: approve from %(approve)s, "
                        "with conditions from %(condition)s, revision from %(revise)s. They lie "
                        "between 10 and 0, each at most as high as the one before.",
                        budget=budget.name,
                        approve=budget.appraisal_approve_from,
                        condition=budget.appraisal_condition_from,
                        revise=budget.appraisal_revise_from,
                    )
                )

    def write(self, vals):
        if set(LIMITS) & set(vals):
            self._check_can_manage()
        return super().write(vals)

    def _copy_tree_to(self, target):
        # EXTENDS: the criteria go along
        new_of = super()._copy_tree_to(target)
        if target._is_answered_for():
            self.criterion_ids.copy({"budget_id": target.id})
        return new_of

    # === ACTIONS === #

    def action_add_standard_criteria(self):
        """Priority, past performance, readiness, convergence, complete funding."""
        self._check_can_manage()
        for budget in self:
            if budget.criterion_ids:
                raise UserError(
                    self.env._(
                        "“%(budget)s” has criteria already: change those, or archive them first.",
                        budget=budget.name,
                    )
                )
        self.env["sop.appraisal.criterion"].create(
            [
                {**vals, "budget_id": budget.id, "sequence": 10 * place}
                for budget in self
                for place, vals in enumerate(self._get_standard_criteria(), start=1)
            ]
        )
        return True

    @api.model
    def _get_standard_criteria(self):
        """Values of the criteria that a budget begins with; they weigh 100 in all."""
        return [
            {
                "name": self.env._("Priority"),
                "weight": 25,
                "guidance": self.env._("How much it serves the goals of the period."),
            },
            {
                "name": self.env._("Past performance"),
                "weight": 20,
                "guidance": self.env._(
                    "What came of the money given before: see the performance of its categories."
                ),
            },
            {
                "name": self.env._("Readiness"),
                "weight": 25,
                "guidance": self.env._(
                    "Whether it can start at once: people, permits, quotations, plans."
                ),
            },
            {
                "name": self.env._("Convergence"),
                "weight": 15,
                "guidance": self.env._(
                    "How well it fits together with what others plan for the same people."
                ),
            },
            {
                "name": self.env._("Complete funding"),
                "weight": 15,
                "kind": "yes_no",
                "guidance": self.env._(
                    "Yes if all the money that it takes is asked for or pledged."
                ),
            },
        ]

    def action_open_performance(self):
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "sop_budget_control.sop_category_performance_action"
        )
        return {**action, "domain": [("budget_id", "=", self.id)]}
