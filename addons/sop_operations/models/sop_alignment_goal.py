# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from odoo import api, fields, models
from odoo.fields import Domain

GOAL_KINDS = [
    ("sdg", "Sustainable Development Goal"),
    ("pillar", "Governance Pillar"),
    ("policy", "Policy"),
    ("group", "Target Group"),
]


class SopAlignmentGoal(models.Model):
    """What operations are to serve beyond their own targets."""

    _name = "sop.alignment.goal"
    _inherit = "sop.budget.part.mixin"
    _description = "Goal to Align With"
    _order = "kind, sequence, code, id"
    _rec_names_search = ["code", "name"]
    _check_company_auto = True

    name = fields.Char(required=True, translate=True)
    code = fields.Char(help="Short, such as SDG 4 or a number of a policy.")
    kind = fields.Selection(GOAL_KINDS, required=True, default="policy", index=True)
    sequence = fields.Integer(default=10)
    color = fields.Integer()
    active = fields.Boolean(default=True)
    company_id = fields.Many2one(
        "res.company",
        index="btree_not_null",
        help="Empty: a goal of all companies.",
        default=lambda self: self.env.company,
    )
    description = fields.Text(help="What it says, and where it can be read.")
    # Operations name their goals, not the other way round: for searches alone
    operation_ids = fields.Many2many(
        "sop.operation",
        "sop_operation_goal_rel",
        "goal_id",
        "operation_id",
        readonly=True,
        copy=False,
    )
    operation_count = fields.Integer(compute="_compute_operation_count")

    _code_per_kind = models.UniqueIndex(
        "(kind, code, COALESCE(company_id, 0)) WHERE code IS NOT NULL AND active",
        "Another goal of this kind has this code.",
    )

    @api.model
    def _get_system_fields(self):
        return super()._get_system_fields() | {"operation_ids"}

    @api.model_create_multi
    def create(self, vals_list):
        for vals in vals_list:
            self._check_not_derived(vals)
        return super().create(vals_list)

    def write(self, vals):
        self._check_not_derived(vals)
        return super().write(vals)

    @api.depends("code", "name")
    def _compute_display_name(self):
        for goal in self:
            goal.display_name = " ".join(filter(None, (goal.code, goal.name)))

    @api.depends("operation_ids")
    @api.depends_context("uid", "allowed_company_ids")
    def _compute_operation_count(self):
        counts = dict(
            self.env["sop.operation"]._read_group(
                Domain("goal_ids", "in", self.ids), ["goal_ids"], ["__count"]
            )
        )
        for goal in self:
            goal.operation_count = counts.get(goal._origin, 0)

    def action_open_operations(self):
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "sop_operations.sop_operation_action"
        )
        return {
            **action,
            "name": self.display_name,
            "domain": [("goal_ids", "in", self.ids)],
            "context": {},
        }
