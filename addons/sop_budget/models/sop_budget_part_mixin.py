# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from odoo import api, models
from odoo.exceptions import UserError


class SopBudgetPartMixin(models.AbstractModel):
    """What belongs to one budget for good, and shows figures that nobody types."""

    _name = "sop.budget.part.mixin"
    _inherit = "sop.guarded.mixin"
    _description = "Part of a Budget"

    @api.model
    def _get_system_fields(self) -> set[str]:
        """Names of stored fields that the system alone writes. To be extended by super()."""
        return set()

    @api.model
    def _get_guarded_fields(self):
        # EXTENDS: nobody types what a screen shows as fixed
        fixed = {name for name, field in self._fields.items() if field.readonly}
        return super()._get_guarded_fields() | self._get_system_fields() | fixed

    @api.model
    def _check_not_derived(self, vals):
        """Refuse what is worked out: the ORM's ``readonly`` binds screens, not RPC."""
        kept = set() if self.env.su else self._get_system_fields()
        for name in vals:
            field = self._fields.get(name)
            if name in kept:
                raise UserError(
                    self.env._(
                        "“%(field)s” is kept by the system and can't be written.",
                        field=field.string,
                    )
                )
            if field and field.compute and field.readonly:
                raise UserError(
                    self.env._(
                        "“%(field)s” is worked out from other fields and can't be written.",
                        field=field.string,
                    )
                )

    def _check_same_budget(self, vals):
        """Refuse to carry parts over to another budget, whose guards nobody asked."""
        target = self.env["sop.budget"].browse(vals.get("budget_id") or [])
        if vals.get("category_id"):
            target |= (
                self.env["sop.budget.category"].browse(vals["category_id"]).budget_id
            )
        if self and target and target != self.budget_id:
            raise UserError(
                self.env._(
                    "This belongs to its budget and can't be moved to another budget."
                )
            )


class SopWizardMixin(models.AbstractModel):
    """A wizard shows and uses only what the one who opened it may read."""

    _name = "sop.wizard.mixin"
    _description = "Wizard on Budgets"

    @api.model_create_multi
    def create(self, vals_list):
        wizards = super().create(vals_list)
        wizards._check_readable()
        return wizards

    def write(self, vals):
        result = super().write(vals)
        self._check_readable()
        return result

    def _check_readable(self):
        """A many2one shows its name to everybody who may read the record that holds it."""
        wizards = self.with_user(self.env.user)
        for name, field in self._fields.items():
            if (
                field.type == "many2one"
                and field.store
                and field.comodel_name.startswith("sop.")
            ):
                wizards[name].check_access("read")
