# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
import json
import re

from werkzeug.exceptions import BadRequest

from odoo import http
from odoo.http import content_disposition, request

from ..report.budget_report_xlsx import render_report_xlsx

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


class BudgetReportController(http.Controller):
    @http.route("/sop_budget/report/xlsx", type="http", auth="user", readonly=True)
    def report_xlsx(self, options="{}", **_kwargs):
        """The plan-against-actual report as a workbook; rights are those of the reader."""
        try:
            options = json.loads(options)
        except ValueError as error:
            raise BadRequest() from error
        if not isinstance(options, dict):
            raise BadRequest()
        report = request.env["sop.budget"].get_report(options)
        if not report["budget"]:
            raise BadRequest()
        name = (
            re.sub(r"[^\w .-]+", "_", report["budget"]["display_name"]).strip()
            or "budget"
        )
        return request.make_response(
            render_report_xlsx(request.env, report),
            headers=[
                ("Content-Type", XLSX),
                ("Content-Disposition", content_disposition(f"{name}.xlsx")),
            ],
        )
