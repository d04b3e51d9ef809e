# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""Operations that are goals, or work for a goal of a higher level."""

from odoo import api, fields, models
from odoo.fields import Domain

from ..engine import goal


class SopOperation(models.Model):
    _inherit = "sop.operation"

    is_objective = fields.Boolean(
        "Objective",
        tracking=True,
        help="It is a goal, and its KPIs are the key results that tell whether it is reached: "
        "two to five of them.",
    )
    contributes_kpi_id = fields.Many2one(
        "sop.kpi",
        "Contributes To",
        index="btree_not_null",
        ondelete="set null",
        check_company=True,
        tracking=True,
        domain="[('company_id', '=', company_id), ('operation_id', '!=', id)]",
        help="The KPI of a higher level that the whole operation works for.",
    )
    shared_kpi_ids = fields.Many2many(
        "sop.kpi",
        "sop_kpi_shared_operation_rel",
        "operation_id",
        "kpi_id",
        string="Shared KPIs",
        copy=False,
        check_company=True,
        help="KPIs of other operations that count for this one as well.",
    )
    key_result_hint = fields.Char(compute="_compute_key_result_hint")
    goal_progress = fields.Float(
        "Progress of Goals (%)",
        compute="_compute_goal_progress",
        help="Mean progress, from 0 to 100 each, of its KPIs, of those it shares, and of those "
        "below it: each once, by weight. KPIs without data don't count.",
    )
    has_goal_progress = fields.Boolean(compute="_compute_goal_progress")
    goal_standing = fields.Selection(
        [("on_track", "On Track"), ("behind", "Behind"), ("unknown", "No Data")],
        "Goals Are",
        compute="_compute_goal_progress",
        help="On track when the progress is at least 80 % of the share of the time that is "
        "over. The health looks at more than that.",
    )

    @api.depends_context("lang")
    @api.depends("is_objective", "kpi_ids.active", "shared_kpi_ids")
    def _compute_key_result_hint(self):
        least, most = goal.KEY_RESULTS
        for operation in self:
            # sudo: how many there are, seen or not
            count = len(operation.kpi_ids | operation.sudo().shared_kpi_ids)
            hint = False
            if operation.is_objective and count < least:
                hint = self.env._(
                    "An objective is judged by %(least)s to %(most)s key results, and this one "
                    "has %(count)s: add KPIs that tell when it is reached.",
                    least=least,
                    most=most,
                    count=count,
                )
            elif operation.is_objective and count > most:
                hint = self.env._(
                    "An objective is judged by %(least)s to %(most)s key results, and this one "
                    "has %(count)s: keep those that matter most, or divide it.",
                    least=least,
                    most=most,
                    count=count,
                )
            operation.key_result_hint = hint

    @api.depends_context("uid")
    @api.depends("kpi_ids.attainment", "kpi_ids.weight", "shared_kpi_ids", "child_ids")
    def _compute_goal_progress(self):
        goals = self._origin._get_goal_kpis()
        for operation in self:
            mean = goals[operation._origin.id]._get_mean_progress()
            known = operation.has_time_progress
            enough = goal.on_track(mean, operation.time_progress if known else None)
            operation.goal_progress = mean or 0.0
            operation.has_goal_progress = mean is not None
            operation.goal_standing = (
                "unknown" if enough is None else "on_track" if enough else "behind"
            )

    def _get_goal_kpis(self):
        """``{operation id: KPIs with data of it and of all below}`` that the reader may see.

        Those that others share with it are among them. A few queries for any number.
        """
        below = self._get_below()
        ids = {part for parts in below.values() for part in parts}
        kpis = self.env["sop.kpi"].search_fetch(
            Domain("has_attainment", "=", True)
            & (
                Domain("operation_id", "in", ids)
                | Domain("shared_operation_ids", "in", ids)
            ),
            ["operation_id", "attainment", "has_attainment", "weight"],
        )
        by_operation = {}
        for kpi in kpis:
            # sudo: where a KPI counts that the reader sees
            for id_ in {kpi.operation_id.id, *kpi.sudo().shared_operation_ids._ids}:
                by_operation.setdefault(id_, set()).add(kpi.id)
        empty = {False: kpis.browse()}
        return empty | {
            id_: kpis.browse(
                sorted({k for part in parts for k in by_operation.get(part, ())})
            )
            for id_, parts in below.items()
        }

    @api.constrains("contributes_kpi_id", "parent_id")
    def _check_contribution(self):
        self.env["sop.kpi"]._check_no_circle(self)
