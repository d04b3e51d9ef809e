# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from odoo import fields, models


class SopBudgetMember(models.Model):
    _inherit = "sop.budget.member"

    reports_to_id = fields.Many2one(
        "res.users",
        string="Reports to",
        index="btree_not_null",
        domain="[('share', '=', False)]",
        help="Approves where a rule asks the requester's manager.",
    )
