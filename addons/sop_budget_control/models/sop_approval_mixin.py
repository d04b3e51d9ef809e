# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.fields import Command, Domain
from odoo.tools import SQL

from ..engine import approval as engine
from .sop_approval import OPEN_STATES

DOCUMENT_STATES = [
    ("none", "Not submitted"),
    ("in_review", "In review"),
    ("approved", "Approved"),
    ("rejected", "Rejected"),
    ("returned", "Changes requested"),
    ("cancelled", "Cancelled"),
]


class SopApprovalMixin(models.AbstractModel):
    """A document that has to be approved.

    A model that takes it in also inherits ``mail.thread`` and ``mail.activity.mixin``, says what
    it is through the ``_get_approval_*`` methods, and follows through the ``_on_*`` methods.
    Those are called as superuser with the deciding user as ``env.user``.
    """

    _name = "sop.approval.mixin"
    _description = "Document to Approve"

    approval_ids = fields.One2many(
        "sop.approval", "res_id", string="Approvals", copy=False, readonly=True
    )
    decision_ids = fields.One2many(
        "sop.approval.decision", "res_id", string="Trail", copy=False, readonly=True
    )
    approval_state = fields.Selection(
        DOCUMENT_STATES, compute="_compute_approval", string="Approval"
    )
    my_approval_id = fields.Many2one(
        "sop.approval", compute="_compute_approval", string="My Step"
    )
    can_decide = fields.Boolean(
        "Waiting for Me", compute="_compute_approval", search="_search_can_decide"
    )
    current_approver_ids = fields.Many2many(
        "res.users",
        compute="_compute_approval",
        search="_search_current_approver_ids",
        string="Waiting for",
    )
    approval_due = fields.Date(compute="_compute_approval", string="Decision Due")

    # === TO BE SAID BY THE DOCUMENT === #

    def _get_approval_kind(self):
        """One of the kinds of ``sop.approval.rule``."""
        raise NotImplementedError

    def _get_approval_budget(self):
        raise NotImplementedError

    def _get_approval_requester(self):
        """The user who asks, and therefore never decides."""
        raise NotImplementedError

    def _get_approval_parts(self):
        """``[(category or empty record, amount in company currency)]``"""
        raise NotImplementedError

    def _get_approval_sides(self):
        """``[(budget, parts)]``: each needs the approval that its own rule asks for.

        Most documents have one side; what moves money gives on one and receives on the other.
        """
        return [(self._get_approval_budget(), self._get_approval_parts())]

    def _describe_approval_parts(self):
        """``[(label, amount)]``: what the approver reads, part by part."""
        return [
            (category.display_name, amount)
            for category, amount in self._get_approval_parts()
            if category
        ]

    def _get_approval_amount(self):
        """What the amount bands of the rules look at: the amount of the whole document."""
        return sum(amount for _category, amount in self._get_approval_parts())

    def _get_approval_version(self):
        return self.version if "version" in self._fields else 1

    def _get_approval_previous(self):
        """The document that this one is a new version of; its trail goes on here."""
        return self.previous_id if "previous_id" in self._fields else self.browse()

    def _is_approval_urgent(self):
        return bool(self.urgent) if "urgent" in self._fields else False

    def _on_approval_started(self):
        """The document is under review now."""

    def _on_approved(self):
        """All steps are passed."""

    def _on_rejected(self, reason):
        """Somebody refused it for good."""

    def _on_returned(self, reason):
        """Somebody wants it changed before it is decided."""

    # === COMPUTE === #

    @api.depends_context("uid")
    @api.depends("approval_ids.state", "approval_ids.open_ids")
    def _compute_approval(self):
        # sudo: whose turn it is may be known by all who read the document
        rows = (
            self.env["sop.approval"]
            .sudo()
            .search(
                [("res_model", "=", self._name), ("res_id", "in", self.ids)],
                order="round, level, id",
            )
        )
        steps = rows.grouped("res_id")
        seats = rows.filtered(lambda a: a.state == "asked")._find_seats(self.env.user)
        for document in self:
            mine = steps.get(document.id, rows.browse())
            last = mine.filtered(lambda a, m=mine: a.round == m[-1].round)
            asked = last.filtered(lambda a: a.state == "asked")
            decidable = asked.filtered(lambda a: a.id in seats)[:1]
            document.approval_state = self._get_state_of(last)
            document.my_approval_id = decidable.sudo(False)
            document.can_decide = bool(decidable)
            document.current_approver_ids = asked.open_ids.sudo(False)
            document.approval_due = min(
                filter(None, asked.mapped("date_due")), default=False
            )

    @api.model
    def _get_state_of(self, approvals):
        states = set(approvals.mapped("state"))
        if not states:
            return "none"
        if states & set(OPEN_STATES):
            return "in_review"
        for state in ("rejected", "returned", "cancelled"):
            if state in states:
                return state
        return "approved"

    def _search_can_decide(self, operator, value):
        if operator != "in":
            return NotImplemented
        return self._search_by_approvals([("can_decide", "=", True)])

    def _search_current_approver_ids(self, operator, value):
        if operator != "in":
            return NotImplemented
        return self._search_by_approvals(
            [("state", "=", "asked"), ("open_ids", "in", list(value))]
        )

    def _search_by_approvals(self, domain):
        # sudo: it selects documents only, whose own rules hold
        approvals = self.env["sop.approval"].sudo()
        query = approvals._search(Domain("res_model", "=", self._name) & Domain(domain))
        return Domain("id", "in", query.subselect(SQL("sop_approval.res_id")))

    # === DECIDE === #

    def action_approve(self, comment=None):
        """Approve the step that waits for the user in each of these documents."""
        self._decide("approved", comment)
        return True

    def action_reject(self, reason=None):
        """Reject for good; without a reason a window asks for it."""
        if not reason:
            return self.env["sop.approval.decide"]._open(self, "rejected")
        self._decide("rejected", reason)
        return True

    def action_return(self, reason=None):
        """Ask for changes; without a reason a window asks for it."""
        if not reason:
            return self.env["sop.approval.decide"]._open(self, "returned")
        self._decide("returned", reason)
        return True

    def _decide(
        self, decision, comment=None, channel="form", approval=None, terms=None
    ):
        """Take the seat of the current user, or of whom they stand in for.

        :param approval: the very step that is meant; without it the first one that waits
        :param terms: how the document is changed by an approval, see ``_apply_terms``
        """
        comment = (comment or "").strip()
        if decision != "approved" and not comment:
            raise UserError(
                self.env._("Say why: the requester has to know what to change.")
            )
        for document in self:
            document._decide_one(decision, comment, channel, approval, terms)

    def _apply_terms(self, terms):
        """Approve less, or on a condition: change the document and say how.

        Only documents that can be approved in part answer.
        """
        raise UserError(self.env._("This can only be approved as it is."))

    def _decide_one(self, decision, comment, channel, meant=None, terms=None):
        user = self.env.user
        self._check_may_know(user)
        # sudo: whoever is asked may decide, whatever rights they have on the document
        document = self.sudo()
        approvals = self.env["sop.approval"]._lock_open(document)
        seats = approvals._find_seats(user)
        mine = approvals if meant is None else approvals & meant.sudo()
        step = mine.filtered(lambda a: a.id in seats)[:1]
        if not step:
            raise UserError(document._explain_refusal(approvals, user))
        if decision == "approved":
            document._check_wanted(step)
        seat = seats[step.id]
        step._set({"vote_count": step.vote_count + (decision == "approved")})
        document._log_decision(
            decision,
            comment=comment,
            channel=channel,
            approval=step,
            terms=document._apply_terms(terms) if terms else False,
            on_behalf_of_id=seat if seat != user.id else False,
        )
        if decision == "approved":
            document._advance(approvals)
        else:
            document._stop_approval(approvals, step, decision, comment)

    def _advance(self, approvals):
        """Ask whoever comes next, or finish."""
        everything = approvals | self.env["sop.approval"].sudo().search(
            [
                ("res_model", "=", self._name),
                ("res_id", "=", self.id),
                ("round", "=", approvals[0].round),
            ]
        )
        everything = everything.sorted(lambda a: (a.level, a.id))
        before = [approval._to_step() for approval in everything]
        after = engine.settle(
            before,
            everything._get_votes(),
            self._get_approval_requester().id,
            all(everything.mapped("same_person_twice")),
        )
        told = {}
        for approval, old, new in zip(everything, before, after, strict=True):
            if old == new:
                continue
            known = approval.open_ids
            approval._apply_step(new)
            if new.state == "asked":
                told[approval] = approval.open_ids - known
            if new.state == "skipped":
                self._log_decision(
                    "auto",
                    comment=self.env._(
                        "Skipped: everybody who could be asked has approved another step."
                    ),
                    approval=approval,
                    channel="system",
                )
        self._forget_people(everything)
        for approval, users in told.items():
            approval._ask(users)
        if engine.is_passed(after):
            self._finish_approval()

    def _finish_approval(self):
        self._on_approved()
        self._tell_outcome("approved")

    def _stop_approval(self, approvals, step, decision, reason):
        now = fields.Datetime.now()
        closed = {"open_ids": [Command.clear()], "date_decided": now}
        step._set({"state": decision, **closed})
        (approvals - step)._set({"state": "cancelled", **closed})
        self._forget_people(approvals)
        if decision == "rejected":
            self._on_rejected(reason)
        else:
            self._on_returned(reason)
        self._tell_outcome(decision, reason)

    def _cancel_approval(self, reason=None):
        """The requester takes the document back: nobody is asked any more."""
        for document in self.sudo():
            approvals = self.env["sop.approval"]._lock_open(document)
            if not approvals:
                continue
            approvals._set({"state": "cancelled", "open_ids": [Command.clear()]})
            document._log_decision("withdrawn", comment=reason)
            document._forget_people(approvals)

    # === TRAIL === #

    def _log_decision(
        self, decision, comment=None, channel="form", approval=None, **vals
    ):
        self.ensure_one()
        budget = self._get_approval_budget()
        current = approval or self._get_last_round()[:1]
        number = current.round if approval else self._get_next_round(decision)
        user = self.env.user
        if channel == "system":
            user = self.env.ref("base.user_root")
        return self.env["sop.approval.decision"]._log(
            {
                "approval_id": approval.id if approval else False,
                "res_model": self._name,
                "res_id": self.id,
                "document_name": self.display_name,
                "company_id": budget.company_id.id,
                "budget_id": budget.id,
                "round": number,
                "version": self._get_approval_version(),
                "level": approval.level if approval else 0,
                "step_name": approval.name if approval else False,
                "user_id": user.id,
                "decision": decision,
                "comment": comment or False,
                "channel": channel,
                **vals,
            }
        )

    def _get_next_round(self, decision):
        """The round that an entry about the whole document belongs to."""
        last = self._get_last_round()[:1].round or 0
        return last + 1 if decision in ("submitted", "auto") else max(last, 1)

    def _check_may_know(self, user):
        """Strangers get to know nothing, and keep nobody waiting."""
        document = self.sudo(False)
        if document.exists() and (
            document.has_access("read") or document._takes_part(user)
        ):
            return
        raise AccessError(
            self.env._(
                "This does not wait for you: ask whoever sent you here for the right to see it."
            )
        )

    def _takes_part(self, user):
        """Whether the user is or was asked to decide on this, or stands in for who is."""
        # sudo: asked for users who may not read the document
        steps = (
            self.env["sop.approval"]
            .sudo()
            .search([("res_model", "=", self._name), ("res_id", "=", self.id)])
        )
        kept = {}
        return (
            bool(steps._find_seats(user))
            or any(step._has_taken_part(user) for step in steps)
            or any(
                user in step.approver_ids and step._keeps_seat(user, kept)
                for step in steps
            )
        )

    def _explain_refusal(self, approvals, user):
        """Why this user can't decide now, and who can."""
        name = self.display_name
        if not approvals:
            last = self.env["sop.approval.decision"].search(
                [
                    ("res_model", "=", self._name),
                    ("res_id", "=", self.id),
                    ("decision", "!=", "moved"),
                ],
                limit=1,
            )
            return self.env._(
                "“%(document)s” waits for no decision any more. Last entry: %(entry)s.",
                document=name,
                entry=last.display_name or self.env._("never submitted"),
            )
        if user == self._get_approval_requester():
            return self.env._(
                "You ask for “%(document)s” yourself: somebody else has to decide.",
                document=name,
            )
        asked = approvals.filtered(lambda a: a.state == "asked")
        people = ", ".join(asked.open_ids.mapped("name"))
        if any(user.id in vote.persons for vote in self._get_round_votes(approvals)):
            return self.env._(
                "You have decided a step of “%(document)s” already; now it waits for "
                "%(people)s.",
                document=name,
                people=people,
            )
        return self.env._(
            "“%(document)s” does not wait for you but for %(people)s.",
            document=name,
            people=people,
        )

    def _get_round_votes(self, approvals):
        return (
            self.env["sop.approval"]
            .sudo()
            .search(
                [
                    ("res_model", "=", self._name),
                    ("res_id", "=", self.id),
                    ("round", "=", approvals[0].round),
                ]
            )
            ._get_votes()
        )
