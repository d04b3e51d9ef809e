# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from odoo import models

from .sop_proposal import UNPOSTED


class HrExpense(models.Model):
    _name = "hr.expense"
    _inherit = ["hr.expense", "sop.proposal.link.mixin"]

    def _get_sop_spent(self):
        # sudo: whoever changes the expense need not see who asked for it
        return {
            expense: expense.sudo().sop_proposal_line_id
            for expense in self
            if expense.sudo().sop_proposal_line_id and expense.state not in UNPOSTED
        }

    def _prepare_move_lines_vals(self):
        # EXTENDS hr_expense
        vals = super()._prepare_move_lines_vals()
        # sudo: whoever posts the expense need not see the proposal
        vals["sop_proposal_line_id"] = self.sudo().sop_proposal_line_id.id
        return vals

    def _prepare_payments_vals(self):
        # EXTENDS hr_expense: the item of the expense, not those of taxes and payment
        move_vals, payment_vals = super()._prepare_payments_vals()
        # sudo: as above
        link = self.sudo().sop_proposal_line_id.id
        for _command, _id, vals in move_vals["line_ids"]:
            if vals.get("expense_id"):
                vals["sop_proposal_line_id"] = link
        return move_vals, payment_vals
