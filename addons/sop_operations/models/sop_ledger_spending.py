# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""Spending by the analytic accounts of operations: sums from the cube, items for the split."""

from dataclasses import dataclass
from datetime import date

from odoo import api, models
from odoo.tools import SQL

from odoo.addons.sop_budget.models.ledger_sql import (
    NO_JIT,
    cell_items_sql,
    clean_shares_sql,
    part_sql,
    split_ctes,
)
from odoo.addons.sop_budget.models.sop_budget_map import kind_of_type

from ..engine.joint import joint_parts

#: What counts as spending
KINDS = ("expense", "capital")


@dataclass(frozen=True)
class Item:
    """A posted journal item; ``plans``: root plan of each analytic account it names."""

    account: int
    day: date
    units: int
    distribution: dict
    plans: dict

    def get_analytics(self) -> set[int]:
        names = (name for key in self.distribution for name in key.split(","))
        return {int(name) for name in names if name.isdigit()}


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
    def _read_items_of(self, company, accounts) -> list[Item]:
        """Posted items of expenses and investments that name one of the analytic accounts."""
        self._flush_books()
        # sudo: sums are made of them, which the caller answers for
        lines = (
            self.env["account.move.line"]
            .sudo()
            ._search(
                [
                    ("company_id", "=", company.id),
                    ("parent_state", "=", "posted"),
                    ("account_id.account_type", "in", self._get_spending_types()),
                    ("analytic_distribution", "in", accounts.ids),
                ]
            )
        )
        rows = self.env.execute_query(
            SQL(
                """
                SELECT account_id, date, (balance * %s)::bigint, analytic_distribution
                  FROM account_move_line WHERE id IN %s ORDER BY id
                """,
                10**company.currency_id.decimal_places,
                lines.subselect(),
            )
        )
        plans = {}
        items = [Item(*row, plans) for row in rows]
        named = set().union(*(item.get_analytics() for item in items))
        # sudo: as above; names of accounts that are gone do not count
        known = self.env["account.analytic.account"].sudo().browse(sorted(named))
        plans.update(
            {account.id: account.root_plan_id.id for account in known.exists()}
        )
        return items

    @api.model
    def _divide_item(self, item, analytic, ways, owners):
        """Pairs of category id (0: the rest) and minor units of an operation's part.

        :param int analytic: the operation's account
        :param ways: pairs of a budget and the ids of its categories that are asked for; the
            first budget that gives one of them a part divides the item
        """
        for budget, wanted in ways:
            if not budget.date_from <= item.day <= budget.date_to:
                continue
            parts = joint_parts(
                item.units,
                item.distribution,
                item.plans,
                analytic,
                budget.plan_id.id or 0,
            )
            owned = [
                (owners.find(budget.id, item.account, account), units)
                for account, units in parts.items()
            ]
            if any(category in wanted for category, _units in owned):
                return [
                    (category if category in wanted else 0, units)
                    for category, units in owned
                ]
        parts = joint_parts(item.units, item.distribution, item.plans, analytic, 0)
        return list(parts.items())


class Owners:
    """Who owns what of some budgets: the rows of their maps, looked up as the matrix does."""

    def __init__(self, rows):
        self.scope, self.pairs, self.analytics = {}, {}, {}
        for budget, kind, account, analytic, category in rows:
            if not account:
                self.analytics[budget, analytic, kind] = category
            elif analytic:
                self.pairs[budget, account, analytic] = category
            else:
                self.scope[budget, account] = kind, category

    def find(self, budget, account, analytic):
        """Category of a part of an item of ``account``; ``analytic`` 0: of none."""
        if (budget, account) not in self.scope:
            return None
        kind, own = self.scope[budget, account]
        return (
            self.pairs.get((budget, account, analytic))
            or self.analytics.get((budget, analytic, kind))
            or own
        )


class SopBudgetMap(models.Model):
    _inherit = "sop.budget.map"

    @api.model
    def _read_owners(self, budgets) -> Owners:
        self._rebuild_pending()
        return Owners(
            self.env.execute_query(
                SQL(
                    """SELECT budget_id, kind, account_id, analytic_account_id, category_id
                         FROM sop_budget_map WHERE budget_id = ANY(%s)""",
                    budgets.ids,
                )
            )
        )
