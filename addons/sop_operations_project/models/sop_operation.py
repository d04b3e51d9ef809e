# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from odoo import api, fields, models

USER = "project.group_project_user"


class SopOperation(models.Model):
    _inherit = "sop.operation"

    project_ids = fields.One2many(
        "project.project", "sop_operation_id", string="Projects", groups=USER
    )
    project_count = fields.Integer(compute="_compute_tasks", groups=USER)
    open_task_count = fields.Integer(
        "Open Tasks",
        compute="_compute_tasks",
        groups=USER,
        help="Of its projects and of those of what is below, as far as you may see them.",
    )

    @api.depends_context("uid")
    @api.depends("project_ids", "child_ids")
    def _compute_tasks(self):
        below = self._origin._get_below()
        ids = sorted({id_ for own in below.values() for id_ in own})
        of_operation = [("sop_operation_id", "in", ids)]
        projects = dict(
            self.env["project.project"]._read_group(
                of_operation, ["sop_operation_id"], ["__count"]
            )
        )
        tasks = dict(
            self.env["project.task"]._read_group(
                [("project_id.sop_operation_id", "in", ids), ("is_closed", "=", False)],
                ["project_id.sop_operation_id"],
                ["__count"],
            )
        )
        projects = {operation.id: count for operation, count in projects.items()}
        tasks = {operation.id: count for operation, count in tasks.items()}
        for operation in self:
            own = below.get(operation._origin.id, ())
            operation.project_count = sum(projects.get(id_, 0) for id_ in own)
            operation.open_task_count = sum(tasks.get(id_, 0) for id_ in own)

    def action_open_tasks(self):
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Tasks of %(operation)s", operation=self.name),
            "res_model": "project.task",
            "view_mode": "kanban,list,form,calendar,pivot,graph,activity",
            "domain": [
                ("project_id.sop_operation_id", "in", self._get_below()[self.id])
            ],
            "context": {"search_default_open_tasks": 1},
        }

    def action_create_project(self):
        """A project for the operation, with the rights of the user."""
        self.ensure_one()
        self.check_access("write")
        project = self.env["project.project"].create(self._prepare_project_vals())
        return {
            "type": "ir.actions.act_window",
            "res_model": "project.project",
            "view_mode": "form",
            "res_id": project.id,
        }

    def _prepare_project_vals(self):
        self.ensure_one()
        return {
            "name": self.name,
            "company_id": self.company_id.id,
            "user_id": self.user_id.id,
            "date_start": self.date_end and self.date_start,
            "date": self.date_start and self.date_end,
            "sop_operation_id": self.id,
        }
