# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from odoo import fields, models


class ResCompany(models.Model):
    _inherit = "res.company"

    sop_funding_check = fields.Selection(
        [("none", "Do nothing"), ("warn", "Warn"), ("stop", "Stop")],
        string="More Allocated than Planned",
        required=True,
        default="warn",
    )
    sop_operations_expected = fields.Boolean(
        "Every Category Has an Operation",
        help="Contradictions list the categories of spending of approved budgets that no operation "
        "is linked to.",
    )
