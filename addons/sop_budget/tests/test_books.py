# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from psycopg2.errors import CheckViolation

from odoo.exceptions import AccessError
from odoo.fields import Command
from odoo.tests import tagged
from odoo.tools import mute_logger

from .common import USER, SopBudgetCommon


@tagged("post_install", "-at_install")
class TestBooks(SopBudgetCommon):
    """Nobody reads the ledger by way of a budget of their own making."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.clerk = cls.make_user("sop_clerk", USER)
        cls.leaf = cls.make_category("A", amounts=100.0)
        cls.tied = cls.make_category("B", amounts=100.0, analytic=True)
        cls.secret = cls.make_analytic("Salaries of all")
        cls.env["sop.budget.member"].create(
            {
                "budget_id": cls.budget.id,
                "user_id": cls.clerk.id,
                "role": "planner",
            }
        )

    def as_clerk(self, records):
        return records.with_user(self.clerk)

    def test_starting_a_budget_needs_the_books(self):
        Budget = self.as_clerk(self.env["sop.budget"])
        self.assertFalse(Budget.has_access("create"))
        with self.assertRaisesRegex(AccessError, "only budget controllers"):
            Budget.create(
                {"name": "Mine", "date_from": "2025-01-01", "date_to": "2025-12-31"}
            )
        with self.assertRaisesRegex(AccessError, "only budget controllers"):
            self.as_clerk(self.budget).copy()
        wizard = self.as_clerk(self.env["sop.budget.template.create"])
        with self.assertRaises(AccessError):
            wizard.create({"template_id": self.budget.id}).action_create()

    def test_who_reads_the_books_starts_budgets(self):
        for group in (
            "account.group_account_readonly",
            "account.group_account_invoice",
        ):
            with self.subTest(group=group):
                user = self.make_user(f"sop_{group[-8:]}", f"{USER},{group}")
                budget = (
                    self.env["sop.budget"]
                    .with_user(user)
                    .create(
                        {
                            "name": "Ours",
                            "date_from": "2025-01-01",
                            "date_to": "2025-12-31",
                        }
                    )
                )
                self.assertEqual(budget.user_id, user)

    def test_tying_needs_the_books(self):
        ties = (
            {"analytic_account_id": self.secret.id},
            {"account_ids": [Command.link(self.expense.id)]},
            {"account_prefixes": "6"},
        )
        for tie in ties:
            with self.subTest(tie=tie):
                with self.assertRaisesRegex(AccessError, "Only budget controllers"):
                    self.as_clerk(self.leaf).write(tie)
                with self.assertRaisesRegex(AccessError, "Only budget controllers"):
                    self.as_clerk(self.env["sop.budget.category"]).create(
                        {
                            "budget_id": self.budget.id,
                            "code": "X",
                            "name": "X",
                            **tie,
                        }
                    )
        with self.assertRaisesRegex(AccessError, "Only budget controllers"):
            self.as_clerk(self.env["sop.budget.rule"]).create(
                {"category_id": self.leaf.id, "account_id": self.expense.id}
            )
        rule = self.env["sop.budget.rule"].create(
            {"category_id": self.leaf.id, "account_id": self.expense_2.id}
        )
        for change in ({"account_id": self.expense.id}, {"category_id": self.tied.id}):
            with self.assertRaisesRegex(AccessError, "Only budget controllers"):
                self.as_clerk(rule).write(change)

    def test_widening_the_scope_needs_the_books(self):
        self.budget.scope_income = False
        with self.assertRaisesRegex(AccessError, "Only budget controllers"):
            self.as_clerk(self.budget).scope_income = True
        self.as_clerk(self.budget).scope_expense = False

    def test_planners_get_new_accounts_and_divide_what_is_tied(self):
        self.as_clerk(self.budget).action_create_analytic_accounts()
        self.assertTrue(self.leaf.analytic_account_id)
        analytic = self.tied.analytic_account_id
        child = self.as_clerk(self.env["sop.budget.category"]).create(
            {
                "budget_id": self.budget.id,
                "parent_id": self.tied.id,
                "code": "B1",
                "name": "B1",
            }
        )
        self.assertEqual(child.analytic_account_id, analytic)
        self.assertFalse(self.tied.analytic_account_id)
        # Untying shows nothing
        self.as_clerk(child).analytic_account_id = False

    def test_amounts_have_the_digits_of_the_currency(self):
        leaf = self.make_category("C", amounts={"2025-01": 33333.333333})
        amount = leaf.amount_ids
        self.assertEqual(amount.amount, 33333.33)
        amount.write({"amount": 0.005})
        self.env.flush_all()
        self.env.cr.execute(
            "SELECT amount::text FROM sop_budget_amount WHERE id = %s", [amount.id]
        )
        self.assertEqual(float(self.env.cr.fetchone()[0]), 0.01)

    def test_amounts_have_a_size(self):
        amount = self.leaf.amount_ids[0]
        for value in (1e20, -1e20):
            with (
                self.subTest(value=value),
                mute_logger("odoo.sql_db"),
                # Told in words where requests end
                self.assertRaises(CheckViolation),
                self.env.cr.savepoint(),
            ):
                amount.amount = value
                self.env.flush_all()
