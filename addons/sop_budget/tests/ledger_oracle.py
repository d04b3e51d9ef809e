# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""What a budget has to show, worked out item by item and without any code of the product."""

import json
from collections import defaultdict
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction

CENT = Decimal("0.01")
PERCENT = Decimal("1e-12")


def half_up(value):
    """Fraction → whole number, halves away from zero."""
    number = abs(value)
    whole = (number.numerator * 2 + number.denominator) // (number.denominator * 2)
    return whole if value >= 0 else -whole


def to_cents(amount):
    return int(Decimal(str(amount)).quantize(CENT, ROUND_HALF_UP) * 100)


def parts_of(cents, distribution, plan_accounts):
    """``{analytic: cents}`` of one plan."""
    share = defaultdict(Fraction)
    for key, percent in (distribution or {}).items():
        for name in key.split(","):
            if name.isdigit() and int(name) in plan_accounts:
                # What a float has beyond twelve decimals of a percent is noise
                exact = Decimal(str(percent)).quantize(PERCENT, ROUND_HALF_UP)
                share[int(name)] += Fraction(exact) / 100
    parts, reached = {}, Fraction(0)
    for analytic in sorted(share):
        before = half_up(cents * reached)
        reached += share[analytic]
        parts[analytic] = half_up(cents * reached) - before
    return parts


class Oracle:
    """The rules of one budget, as tuples, and what items mean under them.

    :param kinds: kind of each account in scope
    :param rules: ``(category, kind, analytic or None, test of an account or None)``
    :param rank: how specific the test of an account is
    """

    def __init__(self, budget, kinds, rules, plan_accounts):
        self.budget = budget
        self.kinds = kinds
        self.rules = rules
        self.plan_accounts = set(plan_accounts)

    def owner(self, account, analytic):
        best = None
        for category, kind, rule_analytic, rank, accounts in self.rules:
            if kind != self.kinds[account]:
                continue
            if rule_analytic not in (None, analytic) or (
                accounts and account not in accounts
            ):
                continue
            candidate = (rule_analytic is not None, rank, category)
            best = max(best or candidate, candidate)
        return best and best[2]

    def figures(self, items, date_from, date_to):
        """``{(kind, category or None, first of month): cents}``, debit positive, no zeros."""
        result = defaultdict(int)
        for account, date, cents, distribution in items:
            if account not in self.kinds or not date_from <= date <= date_to:
                continue
            kind, month = self.kinds[account], date.replace(day=1)
            rest = cents
            for analytic, part in parts_of(
                cents, distribution, self.plan_accounts
            ).items():
                result[kind, self.owner(account, analytic), month] += part
                rest -= part
            result[kind, self.owner(account, None), month] += rest
        return {key: value for key, value in result.items() if value}


def shown_figures(matrix):
    """The same of a matrix, from its leaves and the rows of what is in no category."""
    result = {}
    for position, kind in enumerate(("expense", "income", "capital")):
        sign = -1 if kind == "income" else 1
        for column, month in enumerate(matrix.months):
            value = sign * int(matrix.unassigned["actual"][position, column])
            if value:
                result[kind, None, month] = value
    for row, (category, kind, leaf) in enumerate(
        zip(matrix.ids, matrix.kinds, matrix.leaves, strict=True)
    ):
        sign = -1 if kind == "income" else 1
        for column, month in enumerate(matrix.months):
            value = sign * int(matrix.actual[row, column])
            if leaf and value:
                result[kind, category, month] = value
    return result


def read_items(cr, company):
    """Posted items as they are in the database: ``(account, date, cents, distribution)``."""
    cr.execute(
        """SELECT account_id, date, balance::text, analytic_distribution::text
             FROM account_move_line
            WHERE company_id = %s AND parent_state = 'posted' AND account_id IS NOT NULL""",
        [company.id],
    )
    return [
        (
            account,
            date,
            to_cents(balance),
            json.loads(text, parse_float=Decimal) if text else None,
        )
        for account, date, balance, text in cr.fetchall()
    ]
