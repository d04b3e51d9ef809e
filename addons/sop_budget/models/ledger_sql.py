# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""Pieces of SQL that the ledger cube, the matrix and the lineage are put together from.

They say in SQL what ``engine/distribution.py`` and ``engine/matching.py`` say in Python.
Amounts are whole minor units of the company's currency.
"""

from odoo.tools import SQL

from ..engine.distribution import MAX_PERCENT, PERCENT_DIGITS

#: Compiling a query of a hundredth of a second takes longer than running it.
NO_JIT = SQL("SET LOCAL jit = off;")
#: PostgreSQL can't know how few rows a split has; it would sort distributions to merge them.
#: To be ended with USUAL_PLANS.
HASH_PLANS = SQL("SET LOCAL jit = off; SET LOCAL enable_mergejoin = off;")
#: The same for whole ledgers, which it would sort on disk.
BULK_PLANS = SQL(
    "%s SET LOCAL enable_sort = off; SET LOCAL work_mem = '128MB';", HASH_PLANS
)
USUAL_PLANS = SQL(
    "SET LOCAL enable_mergejoin = DEFAULT; SET LOCAL enable_sort = DEFAULT;"
    " SET LOCAL work_mem = DEFAULT;"
)

CALENDAR_MONTHS = tuple(range(1, 13))
#: Kind of an open order line without an account, by what its bill does to an account.
LOOSE_KINDS = {1: "expense", -1: "income"}


def month_column(month, alias=None):
    """Column of ``sop_ledger_share`` for a calendar month (1 to 12)."""
    name = f"m{month:02d}"
    return SQL.identifier(alias, name) if alias else SQL.identifier(name)


def scales_sql():
    """``company_id, scale``: minor units in one unit of each company's currency."""
    return SQL(
        """(
            SELECT company.id AS company_id,
                   ('1' || repeat('0', currency.decimal_places))::numeric AS scale
              FROM res_company company
              JOIN res_currency currency ON currency.id = company.currency_id
        )"""
    )


def clean_months_sql():
    """The months of the cube that can be trusted: ``company_id, account_id, month, units``."""
    return SQL(
        """
        SELECT known.company_id, known.account_id, known.month,
               (known.balance * scales.scale)::bigint AS units
          FROM sop_ledger_month known JOIN %(scales)s scales USING (company_id)
         WHERE NOT EXISTS (
            SELECT FROM sop_ledger_dirty dirty
             WHERE dirty.company_id = known.company_id
               AND dirty.account_id = known.account_id AND dirty.month = known.month
         )
        """,
        scales=scales_sql(),
    )


def clean_shares_sql(company=None, years=None):
    """The same of analytic accounts: ``…, analytic_account_id, month, units``.

    :param years: first and last year that are asked for
    """
    where = SQL("TRUE")
    if company:
        where = SQL("%s AND share.company_id = %s", where, company)
    if years:
        where = SQL("%s AND share.year BETWEEN %s AND %s", where, *years)
    return SQL(
        """
        SELECT share.company_id, share.account_id, share.analytic_account_id, cell.month,
               cell.units
          FROM sop_ledger_share share
         CROSS JOIN LATERAL (VALUES %(values)s) cell (month, units)
         WHERE cell.units <> 0 AND %(where)s
           AND NOT EXISTS (
            SELECT FROM sop_ledger_dirty dirty
             WHERE dirty.company_id = share.company_id
               AND dirty.account_id = share.account_id AND dirty.month = cell.month
         )
        """,
        values=SQL(", ").join(
            SQL(
                "(make_date(share.year, %s, 1), %s)",
                month,
                month_column(month, "share"),
            )
            for month in CALENDAR_MONTHS
        ),
        where=where,
    )


