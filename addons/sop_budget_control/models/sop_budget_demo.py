# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from odoo import api, models

from ..demo.conference import Conference
from ..demo.requests import Requests


class SopBudget(models.Model):
    _inherit = "sop.budget"

    @api.model
    def _load_demo_requests(self):
        """Proposals, transfers and policies of the demo budget; called with the demo data."""
        Requests(self.env).load()
        Conference(self.env).load()
