# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from odoo import api, fields, models
from odoo.fields import Domain


class SopOperation(models.Model):
    """What happens in an operation: milestones, updates, retrospectives."""

    _inherit = "sop.operation"

    next_milestone_id = fields.Many2one(
        "sop.milestone",
        "Next Milestone",
        compute="_compute_next_milestone",
        help="The earliest that is not completed, be it late.",
    )
    next_milestone_text = fields.Char(
        "Next Milestone When", compute="_compute_next_milestone"
    )
    next_milestone_color = fields.Char(compute="_compute_next_milestone")
    milestone_count = fields.Integer(
        "Number of Milestones", compute="_compute_milestone_count", aggregator=None
    )
    milestone_done_count = fields.Integer(
        "Completed Milestones", compute="_compute_milestone_count", aggregator=None
    )
    milestone_missed_count = fields.Integer(
        "Missed Milestones", compute="_compute_milestone_count", aggregator=None
    )

    update_count = fields.Integer("Number of Updates", compute="_compute_update_count")
    blocker_open_count = fields.Integer(
        "Open Blockers", compute="_compute_update_count"
    )
    retrospective_ids = fields.One2many("sop.retrospective", "operation_id")
    retrospective_count = fields.Integer(
        "Number of Retrospectives", compute="_compute_retrospective_count"
    )

    @api.depends(
        "milestone_ids.stage",
        "milestone_ids.date_target",
        "milestone_ids.name",
        "milestone_ids.active",
        "milestone_ids.sequence",
    )
    @api.depends_context("tz", "lang", "uid")
    def _compute_next_milestone(self):
        open_ones = self.env["sop.milestone"].search_fetch(
            [("operation_id", "in", self.ids), ("stage", "!=", "completed")],
            ["operation_id", "name", "stage", "date_target", "date_completed"],
        )
        following = {}
        for milestone in open_ones:
            following.setdefault(milestone.operation_id, milestone)
        for operation in self:
            milestone = following.get(operation._origin, open_ones.browse())
            operation.next_milestone_id = milestone
            operation.next_milestone_color = milestone.color_state
            operation.next_milestone_text = (
                self.env._(
                    "Next milestone: %(name)s (%(timing)s)",
                    name=milestone.name,
                    timing=milestone.timing,
                )
                if milestone
                else False
            )

    @api.depends(
        "milestone_ids.stage", "milestone_ids.date_target", "milestone_ids.active"
    )
    @api.depends_context("tz", "uid")
    def _compute_milestone_count(self):
        counts = {
            (operation.id, state): count
            for operation, state, count in self.env["sop.milestone"]._read_group(
                Domain("operation_id", "in", self.ids),
                ["operation_id", "state"],
                ["__count"],
            )
        }
        for operation in self:
            here = {
                state: counts.get((operation._origin.id, state), 0)
                for state in ("pending", "in_progress", "completed", "missed")
            }
            operation.milestone_count = sum(here.values())
            operation.milestone_done_count = here["completed"]
            operation.milestone_missed_count = here["missed"]

    @api.depends("update_ids.blocker_state")
    @api.depends_context("uid")
    def _compute_update_count(self):
        counts, blockers = {}, {}
        for operation, state, count in self.env["sop.operation.update"]._read_group(
            Domain("operation_id", "in", self.ids),
            ["operation_id", "blocker_state"],
            ["__count"],
        ):
            counts[operation.id] = counts.get(operation.id, 0) + count
            if state == "open":
                blockers[operation.id] = count
        for operation in self:
            operation.update_count = counts.get(operation._origin.id, 0)
            operation.blocker_open_count = blockers.get(operation._origin.id, 0)

    @api.depends("retrospective_ids")
    @api.depends_context("uid")
    def _compute_retrospective_count(self):
        counts = dict(
            self.env["sop.retrospective"]._read_group(
                Domain("operation_id", "in", self.ids), ["operation_id"], ["__count"]
            )
        )
        for operation in self:
            operation.retrospective_count = counts.get(operation._origin, 0)

    def write(self, vals):
        before = {operation: operation.state for operation in self}
        result = super().write(vals)
        if "state" in vals:
            self._log_states(before)
        return result

    def _log_states(self, before):
        labels = dict(self._fields["state"]._description_selection(self.env))
        for operation in self:
            old, new = before[operation], operation.state
            if old != new:
                self.env["sop.operation.update"]._log_automatic(
                    operation,
                    "status",
                    self.env._("%(old)s → %(new)s", old=labels[old], new=labels[new]),
                    state_from=old,
                    state_to=new,
                )

    # === ACTIONS === #

    def _open_here(self, xmlid, **values):
        """A window action on what belongs to this operation."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            f"sop_operations.{xmlid}"
        )
        action["context"] = {"default_operation_id": self.id}
        action["domain"] = [("operation_id", "=", self.id)]
        return {**action, **values}

    def action_open_timeline(self):
        return self._open_here("sop_operation_update_action")

    def action_open_blockers(self):
        return self._open_here(
            "sop_operation_update_action_blocker",
            domain=[("operation_id", "=", self.id), ("type", "=", "blocker")],
            context={"default_operation_id": self.id, "default_type": "blocker"},
        )

    def action_open_retrospectives(self):
        return self._open_here("sop_retrospective_action")

    def action_log_update(self):
        """The form of a new update, of the type that the button names."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Log an Update"),
            "res_model": "sop.operation.update",
            "view_mode": "form",
            "target": "new",
            "context": {
                "default_operation_id": self.id,
                "default_type": self.env.context.get("default_type", "work"),
            },
        }

    def action_hold_retrospective(self):
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Retrospective"),
            "res_model": "sop.retrospective",
            "view_mode": "form",
            "context": {"default_operation_id": self.id},
        }
