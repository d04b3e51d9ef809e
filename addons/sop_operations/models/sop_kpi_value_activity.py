# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from odoo import api, fields, models


class SopKpiValue(models.Model):
    _inherit = "sop.kpi.value"

    @api.model_create_multi
    def create(self, vals_list):
        values = super().create(vals_list)
        if not self.env.context.get("sop_told_by_update"):
            values._log_typed_in()
        return values

    def _log_typed_in(self):
        """Figures that people enter are news; those that the system reads are not."""
        for value in self.filtered(lambda v: v.origin == "manual"):
            self.env["sop.operation.update"]._log_automatic(
                value.operation_id,
                "kpi",
                value._describe_change(),
                date=value.date,
                kpi_ids=[fields.Command.link(value.kpi_id.id)],
            )

    def _describe_change(self):
        """“Signups: 40 → 55”."""
        self.ensure_one()
        kpi = self.kpi_id
        new = kpi._format_value(self.value)
        if not self.has_old_value:
            return self.env._("%(kpi)s: %(new)s", kpi=kpi.name, new=new)
        return self.env._(
            "%(kpi)s: %(old)s → %(new)s",
            kpi=kpi.name,
            old=kpi._format_value(self.old_value),
            new=new,
        )
