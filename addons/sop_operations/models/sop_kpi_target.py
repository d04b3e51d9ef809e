# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from odoo import api, fields, models
from odoo.exceptions import ValidationError

from ..engine.kpi import LIMIT


class SopKpiTarget(models.Model):
    _name = "sop.kpi.target"
    _description = "Target of a Period"
    _order = "kpi_id, date_from, id"

    kpi_id = fields.Many2one(
        "sop.kpi", "KPI", required=True, index=True, ondelete="cascade"
    )
    company_id = fields.Many2one(
        related="kpi_id.company_id", store=True, index=True, precompute=True
    )
    date_from = fields.Date("From", required=True)
    date_to = fields.Date("To", required=True)
    target = fields.Float(
        digits=False,
        required=True,
        help="What stands at the end of the period; where measurements add up, "
        "what the period alone adds, or the total so far if the targets are cumulative.",
    )

    _dates_in_order = models.Constraint(
        "CHECK(date_to >= date_from)", "A period can't end before it starts."
    )

    @api.constrains("target")
    def _check_limit(self):
        for step in self:
            # In this form it refuses what is no number, too
            if not abs(step.target) <= LIMIT:
                raise ValidationError(
                    self.env._(
                        "A target of “%(kpi)s” must be a number from −%(limit)s to "
                        "%(limit)s: measure it in a larger unit.",
                        kpi=step.kpi_id.name,
                        limit=f"{LIMIT:,.0f}",
                    )
                )

    @api.constrains("kpi_id", "date_from", "date_to")
    def _check_no_overlap(self):
        for kpi in self.kpi_id:
            last = None
            for step in kpi.target_ids.sorted("date_from"):
                if last and step.date_from <= last.date_to:
                    raise ValidationError(
                        self.env._(
                            "The periods of two targets of “%(kpi)s” overlap on %(day)s.",
                            kpi=kpi.name,
                            day=step.date_from,
                        )
                    )
                last = step

    @api.constrains("kpi_id", "date_from", "target")
    def _check_cumulative(self):
        self.kpi_id._check_cumulative_targets()

    def write(self, vals):
        result = super().write(vals)
        if "kpi_id" in vals:
            # Rules of writing look at where it comes from, not at where it went
            self.check_access("create")
            self.kpi_id.check_access("write")
        return result
