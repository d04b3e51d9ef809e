# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from odoo import api, fields, models
from odoo.fields import Domain

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
        :return: ``today, rows, more_count``; cancelled operations are left out
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
            "more_count": more,
            "can_create": self.has_access("create"),
        }

    def _prepare_gantt_rows(self):
        states = dict(self._fields["state"]._description_selection(self.env))
        healths = dict(self._fields["health"]._description_selection(self.env))
        milestones = self._get_gantt_milestones()
        movable = self._filtered_access("write")
        return [
            {
                "id": node.id,
                "parent_id": node.parent or False,
                "depth": node.depth,
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
                "milestones": milestones.get(operation.id, []),
            }
            for node in in_tree_order((o.id, o.parent_id.id) for o in self)
            for operation in self.browse(node.id).with_prefetch(self.ids)
        ]

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
