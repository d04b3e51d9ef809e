# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from collections import Counter
from contextlib import contextmanager
from dataclasses import dataclass

from odoo import api, models
from odoo.exceptions import UserError
from odoo.tools import SQL

from .control_reader import read_owned, settle

WATCHES = "sop_control_watches"


@dataclass(frozen=True)
class Watch:
    """Documents that are being changed, and what they held before."""

    documents: models.Model
    policies: dict
    before: dict


class SopControlMixin(models.AbstractModel):
    """A document that takes money from budgets and asks their policies.

    It is changed first and judged then, by the very figures that reports show; what may not
    be is undone by the exception. What counts is the difference that the change makes, so
    a bill takes only what exceeds the order that it bills.

    A model that inherits this sets the event, answers ``_get_sop_control_items`` and
    ``_get_sop_control_claims``, and wraps what makes it count in ``_sop_controlled``.
    """

    _name = "sop.control.mixin"
    _description = "Document under Budget Control"

    #: Which policies are asked: a key of ``sop.budget.policy.event``.
    _sop_control_event = None

    # === WHAT A DOCUMENT HOLDS === #

    def _get_sop_control_items(self, budget) -> list[SQL]:
        """SELECTs ``tag, account_id, month, units, distribution`` of what the documents hold.

        Open parts of orders and posted items, with the sign of the books, inside the dates of
        the budget. What they release of other documents must be among it.
        """
        raise NotImplementedError

    def _get_sop_control_claims(self):
        """Lines of proposals whose reservation the documents use up."""
        return self.env["sop.proposal.line"]

    def _get_sop_controlled_documents(self):
        """Those that are under control at all."""
        return self

    def _read_sop_footprint(self, budgets):
        """``{budget: {(category, month): units}}`` that the documents hold now."""
        self.env.flush_all()
        found = {budget: Counter() for budget in budgets}
        for budget in budgets:
            items = self._get_sop_control_items(budget)
            if items:
                rows = read_owned(self.env, SQL(" UNION ALL ").join(items), budget)
                for _tag, category, month, units in settle(rows):
                    found[budget][category, month] += units
        claims = self._get_sop_control_claims()
        if claims:
            for budget, *row in self._read_sop_claims(claims, budgets):
                category, month, units = row
                found[budget][category, month] += units
        return found

    def _read_sop_claims(self, claims, budgets):
        rows = self.env.execute_query(
            SQL(
                """
                SELECT claim.budget_id, claim.category_id,
                       date_trunc('month', claim.date::timestamp)::date,
                       round(COALESCE(claim.reserved_amount, 0)
                             * ('1' || repeat('0', currency.decimal_places))::numeric)::bigint
                  FROM sop_proposal_line claim
                  JOIN sop_budget budget ON budget.id = claim.budget_id
                  JOIN res_currency currency ON currency.id = budget.currency_id
                 WHERE claim.id = ANY(%s) AND claim.stage = 'reserved'
                   AND claim.budget_id = ANY(%s)
                   AND claim.date BETWEEN budget.date_from AND budget.date_to
                """,
                claims.ids,
                [budget.id for budget in budgets],
            )
        )
        by_id = {budget.id: budget for budget in budgets}
        return [(by_id[row[0]], *row[1:]) for row in rows]

    # === WATCHING A CHANGE === #

    @contextmanager
    def _sop_controlled(self):
        """Judge what the block does to these documents, once for all that is nested in it."""
        documents = self._get_sop_controlled_documents()
        data = self.env.cr.precommit.data
        outer = data.get(WATCHES)
        if outer is not None:
            for watch in outer:
                if watch.documents._name == self._name:
                    documents -= watch.documents
            watch = documents._start_sop_watch()
            if watch:
                outer.append(watch)
            yield
            return
        watch = documents._start_sop_watch()
        if not watch:
            yield
            return
        watches = data[WATCHES] = [watch]
        try:
            yield
        finally:
            data.pop(WATCHES, None)
        for watch in watches:
            watch.documents._end_sop_watch(watch)

    def _start_sop_watch(self):
        """What the documents hold before, where a policy asks for it."""
        if not self:
            return None
        policies = self.env["sop.budget"]._get_control_policies(
            self._sop_control_event, self.company_id
        )
        if not policies:
            return Watch(self, {}, {})
        # sudo: what is held is the same, whoever changes it
        documents = self.sudo()
        return Watch(self, policies, documents._read_sop_footprint(list(policies)))

    def _end_sop_watch(self, watch):
        documents = self.exists() if watch.policies else self.browse()
        if not documents:
            return
        # sudo: as before
        after = documents.sudo()._read_sop_footprint(list(watch.policies))
        findings = []
        for budget, policies in watch.policies.items():
            held = watch.before[budget]
            rows = Counter(after[budget])
            rows.subtract(held)
            findings += budget._judge_control(
                self._sop_control_event, policies, rows, is_included=True
            )
        documents._apply_sop_findings(
            [finding for finding in findings if finding.verdict.shortfall]
        )

    # === WHAT FOLLOWS === #

    def _apply_sop_findings(self, findings):
        """Stop, spend an override, or flag what passes."""
        if not findings:
            return
        blocking = [f for f in findings if f.target.action in ("override", "stop")]
        if blocking:
            raise UserError(self._get_sop_refusal(blocking))

    def _get_sop_refusal(self, findings):
        lines = [
            finding.budget._describe_finding(finding, self.env.user)
            for finding in findings
        ]
        # Two policies may say the same about a hidden category
        lines = [f"• {line}" for line in dict.fromkeys(lines)]
        return "\n".join(
            [
                self.env._(
                    "%(documents)s would take more than the budget has:",
                    documents=self._get_sop_document_names(),
                ),
                *lines,
                self._get_sop_mend(findings),
            ]
        )

    def _get_sop_document_names(self):
        names = self.mapped("display_name")
        if len(names) > 3:
            return self.env._(
                "%(names)s and %(count)s more",
                names=", ".join(names[:3]),
                count=len(names) - 3,
            )
        return ", ".join(names)

    @api.model
    def _get_sop_mend(self, findings):
        owners = findings[0].budget.sudo().user_id
        if any(finding.target.action == "stop" for finding in findings):
            return self.env._(
                "Take less, choose a later month, or have money transferred to the category; "
                "%(owner)s answers for this budget.",
                owner=owners.name,
            )
        return self.env._(
            "Take less, choose a later month, have money transferred to the category, or ask "
            "for an override; %(owner)s answers for this budget.",
            owner=owners.name,
        )
