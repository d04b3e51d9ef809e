# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
import re

from werkzeug.exceptions import BadRequest, NotFound

from odoo import http
from odoo.http import content_disposition, request

#: So many records at most in one file.
MOST = 500


class NotesController(http.Controller):
    """Files to download; rights are those of the reader."""

    @http.route(
        "/sop_operations/updates/markdown", type="http", auth="user", readonly=True
    )
    def updates_markdown(self, update_ids="", **_kwargs):
        """Updates as a text in Markdown."""
        updates = self._find("sop.operation.update", update_ids)
        name = updates.name if len(updates) == 1 else request.env._("Updates")
        return self._answer(updates._get_markdown(), "text/markdown", f"{name}.md")

    @http.route("/sop_operations/updates/csv", type="http", auth="user", readonly=True)
    def updates_csv(self, update_ids="", **_kwargs):
        """The updates that somebody chose, as a table."""
        updates = self._find("sop.operation.update", update_ids)
        name = request.env._("Updates")
        return self._answer(updates._get_csv(), "text/csv", f"{name}.csv")

    @http.route(
        "/sop_operations/operations/timeline", type="http", auth="user", readonly=True
    )
    def operations_timeline(self, operation_ids="", **_kwargs):
        """All that was logged on operations, as a table."""
        operations = self._find("sop.operation", operation_ids)
        updates = request.env["sop.operation.update"].search(
            [("operation_id", "in", operations.ids)]
        )
        name = self._name_of(operations, request.env._("Timeline"))
        return self._answer(updates._get_csv(), "text/csv", name)

    @http.route(
        "/sop_operations/operations/history", type="http", auth="user", readonly=True
    )
    def operations_history(self, operation_ids="", **_kwargs):
        """States, health, decisions and measurements of operations, as a table."""
        operations = self._find("sop.operation", operation_ids)
        name = self._name_of(operations, request.env._("History"))
        return self._answer(operations._get_history_csv(), "text/csv", name)

    @http.route(
        "/sop_operations/workspace.json", type="http", auth="user", readonly=True
    )
    def workspace(self, **_kwargs):
        """All that the reader may read of Operations."""
        if not request.env["sop.operation"].has_access("read"):
            raise NotFound()
        dump = request.env["sop.workspace.dump"]
        companies = request.httprequest.cookies.get("cids", "").split("-")
        asked = [int(number) for number in companies if number.isdigit()]
        # What the reader has ticked, as far as it is theirs
        allowed = [id_ for id_ in asked if id_ in request.env.user.company_ids.ids]
        if allowed:
            dump = dump.with_context(allowed_company_ids=allowed)
        return self._answer(
            "".join(dump._iterate()), "application/json", "workspace.json"
        )

    def _find(self, model, numbers):
        """The records of these numbers that the reader may read, in their usual order."""
        if not re.fullmatch(r"\d{1,9}(,\d{1,9})*", numbers):
            raise BadRequest()
        asked = [int(number) for number in numbers.split(",")]
        if len(asked) > MOST:
            raise BadRequest()
        records = (
            request.env[model]
            .with_context(active_test=False)
            .search([("id", "in", asked)])
        )
        if not records:
            raise NotFound()
        return records

    def _name_of(self, operations, what):
        named = f"{what} {operations.display_name}" if len(operations) == 1 else what
        return f"{named}.csv"

    def _answer(self, text, mimetype, name):
        name = re.sub(r"[^\w .-]+", "_", name).strip() or "notes"
        return request.make_response(
            text,
            headers=[
                ("Content-Type", f"{mimetype}; charset=utf-8"),
                ("Content-Disposition", content_disposition(name)),
            ],
        )
