# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.tools import html2plaintext

from .sop_proposal_token import PROPOSAL_TOKEN

#: From what can be asked for again, as a new version.
ENDED_STEPS = ("rejected", "withdrawn", "cancelled")


class SopProposal(models.Model):
    """The way of a proposal. Every step is checked here and written down with who and when."""

    _inherit = "sop.proposal"

    # === STEPS === #

    @api.model
    def _get_token(self):
        return PROPOSAL_TOKEN

    def _set_step(self, step, allowed, comment=None, **vals):
        """The only way to another step. The history gets from, to, who, when and why."""
        self._check_step(*allowed)
        if comment:
            for proposal in self.sudo():  # sudo: as for the step itself
                proposal._track_set_log_message(comment)
        self._write_guarded({"step": step, **vals})

    # === THE REQUESTER === #

    def action_submit(self):
        for proposal in self:
            proposal._check_step("draft", "changes")
            proposal._check_is_requester()
            proposal._check_may_propose()
            proposal._check_complete()
            proposal._fix_rates()
            proposal._set_step(
                "submitted",
                ("draft", "changes"),
                date_submitted=fields.Datetime.now(),
                decision_reason=False,
            )
            proposal._start_approval()

    def _fix_rates(self):
        """The rates of today are the ones that the decision is about."""
        # sudo: with the token, and the rate is worked out
        for line in self.line_ids.sudo().with_context(**PROPOSAL_TOKEN):
            line.write({"rate": line._get_rate(), "cut_amount": 0.0})

    def action_withdraw(self, comment=None):
        for proposal in self:
            proposal._check_step("submitted", "in_review", "changes")
            proposal._check_is_requester()
            proposal._cancel_approval()
            proposal._set_step(
                "withdrawn", ("submitted", "in_review", "changes"), comment
            )

    def action_resubmit(self):
        """A new version, to be changed and submitted; the old one stays as it is."""
        self.ensure_one()
        self._check_step(*ENDED_STEPS)
        self._check_is_requester()
        if self.next_ids:
            raise UserError(
                self.env._(
                    "“%(proposal)s” has a newer version already: %(other)s.",
                    proposal=self.display_name,
                    other=self.next_ids[0].display_name,
                )
            )
        new = self.with_context(**PROPOSAL_TOKEN).copy(
            {
                "number": self.number,
                "version": self.version + 1,
                "previous_id": self.id,
                "requester_id": self.requester_id.id,
                # Holds on where earlier approvals do; a new round begins without
                "condition": self.condition,
            }
        )
        new = new.with_env(self.env)
        new._check_may_propose()
        self._copy_papers_to(new)
        new.message_post(
            body=self.env._("New version of %(old)s.", old=self.display_name)
        )
        return new._get_open_action()

    def _copy_papers_to(self, new):
        """A later version has the attachments of the earlier one."""
        # sudo: whoever may read the proposal may read its papers
        papers = self.env["ir.attachment"].sudo()
        domain = [("res_model", "=", self._name), ("res_id", "=", self.id)]
        for attachment in papers.search(domain):
            attachment.copy({"res_id": new.id})

    # === THE DECISION === #

    def _get_approval_kind(self):
        return "proposal"

    def _get_approval_budget(self):
        return self.budget_id

    def _get_approval_requester(self):
        return self.requester_id

    def _get_approval_parts(self):
        return [(line.category_id, line.granted_amount) for line in self.line_ids]

    def _on_approval_started(self):
        vals = {}
        # Steps that need not be asked again keep what they asked for
        if not self._get_last_round().carried_from_id:
            vals["condition"] = False
        self._set_step("in_review", ("submitted", "in_review"), **vals)

    def _on_approved(self):
        """Approved is reserved: from now on the money is spoken for."""
        for proposal in self:
            proposal._check_step("submitted", "in_review")
            # sudo: whoever decides need not be allowed to write what others ask for
            for line in proposal.line_ids.sudo().with_context(**PROPOSAL_TOKEN):
                line.approved_amount = line.granted_amount
            proposal._set_step(
                "approved",
                ("submitted", "in_review"),
                date_approved=fields.Datetime.now(),
                vendor_decided=bool(proposal.partner_id),
            )

    def _on_rejected(self, reason):
        self._set_step(
            "rejected", ("submitted", "in_review"), reason, decision_reason=reason
        )

    def _on_returned(self, reason):
        self._set_step(
            "changes", ("submitted", "in_review"), reason, decision_reason=reason
        )

    # === AFTER THE DECISION === #

    def action_cancel(self, comment=None):
        """Give up all of it: nothing was ordered or billed."""
        for proposal in self:
            proposal._check_step(
                "draft", "submitted", "in_review", "changes", "approved"
            )
            proposal._check_may_give_up()
            if proposal._get_spending().progress():
                raise UserError(
                    self.env._(
                        "%(amount)s of “%(proposal)s” is ordered or billed: free the rest instead.",
                        amount=proposal.currency_id.format(proposal.amount_ordered),
                        proposal=proposal.display_name,
                    )
                )
            if proposal.step in ("submitted", "in_review", "changes"):
                proposal._cancel_approval()
            proposal._set_step("cancelled", (proposal.step,), comment)

    def action_free_rest(self, comment=None):
        """What was not ordered or billed is no longer needed."""
        for proposal in self:
            proposal._check_step("approved")
            proposal._check_may_give_up()
            # sudo: as for the steps
            lines = proposal.line_ids.sudo().filtered("reserved_amount")
            if not lines:
                raise UserError(
                    self.env._(
                        "Nothing of “%(proposal)s” is reserved any more.",
                        proposal=proposal.display_name,
                    )
                )
            amount = sum(lines.mapped("reserved_amount"))
            lines.with_context(**PROPOSAL_TOKEN).freed = True
            body = self.env._(
                "%(amount)s freed: it is available again.",
                amount=proposal.currency_id.format(amount),
            )
            text = f"{body} {comment}" if comment else body
            proposal.sudo().message_post(
                body=text, author_id=self.env.user.partner_id.id
            )
            # sudo: as for the steps
            proposal.sudo()._log_decision("freed", comment=text)

    def _check_may_give_up(self):
        for proposal in self:
            if not (self.env.su or proposal.is_requester or proposal.is_manager):
                raise AccessError(
                    self.env._(
                        "Only %(requester)s and the managers of the budget can give up "
                        "“%(proposal)s”.",
                        requester=proposal.requester_id.name,
                        proposal=proposal.display_name,
                    )
                )

    # === BEFORE THE DECISION === #

    def _check_complete(self):
        """Everything that is missing, in one message."""
        self.ensure_one()
        problems = self._get_problems()
        if problems:
            raise UserError(
                self.env._(
                    "“%(proposal)s” can't be submitted yet:\n%(problems)s",
                    proposal=self.display_name,
                    problems="\n".join(f"• {problem}" for problem in problems),
                )
            )

    def _get_problems(self):
        budget, problems = self.budget_id, []
        if budget.state != "approved":
            problems.append(
                self.env._(
                    "“%(budget)s” is not approved: its money can't be asked for.",
                    budget=budget.display_name,
                )
            )
        if not self.line_ids:
            problems.append(self.env._("Add a line with what you need."))
        problems += [
            self.env._("“%(line)s” asks for nothing: enter a price.", line=line.name)
            for line in self.line_ids
            if self.currency_id.compare_amounts(line.amount_company, 0) <= 0
        ]
        return problems + self._get_missing_reasons() + self._get_missing_papers()

    def _get_missing_reasons(self):
        wanted = self.budget_id.proposal_min_justification
        text = html2plaintext(self.justification or "").strip()
        if len(text) >= wanted:
            return []
        return [
            self.env._(
                "Say why the money is needed in at least %(wanted)s characters (there are "
                "%(count)s).",
                wanted=wanted,
                count=len(text),
            )
        ]

    def _get_missing_papers(self):
        budget, problems = self.budget_id, []
        # sudo: counted only
        count = (
            self.env["ir.attachment"]
            .sudo()
            .search_count([("res_model", "=", self._name), ("res_id", "=", self.id)])
        )
        if budget.proposal_require_attachment and not count:
            problems.append(self.env._("Attach a document, such as an offer."))
        if "capital" in self.line_ids.category_id.mapped("kind"):
            wanted = budget.proposal_quotations
            if count < wanted:
                problems.append(
                    self.env._(
                        "An investment needs %(wanted)s quotations: attach %(missing)s more.",
                        wanted=wanted,
                        missing=wanted - count,
                    )
                )
        return problems
