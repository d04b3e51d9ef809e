# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError
from odoo.fields import Command, Domain
from odoo.tools import format_date

from ..engine import timing

# Proof that a change of state comes from an action of this model: a context that arrives by
# RPC holds plain JSON and can never carry this very object.
STATE_TOKEN = object()

STATES = [
    ("planned", "Planned"),
    ("in_progress", "In Progress"),
    ("completed", "Completed"),
    ("cancelled", "Cancelled"),
]
HEALTHS = [
    ("on_track", "On Track"),
    ("at_risk", "At Risk"),
    ("off_track", "Off Track"),
]
KINDS = [
    ("category", "Category"),
    ("subcategory", "Subcategory"),
    ("operation", "Operation"),
    ("sub_operation", "Sub-operation"),
]
KIND_RANK = {kind: rank for rank, (kind, _label) in enumerate(KINDS)}
# What lies below, unless somebody chooses otherwise
KIND_BELOW = {
    False: "operation",
    "category": "subcategory",
    "subcategory": "operation",
    "operation": "sub_operation",
    "sub_operation": "sub_operation",
}
CODE_SIZE = 10
# From where an action leads where
TRANSITIONS = {
    "in_progress": ("planned",),
    "completed": ("in_progress",),
    "cancelled": ("planned", "in_progress"),
    "planned": ("in_progress", "completed", "cancelled"),
}


