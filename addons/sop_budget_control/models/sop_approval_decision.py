# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from odoo import api, fields, models
from odoo.exceptions import UserError

DECISIONS = [
    ("submitted", "Submitted"),
    ("approved", "Approved"),
    ("rejected", "Rejected"),
    ("returned", "Changes requested"),
    ("delegated", "Stands in"),
    ("escalated", "Escalated"),
    ("withdrawn", "Withdrawn"),
    ("auto", "Automatic"),
    ("moved", "Moved"),
    ("freed", "Rest freed"),
]
CHANNELS = [
    ("form", "In the client"),
    ("mail", "By mail link"),
    ("system", "By the system"),
]
# Proof that an entry is written by the approvals themselves: what arrives by RPC is plain JSON
TRAIL_TOKEN = object()


class SopApprovalDecision(models.Model):
    """The trail of a document: what was asked and decided, when, by whom and for whom.

    Append-only for everybody, administrators and the superuser included.
    """

    _name = "sop.approval.decision"
    _inherit = "sop.system.mixin"
    _description = "Approval Trail"
    _order = "id desc"
    _rec_name = "document_name"

    approval_id = fields.Many2one(
        "sop.approval", index="btree_not_null", ondelete="restrict", readonly=True
    )
    res_model = fields.Char(required=True, readonly=True)
    res_id = fields.Many2oneReference(
        model_field="res_model", required=True, readonly=True, index=True
    )
    document_name = fields.Char("Document", readonly=True)
    company_id = fields.Many2one("res.company", required=True, readonly=True)
    budget_id = fields.Many2one(
        "sop.budget",
        required=True,
        index=True,
        ondelete="restrict",
        readonly=True,
    )
    round = fields.Integer(required=True, readonly=True, aggregator=None)
    version = fields.Integer(required=True, readonly=True, aggregator=None, default=1)
    level = fields.Integer(readonly=True, aggregator=None)
    step_name = fields.Char("Step", readonly=True)
    user_id = fields.Many2one(
        "res.users", "Who", required=True, ondelete="restrict", readonly=True
    )
    on_behalf_of_id = fields.Many2one(
        "res.users", "For", ondelete="restrict", readonly=True
    )
    decision = fields.Selection(DECISIONS, required=True, readonly=True)
    comment = fields.Text(readonly=True)
    terms = fields.Text(
        readonly=True, help="How much less was approved, and on what condition."
    )
    # Of a document whose states are recorded; as the document names them
    state_from = fields.Char("From", readonly=True)
    state_to = fields.Char("To", readonly=True)
    date = fields.Datetime(required=True, readonly=True, default=fields.Datetime.now)
    channel = fields.Selection(CHANNELS, required=True, readonly=True, default="form")
    is_document_readable = fields.Boolean(
        compute="_compute_is_document_readable",
        search="_search_is_document_readable",
        export_string_translation=False,
    )

    _document = models.Index("(res_model, res_id)")

    def _compute_is_document_readable(self):
        self.env["sop.approval"]._fill_document_readable(self)

    def _search_is_document_readable(self, operator, value):
        if operator != "in":
            return NotImplemented
        return self.env["sop.approval"]._get_readable_domain()

    # === APPEND-ONLY === #

    @api.model_create_multi
    def create(self, vals_list):
        if self.env.context.get("sop_trail_token") is not TRAIL_TOKEN:
            raise UserError(
                self.env._("The trail is written by the decisions themselves.")
            )
        return super().create(vals_list)

    def write(self, vals):  # pylint: disable=method-required-super
        raise UserError(self.env._("What was decided can't be changed."))

    @api.ondelete(at_uninstall=False)
    def _unlink_never(self):
        raise UserError(self.env._("What was decided can't be deleted."))

    @api.model
    def _log(self, vals_list):
        # sudo: who decides has no rights on the trail, it is written for them
        return (
            self.sudo()
            .with_context(sop_trail_token=TRAIL_TOKEN)
            .create(vals_list)
            .with_context(sop_trail_token=None)
        )

    @api.depends("user_id", "on_behalf_of_id", "decision")
    def _compute_display_name(self):
        labels = dict(self._fields["decision"]._description_selection(self.env))
        for row in self:
            row.display_name = f"{labels.get(row.decision)}: {row._get_who()}"

    def _get_who(self):
        """“X for Y” where somebody stood in."""
        self.ensure_one()
        if not self.on_behalf_of_id or self.on_behalf_of_id == self.user_id:
            return self.user_id.name or ""
        return self.env._(
            "%(user)s for %(principal)s",
            user=self.user_id.name,
            principal=self.on_behalf_of_id.name,
        )
