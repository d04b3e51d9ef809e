# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
import numpy as np

from odoo import api, models
from odoo.tools import SQL

from .ledger_sql import (
    CALENDAR_MONTHS,
    NO_JIT,
    fresh_items_sql,
    month_column,
    part_sql,
    split_ctes,
)


class SopLedgerMonth(models.Model):
    """Quick sums of the books for reports and KPIs that are no budget."""

    _inherit = "sop.ledger.month"

    @api.model
    def _read_actuals(self, company, rows, months, analytic_accounts=None):
        """Posted items by row and month, from the cube where it is up to date.

        The caller has checked that the reader may see them.

        :param rows: for each row, account records or a list of code prefixes
        :param months: first days of months, all different
        :param analytic_accounts: only what these get, to the cent by their shares; they
            must be of one root plan, since shares of two plans can't be added up
        :return: ``int64`` array rows × months in minor units, debit positive
        """
        self.env.flush_all()
        members = self._get_row_accounts(company, rows)
        accounts = sorted({account for row in members for account in row})
        result = np.zeros((len(rows), len(months)), dtype=np.int64)
        if not accounts or not months:
            return result
        plan = (
            self._get_only_plan(analytic_accounts)
            if analytic_accounts is not None
            else None
        )
        fresh = self._find_fresh_months(company, accounts, months)
        if analytic_accounts is None:
            cells = self._read_clean_balances(company, accounts, months)
        else:
            cells = self._read_clean_parts(
                company, accounts, months, analytic_accounts, fresh
            )
        if fresh:
            cells += self._read_fresh(company, fresh, analytic_accounts, plan)
        return self._sum_rows(members, accounts, months, cells)

    @api.model
    def _find_first_month(self, company):
        """The month in which the books of a company begin, or None."""
        self.env.flush_all()
        rows = self.env.execute_query(
            SQL(
                """SELECT least((SELECT min(month) FROM sop_ledger_month
                                  WHERE company_id = %(company)s),
                                (SELECT min(month) FROM sop_ledger_dirty
                                  WHERE company_id = %(company)s))""",
                company=company.id,
            )
        )
        return rows[0][0]

    def _get_row_accounts(self, company, rows):
        """Ids of the accounts of each row."""
        prefixes = any(not isinstance(row, models.BaseModel) for row in rows)
        codes = self._get_account_codes(company) if prefixes else ()
        return [
            row.ids
            if isinstance(row, models.BaseModel)
            else [account for account, code in codes if code.startswith(tuple(row))]
            for row in rows
        ]

    def _get_account_codes(self, company):
        return self.env.execute_query(
            SQL(
                """
                SELECT account.id, account.code_store->>%(root)s FROM account_account account
                 WHERE account.code_store->>%(root)s IS NOT NULL
                """,
                root=str(company.root_id.id),
            )
        )

    def _get_only_plan(self, analytic_accounts):
        plans = analytic_accounts.root_plan_id
        if len(plans) > 1:
            raise ValueError(
                "Shares of analytic accounts of several plans can't be added up."
            )
        return plans.id

    def _find_fresh_months(self, company, accounts, months):
        return self.env.execute_query(
            SQL(
                """SELECT DISTINCT account_id, month FROM sop_ledger_dirty
                    WHERE company_id = %s AND account_id = ANY(%s) AND month = ANY(%s)""",
                company.id,
                accounts,
                list(months),
            )
        )

    def _read_clean_balances(self, company, accounts, months):
        return self.env.execute_query(
            SQL(
                """
                SELECT known.account_id, known.month, (known.balance * %(scale)s)::bigint
                  FROM sop_ledger_month known
                 WHERE known.company_id = %(company)s AND known.account_id = ANY(%(accounts)s)
                   AND known.month = ANY(%(months)s)
                   AND NOT EXISTS (
                    SELECT FROM sop_ledger_dirty dirty
                     WHERE dirty.company_id = known.company_id
                       AND dirty.account_id = known.account_id AND dirty.month = known.month
                   )
                """,
                scale=10**company.currency_id.decimal_places,
                company=company.id,
                accounts=accounts,
                months=list(months),
            )
        )

    def _read_clean_parts(self, company, accounts, months, analytic_accounts, fresh):
        wanted, stale = set(months), set(fresh)
        rows = self.env.execute_query(
            SQL(
                """
                %(no_jit)s
                SELECT account_id, year, %(amounts)s FROM sop_ledger_share
                 WHERE company_id = %(company)s AND year = ANY(%(years)s)
                   AND analytic_account_id = ANY(%(analytic)s) AND account_id = ANY(%(accounts)s)
              GROUP BY account_id, year
                """,
                no_jit=NO_JIT,
                amounts=SQL(", ").join(
                    SQL("sop_sum_units(%s)", month_column(month))
                    for month in CALENDAR_MONTHS
                ),
                company=company.id,
                years=sorted({month.year for month in months}),
                analytic=analytic_accounts.ids,
                accounts=accounts,
            )
        )
        by_year = {}
        for month in sorted(wanted):
            by_year.setdefault(month.year, []).append(month)
        return [
            (account, month, amounts[month.month - 1])
            for account, year, *amounts in rows
            for month in by_year.get(year, ())
            if amounts[month.month - 1] and (account, month) not in stale
        ]

    def _read_fresh(self, company, fresh, analytic_accounts, plan):
        items = fresh_items_sql(fresh, company.id)
        if analytic_accounts is None:
            return self.env.execute_query(
                SQL(
                    """%s SELECT account_id, month, sop_sum_units(units) FROM (%s) item
                        GROUP BY account_id, month""",
                    NO_JIT,
                    items,
                )
            )
        return self.env.execute_query(
            SQL(
                """
                %(no_jit)s
                WITH item AS MATERIALIZED (%(items)s), %(ctes)s
                SELECT item.account_id, item.month, sop_sum_units(%(part)s)
                  FROM item JOIN known USING (distribution) JOIN cut USING (number)
                 WHERE cut.analytic_account_id = ANY(%(analytic)s)
              GROUP BY item.account_id, item.month
                """,
                no_jit=NO_JIT,
                items=items,
                ctes=split_ctes(plan),
                part=part_sql(),
                analytic=analytic_accounts.ids,
            )
        )

    def _sum_rows(self, members, accounts, months, cells):
        places = {account: place for place, account in enumerate(accounts)}
        columns = {month: column for column, month in enumerate(months)}
        by_account = np.zeros((len(accounts), len(months)), dtype=np.int64)
        for account, month, units in cells:
            by_account[places[account], columns[month]] += units
        return np.array(
            [by_account[[places[a] for a in row]].sum(axis=0) for row in members],
            dtype=np.int64,
        ).reshape(len(members), len(months))
