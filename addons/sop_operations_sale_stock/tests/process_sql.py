# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""Metrics of deliveries in plain SQL; see ``process_sql.py`` in the tests of ``sop_operations``."""

CASES = {}
#: Orders with their deliveries: the last one, whether more is to go, what was late or came back
DELIVERED = """
    SELECT doc.id, doc.date_order, doc.amount_untaxed / doc.currency_rate AS money,
           max(move.date) FILTER (WHERE goes AND move.state = 'done') AS last,
           bool_or(goes AND move.state NOT IN ('done', 'cancel')) AS more,
           COALESCE(bool_or(goes AND move.state = 'done'
                            AND move.date::date > move.date_deadline::date), FALSE) AS late,
           bool_or(comes AND move.state = 'done') AS returned
      FROM sale_order doc
      JOIN sale_order_line line ON line.order_id = doc.id
      JOIN (SELECT move.*, target.usage = 'customer' AS goes, origin.usage = 'customer' AS comes
              FROM stock_move move
              JOIN stock_location origin ON origin.id = move.location_id
              JOIN stock_location target ON target.id = move.location_dest_id) move
        ON move.sale_line_id = line.id
     WHERE doc.company_id = %(company)s AND doc.state = 'sale'
  GROUP BY doc.id
"""

CASES["o2c_order_to_delivery"] = f"""
    SELECT id, CASE WHEN NOT more THEN last::date END AS day, date_order::date AS since,
           CASE WHEN last >= date_order
                THEN extract(epoch FROM last - date_order) / 86400 END AS value,
           1 AS weight, money
      FROM ({DELIVERED}) d WHERE more OR last IS NOT NULL
"""
CASES["o2c_on_time_delivery"] = """
    SELECT doc.id, doc.date_done::date AS day, NULL::date AS since,
           CASE WHEN doc.date_done::date <= doc.date_deadline::date THEN 1
                WHEN doc.date_deadline IS NOT NULL THEN 0 END AS value,
           1 AS weight, NULL::float AS money
      FROM stock_picking doc
      JOIN stock_picking_type kind ON kind.id = doc.picking_type_id AND kind.code = 'outgoing'
     WHERE doc.company_id = %(company)s AND doc.state = 'done' AND doc.sale_id IS NOT NULL
"""
CASES["o2c_perfect_order"] = f"""
    SELECT id, CASE WHEN NOT more THEN last::date END AS day, date_order::date AS since,
           CASE WHEN NOT late AND NOT returned
                 AND NOT EXISTS (
                     SELECT FROM sale_order_line line
                      WHERE line.order_id = d.id AND line.qty_delivered < line.product_uom_qty
                        AND line.id IN (SELECT sale_line_id FROM stock_move))
                 AND d.id NOT IN (
                     SELECT line.order_id
                       FROM sale_order_line line
                       JOIN sale_order_line_invoice_rel link ON link.order_line_id = line.id
                       JOIN account_move_line item ON item.id = link.invoice_line_id
                       JOIN account_move credit ON credit.id = item.move_id
                        AND credit.move_type = 'out_refund' AND credit.state = 'posted')
                THEN 1 ELSE 0 END AS value,
           1 AS weight, money
      FROM ({DELIVERED}) d WHERE more OR last IS NOT NULL
"""
