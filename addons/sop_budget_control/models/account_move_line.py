# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from odoo import models


class AccountMoveLine(models.Model):
    _name = "account.move.line"
    _inherit = ["account.move.line", "sop.proposal.link.mixin"]

    def _copy_data_extend_business_fields(self, values):  # pylint: disable=missing-return
        # EXTENDS account: a credit note gives back what its bill took
        result = super()._copy_data_extend_business_fields(values)
        values["sop_proposal_line_id"] = self.sop_proposal_line_id.id
        return result

    # === LINK === #

    def _get_sop_link_fields(self):
        # EXTENDS: a bill of an order spends what its order does
        return super()._get_sop_link_fields() | {"purchase_line_id"}

    def _get_sop_spent(self):
        result = {}
        # sudo: whoever changes the item need not see who asked for it
        for item in self.sudo():
            link = (
                item.sop_proposal_line_id or item.purchase_line_id.sop_proposal_line_id
            )
            if link and item.parent_state == "posted":
                result[self.browse(item.id)] = link
        return result

    # === COST === #

    def _get_sop_cost(self):
        """What the line costs its category: its balance and the taxes on its own account."""
        self.ensure_one()
        extra = 0.0
        if self.tax_ids and self.display_type == "product":
            extra = self._get_sop_tax_cost()
        return self.company_id.currency_id.round(self.balance + extra)

    def _get_sop_tax_cost(self):
        """Taxes that can't be recovered, in company currency with the sign of the balance."""
        parts = self.tax_ids.flatten_taxes_hierarchy().invoice_repartition_line_ids
        if all(part.account_id or part.repartition_type == "base" for part in parts):
            return 0.0
        found = self.tax_ids.compute_all(
            self.price_unit * (1 - (self.discount or 0.0) / 100),
            currency=self.currency_id,
            quantity=self.quantity,
            product=self.product_id,
            partner=self.partner_id,
            is_refund=self.is_refund,
        )
        tax = found["total_void"] - found["total_excluded"]
        rate = self.balance / self.amount_currency if self.amount_currency else 1.0
        sign = -1 if self.move_id.is_inbound() else 1
        if self.move_id.move_type in ("in_refund", "out_invoice"):
            sign = -1
        return self.company_id.currency_id.round(sign * tax * rate)
