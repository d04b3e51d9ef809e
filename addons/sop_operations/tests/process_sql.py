# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""Process metrics in plain SQL, written from ``docs/process-metrics.md`` and not from the models.

Each statement gives the cases of one metric in one company whose days are those of UTC: ``id``,
``day`` on which it counts (none while it is open), ``since`` when it waits, ``value``, ``weight``,
and ``money``. Labels of states are those of English. Tests compare the models with them, and
the bench how long either takes. The parameters are ``company`` and ``today``.
"""

CASES = {}
#: Figures of the books: one value. Parameters: company, first, last
FIGURES = {}
#: Of what is open today
SNAPSHOTS = {"r2r_drafts", "r2r_backlog", "r2r_bank_lines"}

#: Figures of the cases of a period, as somebody would ask for them
SUMMARY = """
    SELECT count(*), sum(value), sum(weight), avg(value), min(value), max(value),
           percentile_cont(0.5) WITHIN GROUP (ORDER BY value),
           percentile_cont(0.75) WITHIN GROUP (ORDER BY value),
           percentile_cont(0.9) WITHIN GROUP (ORDER BY value)
      FROM ({cases}) c WHERE {counted} AND value IS NOT NULL
"""
#: A share, a number or a total needs no quantiles
SUMS = """
    SELECT count(*), sum(value), sum(weight), avg(value)
      FROM ({cases}) c WHERE {counted} AND value IS NOT NULL
"""
WAITING = """
    SELECT count(*) FILTER (WHERE day IS NULL) AS open,
           count(*) FILTER (WHERE day BETWEEN %(first)s AND %(last)s AND value IS NULL)
               AS left_out,
           count(*) FILTER (WHERE day IS NULL AND %(today)s::date - since > %(limit)s) AS stuck,
           sum(money) FILTER (WHERE day IS NULL AND %(today)s::date - since > %(limit)s) AS money,
           max(%(today)s::date - since) FILTER (WHERE day IS NULL
               AND %(today)s::date - since > %(limit)s) AS longest
      FROM ({cases}) c
"""
MONTHS = """
    SELECT date_trunc('month', day::timestamp)::date, count(*), sum(value), sum(weight),
           avg(value), percentile_cont(0.5) WITHIN GROUP (ORDER BY value)
      FROM ({cases}) c WHERE {counted} AND value IS NOT NULL GROUP BY 1
"""


def counted(code: str) -> str:
    """Condition on the cases that the figure of a period counts."""
    if code in SNAPSHOTS:
        return "day IS NULL"
    return "day BETWEEN %(first)s AND %(last)s"


def changes(model: str, field: str) -> str:
    """What the chatter saw of a field."""
    return f"""
        SELECT message.res_id, message.date AS at, tracking.*
          FROM mail_message message
          JOIN mail_tracking_value tracking ON tracking.mail_message_id = message.id
          JOIN ir_model_fields field ON field.id = tracking.field_id
         WHERE message.model = '{model}' AND field.model = '{model}' AND field.name = '{field}'
    """


def went_back(model: str, old: str, new: str) -> str:
    return f"""
        doc.id IN (SELECT res_id FROM ({changes(model, "state")}) c
                    WHERE old_value_char IN ({old}) AND new_value_char IN ({new}))
    """


# === Orders to vendors === #

ORDER_MONEY = "doc.amount_untaxed / doc.currency_rate"

CASES["p2p_rfq_to_order"] = f"""
    SELECT id, CASE WHEN state = 'purchase' THEN date_approve::date END AS day,
           create_date::date AS since,
           CASE WHEN date_approve >= create_date
                THEN extract(epoch FROM date_approve - create_date) / 86400 END AS value,
           1 AS weight, {ORDER_MONEY} AS money
      FROM purchase_order doc
     WHERE company_id = %(company)s AND state <> 'cancel'
