# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
import re

from werkzeug.exceptions import NotFound

from odoo import http
from odoo.http import content_disposition, request

from odoo.addons.sop_budget.controllers.budget_report import XLSX

from ..report.version_changes_xlsx import VersionChangesXlsx


class VersionController(http.Controller):
    @http.route(
        "/sop_budget_control/compare/<int:compare_id>/xlsx",
        type="http",
        auth="user",
        readonly=True,
    )
    def compare_xlsx(self, compare_id, **_kwargs):
        """A comparison of two versions as a workbook; everybody their own."""
        compare = request.env["sop.budget.version.compare"].browse(compare_id).exists()
        if not compare or not compare.has_access("read"):
            raise NotFound()
        name = re.sub(r"[^\w .-]+", "_", compare.title).strip() or "versions"
        return request.make_response(
            VersionChangesXlsx(compare).render(),
            headers=[
                ("Content-Type", XLSX),
                ("Content-Disposition", content_disposition(f"{name}.xlsx")),
            ],
        )
