# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from unittest.mock import patch

from odoo import fields
from odoo.exceptions import AccessError
from odoo.fields import Command
from odoo.tests import tagged

from .commitment_scenarios import CommitmentScenarios
from .common_commitments import CommitmentCommon


@tagged("post_install", "-at_install")
class TestCommitments(CommitmentScenarios, CommitmentCommon):
    line_model = "purchase.order.line"
    default_account_key = "default_account_expense"

    def make_advance_order(self):
        """1,000 ordered, 300 billed in advance, the advance put on the order."""
        order = self.make_order({})
        advance = self.post_bill(300, "2025-03-10", account=self.expense_3)
        line = self.env["purchase.order.line"].create(
            {
                "order_id": order.id,
                "name": "Advance",
                "is_downpayment": True,
                "product_qty": 0,
                "price_unit": 300,
                "product_uom_id": self.uom_unit.id,
            }
        )
        advance.invoice_line_ids.purchase_line_id = line
        return order

    def test_advance(self):
        """An advance is spent money: the order still costs what it costs, not more."""
        order = self.make_advance_order()
        line, advance = order.order_line.sorted("is_downpayment")
        self.assertOpen(line, 1000)
        self.assertOpen(advance, -300)
        self.assertEqual(advance.sop_account_id, self.expense_3)
        self.assertEqual(advance.sop_date, fields.Date.to_date("2025-04-10"))
        self.assertMatchesOracle(order.order_line)
        billed = advance.invoice_lines.move_id
        line.qty_received = 10
        order.action_create_invoice()
        final = order.invoice_ids - billed
        final.invoice_date = "2025-04-12"
        self.assertOpen(advance, -300, message="a draft deducts nothing")
        self.assertEqual(final.amount_untaxed, 700)
        final.action_post()
        self.assertOpen(line, 0)
        self.assertOpen(advance, 0)

    def test_billed_before_received(self):
        """What was received has no say: services are often billed first."""
        self.item.purchase_method = "receive"
        line = self.make_order({}).order_line
        self.make_bill(line, 4)
        self.assertOpen(line, 600)
        line.qty_received = 2
        self.assertOpen(line, 600)

    def test_returned(self):
        """Goods given back: open again with their credit note, gone with the smaller order."""
        self.item.purchase_method = "receive"
        order = self.make_order({})
        line = order.order_line
        line.qty_received = 10
        order.action_create_invoice()
        order.invoice_ids.invoice_date = "2025-04-12"
        order.invoice_ids.action_post()
        self.assertOpen(line, 0)
        line.qty_received = 7
        self.assertOpen(line, 0)
        order.action_create_invoice()
        credit = order.invoice_ids.filtered(lambda move: move.state == "draft")
        self.assertEqual(credit.move_type, "in_refund")
        credit.invoice_date = "2025-04-14"
        credit.action_post()
        self.assertOpen(line, 300)
        line.product_qty = 7
        self.assertOpen(line, 0)

    def test_bill_matched_later(self):
        """A posted bill that is linked to the order afterwards, and unlinked again."""
        line = self.make_order({}).order_line
        bill = self.post_bill(400, "2025-04-01")
        self.assertOpen(line, 1000)
        bill.invoice_line_ids.purchase_line_id = line
        self.assertOpen(line, 900)
        bill.invoice_line_ids.purchase_line_id = False
        self.assertOpen(line, 1000)

    def test_receipt_counts_as_bill(self):
        line = self.make_order({}).order_line
        self.make_bill(line, 4, move_type="in_receipt")
        self.assertOpen(line, 600)

    def test_to_approve(self):
        self.company.write(
            {"po_double_validation": "two_step", "po_double_validation_amount": 10}
        )
        buyer = self.make_user("sop_buyer", groups="purchase.group_purchase_user")
        order = self.make_order({}, confirm=False)
        order.with_user(buyer).button_confirm()
        self.assertEqual(order.state, "to approve")
        self.assertOpen(order.order_line, 1000, "draft")
        order.button_approve()
        self.assertOpen(order.order_line, 1000)
        order.button_lock()
        self.assertOpen(order.order_line, 1000)

    # === ACCOUNT AND DATE === #

    def test_account(self):
        """The account that the bill gets, wherever Odoo takes it from."""
        category_account = self.company_data["default_account_expense"]
        self.assertNotEqual(self.expense_2, category_account)
        plain = self.make_order({"product_id": self.product_a.id})
        self.assertEqual(
            plain.order_line.sop_account_id, category_account, "of its category"
        )
        own = self.make_order({})
        self.assertEqual(
            own.order_line.sop_account_id, self.expense_2, "of the product"
        )
        for order in plain | own:
            order.order_line.qty_received = 10
            order.action_create_invoice()
            items = order.invoice_ids.invoice_line_ids
            self.assertEqual(items.account_id, order.order_line.sop_account_id)
        # Changed afterwards
        self.item.with_company(
            self.company
        ).property_account_expense_id = self.expense_3
        self.assertEqual(own.order_line.sop_account_id, self.expense_3)
        self.product_a.categ_id.with_company(
            self.company
        ).property_account_expense_categ_id = self.expense
        self.assertEqual(plain.order_line.sop_account_id, self.expense)
        plain.order_line.product_id = self.item
        self.assertEqual(plain.order_line.sop_account_id, self.expense_3)

    def test_account_of_what_is_billed(self):
        """A changed setting is for the bills to come, not for those that are there."""
        billed = self.make_order({}).order_line
        self.make_bill(billed, 10)
        part = self.make_order({}).order_line
        self.make_bill(part, 4)
        draft = self.make_order({"price": 0.0}, confirm=False).order_line
        lines = billed | part | draft
        self.assertEqual(lines.sop_account_id, self.expense_2)
        self.item.with_company(
            self.company
        ).property_account_expense_id = self.expense_3
        self.assertEqual(billed.sop_account_id, self.expense_2)
        self.assertEqual((part | draft).sop_account_id, self.expense_3)

    def test_account_of_company_or_journal(self):
        product = self._create_product(
            name="Nowhere", property_account_expense_id=False
        )
        product.categ_id = False
        self.company.expense_account_id = self.expense_3
        line = self.make_order({"product_id": product.id}).order_line
        self.assertEqual(line.sop_account_id, self.expense_3)
        self.company.expense_account_id = False
        self.assertEqual(
            line.sop_account_id,
            self.company_data["default_journal_purchase"].default_account_id,
        )

    def test_account_of_fiscal_position(self):
        position = self.env["account.fiscal.position"].create(
            {
                "name": "Abroad",
                "company_id": self.company.id,
                "account_ids": [
                    Command.create(
                        {
                            "account_src_id": self.expense_2.id,
                            "account_dest_id": self.expense_3.id,
                        }
                    )
                ],
            }
        )
        order = self.make_order({})
        self.assertEqual(order.order_line.sop_account_id, self.expense_2)
        order.fiscal_position_id = position
        self.assertEqual(order.order_line.sop_account_id, self.expense_3)
        position.account_ids.account_dest_id = self.expense
        self.assertEqual(order.order_line.sop_account_id, self.expense)
        mapping = position.account_ids.copy_data()[0]
        position.account_ids.unlink()
        self.assertEqual(order.order_line.sop_account_id, self.expense_2)
        position.account_ids = [Command.create(mapping)]
        self.assertEqual(order.order_line.sop_account_id, self.expense)
        # The order has none, the bill takes the partner's
        self.partner.with_company(self.company).property_account_position_id = position
        order = self.make_order({}, fiscal_position_id=False)
        self.assertEqual(order.order_line.sop_account_id, self.expense)

    def test_account_of_stock_valuation(self):
        """Goods valued as they arrive are billed to the stock account (stock valuation add-on)."""
        template = type(self.item.product_tmpl_id)
        stock = self.expense_3

        def accounts(product_template, fiscal_pos=None):
            return {"expense": self.expense_2, "stock_valuation": stock}

        with (
            patch.object(template, "get_product_accounts", accounts),
            patch.object(template, "is_storable", True, create=True),
            patch.object(template, "valuation", "real_time", create=True),
        ):
            line = self.make_order({}).order_line
            self.assertEqual(line.sop_account_id, stock)
        with (
            patch.object(template, "get_product_accounts", accounts),
            patch.object(template, "is_storable", True, create=True),
            patch.object(template, "valuation", "periodic", create=True),
        ):
            line = self.make_order({}).order_line
            self.assertEqual(line.sop_account_id, self.expense_2)

    def test_date(self):
        """The day in the company's time zone: late on 31 March in London is April in Hanoi."""
        line = self.make_order({"date_planned": "2025-03-31 23:30:00"}).order_line
        self.assertEqual(line.sop_date, fields.Date.to_date("2025-03-31"))
        self.company.partner_id.tz = "Asia/Ho_Chi_Minh"
        self.assertEqual(line.sop_date, fields.Date.to_date("2025-04-01"))
        line.date_planned = "2025-05-02 09:00:00"
        self.assertEqual(line.sop_date, fields.Date.to_date("2025-05-02"))

    # === RELEASE === #

    def test_release_is_told(self):
        """Whoever gives up or takes back the rest of an order is named in its chatter."""
        order = self.make_order({}, {"price": 50.0})
        self.make_bill(order.order_line[0], 4)
        self.assertEqual(order.sop_open_amount, 1100)
        self.assertTrue(order.sop_has_open)
        self.assertFalse(order.sop_has_released)
        buyer = self.make_user("sop_buyer", groups="purchase.group_purchase_user")
        order.with_user(buyer).action_sop_release_rest()
        self.assertEqual(order.sop_open_amount, 0)
        self.assertFalse(order.sop_has_open)
        self.assertTrue(order.sop_has_released)
        message = order.message_ids[0]
        self.assertEqual(message.author_id, buyer.partner_id)
        self.assertIn("1,100.00", message.body)
        self.assertIn("2 lines", message.body)
        order.with_user(buyer).action_sop_undo_release()
        self.assertEqual(order.sop_open_amount, 1100)
        self.assertIn("Release undone", order.message_ids[0].body)
        count = len(order.message_ids)
        order.order_line[0].sop_released = False
        self.assertEqual(len(order.message_ids), count, "nothing changed, nothing told")
        order.order_line[0].sop_released = True
        self.assertIn(
            "600.00", order.message_ids[0].body, "by whatever way it was written"
        )

    def test_release_needs_write_access(self):
        order = self.make_order({})
        with self.assertRefused(AccessError, "access"):
            order.with_user(self.outsider).action_sop_release_rest()
        self.assertFalse(order.copy().order_line.sop_released)

    def test_only_open_lines_are_indexed(self):
        self.env.cr.execute(
            "SELECT indexdef FROM pg_indexes WHERE indexname = 'purchase_order_line_sop_open_idx'"
        )
        self.assertIn("WHERE", self.env.cr.fetchone()[0])

    def test_commitment_models(self):
        names = self.env["sop.budget"]._get_commitment_models()
        self.assertIn("purchase.order.line", names)
        for name in names:
            self.assertIn(self.env[name]._sop_balance_sign, (1, -1))
