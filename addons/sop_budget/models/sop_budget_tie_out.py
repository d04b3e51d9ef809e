# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from odoo import models
from odoo.tools import SQL

from ..engine.money import from_units
from .ledger_sql import (
    HASH_PLANS,
    clean_months_sql,
    clean_shares_sql,
    fresh_items_sql,
    owned_sql,
    owner_joins,
    owner_sql,
    scales_sql,
    scope_join,
    settle_sql,
)
from .sop_budget_matrix import MatrixReader

COLUMNS = ("ledger", "categories", "unassigned", "hidden", "difference")


class SopBudget(models.Model):
    """The proof that no posted item of a budget's scope is lost or counted twice."""

    _inherit = "sop.budget"

    def _get_tie_out(self, date_from=None, date_to=None):
        """Scope of the budget against the trial balance, account by account.

        ``ledger`` is summed from the journal items and nothing else; ``categories`` and
        ``unassigned`` come the way the figures of the budget come, from the cube and the map.
        What the reader may not see is taken out of ``ledger`` and ``categories`` alike.

        :return: ``{"accounts": [{"account_id", "kind", "ledger", "categories", "unassigned",
            "difference"}], "totals": {"ledger", …}, "hidden_count"}``, debit positive
        """
        self.ensure_one()
        self._check_figures()
        reader = TieOutReader(
            self, date_from or self.date_from, date_to or self.date_to
        )
        reader.read_tree()
        rows = reader.read_accounts()
        reader.end()
        places = reader.places
        totals = {
            name: from_units(sum(row[name] for row in rows), places)
            for name in COLUMNS
            if name != "hidden"
        }
        return {
            "accounts": [
                {
                    "account_id": row["account_id"],
                    "kind": row["kind"],
                    **{name: from_units(row[name], places) for name in totals},
                }
                for row in rows
            ],
            "totals": totals,
            "hidden_count": reader.hidden_count,
        }


class TieOutReader(MatrixReader):
    """Reads actuals by account instead of by category."""

    def read_accounts(self):
        visible = set(self.builder.tree.ids)
        accounts = {}
        for account, kind, units in self._read_ledger():
            accounts[account] = {
                "account_id": account,
                "kind": kind,
                **dict.fromkeys(COLUMNS, 0),
                "ledger": units,
            }
        for account, category, units in self._read_figures():
            name = "unassigned"
            if category is not None:
                name = "categories" if category in visible else "hidden"
            accounts[account][name] += units
        for row in accounts.values():
            row["ledger"] -= row["hidden"]
            row["difference"] = row["ledger"] - row["categories"] - row["unassigned"]
        return [row for row in accounts.values() if any(row[name] for name in COLUMNS)]

    @property
    def hidden_count(self):
        return self.builder.hidden_count

    def _read_ledger(self):
        """The trial balance of the accounts in scope."""
        return self.env.execute_query(
            SQL(
                """
                %(plans)s
                SELECT scope.account_id, scope.kind,
                       sop_sum_units((line.balance * scales.scale)::bigint)
                  FROM sop_budget_map scope
             LEFT JOIN account_move_line line
                    ON line.account_id = scope.account_id AND line.company_id = %(company)s
                   AND line.parent_state = 'posted'
                   AND line.date BETWEEN %(date_from)s AND %(date_to)s
             LEFT JOIN %(scales)s scales ON scales.company_id = line.company_id
                 WHERE scope.budget_id = %(budget)s AND scope.analytic_account_id IS NULL
              GROUP BY scope.account_id, scope.kind ORDER BY scope.kind, scope.account_id
                """,
                plans=HASH_PLANS,
                company=self.company.id,
                date_from=self.date_from,
                date_to=self.date_to,
                scales=scales_sql(),
                budget=self.budget.id,
            )
        )

    def _read_figures(self):
        """``account, category, units``, from the sources that the matrix has."""
        fresh = self._find_fresh()
        parts = [self._cube_sql()]
        if self.plan:
            parts.append(self._moved_cube_sql())
        if fresh:
            items = fresh_items_sql(
                fresh, self.company.id, self.date_from, self.date_to
            )
            tagged = SQL("SELECT 0 AS tag, line.* FROM (%s) line", items)
            parts.append(settle_sql(owned_sql(tagged, self.budget.id, self.plan)))
        return self.env.execute_query(
            SQL(
                """%s SELECT account_id, category_id, sop_sum_units(units) FROM (%s) figure
                    GROUP BY account_id, category_id""",
                HASH_PLANS,
                SQL(" UNION ALL ").join(parts),
            )
        )

    def _cube_sql(self):
        return SQL(
            """
            SELECT clean.account_id, scope.category_id, clean.units
              FROM (%(clean)s) clean %(scope)s
             WHERE clean.company_id = %(company)s AND clean.month = ANY(%(months)s::date[])
            """,
            clean=clean_months_sql(),
            scope=scope_join(self.budget.id, SQL("clean.account_id")),
            company=self.company.id,
            months=self.whole_months,
        )

    def _moved_cube_sql(self):
        years = self.months[0].year, self.months[-1].year
        return SQL(
            """
            SELECT clean.account_id, side.category_id, side.units
              FROM (%(clean)s) clean %(scope)s %(joins)s
             CROSS JOIN LATERAL (
                VALUES (%(owner)s, clean.units), (scope.category_id, -clean.units)
             ) side (category_id, units)
             WHERE clean.month = ANY(%(months)s::date[]) AND %(owner)s IS NOT NULL
            """,
            clean=clean_shares_sql(self.company.id, years),
            scope=scope_join(self.budget.id, SQL("clean.account_id")),
            joins=owner_joins(
                self.budget.id,
                SQL("clean.account_id"),
                SQL("clean.analytic_account_id"),
            ),
            owner=owner_sql(),
            months=self.whole_months,
        )
