# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
import random
from datetime import date
from unittest.mock import patch

import psycopg2

from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.fields import Command
from odoo.tests import tagged
from odoo.tools import mute_logger

from ..models import control_reader
from ..models.control_reader import ControlReader
from .common_control import ControlCase


@tagged("post_install", "-at_install")
class TestControl(ControlCase):
    # === WORKED CASES === #

    def test_twenty_million(self):
        self.budget.action_draft()
        self.first.amount_ids.unlink()
        self.set_amounts(self.first, {"2025-04": 20e6})
        self.budget.action_submit()
        self.budget.action_approve()
        self.set_policy()
        self.spend(self.first, 11e6)
        order = self.draft((self.first, 5e6))
        order.button_confirm()
        self.assertEqual(order.state, "purchase")
        self.assertEqual(self.available(self.first), 4e6)
        with self.assertRefused(UserError, "available .*4,000,000.00, requested"):
            self.draft((self.first, 4e6 + 0.01)).button_confirm()
        self.draft((self.first, 4e6)).button_confirm()
        self.assertEqual(self.available(self.first), 0)

    def test_three_lines_that_fit_one_by_one(self):
        self.set_policy()
        for _line in range(3):
            order = self.draft((self.first, 500))
            with self.assertRefused(ZeroDivisionError, ""):
                order.button_confirm()
                raise ZeroDivisionError
        order = self.draft(*[(self.first, 500)] * 3)
        with self.assertRefused(UserError, "requested .*1,500.00, short by .*300.00"):
            order.button_confirm()
        self.assertEqual(order.state, "draft")
        order.order_line[0].price_unit = 200
        order.button_confirm()
        self.assertEqual(self.available(self.first), 0)

    def test_message_names_everything(self):
        self.set_policy(basis="to_date")
        order = self.draft((self.first, 450))
        with self.assertRaises(UserError) as caught, self.env.cr.savepoint():
            order.button_confirm()
        message = str(caught.exception)
        for part in (
            order.name,
            "P1 Category P1",
            "Budget 2025",
            "up to April 2025",
            "400.00",
            "450.00",
            "50.00",
            "later month",
            self.owner.name,
        ):
            self.assertIn(part, message)

    # === BASIS, TOLERANCE, PLACE === #

    def test_basis(self):
        policy = self.set_policy(basis="to_date")
        with self.assertRefused(UserError, "up to April 2025"):
            self.draft((self.first, 401)).button_confirm()
        policy.basis = "year"
        with self.assertRefused(UserError, "January 2025 to December 2025"):
            self.draft((self.first, 1201)).button_confirm()
        self.draft((self.first, 401)).button_confirm()
        policy.basis = "budget"
        with self.assertRefused(UserError, "whole budget"):
            self.draft((self.first, 800)).button_confirm()

    def test_tolerance(self):
        self.set_policy(tolerance_percent=10, tolerance_amount=30)
        with self.assertRefused(UserError, "short by .*1.00"):
            self.draft((self.first, 1351)).button_confirm()
        self.draft((self.first, 1350)).button_confirm()

    def test_nearest_policy_wins(self):
        self.set_policy()
        self.set_policy(self.second, action="ignore")
        self.draft((self.second, 1000)).button_confirm()
        with self.assertRefused(UserError, "P1"):
            self.draft((self.first, 1201)).button_confirm()

    def test_parents_are_checked(self):
        self.set_policy(self.top, reach="total")
        # Too much for the second alone, not for both
        self.draft((self.second, 2700)).button_confirm()
        with self.assertRefused(UserError, "P Category P .*available .*100.00"):
            self.draft((self.first, 101)).button_confirm()
        self.draft((self.first, 100)).button_confirm()

    def test_parent_and_leaf(self):
        self.set_policy(self.top)
        with self.assertRefused(UserError, "P2 Category P2"):
            self.draft((self.second, 601)).button_confirm()

    def test_total_of_the_budget(self):
        self.set_policy(reach="total")
        self.draft((self.second, 2800)).button_confirm()
        with self.assertRefused(UserError, "all categories of “Budget 2025”"):
            self.draft((self.first, 1)).button_confirm()

    def test_what_is_in_no_category_passes(self):
        self.set_policy()
        order = self.draft({"price": 1e6})
        order.button_confirm()
        self.assertEqual(order.state, "purchase")

    def test_other_budgets_and_events(self):
        self.set_policy(event="bill")
        self.draft((self.first, 5000)).button_confirm()
        self.budget.action_cancel()
        self.budget.action_draft()
        self.set_policy()
        # Nothing is held against a plan that is still being made
        self.draft((self.first, 5000)).button_confirm()

    def test_other_dates_pass(self):
        self.set_policy()
        self.draft(
            self.line(self.first, 5000, date_planned="2026-02-01 12:00:00")
        ).button_confirm()

    # === ORDERS === #

    def test_orders_confirmed_together(self):
        self.set_policy()
        orders = self.draft((self.first, 700)) | self.draft((self.first, 700))
        with self.assertRefused(UserError, orders[0].name):
            orders.button_confirm()
        self.assertEqual(orders.mapped("state"), ["draft"] * 2)

    def test_state_written_past_the_button(self):
        self.set_policy()
        order = self.draft((self.first, 1300))
        with self.assertRefused(UserError, "P1"):
            order.write({"state": "purchase"})

    def test_second_approval(self):
        self.set_policy()
        self.company.po_double_validation = "two_step"
        self.company.po_double_validation_amount = 100
        buyer = self.make_user("sop_buyer", "purchase.group_purchase_user")
        order = self.draft((self.first, 1300))
        order.with_user(buyer).button_confirm()
        self.assertEqual(order.state, "to approve")
        with self.assertRefused(UserError, "P1"):
            order.button_approve(force=True)

    def test_changes_after_confirmation(self):
        policy = self.set_policy(basis="to_date")
        order = self.draft(self.line(self.first, 100, 3))
        order.button_confirm()
        line = order.order_line
        changes = (
            {"product_qty": 5},
            {"price_unit": 140},
            {"date_planned": "2025-02-10 12:00:00"},
            {
                "analytic_distribution": {
                    str(self.second.analytic_account_id.id): 100,
                }
            },
        )
        for change in changes:
            with self.subTest(change=change), self.assertRefused(UserError, "short"):
                line.write(change)
            with self.subTest(change=change), self.assertRefused(UserError, "short"):
                order.write({"order_line": [Command.update(line.id, change)]})
        policy.basis = "budget"
        line.product_qty = 4
        self.assertEqual(self.figures(self.first, "committed"), 400)
        vals = self._get_line_vals(**self.line(self.first, 801))
        with self.assertRefused(UserError, "short by .*1.00"):
            order.write({"order_line": [Command.create(vals)]})
        with self.assertRefused(UserError, "short by .*1.00"):
            line.create({**vals, "order_id": order.id})
        line.product_qty = 2
        line.create({**vals, "order_id": order.id})

    def test_released_rest_asked_back(self):
        self.set_policy()
        order = self.draft((self.first, 1000))
        order.button_confirm()
        order.action_sop_release_rest()
        self.draft((self.first, 900)).button_confirm()
        with self.assertRefused(UserError, "short by .*700.00"):
            order.action_sop_undo_release()

    def test_currency(self):
        self.set_policy()
        # 1 EUR is 1.25 in March
        order = self.draft((self.first, 961), currency_id=self.other_currency.id)
        with self.assertRefused(UserError, "requested .*1,201.25"):
            order.button_confirm()
        order.order_line.price_unit = 960
        order.button_confirm()
        self.assertEqual(self.available(self.first), 0)
        # And 2.00 in June
        order = self.draft((self.second, 310), currency_id=self.other_currency.id)
        order.button_confirm()
        with self.assertRefused(UserError, "requested .*232.50"):
            order.date_order = "2025-06-05 10:00:00"

    def test_cancel_and_confirm_again(self):
        self.set_policy()
        order = self.draft((self.first, 1200))
        order.button_confirm()
        order.button_cancel()
        self.assertEqual(self.available(self.first), 1200)
        other = self.draft((self.first, 1))
        other.button_confirm()
        order.button_draft()
        with self.assertRefused(UserError, "short by .*1.00"):
            order.button_confirm()

    # === BILLS === #

    def test_bill_of_an_order_counts_what_exceeds_it(self):
        self.set_policy(event="bill")
        self.set_policy()
        order = self.draft(self.line(self.first, 120, 10))
        order.button_confirm()
        self.assertEqual(self.available(self.first), 0)
        self.make_bill(order.order_line, 4)
        self.assertEqual(self.available(self.first), 0)
        bill = self.make_bill(order.order_line, 6, price=121, post=False)
        with self.assertRefused(
            UserError, "available .*0.00, requested .*6.00, short by .*6.00"
        ):
            bill.action_post()
        bill.invoice_line_ids[0].price_unit = 120
        bill.action_post()
        self.assertEqual(
            self.figures(self.first, "available", "committed", "actual"), [0, 0, 1200]
        )

    def test_bill_without_an_order(self):
        self.set_policy(event="bill")
        with self.assertRefused(UserError, "requested .*1,200.01"):
            self.spend(self.first, 1200.01)
        bill = self.spend(self.first, 1200)
        bill.button_draft()
        self.assertEqual(self.available(self.first), 1200)
        self.spend(self.first, 1)
        with self.assertRefused(UserError, "short by .*1.00"):
            bill.action_post()
        bill.unlink()
        self.assertEqual(self.available(self.first), 1199)

    def test_overspent_before_a_bill_of_its_order_passes(self):
        order = self.draft(self.line(self.first, 100, 15))
        order.button_confirm()
        self.set_policy(event="bill")
        self.make_bill(order.order_line, 15)
        self.assertEqual(self.available(self.first), -300)

    def test_backdated_bill(self):
        self.set_policy(event="bill", basis="to_date")
        with self.assertRefused(UserError, "up to February 2025: available .*200.00"):
            self.spend(self.first, 201, date="2025-02-10")
        self.spend(self.first, 350, date="2025-04-10")
        # 200 were planned by February, but only 50 of them are still there in April
        with self.assertRefused(UserError, "up to April 2025: available .*50.00"):
            self.spend(self.first, 100, date="2025-02-10")
        self.spend(self.first, 50, date="2025-02-10")

    def test_bills_posted_together(self):
        self.set_policy(event="bill")
        bills = self.spend(self.first, 700, post=False)
        bills |= self.spend(self.first, 700, post=False)
        with self.assertRefused(UserError, "requested .*1,400.00"):
            bills.action_post()

    def test_refund_gives_back(self):
        self.set_policy(event="bill")
        bill = self.spend(self.first, 1200)
        refund = bill._reverse_moves(
            [{"date": date(2025, 4, 21), "invoice_date": date(2025, 4, 21)}]
        )
        refund.action_post()
        self.assertEqual(self.available(self.first), 1200)
        self.spend(self.first, 1200)

    def test_customer_invoices_are_not_asked(self):
        self.set_policy(event="bill")
        invoice = self._create_invoice(
            "out_invoice", invoice_date="2025-04-20", date="2025-04-20", post=True
        )
        self.assertEqual(invoice.state, "posted")

    # === PROPOSALS === #

    def test_reservation_is_not_counted_twice(self):
        self.set_policy()
        self.set_policy(event="bill")
        proposal = self.approved(1000.0)
        self.assertEqual(self.available(self.third), 0)
        with self.assertRefused(UserError, "P3"):
            self.draft(
                self.line(self.third, 1, date_planned="2025-06-10 12:00:00")
            ).button_confirm()
        order = self.order(proposal, 1001)
        with self.assertRefused(UserError, "requested .*1.00, short by .*1.00"):
            order.button_confirm()
        order.order_line.price_unit = 1000
        order.button_confirm()
        self.bill(order).action_post()
        self.assertEqual(
            self.figures(self.third, "available", "reserved", "committed", "actual"),
            [0, 0, 0, 1000],
        )

    def test_bill_of_a_proposal_without_an_order(self):
        self.set_policy(event="bill")
        proposal = self.approved(1000.0)
        bill = self.env["account.move"].browse(
            proposal.with_env(self.env).action_create_bill()["res_id"]
        )
        bill.write({"invoice_date": "2025-06-20", "date": "2025-06-20"})
        bill.invoice_line_ids.tax_ids = False
        bill.action_post()
        self.assertEqual(self.figures(self.third, "reserved", "actual"), [0, 1000])

    # === POLICIES === #

    def test_policy_is_logged(self):
        policy = self.set_policy()
        policy.with_user(self.owner).write({"action": "warn", "tolerance_percent": 5})
        policy.with_user(self.owner).unlink()
        logs = self.budget.policy_log_ids.sorted("id")
        self.assertEqual(logs.mapped("change"), ["created", "changed", "deleted"])
        self.assertEqual(logs[1].user_id, self.owner)
        self.assertIn("Stop → Warn", logs[1].detail)
        self.assertIn("5", logs[1].detail)
        self.assertIn("Stop → Warn", self.budget.message_ids[1].body)
        for act in (
            lambda: logs[0].sudo().write({"detail": "x"}),
            logs[0].sudo().unlink,
        ):
            with self.assertRefused(UserError, "log of policies"):
                act()
        with self.assertRefused(AccessError, ""):
            logs.with_user(self.owner).create(
                {"budget_id": self.budget.id, "name": "x", "change": "created"}
            )

    def test_who_may_change_policies(self):
        policy = self.set_policy()
        for role in ("viewer", "proposer", "planner"):
            user = self.users[role]
            self.assertTrue(policy.with_user(user).has_access("read"))
            with self.subTest(role=role), self.assertRefused(AccessError, ""):
                policy.with_user(user).action = "ignore"
            with self.subTest(role=role), self.assertRefused(AccessError, ""):
                policy.with_user(user).unlink()
            with self.subTest(role=role), self.assertRefused(AccessError, ""):
                policy.with_user(user).create(
                    {"budget_id": self.budget.id, "event": "bill"}
                )
        self.assertFalse(policy.with_user(self.outsider).has_access("read"))

    def test_policies_that_make_no_sense(self):
        self.set_policy()
        with (
            mute_logger("odoo.sql_db"),
            self.assertRefused(psycopg2.IntegrityError, "place_uniq"),
        ):
            self.set_policy(action="warn")
        with (
            mute_logger("odoo.sql_db"),
            self.assertRefused(psycopg2.IntegrityError, "tolerance"),
        ):
            self.set_policy(event="bill", tolerance_amount=-1)
        other = self.make_category("O", budget=self.make_budget(name="Other"))
        with self.assertRefused(ValidationError, "another budget"):
            self.set_policy(other)
        self.budget.action_draft()
        income = self.make_category("I", kind="income")
        with self.assertRefused(ValidationError, "is income"):
            self.set_policy(income)

    def test_hidden_category_is_not_told(self):
        self.set_policy()
        self.first.visibility = "manager"
        buyer = self.make_user("sop_buyer", "purchase.group_purchase_user")
        order = self.draft((self.first, 1300))
        with self.assertRaises(UserError) as caught, self.env.cr.savepoint():
            order.with_user(buyer).button_confirm()
        message = str(caught.exception)
        self.assertIn("A category that you may not see", message)
        self.assertNotIn("P1", message)
        self.assertNotIn("200", message)

    # === FIGURES === #

    def test_reader_agrees_with_the_matrix(self):
        """Random documents, accounts of their own, joint keys and shares, folded and fresh."""
        self.budget.action_draft()
        self.budget.date_from = "2025-01-15"
        fifth = self.make_category(
            "P5", self.top, 10.0, account_ids=[Command.link(self.expense_3.id)]
        )
        fourth = self.make_category(
            "P4",
            self.top,
            10.0,
            analytic=True,
            account_ids=[Command.link(self.expense.id)],
        )
        self.budget.action_submit()
        self.budget.action_approve()
        leaves = self.first | self.second | fifth | fourth
        dice = random.Random(7)
        analytics = [leaf.analytic_account_id for leaf in leaves - fifth]
        other = self.make_analytic("Joint", self.other_plan)
        for turn in range(40):
            chosen = dice.sample(analytics, 2)
            distribution = dice.choice(
                (
                    None,
                    {chosen[0]: 100},
                    {chosen[0]: 33.33, chosen[1]: 41.7},
                    {f"{chosen[0].id},{other.id}": 60, other: 30},
                    {chosen[1]: 150},
                )
            )
            day = date(2025, dice.randint(1, 12), dice.randint(1, 28))
            account = dice.choice((self.expense, self.expense_2, self.expense_3))
            if dice.random() < 0.4:
                self.make_order(
                    {
                        "price": dice.randint(1, 10**5) / 100,
                        "quantity": dice.randint(1, 3),
                        "analytic_distribution": self.to_distribution(distribution),
                        "date_planned": f"{day} 12:00:00",
                    },
                    confirm=dice.random() < 0.8,
                )
            else:
                self.post_entry(
                    dice.randint(1, 10**5) / 100, day, account, distribution
                )
            if turn == 20:
                self.env.flush_all()
                self.env["sop.ledger.month"]._fold()
        self.env.flush_all()
        matrix = self.budget._get_matrix()
        self.compare_with_matrix(matrix, leaves, dice)
        with patch.object(control_reader, "WIDE", 0):
            self.compare_with_matrix(matrix, leaves, dice)

    def compare_with_matrix(self, matrix, leaves, dice):
        used = matrix.reserved + matrix.committed + matrix.actual
        for size in (1, 1, 2, 2, 4):
            some = dice.sample(leaves.ids, size)
            rows = [matrix.row(leaf) for leaf in some]
            reader = ControlReader(self.budget, some).read()
            for leaf, row in zip(some, rows, strict=True):
                self.assertEqual(reader.planned[leaf], matrix.planned[row].tolist())
                self.assertEqual(reader.used[leaf], used[row].tolist())
            reader = ControlReader(self.budget, dict.fromkeys(some, 7)).read()
            self.assertEqual(reader.planned[7], matrix.planned[rows].sum(0).tolist())
            self.assertEqual(reader.used[7], used[rows].sum(0).tolist())
