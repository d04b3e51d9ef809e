# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""Spending of operations by purpose, as the ledger says it."""

from collections import defaultdict

from odoo import api, models
from odoo.tools import SQL

from odoo.addons.sop_budget.models.ledger_sql import (
    NO_JIT,
)

from ..engine.purpose import purpose_cuts
from .sop_ledger_spending import Cuts, _table_sql, split_sql


class PurposeCuts(Cuts):
    """``cuts`` are those of categories and purposes; plan 0 has purposes alone."""

    def add_purposes(self, text, distribution, plans, share, wanted, purpose_plan):
        self.add(text, distribution, plans, share, ())
        number = len(self.owns) - 1
        for plan in wanted:
            for cut in purpose_cuts(
                distribution, plans, share.analytic, plan, purpose_plan
            ):
                den = cut.lo.denominator * cut.hi.denominator
                ends = int(cut.lo * den), int(cut.hi * den), den
                row = number, share.analytic, plan, cut.category, cut.purpose
                self.cuts.append((*row, *ends))

    def cuts_sql(self):
        kinds = ("int",) * 5 + ("numeric",) * 3
        names = "cut (number, analytic, plan, other, purpose, lo, hi, den)"
        return _table_sql(self.cuts, kinds, SQL(names))


class SopLedgerMonth(models.Model):
    _inherit = "sop.ledger.month"

    @api.model
    def _split_spending_by_purpose(
        self, company, ways, plan=None
    ) -> dict[int, dict[int, int]]:
        """``{analytic account id of an operation: {purpose: minor units}}``, to the cent.

        In superuser mode; the caller answers for who is shown what.

        :param ways: ``{analytic account id of an operation: Way}`` of the categories that are
            left out
        :param plan: root plan whose accounts are purposes, 0 is without one; None: the accounts
            of the books are purposes
        """
        rows = self.env.execute_query(
            SQL(
                "%s SELECT analytic, purpose, SUM(units)::bigint FROM (%s) part"
                " GROUP BY analytic, purpose",
                NO_JIT,
                self._purpose_parts_sql(company, ways, plan),
            )
        )
        result = {analytic: defaultdict(int) for analytic in ways}
        for analytic, purpose, units in rows:
            result[analytic][purpose] += units
        return result

    @api.model
    def _get_items_of_purpose(self, company, ways, plan, purpose) -> list[int]:
        """Ids of the items that have a part for the purpose; the same parts as above."""
        rows = self.env.execute_query(
            SQL(
                "SELECT DISTINCT id FROM (%s) part WHERE purpose = %s AND units <> 0",
                self._purpose_parts_sql(company, ways, plan),
                purpose,
            )
        )
        return [id_ for [id_] in rows]

    @api.model
    def _purpose_parts_sql(self, company, ways, plan):
        """``id, analytic, purpose, units``: an item of which nothing is left out is cut for
        purposes alone, any other for the categories of the budget that owns a part of it.
        """
        self._flush_books()
        self.env["sop.budget.map"]._rebuild_pending()
        items = self._spending_items_sql(company, list(ways), None)
        cuts = self._read_purpose_cuts(items, ways, plan or 0)
        return SQL(
            """
            WITH item AS MATERIALIZED (
                SELECT item.*, own.number, own.analytic,
                       %(own_hi)s - %(own_lo)s AS part
                  FROM (%(items)s) item
                  JOIN %(owns)s ON own.distribution = item.distribution
            ), piece AS MATERIALIZED (
                SELECT item.id, item.analytic, item.account_id, cut.purpose, way.rank,
                       wanted.category IS NOT NULL AS is_veiled,
                       %(hi)s - %(lo)s AS units,
                       MIN(way.rank) FILTER (WHERE wanted.category IS NOT NULL) OVER (
                           PARTITION BY item.id, item.analytic
                       ) AS first
                  FROM item
                  JOIN %(ways)s
                    ON way.analytic = item.analytic
                   AND item.date BETWEEN way.date_from AND way.date_to
                  JOIN %(cuts)s
                    ON cut.number = item.number AND cut.analytic = item.analytic
                   AND cut.plan = way.plan
                  %(scope)s %(joins)s
                 CROSS JOIN LATERAL (
                    SELECT COALESCE(%(owner)s, scope.category_id) AS category_id
                 ) owned
                  LEFT JOIN %(wanted)s
                    ON wanted.way = way.way AND wanted.budget = way.budget
                   AND wanted.category = owned.category_id
                 WHERE %(hi)s <> %(lo)s
            ), part AS (
                SELECT id, analytic, account_id, purpose, units FROM piece
                 WHERE rank = first AND NOT is_veiled
                 UNION ALL
                SELECT item.id, item.analytic, item.account_id, cut.purpose,
                       %(hi)s - %(lo)s
                  FROM item
                  JOIN %(cuts)s
                    ON cut.number = item.number AND cut.analytic = item.analytic
                   AND cut.plan = 0
                 WHERE NOT EXISTS (
                    SELECT FROM piece
                     WHERE piece.id = item.id AND piece.analytic = item.analytic
                       AND piece.is_veiled
                 )
            )
            SELECT id, analytic, %(purpose)s AS purpose, units FROM part
            """,
            items=items,
            **split_sql(cuts, ways),
            purpose=SQL("account_id" if plan is None else "purpose"),
        )

    @api.model
    def _read_purpose_cuts(self, items, ways, purpose_plan) -> PurposeCuts:
        wanted = {b.plan_id.id or 0 for way in ways.values() for b in way.budgets}
        cuts = PurposeCuts()
        for found in self._read_cut_shares(items, ways):
            cuts.add_purposes(*found, sorted(wanted | {0}), purpose_plan)
        return cuts
