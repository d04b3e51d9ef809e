# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain
from odoo.tools.misc import format_date

from ..engine import cadence

ACTIVITY = "sop_operations.mail_activity_type_check_in"


class SopKpi(models.Model):
    """When a KPI is to be measured, and what happens if nobody does."""

    _inherit = "sop.kpi"

    check_in_date = fields.Date(
        "Measure By",
        compute="_compute_check_in_date",
        store=True,
        index=True,
        help="Last day of the first period without a measurement.",
    )
    is_late = fields.Boolean(
        compute="_compute_is_late",
        search="_search_is_late",
        help="Its day went by without a measurement, by the calendar of its company.",
    )
    is_due = fields.Boolean(
        "Check-in Due",
        compute="_compute_is_late",
        search="_search_is_due",
        help="It is to be measured today or late.",
    )
    reminded_date = fields.Date(readonly=True, copy=False)

    @api.model
    def _get_system_fields(self):
        return super()._get_system_fields() | {"reminded_date"}

    @api.depends(
        "source",
        "frequency",
        "value_date",
        "date_start",
        "date_end",
        "operation_id.date_start",
        "operation_id.date_end",
        "operation_id.is_ongoing",
    )
    def _compute_check_in_date(self):
        for kpi in self:
            kpi.check_in_date = kpi._get_due_day(cadence.next_due)

    def _get_due_day(self, rule, *args):
        if self.source != "manual":
            return False
        start, end = self._get_span()
        start = start or (self.create_date or fields.Datetime.now()).date()
        if end and end < start:
            return False
        return rule(self.frequency, start, end or None, self.value_date or None, *args)

    @api.depends("check_in_date", "operation_id.active")
    def _compute_is_late(self):
        todays = self.env["res.company"]._get_sop_todays()
        for kpi in self:
            today, day = todays.get(kpi.company_id.id), kpi.check_in_date
            waits = bool(today and day and kpi.operation_id.active)
            kpi.is_late = waits and day < today
            kpi.is_due = waits and day <= today

    @api.model
    def _search_is_late(self, operator, value):
        return self._search_waiting(operator, value)

    @api.model
    def _search_is_due(self, operator, value):
        return self._search_waiting(operator, value, timedelta(1))

    @api.model
    def _search_waiting(self, operator, value, ahead=timedelta()):
        if operator != "in":
            return NotImplemented
        before = self.env["res.company"]._get_sop_before_domain("check_in_date", ahead)
        found = self._search(before & Domain("operation_id.active", "=", True))
        return [("id", "in" if True in value else "not in", found)]

    def action_check_in(self):
        """Open the dialog for a measurement."""
        self.ensure_one()
        self._check_may_measure()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Check In: %(kpi)s", kpi=self.name),
            "res_model": "sop.kpi.check.in",
            "view_mode": "form",
            "target": "new",
            "context": {"default_kpi_id": self.id},
        }

    def _remind_of_check_ins(self):
        """An activity for each period that went by without a measurement, one at a time."""
        todays = self.env["res.company"]._get_sop_todays()
        missed = {}
        for kpi in self:
            day = kpi._get_due_day(cadence.last_missed, todays[kpi.company_id.id])
            keeper = kpi.user_id or kpi.operation_id.user_id
            started = kpi.operation_id.state == "in_progress"
            if day and keeper and started and kpi.reminded_date != day:
                missed[kpi.id] = day
        late = self.browse(missed)
        # The last one is done or no longer says which period is missing
        if not late:
            return
        late.activity_unlink([ACTIVITY])
        for kpi in late:
            day = missed[kpi.id]
            kpi.activity_schedule(
                ACTIVITY,
                date_deadline=day,
                summary=self.env._("Measure “%(kpi)s”", kpi=kpi.name),
                note=self.env._(
                    "There is no measurement up to %(day)s.",
                    day=format_date(self.env, day),
                ),
                user_id=(kpi.user_id or kpi.operation_id.user_id).id,
            )
            kpi.sudo().reminded_date = day

    def _check_may_measure(self):
        # EXTENDS: what the system reads isn't typed in
        result = super()._check_may_measure()
        for kpi in self:
            if kpi.source != "manual":
                raise UserError(
                    self.env._(
                        "“%(kpi)s” is read by the system: change its source to type it in.",
                        kpi=kpi.name,
                    )
                )
        return result


class SopKpiValue(models.Model):
    _inherit = "sop.kpi.value"

    @api.model_create_multi
    def create(self, vals_list):
        values = super().create(vals_list)
        # sudo: a check-in is done with the measurement, whoever made it
        typed = values.sudo().filtered(lambda value: value.origin == "manual")
        typed.kpi_id.activity_feedback([ACTIVITY])
        return values

    def action_correct(self):
        """Open the dialog for a measurement that takes the place of this one."""
        self.ensure_one()
        action = self.kpi_id.action_check_in()
        action["name"] = self.env._("Correct: %(kpi)s", kpi=self.kpi_id.name)
        action["context"] = {
            "default_kpi_id": self.kpi_id.id,
            "default_replaces_id": self.id,
            "default_date": fields.Date.to_string(self.date),
            "default_value": self.value,
        }
        return action
