# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from odoo import api, models
from odoo.tools import SQL

ORDER, DELIVERY, MOVE = "sale.order", "stock.picking", "stock.move"
MOVED = ("o2c_order_to_delivery", "o2c_on_time_delivery", "o2c_perfect_order")


class SopProcessMetric(models.Model):
    """Metrics that need the days on which goods left."""

    _inherit = "sop.process.metric"

    def _get_read_models(self):
        models_ = super()._get_read_models()
        if self.code in MOVED:
            models_ += [MOVE, DELIVERY]
        return models_

    @api.model
    def _deliveries(self, scope):
        """Name of a sub-select by order: last delivery, whether more is to go, was late or
        came back.
        """
        done = SQL("move.state = 'done' AND target.usage = 'customer'")
        late = SQL(
            "%s > %s",
            self._day(SQL("move.date"), scope),
            self._day(SQL("move.date_deadline"), scope),
        )
        statement = SQL(
            """
            SELECT line.order_id,
                   max(move.date) FILTER (WHERE %(done)s) AS last_at,
                   bool_or(move.state NOT IN ('done', 'cancel')
                       AND target.usage = 'customer') AS waiting,
                   bool_or(%(done)s AND %(late)s) AS late,
                   bool_or(move.state = 'done' AND origin.usage = 'customer') AS returned
              FROM (%(moves)s) move
              JOIN sale_order_line line ON line.id = move.sale_line_id
              JOIN stock_location origin ON origin.id = move.location_id
              JOIN stock_location target ON target.id = move.location_dest_id
          GROUP BY line.order_id
            """,
            done=done,
            late=late,
            moves=self._visible(MOVE, scope),
        )
        return scope.share("delivered_order", statement)

    def _delivered_cases(self, scope, **parts):
        joins = SQL(
            "JOIN %s delivery ON delivery.order_id = doc.id %s",
            self._deliveries(scope),
            parts.pop("joins", SQL()),
        )
        return self._cases_of(
            ORDER,
            scope,
            [("state", "=", "sale")],
            date=SQL(
                "CASE WHEN NOT delivery.waiting THEN %s END",
                self._day(SQL("delivery.last_at"), scope),
            ),
            since=self._day(SQL("doc.date_order"), scope),
            joins=joins,
            where=SQL("(delivery.waiting OR delivery.last_at IS NOT NULL)"),
            **parts,
        )

    def _cases_o2c_order_to_delivery(self, scope):
        return self._delivered_cases(
            scope, value=self._span(SQL("doc.date_order"), SQL("delivery.last_at"))
        )

    def _cases_o2c_on_time_delivery(self, scope):
        done = self._day(SQL("doc.date_done"), scope)
        on_time = SQL("%s <= %s", done, self._day(SQL("doc.date_deadline"), scope))
        return self._cases_of(
            DELIVERY,
            scope,
            [
                ("picking_type_code", "=", "outgoing"),
                ("state", "=", "done"),
                ("sale_id", "!=", False),
            ],
            date=done,
            value=SQL("CASE WHEN %s THEN 1 WHEN NOT %s THEN 0 END", on_time, on_time),
        )

    def _cases_o2c_perfect_order(self, scope):
        """On time, in full, nothing came back, no credit note. Damage isn't in the data."""
        lines = SQL(
            """
            JOIN (SELECT line.order_id,
                         bool_and(line.qty_delivered >= line.product_uom_qty - 1e-6) AS "full"
                    FROM sale_order_line line
                   WHERE EXISTS (SELECT FROM stock_move move
                                  WHERE move.sale_line_id = line.id)
                GROUP BY line.order_id) lines ON lines.order_id = doc.id
            LEFT JOIN (SELECT DISTINCT line.order_id
                         FROM sale_order_line line
                         JOIN sale_order_line_invoice_rel link
                           ON link.order_line_id = line.id
                         JOIN account_move_line item ON item.id = link.invoice_line_id
                         JOIN account_move credit ON credit.id = item.move_id
                        WHERE credit.move_type = 'out_refund' AND credit.state = 'posted')
                   credited ON credited.order_id = doc.id
            """
        )
        return self._delivered_cases(
            scope,
            joins=lines,
            value=self._flag(
                SQL(
                    'lines."full" AND NOT COALESCE(delivery.late, FALSE)'
                    " AND NOT COALESCE(delivery.returned, FALSE)"
                    " AND credited.order_id IS NULL"
                )
            ),
        )
