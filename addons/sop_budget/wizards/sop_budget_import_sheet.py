# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from odoo import fields, models


class SopBudgetImportSheet(models.TransientModel):
    _name = "sop.budget.import.sheet"
    _description = "Sheet of a Budget Import"
    _order = "id"

    import_id = fields.Many2one(
        "sop.budget.import", required=True, index=True, ondelete="cascade"
    )
    name = fields.Char(required=True)
