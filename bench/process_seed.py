# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""As many orders, bills, invoices, receipts, deliveries and leads as the metrics are to read."""

from __future__ import annotations

from typing import Any

from bench.seed import receiving_columns
from bench.seed_budget import load_world

#: Day of document ``n``, and a number of hours or days from a kind of dice
DAY = "('2025-01-01'::timestamp + (n %% 300) * interval '1 day')"
HOURS = "(n * 7919 %% 400) * interval '1 hour'"

ORDERS = (
    f"""
    INSERT INTO purchase_order (id, name, partner_id, currency_id, company_id, create_date,
           date_order, date_approve, state, currency_rate, amount_untaxed, invoice_status,
           user_id{{column}})
    SELECT %(purchase)s + n, 'PM' || n, %(partner)s, %(currency)s, %(company)s, {DAY}, {DAY},
           CASE WHEN n %% 10 > 0 THEN {DAY} + {HOURS} END,
           CASE WHEN n %% 10 > 0 THEN 'purchase' ELSE 'draft' END, 1, 100, 'no', 2{{value}}
      FROM generate_series(1, %(number)s) n
    """,
    f"""
    INSERT INTO purchase_order_line (id, order_id, company_id, partner_id, product_id,
           product_uom_id, name, product_qty, product_uom_qty, price_unit, price_subtotal,
           qty_invoiced, qty_received, date_planned, sequence)
    SELECT %(purchase_line)s + n, %(purchase)s + n, %(company)s, %(partner)s, %(product)s,
           %(uom)s, 'Line', 1, 1, 100, 100, 1, CASE WHEN n %% 5 > 0 THEN 1 ELSE 0 END,
           {DAY} + interval '9 days', 10
      FROM generate_series(1, %(number)s) n
    """,
    f"""
    INSERT INTO sale_order (id, name, partner_id, partner_invoice_id, partner_shipping_id,
           currency_id, company_id, create_date, date_order, state, currency_rate,
           amount_untaxed, invoice_status, picking_policy, warehouse_id, user_id)
    SELECT %(sale)s + n, 'SM' || n, %(partner)s, %(partner)s, %(partner)s, %(currency)s,
           %(company)s, {DAY}, {DAY} + {HOURS},
           CASE WHEN n %% 10 > 0 THEN 'sale' ELSE 'draft' END, 1, 100,
           CASE WHEN n %% 10 > 0 THEN 'invoiced' ELSE 'no' END, 'direct',
           (SELECT id FROM stock_warehouse ORDER BY company_id = %(company)s DESC LIMIT 1), 2
      FROM generate_series(1, %(number)s) n
    """,
    """
    INSERT INTO sale_order_line (id, order_id, company_id, product_id, product_uom_id, name,
           product_uom_qty, qty_delivered, price_unit, price_subtotal, untaxed_amount_invoiced,
           customer_lead, sequence, is_downpayment)
    SELECT %(sale_line)s + n, %(sale)s + n, %(company)s, %(product)s, %(uom)s, 'Line', 1,
           1, 100, 100, CASE WHEN n %% 7 > 0 THEN 100 ELSE 0 END, 0, 10, FALSE
      FROM generate_series(1, %(number)s) n
    """,
)
#: Invoices of one side, nine in ten of them paid, half of them for an order
INVOICES = (
    f"""
    CREATE TEMP TABLE bench_bill AS
    SELECT n, (SELECT max(id) FROM account_move) + n AS id,
           (SELECT max(id) FROM account_move) + %(number)s + n AS payment_id,
           {DAY}::date + 10 AS day,
           ({DAY} + (n * 7919 %% 60) * interval '1 day')::date + 10 AS paid_on, n %% 10 > 0 AS paid
      FROM generate_series(1, %(number)s) n
    """,
    """
    INSERT INTO account_move (id, name, journal_id, company_id, currency_id, state, move_type,
           auto_post, date, invoice_date, invoice_date_due, partner_id, payment_state,
           amount_untaxed_signed, amount_total_signed, amount_residual_signed, create_date,
           invoice_user_id, posted_before, invoice_currency_rate)
    SELECT id, 'PMB' || id, %(journal)s, %(company)s, %(currency)s, 'posted', %(move_type)s, 'no',
           day, day, day + 30, %(partner)s, CASE WHEN paid THEN 'paid' ELSE 'not_paid' END,
           %(sign)s * 100, %(sign)s * 100, CASE WHEN paid THEN 0 ELSE %(sign)s * 100 END, day, 2,
           TRUE, 1
      FROM bench_bill
    """,
    """
    INSERT INTO account_move (id, name, journal_id, company_id, currency_id, state, move_type,
           auto_post, date, partner_id, payment_state, amount_total_signed, create_date,
           posted_before)
    SELECT payment_id, 'PMP' || payment_id, %(bank)s, %(company)s, %(currency)s, 'posted',
           'entry', 'no', paid_on, %(partner)s, 'not_paid', 100, paid_on, TRUE
      FROM bench_bill WHERE paid
    """,
    """
    INSERT INTO account_move_line (move_id, company_id, company_currency_id, currency_id,
           journal_id, date, parent_state, display_type, partner_id, account_id, quantity,
           product_uom_id, balance, debit, credit, amount_currency, amount_residual, reconciled,
           price_subtotal, purchase_line_id)
    SELECT id, %(company)s, %(currency)s, %(currency)s, %(journal)s, day, 'posted', kind,
           %(partner)s, CASE kind WHEN 'product' THEN %(flow)s ELSE %(owed)s END, 1, %(uom)s,
           side * 100, greatest(side, 0) * 100, greatest(-side, 0) * 100, side * 100, 0,
           paid AND kind = 'payment_term', 100,
           CASE WHEN kind = 'product' AND %(sign)s < 0 AND n %% 2 = 1
                THEN %(purchase_line)s + n END
      FROM bench_bill, (VALUES ('product', -%(sign)s), ('payment_term', %(sign)s)) k (kind, side)
    """,
    """
    INSERT INTO account_move_line (move_id, company_id, company_currency_id, currency_id,
           journal_id, date, parent_state, display_type, partner_id, account_id, quantity,
           balance, debit, credit, amount_currency, amount_residual, reconciled)
    SELECT payment_id, %(company)s, %(currency)s, %(currency)s, %(bank)s, paid_on, 'posted',
           'product', %(partner)s, %(owed)s, 1, -%(sign)s * 100, greatest(-%(sign)s, 0) * 100,
           greatest(%(sign)s, 0) * 100, -%(sign)s * 100, 0, TRUE
      FROM bench_bill WHERE paid
    """,
    """
    INSERT INTO account_partial_reconcile (debit_move_id, credit_move_id, company_id, amount,
           debit_amount_currency, credit_amount_currency, max_date)
    SELECT CASE WHEN %(sign)s < 0 THEN payment.id ELSE owed.id END,
           CASE WHEN %(sign)s < 0 THEN owed.id ELSE payment.id END,
           %(company)s, 100, 100, 100, bill.paid_on
      FROM bench_bill bill
      JOIN account_move_line owed ON owed.move_id = bill.id AND owed.display_type = 'payment_term'
      JOIN account_move_line payment ON payment.move_id = bill.payment_id
    """,
    """
    WITH message AS (
        INSERT INTO mail_message (model, res_id, date, message_type)
        SELECT 'account.move', id, day + (n * 7919 %% 200) * interval '1 hour', 'notification'
          FROM bench_bill RETURNING id)
    INSERT INTO mail_tracking_value (mail_message_id, field_id, old_value_char, new_value_char)
    SELECT id, %(field)s, 'Draft', 'Posted' FROM message
    """,
    """
    INSERT INTO sale_order_line_invoice_rel (order_line_id, invoice_line_id)
    SELECT %(sale_line)s + n, item.id
      FROM bench_bill bill
      JOIN account_move_line item ON item.move_id = bill.id AND item.display_type = 'product'
     WHERE %(sign)s > 0 AND n %% 7 > 0
    """,
    "DROP TABLE bench_bill",
)
TRANSFERS = (
    f"""
    CREATE TEMP TABLE bench_transfer AS
    SELECT n, (SELECT COALESCE(max(id), 0) FROM stock_picking) + n AS id,
           {DAY} + {HOURS} + interval '17 days' AS done, {DAY} + interval '25 days' AS promised
      FROM generate_series(1, %(number)s) n
    """,
    """
    INSERT INTO stock_picking (id, name, company_id, picking_type_id, location_id,
           location_dest_id, move_type, state, scheduled_date, date_done, date_deadline, sale_id)
    SELECT id, 'PMT' || id, %(company)s, %(type)s, %(origin)s, %(target)s, 'direct', 'done', done,
           done, promised, CASE WHEN %(sign)s > 0 THEN %(sale)s + n END
      FROM bench_transfer
    """,
    """
    INSERT INTO stock_move (picking_id, company_id, product_id, product_uom, product_uom_qty,
           quantity, picked, location_id, location_dest_id, state, date, date_deadline,
           procure_method, purchase_line_id, sale_line_id)
    SELECT id, %(company)s, %(product)s, %(uom)s, 1, 1, TRUE, %(origin)s, %(target)s,
           CASE WHEN n %% 10 > 0 THEN 'done' ELSE 'assigned' END, done, promised, 'make_to_stock',
           CASE WHEN %(sign)s < 0 THEN %(purchase_line)s + n END,
           CASE WHEN %(sign)s > 0 THEN %(sale_line)s + n END
      FROM bench_transfer
    """,
    "DROP TABLE bench_transfer",
)
LEADS = (
    f"""
    INSERT INTO crm_lead (id, name, type, company_id, user_id, active, won_status, create_date,
           date_conversion, date_closed, expected_revenue, probability)
    SELECT %(lead)s + n, 'PML' || n, CASE WHEN n %% 3 > 0 THEN 'opportunity' ELSE 'lead' END,
           %(company)s, 2, n %% 5 > 0,
           CASE WHEN n %% 3 = 0 OR n %% 5 > 1 THEN 'pending' WHEN n %% 5 = 1 THEN 'won'
                ELSE 'lost' END,
           {DAY}, CASE WHEN n %% 3 > 0 THEN {DAY} + {HOURS} END,
           CASE WHEN n %% 3 > 0 AND n %% 5 < 2 THEN {DAY} + {HOURS} + interval '9 days' END,
           n %% 900, 10
      FROM generate_series(1, %(number)s) n
    """,
    f"""
    INSERT INTO mail_message (model, res_id, date, message_type, subtype_id, author_id)
    SELECT 'crm.lead', %(lead)s + n, {DAY} + {HOURS}, 'comment', %(comment)s, %(author)s
      FROM generate_series(1, %(number)s) n WHERE n %% 4 > 0
    """,
)
TABLES = (
    "purchase_order, purchase_order_line, sale_order, sale_order_line, account_move,"
    " account_move_line, account_partial_reconcile, sale_order_line_invoice_rel, mail_message,"
    " mail_tracking_value, stock_picking, stock_move, crm_lead"
)


