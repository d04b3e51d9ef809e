# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from odoo import fields, models
from odoo.tools import SQL

from ..models.sop_alignment_goal import GOAL_KINDS


class SopAlignmentReport(models.Model):
    """One row for each goal that an operation serves: which goals have operations, which few."""

    _name = "sop.alignment.report"
    _description = "Operations by Goal"
    _inherit = "sop.operation.part.mixin"
    _auto = False
    _rec_name = "operation_id"
    _order = "kind, goal_id, operation_id"
    _depends = {
        "sop.operation": [
            "active",
            "alignment_level",
            "alignment_score",
            "company_id",
            "goal_ids",
            "health",
            "place_count",
            "place_group_count",
            "state",
            "user_id",
        ],
        "sop.alignment.goal": ["active", "kind"],
    }

    operation_id = fields.Many2one("sop.operation", readonly=True)
    goal_id = fields.Many2one("sop.alignment.goal", readonly=True)
    kind = fields.Selection(GOAL_KINDS, "Kind of Goal", readonly=True)
    company_id = fields.Many2one("res.company", readonly=True)
    user_id = fields.Many2one("res.users", "In Charge", readonly=True)
    state = fields.Selection(
        selection=lambda self: self._get_selection_of_operation("state"), readonly=True
    )
    health = fields.Selection(
        selection=lambda self: self._get_selection_of_operation("health"), readonly=True
    )
    alignment_level = fields.Selection(
        selection=lambda self: self._get_selection_of_operation("alignment_level"),
        readonly=True,
    )
    alignment_score = fields.Float(
        "Alignment", digits=(16, 0), aggregator="avg", readonly=True
    )
    place_count = fields.Integer("Places", readonly=True)
    place_group_count = fields.Integer("For Target Groups", readonly=True)

    def _get_selection_of_operation(self, name):
        field = self.env["sop.operation"]._fields[name]
        return field._description_selection(self.env)

    @property
    def _table_query(self):
        return SQL(
            """
            SELECT rel.operation_id::bigint * 1000000 + rel.goal_id AS id,
                   rel.operation_id,
                   rel.goal_id,
                   goal.kind,
                   operation.company_id,
                   operation.user_id,
                   operation.state,
                   operation.health,
                   operation.alignment_level,
                   operation.alignment_score,
                   operation.place_count,
                   operation.place_group_count
              FROM sop_operation_goal_rel rel
              JOIN sop_operation operation ON operation.id = rel.operation_id
              JOIN sop_alignment_goal goal ON goal.id = rel.goal_id
             WHERE operation.active AND goal.active
            """
        )
