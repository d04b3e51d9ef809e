# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""The plan-against-actual report as a workbook, from the structure that the screen shows."""

import io

import xlsxwriter

from odoo.tools.misc import format_date

from .report_lines import get_caption, iterate_lines

#: What a spreadsheet would take for a formula.
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")
MAX_OUTLINE = 7


class BudgetReportXlsx:
    """Writes one report; figures are numbers, texts are always texts."""

    def __init__(self, env, report):
        self.env = env
        self.report = report
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
        budget = self.report["budget"]
        self.book.set_properties(
            {"title": budget["name"], "company": budget["company"]["name"]}
        )
        self.sheet = self.book.add_worksheet(self.env._("Plan against actual")[:31])
        self.sheet.outline_settings(
            True, False, True, False
        )  # a parent stands above its rows
        row = self._write_title()
        row = self._write_head(row)
        self.sheet.freeze_panes(row, 2)
        row = self._write_lines(row)
        self._write_notes(row + 1)
        self._set_page()
        self.book.close()
        return stream.getvalue()

    # === PARTS === #

    def _write_title(self):
        report = self.report
        budget = report["budget"]
        self._text(0, 0, budget["display_name"], bold=True, font_size=14)
        self._text(1, 0, f"{budget['company']['name']} · {budget['state_name']}")
        facts = [
            report["period"]["name"],
            self.env._("as of %(date)s", date=format_date(self.env, report["as_of"])),
            self.env._("amounts in %(currency)s", currency=report["currency"]["name"]),
        ]
        source = report["options"]["source"]
        facts += [
            c["name"]
            for c in report["choices"]["sources"]
            if c["key"] == source != "all"
        ]
        self._text(2, 0, " · ".join(facts))
        return 4

    def _write_head(self, row):
        columns, measures = self.report["columns"], self.report["measures"]
        head = {"bold": True, "bottom": 1, "text_wrap": True, "valign": "top"}
        position = 2
        for column in columns:
            if len(measures) > 1:
                last = position + len(measures) - 1
                style = self._format(bold=True, align="center")
                self.sheet.merge_range(row, position, row, last, "", style)
            self._text(row, position, column["name"], bold=True, align="center")
            for measure in measures:
                self._text(row + 1, position, measure["name"], align="right", **head)
                position += 1
        self._text(row + 1, 0, self.env._("Code"), **head)
        self._text(row + 1, 1, self.env._("Category"), **head)
        self.sheet.set_column(0, 0, 12)
        self.sheet.set_column(1, 1, 42)
        self.sheet.set_column(2, max(position - 1, 2), 15)
        return row + 2

    def _write_lines(self, row):
        measures = self.report["measures"] * len(self.report["columns"])
        for line, depth in iterate_lines(self.report):
            style = {"bold": True} if not line.get("leaf") else {}
            if depth == 0:
                style["top"] = 1
            self._text(row, 0, line["code"], **style)
            self._text(row, 1, line["name"], indent=min(depth, 15), **style)
            for position, (value, measure) in enumerate(
                zip(line["values"], measures, strict=True), start=2
            ):
                cell = self._format(
                    num_format=self._number_format(measure["type"]), **style
                )
                if caption := get_caption(line, measure):
                    self.sheet.write_comment(row, position, caption)
                if value is None:
                    self.sheet.write_blank(row, position, None, cell)
                else:
                    self.sheet.write_number(row, position, value, cell)
            if depth:
                self.sheet.set_row(row, None, None, {"level": min(depth, MAX_OUTLINE)})
            row += 1
        return row

    def _write_notes(self, row):
        for note in self.report["notes"]:
            self._text(row, 0, note, italic=True)
            row += 1

    def _set_page(self):
        self.sheet.set_landscape()
        self.sheet.set_paper(9)
        self.sheet.fit_to_pages(1, 0)
        self.sheet.repeat_rows(4, 5)

    # === CELLS === #

    def _text(self, row, column, text, **style):
        text = text or ""
        if text.startswith(FORMULA_STARTS):
            # Stays a text also when the cell is edited or saved as CSV and opened again
            style["quote_prefix"] = True
        self.sheet.write_string(row, column, text, self._format(**style))

    def _number_format(self, kind):
        if kind == "percent":
            return "0.0%"
        if kind == "months":
            return "0.0"
        digits = self.report["currency"]["digits"]
        return "#,##0" + ("." + "0" * digits if digits else "")

    def _format(self, **style):
        key = tuple(sorted(style.items()))
        if key not in self._formats:
            self._formats[key] = self.book.add_format(style)
        return self._formats[key]


def render_report_xlsx(env, report):
    """Bytes of a workbook with what ``sop.budget.get_report`` returned."""
    return BudgetReportXlsx(env, report).render()
