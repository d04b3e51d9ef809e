# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain


class SopOperation(models.Model):
    """Who looked at an operation: visits and evaluations."""

    _inherit = "sop.operation"

    visit_ids = fields.One2many("sop.monitoring.visit", "operation_id", "Visits")
    visit_count = fields.Integer(
        "Number of Visits", compute="_compute_assessment_counts"
    )
    evaluation_ids = fields.One2many("sop.evaluation", "operation_id", "Evaluations")
    evaluation_count = fields.Integer(
        "Number of Evaluations", compute="_compute_assessment_counts"
    )

    @api.depends("visit_ids", "evaluation_ids")
    @api.depends_context("uid")
    def _compute_assessment_counts(self):
        for model, name in (
            ("sop.monitoring.visit", "visit_count"),
            ("sop.evaluation", "evaluation_count"),
        ):
            counts = dict(
                self.env[model]._read_group(
                    Domain("operation_id", "in", self.ids),
                    ["operation_id"],
                    ["__count"],
                )
            )
            for operation in self:
                operation[name] = counts.get(operation._origin, 0)

    @api.ondelete(at_uninstall=False)
    def _unlink_except_assessed(self):
        # sudo: history counts, whoever sees it
        for operation in self.sudo():
            done = [*operation.visit_ids, *operation.evaluation_ids]
            if any(record.state == "done" for record in done):
                raise UserError(
                    self.env._(
                        "“%(operation)s” was visited or evaluated: that stays on record. "
                        "Archive it instead.",
                        operation=operation.display_name,
                    )
                )

    def action_open_visits(self):
        return self._open_here("sop_monitoring_visit_action")

    def action_open_evaluations(self):
        return self._open_here("sop_evaluation_action")

    def action_plan_visit(self):
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Monitoring Visit"),
            "res_model": "sop.monitoring.visit",
            "view_mode": "form",
            "context": {"default_operation_id": self.id},
        }