def split_ctes(plan=None):
    """CTEs ``known`` and ``cut``, to be put behind a CTE ``item`` with ``distribution``.

    ``known`` numbers the distributions of the items, ``cut`` says what each of them gives
    to whom: ``number, analytic_account_id, lo, hi, is_all``, cumulated inside the root plan
    in the order of the accounts' ids. To be used as ``JOIN known USING (distribution) JOIN
    cut USING (number)``; the part of an item is :func:`part_sql`.

    :param plan: id of the only root plan that is asked for
    """
    return SQL(
        """
        known AS MATERIALIZED (
            SELECT row_number() OVER () AS number, distribution
              FROM (SELECT distribution FROM item WHERE distribution IS NOT NULL
                  GROUP BY distribution) found
        ), cut AS MATERIALIZED (
            SELECT number, analytic_account_id, hi - share AS lo, hi,
                   hi = 1 AND share = 1 AS is_all
              FROM (
                SELECT number, analytic_account_id, share,
                       SUM(share) OVER (
                           PARTITION BY number, plan_id ORDER BY analytic_account_id
                       ) AS hi
                  FROM (
                    SELECT entry.number, analytic.root_plan_id AS plan_id,
                           analytic.id AS analytic_account_id, SUM(entry.percent) * 0.01 AS share
                      FROM (
                        SELECT number, unnest(string_to_array(key, ',')) AS analytic,
                               CASE WHEN jsonb_typeof(distribution->key) = 'number'
                                     AND (distribution->key)::numeric BETWEEN -%(most)s AND %(most)s
                                    THEN round((distribution->key)::numeric, %(digits)s)
                               END AS percent
                          FROM (
                            SELECT known.number, known.distribution, jsonb_object_keys(
                                   CASE WHEN jsonb_typeof(known.distribution) = 'object'
                                        THEN known.distribution END) AS key
                              FROM known
                          ) pair
                      ) entry
                      JOIN account_analytic_account analytic
                        ON analytic.id::text = entry.analytic
                     WHERE %(plan)s
                  GROUP BY entry.number, analytic.id
                    HAVING SUM(entry.percent) IS NOT NULL
                  ) summed
              ) cumulated
        )""",
        digits=PERCENT_DIGITS,
        most=MAX_PERCENT,
        plan=SQL("analytic.root_plan_id = %s", plan) if plan else SQL("TRUE"),
    )


def part_sql():
    """Minor units that a ``cut`` takes from an ``item`` with ``units``."""
    return SQL(
        """CASE WHEN cut.is_all THEN item.units
                ELSE (item.units * cut.hi)::bigint - (item.units * cut.lo)::bigint END"""
    )


def fresh_items_sql(fresh, company, date_from=None, date_to=None):
    """Posted items of (account, month) pairs: ``account_id, month, units, distribution``.

    :param fresh: pairs of an account's id and the first day of a month
    """
    accounts, months = zip(*fresh, strict=True)
    cells = SQL(
        "unnest(%s::int[], %s::date[]) AS fresh (account_id, month)",
        list(accounts),
        list(months),
    )
    return cell_items_sql(cells, company, date_from, date_to)


def cell_items_sql(cells, company, date_from=None, date_to=None):
    """Posted items of months of accounts: the columns of ``fresh``, ``units, distribution``.

    :param SQL cells: table ``fresh`` with ``account_id, month``
    """
    limits = SQL()
    if date_from:
        limits = SQL("%s AND line.date >= %s", limits, date_from)
    if date_to:
        limits = SQL("%s AND line.date <= %s", limits, date_to)
    return SQL(
        """
        SELECT line.id, fresh.*, (line.balance * scales.scale)::bigint AS units,
               line.analytic_distribution AS distribution
          FROM %(cells)s
          JOIN account_move_line line
            ON line.account_id = fresh.account_id AND line.company_id = %(company)s
           AND line.date >= fresh.month AND line.date < fresh.month + INTERVAL '1 month'
           AND line.parent_state = 'posted' %(limits)s
          JOIN %(scales)s scales ON scales.company_id = line.company_id
        """,
        cells=cells,
        company=company,
        limits=limits,
        scales=scales_sql(),
    )


def open_lines_sql(model, where, tag=None):
    """Lines of a commitment model: ``tag, account_id, month, units, distribution``.

    :param SQL where: which ones, a condition on ``line``
    :param SQL tag: an expression over ``line``; the stage without it
    """
    return SQL(
        """
        SELECT %(tag)s AS tag, line.sop_account_id AS account_id,
               date_trunc('month', line.sop_date::timestamp)::date AS month,
               (line.sop_open_amount * scales.scale)::bigint * %(sign)s AS units,
               line.analytic_distribution AS distribution
          FROM %(table)s line JOIN %(scales)s scales USING (company_id)
         WHERE %(where)s
        """,
        tag=tag or SQL("line.sop_stage"),
        sign=model._sop_balance_sign,
        table=SQL.identifier(model._table),
        scales=scales_sql(),
        where=where,
    )