class SopOperation(models.Model):
    """What the money is to achieve: a node of the operations plan."""

    _name = "sop.operation"
    _description = "Operation"
    _inherit = ["sop.budget.part.mixin", "mail.thread", "mail.activity.mixin"]
    _parent_store = True
    _order = "sequence, code, id"
    _rec_names_search = ["code", "name"]
    _check_company_auto = True
    _mail_post_access = "read"

    # === What it is === #
    name = fields.Char(required=True, tracking=True)
    code = fields.Char(
        tracking=True,
        copy=False,
        help="Short, such as OP-O1-Q2: at most ten characters, unique in the company.",
    )
    active = fields.Boolean(default=True)
    company_id = fields.Many2one(
        "res.company", required=True, index=True, default=lambda self: self.env.company
    )
    currency_id = fields.Many2one(related="company_id.currency_id")
    description = fields.Html()
    hypothesis = fields.Text(
        help="What you expect and why: “We believe that … will result in …”. KPIs tell later "
        "whether it came true."
    )
    parent_id = fields.Many2one(
        "sop.operation",
        "Part Of",
        index=True,
        ondelete="restrict",
        check_company=True,
        tracking=True,
        help="The category or operation that this one belongs to.",
    )
    parent_path = fields.Char(index=True)
    child_ids = fields.One2many("sop.operation", "parent_id", string="Sub-operations")
    child_count = fields.Integer(
        compute="_compute_child_count", string="Sub-operation Count"
    )
    kind = fields.Selection(
        KINDS,
        compute="_compute_kind",
        store=True,
        readonly=False,
        required=True,
        recursive=True,
        precompute=True,
        index=True,
        help="Follows from the place in the tree unless you choose it: categories and "
        "subcategories order operations, sub-operations are parts of one.",
    )
    sequence = fields.Integer(default=10)
    color = fields.Integer()
    tag_ids = fields.Many2many("sop.operation.tag")
    favorite_user_ids = fields.Many2many(
        "res.users",
        "sop_operation_favorite_rel",
        copy=False,
        export_string_translation=False,
    )
    is_favorite = fields.Boolean(
        compute="_compute_is_favorite",
        inverse="_inverse_is_favorite",
        search="_search_is_favorite",
        string="Favourite",
    )

    # === Who and when === #
    user_id = fields.Many2one(
        "res.users",
        "In Charge",
        index="btree_not_null",
        tracking=True,
        default=lambda self: self.env.user,
        domain="[('share', '=', False)]",
        help="Answers for the operation, edits it and keeps its KPIs.",
    )
    member_ids = fields.Many2many(
        "res.users",
        "sop_operation_member_rel",
        string="Involved",
        domain="[('share', '=', False)]",
        help="See the operation even if they see only what they are involved in.",
    )
    date_start = fields.Date("Start", tracking=True)
    date_end = fields.Date("End", tracking=True)
    is_ongoing = fields.Boolean("Ongoing", tracking=True, help="Has no end.")
    period = fields.Char(
        "When",
        compute="_compute_period",
        help="The dates in words: a quarter, a year, two dates, or ongoing.",
    )

    # === How it stands === #
    state = fields.Selection(
        STATES,
        default="planned",
        required=True,
        tracking=True,
        index=True,
        copy=False,
        group_expand=True,
    )
    time_progress = fields.Float(
        "Time %",
        compute="_compute_time_progress",
        help="Share of the time from start to end that is over. 100 is all of it.",
    )
    has_time_progress = fields.Boolean(compute="_compute_time_progress")

    # === Money === #
    need_ids = fields.One2many(
        "sop.operation.need", "operation_id", string="Needs", copy=True
    )

    # === What belongs to it === #
    risk_ids = fields.One2many(
        "sop.operation.risk", "operation_id", string="Risks", copy=True
    )
    kpi_ids = fields.One2many("sop.kpi", "operation_id", string="KPIs", copy=True)
    milestone_ids = fields.One2many(
        "sop.milestone", "operation_id", string="Milestones", copy=True
    )
    update_ids = fields.One2many(
        "sop.operation.update", "operation_id", string="Updates"
    )
    experiment_ids = fields.One2many(
        "sop.experiment", "operation_id", string="Experiments"
    )

    _code_uniq = models.UniqueIndex(
        "(company_id, code) WHERE code IS NOT NULL",
        "Another operation of this company has this code.",
    )
    _dates_order = models.Constraint(
        "CHECK (date_start <= date_end)", "An operation must start before it ends."
    )

    # === COMPUTE === #

    @api.depends("code", "name")
    def _compute_display_name(self):
        for operation in self:
            operation.display_name = " ".join(
                filter(None, (operation.code, operation.name))
            )

    @api.depends("parent_id.kind")
    def _compute_kind(self):
        for operation in self:
            above = operation.parent_id.kind
            kept = operation.kind
            # What somebody chose stays where it fits
            if not kept or (above and KIND_RANK[kept] < KIND_RANK[above]):
                kept = KIND_BELOW[above]
            operation.kind = kept

    def _compute_child_count(self):
        counts = dict(
            self._read_group(
                [("parent_id", "in", self.ids)], ["parent_id"], ["__count"]
            )
        )
        for operation in self:
            operation.child_count = counts.get(operation, 0)

    @api.depends_context("uid")
    @api.depends("favorite_user_ids")
    def _compute_is_favorite(self):
        for operation in self:
            # sudo: only whether the reader is among them
            operation.is_favorite = self.env.user in operation.sudo().favorite_user_ids

    def _inverse_is_favorite(self):
        for operation in self:
            operation._mark_favorite(operation.is_favorite)

    def _mark_favorite(self, wanted):
        self.check_access("read")
        command = Command.link if wanted else Command.unlink
        # sudo: everybody keeps their own mark on what they may read
        self.sudo().favorite_user_ids = [command(self.env.uid)]
        self.invalidate_recordset(["is_favorite"])

    @api.model
    def _search_is_favorite(self, operator, value):
        if operator != "in":
            return NotImplemented
        mine = Domain("favorite_user_ids", "in", [self.env.uid])
        return Domain.OR(mine if wanted else ~mine for wanted in value)

    @api.depends_context("lang")
    @api.depends("date_start", "date_end", "is_ongoing")
    def _compute_period(self):
        for operation in self:
            operation.period = operation._describe_period()

    def _describe_period(self):
        """“Q2 2025”, “15 Jan – 31 Mar 2025”, “Full year 2025”, “Ongoing”."""
        self.ensure_one()
        start, end = self.date_start, self.date_end
        if self.is_ongoing or not end:
            return self._describe_open_period(start)
        if not start:
            return self.env._("Until %(end)s", end=self._format_day(end))
        grain, number = timing.name_of_span(start, end)
        if grain == "year":
            return self.env._("Full year %(year)s", year=start.year)
        if grain == "half":
            return self.env._("H%(number)s %(year)s", number=number, year=start.year)
        if grain == "quarter":
            return self.env._("Q%(number)s %(year)s", number=number, year=start.year)
        if grain == "month":
            return format_date(self.env, start, date_format="LLLL y")
        if start == end:
            return self._format_day(start)
        return self.env._(
            "%(start)s – %(end)s",
            start=self._format_day(start, with_year=start.year != end.year),
            end=self._format_day(end),
        )

    def _describe_open_period(self, start):
        if self.is_ongoing:
            return self.env._("Ongoing")
        return start and self.env._("From %(start)s", start=self._format_day(start))

    def _format_day(self, day, with_year=True):
        return format_date(
            self.env, day, date_format="d MMM y" if with_year else "d MMM"
        )

    @api.depends("date_start", "date_end", "is_ongoing")
    def _compute_time_progress(self):
        for operation in self:
            today = operation._get_today()
            end = not operation.is_ongoing and operation.date_end
            share = timing.time_share(operation.date_start, end or None, today)
            operation.has_time_progress = share is not None
            operation.time_progress = 100 * (share or 0.0)

    def _get_today(self):
        """The day it is where the company works."""
        self.ensure_one()
        todays = self.env["res.company"]._get_sop_todays()
        # A form that is being filled in may have no company yet
        return todays.get(self.company_id.id) or fields.Date.context_today(self)

    # === CONSTRAINTS === #

    def _check_not_below(self, parent_id):
        # sudo: only where it lies, whoever sees it
        path = self.sudo().browse(parent_id).parent_path or ""
        if set(self.ids) & {int(part) for part in path.split("/") if part}:
            raise ValidationError(self.env._("An operation can't be below itself."))

    @api.constrains("kind", "parent_id")
    def _check_kind(self):
        for operation in self:
            above = operation.parent_id.kind
            if above and KIND_RANK[operation.kind] < KIND_RANK[above]:
                labels = dict(self._fields["kind"]._description_selection(self.env))
                raise ValidationError(
                    self.env._(
                        "“%(operation)s” can't be a %(kind)s below “%(parent)s”, which is a "
                        "%(parent_kind)s: choose another kind, or another place in the tree.",
                        operation=operation.display_name,
                        kind=labels[operation.kind].lower(),
                        parent=operation.parent_id.display_name,
                        parent_kind=labels[above].lower(),
                    )
                )

    @api.constrains("code")
    def _check_code(self):
        for operation in self:
            if operation.code and len(operation.code) > CODE_SIZE:
                raise ValidationError(
                    self.env._(
                        "The code “%(code)s” of “%(operation)s” is too long: it has at most "
                        "%(size)s characters.",
                        code=operation.code,
                        operation=operation.name,
                        size=CODE_SIZE,
                    )
                )

    # === CRUD === #

    @api.model_create_multi
    def create(self, vals_list):
        defaults = self._get_guarded_defaults()
        for vals in vals_list:
            self._check_writable({**defaults, **vals})
            # Stated, so that no default of a context takes its place
            if vals.setdefault("state", "planned") != "planned":
                raise UserError(self.env._("A new operation starts as planned."))
        return super().create(vals_list)

    def write(self, vals):
        if set(vals) == {"is_favorite"}:
            self._mark_favorite(vals["is_favorite"])
            return True
        self._check_writable(vals)
        if vals.get("parent_id"):
            self._check_not_below(vals["parent_id"])
        if (
            "state" in vals
            and self.env.context.get("sop_state_token") is not STATE_TOKEN
        ):
            raise UserError(
                self.env._("Use the buttons of the operation to change its state.")
            )
        return super().write(vals)

    @api.ondelete(at_uninstall=False)
    def _unlink_except_in_use(self):
        for operation in self:
            # sudo: history counts, whoever sees it; archived KPIs have some, too
            known = operation.sudo().with_context(active_test=False)
            written = known.update_ids.filtered(lambda u: not u.is_automatic)
            if (
                operation.state not in ("planned", "cancelled")
                or known.kpi_ids.value_ids
                or known.experiment_ids.look_ids
                or known.earned_ids
                or written
            ):
                raise UserError(
                    self.env._(
                        "“%(operation)s” has begun: what was measured or written stays on "
                        "record. Archive it instead.",
                        operation=operation.display_name,
                    )
                )
        if self.sudo().with_context(active_test=False).child_ids - self:
            # sudo: what is below keeps it, seen or not
            raise UserError(
                self.env._(
                    "Something lies below what you delete: move or delete that first."
                )
            )

    def copy_data(self, default=None):
        # All KPIs come along: formulas go on naming those beside them
        whole = self.with_context(sop_kpi_keep_code=True)
        vals_list = super(SopOperation, whole).copy_data(default)
        for operation, vals in zip(self, vals_list, strict=True):
            if "name" not in (default or {}):
                vals["name"] = self.env._("%(name)s (copy)", name=operation.name)
        return vals_list

    def copy(self, default=None):
        operations = super().copy(default)
        milestones = {}
        for operation, copied in zip(self, operations, strict=True):
            pairs = (o.milestone_ids.sorted("id") for o in (operation, copied))
            # None, where the values of the copy say so
            milestones.update(zip(*pairs, strict=False))
        self.env["sop.milestone"]._copy_dependencies(milestones)
        return operations

    # === ACTIONS === #

    def _set_state(self, state):
        self.check_access("write")
        for operation in self:
            if operation.state not in TRANSITIONS[state]:
                labels = dict(self._fields["state"]._description_selection(self.env))
                raise UserError(
                    self.env._(
                        "“%(operation)s” is %(state)s and can't become %(target)s.",
                        operation=operation.display_name,
                        state=labels[operation.state].lower(),
                        target=labels[state].lower(),
                    )
                )
        self.with_context(sop_state_token=STATE_TOKEN).write({"state": state})

    def action_start(self):
        self._set_state("in_progress")

    def action_complete(self):
        self._set_state("completed")

    def action_cancel(self):
        self._set_state("cancelled")

    def action_plan(self):
        self._set_state("planned")

    def action_open_children(self):
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "sop_operations.sop_operation_action"
        )
        return {
            **action,
            "name": self.env._("Parts of %(operation)s", operation=self.name),
            "domain": [("parent_id", "=", self.id)],
            "context": {"default_parent_id": self.id},
        }
