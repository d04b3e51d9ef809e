# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from odoo import api, models

from ..demo.tickets import Tickets


class SopProcessMetric(models.Model):
    _inherit = "sop.process.metric"

    @api.model
    def _load_demo_tickets(self):
        """A year of quotations, orders and invoices; called with the demo data."""
        Tickets(self.env).load()
