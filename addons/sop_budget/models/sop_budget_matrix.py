# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
import numpy as np

from odoo import api, fields, models
from odoo.tools import SQL

from ..engine import matrix as engine
from ..engine import period
from .ledger_sql import (
    CALENDAR_MONTHS,
    HASH_PLANS,
    LOOSE_KINDS,
    USUAL_PLANS,
    fresh_items_sql,
    month_column,
    open_lines_sql,
    owned_sql,
    owner_joins,
    owner_sql,
    scope_join,
)


class SopBudget(models.Model):
    """All base figures of a budget in a few queries.

    Every transaction of Odoo works on one snapshot, so the queries of a matrix belong
    together although they are several.
    """

    _inherit = "sop.budget"

    @api.model
    def _get_matrix_reader(self, budget, date_from=None, date_to=None):
        return MatrixReader(
            budget, date_from or budget.date_from, date_to or budget.date_to
        )

    def _get_matrix(
        self, date_from=None, date_to=None, draft=False, measures=engine.MEASURES
    ) -> engine.Matrix:
        """The base figures by category and month.

        Dates may lie outside of the budget. A month that they cut is in the matrix with the
        actuals and orders inside the dates; what is planned is always that of whole months.
        What the reader may not see is left out, also of the totals.

        :param draft: whether orders in preparation are asked for
        :param measures: which figures are asked for; the others stay zero
        """
        self.ensure_one()
        self._check_figures()
        reader = self._get_matrix_reader(self, date_from, date_to)
        reader.read_tree()
        if "actual" in measures:
            reader.read_actual()
        stages = {"open": "committed"} if "committed" in measures else {}
        if draft and "preparing" in measures:
            stages["draft"] = "preparing"
        if stages:
            reader.read_commitments(stages)
        claims = [name for name in engine.CLAIM_MEASURES if name in measures]
        if claims:
            reader.read_claims(claims)
        reader.read_plan([name for name in engine.PLAN_MEASURES if name in measures])
        reader.end()
        return reader.builder.build(reader.places)

    def _get_matrix_many(self, measures=engine.MEASURES):
        """``{budget id: matrix}``, each over its own dates; only what shows its figures."""
        return {
            budget.id: budget._get_matrix(measures=measures)
            for budget in self._filter_figures()
        }


