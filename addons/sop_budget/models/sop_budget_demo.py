# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from odoo import api, models

from ..demo.programme import Programme


class SopBudget(models.Model):
    _inherit = "sop.budget"

    @api.model
    def _load_demo_documents(self):
        """Fill the demo budget and its company's books; called when demo data is loaded."""
        Programme(self.env).load()
