# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.fields import Command

from odoo.addons.sop_budget.models.sop_budget_category import (
    VISIBILITIES,
    VISIBILITY_RANK,
)

# Proof that a write comes from an action of this model: a context that arrives by RPC holds
# plain JSON and can never carry this very object.
TRANSFER_TOKEN = object()

KINDS = [
    ("transfer", "Transfer"),
    ("realignment", "Realignment"),
    ("supplemental", "Supplemental"),
    ("carry_forward", "Carry-forward"),
]
STATES = [
    ("draft", "Draft"),
    ("submitted", "Submitted"),
    ("in_review", "In Review"),
    ("changes", "Changes Requested"),
    ("approved", "Approved"),
    ("rejected", "Rejected"),
    ("cancelled", "Cancelled"),
]
OPEN_STATES = ("draft", "changes")
# What the document says; fixed as soon as it is under way
CONTENT_FIELDS = {
    *("kind", "budget_id", "target_budget_id", "reason", "supplement_reason"),
    "line_ids",
}
# What only the actions below write
GUARDED_FIELDS = {
    "number",
    "state",
    "requester_id",
    "decision_reason",
    "date_applied",
    "applied_by_id",
    "reversed_id",
    "pending_proposal_ids",
}


class SopBudgetTransfer(models.Model):
    """Planned money that goes from one place of an approved budget to another.

    The amounts change when the transfer is approved, in the same transaction; from then on
    neither it nor its history can be changed: what was wrong is transferred back.
    """

    _name = "sop.budget.transfer"
    _description = "Budget Transfer"
    _inherit = [
        "sop.approval.mixin",
        "sop.budget.part.mixin",
        "mail.thread",
        "mail.activity.mixin",
    ]
    _order = "id desc"
    _rec_name = "number"
    _rec_names_search = ["number", "reason"]
    _mail_post_access = "read"

    number = fields.Char(readonly=True, copy=False, index="trigram")
    kind = fields.Selection(
        KINDS,
        required=True,
        default="transfer",
        tracking=True,
        help="Transfer: from one category or month to another; the total stays.\n"
        "Realignment: a transfer inside one kind of money (expense or capital, one funding "
        "source), only of what is really free.\n"
        "Supplemental: new money on top of the approved plan.\n"
        "Carry-forward: open orders and unspent money go to the budget of the next period.",
    )
    budget_id = fields.Many2one(
        "sop.budget",
        required=True,
        index=True,
        ondelete="restrict",
        domain="[('state', '=', 'approved'), ('is_template', '=', False)]",
    )
    target_budget_id = fields.Many2one(
        "sop.budget",
        string="To Budget",
        index="btree_not_null",
        ondelete="restrict",
        copy=False,
        help="Of a carry-forward: the budget of the next period.",
    )
    company_id = fields.Many2one(related="budget_id.company_id", store=True, index=True)
    currency_id = fields.Many2one(related="company_id.currency_id", store=True)
    reason = fields.Text(
        required=True, help="Why the money is needed there and not where it is planned."
    )
    supplement_reason = fields.Text(
        "Why Not Planned",
        help="Of a supplemental: why the money wasn't in the annual budget when it was approved.",
    )
    requester_id = fields.Many2one(
        "res.users",
        required=True,
        readonly=True,
        index=True,
        copy=False,
        default=lambda self: self.env.user,
        tracking=True,
    )
    line_ids = fields.One2many("sop.budget.transfer.line", "transfer_id", copy=True)
    state = fields.Selection(
        STATES,
        required=True,
        default="draft",
        copy=False,
        index=True,
        tracking=True,
        readonly=True,
    )
    decision_reason = fields.Text(readonly=True, copy=False)
    amount_total = fields.Monetary(
        "Amount", compute="_compute_amount_total", store=True
    )
    visibility = fields.Selection(
        VISIBILITIES,
        compute="_compute_visibility",
        store=True,
        help="As the least visible category that the transfer names.",
    )
    date_applied = fields.Datetime(
        "Effective Since", readonly=True, copy=False, tracking=True
    )
    applied_by_id = fields.Many2one("res.users", readonly=True, copy=False)
    entry_ids = fields.One2many("sop.budget.transfer.entry", "transfer_id", copy=False)
    reversed_id = fields.Many2one(
        "sop.budget.transfer",
        string="Takes Back",
        readonly=True,
        copy=False,
        index="btree_not_null",
    )
    reversal_ids = fields.One2many(
        "sop.budget.transfer", "reversed_id", string="Taken Back By"
    )
    can_edit = fields.Boolean(compute="_compute_can_edit")
    can_cancel = fields.Boolean(compute="_compute_can_edit")
    ceiling_warning = fields.Text(compute="_compute_ceiling_warning")

    _target_of_carry = models.Constraint(
        "CHECK ((kind = 'carry_forward') = (target_budget_id IS NOT NULL))",
        "A carry-forward goes to another budget, everything else stays in its own.",
    )

    # === COMPUTE === #

    @api.depends("line_ids.amount")
    def _compute_amount_total(self):
        for transfer in self:
            transfer.amount_total = sum(transfer.line_ids.mapped("amount"))

    @api.depends(
        "line_ids.category_from_id.visibility_effective",
        "line_ids.category_to_id.visibility_effective",
    )
    def _compute_visibility(self):
        for transfer in self:
            lines = transfer.line_ids
            places = lines.category_from_id | lines.category_to_id
            transfer.visibility = max(
                (place.visibility_effective or "all" for place in places),
                key=VISIBILITY_RANK.__getitem__,
                default="all",
            )

    @api.depends_context("uid")
    @api.depends("state", "requester_id", "budget_id")
    def _compute_can_edit(self):
        planners = self._get_budgets_by_role("planner")
        for transfer in self:
            own = transfer.requester_id == self.env.user
            may = own or transfer.budget_id in planners or not transfer.budget_id
            transfer.can_edit = may and transfer.state in OPEN_STATES
            transfer.can_cancel = may and transfer.state in (
                *OPEN_STATES,
                "submitted",
                "in_review",
                "rejected",
            )

    @api.depends("line_ids.amount", "line_ids.category_to_id", "state", "kind")
    def _compute_ceiling_warning(self):
        for transfer in self:
            transfer.ceiling_warning = (
                transfer.state in (*OPEN_STATES, "submitted", "in_review")
                and transfer._describe_ceilings(transfer._find_ceilings())
            ) or False

    @api.depends("number", "reason")
    def _compute_display_name(self):
        for transfer in self:
            reason = (transfer.reason or "").strip().splitlines()
            parts = (transfer.number, reason[0][:60] if reason else "")
            transfer.display_name = " · ".join(filter(None, parts)) or self.env._("New")

    def _get_budgets_by_role(self, role):
        return self.budget_id.filtered(lambda budget: budget._has_role(role))

    # === CRUD AND GUARDS === #

    @api.model_create_multi
    def create(self, vals_list):
        trusted = self._is_trusted()
        vals_list = self._state_defaults(vals_list, "budget_id")
        for vals in vals_list:
            self._check_not_derived(vals)
            if not trusted:
                for name in GUARDED_FIELDS & set(vals):
                    self._refuse_guarded(name, vals[name])
            vals["state"] = "draft"
            vals.setdefault("requester_id", self.env.uid)
            budget = self.env["sop.budget"].browse(vals.get("budget_id") or [])
            budget.check_access("read")
            vals["number"] = (
                self.env["ir.sequence"]
                # sudo: whoever may ask for a transfer gets a number for it
                .sudo()
                .with_company(budget.company_id)
                .next_by_code("sop.budget.transfer")
            )
        transfers = super().create(vals_list)
        transfers._check_may_ask()
        return transfers

    def write(self, vals):
        self._check_not_derived(vals)
        if not self._is_trusted():
            for name in GUARDED_FIELDS & set(vals):
                self._refuse_guarded(name)
            if CONTENT_FIELDS & set(vals):
                self._check_open()
        result = super().write(vals)
        if {"budget_id", "target_budget_id", "kind"} & set(vals):
            self._check_may_ask()
            self.line_ids._check_places()
        return result

    @api.ondelete(at_uninstall=False)
    def _unlink_except_under_way(self):
        for transfer in self:
            # sudo: what was asked and decided stays, whoever may read it
            asked = transfer.sudo().approval_ids
            if (
                transfer.state not in ("draft", "cancelled")
                or transfer.entry_ids
                or asked
            ):
                raise UserError(
                    self.env._(
                        "%(transfer)s is %(state)s and stays in the history: cancel it instead.",
                        transfer=transfer.number,
                        state=transfer._describe_state(),
                    )
                )
        self._check_mine()

    def _is_trusted(self):
        return self.env.context.get("sop_transfer_token") is TRANSFER_TOKEN

    def _with_token(self):
        """The same records for what only the actions of this model may write."""
        return self.with_context(sop_transfer_token=TRANSFER_TOKEN)

    def _refuse_guarded(self, name, value=None):
        if name == "state" and value == "draft":
            return
        if name == "requester_id" and value == self.env.uid:
            return
        raise UserError(
            self.env._(
                "“%(field)s” follows from the buttons of a transfer and can't be written.",
                field=self._fields[name].string,
            )
        )

    def _check_may_ask(self):
        """Whoever may propose in a budget may ask for a transfer; to carry takes managers."""
        if not self.budget_id._has_role("proposer"):
            raise AccessError(
                self.env._(
                    "You can read this budget but not ask for a transfer: its owner can give you "
                    "the role of a proposer."
                )
            )
        carried = self.filtered(lambda t: t.kind == "carry_forward")
        (carried.budget_id | carried.target_budget_id)._check_can_manage()

    def _check_open(self):
        """Refuse to change what is under way or decided, or somebody else's."""
        for transfer in self:
            if transfer.state not in OPEN_STATES:
                raise UserError(
                    self.env._(
                        "%(transfer)s is %(state)s and can't be changed any more.",
                        transfer=transfer.number,
                        state=transfer._describe_state(),
                    )
                )
        self._check_mine()

    def _check_mine(self):
        others = self.filtered(lambda t: t.requester_id != self.env.user)
        if not (self.env.su or others.budget_id._has_role("planner")):
            raise AccessError(
                self.env._(
                    "This transfer is somebody else's: only planners and managers of the budget "
                    "change it."
                )
            )

    def _describe_state(self):
        labels = dict(self._fields["state"]._description_selection(self.env))
        return labels[self.state].lower()

    # === ACTIONS === #

    def _check_state(self, *allowed):
        for transfer in self:
            if transfer.state not in allowed:
                raise UserError(
                    self.env._(
                        "%(transfer)s is %(state)s: this can't be done with it now.",
                        transfer=transfer.number,
                        state=transfer._describe_state(),
                    )
                )

    def _set_state(self, state, **vals):
        # sudo: who may change the state was asked before; approvers don't write otherwise
        self.sudo()._with_token().write({"state": state, **vals})

    def action_submit(self):
        """Ask for the decision; where a rule says so the transfer is effective at once."""
        for transfer in self:
            transfer._check_state(*OPEN_STATES)
            transfer._check_mine()
            transfer._check_may_ask()
            transfer._check_ready()
            transfer._set_state("submitted", decision_reason=False)
            transfer._start_approval()

    def action_withdraw(self):
        """Take it back to change it; the decisions that were made stay in the trail."""
        self._check_state("submitted", "in_review")
        self._check_mine()
        for transfer in self:
            transfer._cancel_approval()
        self._set_state("draft")

    def action_draft(self):
        self._check_state("rejected", "cancelled")
        self._check_mine()
        self._set_state("draft")

    def action_cancel(self):
        self._check_state(*OPEN_STATES, "submitted", "in_review", "rejected")
        self._check_mine()
        for transfer in self.filtered(lambda t: t.state in ("submitted", "in_review")):
            transfer._cancel_approval()
        self._set_state("cancelled")

    def action_reverse(self):
        """A new transfer the other way round, to be approved like any other."""
        self.ensure_one()
        self._check_state("approved")
        if self.kind not in ("transfer", "realignment"):
            raise UserError(
                self.env._(
                    "%(transfer)s is no transfer between places of one budget: ask for a new "
                    "transfer instead.",
                    transfer=self.number,
                )
            )
        reverse = self._with_token().create(
            {
                "kind": self.kind,
                "budget_id": self.budget_id.id,
                "reason": self.env._("Takes back %(transfer)s", transfer=self.number),
                "reversed_id": self.id,
                "line_ids": [
                    Command.create(line._prepare_reverse_vals())
                    for line in self.line_ids
                ],
            }
        )
        return {
            "type": "ir.actions.act_window",
            "res_model": self._name,
            "res_id": reverse.id,
            "views": [(False, "form")],
        }

    # === APPROVAL (see sop.approval.mixin) === #

    def _get_approval_kind(self):
        return "transfer"

    def _get_approval_budget(self):
        return self.budget_id

    def _get_approval_requester(self):
        return self.requester_id

    def _get_approval_parts(self):
        return [
            (line.category_from_id or line.category_to_id, line.amount)
            for line in self.line_ids
        ]

    def _get_approval_sides(self):
        """Who answers for what gives decides, and who answers for what receives."""
        target = self.target_budget_id or self.budget_id
        gives = [
            (line.category_from_id, line.amount)
            for line in self.line_ids
            if line.category_from_id
        ]
        takes = [(line.category_to_id, line.amount) for line in self.line_ids]
        sides = ((self.budget_id, gives), (target, takes))
        return [(budget, parts) for budget, parts in sides if parts]

    def _describe_approval_parts(self):
        return [
            (
                " → ".join(
                    place.display_name
                    for place in (line.category_from_id, line.category_to_id)
                    if place
                ),
                line.amount,
            )
            for line in self.line_ids
        ]

    def _on_approval_started(self):
        self._set_state("in_review")

    def _on_approved(self):
        self._apply()

    def _on_rejected(self, reason):
        self._set_state("rejected", decision_reason=reason)

    def _on_returned(self, reason):
        self._set_state("changes", decision_reason=reason)
