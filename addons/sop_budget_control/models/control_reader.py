# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""Plan and use of a few categories, by the same rules as the matrix of the whole budget.

A check needs a handful of categories of a budget that may have hundreds. What they own is
looked up in the map first, and only accounts, analytic accounts and order lines that can be
theirs are read. A test compares the outcome with the matrix.
"""

import datetime
from collections import defaultdict

from odoo.tools import SQL

from odoo.addons.sop_budget.engine import period
from odoo.addons.sop_budget.models.ledger_sql import (
    HASH_PLANS,
    LOOSE_KINDS,
    fresh_items_sql,
    month_column,
    open_lines_sql,
    owned_sql,
    owner_joins,
    owner_sql,
    scope_join,
)
from odoo.addons.sop_budget.models.sop_budget_matrix import MatrixReader

#: How tags begin of what is reserved, or takes the place of something reserved.
RESERVED_TAG = "reserved:"
#: So many leaves own so much that a search for it costs more than it saves.
WIDE = 500


def months_of(budget):
    return period.months_between(budget.date_from, budget.date_to)


def settle(rows):
    """``(tag, category, month, units)`` of rows of :func:`read_owned`, moves booked twice."""
    for tag, moved, target, source, month, units in rows:
        if target:
            yield tag, target, month, units
        if moved and source:
            yield tag, source, month, -units


def read_owned(env, items, budget):
    """Whose the items are: rows for :func:`settle`. Only what can be overspent.

    To be ended with USUAL_PLANS.
    """
    loose_kind = LOOSE_KINDS[1] if budget.scope_expense else None
    return env.execute_query(
        SQL(
            """%s SELECT tag, is_moved, target, source, month, sum(units)::bigint
                 FROM (%s) owned WHERE kind <> 'income' GROUP BY 1, 2, 3, 4, 5""",
            HASH_PLANS,
            owned_sql(items, budget.id, budget.plan_id.id, loose_kind),
        )
    )


class ControlReader(MatrixReader):
    """``planned``, ``used`` and the ``reserved`` part of it, for leaves of one budget.

    Units by bundle and month.

    What is always asked for together is summed up by the database. Whoever reads ends with
    USUAL_PLANS.

    :param bundles: ``{leaf: number of its bundle}``; without one, leaves by themselves
    """

    def __init__(self, budget, bundles):
        super().__init__(budget, budget.date_from, budget.date_to)
        if not isinstance(bundles, dict):
            bundles = {leaf: leaf for leaf in bundles}
        self.bundles = bundles
        self.leaves = sorted(bundles)
        self.keys = [bundles[leaf] for leaf in self.leaves]
        # As texts: an array of 2,000 elements takes longer to parse than to join
        self.bundle_columns = [
            f"{{{','.join(map(str, column))}}}" for column in (self.leaves, self.keys)
        ]
        self.columns = {month: place for place, month in enumerate(self.months)}
        self.scale = 10**self.places
        size = len(self.months)
        self.planned = {key: [0] * size for key in set(self.keys)}
        self.used = {key: [0] * size for key in set(self.keys)}
        self.reserved = {key: [0] * size for key in set(self.keys)}
        self.accounts, self.analytics, self.owns_accounts = [], [], False
        #: What they own of an account and an analytic account together.
        self.pairs = []

    def read(self):  # pylint: disable=method-required-super
        self._read_map()
        self._read_sums()
        fresh = self._find_fresh()
        if self.plan and self.whole_months:
            self._read_shares(fresh)
        self._read_items(fresh)
        return self

    def get_keys(self, leaves):
        """The bundles of all leaves of a target."""
        return {self.bundles[leaf] for leaf in leaves}

    def _add(self, table, key, month, units):
        if month in self.columns:
            table[key][self.columns[month]] += int(units)

    def _add_use(self, key, month, units, is_reserved):
        self._add(self.used, key, month, units)
        if is_reserved:
            self._add(self.reserved, key, month, units)

    def _bundle_join(self, category, alias="bundle", how=None):
        """Join ``bundle``: the bundle of a category; other categories go."""
        return SQL(
            "%s JOIN unnest(%s::int[], %s::int[]) AS %s (leaf, key) ON %s = %s",
            how or SQL(),
            *self.bundle_columns,
            SQL.identifier(alias),
            SQL.identifier(alias, "leaf"),
            category,
        )

    # === WHAT IS THEIRS === #

    def _read_map(self):
        """What they own; of many leaves only whether they own accounts at all."""
        if len(self.leaves) > WIDE:
            [(self.owns_accounts,)] = self.env.execute_query(
                SQL(
                    """SELECT EXISTS (
                        SELECT FROM sop_budget_map
                         WHERE budget_id = %s AND analytic_account_id IS NULL
                           AND category_id IS NOT NULL)""",
                    self.budget.id,
                )
            )
            return
        rows = self.env.execute_query(
            SQL(
                """SELECT account_id, analytic_account_id FROM sop_budget_map
                    WHERE budget_id = %s AND category_id = ANY(%s)""",
                self.budget.id,
                self.leaves,
            )
        )
        for account, analytic in rows:
            if not analytic:
                self.accounts.append(account)
            elif not account:
                self.analytics.append(analytic)
            else:
                self.pairs.append((account, analytic))
        self.owns_accounts = bool(self.accounts)

    def _may_be_theirs(self, account, distribution):
        """Condition that lets everything of theirs through, and hardly anything else.

        A key of several analytic accounts has a comma between digits; whose it is comes out
        when it is split.
        """
        if len(self.leaves) > WIDE:
            return SQL("TRUE")
        conditions = []
        if self.accounts:
            conditions.append(SQL("%s = ANY(%s)", account, self.accounts))
        if self.analytics:
            conditions.append(self._may_name(distribution, self.analytics))
        if self.pairs:
            accounts, analytics = (
                set(column) for column in zip(*self.pairs, strict=True)
            )
            conditions.append(
                SQL(
                    "(%s = ANY(%s) AND %s)",
                    account,
                    list(accounts),
                    self._may_name(distribution, analytics),
                )
            )
        return SQL(" OR ").join(conditions) if conditions else SQL("FALSE")

    @staticmethod
    def _may_name(distribution, analytics):
        return SQL(
            "(%(keys)s ?| %(ids)s::text[] OR %(keys)s::text ~ '[0-9],[0-9]')",
            keys=distribution,
            ids=[str(analytic) for analytic in analytics],
        )

    # === SUMS === #

    def _read_sums(self):
        parts = [self._planned_sql(), self._claims_sql()]
        if self.owns_accounts and self.whole_months:
            parts.append(self._months_sql())
        rows = self.env.execute_query(SQL(" UNION ALL ").join(parts))
        for kind, key, month, units in rows:
            if kind == "planned":
                self._add(self.planned, key, month, units)
            else:
                self._add_use(key, month, units, kind == "reserved")

    def _planned_sql(self):
        return SQL(
            """SELECT 'planned', bundle.key, amount.month,
                      round(COALESCE(SUM(amount.amount), 0) * %s)::bigint
                 FROM sop_budget_amount amount %s
                WHERE amount.budget_id = %s GROUP BY 2, 3""",
            self.scale,
            self._bundle_join(SQL("amount.category_id")),
            self.budget.id,
        )

    def _claims_sql(self):
        """What approved proposals hold."""
        return SQL(
            """SELECT 'reserved', bundle.key, date_trunc('month', claim.date::timestamp)::date,
                      sop_sum_units((COALESCE(claim.reserved_amount, 0) * %s)::bigint)
                 FROM sop_proposal_line claim %s
                WHERE claim.budget_id = %s AND claim.stage = 'reserved'
                  AND claim.date BETWEEN %s AND %s GROUP BY 2, 3""",
            self.scale,
            self._bundle_join(SQL("claim.category_id")),
            self.budget.id,
            self.date_from,
            self.date_to,
        )

    def _months_sql(self):
        return SQL(
            """
            SELECT 'actual', bundle.key, known.month, (SUM(known.balance) * %(scale)s)::bigint
              FROM sop_ledger_month known %(scope)s %(bundle)s
             WHERE known.company_id = %(company)s AND known.month = ANY(%(months)s)
               AND NOT EXISTS (
                SELECT FROM sop_ledger_dirty dirty
                 WHERE dirty.company_id = known.company_id
                   AND dirty.account_id = known.account_id AND dirty.month = known.month
               )
          GROUP BY 2, 3
            """,
            scale=self.scale,
            scope=scope_join(self.budget.id, SQL("known.account_id")),
            bundle=self._bundle_join(SQL("scope.category_id")),
            company=self.company.id,
            months=self.whole_months,
        )

    def _read_shares(self, fresh):
        # OVERRIDE: only what comes to these categories, or goes from them
        conditions = list(self._share_conditions(fresh))
        parts = []
        if len(self.leaves) > WIDE:
            of_theirs = SQL(
                """share.analytic_account_id IN (
                    SELECT analytic_account_id FROM sop_budget_map
                     WHERE budget_id = %s AND analytic_account_id IS NOT NULL)""",
                self.budget.id,
            )
            parts.append(self._shares_sql(owner_sql(), 1, of_theirs, conditions))
        elif self.analytics or self.pairs:
            of_theirs = SQL(
                """share.analytic_account_id = ANY(%(any)s)
                   AND (share.analytic_account_id = ANY(%(whole)s)
                        OR (share.account_id, share.analytic_account_id) IN (
                            SELECT * FROM unnest(%(accounts)s::int[], %(analytics)s::int[])))""",
                any=[*self.analytics, *(analytic for _account, analytic in self.pairs)],
                whole=self.analytics,
                accounts=[account for account, _analytic in self.pairs],
                analytics=[analytic for _account, analytic in self.pairs],
            )
            parts.append(self._shares_sql(owner_sql(), 1, of_theirs, conditions))
        if self.owns_accounts:
            of_theirs = SQL("TRUE")
            if self.accounts:
                of_theirs = SQL("share.account_id = ANY(%s)", self.accounts)
            former = SQL("scope.category_id")
            parts.append(self._shares_sql(former, -1, of_theirs, conditions))
        if not parts:
            return
        rows = self.env.execute_query(
            SQL("%s %s", HASH_PLANS, SQL(" UNION ALL ").join(parts))
        )
        for key, year, *units in rows:
            for month, amount in enumerate(units, 1):
                if amount:
                    self._add(self.used, key, datetime.date(year, month, 1), amount)

    def _shares_sql(self, category, sign, of_theirs, conditions):
        amounts = SQL(", ").join(
            SQL("%s * sop_sum_units(share.%s)%s", sign, month_column(month), condition)
            for month, condition in conditions
        )
        return SQL(
            """
            SELECT bundle.key, share.year, %(amounts)s
              FROM sop_ledger_share share %(scope)s %(joins)s %(bundle)s
             WHERE share.company_id = %(company)s AND share.year BETWEEN %(first)s AND %(last)s
               AND %(of_theirs)s
               AND %(owner)s IS DISTINCT FROM scope.category_id AND %(owner)s IS NOT NULL
          GROUP BY 1, 2
            """,
            amounts=amounts,
            scope=scope_join(self.budget.id, SQL("share.account_id")),
            joins=owner_joins(
                self.budget.id,
                SQL("share.account_id"),
                SQL("share.analytic_account_id"),
            ),
            bundle=self._bundle_join(category),
            company=self.company.id,
            first=self.months[0].year,
            last=self.months[-1].year,
            of_theirs=of_theirs,
            owner=owner_sql(),
        )

    # === ITEM BY ITEM === #

    def _read_items(self, fresh):
        models = map(self.env.__getitem__, self.budget._get_commitment_models())
        sources = [self._open_sql(model) for model in models]
        sources += self.budget._get_control_sources()
        known = {*self.accounts, *(account for account, _analytic in self.pairs)}
        if known and not self.analytics:
            fresh = [cell for cell in fresh if cell[0] in known]
        if fresh:
            sources.append(
                SQL(
                    """SELECT 'actual' AS tag, account_id, month, units, distribution
                         FROM (%s) line WHERE %s""",
                    fresh_items_sql(
                        fresh, self.company.id, self.date_from, self.date_to
                    ),
                    self._may_be_theirs(
                        SQL("line.account_id"), SQL("line.distribution")
                    ),
                )
            )
        owned = owned_sql(
            SQL(" UNION ALL ").join(sources),
            self.budget.id,
            self.plan,
            LOOSE_KINDS[1] if self.budget.scope_expense else None,
        )
        rows = self.env.execute_query(
            SQL(
                """
                %s SELECT gains.key, loses.key, owned.month, sop_sum_units(owned.units),
                          starts_with(owned.tag, %s)
                     FROM (%s) owned %s %s
                    WHERE owned.kind <> 'income' GROUP BY 1, 2, 3, 5
                """,
                HASH_PLANS,
                RESERVED_TAG,
                owned,
                self._bundle_join(SQL("owned.target"), "gains", SQL("LEFT")),
                self._bundle_join(SQL("owned.source"), "loses", SQL("LEFT")),
            )
        )
        for gains, loses, month, units, is_reserved in rows:
            if gains is not None:
                self._add_use(gains, month, units, is_reserved)
            if loses is not None:
                self._add_use(loses, month, -units, is_reserved)

    def _open_sql(self, model):
        # What customers order and has no account yet is income, none of our business
        known = SQL(
            "" if model._sop_balance_sign > 0 else "sop_account_id IS NOT NULL AND"
        )
        return open_lines_sql(
            model,
            SQL(
                "%s line.company_id = %s AND line.sop_stage = 'open'"
                " AND line.sop_date BETWEEN %s AND %s AND (%s)",
                known,
                self.company.id,
                self.date_from,
                self.date_to,
                self._may_be_theirs(
                    SQL("line.sop_account_id"), SQL("line.analytic_distribution")
                ),
            ),
        )


def total(table, keys, size):
    """Some rows of a table, added up month by month."""
    rows = [table[key] for key in keys if key in table]
    return [sum(column) for column in zip(*rows, strict=True)] or [0] * size


def effects_by_leaf(rows, months):
    """``{leaf: units by month}`` of ``(category, month): units``; other months are left out."""
    columns = {month: place for place, month in enumerate(months)}
    found = defaultdict(lambda: [0] * len(months))
    for (category, month), units in rows.items():
        if units and month in columns:
            found[category][columns[month]] += int(units)
    return dict(found)
