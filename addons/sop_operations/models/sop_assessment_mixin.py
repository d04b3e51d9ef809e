# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain

from ..engine import assessment as engine

RATINGS = [
    ("0", "Not Rated"),
    ("1", "Very Poor"),
    ("2", "Poor"),
    ("3", "Fair"),
    ("4", "Good"),
    ("5", "Very Good"),
]
CRITERIA = (
    "rating_relevance",
    "rating_efficiency",
    "rating_effectiveness",
    "rating_sustainability",
)
STATES = [("planned", "Planned"), ("done", "Done"), ("cancelled", "Cancelled")]


class SopAssessmentMixin(models.AbstractModel):
    """Somebody looks at an operation, rates it and recommends: a visit, an evaluation.

    What was found is fixed once it is done; who reopens it is on record. What is recommended
    are action items, which go on.
    """

    _name = "sop.assessment.mixin"
    _description = "Assessment of an Operation"
    _inherit = [
        "sop.action.origin.mixin",
        "mail.thread",
        "mail.activity.mixin",
        "sop.operation.staying.mixin",
        "sop.operation.part.mixin",
        "sop.files.mixin",
    ]
    _order = "date desc, id desc"
    _mail_post_access = "read"

    name = fields.Char(
        "Title",
        compute="_compute_name",
        store=True,
        readonly=False,
        precompute=True,
        required=True,
        tracking=True,
    )
    operation_id = fields.Many2one(
        "sop.operation", required=True, index=True, ondelete="cascade"
    )
    company_id = fields.Many2one(
        related="operation_id.company_id", store=True, index=True, precompute=True
    )
    date = fields.Date(
        required=True, index=True, default=fields.Date.context_today, tracking=True
    )
    user_id = fields.Many2one(
        "res.users",
        "Led By",
        required=True,
        index=True,
        default=lambda self: self.env.user,
        domain="[('share', '=', False)]",
        tracking=True,
        help="Writes it, with the team and those who edit the operation.",
    )
    team_ids = fields.Many2many(
        "res.users",
        string="Team",
        domain="[('share', '=', False)]",
    )
    state = fields.Selection(
        STATES,
        default="planned",
        required=True,
        readonly=True,
        copy=False,
        index=True,
        tracking=True,
    )
    rating_relevance = fields.Selection(
        RATINGS,
        "Relevance",
        default="0",
        help="Does it do what people need, and what the organisation wants?",
    )
    rating_efficiency = fields.Selection(
        RATINGS,
        "Efficiency",
        default="0",
        help="Is what it costs, in money and time, worth what comes out?",
    )
    rating_effectiveness = fields.Selection(
        RATINGS,
        "Effectiveness",
        default="0",
        help="Does it reach what it set out to reach?",
    )
    rating_sustainability = fields.Selection(
        RATINGS,
        "Sustainability",
        default="0",
        help="Will what it reached last when the money ends?",
    )
    rating = fields.Float(
        "Mean Rating",
        compute="_compute_rating",
        store=True,
        digits=(16, 1),
        aggregator="avg",
        help="Mean of what was rated, from 1 to 5.",
    )
    has_rating = fields.Boolean("Is Rated", compute="_compute_rating", store=True)
    findings = fields.Html()
    is_assessor = fields.Boolean(
        "I Assess",
        compute="_compute_assessor_rights",
        search="_search_is_assessor",
        help="You lead it, or are in its team.",
    )
    is_readable = fields.Boolean(
        compute="_compute_assessor_rights",
        search="_search_is_readable",
        export_string_translation=False,
    )
    can_edit = fields.Boolean(compute="_compute_assessor_rights")

    # === COMPUTE === #

    @api.depends_context("uid", "allowed_company_ids")
    @api.depends("user_id", "team_ids", "operation_id")
    def _compute_assessor_rights(self):
        # sudo: who may read it is asked here, so nothing may ask that first
        for record, known in zip(self, self.sudo(), strict=True):
            assesses = self.env.user in known._get_action_authors()
            record.is_assessor = assesses
            record.is_readable = assesses or known.operation_readable
            record.can_edit = assesses or known.operation_editable

    @api.model
    def _search_is_assessor(self, operator, value):
        if operator != "in":
            return NotImplemented
        mine = self._get_assessor_domain()
        return Domain.OR(mine if wanted else ~mine for wanted in value)

    @api.model
    def _search_is_readable(self, operator, value):
        if operator != "in":
            return NotImplemented
        domain = self._get_assessor_domain() | Domain("operation_readable", "=", True)
        return Domain.OR(domain if wanted else ~domain for wanted in value)

    @api.model
    def _get_assessor_domain(self):
        uid = self.env.uid
        return Domain("user_id", "=", uid) | Domain("team_ids", "in", [uid])

    @api.depends("operation_id")
    def _compute_name(self):
        for record in self:
            if not record.name and record.operation_id:
                record.name = record._propose_name()

    def _propose_name(self):
        """The title, unless somebody writes another."""
        raise NotImplementedError

    @api.depends(*CRITERIA)
    def _compute_rating(self):
        for record in self:
            # Not rated is "0" on the screen and empty by RPC
            ratings = [int(record[name] or 0) or None for name in CRITERIA]
            mean = engine.mean_rating(ratings)
            record.rating = mean or 0.0
            record.has_rating = mean is not None

    # === GUARDS === #

    @api.model
    def _get_system_fields(self):
        return super()._get_system_fields() | {"state"}

    @api.model
    def _get_found_fields(self) -> set[str]:
        """What is fixed once it is done. To be extended by super()."""
        return {"name", "date", "user_id", "team_ids", *CRITERIA, "findings"} | {
            "attachment_ids"
        }

    def _check_not_done(self):
        for record in self:
            if record.state != "planned":
                raise UserError(
                    self.env._(
                        "“%(name)s” is on record as it is: reopen it to change it.",
                        name=record.name,
                    )
                )

    @api.model_create_multi
    def create(self, vals_list):
        records = super().create(vals_list)
        records._adopt_files()
        return records

    def write(self, vals):
        if self._get_found_fields() & set(vals):
            self._check_not_done()
        result = super().write(vals)
        if "attachment_ids" in vals:
            self._adopt_files()
        return result

    @api.ondelete(at_uninstall=False)
    def _unlink_except_done(self):
        for record in self:
            if record.state == "done":
                raise UserError(
                    self.env._(
                        "“%(name)s” is done and stays on record.", name=record.name
                    )
                )

    # === ACTIONS === #

    def _get_action_authors(self):
        return super()._get_action_authors() | self.team_ids

    def _set_state(self, state):
        self.check_access("write")
        # sudo: kept by the system, and the user may write the record
        self.sudo().state = state

    def action_done(self):
        for record in self:
            if record.date > record.operation_id._get_today():
                raise UserError(
                    self.env._(
                        "“%(name)s” is planned for %(day)s: change its date, or wait.",
                        name=record.name,
                        day=fields.Date.to_string(record.date),
                    )
                )
        self._check_not_done()
        self._set_state("done")

    def action_cancel(self):
        self._check_not_done()
        self._set_state("cancelled")

    def action_reopen(self):
        self._set_state("planned")
