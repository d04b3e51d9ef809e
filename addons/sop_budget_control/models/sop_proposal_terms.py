# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from odoo import fields, models
from odoo.exceptions import UserError

from .sop_proposal_token import PROPOSAL_TOKEN


class SopProposal(models.Model):
    """Approving less than is requested, or on a condition."""

    _inherit = "sop.proposal"

    def action_grant(self):
        """A window for what to approve of each line."""
        self.ensure_one()
        wizard = self.env["sop.proposal.grant"].create({"proposal_id": self.id})
        return wizard._get_records_action(
            name=self.env._("Approve in Part"), target="new"
        )

    def _apply_terms(self, terms):
        # OVERRIDE
        self.ensure_one()
        amounts = terms.get("amounts") or {}
        condition = (terms.get("condition") or "").strip()
        said = [
            self._cut_line(line, amounts[line.id])
            for line in self.line_ids
            if line.id in amounts
        ]
        said = [text for text in said if text]
        if (
            self.currency_id.compare_amounts(
                sum(self.line_ids.mapped("granted_amount")), 0
            )
            <= 0
        ):
            raise UserError(
                self.env._(
                    "Nothing of “%(proposal)s” would be approved: reject it instead.",
                    proposal=self.display_name,
                )
            )
        if said:
            # A step that is not asked again has approved no more than this
            steps = (
                self.env["sop.approval"]
                .sudo()
                .search([("res_model", "=", self._name), ("res_id", "=", self.id)])
            )
            last = max(steps.mapped("round"))
            steps.filtered(lambda step: step.round == last)._set(
                {"amount_asked": self._get_approval_amount()}
            )
        if condition:
            said.append(self.env._("On condition: %(condition)s", condition=condition))
            parts = filter(None, (self.condition, condition))
            self._write_guarded({"condition": "\n".join(parts)})
        return "\n".join(said)

    def _cut_line(self, line, amount):
        """Approve so much of a line, in company currency; says what changed."""
        currency = line.company_currency_id
        amount = currency.round(amount)
        before = line.granted_amount
        if not 0 <= amount or currency.compare_amounts(amount, before) > 0:
            raise UserError(
                self.env._(
                    "“%(line)s”: approve between 0 and %(amount)s, which is what is asked for "
                    "and what the approvers before you left of it.",
                    line=line.name,
                    amount=currency.format(before),
                )
            )
        if currency.compare_amounts(amount, before) == 0:
            return False
        # sudo: whoever decides need not be allowed to write what others ask for
        line.sudo().with_context(**PROPOSAL_TOKEN).cut_amount = (
            line.amount_company - amount
        )
        return self.env._(
            "“%(line)s”: %(amount)s instead of %(before)s",
            line=line.name,
            amount=currency.format(amount),
            before=currency.format(before),
        )

    def _get_wanted_fields(self):
        # OVERRIDE
        return {
            "reason": "justification",
            "vendor": "partner_id",
            "date": "date_expected",
            "tags": "tag_ids",
        }

    def _describe_approval_parts(self):
        # EXTENDS: what approvers have cut is no secret to the next ones
        parts = []
        for line in self.line_ids:
            label = line.category_id.display_name
            if line.cut_amount:
                label = self.env._(
                    "%(category)s (requested: %(amount)s)",
                    category=label,
                    amount=line.company_currency_id.format(line.amount_company),
                )
            parts.append((label, line.granted_amount))
        return parts

    def _get_sop_conditions(self):
        """On what the proposals were approved, one paragraph each."""
        # sudo: whoever orders or pays has to keep to it
        return "\n".join(
            f"{proposal.number}: {proposal.condition}"
            for proposal in self.sudo()
            if proposal.condition and proposal.step == "approved"
        )


class PurchaseOrder(models.Model):
    _inherit = "purchase.order"

    sop_condition = fields.Text(
        "Approved on Condition", compute="_compute_sop_condition"
    )

    def _compute_sop_condition(self):
        for order in self:
            # sudo: see _get_sop_conditions
            lines = order.sudo().order_line.sop_proposal_line_id
            order.sop_condition = lines.proposal_id._get_sop_conditions()


class AccountMove(models.Model):
    _inherit = "account.move"

    sop_condition = fields.Text(
        "Approved on Condition", compute="_compute_sop_condition"
    )

    def _compute_sop_condition(self):
        for move in self:
            # sudo: see _get_sop_conditions
            items = move.sudo().line_ids
            lines = (
                items.sop_proposal_line_id | items.purchase_line_id.sop_proposal_line_id
            )
            move.sop_condition = lines.proposal_id._get_sop_conditions()
