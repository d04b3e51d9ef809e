# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from odoo import api, fields, models

from ..engine import earned_value as engine

AMOUNTS = {
    "planned_value": "planned",
    "earned_value": "earned",
    "estimate_at_completion": "estimate",
    "variance_at_completion": "variance_at_end",
}
INDEXES = {
    "schedule_index": "schedule_index",
    "cost_index": "cost_index",
    "needed_index": "needed_index",
}


class SopOperation(models.Model):
    """Earned value: milestones, weighed the same, against the money of the operation itself."""

    _inherit = "sop.operation"

    has_earned_value = fields.Boolean(compute="_compute_earned_value")
    has_cost_index = fields.Boolean(compute="_compute_earned_value")
    has_schedule_index = fields.Boolean(compute="_compute_earned_value")
    has_needed_index = fields.Boolean(compute="_compute_earned_value")
    planned_value = fields.Monetary(
        compute="_compute_earned_value",
        help="PV: of the allocated money, the share of the milestones that are due by now.",
    )
    earned_value = fields.Monetary(
        compute="_compute_earned_value",
        help="EV: of the allocated money, the share that the milestones have progressed.",
    )
    schedule_index = fields.Float(
        compute="_compute_earned_value",
        aggregator=None,
        help="SPI = earned ÷ planned value. Below 1, less is done than was to be done by now.",
    )
    cost_index = fields.Float(
        compute="_compute_earned_value",
        aggregator=None,
        help="CPI = earned value ÷ spent. Below 1, what is done cost more than planned.",
    )
    needed_index = fields.Float(
        "Index Needed from Now",
        compute="_compute_earned_value",
        aggregator=None,
        help="TCPI: the cost index that what is left must have to end on the budget.",
    )
    estimate_at_completion = fields.Monetary(
        "Cost at the End",
        compute="_compute_earned_value",
        help="EAC = allocated ÷ cost index: what it will cost if it goes on like this.",
    )
    variance_at_completion = fields.Monetary(
        "Left at the End",
        compute="_compute_earned_value",
        help="VAC = allocated − cost at the end.",
    )

    @api.depends_context("uid")
    @api.depends(
        "allocated",
        "spent",
        "analytic_account_id",
        "hidden_funding_count",
        "milestone_ids.stage",
        "milestone_ids.progress",
        "milestone_ids.date_target",
    )
    def _compute_earned_value(self):
        for operation in self:
            found = operation._get_earned_value()
            operation.has_earned_value = found.earned is not None
            operation.has_schedule_index = found.schedule_index is not None
            operation.has_cost_index = bool(found.cost_index)
            operation.has_needed_index = found.needed_index is not None
            for name, key in (AMOUNTS | INDEXES).items():
                operation[name] = getattr(found, key) or 0.0

    def _get_earned_steps(self):
        self.ensure_one()
        return [
            engine.Step(
                milestone.date_target,
                1.0 if milestone.stage == "completed" else milestone.progress / 100,
            )
            for milestone in self.milestone_ids
            if milestone.date_target
        ]

    def _get_earned_value(self):
        self.ensure_one()
        # Of a part of the money there is no earned value
        budget = None if self.hidden_funding_count else self.allocated
        # sudo: only whether its spending is known at all
        cost = self.spent if self.sudo().analytic_account_id else None
        return engine.work_out(
            budget, self._get_earned_steps(), cost, self._get_today()
        )
