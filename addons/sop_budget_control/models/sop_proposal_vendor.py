# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""A buyer may order from somebody else than was decided on; it shows."""

from odoo import api, fields, models


class SopProposalLine(models.Model):
    _inherit = "sop.proposal.line"

    def _get_other_vendors(self, partner):
        """Vendors that were decided on for these lines and aren't the one that gets the order."""
        # sudo: whoever orders need not see who asked; the vendor is theirs to know
        decided = self.sudo().proposal_id.filtered("vendor_decided").partner_id
        chosen = partner.sudo().commercial_partner_id
        return decided.filtered(lambda p: p.commercial_partner_id != chosen)

    def _tell_vendor(self, order, former=None):
        """In the histories of proposals that decided on a vendor: whom the order goes to."""
        # sudo: as above; everybody who reads the proposal reads this
        for proposal in self.sudo().proposal_id.filtered("vendor_decided"):
            vendor = former or proposal.partner_id
            proposal.message_post(
                body=self.env._(
                    "%(user)s changed the vendor of %(order)s: %(old)s → %(new)s.",
                    user=self.env.user.name,
                    order=order.name,
                    old=vendor.display_name,
                    new=order.partner_id.display_name,
                )
            )


class PurchaseOrder(models.Model):
    _inherit = "purchase.order"

    sop_vendor_warning = fields.Char(
        "Other Vendor Than Approved", compute="_compute_sop_vendor_warning"
    )

    @api.depends_context("lang")
    @api.depends("partner_id", "state", "order_line.sop_proposal_line_id")
    def _compute_sop_vendor_warning(self):
        for order in self:
            others = order.order_line.sop_proposal_line_id._get_other_vendors(
                order.partner_id
            )
            warning = ""
            if order.partner_id and others and order.state != "cancel":
                warning = self.env._(
                    "What was approved names %(vendor)s.",
                    vendor=", ".join(others.mapped("display_name")),
                )
            order.sop_vendor_warning = warning

    def write(self, vals):
        if "partner_id" not in vals:
            return super().write(vals)
        former = {order: order.partner_id for order in self}
        result = super().write(vals)
        for order, vendor in former.items():
            if order.partner_id != vendor:
                lines = order.order_line.sop_proposal_line_id
                lines._tell_vendor(order, vendor)
        return result


class PurchaseOrderLine(models.Model):
    _inherit = "purchase.order.line"

    @api.model_create_multi
    def create(self, vals_list):
        lines = super().create(vals_list)
        lines.filtered("sop_proposal_line_id")._tell_other_vendor()
        return lines

    def write(self, vals):
        result = super().write(vals)
        if vals.get("sop_proposal_line_id"):
            self._tell_other_vendor()
        return result

    def _tell_other_vendor(self):
        """Linked to an order of somebody else: by hand, or to one that was there before."""
        for order, lines in self.grouped("order_id").items():
            claims = lines.sop_proposal_line_id
            if claims._get_other_vendors(order.partner_id):
                claims._tell_vendor(order)
