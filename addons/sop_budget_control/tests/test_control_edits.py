# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from datetime import date

from odoo.exceptions import UserError
from odoo.fields import Command
from odoo.tests import tagged

from .common_control import ControlCase


@tagged("post_install", "-at_install")
class TestControlEdits(ControlCase):
    """Ways to spend more without confirming or posting: edits, RPC, credit notes, deletion."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.buyer = cls.make_user("sop_buyer", "purchase.group_purchase_user")

    def flags(self, document):
        return self.env["sop.control.flag"].search(
            [("res_model", "=", document._name), ("res_id", "=", document.id)]
        )

    def to(self, category, percent=100):
        return {str(category.analytic_account_id.id): percent}

    def product_line(self, bill):
        return bill.invoice_line_ids[0]

    def credit(self, bill, amount=None):
        """A posted credit note of a bill."""
        refund = bill._reverse_moves(
            [{"date": date(2025, 4, 21), "invoice_date": date(2025, 4, 21)}]
        )
        if amount is not None:
            refund.invoice_line_ids.price_unit = amount
        refund.action_post()
        return refund

    # === POSTED BILLS === #

    def test_posted_bill_moves_to_another_category(self):
        policy = self.set_policy(event="bill")
        bill = self.spend(self.first, 1000)
        line = self.product_line(bill)
        moves = (
            {"analytic_distribution": self.to(self.second)},
            {
                "analytic_distribution": {
                    **self.to(self.first, 30),
                    **self.to(self.second, 70),
                }
            },
        )
        for vals in moves:
            with self.subTest(vals=vals), self.assertRefused(UserError, "P2 Category"):
                line.write(vals)
            with self.subTest(vals=vals), self.assertRefused(UserError, "P2 Category"):
                bill.with_context(skip_readonly_check=True).write(
                    {"invoice_line_ids": [Command.update(line.id, vals)]}
                )
        # What fits passes, and so does what only gives back
        line.analytic_distribution = {
            **self.to(self.first, 40),
            **self.to(self.second, 60),
        }
        self.assertEqual(self.available(self.second), 0)
        line.analytic_distribution = False
        self.assertEqual(self.available(self.first), 1200)
        self.assertFalse(self.flags(bill))
        policy.action = "warn"
        line.analytic_distribution = self.to(self.second)
        flag = self.flags(bill)
        self.assertEqual(
            (flag.category_id, flag.event, flag.shortfall), (self.second, "bill", 400)
        )
        self.assertIn("Passed beyond the budget", bill.message_ids[0].body)

    def test_posted_bill_with_an_override(self):
        self.set_policy(event="bill", action="override")
        bill = self.spend(self.first, 1000)
        line = self.product_line(bill)
        with self.assertRefused(UserError, "ask for an override"):
            line.analytic_distribution = self.to(self.second)
        override = self.env["sop.budget.override"]._ask(
            bill, self.budget, [(self.second, 400)], "Booked on the wrong one"
        )
        override.with_user(self.owner).action_approve()
        line.analytic_distribution = self.to(self.second)
        self.assertEqual(override.state, "used")

    def test_posted_bill_changes_its_account(self):
        self.budget.action_draft()
        other = self.make_category(
            "P6", self.top, 10.0, account_ids=[Command.link(self.expense_3.id)]
        )
        self.budget.action_submit()
        self.budget.action_approve()
        self.set_policy(event="bill")
        bill = self.post_bill(500, "2025-04-20")
        line = self.product_line(bill)
        with self.assertRefused(UserError, "P6 .*available .*120.00, requested .*500"):
            line.account_id = self.expense_3
        self.product_line(self.post_bill(120, "2025-04-20")).account_id = self.expense_3
        self.assertEqual(self.available(other), 0)

    def test_posted_bill_leaves_its_order(self):
        """The order is open again, while the bill still counts."""
        self.set_policy(event="bill")
        self.set_policy()
        order = self.draft(self.line(self.first, 100, 10))
        order.button_confirm()
        bill = self.make_bill(order.order_line, 10)
        line = bill.invoice_line_ids.filtered("purchase_line_id")
        with self.assertRefused(UserError, "requested .*1,000.00, short by .*800.00"):
            line.purchase_line_id = False
        with self.assertRefused(UserError, "short by .*800.00"):
            order.order_line.write({"invoice_lines": [Command.unlink(line.id)]})
        # And finds another one
        other = self.draft(self.line(self.first, 20, 10))
        other.button_confirm()
        self.assertEqual(self.available(self.first), 0)
        with self.assertRefused(UserError, "requested .*800.00"):
            line.purchase_line_id = other.order_line

    def test_credit_note_is_linked_to_an_order(self):
        self.set_policy(event="bill")
        order = self.draft(self.line(self.first, 100, 10))
        order.button_confirm()
        self.make_bill(order.order_line, 4)
        refund = self.credit(self.spend(self.first, 200), 150)
        line = self.product_line(refund)
        self.assertEqual(self.available(self.first), 150)
        # One piece is open again: 100
        line.purchase_line_id = order.order_line
        self.assertEqual(self.available(self.first), 50)
        line.purchase_line_id = False
        self.spend(self.first, 51)
        with self.assertRefused(UserError, "requested .*100.00, short by .*1.00"):
            line.purchase_line_id = order.order_line

    # === PAST THE BUTTONS === #

    def test_state_of_a_bill_written(self):
        self.set_policy(event="bill")
        bill = self.spend(self.first, 1300, post=False)
        with self.assertRefused(UserError, "P1 Category"):
            bill.write({"state": "posted"})
        self.product_line(bill).price_unit = 1200
        bill.write({"state": "posted"})
        self.assertEqual(self.available(self.first), 0)

    def test_what_lines_say_of_their_document(self):
        """Copies of the document's own fields can't be written to its lines."""
        self.set_policy(event="bill")
        bill = self.spend(self.first, 1300, post=False)
        other = self.env["res.company"].create({"name": "Other"})
        bill.line_ids.write({"parent_state": "posted", "company_id": other.id})
        self.env.flush_all()
        self.assertEqual(self.available(self.first), 1200)
        self.env.invalidate_all()
        self.assertEqual(set(bill.line_ids.mapped("parent_state")), {"draft"})
        self.assertEqual(bill.line_ids.company_id, self.company)
        order = self.draft((self.first, 1000))
        order.button_confirm()
        order.order_line.write({"company_id": other.id})
        self.env.flush_all()
        self.assertEqual(self.available(self.first), 200)

    def test_orders_made_confirmed(self):
        self.set_policy()
        vals = self._get_order_vals(
            {
                "state": "purchase",
                "order_line": [
                    Command.create(self._get_line_vals(**self.line(self.first, 1300)))
                ],
            }
        )
        with self.assertRefused(UserError, "P1 Category"):
            self.env["purchase.order"].create(vals)

    # === GIVING BACK, TAKEN BACK === #

    def test_credit_note_taken_back(self):
        self.set_policy(event="bill")
        bill = self.spend(self.first, 1200)
        refund = self.credit(bill, 500)
        self.spend(self.first, 400)
        self.assertEqual(self.available(self.first), 100)
        acts = (
            refund.button_draft,
            lambda: refund.write({"state": "draft"}),
            lambda: refund.write({"state": "cancel"}),
            refund.with_context(force_delete=True).unlink,
            refund.line_ids.with_context(force_delete=True, dynamic_unlink=True).unlink,
        )
        for act in acts:
            with self.assertRefused(UserError, "requested .*500.00, short by .*400.00"):
                act()
        with self.assertRefused(UserError, refund.name):
            refund.with_context(force_delete=True).unlink()

    def test_credit_note_taken_back_is_flagged(self):
        self.set_policy(event="bill", action="warn")
        refund = self.credit(self.spend(self.first, 1200), 500)
        self.spend(self.first, 500)
        name, record_id = refund.display_name, refund.id
        refund.button_draft()
        flag = self.flags(refund)
        self.assertEqual((flag.name, flag.shortfall), (refund.display_name, 500))
        refund.action_post()
        refund.with_context(force_delete=True).unlink()
        found = flag.search([("res_id", "=", record_id), ("id", "!=", flag.id)])
        self.assertEqual(found.mapped("name"), [name])

    def test_cheaper_bill_taken_back(self):
        """The order asks for its full price again."""
        self.set_policy(event="bill")
        order = self.draft(self.line(self.first, 120, 10))
        order.button_confirm()
        bill = self.make_bill(order.order_line, 10, price=100)
        self.spend(self.first, 200)
        with self.assertRefused(UserError, "requested .*200.00"):
            bill.button_draft()

    def test_discount_of_an_order_goes(self):
        self.set_policy()
        order = self.draft((self.first, 1300), (self.first, -100))
        order.button_confirm()
        with self.assertRefused(UserError, "short by .*100.00"):
            order.order_line[1].product_qty = 0
        with self.assertRefused(UserError, ""):
            order.order_line[1].unlink()

    # === OVERRIDES OF DOCUMENTS THAT GO TOGETHER === #

    def granted(self, order, amount):
        override = self.env["sop.budget.override"]._ask(
            order, self.budget, [(self.first, amount)], "The roof leaks"
        )
        override.with_user(self.owner).action_approve()
        self.assertEqual(override.state, "granted")
        return override

    def test_override_covers_its_own_document_only(self):
        self.set_policy(action="override")
        mine, other = self.draft((self.first, 100)), self.draft((self.first, 1900))
        override = self.granted(mine, 800)
        with self.assertRefused(UserError, f"{other.name} would take"):
            (mine | other).button_confirm()
        self.assertEqual(override.state, "granted")
        # 1,200 for the other one, and what goes beyond is its own
        other.order_line.price_unit = 1200
        (mine | other).button_confirm()
        self.assertEqual(override.state, "used")
        self.assertEqual(self.flags(mine).override_id, override)
        self.assertFalse(self.flags(other))

    def test_overrides_are_not_added_up(self):
        self.set_policy(action="override")
        first, second = (self.draft((self.first, 700)) for _turn in range(2))
        self.granted(first, 100)
        override = self.granted(second, 100)
        with self.assertRefused(UserError, f"{second.name} would take"):
            (first | second).button_confirm()
        more = self.granted(second, 100)
        (first | second).button_confirm()
        self.assertEqual((override | more).mapped("state"), ["used"] * 2)

    # === BUDGETS AND WORDS === #

    def test_archived_budget_keeps_control(self):
        self.set_policy()
        self.budget.with_user(self.owner).action_archive()
        with self.assertRefused(UserError, "P1 Category"):
            self.draft((self.first, 1300)).button_confirm()
        order = self.draft((self.first, 1300))
        self.assertEqual(order.sop_control_state, "stop")
        self.budget.action_cancel()
        order.button_confirm()

    def refusal(self, order):
        with self.assertRaises(UserError) as caught, self.env.cr.savepoint():
            order.with_user(self.buyer).button_confirm()
        return str(caught.exception)

    def test_hidden_categories_are_counted(self):
        self.set_policy()
        order = self.draft((self.first, 1300), (self.second, 700), (self.third, 5000))
        self.first.visibility = self.second.visibility = "manager"
        message = self.refusal(order)
        self.assertIn("2 categories that you may not see of “Budget 2025”", message)
        self.assertIn("P3 Category P3", message)
        self.assertNotIn("P1", message)

    def test_totals_do_not_tell_what_is_hidden(self):
        policy = self.set_policy(reach="total")
        self.set_policy(self.top, reach="total")
        self.second.visibility = "manager"
        order = self.draft((self.first, 2900))
        message = self.refusal(order)
        self.assertIn("“Budget 2025” has not enough left", message)
        self.assertIn("P Category P of “Budget 2025” has not enough left", message)
        self.assertNotIn("2,800", message)
        policy.unlink()
        order.invalidate_recordset()
        self.assertNotIn("2,800", order.with_user(self.buyer).sop_control_html)

    def test_figures_of_a_budget_that_hides_them(self):
        self.set_policy()
        self.budget.proposer_sees_figures = False
        order = self.draft((self.first, 1300))
        self.users["proposer"].group_ids |= self.env.ref("purchase.group_purchase_user")
        with self.assertRaises(UserError) as caught, self.env.cr.savepoint():
            order.with_user(self.users["proposer"]).button_confirm()
        self.assertIn("P1 Category P1", str(caught.exception))
        self.assertNotIn("1,200", str(caught.exception))

    # === WHAT HELPS === #

    def test_help_before_and_while_approval_is_asked(self):
        self.set_policy()
        self.company.po_double_validation = "two_step"
        self.company.po_double_validation_amount = 100
        order = self.draft((self.first, 1300))
        order.write({"state": "sent"})
        other = self.draft((self.first, 1300))
        other.with_user(self.buyer).button_confirm()
        for each, state in ((order, "sent"), (other, "to approve")):
            self.assertEqual((each.state, each.sop_control_state), (state, "stop"))
            wizard = self.env["sop.control.help"].browse(
                each.action_sop_control_help()["res_id"]
            )
            option = wizard.option_ids.filtered(lambda o: o.kind == "sibling")[:1]
            action = option.action_do()
            self.assertEqual(action["res_model"], "sop.budget.transfer")

    # === VENDORS OF PRODUCTS === #

    def test_new_vendors_are_those_of_odoo(self):
        self.item.seller_ids.unlink()
        second = self._create_product(name="Second", standard_price=100)
        second.seller_ids.unlink()
        contact = self.env["res.partner"].create(
            {"name": "Contact", "parent_id": self.partner.id}
        )
        lines = [self.line(self.first, price) for price in (10, 20)]
        lines.append(self.line(self.first, 30, product_id=second.id))
        order = self.draft(*lines, partner_id=contact.id)
        order.button_confirm()
        sellers = (self.item | second).seller_ids
        self.assertEqual(
            [(s.product_tmpl_id, s.partner_id, s.price) for s in sellers],
            [
                (self.item.product_tmpl_id, self.partner, 10),
                (second.product_tmpl_id, self.partner, 30),
            ],
        )
        again = self.draft(*lines, partner_id=contact.id)
        again.button_confirm()
        self.assertEqual((self.item | second).seller_ids, sellers)
