# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from odoo import fields, models


class SopFundingSource(models.Model):
    _name = "sop.funding.source"
    _description = "Funding Source"
    _order = "sequence, name"
    _rec_names_search = ["name", "code"]

    name = fields.Char(required=True, translate=True)
    code = fields.Char()
    sequence = fields.Integer(default=10)
    is_external = fields.Boolean(
        string="External",
        help="Paid by somebody else, such as a grant. Totals are shown for internal, "
        "external and all sources.",
    )
    partner_id = fields.Many2one("res.partner", string="Funder")
    company_id = fields.Many2one("res.company", help="Empty: shared by all companies.")
    active = fields.Boolean(default=True)
    note = fields.Text()
