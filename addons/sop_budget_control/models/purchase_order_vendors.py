# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from odoo import models
from odoo.fields import Command

#: Where the vendors that an order brings to its products are put together. An object of this
#: kind can't come by RPC.
VENDORS = "sop_new_vendors"


class NewVendors:
    """``{(product template, partner): values}``, the first of each pair."""

    def __init__(self):
        self.vals = {}

    def take(self, template, commands):
        """Note what would be created one by one; False: it is something else."""
        if any(command[0] != Command.CREATE for command in commands):
            return False
        for _command, _id, vals in commands:
            key = (template.id, vals.get("partner_id"))
            self.vals.setdefault(key, {**vals, "product_tmpl_id": template.id})
        return True


class PurchaseOrder(models.Model):
    """New vendors of products are written at once.

    Odoo writes them product by product, and looks for all order lines of a product each time:
    half of what it costs to confirm an order of many lines.
    """

    _inherit = "purchase.order"

    def _add_supplier_to_product(self):
        # EXTENDS purchase
        vendors = NewVendors()
        collecting = self.with_context(**{VENDORS: vendors})
        result = super(PurchaseOrder, collecting)._add_supplier_to_product()
        if vendors.vals:
            # sudo: as Odoo does, whatever rights the buyer has on products
            self.env["product.supplierinfo"].sudo().create(list(vendors.vals.values()))
        return result


class ProductTemplate(models.Model):
    _inherit = "product.template"

    def write(self, vals):
        vendors = self.env.context.get(VENDORS)
        if (
            isinstance(vendors, NewVendors)
            and set(vals) == {"seller_ids"}
            and len(self) == 1
            and vendors.take(self, vals["seller_ids"])
        ):
            return True
        return super().write(vals)
