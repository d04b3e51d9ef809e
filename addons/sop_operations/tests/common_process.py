# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from datetime import date

from odoo import fields
from odoo.fields import Command
from odoo.tests import freeze_time, new_test_user

from odoo.addons.account.tests.common import AccountTestInvoicingCommon

VIEWER = "sop_operations.group_sop_operations_viewer"
PLANNER = "sop_operations.group_sop_operations_planner"
TODAY = "2025-06-30 12:00:00"


class ProcessCommon(AccountTestInvoicingCommon):
    """Flows through Odoo's documents on known days; today is 30 June 2025."""

    frozen = True

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
        return found.search([("state", "in", states)])

    def check(self, code, expected, cases=None):
        """The figure is what was worked out by hand, and its cases add up to it."""
        value = self.get_value(code)
        metric = self.get_metric(code)
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
