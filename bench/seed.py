# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""Seeded books for the bench: a few records through the ORM, the masses in SQL.

Everything that looks random comes from a hash of the row's number, so two runs
with the same ``rows`` give the same ledger on any machine.
"""

from __future__ import annotations

import datetime
import json

FIRST_DAY = datetime.date(2023, 1, 1)
MONTHS = 36
DAYS = 1096  # 2023, 2024 (leap) and 2025
BUDGET_YEAR = 2025
EXPENSE, INCOME, CAPITAL, BALANCE = 80, 30, 10, 80
ANALYTIC_PER_PLAN = 50
LINES_PER_MOVE = 5
OPEN_SHARE = 0.15

_ROUND = "abs(hashint8extended(%s, %s))"


def _dice(number: str, salt: int, sides: int | str) -> str:
    """SQL: a whole number from 0 to ``sides`` - 1 that depends on nothing but ``number``."""
    return f"({_ROUND % (number, salt)} %% {sides})::int"


def prepare(env) -> dict:
    """Companies, accounts, analytic accounts, partner, products: by the ORM."""
    company = env.ref("base.main_company")
    chart = env["account.chart.template"]
    if not company.chart_template:
        chart.try_loading("generic_coa", company=company, install_demo=False)
    other = env["res.company"].create(
        {"name": "Second company", "currency_id": company.currency_id.id}
    )
    env.user.write({"company_ids": [(4, other.id)]})
    env = env(context=dict(env.context, allowed_company_ids=[company.id, other.id]))
    chart.try_loading("generic_coa", company=other, install_demo=False)
    companies = company + other
    accounts = _make_accounts(env, companies)
    project = env["account.analytic.plan"].browse(
        int(env["ir.config_parameter"].sudo().get_param("analytic.project_plan"))
    )
    second = env["account.analytic.plan"].create({"name": "Operations"})
    analytics = [
        env["account.analytic.account"]
        .create(
            [
                {
                    "name": f"{plan.name} {i:02d}",
                    "code": f"{plan.name[0]}{i:02d}",
                    "plan_id": plan.id,
                    "company_id": False,
                }
                for i in range(ANALYTIC_PER_PLAN)
            ]
        )
        .ids
        for plan in (project, second)
    ]
    products = _make_products(env, companies, accounts["expense"])
    journals = {
        kind: [
            env["account.journal"]
            .search([("company_id", "=", c.id), ("type", "=", kind)], limit=1)
            .id
            for c in companies
        ]
        for kind in ("purchase", "sale")
    }
    return {
        "companies": companies.ids,
        "currency": company.currency_id.id,
        "accounts": accounts,
        "plans": [project.id, second.id],
        "plan_columns": [project._column_name(), second._column_name()],
        "analytics": analytics,
        "products": products,
        "uom": env.ref("uom.product_uom_unit").id,
        "partner": env["res.partner"].create({"name": "Bench partner"}).id,
        "journals": journals,
    }


def _make_accounts(env, companies) -> dict:
    """200 accounts shared by the companies, under code prefixes of their own."""
    wanted = [
        ("expense", "9", EXPENSE, "expense"),
        ("income", "8", INCOME, "income"),
        ("capital", "72", CAPITAL, "asset_fixed"),
        ("balance", "73", BALANCE - 2, "asset_current"),
    ]

    def make(key, code, account_type, **more):
        mapping = [
            (0, 0, {"company_id": company.id, "code": code}) for company in companies
        ]
        return {
            "name": f"{key} {code}",
            "account_type": account_type,
            "company_ids": [(6, 0, companies.ids)],
            "code_mapping_ids": mapping,
            **more,
        }

    create = env["account.account"].create
    result = {
        key: create(
            [make(key, f"{prefix}{i:02d}00", account_type) for i in range(number)]
        ).ids
        for key, prefix, number, account_type in wanted
    }
    result["payable"] = create(
        make("payable", "741000", "liability_payable", reconcile=True)
    ).id
    result["receivable"] = create(
        make("receivable", "742000", "asset_receivable", reconcile=True)
    ).id
    return result


def _make_products(env, companies, expense_ids) -> list[int]:
    """One service a pair of expense accounts, so that orders know their account."""
    products = env["product.product"].create(
        [
            {
                "name": f"Service {i:02d}",
                "type": "service",
                "purchase_method": "purchase",
            }
            for i in range(len(expense_ids))
        ]
    )
    for company in companies:
        for product, account in zip(
            products.with_company(company), expense_ids, strict=True
        ):
            product.property_account_expense_id = account
            product.supplier_taxes_id = False
    return products.ids


def fill(cr, world: dict, rows: int, order_lines: int) -> None:
    """The masses: moves, items, analytic items, orders."""
    tables = (
        "account_move",
        "account_move_line",
        "account_analytic_line",
        "purchase_order",
        "purchase_order_line",
    )
    indexes = _drop_indexes(cr, tables)
    moves = rows // LINES_PER_MOVE
    _fill_moves(cr, world, moves)
    _fill_items(cr, world, moves)
    _fill_analytic_items(cr, world)
    _fill_orders(cr, world, order_lines)
    for statement in indexes:
        cr.execute(statement)
    for table in tables:
        cr.execute(f"SELECT setval('{table}_id_seq', (SELECT max(id) FROM {table}))")


def _drop_indexes(cr, tables) -> list[str]:
    cr.execute(
        """
        SELECT i.indexname, i.indexdef FROM pg_indexes i
         WHERE i.tablename = ANY(%s) AND i.schemaname = current_schema
           AND NOT EXISTS (SELECT FROM pg_constraint c WHERE c.conname = i.indexname)
        """,
        [list(tables)],
    )
    found = cr.fetchall()
    for name, _definition in found:
        cr.execute(f'DROP INDEX "{name}"')
    return [definition for _name, definition in found]


def _fill_moves(cr, world, moves) -> None:
    cr.execute(
        f"""
        CREATE TEMP TABLE bench_move AS
        SELECT n, (SELECT coalesce(max(id), 0) FROM account_move) + n AS id,
               (ARRAY[{",".join(map(str, world["companies"]))}])[1 + {_dice("n", 1, 2)}] AS company_id,
               1 + {_dice("n", 1, 2)} AS company_number,
               {_dice("n", 2, 10)} < 7 AS is_bill,
               %(first)s::date + (n * {DAYS} / ({moves} + 1))::int AS date
          FROM generate_series(1, {moves}::bigint) n
        """,
        {"first": FIRST_DAY},
    )
    cr.execute(
        """
        INSERT INTO account_move (id, name, journal_id, company_id, currency_id, state, move_type, auto_post, date,
                                  invoice_date, partner_id, commercial_partner_id, payment_state, create_uid, write_uid)
        SELECT id, 'BENCH/' || id, CASE WHEN is_bill THEN (%(purchase)s)[company_number] ELSE (%(sale)s)[company_number] END,
               company_id, %(currency)s, 'posted', CASE WHEN is_bill THEN 'in_invoice' ELSE 'out_invoice' END, 'no', date,
               date, %(partner)s, %(partner)s, 'not_paid', 1, 1
          FROM bench_move
        """,
        dict(world["journals"], currency=world["currency"], partner=world["partner"]),
    )


def _distribution_sql(number: str, world: dict) -> str:
    """40 % none, 30 % one account, 15 % one of each plan, 10 % 60/40, 5 % mixed keys."""
    first, second = (f"ARRAY[{','.join(map(str, ids))}]" for ids in world["analytics"])
    a1 = f"({first})[1 + {_dice(number, 11, ANALYTIC_PER_PLAN)}]"
    a2 = f"({first})[1 + (({_dice(number, 11, ANALYTIC_PER_PLAN)} + 1 + {_dice(number, 12, ANALYTIC_PER_PLAN - 1)}) %% {ANALYTIC_PER_PLAN})]"
    b1 = f"({second})[1 + {_dice(number, 13, ANALYTIC_PER_PLAN)}]"
    b2 = f"({second})[1 + {_dice(number, 14, ANALYTIC_PER_PLAN)}]"
    dice = _dice(number, 15, 100)
    return f"""CASE WHEN {dice} < 40 THEN NULL
        WHEN {dice} < 70 THEN jsonb_build_object({a1}, 100.0)
        WHEN {dice} < 85 THEN jsonb_build_object({a1} || ',' || {b1}, 100.0)
        WHEN {dice} < 95 THEN jsonb_build_object({a1}, 60.0, {a2}, 40.0)
        ELSE jsonb_build_object({a1} || ',' || {b1}, 33.33, {a2}, 50.0, {b2}, 25.5) END"""


def _fill_items(cr, world, moves) -> None:
    def pick(key, number, salt):
        ids = world["accounts"][key]
        return (
            f"(ARRAY[{','.join(map(str, ids))}])[1 + {_dice(number, salt, len(ids))}]"
        )

    cr.execute(
        f"""
        WITH amount AS (
            SELECT m.*, ((100 + {_dice("m.n * 8 + 1", 3, 200000)}) / 100.0)::numeric(16, 2) AS a1,
                   ((100 + {_dice("m.n * 8 + 2", 3, 200000)}) / 100.0)::numeric(16, 2) AS a2,
                   ((100 + {_dice("m.n * 8 + 3", 3, 200000)}) / 100.0)::numeric(16, 2) AS a3,
                   CASE WHEN is_bill THEN 1 ELSE -1 END AS sign
              FROM bench_move m
        ), line AS (
            SELECT a.*, k, a.n * 8 + k AS number,
                   a.sign * CASE k WHEN 1 THEN a1 WHEN 2 THEN a2 WHEN 3 THEN a3
                        WHEN 4 THEN round((a1 + a2 + a3) * 0.2, 2)
                        ELSE -(a1 + a2 + a3 + round((a1 + a2 + a3) * 0.2, 2)) END AS balance
              FROM amount a CROSS JOIN generate_series(1, 5) k
        )
        INSERT INTO account_move_line (move_id, move_name, company_id, company_currency_id, currency_id, journal_id, date,
               invoice_date, parent_state, display_type, partner_id, name, quantity, price_unit, account_id, balance,
               debit, credit, amount_currency, amount_residual, amount_residual_currency, reconciled,
               analytic_distribution, create_uid, write_uid)
        SELECT id, 'BENCH/' || id, company_id, %(currency)s, %(currency)s,
               CASE WHEN is_bill THEN (%(purchase)s)[company_number] ELSE (%(sale)s)[company_number] END, date, date,
               'posted', CASE WHEN k < 4 THEN 'product' WHEN k = 4 THEN 'tax' ELSE 'payment_term' END, %(partner)s,
               'Item ' || k, 1, abs(balance),
               CASE WHEN k = 5 AND is_bill THEN {world["accounts"]["payable"]}
                    WHEN k = 5 THEN {world["accounts"]["receivable"]}
                    WHEN k = 4 THEN {pick("balance", "number", 5)}
                    WHEN NOT is_bill THEN {pick("income", "number", 6)}
                    WHEN {_dice("number", 7, 40)} = 0 THEN {pick("capital", "number", 8)}
                    ELSE {pick("expense", "number", 9)} END,
               balance, greatest(balance, 0), greatest(-balance, 0), balance, 0, 0, false,
               CASE WHEN k < 4 THEN {_distribution_sql("number", world)} END, 1, 1
          FROM line ORDER BY id, k
        """,
        dict(world["journals"], currency=world["currency"], partner=world["partner"]),
    )


def _fill_analytic_items(cr, world) -> None:
    """What posting would have written: one analytic item a key of a distribution."""
    first, second = world["plan_columns"]
    cr.execute(
        f"""
        INSERT INTO account_analytic_line (name, date, amount, unit_amount, company_id, currency_id, general_account_id,
                                           move_line_id, partner_id, category, {first}, {second}, create_uid, write_uid)
        SELECT 'Item', l.date, round(-l.balance * share.percent / 100, 2), 1, l.company_id, l.company_currency_id,
               l.account_id, l.id, l.partner_id, 'other',
               (SELECT max(i::int) FROM unnest(string_to_array(share.ids, ',')) i WHERE i::int = ANY(%(first)s)),
               (SELECT max(i::int) FROM unnest(string_to_array(share.ids, ',')) i WHERE i::int = ANY(%(second)s)), 1, 1
          FROM account_move_line l
          JOIN LATERAL (SELECT key AS ids, value::numeric AS percent FROM jsonb_each_text(l.analytic_distribution)) share ON TRUE
         WHERE l.analytic_distribution IS NOT NULL
        """,
        {"first": world["analytics"][0], "second": world["analytics"][1]},
    )


def receiving_columns(cr, company: str) -> tuple[str, str]:
    """Column and value that an order needs where Inventory is installed."""
    cr.execute(
        "SELECT FROM information_schema.columns"
        " WHERE table_name = 'purchase_order' AND column_name = 'picking_type_id'"
    )
    if not cr.rowcount:
        return "", ""
    # The company's own; one without a warehouse has none
    value = (
        "(SELECT id FROM stock_picking_type WHERE code = 'incoming'"
        f" ORDER BY company_id = {company} DESC, id LIMIT 1)"
    )
    return ", picking_type_id", f", {value}"


def _fill_orders(cr, world, order_lines) -> None:
    """Billed lines are tied to items of the ledger; the open ones are expected in the last half year."""
    orders = max(order_lines // 5, 1)
    stock_column, stock_value = receiving_columns(cr, "(%(companies)s)[1 + n %% 2]")
    still_open = int(order_lines * OPEN_SHARE)
    cr.execute("SELECT coalesce(max(id), 0) FROM purchase_order")
    base = cr.fetchone()[0]
    cr.execute(
        f"""
        INSERT INTO purchase_order (id, name, partner_id, currency_id, company_id, date_order, date_approve, state,
                                    currency_rate, invoice_status, user_id, create_uid, write_uid{stock_column})
        SELECT {base} + n, 'BENCH-PO' || n, %(partner)s, %(currency)s,
               (%(companies)s)[1 + n %% 2], %(first)s::date + (n * {DAYS} / ({orders} + 1))::int,
               %(first)s::date + (n * {DAYS} / ({orders} + 1))::int, 'purchase', 1, 'no', 1, 1, 1{stock_value}
          FROM generate_series(1, {orders}::bigint) n
        """,
        {
            "partner": world["partner"],
            "currency": world["currency"],
            "companies": world["companies"],
            "first": FIRST_DAY,
        },
    )
    cr.execute("SELECT coalesce(max(id), 0) FROM purchase_order_line")
    line_base = cr.fetchone()[0]
    cr.execute(
        f"""
        INSERT INTO purchase_order_line (id, order_id, company_id, partner_id, product_id, product_uom_id, name, product_qty,
               product_uom_qty, price_unit, price_subtotal, price_total, price_tax, discount, qty_invoiced, qty_received,
               qty_received_method, qty_to_invoice, date_planned, analytic_distribution, sequence, create_uid, write_uid)
        SELECT {line_base} + n, {base} + 1 + (n - 1) %% {orders}, (%(companies)s)[1 + (1 + (n - 1) %% {orders}) %% 2], %(partner)s,
               (%(products)s)[1 + {_dice("n", 21, len(world["products"]))}], %(uom)s, 'Line ' || n, 1, 1,
               price, price, price, 0, 0, CASE WHEN n <= {still_open} THEN 0 ELSE 1 END, 0, 'manual', 0,
               CASE WHEN n <= {still_open} THEN %(late)s::date + {_dice("n", 22, 180)}
                    ELSE %(first)s::date + {_dice("n", 23, DAYS)} END,
               {_distribution_sql("n", world)}, 10, 1, 1
          FROM (SELECT n, ((100 + {_dice("n", 24, 200000)}) / 100.0)::numeric(16, 2) AS price
                  FROM generate_series(1, {order_lines}::bigint) n) p
        """,
        {
            "partner": world["partner"],
            "companies": world["companies"],
            "products": world["products"],
            "uom": world["uom"],
            "first": FIRST_DAY,
            "late": datetime.date(BUDGET_YEAR, 7, 1),
        },
    )
    _tie_bills(cr, line_base + still_open, order_lines - still_open)


def _tie_bills(cr, first_line: int, number: int) -> None:
    cr.execute(
        "ANALYZE account_move; ANALYZE account_move_line; ANALYZE purchase_order_line"
    )
    cr.execute(
        """
        CREATE TEMP TABLE bench_pair AS
        WITH item AS (
            SELECT l.id, l.balance, l.company_id, l.analytic_distribution,
                   row_number() OVER (PARTITION BY l.company_id ORDER BY l.id) AS rank
              FROM account_move_line l JOIN account_move m ON m.id = l.move_id
             WHERE m.move_type = 'in_invoice' AND l.display_type = 'product'
        ), line AS (
            SELECT p.id, p.company_id, row_number() OVER (PARTITION BY p.company_id ORDER BY p.id) AS rank
              FROM purchase_order_line p WHERE p.id > %(first)s AND p.id <= %(first)s + %(number)s
        )
        SELECT line.id AS line_id, item.id AS item_id, item.balance, item.analytic_distribution
          FROM line JOIN item USING (company_id, rank);
        CREATE INDEX ON bench_pair (line_id);
        CREATE INDEX ON bench_pair (item_id);
        ANALYZE bench_pair;
        UPDATE purchase_order_line p
           SET price_unit = pair.balance, price_subtotal = pair.balance, price_total = pair.balance,
               analytic_distribution = pair.analytic_distribution
          FROM bench_pair pair WHERE p.id = pair.line_id;
        UPDATE account_move_line l SET purchase_line_id = pair.line_id FROM bench_pair pair WHERE l.id = pair.item_id
        """,
        {"first": first_line, "number": number},
    )
    # a small ledger can't bill them all: the rest of the closed lines was cancelled down to nothing
    cr.execute(
        """
        UPDATE purchase_order_line p SET product_qty = 0, product_uom_qty = 0, qty_invoiced = 0
         WHERE p.id > %(first)s AND p.id <= %(first)s + %(number)s
           AND NOT EXISTS (SELECT FROM bench_pair pair WHERE pair.line_id = p.id)
        """,
        {"first": first_line, "number": number},
    )


def dump_world(world: dict) -> str:
    return json.dumps(world)
