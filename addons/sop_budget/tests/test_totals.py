# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
import random
from datetime import date, timedelta

from odoo import Command
from odoo.exceptions import AccessError
from odoo.tests import tagged

from ..models.sop_budget_sums import MEASURES, SPENDING
from .common import SopBudgetCommon
from .common_ledger import LedgerCase


@tagged("post_install", "-at_install")
class TestTotals(SopBudgetCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.top = cls.make_category("P")
        cls.travel = cls.make_category("P1", cls.top, amounts=100, analytic=True)
        cls.secret = cls.make_category(
            "P2", cls.top, amounts=1000, analytic=True, visibility="manager"
        )
        cls.income = cls.make_category("I", kind="income", amounts=500)
        cls.post_bill(
            300, "2025-02-10", distribution={cls.travel.analytic_account_id: 100}
        )
        cls.post_bill(50, "2025-02-10")

    def test_totals_of_a_budget(self):
        self.assertRecordValues(
            self.budget,
            [
                {
                    "planned_total": 13200.0,
                    "committed_total": 0.0,
                    "actual_total": 350.0,
                    "available_total": 12850.0,
                }
            ],
        )
        self.assertAlmostEqual(self.budget.utilisation, 100 * 350 / 13200)

    def test_the_period_names_its_years(self):
        for start, end, period in (
            ("2025-01-01", "2025-12-31", "2025"),
            ("2025-07-01", "2026-06-30", "Jul 2025 – Jun 2026"),
            ("2025-01-20", "2026-08-14", "01/20/2025 – 08/14/2026"),
        ):
            budget = self.make_budget(name=start, date_from=start, date_to=end)
            self.assertEqual(budget.period, period)

    def test_hidden_amounts_are_in_no_total(self):
        with self.as_role("viewer") as budget:
            self.assertEqual(budget.planned_total, 1200.0)
            self.assertEqual(budget.available_total, 850.0)
            top = self.top.with_env(budget.env)
            self.assertEqual(top.planned, 1200.0)

    def test_figures_of_categories(self):
        self.assertRecordValues(
            self.top | self.travel,
            [
                {"planned": 13200.0, "actual": 300.0, "available": 12900.0},
                {"planned": 1200.0, "actual": 300.0, "available": 900.0},
            ],
        )
        self.assertEqual(self.travel.utilisation, 25.0)
        self.assertEqual(self.income.actual, 0.0)

    def test_new_records_have_no_figures(self):
        self.assertEqual(self.env["sop.budget"].new({"name": "x"}).planned_total, 0.0)
        self.assertEqual(self.env["sop.budget.category"].new({}).planned, 0.0)


@tagged("post_install", "-at_install")
class TestTotalsOfMany(LedgerCase):
    """Totals read for many budgets at once are those of their matrices."""

    #: Company, dates and other values of further budgets.
    MORE = (
        (0, "2025-02-10", "2025-11-19", {}),
        (1, "2025-03-15", "2025-03-20", {}),
        (0, "2024-12-01", "2026-01-15", {"scope_expense": False}),
        (0, "2025-03-01", "2025-03-31", {"scope_capital": False}),
        (1, "2025-01-02", "2025-12-31", {"scope_income": False}),
    )

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.random = random.Random(84)
        cls.ledger = cls.env["sop.ledger.month"]
        for number, date_from, date_to, vals in cls.MORE:
            company = cls.companies[number]
            budget = cls.make_budget(
                name=date_from,
                company_id=company.id,
                date_from=date_from,
                date_to=date_to,
                **vals,
            )
            cls.make_oracle(budget)
            cls.budgets |= budget
        for budget in cls.budgets:
            cls.plan_something(budget)
        # Pairs, one of them with an account that is in no scope by its type
        cls.env["sop.budget.rule"].create(
            [
                {
                    "category_id": category.id,
                    "analytic_account_id": cls.analytics[3].id,
                    "account_id": cls.accounts[number].id,
                }
                for code, number in (("E6", 0), ("C1", 7), ("I2", 5))
                for category in cls.budgets.category_ids
                if category.code == code
            ]
        )
        cls.env["sop.budget.map"]._rebuild_pending()
        cls.env.flush_all()

    @classmethod
    def plan_something(cls, budget):
        leaves = budget.category_ids.filtered("is_leaf")
        cls.env["sop.budget.amount"].create(
            [
                {
                    "category_id": leaf.id,
                    "month": month,
                    "amount": cls.random.randint(-1000, 100_000) / 100,
                }
                for leaf in leaves
                for month in budget._get_months()
                if cls.random.random() < 0.3
            ]
        )

    def pick_day(self):
        return date(2024, 12, 1) + timedelta(self.random.randrange(430))

    def pick_distribution(self):
        return {
            str(account.id): self.random.choice((100, 50, 33.33, 120, -20))
            for account in self.random.sample(list(self.analytics), 3)
            if self.random.random() < 0.6
        } or None

    def book_something(self, count):
        for _item in range(count):
            self.insert_item(
                self.random.choice(self.companies),
                self.random.choice(self.accounts),
                self.pick_day(),
                self.random.randint(-500_00, 900_00),
                self.pick_distribution(),
            )

    def order_something(self, count):
        for number, company in enumerate(self.companies):
            order = self.env["purchase.order"].create(
                {
                    "partner_id": self.partner_a.id,
                    "company_id": company.id,
                    "order_line": [
                        Command.create(
                            {
                                "product_id": self.product_a.id,
                                "product_qty": 1,
                                "price_unit": self.random.randint(1, 90_000) / 100,
                                "tax_ids": [Command.clear()],
                                "date_planned": f"{self.pick_day()} 12:00:00",
                                "analytic_distribution": self.pick_distribution(),
                            }
                        )
                        for _line in range(count)
                    ],
                }
            )
            if number or self.random.random() < 0.9:
                order.button_confirm()
            self.env.flush_all()
            for line in order.order_line:
                account = self.random.choice([*self.accounts.ids, None])
                self.env.cr.execute(
                    "UPDATE purchase_order_line SET sop_account_id = %s WHERE id = %s",
                    [account, line.id],
                )
        self.env.invalidate_all()

    def assert_totals(self, budgets):
        """Read together, they are what each matrix says by itself; returned as units."""
        budgets.invalidate_recordset()
        expected = {
            id_: {
                name: sum(int(matrix.total(name, kind).sum()) for kind in SPENDING)
                for name in MEASURES
            }
            for id_, matrix in budgets._get_matrix_many().items()
        }
        self.assertEqual(budgets._get_spending(), expected)
        for budget in budgets:
            units = expected[budget.id]
            self.assertEqual(round(budget.planned_total * 100), units["planned"])
            self.assertEqual(round(budget.actual_total * 100), units["actual"])
            self.assertEqual(
                round(budget.available_total * 100),
                units["planned"]
                - sum(units[n] for n in ("reserved", "committed", "actual")),
            )
        return expected

    def test_totals_are_those_of_the_matrices(self):
        for round_ in range(4):
            self.book_something(60)
            self.order_something(6)
            found = self.assert_totals(self.budgets)
            if round_ % 2:
                self.ledger._fold()
            else:
                cells = self.ledger._find_dirty_cells()
                self.ledger._fold_cells(cells[: len(cells) // 2])
            self.assertEqual(self.assert_totals(self.budgets), found)
        for name in ("planned", "committed", "actual"):
            self.assertGreater(sum(1 for units in found.values() if units[name]), 3)
        self.assert_totals(self.budgets[2])
        self.assertEqual(self.budgets.browse()._get_spending(), {})

    def test_hidden_categories_are_in_no_total(self):
        self.book_something(80)
        self.order_something(8)
        mine = self.budgets.filtered(lambda b: b.company_id == self.company)
        planner = self.users["planner"]
        self.env["sop.budget.member"].create(
            [
                {"budget_id": budget.id, "user_id": planner.id, "role": "planner"}
                for budget in mine - self.budget
            ]
        )
        veiled = mine[:2]
        for code in ("E1", "E3"):
            categories = veiled.category_ids.filtered(
                lambda c, code=code: c.code == code
            )
            categories.visibility = "manager"
        all_of_it = self.assert_totals(mine)
        self.env.flush_all()
        seen = self.assert_totals(mine.with_user(planner))
        for budget in mine:
            self.assertEqual(
                seen[budget.id] == all_of_it[budget.id], budget not in veiled
            )
        hidden = mine.with_user(planner)._get_hidden_categories()
        self.assertEqual(set(hidden), set(veiled.ids))
        self.assertEqual({len(ids) for ids in hidden.values()}, {2})
        self.assertFalse(mine._get_hidden_categories())
        with self.assertRaises(AccessError):
            self.budgets.with_user(planner)._get_spending()

    def test_owners_are_of_the_kind_of_the_account(self):
        """What reading totals without owners rests on."""
        self.env.cr.execute(
            """
            SELECT count(*), count(*) FILTER (WHERE category.kind <> map.kind),
                   count(*) FILTER (WHERE scope.kind <> map.kind)
              FROM sop_budget_map map
              JOIN sop_budget_category category ON category.id = map.category_id
         LEFT JOIN sop_budget_map scope ON scope.budget_id = map.budget_id
               AND scope.account_id = map.account_id AND scope.analytic_account_id IS NULL
            """
        )
        count, other_kind, other_scope = self.env.cr.fetchone()
        self.assertGreater(count, 50)
        self.assertFalse(other_kind or other_scope)

    def count_queries(self, budgets):
        self.env.invalidate_all()
        # What any reading of budgets costs
        budgets.check_access("read")
        before = self.cr.sql_log_count
        budgets._get_spending()
        return self.cr.sql_log_count - before

    def test_number_of_queries(self):
        self.book_something(40)
        self.order_something(3)
        few = self.make_budget(name="0") | self.make_budget(
            name="1", date_from="2025-01-15"
        )
        many = few
        for number in range(18):
            many |= self.make_budget(
                name=f"More {number}", date_from=f"2025-02-{number + 1:02d}"
            )
        for budget in many:
            self.make_oracle(budget)
            self.plan_something(budget)
        # Rights and rules are cached by the server
        self.env.flush_all()
        for reader in (self.env.user, self.owner):
            budgets = many.with_user(reader)
            self.count_queries(budgets)
            first = self.count_queries(budgets[:2])
            self.assertEqual(self.count_queries(budgets), first, reader.login)
            self.assertLessEqual(first, 7 + len(few._get_commitment_models()))

    def test_reading_never_writes(self):
        self.book_something(5)
        with self.undone():
            self.env.cr.execute("SET LOCAL transaction_read_only = on")
            self.budgets._get_spending()
