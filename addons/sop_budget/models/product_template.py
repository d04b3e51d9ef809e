# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from odoo import models
from odoo.fields import Domain

ACCOUNT_FIELDS = {
    "categ_id",
    "property_account_expense_id",
    "property_account_income_id",
}


class ProductTemplate(models.Model):
    _inherit = "product.template"

    def write(self, vals):
        result = super().write(vals)
        if ACCOUNT_FIELDS & vals.keys():
            self.env["sop.budget"]._refresh_commitment_accounts(
                Domain("product_id.product_tmpl_id", "in", self.ids)
            )
        return result
