# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from odoo import api, models


class ReportOperationTimeline(models.AbstractModel):
    """The history of operations on paper: what the reader may read of it."""

    _name = "report.sop_operations.report_operation_timeline"
    _description = "Timeline of Operations"

    @api.model
    def _get_report_values(self, docids, data=None):
        operations = self.env["sop.operation"].browse(docids)
        updates = self.env["sop.operation.update"].search(
            [("operation_id", "in", docids)]
        )
        by_operation = updates.grouped("operation_id")
        return {
            "docs": operations,
            "pages": [
                {
                    "title": operation.display_name,
                    "company": operation.company_id,
                    "days": by_operation.get(operation, updates.browse())._get_days(),
                }
                for operation in operations
            ],
        }


class ReportUpdateTimeline(models.AbstractModel):
    """The updates that somebody chose, day by day."""

    _name = "report.sop_operations.report_update_timeline"
    _description = "Timeline of Updates"

    @api.model
    def _get_report_values(self, docids, data=None):
        updates = self.env["sop.operation.update"].browse(docids)
        return {
            "docs": updates,
            "pages": [
                {
                    "title": self.env._("Timeline"),
                    "company": updates[:1].company_id,
                    "days": updates._get_days(),
                }
            ],
        }
