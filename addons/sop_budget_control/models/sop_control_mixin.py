# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from collections import defaultdict
from contextlib import contextmanager
from dataclasses import dataclass, field

from odoo import api, models
from odoo.exceptions import UserError
from odoo.tools import SQL, groupby

from odoo.addons.sop_budget.models.ledger_sql import USUAL_PLANS

from ..engine.control import Change
from .control_reader import RESERVED_TAG, read_owned, settle

WATCHES = "sop_control_watches"
#: Documents that a refusal names.
SHOWN_DOCUMENTS = 3


@dataclass
class Watch:
    """Documents that are being changed, and what they held before."""

    documents: models.Model
    policies: dict
    #: ``{record whose money the documents take over: ids of those documents}``
    links: dict = field(default_factory=dict)
    #: ``{budget: {id of a document or a link: Change by (category, month)}}``
    before: dict = field(default_factory=dict)
    #: Names of documents that are about to be deleted.
    names: dict = field(default_factory=dict)

    def get_effects(self, budget, after):
        """``{id of a document: Change by (category, month)}`` of what the change makes.

        What two of the documents take over together is nobody's own: its key is 0.
        """
        single = self.documents.id if len(self.documents) == 1 else 0
        effects = defaultdict(Change)
        for sign, found in ((1, after), (-1, self.before)):
            for key, held in found.get(budget, {}).items():
                if not isinstance(key, int):
                    takers = self.links.get(key, ())
                    key = next(iter(takers)) if len(takers) == 1 else single
                effects[key].include(held, sign)
        return effects


