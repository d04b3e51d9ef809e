# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""A comparison of two versions as a workbook."""

import io

import xlsxwriter

from odoo.tools.misc import format_date, format_datetime

from odoo.addons.sop_budget.report.budget_report_xlsx import FORMULA_STARTS

#: Columns with their widths; amounts are numbers, everything else is text.
COLUMNS = {
    "section": 14,
    "what": 10,
    "category_name": 34,
    "label": 20,
    "month": 10,
    "old_value": 26,
    "new_value": 26,
    "difference": 15,
    "changed_by": 22,
    "version_name": 26,
    "why": 40,
    "date": 20,
}
AMOUNTS = {
    "old_value": "old_amount",
    "new_value": "new_amount",
    "difference": "difference",
}
MONEY_SECTIONS = ("amount", "figure")


class VersionChangesXlsx:
    """Writes the rows of one comparison."""

    def __init__(self, compare):
        self.env = compare.env
        self.compare = compare
        digits = compare.budget_id.currency_id.decimal_places
        self.number_format = "#,##0" + ("." + "0" * digits if digits else "")
        self._formats = {}

    def render(self):
        """The workbook as bytes."""
        stream = io.BytesIO()
        self.book = xlsxwriter.Workbook(
            stream,
            {
                "in_memory": True,
                "strings_to_formulas": False,
                "strings_to_urls": False,
                "strings_to_numbers": False,
            },
        )
        self.sheet = self.book.add_worksheet(self.env._("Changes")[:31])
        self._text(0, 0, self.compare.title, bold=True, font_size=14)
        lines = self.compare.line_ids
        fields = lines.fields_get(list(COLUMNS), ["string", "selection"])
        for column, (name, width) in enumerate(COLUMNS.items()):
            self._text(2, column, fields[name]["string"], bold=True, bottom=1)
            self.sheet.set_column(column, column, width)
        self.sheet.freeze_panes(3, 0)
        choices = {
            name: dict(field["selection"])
            for name, field in fields.items()
            if "selection" in field
        }
        for row, line in enumerate(lines, start=3):
            self._write_line(row, line, choices)
        last = max(3 + len(lines) - 1, 3)
        self.sheet.autofilter(2, 0, last, len(COLUMNS) - 1)
        self.sheet.set_landscape()
        self.sheet.set_paper(9)
        self.sheet.fit_to_pages(1, 0)
        self.sheet.repeat_rows(2)
        self.book.close()
        return stream.getvalue()

    def _write_line(self, row, line, choices):
        is_money = line.section in MONEY_SECTIONS
        for column, name in enumerate(COLUMNS):
            if name in AMOUNTS and is_money:
                style = self._format(num_format=self.number_format)
                self.sheet.write_number(row, column, line[AMOUNTS[name]], style)
            elif name == "difference":
                continue
            elif name == "month":
                month = line.month and format_date(
                    self.env, line.month, date_format="MMM yyyy"
                )
                self._text(row, column, month)
            elif name == "date":
                self._text(row, column, format_datetime(self.env, line.date))
            else:
                value = line[name]
                self._text(row, column, choices.get(name, {}).get(value, value))

    def _text(self, row, column, text, **style):
        text = text or ""
        if text.startswith(FORMULA_STARTS):
            # Stays a text also when the cell is edited or saved as CSV and opened again
            style["quote_prefix"] = True
        self.sheet.write_string(row, column, text, self._format(**style))

    def _format(self, **style):
        key = tuple(sorted(style.items()))
        if key not in self._formats:
            self._formats[key] = self.book.add_format(style)
        return self._formats[key]