"""
CASES["p2p_order_changed"] = f"""
    SELECT id, date_approve::date AS day, NULL::date AS since,
           CASE WHEN EXISTS (
                SELECT FROM ({changes("purchase.order", "amount_untaxed")}) c
                 WHERE c.res_id = doc.id AND c.at > doc.date_approve + interval '1 second'
                   AND c.old_value_float <> c.new_value_float)
                THEN 1 ELSE 0 END AS value,
           1 AS weight, {ORDER_MONEY} AS money
      FROM purchase_order doc
     WHERE company_id = %(company)s AND state = 'purchase' AND date_approve IS NOT NULL
"""
CASES["p2p_order_cancelled"] = f"""
    SELECT id, date_approve::date AS day, NULL::date AS since,
           CASE WHEN state = 'cancel' THEN 1 ELSE 0 END AS value,
           1 AS weight, {ORDER_MONEY} AS money
      FROM purchase_order doc
     WHERE company_id = %(company)s AND state IN ('purchase', 'cancel')
       AND date_approve IS NOT NULL
"""
CASES["p2p_order_reopened"] = f"""
    SELECT id, date_approve::date AS day, NULL::date AS since,
           CASE WHEN {went_back("purchase.order", "'Cancelled'", "'RFQ'")}
                THEN 1 ELSE 0 END AS value,
           1 AS weight, {ORDER_MONEY} AS money
      FROM purchase_order doc
     WHERE company_id = %(company)s AND state = 'purchase' AND date_approve IS NOT NULL
"""

#: Of each order line: what posted bills and refunds billed, in the unit of the order
BILLED_LINES = """
    SELECT line.id, line.order_id, line.product_qty AS ordered, line.qty_received AS received,
           COALESCE((SELECT sum(item.quantity * unit.factor / own.factor
                         * CASE bill.move_type WHEN 'in_refund' THEN -1 ELSE 1 END)
                       FROM account_move_line item
                       JOIN account_move bill ON bill.id = item.move_id
                        AND bill.state = 'posted'
                       JOIN uom_uom unit ON unit.id = item.product_uom_id
                      WHERE item.purchase_line_id = line.id), 0) AS billed
      FROM purchase_order_line line
      JOIN uom_uom own ON own.id = line.product_uom_id
     WHERE line.display_type IS NULL AND line.is_downpayment IS NOT TRUE
"""
#: Items of posted bills beside what they cost by the order, in the currency of the company
EXPECTED_ITEMS = """
    SELECT item.id, line.order_id, bill.company_id, bill.invoice_date, item.balance AS billed,
           CASE WHEN bill.currency_id = po.currency_id
                THEN item.quantity * unit.factor / own.factor
                     * line.price_subtotal / NULLIF(line.product_qty, 0)
                     / bill.invoice_currency_rate END AS expected
      FROM account_move_line item
      JOIN account_move bill ON bill.id = item.move_id
       AND bill.move_type = 'in_invoice' AND bill.state = 'posted'
      JOIN purchase_order_line line ON line.id = item.purchase_line_id
      JOIN purchase_order po ON po.id = line.order_id
      JOIN uom_uom unit ON unit.id = item.product_uom_id
      JOIN uom_uom own ON own.id = line.product_uom_id
"""


def billed_orders(condition: str, priced: str = "FALSE") -> str:
    """Confirmed orders with a posted bill, on the day of the last one."""
    return f"""
        SELECT doc.id, bills.last_day AS day, bills.first_day AS since,
               CASE WHEN {condition} THEN 1 ELSE 0 END AS value,
               1 AS weight, {ORDER_MONEY} AS money
          FROM purchase_order doc
          JOIN (SELECT order_id, min(invoice_date) AS first_day, max(invoice_date) AS last_day,
                       bool_or({priced}) AS priced
                  FROM ({EXPECTED_ITEMS}) e GROUP BY order_id) bills ON bills.order_id = doc.id
          JOIN (SELECT order_id, bool_and(ordered = received AND received = billed) AS same,
                       bool_or(billed > received OR billed > ordered) AS above
                  FROM ({BILLED_LINES}) l GROUP BY order_id) lines ON lines.order_id = doc.id
         WHERE doc.company_id = %(company)s AND doc.state = 'purchase'
    """


CASES["p2p_three_way_match"] = billed_orders("lines.same")
CASES["p2p_exceptions"] = billed_orders(
    "lines.above OR bills.priced", "abs(billed - expected) >= 0.01"
)
CASES["p2p_price_variance"] = f"""
    SELECT id, invoice_date AS day, NULL::date AS since, billed - expected AS value,
           expected AS weight, abs(billed) AS money
      FROM ({EXPECTED_ITEMS}) e WHERE company_id = %(company)s