class SopControlMixin(models.AbstractModel):
    """A document that takes money from budgets and asks their policies.

    It is changed first and judged then, by the very figures that reports show; what may not
    be is undone by the exception. What counts is the difference that the change makes, so
    a bill takes only what exceeds the order that it bills, and to take back a credit note
    is to spend.

    A model that inherits this sets the event, answers ``_get_sop_control_items`` and
    ``_get_sop_control_links``, and wraps what makes it count in ``_sop_controlled``.
    """

    _name = "sop.control.mixin"
    _description = "Document under Budget Control"

    #: Which policies are asked: a key of ``sop.budget.policy.event``.
    _sop_control_event = None

    # === WHAT A DOCUMENT HOLDS === #

    def _get_sop_control_items(self, budget) -> list[SQL]:
        """SELECTs ``tag, account_id, month, units, distribution`` of what the documents hold.

        Open parts of orders and posted items, with the sign of the books, inside the dates of
        the budget. The tag is the id of the document as a text.
        """
        raise NotImplementedError

    def _get_sop_control_links(self) -> dict:
        """``{record: ids of documents}``: what the documents take over, and which ones do.

        Order lines (open until they are billed), lines of proposals (reserved until they are
        ordered or billed). What they hold is said by their ``_get_sop_link_items``.
        """
        return {}

    def _get_sop_controlled_documents(self):
        """Those that are under control at all."""
        return self

    def _read_sop_footprint(self, budgets, links):
        """What the documents and what they take over hold now: see ``Watch.before``."""
        found = {budget: defaultdict(Change) for budget in budgets}
        if not links and not self._holds_sop_money():
            return found
        self.env.flush_all()
        self.env["sop.budget.map"]._rebuild_pending()
        lines = {f"{link._name},{link.id}": link for link in links}
        for budget in budgets:
            items = self._get_sop_control_items(budget) if self else []
            for model, of_model in groupby(links, lambda link: link._name):
                ids = [link.id for link in of_model]
                items += self.env[model].browse(ids)._get_sop_link_items(budget)
            if not items:
                continue
            rows = read_owned(self.env, SQL(" UNION ALL ").join(items), budget)
            for tag, category, month, units in settle(rows):
                of = tag.removeprefix(RESERVED_TAG)
                key = lines[of] if of in lines else int(of)
                found[budget][key].add((category, month), units, of != tag)
        claims = [link for link in links if link._name == "sop.proposal.line"]
        if claims:
            for budget, claim, category, month, units in self._read_sop_claims(
                claims, budgets
            ):
                found[budget][claim].add((category, month), units, is_reserved=True)
        return found

    def _holds_sop_money(self):
        """Whether the documents may hold anything at all, told without a query."""
        return bool(self)

    def _read_sop_claims(self, claims, budgets):
        rows = self.env.execute_query(
            SQL(
                """
                SELECT claim.budget_id, claim.id, claim.category_id,
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
                [claim.id for claim in claims],
                [budget.id for budget in budgets],
            )
        )
        by_id = {budget.id: budget for budget in budgets}
        known = {claim.id: claim for claim in claims}
        return [(by_id[row[0]], known[row[1]], *row[2:]) for row in rows]

    # === WATCHING A CHANGE === #

    @contextmanager
    def _sop_controlled(self, links=(), is_deletion=False):
        """Judge what the block does to these documents, once for all that is nested in it.

        :param links: what they are about to take over, apart from what they do already
        :param is_deletion: they won't be there to be named afterwards
        """
        documents = self._get_sop_controlled_documents()
        data = self.env.cr.precommit.data
        watches = data.get(WATCHES)
        if not documents:
            yield
            return
        if watches is not None:
            documents._join_sop_watches(watches, links, is_deletion)
            yield
            return
        watches = data[WATCHES] = []
        try:
            documents._join_sop_watches(watches, links, is_deletion)
            yield
        finally:
            data.pop(WATCHES, None)
        for watch in watches:
            watch.documents._end_sop_watch(watch)

    def _join_sop_watches(self, watches, links, is_deletion):
        """Have these documents watched, as far as they aren't yet."""
        known = [watch for watch in watches if watch.documents._name == self._name]
        documents = self - self.browse().union(*(watch.documents for watch in known))
        if documents:
            watch = documents._start_sop_watch()
            watches.append(watch)
            known.append(watch)
        for watch in known:
            if watch.policies:
                mine = self & watch.documents
                if links:
                    mine._add_sop_links(watch, dict.fromkeys(links, set(mine.ids)))
                if is_deletion:
                    watch.names |= {each.id: each.display_name for each in mine}

    def _start_sop_watch(self):
        """What the documents hold before, where a policy asks for it."""
        policies = self.env["sop.budget"]._get_control_policies(
            self._sop_control_event, self.company_id
        )
        watch = Watch(self, policies)
        if policies:
            # sudo: what is held is the same, whoever changes it
            documents = self.sudo()
            watch.links = documents._get_sop_control_links()
            watch.before = documents._read_sop_footprint(list(policies), watch.links)
        return watch

    def _add_sop_links(self, watch, links):
        """Note what something holds that the documents did not take over before."""
        new = {link: ids for link, ids in links.items() if link not in watch.links}
        if new:
            watch.links |= new
            held = self.browse().sudo()._read_sop_footprint(list(watch.policies), new)
            for budget, by_link in held.items():
                watch.before[budget].update(by_link)

    def _end_sop_watch(self, watch):
        if not watch.policies:
            return
        # sudo: as before
        documents = self.sudo().exists()
        for link, ids in documents._get_sop_control_links().items():
            watch.links[link] = watch.links.get(link, set()) | ids
        after = documents._read_sop_footprint(list(watch.policies), watch.links)
        for budget in watch.policies:
            self._judge_sop_change(watch, budget, watch.get_effects(budget, after))
        self.env.cr.execute(USUAL_PLANS)

    # === JUDGING === #

    def _judge_sop_change(self, watch, budget, effects):
        """Judge all documents together; one by one where one of them has an override.

        An override names one document: it covers only what that document takes.
        """
        everything = [0, *self.ids]
        findings = self._find_sop_shortfalls(watch, budget, everything, effects)
        if not findings:
            return
        overrides = self.env["sop.budget.override"]._find_granted(self, budget)
        if len(self) == 1 or not overrides:
            self._apply_sop_findings(watch, findings, effects, overrides)
            return
        named = sorted(set(overrides.mapped("res_id")))
        turns = [[each for each in everything if each not in named]]
        turns += [[each] for each in named]
        for place, turn in enumerate(turns):
            later = [each for other in turns[place + 1 :] for each in other]
            findings = self._find_sop_shortfalls(watch, budget, turn, effects, later)
            documents = self.filtered(lambda d, ids=turn: d.id in ids) or self
            own = overrides.filtered(lambda o, ids=turn: o.res_id in ids)
            documents._apply_sop_findings(watch, findings, effects, own)

    def _find_sop_shortfalls(self, watch, budget, turn, effects, later=()):
        """What is short after some of the documents.

        :param later: those that are in the figures already and are judged afterwards
        """
        change, coming = Change(), Change()
        for keys, into in ((turn, change), (later, coming)):
            for key in keys:
                into.include(effects.get(key, Change()))
        findings = budget._judge_control(
            self._sop_control_event, watch.policies[budget], change, coming
        )
        return [finding for finding in findings if finding.verdict.shortfall]

    # === WHAT FOLLOWS === #

    def _apply_sop_findings(self, watch, findings, effects, overrides):
        """Stop, spend an override, or flag what passes."""
        if not findings:
            return
        blocking = [f for f in findings if not self._may_pass(f, findings, overrides)]
        if blocking:
            raise UserError(self._get_sop_refusal(blocking, watch.names))
        # Those for other places wait until they are needed there
        short = {f.target.category for f in findings if f.target.action == "override"}
        overrides = overrides.filtered(
            lambda o: short & {part.category_id.id or 0 for part in o.part_ids}
        )
        if overrides:
            overrides._spend()
        there = self.exists()
        names = watch.names | {each.id: each.display_name for each in there}
        for finding in findings:
            taking = {
                key: names[key]
                for key in self.ids
                if any(
                    units > 0 and category in finding.target.leaves
                    for (category, _month), units in effects.get(
                        key, Change()
                    ).net.items()
                )
            }
            # What takes nothing itself may still have given something back
            taking = taking or {key: names[key] for key in self.ids}
            self.env["sop.control.flag"]._raise_flags(
                self, taking, finding, overrides[:1]
            )
            for document in there.filtered(lambda d, ids=taking: d.id in ids):
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

    def _get_sop_refusal(self, findings, names):
        return "\n".join(
            [
                self.env._(
                    "%(documents)s would take more than the budget has:",
                    documents=self._get_sop_document_names(names),
                ),
                *(f"• {line}" for line in self._describe_sop_findings(findings)),
                self._get_sop_mend(findings),
            ]
        )

    @api.model
    def _describe_sop_findings(self, findings):
        """A line for each place that the user may see; what is hidden is counted."""
        user = self.env.user
        shown, hidden = {}, defaultdict(set)
        for finding in findings:
            budget = finding.budget
            if budget._is_control_place_hidden(finding.target, user):
                hidden[budget].add(finding.target.category)
            else:
                shown[budget._describe_finding(finding, user)] = True
        lines = list(shown)
        for budget, places in hidden.items():
            if len(places) == 1:
                line = self.env._(
                    "A category that you may not see of “%(budget)s” has not enough left.",
                    budget=budget.name,
                )
            else:
                line = self.env._(
                    "%(count)s categories that you may not see of “%(budget)s” have not enough "
                    "left.",
                    count=len(places),
                    budget=budget.name,
                )
            lines.append(line)
        return lines

    def _get_sop_document_names(self, names):
        """Names of those that the user may read; the others are counted.

        :param names: those of documents that the user has just deleted
        """
        there = self.with_user(self.env.user).sudo(False).exists()
        # What is being deleted could be read, or it could not have been deleted
        shown = [
            names[key] for key in self.ids if key in names and key not in there.ids
        ]
        shown += there._filtered_access("read").mapped("display_name")
        shown = shown[:SHOWN_DOCUMENTS]
        rest = len(self) - len(shown)
        if not shown:
            return self.env._("%(count)s documents", count=rest)
        if rest:
            return self.env._(
                "%(names)s and %(count)s more", names=", ".join(shown), count=rest
            )
        return ", ".join(shown)

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
