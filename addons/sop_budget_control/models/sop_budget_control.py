# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from collections import Counter, defaultdict
from dataclasses import dataclass, field
from typing import ClassVar

from odoo import api, fields, models
from odoo.tools import SQL
from odoo.tools.misc import format_amount, format_date

from odoo.addons.sop_budget.engine import period
from odoo.addons.sop_budget.engine.money import from_units, to_units
from odoo.addons.sop_budget.models.ledger_sql import USUAL_PLANS

from ..engine import control as engine
from .control_reader import (
    RESERVED_TAG,
    ControlReader,
    effects_by_leaf,
    months_of,
    read_owned,
    settle,
    total,
)

#: Budgets that are compared with the books; a bill may be dated back into a closed one.
CONTROLLED_STATES = ("approved", "closed")
#: Actions for which nobody else may decide at the same time.
STRICT_ACTIONS = ("override", "stop")


@dataclass(frozen=True)
class Target:
    """A place of the tree where a policy is measured: a category, or 0 for all of them."""

    #: Whether what is reserved counts as well.
    counts_reserved: ClassVar[bool] = True

    category: int
    leaves: tuple[int, ...]
    action: str
    basis: str
    tolerance: engine.Tolerance = field(default_factory=engine.Tolerance)
    policy: int = 0


@dataclass(frozen=True)
class Finding:
    """What a document does at a target."""

    event: str
    budget: models.Model
    target: Target
    verdict: engine.Verdict
    #: By month: what may be spent, what others spend, what the document takes.
    limits: tuple[int, ...] = ()
    used: tuple[int, ...] = ()
    effect: tuple[int, ...] = ()


