# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""Money is conserved with expenses, too: what is approved is held until it is posted."""

from collections import Counter
from dataclasses import dataclass, field
from decimal import Decimal

from freezegun import freeze_time
from hypothesis import given
from hypothesis import strategies as st

from odoo.fields import Command
from odoo.tests import tagged

from odoo.addons.sop_budget_control.tests.common_conservation import (
    AMOUNTS,
    CHANGES,
    Chain,
    ConservationCase,
    Player,
    build_chains,
    cents,
)
from odoo.addons.sop_budget_control.tests.test_conservation import usual

CHAINS = 12
RATE = Decimal("0.5")
SPENDING = (
    *("spend", "approve_expense", "post_expense", "approve_expense", "spend"),
    *("reset_expense", "unpost_expense", "delete_expense", "post_expense"),
)
USUAL_SPENDING = ("spend", "approve_expense")
chains = build_chains((*CHANGES, *SPENDING, *SPENDING))


@dataclass
class Expense:
    cost: Decimal
    record: object
    state: str = "draft"


@dataclass
class ExpenseChain(Chain):
    expenses: list = field(default_factory=list)

    def sum_of(self, state):
        return sum((e.cost for e in self.expenses if e.state == state), Decimal(0))

    @property
    def actual(self):
        return super().actual + self.sum_of("posted")

    @property
    def held(self):
        """Beyond what is reserved in the budget that the expenses are dated in."""
        approved = self.sum_of("approved")
        return approved - min(self.reserved if not self.place else 0, approved)


class ExpensePlayer(Player):
    def spend(self, pairs):
        pairs = [
            (c, n) for c, n in pairs if c.step == "approved" and len(c.expenses) < 3
        ]
        vals_list, costs = [], []
        for chain, number in pairs:
            amount = Decimal(AMOUNTS[number % len(AMOUNTS)])
            foreign = number % 4 == 0
            costs.append(cents(amount / RATE) if foreign else amount)
            currency = self.case.euro if foreign else self.case.currency
            vals_list.append(
                {
                    **chain.line._prepare_expense_vals(self.case.employee),
                    "date": "2025-06-12",
                    "currency_id": currency.id,
                    "total_amount_currency": float(amount),
                    "account_id": self.case.expense.id,
                    "tax_ids": [Command.clear()],
                }
            )
        records = self.env["hr.expense"].with_company(self.case.company)
        records = records.create(vals_list)
        for (chain, _number), cost, record in zip(pairs, costs, records, strict=True):
            chain.expenses.append(Expense(cost, record))

    def change(self, pairs, state, new, act):
        found = [e for c, _n in pairs for e in c.expenses if e.state == state]
        if found:
            act(self.env["hr.expense"].union(*(e.record for e in found)))
        for expense in found:
            expense.state = new

    def approve_expense(self, pairs):
        self.change(pairs, "draft", "approved", lambda e: e._do_approve(check=False))

    def reset_expense(self, pairs):
        """Of those that were never posted: others take their entry along."""
        for chain, _number in pairs:
            for expense in chain.expenses:
                if expense.state == "approved" and not expense.record.account_move_id:
                    expense.record._do_reset_approval()
                    expense.state = "draft"

    def post_expense(self, pairs):
        @freeze_time("2025-06-20")
        def post(expenses):
            fresh = expenses.filtered(lambda e: not e.account_move_id)
            fresh._post_without_wizard()
            (expenses - fresh).account_move_id.action_post()

        found = [c for c, _n in pairs]
        moves = {e.record.account_move_id for c in found for e in c.expenses}
        self.change(pairs, "approved", "posted", post)
        self.follow(moves, "posted")

    def unpost_expense(self, pairs):
        moves = {
            e.record.account_move_id
            for c, _n in pairs
            for e in c.expenses
            if e.state == "posted"
        }
        for move in moves:
            move.button_draft()
        self.follow(moves, "approved")

    def follow(self, moves, state):
        """What is posted together is set back together."""
        for chain in self.all_chains:
            for expense in chain.expenses:
                move = expense.record.account_move_id
                if move and move in moves:
                    expense.state = state

    def delete_expense(self, pairs):
        for chain, _number in pairs:
            for expense in chain.expenses:
                if expense.state == "draft":
                    expense.record.unlink()
            chain.expenses = [e for e in chain.expenses if e.state != "draft"]

    def carry_forward(self, pairs):  # pylint: disable=missing-return
        # What is approved must be in the books before its reservation is carried
        self.post_expense([(chain, 0) for chain in self.all_chains])
        super().carry_forward(pairs)

    def split(self, chain):
        new = super().split(chain)
        new.expenses = [e for e in chain.expenses if e.state == "draft"]
        chain.expenses = [e for e in chain.expenses if e.state != "draft"]
        return new


@tagged("post_install", "-at_install")
class TestExpenseConservation(ConservationCase):
    player_class = ExpensePlayer
    chain_class = ExpenseChain

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env.user.group_ids |= cls.env.ref("hr_expense.group_hr_expense_manager")
        cls.employee = (
            cls.env["hr.employee"]
            .sudo()
            .create({"name": "Employee", "company_id": cls.company.id})
        )
        cls.employee.work_contact_id = cls.proposer.partner_id

    def start(self, plans):
        # Most of them get as far as an approved expense
        player, scripts = super().start(plans)
        for script, (length, number, _steps) in zip(scripts, plans, strict=True):
            script[length:length] = [(name, number) for name in USUAL_SPENDING]
        return player, scripts

    @usual(6)
    @given(plans=st.lists(chains, min_size=CHAINS, max_size=CHAINS))
    def test_whatever_happens(self, plans):
        with self.undone():
            self.play(plans)

    def assert_conserved(self, player, message):  # pylint: disable=missing-return
        super().assert_conserved(player, message)
        found = Counter()
        for (category, _month), units in self.budget._get_held_units().items():
            found[category] += units
        expected = Counter()
        for chain in player.all_chains:
            expected[self.leaves[chain.category].id] += int(chain.held * 100)
        self.assertEqual(+found, +expected, message)
        self.assertFalse(+Counter(self.target._get_held_units()), message)
