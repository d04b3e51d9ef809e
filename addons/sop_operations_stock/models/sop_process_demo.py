# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from odoo import api, models

from ..demo.receipts import Receipts


class SopProcessMetric(models.Model):
    _inherit = "sop.process.metric"

    @api.model
    def _load_demo_receipts(self):
        """Goods that were ordered and received; called with the demo data."""
        Receipts(self.env).load()
