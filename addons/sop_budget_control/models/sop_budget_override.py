# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from odoo import api, fields, models
from odoo.exceptions import UserError

from .sop_budget_policy import EVENTS

# Proof that a change comes from an action of this model: a context that arrives by RPC holds
# plain JSON and can never carry this very object.
OVERRIDE_TOKEN = object()

STATES = [
    ("draft", "Draft"),
    ("asked", "Asked"),
    ("granted", "Granted"),
    ("refused", "Refused"),
    ("used", "Used"),
    ("cancelled", "Cancelled"),
]
#: All that a requester writes, and only before asking.
OPEN_FIELDS = {"reason"}
#: What is no matter of mail and activities.
OWN_FIELDS = {
    *("name", "budget_id", "event", "res_model", "res_id", "requester_id", "reason"),
    *("part_ids", "amount_total", "state", "granted_by_id", "granted_on"),
    "granted_by_rule",
    *("used_by_id", "used_on", "decision_reason", "approval_ids"),
}


class SopBudgetOverride(models.Model):
    """Leave for one document to take more than a budget has, spent once."""

    _name = "sop.budget.override"
    _description = "Budget Override"
    _inherit = [
        "sop.approval.mixin",
        "sop.system.mixin",
        "mail.thread",
        "mail.activity.mixin",
    ]
    _order = "id desc"
    _mail_post_access = "read"

    name = fields.Char("Document", required=True, readonly=True)
    budget_id = fields.Many2one(
        "sop.budget", required=True, readonly=True, index=True, ondelete="cascade"
    )
    company_id = fields.Many2one(related="budget_id.company_id", store=True)
    currency_id = fields.Many2one(related="company_id.currency_id")
    event = fields.Selection(EVENTS, required=True, readonly=True)
    res_model = fields.Char("Model", required=True, readonly=True)
    res_id = fields.Many2oneReference(
        "Record", model_field="res_model", required=True, readonly=True
    )
    requester_id = fields.Many2one(
        "res.users", required=True, readonly=True, index=True, ondelete="restrict"
    )
    reason = fields.Text(required=True, tracking=True)
    part_ids = fields.One2many("sop.budget.override.part", "override_id", readonly=True)
    amount_total = fields.Monetary(
        "Beyond the Budget",
        compute="_compute_amount_total",
        store=True,
        help="The highest of its parts: a category and the one above it count the same money.",
    )
    state = fields.Selection(
        STATES,
        required=True,
        default="draft",
        readonly=True,
        copy=False,
        index=True,
        tracking=True,
    )
    granted_by_id = fields.Many2one("res.users", readonly=True, copy=False)
    granted_by_rule = fields.Char(
        readonly=True,
        copy=False,
        help="The rule that granted it without asking anybody.",
    )
    granted_on = fields.Datetime(readonly=True, copy=False)
    used_by_id = fields.Many2one("res.users", readonly=True, copy=False)
    used_on = fields.Datetime(readonly=True, copy=False)
    decision_reason = fields.Text(readonly=True, copy=False)
    is_requester = fields.Boolean(compute="_compute_is_requester")

    _document_idx = models.Index("(res_model, res_id) WHERE state = 'granted'")

    # === COMPUTE === #

    @api.depends("part_ids.amount")
    def _compute_amount_total(self):
        for override in self:
            override.amount_total = max(override.part_ids.mapped("amount"), default=0.0)

    @api.depends_context("uid")
    @api.depends("requester_id")
    def _compute_is_requester(self):
        for override in self:
            override.is_requester = override.requester_id == self.env.user

    @api.depends("name", "budget_id.name")
    def _compute_display_name(self):
        for override in self:
            override.display_name = self.env._(
                "Override for %(document)s", document=override.name
            )

    # === CRUD === #

    @api.model_create_multi
    def create(self, vals_list):
        if not self._is_trusted():
            raise UserError(
                self.env._("Ask for an override on the order, bill or expense itself.")
            )
        return super().create(vals_list)

    def write(self, vals):
        if not self._is_trusted():
            own = set(vals) & OWN_FIELDS
            if own - OPEN_FIELDS or (own and set(self.mapped("state")) != {"draft"}):
                raise UserError(
                    self.env._(
                        "What was asked for can't be changed: withdraw it and ask again."
                    )
                )
        return super().write(vals)

    @api.ondelete(at_uninstall=False)
    def _unlink_except_asked(self):
        # sudo: what was asked and decided stays, whoever may read it
        if (
            set(self.mapped("state")) - {"draft", "cancelled"}
            or self.sudo().approval_ids
        ):
            raise UserError(
                self.env._(
                    "An override that somebody was asked about stays in the history."
                )
            )

    def _is_trusted(self):
        return self.env.context.get("sop_override_token") is OVERRIDE_TOKEN

    def _set(self, **vals):
        # sudo: the actions below have checked whose turn it is
        return self.sudo().with_context(sop_override_token=OVERRIDE_TOKEN).write(vals)

    @api.model
    def _ask(self, document, budget, parts, reason):
        """File an override for a document and start its approval.

        :param parts: ``[(category or empty, amount)]``
        """
        if not (reason or "").strip():
            raise UserError(
                self.env._("Say why this document has to exceed the budget.")
            )
        document.check_access("write")
        override = (
            # sudo: a buyer asks for what they can't read, and others decide
            self.sudo()
            .with_context(sop_override_token=OVERRIDE_TOKEN)
            .create(
                {
                    "name": document.display_name,
                    "budget_id": budget.id,
                    "event": document._sop_control_event,
                    "res_model": document._name,
                    "res_id": document.id,
                    "requester_id": self.env.user.id,
                    "reason": reason.strip(),
                    "part_ids": [
                        fields.Command.create(
                            {"category_id": category.id, "amount": amount}
                        )
                        for category, amount in parts
                    ],
                }
            )
        )
        override = override.with_context(sop_override_token=None).sudo(self.env.su)
        override.action_ask()
        return override

    # === APPROVAL === #

    def _get_approval_kind(self):
        return "override"

    def _get_approval_budget(self):
        return self.budget_id

    def _get_approval_requester(self):
        return self.requester_id

    def _get_approval_parts(self):
        parts = self.part_ids
        return [(part.category_id, part.amount) for part in parts]

    def _get_approval_amount(self):
        # OVERRIDE: a category and the one above it count the same money
        return self.amount_total

    def _on_approval_started(self):
        """It is asked already."""

    def _on_approved(self):
        for override in self:
            override._check_state("asked")
            # sudo: whoever asked need not read the trail
            last = override.sudo().decision_ids.sorted("id")[-1:]
            by_rule = last.comment if last.decision == "auto" else False
            override._set(
                state="granted",
                granted_by_id=not by_rule and self.env.user.id,
                granted_by_rule=by_rule,
                granted_on=fields.Datetime.now(),
            )

    def _on_rejected(self, reason):
        for override in self:
            override._check_state("asked")
            override._set(state="refused", decision_reason=reason)

    def _on_returned(self, reason):
        for override in self:
            override._check_state("asked")
            override._set(state="draft", decision_reason=reason)

    # === ACTIONS === #

    def _check_state(self, *states):
        labels = dict(self._fields["state"]._description_selection(self.env))
        for override in self:
            if override.state not in states:
                raise UserError(
                    self.env._(
                        "%(override)s is %(state)s already.",
                        override=override.display_name,
                        state=labels[override.state].lower(),
                    )
                )

    def _check_mine(self):
        if not self.env.su and any(o.requester_id != self.env.user for o in self):
            raise UserError(self.env._("Only who asked for an override can do this."))

    def action_ask(self):
        for override in self:
            override._check_state("draft")
            override._check_mine()
            override._set(state="asked", decision_reason=False)
            # sudo: what the requester asks may be about categories that they don't see
            override.sudo()._start_approval()

    def action_withdraw(self):
        for override in self:
            override._check_state("draft", "asked", "granted")
            override._check_mine()
            if override.state == "asked":
                override.sudo()._cancel_approval()
            override._set(state="cancelled")

    def action_open_document(self):
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "res_model": self.res_model,
            "res_id": self.res_id,
            "views": [(False, "form")],
        }

    # === SPENDING === #

    @api.model
    def _find_granted(self, documents, budget=None):
        domain = [
            ("res_model", "=", documents._name),
            ("res_id", "in", documents.ids),
            ("state", "=", "granted"),
        ]
        if budget:
            domain.append(("budget_id", "=", budget.id))
        # sudo: whoever confirms a document spends what was granted for it
        return self.sudo().search(domain)

    def _covers(self, budget, needs):
        """Whether these allow what is needed.

        :param needs: ``{category id (0: all): amount}``
        """
        granted = {}
        for part in self.filtered(lambda o: o.budget_id == budget).part_ids:
            place = part.category_id.id or 0
            granted[place] = granted.get(place, 0.0) + part.amount
        currency = budget.currency_id
        return all(
            currency.compare_amounts(granted.get(place, 0.0), amount) >= 0
            for place, amount in needs.items()
        )

    def _spend(self):
        self._set(
            state="used", used_by_id=self.env.user.id, used_on=fields.Datetime.now()
        )


class SopBudgetOverridePart(models.Model):
    _name = "sop.budget.override.part"
    _inherit = "sop.system.mixin"
    _description = "Part of a Budget Override"
    _order = "override_id desc, id"
    _rec_name = "category_id"

    override_id = fields.Many2one(
        "sop.budget.override", required=True, index=True, ondelete="cascade"
    )
    budget_id = fields.Many2one(related="override_id.budget_id", store=True)
    company_id = fields.Many2one(related="override_id.company_id", store=True)
    currency_id = fields.Many2one(related="company_id.currency_id")
    category_id = fields.Many2one(
        "sop.budget.category",
        readonly=True,
        index="btree_not_null",
        ondelete="restrict",
        help="Empty: all categories of the budget together.",
    )
    amount = fields.Monetary(
        "Beyond the Budget", readonly=True, help="By how much the plan may be exceeded."
    )
