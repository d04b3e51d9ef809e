# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from odoo.exceptions import AccessError, UserError
from odoo.fields import Command
from odoo.tests import Form, tagged

from .common_control import ControlCase


@tagged("post_install", "-at_install")
class TestControlOverrides(ControlCase):
    """Flags, previews, what helps, overrides."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.buyer = cls.make_user("sop_buyer", "purchase.group_purchase_user")

    def flags(self, document):
        return self.env["sop.control.flag"].search(
            [("res_model", "=", document._name), ("res_id", "=", document.id)]
        )

    def help(self, document, user=None):
        document = document.with_user(user or self.env.user)
        action = document.action_sop_control_help()
        return (
            self.env["sop.control.help"]
            .with_user(user or self.env.user)
            .browse(action["res_id"])
        )

    def option(self, wizard, kind):
        return wizard.option_ids.filtered(lambda option: option.kind == kind)

    def ask(self, document, user=None, reason="The roof leaks"):
        wizard = self.help(document, user)
        wizard.reason = reason
        action = self.option(wizard, "override").action_do()
        return self.env["sop.budget.override"].browse(action["res_id"])

    def grant(self, override):
        override.with_user(self.owner).action_approve()

    # === FLAGS === #

    def test_ignore_and_warn_leave_a_flag(self):
        policy = self.set_policy(action="ignore")
        order = self.draft((self.first, 1300))
        order.with_user(self.buyer).button_confirm()
        flag = self.flags(order)
        self.assertEqual(
            (flag.category_id, flag.action, flag.user_id, flag.name),
            (self.first, "ignore", self.buyer, order.name),
        )
        self.assertEqual(
            (flag.available, flag.requested, flag.shortfall), (1200, 1300, 100)
        )
        policy.action = "warn"
        second = self.draft((self.first, 10))
        second.button_confirm()
        self.assertEqual(self.flags(second).action, "warn")
        self.assertIn("Passed beyond the budget", second.message_ids[0].body)
        orders = order | second | self.draft((self.second, 1))
        orders.button_confirm()
        found = orders.search([("sop_flagged", "=", True), ("id", "in", orders.ids)])
        self.assertEqual(found, order | second)
        self.assertEqual(orders.mapped("sop_flagged"), [True, True, False])
        self.assertEqual(
            orders.search([("sop_flagged", "=", False), ("id", "in", orders.ids)]),
            orders - found,
        )

    def test_flags_stay(self):
        self.set_policy(action="ignore")
        order = self.draft((self.first, 1300))
        order.button_confirm()
        flag = self.flags(order)
        for act in (lambda: flag.sudo().write({"name": "x"}), flag.sudo().unlink):
            with self.assertRefused(UserError, "A flag can't be"):
                act()
        with self.assertRefused(AccessError, ""):
            flag.with_user(self.owner).create({"name": "x"})
        order.button_cancel()
        order.unlink()
        self.assertTrue(flag.exists())
        self.assertFalse(flag.with_user(self.outsider).has_access("read"))
        for role in ("viewer", "planner"):
            self.assertTrue(flag.with_user(self.users[role]).has_access("read"))
        self.first.visibility = "manager"
        self.assertFalse(flag.with_user(self.users["planner"]).has_access("read"))

    def test_flag_of_the_one_that_takes(self):
        self.set_policy(action="ignore")
        orders = self.draft((self.first, 1300)) | self.draft((self.second, 1))
        orders.button_confirm()
        self.assertTrue(self.flags(orders[0]))
        self.assertFalse(self.flags(orders[1]))

    def test_bills_are_flagged(self):
        self.set_policy(event="bill", action="warn")
        bill = self.spend(self.first, 1300)
        self.assertEqual(self.flags(bill).shortfall, 100)
        self.assertTrue(bill.sop_flagged)

    # === PREVIEW === #

    def test_preview_of_an_order(self):
        order = self.draft((self.first, 500), (self.first, 800), (self.second, 10))
        self.assertEqual(order.sop_control_state, "none")
        policy = self.set_policy()
        order.invalidate_recordset()
        self.assertEqual(order.sop_control_state, "stop")
        for part in ("P1 Category P1", "1,200.00", "1,300.00", "text-danger", "800.00"):
            self.assertIn(part, order.sop_control_html)
        for action, state in (("override", "override"), ("warn", "warn")):
            policy.action = action
            order.invalidate_recordset()
            self.assertEqual(order.sop_control_state, state)
        order.order_line[1].price_unit = 700
        self.assertEqual(order.sop_control_state, "ok")
        order.button_confirm()
        self.assertEqual(order.sop_control_state, "none")

    def test_preview_while_writing(self):
        self.set_policy()
        order = self.draft((self.first, 500))
        with Form(order) as form:
            self.assertEqual(form.sop_control_state, "ok")
            with form.order_line.edit(0) as line:
                line.price_unit = 1300
            self.assertEqual(form.sop_control_state, "stop")

    def test_preview_of_a_bill_of_an_order(self):
        self.set_policy(event="bill")
        order = self.draft(self.line(self.first, 120, 10))
        order.button_confirm()
        bill = self.make_bill(order.order_line, 10, post=False)
        self.assertEqual(bill.sop_control_state, "none")
        bill.invoice_line_ids.price_unit = 121
        self.assertEqual(bill.sop_control_state, "stop")
        self.assertIn("10.00", bill.sop_control_html)
        other = self.spend(self.second, 601, post=False)
        self.assertEqual(other.sop_control_state, "stop")

    def test_preview_of_an_order_of_a_proposal(self):
        self.set_policy()
        proposal = self.approved(1000.0)
        order = self.order(proposal)
        self.assertEqual(order.sop_control_state, "none")
        order.order_line.price_unit = 1100
        self.assertEqual(order.sop_control_state, "stop")

    def test_preview_says_what_the_check_says(self):
        self.set_policy(basis="to_date", tolerance_percent=5)
        self.set_policy(self.top, basis="year")
        for price in (400, 420, 421, 3000):
            order = self.draft((self.first, price), (self.second, 100))
            state = order.sop_control_state
            with self.subTest(price=price):
                savepoint = self.env.cr.savepoint()
                try:
                    order.button_confirm()
                    self.assertEqual(state, "ok")
                except UserError:
                    self.assertEqual(state, "stop")
                finally:
                    savepoint.close(rollback=True)

    def test_no_policy_no_preview(self):
        order = self.draft((self.first, 5000))
        order.invalidate_recordset()
        order.mapped("order_line.sop_open_amount")
        with self.capture_queries() as queries:
            self.assertEqual(order.sop_control_state, "none")
        self.assertLessEqual(len(queries), 4)
        self.assertFalse([query for query in queries if "sop_budget_map" in query])

    def test_hidden_category_in_the_preview(self):
        self.set_policy()
        self.first.visibility = "manager"
        order = self.draft((self.first, 1300)).with_user(self.buyer)
        self.assertEqual(order.sop_control_state, "stop")
        self.assertNotIn("P1", order.sop_control_html)
        self.assertNotIn("1,200", order.sop_control_html)
        self.assertFalse(self.option(self.help(order, self.buyer), "sibling"))

    # === WHAT HELPS === #

    def test_wait(self):
        self.set_policy(basis="to_date")
        order = self.draft((self.first, 550))
        option = self.option(self.help(order), "wait")
        self.assertIn("June 2025", option.name)
        option.action_do()
        self.assertEqual(str(order.order_line.sop_date), "2025-06-01")
        self.assertEqual(order.sop_control_state, "ok")
        order.button_confirm()

    def test_wait_of_a_bill(self):
        self.set_policy(event="bill", basis="to_date")
        bill = self.spend(self.first, 550, post=False)
        self.option(self.help(bill), "wait").action_do()
        self.assertEqual(str(bill.date), "2025-06-01")
        self.assertEqual(bill.sop_control_state, "ok")

    def test_borrow(self):
        self.set_policy(basis="to_date")
        order = self.draft((self.first, 550))
        option = self.option(self.help(order), "borrow")
        self.assertIn("May 2025, June 2025", option.name)
        transfer = self.env["sop.budget.transfer"].browse(option.action_do()["res_id"])
        self.assertEqual(sum(transfer.line_ids.mapped("amount")), 150)
        self.assertIn(order.name, transfer.reason)
        self.apply(transfer)
        order.invalidate_recordset()
        self.assertEqual(order.sop_control_state, "ok")
        order.button_confirm()
        self.assertEqual(self.available(self.first), 650)

    def apply(self, transfer):
        if transfer.state != "approved":
            transfer.with_user(self.owner).action_approve()
        self.env.flush_all()
        self.env.invalidate_all()

    def test_transfer_from_a_sibling(self):
        self.set_policy()
        order = self.draft((self.first, 1500))
        options = self.option(self.help(order), "sibling")
        self.assertEqual(len(options), 2)
        option = options.filtered(lambda o: "P2" in o.name)
        self.assertIn("600.00", option.name)
        transfer = self.env["sop.budget.transfer"].browse(option.action_do()["res_id"])
        self.apply(transfer)
        order.button_confirm()
        self.assertEqual(self.available(self.first), 0)
        self.assertEqual(self.available(self.second), 300)

    def test_who_may_not_ask_for_a_transfer(self):
        self.set_policy()
        order = self.draft((self.first, 1500))
        wizard = self.help(order, self.buyer)
        self.assertFalse(wizard.option_ids)
        with self.assertRefused(AccessError, ""):
            self.help(order, self.outsider)

    def test_help_for_what_is_no_draft(self):
        self.set_policy(action="warn")
        order = self.draft((self.first, 1300))
        wizard = self.help(order)
        order.button_confirm()
        with self.assertRefused(UserError, "no draft any more"):
            wizard.option_ids[:1].action_do()
        wizard = wizard.create({"res_model": "res.partner", "res_id": 1})
        option = wizard.option_ids.create(
            {"help_id": wizard.id, "kind": "wait", "name": "x"}
        )
        with self.assertRefused(UserError, "not under budget control"):
            option.action_do()

    # === OVERRIDES === #

    def test_rules_for_everything_grant_no_override(self):
        self.set_policy(action="override")
        vals = {"budget_id": self.budget.id, "amount_to": 500, "auto_approve": True}
        rule = self.env["sop.approval.rule"].create(
            {**vals, "name": "Small", "kind": "all"}
        )
        override = self.ask(self.draft((self.first, 1300)), self.buyer)
        self.assertEqual(override.state, "asked")
        self.assertEqual(override.approval_ids.approver_ids, self.owner)
        with self.assertRefused(UserError, "can't|stays in the history"):
            override.sudo().unlink()
        rule.copy({**vals, "name": "Small overrides", "kind": "override"})
        override = self.ask(self.draft((self.first, 1300)), self.buyer)
        self.assertEqual(override.state, "granted")
        self.assertFalse(override.granted_by_id)
        self.assertEqual(override.granted_by_rule, "Small overrides")

    def test_what_was_asked_is_not_deleted(self):
        self.set_policy(action="override")
        override = self.ask(self.draft((self.first, 1300)), self.buyer)
        override.sudo()._on_returned("Why?")
        self.assertEqual(override.state, "draft")
        with self.assertRefused(UserError, "stays in the history"):
            override.with_user(self.buyer).unlink()

    def test_override_is_spent_once(self):
        self.set_policy(action="override")
        order = self.draft((self.first, 1300))
        with self.assertRefused(UserError, "ask for an override"):
            order.button_confirm()
        override = self.ask(order, self.buyer)
        self.assertEqual(
            (override.state, override.requester_id, override.reason),
            ("asked", self.buyer, "The roof leaks"),
        )
        self.assertEqual(override.part_ids.category_id, self.first)
        self.assertEqual(override.amount_total, 100)
        with self.assertRefused(UserError, "ask for an override"):
            order.button_confirm()
        self.grant(override)
        self.assertEqual(
            (override.state, override.granted_by_id), ("granted", self.owner)
        )
        order.invalidate_recordset()
        self.assertEqual(order.sop_control_state, "granted")
        order.with_user(self.buyer).button_confirm()
        self.assertEqual((override.state, override.used_by_id), ("used", self.buyer))
        flag = self.flags(order)
        self.assertEqual((flag.override_id, flag.shortfall), (override, 100))
        # Spent: neither this order grows on it nor does it come back
        with self.assertRefused(UserError, "short by"):
            order.order_line.price_unit = 1301
        order.button_cancel()
        order.button_draft()
        with self.assertRefused(UserError, "short by"):
            order.button_confirm()

    def test_who_is_asked_reads_and_decides(self):
        self.set_policy(action="override")
        rule = self.env["sop.approval.rule"].create(
            {
                "name": "Overrides",
                "budget_id": self.budget.id,
                "kind": "override",
                "step_ids": [
                    Command.create(
                        {"name": "CFO", "who": "user", "user_id": self.outsider.id}
                    )
                ],
            }
        )
        self.assertTrue(rule)
        order = self.draft((self.first, 1300))
        override = self.ask(order, self.buyer).with_user(self.outsider)
        self.assertTrue(override.can_decide)
        self.assertEqual(override.part_ids.amount, 100)
        with self.assertRefused(UserError, "yourself"):
            override.with_user(self.buyer).action_approve()
        override.action_approve("Once")
        self.assertEqual(override.granted_by_id, self.outsider)

    def test_override_reaches_as_far_as_granted(self):
        self.set_policy(action="override")
        order = self.draft((self.first, 1300))
        self.grant(self.ask(order))
        order.order_line.price_unit = 1301
        with self.assertRefused(UserError, "short by .*101.00"):
            order.button_confirm()
        other = self.draft((self.first, 1300))
        with self.assertRefused(UserError, "short by"):
            other.button_confirm()

    def test_override_for_another_place_is_kept(self):
        self.set_policy(action="override")
        order = self.draft((self.first, 1300), (self.second, 10))
        kept = self.ask(order)
        self.grant(kept)
        lines = order.order_line
        lines[0].price_unit = 100
        lines[1].price_unit = 700
        needed = self.ask(order)
        self.grant(needed)
        order.button_confirm()
        self.assertEqual((needed.state, kept.state), ("used", "granted"))
        self.assertEqual(self.flags(order).override_id, needed)

    def test_override_of_a_bill(self):
        self.set_policy(event="bill", action="override")
        bill = self.spend(self.first, 1300, post=False)
        self.grant(self.ask(bill))
        bill.action_post()
        self.assertEqual(self.flags(bill).action, "override")

    def test_stop_knows_no_override(self):
        self.set_policy()
        order = self.draft((self.first, 1300))
        self.assertFalse(self.option(self.help(order), "override"))

    def test_override_needs_a_reason_and_stays_as_asked(self):
        self.set_policy(action="override")
        order = self.draft((self.first, 1300))
        with self.assertRefused(UserError, "Say why"):
            self.ask(order, reason="  ")
        override = self.ask(order, self.buyer)
        mine = override.with_user(self.buyer)
        for vals in (
            {"state": "granted"},
            {"reason": "Other"},
            {"part_ids": [Command.clear()]},
        ):
            with self.subTest(vals=vals), self.assertRefused(UserError, "withdraw it"):
                mine.write(vals)
        with self.assertRefused(UserError, "on the order, bill or expense itself"):
            mine.create({"name": "x"})
        with self.assertRefused(AccessError, ""):
            mine.part_ids.write({"amount": 1})
        with self.assertRefused(UserError, "stays in the history"):
            mine.unlink()
        for user in (self.outsider, self.users["viewer"], self.users["planner"]):
            self.assertFalse(override.with_user(user).has_access("read"))
        self.assertTrue(override.with_user(self.owner).has_access("read"))

    def test_override_withdrawn_refused_returned(self):
        self.set_policy(action="override")
        order = self.draft((self.first, 1300))
        override = self.ask(order, self.buyer)
        with self.assertRefused(UserError, "Only who asked"):
            override.with_user(self.owner).action_withdraw()
        override.with_user(self.owner).action_return("Why the roof?")
        self.assertEqual(override.state, "draft")
        mine = override.with_user(self.buyer)
        mine.reason = "It rains in"
        mine.action_ask()
        override.with_user(self.owner).action_reject("No")
        self.assertEqual((override.state, override.decision_reason), ("refused", "No"))
        with self.assertRefused(UserError, "is refused already"):
            mine.action_withdraw()
        with self.assertRefused(UserError, "ask for an override"):
            order.button_confirm()
        other = self.ask(order, self.buyer)
        self.grant(other)
        other.with_user(self.buyer).action_withdraw()
        with self.assertRefused(UserError, "ask for an override"):
            order.button_confirm()

    def test_nothing_short_any_more(self):
        self.set_policy(action="override")
        order = self.draft((self.first, 1300))
        wizard = self.help(order)
        wizard.reason = "x"
        order.order_line.price_unit = 1
        with self.assertRefused(UserError, "Nothing is short"):
            self.option(wizard, "override").action_do()
