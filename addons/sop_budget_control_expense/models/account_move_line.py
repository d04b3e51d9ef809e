# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from odoo import models


class AccountMoveLine(models.Model):
    _inherit = "account.move.line"

    def _get_sop_tax_cost(self):
        # EXTENDS: what the company paid is an entry without prices; its taxes are those of the
        # expense. Such an expense took as much from its reservation when it was approved
        # sudo: who reads the entry need not see the expense
        expense = self.sudo().expense_id
        if not expense.untaxed_amount or self.move_id.is_invoice(include_receipts=True):
            return super()._get_sop_tax_cost()
        tax = expense._get_sop_cost() - expense.untaxed_amount
        share = self.balance / expense.untaxed_amount
        return self.company_id.currency_id.round(tax * share)
