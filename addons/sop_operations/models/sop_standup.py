# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from datetime import datetime, time, timedelta

import pytz

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain
from odoo.tools import format_date

from ..engine import standup as engine

#: Activities on these are work on operations.
WORKED_ON = (
    "sop.operation",
    "sop.operation.update",
    "sop.milestone",
    "sop.kpi",
    "sop.experiment",
    "sop.retrospective",
)
SECTIONS = ("yesterday", "today", "blockers")


class SopOperationUpdate(models.Model):
    """The stand-up: per person what was done, what is done today, what blocks."""

    _inherit = "sop.operation.update"

    @api.model
    @api.readonly
    def get_standup(self, day=None, operation_id=None):
        """What the people of the user's operations did, do, and are blocked by.

        :param day: the day of the stand-up as ``YYYY-MM-DD``; today when empty
        :param operation_id: only this operation and what is below it
        :return: a dictionary with the day, its neighbours, the people and a text to send on
        """
        today = fields.Date.context_today(self)
        day = self._parse_day(day) or today
        # sudo: only which weekdays are worked on
        attendances = self.env.company.sudo().resource_calendar_id.attendance_ids
        weekdays = {int(a.dayofweek) for a in attendances}
        since = engine.previous_working_day(day, weekdays)
        scope = self._get_standup_scope(operation_id)
        people = {}
        for user in self._get_standup_team(scope):
            self._add_standup_person(people, user)
        self._add_standup_updates(people, scope, since, day)
        self._add_standup_blockers(people, scope, day)
        self._add_standup_plans(people, scope, day, day == today)
        persons = sorted(
            people.values(),
            key=lambda p: (p["user_id"] != self.env.uid, p["name"].lower()),
        )
        result = {
            "day": fields.Date.to_string(day),
            "day_label": format_date(self.env, day, date_format="EEEE d MMMM y"),
            "since_label": format_date(self.env, since, date_format="EEEE"),
            "today": fields.Date.to_string(today),
            "previous": fields.Date.to_string(since),
            "next": fields.Date.to_string(engine.next_working_day(day, weekdays)),
            "people": persons,
            "operations": self._get_standup_operations(),
        }
        result["text"] = self._get_standup_text(result)
        return result

    @api.model
    def _parse_day(self, day):
        try:
            return fields.Date.to_date(day or None)
        except (TypeError, ValueError, LookupError) as error:
            raise UserError(
                self.env._("“%(day)s” is no day: write it as 2025-06-30.", day=day)
            ) from error

    @api.model
    def _get_standup_scope(self, operation_id):
        """Domain of what belongs to the operation, or to the companies of the user."""
        scope = Domain("company_id", "in", self.env.companies.ids) & (
            Domain("operation_id", "=", False)
            | Domain("operation_id.active", "=", True)
        )
        if operation_id:
            ids = self.env["sop.operation"]._check_screen_ids([operation_id])
            scope &= Domain("operation_id", "child_of", ids)
        return scope

    @api.model
    def _of_operations(self, scope):
        """The scope as a domain of operations themselves."""
        own = {"operation_id": "id", "operation_id.active": "active"}
        return scope.map_conditions(
            lambda condition: (
                Domain(own[condition.field_expr], condition.operator, condition.value)
                if condition.field_expr in own
                else condition
            )
        )

    @api.model
    def _get_running_domain(self):
        return Domain("company_id", "in", self.env.companies.ids) & Domain(
            "state", "=", "in_progress"
        )

    @api.model
    def _get_standup_operations(self):
        operations = self.env["sop.operation"].search(self._get_running_domain())
        return [{"id": o.id, "name": o.display_name} for o in operations]

    @api.model
    def _get_standup_team(self, scope):
        """Whoever is in charge of or involved in what is in progress."""
        operations = self.env["sop.operation"].search(
            self._get_running_domain() & self._of_operations(scope)
        )
        return (operations.user_id | operations.member_ids).filtered("active")

    @api.model
    def _add_standup_person(self, people, user):
        return people.setdefault(
            user.id,
            {
                "user_id": user.id,
                # sudo: the names of colleagues, also of those in other companies
                "name": user.sudo().name,
                **{section: [] for section in SECTIONS},
            },
        )

    @api.model
    def _add_standup_item(self, people, user, section, record, text, operation):
        self._add_standup_person(people, user)[section].append(
            {
                "model": record._name,
                "id": record.id,
                "text": text,
                "operation": operation.sudo().display_name or "",
            }
        )

    @api.model
    def _add_standup_updates(self, people, scope, since, day):
        updates = self.search(
            scope
            & Domain("type", "!=", "blocker")
            & Domain("date", ">=", since)
            & Domain("date", "<=", day),
            order="date, id",
        )
        # What scheduled actions log is nobody's work
        for update in updates.filtered("user_id.active"):
            section = "today" if update.date == day else "yesterday"
            self._add_standup_item(
                people,
                update.user_id,
                section,
                update,
                update.name,
                update.operation_id,
            )

    @api.model
    def _add_standup_blockers(self, people, scope, day):
        """What was open at the end of that day, at who removes it, else at who logged it."""
        timezone = pytz.timezone(self.env.user.tz or "UTC")
        end = timezone.localize(datetime.combine(day + timedelta(days=1), time.min))
        end = end.astimezone(pytz.utc).replace(tzinfo=None)
        blockers = self.search(
            scope
            & Domain("type", "=", "blocker")
            & Domain("date", "<=", day)
            & (Domain("resolved_at", "=", False) | Domain("resolved_at", ">=", end)),
            order="priority desc, date, id",
        )
        for blocker in blockers:
            self._add_standup_item(
                people,
                blocker.assigned_user_id or blocker.user_id,
                "blockers",
                blocker,
                blocker.name,
                blocker.operation_id,
            )

    @api.model
    def _add_standup_plans(self, people, scope, day, is_today):
        """Milestones and activities that are due; on the day itself also what is late."""
        operator = "<=" if is_today else "="
        milestones = self.env["sop.milestone"].search(
            scope
            & Domain("stage", "!=", "completed")
            & Domain("date_target", operator, day)
        )
        for milestone in milestones:
            if milestone.user_id:
                text = self.env._("Milestone: %(name)s", name=milestone.name)
                self._add_standup_item(
                    people,
                    milestone.user_id,
                    "today",
                    milestone,
                    text,
                    milestone.operation_id,
                )
        activities = self.env["mail.activity"].search(
            [
                ("res_model", "in", WORKED_ON),
                ("user_id", "in", list(people)),
                ("date_deadline", operator, day),
                # Told already, as milestones and as blockers
                ("activity_type_id", "not in", self._get_standup_told_types().ids),
            ],
            order="date_deadline, id",
        )
        for activity, record in self._get_standup_records(activities, scope):
            operation = (
                record if record._name == "sop.operation" else record.operation_id
            )
            text = (
                activity.summary
                or activity.activity_type_id.name
                or record.display_name
            )
            self._add_standup_item(
                people, activity.user_id, "today", record, text, operation
            )

    @api.model
    def _get_standup_told_types(self):
        return self.env["mail.activity.type"].union(
            *(
                self.env.ref(f"sop_operations.{name}", raise_if_not_found=False)
                or self.env["mail.activity.type"]
                for name in ("mail_activity_milestone", "mail_activity_blocker")
            )
        )

    @api.model
    def _get_standup_records(self, activities, scope):
        """Pairs of an activity and its document, where the user may read that."""
        for model, group in activities.grouped("res_model").items():
            here = self._of_operations(scope) if model == "sop.operation" else scope
            records = {
                record.id: record
                for record in self.env[model].search(
                    Domain("id", "in", group.mapped("res_id")) & here
                )
            }
            for activity in group:
                if activity.res_id in records:
                    yield activity, records[activity.res_id]

    @api.model
    def _get_standup_text(self, standup):
        """The page as a text to send on."""
        titles = {
            "yesterday": standup["since_label"],
            "today": self.env._("Today"),
            "blockers": self.env._("Blockers"),
        }
        lines = [self.env._("Stand-up, %(day)s", day=standup["day_label"])]
        for person in standup["people"]:
            lines += ["", person["name"]]
            for section in SECTIONS:
                if person[section]:
                    lines.append(f"  {titles[section]}:")
                for item in person[section]:
                    place = f" ({item['operation']})" if item["operation"] else ""
                    lines.append(f"  - {item['text']}{place}")
            if not any(person[section] for section in SECTIONS):
                lines.append(f"  {self.env._('Nothing logged')}")
        return "\n".join(lines)
