# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from odoo import api, fields, models

CARRY_TOKEN = object()


class PurchaseOrderLine(models.Model):
    """An open order that was carried to the next budget counts there."""

    _inherit = "purchase.order.line"

    sop_carried_date = fields.Date(
        "Carried To",
        copy=False,
        readonly=True,
        help="The carry-forward of a budget moved what is still open to this day.",
    )

    def _get_sop_date_depends(self):
        return super()._get_sop_date_depends() + ["sop_carried_date"]

    def _compute_sop_date(self):
        # EXTENDS
        result = super()._compute_sop_date()
        for line in self.filtered("sop_carried_date"):
            line.sop_date = max(
                line.sop_date or line.sop_carried_date, line.sop_carried_date
            )
        return result

    def _with_carry_token(self):
        return self.with_context(sop_carry_token=CARRY_TOKEN)

    @api.model
    def _get_guarded_fields(self):
        return super()._get_guarded_fields() | {"sop_carried_date"}

    @api.model
    def _drop_derived(self, vals):
        # EXTENDS: nobody moves an order to another budget but its carry-forward
        vals = super()._drop_derived(vals)
        if self.env.context.get("sop_carry_token") is not CARRY_TOKEN:
            vals.pop("sop_carried_date", None)
        return vals
