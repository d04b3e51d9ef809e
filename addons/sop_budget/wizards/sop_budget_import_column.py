# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools.misc import format_date

from ..engine.sheet import CellError
from ..engine.sheet_columns import Column
from ..engine.sheet_value import Month, parse_month

ROLES = [
    ("ignore", "Don't import"),
    ("code", "Code"),
    ("parent", "Parent (code or name)"),
    ("name", "Name"),
    ("level1", "Level 1 of the tree"),
    ("level2", "Level 2 of the tree"),
    ("level3", "Level 3 of the tree"),
    ("level4", "Level 4 of the tree"),
    ("kind", "Expense, income or capital"),
    ("source", "Funding source"),
    ("responsible", "Responsible person"),
    ("detail", "Detail"),
    ("impact", "Impact"),
    ("month", "Amount of one month"),
    ("quarter", "Amount of one quarter"),
    ("date", "Month of the row's amount"),
    ("amount", "Amount of the row"),
    ("currency", "Currency"),
    ("total", "Total of the year"),
    ("monthly", "The same amount each month"),
]


class SopBudgetImportColumn(models.TransientModel):
    _name = "sop.budget.import.column"
    _description = "Column of a Budget Import"
    _order = "position"

    import_id = fields.Many2one(
        "sop.budget.import", required=True, index=True, ondelete="cascade"
    )
    position = fields.Integer()
    letter = fields.Char("Column")
    header = fields.Char()
    sample = fields.Char("First Values")
    role = fields.Selection(ROLES, string="Holds", required=True, default="ignore")
    month = fields.Date("First Day")
    has_year = fields.Boolean(
        help="The header names a year; without one the month is looked up in the budget."
    )
    month_label = fields.Char(
        "Month",
        compute="_compute_month_label",
        inverse="_inverse_month_label",
        help="The month this column plans, such as Jan 2027 (for a quarter its first).",
    )

    @api.depends("month")
    def _compute_month_label(self):
        for column in self:
            column.month_label = column.month and format_date(
                column.env, column.month, date_format="MMM y"
            )

    def _inverse_month_label(self):
        lang = self.env.lang or "en_US"
        for column in self:
            try:
                month = parse_month((column.month_label or "").strip() or None, lang)
            except CellError as error:
                raise UserError(
                    self.env._(
                        "Column %(letter)s: “%(text)s” is no month. Write one such as "
                        "Jan 2027 or 2027-01.",
                        letter=column.letter,
                        text=column.month_label,
                    )
                ) from error
            column.has_year = bool(month and month.year)
            column.month = month and (
                month.first_day() or column.import_id._resolve_month(month)
            )

    def _get_column(self):
        """This column as a value of the engine."""
        self.ensure_one()
        month = self.month and Month(
            self.month.month, self.month.year if self.has_year else None
        )
        return Column(
            index=self.position,
            header=self.header or "",
            role=self.role,
            month=month or None,
            sample=self.sample or "",
        )