class MatrixReader:
    """Reads what one matrix is made of."""

    def __init__(self, budget, date_from, date_to):
        self.env = budget.env
        # sudo: who may read a budget may read its sums, whatever rights he has to the books
        self.budget = budget.sudo()
        self.categories = budget.env["sop.budget.category"]
        self.company = self.budget.company_id
        self.places = self.budget.currency_id.decimal_places
        self.plan = self.budget.plan_id.id
        self.date_from = fields.Date.to_date(date_from)
        self.date_to = fields.Date.to_date(date_to)
        self.months = period.months_between(self.date_from, self.date_to)
        self.builder = None
        self.env.flush_all()
        self.env["sop.budget.map"]._rebuild_pending()

    def end(self):
        self.env.cr.execute(USUAL_PLANS)

    # === DATES === #

    @property
    def partial_months(self):
        """Months of which the dates cut something off."""
        cut = {month for month in (self.date_from,) if month.day != 1}
        if self.date_to != period.month_end(self.date_to):
            cut.add(self.date_to)
        return sorted({period.month_start(day) for day in cut})

    @property
    def whole_months(self):
        partial = self.partial_months
        return [month for month in self.months if month not in partial]

    # === TREE AND PLAN === #

    def read_tree(self):
        """Rows of the matrix: the categories that the reader may see."""
        # In the order of every list; a search for a query has none of its own
        query = self.categories._search(
            [("budget_id", "=", self.budget.id)], order="sequence, code, id"
        )
        count = SQL(
            "(SELECT count(*) FROM sop_budget_category WHERE budget_id = %s)",
            self.budget.id,
        )
        names = ("id", "parent_id", "is_leaf", "kind")
        columns = [SQL.identifier(query.table, name) for name in names]
        rows = self.env.execute_query(query.select(*columns, count))
        total = (
            rows[0][-1]
            if rows
            else self.env.execute_query(SQL("SELECT %s", count))[0][0]
        )
        tree = engine.CategoryTree.build([row[:-1] for row in rows])
        self.builder = engine.MatrixBuilder(tree, self.months, total)

    def read_plan(self, measures):
        columns = {name: self._get_plan_column(name) for name in measures}
        columns = {name: column for name, column in columns.items() if column}
        if not columns:
            return
        # As digits without a point: NumPy reads them at once, and nothing is rounded
        digits = SQL(", ").join(
            SQL(
                "replace(string_agg(round(COALESCE(%s, 0), %s)::text, ','), '.', '')",
                SQL.identifier(column),
                self.places,
            )
            for column in columns.values()
        )
        rows = self.env.execute_query(
            SQL(
                """SELECT month, string_agg(category_id::text, ','), %s
                     FROM sop_budget_amount
                    WHERE budget_id = %s AND month BETWEEN %s AND %s
                 GROUP BY month""",
                digits,
                self.budget.id,
                self.months[0],
                self.months[-1],
            )
        )
        for month, categories, *figures in rows:
            owners = np.fromstring(categories, dtype=np.int64, sep=",")
            for measure, units in zip(columns, figures, strict=True):
                self.builder.add_month(
                    measure,
                    month,
                    owners,
                    np.fromstring(units, dtype=np.int64, sep=","),
                )

    def _get_plan_column(self, measure):
        """Column of ``sop_budget_amount`` with a measure of the plan; None: nothing keeps it."""
        return {"planned": "amount"}.get(measure)

    # === CLAIMS === #

    def read_claims(self, measures):
        """What is asked for and granted before an order: nothing here.

        An add-on that knows such documents adds their amounts with ``add_cells``.
        """

    # === ACTUAL === #

    def read_actual(self):
        fresh = self._find_fresh()
        if self.whole_months:
            self._read_months()
            if self.plan:
                self._read_shares(fresh)
        if fresh:
            items = SQL(
                "SELECT 'actual' AS tag, account_id, month, units, distribution FROM (%s) line",
                fresh_items_sql(fresh, self.company.id, self.date_from, self.date_to),
            )
            self._read_owned(items)

    def _find_fresh(self):
        """Months of accounts that have to be read from the journal items."""
        return self.env.execute_query(
            SQL(
                """
                SELECT dirty.account_id, dirty.month FROM sop_ledger_dirty dirty %(dirty_scope)s
                 WHERE dirty.company_id = %(company)s
                   AND dirty.month BETWEEN %(first)s AND %(last)s
                 UNION
                SELECT scope.account_id, partial.month
                  FROM sop_budget_map scope, unnest(%(partial)s::date[]) partial (month)
                 WHERE scope.budget_id = %(budget)s AND scope.analytic_account_id IS NULL
                """,
                dirty_scope=scope_join(self.budget.id, SQL("dirty.account_id")),
                company=self.company.id,
                first=self.months[0],
                last=self.months[-1],
                partial=self.partial_months,
                budget=self.budget.id,
            )
        )

    def _read_months(self):
        rows = self.env.execute_query(
            SQL(
                """
                SELECT scope.kind, scope.category_id, known.month,
                       (SUM(known.balance) * %(scale)s)::bigint
                  FROM sop_ledger_month known %(scope)s
                 WHERE known.company_id = %(company)s AND known.month = ANY(%(months)s)
                   AND NOT EXISTS (
                    SELECT FROM sop_ledger_dirty dirty
                     WHERE dirty.company_id = known.company_id
                       AND dirty.account_id = known.account_id AND dirty.month = known.month
                   )
              GROUP BY scope.kind, scope.category_id, known.month
                """,
                scale=10**self.places,
                scope=scope_join(self.budget.id, SQL("known.account_id")),
                company=self.company.id,
                months=self.whole_months,
            )
        )
        self._add_rows("actual", rows)

    def _read_shares(self, fresh):
        """What the cube says analytic accounts take from the category of the account."""
        amounts = SQL(", ").join(
            SQL("sop_sum_units(share.%s)%s", month_column(month), condition)
            for month, condition in self._share_conditions(fresh)
        )
        rows = self.env.execute_query(
            SQL(
                """
                %(plans)s
                SELECT %(owner)s, scope.category_id, scope.kind, share.year, %(amounts)s
                  FROM sop_ledger_share share %(scope)s %(joins)s
                 WHERE share.company_id = %(company)s AND share.year BETWEEN %(first)s AND %(last)s
                   AND share.analytic_account_id IN (
                    SELECT analytic_account_id FROM sop_budget_map
                     WHERE budget_id = %(budget)s AND analytic_account_id IS NOT NULL
                   )
                   AND %(owner)s IS DISTINCT FROM scope.category_id AND %(owner)s IS NOT NULL
              GROUP BY 1, 2, 3, 4
                """,
                plans=HASH_PLANS,
                owner=owner_sql(),
                amounts=amounts,
                scope=scope_join(self.budget.id, SQL("share.account_id")),
                joins=owner_joins(
                    self.budget.id,
                    SQL("share.account_id"),
                    SQL("share.analytic_account_id"),
                ),
                company=self.company.id,
                budget=self.budget.id,
                first=self.months[0].year,
                last=self.months[-1].year,
            )
        )
        moves = [row[:4] for row in rows]
        units = np.array([row[4:] for row in rows], dtype=np.int64)
        self.builder.move_years("actual", moves, units.reshape(len(rows), 12))

    def _share_conditions(self, fresh):
        """For each calendar month, the filter that leaves out what is read elsewhere."""
        stale = {}
        for account, month in fresh:
            if month not in self.partial_months:
                stale.setdefault(month, []).append(account)
        for month in CALENDAR_MONTHS:
            wrong = [
                SQL(
                    "share.year = %s AND share.account_id = ANY(%s)", day.year, accounts
                )
                for day, accounts in stale.items()
                if day.month == month
            ]
            wrong += [
                SQL("share.year = %s", day.year)
                for day in self.partial_months
                if day.month == month
            ]
            condition = SQL()
            if wrong:
                condition = SQL(
                    " FILTER (WHERE NOT (%s))",
                    SQL(" OR ").join(SQL("(%s)", part) for part in wrong),
                )
            yield month, condition

    # === COMMITMENTS === #

    def read_commitments(self, stages):
        """Open order lines. ``stages``: the measure that each stage is counted in."""
        for name in self.budget._get_commitment_models():
            model = self.env[name]
            loose_kind = LOOSE_KINDS[model._sop_balance_sign]
            if not self.budget[f"scope_{loose_kind}"]:
                loose_kind = None
            items = open_lines_sql(
                model,
                SQL(
                    "line.company_id = %s AND line.sop_stage IN %s"
                    " AND line.sop_date BETWEEN %s AND %s",
                    self.company.id,
                    tuple(stages),
                    self.date_from,
                    self.date_to,
                ),
            )
            self._read_owned(items, loose_kind, stages)

    # === BOTH === #

    def _read_owned(self, items, loose_kind=None, measures=None):
        rows = self.env.execute_query(
            SQL(
                """%s SELECT tag, is_moved, kind, target, source, month, sop_sum_units(units)
                     FROM (%s) owned GROUP BY 1, 2, 3, 4, 5, 6""",
                HASH_PLANS,
                owned_sql(items, self.budget.id, self.plan, loose_kind),
            )
        )
        for tag in {row[0] for row in rows}:
            measure = (measures or {}).get(tag, tag)
            of_tag = [row[1:] for row in rows if row[0] == tag]
            self._add_rows(
                measure, [(k, t, m, u) for _moved, k, t, _source, m, u in of_tag]
            )
            self._add_rows(
                measure, [(k, s, m, -u) for moved, k, _t, s, m, u in of_tag if moved]
            )

    def _add_rows(self, measure, rows):
        if rows:
            kinds, categories, months, units = zip(*rows, strict=True)
            self.builder.add_cells(measure, categories, kinds, months, units)
