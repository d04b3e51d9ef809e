# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from odoo import models
from odoo.fields import Domain

from odoo.addons.sop_budget.engine import period
from odoo.addons.sop_budget.engine.money import from_units

from ..engine import finance, process

#: Which types of accounts make a side of the books, and the sign that makes it positive
SIDES = {
    "revenue": (("income",), -1),
    "operating": (
        ("income", "expense_direct_cost", "expense", "expense_depreciation"),
        -1,
    ),
    "assets": (
        (
            "asset_receivable",
            "asset_cash",
            "asset_current",
            "asset_non_current",
            "asset_prepayments",
            "asset_fixed",
        ),
        1,
    ),
    "free_debts": (("liability_payable", "liability_current"), -1),
    "cash": (("asset_cash",), 1),
}
#: What is behind a figure, for whoever opens it
BEHIND = {
    "fin_revenue_growth": ("revenue",),
    "fin_operating_margin": ("operating",),
    "fin_nopat": ("operating",),
    "fin_roic": ("operating", "assets", "free_debts"),
}


class SopProcessMetric(models.Model):
    """Figures of the company as a whole, by types of accounts, from the ledger cube."""

    _inherit = "sop.process.metric"

    def _find_problem(self):
        # Sums of the books are shown to those who may read the books, as in budgets
        if self.process == "finance" and not self.env["sop.budget"]._may_read_books():
            return self.env._(
                "Only budget controllers and people with accounting rights read the books"
            )
        return super()._find_problem()

    # === Books === #

    def _get_accounts_by_type(self):
        # sudo: which type an account has is set up by others; the reader may see the sums
        groups = (
            self.env["account.account"]
            .sudo()
            .with_context(active_test=False)
            ._read_group([], ["account_type"], ["id:recordset"])
        )
        return dict(groups)

    def _read_finance(self, scope):
        """``{company id: {side: {month: change}}}`` in the reader's currency, and the first month.

        Balances need all months since the first.
        """
        if "finance" not in scope.memory:
            types = self._get_accounts_by_type()
            rows = [
                self.env["account.account"].union(*map(types.get, types.keys() & kinds))
                for kinds, _sign in SIDES.values()
            ]
            companies = self.env["res.company"].browse(scope.company_ids)
            books = {
                company.id: self._read_company_finance(company, rows, scope)
                for company in companies
            }
            begun = (
                month
                for sides in books.values()
                for changes in sides.values()
                for month, amount in changes.items()
                if amount
            )
            scope.memory["finance"] = books, min(begun, default=None)
        return scope.memory["finance"]

    def _read_company_finance(self, company, rows, scope):
        cube = self.env["sop.ledger.month"]
        begun = cube._find_first_month(company) or scope.date_to
        months = period.months_between(min(begun, scope.date_to), scope.date_to)
        figures = cube._read_actuals(company, rows, months)
        return {
            side: self._in_currency(company, months, sign * row, scope)
            for (side, (_kinds, sign)), row in zip(SIDES.items(), figures, strict=True)
        }

    def _in_currency(self, company, months, row, scope):
        rate, places = scope.rates[company.id], company.currency_id.decimal_places
        return {
            month: from_units(units, places) * rate
            for month, units in zip(months, row, strict=True)
        }

    def _read_finance_side(self, side, scope):
        """``{month: change}`` of all companies."""
        books, _first = self._read_finance(scope)
        result = {}
        for sides in books.values():
            for month, amount in sides[side].items():
                result[month] = result.get(month, 0.0) + amount
        return result

    def _get_finance_months(self, scope, whole=False):
        """Months of the period; those that are over, if ``whole``."""
        first = scope.date_from.replace(day=1)
        last = finance.whole_month(scope.date_to) if whole else scope.date_to
        return period.months_between(first, last) if first <= last else []

    def _by_month(self, scope, figure, whole=True):
        """A figure of every month of the trend; those that aren't over have none, if ``whole``."""
        last = finance.whole_month(scope.date_to) if whole else scope.date_to
        return {month: figure(month) for month in scope.months if month <= last}

    # === Figures === #

    def _figures_fin_revenue_growth(self, scope):
        revenue = self._read_finance_side("revenue", scope)
        _books, first = self._read_finance(scope)

        def grown(months):
            # The books have begun a year before: else there is nothing to compare with
            if not months or not first or finance.year_before(months[0]) < first:
                return None
            now, before = (
                sum(revenue.get(month, 0.0) for month in side)
                for side in (months, map(finance.year_before, months))
            )
            return finance.growth(now, before)

        whole = self._get_finance_months(scope, whole=True)
        return grown(whole), self._by_month(scope, lambda month: grown([month]))

    def _figures_fin_operating_margin(self, scope):
        revenue = self._read_finance_side("revenue", scope)
        result = self._read_finance_side("operating", scope)

        def margin(months):
            sums = (
                sum(side.get(month, 0.0) for month in months)
                for side in (result, revenue)
            )
            return finance.margin(*sums)

        months = self._by_month(scope, lambda month: margin([month]), whole=False)
        return margin(self._get_finance_months(scope)), months

    def _get_nopat(self, month, scope):
        """Of the twelve months up to this one, each company at its own rate of tax."""
        books, first = self._read_finance(scope)
        if not first or process.month_starts(month, finance.YEAR)[0] < first:
            # Of books that are younger than a year nobody knows a year
            return None
        # sudo: the rate of tax is no secret among those who may see what it is applied to
        companies = self.env["res.company"].sudo().browse(books)
        return sum(
            finance.nopat(
                finance.twelve_months(books[company.id]["operating"], month),
                company.sop_profit_tax,
            )
            for company in companies
        )

    def _figures_fin_nopat(self, scope):
        whole = finance.whole_month(scope.date_to)
        months = self._by_month(scope, lambda month: self._get_nopat(month, scope))
        return self._get_nopat(whole, scope), months

    def _figures_fin_roic(self, scope):
        whole = finance.whole_month(scope.date_to)
        wanted = {*scope.months, whole}
        balances = {
            side: process.running_balance(self._read_finance_side(side, scope), wanted)
            for side in ("assets", "free_debts", "cash")
        }

        def roic(month):
            profit = self._get_nopat(month, scope)
            if profit is None:
                return None
            parts = (balances[side][month] for side in balances)
            return finance.roic(profit, finance.invested_capital(*parts))

        return roic(whole), self._by_month(scope, roic)

    def _get_cash(self, months, scope):
        return process.running_balance(self._read_finance_side("cash", scope), months)

    def _figures_fin_cash(self, scope):
        _books, first = self._read_finance(scope)
        if not first:
            return None, {}
        last = scope.date_to.replace(day=1)
        cash = self._get_cash({*scope.months, last}, scope)
        return cash[last], {
            month: cash[month] for month in scope.months if month >= first
        }

    def _figures_fin_burn(self, scope):
        changes = self._read_finance_side("cash", scope)
        _books, first = self._read_finance(scope)

        def burn(months):
            if not months or not first or months[0] < first:
                return None
            return -sum(changes.get(month, 0.0) for month in months) / len(months)

        whole = self._get_finance_months(scope, whole=True)
        return burn(whole), self._by_month(scope, lambda month: burn([month]))

    def _figures_fin_runway(self, scope):
        changes = self._read_finance_side("cash", scope)

        def runway(months):
            if not months:
                return None
            cash = self._get_cash([months[-1]], scope)[months[-1]]
            burnt = -sum(changes.get(month, 0.0) for month in months)
            return finance.runway(cash, burnt, sum(map(process.month_days, months)))

        whole = self._get_finance_months(scope, whole=True)
        return runway(whole), self._by_month(scope, lambda month: runway([month]))

    # === To the documents === #

    def _get_finance_domain(self, scope):
        """The items behind a figure."""
        sides = BEHIND.get(self.code, ("cash",))
        kinds = sorted({kind for side in sides for kind in SIDES[side][0]})
        domain = (
            Domain("parent_state", "=", "posted")
            & Domain("company_id", "in", scope.company_ids)
            & Domain("account_id.account_type", "in", kinds)
            & Domain("date", "<=", period.month_end(scope.date_to))
        )
        if self.code in ("fin_revenue_growth", "fin_operating_margin"):
            first = scope.date_from.replace(day=1)
            if self.code == "fin_revenue_growth":
                first = finance.year_before(first)
            domain &= Domain("date", ">=", first)
        return domain
