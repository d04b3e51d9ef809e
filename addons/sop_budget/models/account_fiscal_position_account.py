# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from odoo import api, models
from odoo.fields import Domain


class AccountFiscalPositionAccount(models.Model):
    _inherit = "account.fiscal.position.account"

    @api.model_create_multi
    def create(self, vals_list):
        mappings = super().create(vals_list)
        mappings._refresh_commitments()
        return mappings

    def write(self, vals):
        result = super().write(vals)
        self._refresh_commitments()
        return result

    def unlink(self):
        companies = self.position_id.company_id
        result = super().unlink()
        self._refresh_commitments(companies)
        return result

    def _refresh_commitments(self, companies=None):
        """Of all orders of the companies: some get their position from the partner only."""
        companies = companies or self.position_id.company_id
        self.env["sop.budget"]._refresh_commitment_accounts(
            Domain("company_id", "child_of", companies.ids)
        )