"""

# === Bills === #

BILLS = "doc.company_id = %(company)s AND doc.state = 'posted' AND doc.move_type"
ORDERLESS = """
    NOT EXISTS (SELECT FROM account_move_line item
                 WHERE item.move_id = doc.id AND item.purchase_line_id IS NOT NULL)
"""

CASES["p2p_bill_to_post"] = f"""
    SELECT doc.id,
           CASE WHEN doc.state = 'posted' THEN COALESCE(first.at::date, doc.date) END AS day,
           doc.create_date::date AS since,
           CASE WHEN first.at >= doc.create_date
                THEN extract(epoch FROM first.at - doc.create_date) / 86400 END AS value,
           1 AS weight, abs(doc.amount_untaxed_signed) AS money
      FROM account_move doc
 LEFT JOIN (SELECT res_id, min(at) AS at FROM ({changes("account.move", "state")}) c
             WHERE new_value_char = 'Posted' GROUP BY res_id) first ON first.res_id = doc.id
     WHERE doc.company_id = %(company)s AND doc.move_type = 'in_invoice'
       AND doc.state IN ('draft', 'posted')
"""


def settled_invoices(kind: str) -> str:
    """Posted invoices or bills, their state and the day of the payment that settled them."""
    mine, theirs = "credit_move_id", "debit_move_id"
    if kind == "out_invoice":
        mine, theirs = theirs, mine
    return f"""
        SELECT doc.id, doc.date, doc.invoice_date, doc.amount_total_signed,
               doc.amount_residual_signed,
               COALESCE(doc.invoice_date_due, doc.invoice_date) AS due,
               doc.payment_state IN ('paid', 'in_payment', 'reversed') AS settled,
               max(other.date) FILTER
                   (WHERE entry.move_type NOT IN ('in_refund', 'out_refund')) AS paid_on,
               max(other.date) AS settled_on
          FROM account_move doc
     LEFT JOIN (account_move_line term
                JOIN account_partial_reconcile part ON part.{mine} = term.id
                JOIN account_move_line other ON other.id = part.{theirs}
                JOIN account_move entry ON entry.id = other.move_id
                JOIN res_company company ON company.id = entry.company_id
                 AND entry.journal_id IS DISTINCT FROM company.currency_exchange_journal_id)
            ON term.move_id = doc.id AND term.display_type = 'payment_term'
         WHERE {BILLS} = '{kind}'
      GROUP BY doc.id
    """


def days_to_payment(kind: str) -> str:
    return f"""
        SELECT id, CASE WHEN settled THEN COALESCE(paid_on, settled_on, date) END AS day,
               invoice_date AS since,
               CASE WHEN paid_on >= invoice_date THEN paid_on - invoice_date END AS value,
               1 AS weight,
               abs(CASE WHEN settled THEN amount_total_signed
                        ELSE amount_residual_signed END) AS money
          FROM ({settled_invoices(kind)}) i
    """


def on_time(kind: str) -> str:
    """Settled by the due date, of what is settled or past due."""
    return f"""
        SELECT id, CASE WHEN settled OR due < %(today)s THEN due END AS day,
               invoice_date AS since,
               CASE WHEN NOT settled OR paid_on > due THEN 0
                    WHEN paid_on <= due THEN 1 END AS value,
               1 AS weight, abs(amount_total_signed) AS money
          FROM ({settled_invoices(kind)}) i
    """


def reset(kind: str) -> str:
    """Posted ones that went back to draft, of all that were ever posted."""
    return f"""
        SELECT id, date AS day, NULL::date AS since,
               CASE WHEN {went_back("account.move", "'Posted'", "'Draft'")}
                    THEN 1 ELSE 0 END AS value,
               1 AS weight, abs(amount_untaxed_signed) AS money
          FROM account_move doc
         WHERE company_id = %(company)s AND posted_before AND move_type = '{kind}'
    """


CASES["p2p_bill_to_payment"] = days_to_payment("in_invoice")
CASES["p2p_on_time_payment"] = on_time("in_invoice")
CASES["p2p_bill_reset"] = reset("in_invoice")
CASES["p2p_discount_captured"] = f"""
    SELECT id, CASE WHEN settled OR last_day < %(today)s THEN last_day END AS day,
           invoice_date AS since,
           CASE WHEN settled AND paid_on <= last_day THEN offered ELSE 0 END AS value,
           offered AS weight, offered AS money
      FROM ({settled_invoices("in_invoice")}) i
      JOIN (SELECT move_id, max(discount_date) AS last_day,
                   sum(abs(balance) - abs(discount_balance)) AS offered
              FROM account_move_line
             WHERE display_type = 'payment_term' AND discount_date IS NOT NULL
          GROUP BY move_id) offer ON offer.move_id = i.id
