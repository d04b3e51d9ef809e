# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).

from odoo.exceptions import AccessError, ValidationError
from odoo.tests import Form, freeze_time, tagged

from .common_kpi_source import SourceCommon


@tagged("post_install", "-at_install")
@freeze_time("2025-05-18")
class TestBooks(SourceCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.controller = cls.make_user(
            "kpi_controller",
            "sop_operations.group_sop_operations_planner,"
            "sop_budget.group_sop_budget_manager",
        )
        Account = cls.env["account.account"]
        cls.expense, cls.bank = Account.create(
            [
                {"name": "Events", "code": "615000", "account_type": "expense"},
                {"name": "Money", "code": "512000", "account_type": "asset_current"},
            ]
        )
        cls.journal = cls.env["account.journal"].create(
            {"name": "Any", "code": "ANY", "type": "general"}
        )
        plan = cls.env["account.analytic.plan"].create({"name": "KPI plan"})
        cls.analytic = cls.env["account.analytic.account"].create(
            {"name": "Fair", "plan_id": plan.id, "company_id": cls.company.id}
        )
        for day, amount in (("2025-03-31", 1), ("2025-04-20", 100), ("2025-05-02", 30)):
            cls.post(day, amount)

    @classmethod
    def post(cls, day, amount):
        move = cls.env["account.move"].create(
            {
                "journal_id": cls.journal.id,
                "date": day,
                "line_ids": [
                    (
                        0,
                        0,
                        {
                            "account_id": cls.expense.id,
                            "debit": amount,
                            "analytic_distribution": {str(cls.analytic.id): 50},
                        },
                    ),
                    (0, 0, {"account_id": cls.bank.id, "credit": amount}),
                ],
            }
        )
        move.action_post()

    def make_ledger(self, user=None, **vals):
        return (
            self.env["sop.kpi"]
            .with_user(user or self.controller)
            .create(
                {
                    "operation_id": self.operation.id,
                    "name": "Books",
                    "source": "ledger",
                    "kind": "currency",
                    "ledger_prefixes": "61, 7",
                    **vals,
                }
            )
        )

    def test_books(self):
        for vals, value in [
            ({}, 130),
            ({"ledger_sign": "credit"}, -130),
            ({"ledger_prefixes": False, "ledger_account_ids": self.bank.ids}, -130),
            ({"ledger_analytic_id": self.analytic.id}, 65),
            (
                {"ledger_prefixes": False, "ledger_analytic_id": self.analytic.id},
                65,
            ),
            ({"source_window": "period", "frequency": "monthly"}, 30),
            ({"ledger_prefixes": "7"}, 0),
        ]:
            with self.subTest(vals=vals):
                kpi = self.make_ledger(**vals)
                kpi._roll_up()
                self.assertFalse(kpi.error_text)
                self.assertEqual((kpi.value, kpi.has_value), (value, True))

    def test_wrong_books(self):
        no_start = self.make_operation(code="OP-9", date_start=False)
        for vals, message in [
            ({"source_window": "period", "frequency": "weekly"}, "whole months"),
            ({"source_window": "all"}, "first month"),
            ({"operation_id": no_start.id}, "first month"),
            ({"ledger_prefixes": " , "}, "Choose the accounts"),
        ]:
            with (
                self.subTest(vals=vals),
                self.assertRaisesRegex(ValidationError, message),
            ):
                self.make_ledger(**vals)

    def test_the_books_are_for_those_who_may_read_them(self):
        with self.assertRaisesRegex(AccessError, "Only budget controllers"):
            self.make_ledger(user=self.planner)
        kpi = self.make_ledger()
        with self.assertRaisesRegex(AccessError, "Only budget controllers"):
            kpi.with_user(self.planner).ledger_prefixes = "5"
        with self.assertRaisesRegex(AccessError, "rights of kpi_planner"):
            kpi.with_user(self.planner).ledger_sign = "credit"
        self.controller.group_ids = self.env.ref(
            "sop_operations.group_sop_operations_planner"
        )
        kpi.sudo()._roll_up()
        self.assertIn("Only budget controllers", kpi.sudo().error_text)

    def test_its_accounts_are_told_to_those_who_may_read_the_books(self):
        kpi = self.make_ledger(
            ledger_prefixes=False,
            ledger_account_ids=self.expense.ids,
            ledger_analytic_id=self.analytic.id,
        )
        names = ("ledger_account_ids", "ledger_analytic_id", "ledger_prefixes")
        self.assertTrue(kpi.with_user(self.controller).read(names))
        for user in (self.viewer, self.planner):
            seen = kpi.with_user(user)
            self.assertTrue(seen.read(["name", "source", "value_text"]))
            self.assertFalse({*names} & {*seen.fields_get()})
            for name in names:
                with self.subTest(user=user.login, field=name):
                    with self.assertRaises(AccessError):
                        seen.read([name])
                    with self.assertRaises(AccessError):
                        seen.search([(name, "!=", False)])
            with Form(seen) as form:
                self.assertNotIn("ledger_account_ids", form._view["fields"])
        # Who may read the books copies it; other KPIs are copied as before
        twin = kpi.with_user(self.controller).copy()
        self.assertEqual(twin.sudo().ledger_account_ids, self.expense)
        self.assertEqual(twin.sudo().ledger_analytic_id, self.analytic)
        with self.assertRaisesRegex(AccessError, "Only budget controllers"):
            kpi.with_user(self.planner).copy()
        self.assertTrue(self.make_kpi().with_user(self.planner).copy())

    def make_budget(self):
        return (
            self.env["sop.budget"]
            .with_user(self.controller)
            .create(
                {
                    "name": "Budget 2025",
                    "date_from": "2025-01-01",
                    "date_to": "2025-12-31",
                    "company_id": self.company.id,
                    "category_ids": [
                        (
                            0,
                            0,
                            {
                                "name": "Events",
                                "code": "O1",
                                "account_prefixes": "615",
                                "amount_ids": [
                                    (0, 0, {"month": "2025-01-01", "amount": 262})
                                ],
                            },
                        )
                    ],
                }
            )
        )

    def test_budget_figures(self):
        budget = self.make_budget()
        common = {"source": "budget", "budget_id": budget.id}
        for vals, value in [
            ({"budget_measure": "planned"}, 262),
            ({"budget_measure": "actual"}, 131),
            ({"budget_measure": "available"}, 131),
            ({"budget_measure": "reserved"}, 0),
            ({"budget_measure": "committed"}, 0),
            ({"budget_measure": "utilisation"}, 50),
            ({"budget_category_id": budget.category_ids.id}, 131),
        ]:
            with self.subTest(vals=vals):
                kpi = self.make_ledger(**common, **vals)
                kpi._roll_up()
                self.assertFalse(kpi.error_text)
                self.assertEqual((kpi.value, kpi.has_value), (value, True))
        formula = self.make_formula(
            "budget.O1.actual / budget.o1.PLANNED * 100", user=self.controller
        )
        formula._roll_up()
        self.assertEqual(formula.value, 50)

    def test_wrong_budgets(self):
        budget, other = self.make_budget(), self.make_budget()
        with self.assertRaisesRegex(ValidationError, "Choose the budget"):
            self.make_ledger(source="budget")
        with self.assertRaisesRegex(ValidationError, "another budget"):
            self.make_ledger(
                source="budget",
                budget_id=budget.id,
                budget_category_id=other.category_ids.id,
            )
        with self.assertRaisesRegex(ValidationError, "fits 0 categories"):
            self.make_formula("budget.O1.actual", user=self.controller)
        with self.assertRaises(AccessError):
            self.make_ledger(user=self.planner, source="budget", budget_id=budget.id)

    def test_nothing_planned_is_no_utilisation(self):
        budget = self.make_budget()
        budget.category_ids.amount_ids.unlink()
        kpi = self.make_ledger(
            source="budget", budget_id=budget.id, budget_measure="utilisation"
        )
        kpi._roll_up()
        self.assertFalse(kpi.has_value)
