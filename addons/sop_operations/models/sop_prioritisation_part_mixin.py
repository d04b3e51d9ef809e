# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from odoo import api, models
from odoo.exceptions import UserError


class SopPrioritisationPart(models.AbstractModel):
    """Items and criteria: set up by facilitators, fixed once people judge."""

    _name = "sop.prioritisation.part.mixin"
    _inherit = "sop.budget.part.mixin"
    _description = "Part of a Prioritisation Exercise"

    @api.model
    def _get_free_fields(self) -> set[str]:
        """What facilitators may change at any time."""
        return {"sequence"}

    @api.model_create_multi
    def create(self, vals_list):
        for vals in vals_list:
            self._check_not_derived(vals)
        parts = super().create(vals_list)
        parts.prioritisation_id._check_draft()
        return parts

    def write(self, vals):
        self._check_not_derived(vals)
        moved = vals.get("prioritisation_id")
        if moved and any(part.prioritisation_id.id != moved for part in self):
            raise UserError(
                self.env._("This stays with its exercise: add it to the other one.")
            )
        if not self.env.su and set(vals) - self._get_free_fields():
            self.prioritisation_id._check_draft()
        return super().write(vals)

    @api.ondelete(at_uninstall=False)
    def _unlink_except_judged(self):
        self.prioritisation_id._check_draft()
