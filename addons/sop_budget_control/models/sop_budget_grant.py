# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from odoo import api, fields, models
from odoo.exceptions import ValidationError


class SopBudgetGrant(models.Model):
    """What one member may do with one category and all that is below it.

    To view opens what is hidden. To propose and to approve close: where anybody has such a
    grant, on the category or above it, only those who have one may do it there. Before its
    first and after its last day a grant counts for nothing, as if it weren't there.
    """

    _name = "sop.budget.grant"
    _inherit = ["sop.budget.part.mixin", "sop.budget.term.mixin"]
    _description = "Right to a Category"
    _order = "budget_id, category_id, user_id, id"

    category_id = fields.Many2one(
        "sop.budget.category",
        required=True,
        index=True,
        ondelete="cascade",
        domain="[('budget_id', '=', budget_id)] if budget_id else []",
    )
    budget_id = fields.Many2one(related="category_id.budget_id", store=True, index=True)
    company_id = fields.Many2one(related="category_id.company_id", store=True)
    user_id = fields.Many2one(
        "res.users",
        string="Member",
        required=True,
        index=True,
        ondelete="cascade",
        domain="[('share', '=', False)]",
    )
    can_view = fields.Boolean(
        "View",
        default=True,
        help="Shows the category and what is below it even where it is hidden.",
    )
    can_propose = fields.Boolean(
        "Propose", help="Nobody without such a right asks for money of it any more."
    )
    can_approve = fields.Boolean(
        "Approve", help="Nobody without such a right is asked to decide on it any more."
    )

    _user_uniq = models.Constraint(
        "unique (category_id, user_id)",
        "This person has rights to this category already: change those.",
    )
    _not_empty = models.Constraint(
        "CHECK (can_view IS TRUE OR can_propose IS TRUE OR can_approve IS TRUE)",
        "Tick what the person may do with the category, or remove the row.",
    )

    @api.depends("category_id", "user_id")
    def _compute_display_name(self):
        for grant in self:
            grant.display_name = (
                f"{grant.category_id.display_name}: {grant.user_id.name}"
            )

    # === CONSTRAINTS === #

    @api.constrains("category_id", "user_id")
    def _check_member(self):
        for grant in self:
            # sudo: who is a member is known to every member
            if grant.user_id not in grant.budget_id.sudo().member_ids.user_id:
                raise ValidationError(
                    self.env._(
                        "%(user)s is no member of “%(budget)s”: give them a role there first.",
                        user=grant.user_id.name,
                        budget=grant.budget_id.name,
                    )
                )

    # === CRUD === #

    @api.model_create_multi
    def create(self, vals_list):
        default = self.env.context.get("default_category_id")
        Category = self.env["sop.budget.category"]
        for vals in vals_list:
            self._check_not_derived(vals)
            category = Category.browse(vals.setdefault("category_id", default))
            category.check_access("read")
            category.budget_id._check_can_grant([vals.get("user_id")])
        grants = super().create(vals_list)
        grants._log_change(self.env._("given"))
        return grants

    def write(self, vals):
        self._check_not_derived(vals)
        self._check_same_budget(vals)
        users = {*self.user_id.ids, vals.get("user_id")} - {None}
        self.budget_id._check_can_grant(users)
        before = {grant: grant._describe() for grant in self}
        where = {grant: grant.category_id for grant in self}
        result = super().write(vals)
        changed = self.filtered(
            lambda g: g._describe() != before[g] or g.category_id != where[g]
        )
        changed._log_change(self.env._("changed"), before)
        return result

    @api.ondelete(at_uninstall=False)
    def _unlink_except_not_manager(self):
        for budget, grants in self.grouped("budget_id").items():
            budget._check_can_grant(grants.user_id.ids)
        self._log_change(self.env._("taken back"))

    def unlink(self):
        result = super().unlink()
        self.env["sop.budget.category"]._invalidate_rights()
        return result

    # === HISTORY === #

    def _log_change(self, what, before=None):
        """On the category for who may see it; the budget's history names nothing hidden."""
        self.env["sop.budget.category"]._invalidate_rights()
        before = before or {}
        for category, grants in self.grouped("category_id").items():
            rights = "; ".join(
                " → ".join(filter(None, (before.get(g), g._describe()))) for g in grants
            )
            hidden = category.visibility_effective != "all"
            name = (
                self.env._("a restricted category") if hidden else category.display_name
            )
            for record in (category, category.budget_id):
                record.message_post(
                    body=self.env._(
                        "Rights to %(category)s %(what)s: %(rights)s",
                        category=category.display_name if record == category else name,
                        what=what,
                        rights=rights,
                    )
                )

    def _describe(self):
        """Such as “Ann (View, Propose, until 06/30/2025)”."""
        self.ensure_one()
        names = ("can_view", "can_propose", "can_approve")
        strings = self.fields_get(names, ["string"])
        rights = [strings[name]["string"] for name in names if self[name]]
        return f"{self.user_id.name} ({', '.join(rights + self._describe_term())})"