"""
CASES["p2p_maverick"] = f"""
    SELECT id, invoice_date AS day, NULL::date AS since,
           CASE WHEN {ORDERLESS} THEN 1 ELSE 0 END AS value,
           1 AS weight, abs(amount_untaxed_signed) AS money
      FROM account_move doc WHERE {BILLS} = 'in_invoice'
"""
CASES["p2p_maverick_spend"] = f"""
    SELECT id, invoice_date AS day, NULL::date AS since, -amount_untaxed_signed AS value,
           1 AS weight, -amount_untaxed_signed AS money
      FROM account_move doc WHERE {BILLS} = 'in_invoice' AND {ORDERLESS}
"""
CASES["p2p_spend_managed"] = f"""
    SELECT doc.id, doc.invoice_date AS day, NULL::date AS since,
           sum(CASE WHEN item.purchase_line_id IS NULL THEN 0 ELSE item.balance END) AS value,
           sum(item.balance) AS weight, sum(item.balance) AS money
      FROM account_move doc
      JOIN account_move_line item ON item.move_id = doc.id AND item.display_type = 'product'
     WHERE {BILLS} IN ('in_invoice', 'in_refund')
  GROUP BY doc.id
"""
CASES["p2p_spend"] = f"""
    SELECT id, invoice_date AS day, NULL::date AS since, -amount_untaxed_signed AS value,
           1 AS weight, -amount_untaxed_signed AS money
      FROM account_move doc WHERE {BILLS} IN ('in_invoice', 'in_refund')
"""

# === Books === #

POSTED = "doc.company_id = %(company)s AND doc.state = 'posted'"
MANUAL = """
    doc.move_type = 'entry' AND doc.statement_line_id IS NULL AND doc.origin_payment_id IS NULL
    AND doc.auto_post_origin_id IS NULL AND doc.tax_cash_basis_rec_id IS NULL
    AND (SELECT type = 'general' FROM account_journal WHERE id = doc.journal_id)
    AND doc.journal_id NOT IN (SELECT currency_exchange_journal_id FROM res_company
                                WHERE currency_exchange_journal_id IS NOT NULL)
"""
#: Five days after the end of the month of an entry
LATE_AFTER = (
    "(date_trunc('month', doc.date::timestamp) + interval '1 month')::date - 1 + 5"
)
ITEMS = """
    FROM account_move_line doc
    JOIN account_account account ON account.id = doc.account_id AND account.reconcile
   WHERE doc.company_id = %(company)s AND doc.parent_state = 'posted' AND doc.balance <> 0
"""


def entries(condition: str) -> str:
    return f"""
        SELECT doc.id, doc.date AS day, NULL::date AS since,
               CASE WHEN {condition} THEN 1 ELSE 0 END AS value,
               1 AS weight, abs(doc.amount_total_signed) AS money
          FROM account_move doc WHERE {POSTED}
    """


CASES["r2r_days_to_close"] = f"""
    SELECT id, day, closed AS since, day - closed AS value, 1 AS weight, NULL::float AS money
      FROM (SELECT min(id) AS id, new_value_datetime::date AS closed, min(at)::date AS day
              FROM (SELECT * FROM ({changes("res.company", "fiscalyear_lock_date")}) a
                     UNION ALL
                    SELECT * FROM ({changes("res.company", "hard_lock_date")}) b) c
             WHERE res_id = %(company)s
               AND extract(day FROM new_value_datetime + interval '1 day') = 1
          GROUP BY 2) l
