# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
import psycopg2

from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.fields import Command
from odoo.tests import tagged
from odoo.tools import mute_logger

from odoo.addons.sop_budget.engine.formula import MESSAGES
from odoo.addons.sop_budget.models.engine_messages import formula_messages

from .common import SopBudgetCommon


@tagged("post_install", "-at_install")
class TestCategory(SopBudgetCommon):
    # === Tree === #

    def test_kind_comes_from_the_top(self):
        top = self.make_category("I", kind="income")
        child = self.make_category("I1", top)
        grandchild = self.make_category("I1.1", child)
        self.assertEqual(grandchild.kind, "income")
        top.kind = "capital"
        self.assertEqual(grandchild.kind, "capital")
        with self.assertRefused(ValidationError, "same kind"):
            grandchild.kind = "expense"

    def test_codes(self):
        top = self.make_category("P")
        numbered = self.env["sop.budget.category"].create(
            [
                {"budget_id": self.budget.id, "parent_id": top.id, "name": n}
                for n in "ab"
            ]
        )
        self.assertEqual(numbered.mapped("code"), ["P.1", "P.2"])
        with self.assertRaises(psycopg2.IntegrityError), mute_logger("odoo.sql_db"):
            self.make_category("P")

    def test_parent_of_the_same_budget_without_loops(self):
        other = self.make_category("X", budget=self.make_budget())
        with self.assertRefused(ValidationError, "same budget"):
            self.make_category("Y", budget_id=self.budget.id, parent_id=other.id)
        top = self.make_category("A")
        child = self.make_category("A1", top)
        with self.assertRefused(Exception, "below itself|[Rr]ecursi|loop|cycle"):
            top.parent_id = child
        with self.assertRefused(UserError, "another budget"):
            child.budget_id = other.budget_id

    def test_first_child_takes_over(self):
        leaf = self.make_category("A", amounts=10, analytic=True)
        account = leaf.analytic_account_id
        rule = self.env["sop.budget.rule"].create(
            {"category_id": leaf.id, "account_id": self.expense_2.id}
        )
        child = self.make_category("A1", leaf)
        self.assertFalse(leaf.is_leaf)
        self.assertFalse(leaf.amount_ids or leaf.analytic_account_id)
        self.assertEqual(len(child.amount_ids), 12)
        self.assertEqual(child.analytic_account_id, account)
        self.assertEqual(rule.category_id, child)

    def test_first_child_must_come_empty(self):
        leaf = self.make_category("A", amounts=10)
        with self.assertRefused(UserError, "create “A1 Category A1” empty"):
            self.make_category("A1", leaf, analytic=True)
        other = self.make_category("B", amounts=5)
        with self.assertRefused(UserError, "holds amounts"):
            other.parent_id = leaf

    def test_only_leaves_hold_amounts_and_matching(self):
        top = self.make_category("A")
        self.make_category("A1", top)
        with self.assertRefused(ValidationError, "is their sum"):
            self.set_amounts(top, {"2025-01": 1})
        with self.assertRefused(ValidationError, "tie those to the books"):
            top.account_prefixes = "61"
        with self.assertRefused(ValidationError, "lowest level"):
            self.env["sop.budget.rule"].create(
                {"category_id": top.id, "account_id": self.expense.id}
            )

    def test_duplicate_of_a_branch(self):
        top = self.make_category("A")
        self.make_category("A1", top, amounts={"2025-03": 7}, analytic=True)
        copy = top.copy()
        self.assertEqual(copy.code, "A-2")
        self.assertEqual(self.planned_of(copy.child_ids), {"2025-03": 7})
        self.assertFalse(copy.child_ids.analytic_account_id)

    # === Amounts === #

    def test_amount_place(self):
        leaf = self.make_category("A")
        with self.assertRefused(ValidationError, "2026-01 lies outside"):
            self.set_amounts(leaf, {"2026-01": 1})
        with self.assertRaises(psycopg2.IntegrityError), mute_logger("odoo.sql_db"):
            self.env["sop.budget.amount"].create(
                {"category_id": leaf.id, "month": "2025-01-02", "amount": 1}
            )

    # === Impact === #

    def test_impact_formula(self):
        leaf = self.make_category("A", impact="=3*4*12 meet-ups")
        self.assertEqual(leaf.impact_result, "144 meet-ups")
        self.assertFalse(leaf.impact_error)
        leaf.impact = "=3*(4 meet-ups"
        self.assertFalse(leaf.impact_result)
        self.assertRegex(leaf.impact_error, r"closing parenthesis.*at character")
        leaf.impact = "plain words"
        self.assertFalse(leaf.impact_result or leaf.impact_error)

    def test_every_formula_error_has_a_message(self):
        self.assertEqual(formula_messages(self.env), MESSAGES)

    # === Matching === #

    def test_analytic_accounts_in_one_click(self):
        top = self.make_category("A")
        leaves = self.make_category("A1", top) | self.make_category("A2", top)
        by_account = self.make_category("B", account_prefixes="61")
        self.budget.with_user(self.users["planner"]).action_create_analytic_accounts()
        self.assertEqual(leaves.analytic_account_id.mapped("code"), ["A1", "A2"])
        self.assertEqual(leaves.analytic_account_id.plan_id, self.plan)
        self.assertFalse(by_account.analytic_account_id | top.analytic_account_id)
        again = self.budget.action_create_analytic_accounts()
        self.assertEqual(again["params"]["type"], "info")

    def test_analytic_accounts_make_a_plan(self):
        budget = self.make_budget(plan_id=False)
        self.make_category("A", budget=budget)
        budget.action_create_analytic_accounts()
        self.assertTrue(budget.plan_id)
        self.assertEqual(
            budget.category_ids.analytic_account_id.plan_id, budget.plan_id
        )
        # One for all budgets, whatever it is called by now
        budget.plan_id.name = "Cost centres"
        other = self.make_budget(plan_id=False)
        self.make_category("A", budget=other)
        other.action_create_analytic_accounts()
        self.assertEqual(other.plan_id, budget.plan_id)
        # It was deleted, or is a part of another one
        plan = other.plan_id.sudo()
        plans = self.env["account.analytic.plan"]
        for known in (
            "0",
            "x",
            str(plans.create({"name": "P", "parent_id": plan.id}).id),
        ):
            self.env["ir.config_parameter"].set_param(
                "sop_budget.analytic_plan_id", known
            )
            found = plans._find_or_create_for("sop_budget.analytic_plan_id", "Centres")
            self.assertEqual((found.name, found.parent_id), ("Centres", plans))

    def test_prefixes(self):
        leaf = self.make_category("A", account_prefixes=" 61, 625,61,")
        self.assertEqual(leaf._get_prefixes(), ["61", "625"])
        with self.assertRefused(ValidationError, "beginning of an account"):
            leaf.account_prefixes = "61;62"

    def test_rule_needs_a_criterion(self):
        leaf = self.make_category("A")
        with self.assertRaises(psycopg2.IntegrityError), mute_logger("odoo.sql_db"):
            self.env["sop.budget.rule"].create(
                {"category_id": leaf.id, "account_prefix": " "}
            )
        with self.assertRaises(psycopg2.IntegrityError), mute_logger("odoo.sql_db"):
            self.env["sop.budget.rule"].create(
                {
                    "category_id": leaf.id,
                    "account_prefix": "6",
                    "account_id": self.expense.id,
                }
            )

    def test_rule_changes_are_in_the_history(self):
        leaf = self.make_category("A")
        rule = self.env["sop.budget.rule"].create(
            {"category_id": leaf.id, "account_prefix": "61"}
        )
        self.assertIn("Matching rule added", leaf.message_ids[:1].body)
        rule.account_prefix = "62"
        self.assertIn("62…", leaf.message_ids[:1].body)
        rule.unlink()
        self.assertIn("removed", leaf.message_ids[:1].body)

    def test_matching_is_for_planners(self):
        leaf = self.make_category("A", amounts=1)
        with self.as_role("viewer") as budget, self.assertRaises(AccessError):
            self.env["sop.budget.rule"].with_env(budget.env).create(
                {"category_id": leaf.id, "account_prefix": "61"}
            )

    # === Who sees what === #

    def test_visibility_goes_down_the_tree(self):
        top = self.make_category("P", visibility="planner")
        leaf = self.make_category("P1", top)
        self.assertEqual(leaf.visibility_effective, "planner")
        leaf.visibility = "manager"
        self.assertEqual(leaf.visibility_effective, "manager")
        top.visibility = "all"
        self.assertEqual(top.visibility_effective, "all")
        self.assertEqual(leaf.visibility_effective, "manager")

    def test_visibility_by_role(self):
        codes = {}
        for visibility in ("all", "planner", "manager"):
            self.make_category(
                visibility, visibility=visibility, amounts={"2025-01": 1}
            )
        for role in ("outsider", "viewer", "proposer", "planner", "manager", "owner"):
            with self.as_role(role) as budget:
                domain = [("budget_id", "=", budget.id)]
                categories = budget.env["sop.budget.category"].search(domain)
                amounts = budget.env["sop.budget.amount"].search(domain)
                codes[role] = set(categories.mapped("code"))
                self.assertEqual(amounts.category_id, categories, role)
        self.assertEqual(
            codes,
            {
                "outsider": set(),
                "viewer": {"all"},
                "proposer": {"all"},
                "planner": {"all", "planner"},
                "manager": {"all", "planner", "manager"},
                "owner": {"all", "planner", "manager"},
            },
        )

    def test_levels_are_limited(self):
        vals = {"name": "low"}
        for level in range(300):
            vals = {"name": f"L{level}", "child_ids": [Command.create(vals)]}
        with self.assertRefused(ValidationError, "“Parent”: .*at most 30 levels"):
            self.env["sop.budget.category"].create(
                {**vals, "budget_id": self.budget.id}
            )
        with self.assertRefused(ValidationError, "at most 30 levels"):
            self.budget.write({"category_ids": [Command.create(vals)]})
        low = None
        for level in range(30):
            low = self.make_category(f"D{level}", low)
        with self.assertRefused(ValidationError, "at most 30 levels"):
            self.make_category("D30", low)
        top = self.make_category("T")
        with self.assertRefused(ValidationError, "at most 30 levels"):
            self.budget.category_ids.filtered(lambda c: c.code == "D0").parent_id = top
