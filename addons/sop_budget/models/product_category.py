# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from odoo import models
from odoo.fields import Domain

ACCOUNT_FIELDS = {
    "property_account_expense_categ_id",
    "property_account_income_categ_id",
}


class ProductCategory(models.Model):
    _inherit = "product.category"

    def write(self, vals):
        result = super().write(vals)
        if ACCOUNT_FIELDS & vals.keys():
            self.env["sop.budget"]._refresh_commitment_accounts(
                Domain("product_id.categ_id", "in", self.ids)
            )
        return result
