# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from collections import Counter, defaultdict
from contextlib import contextmanager
from dataclasses import dataclass

from odoo import api, models
from odoo.exceptions import UserError
from odoo.tools import SQL

from odoo.addons.sop_budget.models.ledger_sql import USUAL_PLANS

from .control_reader import read_owned, settle

WATCHES = "sop_control_watches"


@dataclass(frozen=True)
class Watch:
    """Documents that are being changed, and what they held before."""

    documents: models.Model
    policies: dict
    before: dict


@dataclass(frozen=True)
class Footprint:
    """What documents hold of budgets."""

    #: ``{budget: {(category, month): units}}``
    units: dict
    #: ``{(budget, category): ids of the documents that take from it}``
    takers: dict


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
        the budget. What they release of other documents must be among it. The tag is the id
        of the document as a text; NULL for what another one holds.
        """
        raise NotImplementedError

    def _get_sop_control_claims(self):
        """Lines of proposals whose reservation the documents use up."""
        return self.env["sop.proposal.line"]

    def _get_sop_controlled_documents(self):
        """Those that are under control at all."""
        return self

    def _read_sop_footprint(self, budgets) -> Footprint:
        """What the documents hold now."""
        self.env.flush_all()
        self.env["sop.budget.map"]._rebuild_pending()
        found = Footprint({budget: Counter() for budget in budgets}, defaultdict(set))
        for budget in budgets:
            items = self._get_sop_control_items(budget)
            if not items:
                continue
            rows = read_owned(self.env, SQL(" UNION ALL ").join(items), budget)
            for tag, category, month, units in settle(rows):
                found.units[budget][category, month] += units
                if tag and units > 0:
                    found.takers[budget, category].add(int(tag))
        claims = self._get_sop_control_claims()
        if claims:
            for budget, category, month, units in self._read_sop_claims(
                claims, budgets
            ):
                found.units[budget][category, month] += units
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
        footprint = documents._read_sop_footprint(list(policies))
        return Watch(self, policies, footprint.units)

    def _end_sop_watch(self, watch):
        documents = self.exists() if watch.policies else self.browse()
        if not documents:
            return
        # sudo: as before
        after = documents.sudo()._read_sop_footprint(list(watch.policies))
        findings = []
        for budget, policies in watch.policies.items():
            rows = Counter(after.units[budget])
            rows.subtract(watch.before[budget])
            findings += budget._judge_control(
                self._sop_control_event, policies, rows, is_included=True
            )
        self.env.cr.execute(USUAL_PLANS)
        documents._apply_sop_findings(
            [finding for finding in findings if finding.verdict.shortfall],
            after.takers,
        )

    # === WHAT FOLLOWS === #

    def _apply_sop_findings(self, findings, takers):
        """Stop, spend an override, or flag what passes."""
        if not findings:
            return
        overrides = self.env["sop.budget.override"]._find_granted(self)
        blocking = [f for f in findings if not self._may_pass(f, findings, overrides)]
        if blocking:
            raise UserError(self._get_sop_refusal(blocking))
        spent = {f.budget for f in findings if f.target.action == "override"}
        overrides = overrides.filtered(lambda o: o.budget_id in spent)
        overrides._spend()
        for finding in findings:
            ids = set()
            for leaf in finding.target.leaves:
                ids |= takers.get((finding.budget, leaf), set())
            # What takes nothing itself may still have given something back
            documents = self.filtered(lambda d, i=ids: d.id in i) or self
            self.env["sop.control.flag"]._raise_flags(documents, [finding], overrides)
            for document in documents:
                document._tell_sop_finding(finding)

    @api.model
    def _may_pass(self, finding, findings, overrides):
        if finding.target.action != "override":
            return finding.target.action != "stop"
        needs = {}
        for each in findings:
            if each.budget == finding.budget and each.target.action == "override":
                place = each.target.category
                amount = each.budget._to_money(each.verdict.excess)
                needs[place] = max(needs.get(place, 0.0), amount)
        return overrides._covers(finding.budget, needs)

    def _tell_sop_finding(self, finding):
        """In the history of the document; not where it is only to be flagged."""
        self.ensure_one()
        if finding.target.action != "ignore":
            # As somebody who sees nothing hidden: everybody who reads the document reads this
            nobody = self.env.ref("base.public_user")
            self.message_post(
                body=self.env._(
                    "Passed beyond the budget: %(finding)s",
                    finding=finding.budget._describe_finding(finding, nobody),
                )
            )

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
