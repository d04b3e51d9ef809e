# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
import datetime

from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools import SQL
from odoo.tools.translate import LazyTranslate

from ..engine.period import add_months, month_end
from .ledger_sql import (
    CALENDAR_MONTHS,
    month_column,
    owner_joins,
    owner_sql,
    scales_sql,
)
from .sop_budget_item import KINDS, MEASURES

_lt = LazyTranslate(__name__)

# An id says which cell it is: measure, kind, month since 2000, category, budget.
MEASURE_BITS, KIND_BITS, MONTH_BITS, CATEGORY_BITS = 3, 2, 11, 20
FIRST_MONTH = datetime.date(2000, 1, 1)


class SopBudgetAnalysis(models.Model):
    """Sums by budget, category, month and measure, for pivot and graph.

    Actuals come from the ledger cube wherever it is up to date and holds the whole month, and
    from the journal items elsewhere. There are no documents in it: ``sop.budget.item`` has
    those.
    """

    _name = "sop.budget.analysis"
    _description = "Budget Analysis"
    _inherit = ["sop.budget.limits.mixin"]
    _auto = False
    _order = "month desc, id"
    _rec_name = "category_id"
    # A cell is a month; sources are dated by day
    _date_field = None
    _depends = {
        "sop.budget": ["company_id", "currency_id", "date_from", "date_to", "plan_id"],
        "sop.budget.item": ["amount"],
        "sop.budget.category": ["source_id", "user_id"],
    }

    budget_id = fields.Many2one("sop.budget", readonly=True)
    category_id = fields.Many2one(
        "sop.budget.category",
        readonly=True,
        falsy_value_label=_lt("Not in any category"),  # pylint: disable=translation-field,prefer-env-translation
    )
    kind = fields.Selection(KINDS, readonly=True)
    source_id = fields.Many2one("sop.funding.source", "Funding Source", readonly=True)
    user_id = fields.Many2one("res.users", "Responsible", readonly=True)
    company_id = fields.Many2one("res.company", readonly=True)
    currency_id = fields.Many2one("res.currency", readonly=True)
    month = fields.Date(readonly=True)
    measure = fields.Selection(MEASURES, readonly=True)
    amount = fields.Monetary(readonly=True, help="With the sign of the budget.")
    planned = fields.Monetary(readonly=True)
    # Zero as long as no add-on knows claims: views show them where there is one
    pending = fields.Monetary(readonly=True)
    reserved = fields.Monetary(readonly=True)
    committed = fields.Monetary(readonly=True)
    preparing = fields.Monetary("In Preparation", readonly=True)
    actual = fields.Monetary(readonly=True)
    available = fields.Monetary(
        readonly=True, help="Planned less reserved, committed and actual."
    )

    # === SQL === #

    @property
    def _table_query(self):
        measures = {
            name: SQL("CASE WHEN cell.measure = %s THEN cell.amount ELSE 0 END", name)
            for name, _label in MEASURES
        }
        return SQL(
            """
            SELECT %(id)s AS id,
                   cell.budget_id,
                   cell.category_id,
                   cell.kind,
                   category.source_id,
                   category.user_id,
                   budget.company_id,
                   budget.currency_id,
                   cell.month,
                   cell.measure,
                   cell.amount,
                   %(planned)s AS planned,
                   %(pending)s AS pending,
                   %(reserved)s AS reserved,
                   %(committed)s AS committed,
                   %(preparing)s AS preparing,
                   %(actual)s AS actual,
                   CASE WHEN cell.measure = 'planned' THEN cell.amount
                        WHEN cell.measure IN ('pending', 'preparing') THEN 0
                        ELSE -cell.amount END AS available
              FROM (
                    SELECT budget_id, category_id, kind, month, measure, sum(amount) AS amount
                      FROM (%(cells)s) AS cells
                  GROUP BY budget_id, category_id, kind, month, measure
                    HAVING sum(amount) <> 0
                   ) AS cell
              JOIN sop_budget AS budget ON budget.id = cell.budget_id
         LEFT JOIN sop_budget_category AS category ON category.id = cell.category_id
            """,
            id=self._get_id_sql(),
            cells=SQL(" UNION ALL ").join(self._get_cells_sql()),
            **measures,
        )

    @api.model
    def _get_id_sql(self):
        def rank(column, values):
            cases = SQL(" ").join(
                SQL("WHEN %s THEN %s", value, number)
                for number, (value, _name) in enumerate(values)
            )
            return SQL("CASE %s %s END", column, cases)

        return SQL(
            """((((cell.budget_id::bigint * %(categories)s
                   + mod(coalesce(cell.category_id, 0), %(categories)s)) * %(months)s
                  + (extract(year FROM cell.month)::int - %(year)s) * 12
                  + extract(month FROM cell.month)::int - 1) * %(kinds)s + %(kind)s)
                * %(measures)s + %(measure)s)""",
            categories=2**CATEGORY_BITS,
            months=2**MONTH_BITS,
            year=FIRST_MONTH.year,
            kinds=2**KIND_BITS,
            kind=rank(SQL("cell.kind"), KINDS),
            measures=2**MEASURE_BITS,
            measure=rank(SQL("cell.measure"), MEASURES),
        )

    @api.model
    def _get_limits(self, domain):
        # EXTENDS sop.budget.limits.mixin: an id is that of a cell, not of a document
        limits = super()._get_limits(domain)
        limits.pop("id", None)
        return limits

    @api.model
    def _get_cells_sql(self):
        """Selects of ``budget_id, category_id, kind, month, measure, amount``."""
        # sudo: sums are the same for all who may see the category; documents are not shown
        item = self.env["sop.budget.item"].sudo()
        branches = [
            item._get_planned_sql(),
            item._get_actual_sql(
                item._get_readable("account.move.line"), self._get_fresh_sql()
            ),
            *item._get_orders_sql(),
            *item._get_claims_sql(None),
        ]
        return [
            *(
                SQL(
                    "SELECT budget_id, category_id, kind, date_trunc('month', date)::date AS month,"
                    " measure, amount FROM (%s) AS item",
                    branch,
                )
                for branch in branches
            ),
            self._get_cube_base_sql(),
            self._get_cube_shares_sql(),
        ]

    @api.model
    def _get_fresh_sql(self):
        """Months of accounts that the cube doesn't know, or of which a budget takes a part."""
        return SQL(
            """
            SELECT budget.id AS budget_id, dirty.account_id, dirty.month
              FROM sop_budget AS budget
              JOIN sop_ledger_dirty AS dirty ON dirty.company_id = budget.company_id
             WHERE dirty.month + INTERVAL '1 month' > budget.date_from
               AND dirty.month <= budget.date_to
               AND %(limits)s
             UNION
            SELECT budget.id, scope.account_id, cut.month::date
              FROM sop_budget AS budget
              JOIN sop_budget_map AS scope
                ON scope.budget_id = budget.id
               AND scope.account_id IS NOT NULL
               AND scope.analytic_account_id IS NULL
        CROSS JOIN LATERAL (
                   VALUES (date_trunc('month', budget.date_from)),
                          (date_trunc('month', budget.date_to))
                   ) AS cut (month)
             WHERE NOT (%(whole)s)
               AND %(limits)s
            """,
            limits=self._get_limits_sql(SQL("NULL::date")),
            whole=self._get_whole_sql(SQL("cut.month::date")),
        )

    @api.model
    def _get_whole_sql(self, month):
        return SQL(
            "%(month)s >= budget.date_from"
            " AND (%(month)s + INTERVAL '1 month' - INTERVAL '1 day')::date <= budget.date_to",
            month=month,
        )

    @api.model
    def _get_clean_sql(self, account, month):
        return SQL(
            "NOT EXISTS (SELECT FROM sop_ledger_dirty AS dirty"
            " WHERE dirty.company_id = budget.company_id AND dirty.account_id = %s"
            " AND dirty.month = %s)",
            account,
            month,
        )

    @api.model
    def _get_cube_base_sql(self):
        """Months of accounts, as if nothing had an analytic account."""
        return SQL(
            """
            SELECT budget.id AS budget_id,
                   scope.category_id,
                   scope.kind,
                   known.month,
                   'actual' AS measure,
                   CASE scope.kind WHEN 'income' THEN -1 ELSE 1 END * known.balance AS amount
              FROM sop_budget AS budget
              JOIN sop_budget_map AS scope
                ON scope.budget_id = budget.id
               AND scope.account_id IS NOT NULL
               AND scope.analytic_account_id IS NULL
              JOIN sop_ledger_month AS known
                ON known.company_id = budget.company_id
               AND known.account_id = scope.account_id
             WHERE %s
               AND %s
               AND %s
            """,
            self._get_whole_sql(SQL("known.month")),
            self._get_clean_sql(SQL("known.account_id"), SQL("known.month")),
            self._get_limits_sql(SQL("NULL::date")),
        )

    @api.model
    def _get_cube_shares_sql(self):
        """What analytic accounts give to their category, and take from that of the account."""
        months = SQL(", ").join(
            SQL("(%s, %s)", number, month_column(number, "share"))
            for number in CALENDAR_MONTHS
        )
        return SQL(
            """
            SELECT budget.id AS budget_id,
                   CASE side.sign
                        WHEN 1 THEN %(owner)s
                        ELSE scope.category_id END AS category_id,
                   scope.kind,
                   make_date(share.year, cell.number, 1) AS month,
                   'actual' AS measure,
                   side.sign * CASE WHEN scope.kind = 'income' THEN -1 ELSE 1 END
                       * cell.units / scales.scale AS amount
              FROM sop_budget AS budget
              JOIN %(scales)s AS scales ON scales.company_id = budget.company_id
              JOIN sop_budget_map AS scope
                ON scope.budget_id = budget.id
               AND scope.account_id IS NOT NULL
               AND scope.analytic_account_id IS NULL
              JOIN sop_ledger_share AS share
                ON share.company_id = budget.company_id
               AND share.account_id = scope.account_id
              JOIN account_analytic_account AS analytic
                ON analytic.id = share.analytic_account_id
               AND analytic.root_plan_id = budget.plan_id
            %(owners)s
        CROSS JOIN LATERAL (VALUES %(months)s) AS cell (number, units)
        CROSS JOIN (VALUES (1), (-1)) AS side (sign)
             WHERE %(owner)s IS NOT NULL
               AND cell.units <> 0
               AND %(whole)s
               AND %(clean)s
               AND %(limits)s
            """,
            limits=self._get_limits_sql(SQL("NULL::date")),
            owner=owner_sql(),
            owners=owner_joins(
                SQL("budget.id"),
                SQL("scope.account_id"),
                SQL("share.analytic_account_id"),
            ),
            scales=scales_sql(),
            months=months,
            whole=self._get_whole_sql(SQL("make_date(share.year, cell.number, 1)")),
            clean=self._get_clean_sql(
                SQL("share.account_id"), SQL("make_date(share.year, cell.number, 1)")
            ),
        )

    # === ACTIONS === #

    def action_open_items(self):
        """The documents of one cell."""
        self.ensure_one()
        number = self.id
        parts = []
        for bits in (MEASURE_BITS, KIND_BITS, MONTH_BITS, CATEGORY_BITS):
            parts.append(number % 2**bits)
            number >>= bits
        measure, kind, months, category = parts
        month = add_months(FIRST_MONTH, months)
        domain = (
            Domain("budget_id", "=", number)
            & Domain("category_id", "=", category or False)
            & Domain("measure", "=", MEASURES[measure][0])
            & Domain("kind", "=", KINDS[kind][0])
            & Domain("date", ">=", fields.Date.to_string(month))
            & Domain("date", "<=", fields.Date.to_string(month_end(month)))
        )
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "sop_budget.sop_budget_item_action"
        )
        return {**action, "domain": list(domain), "context": {}}
