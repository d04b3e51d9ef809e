# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""Spending by the analytic accounts of operations: sums from the cube, items for the split."""

import json
from collections import defaultdict
from dataclasses import dataclass
from math import lcm

from odoo import api, models
from odoo.fields import Domain
from odoo.tools import SQL

from odoo.addons.sop_budget.engine.distribution import shares
from odoo.addons.sop_budget.models.ledger_sql import (
    NO_JIT,
    cell_items_sql,
    clean_shares_sql,
    owner_joins,
    owner_sql,
    part_sql,
    scope_join,
    split_ctes,
)
from odoo.addons.sop_budget.models.sop_budget_map import kind_of_type

from ..engine.joint import joint_cuts

#: What counts as spending
KINDS = ("expense", "capital")


@dataclass(frozen=True)
class Way:
    """Budgets, and in each the categories, that operations are divided over.

    The first budget that gives one of its categories a part of an item divides the item.
    """

    budgets: tuple
    categories: tuple[tuple[int, int], ...]

    @classmethod
    def of(cls, categories):
        grouped = categories.grouped("budget_id")
        return cls(
            tuple(grouped),
            tuple((b.id, c.id) for b, found in grouped.items() for c in found),
        )


class Cuts:
    """How distributions are cut: ``owns`` for the operation, ``cuts`` of its part."""

    def __init__(self):
        self.owns, self.cuts = [], []

    def add(self, text, distribution, plans, share, wanted):
        number = len(self.owns)
        den = lcm(share.lo.denominator, share.hi.denominator)
        self.owns.append(
            (
                number,
                text,
                share.analytic,
                int(share.lo * den),
                int(share.hi * den),
                den,
            )
        )
        for plan in wanted:
            _own, cuts = joint_cuts(distribution, plans, share.analytic, plan)
            for cut in cuts:
                den = lcm(cut.lo.denominator, cut.hi.denominator)
                ends = int(cut.lo * den), int(cut.hi * den), den
                self.cuts.append((number, share.analytic, plan, cut.analytic, *ends))

    def owns_sql(self):
        kinds = ("int", "jsonb", "int", "numeric", "numeric", "numeric")
        names = "own (number, distribution, analytic, lo, hi, den)"
        return _table_sql(self.owns, kinds, SQL(names))

    def cuts_sql(self):
        kinds = ("int", "int", "int", "int", "numeric", "numeric", "numeric")
        names = "cut (number, analytic, plan, other, lo, hi, den)"
        return _table_sql(self.cuts, kinds, SQL(names))


