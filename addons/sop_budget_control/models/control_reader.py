# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""Plan and use of a few categories, by the same rules as the matrix of the whole budget.

A check needs a handful of categories of a budget that may have hundreds. What they own is
looked up in the map first, and only accounts, analytic accounts and order lines that can be
theirs are read. A test compares the outcome with the matrix.
"""

from collections import defaultdict

from odoo.tools import SQL

from odoo.addons.sop_budget.engine import period
from odoo.addons.sop_budget.models.ledger_sql import (
    HASH_PLANS,
    LOOSE_KINDS,
    clean_shares_sql,
    fresh_items_sql,
    open_lines_sql,
    owned_sql,
    owner_joins,
    owner_sql,
    scope_join,
)


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


class ControlReader:
    """``planned`` and ``used``: units by category and month, for leaves of one budget.

    Whoever reads ends with USUAL_PLANS.
    """

    def __init__(self, budget, leaves):
        self.env = budget.env
        self.budget = budget
        self.leaves = sorted(leaves)
        self.months = months_of(budget)
        self.columns = {month: place for place, month in enumerate(self.months)}
        self.scale = 10**budget.currency_id.decimal_places
        size = len(self.months)
        self.planned = {leaf: [0] * size for leaf in self.leaves}
        self.used = {leaf: [0] * size for leaf in self.leaves}
        self.accounts, self.analytics = set(), set()
        self.env.flush_all()
        self.env["sop.budget.map"]._rebuild_pending()

    def read(self):  # pylint: disable=method-required-super
        self._read_map()
        self._read_sums()
        fresh = self._find_fresh()
        if self.budget.plan_id and (self.accounts or self.analytics):
            self._read_shares()
        self._read_items(fresh)
        return self

    def _add(self, table, category, month, units):
        if category in table and month in self.columns:
            table[category][self.columns[month]] += int(units)

    @property
    def partial_months(self):
        """Months of which the budget's dates cut something off."""
        budget = self.budget
        cut = {day for day in (budget.date_from,) if day.day != 1}
        if budget.date_to != period.month_end(budget.date_to):
            cut.add(budget.date_to)
        return sorted({period.month_start(day) for day in cut})

    @property
    def whole_months(self):
        partial = self.partial_months
        return [month for month in self.months if month not in partial]

    # === WHAT IS THEIRS === #

    def _read_map(self):
        rows = self.env.execute_query(
            SQL(
                "SELECT account_id, analytic_account_id FROM sop_budget_map"
                " WHERE budget_id = %s AND category_id = ANY(%s)",
                self.budget.id,
                self.leaves,
            )
        )
        for account, analytic in rows:
            if analytic:
                self.analytics.add(analytic)
            else:
                self.accounts.add(account)

    def _may_be_theirs(self, account, distribution):
        """Condition that lets everything of theirs through, and hardly anything else.

        A key of several analytic accounts has a comma between digits; whose it is comes out
        when it is split.
        """
        conditions = []
        if self.accounts:
            conditions.append(SQL("%s = ANY(%s)", account, sorted(self.accounts)))
        if self.analytics:
            conditions.append(
                SQL(
                    "(%(keys)s ?| %(ids)s::text[] OR %(keys)s::text ~ '[0-9],[0-9]')",
                    keys=distribution,
                    ids=[str(analytic) for analytic in sorted(self.analytics)],
                )
            )
        return SQL(" OR ").join(conditions) if conditions else SQL("FALSE")

    # === SUMS === #

    def _read_sums(self):
        parts = [self._planned_sql(), self._claims_sql()]
        if self.accounts and self.whole_months:
            parts.append(self._months_sql())
        rows = self.env.execute_query(SQL(" UNION ALL ").join(parts))
        for is_plan, category, month, units in rows:
            self._add(self.planned if is_plan else self.used, category, month, units)

    def _planned_sql(self):
        return SQL(
            """SELECT TRUE, category_id, month, round(COALESCE(amount, 0) * %s)::bigint
                 FROM sop_budget_amount WHERE budget_id = %s AND category_id = ANY(%s)""",
            self.scale,
            self.budget.id,
            self.leaves,
        )

    def _claims_sql(self):
        """What approved proposals hold."""
        return SQL(
            """SELECT FALSE, category_id, date_trunc('month', date::timestamp)::date,
                      round(COALESCE(reserved_amount, 0) * %s)::bigint
                 FROM sop_proposal_line
                WHERE budget_id = %s AND stage = 'reserved' AND category_id = ANY(%s)
                  AND date BETWEEN %s AND %s""",
            self.scale,
            self.budget.id,
            self.leaves,
            self.budget.date_from,
            self.budget.date_to,
        )

    def _months_sql(self):
        return SQL(
            """
            SELECT FALSE, scope.category_id, known.month, (SUM(known.balance) * %(scale)s)::bigint
              FROM sop_ledger_month known %(scope)s
             WHERE known.company_id = %(company)s AND known.account_id = ANY(%(accounts)s)
               AND known.month = ANY(%(months)s) AND scope.category_id = ANY(%(leaves)s)
               AND NOT EXISTS (
                SELECT FROM sop_ledger_dirty dirty
                 WHERE dirty.company_id = known.company_id
                   AND dirty.account_id = known.account_id AND dirty.month = known.month
               )
          GROUP BY scope.category_id, known.month
            """,
            scale=self.scale,
            scope=scope_join(self.budget.id, SQL("known.account_id")),
            company=self.budget.company_id.id,
            accounts=sorted(self.accounts),
            months=self.whole_months,
            leaves=self.leaves,
        )

    def _read_shares(self):
        """What the cube says analytic accounts take from the category of the account."""
        rows = self.env.execute_query(
            SQL(
                """
                %(plans)s
                SELECT %(owner)s, scope.category_id, share.month, SUM(share.units)::bigint
                  FROM (%(shares)s) share %(scope)s %(joins)s
                 WHERE share.month = ANY(%(months)s)
                   AND (share.analytic_account_id = ANY(%(analytics)s)
                        OR share.account_id = ANY(%(accounts)s))
                   AND %(owner)s IS DISTINCT FROM scope.category_id AND %(owner)s IS NOT NULL
              GROUP BY 1, 2, 3
                """,
                plans=HASH_PLANS,
                owner=owner_sql(),
                shares=clean_shares_sql(
                    self.budget.company_id.id,
                    (self.months[0].year, self.months[-1].year),
                ),
                scope=scope_join(self.budget.id, SQL("share.account_id")),
                joins=owner_joins(
                    self.budget.id,
                    SQL("share.account_id"),
                    SQL("share.analytic_account_id"),
                ),
                months=self.whole_months,
                analytics=sorted(self.analytics),
                accounts=sorted(self.accounts),
            )
        )
        for owner, former, month, units in rows:
            self._add(self.used, owner, month, units)
            self._add(self.used, former, month, -units)

    # === ITEM BY ITEM === #

    def _find_fresh(self):
        """Months of accounts that have to be read from the journal items."""
        theirs = SQL()
        if not self.analytics:
            theirs = SQL("AND scope.account_id = ANY(%s)", sorted(self.accounts))
        return self.env.execute_query(
            SQL(
                """
                SELECT dirty.account_id, dirty.month FROM sop_ledger_dirty dirty %(dirty_scope)s
                 WHERE dirty.company_id = %(company)s
                   AND dirty.month BETWEEN %(first)s AND %(last)s %(theirs)s
                 UNION
                SELECT scope.account_id, partial.month
                  FROM sop_budget_map scope, unnest(%(partial)s::date[]) partial (month)
                 WHERE scope.budget_id = %(budget)s AND scope.analytic_account_id IS NULL
                       %(theirs)s
                """,
                dirty_scope=scope_join(self.budget.id, SQL("dirty.account_id")),
                company=self.budget.company_id.id,
                first=self.months[0],
                last=self.months[-1],
                partial=self.partial_months,
                budget=self.budget.id,
                theirs=theirs,
            )
        )

    def _read_items(self, fresh):
        sources = [
            self._open_sql(model)
            for model in map(self.env.__getitem__, self.budget._get_commitment_models())
        ]
        if fresh:
            sources.append(
                SQL(
                    """SELECT 'actual' AS tag, account_id, month, units, distribution
                         FROM (%s) line WHERE %s""",
                    fresh_items_sql(
                        fresh,
                        self.budget.company_id.id,
                        self.budget.date_from,
                        self.budget.date_to,
                    ),
                    self._may_be_theirs(
                        SQL("line.account_id"), SQL("line.distribution")
                    ),
                )
            )
        items = SQL(" UNION ALL ").join(sources)
        for _tag, category, month, units in settle(
            read_owned(self.env, items, self.budget)
        ):
            self._add(self.used, category, month, units)

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
                self.budget.company_id.id,
                self.budget.date_from,
                self.budget.date_to,
                self._may_be_theirs(
                    SQL("line.sop_account_id"), SQL("line.analytic_distribution")
                ),
            ),
        )


def total(table, leaves, size):
    """The rows of some leaves, added up month by month."""
    result = [0] * size
    for leaf in leaves:
        row = table.get(leaf)
        if row:
            result = [a + b for a, b in zip(result, row, strict=True)]
    return result


def effects_by_leaf(rows, months):
    """``{leaf: units by month}`` of ``(category, month): units``; other months are left out."""
    columns = {month: place for place, month in enumerate(months)}
    found = defaultdict(lambda: [0] * len(months))
    for (category, month), units in rows.items():
        if units and month in columns:
            found[category][columns[month]] += int(units)
    return dict(found)
