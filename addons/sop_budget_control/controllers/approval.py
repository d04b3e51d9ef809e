# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from odoo.exceptions import UserError
from odoo.http import Controller, request, route

DECISIONS = {"approve": "approved", "reject": "rejected", "return": "returned"}


class SopApprovalLink(Controller):
    """The link of a mail: to open it shows, only the form behind its buttons decides.

    The token says who decides on what; nobody has to log in.
    """

    @route(
        "/sop/approval/<string:token>",
        type="http",
        auth="public",
        methods=["GET"],
        sitemap=False,
    )
    def show(self, token, **_kwargs):
        approval, user, problem = self._open(token)
        if problem:
            return self._answer(problem=problem)
        return self._answer(approval=approval, user=user)

    @route(
        "/sop/approval/<string:token>/decide",
        type="http",
        auth="public",
        methods=["POST"],
        sitemap=False,
    )
    def decide(self, token, decision=None, comment=None, **_kwargs):
        approval, user, problem = self._open(token)
        if problem:
            return self._answer(problem=problem)
        seated = approval._find_seats(user) or approval._has_taken_part(user)
        # Why somebody without a seat can't decide would name the document
        if not seated or decision not in DECISIONS:
            return self._answer(approval=approval, user=user)
        try:
            # With the rights of the person of the token: whether they may is asked there
            own = approval.with_user(user)
            with request.env.cr.savepoint():
                own._get_existing_document()._decide(
                    DECISIONS[decision], comment, channel="mail", approval=own
                )
                request.env.flush_all()
        except UserError as error:
            return self._answer(
                approval=approval, user=user, error=str(error), comment=comment
            )
        return self._answer(approval=approval, user=user, done=DECISIONS[decision])

    def _open(self, token):
        """The step, the person, and what is wrong with the link if anything is."""
        approval, user = request.env["sop.approval"]._read_token(token)
        if not approval:
            return approval, user, "invalid"
        visitor = request.env.user
        # The page speaks the language of the person of the link
        lang = user.lang or request.env.lang
        request.update_env(context={**request.env.context, "lang": lang})
        approval = request.env["sop.approval"].sudo().browse(approval.id)
        user = request.env["res.users"].sudo().browse(user.id)
        if not visitor._is_public() and visitor != user:
            return approval, user, "foreign"
        if not approval._get_document():
            return approval, user, "invalid"
        return approval, user, None

    def _answer(self, approval=None, user=None, problem=None, done=None, **values):
        waits, summary, entry = False, False, False
        if approval and user:
            waits = not done and bool(approval._find_seats(user))
            # What is asked for is shown to who decides, and to nobody who lost the seat
            summary = (waits or done) and approval._render_summary(user)
            entry = approval._has_taken_part(user) and approval._get_last_decision()
        response = request.render(
            "sop_budget_control.approval_page",
            {
                "approval": approval,
                "reader": user,
                "problem": problem,
                "waits": waits,
                "done": done,
                "summary": summary,
                "entry": entry,
                "action": request.httprequest.path.removesuffix("/decide") + "/decide",
                **values,
            },
            status=404 if problem == "invalid" else 403 if problem else 200,
        )
        # The address decides: no other site may learn it, no store may keep the page
        response.headers["Referrer-Policy"] = "no-referrer"
        response.headers["Cache-Control"] = "no-store"
        response.headers["X-Robots-Tag"] = "noindex"
        return response