def owner_joins(budget, account, analytic, kind=None):
    """Joins ``pair`` and ``by_analytic`` of a budget's map, looked up in this order.

    Together with :func:`scope_join` they say whose an item part is: see
    :func:`owner_sql`.
    """
    return SQL(
        """
        LEFT JOIN sop_budget_map pair
               ON pair.budget_id = %(budget)s AND pair.account_id = %(account)s
              AND pair.analytic_account_id = %(analytic)s
        LEFT JOIN sop_budget_map by_analytic
               ON by_analytic.budget_id = %(budget)s AND by_analytic.account_id IS NULL
              AND by_analytic.analytic_account_id = %(analytic)s
              AND by_analytic.kind = %(kind)s
        """,
        budget=budget,
        account=account,
        analytic=analytic,
        kind=kind or SQL("scope.kind"),
    )


def owner_sql():
    """Category that a part belongs to by its analytic account; NULL: none."""
    return SQL("COALESCE(pair.category_id, by_analytic.category_id)")


def scope_join(budget, account, outer=False):
    """Join ``scope`` of a budget's map: kind and category of an account."""
    return SQL(
        """%(how)s JOIN sop_budget_map scope
               ON scope.budget_id = %(budget)s AND scope.account_id = %(account)s
              AND scope.analytic_account_id IS NULL""",
        how=SQL("LEFT") if outer else SQL(),
        budget=budget,
        account=account,
    )


def owned_sql(items, budget, plan, loose_kind=None):
    """What items mean to a budget: ``tag, kind, target, source, account_id, month, units``.

    Every item counts for the category of its account (``target``; NULL is "in none"). Then
    come the parts that an analytic account gives to a category: they count for ``target``
    and no longer for the category ``source`` of the account. ``is_moved`` tells which of
    the two a row is. Hence the sum is that of the items, whatever their distributions are.

    :param SQL items: sub-select ``tag, account_id, month, units, distribution``
    :param plan: id of the budget's root plan, or False
    :param loose_kind: kind of items without an account; None leaves them out
    """
    kind = (
        SQL("COALESCE(scope.kind, %s)", loose_kind) if loose_kind else SQL("scope.kind")
    )
    known = SQL("scope.id IS NOT NULL")
    if loose_kind:
        known = SQL("(item.account_id IS NULL OR %s)", known)
    scope = scope_join(budget, SQL("item.account_id"), outer=bool(loose_kind))
    moved, ctes = SQL(), SQL()
    if plan:
        ctes = SQL(", %s", split_ctes(plan))
        moved = SQL(
            """
            UNION ALL
            SELECT item.tag, %(kind)s, TRUE, %(owner)s, scope.category_id, item.account_id,
                   item.month, %(part)s
              FROM item JOIN known USING (distribution) JOIN cut USING (number)
              %(scope)s %(joins)s
             WHERE %(owner)s IS NOT NULL AND %(known)s
            """,
            kind=kind,
            owner=owner_sql(),
            part=part_sql(),
            scope=scope,
            joins=owner_joins(
                budget, SQL("item.account_id"), SQL("cut.analytic_account_id"), kind
            ),
            known=known,
        )
    return SQL(
        """
        WITH item AS MATERIALIZED (%(items)s) %(ctes)s
        SELECT item.tag, %(kind)s AS kind, FALSE AS is_moved, scope.category_id AS target,
               NULL::int AS source, item.account_id, item.month, item.units
          FROM item %(scope)s WHERE %(known)s
        %(moved)s
        """,
        items=items,
        ctes=ctes,
        kind=kind,
        scope=scope,
        known=known,
        moved=moved,
    )


def settle_sql(owned):
    """Rows of :func:`owned_sql` as ``account_id, category_id, units``, moves booked twice."""
    return SQL(
        """
        SELECT owned.account_id, side.category_id, side.units
          FROM (%s) owned
         CROSS JOIN LATERAL (
            SELECT owned.target AS category_id, owned.units AS units
             UNION ALL
            SELECT owned.source, -owned.units WHERE owned.is_moved
         ) side
        """,
        owned,
    )
