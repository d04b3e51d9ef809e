# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from odoo import api, models

from ..demo.sponsors import Sponsors


class SopBudget(models.Model):
    _inherit = "sop.budget"

    @api.model
    def _get_commitment_models(self) -> list[str]:
        # EXTENDS sop_budget
        return super()._get_commitment_models() + ["sale.order.line"]

    @api.model
    def _load_demo_sales(self):
        """Sales orders of the demo company; called when demo data is loaded."""
        Sponsors(self.env).load()
