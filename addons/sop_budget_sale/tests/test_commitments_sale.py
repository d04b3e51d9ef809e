# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from odoo import fields
from odoo.fields import Command
from odoo.tests import Form, TransactionCase, freeze_time, tagged
from odoo.tools import SQL, convert_file

from odoo.addons.sop_budget.tests.commitment_scenarios import CommitmentScenarios
from odoo.addons.sop_budget.tests.common_commitments import CommitmentCommon


class SaleDocuments(CommitmentCommon):
    """The same documents on the other side: sales orders and customer invoices."""

    order_model = "sale.order"
    line_model = "sale.order.line"
    quantity_field = "product_uom_qty"
    bill_type = "out_invoice"
    credit_type = "out_refund"
    tax_use = "sale"
    default_account_key = "default_account_revenue"

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env.user.group_ids |= cls.env.ref("sales_team.group_sale_manager")

    @classmethod
    def _get_order_vals(cls, vals):
        vals = dict(super()._get_order_vals(vals))
        currency = cls.env["res.currency"].browse(vals.pop("currency_id"))
        company = cls.env["res.company"].browse(vals["company_id"])
        pricelist = cls.env["product.pricelist"].create(
            {
                "name": currency.name,
                "currency_id": currency.id,
                "company_id": company.id,
            }
        )
        moment = next(
            (
                line.pop("commitment_date")
                for command in vals["order_line"]
                if "commitment_date" in (line := command[2])
            ),
            False,
        )
        for command in vals["order_line"]:
            command[2].pop("commitment_date", None)
        return {"pricelist_id": pricelist.id, "commitment_date": moment, **vals}

    @classmethod
    def _get_expected_vals(cls, moment="2025-04-10 12:00:00"):
        return {"commitment_date": moment}

    @classmethod
    def confirm(cls, order):
        if order.state != "sale":
            date = order.date_order
            order.action_confirm()
            order.date_order = date

    @classmethod
    def cancel(cls, order):
        order._action_cancel()

    @classmethod
    def redraft(cls, order):
        order.action_draft()

    @classmethod
    def _get_bill_link(cls, line):
        return {"sale_line_ids": [Command.set(line.ids)]}

    @classmethod
    def _get_oracle_bills(cls):
        return SQL(
            """
            SELECT link.order_line_id, move.move_type, item.quantity::text, unit.factor::text
              FROM sale_order_line_invoice_rel link
              JOIN account_move_line item ON item.id = link.invoice_line_id
              JOIN account_move move ON move.id = item.move_id
         LEFT JOIN uom_uom unit ON unit.id = item.product_uom_id
             WHERE move.state = 'posted'
            """
        )

    def make_down_payment(self, order, amount, post=True):
        wizard = (
            self.env["sale.advance.payment.inv"]
            .with_context(active_model="sale.order", active_ids=order.ids)
            .create({"advance_payment_method": "fixed", "fixed_amount": amount})
        )
        wizard.create_invoices()
        invoice = order.invoice_ids.sorted("id")[-1]
        if post:
            invoice.invoice_date = invoice.date = "2025-03-20"
            invoice.action_post()
        return invoice

    @staticmethod
    def get_advance(order):
        return order.order_line.filtered(
            lambda line: line.is_downpayment and not line.display_type
        )

    def make_advance_order(self):
        order = self.make_order({"taxes": self.make_tax(20)})
        self.make_down_payment(order, 360)
        return order


@tagged("post_install", "-at_install")
class TestCommitmentsSale(CommitmentScenarios, SaleDocuments):
    def test_down_payment(self):
        """Expected and actual income together are what was sold, at every step."""
        self.item.invoice_policy = "order"
        order = self.make_order({"taxes": self.make_tax(20)})
        line = order.order_line
        self.assertOpen(line, 1000)
        invoice = self.make_down_payment(order, 360, post=False)
        advance = self.get_advance(order)
        self.assertOpen(advance, 0, message="a draft is not income yet")
        invoice.invoice_date = "2025-03-20"
        invoice.action_post()
        self.assertOpen(advance, -300)
        self.assertOpen(line, 1000)
        self.assertEqual(advance.sop_account_id, self.revenue)
        self.assertMatchesOracle(order.order_line)
        invoice.button_draft()
        self.assertOpen(advance, 0)
        invoice.action_post()
        self.assertOpen(advance, -300)

        final = order._create_invoices(final=True)
        final.invoice_date = "2025-04-20"
        self.assertOpen(advance, -300, message="a draft deducts nothing")
        self.assertEqual(final.amount_untaxed, 700)
        final.action_post()
        self.assertOpen(line, 0)
        self.assertOpen(advance, 0)

    def test_down_payment_credited(self):
        order = self.make_order({})
        invoice = self.make_down_payment(order, 300)
        advance = self.get_advance(order)
        self.assertOpen(advance, -300)
        wizard = (
            self.env["account.move.reversal"]
            .with_context(active_model="account.move", active_ids=invoice.ids)
            .create({"journal_id": invoice.journal_id.id, "date": invoice.date})
        )
        wizard.reverse_moves()
        invoice.reversal_move_ids.filtered(lambda m: m.state == "draft").action_post()
        self.assertOpen(advance, 0)

    def test_down_payment_on_a_liability(self):
        """Booked as a debt it is no income, so its deduction is none either."""
        debt = self.copy_account(self.payable, {"account_type": "liability_current"})
        self.company.downpayment_account_id = debt
        order = self.make_order({})
        self.make_down_payment(order, 300)
        advance = self.get_advance(order)
        self.assertOpen(advance, -300)
        self.assertEqual(advance.sop_account_id, debt)
        self.assertEqual((order.order_line - advance)[0].sop_account_id, self.revenue)

    def test_account(self):
        plain = self.make_order({"product_id": self.product_a.id})
        self.assertEqual(plain.order_line.sop_account_id, self.revenue)
        own = self.copy_account(self.revenue)
        self.item.with_company(self.company).property_account_income_id = own
        order = self.make_order({})
        self.assertEqual(order.order_line.sop_account_id, own)
        self.item.invoice_policy = "order"
        invoice = order._create_invoices()
        self.assertEqual(invoice.invoice_line_ids.account_id, own)

    def test_date(self):
        """The promised day, else the day of the order plus the lead time, in company time."""
        self.company.partner_id.tz = "Asia/Ho_Chi_Minh"
        line = self.make_order({}, date_order="2025-03-30 20:00:00").order_line
        self.assertEqual(line.sop_date, fields.Date.to_date("2025-04-10"))
        line.order_id.commitment_date = False
        self.assertEqual(line.sop_date, fields.Date.to_date("2025-03-31"))
        line.customer_lead = 5
        self.assertEqual(line.sop_date, fields.Date.to_date("2025-04-05"))

    def test_locked_and_sent(self):
        order = self.make_order({}, confirm=False)
        order.action_quotation_sent()
        self.assertEqual(order.state, "sent")
        self.assertOpen(order.order_line, 1000, "draft")
        self.confirm(order)
        order.action_lock()
        self.assertOpen(order.order_line, 1000)

    def test_commitment_models(self):
        self.assertIn(
            "sale.order.line", self.env["sop.budget"]._get_commitment_models()
        )
        self.assertEqual(self.env["sale.order.line"]._sop_balance_sign, -1)

    def test_release_is_told(self):
        order = self.make_order({})
        order.action_sop_release_rest()
        self.assertEqual(order.sop_open_amount, 0)
        self.assertIn("1,000.00", order.message_ids[0].body)
        order.action_sop_undo_release()
        self.assertEqual(order.sop_open_amount, 1000)