"""
CASES["r2r_manual_share"] = entries(MANUAL)
CASES["r2r_manual_count"] = f"""
    SELECT id, date AS day, NULL::date AS since, 1 AS value, 1 AS weight,
           abs(amount_total_signed) AS money
      FROM account_move doc WHERE {POSTED} AND {MANUAL}
"""
CASES["r2r_late"] = f"""
    SELECT doc.id, doc.date AS day, NULL::date AS since,
           CASE WHEN COALESCE(first.at, doc.create_date)::date > {LATE_AFTER}
                THEN 1 ELSE 0 END AS value,
           1 AS weight, abs(doc.amount_total_signed) AS money
      FROM account_move doc
 LEFT JOIN (SELECT res_id, min(at) AS at FROM ({changes("account.move", "state")}) c
             WHERE new_value_char = 'Posted' GROUP BY res_id) first ON first.res_id = doc.id
     WHERE {POSTED}
"""
#: Locks of the company and of those above it, with what they close
LOCKS = """
    SELECT lock.kind, lock.at, lock.new_value_datetime::date AS until FROM ({locks}) lock
     WHERE lock.res_id::text = ANY(string_to_array(
               (SELECT parent_path FROM res_company WHERE id = %(company)s), '/'))
""".format(
    locks=" UNION ALL ".join(
        f"SELECT '{kind}' AS kind, * FROM ({changes('res.company', name)}) c"
        for name, kind in (
            ("fiscalyear_lock_date", "journals"),
            ("hard_lock_date", "journals"),
            ("sale_lock_date", "sale"),
            ("purchase_lock_date", "purchase"),
            ("tax_lock_date", "taxes"),
        )
    )
)
CASES["r2r_after_close"] = f"""
    WITH locks AS ({LOCKS}),
         taxed AS (
             SELECT move_id FROM account_move_line WHERE tax_line_id IS NOT NULL
              UNION
             SELECT item.move_id FROM account_move_line_account_tax_rel
               JOIN account_move_line item ON item.id = account_move_line_id
              UNION
             SELECT item.move_id FROM account_account_tag_account_move_line_rel
               JOIN account_account_tag tag ON tag.id = account_account_tag_id
                AND tag.applicability = 'taxes'
               JOIN account_move_line item ON item.id = account_move_line_id)
    SELECT doc.id, doc.date AS day, NULL::date AS since,
           CASE WHEN COALESCE(posted.at, doc.create_date) > (
                SELECT min(at) FROM locks
                 WHERE until >= doc.date
                   AND CASE kind WHEN 'journals' THEN TRUE
                            WHEN 'taxes' THEN doc.id IN (SELECT move_id FROM taxed)
                            ELSE kind = journal.type END)
                THEN 1 ELSE 0 END AS value,
           1 AS weight, abs(doc.amount_total_signed) AS money
      FROM account_move doc
      JOIN account_journal journal ON journal.id = doc.journal_id
 LEFT JOIN (SELECT res_id, max(at) AS at FROM ({changes("account.move", "state")}) c
             WHERE new_value_char = 'Posted' GROUP BY res_id) posted ON posted.res_id = doc.id
     WHERE {POSTED}
"""
CASES["r2r_reversed"] = entries(
    "doc.id IN (SELECT reversed_entry_id FROM account_move WHERE state = 'posted')"
)
CASES["r2r_reset"] = f"""
    SELECT id, date AS day, NULL::date AS since,
           CASE WHEN {went_back("account.move", "'Posted'", "'Draft'")}
                THEN 1 ELSE 0 END AS value,
           1 AS weight, abs(amount_total_signed) AS money
      FROM account_move doc WHERE company_id = %(company)s AND posted_before
