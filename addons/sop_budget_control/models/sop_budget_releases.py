# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from odoo import models


class SopBudgetTransfer(models.Model):
    _inherit = "sop.budget.transfer"

    def _check_releases(self, after):
        pass
