# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""Hand-written SQL over the raw journal items: what the suite is compared with.

Nothing of the suite's SQL is used here but the table that says which category owns what.
"""

from __future__ import annotations

from typing import Any

STRICT = """
SELECT account_id, date_trunc('month', date)::date AS month, company_id, SUM(balance)
  FROM account_move_line
 WHERE parent_state = 'posted' AND date >= %(date_from)s AND date <= %(date_to)s
 GROUP BY 1, 2, 3
"""

# A share is rounded by itself, as most people would write it.
SIMPLE_PART = """
SELECT analytic.id, round(item.balance * pair.value::numeric / 100, 2) AS amount
  FROM jsonb_each_text(item.distribution) pair,
       unnest(string_to_array(pair.key, ',')) one,
       account_analytic_account analytic
 WHERE analytic.id = one::int AND analytic.root_plan_id = %(plan)s
"""

# Cumulative rounding as in docs/architecture.md: the parts of 100 % are the item to the cent.
EXACT_PART = """
SELECT id, round(item.balance * hi / 100, 2) - round(item.balance * (hi - percent) / 100, 2)
           AS amount
  FROM (
    SELECT id, percent, SUM(percent) OVER (ORDER BY id) AS hi
      FROM (
        SELECT analytic.id, SUM(pair.value::numeric) AS percent
          FROM jsonb_each_text(item.distribution) pair,
               unnest(string_to_array(pair.key, ',')) one,
               account_analytic_account analytic
         WHERE analytic.id = one::int AND analytic.root_plan_id = %(plan)s
         GROUP BY analytic.id
      ) summed
  ) cumulated
"""

BY_CATEGORY = """
WITH item AS (
    SELECT line.account_id, date_trunc('month', line.date)::date AS month, line.balance,
           line.analytic_distribution AS distribution, scope.kind, scope.category_id
      FROM account_move_line line
      JOIN sop_budget_map scope
        ON scope.budget_id = %(budget)s AND scope.account_id = line.account_id
       AND scope.analytic_account_id IS NULL
     WHERE line.parent_state = 'posted' AND line.company_id = %(company)s
       AND line.date >= %(date_from)s AND line.date <= %(date_to)s
), part AS (
    SELECT item.kind, item.month, item.category_id AS source, share.amount,
           COALESCE(pair.category_id, loose.category_id) AS target
      FROM item
     CROSS JOIN LATERAL ({part}) share
      LEFT JOIN sop_budget_map pair
        ON pair.budget_id = %(budget)s AND pair.account_id = item.account_id
       AND pair.analytic_account_id = share.id
      LEFT JOIN sop_budget_map loose
        ON loose.budget_id = %(budget)s AND loose.account_id IS NULL
       AND loose.analytic_account_id = share.id AND loose.kind = item.kind
     WHERE item.distribution IS NOT NULL
)
SELECT kind, category_id, month, SUM(amount)
  FROM (
    SELECT kind, category_id, month, balance AS amount FROM item
     UNION ALL
    SELECT kind, target, month, amount FROM part WHERE target IS NOT NULL
     UNION ALL
    SELECT kind, source, month, -amount FROM part WHERE target IS NOT NULL
  ) owned
 GROUP BY 1, 2, 3
"""
SIMPLE = BY_CATEGORY.format(part=SIMPLE_PART)
EXACT = BY_CATEGORY.format(part=EXACT_PART)


def limits(budget: Any) -> dict[str, Any]:
    return {
        "budget": budget.id,
        "company": budget.company_id.id,
        "plan": budget.plan_id.id,
        "date_from": budget.date_from,
        "date_to": budget.date_to,
    }


def read(env: Any, statement: str, values: dict[str, Any]) -> list[tuple[Any, ...]]:
    env.cr.execute(statement, values)
    return env.cr.fetchall()


def count_differences(budget: Any) -> tuple[int, int]:
    """Cells of the actuals that differ from the raw sums, and how many there are."""
    matrix = budget._get_matrix(measures=("actual",))
    budget.env.cr.execute("SET LOCAL jit = off")
    rows = read(budget.env, EXACT, limits(budget))
    scale = 10**matrix.decimal_places
    kinds = ("expense", "income", "capital")
    positions = {category: row for row, category in enumerate(matrix.ids)}
    columns = {month: column for column, month in enumerate(matrix.months)}
    actual, loose = matrix.leaf_amounts("actual").copy(), {}
    from odoo.addons.sop_budget.engine.matching import KINDS

    for kind in kinds:
        loose[kind] = matrix.unassigned["actual"][KINDS.index(kind)].copy()
    cells = 0
    for kind, category, month, amount in rows:
        sign = -1 if kind == "income" else 1
        array = loose[kind] if category is None else actual[positions[category]]
        array[columns[month]] -= sign * round(amount * scale)
        cells += 1
    left = int((actual != 0).sum()) + sum(
        int((row != 0).sum()) for row in loose.values()
    )
    return left, cells
