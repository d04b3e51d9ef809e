# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""Operations that come back: monthly events, quarterly trainings.

The recurring operation is the pattern; each occurrence is a sub-operation of it with the
dates of its period. What exists is never made again, whoever changed or archived it.
"""

import logging

from dateutil.relativedelta import relativedelta

from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError
from odoo.fields import Domain

from ..engine import timing
from .by_halves import RETRIED

_logger = logging.getLogger(__name__)

RECURRENCES = [
    ("week", "Every Week"),
    ("month", "Every Month"),
    ("quarter", "Every Quarter"),
    ("half", "Every Half-year"),
    ("year", "Every Year"),
]
STEPS = {
    "week": relativedelta(weeks=1),
    "month": relativedelta(months=1),
    "quarter": relativedelta(months=3),
    "half": relativedelta(months=6),
    "year": relativedelta(years=1),
}
# More than any plan needs at once
MAX_OCCURRENCES = 400


class SopOperation(models.Model):
    _inherit = "sop.operation"

    recurrence = fields.Selection(
        RECURRENCES,
        tracking=True,
        help="Plans an occurrence of its own for every week, month, quarter, half-year or year.",
    )
    recurrence_ahead = fields.Integer(
        "Planned Ahead",
        default=3,
        help="How many occurrences after the current one are planned by themselves.",
    )
    recurrence_parts = fields.Boolean(
        "With KPIs and Milestones",
        default=True,
        help="Each occurrence gets copies of the KPIs and milestones, moved to its dates.",
    )
    recurring_id = fields.Many2one(
        "sop.operation",
        "Occurrence Of",
        index="btree_not_null",
        ondelete="set null",
        readonly=True,
        copy=False,
    )
    occurrence_date = fields.Date(readonly=True, copy=False)
    occurrence_ids = fields.One2many("sop.operation", "recurring_id")
    occurrence_count = fields.Integer(compute="_compute_occurrence_count")

    _occurrence_uniq = models.UniqueIndex(
        "(recurring_id, occurrence_date) WHERE recurring_id IS NOT NULL",
        "This occurrence exists already.",
    )
    _ahead_in_bounds = models.Constraint(
        f"CHECK (recurrence_ahead BETWEEN 0 AND {MAX_OCCURRENCES})",
        "The number of occurrences planned ahead must lie between 0 and 400.",
    )

    @api.model
    def _get_system_fields(self):
        # EXTENDS sop_budget
        return super()._get_system_fields() | {"recurring_id", "occurrence_date"}

    def _compute_occurrence_count(self):
        counts = dict(
            self._read_group(
                [("recurring_id", "in", self.ids)], ["recurring_id"], ["__count"]
            )
        )
        for operation in self:
            operation.occurrence_count = counts.get(operation._origin, 0)

    @api.constrains("recurrence", "date_start", "kind")
    def _check_recurrence(self):
        for operation in self:
            if not operation.recurrence:
                continue
            if not operation.date_start:
                raise ValidationError(
                    self.env._(
                        "“%(operation)s” comes back, so it needs a start: from there on its "
                        "occurrences are counted.",
                        operation=operation.display_name,
                    )
                )
            if operation.recurring_id:
                raise ValidationError(
                    self.env._(
                        "“%(operation)s” is an occurrence of something and can't come back "
                        "itself.",
                        operation=operation.display_name,
                    )
                )

    # === OCCURRENCES === #

    def action_plan_occurrences(self):
        self._check_plans()
        for operation in self:
            if not operation.recurrence:
                raise UserError(
                    self.env._(
                        "“%(operation)s” does not come back: say first how often it does.",
                        operation=operation.display_name,
                    )
                )
        made = self._plan_occurrences()
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "message": self.env._("%(count)s occurrences planned.", count=len(made))
                if made
                else self.env._("All occurrences are planned already."),
                "type": "success" if made else "info",
                "next": {"type": "ir.actions.act_window_close"},
            },
        }

    @api.model
    def _cron_plan_occurrences(self):
        recurring = self.search(
            Domain("recurrence", "!=", False)
            & Domain("state", "in", ("planned", "in_progress"))
        )
        for number, operation in enumerate(recurring, 1):
            try:
                with self.env.cr.savepoint():
                    operation._plan_occurrences()
            except RETRIED:
                raise
            except Exception:  # whatever one breaks on, the others are planned
                _logger.exception("Occurrences of operation %s", operation.id)
            if not self.env["ir.cron"]._commit_progress(
                1, remaining=len(recurring) - number
            ):
                break

    def _plan_occurrences(self):
        """Create the occurrences that are missing, until some time ahead of today."""
        made = self.browse()
        for operation in self:
            for start, end in operation._get_missing_periods():
                made |= operation._make_occurrence(start, end)
        return made

    def _get_missing_periods(self):
        self.ensure_one()
        today = self._get_today()
        last = (
            max(today, self.date_start) + STEPS[self.recurrence] * self.recurrence_ahead
        )
        if self.date_end and not self.is_ongoing:
            last = min(last, self.date_end)
        # sudo: what exists exists, seen or not; archived ones are not made again
        known = set(
            self.sudo()
            .with_context(active_test=False)
            .search_fetch([("recurring_id", "=", self.id)], ["occurrence_date"])
            .mapped("occurrence_date")
        )
        periods = timing.occurrences(self.recurrence, self.date_start, last)
        missing = [(start, end) for start, end in periods if start not in known]
        return missing[:MAX_OCCURRENCES]

    def _make_occurrence(self, start, end):
        self.ensure_one()
        # sudo: whoever may edit the pattern has its occurrences made, in fields of the system
        pattern = self.sudo()
        occurrence = pattern.with_context(tracking_disable=True).copy(
            self._prepare_occurrence_vals(start, end)
        )
        if self.recurrence_parts:
            pattern._copy_parts_to(occurrence, start - self.date_start)
        return occurrence.sudo(False)

    def _prepare_occurrence_vals(self, start, end):
        self.ensure_one()
        if self.date_end and not self.is_ongoing:
            end = min(end, self.date_end)
        occurrence = self.new({"date_start": start, "date_end": end})
        return {
            "name": f"{self.name}, {occurrence._describe_period()}",
            "parent_id": self.id,
            "kind": "sub_operation",
            "recurring_id": self.id,
            "occurrence_date": start,
            "recurrence": False,
            "date_start": start,
            "date_end": end,
            "is_ongoing": False,
            "need_ids": False,
            "kpi_ids": False,
            "milestone_ids": False,
        }

    def _copy_parts_to(self, occurrence, offset):
        """KPIs and milestones of the pattern for one occurrence, moved in time."""
        # What formulas are made of comes before them
        for kpi in self.kpi_ids._sorted_for_roll_up():
            kpi.copy(kpi._prepare_occurrence_vals(occurrence, offset))
        copies = {
            milestone: milestone.copy(
                {
                    "operation_id": occurrence.id,
                    "name": milestone.name,
                    "date_target": milestone.date_target + offset,
                }
            )
            for milestone in self.milestone_ids
        }
        self.env["sop.milestone"]._copy_dependencies(copies)

    def action_open_occurrences(self):
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "sop_operations.sop_operation_action"
        )
        return {
            **action,
            "name": self.env._("Occurrences"),
            "domain": [("recurring_id", "=", self.id)],
            "context": {},
        }
