# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from odoo import api, models
from odoo.tools import SQL

from .ledger_sql import (
    HASH_PLANS,
    LOOSE_KINDS,
    USUAL_PLANS,
    cell_items_sql,
    clean_months_sql,
    open_lines_sql,
    owned_sql,
    scales_sql,
    scope_join,
)

SPENDING = ("expense", "capital")
#: What takes from the plan
TAKING = ("reserved", "committed", "actual")
MEASURES = ("planned", *TAKING)


class SopBudget(models.Model):
    _inherit = "sop.budget"

    @api.model
    def _get_sums_reader(self, budgets):
        return SpendingSums(budgets)

    def _get_spending(self) -> dict[int, dict[str, int]]:
        """``{budget id: {measure: minor units}}`` of expenses and capital, over all months.

        A few queries for any number of budgets. Whatever owns a part of an item is of the kind
        of the item's account (``engine/matching.py``), so who owns it makes no difference to a
        total, as long as the reader sees every category. Else the matrix leaves some out.
        """
        self.check_access("read")
        shown = self._filter_figures()
        if not shown:
            return {}
        reader = self._get_sums_reader(shown)
        veiled = self.browse(reader.hidden)
        reader.read_all(shown - veiled)
        for budget_id, matrix in veiled._get_matrix_many().items():
            for name in MEASURES:
                units = sum(int(matrix.total(name, kind).sum()) for kind in SPENDING)
                reader.sums[budget_id][name] = units
        return reader.sums


