# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from odoo import fields, models


class ProjectProject(models.Model):
    _inherit = "project.project"

    sop_operation_id = fields.Many2one(
        "sop.operation",
        "Operation",
        index="btree_not_null",
        check_company=True,
        copy=False,
        groups="sop_operations.group_sop_operations_involved",
        help="What the project is to achieve.",
    )

    def action_open_sop_operation(self):
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "res_model": "sop.operation",
            "view_mode": "form",
            "res_id": self.sop_operation_id.id,
        }
