# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from datetime import timedelta

from markupsafe import Markup

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.fields import Domain
from odoo.tools import format_date, html2plaintext, is_html_empty

from .sop_operation import STATES

#: What people write, and what is written for them.
TYPES = [
    ("work", "Work"),
    ("meeting", "Meeting"),
    ("decision", "Decision"),
    ("blocker", "Blocker"),
    ("insight", "Insight"),
    ("milestone", "Milestone"),
    ("kpi", "KPI"),
    ("status", "Status"),
    ("general", "General"),
]
PRIORITIES = [("0", "Low"), ("1", "Medium"), ("2", "High"), ("3", "Urgent")]
#: What others than the author may write: where it belongs, and what becomes of it.
CURATED_FIELDS = {
    "tag_ids",
    "is_pinned",
    "is_highlight",
    "priority",
    "assigned_user_id",
    "resolution",
    "action_ids",
}
#: What an insight has from the retrospective where it was gained.
LEARNT_FIELDS = {"name", "body", "operation_id", "date", "type"}
#: So long the author may take back what was written by mistake.
TAKE_BACK = timedelta(days=1)


class SopOperationUpdate(models.Model):
    """One thing that happened: done, decided, met about, learnt or blocked.

    Its author words it and may correct it; what it said before stays in its history. Who
    reads it follows from ``visibility``, in one global rule that no group is exempt from.
    """

    _name = "sop.operation.update"
    _description = "Operation Update"
    _inherit = [
        "sop.action.origin.mixin",
        "mail.thread",
        "mail.activity.mixin",
        "sop.operation.part.mixin",
        "sop.files.mixin",
    ]
    _order = "date desc, id desc"
    _check_company_auto = True
    _mail_post_access = "read"

    # === What happened === #
    type = fields.Selection(TYPES, default="work", required=True, tracking=True)
    name = fields.Char("Title", required=True, tracking=True)
    body = fields.Html("Text")
    date = fields.Date(
        required=True,
        default=fields.Date.context_today,
        index=True,
        tracking=True,
        help="When it happened; when it was logged is kept beside it.",
    )
    user_id = fields.Many2one(
        "res.users",
        "Author",
        required=True,
        readonly=True,
        copy=False,
        index=True,
        default=lambda self: self.env.user,
    )
    is_automatic = fields.Boolean("Written by the System", readonly=True, copy=False)
    retrospective_id = fields.Many2one(
        "sop.retrospective",
        readonly=True,
        copy=False,
        index="btree_not_null",
        ondelete="set null",
        help="Where the insight was gained; its text is changed there.",
    )

    # === Where it belongs === #
    operation_id = fields.Many2one(
        "sop.operation",
        index=True,
        ondelete="cascade",
        check_company=True,
        tracking=True,
        help="Empty: it is about the work as a whole.",
    )
    company_id = fields.Many2one(
        "res.company",
        compute="_compute_company_id",
        store=True,
        readonly=False,
        precompute=True,
        required=True,
        index=True,
    )
    category_ids = fields.Many2many(
        "sop.budget.category",
        string="Budget Categories",
        check_company=True,
        # Who has no budgets can't read any
        groups="sop_budget.group_sop_budget_user",
    )
    milestone_ids = fields.Many2many(
        "sop.milestone", string="Milestones", check_company=True
    )
    completed_milestone_ids = fields.Many2many(
        "sop.milestone",
        "sop_operation_update_completed_rel",
        string="Milestones Completed",
        check_company=True,
        copy=False,
        help="These are marked as completed on the day of the update.",
    )
    measure_ids = fields.One2many(
        "sop.operation.update.kpi",
        "update_id",
        "KPIs Measured",
        copy=False,
        help="New values of KPIs, entered together with the update.",
    )
    template_id = fields.Many2one(
        "sop.update.template",
        store=False,
        help="Puts the headings of the template into the text.",
    )
    kpi_ids = fields.Many2many("sop.kpi", string="KPIs", check_company=True)
    tag_ids = fields.Many2many("sop.operation.tag", string="Tags")
    is_highlight = fields.Boolean("Highlight", help="Leads the digests.")
    is_pinned = fields.Boolean("Pinned", help="Stays on top of the timeline.")
    state_from = fields.Selection(STATES, "Old State", readonly=True, copy=False)
    state_to = fields.Selection(STATES, "New State", readonly=True, copy=False)

    # === Who reads it === #
    visibility = fields.Selection(
        [
            ("operation", "As the operation"),
            ("public", "Everybody in Operations"),
            ("private", "Only me and whom I mention"),
        ],
        compute="_compute_visibility",
        store=True,
        readonly=False,
        precompute=True,
        required=True,
        tracking=True,
    )
    mentioned_user_ids = fields.Many2many(
        "res.users",
        "sop_operation_update_mention_rel",
        string="Mentioned",
        domain="[('share', '=', False)]",
        help="They are told, and may read it.",
    )

    # === Blockers === #
    priority = fields.Selection(PRIORITIES, default="1")
    assigned_user_id = fields.Many2one(
        "res.users",
        "Assigned To",
        index="btree_not_null",
        domain="[('share', '=', False)]",
        tracking=True,
        help="Removes the blocker; gets an activity.",
    )
    blocker_state = fields.Selection(
        [("open", "Open"), ("resolved", "Resolved")],
        compute="_compute_blocker_state",
        store=True,
        index="btree_not_null",
        tracking=True,
    )
    resolution = fields.Text(help="How it was removed.")
    resolved_by_id = fields.Many2one(
        "res.users", "Resolved By", readonly=True, copy=False
    )
    resolved_at = fields.Datetime(readonly=True, copy=False)
    days_open = fields.Integer(
        compute="_compute_days_open",
        aggregator=None,
        help="Whole days from the day of the blocker until it was resolved, or today.",
    )

    action_ids = fields.One2many("sop.action.item", "update_id", "Action Items")
    is_mine = fields.Boolean(compute="_compute_is_mine")
    is_readable = fields.Boolean(
        compute="_compute_is_readable",
        search="_search_is_readable",
        export_string_translation=False,
    )

    _operation_visibility = models.Constraint(
        "CHECK (operation_id IS NOT NULL OR visibility != 'operation')",
        "An update that belongs to no operation is for everybody or private.",
    )

    @api.model
    def _get_system_fields(self):
        return super()._get_system_fields() | {
            "is_automatic",
            "retrospective_id",
            "user_id",
            "resolved_by_id",
            "resolved_at",
            "blocker_state",
            "state_from",
            "state_to",
        }

    # === COMPUTE === #

    @api.depends("operation_id")
    def _compute_company_id(self):
        for update in self:
            update.company_id = (
                update.operation_id.company_id or update.company_id or self.env.company
            )

    @api.depends("operation_id")
    def _compute_visibility(self):
        for update in self:
            if not update.visibility:
                update.visibility = "operation" if update.operation_id else "public"
            elif not update.operation_id and update.visibility == "operation":
                # What only some could read must not become everybody's by moving it
                update.visibility = "private"

    @api.depends("type", "resolved_at")
    def _compute_blocker_state(self):
        for update in self:
            resolved = "resolved" if update.resolved_at else "open"
            update.blocker_state = update.type == "blocker" and resolved

    @api.depends("date", "resolved_at", "type")
    @api.depends_context("tz")
    def _compute_days_open(self):
        today = fields.Date.context_today(self)
        for update in self:
            end = (
                fields.Date.context_today(self, update.resolved_at)
                if update.resolved_at
                else today
            )
            is_blocker = update.type == "blocker" and update.date
            update.days_open = max((end - update.date).days, 0) if is_blocker else 0

    @api.depends("user_id")
    @api.depends_context("uid")
    def _compute_is_mine(self):
        for update in self:
            update.is_mine = update.user_id == self.env.user and not update.is_automatic

    @api.depends_context("uid", "allowed_company_ids")
    def _compute_is_readable(self):
        # sudo(False): what the user may do, also where a record rule asks as superuser
        readable = self.sudo(False)._filtered_access("read")
        for update in self:
            update.is_readable = update in readable

    @api.model
    def _search_is_readable(self, operator, value):
        if operator != "in":
            return NotImplemented
        # sudo(False): for the rules of what hangs on an update
        domain = Domain("id", "in", self.sudo(False)._search(Domain.TRUE))
        return Domain.OR(domain if wanted else ~domain for wanted in value)

    @api.onchange("template_id")
    def _onchange_template_id(self):
        """The headings of a template go below what was written already."""
        template = self.template_id
        if not template:
            return
        self.type = template.type
        if not self.name and template.title:
            self.name = f"{template.title} {format_date(self.env, self.date)}"
        old = Markup() if is_html_empty(self.body) else self.body
        self.body = old + (template.body or Markup())

    # === CONSTRAINTS === #

    @api.constrains("category_ids", "milestone_ids", "kpi_ids")
    def _check_links_readable(self):
        """Nobody reaches by a link what they may not read."""
        if self.env.su:
            return
        for name in ("category_ids", "milestone_ids", "kpi_ids"):
            # sudo: the links as they are, with those that the user can't see
            linked = self.sudo()[name].sudo(False)
            if linked and not linked.has_access("read"):
                raise AccessError(
                    self.env._(
                        "You can't link “%(field)s” that you may not read.",
                        field=self._fields[name].string,
                    )
                )

    # === CRUD === #

    @api.model_create_multi
    def create(self, vals_list):
        for vals in vals_list:
            if vals.get("user_id") == self.env.uid:
                del vals["user_id"]
            self._check_system_fields(vals)
        fresh = self._without_system_defaults()
        updates = super(SopOperationUpdate, fresh).create(vals_list).with_env(self.env)
        updates._complete_milestones()
        updates._adopt_files()
        updates._tell_mentioned()
        updates._tell_assigned()
        return updates

    def write(self, vals):
        self._check_system_fields(vals)
        self._check_may_write(vals)
        self._check_not_opened(vals)
        mentioned = {update: update.mentioned_user_ids for update in self}
        assigned = {update: update.assigned_user_id for update in self}
        texts = {update: update.body for update in self} if "body" in vals else {}
        result = super().write(vals)
        self._check_moved(vals)
        if "attachment_ids" in vals:
            self._adopt_files()
        for update, text in texts.items():
            update._keep_old_text(text)
        if "completed_milestone_ids" in vals:
            self._complete_milestones()
        if "mentioned_user_ids" in vals:
            self._tell_mentioned(mentioned)
        if {"assigned_user_id", "type"} & set(vals):
            self._tell_assigned(assigned)
        return result

    def _check_may_write(self, vals):
        """The author alone words an update; others sort it and resolve it."""
        if self.env.su or not set(vals) - CURATED_FIELDS:
            return
        for update in self:
            if update.is_automatic:
                raise AccessError(
                    self.env._(
                        "“%(name)s” was written by the system and stays as it is. Add a "
                        "comment to put something right.",
                        name=update.name,
                    )
                )
            if update.retrospective_id and LEARNT_FIELDS & set(vals):
                raise AccessError(
                    self.env._(
                        "“%(name)s” was learnt in a retrospective: change it there.",
                        name=update.name,
                    )
                )
            if update.user_id != self.env.user:
                raise AccessError(
                    self.env._(
                        "Only %(author)s can change what “%(name)s” says. Add a comment "
                        "instead.",
                        author=update.user_id.name,
                        name=update.name,
                    )
                )

    def _check_not_opened(self, vals):
        """What was said in private stays private, comments and old texts too."""
        if "visibility" not in vals or vals["visibility"] == "private":
            return
        for update in self:
            if update.visibility == "private":
                raise UserError(
                    self.env._(
                        "“%(name)s” was written in private, with its comments. Mention more "
                        "people, or write a new update for everybody.",
                        name=update.name,
                    )
                )

    def _keep_old_text(self, text):
        self.ensure_one()
        if is_html_empty(text) or text == self.body:
            return
        self._message_log(
            body=self.env._("Text before: %(text)s", text=html2plaintext(text))
        )

    def _complete_milestones(self):
        """With the rights of the author: who may not complete one is told so."""
        for update in self:
            for milestone in update.completed_milestone_ids:
                if milestone.stage != "completed":
                    milestone.write(
                        {"stage": "completed", "date_completed": update.date}
                    )

    @api.ondelete(at_uninstall=False)
    def _unlink_except_history(self):
        if self.env.su:
            return
        now = fields.Datetime.now()
        is_admin = self.env.user.has_group("sop_operations.group_sop_operations_admin")
        for update in self:
            if update.is_automatic:
                raise UserError(
                    self.env._(
                        "“%(name)s” was written by the system: history can't be deleted.",
                        name=update.name,
                    )
                )
            if not is_admin and now - update.create_date > TAKE_BACK:
                raise UserError(
                    self.env._(
                        "“%(name)s” was logged more than a day ago and others rely on it. "
                        "Correct it, or ask an administrator to delete it.",
                        name=update.name,
                    )
                )

    # === TELLING === #

    def _tell_mentioned(self, before=None):
        for update in self:
            known = (before or {}).get(update, self.env["res.users"])
            for user in update.mentioned_user_ids - known - self.env.user:
                told = self.with_context(lang=user.lang)
                update.message_notify(
                    partner_ids=user.partner_id.ids,
                    subject=told.env._("You are mentioned: %(name)s", name=update.name),
                    body=update.body or update.name,
                )

    def _tell_assigned(self, before=None):
        """Whoever is to remove a blocker has an activity as long as it is open."""
        xmlid = "sop_operations.mail_activity_blocker"
        for update in self:
            user, old = update.assigned_user_id, (before or {}).get(update)
            is_open = update.blocker_state == "open"
            if old and (old != user or not is_open):
                # sudo: the activity is the former assignee's
                update.sudo().activity_unlink([xmlid], user_id=old.id)
            if user and is_open and (user != old or not update._has_activity(xmlid)):
                told = self.with_context(lang=user.lang)
                update.sudo().activity_schedule(
                    xmlid,
                    summary=told.env._("Blocker: %(name)s", name=update.name),
                    user_id=user.id,
                )

    def _has_activity(self, xmlid):
        activity_type = self.env.ref(xmlid, raise_if_not_found=False)
        return activity_type in self.sudo().activity_ids.activity_type_id

    # === ACTIONS === #

    def action_resolve(self):
        self._check_may_resolve("open")
        # sudo: who resolved it and when is kept by the system
        self.sudo().write(
            {"resolved_by_id": self.env.uid, "resolved_at": fields.Datetime.now()}
        )
        for update in self:
            # sudo: the activity may be another person's
            update.sudo().activity_feedback(
                ["sop_operations.mail_activity_blocker"], feedback=update.resolution
            )
        return True

    def action_reopen(self):
        self._check_may_resolve("resolved")
        # sudo: who resolved it and when is kept by the system
        self.sudo().write({"resolved_by_id": False, "resolved_at": False})
        self._tell_assigned()
        return True

    def _check_may_resolve(self, state):
        self.check_access("write")
        for update in self:
            if update.blocker_state != state:
                raise UserError(
                    self.env._(
                        "“%(name)s” is no blocker that can be resolved or reopened now.",
                        name=update.name,
                    )
                )

    # === AUTOMATIC ENTRIES === #

    @api.model
    def _log_automatic(self, operation, update_type, name, **vals):
        """An entry of the timeline that the system writes; nobody changes or deletes it.

        To be called by whatever happens to an operation and is worth telling.
        """
        return (
            # sudo: the entry is the system's, whatever the user may write
            self.sudo()
            .with_context(mail_create_nosubscribe=True, mail_create_nolog=True)
            .create(
                {
                    "operation_id": operation.id,
                    "type": update_type,
                    "name": name,
                    "user_id": self.env.uid,
                    "is_automatic": True,
                    "visibility": "operation",
                    **vals,
                }
            )
        )
