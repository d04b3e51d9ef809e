# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from odoo import api, fields, models
from odoo.exceptions import ValidationError
from odoo.tools import SQL

ROLES = [
    ("viewer", "Viewer"),
    ("proposer", "Proposer"),
    ("approver", "Approver"),
    ("auditor", "Auditor"),
    ("planner", "Planner"),
    ("manager", "Manager"),
]
# Whoever has a role may do what these roles may do. Approvers and auditors stand beside the
# others: they neither ask for money nor plan it.
INCLUDED_ROLES = {
    False: frozenset(),
    "viewer": frozenset({"viewer"}),
    "proposer": frozenset({"viewer", "proposer"}),
    "approver": frozenset({"viewer", "approver"}),
    "auditor": frozenset({"viewer", "auditor"}),
    "planner": frozenset({"viewer", "proposer", "planner"}),
    "manager": frozenset(role for role, _label in ROLES),
}
# How far a role sees; a category shows from the rank of its visibility on
ROLE_RANK = {False: 0, "viewer": 1, "proposer": 1, "approver": 1, "planner": 2} | {
    "auditor": 3,
    "manager": 3,
}
# What managers who don't own the budget may give to others, and take from them
ROLES_OF_MANAGERS = frozenset({"viewer", "proposer", "planner"})


class SopBudgetMember(models.Model):
    _name = "sop.budget.member"
    _inherit = ["sop.budget.part.mixin", "sop.budget.term.mixin"]
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
        "Approver: reads it and decides on what others ask for; never asks.\n"
        "Auditor: reads everything, hidden categories included, and changes nothing; until a "
        "day that must be given.\n"
        "Planner: edits categories and amounts while the budget is a draft.\n"
        "Manager: also approves, closes and manages viewers, proposers and planners.",
    )

    _user_uniq = models.Constraint(
        "unique (budget_id, user_id)", "Each person has one role in a budget."
    )
    _auditor_until = models.Constraint(
        "CHECK (role <> 'auditor' OR date_until IS NOT NULL)",
        "Auditors read everything: say until which day.",
    )

    # === SQL === #

    def _get_role_sql(self, user, roles=None):
        """Budgets in which ``user`` has one of the roles (or any) today, as a query of ids."""
        condition = SQL()
        if roles is not None:
            condition = SQL(
                "AND %s IN %s", self._column("member", "role"), tuple(roles)
            )
        return SQL(
            """SELECT %(budget)s FROM sop_budget_member member
                WHERE %(user)s = %(id)s %(condition)s AND %(in_force)s""",
            budget=self._column("member", "budget_id"),
            user=self._column("member", "user_id"),
            id=user.id,
            condition=condition,
            in_force=self._in_force_sql("member"),
        )

    # === CONSTRAINTS === #

    @api.constrains("user_id")
    def _check_user(self):
        label = self.fields_get(["user_id"], ["string"])["user_id"]["string"]
        for budget, members in self.grouped("budget_id").items():
            budget._check_can_hold_role(members.user_id, label)

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

    # === CRUD === #

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
            # Stated, so that no default of a context takes the place of what was checked
            budget._check_can_give({vals.setdefault("role", "viewer")})
        members = super().create(vals_list)
        for budget, group in members.grouped("budget_id").items():
            budget.message_subscribe(partner_ids=group.user_id.partner_id.ids)
        members._log_change(self.env._("added"))
        return members

    def write(self, vals):
        self._check_not_derived(vals)
        self._check_same_budget(vals)
        roles = {*self.mapped("role"), vals.get("role") or "viewer"}
        self.budget_id._check_can_give(roles)
        before = {member: member._describe_right() for member in self}
        if "user_id" in vals:
            self._unfollow()
        result = super().write(vals)
        if "user_id" in vals:
            for budget, members in self.grouped("budget_id").items():
                budget.message_subscribe(partner_ids=members.user_id.partner_id.ids)
        changed = self.filtered(lambda m: m._describe_right() != before[m])
        changed._log_change(self.env._("changed"), before)
        return result

    @api.ondelete(at_uninstall=False)
    def _unlink_except_not_manager(self):
        for budget, members in self.grouped("budget_id").items():
            budget._check_can_give(set(members.mapped("role")))
            members._unfollow()
        self._log_change(self.env._("removed"))

    def _unfollow(self):
        """Whoever is no member any more follows neither the budget nor its categories."""
        for budget, members in self.grouped("budget_id").items():
            partners = members.user_id.partner_id.ids
            # sudo: they may follow what is hidden from the one who takes the role from them
            budget = budget.sudo()
            budget.message_unsubscribe(partner_ids=partners)
            budget.category_ids.message_unsubscribe(partner_ids=partners)

    # === HISTORY === #

    def _log_change(self, what, before=None):
        """Changes of rights stay readable in the budget's history."""
        before = before or {}
        for budget, members in self.grouped("budget_id").items():
            names = "; ".join(
                " → ".join(filter(None, (before.get(m), m._describe_right())))
                for m in members
            )
            budget.message_post(
                body=self.env._("Members %(what)s: %(names)s", what=what, names=names)
            )

    def _describe_right(self):
        """Such as “Ann (Auditor, until 06/30/2025)”."""
        self.ensure_one()
        labels = dict(self._fields["role"]._description_selection(self.env))
        words = [labels[self.role], *self._describe_term()]
        return f"{self.user_id.name} ({', '.join(words)})"
