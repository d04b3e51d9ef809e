# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain

from .sop_approval_rule import KINDS, RESUME
from .sop_approval_rule_step import STEP_ROLES

APPROVAL_STATES = [
    ("waiting", "Not yet asked"),
    ("asked", "Asked"),
    ("approved", "Approved"),
    ("rejected", "Rejected"),
    ("returned", "Changes requested"),
    ("skipped", "Skipped"),
    ("cancelled", "Cancelled"),
]
OPEN_STATES = ("waiting", "asked")
# Proof that a change comes from a decision: what arrives by RPC is plain JSON
APPROVAL_TOKEN = object()


class SopApproval(models.Model):
    """One step of one round of a document, with its approvers frozen."""

    _name = "sop.approval"
    _inherit = "sop.system.mixin"
    _description = "Approval"
    _order = "date_due, id"
    _rec_names_search = ["document_name", "name"]

    # === What is to be approved === #
    res_model = fields.Char(required=True, readonly=True)
    res_id = fields.Many2oneReference(
        "Document ID", model_field="res_model", required=True, readonly=True, index=True
    )
    document_name = fields.Char("Document", readonly=True)
    kind = fields.Selection(KINDS, readonly=True, index=True)
    company_id = fields.Many2one(
        "res.company", required=True, readonly=True, index=True
    )
    currency_id = fields.Many2one(related="company_id.currency_id")
    budget_id = fields.Many2one(
        "sop.budget", required=True, readonly=True, index=True, ondelete="restrict"
    )
    requester_id = fields.Many2one("res.users", readonly=True)
    urgent = fields.Boolean(readonly=True)
    category_ids = fields.Many2many(
        "sop.budget.category",
        readonly=True,
        groups="sop_budget.group_sop_budget_manager",
        help="Categories of the document when it was submitted.",
    )
    amount_asked = fields.Monetary(
        "Amount when Submitted",
        readonly=True,
        groups="sop_budget.group_sop_budget_manager",
    )
    amount = fields.Monetary(
        compute="_compute_amount", help="Empty when a part of it is hidden from you."
    )
    is_amount_hidden = fields.Boolean(compute="_compute_amount")

    # === The step, as it was when it was asked === #
    round = fields.Integer(required=True, readonly=True, aggregator=None)
    level = fields.Integer(required=True, readonly=True, aggregator=None)
    name = fields.Char("Step", required=True, readonly=True)
    rule_id = fields.Many2one("sop.approval.rule", readonly=True, ondelete="set null")
    # A number, not a link: the step may be gone while what it asked for stays
    step_ref = fields.Integer(
        readonly=True, aggregator=None, export_string_translation=False
    )
    # Of a step that asks the responsible of each category
    category_id = fields.Many2one(
        "sop.budget.category",
        string="Answered for",
        readonly=True,
        ondelete="set null",
        groups="sop_budget.group_sop_budget_manager",
    )
    approver_ids = fields.Many2many(
        "res.users", "sop_approval_approver_rel", string="Approvers", readonly=True
    )
    open_ids = fields.Many2many(
        "res.users", "sop_approval_open_rel", string="Waiting for", readonly=True
    )
    barred_ids = fields.Many2many(
        "res.users",
        "sop_approval_barred_rel",
        readonly=True,
        export_string_translation=False,
    )
    asked_role = fields.Selection(
        STEP_ROLES,
        readonly=True,
        help="The step asks whoever holds this role: who loses it loses the seat.",
    )
    minimum = fields.Integer(
        "How Many", required=True, readonly=True, default=1, aggregator=None
    )
    # Written at each approval, so that two at once always meet in this row
    vote_count = fields.Integer("Approvals", readonly=True, aggregator=None)
    same_person_twice = fields.Boolean(readonly=True)
    wanted = fields.Char(readonly=True, export_string_translation=False)
    wanted_papers = fields.Integer(
        readonly=True, aggregator=None, export_string_translation=False
    )
    resume = fields.Selection(RESUME, readonly=True)
    carried_from_id = fields.Many2one(
        "sop.approval",
        readonly=True,
        index="btree_not_null",
        ondelete="restrict",
        help="The step of an earlier round whose approval holds here.",
    )

    # === Time === #
    state = fields.Selection(
        APPROVAL_STATES, required=True, readonly=True, default="waiting", index=True
    )
    due_days = fields.Integer(readonly=True, aggregator=None)
    remind_days = fields.Integer(readonly=True, aggregator=None)
    escalate_user_id = fields.Many2one("res.users", readonly=True)
    date_asked = fields.Datetime("Asked", readonly=True)
    date_due = fields.Date("Due", readonly=True)
    date_decided = fields.Datetime("Decided", readonly=True)
    reminded_on = fields.Date(readonly=True)
    escalated_on = fields.Date(readonly=True)
    hours_taken = fields.Float(
        compute="_compute_hours_taken", store=True, aggregator="avg"
    )
    approved_share = fields.Float(
        "Approval Rate",
        compute="_compute_hours_taken",
        store=True,
        aggregator="avg",
        help="1 for an approved step, 0 for a rejected or returned one: its average is the "
        "approval rate.",
    )

    # === For the reader === #
    vote_ids = fields.One2many(
        "sop.approval.decision", "approval_id", string="Entries", readonly=True
    )
    decision_ids = fields.Many2many(
        "sop.approval.decision", compute="_compute_decision_ids", string="Trail"
    )
    summary = fields.Html(compute="_compute_summary")
    can_decide = fields.Boolean(
        "Waiting for Me", compute="_compute_can_decide", search="_search_can_decide"
    )
    is_late = fields.Boolean(
        "Late", compute="_compute_is_late", search="_search_is_late"
    )
    is_document_readable = fields.Boolean(
        compute="_compute_is_document_readable",
        search="_search_is_document_readable",
        export_string_translation=False,
    )

    _document = models.Index("(res_model, res_id)")
    _asked = models.Index("(date_due) WHERE state = 'asked'")

    # === COMPUTE === #

    @api.depends("document_name", "name")
    def _compute_display_name(self):
        for approval in self:
            approval.display_name = f"{approval.document_name} – {approval.name}"

    @api.depends("date_asked", "date_decided", "state")
    def _compute_hours_taken(self):
        for approval in self:
            taken = approval.date_decided and approval.date_asked
            approval.hours_taken = (
                (approval.date_decided - approval.date_asked).total_seconds() / 3600
                if taken
                else 0
            )
            approval.approved_share = float(approval.state == "approved")

    @api.depends_context("uid")
    def _compute_amount(self):
        visible = self._get_visible_parts()
        for approval in self:
            parts = visible[approval]
            approval.is_amount_hidden = parts is None
            approval.amount = sum(amount for _category, amount in parts or ())

    @api.depends("state", "date_due")
    def _compute_is_late(self):
        today = fields.Date.context_today(self)
        for approval in self:
            approval.is_late = bool(
                approval.state == "asked"
                and approval.date_due
                and approval.date_due < today
            )

    def _search_is_late(self, operator, value):
        if operator != "in":
            return NotImplemented
        today = fields.Date.context_today(self)
        return Domain("state", "=", "asked") & Domain("date_due", "<", today)

    @api.depends_context("uid")
    @api.depends("state", "open_ids", "barred_ids")
    def _compute_can_decide(self):
        seats = self._find_seats(self.env.user)
        for approval in self:
            approval.can_decide = approval.id in seats

    def _search_can_decide(self, operator, value):
        if operator != "in":
            return NotImplemented
        user = self.env.user
        stands_in = self.env["sop.approval.delegation"]._get_waiting_domain(user)
        return Domain("state", "=", "asked") & (
            self._get_seated_domain(user)
            | (stands_in & Domain("barred_ids", "not in", user.ids))
        )

    def _compute_decision_ids(self):
        for approval in self:
            approval.decision_ids = self.env["sop.approval.decision"].search(
                [
                    ("res_model", "=", approval.res_model),
                    ("res_id", "=", approval.res_id),
                ]
            )

    @api.depends_context("uid", "lang")
    def _compute_summary(self):
        for approval in self:
            approval.summary = approval._render_summary(self.env.user)

    # === WHO MAY READ === #

    @api.model
    def _get_document_models(self):
        """Names of the models that are approved."""
        names = self.env.registry.descendants(["sop.approval.mixin"], "_inherit")
        return [n for n in names if not self.env[n]._abstract]

    @api.model
    def _get_readable_domain(self):
        """Rows of documents that the user may read, whatever rules those have."""
        domains = []
        for name in self._get_document_models():
            documents = self.env[name].sudo(False)
            if documents.has_access("read"):
                domains.append(
                    Domain("res_model", "=", name)
                    & Domain("res_id", "in", documents._search([]))
                )
        return Domain.OR(domains)

    @api.model
    def _fill_document_readable(self, rows):
        for name, group in rows.grouped("res_model").items():
            documents = self.env[name].sudo(False).browse(group.mapped("res_id"))
            readable = set(documents.exists()._filtered_access("read").ids)
            for row in group:
                row.is_document_readable = row.res_id in readable

    def _compute_is_document_readable(self):
        self._fill_document_readable(self)

    def _search_is_document_readable(self, operator, value):
        if operator != "in":
            return NotImplemented
        return self._get_readable_domain()

    # === FROZEN === #

    @api.model_create_multi
    def create(self, vals_list):
        self._check_token()
        return super().create(vals_list)

    def write(self, vals):
        self._check_token()
        return super().write(vals)

    @api.ondelete(at_uninstall=False)
    def _unlink_never(self):
        raise UserError(self.env._("Approvals are kept: they are part of the history."))

    def _check_token(self):
        if self.env.context.get("sop_approval_token") is not APPROVAL_TOKEN:
            raise UserError(
                self.env._("Use the buttons of the approval: its fields are fixed.")
            )

    def _set(self, vals):
        # sudo: who decides has no rights on the steps, their decision changes them
        self.sudo().with_context(sop_approval_token=APPROVAL_TOKEN).write(vals)

    @api.model
    def _create_steps(self, vals_list):
        # sudo: as for _set
        return (
            self.sudo()
            .with_context(sop_approval_token=APPROVAL_TOKEN)
            .create(vals_list)
            .with_context(sop_approval_token=None)
        )

    # === DOCUMENT === #

    def _get_document(self):
        """The document, also when the user could not open it; empty when it is gone."""
        self.ensure_one()
        # sudo: who is asked decides by the summary, without rights on the document
        return self.env[self.res_model].sudo().browse(self.res_id).exists()

    def _get_visible_parts(self, user=None):
        """``{approval: [(category, amount)]}``; None where one is hidden from the user."""
        parts_of, categories_of = {}, {}
        for name, group in self.grouped("res_model").items():
            # sudo: what may be seen is decided below, category by category
            documents = self.env[name].sudo().browse(group.mapped("res_id")).exists()
            document_of = {document.id: document for document in documents}
            for approval in group:
                document = document_of.get(approval.res_id)
                parts_of[approval] = document._get_approval_parts() if document else []
                sides = document._get_approval_sides() if document else []
                categories_of[approval] = {
                    category.id
                    for _budget, parts in sides
                    for category, _amount in parts
                }
        # sudo: categories that are open to everybody who is asked need no right
        guarded = (
            self.env["sop.budget.category"]
            .sudo()
            .browse(set().union(*categories_of.values()) - {False})
            .filtered(lambda c: c.visibility_effective != "all")
        )
        reader = guarded.with_user(user or self.env.user).sudo(False)
        hidden = set(guarded.ids) - set(reader._filtered_access("read").ids)
        return {
            approval: None if hidden & categories_of[approval] else parts
            for approval, parts in parts_of.items()
        }

    @api.model
    def _to_minor(self, amount, currency):
        return round(amount * 10**currency.decimal_places)

    def _get_last_decision(self):
        """What was decided last in this step, or about the document after it."""
        self.ensure_one()
        # sudo: told to who was asked
        trail = self.env["sop.approval.decision"].sudo()
        return trail.search(
            [
                ("res_model", "=", self.res_model),
                ("res_id", "=", self.res_id),
                ("decision", "in", ("approved", "rejected", "returned", "withdrawn")),
            ],
            limit=1,
        )

    def _has_taken_part(self, user):
        """Whether the user decided here: they may know how it went on."""
        self.ensure_one()
        # sudo: asked for the one who opens a link
        return (
            user
            in self.sudo()
            .vote_ids.filtered(lambda vote: vote.channel != "system")
            .user_id
        )

    # === ACTIONS === #

    def action_approve(self):
        """Approve what is selected, all or nothing."""
        for approval in self:
            approval._get_existing_document()._decide("approved", approval=approval)
        return True

    def action_reject(self):
        return self._open_decide("rejected")

    def action_return(self):
        return self._open_decide("returned")

    def _open_decide(self, decision):
        self.ensure_one()
        return self.env["sop.approval.decide"]._open(
            self._get_existing_document(), decision
        )

    def _get_existing_document(self):
        document = self._get_document()
        if not document:
            raise UserError(
                self.env._(
                    "“%(document)s” does not exist any more.",
                    document=self.document_name,
                )
            )
        return document.sudo(False)

    def action_open_document(self):
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "res_model": self.res_model,
            "res_id": self.res_id,
            "views": [(False, "form")],
        }
