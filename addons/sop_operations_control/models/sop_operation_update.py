# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from odoo import api, fields, models


class SopOperationUpdate(models.Model):
    _inherit = "sop.operation.update"

    proposal_id = fields.Many2one(
        "sop.proposal",
        index="btree_not_null",
        ondelete="set null",
        readonly=True,
        copy=False,
        groups="sop_budget.group_sop_budget_user",
        help="The proposal that was approved.",
    )

    @api.model
    def _get_system_fields(self):
        # EXTENDS sop_operations
        return super()._get_system_fields() | {"proposal_id"}
