# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from odoo import api, fields, models
from odoo.exceptions import UserError


class SopOperationUpdateKpi(models.Model):
    """A measurement that was entered together with an update."""

    _name = "sop.operation.update.kpi"
    _description = "Measurement of an Update"
    _order = "id"
    _check_company_auto = True

    update_id = fields.Many2one(
        "sop.operation.update", required=True, index=True, ondelete="cascade"
    )
    company_id = fields.Many2one(
        related="update_id.company_id", store=True, index=True, precompute=True
    )
    kpi_id = fields.Many2one(
        "sop.kpi",
        "KPI",
        required=True,
        index=True,
        ondelete="cascade",
        check_company=True,
    )
    value = fields.Float("New Value", required=True, digits=False)
    note = fields.Char()

    _kpi_uniq = models.Constraint(
        "unique (update_id, kpi_id)", "An update measures a KPI once."
    )

    @api.model_create_multi
    def create(self, vals_list):
        measures = super().create(vals_list)
        for measure in measures:
            update = measure.update_id
            # What is public tells the new value itself; what is private must not be the
            # only place that does
            told = update.visibility != "private"
            # With the rights of the author: keeping a KPI is not everybody's
            kpi = measure.kpi_id.with_context(sop_told_by_update=told)
            kpi._measure(update.date, measure.value, note=measure.note)
        return measures

    def write(self, vals):  # pylint: disable=method-required-super
        raise UserError(
            self.env._(
                "A measurement stays as it was entered. Enter a new value of the KPI to "
                "correct it."
            )
        )