class SopLedgerMonth(models.Model):
    _inherit = "sop.ledger.month"

    @api.model
    def _flush_books(self):
        """Only the books: stored fields are worked out from this, and a flush of all would
        work out what follows from them too early.
        """
        for name in ("account.move", "account.move.line", "account.analytic.account"):
            self.env[name].flush_model()

    @api.model
    def _get_spending_types(self):
        types = self.env["account.account"]._fields["account_type"].get_values(self.env)
        return [name for name in types if kind_of_type(name) in KINDS]

    @api.model
    def _read_spending_by_analytic(self, company, accounts) -> dict[int, int]:
        """``{analytic account id: minor units}`` of expenses and investments, of all times.

        The caller has checked that the reader may see them. Exact at once: months that the
        cube does not know yet are read from the journal items.
        """
        self._flush_books()
        spending = SQL(
            "SELECT id FROM account_account WHERE account_type IN %s",
            tuple(self._get_spending_types()),
        )
        cells = SQL(
            """(SELECT DISTINCT account_id, month FROM sop_ledger_dirty
                 WHERE company_id = %s AND account_id IN (%s)) fresh""",
            company.id,
            spending,
        )
        rows = self.env.execute_query(
            SQL(
                """
                %(no_jit)s
                WITH item AS MATERIALIZED (%(items)s), %(ctes)s
                SELECT analytic_account_id, sop_sum_units(units) FROM (
                    SELECT clean.analytic_account_id, clean.units FROM (%(clean)s) clean
                     WHERE clean.analytic_account_id = ANY(%(analytic)s)
                       AND clean.account_id IN (%(spending)s)
                     UNION ALL
                    SELECT cut.analytic_account_id, %(part)s
                      FROM item JOIN known USING (distribution) JOIN cut USING (number)
                     WHERE cut.analytic_account_id = ANY(%(analytic)s)
                ) part GROUP BY analytic_account_id
                """,
                no_jit=NO_JIT,
                items=cell_items_sql(cells, SQL("%s", company.id)),
                ctes=split_ctes(),
                clean=clean_shares_sql(company.id),
                part=part_sql(),
                analytic=accounts.ids,
                spending=spending,
            )
        )
        return {analytic: int(units) for analytic, units in rows}

    @api.model
    def _split_spending_by_category(
        self, company, ways, days=None
    ) -> dict[int, dict[int, int]]:
        """``{analytic account id: {category id, or 0 for the rest: minor units}}``, to the cent.

        In superuser mode; the caller answers for who is shown what. Python works out how a
        distribution is cut, once for each that there is; PostgreSQL cuts the items.

        :param ways: ``{analytic account id of an operation: Way}``
        :param days: first and last day of what is booked; all without
        """
        self._flush_books()
        self.env["sop.budget.map"]._rebuild_pending()
        items = self._spending_items_sql(company, list(ways), days)
        cuts = self._read_joint_cuts(items, ways)
        result = {analytic: defaultdict(int) for analytic in ways}
        rows = self.env.execute_query(
            SQL(
                """
                %(no_jit)s
                WITH item AS MATERIALIZED (
                    SELECT item.*, own.number, own.analytic,
                           %(own_hi)s - %(own_lo)s AS part
                      FROM (%(items)s) item
                      JOIN %(owns)s ON own.distribution = item.distribution
                ), piece AS (
                    SELECT item.id, item.analytic, way.rank, owned.category_id,
                           %(hi)s - %(lo)s AS units,
                           MIN(way.rank) OVER (PARTITION BY item.id, item.analytic) AS first
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
                      JOIN %(wanted)s
                        ON wanted.way = way.way AND wanted.budget = way.budget
                       AND wanted.category = owned.category_id
                     WHERE %(hi)s <> %(lo)s
                )
                SELECT analytic, category_id, SUM(units)::bigint FROM piece
                 WHERE rank = first GROUP BY analytic, category_id
                 UNION ALL
                SELECT analytic, 0, SUM(part)::bigint FROM item GROUP BY analytic
                """,
                no_jit=NO_JIT,
                items=items,
                **split_sql(cuts, ways),
            )
        )
        for analytic, category, units in rows:
            result[analytic][category] += units
            if category:
                result[analytic][0] -= units
        return {
            analytic: {category: units for category, units in parts.items() if units}
            for analytic, parts in result.items()
        }

    @api.model
    def _spending_items_sql(self, company, analytics, days):
        """Posted items of expenses and investments that name one of the analytic accounts."""
        start, end = days or (False, False)
        period = Domain("date", ">=", start) & Domain("date", "<=", end)
        # sudo: sums are made of them, which the caller answers for
        lines = (
            self.env["account.move.line"]
            .sudo()
            ._search(
                Domain("company_id", "=", company.id)
                & Domain("parent_state", "=", "posted")
                & Domain("account_id.account_type", "in", self._get_spending_types())
                & Domain("analytic_distribution", "in", analytics)
                & (period if days else Domain.TRUE)
            )
        )
        return SQL(
            """
            SELECT id, account_id, date, (balance * %s)::bigint AS units,
                   analytic_distribution AS distribution
              FROM account_move_line WHERE id IN %s
            """,
            10**company.currency_id.decimal_places,
            lines.subselect(),
        )

    @api.model
    def _read_joint_cuts(self, items, ways) -> Cuts:
        """How each distribution of the items is cut, for each operation that it names."""
        wanted = {b.plan_id.id or 0 for way in ways.values() for b in way.budgets}
        cuts = Cuts()
        for found in self._read_cut_shares(items, ways):
            cuts.add(*found, sorted(wanted))
        return cuts

    @api.model
    def _read_cut_shares(self, items, ways):
        """``text, distribution, plans, share`` of each operation in each distribution."""
        rows = self.env.execute_query(
            SQL("SELECT DISTINCT distribution::text FROM (%s) item", items)
        )
        distributions = [(text, json.loads(text)) for [text] in rows]
        named = {
            int(name)
            for _text, distribution in distributions
            for key in distribution
            for name in key.split(",")
            if name.isdigit()
        }
        # sudo: names of accounts only; those that are gone do not count
        known = self.env["account.analytic.account"].sudo().browse(sorted(named))
        plans = {account.id: account.root_plan_id.id for account in known.exists()}
        return [
            (text, distribution, plans, share)
            for text, distribution in distributions
            for share in shares(distribution, plans)
            if share.analytic in ways
        ]


def _cut_sql(units, number, den):
    """``units × number ÷ den``, rounded as the engine rounds: exact, halves away from zero."""
    times = SQL("(%s * %s)", SQL(units), SQL(number))
    den = SQL(den)
    return SQL("SIGN(%s) * DIV(2 * ABS(%s) + %s, 2 * %s)", times, times, den, den)


def split_sql(cuts, ways):
    """Parts of a statement that cuts items and finds the category of each piece."""
    return {
        "own_hi": _cut_sql("item.units", "own.hi", "own.den"),
        "own_lo": _cut_sql("item.units", "own.lo", "own.den"),
        "hi": _cut_sql("item.part", "cut.hi", "cut.den"),
        "lo": _cut_sql("item.part", "cut.lo", "cut.den"),
        "owns": cuts.owns_sql(),
        "cuts": cuts.cuts_sql(),
        **_ways_sql(ways),
        "scope": scope_join(SQL("way.budget"), SQL("item.account_id")),
        "joins": owner_joins(
            SQL("way.budget"), SQL("item.account_id"), SQL("cut.other")
        ),
        "owner": owner_sql(),
    }


def _ways_sql(ways):
    """Tables ``way`` (budgets of an operation, by rank) and ``wanted`` (their categories)."""
    numbers = {way: number for number, way in enumerate(dict.fromkeys(ways.values()))}
    rows = [
        (numbers[way], analytic, rank, b.id, b.plan_id.id or 0, b.date_from, b.date_to)
        for analytic, way in ways.items()
        for rank, b in enumerate(way.budgets)
    ]
    wanted = [
        (number, *pair) for way, number in numbers.items() for pair in way.categories
    ]
    names = "way (way, analytic, rank, budget, plan, date_from, date_to)"
    return {
        "ways": _table_sql(rows, ("int",) * 5 + ("date",) * 2, SQL(names)),
        "wanted": _table_sql(
            wanted, ("int",) * 3, SQL("wanted (way, budget, category)")
        ),
    }


def _table_sql(rows, kinds, names):
    """Tuples as a table; ``kinds``: type of each column."""
    columns = zip(*rows, strict=True) if rows else ((),) * len(kinds)
    arrays = [
        SQL("%s::%s[]", list(map(str, column)), SQL(kind))
        for column, kind in zip(columns, kinds, strict=True)
    ]
    return SQL("unnest(%s) AS %s", SQL(", ").join(arrays), names)
