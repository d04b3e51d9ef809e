# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from odoo import fields, models

SECTIONS = [
    ("budget", "Budget"),
    ("category", "Category"),
    ("amount", "Amount"),
    ("entry", "Foreign entry"),
    ("rate", "Currency rate"),
    ("rule", "Matching rule"),
    ("policy", "Spending policy"),
    ("figure", "Books"),
]


class SopBudgetVersionChange(models.TransientModel):
    """One row of a comparison: what was, what is, who changed it and why."""

    _name = "sop.budget.version.change"
    _description = "Change between Versions"
    _order = "compare_id desc, id"
    _rec_name = "label"

    compare_id = fields.Many2one(
        "sop.budget.version.compare",
        required=True,
        index=True,
        ondelete="cascade",
        readonly=True,
    )
    section = fields.Selection(SECTIONS, readonly=True)
    what = fields.Selection(
        [("added", "Added"), ("changed", "Changed"), ("removed", "Removed")],
        string="Change",
        readonly=True,
    )
    category_id = fields.Many2one(
        "sop.budget.category",
        string="Category Now",
        readonly=True,
        ondelete="set null",
    )
    category_name = fields.Char(
        "Category",
        readonly=True,
        help="As it was called; it may be renamed or gone by now.",
    )
    label = fields.Char("Field", readonly=True)
    month = fields.Date(readonly=True)
    old_value = fields.Char("Before", readonly=True)
    new_value = fields.Char("After", readonly=True)
    currency_id = fields.Many2one("res.currency", readonly=True)
    old_amount = fields.Monetary("Amount Before", readonly=True)
    new_amount = fields.Monetary("Amount After", readonly=True)
    difference = fields.Monetary(readonly=True)
    changed_by = fields.Char(
        readonly=True,
        help="Who last wrote what changed; for what the books say, nobody here.",
    )
    version_name = fields.Char(
        "Kept in", readonly=True, help="The version that has the change first."
    )
    why = fields.Char(readonly=True, help="What was noted when that version was kept.")
    date = fields.Datetime("Kept On", readonly=True)

    def action_export_xlsx(self):
        """Download the whole comparison as a workbook."""
        compare = self.env["sop.budget.version.compare"].browse(
            self.env.context.get("sop_compare_id") or self.compare_id[:1].id
        )
        return compare.action_export_xlsx()
