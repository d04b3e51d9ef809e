# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from odoo import api, fields, models


class HrExpense(models.Model):
    _inherit = "hr.expense"

    sop_proposal_line_id = fields.Many2one(
        "sop.proposal.line",
        "Proposal",
        index="btree_not_null",
        ondelete="set null",
        copy=False,
        check_company=True,
        help="The approved proposal that this expense spends: its reservation is released when "
        "the expense is posted.",
    )

    @api.model_create_multi
    def create(self, vals_list):
        self.env["sop.proposal.line"]._check_linkable(vals_list)
        return super().create(vals_list)

    def write(self, vals):
        self.env["sop.proposal.line"]._check_linkable([vals])
        return super().write(vals)

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
