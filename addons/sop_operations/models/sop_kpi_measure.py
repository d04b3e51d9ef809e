# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from odoo import api, fields, models
from odoo.exceptions import AccessError

from .sop_kpi import PLANNER


class SopKpi(models.Model):
    """How a KPI is measured, and by whom."""

    _inherit = "sop.kpi"

    can_measure = fields.Boolean(compute="_compute_can_measure")

    @api.depends_context("uid")
    @api.depends("user_id", "operation_id.user_id")
    def _compute_can_measure(self):
        for kpi in self:
            kpi.can_measure = kpi._may_measure()

    def _may_measure(self):
        """Who keeps the KPI, who is in charge of its operation, and planners."""
        self.ensure_one()
        user = self.env.user
        return (
            self.env.su
            or user.has_group(PLANNER)
            or user in (self.user_id, self.operation_id.user_id)
        )

    def _check_may_measure(self):
        self.check_access("read")
        for kpi in self:
            if not kpi._may_measure():
                raise AccessError(
                    self.env._(
                        "Only who keeps “%(kpi)s”, who is in charge of its operation and "
                        "planners may measure it.",
                        kpi=kpi.name,
                    )
                )

    def _measure(
        self, date, value, note=None, evidence_url=None, attachments=None, replaces=None
    ):
        """Add a measurement, as the present user.

        One that counts for the same day is replaced and kept, and so is ``replaces``.

        :param attachments: files that the user has uploaded and not used elsewhere
        """
        self.ensure_one()
        vals = {"kpi_id": self.id, "date": date, "value": value}
        if note:
            vals["note"] = note
        if evidence_url:
            vals["evidence_url"] = evidence_url
        if attachments:
            vals["attachment_ids"] = [fields.Command.set(attachments.ids)]
        if replaces:
            vals["replaces_id"] = replaces.id
        return self.env["sop.kpi.value"].create([vals])