class SpendingSums:
    """Reads what several budgets plan and spend in all.

    Amounts of spending have the sign of the books: nothing is turned round here.
    """

    def __init__(self, budgets):
        self.env = budgets.env
        self.sums = {id_: dict.fromkeys(MEASURES, 0) for id_ in budgets.ids}
        self.env.flush_all()
        self.env["sop.budget.map"]._rebuild_pending()
        self.hidden = list(budgets._get_hidden_categories())
        self.ids = []

    def read_all(self, budgets):
        """Read the sums of budgets whose categories are all seen, in :attr:`sums`."""
        self.ids = budgets.ids
        if self.ids:
            self.read_planned()
            self.read_claims()
            self.read_commitments()
            self.read_actual()
            self.env.cr.execute(USUAL_PLANS)

    def add(self, measure, rows):
        """Add rows of budget id and minor units."""
        for budget, units in rows:
            self.sums[budget][measure] += int(units)

    def read_planned(self):
        rows = self.env.execute_query(
            SQL(
                """
                SELECT budget.id, sop_sum_units((amount.amount * scales.scale)::bigint)
                  FROM sop_budget budget
                  JOIN sop_budget_amount amount ON amount.budget_id = budget.id
                   AND amount.month BETWEEN date_trunc('month', budget.date_from::timestamp)
                                        AND budget.date_to
                  JOIN %(scales)s scales ON scales.company_id = budget.company_id
                 WHERE budget.id = ANY(%(ids)s) AND amount.kind IN %(kinds)s
              GROUP BY budget.id
                """,
                scales=scales_sql(),
                ids=self.ids,
                kinds=SPENDING,
            )
        )
        self.add("planned", rows)

    def read_claims(self):
        """What is granted and not ordered yet (``reserved``): nothing here.

        An add-on that brings such documents to the matrix adds them here as well.
        """

    # === COMMITMENTS === #

    def read_commitments(self):
        for name in self.env["sop.budget"]._get_commitment_models():
            self.add("committed", self._read_open_lines(self.env[name]))

    def _read_open_lines(self, model):
        loose_kind = LOOSE_KINDS[model._sop_balance_sign]
        lines = open_lines_sql(
            model,
            SQL(
                "line.company_id = budget.company_id AND line.sop_stage = 'open'"
                " AND line.sop_date BETWEEN budget.date_from AND budget.date_to"
            ),
        )
        items = SQL(
            """
            SELECT budget.id AS tag, line.account_id, line.month, line.units
              FROM sop_budget budget CROSS JOIN LATERAL (%(lines)s) line
             WHERE budget.id = ANY(%(ids)s)
               AND (line.account_id IS NOT NULL OR budget.%(in_scope)s)
            """,
            lines=lines,
            ids=self.ids,
            in_scope=SQL.identifier(f"scope_{loose_kind}"),
        )
        return self.env.execute_query(
            SQL(
                """%s SELECT tag, sop_sum_units(units) FROM (%s) owned
                    WHERE kind IN %s GROUP BY tag""",
                HASH_PLANS,
                # Without a plan: parts that move between categories stay in the sum
                owned_sql(items, SQL("item.tag"), None, loose_kind),
                SPENDING,
            )
        )

    # === ACTUAL === #

    def read_actual(self):
        self.add("actual", self._read_months())
        cells = self._find_fresh()
        if cells:
            *columns, budgets = zip(*cells, strict=True)
            for number, units in self._read_fresh(columns):
                self.add("actual", ((id_, units) for id_ in budgets[number - 1]))

    def _is_whole(self, month):
        """Whether a month lies inside the dates of ``budget``."""
        return SQL(
            """(%(month)s >= budget.date_from
                AND %(month)s + INTERVAL '1 month' - INTERVAL '1 day' <= budget.date_to)""",
            month=month,
        )

    def _read_months(self):
        """What the cube knows of the whole months, added up once for equal dates."""
        return self.env.execute_query(
            SQL(
                """
                %(plans)s
                WITH member AS MATERIALIZED (
                    SELECT id, company_id, date_from, date_to,
                           dense_rank() OVER (ORDER BY company_id, date_from, date_to) AS span
                      FROM sop_budget WHERE id = ANY(%(ids)s)
                ), known AS (
                    SELECT budget.span, clean.account_id, sop_sum_units(clean.units) AS units
                      FROM (SELECT DISTINCT span, company_id, date_from, date_to FROM member) budget
                      JOIN (%(clean)s) clean USING (company_id)
                     WHERE %(is_whole)s GROUP BY 1, 2
                )
                SELECT member.id, sop_sum_units(known.units)
                  FROM known JOIN member USING (span) %(scope)s
                 WHERE scope.kind IN %(kinds)s GROUP BY member.id
                """,
                plans=HASH_PLANS,
                clean=clean_months_sql(),
                is_whole=self._is_whole(SQL("clean.month")),
                scope=scope_join(SQL("member.id"), SQL("known.account_id")),
                ids=self.ids,
                kinds=SPENDING,
            )
        )

    def _find_fresh(self):
        """What to read from the journal items: ``company, account, month, from, to, budgets``.

        Budgets of a company share the reading where they share the dates.
        """
        return self.env.execute_query(
            SQL(
                """
                SELECT budget.company_id, fresh.account_id, fresh.month,
                       greatest(fresh.month, budget.date_from),
                       least((fresh.month + INTERVAL '1 month' - INTERVAL '1 day')::date,
                             budget.date_to),
                       array_agg(budget.id)
                  FROM (
                    SELECT budget.id, scope.account_id, dirty.month
                      FROM sop_budget budget
                      JOIN sop_ledger_dirty dirty ON dirty.company_id = budget.company_id
                       AND dirty.month BETWEEN date_trunc('month', budget.date_from::timestamp)
                                           AND budget.date_to
                      %(dirty_scope)s
                     WHERE budget.id = ANY(%(ids)s) AND scope.kind IN %(kinds)s
                     UNION
                    SELECT budget.id, scope.account_id, date_trunc('month', edge.day)::date
                      FROM sop_budget budget
                     CROSS JOIN LATERAL (
                        VALUES (budget.date_from::timestamp), (budget.date_to::timestamp)
                     ) edge (day)
                      JOIN sop_budget_map scope ON scope.budget_id = budget.id
                       AND scope.analytic_account_id IS NULL
                     WHERE budget.id = ANY(%(ids)s) AND scope.kind IN %(kinds)s
                       AND NOT %(is_whole)s
                  ) fresh JOIN sop_budget budget USING (id)
              GROUP BY 1, 2, 3, 4, 5
                """,
                dirty_scope=scope_join(SQL("budget.id"), SQL("dirty.account_id")),
                is_whole=self._is_whole(SQL("date_trunc('month', edge.day)")),
                ids=self.ids,
                kinds=SPENDING,
            )
        )

    def _read_fresh(self, columns):
        """Number of a cell (from 1) and its minor units."""
        cells = SQL(
            """unnest(%s::int[], %s::int[], %s::date[], %s::date[], %s::date[])
               WITH ORDINALITY
               AS fresh (company_id, account_id, month, date_from, date_to, number)""",
            *(list(column) for column in columns),
        )
        return self.env.execute_query(
            SQL(
                "%s SELECT number, sop_sum_units(units) FROM (%s) item GROUP BY number",
                HASH_PLANS,
                cell_items_sql(
                    cells,
                    SQL("fresh.company_id"),
                    SQL("fresh.date_from"),
                    SQL("fresh.date_to"),
                ),
            )
        )
