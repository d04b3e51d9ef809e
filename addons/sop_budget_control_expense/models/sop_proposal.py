# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from odoo import fields, models
from odoo.exceptions import UserError
from odoo.fields import Command

from odoo.addons.sop_budget_control.models.sop_proposal_token import PROPOSAL_TOKEN

#: States of an expense without an entry of its own.
UNPOSTED = ("draft", "submitted", "approved")


class SopProposalLine(models.Model):
    _inherit = "sop.proposal.line"

    expense_ids = fields.One2many("hr.expense", "sop_proposal_line_id", readonly=True)

    def _get_drafted_amount(self):
        # EXTENDS sop_budget_control
        # sudo: the expenses of others count too
        expenses = self.sudo().expense_ids.filtered(
            lambda expense: expense.state in UNPOSTED
        )
        return super()._get_drafted_amount() + sum(expenses.mapped("total_amount"))

    def _check_carried(self):
        # EXTENDS: what is approved is spent in this period
        result = super()._check_carried()
        for line in self:
            # sudo: the expenses of everybody
            for expense in line.sudo().expense_ids._get_sop_holding():
                raise UserError(
                    self.env._(
                        "%(proposal)s can't be carried: the expense “%(expense)s” is approved and "
                        "not posted. Post or reset the approved expenses of it first.",
                        proposal=line.sudo().proposal_id.number,
                        expense=expense.name,
                    )
                )
        return result

    def _hand_drafts_to(self, line, day):
        # EXTENDS sop_budget_control
        result = super()._hand_drafts_to(line, day)
        # sudo: the expenses of everybody
        drafts = self.sudo().expense_ids.filtered(lambda e: e._is_sop_draft())
        drafts.with_context(**PROPOSAL_TOKEN).write({"sop_proposal_line_id": line.id})
        return result

    def _prepare_expense_vals(self, employee):
        self.ensure_one()
        account, analytic = self.category_id._get_sop_booking()
        product = self.product_id
        if not product.can_be_expensed:
            product = self.env.ref("hr_expense.product_product_no_cost")
        quantity, price = self._get_left()
        # What another budget would pay is nothing to spend this reservation on
        budget, day = self.budget_id, fields.Date.context_today(self)
        if not budget.date_from <= day <= budget.date_to:
            day = self.date
        return {
            "name": self.name,
            "date": day,
            "employee_id": employee.id,
            "company_id": self.company_id.id,
            "product_id": product.id,
            "currency_id": self.currency_id.id,
            "total_amount_currency": self.currency_id.round(quantity * price),
            "tax_ids": [Command.clear()],
            "sop_proposal_line_id": self.id,
            **({"account_id": account.id} if account else {}),
            **(
                {"analytic_distribution": {str(analytic.id): 100.0}} if analytic else {}
            ),
        }


class SopProposal(models.Model):
    _inherit = "sop.proposal"

    def action_create_expense(self):
        """An expense for each line that is still reserved, of the employee who asked."""
        self.ensure_one()
        lines = self._get_lines_to_order()
        # sudo: which employee a user is, is no secret here
        employee = (
            self.requester_id.sudo()
            .with_company(self.company_id)
            .employee_id.sudo(self.env.su)
        )
        if not employee:
            raise UserError(
                self.env._(
                    "%(requester)s is no employee of %(company)s: ask for a bill instead.",
                    requester=self.requester_id.name,
                    company=self.company_id.name,
                )
            )
        expenses = (
            self.env["hr.expense"]
            .with_company(self.company_id)
            .create([line._prepare_expense_vals(employee) for line in lines])
        )
        self._hand_over(expenses)
        return expenses._get_records_action(name=self.env._("Expenses"), context={})
