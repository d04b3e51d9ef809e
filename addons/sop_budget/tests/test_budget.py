# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
import psycopg2

from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.fields import Command
from odoo.tests import Form, tagged
from odoo.tools import mute_logger

from .common import SopBudgetCommon


@tagged("post_install", "-at_install")
class TestBudget(SopBudgetCommon):
    # === States === #

    def test_states_forth_and_back(self):
        self.make_category("A", amounts=100)
        self.budget.action_submit()
        self.assertEqual(self.budget.state, "submitted")
        self.budget.action_approve()
        self.budget.action_close()
        self.budget.action_reopen()
        self.assertEqual(self.budget.state, "approved")
        self.budget.action_cancel()
        self.budget.action_draft()
        self.assertEqual(self.budget.state, "draft")

    def test_state_needs_its_button(self):
        with self.assertRefused(UserError, "buttons"):
            self.budget.state = "approved"
        with self.assertRefused(UserError, "buttons"):
            self.budget.with_context(sop_state_token=True).write({"state": "approved"})
        with self.assertRefused(UserError, "starts as a draft"):
            self.make_budget(state="approved")

    def test_state_order_is_guarded(self):
        with self.assertRefused(UserError, "draft and can't become approved"):
            self.budget.action_approve()
        with self.assertRefused(UserError, "plans nothing yet"):
            self.budget.action_submit()

    def test_states_by_role(self):
        self.make_category("A", amounts=100)
        for role in ("viewer", "proposer"):
            with (
                self.as_role(role) as budget,
                self.assertRefused(Exception, "planner|allowed|role"),
            ):
                budget.action_submit()
        with self.as_role("planner") as budget:
            budget.action_submit()
            with self.assertRaises(AccessError):
                budget.action_approve()
        with self.as_role("manager") as budget:
            budget.action_approve()
        self.assertEqual(self.budget.state, "approved")

    def test_approved_amounts_are_fixed(self):
        category = self.make_category("A", amounts=100)
        self.budget.action_submit()
        with (
            self.as_role("planner") as budget,
            self.assertRefused(UserError, "submitted: only a manager"),
        ):
            category.with_env(budget.env).amount_ids[0].amount = 5
        self.budget.action_approve()
        with self.assertRefused(UserError, "amounts are fixed"):
            category.amount_ids[0].amount = 5
        with self.assertRefused(UserError, "amounts are fixed"):
            category.amount_ids[0].unlink()
        with self.assertRefused(UserError, "amounts are fixed"):
            self.make_category("B")
        with self.assertRefused(UserError, "amounts are fixed"):
            category.unlink()
        with self.assertRefused(UserError, "amounts are fixed"):
            self.budget.date_to = "2026-01-31"

    def test_closed_matching_is_fixed(self):
        category = self.make_category("A", amounts=100)
        self.budget.action_submit()
        self.budget.action_approve()
        category.account_prefixes = "61"
        self.budget.action_close()
        with self.assertRefused(UserError, "closed"):
            category.account_prefixes = "62"

    def test_unlink_only_draft_or_cancelled(self):
        self.make_category("A", amounts=100)
        self.budget.action_submit()
        with self.assertRefused(UserError, "cancel it first"):
            self.budget.unlink()
        self.budget.action_cancel()
        self.budget.unlink()
        self.assertFalse(self.budget.exists())

    # === Fields === #

    def test_dates(self):
        with self.assertRaises(psycopg2.IntegrityError), mute_logger("odoo.sql_db"):
            self.make_budget(date_from="2025-02-01", date_to="2025-01-31")
        with self.assertRefused(ValidationError, "at most 120 months"):
            self.make_budget(date_from="2025-01-01", date_to="2035-01-01")
        self.make_category("A", amounts={"2025-12": 5})
        with self.assertRefused(ValidationError, "2025-12"):
            self.budget.date_to = "2025-11-30"

    def test_the_last_year_there_is(self):
        for start, end in (("9999-01-01", "9999-12-31"), ("2025-01-01", "9999-12-31")):
            with self.assertRefused(ValidationError, "before the year 9001"):
                self.make_budget(date_from=start, date_to=end)

    def test_months_of_any_span(self):
        campaign = self.make_budget(date_from="2025-01-20", date_to="2025-03-05")
        self.assertEqual(
            [str(month) for month in campaign._get_months()],
            ["2025-01-01", "2025-02-01", "2025-03-01"],
        )

    def test_code_is_unique_in_the_company(self):
        self.budget.code = "B25"
        with self.assertRaises(psycopg2.IntegrityError), mute_logger("odoo.sql_db"):
            self.make_budget(code="B25")

    def test_thresholds(self):
        self.assertEqual(
            self.budget._parse_thresholds("80, 50%,100"), [50.0, 80.0, 100.0]
        )
        for wrong in ("many", "0", "-5", "50;80"):
            with self.assertRefused(ValidationError, "no alert threshold"):
                self.budget.alert_thresholds = wrong
        category = self.make_category("A")
        with self.assertRefused(ValidationError, "no alert threshold"):
            category.alert_thresholds = "x"

    def test_company_is_fixed(self):
        other = self.setup_other_company()["company"]
        with self.assertRefused(UserError, "company of a budget is fixed"):
            self.budget.company_id = other

    def test_plan(self):
        sub_plan = self.env["account.analytic.plan"].create(
            {"name": "Sub", "parent_id": self.plan.id}
        )
        with self.assertRefused(ValidationError, "sub-plan"):
            self.budget.plan_id = sub_plan
        self.make_category("A", analytic=True)
        with self.assertRefused(ValidationError, "tied to"):
            self.budget.plan_id = self.other_plan
        with self.assertRefused(ValidationError, "tied to"):
            self.make_category("B", analytic=self.make_analytic("x", self.other_plan))

    # === Owner and members === #

    def test_owner_hands_over_and_stays_manager(self):
        admin = self.make_user("sop_admin", "sop_budget.group_sop_budget_manager")
        # To anybody, by the owner or an administrator: neither needs another right for it
        for giver, taker in (
            (self.owner, self.users["manager"]),
            (self.users["manager"], self.users["viewer"]),
            (admin, self.outsider),
            (self.outsider, admin),
        ):
            former = self.budget.user_id
            self.budget.invalidate_recordset()
            self.budget.with_user(giver).write({"user_id": taker.id})
            roles = {m.user_id: m.role for m in self.budget.member_ids}
            self.assertEqual(self.budget.user_id, taker)
            self.assertEqual(roles[former], "manager")
            self.assertNotIn(taker, roles)
        with self.assertRefused(AccessError, "Only the owner"):
            self.budget.with_user(self.owner).user_id = self.owner

    def test_only_managers_change_members(self):
        with self.as_role("planner") as budget:
            with self.assertRaises(AccessError):
                budget.write({"user_id": self.users["planner"].id})
            with self.assertRaises(AccessError):
                self.env["sop.budget.member"].with_env(budget.env).create(
                    {
                        "budget_id": budget.id,
                        "user_id": self.outsider.id,
                        "role": "viewer",
                    }
                )
            with self.assertRaises(AccessError):
                budget.member_ids.filtered(
                    lambda m: m.user_id == budget.env.user
                ).role = "manager"
        with self.as_role("manager") as budget:
            budget.member_ids = [
                Command.create({"user_id": self.outsider.id, "role": "viewer"})
            ]
        self.assertEqual(self.budget._get_role(self.outsider), "viewer")

    def test_owner_is_no_member(self):
        with self.assertRefused(ValidationError, "needs no role"):
            self.budget.member_ids = [Command.create({"user_id": self.owner.id})]

    def test_member_changes_are_in_the_history(self):
        member = self.budget.member_ids[:1]
        member.role = "manager"
        self.assertIn("Members changed", self.budget.message_ids[:1].body)
        member.unlink()
        self.assertIn("Members removed", self.budget.message_ids[:1].body)
        with self.assertRefused(UserError, "another budget"):
            self.budget.member_ids[:1].budget_id = self.make_budget()

    # === Rates === #

    def test_foreign_amounts_follow_the_budget_rate(self):
        foreign = self.setup_other_currency("EUR")
        rate = self.env["sop.budget.rate"].create(
            {"budget_id": self.budget.id, "currency_id": foreign.id, "rate": 1.23456789}
        )
        self.assertEqual(rate.rate, 1.23456789)
        category = self.make_category("A")
        amount = self.env["sop.budget.amount"].create(
            {
                "category_id": category.id,
                "month": "2025-01-01",
                **self.env["sop.budget.amount"]._prepare_entry_vals(1000.0, rate),
            }
        )
        self.assertEqual(amount.amount, 1234.57)
        rate.rate = 2.5
        self.assertEqual(amount.amount, 2500.0)
        with self.assertRefused(ValidationError, "entered in"):
            rate.unlink()
        amount.amount = 99
        self.assertFalse(amount.entry_currency_id)
        rate.unlink()

    def test_a_foreign_entry_explains_the_amount(self):
        usd = (
            self.env.ref("base.EUR")
            if self.currency.name == "USD"
            else self.env.ref("base.USD")
        )
        usd.active = True
        rate = self.env["sop.budget.rate"].create(
            {"budget_id": self.budget.id, "currency_id": usd.id, "rate": 1.5}
        )
        leaf = self.make_category("F", amounts={"2025-01": 30})
        amount = leaf.amount_ids.with_user(self.users["planner"])
        vals = amount._prepare_entry_vals(20, rate)
        amount.write(vals)
        self.assertEqual(amount.amount, 30)
        for forged in (
            {"entry_amount": 1, "entry_rate": 5},
            {"entry_rate": 30, "entry_amount": 1},
            {"amount": 31, "entry_currency_id": usd.id},
            {**vals, "entry_currency_id": self.currency.id},
            {"entry_currency_id": False},
        ):
            with self.assertRefused(ValidationError, "F .*2025-01: the amount must be"):
                amount.write(forged)
        with self.assertRefused(ValidationError, "2025-02: the amount must be"):
            amount.create(
                {**vals, "category_id": leaf.id, "month": "2025-02-01", "amount": 1}
            )
        rate.rate = 2
        self.assertEqual(amount.amount, 40)
        self.assertEqual(self.budget.copy().category_ids.amount_ids.entry_amount, 20)

    def test_no_rate_for_the_own_currency(self):
        with self.assertRefused(ValidationError, "own currency"):
            self.budget.rate_ids = [Command.create({"currency_id": self.currency.id})]

    # === Copies and templates === #

    def test_duplicate_keeps_tree_and_amounts(self):
        top = self.make_category("P", visibility="planner")
        leaf = self.make_category("P1", top, amounts={"2025-02": 10}, analytic=True)
        copy = self.budget.copy()
        new_top = copy.category_ids.filtered(lambda c: c.code == "P")
        self.assertEqual(new_top.child_ids.code, "P1")
        self.assertEqual(
            new_top.child_ids.analytic_account_id, leaf.analytic_account_id
        )
        self.assertEqual(self.planned_of(new_top.child_ids), {"2025-02": 10})
        self.assertEqual(copy.state, "draft")
        self.assertIn("copy", copy.name)

    def test_template_to_new_year_with_uplift(self):
        self.make_category("A", amounts={"2025-01": 100, "2025-12": 33.33})
        template = self.env["sop.budget"].browse(
            self.budget.action_save_as_template()["res_id"]
        )
        self.assertTrue(template.is_template)
        with self.assertRefused(UserError, "template"):
            template.action_submit()
        form = Form(
            self.env["sop.budget.template.create"].with_context(active_id=template.id)
        )
        self.assertEqual(str(form.date_from), "2026-01-01")
        self.assertIn("2026", form.name)
        form.uplift = 5
        budget = self.env["sop.budget"].browse(form.save().action_create()["res_id"])
        self.assertEqual(
            self.planned_of(budget.category_ids), {"2026-01": 105, "2026-12": 35.0}
        )

    def test_template_to_a_total(self):
        self.make_category("A", amounts=33.33)
        self.make_category("I", amounts=50, kind="income")
        wizard = self.env["sop.budget.template.create"].create(
            {"template_id": self.budget.id, "mode": "total", "total": 1000}
        )
        self.assertEqual(wizard.template_total, 399.96)
        budget = self.env["sop.budget"].browse(wizard.action_create()["res_id"])
        expense = budget.category_ids.filtered(lambda c: c.kind == "expense")
        self.assertEqual(
            self.currency.compare_amounts(
                sum(expense.amount_ids.mapped("amount")), 1000
            ),
            0,
        )
        income = budget.category_ids - expense
        self.assertEqual(sum(income.amount_ids.mapped("amount")), 600)

    def test_template_of_another_currency(self):
        other = self.setup_other_company(currency_id=self.env.ref("base.JPY").id)
        wizard = self.env["sop.budget.template.create"].create(
            {"template_id": self.budget.id, "company_id": other["company"].id}
        )
        with self.assertRefused(UserError, "can't be taken over"):
            wizard.action_create()

    def test_template_refuses_figures_it_can_not_scale(self):
        for vals, amounts, message in (
            ({"uplift": 1e300}, 10, "With this “Uplift %” amounts become too large"),
            ({"uplift": 1e13}, 10, "With this “Uplift %” amounts become too large"),
            (
                {"mode": "total", "total": 1e15},
                10,
                "“Total of Expenses” amounts become",
            ),
            (
                {"mode": "total", "total": 9},
                {"2025-01": 9, "2025-02": -1},
                "below zero",
            ),
        ):
            template = self.make_budget(name="Pattern 2025")
            self.make_category("A", budget=template, amounts=amounts)
            wizard = self.env["sop.budget.template.create"].create(
                {"template_id": template.id, "name": "New", **vals}
            )
            with self.assertRefused(UserError, message):
                wizard.action_create()

    def test_template_is_scaled_at_once(self):
        """The number of queries does not grow with the number of amounts."""

        def count(rows):
            template = self.make_budget(name=f"Pattern {rows}")
            self.env["sop.budget.category"].create(
                [{"budget_id": template.id, "name": f"C{row}"} for row in range(rows)]
            )
            for category in template.category_ids:
                self.set_amounts(category, 10)
            wizard = self.env["sop.budget.template.create"].create(
                {"template_id": template.id, "name": f"New {rows}", "uplift": 5}
            )
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.cr.sql_log_count
            budget = self.budget.browse(wizard.action_create()["res_id"])
            self.env.flush_all()
            queries = self.cr.sql_log_count - before
            self.assertEqual(budget.planned_total, rows * 126)
            return queries

        count(2)  # what is read once is read now
        self.assertLess(count(30) - count(3), 27)

    def test_template_refuses_the_impossible(self):
        wizard = self.env["sop.budget.template.create"].create(
            {"template_id": self.budget.id, "mode": "total", "total": 1000}
        )
        with self.assertRefused(UserError, "plans no expenses"):
            wizard.action_create()
        wizard.write({"mode": "uplift", "uplift": -100})
        with self.assertRefused(UserError, "Uplift"):
            wizard.action_create()
