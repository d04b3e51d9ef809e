# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""An expense is approved at the moment that a buyer confirms an order of the same money."""

from odoo.fields import Command
from odoo.tests import tagged

from odoo.addons.sop_budget_control.tests.common_race import PLANNED, RaceCase

ROUNDS = 10
REFUSAL = "R1 Race .*available .*0.00, requested .*1,000.00"


@tagged("post_install", "-at_install")
class TestExpenseConcurrency(RaceCase):
    events = ("order", "expense")

    @classmethod
    def build_world(cls, env):  # pylint: disable=missing-return
        super().build_world(env)
        company = env.ref("base.main_company")
        account = env["account.account"].create(
            {
                "code": "RACE",
                "name": "Race",
                "account_type": "expense",
                "company_ids": company.ids,
            }
        )
        employee = env["hr.employee"].create({"name": "Race", "company_id": company.id})
        cls.expenses = []
        cls.ids |= {"hr.employee": employee.ids, "account.account": account.ids}

    @classmethod
    def clean_up(cls):  # pylint: disable=missing-return
        with cls.open() as env:
            expenses = env["hr.expense"].browse(cls.expenses)
            expenses._do_reset_approval()
            expenses.unlink()
        super().clean_up()

    def make_expenses(self, *amounts, claim=None):
        with self.open() as env:
            expenses = env["hr.expense"].create(
                [
                    {
                        "name": "Dinner",
                        "employee_id": self.ids["hr.employee"][0],
                        "company_id": env.ref("base.main_company").id,
                        "product_id": env.ref("hr_expense.product_product_no_cost").id,
                        "account_id": self.ids["account.account"][0],
                        "date": "2025-04-12",
                        "total_amount_currency": amount,
                        "tax_ids": [Command.clear()],
                        "analytic_distribution": self.distribution,
                        "sop_proposal_line_id": claim,
                    }
                    for amount in amounts
                ]
            )
            expenses.approval_state = "submitted"
            self.expenses.extend(expenses.ids)
            return expenses.ids

    def spend(self, expense_id):
        return lambda env: env["hr.expense"].browse(expense_id)._do_approve(check=False)

    def reset(self, ids):
        with self.open() as env:
            env["hr.expense"].browse(ids)._do_reset_approval()

    def test_an_expense_and_an_order(self):
        collisions = 0
        for round_number in range(ROUNDS):
            with self.subTest(round=round_number):
                expenses = self.make_expenses(PLANNED)
                orders = self.make_orders(PLANNED)
                outcomes = self.race(self.spend(expenses[0]), self.confirm(orders[0]))
                self.assert_one_passes(outcomes, REFUSAL)
                collisions += max(self.tries) > 1
                self.cancel(orders)
                self.reset(expenses)
        # Otherwise they were never there at the same time
        self.assertGreater(collisions, 0)

    def test_an_expense_and_an_order_of_one_reservation(self):
        """Neither takes more than is reserved; both together do."""
        for _round in range(ROUNDS):
            reserved = self.make_proposal(PLANNED, approved=True)
            claim = self.get_claim(reserved)
            expenses = self.make_expenses(PLANNED, claim=claim)
            orders = self.make_orders(PLANNED, claim=claim)
            outcomes = self.race(self.spend(expenses[0]), self.confirm(orders[0]))
            self.assert_one_passes(outcomes, REFUSAL)
            self.cancel(orders)
            self.reset(expenses)
            self.give_up(reserved)

    def test_two_expenses(self):
        for _round in range(ROUNDS):
            expenses = self.make_expenses(PLANNED, PLANNED)
            self.assert_one_passes(self.race(*map(self.spend, expenses)), REFUSAL)
            self.reset(expenses)

    def test_two_expenses_of_one_reservation(self):
        for _round in range(ROUNDS):
            reserved = self.make_proposal(PLANNED, approved=True)
            claim = self.get_claim(reserved)
            expenses = self.make_expenses(PLANNED, PLANNED, claim=claim)
            self.assert_one_passes(self.race(*map(self.spend, expenses)), REFUSAL)
            self.reset(expenses)
            self.give_up(reserved)

    def test_an_expense_and_a_proposal(self):
        for _round in range(ROUNDS):
            expenses, asked = self.make_expenses(PLANNED), self.make_proposal(PLANNED)
            outcomes = self.race(self.spend(expenses[0]), self.approve(asked))
            self.assert_one_passes(outcomes, REFUSAL)
            self.reset(expenses)
            self.give_up(asked)

    def test_an_expense_of_a_reservation_that_is_freed(self):
        for _round in range(ROUNDS):
            reserved = self.make_proposal(PLANNED, approved=True)
            expenses = self.make_expenses(PLANNED, claim=self.get_claim(reserved))
            asked = self.make_proposal(PLANNED)

            def take_over(env, reserved=reserved, asked=asked):
                env["sop.proposal"].browse(reserved).action_free_rest()
                env["sop.proposal"].browse(asked)._on_approved()

            outcomes = self.race(self.spend(expenses[0]), take_over)
            self.assert_one_passes(outcomes, "requested")
            self.reset(expenses)
            self.give_up(reserved, asked)
