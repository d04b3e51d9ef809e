# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from odoo import api, models
from odoo.exceptions import AccessError, ValidationError
from odoo.fields import Domain
from odoo.tools import SQL

from .sop_budget_member import INCLUDED_ROLES, ROLES_OF_MANAGERS


class SopBudget(models.Model):
    """Who has which role in a budget, and who hands roles out."""

    _inherit = "sop.budget"

    # === ROLES === #

    def _get_roles(self, user=None):
        """Role of a user in each budget today: ``{budget id: role or False}``.

        Owners and the members of the budget manager group count as managers.
        """
        user = user or self.env.user
        if self._is_administrator(user):
            return dict.fromkeys(self.ids + [False], "manager") | {
                b.id: "manager" for b in self
            }
        # sudo: which role the user has decides what the user may read, not the other way round
        members = (
            self.env["sop.budget.member"]
            .sudo()
            .search_fetch(
                [
                    ("budget_id", "in", self.ids),
                    ("user_id", "=", user.id),
                    ("in_force", "=", True),
                ],
                ["budget_id", "role"],
            )
        )
        roles = {member.budget_id.id: member.role for member in members}
        for budget in self.sudo():
            role = roles.get(budget._origin.id, False)
            roles[budget.id] = "manager" if budget.user_id == user else role
        return roles

    @api.model
    def _search_user_role(self, operator, value):
        """One plain sub-select: record rules ask for it with every query."""
        if operator not in ("in", "not in"):
            return NotImplemented
        domain = Domain.OR(
            self._get_role_domain(roles)
            for roles in ({role for role in value if role}, {False} & set(value))
            if roles
        )
        return domain if operator == "in" else ~domain

    @api.model
    def _get_role_domain(self, roles):
        # Not whether in superuser mode: record rules are worked out in it
        if self.env.user.has_group("sop_budget.group_sop_budget_manager"):
            return Domain.TRUE if "manager" in roles else Domain.FALSE
        if roles == {False}:
            return Domain("id", "not in", SQL("(%s)", self._get_role_sql(None)))
        return Domain("id", "in", SQL("(%s)", self._get_role_sql(roles)))

    def _get_role_sql(self, roles):
        """Budgets in which the user has one of the roles (or any) today, as a query of ids."""
        found = self.env["sop.budget.member"]._get_role_sql(self.env.user, roles)
        if roles is not None and "manager" not in roles:
            return found
        return SQL(
            "%s UNION ALL SELECT own.id FROM sop_budget own WHERE %s = %s",
            found,
            SQL.identifier("own", "user_id", to_flush=self._fields["user_id"]),
            self.env.uid,
        )

    def _get_role(self, user=None):
        self.ensure_one()
        return self._get_roles(user)[self.id]

    def _has_role(self, role, user=None):
        """Whether a user may do what ``role`` may do, in every budget of ``self``."""
        return all(
            role in INCLUDED_ROLES[found] for found in self._get_roles(user).values()
        )

    def _is_administrator(self, user=None):
        user = user or self.env.user
        return self.env.su or user.has_group("sop_budget.group_sop_budget_manager")

    def _get_managers(self):
        """Who manages the budget today and still works here, the owner first."""
        members = self.member_ids.filtered(lambda m: m.in_force and m.role == "manager")
        return (self.user_id | members.user_id).filtered("active")

    # === GUARDS === #

    def _check_can_manage(self):
        if not self._has_role("manager"):
            raise AccessError(
                self.env._("Only the owner and the managers of a budget can do this.")
            )

    def _check_can_give(self, roles):
        """Managers give and take the lower roles; those beside their own are the owner's."""
        self._check_can_manage()
        if not self._is_answered_for() and not ROLES_OF_MANAGERS.issuperset(roles):
            raise AccessError(
                self.env._(
                    "Managers of a budget manage its viewers, proposers and planners. Managers, "
                    "approvers and auditors are chosen by its owner."
                )
            )

    def _check_can_hand_over(self):
        if not self._is_answered_for():
            raise AccessError(
                self.env._("Only the owner of a budget hands it over to somebody else.")
            )

    def _is_answered_for(self):
        """Whether the current user owns every budget of ``self``, or administers all budgets."""
        # sudo: whose budget it is, is no secret from the guard
        owners = self.sudo().user_id
        return self._is_administrator() or owners <= self.env.user

    def _check_can_hold_role(self, users, field):
        """Refuse to hand a budget or a role in it to somebody who could not use it, or must not.

        :param field: label of the field that names them
        """
        for budget in self:
            # sudo: of others one may know that they can't be chosen
            for user in users.sudo():
                reason = budget._get_role_refusal(user)
                if reason:
                    raise ValidationError(
                        self.env._(
                            "“%(field)s” of “%(budget)s”: %(reason)s Choose somebody else, or "
                            "have it put right first.",
                            field=field,
                            budget=budget.name,
                            reason=reason,
                        )
                    )

    def _get_role_refusal(self, user):
        """Why somebody can't have any role in this budget, or False."""
        self.ensure_one()
        names = {"user": user.name, "company": self.company_id.name}
        if user._is_superuser():
            return False
        if not user.active:
            return self.env._("%(user)s is archived.", **names)
        if not user._is_internal():
            return self.env._("%(user)s is no internal user.", **names)
        if self.company_id not in user.company_ids:
            return self.env._("%(user)s does not work in %(company)s.", **names)
        if not user.has_group("sop_budget.group_sop_budget_user"):
            return self.env._("%(user)s has no access to budgets.", **names)
        return False

    # === FIGURES === #

    @api.model
    def _get_figures_domain(self):
        """Which of the budgets that one may read show their figures too: all of them here."""
        return Domain.TRUE

    def _filter_figures(self):
        domain = self._get_figures_domain()
        if domain.is_true():
            return self
        found = self.with_context(active_test=False).search(
            Domain("id", "in", self.ids) & domain
        )
        return self.filtered(lambda budget: budget in found)

    def _check_figures(self):
        """Refuse what would tell amounts to those who may know only that the budget exists."""
        self.check_access("read")
        if self._filter_figures() != self:
            raise AccessError(
                self.env._(
                    "Your role in “%(budget)s” does not show you its figures.",
                    budget=", ".join(self.mapped("name")),
                )
            )

    # === OWNER === #

    def _log_handover(self, former):
        """The former owners stay as managers; everybody can read who handed over to whom."""
        self.env["sop.budget.member"].sudo().create(  # sudo: no longer theirs to manage
            [
                {"budget_id": budget.id, "user_id": owner.id, "role": "manager"}
                for budget, owner in former.items()
                if not budget._get_role_refusal(owner.sudo())
            ]
        )
        for budget, owner in former.items():
            budget.message_subscribe(partner_ids=budget.user_id.partner_id.ids)
            # sudo: the one who handed it over may have no right left to write about it
            budget.sudo().message_post(
                body=self.env._(
                    "Handed over: %(former)s → %(owner)s",
                    former=owner.name,
                    owner=budget.sudo().user_id.name,
                )
            )
