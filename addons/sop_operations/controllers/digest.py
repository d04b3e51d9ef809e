# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from werkzeug.exceptions import NotFound

from odoo import http
from odoo.http import request
from odoo.tools import consteq

from ..models.sop_operation_digest import KINDS

PAGE = "/sop_operations/digest/<string:kind>/<int:user_id>/unsubscribe"


class DigestController(http.Controller):
    """Out of a digest by a link of its mail, which whoever has the mail may use."""

    # Programs that read mails open links: only a POST changes anything
    @http.route(PAGE, type="http", auth="public", methods=["GET", "POST"])
    def unsubscribe(self, kind, user_id, token="", **_kwargs):
        user = self._find_user(kind, user_id, token)
        done = request.httprequest.method == "POST"
        if done:
            user[f"sop_digest_{kind}"] = False
        return request.render(
            "sop_operations.digest_unsubscribe_page",
            {"kind": kind, "done": done, "token": token},
        )

    # csrf: mail programs post it, from no session (RFC 8058); the token is the proof
    @http.route(
        f"{PAGE}_oneclick", type="http", auth="public", methods=["POST"], csrf=False
    )
    def unsubscribe_oneclick(self, kind, user_id, token="", **_kwargs):
        self._find_user(kind, user_id, token)[f"sop_digest_{kind}"] = False
        return request.make_response("")

    def _find_user(self, kind, user_id, token):
        # sudo: the token was sent to this user alone and opens nothing but the choice
        user = request.env["res.users"].sudo().browse(user_id).exists()
        if (
            kind not in KINDS
            or not user
            or not consteq(user._get_digest_token(kind), token)
        ):
            raise NotFound()
        return user
