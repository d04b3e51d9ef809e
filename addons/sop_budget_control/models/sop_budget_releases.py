# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from collections import Counter, defaultdict
from dataclasses import dataclass
from typing import ClassVar

from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError

from odoo.addons.sop_budget.engine import period
from odoo.addons.sop_budget.engine.money import from_units, to_units

from ..engine import release as engine
from .control_reader import effects_by_leaf
from .sop_budget_control import Target
from .sop_budget_release import COUNTING_STATES

RELEASE_SETTINGS = {"uses_releases", "release_percents"}


@dataclass(frozen=True)
class ReleaseTarget(Target):
    """A place that is held to what was released instead of what is planned.

    What is only reserved obligates nobody: it counts when it is ordered, billed or spent.
    """

    counts_reserved: ClassVar[bool] = False


class SopBudget(models.Model):
    """Money that may be obligated only as far as it was released; off by default."""

    _inherit = "sop.budget"

    uses_releases = fields.Boolean(
        "Spent by Releases",
        tracking=True,
        help="Orders stop at what was released to date (allotments), however much is planned.",
    )
    release_percents = fields.Char(
        "Quarters Get %",
        help="What “Plan Four Quarters” gives each quarter, such as 20,30,25,20; the rest stays "
        "unreleased. Empty: equal parts.",
    )
    release_ids = fields.One2many("sop.budget.release", "budget_id", copy=False)
    release_count = fields.Integer(compute="_compute_release_totals")
    released_total = fields.Monetary(
        "Released", compute="_compute_release_totals", help="To date and for later."
    )

    def _compute_release_totals(self):
        totals = {
            budget: (count, amount)
            for budget, count, amount in self.env["sop.budget.release"]._read_group(
                [("budget_id", "in", self.ids), ("state", "=", "released")],
                ["budget_id"],
                ["__count", "amount:sum"],
            )
        }
        for budget in self:
            budget.release_count, budget.released_total = totals.get(budget, (0, 0.0))

    @api.constrains("release_percents")
    def _check_release_percents(self):
        for budget in self:
            budget._parse_release_percents()

    def _parse_release_percents(self):
        try:
            return engine.parse_percents(self.release_percents)
        except engine.ReleaseError as error:
            messages = {
                "number": self.env._(
                    "“%(value)s” is no percentage: write four such as 25,25,25,25."
                ),
                "negative": self.env._("A quarter can't get less than nothing."),
                "sum": self.env._(
                    "The quarters get %(value)s %% of the plan: give them 100 at most."
                ),
            }
            raise ValidationError(
                messages[error.code] % {"value": error.value}
            ) from error

    def write(self, vals):
        if RELEASE_SETTINGS & set(vals):
            self._check_can_manage()
        return super().write(vals)

    # === FIGURES === #

    def _get_plan_by_node(self):
        """``{category id, None for all: units}`` of spending."""
        return self._sum_by_node(
            self.sudo()._get_matrix(measures=("planned",)), "planned"
        )

    @api.model
    def _sum_by_node(self, matrix, *measures):
        """Sums over time of spending, of the categories and of the whole budget."""
        result = {None: 0}
        for row, category_id in enumerate(matrix.ids):
            if matrix.kinds[row] == "income":
                continue
            result[category_id] = sum(
                int(getattr(matrix, measure)[row].sum()) for measure in measures
            )
            if matrix.parents[row] < 0:
                result[None] += result[category_id]
        return result

    def _get_parents(self):
        # sudo: what is hidden is released as well
        categories = self.sudo().category_ids
        return {category.id: category.parent_id.id or None for category in categories}

    def _get_release_rows(self, states, day=None):
        """``[(category id or None, units, record)]`` in the order in which they may be used."""
        # sudo: what is hidden is released as well
        releases = self.env["sop.budget.release"].sudo()
        domain = [("budget_id", "=", self.id), ("state", "in", states)]
        if day:
            domain.append(("date_from", "<=", day))
        digits = self.currency_id.decimal_places
        return [
            (release.category_id.id or None, to_units(release.amount, digits), release)
            for release in releases.search(domain, order="date_from, id")
        ]

    def _get_release_limits(self, day=None):
        """``{category id, None for all: units}`` that may be obligated up to a day."""
        self.ensure_one()
        rows = self._get_release_rows(("released",), day)
        return engine.limits([row[:2] for row in rows], self._get_parents())

    def _get_obligated_by_release(self):
        """``{release id: units}``: what of it is ordered, billed or spent, the oldest first.

        Of what a category uses its own releases are used before those above it.
        """
        self.ensure_one()
        matrix = self.sudo()._get_matrix(measures=("committed", "actual"))
        used = Counter(self._sum_by_node(matrix, "committed", "actual"))
        parents = self._get_parents()
        held = [
            (category_id, units)
            for (category_id, _month), units in self._get_obligated_units().items()
        ]
        used.update(engine.by_node(held, parents))
        rows = self._get_release_rows(("released",))
        return engine.obligated(
            [(release.id, node, units) for node, units, release in rows], used, parents
        )

    def _get_obligated_units(self):
        """``{(category id, month): units}`` that are spent and that no report counts yet."""
        return self._get_held_units(with_reserved=False)

    # === GUARDS === #

    def action_approve(self):
        # EXTENDS: it may have been set back to draft and lowered since money was released
        self.sudo()._check_release_sums()
        return super().action_approve()

    def _check_release_sums(self, changes=None):
        """Never is more released than is planned, of any category and of all.

        :param changes: ``{category id: units}`` by which the plan is about to change
        """
        for budget in self:
            rows = budget._get_release_rows(COUNTING_STATES)
            if not rows:
                continue
            parents = budget._get_parents()
            planned = budget._get_plan_by_node()
            extra = engine.by_node((changes or {}).items(), parents)
            for node, units in engine.by_node([r[:2] for r in rows], parents).items():
                limit = planned.get(node, 0) + extra.get(node, 0)
                if units > max(limit, 0):
                    budget._refuse_release(node, units, limit)

    def _refuse_release(self, node, units, limit):
        category = self.env["sop.budget.category"].browse(node or [])
        reader = category.with_user(self.env.user).sudo(False)
        if category and not reader.has_access("read"):
            raise UserError(
                self.env._(
                    "“%(budget)s”: more would be released than is planned. Ask %(owner)s, who "
                    "answers for the budget.",
                    budget=self.name,
                    owner=self.sudo().user_id.name,
                )
            )
        digits = self.currency_id.decimal_places
        raise UserError(
            self.env._(
                "“%(place)s” plans %(planned)s, and %(released)s would be released of it. Release "
                "less, or cancel a release that is pending.",
                place=category.display_name or self.name,
                planned=self.currency_id.format(from_units(limit, digits)),
                released=self.currency_id.format(from_units(units, digits)),
            )
        )

    # === CONTROL: ORDERS STOP AT WHAT WAS RELEASED === #

    @api.model
    def _get_control_policies(self, event, companies):
        # EXTENDS: budgets with releases are checked without a policy too
        policies = dict(super()._get_control_policies(event, companies))
        # sudo: a buyer is bound by releases of budgets that they may not read
        every = self.sudo().with_context(active_test=False)
        budgets = every.search(
            [
                ("company_id", "in", companies.ids),
                ("uses_releases", "=", True),
                ("is_controlled", "=", True),
                ("is_template", "=", False),
            ]
        )
        none = self.env["sop.budget.policy"].sudo()
        for budget in budgets.with_env(self.sudo().env):
            policies.setdefault(budget, none)
        return policies

    @api.model
    def _get_control_effects(self, change, months):
        # EXTENDS: what is ordered of a reservation takes nothing more of the plan
        effects = super()._get_control_effects(change, months)
        if self.uses_releases:
            effects[False] = effects_by_leaf(change.spent, months)
        return effects

    def _get_control_targets(self, event, policies, effects):
        # EXTENDS
        targets = super()._get_control_targets(event, policies, effects)
        if self.uses_releases:
            targets = [*targets, *self._get_release_targets(effects)]
        return targets

    def _get_release_targets(self, effects):
        """The nearest places that something was released to, and the whole budget.

        A leaf that nothing was released to, itself or above, can't be obligated at all.
        """
        paths = self._get_control_paths(effects)
        named = {
            node for node, _units, _release in self._get_release_rows(("released",))
        }
        places = {node for path in paths.values() for node in path if node in named}
        loose = [leaf for leaf, path in paths.items() if not named.intersection(path)]
        if None in named:
            places.add(None)
        else:
            places.update(loose)
        leaves = self._get_control_leaves({node or False for node in places})
        return [
            ReleaseTarget(
                category=node or 0,
                leaves=tuple(leaves[node or False]),
                action="stop",
                basis="to_date",
            )
            for node in sorted(places, key=lambda node: node or 0)
        ]

    def _get_control_limits(self, target, reader):
        # EXTENDS
        if not isinstance(target, ReleaseTarget):
            return super()._get_control_limits(target, reader)
        columns = {month: place for place, month in enumerate(reader.months)}
        parents = self._get_parents()
        result = [0] * len(reader.months)
        for node, units, release in self._get_release_rows(("released",)):
            place = columns.get(release.date_from.replace(day=1))
            counts = engine.by_node([(node, units)], parents)
            if place is not None and (target.category or None) in counts:
                result[place] += units
        return result

    # === ACTIONS === #

    def action_plan_releases(self):
        """A pending release for each quarter that has none yet, of what isn't planned to be."""
        self.ensure_one()
        self._check_can_manage()
        if not self.uses_releases:
            raise UserError(
                self.env._(
                    "“%(budget)s” is spent without releases: switch them on in it first.",
                    budget=self.name,
                )
            )
        if self.release_ids.filtered(
            lambda r: not r.category_id and r.state in COUNTING_STATES
        ):
            raise UserError(
                self.env._(
                    "“%(budget)s” has releases for the whole budget already: change or cancel "
                    "those.",
                    budget=self.name,
                )
            )
        quarters = period.group_months(
            self._get_months(), "quarter", self._get_fiscal_month()
        )
        rows = self._get_release_rows(COUNTING_STATES)
        free = self._get_plan_by_node()[None] - sum(units for _n, units, _r in rows)
        parts = engine.split_quarters(
            max(free, 0), len(quarters), self._parse_release_percents()
        )
        digits = self.currency_id.decimal_places
        self.env["sop.budget.release"].create(
            [
                {
                    "budget_id": self.id,
                    "date_from": quarter.date_from,
                    "amount": from_units(units, digits),
                }
                for quarter, units in zip(quarters, parts, strict=True)
                if units
            ]
        )
        return self.action_open_releases()

    def action_open_releases(self):
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "sop_budget_control.sop_budget_release_action"
        )
        return {
            **action,
            "domain": [("budget_id", "=", self.id)],
            "context": {"default_budget_id": self.id},
        }

    def action_open_release_performance(self):
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "sop_budget_control.sop_release_performance_action"
        )
        return {**action, "domain": [("budget_id", "=", self.id)], "context": {}}


