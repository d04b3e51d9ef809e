# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from odoo import api, models


class PurchaseOrderLine(models.Model):
    _name = "purchase.order.line"
    _inherit = ["purchase.order.line", "sop.proposal.link.mixin"]

    def _get_sop_account_depends(self) -> list[str]:
        # EXTENDS sop_budget
        return super()._get_sop_account_depends() + ["sop_proposal_line_id"]

    @api.depends(lambda self: self._get_sop_account_depends())
    def _compute_sop_account_id(self):
        # EXTENDS sop_budget: what no product stands for is billed to the category's account
        result = super()._compute_sop_account_id()
        for line in self.filtered("sop_proposal_line_id"):
            account = line._get_sop_proposal_account()
            if account:
                line.sop_account_id = account
        return result

    def _get_sop_proposal_account(self):
        """Account of a line that orders something of no product of its own."""
        self.ensure_one()
        line = self.sop_proposal_line_id
        if not line or line.product_id or self.display_type or self.is_downpayment:
            return self.env["account.account"]
        if self.product_id != self.env["sop.proposal"]._get_any_product():
            return self.env["account.account"]
        return line.category_id._get_sop_booking()[0]

    def _prepare_account_move_line(self, move=False):
        # EXTENDS purchase: the bill uses the account that was expected
        vals = super()._prepare_account_move_line(move=move)
        # sudo: which account a category is booked on is no secret to who bills it
        account = self.sudo()._get_sop_proposal_account()
        if account:
            vals["account_id"] = account.id
        return vals

    # === CRUD === #

    @api.model_create_multi
    def create(self, vals_list):
        lines = super().create(vals_list)
        lines._link_advances()
        return lines

    def _get_sop_spent(self):
        # sudo: whoever changes the line need not see who asked for it
        return {
            line: line.sudo().sop_proposal_line_id
            for line in self
            if line.sudo().sop_proposal_line_id
            and (
                line.order_id.state == "purchase"
                or "posted" in line.sudo().invoice_lines.mapped("parent_state")
            )
        }

    def _link_advances(self):
        """An advance takes over what the lines of its order take over, where that is one."""
        for line in self.filtered("is_downpayment"):
            if not line.display_type:
                # sudo: the link follows from the order's, whoever bills the advance
                links = line.sudo().order_id.order_line.sop_proposal_line_id
                if len(links) == 1:
                    line.sudo().sop_proposal_line_id = links
