# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""KPIs that work for other KPIs: from the organisation to departments and people."""

from odoo import api, fields, models
from odoo.exceptions import ValidationError

from ..engine import goal, graph


class SopKpi(models.Model):
    _inherit = "sop.kpi"

    progress = fields.Float(
        "Progress (%)",
        compute="_compute_progress",
        help="How much of the way to the target is done, from 0 to 100.",
    )
    parent_id = fields.Many2one(
        "sop.kpi",
        "Contributes To",
        index="btree_not_null",
        ondelete="set null",
        check_company=True,
        tracking=True,
        domain="[('company_id', '=', company_id), ('id', '!=', id)]",
        help="The KPI of a higher level that this one works for.",
    )
    child_ids = fields.One2many("sop.kpi", "parent_id", string="Contributing KPIs")
    scope = fields.Selection(
        [
            ("organisation", "Organisation"),
            ("department", "Department"),
            ("person", "Person"),
        ],
        "Goal Of",
        index="btree_not_null",
        tracking=True,
        help="Whose goal it is. Goals of people contribute to those of their department, these "
        "to those of the organisation.",
    )
    supporting_operation_ids = fields.One2many(
        "sop.operation", "contributes_kpi_id", string="Contributing Operations"
    )
    shared_operation_ids = fields.Many2many(
        "sop.operation",
        "sop_kpi_shared_operation_rel",
        "kpi_id",
        "operation_id",
        string="Also Counts For",
        copy=False,
        check_company=True,
        domain="[('company_id', '=', company_id), ('id', '!=', operation_id)]",
        help="Other operations that share this KPI. It is shown there, and counts once in the "
        "mean of what they are part of.",
    )
    contribution = fields.Float(
        "Contributing (%)",
        compute="_compute_contribution",
        help="Mean progress of the KPIs that contribute to it, and of those of the operations "
        "that do: each once, by weight, as far as you may see them and they have data.",
    )
    has_contribution = fields.Boolean(compute="_compute_contribution")

    @api.depends("attainment", "has_attainment")
    def _compute_progress(self):
        for kpi in self:
            kpi.progress = goal.progress(kpi.attainment) or 0.0

    @api.depends_context("uid")
    @api.depends("child_ids.attainment", "supporting_operation_ids", "attainment")
    def _compute_contribution(self):
        below = self.search_fetch(
            [("parent_id", "in", self.ids)],
            ["parent_id", "attainment", "has_attainment", "weight"],
        ).grouped("parent_id")
        operations = self.env["sop.operation"].search_fetch(
            [("contributes_kpi_id", "in", self.ids)], ["contributes_kpi_id"]
        )
        goals = operations._get_goal_kpis()
        supporting = operations.grouped("contributes_kpi_id")
        for kpi in self:
            own = kpi._origin
            found = below.get(own, self.browse())
            for operation in supporting.get(own, ()):
                found |= goals[operation.id]
            mean = (found - own)._get_mean_progress()
            kpi.contribution = mean or 0.0
            kpi.has_contribution = mean is not None

    def _get_mean_progress(self):
        """Percent, exact; None without data."""
        return goal.mean_once(
            (kpi.id, kpi.attainment if kpi.has_attainment else None, kpi.weight)
            for kpi in self
        )

    # === CONSTRAINTS === #

    @api.constrains("parent_id", "operation_id", "shared_operation_ids")
    def _check_cascade(self):
        self._check_no_circle(self)
        for kpi in self:
            # sudo: whether it is the same operation, whoever sees it
            if kpi.operation_id in kpi.sudo().shared_operation_ids:
                raise ValidationError(
                    self.env._(
                        "“%(kpi)s” counts for “%(operation)s” already: remove it from “Also "
                        "Counts For”.",
                        kpi=kpi.name,
                        operation=kpi.operation_id.display_name,
                    )
                )

    @api.model
    def _check_no_circle(self, starts):
        """KPIs work for their parent and count for operations, and these for KPIs."""
        # sudo: a circle is one, whoever sees all of it
        starts = starts.sudo()
        edges, fresh = {}, {starts._name: starts}
        while any(fresh.values()):
            kpis = fresh.get("sop.kpi", self.sudo().browse())
            operations = fresh.get(
                "sop.operation", self.env["sop.operation"].sudo().browse()
            )
            for kpi in kpis:
                above = (kpi.parent_id, kpi.operation_id, kpi.shared_operation_ids)
                edges[kpi] = [record for records in above for record in records]
            for operation in operations:
                above = (operation.contributes_kpi_id, operation.parent_id)
                edges[operation] = [record for records in above for record in records]
            fresh = {
                "sop.kpi": (kpis.parent_id | operations.contributes_kpi_id).filtered(
                    lambda kpi: kpi not in edges
                ),
                "sop.operation": (
                    kpis.operation_id | kpis.shared_operation_ids | operations.parent_id
                ).filtered(lambda operation: operation not in edges),
            }
        path = graph.find_cycle(edges, starts)
        if path:
            raise ValidationError(
                self.env._(
                    "KPIs and operations can't contribute to each other in a circle: %(path)s. "
                    "Change “Contributes To” of one of these.",
                    path=" → ".join(self._get_path_names(path)),
                )
            )

    def _get_path_names(self, path):
        """Of what the user may not read, the name isn't told."""
        return [
            record.display_name if record.sudo(False).has_access("read") else "…"
            for record in path
        ]
