# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from odoo.exceptions import AccessError, UserError
from odoo.fields import Command
from odoo.tests import tagged

from .common_carry import CarryCommon
from .test_transfer import JAN


@tagged("post_install", "-at_install")
class TestCarryForward(CarryCommon):
    # === WHAT IS CARRIED === #

    def test_unspent_money(self):
        self.spend(self.first, 900)
        wizard = self.open_wizard()
        self.assertEqual(wizard.target_id, self.target)
        self.assertEqual(
            self.lines_of(wizard), [("P1", False, 300), ("P2", False, 600)]
        )
        self.assertEqual((wizard.amount_balances, wizard.amount_total), (900, 900))
        transfer = self.apply(wizard)
        self.assertEqual(transfer.kind, "carry_forward")
        self.assertEqual(self.figures(self.top, "planned", "available"), [900, 0])
        # Taken from the end of the year, given to its beginning
        self.assertEqual(self.planned_of(self.first)["2025-12"], 0)
        self.assertEqual(self.planned_of(self.first)["2025-01"], 100)
        self.assertEqual(self.planned_of(self.target_first), {"2026-01": 300})
        # What the target didn't have is there now, below the same parent
        created = self.find("P2")
        self.assertEqual(created.parent_id, self.find("P"))
        self.assertEqual(created.analytic_account_id, self.second.analytic_account_id)
        self.assertEqual(self.planned_of(created), {"2026-01": 600})
        self.assertEqual(self.target.state, "draft")

    def test_example_of_the_rollover(self):
        self.target.action_cancel()
        quarter = self.make_budget(
            name="Q1", date_from="2027-01-01", date_to="2027-03-31"
        )
        following = self.make_budget(
            name="Q2", date_from="2027-04-01", date_to="2027-06-30"
        )
        category = self.make_category(
            "X", amounts={"2027-01": 50000.0}, budget=quarter, analytic=True
        )
        target = self.make_category(
            "X",
            amounts={"2027-04": 50000.0},
            budget=following,
            analytic=category.analytic_account_id,
        )
        for budget in (quarter, following):
            budget.action_submit()
            budget.action_approve()
            self.env["sop.budget.member"].create(
                {
                    "budget_id": budget.id,
                    "user_id": self.users["manager"].id,
                    "role": "manager",
                }
            )
        self.spend(category, 45000, "2027-02-01")
        action = quarter.with_user(self.users["manager"]).action_carry_forward()
        wizard = (
            self.env[action["res_model"]]
            .with_user(self.users["manager"])
            .browse(action["res_id"])
        )
        self.assertEqual(wizard.target_id, following)
        self.apply(wizard)
        self.assertEqual(self.planned_of(target)["2027-04"], 55000)

    def test_open_orders_go_with_their_money(self):
        self.spend(self.first, 500)
        order = self.order(self.first, 400, day="2025-11-20 12:00:00")
        before = self.figures(self.first, "planned", "committed", "actual", "available")
        self.assertEqual(before, [1200, 400, 500, 300])
        wizard = self.open_wizard(mode="none")
        self.assertEqual(self.lines_of(wizard), [("P1", True, 400)])
        self.assertEqual(wizard.line_ids.order_name, order.name)
        transfer = self.apply(wizard)
        self.assertEqual(transfer.line_ids.purchase_line_id, order.order_line)
        self.assertEqual(
            self.figures(self.first, "planned", "committed", "actual", "available"),
            [800, 0, 500, 300],
        )
        self.assertEqual(
            self.sums(
                self.target, self.target_first, "planned", "committed", "available"
            ),
            [400, 400, 0],
        )
        self.assertEqual(str(order.order_line.sop_date), "2026-01-01")
        # From its own month first
        self.assertEqual(self.planned_of(self.first)["2025-11"], 0)
        # A bill of the new year takes it over there
        order.order_line.sudo()
        order.action_create_invoice()
        bill = order.invoice_ids
        bill.write({"invoice_date": "2026-02-01", "date": "2026-02-01"})
        bill.invoice_line_ids.quantity = 1
        bill.action_post()
        self.assertEqual(
            self.sums(self.target, self.target_first, "planned", "committed", "actual"),
            [400, 0, 400],
        )

    def test_money_and_order_of_one_category_go_different_ways(self):
        other = self.make_category("Z", budget=self.target)
        self.order(self.first, 400, day="2025-11-20 12:00:00")
        wizard = self.open_wizard()
        balance = wizard.line_ids.filtered(
            lambda line: line.category_id == self.first and not line.order_line_id
        )
        balance.target_category_id = other
        self.apply(wizard)
        names = ("planned", "committed")
        self.assertEqual(self.sums(self.target, self.target_first, *names), [400, 400])
        self.assertEqual(self.sums(self.target, other, *names), [800, 0])

    def test_an_order_later_than_the_start_keeps_its_day(self):
        order = self.order(self.first, 400, day="2025-11-20 12:00:00")
        self.apply(self.open_wizard(mode="none"))
        order.order_line.date_planned = "2026-03-05 12:00:00"
        self.assertEqual(str(order.order_line.sop_date), "2026-03-05")

    def test_rules(self):
        self.spend(self.first, 900)
        self.assertEqual(
            self.lines_of(self.open_wizard(mode="percent", percent=50)),
            [("P1", False, 150), ("P2", False, 300)],
        )
        self.assertEqual(
            self.lines_of(self.open_wizard(mode="capped", cap=400)),
            [("P1", False, 300), ("P2", False, 400)],
        )
        self.assertEqual(self.lines_of(self.open_wizard(mode="none")), [])
        self.assertEqual(
            self.lines_of(
                self.open_wizard(category_ids=[Command.set(self.second.ids)])
            ),
            [("P2", False, 600)],
        )
        self.spend(self.first, 400)
        self.assertEqual(
            self.lines_of(self.open_wizard()), [("P2", False, 600)], "overspent"
        )

    def test_twice_carries_nothing_twice(self):
        self.order(self.first, 100)
        for vals in (
            {"mode": "percent", "percent": 50},
            {"mode": "capped", "cap": 550},
        ):
            wizard = self.open_wizard(**vals)
            self.assertTrue(wizard.line_ids)
            self.apply(wizard)
            self.assertEqual(self.lines_of(self.open_wizard(**vals)), [], vals)
        self.apply(self.open_wizard())
        self.assertEqual(self.lines_of(self.open_wizard()), [])
        self.assertEqual(self.figures(self.top, "available"), 0)

    def test_what_waits_for_approval_is_spoken_for(self):
        self.order(self.first, 100)
        first, second = self.open_wizard(), self.open_wizard()
        transfer = self.apply(first, approve=False)
        with self.assertRefused(UserError, "changed since the preview"):
            second.action_apply()
        self.assertEqual(self.lines_of(self.open_wizard()), [])
        transfer.with_user(self.users["manager"]).action_cancel()
        self.assertEqual(len(self.open_wizard().line_ids), 3)

    # === THE PREVIEW === #

    def test_lines_can_be_changed(self):
        wizard = self.open_wizard()
        first, second = wizard.line_ids
        first.amount = 250
        second.included = False
        self.assertEqual(wizard.amount_total, 250)
        self.apply(wizard)
        self.assertEqual(self.planned_of(self.target_first), {"2026-01": 250})
        self.assertFalse(self.find("P2"))

    def test_lines_go_where_they_are_sent(self):
        other = self.make_category("Z", budget=self.target)
        wizard = self.open_wizard()
        wizard.line_ids.target_category_id = other
        self.apply(wizard)
        self.assertEqual(self.planned_of(other), {"2026-01": 1800})

    def test_amounts_stay_within_what_is_there(self):
        for amount in (1201, -1):
            wizard = self.open_wizard()
            wizard.line_ids[0].amount = amount
            with self.assertRefused(UserError, "P1.*carry between 0 and.*1,200.00"):
                wizard.action_apply()
        wizard = self.open_wizard()
        wizard.line_ids.included = False
        with self.assertRefused(UserError, "nothing to carry"):
            wizard.action_apply()

    def test_figures_that_changed_are_previewed_again(self):
        wizard = self.open_wizard()
        self.spend(self.first, 1)
        with self.assertRefused(UserError, "changed since the preview"):
            wizard.action_apply()
        wizard = self.open_wizard()
        wizard.mode = "none"
        self.assertTrue(wizard.is_stale)
        with self.assertRefused(UserError, "changed since the preview"):
            wizard.action_apply()
        # Nobody types what the figures say
        wizard = self.open_wizard()
        wizard.line_ids[0].write({"basis": 5000, "amount": 5000})
        with self.assertRefused(UserError, "changed since the preview"):
            wizard.action_apply()

    def test_an_order_of_two_categories_is_carried_as_a_whole(self):
        order = self.order(self.first, 400, confirm=False)
        order.order_line.analytic_distribution = {
            str(self.first.analytic_account_id.id): 25,
            str(self.second.analytic_account_id.id): 75,
        }
        order.button_confirm()
        wizard = self.open_wizard(mode="none")
        self.assertEqual(self.lines_of(wizard), [("P1", True, 100), ("P2", True, 300)])
        wizard.line_ids[0].included = False
        with self.assertRefused(UserError, "carried as a whole"):
            wizard.action_apply()
        wizard.line_ids.included = True
        self.apply(wizard)
        self.assertEqual(
            self.sums(self.target, self.find("P2"), "planned", "committed"), [300, 300]
        )

    # === ALL OR NOTHING === #

    def test_an_order_that_would_count_elsewhere(self):
        self.target_first.analytic_account_id = False
        self.order(self.first, 400)
        wizard = self.open_wizard(mode="none")
        action = wizard.action_apply()
        transfer = self.env[action["res_model"]].browse(action["res_id"])
        with self.assertRefused(UserError, "would not count in “P1.*Tie that category"):
            transfer.with_user(self.owner).action_approve()
        self.assertEqual(self.figures(self.first, "planned", "committed"), [1200, 400])
        self.assertFalse(self.planned_of(self.target_first))

    def test_an_order_that_was_billed_meanwhile(self):
        order = self.order(self.first, 400)
        transfer = self.apply(self.open_wizard(mode="none"), approve=False)
        order.order_line.sop_released = True
        with self.assertRefused(UserError, "only.*0.00 are still open"):
            transfer.with_user(self.owner).action_approve()

    def test_a_parent_can_get_nothing(self):
        self.make_category("P1.1", self.target_first)
        transfer = self.apply(self.open_wizard(), approve=False)
        with self.assertRefused(UserError, "has sub-categories and can't get"):
            transfer.with_user(self.owner).action_approve()

    def test_into_an_approved_budget(self):
        self.set_amounts(self.target_first, {"2026-01": 10})
        self.target.action_submit()
        self.target.action_approve()
        self.apply(self.open_wizard())
        self.assertEqual(self.target.state, "approved")
        self.assertEqual(self.planned_of(self.target_first), {"2026-01": 1210})
        self.assertEqual(self.planned_of(self.find("P2")), {"2026-01": 600})

    # === GUARDS === #

    def test_periods(self):
        wizard = self.open_wizard()
        same = self.make_budget(name="Same", user_id=self.users["manager"].id)
        wizard.target_id = same
        with self.assertRefused(UserError, "isn't the next period"):
            wizard.action_preview()
        wizard.target_id = False
        with self.assertRefused(UserError, "Choose the budget of the next period"):
            wizard.action_preview()
        with self.assertRefused(UserError, "isn't the next period"):
            self.env["sop.budget.transfer"].create(
                {
                    "kind": "carry_forward",
                    "budget_id": self.budget.id,
                    "target_budget_id": same.id,
                    "reason": "x",
                }
            ).action_submit()
        self.target.action_cancel()
        action = self.budget.action_carry_forward()
        self.assertFalse(
            self.env[action["res_model"]].browse(action["res_id"]).line_ids
        )

    def test_rule_values(self):
        for vals, message in [
            ({"percent": 101}, "between 0 and 100"),
            ({"percent": -1}, "between 0 and 100"),
            ({"cap": -1}, "can't be below zero"),
        ]:
            with self.assertRefused(UserError, message):
                self.open_wizard(**vals)

    def test_managers_of_both(self):
        with self.assertRefused(AccessError, "owner and the managers"):
            self.budget.with_user(self.users["planner"]).action_carry_forward()
        self.target.member_ids.unlink()
        with self.assertRaises(AccessError):
            self.open_wizard(target_id=self.target.id)
        with self.assertRaises(AccessError), self.env.cr.savepoint():
            self.make_transfer(
                (self.first, JAN, self.target_first, "2026-01-01", 5),
                role="manager",
                kind="carry_forward",
                target_budget_id=self.target.id,
            )

    def test_nobody_moves_orders_by_hand(self):
        order = self.order(self.first, 400)
        order.order_line.write({"sop_carried_date": "2026-01-01"})
        self.assertFalse(order.order_line.sop_carried_date)
