# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""Process metrics over many documents, against statements written by hand for one figure each."""

from __future__ import annotations

from functools import partial
from typing import Any

from bench.outcome import Outcome
from bench.seed import receiving_columns
from bench.seed_budget import load_world
from bench.session import Action, Database, interleave, queries, ratio, seconds

DOCUMENTS = 100_000
TURNS, PAGE_TURNS = 9, 5
LIMIT = 3
MODULE = "sop_operations"
PERIOD = ("2025-01-01", "2025-12-31")

#: What somebody would write for the one figure: count, mean and quantiles of the year
BY_HAND = {
    "p2p_rfq_to_order": """
        SELECT count(*), avg(days), percentile_cont(ARRAY[0.5, 0.75, 0.9])
                   WITHIN GROUP (ORDER BY days)
          FROM (SELECT extract(epoch FROM date_approve - create_date) / 86400 AS days
                  FROM purchase_order
                 WHERE company_id = %(company)s AND state = 'purchase'
                   AND date_approve >= create_date
                   AND date_approve >= %(first)s AND date_approve < %(last)s::date + 1) o
    """,
    "p2p_bill_to_post": """
        SELECT count(*), avg(days), percentile_cont(ARRAY[0.5, 0.75, 0.9])
                   WITHIN GROUP (ORDER BY days)
          FROM (SELECT extract(epoch FROM min(message.date) - bill.create_date) / 86400 AS days
                  FROM account_move bill
                  JOIN mail_message message
                    ON message.model = 'account.move' AND message.res_id = bill.id
                  JOIN mail_tracking_value tracking ON tracking.mail_message_id = message.id
                   AND tracking.field_id = %(field)s AND tracking.new_value_char = 'Posted'
                 WHERE bill.company_id = %(company)s AND bill.move_type = 'in_invoice'
                   AND bill.state = 'posted'
              GROUP BY bill.id
                HAVING min(message.date) >= %(first)s
                   AND min(message.date) < %(last)s::date + 1) b
    """,
    "p2p_bill_to_payment": """
        SELECT count(*), avg(days), percentile_cont(ARRAY[0.5, 0.75, 0.9])
                   WITHIN GROUP (ORDER BY days)
          FROM (SELECT max(payment.date) - bill.invoice_date AS days
                  FROM account_move bill
                  JOIN account_move_line owed ON owed.move_id = bill.id
                   AND owed.display_type = 'payment_term'
                  JOIN account_partial_reconcile part ON part.credit_move_id = owed.id
                  JOIN account_move_line payment ON payment.id = part.debit_move_id
                  JOIN account_move entry ON entry.id = payment.move_id
                   AND entry.move_type <> 'in_refund'
                 WHERE bill.company_id = %(company)s AND bill.move_type = 'in_invoice'
                   AND bill.state = 'posted' AND bill.payment_state = 'paid'
              GROUP BY bill.id
                HAVING max(payment.date) BETWEEN %(first)s AND %(last)s) b
    """,
    "p2p_on_time_payment": """
        SELECT count(*), avg(CASE WHEN paid_on <= due THEN 1 ELSE 0 END)
          FROM (SELECT COALESCE(bill.invoice_date_due, bill.invoice_date) AS due,
                       max(payment.date) AS paid_on
                  FROM account_move bill
                  JOIN account_move_line owed ON owed.move_id = bill.id
                   AND owed.display_type = 'payment_term'
             LEFT JOIN account_partial_reconcile part ON part.credit_move_id = owed.id
             LEFT JOIN account_move_line payment ON payment.id = part.debit_move_id
             LEFT JOIN account_move entry ON entry.id = payment.move_id
                 WHERE bill.company_id = %(company)s AND bill.move_type = 'in_invoice'
                   AND bill.state = 'posted'
                   AND COALESCE(bill.invoice_date_due, bill.invoice_date)
                       BETWEEN %(first)s AND %(last)s
              GROUP BY bill.id) b
    """,
    "p2p_maverick": """
        SELECT count(*), avg(CASE WHEN EXISTS (
                   SELECT FROM account_move_line item WHERE item.move_id = bill.id
                      AND item.purchase_line_id IS NOT NULL) THEN 0 ELSE 1 END)
          FROM account_move bill
         WHERE bill.company_id = %(company)s AND bill.move_type = 'in_invoice'
           AND bill.state = 'posted' AND bill.invoice_date BETWEEN %(first)s AND %(last)s
    """,
}


