# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError, ValidationError

from ..engine.reservation import Spending
from .sop_proposal_token import has_token

# Where a proposal is by decisions; what became of it follows from its documents
STEPS = [
    ("draft", "Draft"),
    ("submitted", "Submitted"),
    ("in_review", "In Review"),
    ("changes", "Changes Requested"),
    ("approved", "Approved"),
    ("rejected", "Rejected"),
    ("cancelled", "Cancelled"),
    ("withdrawn", "Withdrawn"),
]
STATES = [*STEPS[:5], ("ordered", "Ordered"), ("paid", "Paid"), *STEPS[5:]]
EDITABLE_STEPS = ("draft", "changes")
#: What only actions write.
GUARDED_FIELDS = {
    "step",
    "number",
    "version",
    "previous_id",
    "requester_id",
    "decision_reason",
    "condition",
    "date_submitted",
    "date_approved",
    "vendor_decided",
}
#: What is asked for: fixed from the moment of submission.
CONTENT_FIELDS = {
    "name",
    "budget_id",
    "date_expected",
    "justification",
    "urgent",
    "line_ids",
}


class SopProposal(models.Model):
    """A request to spend: asked for, decided, reserved, ordered, paid."""

    _name = "sop.proposal"
    _description = "Proposal"
    _inherit = [
        "sop.approval.mixin",
        "sop.budget.part.mixin",
        "mail.thread.main.attachment",
        "mail.activity.mixin",
    ]
    _order = "urgent desc, id desc"
    _rec_names_search = ["number", "name"]
    _check_company_auto = True
    _mail_post_access = "read"

    # === What is asked for === #
    name = fields.Char("Title", required=True, tracking=True)
    number = fields.Char(readonly=True, copy=False, index="trigram")
    version = fields.Integer(default=1, readonly=True, copy=False)
    budget_id = fields.Many2one(
        "sop.budget",
        required=True,
        index=True,
        ondelete="restrict",
        default=lambda self: self._default_budget_id(),
        domain="[('state', '=', 'approved'), ('is_template', '=', False)]",
    )
    company_id = fields.Many2one(
        related="budget_id.company_id", store=True, index=True, precompute=True
    )
    currency_id = fields.Many2one(related="company_id.currency_id", store=True)
    requester_id = fields.Many2one(
        "res.users",
        required=True,
        readonly=True,
        copy=False,
        index=True,
        default=lambda self: self.env.user,
    )
    partner_id = fields.Many2one(
        "res.partner", "Vendor or Recipient", tracking=True, check_company=True
    )
    vendor_decided = fields.Boolean(
        readonly=True,
        copy=False,
        help="The vendor or recipient was named when it was approved, and stays.",
    )
    date_expected = fields.Date("Expected", tracking=True)
    justification = fields.Html(help="Why the money is needed, and what it will bring.")
    tag_ids = fields.Many2many("sop.budget.tag")
    urgent = fields.Boolean(
        tracking=True, help="The person named for emergencies is told at once."
    )
    line_ids = fields.One2many("sop.proposal.line", "proposal_id", copy=True)

    # === Where it is === #
    step = fields.Selection(
        STEPS, default="draft", required=True, readonly=True, copy=False, index=True
    )
    state = fields.Selection(
        STATES,
        compute="_compute_state",
        store=True,
        index=True,
        tracking=True,
        group_expand=True,
        help="Ordered and paid follow from the orders and bills.",
    )
    decision_reason = fields.Text(readonly=True, copy=False)
    condition = fields.Text(
        readonly=True,
        copy=False,
        help="On what its approvers agreed; orders and bills made of it show it.",
    )
    date_submitted = fields.Datetime("Submitted On", readonly=True, copy=False)
    date_approved = fields.Datetime("Approved On", readonly=True, copy=False)
    previous_id = fields.Many2one(
        "sop.proposal",
        "Earlier Version",
        readonly=True,
        copy=False,
        index="btree_not_null",
        ondelete="restrict",
    )
    next_ids = fields.One2many("sop.proposal", "previous_id", "Later Version")
    superseded = fields.Boolean(
        compute="_compute_superseded",
        store=True,
        help="A later version stands for all of it.",
    )
    carried_in_part = fields.Boolean(
        compute="_compute_superseded",
        store=True,
        help="A later version stands for what was carried on; the rest is still here.",
    )
    can_edit = fields.Boolean(compute="_compute_can_edit")
    is_manager = fields.Boolean(compute="_compute_can_edit")
    is_requester = fields.Boolean(compute="_compute_can_edit")

    # === How much === #
    amount_total = fields.Monetary(
        "Requested", compute="_compute_amounts", store=True, tracking=True
    )
    amount_approved = fields.Monetary(
        "Approved", compute="_compute_amounts", store=True
    )
    amount_variance = fields.Monetary(
        "Approved less Requested", compute="_compute_variance", store=True
    )
    variance_percent = fields.Float(
        "Variance %",
        compute="_compute_variance",
        store=True,
        aggregator="avg",
        digits=(16, 1),
        help="Approved less requested, as a share of what was requested.",
    )
    amount_ordered = fields.Monetary(
        "Ordered or Billed", compute="_compute_amounts", store=True
    )
    amount_billed = fields.Monetary("Billed", compute="_compute_amounts", store=True)
    amount_paid = fields.Monetary("Paid", compute="_compute_amounts", store=True)
    amount_reserved = fields.Monetary(
        "Reserved", compute="_compute_amounts", store=True
    )

    _number_uniq = models.UniqueIndex(
        "(company_id, number, version)",
        "This version of the proposal exists already.",
    )

    @api.model
    def _default_budget_id(self):
        """The running budget, where there is only one that the user may ask from."""
        today = fields.Date.context_today(self)
        budgets = self.env["sop.budget"].search(
            [
                *[("state", "=", "approved"), ("is_template", "=", False)],
                *[("date_from", "<=", today), ("date_to", ">=", today)],
                ("company_id", "=", self.env.company.id),
            ],
            limit=2,
        )
        return budgets if len(budgets) == 1 else budgets.browse()

    # === COMPUTE === #

    @api.depends("number", "version", "name")
    def _compute_display_name(self):
        for proposal in self:
            number = proposal.number or ""
            if proposal.version > 1:
                number = self.env._(
                    "%(number)s version %(version)s",
                    number=number,
                    version=proposal.version,
                )
            name = proposal.name or ""
            proposal.display_name = f"[{number}] {name}" if number else name

    @api.depends("next_ids", "step", "amount_ordered", "amount_reserved")
    def _compute_superseded(self):
        for proposal in self:
            is_alive = proposal.step == "approved" and bool(
                proposal.amount_ordered or proposal.amount_reserved
            )
            proposal.superseded = bool(proposal.next_ids) and not is_alive
            proposal.carried_in_part = bool(proposal.next_ids) and is_alive

    @api.depends("amount_total", "amount_approved", "date_approved")
    def _compute_variance(self):
        for proposal in self:
            variance, requested = 0.0, proposal.amount_total
            if proposal.date_approved:
                variance = proposal.amount_approved - requested
            proposal.amount_variance = variance
            proposal.variance_percent = 100 * variance / requested if requested else 0.0

    @api.depends(
        "line_ids.amount_company",
        "line_ids.approved_amount",
        "line_ids.consumed_amount",
        "line_ids.billed_amount",
        "line_ids.paid_amount",
        "line_ids.reserved_amount",
    )
    def _compute_amounts(self):
        sources = {
            "amount_total": "amount_company",
            "amount_approved": "approved_amount",
            "amount_ordered": "consumed_amount",
            "amount_billed": "billed_amount",
            "amount_paid": "paid_amount",
            "amount_reserved": "reserved_amount",
        }
        for proposal in self:
            for total, name in sources.items():
                proposal[total] = sum(proposal.line_ids.mapped(name))

    def _get_state_depends(self):
        names = ("reserved", "open", "billed", "paid")
        return ["step", *(f"line_ids.{name}_amount" for name in names)]

    @api.depends(lambda self: self._get_state_depends())
    def _compute_state(self):
        for proposal in self:
            state = proposal.step
            if state == "approved":
                state = proposal._get_spending().progress() or state
            proposal.state = state

    def _get_spending(self):
        self.ensure_one()
        scale = 10**self.currency_id.decimal_places
        names = ("reserved", "open", "billed", "paid")
        return Spending(
            **{
                name: sum(
                    round(line[f"{name}_amount"] * scale) for line in self.line_ids
                )
                for name in names
            }
        )

    @api.depends_context("uid")
    @api.depends("step", "requester_id", "budget_id")
    def _compute_can_edit(self):
        roles = self.budget_id._get_roles()
        for proposal in self:
            own = proposal.requester_id == self.env.user
            proposal.is_requester = own
            proposal.can_edit = proposal.step in EDITABLE_STEPS and (own or self.env.su)
            proposal.is_manager = roles.get(proposal.budget_id.id) == "manager"

    # === CONSTRAINTS === #

    @api.constrains("budget_id")
    def _check_budget(self):
        for proposal in self:
            if proposal.budget_id.is_template:
                raise ValidationError(
                    self.env._(
                        "“%(budget)s” is a template: ask from a budget that is in force.",
                        budget=proposal.budget_id.display_name,
                    )
                )
        self.line_ids._check_category()
        self.line_ids._check_month()

    # === CRUD === #

    @api.model_create_multi
    def create(self, vals_list):
        if not has_token(self.env):
            for vals in vals_list:
                self._check_writable(vals)
        proposals = super().create(vals_list)
        for proposal in proposals:
            # Before anything else can be done with it: who may not ask may not draft
            proposal._check_may_propose()
            if not proposal.number:
                number = self._next_number(proposal.company_id)
                proposal._write_guarded({"number": number})
        return proposals

    def write(self, vals):
        if has_token(self.env):
            return super().write(vals)
        self._check_writable(vals)
        if CONTENT_FIELDS & set(vals):
            self._check_editable()
        if "partner_id" in vals:
            others = self.filtered(lambda p: p.partner_id.id != vals["partner_id"])
            others._check_vendor_writable()
        if "budget_id" in vals:
            former = {proposal: proposal.company_id for proposal in self}
        result = super().write(vals)
        if "budget_id" in vals:
            self._check_may_propose()
            if any(proposal.company_id != former[proposal] for proposal in self):
                raise UserError(
                    self.env._(
                        "A proposal stays in its company: its number belongs there."
                    )
                )
        return result

    @api.ondelete(at_uninstall=False)
    def _unlink_except_submitted(self):
        for proposal in self:
            if proposal.step != "draft" or proposal.date_submitted:
                raise UserError(
                    self.env._(
                        "“%(proposal)s” was submitted and stays in the records: withdraw or "
                        "cancel it instead.",
                        proposal=proposal.display_name,
                    )
                )
        self._check_editable()

    def copy_data(self, default=None):
        vals_list = super().copy_data(default)
        for proposal, vals in zip(self, vals_list, strict=True):
            if not has_token(self.env) and "name" not in (default or {}):
                vals["name"] = self.env._("%(name)s (copy)", name=proposal.name)
        return vals_list

    # === GUARDS === #

    @api.model
    def _check_writable(self, vals):
        self._check_not_derived(vals)
        usual = {"step": "draft", "version": 1, "requester_id": self.env.uid}
        for name in sorted(GUARDED_FIELDS & set(vals)):
            if (vals[name] or False) != usual.get(name, False):
                raise UserError(
                    self.env._(
                        "“%(field)s” of a proposal can't be written: use its buttons.",
                        field=self._fields[name].string,
                    )
                )

    def _write_guarded(self, vals):
        # sudo: whoever decides need not be allowed to write what others ask for
        return self.sudo().with_context(**self._get_token()).write(vals)

    def _check_editable(self):
        """What is asked for changes only in the hands of who asks, and only before review."""
        if has_token(self.env):
            return
        for proposal in self:
            if proposal.step not in EDITABLE_STEPS:
                raise UserError(
                    self.env._(
                        "“%(proposal)s” is %(state)s: what it asks for is fixed. %(mend)s",
                        proposal=proposal.display_name,
                        state=proposal._get_state_name(),
                        mend=proposal._describe_way_on(),
                    )
                )
            proposal._check_is_requester()

    def _describe_way_on(self):
        """How to have something else decided, as a sentence."""
        if self.step in ("submitted", "in_review"):
            return self.env._(
                "Withdraw it, or have an approver ask for changes, to change it."
            )
        if self.step != "approved":
            return self.env._("Resubmit it as a new version to change it.")
        if self._get_spending().progress():
            return self.env._(
                "Free what is not ordered yet, and ask for the other in a new proposal."
            )
        return self.env._(
            "Cancel it and resubmit it as a new version, which is decided anew."
        )

    def _check_vendor_writable(self):
        """Who sells is often known only after the approval; who was decided on stays."""
        for proposal in self:
            if proposal.step in EDITABLE_STEPS:
                proposal._check_is_requester()
            elif proposal.step != "approved" or proposal.vendor_decided:
                proposal._check_editable()

    def _check_is_requester(self):
        for proposal in self:
            if not self.env.su and proposal.requester_id != self.env.user:
                raise AccessError(
                    self.env._(
                        "“%(proposal)s” is asked for by %(requester)s, who alone can change it.",
                        proposal=proposal.display_name,
                        requester=proposal.requester_id.name,
                    )
                )

    def _check_may_propose(self):
        if self.env.su:
            return
        for proposal in self:
            proposal.budget_id._check_may_propose(proposal.line_ids.category_id)

    def _check_step(self, *allowed):
        for proposal in self:
            if proposal.step not in allowed:
                raise UserError(
                    self.env._(
                        "“%(proposal)s” is %(state)s: this can't be done with it now.",
                        proposal=proposal.display_name,
                        state=proposal._get_state_name(),
                    )
                )

    def _get_state_name(self):
        labels = dict(self._fields["state"]._description_selection(self.env))
        return labels[self.state].lower()

    # === NUMBERS === #

    @api.model
    def _next_number(self, company):
        # sudo: everybody who asks takes the next number
        sequences = self.env["ir.sequence"].sudo().with_company(company)
        return sequences.next_by_code("sop.proposal")

    @api.model
    def _create_sequences(self, companies=None):
        """A sequence for each company that has none."""
        # sudo, all companies: sequences are the system's
        sequences = self.env["ir.sequence"].sudo()
        known = sequences.search([("code", "=", "sop.proposal")]).company_id
        if companies is None:
            companies = self.env["res.company"].sudo().search([])  # pylint: disable=no-search-all
        sequences.create(
            [
                {
                    "name": self.env._(
                        "Proposals of %(company)s", company=company.name
                    ),
                    "code": "sop.proposal",
                    "prefix": "PR/%(range_year)s/",
                    "padding": 5,
                    "use_date_range": True,
                    "company_id": company.id,
                }
                for company in companies - known
            ]
        )
