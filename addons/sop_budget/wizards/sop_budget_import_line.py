# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from odoo import fields, models


class SopBudgetImportLine(models.TransientModel):
    """A category as it will stand in the budget: the preview of an import."""

    _name = "sop.budget.import.line"
    _description = "Preview of a Budget Import"
    _order = "sequence"
    _rec_name = "code"

    import_id = fields.Many2one(
        "sop.budget.import",
        string="Wizard",
        required=True,
        index=True,
        ondelete="cascade",
    )
    sequence = fields.Integer()
    row = fields.Integer()
    code = fields.Char()
    name = fields.Char(help="Indented by its level in the tree.")
    parent_code = fields.Char("Parent")
    kind = fields.Selection(
        [("expense", "Expense"), ("income", "Income"), ("capital", "Capital")]
    )
    currency_id = fields.Many2one(related="import_id.currency_id")
    total = fields.Monetary()
    is_parent = fields.Boolean()
    action = fields.Selection(
        [
            ("new", "New"),
            ("update", "Changed"),
            ("same", "Unchanged"),
            ("error", "Left out"),
        ],
        string="Import",
    )
    message = fields.Char("To Know")
