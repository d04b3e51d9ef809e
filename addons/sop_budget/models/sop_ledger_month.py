# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
import logging

import psycopg2

from odoo import api, fields, models
from odoo.exceptions import AccessError
from odoo.tools import SQL

from .ledger_sql import (
    BULK_PLANS,
    CALENDAR_MONTHS,
    USUAL_PLANS,
    month_column,
    part_sql,
    split_ctes,
)

_logger = logging.getLogger(__name__)

# Who holds this lock, for the time of a transaction, is the one who writes the cube.
FOLD_LOCK = 5070190119
# Months of accounts that are folded between two commits.
FOLD_BATCH = 2000


class SopLedgerMonth(models.Model):
    """Posted items by company, account and month, and the jobs that keep the cube.

    The cube is this table and ``sop.ledger.share``. It is never written by those who post,
    and never trusted for a month that ``sop.ledger.dirty`` names.
    """

    _name = "sop.ledger.month"
    _description = "Ledger Cube: Months"
    _log_access = False
    _order = "company_id, month, account_id"
    _rec_name = "account_id"

    company_id = fields.Many2one("res.company", required=True, ondelete="cascade")
    account_id = fields.Many2one(
        "account.account", required=True, index=True, ondelete="cascade"
    )
    month = fields.Date(required=True)
    currency_id = fields.Many2one(related="company_id.currency_id")
    debit = fields.Monetary()
    credit = fields.Monetary()
    balance = fields.Monetary()
    count = fields.Integer("Journal Items")

    _place_uniq = models.UniqueIndex("(company_id, month, account_id)")

    # === FOLD === #

    @api.model
    def _cron_fold(self):
        """Fold what is dirty, batch by batch; the rest stays for the next run."""
        remaining = self._count_dirty()
        while remaining:
            done = self._fold_some()
            if not done:
                break
            remaining = max(remaining - done, 0)
            if not self.env["ir.cron"]._commit_progress(done, remaining=remaining):
                break

    @api.model
    def action_fold(self):
        """Bring the cube up to date now."""
        self._check_may_keep()
        # sudo: the cube is written by the system alone, whoever asks for it
        self.sudo()._fold()
        return True

    @api.model
    def action_check(self):
        """Compare the cube with the journal items and mend what differs."""
        self._check_may_keep()
        # sudo: as above
        number = self.sudo()._check_and_repair()
        message = (
            self.env._(
                "%(count)s months of accounts differed and were mended.", count=number
            )
            if number
            else self.env._("The cube equals the journal items.")
        )
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {"message": message, "type": "warning" if number else "success"},
        }

    def _check_may_keep(self):
        if not (
            self.env.su
            or self.env.user.has_group("sop_budget.group_sop_budget_manager")
        ):
            raise AccessError(
                self.env._("Only budget administrators keep the ledger cube.")
            )

    def _fold(self):
        """Fold everything that this transaction sees as dirty."""
        while self._fold_some():
            pass

    def _count_dirty(self):
        self.env.cr.execute(
            "SELECT count(*) FROM (SELECT DISTINCT company_id, account_id, month"
            " FROM sop_ledger_dirty) cell"
        )
        return self.env.cr.fetchone()[0]

    def _lock(self):
        """Become the one who writes the cube until the transaction ends, or return False."""
        self.env.cr.execute("SELECT pg_try_advisory_xact_lock(%s)", [FOLD_LOCK])
        return self.env.cr.fetchone()[0]

    def _fold_some(self):
        """Fold one batch; 0 when nothing is dirty or somebody else is at it."""
        self.env.flush_all()
        if not self._lock():
            return 0
        try:
            with self.env.cr.savepoint(flush=False):
                return self._fold_cells(self._find_dirty_cells())
        except (psycopg2.errors.SerializationFailure, psycopg2.errors.UniqueViolation):
            # Another fold ended after this transaction began: what it did is done, but not
            # to be seen from here
            _logger.info("The ledger cube was folded by somebody else meanwhile.")
            return 0

    def _write_cube(self, statement):
        """Execute; a collision with another fold is for :meth:`_fold_some`, not for the log."""
        self.env.cr.execute(statement, log_exceptions=False)

    def _find_dirty_cells(self):
        # A year of an account together: its shares are in the same rows
        return self.env.execute_query(
            SQL(
                """SELECT DISTINCT company_id, account_id, month FROM sop_ledger_dirty
                 ORDER BY company_id, account_id, month LIMIT %s""",
                FOLD_BATCH,
            )
        )

    def _fold_cells(self, cells):
        """Write these months of accounts anew from the journal items."""
        if not cells:
            return 0
        companies, accounts, months = (
            list(column) for column in zip(*cells, strict=True)
        )
        fresh = SQL(
            "unnest(%s::int[], %s::int[], %s::date[]) AS fresh (company_id, account_id, month)",
            companies,
            accounts,
            months,
        )
        items = self._items_sql(
            SQL(
                """%s JOIN account_move_line line
                      ON line.company_id = fresh.company_id AND line.account_id = fresh.account_id
                     AND line.date >= fresh.month
                     AND line.date < fresh.month + INTERVAL '1 month'""",
                fresh,
            ),
            SQL("fresh.month"),
        )
        self._forget_cells(fresh)
        self._insert_months(self._months_sql(items))
        self._insert_shares(items)
        self._drop_empty_shares(fresh)
        self._write_cube(
            SQL(
                """DELETE FROM sop_ledger_dirty dirty USING %s
                    WHERE dirty.company_id = fresh.company_id
                      AND dirty.account_id = fresh.account_id AND dirty.month = fresh.month""",
                fresh,
            )
        )
        self.env.invalidate_all(flush=False)
        return len(cells)

    def _forget_cells(self, fresh):
        self._write_cube(
            SQL(
                """DELETE FROM sop_ledger_month known USING %s
                    WHERE known.company_id = fresh.company_id
                      AND known.account_id = fresh.account_id AND known.month = fresh.month""",
                fresh,
            )
        )
        emptied = SQL(", ").join(
            SQL(
                """%(column)s = CASE WHEN %(month)s = ANY(year.months)
                                     THEN 0 ELSE share.%(column)s END""",
                column=month_column(month),
                month=month,
            )
            for month in CALENDAR_MONTHS
        )
        self._write_cube(
            SQL(
                """
                UPDATE sop_ledger_share share SET %(emptied)s
                  FROM (SELECT company_id, account_id, EXTRACT(YEAR FROM month)::int AS year,
                               array_agg(EXTRACT(MONTH FROM month)::int) AS months
                          FROM %(fresh)s GROUP BY 1, 2, 3) year
                 WHERE share.company_id = year.company_id AND share.year = year.year
                   AND share.account_id = year.account_id
                """,
                emptied=emptied,
                fresh=fresh,
            )
        )

    # === WRITING THE CUBE === #

    @api.model
    def _items_sql(self, source, month):
        """Posted items as the cube takes them in.

        :param SQL source: tables, among them ``account_move_line line``
        :param SQL month: first day of the month of an item
        """
        return SQL(
            """
            SELECT line.company_id, line.account_id, line.date, %(month)s AS month, line.debit,
                   line.credit, line.balance, line.analytic_distribution AS distribution
              FROM %(source)s
             WHERE line.parent_state = 'posted' AND line.account_id IS NOT NULL
               AND line.date IS NOT NULL AND line.company_id IS NOT NULL
            """,
            source=source,
            month=month,
        )

    @api.model
    def _all_items_sql(self, where=None):
        return SQL(
            "%s %s",
            self._items_sql(
                SQL("account_move_line line"),
                SQL("date_trunc('month', line.date::timestamp)::date"),
            ),
            SQL("AND %s", where) if where else SQL(),
        )

    @api.model
    def _months_sql(self, items):
        return SQL(
            """SELECT company_id, account_id, month, COALESCE(SUM(debit), 0) AS debit,
                      COALESCE(SUM(credit), 0) AS credit, COALESCE(SUM(balance), 0) AS balance,
                      count(*) AS count
                 FROM (%s) item GROUP BY company_id, account_id, month""",
            items,
        )

    @api.model
    def _shares_sql(self, items):
        """Rows of ``sop_ledger_share``, as journal items have it."""
        amounts = SQL(", ").join(
            SQL(
                "sop_sum_units(part) FILTER (WHERE calendar_month = %s) AS %s",
                month,
                month_column(month),
            )
            for month in CALENDAR_MONTHS
        )
        return SQL(
            """
            WITH item AS MATERIALIZED (
                SELECT source.company_id, source.account_id, source.distribution,
                       date_part('year', source.date)::int AS year,
                       date_part('month', source.date)::int AS calendar_month,
                       (source.balance * %(scale)s)::bigint AS units
                  FROM (%(items)s AND line.analytic_distribution IS NOT NULL) source
            ), %(ctes)s
            SELECT company_id, year, account_id, analytic_account_id, %(amounts)s
              FROM (
                SELECT item.company_id, item.year, item.calendar_month, item.account_id,
                       cut.analytic_account_id, %(part)s AS part
                  FROM item JOIN known USING (distribution) JOIN cut USING (number)
              ) parts
          GROUP BY company_id, year, account_id, analytic_account_id
            """,
            items=items,
            scale=self._scale_sql(SQL("source.company_id")),
            ctes=split_ctes(),
            amounts=amounts,
            part=part_sql(),
        )

    def _scale_sql(self, company):
        """Minor units in one unit of a company's currency; a join costs more than all else."""
        rows = self.env.execute_query(
            SQL(
                """SELECT currency.decimal_places, array_agg(company.id)
                     FROM res_company company
                     JOIN res_currency currency ON currency.id = company.currency_id
                 GROUP BY currency.decimal_places ORDER BY count(*)"""
            )
        )
        cases = [
            SQL("WHEN %s = ANY(%s) THEN %s", company, companies, 10**places)
            for places, companies in rows[:-1]
        ]
        usual = SQL("%s", 10 ** rows[-1][0])
        return (
            SQL("CASE %s ELSE %s END", SQL(" ").join(cases), usual) if cases else usual
        )

    def _insert_months(self, rows):
        self._write_cube(
            SQL(
                """INSERT INTO sop_ledger_month
                          (company_id, account_id, month, debit, credit, balance, count)
                   SELECT company_id, account_id, month, debit, credit, balance, count
                     FROM (%s) summed""",
                rows,
            )
        )

    def _insert_shares(self, items):
        columns = [month_column(month) for month in CALENDAR_MONTHS]
        self._write_cube(
            SQL(
                """
                %(bulk_plans)s
                INSERT INTO sop_ledger_share AS share
                       (company_id, year, account_id, analytic_account_id, %(columns)s) %(rows)s
                ON CONFLICT (company_id, year, account_id, analytic_account_id)
                DO UPDATE SET %(added)s;
                %(usual_plans)s
                """,
                bulk_plans=BULK_PLANS,
                usual_plans=USUAL_PLANS,
                columns=SQL(", ").join(columns),
                rows=self._shares_sql(items),
                added=SQL(", ").join(
                    SQL(
                        "%(column)s = share.%(column)s + EXCLUDED.%(column)s",
                        column=column,
                    )
                    for column in columns
                ),
            )
        )

    def _drop_empty_shares(self, fresh):
        self._write_cube(
            SQL(
                """
                DELETE FROM sop_ledger_share share
                 USING (SELECT DISTINCT company_id, account_id,
                               EXTRACT(YEAR FROM month)::int AS year FROM %(fresh)s) touched
                 WHERE share.company_id = touched.company_id AND share.year = touched.year
                   AND share.account_id = touched.account_id AND %(empty)s
                """,
                fresh=fresh,
                empty=SQL(" AND ").join(
                    SQL("%s = 0", month_column(month)) for month in CALENDAR_MONTHS
                ),
            )
        )

    def _build(self):
        """Make the cube anew from nothing; False when somebody else is writing it."""
        self.env.flush_all()
        if not self._lock():
            return False
        cr = self.env.cr
        # Not TRUNCATE: who reads an older snapshot would find the tables empty
        cr.execute("DELETE FROM sop_ledger_month")
        cr.execute("DELETE FROM sop_ledger_share")
        items = self._all_items_sql()
        # By way of a table of its own: PostgreSQL sums up with several processes then
        cr.execute(
            SQL(
                "CREATE TEMPORARY TABLE sop_build ON COMMIT DROP AS %s",
                self._months_sql(items),
            )
        )
        self._insert_months(SQL("SELECT * FROM sop_build"))
        cr.execute("DROP TABLE sop_build")
        self._insert_shares(items)
        cr.execute("DELETE FROM sop_ledger_dirty")
        cr.execute("ANALYZE sop_ledger_month, sop_ledger_share, sop_ledger_dirty")
        self.env.invalidate_all(flush=False)
        return True

    # === CHECK === #

    @api.model
    def _cron_check(self):
        self._check_and_repair()

    def _check_and_repair(self):
        """Mark and fold what differs from the journal items; return how much that was."""
        self.env.flush_all()
        found = self.env["sop.ledger.dirty"]._mark(
            SQL(
                """
                SELECT * FROM (%s UNION %s) cell
                 WHERE NOT EXISTS (
                    SELECT FROM sop_ledger_dirty dirty
                     WHERE dirty.company_id = cell.company_id
                       AND dirty.account_id = cell.account_id AND dirty.month = cell.month
                 )
                """,
                self._different_months_sql(),
                self._different_shares_sql(),
            )
        )
        if found:
            _logger.info(
                "%s months of accounts in the ledger cube differed from the journal items and "
                "are folded again.",
                found,
            )
        self._fold()
        return found

    def _different_months_sql(self):
        return SQL(
            """
            SELECT company_id, account_id, month
              FROM (%s) fact FULL JOIN sop_ledger_month known USING (company_id, account_id, month)
             WHERE (fact.debit, fact.credit, fact.balance, fact.count)
                   IS DISTINCT FROM (known.debit, known.credit, known.balance, known.count::bigint)
            """,
            self._months_sql(self._all_items_sql()),
        )

    def _different_shares_sql(self):
        pairs = SQL(", ").join(
            SQL(
                "(%s, COALESCE(%s, 0), COALESCE(%s, 0))",
                month,
                month_column(month, "fact"),
                month_column(month, "known"),
            )
            for month in CALENDAR_MONTHS
        )
        return SQL(
            """
            SELECT company_id, account_id, make_date(year, pair.month, 1) AS month
              FROM (%(facts)s) fact
              FULL JOIN sop_ledger_share known
                  USING (company_id, year, account_id, analytic_account_id)
             CROSS JOIN LATERAL (VALUES %(pairs)s) pair (month, fact, known)
             WHERE pair.fact <> pair.known
               AND EXISTS (SELECT FROM account_analytic_account analytic
                            WHERE analytic.id = analytic_account_id)
            """,
            facts=self._shares_sql(self._all_items_sql()),
            pairs=pairs,
        )
