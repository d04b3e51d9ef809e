# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""Metrics of receipts in plain SQL; see ``process_sql.py`` in the tests of ``sop_operations``."""

from odoo.addons.sop_operations.tests import process_sql as books

CASES = {}
#: Figures of the books: one value. Parameters: company, first, last
FIGURES = {}
ORDER_MONEY = "doc.amount_untaxed / doc.currency_rate"
#: Moves of goods that come from a supplier, of order lines
RECEIPTS = """
    SELECT line.order_id, move.state, move.date, move.picking_id, line.date_planned
      FROM stock_move move
      JOIN purchase_order_line line ON line.id = move.purchase_line_id
      JOIN stock_location place ON place.id = move.location_id AND place.usage = 'supplier'
"""

CASES["p2p_order_to_receipt"] = f"""
    SELECT doc.id, CASE WHEN NOT receipt.more THEN receipt.last::date END AS day,
           doc.date_approve::date AS since,
           CASE WHEN receipt.last >= doc.date_approve
                THEN extract(epoch FROM receipt.last - doc.date_approve) / 86400 END AS value,
           1 AS weight, {ORDER_MONEY} AS money
      FROM purchase_order doc
      JOIN (SELECT order_id, max(CASE WHEN state = 'done' THEN date END) AS last,
                   bool_or(state <> 'done') AS more
              FROM ({RECEIPTS}) r WHERE state <> 'cancel' GROUP BY order_id) receipt
        ON receipt.order_id = doc.id
     WHERE doc.company_id = %(company)s AND doc.state = 'purchase'
"""
CASES["p2p_receipt_to_bill"] = f"""
    SELECT doc.id, bill.day AS day, receipt.day AS since,
           CASE WHEN bill.day >= receipt.day THEN bill.day - receipt.day END AS value,
           1 AS weight, {ORDER_MONEY} AS money
      FROM purchase_order doc
      JOIN (SELECT order_id, min(date)::date AS day
              FROM ({RECEIPTS}) r WHERE state = 'done' GROUP BY order_id) receipt
        ON receipt.order_id = doc.id
 LEFT JOIN (SELECT line.order_id, min(bill.invoice_date) AS day
              FROM account_move bill
              JOIN account_move_line item ON item.move_id = bill.id
              JOIN purchase_order_line line ON line.id = item.purchase_line_id
             WHERE bill.move_type = 'in_invoice' AND bill.state = 'posted'
          GROUP BY line.order_id) bill ON bill.order_id = doc.id
     WHERE doc.company_id = %(company)s AND doc.state = 'purchase'
"""
CASES["p2p_supplier_on_time"] = f"""
    SELECT doc.id, doc.date_done::date AS day, NULL::date AS since,
           CASE WHEN doc.date_done::date <= receipt.planned::date THEN 1 ELSE 0 END AS value,
           1 AS weight, NULL::float AS money
      FROM stock_picking doc
      JOIN (SELECT picking_id, max(date_planned) AS planned
              FROM ({RECEIPTS}) r WHERE state = 'done' GROUP BY picking_id) receipt
        ON receipt.picking_id = doc.id
     WHERE doc.company_id = %(company)s AND doc.state = 'done'
"""

#: Accounts in which the company keeps what lies there: its own, and those of its categories
STOCK = """
    account.id IN (
        SELECT account_stock_valuation_id FROM res_company WHERE id = %(company)s
         UNION ALL
        SELECT (property_stock_valuation_account_id->>%(company)s::text)::int
          FROM product_category)
"""
FIGURES["cash_dio"] = books.days_of(
    f"1 {books.ITEM} AND {STOCK}",
    f"1 {books.ITEM} AND account.account_type = 'expense_direct_cost'",
)
FIGURES["cash_cycle"] = f"""
    SELECT ({FIGURES["cash_dio"]}) + ({books.FIGURES["cash_dso"]})
           - ({books.FIGURES["cash_dpo"]})
"""
