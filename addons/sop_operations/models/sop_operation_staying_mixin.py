# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from odoo import api, models
from odoo.exceptions import UserError


class SopOperationStayingMixin(models.AbstractModel):
    """What belongs to one operation for good, and shows figures that nobody types."""

    _name = "sop.operation.staying.mixin"
    _inherit = "sop.budget.part.mixin"
    _description = "Part That Stays with Its Operation"

    @api.model_create_multi
    def create(self, vals_list):
        for vals in vals_list:
            self._check_not_derived(vals)
        return super().create(vals_list)

    def write(self, vals):
        self._check_not_derived(vals)
        for part in self:
            if part.operation_id.id != vals.get("operation_id", part.operation_id.id):
                raise UserError(
                    self.env._(
                        "“%(part)s” stays with its operation.", part=part.display_name
                    )
                )
        return super().write(vals)
