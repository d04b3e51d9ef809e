# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
import re

from werkzeug.exceptions import BadRequest, NotFound

from odoo import http
from odoo.http import content_disposition, request

#: So many updates at most in one file.
MOST = 500


class NotesController(http.Controller):
    @http.route(
        "/sop_operations/updates/markdown", type="http", auth="user", readonly=True
    )
    def updates_markdown(self, update_ids="", **_kwargs):
        """Updates as a text in Markdown; rights are those of the reader."""
        if not re.fullmatch(r"\d{1,9}(,\d{1,9})*", update_ids):
            raise BadRequest()
        asked = [int(number) for number in update_ids.split(",")]
        if len(asked) > MOST:
            raise BadRequest()
        updates = request.env["sop.operation.update"].search([("id", "in", asked)])
        if not updates:
            raise NotFound()
        name = updates.name if len(updates) == 1 else request.env._("Updates")
        name = re.sub(r"[^\w .-]+", "_", name).strip() or "notes"
        return request.make_response(
            updates._get_markdown(),
            headers=[
                ("Content-Type", "text/markdown; charset=utf-8"),
                ("Content-Disposition", content_disposition(f"{name}.md")),
            ],
        )