class SopBudget(models.Model):
    """Checks whether documents may take what they take."""

    _inherit = "sop.budget"

    policy_ids = fields.One2many("sop.budget.policy", "budget_id", copy=False)
    policy_log_ids = fields.One2many("sop.budget.policy.log", "budget_id", copy=False)
    is_controlled = fields.Boolean(
        "Under Control",
        compute="_compute_is_controlled",
        store=True,
        copy=False,
        help="Approved, or set back to draft after that: documents are held to its plan, and "
        "to what was released of it, until it is cancelled.",
    )

    @api.depends("state")
    def _compute_is_controlled(self):
        """Whoever reopens a budget to revise it doesn't open the till."""
        for budget in self:
            budget.is_controlled = budget.state in CONTROLLED_STATES or (
                budget.state in ("draft", "submitted") and budget.is_controlled
            )

    def _set_state(self, state, allowed, role):
        result = super()._set_state(state, allowed, role)
        # Each state counts, not only the last one of a transaction
        self.flush_recordset(["is_controlled"])
        return result

    # === WHICH POLICIES === #

    @api.model
    def _get_control_policies(self, event, companies):
        """``{budget: its policies for an event}`` of all budgets that are checked at all.

        An add-on that limits budgets in another way adds those without a policy.
        """
        # sudo: a buyer is bound by the policies of budgets that they may not read
        policies = (
            self.env["sop.budget.policy"]
            .sudo()
            .search(
                [
                    ("event", "=", event),
                    ("company_id", "in", companies.ids),
                    # Archived or not: what was approved is kept until it is cancelled
                    ("budget_id.is_controlled", "=", True),
                    ("budget_id.is_template", "=", False),
                ]
            )
        )
        return policies.grouped("budget_id")

    def _get_control_targets(self, event, policies, effects):
        """Where what a document does to leaves is measured.

        :param effects: ``{leaf: units by month}``
        """
        self.ensure_one()
        by_category = {policy.category_id.id: policy for policy in policies}
        paths = self._get_control_paths(effects)
        targets, above = [], set()
        for leaf, path in paths.items():
            policy = self._find_control_policy(path, by_category)
            if policy:
                targets.append(self._prepare_target(policy, leaf, [leaf]))
            above.update(place for place in path[:-1] if place in by_category)
        if False in by_category and by_category[False].reach == "total" and paths:
            above.add(False)
        below = self._get_control_leaves(above)
        targets += [
            self._prepare_target(by_category[place], place, below[place])
            for place in sorted(above)
        ]
        return targets

    @api.model
    def _find_control_policy(self, path, by_category):
        """The policy of a leaf: its own, the nearest one above, or that of the budget."""
        for place in (*reversed(path), False):
            policy = by_category.get(place)
            if policy and (policy.reach == "each" or place == path[-1]):
                return policy
        return None

    def _prepare_target(self, policy, category_id, leaves):
        places = self.currency_id.decimal_places
        return Target(
            category=category_id or 0,
            leaves=tuple(leaves),
            action=policy.action,
            basis=policy.basis,
            tolerance=engine.Tolerance(
                policy.tolerance_percent, to_units(policy.tolerance_amount, places)
            ),
            policy=policy.id,
        )

    def _get_control_paths(self, leaves):
        """``{leaf: ids from the top down to itself}``."""
        rows = self.env.execute_query(
            SQL(
                "SELECT id, parent_path FROM sop_budget_category"
                " WHERE id = ANY(%s) AND budget_id = %s AND kind <> 'income' ORDER BY id",
                list(leaves),
                self.id,
            )
        )
        return {leaf: self._to_path(path) for leaf, path in rows}

    @api.model
    def _to_path(self, parent_path):
        return [int(part) for part in parent_path.split("/") if part]

    def _get_control_leaves(self, places):
        """``{place: leaves below it}``; False stands for the whole budget."""
        found = defaultdict(list)
        if not places:
            return found
        rows = self.env.execute_query(
            SQL(
                "SELECT id, parent_path FROM sop_budget_category"
                " WHERE budget_id = %s AND is_leaf AND kind <> 'income' ORDER BY id",
                self.id,
            )
        )
        for leaf, path in rows:
            for place in {False, *self._to_path(path)} & places:
                found[place].append(leaf)
        return found

    # === JUDGING === #

    def _judge_control(self, event, policies, change, later=None, is_locked=False):
        """What a document does, everywhere it is measured.

        :param Change change: what the document takes, by ``(leaf, month)``
        :param later: the same of documents that are judged afterwards. When given, they and
            the document are in the figures already and count; otherwise the document is only
            being prepared, and nobody is kept waiting
        :param is_locked: keep others waiting all the same
        :return: list of :class:`Finding`
        """
        self.ensure_one()
        # sudo: see _get_control_policies
        budget = self.sudo()
        months = months_of(budget)
        effects = budget._get_control_effects(change, months)
        takes = {
            counts_reserved: any(amount > 0 for row in rows.values() for amount in row)
            for counts_reserved, rows in effects.items()
        }
        if not any(takes.values()):
            return []
        targets = [
            target
            for target in budget._get_control_targets(
                event, policies, {**effects[True], **effects[False]}
            )
            if takes[target.counts_reserved]
        ]
        if not targets:
            return []
        is_locked = is_locked or later is not None
        if is_locked and any(t.action in STRICT_ACTIONS for t in targets):
            budget._lock_figures()
        reader = ControlReader(budget, budget._bundle_leaves(targets)).read()
        counted = engine.Change()
        if later is not None:
            counted.include(change)
            counted.include(later)
        counted = budget._get_control_effects(counted, months)
        return budget._judge_targets(event, targets, reader, effects, counted)

    @api.model
    def _get_control_effects(self, change, months):
        """``{whether what is reserved counts: {leaf: units by month}}``"""
        return {True: effects_by_leaf(change.net, months), False: {}}

    @api.model
    def _bundle_leaves(self, targets):
        """``{leaf: number}``: leaves that are in the same targets are only asked for as a sum."""
        inside = defaultdict(list)
        for place, target in enumerate(targets):
            for leaf in target.leaves:
                inside[leaf].append(place)
        numbers = {}
        return {
            leaf: numbers.setdefault(tuple(places), len(numbers))
            for leaf, places in inside.items()
        }

    def _judge_targets(self, event, targets, reader, effects, counted):
        """:param counted: what the figures hold and the document does not find there"""
        size = len(reader.months)
        years = self._get_control_years(reader.months)
        findings = []
        for target in targets:
            effect = total(effects[target.counts_reserved], target.leaves, size)
            own = total(counted[target.counts_reserved], target.leaves, size)
            used = self._get_control_used(target, reader)
            used = [a - b for a, b in zip(used, own, strict=True)]
            limits = self._get_control_limits(target, reader)
            verdict = engine.judge(
                target.basis, limits, used, effect, years, target.tolerance
            )
            if verdict:
                rows = (tuple(row) for row in (limits, used, effect))
                findings.append(Finding(event, self, target, verdict, *rows))
        return findings

    def _get_control_limits(self, target, reader):
        """What may be spent at a target, month by month: what is planned.

        An add-on that releases money bit by bit says how much it has released.
        """
        keys = reader.get_keys(target.leaves)
        return total(reader.planned, keys, len(reader.months))

    @api.model
    def _get_control_used(self, target, reader):
        """What is spent at a target, month by month; reserved too where that counts."""
        keys, size = reader.get_keys(target.leaves), len(reader.months)
        used = total(reader.used, keys, size)
        if target.counts_reserved:
            return used
        reserved = total(reader.reserved, keys, size)
        return [a - b for a, b in zip(used, reserved, strict=True)]

    def _get_control_sources(self) -> list[SQL]:
        """SELECTs ``tag, account_id, month, units, distribution`` that no report counts yet.

        An add-on whose documents are promised before they are booked adds them here. Tags of
        what takes the place of a reservation begin with ``RESERVED_TAG``.
        """
        return []

    def _get_held_units(self, with_reserved=True):
        """``{(category id, month): units}`` of ``_get_control_sources``.

        What no report counts yet can't be given away all the same.

        :param with_reserved: less what reservations hold of it already
        """
        self.ensure_one()
        held = Counter()
        # sudo: see _get_control_policies
        budget = self.sudo()
        sources = budget._get_control_sources()
        if sources:
            self.env.flush_all()
            self.env["sop.budget.map"]._rebuild_pending()
            rows = read_owned(self.env, SQL(" UNION ALL ").join(sources), budget)
            for tag, category, month, units in settle(rows):
                if with_reserved or not tag.startswith(RESERVED_TAG):
                    held[category, month] += units
            self.env.cr.execute(USUAL_PLANS)
        return held

    def _get_control_years(self, months):
        fiscal_month = self._get_fiscal_month()
        return [period.year_start(month, fiscal_month).toordinal() for month in months]

    # === WORDS === #

    def _to_money(self, units):
        return from_units(units, self.currency_id.decimal_places)

    def _format_control_units(self, units):
        return format_amount(self.env, self._to_money(units), self.currency_id)

    def _get_control_period(self, target, verdict):
        """The months of a verdict in words."""
        months = months_of(self)
        first, last = (
            format_date(self.env, months[place], date_format="MMMM yyyy")
            for place in (verdict.first, verdict.last)
        )
        if target.basis == "to_date":
            return self.env._("up to %(month)s", month=last)
        if target.basis == "budget":
            return self.env._("whole budget")
        return self.env._("%(first)s to %(last)s", first=first, last=last)

    def _get_control_category(self, target, user):
        """Name of the category, and whether the user may see its figures.

        Everybody who is bound by a limit gets to know it, unless something is hidden there.
        """
        if self._is_control_place_hidden(target, user):
            return self.env._("a category that you may not see"), False
        name = self.env._("all categories of “%(budget)s”", budget=self.name)
        if target.category:
            category = self.env["sop.budget.category"].browse(target.category)
            name = category.sudo().display_name
        return name, self._shows_control_figures(target, user)

    def _is_control_place_hidden(self, target, user):
        return bool(target.category) and not self._sees_control_places(
            [target.category], user
        )

    def _shows_control_figures(self, target, user):
        """Not where a part of them is hidden: the visible rest would tell it."""
        # sudo: what the user may not see decides what they are told
        budget = self.sudo()
        if (
            not budget.proposer_sees_figures
            and budget.with_user(user).sudo().hides_figures
        ):
            return False
        return self._sees_control_places(target.leaves, user)

    @api.model
    def _sees_control_places(self, places, user):
        # sudo: whether it is hidden decides whether the user is asked for
        categories = self.env["sop.budget.category"].sudo().browse(places)
        hidden = categories.filtered(lambda c: c.visibility_effective != "all")
        return not hidden or len(
            hidden.with_user(user).sudo(False)._filtered_access("read")
        ) == len(hidden)

    def _describe_finding(self, finding, user):
        """One line of a message: where, when, how much is there, asked for and missing."""
        target, verdict = finding.target, finding.verdict
        name, is_shown = self._get_control_category(target, user)
        if not is_shown and not target.category:
            return self.env._("“%(budget)s” has not enough left.", budget=self.name)
        if not is_shown:
            return self.env._(
                "%(category)s of “%(budget)s” has not enough left.",
                category=name[:1].upper() + name[1:],
                budget=self.name,
            )
        return self.env._(
            "%(category)s (%(budget)s), %(period)s: available %(available)s, requested "
            "%(requested)s, short by %(shortfall)s.",
            category=name,
            budget=self.name,
            period=self._get_control_period(target, verdict),
            available=self._format_control_units(verdict.available),
            requested=self._format_control_units(verdict.requested),
            shortfall=self._format_control_units(verdict.shortfall),
        )