"""
CASES["r2r_drafts"] = """
    SELECT id, NULL::date AS day, create_date::date AS since, 1 AS value, 1 AS weight,
           abs(amount_total_signed) AS money
      FROM account_move WHERE company_id = %(company)s AND state = 'draft'
"""
CASES["r2r_reconciled"] = f"""
    SELECT doc.id, doc.date AS day, NULL::date AS since,
           CASE WHEN doc.reconciled THEN 1 ELSE 0 END AS value,
           1 AS weight, abs(doc.balance) AS money {ITEMS}
"""
CASES["r2r_backlog"] = f"""
    SELECT doc.id, NULL::date AS day, doc.date AS since, 1 AS value, 1 AS weight,
           abs(doc.amount_residual) AS money {ITEMS} AND doc.reconciled IS NOT TRUE
"""
CASES["r2r_bank_lines"] = """
    SELECT line.id, NULL::date AS day, entry.date AS since, 1 AS value, 1 AS weight,
           abs(entry.amount_total_signed) AS money
      FROM account_bank_statement_line line
      JOIN account_move entry ON entry.id = line.move_id AND entry.state = 'posted'
     WHERE line.company_id = %(company)s AND line.is_reconciled IS NOT TRUE
"""

# === Budgets === #

#: What of each posted item belongs to whom: its parts by analytic account and the rest, each to
#: the category whose rule says most (account with analytic account, analytic account, account,
#: the longest beginning of a code)
SPENT = """
    SELECT category.kind, part.balance
      FROM sop_budget budget
      JOIN account_move_line item ON item.company_id = budget.company_id
       AND item.parent_state = 'posted' AND item.date BETWEEN budget.date_from AND budget.date_to
       AND date_trunc('month', item.date::timestamp)
           BETWEEN date_trunc('month', %(first)s::timestamp) AND %(last)s
      JOIN account_account account ON account.id = item.account_id
     CROSS JOIN LATERAL (
           SELECT share.key::int AS analytic_id,
                  item.balance * share.value::numeric / 100 AS balance
             FROM jsonb_each_text(item.analytic_distribution) share
            UNION ALL
           SELECT NULL, item.balance * (1 - COALESCE(
                  (SELECT sum(value::numeric) / 100
                     FROM jsonb_each_text(item.analytic_distribution)), 0))) part
     CROSS JOIN LATERAL (
           SELECT rule.category_id FROM sop_budget_rule rule
            WHERE rule.budget_id = budget.id
              AND (rule.analytic_account_id IS NULL
                   OR rule.analytic_account_id = part.analytic_id)
              AND (rule.account_id IS NOT NULL OR rule.account_prefix IS NOT NULL
                   OR account.account_type LIKE 'expense%%')
              AND (rule.account_id IS NULL OR rule.account_id = item.account_id)
              AND (rule.account_prefix IS NULL
                   OR account.code_store->>budget.company_id::text LIKE rule.account_prefix || '%%')
         ORDER BY rule.analytic_account_id IS NULL, rule.account_id IS NULL,
                  length(rule.account_prefix) DESC NULLS LAST
            LIMIT 1) best
      JOIN sop_budget_category category ON category.id = best.category_id
     WHERE budget.company_id = %(company)s AND budget.state IN ('approved', 'closed')
"""
FIGURES["r2r_budget_variance"] = f"""
    SELECT 100 * (planned - actual) / NULLIF(planned, 0)
      FROM (SELECT sum(amount.amount)
              FROM sop_budget_amount amount
              JOIN sop_budget_category category ON category.id = amount.category_id
               AND category.kind IN ('expense', 'capital')
              JOIN sop_budget budget ON budget.id = category.budget_id
               AND budget.state IN ('approved', 'closed') AND budget.company_id = %(company)s
             WHERE amount.month BETWEEN date_trunc('month', %(first)s::timestamp) AND %(last)s
           ) p (planned),
           (SELECT COALESCE(sum(balance), 0) FROM ({SPENT}) s
             WHERE kind IN ('expense', 'capital')) a (actual)