class SopBudgetTransfer(models.Model):
    _inherit = "sop.budget.transfer"

    def _check_releases(self, after):
        """What was released of a category stays covered by its plan."""
        changes = defaultdict(int)
        planned = self._read_planned()
        for (category_id, month), units in after.items():
            changes[category_id] += units - planned.get((category_id, month), 0)
        budgets = self.budget_id | self.target_budget_id
        for budget in budgets.filtered("uses_releases"):
            ids = set(budget.category_ids.ids)
            budget._check_release_sums(
                {
                    category_id: units
                    for category_id, units in changes.items()
                    if category_id in ids
                }
            )

    # === CEILINGS === #

    def _get_ceiling_changes(self, ceilings):
        """``{ceiling id: units}`` that the lines bring to each ceiling."""
        result = defaultdict(int)
        # sudo: where a category is in the tree and who pays for it decide, seen or not
        for line in self.sudo().line_ids:
            units = to_units(line.amount, line.currency_id.decimal_places)
            for category, month, sign in (
                (line.category_from_id, line.month_from, -1),
                (line.category_to_id or line.category_from_id, line.month_to, 1),
            ):
                for ceiling in ceilings:
                    if category and ceiling._takes(category, month):
                        result[ceiling.id] += sign * units
        return result

    def _find_ceilings(self):
        """``[(ceiling, level, sentence)]``, see ``sop.budget._find_ceilings``."""
        self.ensure_one()
        budget = self.target_budget_id or self.budget_id
        if not budget:
            return []
        return budget._find_ceilings(self._get_ceiling_changes(budget._get_ceilings()))

    def _describe_ceilings(self, found):
        return "\n".join(text for _ceiling, _level, text in found)

    def _refuse_hard_ceilings(self):
        """Refuse what exceeds a hard ceiling; return what is to be told about the others."""
        budget = self.target_budget_id or self.budget_id
        changes = self._get_ceiling_changes(budget._get_ceilings())
        return budget._check_ceilings(changes)
