# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from odoo import api, fields, models
from odoo.tools import SQL

from odoo.addons.sop_operations.models.sop_process_metric_sql import ONE

ORDER, INVOICE = "sale.order", "account.move"
CONFIRMED = [("state", "=", "sale")]
INVOICES = [("move_type", "=", "out_invoice"), ("state", "=", "posted")]
OPEN_INVOICES = [*INVOICES, ("payment_state", "in", ("not_paid", "partial"))]
#: Last day of each bucket of age
AGES = (30, 60, 90)


class SopProcessMetric(models.Model):
    """Order to cash: quotations, orders, invoices. Deliveries come with Inventory."""

    _inherit = "sop.process.metric"

    process = fields.Selection(
        selection_add=[("o2c", "Order to Cash"), ("p2p",)],
        ondelete={"o2c": "cascade"},
    )

    @api.model
    def _get_case_columns(self, model):
        if model != ORDER:
            return super()._get_case_columns(model)
        return {
            "amount": SQL(
                "doc.amount_untaxed / COALESCE(NULLIF(doc.currency_rate, 0), 1)"
            ),
            "team": self._translated(SQL("sales_team.name")),
            "joins": SQL(
                "LEFT JOIN crm_team sales_team ON sales_team.id = doc.team_id"
            ),
        }

    def _get_read_models(self):
        models_ = super()._get_read_models()
        if self.process == "o2c" and INVOICE not in models_:
            models_.append(INVOICE)
        return models_

    # === Orders === #

    @api.model
    def _was_ordered(self):
        """Documents that were confirmed at some time, whatever became of them."""
        return SQL(
            """
            LEFT JOIN (SELECT DISTINCT res_id FROM (%s) tracked WHERE new_text IN %s) ordered
                   ON ordered.res_id = doc.id
            """,
            self._tracked(ORDER, "state"),
            self._labels(ORDER, "state", "sale"),
        )

    @api.model
    def _ordered_on(self, scope):
        return self._day(SQL("doc.date_order"), scope)

    def _cases_o2c_quote_conversion(self, scope):
        created = self._day(SQL("doc.create_date"), scope)
        won = SQL("(doc.state = 'sale' OR ordered.res_id IS NOT NULL)")
        decided = SQL(
            "(%s OR doc.state = 'cancel' OR doc.validity_date < %s)", won, scope.today
        )
        return self._cases_of(
            ORDER,
            scope,
            (),
            date=SQL("CASE WHEN %s THEN %s END", decided, created),
            since=created,
            value=self._flag(won),
            joins=self._was_ordered(),
        )

    def _cases_o2c_order_cycle(self, scope):
        return self._cases_of(
            ORDER,
            scope,
            [("state", "!=", "cancel")],
            date=SQL(
                "CASE WHEN doc.state = 'sale' THEN %s END", self._ordered_on(scope)
            ),
            since=self._day(SQL("doc.create_date"), scope),
            value=self._span(SQL("doc.create_date"), SQL("doc.date_order")),
        )

    def _cases_o2c_order_changed(self, scope):
        changed = SQL(
            """
            LEFT JOIN (SELECT res_id, max(at) AS at FROM (%s) tracked
                        WHERE old_number IS DISTINCT FROM new_number
                     GROUP BY res_id) change ON change.res_id = doc.id
            """,
            self._tracked(ORDER, "amount_untaxed"),
        )
        # What is tracked when an order is confirmed is written a moment later
        later = SQL("change.at > doc.date_order + interval '1 second'")
        return self._cases_of(
            ORDER,
            scope,
            CONFIRMED,
            date=self._ordered_on(scope),
            value=self._flag(later),
            joins=changed,
        )

    def _cases_o2c_order_cancelled(self, scope):
        return self._cases_of(
            ORDER,
            scope,
            [("state", "in", ("sale", "cancel"))],
            date=self._ordered_on(scope),
            value=self._flag(SQL("doc.state = 'cancel'")),
            joins=self._was_ordered(),
            where=SQL("(doc.state = 'sale' OR ordered.res_id IS NOT NULL)"),
        )

    def _cases_o2c_backlog(self, scope):
        left = SQL("backlog.amount / COALESCE(NULLIF(doc.currency_rate, 0), 1)")
        return self._cases_of(
            ORDER,
            scope,
            CONFIRMED,
            since=self._ordered_on(scope),
            value=left,
            amount=left,
            joins=SQL(
                """
                JOIN (SELECT line.order_id,
                             sum(line.price_subtotal - line.untaxed_amount_invoiced) AS amount
                        FROM sale_order_line line
                       WHERE line.display_type IS NULL
                         AND NOT COALESCE(line.is_downpayment, FALSE)
                    GROUP BY line.order_id) backlog
                  ON backlog.order_id = doc.id AND backlog.amount > 0
                """
            ),
        )

    # === Orders and their invoices === #

    @api.model
    def _order_invoices(self, scope):
        """Name of a sub-select by order: first posted invoice, and the payment that settled
        the last one.
        """
        statement = SQL(
            """
            SELECT line.order_id, min(invoice.invoice_date) AS first_day,
                   bool_and(invoice.payment_state IN ('paid', 'in_payment', 'reversed'))
                       AS settled,
                   max(paid.paid_on) AS paid_on, max(paid.settled_on) AS settled_on
              FROM sale_order_line line
              JOIN sale_order_line_invoice_rel link ON link.order_line_id = line.id
              JOIN account_move_line item ON item.id = link.invoice_line_id
              JOIN (%s) invoice ON invoice.id = item.move_id
         LEFT JOIN %s paid ON paid.move_id = invoice.id
          GROUP BY line.order_id
            """,
            self._visible(INVOICE, scope, INVOICES),
            self._settlements(scope, "out"),
        )
        return scope.share("invoiced_order", statement)

    def _invoiced_cases(self, scope, **parts):
        return self._cases_of(
            ORDER,
            scope,
            CONFIRMED,
            since=self._ordered_on(scope),
            joins=SQL(
                "LEFT JOIN %s invoiced ON invoiced.order_id = doc.id",
                self._order_invoices(scope),
            ),
            **parts,
        )

    def _cases_o2c_order_to_invoice(self, scope):
        return self._invoiced_cases(
            scope,
            date=SQL("invoiced.first_day"),
            value=self._days(self._ordered_on(scope), SQL("invoiced.first_day")),
            # All is invoiced without an invoice: there was nothing to ask for
            where=SQL(
                "(invoiced.first_day IS NOT NULL OR doc.invoice_status <> 'invoiced')"
            ),
        )

    def _cases_o2c_order_to_cash(self, scope):
        done = SQL("(doc.invoice_status = 'invoiced' AND invoiced.settled)")
        return self._invoiced_cases(
            scope,
            date=SQL(
                "CASE WHEN %s THEN COALESCE(invoiced.paid_on, invoiced.settled_on) END",
                done,
            ),
            value=self._days(self._ordered_on(scope), SQL("invoiced.paid_on")),
            where=SQL(
                "(invoiced.first_day IS NOT NULL OR doc.invoice_status <> 'invoiced')"
            ),
        )

    # === Invoices === #

    def _cases_o2c_days_to_collect(self, scope):
        return self._payment_days_cases(scope, "out")

    def _cases_o2c_on_time_collection(self, scope):
        return self._payment_on_time_cases(scope, "out")

    def _cases_o2c_overdue(self, scope):
        """Of what customers owe today: what is past its due date, by age."""
        due = SQL("COALESCE(doc.invoice_date_due, doc.invoice_date)")
        late = SQL("(%s - %s)", scope.today, due)
        first, second, third = AGES
        return self._cases_of(
            INVOICE,
            scope,
            OPEN_INVOICES,
            since=due,
            value=SQL(
                "CASE WHEN %s > 0 THEN doc.amount_residual_signed ELSE 0 END", late
            ),
            weight=SQL("doc.amount_residual_signed"),
            amount=SQL("doc.amount_residual_signed"),
            category=SQL(
                "CASE WHEN %(late)s <= 0 THEN %(none)s WHEN %(late)s <= %(first)s THEN %(a)s"
                " WHEN %(late)s <= %(second)s THEN %(b)s"
                " WHEN %(late)s <= %(third)s THEN %(c)s ELSE %(d)s END",
                late=late,
                first=first,
                second=second,
                third=third,
                none=self.env._("Not due"),
                a=self.env._("1 to 30 days late"),
                b=self.env._("31 to 60 days late"),
                c=self.env._("61 to 90 days late"),
                d=self.env._("More than 90 days late"),
            ),
        )

    def _cases_o2c_credit_notes(self, scope):
        return self._cases_of(
            INVOICE,
            scope,
            [
                ("move_type", "in", ("out_invoice", "out_refund")),
                ("state", "=", "posted"),
            ],
            date=SQL("doc.invoice_date"),
            value=SQL(
                "CASE WHEN doc.move_type = 'out_refund' THEN"
                " -doc.amount_untaxed_signed ELSE 0 END"
            ),
            weight=SQL(
                "CASE WHEN doc.move_type = 'out_invoice' THEN"
                " doc.amount_untaxed_signed ELSE 0 END"
            ),
        )

    def _cases_o2c_invoice_reset(self, scope):
        return self._reset_cases(
            INVOICE,
            scope,
            [("move_type", "=", "out_invoice"), ("posted_before", "=", True)],
            (("posted",), ("draft",)),
            date=SQL("doc.date"),
        )

    def _cases_o2c_invoiced(self, scope):
        return self._cases_of(
            INVOICE,
            scope,
            [
                ("move_type", "in", ("out_invoice", "out_refund")),
                ("state", "=", "posted"),
            ],
            date=SQL("doc.invoice_date"),
            value=SQL("doc.amount_untaxed_signed"),
            amount=SQL("doc.amount_untaxed_signed"),
            weight=ONE,
        )