"""

# === Working capital, over whole months === #

ITEM = """
    FROM account_move_line item
    JOIN account_account account ON account.id = item.account_id
    JOIN account_move entry ON entry.id = item.move_id
   WHERE item.company_id = %(company)s AND item.parent_state = 'posted'
     AND item.date <= %(last)s
"""
DAYS = "(%(last)s::date - date_trunc('month', %(first)s::timestamp)::date + 1)"
SINCE = "item.date >= date_trunc('month', %(first)s::timestamp)"


def days_of(balance: str, flow: str) -> str:
    return f"""
        SELECT CASE WHEN flow > 0 THEN balance / flow * {DAYS} END
          FROM (SELECT COALESCE(sum(item.balance), 0) * {balance}) b (balance),
               (SELECT sum(item.balance) * {flow} AND {SINCE}) f (flow)
    """


FIGURES["cash_dso"] = days_of(
    f"1 {ITEM} AND account.account_type = 'asset_receivable'",
    f"-1 {ITEM} AND account.account_type = 'income'",
)
FIGURES["cash_dpo"] = days_of(
    f"-1 {ITEM} AND account.account_type = 'liability_payable'",
    f"1 {ITEM} AND item.display_type = 'product'"
    " AND entry.move_type IN ('in_invoice', 'in_refund')",
)

# === The company as a whole, in whole months === #

OPERATING = "('income', 'expense_direct_cost', 'expense', 'expense_depreciation')"
FROM = "date_trunc('month', %(first)s::timestamp)"
#: First day after the last month of the period, and after the last one that is over
AFTER = "date_trunc('month', %(last)s::timestamp) + interval '1 month'"
OVER = "date_trunc('month', %(last)s::timestamp + interval '1 day')"


def booked(types: str, until: str, since: str = "'-infinity'::date") -> str:
    """Debit less credit of types of accounts; nothing where nothing is posted."""
    return f"""
        (SELECT sum(item.balance) FROM account_move_line item
           JOIN account_account account ON account.id = item.account_id
            AND account.account_type IN {types}
          WHERE item.company_id = %(company)s AND item.parent_state = 'posted'
            AND item.date >= {since} AND item.date < {until})
    """


YEAR = "interval '1 year'"
SALES = "('income')"
CASH = "('asset_cash')"
ASSETS = """('asset_receivable', 'asset_cash', 'asset_current', 'asset_non_current',
             'asset_prepayments', 'asset_fixed')"""
LAST_YEAR = booked(SALES, f"{OVER} - {YEAR}", f"{FROM} - {YEAR}")
FIGURES["fin_revenue_growth"] = (
    f"SELECT 100 * ({booked(SALES, OVER, FROM)} / {LAST_YEAR} - 1)"
)
FIGURES["fin_operating_margin"] = (
    f"SELECT 100 * {booked(OPERATING, AFTER, FROM)} / {booked(SALES, AFTER, FROM)}"
)
FIGURES["fin_nopat"] = f"""
    SELECT CASE WHEN result > 0 THEN result * (1 - sop_profit_tax / 100) ELSE result END
      FROM res_company, (SELECT -{booked(OPERATING, OVER, f"{OVER} - {YEAR}")}) r (result)
     WHERE id = %(company)s
"""
FIGURES["fin_roic"] = f"""
    SELECT 100 * ({FIGURES["fin_nopat"]})
           / ({booked(ASSETS, OVER)} - {booked(CASH, OVER)}
              + {booked("('liability_payable', 'liability_current')", OVER)})
"""
FIGURES["fin_cash"] = f"SELECT {booked(CASH, AFTER)}"
MONTHS_OVER = f"""
    (extract(year FROM age({OVER}, {FROM})) * 12 + extract(month FROM age({OVER}, {FROM})))
"""
FIGURES["fin_burn"] = f"SELECT -{booked(CASH, OVER, FROM)} / {MONTHS_OVER}"
FIGURES["fin_runway"] = f"""
    SELECT CASE WHEN change < 0
                THEN {booked(CASH, OVER)} / -change * extract(day FROM {OVER} - {FROM}) END
      FROM (SELECT {booked(CASH, OVER, FROM)}) c (change)
"""
