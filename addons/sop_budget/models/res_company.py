# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from odoo import models
from odoo.fields import Domain

ACCOUNT_FIELDS = {"expense_account_id", "income_account_id"}


class ResCompany(models.Model):
    _inherit = "res.company"

    def write(self, vals):
        result = super().write(vals)
        if ACCOUNT_FIELDS & vals.keys():
            self.env["sop.budget"]._refresh_commitment_accounts(
                Domain("company_id", "in", self.ids)
            )
        return result
