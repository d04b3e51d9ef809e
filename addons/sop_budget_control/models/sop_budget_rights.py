# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from odoo import api, fields, models
from odoo.exceptions import AccessError
from odoo.fields import Domain
from odoo.tools import SQL


class SopBudget(models.Model):
    """Rights to single categories, and budgets whose figures proposers don't see."""

    _inherit = "sop.budget"

    grant_ids = fields.One2many("sop.budget.grant", "budget_id", string="Rights")
    proposer_sees_figures = fields.Boolean(
        "Proposers See Figures",
        default=True,
        tracking=True,
        help="Off: proposers know the names of the categories that they may ask money of, and "
        "their own proposals; no amount, no report, nobody else's spending.",
    )
    hides_figures = fields.Boolean(
        compute="_compute_hides_figures",
        search="_search_hides_figures",
        help="Whether its figures are hidden from me.",
    )

    @api.depends_context("uid")
    @api.depends("proposer_sees_figures", "user_role")
    def _compute_hides_figures(self):
        # sudo: what the user doesn't see decides what they read, not the other way round
        budgets = self.sudo().with_context(active_test=False)
        hidden = budgets.search(
            Domain("id", "in", self.ids) & self._get_hidden_figures_domain()
        )
        for budget in self:
            budget.hides_figures = budget._origin.id in hidden._ids

    @api.model
    def _search_hides_figures(self, operator, value):
        if operator != "in":
            return NotImplemented
        domain = self._get_hidden_figures_domain()
        return Domain.OR(domain if wanted else ~domain for wanted in value)

    @api.model
    def _get_hidden_figures_domain(self):
        if self._sees_all_figures():
            return Domain.FALSE
        return Domain("id", "in", SQL("(%s)", self._get_hidden_figures_sql()))

    @api.model
    def _sees_all_figures(self):
        # Not whether in superuser mode: record rules are worked out in it
        return self.env.user.has_group("sop_budget.group_sop_budget_manager")

    @api.model
    def _get_hidden_figures_sql(self):
        """Budgets whose figures the user doesn't see, as a query of ids."""
        name = "proposer_sees_figures"
        return SQL(
            "SELECT hidden.id FROM sop_budget hidden WHERE %s IS NOT TRUE AND hidden.id IN (%s)",
            SQL.identifier("hidden", name, to_flush=self._fields[name]),
            self.env["sop.budget.member"]._get_role_sql(self.env.user, ("proposer",)),
        )

    @api.model
    def _get_figures_domain(self):
        # EXTENDS sop_budget
        domain = super()._get_figures_domain()
        return domain if self.env.su else domain & ~self._get_hidden_figures_domain()

    def _filter_figures(self):
        # EXTENDS sop_budget: nothing to ask as long as no budget hides anything
        # sudo: the setting of a budget, for its guard
        if all(self.sudo().mapped("proposer_sees_figures")):
            return self
        return super()._filter_figures()

    def write(self, vals):
        if "proposer_sees_figures" in vals:
            self._check_can_manage()
        return super().write(vals)

    # === WHAT IS TOLD === #

    def _describe_amount_changes(self, changed):
        # EXTENDS sop_budget: the history is read by proposers too
        if self.proposer_sees_figures:
            return super()._describe_amount_changes(changed)
        return self.env._("Amounts changed: %(count)s.", count=len(changed))

    def _is_discreet(self, category):
        # EXTENDS sop_budget: as for the history
        return not self.proposer_sees_figures or super()._is_discreet(category)

    # === GRANTS === #

    def _check_can_grant(self, user_ids):
        """Who gives a member a role also gives them their rights to single categories."""
        # sudo: whose role it is, is no secret from the guard
        members = self.sudo().member_ids.filtered(lambda m: m.user_id.id in user_ids)
        for budget in self:
            budget._check_can_give(
                {member.role for member in members if member.budget_id == budget}
            )

    def _check_may_propose(self, categories):
        # EXTENDS: by the rights to single categories
        super()._check_may_propose(categories)
        if self.env.su or self._has_role("manager"):
            return
        closed = categories - categories._filter_by_grant("can_propose", self.env.user)
        if closed:
            raise AccessError(
                self.env._(
                    "Only some members may ask for money of “%(category)s”: choose another "
                    "category, or ask %(owner)s for the right.",
                    category=closed[0].display_name,
                    owner=self.sudo().user_id.name,  # sudo: whom to ask
                )
            )

    def _filter_approvers(self, users, categories=None):
        # EXTENDS: by the rights to single categories; and auditors change nothing
        users = super()._filter_approvers(users, categories)
        # sudo: who is an auditor is no secret from the guard
        members = self.sudo().member_ids
        users -= members.filtered(lambda m: m.in_force and m.role == "auditor").user_id
        for holders in (
            categories._get_holders("can_approve") if categories else {}
        ).values():
            users &= holders
        return users

    # === HISTORY === #

    def _shows_history(self):
        # EXTENDS sop_budget: the history tells amounts
        return super()._shows_history() and bool(self._filter_figures())

    def _mail_get_operation_for_mail_message_operation(self, message_operation):
        # EXTENDS mail
        operations = super()._mail_get_operation_for_mail_message_operation(
            message_operation
        )
        shown = self.sudo(False)._filter_figures()
        return {
            budget: operation if budget in shown else "write"
            for budget, operation in operations.items()
        }


class SopBudgetCategory(models.Model):
    _inherit = "sop.budget.category"

    def _shows_history(self):
        # EXTENDS sop_budget: as for the budget
        return super()._shows_history() and bool(self.budget_id._filter_figures())

    def _mail_get_operation_for_mail_message_operation(self, message_operation):
        # EXTENDS mail
        operations = super()._mail_get_operation_for_mail_message_operation(
            message_operation
        )
        # sudo: of which budget a message is, decides who may read it
        shown = self.sudo().budget_id.sudo(False)._filter_figures()
        return {
            category: operation if category.sudo().budget_id in shown else "write"
            for category, operation in operations.items()
        }


class SopBudgetMember(models.Model):
    _inherit = "sop.budget.member"

    def write(self, vals):
        """Rights to single categories are personal: a successor gets none of them."""
        if "user_id" in vals:
            self.filtered(lambda m: m.user_id.id != vals["user_id"])._drop_grants()
        return super().write(vals)

    @api.ondelete(at_uninstall=False)
    def _unlink_with_grants(self):
        self._drop_grants()

    def _describe_right(self):
        # EXTENDS: who approves for them is a right, too
        right = super()._describe_right()
        if not self.reports_to_id:
            return right
        manager = self.reports_to_id.name
        return self.env._(
            "%(right)s, reports to %(manager)s", right=right, manager=manager
        )

    def _drop_grants(self):
        pairs = {(member.budget_id.id, member.user_id.id) for member in self}
        # sudo: who takes the role takes what hangs on it, of hidden categories as well
        self.env["sop.budget.grant"].sudo().search(
            [
                ("budget_id", "in", self.budget_id.ids),
                ("user_id", "in", self.user_id.ids),
            ]
        ).filtered(lambda g: (g.budget_id.id, g.user_id.id) in pairs).unlink()


class SopProposal(models.Model):
    _name = "sop.proposal"
    _inherit = ["sop.proposal", "sop.readable.mixin"]

    def _shows_figures(self):
        # EXTENDS: the effect on the budget is a figure of the budget
        return super()._shows_figures() and bool(
            self.budget_id._origin._filter_figures()
        )
