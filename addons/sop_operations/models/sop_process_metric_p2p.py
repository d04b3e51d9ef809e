# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from odoo import api, models
from odoo.tools import SQL

ORDER, BILL = "purchase.order", "account.move"
CONFIRMED = [("state", "=", "purchase")]
BILLS = [("move_type", "=", "in_invoice"), ("state", "=", "posted")]
DUE = SQL("COALESCE(doc.invoice_date_due, doc.invoice_date)")


class SopProcessMetric(models.Model):
    """Procure to pay: orders and vendor bills. Receipts come with Inventory."""

    _inherit = "sop.process.metric"

    def _get_read_models(self):
        models_ = super()._get_read_models()
        if self.process == "p2p" and BILL not in models_:
            models_.append(BILL)
        return models_

    # === Orders === #

    def _cases_p2p_rfq_to_order(self, scope):
        return self._cases_of(
            ORDER,
            scope,
            [("state", "!=", "cancel")],
            date=SQL(
                "CASE WHEN doc.state = 'purchase' THEN %s END",
                self._day(SQL("doc.date_approve"), scope),
            ),
            since=self._day(SQL("doc.create_date"), scope),
            value=self._span(SQL("doc.create_date"), SQL("doc.date_approve")),
        )

    @api.model
    def _approved(self, scope):
        return {
            "date": self._day(SQL("doc.date_approve"), scope),
            "where": SQL("doc.date_approve IS NOT NULL"),
        }

    def _cases_p2p_order_changed(self, scope):
        changed = SQL(
            """
            LEFT JOIN (SELECT res_id, max(at) AS at FROM (%s) tracked
                        WHERE old_number IS DISTINCT FROM new_number
                     GROUP BY res_id) change ON change.res_id = doc.id
            """,
            self._tracked(ORDER, "amount_untaxed"),
        )
        # What is tracked when an order is confirmed is written a moment later
        later = SQL("change.at > doc.date_approve + interval '1 second'")
        return self._cases_of(
            ORDER,
            scope,
            CONFIRMED,
            value=self._flag(later),
            joins=changed,
            **self._approved(scope),
        )

    def _cases_p2p_order_cancelled(self, scope):
        return self._cases_of(
            ORDER,
            scope,
            [("state", "in", ("purchase", "cancel"))],
            value=self._flag(SQL("doc.state = 'cancel'")),
            **self._approved(scope),
        )

    def _cases_p2p_order_reopened(self, scope):
        # Odoo lets an order go back only from cancelled to draft
        return self._reset_cases(
            ORDER,
            scope,
            [("state", "=", "purchase")],
            (("cancel",), ("draft",)),
            **self._approved(scope),
        )

    @api.model
    def _order_lines(self, scope):
        """By order: is all that was ordered received and billed, and was something odd.

        Odoo's own billed quantity counts drafts, so what was billed is summed from what is
        posted, refunds taken off.
        """
        return SQL(
            """
            SELECT line.order_id, min(billed.first_day) AS first_day,
                   max(billed.last_day) AS last_day, bool_or(billed.priced) AS priced,
                   bool_and(abs(line.product_qty - line.qty_received) < 1e-6
                        AND abs(line.product_qty - COALESCE(billed.quantity, 0)) < 1e-6) AS same,
                   bool_or(billed.quantity > line.qty_received + 1e-6
                        OR billed.quantity > line.product_qty + 1e-6) AS over
              FROM purchase_order_line line
         LEFT JOIN (SELECT purchase_line_id, sum(quantity) AS quantity,
                           min(invoice_date) FILTER (WHERE is_bill) AS first_day,
                           max(invoice_date) FILTER (WHERE is_bill) AS last_day,
                           bool_or(is_bill AND abs(billed - expected) >= 0.01) AS priced
                      FROM %s item GROUP BY purchase_line_id) billed
                ON billed.purchase_line_id = line.id
             WHERE line.display_type IS NULL AND NOT COALESCE(line.is_downpayment, FALSE)
          GROUP BY line.order_id
            """,
            self._billed_items(scope),
        )

    @api.model
    def _billed_items(self, scope):
        """Name of a sub-select of posted items of orders: what they bill, in the order's unit,
        and what they would cost at the order's price.

        In the company's currency at the rate of the bill. Nothing is expected where bill and
        order are in two currencies.
        """
        units = SQL("COALESCE(unit.factor, 1) / COALESCE(ordered.factor, 1)")
        statement = SQL(
            """
            SELECT item.id, item.purchase_line_id, bill.invoice_date, item.balance AS billed,
                   bill.move_type = 'in_invoice' AS is_bill,
                   CASE bill.move_type WHEN 'in_invoice' THEN 1 ELSE -1 END
                       * item.quantity * %(units)s AS quantity,
                   CASE WHEN item.currency_id = po.currency_id AND line.product_qty <> 0 THEN
                       item.quantity * %(units)s * line.price_subtotal / line.product_qty
                       / COALESCE(NULLIF(bill.invoice_currency_rate, 0), 1)
                   END AS expected
              FROM account_move_line item
              JOIN (%(bills)s) bill ON bill.id = item.move_id
              JOIN purchase_order_line line ON line.id = item.purchase_line_id
              JOIN purchase_order po ON po.id = line.order_id
         LEFT JOIN uom_uom unit ON unit.id = item.product_uom_id
         LEFT JOIN uom_uom ordered ON ordered.id = line.product_uom_id
             WHERE item.display_type = 'product'
            """,
            units=units,
            bills=self._visible(BILL, scope, self._spend()),
        )
        return scope.share("billed_item", statement)

    def _match_cases(self, scope, condition):
        return self._cases_of(
            ORDER,
            scope,
            CONFIRMED,
            date=SQL("lines.last_day"),
            since=SQL("lines.first_day"),
            value=self._flag(condition),
            joins=SQL(
                "JOIN %s lines ON lines.order_id = doc.id AND lines.last_day IS NOT NULL",
                scope.share("matched_order", self._order_lines(scope)),
            ),
        )

    def _cases_p2p_three_way_match(self, scope):
        return self._match_cases(scope, SQL("lines.same"))

    def _cases_p2p_exceptions(self, scope):
        return self._match_cases(scope, SQL("lines.over OR lines.priced"))

    def _cases_p2p_price_variance(self, scope):
        return self._cases_of(
            "account.move.line",
            scope,
            [("purchase_line_id", "!=", False), ("parent_state", "=", "posted")],
            date=SQL("priced.invoice_date"),
            value=SQL("priced.billed - priced.expected"),
            weight=SQL("priced.expected"),
            joins=SQL(
                "JOIN %s priced ON priced.id = doc.id AND priced.is_bill",
                self._billed_items(scope),
            ),
        )

    # === Bills === #

    def _cases_p2p_bill_to_post(self, scope):
        return self._cases_of(
            BILL,
            scope,
            [("move_type", "=", "in_invoice"), ("state", "in", ("draft", "posted"))],
            date=SQL(
                "CASE WHEN doc.state = 'posted' THEN COALESCE(%s, doc.date) END",
                self._day(SQL("posting.at"), scope),
            ),
            since=self._day(SQL("doc.create_date"), scope),
            value=self._span(SQL("doc.create_date"), SQL("posting.at")),
            joins=self._postings(scope),
        )

    @api.model
    def _invoice_settlement(self, scope, sign):
        """Joins and columns of posted invoices or bills that tell when they were paid."""
        return {
            "domain": [("move_type", "=", f"{sign}_invoice"), ("state", "=", "posted")],
            "joins": SQL(
                "LEFT JOIN %s paid ON paid.move_id = doc.id",
                self._settlements(scope, sign),
            ),
            # Odoo has the state; that a payment is on its way counts as paid
            "settled": SQL("doc.payment_state IN ('paid', 'in_payment', 'reversed')"),
            "where": SQL("doc.payment_state <> 'invoicing_legacy'"),
        }

    def _payment_days_cases(self, scope, sign):
        """Days from the invoice to its last payment; open ones wait with what is left."""
        parts = self._invoice_settlement(scope, sign)
        domain, settled = parts.pop("domain"), parts.pop("settled")
        return self._cases_of(
            BILL,
            scope,
            domain,
            date=SQL(
                "CASE WHEN %s THEN COALESCE(paid.paid_on, paid.settled_on, doc.date) END",
                settled,
            ),
            since=SQL("doc.invoice_date"),
            value=self._days(SQL("doc.invoice_date"), SQL("paid.paid_on")),
            amount=SQL(
                "CASE WHEN %s THEN ABS(doc.amount_total_signed)"
                " ELSE ABS(doc.amount_residual_signed) END",
                settled,
            ),
            **parts,
        )

    def _payment_on_time_cases(self, scope, sign):
        """Of what is due or paid: was it paid in full by its due date."""
        parts = self._invoice_settlement(scope, sign)
        domain, settled = parts.pop("domain"), parts.pop("settled")
        return self._cases_of(
            BILL,
            scope,
            domain,
            date=SQL(
                "CASE WHEN %s OR %s < %s THEN %s END", settled, DUE, scope.today, DUE
            ),
            since=SQL("doc.invoice_date"),
            value=SQL(
                "CASE WHEN NOT %(settled)s THEN 0 WHEN paid.paid_on <= %(due)s THEN 1"
                " WHEN paid.paid_on IS NOT NULL THEN 0 END",
                settled=settled,
                due=DUE,
            ),
            amount=SQL("ABS(doc.amount_total_signed)"),
            **parts,
        )

    def _cases_p2p_bill_to_payment(self, scope):
        return self._payment_days_cases(scope, "in")

    def _cases_p2p_on_time_payment(self, scope):
        return self._payment_on_time_cases(scope, "in")

    def _cases_p2p_bill_reset(self, scope):
        return self._reset_cases(
            BILL,
            scope,
            [("move_type", "=", "in_invoice"), ("posted_before", "=", True)],
            (("posted",), ("draft",)),
            date=SQL("doc.date"),
        )

    @api.model
    def _orderless(self):
        return SQL(
            """
            NOT EXISTS (SELECT FROM account_move_line item
                         WHERE item.move_id = doc.id AND item.purchase_line_id IS NOT NULL)
            """
        )

    def _cases_p2p_maverick(self, scope):
        return self._cases_of(
            BILL,
            scope,
            BILLS,
            date=SQL("doc.invoice_date"),
            value=self._flag(self._orderless()),
        )

    def _cases_p2p_maverick_spend(self, scope):
        return self._cases_of(
            BILL,
            scope,
            BILLS,
            date=SQL("doc.invoice_date"),
            value=SQL("-doc.amount_untaxed_signed"),
            amount=SQL("-doc.amount_untaxed_signed"),
            where=self._orderless(),
        )

    @api.model
    def _spend(self):
        return [
            ("move_type", "in", ("in_invoice", "in_refund")),
            ("state", "=", "posted"),
        ]

    def _cases_p2p_spend_managed(self, scope):
        return self._cases_of(
            BILL,
            scope,
            self._spend(),
            date=SQL("doc.invoice_date"),
            value=SQL("managed.ordered"),
            weight=SQL("managed.spent"),
            amount=SQL("managed.spent"),
            joins=SQL(
                """
                JOIN (SELECT item.move_id, sum(item.balance) AS spent,
                             COALESCE(sum(item.balance) FILTER
                                 (WHERE item.purchase_line_id IS NOT NULL), 0) AS ordered
                        FROM account_move_line item
                       WHERE item.display_type = 'product' AND item.company_id IN %s
                    GROUP BY item.move_id) managed ON managed.move_id = doc.id
                """,
                scope.company_ids,
            ),
        )

    def _cases_p2p_spend(self, scope):
        return self._cases_of(
            BILL,
            scope,
            self._spend(),
            date=SQL("doc.invoice_date"),
            value=SQL("-doc.amount_untaxed_signed"),
            amount=SQL("-doc.amount_untaxed_signed"),
        )

    def _cases_p2p_discount_captured(self, scope):
        """Of the early payment discounts that were offered and are decided."""
        parts = self._invoice_settlement(scope, "in")
        domain, settled = parts.pop("domain"), parts.pop("settled")
        offer = SQL(
            """
            JOIN (SELECT item.move_id, max(item.discount_date) AS last_day,
                         sum(abs(item.balance) - abs(item.discount_balance)) AS offered
                    FROM account_move_line item
                   WHERE item.display_type = 'payment_term'
                     AND item.discount_date IS NOT NULL AND item.company_id IN %s
                GROUP BY item.move_id) offer ON offer.move_id = doc.id
            """,
            scope.company_ids,
        )
        return self._cases_of(
            BILL,
            scope,
            domain,
            date=SQL(
                "CASE WHEN %s OR offer.last_day < %s THEN offer.last_day END",
                settled,
                scope.today,
            ),
            since=SQL("doc.invoice_date"),
            value=SQL(
                "CASE WHEN %(settled)s AND paid.paid_on <= offer.last_day"
                " THEN offer.offered ELSE 0 END",
                settled=settled,
            ),
            weight=SQL("offer.offered"),
            amount=SQL("offer.offered"),
            joins=SQL("%s %s", parts["joins"], offer),
            where=parts["where"],
        )