@tagged("post_install", "-at_install")
class TestIncomeInMatrix(SaleDocuments):
    """Expected and actual income of an order together are what was sold."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.item.invoice_policy = "order"
        cls.category = cls.make_category(
            "R", kind="income", analytic=True, amounts={"2025-04": 2000.0}
        )

    def get_figures(self):
        """Planned, preparing, committed, actual and available of the category."""
        matrix = self.budget._get_matrix(draft=True)
        row = matrix.row(self.category.id)
        arrays = (matrix.planned, matrix.preparing, matrix.committed, matrix.actual)
        return tuple(
            int(array[row].sum()) / 100 for array in (*arrays, matrix.available)
        )

    def test_order_with_down_payment(self):
        order = self.make_order(
            {
                "analytic_distribution": {
                    str(self.category.analytic_account_id.id): 100
                },
                "taxes": self.make_tax(20),
            },
            confirm=False,
        )
        self.assertEqual(self.get_figures(), (2000, 1000, 0, 0, 2000))
        self.confirm(order)
        self.assertEqual(self.get_figures(), (2000, 0, 1000, 0, 1000))
        self.make_down_payment(order, 360)
        self.assertEqual(self.get_figures(), (2000, 0, 700, 300, 1000))
        final = order._create_invoices(final=True)
        final.invoice_date = "2025-04-20"
        self.assertEqual(self.get_figures(), (2000, 0, 700, 300, 1000))
        final.action_post()
        self.assertEqual(self.get_figures(), (2000, 0, 0, 1000, 1000))

    def test_smart_button(self):
        order = self.make_order(
            {"analytic_distribution": {str(self.category.analytic_account_id.id): 100}}
        )
        self.assertEqual(order.action_sop_open_touched()["res_id"], self.category.id)
        with Form(order) as form:
            self.assertEqual((form.sop_budget_count, form.sop_category_count), (1, 1))

    def test_credited_and_released(self):
        order = self.make_order(
            {"analytic_distribution": {str(self.category.analytic_account_id.id): 100}}
        )
        self.make_bill(order.order_line, 4)
        self.assertEqual(self.get_figures(), (2000, 0, 600, 400, 1000))
        self.make_bill(order.order_line, 1, credit=True)
        self.assertEqual(self.get_figures(), (2000, 0, 700, 300, 1000))
        order.action_sop_release_rest()
        self.assertEqual(self.get_figures(), (2000, 0, 0, 300, 1700))


@tagged("post_install", "-at_install")
class TestSaleDemo(TransactionCase):
    @freeze_time("2026-03-01 08:00:00")
    def test_sponsors(self):
        if self.env.ref("sop_budget.sop_budget_demo", raise_if_not_found=False):
            self.skipTest("The database has the demo data of another day")
        for module, name in (
            ("sop_budget", "demo/sop_budget_demo.xml"),
            ("sop_budget", "demo/sop_budget_demo_documents.xml"),
            ("sop_budget_sale", "demo/sop_budget_sale_demo.xml"),
        ):
            convert_file(self.env, module, name, {}, mode="init", noupdate=True)
        budget = self.env.ref("sop_budget.sop_budget_demo")
        matrix = budget._get_matrix(draft=True)
        row = matrix.row(self.env.ref("sop_budget.sop_budget_category_demo_r2").id)
        self.assertEqual(int(matrix.committed[row].sum()), 600_000)
        self.assertEqual(int(matrix.preparing[row].sum()), 450_000)
        self.assertEqual(int(matrix.actual[row].sum()), 900_000)
