# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.fields import Domain

ACTIVITY = "sop_operations.mail_activity_action_item"
#: What an action item may come from; the list in ``_one_origin`` is the same.
ORIGINS = ("update_id", "retrospective_id", "visit_id", "evaluation_id")


class SopActionItem(models.Model):
    """What a meeting, a retrospective, a visit or an evaluation gave somebody to do.

    It is an activity of that person as long as it is open; one is done with the other.
    """

    _name = "sop.action.item"
    _description = "Action Item"
    _inherit = ["sop.operation.part.mixin"]
    _order = "is_done, date_due, id"
    _check_company_auto = True

    name = fields.Char("What", required=True)
    user_id = fields.Many2one(
        "res.users",
        "Who",
        required=True,
        index=True,
        default=lambda self: self.env.user,
        domain="[('share', '=', False)]",
    )
    date_due = fields.Date("Until", required=True, index=True)
    update_id = fields.Many2one(
        "sop.operation.update", "Meeting", index="btree_not_null", ondelete="cascade"
    )
    retrospective_id = fields.Many2one(
        "sop.retrospective", index="btree_not_null", ondelete="cascade"
    )
    visit_id = fields.Many2one(
        "sop.monitoring.visit", index="btree_not_null", ondelete="cascade"
    )
    evaluation_id = fields.Many2one(
        "sop.evaluation", index="btree_not_null", ondelete="cascade"
    )
    term = fields.Selection(
        [
            ("immediate", "Immediate"),
            ("short", "Short Term"),
            ("long", "Long Term"),
        ],
        help="How soon it is to work; empty: not said.",
    )
    operation_id = fields.Many2one(
        "sop.operation",
        compute="_compute_origin",
        store=True,
        index="btree_not_null",
        precompute=True,
    )
    company_id = fields.Many2one(
        "res.company",
        compute="_compute_origin",
        store=True,
        index=True,
        precompute=True,
    )
    activity_id = fields.Many2one(
        "mail.activity", readonly=True, copy=False, index="btree_not_null"
    )
    is_done = fields.Boolean("Done", copy=False, index=True)
    date_done = fields.Date("Done On", readonly=True, copy=False)
    is_overdue = fields.Boolean(
        "Overdue", compute="_compute_is_overdue", search="_search_is_overdue"
    )

    _one_origin = models.Constraint(
        "CHECK (num_nonnulls(update_id, retrospective_id, visit_id, evaluation_id) = 1)",
        "An action item comes from one meeting, retrospective, visit or evaluation.",
    )

    @api.model
    def _get_system_fields(self):
        return super()._get_system_fields() | {"activity_id", "date_done"}

    def _get_origin(self):
        """The meeting, retrospective, visit or evaluation that it comes from."""
        self.ensure_one()
        return next((self[name] for name in ORIGINS if self[name]), self.update_id)

    @api.depends(*(f"{name}.operation_id" for name in ORIGINS))
    def _compute_origin(self):
        for item in self:
            origin = item._get_origin()
            item.operation_id = origin.operation_id
            item.company_id = origin.company_id

    @api.depends("is_done", "date_due", "company_id")
    def _compute_is_overdue(self):
        todays = self.env["res.company"]._get_sop_todays()
        for item in self:
            today = todays.get(item.company_id.id)
            item.is_overdue = bool(
                today and not item.is_done and item.date_due and item.date_due < today
            )

    @api.model
    def _search_is_overdue(self, operator, value):
        if operator != "in":
            return NotImplemented
        domain = Domain("is_done", "=", False) & self.env[
            "res.company"
        ]._get_sop_before_domain("date_due")
        return Domain.OR(domain if wanted else ~domain for wanted in value)

    @api.model_create_multi
    def create(self, vals_list):
        for vals in vals_list:
            self._check_system_fields(vals)
        items = super(SopActionItem, self._without_system_defaults()).create(vals_list)
        items._follow_done()
        # Not while the document is being made: it has no followers yet, and its activities
        # would add one whom its own creation adds as well
        if not self.env.context.get("sop_schedule_later"):
            items._schedule()
        return items

    def write(self, vals):
        self._check_system_fields(vals)
        self._check_may_write(vals)
        self._check_origin(vals)
        result = super().write(vals)
        if "is_done" in vals:
            self._follow_done()
        if {"name", "user_id", "date_due", "is_done"} & set(vals):
            self._schedule()
        return result

    def _check_may_write(self, vals):
        """The person does it; what it is, who and until when was agreed in the meeting."""
        if self.env.su or set(vals) <= {"is_done"}:
            return
        for item in self:
            # sudo: the meeting may be one that its person can't read
            authors = item.sudo()._get_origin()._get_action_authors()
            if self.env.user not in authors and not item.operation_editable:
                raise AccessError(
                    self.env._(
                        "You can mark “%(name)s” as done. Only %(author)s can change it.",
                        name=item.name,
                        author=", ".join(authors.mapped("name")),
                    )
                )

    def _check_origin(self, vals):
        """Elsewhere it would be read by others than those who agreed on it."""
        # sudo: the meeting may be one that its person can't read
        for item in self.sudo():
            for name in set(ORIGINS) & set(vals):
                if (vals[name] or False) != item[name].id:
                    raise UserError(
                        self.env._(
                            "“%(name)s” stays with what it comes from: add a new action item "
                            "where you want one.",
                            name=item.name,
                        )
                    )

    def unlink(self):
        # sudo: the activity is another person's
        self.sudo().activity_id.unlink()
        return super().unlink()

    def _follow_done(self):
        today = fields.Date.context_today(self)
        # sudo: when it was done is kept by the system
        for item in self.sudo():
            if bool(item.date_done) != item.is_done:
                item.date_done = item.is_done and today
            activity = item.activity_id
            if item.is_done and activity.active:
                activity.action_feedback()

    def _schedule(self):
        """An open item is an activity of its person on what it comes from."""
        # sudo: the activity is another person's
        for item in self.sudo().filtered(lambda i: not i.is_done):
            vals = {
                "summary": item.name,
                "user_id": item.user_id.id,
                "date_deadline": item.date_due,
            }
            if item.activity_id.active:
                item.activity_id.write(vals)
                continue
            origin = item._get_origin()
            item.activity_id = origin.activity_schedule(ACTIVITY, **vals)
