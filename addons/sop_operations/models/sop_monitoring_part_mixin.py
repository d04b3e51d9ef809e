# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from odoo import api, fields, models
from odoo.exceptions import UserError


class SopMonitoringPartMixin(models.AbstractModel):
    """A line of a monitoring visit."""

    _name = "sop.monitoring.part.mixin"
    _description = "Part of a Monitoring Visit"
    _inherit = ["sop.budget.part.mixin", "sop.operation.part.mixin"]

    visit_id = fields.Many2one(
        "sop.monitoring.visit", required=True, index=True, ondelete="cascade"
    )
    operation_id = fields.Many2one(
        related="visit_id.operation_id", store=True, index=True, precompute=True
    )
    company_id = fields.Many2one(
        related="visit_id.company_id", store=True, index=True, precompute=True
    )

    @api.model
    def _get_later_fields(self) -> set[str]:
        """What may still be written when the visit is done."""
        return set()

    @api.model_create_multi
    def create(self, vals_list):
        for vals in vals_list:
            self._check_not_derived(vals)
        parts = super().create(vals_list)
        parts.visit_id._check_not_done()
        return parts

    def write(self, vals):
        self._check_not_derived(vals)
        if set(vals) - self._get_later_fields():
            self.visit_id._check_not_done()
        for part in self:
            if part.visit_id.id != vals.get("visit_id", part.visit_id.id):
                raise UserError(
                    self.env._(
                        "What was found on “%(visit)s” stays with it.",
                        visit=part.visit_id.name,
                    )
                )
        return super().write(vals)

    @api.ondelete(at_uninstall=False)
    def _unlink_except_done(self):
        self.visit_id._check_not_done()
