# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from odoo import api, models

from ..demo.leads import Leads


class SopProcessMetric(models.Model):
    _inherit = "sop.process.metric"

    @api.model
    def _load_demo_leads(self):
        """A year of leads and opportunities of the demo company; called with the demo data."""
        Leads(self.env).load()
