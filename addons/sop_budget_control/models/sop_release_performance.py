# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from odoo import api, fields, models
from odoo.tools import SQL

from odoo.addons.sop_budget.engine import period
from odoo.addons.sop_budget.engine.money import from_units, to_units

from ..engine import release as engine

STATUSES = [
    ("none", "No plan"),
    ("on_track", "On track"),
    ("behind", "Behind"),
    ("far_behind", "Far behind"),
]
#: Quarters of one budget that an id has room for.
PLACES = 64


class SopReleasePerformance(models.Model):
    """How fast the money of budgets with releases is obligated and disbursed.

    One row for each fiscal quarter of a budget, with everything from the start of the fiscal
    year up to the end of the quarter. Nothing is stored. A bill is disbursed as far as its
    payable is reconciled, on the day of that; what has no payable is disbursed as it is posted.
    Categories that the reader may not see are in no figure.
    """

    _name = "sop.release.performance"
    _description = "Performance of Releases"
    _auto = False
    _order = "budget_id, date_from"
    _rec_name = "quarter"

    budget_id = fields.Many2one("sop.budget", readonly=True)
    company_id = fields.Many2one("res.company", readonly=True)
    currency_id = fields.Many2one("res.currency", readonly=True)
    quarter = fields.Char(readonly=True)
    number = fields.Integer("Quarter of the Year", readonly=True, aggregator=None)
    date_from = fields.Date("Start", readonly=True)
    date_to = fields.Date("End", readonly=True)
    planned = fields.Monetary("Approved for the Year", readonly=True, aggregator="max")
    allotted = fields.Monetary(
        readonly=True, aggregator="max", help="Released up to the end of the quarter."
    )
    obligated = fields.Monetary(
        readonly=True,
        aggregator="max",
        help="Ordered, billed and spent up to the end of the quarter.",
    )
    disbursed = fields.Monetary(
        readonly=True, aggregator="max", help="Paid up to the end of the quarter."
    )
    unobligated = fields.Monetary(
        "Not Obligated",
        readonly=True,
        aggregator="max",
        help="Released and not obligated.",
    )
    obligated_percent = fields.Float("Obligated %", compute="_compute_performance")
    obligated_benchmark = fields.Float("Benchmark", compute="_compute_performance")
    obligated_status = fields.Selection(STATUSES, compute="_compute_performance")
    disbursed_percent = fields.Float("Disbursed %", compute="_compute_performance")
    disbursed_benchmark = fields.Float(
        "Benchmark (Disbursed)", compute="_compute_performance"
    )
    disbursed_status = fields.Selection(STATUSES, compute="_compute_performance")
    is_over = fields.Boolean(
        compute="_compute_performance", help="The quarter is over or running."
    )

    @api.depends("planned", "obligated", "disbursed", "number", "date_from")
    def _compute_performance(self):
        today = fields.Date.context_today(self)
        for row in self:
            digits = row.currency_id.decimal_places
            units = [
                to_units(row[name], digits)
                for name in ("planned", "obligated", "disbursed")
            ]
            found = engine.performance(row.number, *units)
            row.obligated_percent = 100 * (found.obligated or 0.0)
            row.disbursed_percent = 100 * (found.disbursed or 0.0)
            benchmarks = engine.BENCHMARKS[row.number]
            row.obligated_benchmark, row.disbursed_benchmark = benchmarks
            row.obligated_status = found.obligated_status
            row.disbursed_status = found.disbursed_status
            row.is_over = row.date_from <= today

    # === SQL === #

    @property
    def _table_query(self):
        self.env.flush_all()
        budgets = self.env["sop.budget"].search([("uses_releases", "=", True)])
        budgets = budgets._filter_figures()
        return SQL(
            """
            WITH quarter (id, budget_id, label, number, date_from, date_to, year_from, year_to)
              AS (%(quarters)s),
            item AS MATERIALIZED (%(items)s UNION ALL %(held)s),
            share AS MATERIALIZED (%(shares)s),
            used AS (
                SELECT quarter.id,
                       SUM(item.amount) FILTER (WHERE item.measure = 'planned') AS planned,
                       SUM(item.amount) FILTER (
                           WHERE item.measure <> 'planned' AND item.date <= quarter.date_to
                       ) AS obligated,
                       SUM(item.amount * COALESCE(share.paid, 1)) FILTER (
                           WHERE item.measure = 'actual' AND item.date <= quarter.date_to
                       ) AS disbursed
                  FROM quarter
                  JOIN item
                    ON item.budget_id = quarter.budget_id
                   AND item.date BETWEEN quarter.year_from AND quarter.year_to
             LEFT JOIN share ON share.quarter_id = quarter.id AND share.move_id = item.move_id
              GROUP BY quarter.id
            )
            SELECT quarter.id, quarter.budget_id, budget.company_id, budget.currency_id,
                   quarter.label AS quarter, quarter.number,
                   quarter.date_from, quarter.date_to,
                   COALESCE(used.planned, 0) AS planned,
                   allotted.amount AS allotted,
                   COALESCE(used.obligated, 0) AS obligated,
                   round(COALESCE(used.disbursed, 0), currency.decimal_places) AS disbursed,
                   allotted.amount - COALESCE(used.obligated, 0) AS unobligated
              FROM quarter
              JOIN sop_budget budget ON budget.id = quarter.budget_id
              JOIN res_currency currency ON currency.id = budget.currency_id
         LEFT JOIN used ON used.id = quarter.id
        CROSS JOIN LATERAL (
                SELECT COALESCE(SUM(release.amount), 0) AS amount
                  FROM sop_budget_release release
                 WHERE release.budget_id = quarter.budget_id AND release.state = 'released'
                   AND release.date_from BETWEEN quarter.year_from AND quarter.date_to
                   AND (release.category_id IS NULL OR release.category_id IN (%(seen)s))
              ) AS allotted
            """,
            quarters=self._get_quarters_sql(budgets),
            items=self._get_items_sql(budgets),
            held=self._get_held_sql(budgets),
            shares=self._get_shares_sql(),
            seen=self._get_seen_categories(budgets).subselect(),
        )

    @api.model
    def _get_seen_categories(self, budgets):
        return self.env["sop.budget.category"]._search(
            [("budget_id", "in", budgets.ids)]
        )

    @api.model
    def _get_quarters_sql(self, budgets):
        rows = []
        for budget in budgets:
            fiscal_month = budget._get_fiscal_month()
            quarters = period.group_months(
                budget._get_months(), "quarter", fiscal_month
            )
            for place, quarter in enumerate(quarters):
                year = period.year_start(quarter.date_from, fiscal_month)
                rows.append(
                    SQL(
                        "(%s, %s, %s, %s, %s::date, %s::date, %s::date, %s::date)",
                        budget.id * PLACES + place,
                        budget.id,
                        quarter.label,
                        (quarter.date_from.month - fiscal_month) % 12 // 3 + 1,
                        max(quarter.date_from, budget.date_from),
                        min(quarter.date_to, budget.date_to),
                        year,
                        period.month_end(period.add_months(year, 11)),
                    )
                )
        if not rows:
            return SQL(
                "SELECT 0, 0, '', 0, NULL::date, NULL::date, NULL::date, NULL::date"
                " WHERE FALSE"
            )
        return SQL("VALUES %s", SQL(", ").join(rows))

    @api.model
    def _get_items_sql(self, budgets):
        """Spending of the categories that the reader may see, whoever may read the books."""
        # sudo: sums are the same for all who may see the category; documents are not shown
        items = self.env["sop.budget.item"].sudo()
        query = items._search(
            [
                ("budget_id", "in", budgets.ids),
                ("measure", "in", ["planned", "committed", "actual"]),
                ("kind", "in", ["expense", "capital"]),
                ("category_id", "in", self._get_seen_categories(budgets)),
            ]
        )
        names = ("budget_id", "measure", "date", "amount")
        columns = [SQL.identifier(query.table, name) for name in names]
        move = SQL(
            "(SELECT line.move_id FROM account_move_line line WHERE line.id = %s)",
            SQL.identifier(query.table, "move_line_id"),
        )
        return query.select(*columns, SQL("%s AS move_id", move))

    @api.model
    def _get_held_sql(self, budgets):
        """What is obligated and in no item yet, such as approved expenses."""
        seen = set(self._get_seen_categories(budgets))
        rows = [
            SQL(
                "(%s, 'held', %s::date, %s::numeric, NULL::int)",
                budget.id,
                month,
                from_units(units, budget.currency_id.decimal_places),
            )
            for budget in budgets
            for (category_id, month), units in budget._get_obligated_units().items()
            if category_id in seen
        ]
        if not rows:
            return SQL("SELECT 0, '', NULL::date, 0::numeric, NULL::int WHERE FALSE")
        return SQL("VALUES %s", SQL(", ").join(rows))

    @api.model
    def _get_shares_sql(self):
        """What of an entry is paid at the end of a quarter, of those with a payable."""
        return SQL(
            """
            SELECT quarter.id AS quarter_id, owed.move_id,
                   least(COALESCE(SUM(paid.amount) FILTER (WHERE paid.day <= quarter.date_to), 0)
                         / owed.amount, 1) AS paid
              FROM quarter
              JOIN (SELECT DISTINCT budget_id, move_id FROM item WHERE move_id IS NOT NULL) moves
             USING (budget_id)
              JOIN (
                    SELECT line.move_id, SUM(abs(line.balance)) AS amount
                      FROM account_move_line line
                      JOIN account_account account ON account.id = line.account_id
                     WHERE account.account_type IN ('liability_payable', 'asset_receivable')
                       AND line.move_id IN (SELECT move_id FROM item)
                  GROUP BY line.move_id
                    HAVING SUM(abs(line.balance)) > 0
                   ) AS owed ON owed.move_id = moves.move_id
         LEFT JOIN (
                    SELECT line.move_id, part.max_date AS day, part.amount
                      FROM account_move_line line
                      JOIN account_partial_reconcile part
                        ON part.credit_move_id = line.id OR part.debit_move_id = line.id
                      JOIN account_account account ON account.id = line.account_id
                     WHERE account.account_type IN ('liability_payable', 'asset_receivable')
                       AND line.move_id IN (SELECT move_id FROM item)
                   ) AS paid ON paid.move_id = owed.move_id
          GROUP BY quarter.id, owed.move_id, owed.amount
            """
        )

    @api.model
    def _get_report_rows(self, budget):
        """For the printed report of a budget."""
        return self.search([("budget_id", "=", budget.id)])
