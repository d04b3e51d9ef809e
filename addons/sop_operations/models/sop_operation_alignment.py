# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from odoo import api, fields, models

from ..engine import alignment as engine
from ..engine.kpi import shown_percent
from .res_company import WEIGHT_FIELDS


class SopOperation(models.Model):
    """How well an operation is aligned with the goals of those who fund and govern it."""

    _inherit = "sop.operation"

    goal_ids = fields.Many2many(
        "sop.alignment.goal",
        "sop_operation_goal_rel",
        "operation_id",
        "goal_id",
        string="Goals",
        check_company=True,
        help="Goals, pillars, policies and target groups that it serves.",
    )
    place_count = fields.Integer(
        "Places", aggregator="sum", help="How many people it has room for."
    )
    place_group_count = fields.Integer(
        "For Target Groups", help="How many of the places are for target groups."
    )
    alignment_score = fields.Float(
        "Alignment",
        compute="_compute_alignment",
        store=True,
        digits=(16, 0),
        aggregator="avg",
        help="0 to 100, by the criteria and weights in the settings of Operations.",
    )
    alignment_level = fields.Selection(
        [
            ("strong", "Strong"),
            ("good", "Good"),
            ("moderate", "Moderate"),
            ("weak", "Weak"),
        ],
        compute="_compute_alignment",
        store=True,
        index="btree_not_null",
        help="Strong from 80, good from 60, moderate from 40, else weak. Empty: neither goals "
        "nor places are stated, so there is no score.",
    )
    alignment_text = fields.Text("Why This Score", compute="_compute_alignment_text")

    _places_positive = models.Constraint(
        "CHECK (COALESCE(place_group_count, 0) >= 0 "
        "AND COALESCE(place_group_count, 0) <= COALESCE(place_count, 0))",
        "The places for target groups must be between zero and all places.",
    )

    @api.depends(
        "goal_ids.kind",
        "goal_ids.active",
        "kpi_ids.target_kind",
        "kpi_ids.active",
        "place_count",
        "place_group_count",
        *(f"company_id.{name}" for name in WEIGHT_FIELDS.values()),
    )
    def _compute_alignment(self):
        for operation in self:
            score = operation._get_alignment()
            operation.alignment_score = score.total if score else 0.0
            operation.alignment_level = score.level if score else False

    def _get_alignment(self):
        """The score, None where there is nothing to align with: no data is not zero."""
        self.ensure_one()
        if not (self.goal_ids or self.place_count):
            return None
        company = self.company_id or self.env.company
        return engine.score(
            self._get_alignment_shares(), company._get_sop_alignment_weights()
        )

    def _get_alignment_shares(self):
        """Criterion → how far it is fulfilled, 0 to 1. To be extended by super()."""
        kinds = set(self.goal_ids.mapped("kind"))
        targets = self.kpi_ids.filtered(lambda kpi: kpi.target_kind != "none")
        return {
            "indicators": float(bool(targets)),
            **{kind: float(kind in kinds) for kind in ("sdg", "pillar", "policy")},
            "group": engine.share_of_places(self.place_group_count, self.place_count),
        }

    @api.depends_context("lang")
    @api.depends("alignment_score", "alignment_level")
    def _compute_alignment_text(self):
        for operation in self:
            # sudo: the score counts KPIs and goals whoever reads it; only how many is said
            operation.alignment_text = operation.sudo()._describe_alignment()

    def _describe_alignment(self):
        """One line per criterion: its points, of how many, and why."""
        score = self._get_alignment()
        if not score:
            return self.env._(
                "No score yet: say which goals it serves, or how many places it has."
            )
        weights = (self.company_id or self.env.company)._get_sop_alignment_weights()
        fields_of_company = self.env["res.company"]._fields
        reasons = self._describe_alignment_reasons()
        return "\n".join(
            self.env._(
                "%(criterion)s: %(points)s of %(weight)s (%(reason)s)",
                criterion=fields_of_company[WEIGHT_FIELDS[name]].get_description(
                    self.env, ["string"]
                )["string"],
                points=shown_percent(points),
                weight=shown_percent(weights[name]),
                reason=reasons[name],
            )
            for name, points in score.points.items()
        )

    def _describe_alignment_reasons(self):
        targets = self.kpi_ids.filtered(lambda kpi: kpi.target_kind != "none")
        goals = self.goal_ids.grouped("kind")

        def named(kind):
            found = goals.get(kind)
            if not found:
                return self.env._("none is named")
            return ", ".join(goal.code or goal.name for goal in found)

        if self.place_count:
            places = self.env._(
                "%(part)s of %(whole)s places",
                part=self.place_group_count,
                whole=self.place_count,
            )
        else:
            places = self.env._("the number of places is not stated")
        return {
            "indicators": self.env._("%(count)s KPIs with a target", count=len(targets))
            if targets
            else self.env._("no KPI has a target"),
            **{kind: named(kind) for kind in ("sdg", "pillar", "policy")},
            "group": places,
        }

    @api.model
    def _get_in_charge_fields(self):
        return super()._get_in_charge_fields() | {
            "goal_ids",
            "place_count",
            "place_group_count",
        }