# === Documents === #


def seed(env: Any, number: int) -> None:
    """As many orders, and as many bills, nine in ten of them paid, over the year."""
    env.flush_all()
    world = load_world(env)
    company = env["res.company"].browse(world["companies"][0])
    values = {
        "number": number,
        "company": company.id,
        "currency": world["currency"],
        "partner": world["partner"],
        "payable": world["accounts"]["payable"],
        "expense": world["accounts"]["expense"][0],
        "journal": world["journals"]["purchase"][0],
        "bank": env["account.journal"]
        .search([("company_id", "=", company.id), ("type", "=", "bank")], limit=1)
        .id,
        "field": env["ir.model.fields"]._get("account.move", "state").id,
    }
    # The cube isn't read here: it needn't hear of these items
    env.cr.execute("ALTER TABLE account_move_line DISABLE TRIGGER USER")
    column, value = receiving_columns(env.cr, "%(company)s")
    env.cr.execute(ORDERS.format(column=column, value=value), values)
    for statement in BILLS:
        env.cr.execute(statement, values)
    env.cr.execute("ALTER TABLE account_move_line ENABLE TRIGGER USER")
    env.cr.execute(
        "ANALYZE purchase_order; ANALYZE account_move; ANALYZE account_move_line;"
        "ANALYZE account_partial_reconcile; ANALYZE mail_message; ANALYZE mail_tracking_value"
    )
    env.invalidate_all()


