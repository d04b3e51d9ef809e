# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from collections import defaultdict

from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError
from odoo.fields import Domain

#: A change of these is something new to tell.
RETOLD_FIELDS = {"date_from", "date_until", "delegate_id", "budget_ids", "active"}


class SopApprovalDelegation(models.Model):
    """Who decides for somebody who is away. Each decision says for whom it was taken."""

    _name = "sop.approval.delegation"
    _description = "Approval Delegation"
    _order = "date_from desc, id desc"

    user_id = fields.Many2one(
        "res.users",
        string="Who Is Away",
        required=True,
        index=True,
        ondelete="cascade",
        default=lambda self: self.env.user,
        domain="[('share', '=', False)]",
    )
    delegate_id = fields.Many2one(
        "res.users",
        string="Decided by",
        required=True,
        index=True,
        ondelete="cascade",
        domain="[('share', '=', False), ('id', '!=', user_id)]",
    )
    date_from = fields.Date("From", required=True, default=fields.Date.context_today)
    date_until = fields.Date("Until", required=True, help="The last day, included.")
    budget_ids = fields.Many2many(
        "sop.budget", string="Budgets", help="Empty: all budgets."
    )
    active = fields.Boolean(default=True)
    is_told = fields.Boolean(readonly=True, copy=False, export_string_translation=False)
    is_running = fields.Boolean(
        "Running Today", compute="_compute_is_running", search="_search_is_running"
    )

    _dates_order = models.Constraint(
        "CHECK (date_from <= date_until)", "A delegation must start before it ends."
    )
    _not_oneself = models.Constraint(
        "CHECK (user_id <> delegate_id)", "Name somebody else to decide for you."
    )

    @api.depends("date_from", "date_until", "active")
    def _compute_is_running(self):
        today = fields.Date.context_today(self)
        for delegation in self:
            delegation.is_running = bool(
                delegation.active
                and delegation.date_from
                and delegation.date_until
                and delegation.date_from <= today <= delegation.date_until
            )

    def _search_is_running(self, operator, value):
        if operator != "in":
            return NotImplemented
        today = fields.Date.context_today(self)
        return (
            Domain("active", "=", True)
            & Domain("date_from", "<=", today)
            & Domain("date_until", ">=", today)
        )

    @api.depends("user_id", "delegate_id")
    def _compute_display_name(self):
        for delegation in self:
            delegation.display_name = self.env._(
                "%(delegate)s for %(user)s",
                delegate=delegation.delegate_id.name,
                user=delegation.user_id.name,
            )

    @api.constrains("delegate_id")
    def _check_delegate(self):
        for delegation in self:
            if delegation.delegate_id.share or not delegation.delegate_id.active:
                raise ValidationError(
                    self.env._(
                        "%(user)s can't decide for others: choose somebody who works here.",
                        user=delegation.delegate_id.name,
                    )
                )

    @api.model_create_multi
    def create(self, vals_list):
        delegations = super().create([{**vals, "is_told": False} for vals in vals_list])
        delegations._tell_delegates()
        return delegations

    def write(self, vals):
        # Rules look at a row before it is written: it must not become somebody else's seat
        if "user_id" in vals and any(d.user_id.id != vals["user_id"] for d in self):
            raise UserError(
                self.env._(
                    "Who is away can't be changed: end this delegation and make another one."
                )
            )
        vals = {name: value for name, value in vals.items() if name != "is_told"}
        if RETOLD_FIELDS & set(vals):
            vals["is_told"] = False
        result = super().write(vals)
        self._tell_delegates()
        return result

    @api.model
    def _tell_starting(self):
        """Delegations that were made for later and have begun."""
        # sudo: the scheduled action tells for everybody
        domain = Domain("is_running", "=", True) & Domain("is_told", "=", False)
        for delegation in self.sudo().search(domain):
            delegation._tell_delegate()

    def _tell_delegates(self):
        """Who starts to stand in is told once about what already waits."""
        for delegation in self.filtered(lambda d: d.is_running and not d.is_told):
            delegation._tell_delegate()

    def _tell_delegate(self):  # pylint: disable=missing-return
        self.ensure_one()
        # Past the guard of our own write, which would tell once more
        super().write({"is_told": True})
        # sudo: what waits for somebody is told to their delegate by this delegation
        budgets = self.sudo().budget_ids
        domain = Domain("state", "=", "asked")
        domain &= Domain("open_ids", "in", self.user_id.ids)
        if budgets:
            domain &= Domain("budget_id", "in", budgets.ids)
        approvals = self.env["sop.approval"].sudo().search(domain)
        approvals._log_delegation(self.user_id, self.delegate_id)
        approvals._tell_people(self.delegate_id)

    # === WHO STANDS IN FOR WHOM === #

    @api.model
    def _find_running(self, users=None, delegates=None):
        """Delegations of today, given by ``users`` or to ``delegates``."""
        domain = Domain("is_running", "=", True)
        if users is not None:
            domain &= Domain("user_id", "in", users.ids)
        if delegates is not None:
            domain &= Domain("delegate_id", "in", delegates.ids)
        # sudo: who stands in for whom decides what one may read, not the other way round
        return self.sudo().search(domain)

    @api.model
    def _get_delegates(self, users, budget):
        """``{user: delegates}`` of today in this budget."""
        result = defaultdict(self.env["res.users"].browse)
        for delegation in self._find_running(users=users):
            if not delegation.budget_ids or budget in delegation.budget_ids:
                result[delegation.user_id] |= delegation.delegate_id
        return result

    @api.model
    def _get_waiting_domain(self, user):
        """Of ``sop.approval``: steps for which ``user`` stands in today."""
        return Domain.OR(
            Domain("open_ids", "in", delegation.user_id.ids)
            & (
                Domain("budget_id", "in", delegation.budget_ids.ids)
                if delegation.budget_ids
                else Domain.TRUE
            )
            for delegation in self._find_running(delegates=user)
        )
