# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from unittest.mock import patch

from odoo.exceptions import UserError
from odoo.fields import Command
from odoo.tests import tagged

from .common import SopBudgetCommon

TIED = "can't be tied to .* by you: this budget has categories that you may not see"
CHANGED = "can't be changed like this by you: this budget has categories"


@tagged("post_install", "-at_install")
class TestMapGuard(SopBudgetCommon):
    """Planners take nothing from hidden categories by what they tie their own to.

    A more specific tie of one's own would show what a hidden category spends.
    """

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.maps = cls.env["sop.budget.map"]
        cls.rules = cls.env["sop.budget.rule"]
        cls.planner = cls.make_user(
            "sop_guarded",
            "sop_budget.group_sop_budget_user,account.group_account_invoice",
        )
        cls.root = cls.make_category("R")
        cls.mine = cls.make_category("R1", cls.root)
        cls.other = cls.make_category("R2", cls.root)
        cls.secret = cls.make_category("SECRET", visibility="manager")
        cls.team, cls.spare = cls.make_analytic("Team A"), cls.make_analytic("Spare")
        cls.code = cls.expense.code
        cls.env["sop.budget.member"].create(
            {"budget_id": cls.budget.id, "user_id": cls.planner.id, "role": "planner"}
        )
        cls.maps._rebuild_pending()

    def setUp(self):
        super().setUp()
        self.maps._rebuild_pending()

    def by_planner(self, records):
        return records.with_user(self.planner)

    def hide(self, **ties):
        self.secret.write(ties)
        self.maps._rebuild_pending()

    def refuse(self, change, message=TIED):
        """The planner's change is refused before the transaction ends; nothing stays."""
        with self.assertRefused(UserError, message) as _, self.env.cr.savepoint():
            change()
            # Whoever resolves the map: it is about who made the change
            self.maps.sudo()._rebuild_pending()
        self.forget()

    def allow(self, change):
        savepoint = self.env.cr.savepoint()
        change()
        self.maps._rebuild_pending()
        savepoint.close(rollback=True)
        self.forget()

    def forget(self):
        self.env.invalidate_all()
        self.env.cr.precommit.clear()

    def get_ties(self):
        """Everything that ties to what a category of accounts by itself would lose."""
        mine = self.by_planner(self.mine)
        rules = self.by_planner(self.rules)
        harmless = self.rules.create(
            {"category_id": self.mine.id, "account_prefix": "X9"}
        )
        self.maps._rebuild_pending()
        rule = {"category_id": mine.id, "analytic_account_id": self.team.id}
        new = {
            "budget_id": self.budget.id,
            "name": "New",
            "analytic_account_id": self.team.id,
        }
        return {
            "category": lambda: mine.write({"analytic_account_id": self.team.id}),
            "new category": lambda: mine.create(new),
            "rule": lambda: rules.create(rule),
            "pair": lambda: rules.create({**rule, "account_id": self.expense.id}),
            "prefix pair": lambda: rules.create({**rule, "account_prefix": self.code}),
            "changed rule": lambda: self.by_planner(harmless).write(
                {"analytic_account_id": self.team.id, "account_prefix": False}
            ),
            "one2many": lambda: mine.write({"rule_ids": [Command.create(rule)]}),
            "by way of the budget": lambda: self.by_planner(self.budget).write(
                {"category_ids": [Command.create({**new, "code": "N"})]}
            ),
            "file": lambda: self.load_file(mine, new),
        }

    def load_file(self, categories, vals):
        columns = ["budget_id/.id", "name", "analytic_account_id/.id"]
        row = [str(vals[column.partition("/")[0]]) for column in columns]
        # The registry of a failed import is read anew, without the plans of this test
        with patch.object(type(self.env.registry), "reset_changes"):
            result = categories.load(columns, [row])
        if not result["ids"]:
            raise UserError(result["messages"][0]["message"])

    def test_an_unused_analytic_account_takes_nothing_from_accounts_of_others(self):
        for ties in (
            {"account_ids": [Command.set(self.expense.ids)]},
            {"account_ids": False, "account_prefixes": self.code[:-1]},
        ):
            self.hide(**ties)
            for change in self.get_ties().values():
                self.refuse(change)
        # Nothing hangs on what is booked: the ledger is empty

    def test_whoever_sees_everything_may(self):
        self.hide(account_prefixes=self.code[:-1])
        manager = self.users["manager"]
        self.allow(
            lambda: self.mine.with_user(manager).write(
                {"analytic_account_id": self.team.id, "account_prefixes": self.code}
            )
        )
        self.secret.visibility = "planner"
        for change in self.get_ties().values():
            self.allow(change)

    def test_accounts_and_prefixes(self):
        self.hide(account_prefixes=self.code[:-1])
        mine = self.by_planner(self.mine)
        self.refuse(lambda: mine.write({"account_prefixes": self.code}))
        self.refuse(
            lambda: mine.write({"account_ids": [Command.set(self.expense.ids)]})
        )
        # By the kind, which is that of the category that names the account itself
        self.refuse(
            lambda: mine.create(
                {
                    "budget_id": self.budget.id,
                    "name": "Income",
                    "kind": "income",
                    "account_ids": [Command.set(self.expense.ids)],
                }
            )
        )
        self.allow(lambda: mine.write({"account_prefixes": self.code[:1]}))
        self.allow(lambda: mine.write({"account_prefixes": "X9"}))

    def test_a_hidden_analytic_account_keeps_its_items(self):
        self.hide(analytic_account_id=self.team.id)
        mine, rules = self.by_planner(self.mine), self.by_planner(self.rules)
        rule = {"category_id": self.mine.id, "analytic_account_id": self.team.id}
        self.refuse(lambda: rules.create({**rule, "account_id": self.expense.id}))
        income = {
            "budget_id": self.budget.id,
            "name": "Income",
            "kind": "income",
            "account_ids": [Command.set(self.expense.ids)],
        }
        self.refuse(lambda: mine.create(income))
        budget = self.by_planner(self.budget)
        for plan in (self.other_plan.id, False):
            self.refuse(
                lambda plan=plan: budget.write({"plan_id": plan}),
                "^The “Analytic Plan” can't be changed by you",
            )
        self.refuse(
            lambda: budget.write({"scope_expense": False}), "“Expenses” " + CHANGED
        )
        # Only named together with an analytic account, it still changes the kind
        pair = {"analytic_account_id": self.spare.id, "account_id": self.expense.id}
        self.refuse(
            lambda: mine.create(
                {**income, "account_ids": False, "rule_ids": [Command.create(pair)]}
            ),
            "“Kind” " + CHANGED,
        )
        # An analytic account of one's own takes nothing from another one
        self.allow(lambda: mine.write({"analytic_account_id": self.spare.id}))
        self.allow(lambda: mine.write({"account_prefixes": self.code}))
        self.allow(lambda: budget.write({"scope_income": False}))

    def test_what_is_seen_is_free_to_move(self):
        self.mine.write(
            {"analytic_account_id": self.team.id, "account_prefixes": self.code}
        )
        self.other.analytic_account_id = self.spare
        self.hide(account_prefixes="X8")
        mine, other = self.by_planner(self.mine), self.by_planner(self.other)

        def exchange():
            other.analytic_account_id = False
            mine.analytic_account_id = self.spare
            other.write(
                {"analytic_account_id": self.team.id, "account_prefixes": self.code}
            )

        self.allow(exchange)
        # A new sub-category takes over what its parent was tied to
        self.allow(
            lambda: mine.create(
                {"budget_id": self.budget.id, "parent_id": mine.id, "name": "Sub"}
            )
        )
        self.allow(other.unlink)

    def test_new_analytic_accounts_hold_nothing_of_others(self):
        self.hide(account_prefixes=self.code[:-1])
        self.by_planner(self.budget).action_create_analytic_accounts()
        self.maps._rebuild_pending()
        self.assertTrue(self.mine.analytic_account_id)
        self.assertFalse(self.secret.analytic_account_id)
        self.forget()
        # Later it may hold something: it is given back to nobody else, and not taken again
        account = self.mine.analytic_account_id
        self.by_planner(self.mine).analytic_account_id = False
        self.maps._rebuild_pending()
        self.refuse(
            lambda: self.by_planner(self.mine).write(
                {"analytic_account_id": account.id}
            )
        )

    def test_assigning_items(self):
        self.hide(account_ids=[Command.set(self.expense.ids)])
        for account in (self.expense, self.expense_2):
            self.post_entry(100, "2025-03-05", account, distribution={self.team: 100})
        action = self.by_planner(self.budget).action_assign_unassigned("u_expense")
        wizard = (
            self.by_planner(self.env["sop.budget.assign"])
            .with_context(**action["context"])
            .create({"category_id": self.mine.id})
        )
        self.assertEqual(wizard.selector, "analytic")
        self.refuse(wizard.action_assign)
        wizard.selector = "both"
        wizard.action_assign()
        self.maps._rebuild_pending()
        self.assertEqual(self.mine.rule_ids.account_id, self.expense_2)
        self.assertEqual(self.mine.actual, 100)
        self.assertEqual(self.secret.actual, 100)

    def test_the_books_go_on(self):
        """Who keeps the accounts sees the books anyway."""
        self.hide(account_prefixes=self.code)
        self.mine.account_prefixes = "X9"
        self.maps._rebuild_pending()
        self.env["account.account"].browse(self.expense.id).check_access("read")
        self.planner.group_ids |= self.env.ref("account.group_account_manager")
        self.by_planner(self.expense).code = "X90000"
        self.maps._rebuild_pending()
        row = self.maps.search(
            [("budget_id", "=", self.budget.id), ("account_id", "=", self.expense.id)]
        )
        self.assertEqual(row.category_id, self.mine)

    def test_the_message(self):
        self.hide(account_prefixes=self.code[:-1])
        self.expense.name = "Wages"
        mine = self.by_planner(self.mine)
        for vals, what, field in (
            ({"analytic_account_id": self.team.id}, "Team A", "Analytic Account"),
            (
                {"account_prefixes": self.code},
                f"accounts {self.code}…",
                "Account Prefixes",
            ),
            (
                {"account_ids": [Command.set(self.expense.ids)]},
                "Wages",
                "General Accounts",
            ),
            (
                {
                    "analytic_account_id": self.team.id,
                    "account_prefixes": self.code[:2],
                },
                f"Team A [+] accounts {self.code[:2]}…",
                "Analytic Account, Account Prefixes",
            ),
        ):
            with self.assertRaises(UserError) as caught, self.env.cr.savepoint():
                mine.write(vals)
                self.maps._rebuild_pending()
            message = str(caught.exception)
            self.assertRegex(
                message, f"“R1 Category R1” can't be tied to {what} by you"
            )
            self.assertIn(f"something else for “{field}”", message)
            self.assertIn(f"ask {self.owner.name} or another manager", message)
            self.assertNotIn("SECRET", message)
            self.assertEqual("Wages" in message, "account_ids" in vals)
            self.forget()

    def test_caught_and_gone_on(self):
        self.hide(account_prefixes=self.code[:-1])
        self.by_planner(self.mine).analytic_account_id = self.team
        for _round in range(2):
            with self.assertRaisesRegex(UserError, TIED):
                self.maps._rebuild_pending()
        self.by_planner(self.mine).analytic_account_id = False
        self.maps._rebuild_pending()
