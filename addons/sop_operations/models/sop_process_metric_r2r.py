# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from odoo import models
from odoo.fields import Domain
from odoo.tools import SQL

from ..engine import process
from .sop_process_metric_sql import ONE

ENTRY, ITEM = "account.move", "account.move.line"
POSTED = [("state", "=", "posted")]
LOCKS = ("fiscalyear_lock_date", "hard_lock_date")
#: Which entries a lock date closes: all, those of journals of a type, or those with taxes
CLOSES = {
    "fiscalyear_lock_date": "all",
    "hard_lock_date": "all",
    "sale_lock_date": "sale",
    "purchase_lock_date": "purchase",
    "tax_lock_date": "tax",
}
TOTAL = SQL("ABS(doc.amount_total_signed)")
#: Odoo makes the others itself: payments, bank lines, cash basis taxes, exchange differences
BY_HAND = SQL(
    """
    (doc.move_type = 'entry' AND journal.type = 'general'
     AND doc.origin_payment_id IS NULL AND doc.statement_line_id IS NULL
     AND doc.tax_cash_basis_rec_id IS NULL AND doc.auto_post_origin_id IS NULL
     AND NOT EXISTS (SELECT FROM res_company company
                      WHERE company.currency_exchange_journal_id = doc.journal_id))
    """
)


#: As Odoo tells which entries a tax return has
WITH_TAXES = SQL(
    """
    EXISTS (SELECT FROM account_move_line item
             WHERE item.move_id = doc.id
               AND (item.tax_line_id IS NOT NULL
                    OR EXISTS (SELECT FROM account_move_line_account_tax_rel taxed
                                WHERE taxed.account_move_line_id = item.id)
                    OR EXISTS (SELECT FROM account_account_tag_account_move_line_rel tagged
                                 JOIN account_account_tag tag
                                   ON tag.id = tagged.account_account_tag_id
                                  AND tag.applicability = 'taxes'
                                WHERE tagged.account_move_line_id = item.id)))
    """
)


