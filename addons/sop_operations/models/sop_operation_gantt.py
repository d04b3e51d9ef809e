# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from dataclasses import replace
from datetime import date

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain

from ..engine import schedule as engine
from ..engine.tree import in_tree_order

MOST_BARS = 1000
#: Dates of what is over are history
MOVABLE = ("planned", "in_progress")


class SopOperation(models.Model):
    """Operations as bars over the months, with their milestones."""

    _inherit = "sop.operation"

    @api.model
    @api.readonly
    def get_gantt(self, options=None):
        """Operations in the order of their tree, with dates and milestones, as plain data.

        :param dict options: ``with_done``: completed ones as well
        :return: ``today, rows, links, more_count``; cancelled operations are left out
        """
        options = self._check_screen_options(options)
        states = ["planned", "in_progress"]
        if options.get("with_done"):
            states.append("completed")
        domain = Domain("state", "in", states)
        operations = self.search_fetch(
            domain, self._get_dashboard_fields(), limit=MOST_BARS
        )
        more = 0
        if len(operations) == MOST_BARS:
            more = self.search_count(domain) - MOST_BARS
        return {
            "today": fields.Date.to_string(fields.Date.context_today(self)),
            "rows": operations._prepare_gantt_rows(),
            "links": operations._prepare_gantt_links(),
            "more_count": more,
            "can_create": self.has_access("create"),
        }

    def _prepare_gantt_rows(self):
        states = dict(self._fields["state"]._description_selection(self.env))
        healths = dict(self._fields["health"]._description_selection(self.env))
        milestones = self._get_gantt_milestones()
        movable = self._filtered_access("write")
        linked = self._get_linked_ids()
        return [
            {
                "id": node.id,
                "parent_id": node.parent or False,
                "depth": node.depth,
                "wbs": operation.wbs or "",
                "code": operation.code or "",
                "name": operation.name,
                "user": operation.user_id.name or "",
                "state": operation.state,
                "state_label": states[operation.state],
                "health": operation.health or "",
                "health_label": healths.get(operation.health, ""),
                "period": operation.period or "",
                "date_from": fields.Date.to_string(operation.date_start),
                "date_to": fields.Date.to_string(
                    not operation.is_ongoing and operation.date_end
                ),
                "is_ongoing": operation.is_ongoing,
                "can_move": operation in movable and operation.state in MOVABLE,
                "is_linked": operation.id in linked,
                "is_critical": operation.is_critical,
                "slack": operation.total_float if operation.is_scheduled else False,
                "schedule": operation.schedule_summary or "",
                "schedule_warning": operation.schedule_warning or "",
                "milestones": milestones.get(operation.id, []),
            }
            for node in in_tree_order((o.id, o.parent_id.id) for o in self)
            for operation in self.browse(node.id).with_prefetch(self.ids)
        ]

    def _prepare_gantt_links(self):
        """Dependencies between the bars that are shown, as far as the reader sees them."""
        types = dict(
            self.env["sop.operation.dependency"]
            ._fields["type"]
            ._description_selection(self.env)
        )
        links = self.env["sop.operation.dependency"].search_fetch(
            [("operation_id", "in", self.ids), ("predecessor_id", "in", self.ids)],
            ["operation_id", "predecessor_id", "type", "lag"],
        )
        # sudo: dates of what is shown anyway
        binding = links.sudo()._get_binding()
        return [
            {
                "id": link.id,
                "from": link.predecessor_id.id,
                "to": link.operation_id.id,
                "type": link.type,
                "type_label": types[link.type],
                "lag": link.lag,
                "binds": link in binding,
            }
            for link in links
        ]

    # === WHAT FOLLOWS WHEN A BAR IS MOVED === #

    @api.readonly
    def get_gantt_consequences(self, date_from, date_to):
        """What other dates of this operation would mean for what hangs together with it.

        :return: ``follow``: moves that would keep all links behind it, as far as the user may
            make them; ``stuck``: sentences on links that would stay broken all the same
        """
        self.ensure_one()
        self.check_access("read")
        start, end = self._check_gantt_days(date_from, date_to)
        tasks, links = self._get_network(self.company_id)
        if self.id not in tasks or not (start and end):
            return {"follow": [], "stuck": []}
        # sudo: what waits for what binds; names are left out where they are not seen
        everything = self.sudo().browse(tasks)
        may_move = everything.filtered(
            lambda o: o.state == "planned" and not o.is_fixed
        )
        may_move = may_move.sudo(self.env.su)._filtered_access("write")
        tasks = {
            id_: replace(task, is_fixed=id_ not in may_move._ids)
            for id_, task in tasks.items()
        }
        tasks[self.id] = engine.Task(start.toordinal(), (end - start).days + 1, True)
        moves = engine.follow(tasks, links, self.ids)
        tasks |= {id_: replace(tasks[id_], earliest=day) for id_, day in moves.items()}
        touched = {self.id, *moves}
        broken = [
            (link, days)
            for link, days in engine.broken(tasks, links)
            if touched & {link.predecessor, link.successor}
        ]
        return {
            "follow": [
                {
                    "id": operation.id,
                    "name": operation.display_name,
                    "date_from": fields.Date.to_string(date.fromordinal(task.earliest)),
                    "date_to": fields.Date.to_string(date.fromordinal(task.finish - 1)),
                }
                for operation in self.browse(moves)
                for task in [tasks[operation.id]]
            ],
            "stuck": self._describe_stuck(broken),
        }

    def _describe_stuck(self, broken):
        ids = {
            id_ for link, _days in broken for id_ in (link.predecessor, link.successor)
        }
        seen = self.browse(ids)._filtered_access("read")
        hidden = self.env._("an operation that you may not see")
        names = {
            o.id: o.display_name if o in seen else hidden for o in self.browse(ids)
        }
        types = dict(
            self.env["sop.operation.dependency"]
            ._fields["type"]
            ._description_selection(self.env)
        )
        return [
            self.env._(
                "%(one)s: %(days)s day(s) too early for %(other)s (%(type)s)",
                one=names[link.successor],
                other=names[link.predecessor],
                days=days,
                type=types[link.type],
            )
            for link, days in broken
        ]

    @api.model
    def set_gantt_dates(self, changes):
        """Write the dates of several operations at once: all of them, or none.

        :param list changes: ``{id, date_from, date_to}`` of each, with the rights of the user
        """
        if not isinstance(changes, list) or len(changes) > MOST_BARS:
            raise UserError(self.env._("Changes of dates are a list, of 1000 at most."))
        for change in changes:
            if not isinstance(change, dict) or not isinstance(change.get("id"), int):
                raise UserError(self.env._("A change of dates names its operation."))
            start, end = self._check_gantt_days(
                change.get("date_from"), change.get("date_to")
            )
            self.browse(change["id"]).write({"date_start": start, "date_end": end})
        return True

    @api.model
    def _check_gantt_days(self, *days):
        try:
            return [fields.Date.to_date(day or None) for day in days]
        except (TypeError, ValueError) as error:
            raise UserError(
                self.env._("A day looks like 2025-06-30; this is none of that kind.")
            ) from error

    def _get_gantt_milestones(self):
        """``{operation id: milestones}``"""
        Milestone = self.env["sop.milestone"]
        states = dict(Milestone._fields["state"]._description_selection(self.env))
        found = {}
        for milestone in Milestone.search([("operation_id", "in", self.ids)]):
            found.setdefault(milestone.operation_id.id, []).append(
                {
                    "id": milestone.id,
                    "name": milestone.name,
                    "date": fields.Date.to_string(milestone.date_target),
                    "state_label": states[milestone.state],
                    "tone": milestone.color_state or "muted",
                }
            )
        return found
