# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from dateutil.relativedelta import relativedelta

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.fields import Domain
from odoo.tools import SQL

from .sop_budget_member import INCLUDED_ROLES, ROLES

# Proof that a change of state comes from an action of this model: a context that arrives by
# RPC holds plain JSON and can never carry this very object.
STATE_TOKEN = object()

STATES = [
    ("draft", "Draft"),
    ("submitted", "Submitted"),
    ("approved", "Approved"),
    ("closed", "Closed"),
    ("cancelled", "Cancelled"),
]
MAX_MONTHS = 120
# Months are counted beyond the last one, and there is no year 10000
MAX_YEAR = 9000
MANAGED_FIELDS = {"member_ids", "user_id", "is_template", "active"}
SCOPE_FIELDS = {"scope_expense", "scope_income", "scope_capital"}


class SopBudget(models.Model):
    _name = "sop.budget"
    _description = "Budget"
    _inherit = ["sop.budget.part.mixin", "mail.thread", "mail.activity.mixin"]
    _order = "date_from desc, name"
    _rec_names_search = ["name", "code"]
    _check_company_auto = True
    _mail_post_access = "read"

    # === What it is === #
    name = fields.Char(required=True, tracking=True)
    code = fields.Char(
        copy=False,
        tracking=True,
        help="A short name, such as B26. Unique in the company.",
    )
    active = fields.Boolean(default=True)
    is_template = fields.Boolean(
        string="Template",
        copy=False,
        help="Kept as a pattern for new budgets, never compared.",
    )
    company_id = fields.Many2one(
        "res.company", required=True, index=True, default=lambda self: self.env.company
    )
    currency_id = fields.Many2one(related="company_id.currency_id", store=True)
    date_from = fields.Date(
        "Start",
        required=True,
        tracking=True,
        default=lambda self: self._default_dates()[0],
    )
    date_to = fields.Date(
        "End",
        required=True,
        tracking=True,
        default=lambda self: self._default_dates()[1],
    )
    state = fields.Selection(
        STATES, required=True, default="draft", copy=False, tracking=True, index=True
    )
    tag_ids = fields.Many2many("sop.budget.tag")
    color = fields.Integer()
    note = fields.Html()

    # === Who === #
    user_id = fields.Many2one(
        "res.users",
        string="Owner",
        required=True,
        copy=False,
        index=True,
        tracking=True,
        default=lambda self: self.env.user,
        domain="[('share', '=', False)]",
        help="The one person who answers for this budget. A former owner stays as manager.",
    )
    member_ids = fields.One2many("sop.budget.member", "budget_id", copy=False)
    user_role = fields.Selection(
        ROLES,
        compute="_compute_user_role",
        search="_search_user_role",
        string="My Role",
    )
    can_edit = fields.Boolean(compute="_compute_user_role")
    can_hand_over = fields.Boolean(compute="_compute_user_role")

    # === What it plans === #
    category_ids = fields.One2many("sop.budget.category", "budget_id", copy=False)
    category_count = fields.Integer(compute="_compute_category_count")
    rate_ids = fields.One2many("sop.budget.rate", "budget_id", copy=True)

    # === What it answers for in the books === #
    plan_id = fields.Many2one(
        "account.analytic.plan",
        string="Analytic Plan",
        index="btree_not_null",
        domain="[('parent_id', '=', False)]",
        tracking=True,
        help="Categories are recognised by the analytic accounts of this plan. "
        "Leave it empty when categories are recognised by general accounts only.",
    )
    scope_expense = fields.Boolean("Expenses", default=True, tracking=True)
    scope_income = fields.Boolean("Income", default=True, tracking=True)
    scope_capital = fields.Boolean("Fixed Assets", default=True, tracking=True)
    alert_thresholds = fields.Char(
        "Alert at %",
        default="50,80,100",
        tracking=True,
        help="Shares of the planned money at which the responsible person is told, "
        "such as 50,80,100.",
    )
    alert_pace = fields.Boolean(
        "Alert on Pace",
        default=True,
        tracking=True,
        help="Tell the owner when the money is used faster than the time passes.",
    )

    _code_uniq = models.UniqueIndex(
        "(company_id, code) WHERE code IS NOT NULL",
        "Another budget of this company has this code.",
    )
    _dates_order = models.Constraint(
        "CHECK (date_from <= date_to)", "A budget must start before it ends."
    )

    @api.model
    def _default_dates(self):
        """The fiscal year of the current company that today belongs to."""
        dates = self.env.company.compute_fiscalyear_dates(
            fields.Date.context_today(self)
        )
        return dates["date_from"], dates["date_to"]

    # === COMPUTE === #

    @api.depends_context("uid")
    @api.depends(
        "user_id",
        "member_ids.role",
        "member_ids.user_id",
        "member_ids.in_force",
        "state",
    )
    def _compute_user_role(self):
        # Of the user, in superuser mode as well: record rules are worked out in it
        roles = self.sudo(False)._get_roles()
        for budget in self:
            role = roles[budget.id]
            budget.user_role = role
            budget.can_edit = budget._allows_editing(role)
            budget.can_hand_over = budget.sudo(False)._is_answered_for()

    def _compute_category_count(self):
        counts = dict(
            self.env["sop.budget.category"]._read_group(
                [("budget_id", "in", self.ids)], ["budget_id"], ["__count"]
            )
        )
        for budget in self:
            budget.category_count = counts.get(budget, 0)

    @api.depends("name", "code")
    def _compute_display_name(self):
        for budget in self:
            name = budget.name or ""
            budget.display_name = f"[{budget.code}] {name}" if budget.code else name

    # === CONSTRAINTS === #

    @api.constrains("date_from", "date_to")
    def _check_dates(self):
        for budget in self:
            if budget.date_to.year > MAX_YEAR:
                raise ValidationError(
                    self.env._(
                        "The end of a budget lies before the year %(year)s.",
                        year=MAX_YEAR + 1,
                    )
                )
            if len(budget._get_months()) > MAX_MONTHS:
                raise ValidationError(
                    self.env._(
                        "A budget spans at most %(months)s months.", months=MAX_MONTHS
                    )
                )
        outside = Domain.OR(
            Domain("budget_id", "=", budget.id)
            & (
                Domain("month", "<", budget.date_from.replace(day=1))
                | Domain("month", ">", budget.date_to)
            )
            for budget in self
        )
        amounts = self.env["sop.budget.amount"].search(
            Domain("amount", "!=", 0) & outside, limit=1
        )
        if amounts:
            raise ValidationError(
                self.env._(
                    "%(category)s plans an amount in %(month)s, which would lie outside the "
                    "budget. Move or clear it first.",
                    category=self.env["sop.budget.map"]._describe_category(
                        amounts.category_id.id
                    ),
                    month=amounts.month.strftime("%Y-%m"),
                )
            )

    @api.constrains("user_id", "company_id")
    def _check_owner(self):
        for budget in self:
            label = budget.fields_get(["user_id"], ["string"])["user_id"]["string"]
            budget._check_can_hold_role(budget.user_id, label)

    @api.constrains("alert_thresholds")
    def _check_alert_thresholds(self):
        for budget in self:
            budget._parse_thresholds(budget.alert_thresholds)

    @api.constrains("plan_id")
    def _check_plan(self):
        for budget in self:
            if budget.plan_id.parent_id:
                raise ValidationError(
                    self.env._(
                        "“%(plan)s” is a sub-plan: choose its top plan.",
                        plan=budget.plan_id.name,
                    )
                )
            for records in (budget.category_ids, budget.category_ids.rule_ids):
                # Constraints run as the system; the message is for the user
                seen = records.sudo(False)._filtered_access("read").sudo()
                budget._check_analytic_plan(seen.analytic_account_id)
                hidden = (records - seen).analytic_account_id
                if any(account.root_plan_id != budget.plan_id for account in hidden):
                    raise ValidationError(
                        self.env._(
                            "The “Analytic Plan” can't be changed by you: this budget has "
                            "categories that you may not see, and they are tied to it. Ask "
                            "%(owner)s or another manager of the budget.",
                            owner=budget.user_id.name,
                        )
                    )

    def _check_analytic_plan(self, accounts):
        """Analytic accounts of one plan only: shares of two plans must never be added up."""
        for budget in self:
            strangers = accounts.filtered(
                lambda a, b=budget: a.root_plan_id != b.plan_id
            )
            if strangers:
                raise ValidationError(
                    self.env._(
                        "The analytic account “%(account)s” belongs to the plan “%(other)s”, the "
                        "budget is tied to “%(plan)s”.",
                        account=strangers[0].display_name,
                        other=strangers[0].root_plan_id.name,
                        plan=budget.plan_id.name or self.env._("no plan"),
                    )
                )

    # === CRUD === #

    @api.model
    def _get_guarded_fields(self):
        return super()._get_guarded_fields() | {"state"}

    @api.model_create_multi
    def create(self, vals_list):
        for vals in vals_list:
            self._check_not_derived(vals)
            if vals.get("state", "draft") != "draft":
                raise UserError(self.env._("A new budget starts as a draft."))
        return super().create(vals_list)

    def write(self, vals):
        if (
            "state" in vals
            and self.env.context.get("sop_state_token") is not STATE_TOKEN
        ):
            raise UserError(
                self.env._("Use the buttons of the budget to change its state.")
            )
        if "company_id" in vals and any(
            b.company_id.id != vals["company_id"] for b in self
        ):
            raise UserError(
                self.env._(
                    "The company of a budget is fixed: its books and currency hang on it."
                )
            )
        self._check_not_derived(vals)
        if MANAGED_FIELDS & set(vals):
            self._check_can_manage()
        if {"date_from", "date_to", "plan_id", "rate_ids"} & set(vals):
            self._check_editable()
        if SCOPE_FIELDS & set(vals):
            self._check_matching_editable()
            self._check_may_tie(SCOPE_FIELDS, vals)
        if "user_id" in vals:
            return self._hand_over(vals)
        return super().write(vals)

    def _hand_over(self, vals):
        """Write with a new owner; the former one stays as manager."""
        former = {b: b.user_id for b in self if b.user_id.id != vals["user_id"]}
        changed = self.browse().union(*former)
        changed._check_can_hand_over()
        # Owner and member at once would be two roles; the new owner's old role ends
        changed.member_ids.filtered(lambda m: m.user_id.id == vals["user_id"]).unlink()
        result = super().write(vals)
        changed._log_handover(former)
        return result

    @api.ondelete(at_uninstall=False)
    def _unlink_except_in_use(self):
        self._check_can_manage()
        for budget in self:
            if budget.state not in ("draft", "cancelled"):
                raise UserError(
                    self.env._(
                        "“%(budget)s” is %(state)s: cancel it first, or archive it to keep it.",
                        budget=budget.name,
                        state=dict(STATES)[budget.state].lower(),
                    )
                )

    # === ROLES AND GUARDS === #

    def _allows_editing(self, role):
        """Whether amounts and structure may be changed in this state by somebody in ``role``."""
        self.ensure_one()
        if self.state == "draft":
            return "planner" in INCLUDED_ROLES[role]
        return self.state == "submitted" and role == "manager"

    def _get_not_editable_reason(self):
        """Why the current user can't change amounts, as a sentence; False when they can."""
        self.ensure_one()
        role = self._get_role()
        if self._allows_editing(role):
            return False
        if (
            self.state in ("draft", "submitted")
            and "planner" not in INCLUDED_ROLES[role]
        ):
            return self.env._(
                "You can read “%(budget)s” but not plan it: ask its owner %(owner)s for the role "
                "of a planner.",
                budget=self.name,
                owner=self.user_id.name,
            )
        if self.state == "submitted":
            return self.env._(
                "“%(budget)s” is submitted: only a manager of the budget changes it now.",
                budget=self.name,
            )
        return self.env._(
            "“%(budget)s” is %(state)s: its amounts are fixed. A manager can set it back to draft.",
            budget=self.name,
            state=dict(self._fields["state"]._description_selection(self.env))[
                self.state
            ].lower(),
        )

    def _check_editable(self):
        """Refuse changes of amounts and structure where state or role forbid them.

        The budget can't change its state before the change that was allowed is committed: a
        change that meets an approval fails, and Odoo tries it again.
        """
        if self.ids:
            self.env.cr.execute(
                SQL("SELECT FROM sop_budget WHERE id IN %s FOR SHARE", tuple(self.ids))
            )
        for budget in self:
            reason = budget._get_not_editable_reason()
            if reason:
                raise UserError(reason)

    def _check_matching_editable(self):
        """Matching may be mended as long as the budget is compared with the books."""
        for budget in self:
            if budget.state in ("closed", "cancelled"):
                raise UserError(
                    self.env._(
                        "“%(budget)s” is closed: what belongs to its categories is fixed.",
                        budget=budget.name,
                    )
                )
        if not self._has_role("planner"):
            raise AccessError(
                self.env._(
                    "Only planners and managers decide what belongs to a category."
                )
            )

    # === ACTIONS: STATES === #

    def _set_state(self, state, allowed, role):
        for budget in self:
            if budget.state not in allowed:
                labels = dict(self._fields["state"]._description_selection(self.env))
                raise UserError(
                    self.env._(
                        "“%(budget)s” is %(state)s and can't become %(target)s.",
                        budget=budget.name,
                        state=labels[budget.state].lower(),
                        target=labels[state].lower(),
                    )
                )
            if budget.is_template and state != "cancelled":
                raise UserError(
                    self.env._(
                        "“%(budget)s” is a template: create a budget from it.",
                        budget=budget.name,
                    )
                )
        if not self._has_role(role):
            raise AccessError(
                self.env._(
                    "Your role in this budget does not allow this change of state."
                )
            )
        self.with_context(sop_state_token=STATE_TOKEN).write({"state": state})

    def action_submit(self):
        planned = dict(
            self.env["sop.budget.amount"]._read_group(
                [("budget_id", "in", self.ids), ("amount", "!=", 0)],
                ["budget_id"],
                ["__count"],
            )
        )
        for budget in self:
            if budget not in planned:
                raise UserError(
                    self.env._(
                        "“%(budget)s” plans nothing yet: enter amounts first.",
                        budget=budget.name,
                    )
                )
        self._set_state("submitted", ("draft",), "planner")

    def action_approve(self):
        self._set_state("approved", ("submitted",), "manager")

    def action_draft(self):
        self._set_state("draft", ("submitted", "approved", "cancelled"), "manager")

    def action_close(self):
        self._set_state("closed", ("approved",), "manager")

    def action_reopen(self):
        self._set_state("approved", ("closed",), "manager")

    def action_cancel(self):
        self._set_state("cancelled", ("draft", "submitted", "approved"), "manager")

    # === ACTIONS: TREE === #

    def action_create_analytic_accounts(self):
        """Give every leaf that nothing recognises yet an analytic account of its own."""
        self.ensure_one()
        self._check_matching_editable()
        if not self.plan_id:
            self.plan_id = self._find_or_create_plan()
        # Not by the field: what is hidden from the planner may be in its cache
        leaves = (
            self.env["sop.budget.category"]
            .search([("budget_id", "=", self.id), ("is_leaf", "=", True)])
            .filtered(lambda c: not c._is_tied())
        )
        # sudo: planners need no accounting rights to get the accounts of their own budget
        accounts = (
            self.env["account.analytic.account"]
            .sudo()
            .create([leaf._prepare_analytic_account_vals() for leaf in leaves])
        )
        self.env["sop.budget.map"]._trust_new_analytic(accounts)
        for leaf, account in zip(leaves, accounts, strict=True):
            # sudo: nothing is booked on a new account, whoever may read the books
            leaf.sudo().analytic_account_id = account
        message = (
            self.env._("%(count)s analytic accounts created.", count=len(leaves))
            if leaves
            else self.env._("Every category is already tied to the books.")
        )
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "message": message,
                "type": "success" if leaves else "info",
                "next": {"type": "ir.actions.act_window_close"},
            },
        }

    def _find_or_create_plan(self):
        return (
            self.env["account.analytic.plan"]
            ._find_or_create_for("sop_budget.analytic_plan_id", self.env._("Budget"))
            .sudo(False)
        )

    def action_open_categories(self):
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "sop_budget.sop_budget_category_action"
        )
        return {
            **action,
            "domain": [("budget_id", "=", self.id)],
            "context": {"default_budget_id": self.id},
        }

    def action_open_grid(self):
        self.ensure_one()
        action = self.env["ir.actions.actions"]._for_xml_id(
            "sop_budget.sop_budget_grid_action"
        )
        return {
            **action,
            "params": {"budget_id": self.id},
            "context": {"active_id": self.id},
        }

    def action_open_report(self):
        self.ensure_one()
        action = self.env["ir.actions.actions"]._for_xml_id(
            "sop_budget.sop_budget_report_action"
        )
        return {
            **action,
            "params": {"budget_id": self.id},
            "context": {"active_id": self.id},
        }

    # === TOOLING === #

    def _get_months(self):
        """First days of the months that the budget touches, in order."""
        self.ensure_one()
        months, month = [], self.date_from.replace(day=1)
        while month <= self.date_to:
            months.append(month)
            month += relativedelta(months=1)
        return months

    @api.model
    def _parse_thresholds(self, text):
        """``"50, 80,100"`` → ``[50.0, 80.0, 100.0]``; a ValidationError names what is wrong."""
        thresholds = []
        for part in filter(None, (piece.strip() for piece in (text or "").split(","))):
            try:
                value = float(part.rstrip("%"))
            except ValueError:
                value = 0.0
            if not 0 < value <= 1000:
                raise ValidationError(
                    self.env._(
                        "“%(part)s” is no alert threshold: write percentages such as 50,80,100.",
                        part=part,
                    )
                )
            thresholds.append(value)
        return sorted(set(thresholds))
