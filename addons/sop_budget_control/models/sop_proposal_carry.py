# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""Proposals at the end of a period: what is still reserved goes along with its money."""

from collections import defaultdict

from odoo import fields, models
from odoo.exceptions import UserError
from odoo.fields import Command

from odoo.addons.sop_budget.engine.money import from_units, to_units

from .sop_proposal_token import PROPOSAL_TOKEN

PENDING_STEPS = ("submitted", "in_review")


class SopBudgetTransfer(models.Model):
    _inherit = "sop.budget.transfer"

    pending_proposal_ids = fields.Many2many(
        "sop.proposal",
        string="Proposals to Return",
        readonly=True,
        copy=False,
        help="Of a carry-forward: what is not decided yet goes back to who asked for it.",
    )

    def _get_carried_units(self):
        # EXTENDS: what is reserved leaves with its money, as open orders do
        result = super()._get_carried_units()
        for claim in self.line_ids.claim_id:
            result[claim.category_id.id] += self._to_units(claim.reserved_amount)
        return result

    def _to_units(self, amount):
        return to_units(amount, self.currency_id.decimal_places)

    def _check_still_reserved(self):
        """What was ordered, freed or carried since must not take its money along."""
        self.line_ids.claim_id._check_carried()
        taken = defaultdict(int)
        for line in self.line_ids.filtered("claim_id"):
            taken[line.claim_id] += line._get_move().units
        for claim, units in taken.items():
            left = self._to_units(claim.reserved_amount)
            if left < units or claim.budget_id != self.budget_id:
                digits = self.currency_id.decimal_places
                raise UserError(
                    self.env._(
                        "%(transfer)s: of %(proposal)s only %(left)s are still reserved in "
                        "“%(budget)s”. Make the carry-forward again.",
                        transfer=self.number,
                        proposal=claim.proposal_id.number,
                        left=self.currency_id.format(from_units(left, digits)),
                        budget=self.budget_id.name,
                    )
                )

    def _carry_claims(self):
        """Reservations go where their money went; what is pending is returned, where asked."""
        place_of = {line.claim_id: line.category_to_id for line in self.line_ids}
        for proposal in self.line_ids.claim_id.proposal_id:
            claims = proposal.line_ids.filtered(place_of.get)
            proposal._carry_to(self, {claim: place_of[claim] for claim in claims})
        pending = self.pending_proposal_ids
        for proposal in pending.filtered(lambda p: p.step in PENDING_STEPS):
            proposal._return_at_end(self)


class SopProposal(models.Model):
    _inherit = "sop.proposal"

    def _carry_to(self, transfer, places):
        """A new version in the next budget, approved as this one was, for what is left of it.

        Drafts of orders and bills go along. What was ordered or billed stays here.

        :param places: ``{line: category of the next budget}``
        """
        self.ensure_one()
        target = transfer.target_budget_id
        # sudo: whoever decides on the transfer need not be allowed to write proposals
        old = self.sudo().with_context(**PROPOSAL_TOKEN)
        new = old.copy(
            {
                "number": self.number,
                "version": old._get_next_version(),
                "previous_id": self.id,
                "requester_id": self.requester_id.id,
                "budget_id": target.id,
                "condition": self.condition,
                "line_ids": [
                    Command.create(claim._prepare_carried_vals(target, category))
                    for claim, category in places.items()
                ],
            }
        )
        for claim, line in zip(places, new.line_ids, strict=True):
            line.write({"approved_amount": claim.reserved_amount, "rate": claim.rate})
            claim._hand_drafts_to(line, target.date_from)
        amount = sum(claim.reserved_amount for claim in places)
        new.write(
            {
                "step": "approved",
                "date_submitted": self.date_submitted,
                "date_approved": self.date_approved,
                "vendor_decided": self.vendor_decided,
            }
        )
        old.line_ids.filtered(lambda line: line in places).freed = True
        self._tell_carried(new, transfer, amount)
        return new

    def _get_next_version(self):
        """After all that there are of this number, this one need not be the last."""
        self.ensure_one()
        domain = [("company_id", "=", self.company_id.id), ("number", "=", self.number)]
        return max(self.search(domain).mapped("version")) + 1

    def _tell_carried(self, new, transfer, amount):
        words = {
            "amount": self.currency_id.format(amount),
            "budget": transfer.target_budget_id.name,
            "transfer": transfer.number,
        }
        # sudo: as for the proposal
        self.sudo().message_post(
            body=self.env._(
                "%(amount)s that were still reserved are carried to “%(budget)s” by "
                "%(transfer)s, as %(proposal)s.",
                proposal=new.display_name,
                **words,
            )
        )
        new.with_env(self.env).sudo()._log_decision(
            "auto",
            channel="system",
            comment=self.env._(
                "Approved as %(proposal)s; %(amount)s carried to “%(budget)s” by %(transfer)s.",
                proposal=self.display_name,
                **words,
            ),
        )
        self._copy_papers_to(new)

    def _return_at_end(self, transfer):
        """Not decided when its period ended: who asks may ask from the next budget."""
        reason = self.env._(
            "“%(budget)s” has ended and its money was carried to “%(target)s”: choose that "
            "budget and its categories, and submit again.",
            budget=transfer.budget_id.name,
            target=transfer.target_budget_id.name,
        )
        self._cancel_approval(reason)
        self._on_returned(reason)
        self._tell_outcome("returned", reason)


class SopProposalLine(models.Model):
    _inherit = "sop.proposal.line"

    def _prepare_carried_vals(self, target, category):
        """A line for what is left of this one: of its quantity as long as all of it is left."""
        self.ensure_one()
        quantity, price = self._split_amount(self.reserved_amount)
        return {
            "sequence": self.sequence,
            "name": self.name,
            "product_id": self.product_id.id,
            "category_id": category.id,
            "month": target.date_from.replace(day=1),
            "quantity": quantity,
            "price_unit": price,
            "currency_id": self.currency_id.id,
        }

    def _check_carried(self):
        """Refuse what can't go along to the next budget.

        An add-on whose documents hold a part until they are booked refuses those.
        """

    def _hand_drafts_to(self, line, day):
        """What is in preparation will spend the carried line, in the new period."""
        self.ensure_one()
        # sudo: the drafts of every buyer
        drafts = self.sudo().order_line_ids.filtered(lambda o: o.sop_stage == "draft")
        drafts = drafts._with_carry_token().with_context(**PROPOSAL_TOKEN)
        drafts.write({"sop_proposal_line_id": line.id, "sop_carried_date": day})
        bills = self.sudo().move_line_ids.filtered(lambda b: b.parent_state == "draft")
        bills.with_context(**PROPOSAL_TOKEN).write({"sop_proposal_line_id": line.id})
