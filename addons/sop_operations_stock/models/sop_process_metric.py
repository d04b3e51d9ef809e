# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from odoo import api, models
from odoo.tools import SQL

ORDER, RECEIPT, MOVE = "purchase.order", "stock.picking", "stock.move"
MOVED = ("p2p_order_to_receipt", "p2p_supplier_on_time", "p2p_receipt_to_bill")


class SopProcessMetric(models.Model):
    """Metrics that need the days on which goods came, and the value of what lies there."""

    _inherit = "sop.process.metric"

    def _get_read_models(self):
        models_ = super()._get_read_models()
        if self.code in MOVED:
            models_ += [MOVE, RECEIPT]
        return models_

    def _get_inventory_accounts(self, company_ids):
        accounts = super()._get_inventory_accounts(company_ids)
        # sudo: which accounts hold inventory is set up by others; items are read as oneself
        for company in self.env["res.company"].sudo().browse(company_ids):
            accounts |= company.account_stock_valuation_id
            categories = self.env["product.category"].sudo().with_company(company)
            for category in categories.search([]):  # pylint: disable=no-search-all
                accounts |= category.property_stock_valuation_account_id
        return accounts.sudo(False)

    @api.model
    def _receipts(self, scope):
        """Name of a sub-select by order: first and last receipt from the supplier, and whether
        more is to come.
        """
        statement = SQL(
            """
            SELECT line.order_id,
                   min(move.date) FILTER (WHERE move.state = 'done') AS first_at,
                   max(move.date) FILTER (WHERE move.state = 'done') AS last_at,
                   bool_or(move.state NOT IN ('done', 'cancel')) AS waiting
              FROM (%s) move
              JOIN purchase_order_line line ON line.id = move.purchase_line_id
              JOIN stock_location origin ON origin.id = move.location_id
             WHERE origin.usage = 'supplier'
          GROUP BY line.order_id
            """,
            self._visible(MOVE, scope),
        )
        return scope.share("received_order", statement)

    def _cases_p2p_order_to_receipt(self, scope):
        return self._cases_of(
            ORDER,
            scope,
            [("state", "=", "purchase")],
            date=SQL(
                "CASE WHEN NOT receipt.waiting THEN %s END",
                self._day(SQL("receipt.last_at"), scope),
            ),
            since=self._day(SQL("doc.date_approve"), scope),
            value=self._span(SQL("doc.date_approve"), SQL("receipt.last_at")),
            joins=SQL(
                "JOIN %s receipt ON receipt.order_id = doc.id", self._receipts(scope)
            ),
            where=SQL("(receipt.waiting OR receipt.last_at IS NOT NULL)"),
        )

    def _cases_p2p_receipt_to_bill(self, scope):
        received = self._day(SQL("receipt.first_at"), scope)
        return self._cases_of(
            ORDER,
            scope,
            [("state", "=", "purchase")],
            date=SQL("bills.first_day"),
            since=received,
            value=self._days(received, SQL("bills.first_day")),
            joins=SQL(
                """
                JOIN %s receipt ON receipt.order_id = doc.id
                 AND receipt.first_at IS NOT NULL
                LEFT JOIN (SELECT line.order_id, min(item.invoice_date) AS first_day
                             FROM %s item
                             JOIN purchase_order_line line ON line.id = item.purchase_line_id
                            WHERE item.is_bill
                         GROUP BY line.order_id) bills ON bills.order_id = doc.id
                """,
                self._receipts(scope),
                self._billed_items(scope),
            ),
        )

    def _cases_p2p_supplier_on_time(self, scope):
        done = self._day(SQL("doc.date_done"), scope)
        expected = SQL(
            """
            JOIN (SELECT move.picking_id, max(line.date_planned) AS planned
                    FROM stock_move move
                    JOIN purchase_order_line line ON line.id = move.purchase_line_id
                   WHERE move.state = 'done'
                GROUP BY move.picking_id) expected ON expected.picking_id = doc.id
            """
        )
        on_time = SQL("%s <= %s", done, self._day(SQL("expected.planned"), scope))
        return self._cases_of(
            RECEIPT,
            scope,
            [("picking_type_code", "=", "incoming"), ("state", "=", "done")],
            date=done,
            value=SQL("CASE WHEN %s THEN 1 WHEN NOT %s THEN 0 END", on_time, on_time),
            joins=expected,
        )
