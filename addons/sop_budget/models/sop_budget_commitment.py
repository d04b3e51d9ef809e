# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from odoo import api, models
from odoo.fields import Domain


class SopBudget(models.Model):
    _inherit = "sop.budget"

    @api.model
    def _get_commitment_models(self) -> list[str]:
        """Names of the models with ``sop.commitment.mixin`` whose open lines budgets count.

        An add-on that brings another kind of order appends its model.
        """
        return ["purchase.order.line"]

    @api.model
    def _refresh_commitment_accounts(self, domain: Domain):
        """Have order lines follow a change in the settings that give bills their accounts.

        Lines that were billed for good keep the account of their bills.
        """
        waiting = Domain("sop_stage", "!=", "none") | Domain("qty_invoiced", "=", 0)
        for name in self._get_commitment_models():
            # sudo: who may change the settings need not see every order
            model = self.env[name].sudo()
            lines = model.search(domain & waiting)
            self.env.add_to_compute(model._fields["sop_account_id"], lines)
