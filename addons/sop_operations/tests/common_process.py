# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from datetime import date

from odoo import fields
from odoo.fields import Command
from odoo.tests import freeze_time, new_test_user

from odoo.addons.account.tests.common import AccountTestInvoicingCommon

from . import process_sql

VIEWER = "sop_operations.group_sop_operations_viewer"
PLANNER = "sop_operations.group_sop_operations_planner"
TODAY = "2025-06-30 12:00:00"


class ProcessCommon(AccountTestInvoicingCommon):
    """Flows through Odoo's documents on known days; today is 30 June 2025."""

    frozen = True
    #: Modules of plain statements that figures are compared with
    sql = (process_sql,)

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env = cls.env(
            context={
                **cls.env.context,
                "tracking_disable": False,
                "mail_notrack": False,
                "tz": "UTC",
            }
        )
        cls.env.user.group_ids |= cls.env.ref(PLANNER)
        cls.env.user.group_ids |= cls.env.ref("sop_budget.group_sop_budget_manager")
        cls.company = cls.company_data["company"].with_env(cls.env)
        cls.company.resource_calendar_id.tz = "UTC"
        cls.metrics = cls.env["sop.process.metric"]
        # A service: what was received is written by hand, whatever else is installed
        cls.item = cls._create_product(
            name="Item", type="service", lst_price=100, standard_price=100
        )
        cls.item.with_company(cls.company).write(
            {"supplier_taxes_id": [Command.clear()], "taxes_id": [Command.clear()]}
        )
        if cls.frozen:
            cls.startClassPatcher(freeze_time(TODAY))
        # Nothing is tracked of what is made in the same transaction
        cls.env.flush_all()
        cls.env.cr.flush()

    @classmethod
    def make_user(cls, login, *groups):
        return new_test_user(
            cls.env,
            login,
            groups=",".join(groups),
            company_id=cls.company.id,
            company_ids=[Command.set(cls.company.ids)],
        )

    def flush_changes(self):
        """Write what is tracked, as the end of a request does."""
        self.env.flush_all()
        self.cr.flush()

    def set_created(self, record, moment):
        """The database's own clock can't be frozen: it says when records were made."""
        self.env.flush_all()
        self.cr.execute(
            f"UPDATE {record._table} SET create_date = %s WHERE id IN %s",
            (moment, tuple(record.ids)),
        )
        record.invalidate_recordset(["create_date"])

    def on(self, moment):
        return freeze_time(moment)

    # === FIGURES === #

    def get_metric(self, code):
        metric = self.metrics._get_metric(code)
        self.assertTrue(metric, code)
        return metric

    def get_value(self, code, date_from="2025-01-01", date_to="2025-06-30", team=None):
        return self.metrics._get_value(code, date_from, date_to, self.company, team)

    def get_result(self, code, date_from="2025-01-01", date_to="2025-06-30"):
        metric = self.get_metric(code)
        scope = metric._make_scope(date_from, date_to, self.company)
        return metric._measure(scope)

    def get_cases(self, code, states=("counted",), **context):
        found = self.env["sop.process.case"].with_context(
            sop_metric=self.get_metric(code).id,
            sop_date_from="2025-01-01",
            sop_date_to="2025-06-30",
            **context,
        )
        # Cases are read anew, as by another request
        found.invalidate_model()
        return found.search([("state", "in", states)])

    def check(self, code, expected, cases=None):
        """The figure is what was worked out by hand, and its cases add up to it."""
        value = self.get_value(code)
        metric = self.get_metric(code)
        self.check_sql(code)
        if expected is None:
            self.assertIsNone(value, code)
            return
        self.assertIsNotNone(value, code)
        self.assertAlmostEqual(value, expected, 4, code)
        states = ("open", "stuck") if metric.is_snapshot else ("counted",)
        found = self.get_cases(code, states)
        if cases is not None:
            self.assertEqual(len(found), cases, code)
        if metric.measure == "total":
            self.assertAlmostEqual(sum(found.mapped("value_sum")), value, 4, code)
        elif metric.measure == "ratio":
            share = (
                100 * sum(found.mapped("value_sum")) / sum(found.mapped("weight_sum"))
            )
            self.assertAlmostEqual(share, value, 4, code)

    # === PLAIN SQL === #

    def find_sql(self, code):
        """The module of plain statements that has the cases of a metric."""
        return next((module for module in self.sql if code in module.CASES), None)

    def query(self, statement, code, **values):
        module = self.find_sql(code)
        counted = "day BETWEEN %(first)s AND %(last)s"
        if code in getattr(module, "SNAPSHOTS", ()):
            counted = "day IS NULL"
        self.cr.execute(
            statement.format(cases=module.CASES[code], counted=counted),
            {
                "company": self.company.id,
                "today": fields.Date.today(),
                "first": "2025-01-01",
                "last": "2025-06-30",
                **values,
            },
        )
        return self.cr.fetchall()

    def check_sql(self, code):
        """The model says what the plain statement of the metric says."""
        if not self.find_sql(code):
            return None
        result = self.get_result(code)
        metric = self.get_metric(code)
        summary = self.query(process_sql.SUMMARY, code)[0]
        found = result.summary
        self.assert_numbers(
            (found.count, found.numerator, found.denominator, found.mean),
            summary[:4],
            code,
        )
        limit = metric.stuck_days or metric.usual_stuck_days or None
        if metric.measure == "duration":
            quantiles = (found.lowest, found.highest)
            quantiles += (found.median, found.p75, found.p90)
            self.assert_numbers(quantiles, summary[4:], code)
            limit = limit or summary[8]
        waiting = self.query(process_sql.WAITING, code, limit=limit)[0]
        self.assert_numbers(
            (result.open, result.left_out, result.stuck),
            waiting[:3],
            code,
        )
        self.assert_numbers((result.stuck_amount, result.worst_days), waiting[3:], code)
        if not metric.is_snapshot:
            self.check_sql_months(code, metric, result)
        return found.count

    def check_sql_months(self, code, metric, result):
        months = {}
        for month, number, total, weight, mean, median in self.query(
            process_sql.MONTHS, code
        ):
            months[month] = {
                "ratio": weight and 100 * total / weight,
                "total": total,
                "mean": mean,
                "duration": median,
            }[metric.measure]
            self.assertTrue(number)
        self.assertEqual(result.months.keys(), months.keys(), code)
        for month, value in months.items():
            self.assert_numbers((result.months[month],), (value or None,), code)

    def assert_numbers(self, found, expected, words):
        """``None`` and zero differ only where there is no case to tell of."""
        for one, other in zip(found, expected, strict=True):
            self.assertAlmostEqual(float(one or 0), float(other or 0), 4, words)

    def check_figure_sql(self, code, *periods):
        """A figure of the books is what its plain statement says, and there is one."""
        statement = next(
            module.FIGURES[code]
            for module in self.sql
            if code in getattr(module, "FIGURES", ())
        )
        for first, last in periods:
            self.env.invalidate_all()
            values = {"company": self.company.id, "first": first, "last": last}
            self.cr.execute(statement, values)
            expected = self.cr.fetchone()[0]
            self.assertTrue(expected, code)
            value = self.get_value(code, first, last)
            self.assertAlmostEqual(value, float(expected), 4, code)

    def check_family(self, prefix, but=()):
        """Every metric of a family, and none of them without a case unless it is named."""
        codes = [
            code
            for module in self.sql
            for code in module.CASES
            if code.startswith(prefix)
        ]
        self.assertTrue(codes)
        for code in codes:
            with self.subTest(code=code):
                number = self.check_sql(code)
                self.assertEqual(bool(number), code not in but, code)
        return codes

    # === INVOICES AND PAYMENTS === #

    def make_invoice(
        self, day, amount=100.0, kind="in_invoice", *, due=None, post=True, **vals
    ):
        account = "expense" if kind.startswith("in_") else "revenue"
        move = self.env["account.move"].create(
            {
                "move_type": kind,
                "partner_id": self.partner_a.id,
                "company_id": self.company.id,
                "invoice_date": day,
                "date": day,
                "invoice_payment_term_id": False,
                "invoice_date_due": due or day,
                "invoice_line_ids": [
                    Command.create(
                        {
                            "name": "Work",
                            "quantity": 1,
                            "price_unit": amount,
                            "account_id": self.company_data[
                                f"default_account_{account}"
                            ].id,
                            "tax_ids": [Command.clear()],
                        }
                    )
                ],
                **vals,
            }
        )
        self.flush_changes()
        if post:
            move.action_post()
            self.flush_changes()
        return move

    def pay(self, move, day, amount=None):
        wizard = (
            self.env["account.payment.register"]
            .with_context(active_model="account.move", active_ids=move.ids)
            .create(
                {
                    "payment_date": day,
                    **({"amount": amount} if amount is not None else {}),
                }
            )
        )
        wizard.action_create_payments()
        self.flush_changes()

    def refund(self, move, day):
        """A refund of all of it, which Odoo reconciles with it."""
        wizard = (
            self.env["account.move.reversal"]
            .with_context(active_model="account.move", active_ids=move.ids)
            .create({"date": day, "journal_id": move.journal_id.id})
        )
        action = wizard.refund_moves()
        refund = self.env["account.move"].browse(action["res_id"])
        refund.invoice_date = day
        refund.action_post()
        self.flush_changes()
        self.assertEqual(move.payment_state, "reversed")
        return refund

    @staticmethod
    def day(text) -> date:
        return fields.Date.to_date(text)