DAY = "('2025-01-01'::timestamp + (n %% 300) * interval '1 day')"
ORDERS = f"""
    INSERT INTO purchase_order (name, partner_id, currency_id, company_id, create_date, date_order,
           date_approve, state, currency_rate, amount_untaxed, invoice_status, user_id{{column}})
    SELECT 'PM' || n, %(partner)s, %(currency)s, %(company)s, {DAY}, {DAY},
           CASE WHEN n %% 10 > 0 THEN {DAY} + (n * 7919 %% 400) * interval '1 hour' END,
           CASE WHEN n %% 10 > 0 THEN 'purchase' ELSE 'draft' END, 1, n %% 500, 'no', 2{{value}}
      FROM generate_series(1, %(number)s) n
"""
BILLS = (
    f"""
    CREATE TEMP TABLE bench_bill AS
    SELECT n, (SELECT max(id) FROM account_move) + n AS id,
           (SELECT max(id) FROM account_move) + %(number)s + n AS payment_id,
           {DAY}::date AS day, ({DAY} + (n * 7919 %% 60) * interval '1 day')::date AS paid_on,
           n %% 10 > 0 AS paid
      FROM generate_series(1, %(number)s) n
    """,
    """
    INSERT INTO account_move (id, name, journal_id, company_id, currency_id, state, move_type,
           auto_post, date, invoice_date, invoice_date_due, partner_id, payment_state,
           amount_untaxed_signed, amount_total_signed, amount_residual_signed, create_date,
           invoice_user_id, posted_before)
    SELECT id, 'PMB' || n, %(journal)s, %(company)s, %(currency)s, 'posted', 'in_invoice', 'no',
           day, day, day + 30, %(partner)s, CASE WHEN paid THEN 'paid' ELSE 'not_paid' END,
           -100, -100, CASE WHEN paid THEN 0 ELSE -100 END, day, 2, TRUE
      FROM bench_bill
    """,
    """
    INSERT INTO account_move (id, name, journal_id, company_id, currency_id, state, move_type,
           auto_post, date, partner_id, payment_state, amount_total_signed, create_date,
           posted_before)
    SELECT payment_id, 'PMP' || n, %(bank)s, %(company)s, %(currency)s, 'posted', 'entry', 'no',
           paid_on, %(partner)s, 'not_paid', 100, paid_on, TRUE
      FROM bench_bill WHERE paid
    """,
    """
    INSERT INTO account_move_line (move_id, company_id, company_currency_id, currency_id,
           journal_id, date, parent_state, display_type, partner_id, account_id, quantity,
           balance, debit, credit, amount_currency, amount_residual, reconciled)
    SELECT id, %(company)s, %(currency)s, %(currency)s, %(journal)s, day, 'posted', kind,
           %(partner)s, CASE kind WHEN 'product' THEN %(expense)s ELSE %(payable)s END, 1,
           sign * 100, greatest(sign, 0) * 100, greatest(-sign, 0) * 100, sign * 100, 0, paid
      FROM bench_bill, (VALUES ('product', 1), ('payment_term', -1)) k (kind, sign)
    """,
    """
    INSERT INTO account_move_line (move_id, company_id, company_currency_id, currency_id,
           journal_id, date, parent_state, display_type, partner_id, account_id, quantity,
           balance, debit, credit, amount_currency, amount_residual, reconciled)
    SELECT payment_id, %(company)s, %(currency)s, %(currency)s, %(bank)s, paid_on, 'posted',
           'product', %(partner)s, %(payable)s, 1, 100, 100, 0, 100, 0, TRUE
      FROM bench_bill WHERE paid
    """,
    """
    INSERT INTO account_partial_reconcile (debit_move_id, credit_move_id, company_id, amount,
           debit_amount_currency, credit_amount_currency, max_date)
    SELECT payment.id, owed.id, %(company)s, 100, 100, 100, bill.paid_on
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
    "DROP TABLE bench_bill",
)


# === Figures === #


def company_of(env: Any) -> Any:
    return env["res.company"].browse(load_world(env)["companies"][0])


def ours(code: str) -> Action:
    def action(env: Any) -> None:
        metrics = env["sop.process.metric"]
        assert metrics._get_value(code, *PERIOD, company_of(env)) is not None

    return action


def by_hand(code: str) -> Action:
    def action(env: Any) -> None:
        first, last = PERIOD
        field = env["ir.model.fields"]._get("account.move", "state").id
        company = company_of(env).id
        values = {"company": company, "first": first, "last": last, "field": field}
        env.cr.execute(BY_HAND[code], values)
        assert env.cr.fetchone()[0]

    return action


def compare(env: Any, code: str) -> None:
    """Both say the same: else the comparison would be of two things."""
    first, last = PERIOD
    field = env["ir.model.fields"]._get("account.move", "state").id
    company = company_of(env)
    values = {"company": company.id, "first": first, "last": last, "field": field}
    env.cr.execute(BY_HAND[code], values)
    number, mean = env.cr.fetchone()[:2]
    metric = env["sop.process.metric"]._get_metric(code)
    found = metric._measure(metric._make_scope(first, last, company)).summary
    if found.count != number or abs(float(mean) - found.mean) > 1e-6:
        raise AssertionError(
            f"{code}: {found.count} {found.mean}, by hand {number} {mean}"
        )


def page(env: Any) -> None:
    """The cards of a process, as the web client asks for them."""
    context = {
        "sop_date_from": PERIOD[0],
        "sop_date_to": PERIOD[1],
        "allowed_company_ids": company_of(env).ids,
    }
    metrics = env["sop.process.metric"].with_context(**context)
    names = ("name", "value_text", "trend", "stuck_text", "worst_text")
    found = metrics.web_search_read(
        [("process", "=", "p2p")], {name: {} for name in names}
    )
    assert found["records"]


def measure(outcome: Outcome, suite: Database) -> None:
    with suite.env() as env:
        if MODULE not in env.registry._init_modules:
            return
    number = min(DOCUMENTS, outcome.rows * 5)
    with suite.env(commit=True) as env:
        seed(env, number)
        for code in BY_HAND:
            compare(env, code)
    outcome.head(f"Process metrics over {number:,} orders and as many bills")
    for code in BY_HAND:
        calls = {
            "ours": partial(suite.measure, ours(code)),
            "hand": partial(suite.measure, by_hand(code)),
        }
        found = interleave(calls, outcome.turns(TURNS))
        title = (
            f"{code} ({seconds(found['ours']) * 1000:,.0f} ms) to its statement by hand"
        )
        outcome.add(
            f"process_{code}", title, ratio(found["ours"], found["hand"]), "×", LIMIT
        )
    found = interleave(
        {"page": partial(suite.measure, page)}, outcome.turns(PAGE_TURNS)
    )
    outcome.add(
        "process_page_ms",
        "page of procure to pay",
        seconds(found["page"]) * 1000,
        "ms",
    )
    outcome.add("process_page_queries", "    queries", queries(found["page"]), "")
