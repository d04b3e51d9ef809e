# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from odoo import api, models

from ..demo.assessments import Assessments
from ..demo.history import History
from ..demo.operations import Operations
from ..demo.priorities import Priorities


class SopOperation(models.Model):
    _inherit = "sop.operation"

    @api.model
    def _load_demo_operations(self):
        """Plan the operations of the demo programme; called when demo data is loaded."""
        Operations(self.env).load()
        Priorities(self.env).load()
        History(self.env).load()
        Assessments(self.env).load()
