# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from odoo import api, models

from ..demo.deliveries import Deliveries


class SopProcessMetric(models.Model):
    _inherit = "sop.process.metric"

    @api.model
    def _load_demo_deliveries(self):
        """Goods that were sold and delivered; called with the demo data."""
        Deliveries(self.env).load()