class SopProcessMetric(models.Model):
    """Record to report: entries, their closing, and what is reconciled."""

    _inherit = "sop.process.metric"

    def _get_read_models(self):
        models_ = super()._get_read_models()
        if self.code == "r2r_budget_variance":
            models_.append("sop.budget.analysis")
        return models_

    # === Closing === #

    def _cases_r2r_days_to_close(self, scope):
        """From the end of a month to the day on which its books were locked.

        Odoo keeps changes of the lock dates in the company's chatter; the first lock of each
        month counts.
        """
        locks = SQL(" UNION ALL ").join(
            self._tracked("res.company", name) for name in LOCKS
        )
        closed = SQL(
            """
            JOIN (SELECT res_id, new_day, min(at) AS at, min(message_id) AS message_id
                    FROM (%s) locks
                   WHERE new_day = (date_trunc('month', new_day::timestamp)
                                    + interval '1 month - 1 day')::date
                GROUP BY res_id, new_day) lock ON lock.res_id = doc.id
            """,
            locks,
        )
        at = self._day(SQL("lock.at"), scope)
        return self._cases_of(
            "res.company",
            scope,
            (),
            case_id=SQL("lock.message_id"),
            company=SQL("doc.id"),
            date=at,
            since=SQL("lock.new_day"),
            value=self._days(SQL("lock.new_day"), at),
            amount=SQL("NULL"),
            user=SQL("NULL::int"),
            partner=SQL("NULL::int"),
            category=SQL("to_char(lock.new_day, 'YYYY-MM')"),
            joins=closed,
        )

    def _entry_share(self, scope, condition, domain=None, **parts):
        return self._cases_of(
            ENTRY,
            scope,
            domain or POSTED,
            date=SQL("doc.date"),
            value=self._flag(condition),
            amount=TOTAL,
            **parts,
        )

    def _cases_r2r_manual_share(self, scope):
        return self._entry_share(scope, BY_HAND)

    def _cases_r2r_manual_count(self, scope):
        return self._cases_of(
            ENTRY,
            scope,
            POSTED,
            date=SQL("doc.date"),
            value=ONE,
            amount=TOTAL,
            where=BY_HAND,
        )

    def _cases_r2r_late(self, scope):
        """Posted more than some days after the end of the month that they belong to."""
        month_end = SQL(
            "(date_trunc('month', doc.date::timestamp) + interval '1 month - 1 day')::date"
        )
        posted = self._day(SQL("COALESCE(posting.at, doc.create_date)"), scope)
        days = self.stuck_days or self.usual_stuck_days
        return self._entry_share(
            scope,
            SQL("%s > %s + %s", posted, month_end, days),
            joins=self._postings(scope),
        )

    def _closings(self, scope):
        """Name of a sub-select of every lock: ``company_id``, ``kind``, ``new_day``, ``at``.

        A lock of a company closes the books of its branches as well.
        """
        locks = SQL(" UNION ALL ").join(
            SQL("SELECT %s AS kind, * FROM (%s) lock", kind, tracked)
            for name, kind in CLOSES.items()
            for tracked in [self._tracked("res.company", name)]
        )
        statement = SQL(
            """
            SELECT company.id AS company_id, lock.kind, lock.new_day, min(lock.at) AS at
              FROM (%s) lock
              JOIN res_company owner ON owner.id = lock.res_id
              JOIN res_company company ON company.parent_path LIKE owner.parent_path || '%%'
             WHERE lock.new_day IS NOT NULL AND company.id IN %s
          GROUP BY 1, 2, 3
            """,
            locks,
            scope.company_ids,
        )
        return scope.share("closing", statement)

    def _cases_r2r_after_close(self, scope):
        """Posted after a lock date had covered their day, by the moment of the lock.

        The last posting counts: what was posted again may have been changed. That the lock was
        lifted, or somebody had an exception, is how it could be posted.
        """
        after = SQL(
            """
            EXISTS (SELECT FROM %s closing
                     WHERE closing.company_id = doc.company_id AND closing.new_day >= doc.date
                       AND closing.at < COALESCE(posting.last_at, doc.create_date)
                       AND (closing.kind IN ('all', journal.type)
                            OR closing.kind = 'tax' AND %s))
            """,
            self._closings(scope),
            WITH_TAXES,
        )
        return self._entry_share(scope, after, joins=self._postings(scope))

    def _cases_r2r_reversed(self, scope):
        return self._entry_share(
            scope,
            SQL(
                """
                EXISTS (SELECT FROM account_move reversal
                         WHERE reversal.reversed_entry_id = doc.id
                           AND reversal.state = 'posted')
                """
            ),
        )

    def _cases_r2r_reset(self, scope):
        return self._reset_cases(
            ENTRY,
            scope,
            [("posted_before", "=", True)],
            (("posted",), ("draft",)),
            date=SQL("doc.date"),
            amount=TOTAL,
        )

    def _cases_r2r_drafts(self, scope):
        return self._cases_of(
            ENTRY,
            scope,
            [("state", "=", "draft")],
            since=self._day(SQL("doc.create_date"), scope),
            value=ONE,
            amount=TOTAL,
        )

    # === Reconciling === #

    def _items(self, scope, domain=(), **parts):
        return self._cases_of(
            ITEM,
            scope,
            Domain("parent_state", "=", "posted")
            & Domain("account_id.reconcile", "=", True)
            & Domain("balance", "!=", 0)
            & Domain(domain),
            **parts,
        )

    def _cases_r2r_reconciled(self, scope):
        return self._items(
            scope,
            date=SQL("doc.date"),
            value=self._flag(SQL("COALESCE(doc.reconciled, FALSE)")),
        )

    def _cases_r2r_backlog(self, scope):
        return self._items(
            scope,
            [("reconciled", "=", False)],
            since=SQL("doc.date"),
            value=ONE,
            amount=SQL("ABS(doc.amount_residual)"),
        )

    def _cases_r2r_bank_lines(self, scope):
        return self._cases_of(
            "account.bank.statement.line",
            scope,
            [("is_reconciled", "=", False), ("move_id.state", "=", "posted")],
            since=SQL("entry.date"),
            value=ONE,
        )

    # === Budget === #

    def _get_budget_domain(self, scope, first):
        """What lies in categories: the rest has no plan and is the same in every budget."""
        return (
            Domain("company_id", "in", scope.company_ids)
            & Domain("category_id", "!=", False)
            & Domain("budget_id.state", "in", ("approved", "closed"))
            & Domain("kind", "in", ("expense", "capital"))
            & Domain("month", ">=", first)
            & Domain("month", "<=", scope.date_to)
        )

    def _figures_r2r_budget_variance(self, scope):
        """What was not spent of the plan of the months, in percent of that plan."""
        first = scope.date_from.replace(day=1)
        groups = self.env["sop.budget.analysis"]._read_group(
            self._get_budget_domain(scope, min(first, scope.months[0])),
            ["month:month", "company_id"],
            ["planned:sum", "actual:sum"],
        )
        months, whole = {}, (0.0, 0.0)
        for month, company, planned, actual in groups:
            rate = scope.rates[company.id]
            row = (rate * (planned - actual), rate * planned)
            if month >= first:
                whole = tuple(map(sum, zip(whole, row, strict=True)))
            before = months.get(month, (0.0, 0.0))
            months[month] = tuple(map(sum, zip(before, row, strict=True)))
        return process.ratio(*whole), {
            month: process.ratio(*row)
            for month, row in months.items()
            if month >= scope.months[0]
        }
