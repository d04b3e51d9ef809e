# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from odoo import fields, models


class SopBudgetImportIssue(models.TransientModel):
    """Something to tell about a row of an import, in the order of the file."""

    _name = "sop.budget.import.issue"
    _description = "Remark on a Budget Import"
    _order = "sequence"
    _rec_name = "message"

    import_id = fields.Many2one(
        "sop.budget.import", required=True, index=True, ondelete="cascade"
    )
    sequence = fields.Integer()
    row = fields.Integer("Row Number")
    row_label = fields.Char("Row", help="Empty: as the line above.")
    column_label = fields.Char("Column")
    value = fields.Char("In the File")
    message = fields.Char()
    level = fields.Selection(
        [("error", "Error"), ("warning", "Check"), ("info", "For information")],
        string="Weight",
    )
