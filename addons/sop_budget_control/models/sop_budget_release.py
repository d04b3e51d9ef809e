# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError, ValidationError

from odoo.addons.sop_budget.engine import period
from odoo.addons.sop_budget.engine.money import from_units, to_units

# Proof that a write comes from an action of this model, as in sop_budget_transfer
RELEASE_TOKEN = object()

STATES = [
    ("pending", "Pending"),
    ("in_review", "In Review"),
    ("released", "Released"),
    ("rejected", "Rejected"),
    ("cancelled", "Cancelled"),
]
#: What counts against the plan.
COUNTING_STATES = ("pending", "in_review", "released")
CONTENT_FIELDS = {
    "budget_id",
    "category_id",
    "date_from",
    "mode",
    "percent",
    "amount",
    "note",
}
GUARDED_FIELDS = {
    "state",
    "requester_id",
    "decision_reason",
    "date_released",
    "released_by_id",
}


class SopBudgetRelease(models.Model):
    """Part of an approved budget that may be obligated from a month on (an allotment)."""

    _name = "sop.budget.release"
    _description = "Release of Budget"
    _inherit = [
        "sop.approval.mixin",
        "sop.budget.part.mixin",
        "mail.thread",
        "mail.activity.mixin",
    ]
    _order = "budget_id, date_from, id"
    _mail_post_access = "read"

    name = fields.Char(compute="_compute_name", store=True)
    budget_id = fields.Many2one(
        "sop.budget",
        required=True,
        index=True,
        ondelete="restrict",
        domain="[('uses_releases', '=', True)]",
    )
    company_id = fields.Many2one(related="budget_id.company_id", store=True, index=True)
    currency_id = fields.Many2one(related="company_id.currency_id", store=True)
    category_id = fields.Many2one(
        "sop.budget.category",
        index="btree_not_null",
        ondelete="restrict",
        domain="[('budget_id', '=', budget_id), ('kind', '!=', 'income')]",
        help="What the money is released for, with all that is below it. Empty: the whole "
        "spending of the budget.",
    )
    visibility = fields.Selection(
        related="category_id.visibility_effective", store=True
    )
    date_from = fields.Date(
        "Usable From",
        required=True,
        help="Orders and bills of this month on may use it: budgets are held month by month, so "
        "any day stands for the first of its month.",
    )
    quarter = fields.Char(compute="_compute_name", store=True)
    mode = fields.Selection(
        [("amount", "Amount"), ("percent", "Percent of the plan")],
        required=True,
        default="amount",
    )
    percent = fields.Float("% of the Plan", digits=(6, 3))
    amount = fields.Monetary(
        compute="_compute_amount",
        store=True,
        readonly=False,
        precompute=True,
        tracking=True,
    )
    note = fields.Char()
    state = fields.Selection(
        STATES,
        required=True,
        default="pending",
        copy=False,
        index=True,
        readonly=True,
        tracking=True,
    )
    requester_id = fields.Many2one(
        "res.users",
        required=True,
        readonly=True,
        copy=False,
        default=lambda self: self.env.user,
    )
    decision_reason = fields.Text(readonly=True, copy=False)
    date_released = fields.Datetime(readonly=True, copy=False, tracking=True)
    released_by_id = fields.Many2one("res.users", readonly=True, copy=False)
    obligated = fields.Monetary(
        compute="_compute_obligated",
        help="Ordered, billed and spent of this release, not what is only reserved. Releases "
        "of the category itself are used before those above it, older ones first.",
    )
    usage = fields.Selection(
        [("none", "Not used"), ("partly", "Partly used"), ("fully", "Fully used")],
        compute="_compute_obligated",
    )
    can_manage = fields.Boolean(compute="_compute_can_manage")

    _amount_positive = models.Constraint(
        "CHECK (amount >= 0)", "A release can't be below zero: cancel one instead."
    )
    _percent_share = models.Constraint(
        "CHECK (percent >= 0 AND percent <= 100)",
        "A release is between 0 and 100 percent of the plan.",
    )

    # === COMPUTE === #

    @api.depends("date_from", "category_id.code", "company_id")
    def _compute_name(self):
        for release in self:
            release.quarter = release.name = False
            if not release.date_from:
                continue
            month = release.date_from.replace(day=1)
            fiscal_month = release.budget_id._get_fiscal_month()
            [quarter] = period.group_months([month], "quarter", fiscal_month)
            release.quarter = quarter.label
            release.name = " · ".join(
                filter(None, (quarter.label, release.category_id.code))
            )

    @api.depends("mode", "percent", "budget_id", "category_id")
    def _compute_amount(self):
        for release in self:
            if release.mode != "percent" or not release.budget_id:
                release.amount = release.amount or 0.0
                continue
            planned = release.budget_id._get_plan_by_node()
            units = planned.get(release.category_id._origin.id or None, 0)
            digits = release.currency_id.decimal_places
            release.amount = from_units(
                to_units(units * release.percent / 100 / 10**digits, digits), digits
            )

    @api.depends("state", "amount", "date_from", "budget_id", "category_id")
    def _compute_obligated(self):
        for budget, releases in self.grouped("budget_id").items():
            shares = budget._get_obligated_by_release() if budget else {}
            for release in releases:
                digits = release.currency_id.decimal_places
                units = shares.get(release._origin.id, 0)
                release.obligated = from_units(units, digits)
                whole = to_units(release.amount, digits)
                release.usage = (
                    "none" if not units else "fully" if units >= whole else "partly"
                )

    @api.depends_context("uid")
    @api.depends("budget_id")
    def _compute_can_manage(self):
        for release in self:
            release.can_manage = not release.budget_id or release.budget_id._has_role(
                "manager"
            )

    # === CRUD AND GUARDS === #

    @api.model_create_multi
    def create(self, vals_list):
        for vals in vals_list:
            self._check_not_derived(vals)
            self._set_month(vals)
            for name in GUARDED_FIELDS & set(vals):
                self._refuse_guarded(name, vals[name])
            vals["state"] = "pending"
            if vals.get("mode") == "percent":
                vals.pop("amount", None)  # follows from the plan
        releases = super().create(vals_list)
        releases._check_may_change()
        releases.budget_id._check_release_sums()
        return releases

    def write(self, vals):
        self._check_not_derived(vals)
        self._set_month(vals)
        if self.env.context.get("sop_release_token") is RELEASE_TOKEN:
            return super().write(vals)
        for name in GUARDED_FIELDS & set(vals):
            self._refuse_guarded(name)
        if not CONTENT_FIELDS & set(vals):
            return super().write(vals)
        self._check_may_change()
        self._check_state("pending")
        self._check_same_budget(vals)
        if "amount" in vals and (vals.get("mode") or self[:1].mode) == "percent":
            raise UserError(
                self.env._(
                    "%(release)s: its amount follows from the percentage of the plan. Change "
                    "that, or choose “Amount”.",
                    release=self[:1].name,
                )
            )
        result = super().write(vals)
        self._check_may_change()
        self.budget_id._check_release_sums()
        return result

    @api.ondelete(at_uninstall=False)
    def _unlink_except_released(self):
        self._check_may_change()
        for release in self:
            if release.state not in ("pending", "cancelled") or release.date_released:
                raise UserError(
                    self.env._(
                        "%(release)s is %(state)s and stays in the history: cancel it instead.",
                        release=release.name,
                        state=release._describe_state(),
                    )
                )

    @api.model
    def _set_month(self, vals):
        if vals.get("date_from"):
            day = fields.Date.to_date(vals["date_from"])
            vals["date_from"] = period.month_start(day)

    def _refuse_guarded(self, name, value=None):
        if (name, value) in (("state", "pending"), ("requester_id", self.env.uid)):
            return
        raise UserError(
            self.env._(
                "“%(field)s” follows from the buttons of a release and can't be written.",
                field=self._fields[name].string,
            )
        )

    def _check_may_change(self):
        """Releases are planned by the managers of the budget, of what they see."""
        self.budget_id._check_can_manage()
        if not self.env.su and not self.category_id.has_access("read"):
            raise AccessError(
                self.env._("A release names a category that you may not see.")
            )

    @api.constrains("budget_id", "category_id", "date_from")
    def _check_place(self):
        for release in self:
            budget = release.budget_id
            if not budget.uses_releases:
                raise ValidationError(
                    self.env._(
                        "“%(budget)s” is spent without releases: switch them on in it first.",
                        budget=budget.name,
                    )
                )
            if release.category_id and release.category_id.budget_id != budget:
                raise ValidationError(
                    self.env._(
                        "%(release)s: its category isn't in the budget “%(budget)s”.",
                        release=release.name,
                        budget=budget.name,
                    )
                )
            if release.category_id.kind == "income":
                raise ValidationError(
                    self.env._(
                        "%(release)s: income is earned, not released. Choose a category of "
                        "expenses or capital.",
                        release=release.name,
                    )
                )
            first = period.month_start(budget.date_from)
            if not first <= release.date_from <= budget.date_to:
                raise ValidationError(
                    self.env._(
                        "%(release)s: %(day)s lies outside the budget “%(budget)s” (%(start)s to "
                        "%(end)s).",
                        release=release.name,
                        day=release.date_from,
                        budget=budget.name,
                        start=budget.date_from,
                        end=budget.date_to,
                    )
                )

    def _check_state(self, *allowed):
        for release in self:
            if release.state not in allowed:
                raise UserError(
                    self.env._(
                        "%(release)s is %(state)s: this can't be done with it now.",
                        release=release.name,
                        state=release._describe_state(),
                    )
                )

    def _describe_state(self):
        labels = dict(self._fields["state"]._description_selection(self.env))
        return labels[self.state].lower()

    # === ACTIONS === #

    def _set_state(self, state, **vals):
        # sudo: who may change the state was asked before; approvers don't write otherwise
        self.sudo().with_context(sop_release_token=RELEASE_TOKEN).write(
            {"state": state, **vals}
        )

    def action_release(self):
        """Ask for the decision; where a rule says so it is released at once."""
        self._check_may_change()
        for release in self:
            release._check_state("pending", "rejected")
            release._check_releasable()
            release._set_state("pending", decision_reason=False)
            release._start_approval()

    def _check_releasable(self):
        budget = self.budget_id
        if budget.state != "approved":
            raise UserError(
                self.env._(
                    "“%(budget)s” isn't approved: money is released of approved budgets only.",
                    budget=budget.name,
                )
            )
        if self.currency_id.compare_amounts(self.amount, 0.0) <= 0:
            raise UserError(
                self.env._(
                    "%(release)s: the amount must be above zero.", release=self.name
                )
            )

    def action_cancel(self):
        """Take it back, as long as what was ordered and spent is still covered."""
        self._check_may_change()
        self._check_state("pending", "in_review", "released", "rejected")
        self.budget_id._lock_figures()
        for release in self.filtered(lambda r: r.state == "in_review"):
            release._cancel_approval()
        released = self.filtered(lambda r: r.state == "released")
        for release in released:
            if release.currency_id.compare_amounts(release.obligated, 0.0) > 0:
                raise UserError(
                    self.env._(
                        "%(release)s: %(used)s of it are ordered or spent already. Cancel the "
                        "orders first.",
                        release=release.name,
                        used=release.currency_id.format(release.obligated),
                    )
                )
        self._set_state("cancelled")

    # === APPROVAL (see sop.approval.mixin) === #

    def _get_approval_kind(self):
        return "release"

    def _get_approval_budget(self):
        return self.budget_id

    def _get_approval_requester(self):
        return self.requester_id

    def _get_approval_parts(self):
        return [(self.category_id, self.amount)]

    def _on_approval_started(self):
        self._set_state("in_review")

    def _on_approved(self):
        self.ensure_one()
        self._check_state("pending", "in_review")
        # Whoever comes second fails here, is tried again by Odoo and sees what is left
        self.budget_id._lock_figures()
        self._check_releasable()
        # sudo: hidden categories count too
        self.sudo().budget_id._check_release_sums()
        self._set_state(
            "released",
            date_released=fields.Datetime.now(),
            released_by_id=self.env.uid,
        )

    def _on_rejected(self, reason):
        self._set_state("rejected", decision_reason=reason)

    def _on_returned(self, reason):
        self._set_state("pending", decision_reason=reason)