def run(cr: Any, statements: tuple[str, ...], values: dict, **names: str) -> None:
    for statement in statements:
        cr.execute(statement.format(**names), values)


def seed(env: Any, number: int) -> None:
    """As many documents of each kind over the year."""
    env.flush_all()
    world = load_world(env)
    company = env["res.company"].browse(world["companies"][0])
    env.cr.execute(
        """
        SELECT (SELECT COALESCE(max(id), 0) FROM purchase_order),
               (SELECT COALESCE(max(id), 0) FROM purchase_order_line),
               (SELECT COALESCE(max(id), 0) FROM sale_order),
               (SELECT COALESCE(max(id), 0) FROM sale_order_line),
               (SELECT COALESCE(max(id), 0) FROM crm_lead)
        """
    )
    names = ("purchase", "purchase_line", "sale", "sale_line", "lead")
    values = {
        **dict(zip(names, env.cr.fetchone(), strict=True)),
        "number": number,
        "company": company.id,
        "currency": world["currency"],
        "partner": world["partner"],
        "product": world["products"][0],
        "uom": world["uom"],
        "bank": env["account.journal"]
        .search([("company_id", "=", company.id), ("type", "=", "bank")], limit=1)
        .id,
        "field": env["ir.model.fields"]._get("account.move", "state").id,
        "comment": env.ref("mail.mt_comment").id,
        "author": env.user.partner_id.id,
    }
    # The cube isn't read here: it needn't hear of these items
    env.cr.execute("ALTER TABLE account_move_line DISABLE TRIGGER USER")
    column, value = receiving_columns(env.cr, "%(company)s")
    run(env.cr, ORDERS, values, column=column, value=value)
    for side in sides(env, world, company):
        run(env.cr, INVOICES, {**values, **side})
        run(env.cr, TRANSFERS, {**values, **side})
    run(env.cr, LEADS, values)
    env.cr.execute("ALTER TABLE account_move_line ENABLE TRIGGER USER")
    env.cr.execute(f"ANALYZE {TABLES}")
    env.invalidate_all()


def sides(env: Any, world: dict, company: Any) -> list[dict]:
    """What differs between buying and selling."""

    def account(kind: str) -> int:
        domain = [("company_ids", "in", company.ids), ("account_type", "=", kind)]
        return env["account.account"].search(domain, limit=1).id

    def transfers(code: str) -> int:
        found = env["stock.picking.type"].search([("code", "=", code)], limit=1)
        return found.id

    def place(usage: str) -> int:
        return env["stock.location"].search([("usage", "=", usage)], limit=1).id

    return [
        {
            "sign": -1,
            "move_type": "in_invoice",
            "journal": world["journals"]["purchase"][0],
            "owed": world["accounts"]["payable"],
            "flow": world["accounts"]["expense"][0],
            "type": transfers("incoming"),
            "origin": place("supplier"),
            "target": place("internal"),
        },
        {
            "sign": 1,
            "move_type": "out_invoice",
            "journal": world["journals"]["sale"][0],
            "owed": account("asset_receivable"),
            "flow": account("income"),
            "type": transfers("outgoing"),
            "origin": place("internal"),
            "target": place("customer"),
        },
    ]
