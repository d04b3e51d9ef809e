# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from odoo import models
from odoo.fields import Domain

from ..engine import process

#: A side of the books: which accounts, and the sign that makes it positive
SIDES = {
    "receivable": ([("account_type", "=", "asset_receivable")], 1),
    "payable": ([("account_type", "=", "liability_payable")], -1),
    "revenue": ([("account_type", "=", "income")], -1),
    "cost": ([("account_type", "=", "expense_direct_cost")], 1),
}


class SopProcessMetric(models.Model):
    """Working capital, from the journal items that the reader may read."""

    _inherit = "sop.process.metric"

    def _get_read_models(self):
        models_ = super()._get_read_models()
        if self.process == "cash":
            models_.append("account.move.line")
        return models_

    def _get_inventory_accounts(self, company_ids):
        """Accounts whose balance is the inventory; extended by add-ons that know."""
        return self.env["account.account"]

    def _get_side(self, side, scope):
        """Domain of the items of a side, and its sign; None when there is no such side."""
        posted = (
            Domain("parent_state", "=", "posted")
            & Domain("company_id", "in", scope.company_ids)
            & Domain("date", "<=", scope.date_to)
        )
        if side == "purchases":
            move_types = ("in_invoice", "in_refund")
            bills = Domain("move_id.move_type", "in", move_types)
            return posted & bills & Domain("display_type", "=", "product"), 1
        if side == "inventory":
            accounts = self._get_inventory_accounts(scope.company_ids)
            if not accounts:
                return None
            return posted & Domain("account_id", "in", accounts.ids), 1
        domain, sign = SIDES[side]
        return posted & Domain(domain), sign

    def _read_side(self, side, scope):
        """``{month: change}`` of a side of the books in the reader's currency."""
        if side not in scope.memory:
            found = self._get_side(side, scope)
            scope.memory[side] = (
                None if found is None else self._sum_side(*found, scope)
            )
        return scope.memory[side]

    def _sum_side(self, domain, sign, scope):
        groups = self.env["account.move.line"]._read_group(
            domain, ["date:month", "company_id"], ["balance:sum"]
        )
        changes = {}
        for month, company, balance in groups:
            amount = sign * balance * scope.rates[company.id]
            changes[month] = changes.get(month, 0.0) + amount
        return changes

    def _days_outstanding(self, balance_side, flow_side, scope):
        """The days of the period, and of each month of the trend.

        The period is counted in whole months, as the books are summed: from the month of its
        first day to the one of its last, that month up to the last day.
        """
        balances = self._read_side(balance_side, scope)
        flows = self._read_side(flow_side, scope)
        if balances is None or flows is None:
            return None, {}
        first = scope.date_from.replace(day=1)
        wanted = {*scope.months, scope.date_to.replace(day=1)}
        running = process.running_balance(balances, wanted)
        flow = sum(amount for month, amount in flows.items() if month >= first)
        days = (scope.date_to - first).days + 1
        whole = process.days_outstanding(
            running[scope.date_to.replace(day=1)], flow, days
        )
        months = {}
        for month in scope.months:
            last = month == scope.months[-1]
            length = scope.date_to.day if last else process.month_days(month)
            months[month] = process.days_outstanding(
                running[month], flows.get(month), length
            )
        return whole, months

    def _figures_cash_dso(self, scope):
        return self._days_outstanding("receivable", "revenue", scope)

    def _figures_cash_dpo(self, scope):
        return self._days_outstanding("payable", "purchases", scope)

    def _figures_cash_dio(self, scope):
        return self._days_outstanding("inventory", "cost", scope)

    def _figures_cash_cycle(self, scope):
        dso, dso_months = self._figures_cash_dso(scope)
        dpo, dpo_months = self._figures_cash_dpo(scope)
        if self._read_side("inventory", scope) is None:
            # Books without inventory: nothing lies in a warehouse
            dio, dio_months = 0, dict.fromkeys(scope.months, 0)
        else:
            dio, dio_months = self._figures_cash_dio(scope)
        return process.cash_conversion_cycle(dio, dso, dpo), {
            month: process.cash_conversion_cycle(
                dio_months.get(month), dso_months.get(month), dpo_months.get(month)
            )
            for month in scope.months
        }
