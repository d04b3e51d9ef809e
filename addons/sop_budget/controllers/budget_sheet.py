# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
import re

from werkzeug.exceptions import BadRequest, NotFound

from odoo import http
from odoo.http import content_disposition, request

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


class BudgetSheetController(http.Controller):
    @http.route(
        "/sop_budget/budget/<int:budget_id>/xlsx",
        type="http",
        auth="user",
        readonly=True,
    )
    def budget_xlsx(self, budget_id, categories="", **_kwargs):
        """The grid of a budget as a workbook; rights are those of the reader."""
        budget = request.env["sop.budget"].browse(budget_id).exists()
        if not budget or not budget.has_access("read"):
            raise NotFound()
        chosen = None
        if categories:
            if not re.fullmatch(r"\d{1,9}(,\d{1,9}){0,9999}", categories):
                raise BadRequest()
            ids = [int(number) for number in categories.split(",")]
            chosen = request.env["sop.budget.category"].browse(ids)
        name = re.sub(r"[^\w .-]+", "_", budget.display_name).strip() or "budget"
        return request.make_response(
            budget.get_sheet(chosen),
            headers=[
                ("Content-Type", XLSX),
                ("Content-Disposition", content_disposition(f"{name}.xlsx")),
            ],
        )
