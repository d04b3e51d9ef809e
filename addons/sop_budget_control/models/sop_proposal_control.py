# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from collections import Counter

from odoo import models
from odoo.exceptions import UserError

from odoo.addons.sop_budget.engine.money import to_units
from odoo.addons.sop_budget.models.ledger_sql import USUAL_PLANS

from ..engine.control import ACTIONS, Change
from .sop_budget_control import CONTROLLED_STATES, STRICT_ACTIONS
from .sop_budget_policy import EVENTS


class SopProposal(models.Model):
    """Approved is reserved, and what is reserved passes when it is ordered, billed or spent.

    Hence a proposal is held against the policies of all three when it is approved. Whoever
    decides on the same money at the same moment waits.
    """

    _inherit = "sop.proposal"

    def _may_approve_unasked(self):
        # EXTENDS: what is short is for people to decide
        return super()._may_approve_unasked() and all(
            finding.target.action == "ignore" for finding in self._find_shortfalls()
        )

    def _on_approved(self):  # pylint: disable=missing-return
        # EXTENDS: one by one, each after what the one before has reserved
        for proposal in self:
            proposal._check_budget_in_force()
            proposal._check_reservation()
            super(SopProposal, proposal)._on_approved()

    def _check_budget_in_force(self):
        """It may have been taken back since the proposal was submitted."""
        self.ensure_one()
        # sudo: whoever decides need not see the budget
        budget = self.sudo().budget_id
        if budget.state not in CONTROLLED_STATES:
            labels = dict(budget._fields["state"]._description_selection(self.env))
            raise UserError(
                self.env._(
                    "“%(proposal)s” can't be approved: “%(budget)s” is %(state)s. Approve the "
                    "budget first, or return the proposal so that another one is asked.",
                    proposal=self.display_name,
                    budget=budget.name,
                    state=labels[budget.state].lower(),
                )
            )

    def _check_reservation(self):
        self.ensure_one()
        findings = self._find_shortfalls()
        blocking = [f for f in findings if f.target.action in STRICT_ACTIONS]
        control = self.env["sop.control.mixin"]
        if blocking:
            lines = control._describe_sop_findings(blocking)
            raise UserError(
                "\n".join(
                    [
                        self.env._(
                            "“%(proposal)s” would reserve more than the budget has:",
                            proposal=self.display_name,
                        ),
                        *(f"• {line}" for line in lines),
                        self.env._(
                            "Have money transferred to the category first, or return the "
                            "proposal so that less is asked for."
                        ),
                    ]
                )
            )
        flags = self.env["sop.control.flag"]
        none = self.env["sop.budget.override"]
        for finding in findings:
            flags._raise_flags(self, {self.id: self.display_name}, finding, none)

    def _find_shortfalls(self):
        """What would be short in each place, by the strictest policy there."""
        measured = self._find_measured(self._get_asked_units(), is_locked=True)
        return [f for f in measured.values() if f.verdict.shortfall]

    def _get_asked_units(self):
        """``{(category id, month): units}``"""
        places = self.budget_id.currency_id.decimal_places
        rows = Counter()
        # sudo: what is measured is the same, whoever asks
        for line in self.sudo().line_ids:
            category = line.category_id._origin
            if category and line.date:
                month = line.date.replace(day=1)
                rows[category.id, month] += to_units(line.granted_amount, places)
        return rows

    def _find_measured(self, rows, is_locked=False):
        """``{category id, 0 for all of them: finding}`` of the strictest policy in each place.

        What is short comes first.

        :param rows: as of ``_get_asked_units``
        :param is_locked: nobody else may decide on the same money meanwhile
        """
        self.ensure_one()
        # sudo: see sop.budget._get_control_policies
        budget = self.sudo().budget_id._origin
        change = Change()
        for place, units in rows.items():
            change.add(place, units, is_reserved=True)
        self.env.flush_all()
        self.env["sop.budget.map"]._rebuild_pending()
        worst = {}
        for event, _label in EVENTS:
            policies = budget._get_control_policies(event, budget.company_id)
            if not policies.get(budget):
                continue
            for finding in budget._judge_control(
                event, policies[budget], change, is_locked=is_locked
            ):
                place, verdict = finding.target.category, finding.verdict
                if finding.target.policy or verdict.shortfall:
                    worst[place] = max(worst.get(place, finding), finding, key=_rank)
        self.env.cr.execute(USUAL_PLANS)
        return worst


class SopProposalLine(models.Model):
    _inherit = "sop.proposal.line"

    def _get_sop_link_items(self, budget):
        """None: what is reserved has its category, see ``_read_sop_claims``."""
        return []

    def _get_sop_free_units(self, document):
        """What a document may take of the reservation without taking more of the budget.

        An add-on whose documents hold a part of it until they are booked takes that off.
        """
        self.ensure_one()
        places = self.company_currency_id.decimal_places
        return to_units(self.reserved_amount, places)


def _rank(finding):
    shortfall = finding.verdict.shortfall
    return bool(shortfall), ACTIONS.index(finding.target.action), shortfall
