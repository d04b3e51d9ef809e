# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from datetime import timedelta

from odoo import api, fields, models
from odoo.tools import format_date

from odoo.addons.sop_budget_control.models.sop_proposal_token import PROPOSAL_TOKEN

#: The day that is chosen for the entries, see ``_prepare_move_vals``.
ENTRY_DATE = "sop_entry_date"


class HrExpense(models.Model):
    """The day of an expense says which budget pays; its entry stays inside of that one.

    Odoo dates entries on the day they are posted. An expense of December that is posted in
    January would be judged in one budget and spent in the next.
    """

    _inherit = "hr.expense"

    sop_date_warning = fields.Text(
        "Outside of the Budget", compute="_compute_sop_date_warning"
    )

    def _get_sop_budgets(self):
        """Budgets that the expenses count in: of their proposals, and those that control them."""
        # sudo: everybody is bound by budgets that they may not read
        found = self.sudo().sop_proposal_line_id.budget_id
        policies = found._get_control_policies("expense", self.sudo().company_id)
        return found.union(
            *(
                budget
                for budget in policies
                for expense in self
                if expense.company_id == budget.company_id
                and expense.date
                and budget.date_from <= expense.date <= budget.date_to
            )
        )

    def _get_sop_entry_date(self):
        """Today, unless a budget that the expenses count in has ended or not begun."""
        today = fields.Date.context_today(self)
        budgets = self._get_sop_budgets()
        if all(budget.date_from <= today <= budget.date_to for budget in budgets):
            return today
        return max(filter(None, self.mapped("date")), default=today)

    def _get_sop_lock_date(self, day):
        """The last day that is locked, if an entry of that day is."""
        self.ensure_one()
        # sudo: whoever spends need not be an accountant
        expense = self.sudo()
        company = expense.company_id
        journal = company.expense_journal_id
        if expense.payment_mode == "company_account":
            journal = expense.journal_id
        locks = company._get_violated_lock_dates(day, bool(expense.tax_ids), journal)
        return locks[-1][0] if locks else None

    def _describe_sop_entry_date(self, day):
        """What is to be known before the expense is posted on a day, or nothing."""
        self.ensure_one()
        lock = self._get_sop_lock_date(day)
        first = lock + timedelta(days=1) if lock else day
        outside = self._get_sop_budgets().filtered(
            lambda budget: not budget.date_from <= first <= budget.date_to
        )
        if not outside:
            return ""
        names = ", ".join(f"“{budget.name}”" for budget in outside)
        if lock:
            return self.env._(
                "The books are locked up to %(lock)s: the entry of “%(expense)s” will be dated "
                "after %(budget)s and count there no more.",
                lock=format_date(self.env, lock),
                expense=self.name,
                budget=names,
            )
        return self.env._(
            "%(date)s lies outside of %(budget)s: the entry of “%(expense)s” will not count "
            "there, and what is reserved or held for it will be free again.",
            date=format_date(self.env, day),
            expense=self.name,
            budget=names,
        )

    @api.depends_context("lang", "uid")
    @api.depends(
        *("date", "state", "company_id", "payment_mode", "tax_ids", "account_move_id"),
        "sop_proposal_line_id",
    )
    def _compute_sop_date_warning(self):
        for expense in self:
            warning = ""
            # sudo: who spends need not see the entry
            if expense.date and not expense.sudo().account_move_id:
                warning = expense._describe_sop_entry_date(expense.date)
            expense.sop_date_warning = warning

    # === POSTING === #

    def _with_sop_entry_date(self, day):
        """To post on that day, for whatever became of the proposals since the approval."""
        return self.with_context(**{ENTRY_DATE: day}, **PROPOSAL_TOKEN)

    def _create_company_paid_moves(self):
        # EXTENDS hr_expense
        moves = super(
            HrExpense, self._with_sop_entry_date(None)
        )._create_company_paid_moves()
        return moves.with_env(self.env)

    def _prepare_move_vals(self):
        # EXTENDS hr_expense: Odoo takes the chosen day for that of a bill, and dates the entry
        # on the last day of a month or year, or today
        vals = super()._prepare_move_vals()
        day = fields.Date.to_date(self.env.context.get(ENTRY_DATE))
        budgets = day and self._get_sop_budgets()
        if budgets and all(b.date_from <= day <= b.date_to for b in budgets):
            vals["date"] = day
        return vals

    def _post_wizard(self):
        # EXTENDS hr_expense: the wizard proposes a day for these expenses
        return super(HrExpense, self.with_context(active_ids=self.ids))._post_wizard()

    def _post_without_wizard(self):
        # EXTENDS hr_expense
        result = None
        for _company, expenses in self.grouped("company_id").items():
            day = expenses._get_sop_entry_date()
            dated = expenses._with_sop_entry_date(day)
            result = super(HrExpense, dated)._post_without_wizard()
        return result
