# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""Order to cash in plain SQL; see ``process_sql.py`` in the tests of ``sop_operations``."""

from odoo.addons.sop_operations.tests.process_sql import (
    BILLS,
    changes,
    days_to_payment,
    on_time,
    reset,
    settled_invoices,
)

CASES = {}
SNAPSHOTS = {"o2c_backlog", "o2c_overdue"}
ORDER_MONEY = "doc.amount_untaxed / doc.currency_rate"
WAS_ORDERED = f"""
    (doc.state = 'sale' OR doc.id IN (
        SELECT res_id FROM ({changes("sale.order", "state")}) c
         WHERE new_value_char = 'Sales Order'))
"""

CASES["o2c_quote_conversion"] = f"""
    SELECT id, CASE WHEN won OR state = 'cancel' OR validity_date < %(today)s
                    THEN create_date::date END AS day,
           create_date::date AS since, CASE WHEN won THEN 1 ELSE 0 END AS value,
           1 AS weight, money
      FROM (SELECT doc.*, {WAS_ORDERED} AS won, {ORDER_MONEY} AS money
              FROM sale_order doc WHERE company_id = %(company)s) o
"""
CASES["o2c_order_cycle"] = f"""
    SELECT id, CASE WHEN state = 'sale' THEN date_order::date END AS day,
           create_date::date AS since,
           CASE WHEN date_order >= create_date
                THEN extract(epoch FROM date_order - create_date) / 86400 END AS value,
           1 AS weight, {ORDER_MONEY} AS money
      FROM sale_order doc WHERE company_id = %(company)s AND state <> 'cancel'
"""
CASES["o2c_order_changed"] = f"""
    SELECT id, date_order::date AS day, NULL::date AS since,
           CASE WHEN EXISTS (
                SELECT FROM ({changes("sale.order", "amount_untaxed")}) c
                 WHERE c.res_id = doc.id AND c.at > doc.date_order + interval '1 second'
                   AND c.old_value_float <> c.new_value_float)
                THEN 1 ELSE 0 END AS value,
           1 AS weight, {ORDER_MONEY} AS money
      FROM sale_order doc WHERE company_id = %(company)s AND state = 'sale'
"""
CASES["o2c_order_cancelled"] = f"""
    SELECT id, date_order::date AS day, NULL::date AS since,
           CASE WHEN state = 'cancel' THEN 1 ELSE 0 END AS value,
           1 AS weight, {ORDER_MONEY} AS money
      FROM sale_order doc
     WHERE company_id = %(company)s AND state IN ('sale', 'cancel') AND {WAS_ORDERED}
"""
#: Posted invoices of order lines
INVOICED = """
    SELECT line.order_id, line.id AS line_id, item.move_id,
           CASE invoice.move_type WHEN 'out_refund' THEN -1 ELSE 1 END * item.price_subtotal
               AS amount,
           invoice.move_type, invoice.invoice_date
      FROM sale_order_line line
      JOIN sale_order_line_invoice_rel link ON link.order_line_id = line.id
      JOIN account_move_line item ON item.id = link.invoice_line_id
      JOIN account_move invoice ON invoice.id = item.move_id AND invoice.state = 'posted'
       AND invoice.company_id = %(company)s
"""
CASES["o2c_order_to_invoice"] = f"""
    SELECT doc.id, first.day AS day, doc.date_order::date AS since,
           CASE WHEN first.day >= doc.date_order::date
                THEN first.day - doc.date_order::date END AS value,
           1 AS weight, {ORDER_MONEY} AS money
      FROM sale_order doc
 LEFT JOIN (SELECT order_id, min(invoice_date) AS day
              FROM ({INVOICED}) i WHERE move_type = 'out_invoice' GROUP BY order_id) first
        ON first.order_id = doc.id
     WHERE doc.company_id = %(company)s AND doc.state = 'sale'
       AND (first.day IS NOT NULL OR doc.invoice_status <> 'invoiced')
"""
CASES["o2c_order_to_cash"] = f"""
    SELECT doc.id,
           CASE WHEN doc.invoice_status = 'invoiced' AND cash.settled
                THEN COALESCE(cash.paid_on, cash.settled_on) END AS day,
           doc.date_order::date AS since,
           CASE WHEN cash.paid_on >= doc.date_order::date
                THEN cash.paid_on - doc.date_order::date END AS value,
           1 AS weight, {ORDER_MONEY} AS money
      FROM sale_order doc
 LEFT JOIN (SELECT i.order_id, bool_and(paid.settled) AS settled,
                   max(paid.paid_on) AS paid_on, max(paid.settled_on) AS settled_on
              FROM ({INVOICED}) i
              JOIN ({settled_invoices("out_invoice")}) paid ON paid.id = i.move_id
          GROUP BY i.order_id) cash ON cash.order_id = doc.id
     WHERE doc.company_id = %(company)s AND doc.state = 'sale'
       AND (cash.order_id IS NOT NULL OR doc.invoice_status <> 'invoiced')
"""
CASES["o2c_backlog"] = f"""
    SELECT id, NULL::date AS day, date_order::date AS since, open AS value, 1 AS weight,
           open AS money
      FROM (SELECT doc.id, doc.date_order,
                   (SELECT sum(line.price_subtotal - COALESCE(
                           (SELECT sum(amount) FROM ({INVOICED}) i WHERE i.line_id = line.id), 0))
                      FROM sale_order_line line
                     WHERE line.order_id = doc.id AND line.display_type IS NULL
                       AND line.is_downpayment IS NOT TRUE) / doc.currency_rate AS open
              FROM sale_order doc WHERE doc.company_id = %(company)s AND doc.state = 'sale') o
     WHERE open > 0
"""
CASES["o2c_days_to_collect"] = days_to_payment("out_invoice")
CASES["o2c_on_time_collection"] = on_time("out_invoice")
CASES["o2c_invoice_reset"] = reset("out_invoice")
CASES["o2c_overdue"] = f"""
    SELECT id, NULL::date AS day, COALESCE(invoice_date_due, invoice_date) AS since,
           CASE WHEN COALESCE(invoice_date_due, invoice_date) < %(today)s
                THEN amount_residual_signed ELSE 0 END AS value,
           amount_residual_signed AS weight, amount_residual_signed AS money
      FROM account_move doc
     WHERE {BILLS} = 'out_invoice' AND payment_state IN ('not_paid', 'partial')
"""
CASES["o2c_credit_notes"] = f"""
    SELECT id, invoice_date AS day, NULL::date AS since,
           CASE move_type WHEN 'out_refund' THEN -amount_untaxed_signed ELSE 0 END AS value,
           CASE move_type WHEN 'out_invoice' THEN amount_untaxed_signed ELSE 0 END AS weight,
           abs(amount_untaxed_signed) AS money
      FROM account_move doc WHERE {BILLS} IN ('out_invoice', 'out_refund')
"""
CASES["o2c_invoiced"] = f"""
    SELECT id, invoice_date AS day, NULL::date AS since, amount_untaxed_signed AS value,
           1 AS weight, amount_untaxed_signed AS money
      FROM account_move doc WHERE {BILLS} IN ('out_invoice', 'out_refund')
"""
