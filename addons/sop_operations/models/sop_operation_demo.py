# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from odoo import api, models

from ..demo.operations import Operations


class SopOperation(models.Model):
    _inherit = "sop.operation"

    @api.model
    def _load_demo_operations(self):
        """Plan the operations of the demo programme; called when demo data is loaded."""
        Operations(self.env).load()
