# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from odoo import api, models

#: What decides how much a line of a posted bill takes, from where and in which month.
COUNTING_FIELDS = {
    *("quantity", "product_uom_id", "price_unit", "discount", "tax_ids", "product_id"),
    *("balance", "debit", "credit", "amount_currency", "currency_id", "currency_rate"),
    *("account_id", "analytic_distribution", "date", "move_id", "display_type"),
    *("purchase_line_id", "sop_proposal_line_id", "is_downpayment"),
}
#: Copies of what the bill says: written to a line alone, they would move money unseen.
BILL_FIELDS = {"parent_state", "company_id"}


class AccountMoveLine(models.Model):
    """Lines of posted bills, whose edits are judged like a posting."""

    _inherit = "account.move.line"

    @api.model_create_multi
    def create(self, vals_list):
        vals_list = [self._drop_bill_fields(vals) for vals in vals_list]
        moves = self.env["account.move"].browse(
            {vals["move_id"] for vals in vals_list if vals.get("move_id")}
        )
        posted = moves._get_sop_posted()
        links = self._get_sop_new_links(vals_list) if posted else ()
        with posted._sop_controlled(links):
            return super().create(vals_list)

    def write(self, vals):
        vals = self._drop_bill_fields(vals)
        if not COUNTING_FIELDS & set(vals):
            return super().write(vals)
        moves = self.move_id
        if vals.get("move_id"):
            moves |= moves.browse(vals["move_id"])
        posted = moves._get_sop_posted()
        links = self._get_sop_new_links([vals]) if posted else ()
        with posted._sop_controlled(links):
            return super().write(vals)

    def unlink(self):
        with self.move_id._get_sop_posted()._sop_controlled():
            return super().unlink()

    @api.model
    def _drop_bill_fields(self, vals):
        return {name: value for name, value in vals.items() if name not in BILL_FIELDS}

    def _get_sop_control_links(self):
        """What the line takes over: order lines and lines of proposals."""
        found = [self.purchase_line_id, self.sop_proposal_line_id]
        found.append(self.purchase_line_id.sop_proposal_line_id)
        return [link for link in found if link]

    @api.model
    def _get_sop_new_links(self, vals_list):
        """What lines are about to take over."""
        # sudo: what is held is the same, whoever changes it
        env = self.sudo().env
        ordered = {vals.get("purchase_line_id") for vals in vals_list}
        ordered = env["purchase.order.line"].browse(ordered - {None, False}).exists()
        claims = {vals.get("sop_proposal_line_id") for vals in vals_list}
        claims = env["sop.proposal.line"].browse(claims - {None, False}).exists()
        return [*ordered, *claims, *ordered.sop_proposal_line_id]
