# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from odoo import api, models


class SopGuardedMixin(models.AbstractModel):
    """Fields that no default from outside fills in.

    Guards look at the values of ``create``. A default takes the place of a value that is not
    there: it comes with the context of any call (``default_<field>``) or from what a user has
    stored for themselves (``ir.default``), and would get round every guard.
    """

    _name = "sop.guarded.mixin"
    _description = "Fields without Defaults from Outside"

    @api.model
    def _get_guarded_fields(self) -> set[str]:
        """Names of the fields. To be extended by super()."""
        return set()

    @api.model
    def default_get(self, fields):
        # OVERRIDE: of guarded fields only the default of the model counts
        guarded = self._get_guarded_fields()
        defaults = super().default_get([n for n in fields if n not in guarded])
        for name in guarded.intersection(fields):
            field = self._fields[name]
            if field.default:
                value = field.convert_to_cache(
                    field.default(self), self, validate=False
                )
                defaults[name] = field.convert_to_write(value, self)
        return defaults

    @api.model
    def _state_defaults(self, vals_list, *names):
        """The values with the defaults of these fields among them, so that guards see them."""
        defaults = self.default_get(names)
        return [{**defaults, **vals} for vals in vals_list]


class SopSystemMixin(models.AbstractModel):
    """Records that the system alone writes, such as a trail: none of their fields has one."""

    _name = "sop.system.mixin"
    _inherit = "sop.guarded.mixin"
    _description = "Written by the System"

    @api.model
    def _get_guarded_fields(self):
        return super()._get_guarded_fields() | set(self._fields)
