# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from unittest.mock import patch

from odoo import Command
from odoo.exceptions import ValidationError
from odoo.tests import tagged

from .common import SopBudgetCommon


@tagged("post_install", "-at_install")
class TestBudgetMap(SopBudgetCommon):
    """The map follows everything that it was resolved from."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.maps = cls.env["sop.budget.map"]
        cls.root = cls.make_category("R")
        cls.one = cls.make_category("R1", cls.root)
        cls.two = cls.make_category("R2", cls.root)
        cls.analytic = cls.make_analytic("One")

    def rows(self, budget=None):
        """``{(account, analytic): category}``; kind instead of a missing account."""
        self.maps._rebuild_pending()
        rows = self.maps.search([("budget_id", "=", (budget or self.budget).id)])
        return {
            (row.account_id or row.kind, row.analytic_account_id): row.category_id
            for row in rows
        }

    def who(self, account, analytic=None):
        rows = self.rows()
        no = self.env["account.analytic.account"]
        kind = "expense"
        for key in ((account, analytic or no), (kind, analytic or no), (account, no)):
            if key in rows and (rows[key] or key[1] == no):
                return rows[key]
        return None

    def test_scope_is_every_account_of_the_kinds_asked_for(self):
        def scope_types():
            return {account.account_type for account, _analytic in self.rows()}

        every = {
            "expense",
            "expense_depreciation",
            "expense_direct_cost",
            "income",
            "income_other",
            "asset_fixed",
        }
        self.assertLessEqual(scope_types(), every | {"expense_other"})
        self.assertLessEqual({"expense", "income", "asset_fixed"}, scope_types())
        self.budget.scope_income = False
        self.assertFalse({"income", "income_other"} & scope_types())
        self.budget.write({"scope_expense": False, "scope_capital": False})
        self.assertFalse(self.rows())
        self.one.account_ids = self.payable
        self.assertEqual(set(self.rows()), {(self.payable, self.analytic.browse())})

    def test_fields_of_a_category(self):
        self.assertFalse(self.who(self.expense))
        self.one.account_ids = self.expense
        self.assertEqual(self.who(self.expense), self.one)
        self.two.account_prefixes = self.expense.code[:3]
        self.assertEqual(self.who(self.expense), self.one)
        self.assertEqual(self.who(self.expense_2), self.two)
        self.one.account_ids = False
        self.assertEqual(self.who(self.expense), self.two)
        self.one.analytic_account_id = self.analytic
        self.assertEqual(self.who(self.expense, self.analytic), self.one)
        self.assertEqual(self.who(self.expense), self.two)
        self.one.account_ids = self.expense_2
        self.assertEqual(self.who(self.expense, self.analytic), self.two)
        self.assertEqual(self.who(self.expense_2, self.analytic), self.one)

    def test_life_of_categories(self):
        self.one.account_ids = self.expense
        child = self.make_category("R1.1", self.one)
        self.assertEqual(self.who(self.expense), child)
        child.unlink()
        self.assertFalse(self.who(self.expense))
        self.assertIn((self.expense, self.analytic.browse()), self.rows())

    def test_rules(self):
        rule = self.env["sop.budget.rule"].create(
            {"category_id": self.one.id, "account_id": self.expense.id}
        )
        self.assertEqual(self.who(self.expense), self.one)
        rule.write({"account_id": False, "account_prefix": self.expense_2.code})
        self.assertFalse(self.who(self.expense))
        self.assertEqual(self.who(self.expense_2), self.one)
        rule.category_id = self.two
        self.assertEqual(self.who(self.expense_2), self.two)
        rule.write({"account_prefix": False, "analytic_account_id": self.analytic.id})
        self.assertEqual(self.who(self.expense_3, self.analytic), self.two)
        rule.unlink()
        self.assertFalse(self.who(self.expense_3, self.analytic))

    def test_rules_that_can_not_fit_match_nothing(self):
        other_company = self.setup_other_company()["company"]
        foreign = self.env["account.account"].search(
            [("company_ids", "in", other_company.ids)], limit=1
        )
        other = self.make_analytic("Other", self.other_plan)
        rules = self.env["sop.budget.rule"].create(
            [
                {"category_id": self.one.id, "account_prefix": "999999"},
                {"category_id": self.two.id, "account_id": self.expense.id},
            ]
        )
        self.maps._rebuild_pending()
        # Written past the ORM's checks, as an account that changed hands later
        self.env.cr.execute(
            """UPDATE sop_budget_rule SET account_prefix = NULL, analytic_account_id = %s
                WHERE id = %s""",
            [other.id, rules[0].id],
        )
        self.env.cr.execute(
            "UPDATE sop_budget_rule SET account_id = %s WHERE id = %s",
            [foreign.id, rules[1].id],
        )
        self.env.cr.execute(
            "UPDATE sop_budget_category SET analytic_account_id = %s WHERE id = %s",
            [other.id, self.two.id],
        )
        self.env.invalidate_all()
        self.maps._mark_stale(self.budget)
        self.assertFalse([category for category in self.rows().values() if category])

    def test_accounts(self):
        self.one.account_prefixes = "X77"
        account = self.copy_account(self.expense, {"code": "X7700", "name": "New"})
        self.assertEqual(self.who(account), self.one)
        account.code = "X8800"
        self.assertFalse(self.who(account))
        account.account_type = "liability_current"
        self.assertNotIn((account, self.analytic.browse()), self.rows())
        account.account_type = "expense"
        self.assertIn((account, self.analytic.browse()), self.rows())
        account.unlink()
        self.maps._rebuild_pending()

    def test_archived_accounts_stay_in_scope(self):
        self.expense_3.active = False
        self.assertIn((self.expense_3, self.analytic.browse()), self.rows())

    def test_merged_accounts(self):
        self.one.account_ids = self.expense_2 | self.expense_3
        kept, gone = self.expense_2, self.expense_3
        ledger = self.env["sop.ledger.month"]
        for account in (kept, gone):
            self.post_entry(
                100, "2025-03-05", account, distribution={self.analytic: 25}
            )
        self.post_entry(1, "2025-04-05", kept)
        self.env.flush_all()
        ledger._fold()
        self.rows()
        self.env["account.merge.wizard"]._action_merge(kept | gone)
        self.env.invalidate_all()
        self.assertEqual(self.who(kept), self.one)
        for _round in range(2):
            matrix = self.budget._get_matrix()
            actual = matrix.actual[matrix.row(self.one.id)]
            self.assertEqual([actual[2], actual[3], actual.sum()], [20000, 100, 20100])
            ledger._fold()
        self.assertFalse(ledger.search_count([("account_id", "=", gone.id)]))
        self.assertEqual(ledger._check_and_repair(), 0)

    def test_analytic_plans(self):
        self.one.analytic_account_id = self.analytic
        self.assertEqual(self.who(self.expense, self.analytic), self.one)
        self.analytic.plan_id = self.other_plan
        self.assertFalse(self.who(self.expense, self.analytic))
        self.analytic.plan_id = self.plan
        self.assertEqual(self.who(self.expense, self.analytic), self.one)
        # The plan becomes a part of another one; its columns would go from the registry too
        with patch.object(type(self.plan), "_sync_all_plan_column"):
            self.plan.parent_id = self.other_plan
        self.assertFalse(self.who(self.expense, self.analytic))

    def test_another_company_has_its_own_codes_and_accounts(self):
        company = self.setup_other_company()["company"]
        self.expense_2.write(
            {
                "company_ids": [Command.link(company.id)],
                "code_mapping_ids": [
                    Command.create({"company_id": company.id, "code": "Y1"})
                ],
            }
        )
        budget = self.make_budget(company_id=company.id, name="Other")
        category = self.make_category("Y", budget=budget, account_prefixes="Y")
        scope = self.rows(budget)
        no = self.analytic.browse()
        self.assertEqual(scope[self.expense_2, no], category)
        self.assertNotIn((self.expense, no), scope)
        # The codes of a branch are those of its root
        branch = self.env["res.company"].create(
            {"name": "Branch", "parent_id": company.id}
        )
        self.env.user.company_ids |= branch
        of_branch = self.make_budget(company_id=branch.id, name="Branch")
        category = self.make_category("B", budget=of_branch, account_prefixes="Y")
        self.assertEqual(self.rows(of_branch)[self.expense_2, no], category)

    # === CONFLICTS === #

    def assert_conflict(self, message):
        with self.assertRaisesRegex(ValidationError, message):
            self.maps._rebuild_pending()

    def test_two_categories_with_the_same_selector(self):
        self.one.account_ids = self.two.account_ids = self.expense
        self.assert_conflict(
            "“R1 Category R1” and “R2 Category R2” are both tied to .*Expense"
        )
        # Whoever catches the error and goes on meets it again
        self.assert_conflict("both tied")
        self.two.account_ids = False
        self.assertEqual(self.who(self.expense), self.one)
        self.one.account_ids = False
        self.two.analytic_account_id = self.one.analytic_account_id = self.analytic
        self.assert_conflict("both tied to One")
        (self.one | self.two).write({"account_prefixes": "60"})
        self.assert_conflict("both tied to One [+] accounts 60…")

    def test_an_account_of_two_kinds(self):
        income = self.make_category(
            "I", kind="income", account_ids=[Command.link(self.expense.id)]
        )
        self.one.account_ids = self.expense
        self.assert_conflict("different kinds")
        income.unlink()
        self.maps._rebuild_pending()

    def test_the_message_keeps_hidden_categories_hidden(self):
        self.two.write({"visibility": "manager", "account_prefixes": "X60"})
        self.maps._rebuild_pending()
        planner = self.users["planner"]
        self.one.with_user(planner).account_prefixes = "X60"
        with self.assertRaisesRegex(
            ValidationError, "a category that you may not see"
        ) as caught:
            self.maps.with_user(planner).sudo()._rebuild_pending()
        self.assertNotIn("R2", str(caught.exception))

    def test_check_heals_maps(self):
        self.one.account_ids = self.expense
        self.two.account_ids = self.expense_2
        broken = self.make_budget(name="Broken")
        _first, second = (
            self.make_category(code, budget=broken, account_ids=account.ids)
            for code, account in (("A", self.expense), ("B", self.expense_2))
        )
        self.maps._rebuild_pending()
        # A conflict that no hook saw
        self.env.cr.execute(
            "UPDATE account_account_sop_budget_category_rel SET account_account_id = %s"
            " WHERE sop_budget_category_id = %s",
            [self.expense.id, second.id],
        )
        for check in ("_cron_check", "action_check"):
            self.env.cr.execute(
                "UPDATE sop_budget_map SET category_id = NULL WHERE budget_id = %s",
                [self.budget.id],
            )
            self.env.invalidate_all()
            self.assertFalse(self.who(self.expense))
            with self.assertLogs("odoo.addons.sop_budget", "WARNING") as logs:
                getattr(self.env["sop.ledger.month"], check)()
            self.assertIn(f"map of budget {broken.id}", "".join(logs.output))
            self.assertEqual(self.who(self.expense), self.one)
            self.assertEqual(self.who(self.expense_2), self.two)

    # === WHEN === #

    def test_resolved_once_and_before_the_end_of_the_transaction(self):
        self.maps._rebuild_pending()
        rebuild = type(self.maps)._rebuild
        calls = []

        def count(maps, budgets, authors=None):
            calls.append(budgets)
            return rebuild(maps, budgets, authors)

        with patch.object(type(self.maps), "_rebuild", count):
            self.one.account_ids = self.expense
            self.two.account_ids = self.expense_2
            self.make_category("R3", self.root)
            self.assertFalse(calls)
            self.env.cr.flush()
            self.assertEqual(calls, [self.budget])
            self.env.cr.flush()
            self.budget._get_matrix()
            self.maps.flush_model()
            self.assertEqual(calls, [self.budget])
            self.one.name = "does not matter"
            self.env.cr.flush()
            self.assertEqual(calls, [self.budget])
        self.assertEqual(self.who(self.expense), self.one)

    def test_searching_sees_what_is_pending(self):
        self.maps._rebuild_pending()
        self.one.account_ids = self.expense
        self.maps.flush_model(["category_id"])
        self.assertTrue(self.maps.search_count([("category_id", "=", self.one.id)]))

    def test_rows_that_stay_are_not_written(self):
        self.one.account_ids = self.expense
        self.maps._rebuild_pending()
        before = set(self.maps.search([("budget_id", "=", self.budget.id)]).ids)
        self.two.account_ids = self.expense_2
        self.maps._rebuild_pending()
        after = set(self.maps.search([("budget_id", "=", self.budget.id)]).ids)
        self.assertEqual((len(before - after), len(after - before)), (1, 1))
