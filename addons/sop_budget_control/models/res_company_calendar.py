# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from datetime import datetime, time, timedelta

import pytz

from odoo import models

from ..engine.approval import WorkingDays

# A day off is one of which the leave takes this many hours
HOURS_OFF = 6


class ResCompany(models.Model):
    _inherit = "res.company"

    def _get_approval_calendar(self):
        """The working days of the company, where the calendars of resources are installed."""
        self.ensure_one()
        if "resource_calendar_id" not in self._fields:
            return WorkingDays()
        # sudo: the company's calendar binds whoever asks or decides
        calendar = self.sudo().resource_calendar_id
        weekdays = {int(a.dayofweek) for a in calendar.attendance_ids}
        days_off = frozenset(self._find_days_off(calendar))
        if not weekdays:
            return WorkingDays(days_off=days_off)
        return WorkingDays(frozenset(weekdays), days_off)

    def _find_days_off(self, calendar):
        """Days that are off for everybody, from a month ago on."""
        zone = pytz.timezone(calendar.tz or "UTC")
        leaves = calendar.env["resource.calendar.leaves"].search(
            [
                ("resource_id", "=", False),
                ("calendar_id", "in", [calendar.id, False]),
                ("company_id", "in", [self.id, False]),
                ("date_to", ">=", datetime.now() - timedelta(days=31)),
            ]
        )
        for leave in leaves:
            start, end = (
                pytz.utc.localize(moment).astimezone(zone).replace(tzinfo=None)
                for moment in (leave.date_from, leave.date_to)
            )
            for offset in range((end.date() - start.date()).days + 1):
                day = datetime.combine(start.date() + timedelta(days=offset), time())
                hours = min(end, day + timedelta(days=1)) - max(start, day)
                if hours >= timedelta(hours=HOURS_OFF):
                    yield day.date()
