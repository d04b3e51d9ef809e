# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
import logging
from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.fields import Domain
from odoo.tools import SQL

from ..engine import graph
from ..engine import milestone as engine

_logger = logging.getLogger(__name__)

STAGES = [
    ("pending", "Pending"),
    ("in_progress", "In Progress"),
    ("completed", "Completed"),
]
STATES = [*STAGES, ("missed", "Missed")]
#: What the person of a milestone may write without the right to edit the operation.
OWN_FIELDS = {
    "outputs",
    "stage",
    "state",
    "progress",
    "date_completed",
    "forced_reason",
    "deliverable",
    "note",
    "attachment_ids",
}
LINK_FIELDS = {"dependency_ids", "dependent_ids"}
#: Milestones followed before progress is saved.
BATCH = 100


class SopMilestone(models.Model):
    """A day on which something has to be there.

    What people say of it is stored (``stage``); that it is missed follows from the day
    (``state``), in Python and in SQL, so lists, groups and filters are right at midnight.
    """

    _name = "sop.milestone"
    _description = "Milestone"
    _inherit = [
        "mail.thread",
        "mail.activity.mixin",
        "sop.operation.part.mixin",
        "sop.files.mixin",
    ]
    _order = "date_target, sequence, id"
    _check_company_auto = True
    _mail_post_access = "read"

    operation_id = fields.Many2one(
        "sop.operation", required=True, index=True, ondelete="cascade"
    )
    company_id = fields.Many2one(
        related="operation_id.company_id", store=True, index=True, precompute=True
    )
    name = fields.Char(required=True, tracking=True)
    active = fields.Boolean(default=True)
    sequence = fields.Integer(default=10)
    user_id = fields.Many2one(
        "res.users",
        "Responsible",
        compute="_compute_user_id",
        store=True,
        readonly=False,
        precompute=True,
        index="btree_not_null",
        tracking=True,
        domain="[('share', '=', False)]",
        help="Sees to it; the person in charge of the operation unless another is named.",
    )
    date_target = fields.Date("Target Date", required=True, index=True, tracking=True)
    date_completed = fields.Date("Completed On", copy=False, tracking=True)
    stage = fields.Selection(
        STAGES,
        "Progress Stage",
        default="pending",
        required=True,
        copy=False,
        index=True,
        tracking=True,
    )
    state = fields.Selection(
        STATES,
        compute="_compute_timing",
        inverse="_inverse_state",
        search="_search_state",
        group_expand=True,
        help="Missed follows from the target date.",
    )
    progress = fields.Float(
        "Progress (%)", digits=(5, 1), copy=False, tracking=True, aggregator="avg"
    )
    deliverable = fields.Html(help="What has to be there, and where it can be seen.")
    member_ids = fields.Many2many(
        "res.users",
        "sop_milestone_user_rel",
        "milestone_id",
        "user_id",
        "Also Working on It",
        domain="[('share', '=', False)]",
        help="Beside the responsible, who alone reports on it.",
    )
    outputs = fields.Text(
        copy=False, help="What came of it, such as “12 trained, a list of 40 schools”."
    )
    note = fields.Text("Notes", help="Results, challenges, what changed.")

    # === How it stands today === #
    days_until = fields.Integer(
        "Days Left",
        compute="_compute_timing",
        aggregator=None,
        help="To the target date; negative when late.",
    )
    days_late = fields.Integer(compute="_compute_timing", aggregator=None)
    color_state = fields.Selection(
        [
            ("success", "Completed in time"),
            ("warning", "Due soon, or completed late"),
            ("danger", "Missed"),
            ("muted", "Later"),
        ],
        "Sign",
        compute="_compute_timing",
    )
    timing = fields.Char("When", compute="_compute_timing")

    # === What it waits for === #
    dependency_ids = fields.Many2many(
        "sop.milestone",
        "sop_milestone_dependency_rel",
        "milestone_id",
        "dependency_id",
        "Waits For",
        check_company=True,
        copy=False,
        help="These have to be completed first.",
    )
    dependent_ids = fields.Many2many(
        "sop.milestone",
        "sop_milestone_dependency_rel",
        "dependency_id",
        "milestone_id",
        "Needed By",
        copy=False,
    )
    blocking_ids = fields.Many2many(
        "sop.milestone", string="Still Open", compute="_compute_blocking"
    )
    schedule_warning = fields.Char(compute="_compute_blocking")
    forced_reason = fields.Char(
        "Completed Early Because",
        copy=False,
        tracking=True,
        help="Why it was completed before what it waits for.",
    )

    # === What was told === #
    remind_days = fields.Integer(
        "Remind (Days Before)",
        default=3,
        help="An activity for the responsible person, so many days before. 0: on the day.",
    )
    reminded_target = fields.Date(copy=False, readonly=True)
    missed_target = fields.Date(copy=False, readonly=True)

    _progress_range = models.Constraint(
        "CHECK (progress >= 0 AND progress <= 100)",
        "The progress is a percentage from 0 to 100.",
    )
    _remind_positive = models.Constraint(
        "CHECK (remind_days >= 0)", "The days before a reminder can't be negative."
    )

    @api.model
    def _get_system_fields(self):
        # Whoever writes them silences the reminders
        return super()._get_system_fields() | {"reminded_target", "missed_target"}

    # === COMPUTE === #

    @api.depends("operation_id")
    def _compute_user_id(self):
        for milestone in self:
            milestone.user_id = milestone.user_id or milestone.operation_id.user_id

    @api.model
    def _get_today(self, company):
        """The day it is in the company, whatever timezone a client names."""
        todays = self.env["res.company"]._get_sop_todays()
        return todays[(company[:1] or self.env.company).id]

    @api.depends("stage", "date_target", "date_completed", "company_id")
    @api.depends_context("lang")
    def _compute_timing(self):
        todays = self.env["res.company"]._get_sop_todays()
        for milestone in self:
            today = todays[(milestone.company_id or self.env.company).id]
            stage, target = milestone.stage, milestone.date_target
            dates = (stage, target, milestone.date_completed, today)
            milestone.state = engine.get_state(stage, target, today)
            milestone.days_until = engine.get_days_until(stage, target, today)
            milestone.days_late = engine.get_days_late(*dates)
            milestone.color_state = engine.get_color_state(*dates)
            milestone.timing = milestone._get_timing()

    def _get_timing(self):
        """In how many days it is due, or how late it is, in words."""
        self.ensure_one()
        late, left = self.days_late, self.days_until
        if self.stage == "completed":
            if late == 1:
                return self.env._("completed 1 day late")
            if late:
                return self.env._("completed %(days)s days late", days=late)
            return self.env._("completed in time")
        if not self.date_target:
            return False
        if late == 1:
            return self.env._("1 day late")
        if late:
            return self.env._("%(days)s days late", days=late)
        if left == 0:
            return self.env._("today")
        if left == 1:
            return self.env._("tomorrow")
        return self.env._("in %(days)s days", days=left)

    def _inverse_state(self):
        for milestone in self:
            if milestone.state == "missed":
                raise UserError(
                    self.env._(
                        "A milestone is missed when its target date has passed; nobody sets "
                        "that. To plan “%(name)s” anew, change its target date.",
                        name=milestone.name,
                    )
                )
            milestone.stage = milestone.state

    @api.model
    def _get_late_domain(self):
        """Open ones whose target date has passed in their company."""
        companies = {}
        for company_id, today in self.env["res.company"]._get_sop_todays().items():
            companies.setdefault(today, []).append(company_id)
        return Domain("stage", "!=", "completed") & Domain.OR(
            Domain("company_id", "in", ids) & Domain("date_target", "<", today)
            for today, ids in companies.items()
        )

    def _search_state(self, operator, value):
        if operator != "in":
            return NotImplemented
        late = self._get_late_domain()
        stages = [state for state in value if state and state != "missed"]
        domain = Domain("stage", "in", stages) & ~late
        return domain | late if "missed" in value else domain

    def _field_to_sql(self, alias, field_expr, query=None):
        # Lists are grouped and sorted by the state as well
        if field_expr != "state":
            return super()._field_to_sql(alias, field_expr, query)
        late = self._get_late_domain().optimize_full(self)
        return SQL(
            "(CASE WHEN %s THEN 'missed' ELSE %s END)",
            late._to_sql(self, alias, query),
            super()._field_to_sql(alias, "stage", query),
        )

    @api.depends("stage", "date_target", "dependency_ids.stage")
    @api.depends_context("lang")
    def _compute_blocking(self):
        for milestone in self:
            done = milestone.stage == "completed"
            open_ones = milestone.dependency_ids.filtered(
                lambda m: m.stage != "completed"
            )
            milestone.blocking_ids = False if done else open_ones
            later = open_ones.filtered(
                lambda m, target=milestone.date_target: (
                    m.date_target and target and m.date_target > target
                )
            )
            milestone.schedule_warning = (
                self.env._(
                    "This is due before what it waits for: %(names)s.",
                    names=", ".join(later.mapped("name")),
                )
                if later and not done
                else False
            )

    # === CONSTRAINTS === #

    @api.constrains("dependency_ids")
    def _check_no_cycle(self):
        # sudo: a cycle through what the user can't read is one as well
        found, fresh = {}, self.sudo()
        while fresh:
            for milestone in fresh:
                found[milestone] = milestone.dependency_ids
            fresh = fresh.dependency_ids.filtered(lambda m: m not in found)
        path = graph.find_cycle(found, self.sudo())
        if path:
            raise ValidationError(
                self.env._(
                    "Milestones can't wait for each other in a circle: %(path)s. Remove one "
                    "of these from “Waits For”.",
                    path=" → ".join(milestone.name for milestone in path),
                )
            )

    @api.constrains("stage", "date_completed")
    def _check_date_completed(self):
        for milestone in self:
            today = self._get_today(milestone.company_id)
            if milestone.date_completed and milestone.date_completed > today:
                raise ValidationError(
                    self.env._(
                        "“%(name)s” can't be completed in the future: enter today or an "
                        "earlier day.",
                        name=milestone.name,
                    )
                )

    @api.constrains("stage", "date_completed", "forced_reason", "dependency_ids")
    def _check_dependencies(self):
        # sudo: dependencies bind, whether or not the user may read the other operation
        for milestone in (self | self.dependent_ids).sudo():
            if milestone.stage != "completed" or milestone.forced_reason:
                continue
            for needed in milestone.dependency_ids:
                if needed.stage != "completed":
                    raise ValidationError(
                        self.env._(
                            "“%(name)s” waits for “%(needed)s”, which is not completed. "
                            "Complete that first, or say why “%(name)s” is completed early.",
                            name=milestone.name,
                            needed=needed.name,
                        )
                    )
                if needed.date_completed > milestone.date_completed:
                    raise ValidationError(
                        self.env._(
                            "“%(name)s” can't be completed on %(date)s, before “%(needed)s” "
                            "on %(needed_date)s. Correct one of the dates, or say why it was "
                            "completed early.",
                            name=milestone.name,
                            date=milestone.date_completed,
                            needed=needed.name,
                            needed_date=needed.date_completed,
                        )
                    )

    # === CRUD === #

    @api.model_create_multi
    def create(self, vals_list):
        for vals in vals_list:
            self._check_system_fields(vals)
        operations = self.env["sop.operation"]
        milestones = super(SopMilestone, self._without_system_defaults()).create(
            [
                # sudo: only which day it is there
                self._complete_vals(
                    vals, operations.browse(vals.get("operation_id")).sudo().company_id
                )
                for vals in vals_list
            ]
        )
        milestones._check_new_links({})
        milestones._adopt_files()
        milestones.filtered(lambda m: m.stage == "completed")._log_completed()
        return milestones

    def write(self, vals):
        self._check_system_fields(vals)
        self._check_may_write(vals)
        values = self._complete_vals(vals, self.company_id)
        still_open = self.filtered(lambda m: m.stage != "completed")
        links = self._get_links() if LINK_FIELDS & set(vals) else None
        changed = self
        if values.get("stage") == "completed" and not vals.get("date_completed"):
            # What is completed already keeps the day on which it was
            changed = still_open
            kept = {k: v for k, v in vals.items() if k not in ("stage", "state")}
            super(SopMilestone, self - still_open).write(kept)
        super(SopMilestone, changed).write(values)
        self._check_moved(vals)
        if links is not None:
            self._check_new_links(links)
        if "attachment_ids" in vals:
            self._adopt_files()
        completed = still_open.filtered(lambda m: m.stage == "completed")
        completed._log_completed()
        if completed:
            # sudo: the reminder may be the activity of another person
            completed.sudo().activity_unlink(["sop_operations.mail_activity_milestone"])
        return True

    @api.model
    def _complete_vals(self, vals, company):
        """Stage, completion date, progress and reason in step."""
        vals = dict(vals)
        if vals.get("state") and vals["state"] != "missed":
            vals.setdefault("stage", vals.pop("state"))
        if vals.get("date_completed"):
            vals.setdefault("stage", "completed")
        if vals.get("stage") == "completed":
            vals.setdefault("date_completed", self._get_today(company))
            vals["progress"] = 100.0
        elif vals.get("stage"):
            vals.update(date_completed=False, forced_reason=False)
        return vals

    def _check_may_write(self, vals):
        """The responsible person reports; what is to be done is planned by others."""
        if self.env.su or not set(vals) - OWN_FIELDS:
            return
        for milestone in self:
            if not milestone.operation_editable:
                raise AccessError(
                    self.env._(
                        "You can report how “%(name)s” stands. Its name, dates and order are "
                        "planned by who is in charge of the operation.",
                        name=milestone.name,
                    )
                )

    def _get_links(self):
        """``{milestone: (what it waits for, what waits for it)}``, seen or not."""
        # sudo: others may have linked what the user can't see
        return {m: (m.dependency_ids, m.dependent_ids) for m in self.sudo()}

    @api.model
    def _copy_dependencies(self, copies):
        """Copies wait for each other as what they were copied from does.

        What lies outside is not waited for again: it belongs to the first time.

        :param copies: ``{milestone: its copy}``
        """
        for milestone, copy in copies.items():
            needed = [copies[m].id for m in milestone.dependency_ids if m in copies]
            if needed:
                copy.dependency_ids = needed

    def _check_new_links(self, before):
        """One waits for what one may read, and has wait what one may plan."""
        if self.env.su:
            return
        none = self.browse()
        for milestone, (needed, waiting) in self._get_links().items():
            old_needed, old_waiting = before.get(milestone, (none, none))
            (needed - old_needed).sudo(False).check_access("read")
            # As for making it: its person reports, and plans nothing
            (waiting - old_waiting).sudo(False).check_access("create")

    def _log_completed(self):
        for milestone in self:
            self.env["sop.operation.update"]._log_automatic(
                milestone.operation_id,
                "milestone",
                self.env._(
                    "Milestone reached: %(name)s (%(timing)s)",
                    name=milestone.name,
                    timing=milestone.timing,
                ),
                date=milestone.date_completed,
                milestone_ids=[fields.Command.link(milestone.id)],
            )

    # === ACTIONS === #

    def action_start(self):
        self.write({"stage": "in_progress"})

    def action_complete(self):
        """Complete at once, or ask why, where something it waits for is still open."""
        # sudo: dependencies bind, whether or not the user may read the other operation
        if len(self) == 1 and self.sudo().blocking_ids:
            return {
                "type": "ir.actions.act_window",
                "name": self.env._("Complete Early"),
                "res_model": "sop.milestone.complete",
                "view_mode": "form",
                "target": "new",
                "context": {"default_milestone_id": self.id},
            }
        self.write({"stage": "completed"})
        return True

    def action_reopen(self):
        self.write({"stage": "in_progress"})

    # === SCHEDULED ACTION === #

    @api.model
    def _cron_follow(self):
        """Remind of what is due soon, and tell of what was missed."""
        todays = self.env["res.company"]._get_sop_todays()
        running = (
            Domain("stage", "!=", "completed")
            & Domain("operation_id.state", "in", ("planned", "in_progress"))
            & Domain("operation_id.active", "=", True)
        )
        longest = self.search(running, order="remind_days desc", limit=1).remind_days
        horizon = max(todays.values()) + timedelta(days=longest)
        milestones = self.search(
            running & Domain("date_target", "<=", horizon), order="id"
        ).filtered(lambda m: m._is_to_tell(todays[m.company_id.id]))
        for start in range(0, len(milestones), BATCH):
            batch = milestones[start : start + BATCH]
            for milestone in batch:
                try:
                    with self.env.cr.savepoint():
                        milestone._tell(todays[milestone.company_id.id])
                except Exception:
                    # One that can't be told of must not keep the others from it
                    _logger.exception("Milestone %s can't be told of.", milestone.id)
            if not self.env["ir.cron"]._commit_progress(
                len(batch), remaining=len(milestones) - start - len(batch)
            ):
                break

    def _is_to_tell(self, today):
        if self.date_target < today:
            return self.missed_target != self.date_target
        return (
            self.reminded_target != self.date_target
            and (self.date_target - today).days <= self.remind_days
        )

    def _tell(self, today):
        """Once for each target date: an activity, and an entry when it was missed."""
        self.ensure_one()
        missed = self.date_target < today
        user = self.user_id or self.operation_id.user_id
        self.write({"missed_target" if missed else "reminded_target": self.date_target})
        known = self.activity_ids.filtered(
            lambda a: (
                a.activity_type_id
                == self.env.ref(
                    "sop_operations.mail_activity_milestone", raise_if_not_found=False
                )
            )
        )
        if user and not known:
            told = self.with_context(lang=user.lang)
            self.activity_schedule(
                "sop_operations.mail_activity_milestone",
                date_deadline=self.date_target,
                summary=told.env._("Milestone: %(name)s", name=self.name),
                user_id=user.id,
            )
        if missed:
            self.env["sop.operation.update"]._log_automatic(
                self.operation_id,
                "milestone",
                self.env._("Milestone missed: %(name)s", name=self.name),
                date=self.date_target,
                milestone_ids=[fields.Command.link(self.id)],
            )
