# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from odoo import api, fields, models
from odoo.exceptions import ValidationError

ROLES = [
    ("viewer", "Viewer"),
    ("proposer", "Proposer"),
    ("planner", "Planner"),
    ("manager", "Manager"),
]
# Higher ranks include what the lower ones may do
ROLE_RANK = {role: rank for rank, (role, _label) in enumerate(ROLES, start=1)}


class SopBudgetMember(models.Model):
    _name = "sop.budget.member"
    _inherit = "sop.budget.part.mixin"
    _description = "Budget Member"
    _order = "budget_id, role desc, id"
    _rec_name = "user_id"

    budget_id = fields.Many2one(
        "sop.budget", required=True, index=True, ondelete="cascade"
    )
    company_id = fields.Many2one(related="budget_id.company_id", store=True)
    user_id = fields.Many2one(
        "res.users",
        required=True,
        index=True,
        ondelete="cascade",
        domain="[('share', '=', False)]",
    )
    role = fields.Selection(
        ROLES,
        required=True,
        default="viewer",
        help="Viewer: reads the budget.\n"
        "Proposer: reads it and asks for money.\n"
        "Planner: edits categories and amounts while the budget is a draft.\n"
        "Manager: also approves, closes and manages the members.",
    )

    _user_uniq = models.Constraint(
        "unique (budget_id, user_id)", "Each person has one role in a budget."
    )

    @api.constrains("user_id", "budget_id")
    def _check_not_owner(self):
        for member in self:
            if member.user_id == member.budget_id.user_id:
                raise ValidationError(
                    self.env._(
                        "%(user)s owns the budget “%(budget)s” and needs no role in it.",
                        user=member.user_id.name,
                        budget=member.budget_id.name,
                    )
                )

    @api.model_create_multi
    def create(self, vals_list):
        # Before they exist: a row that makes its writer a manager must not vouch for itself
        default = self.env.context.get("default_budget_id")
        for vals in vals_list:
            self._check_not_derived(vals)
            budget = self.env["sop.budget"].browse(
                vals.setdefault("budget_id", default)
            )
            budget.check_access("read")
            budget._check_can_manage()
        members = super().create(vals_list)
        for budget, group in members.grouped("budget_id").items():
            budget.message_subscribe(partner_ids=group.user_id.partner_id.ids)
        members._log_change(self.env._("added"))
        return members

    def write(self, vals):
        self.budget_id._check_can_manage()
        self._check_not_derived(vals)
        self._check_same_budget(vals)
        result = super().write(vals)
        self._log_change(self.env._("changed"))
        return result

    @api.ondelete(at_uninstall=False)
    def _unlink_except_not_manager(self):
        self.budget_id._check_can_manage()
        self._log_change(self.env._("removed"))

    def _log_change(self, what):
        """Changes of rights stay readable in the budget's history."""
        labels = dict(self._fields["role"]._description_selection(self.env))
        for budget, members in self.grouped("budget_id").items():
            names = ", ".join(f"{m.user_id.name} ({labels[m.role]})" for m in members)
            budget.message_post(
                body=self.env._("Members %(what)s: %(names)s", what=what, names=names)
            )
