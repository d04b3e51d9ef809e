# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from odoo import api, models
from odoo.tools.misc import format_amount, format_date, formatLang

from .chart_svg import COLORS, chart_svg
from .report_lines import get_caption, is_over, iterate_lines, split_columns

#: Figures side by side on a landscape page.
FIGURES_ON_PAGE = 12
#: Rows of a table on a page, on the first one below the cards and the chart. Pages are broken
#: here since not every PDF tool says the head of a table again on the next page.
ROWS_ON_PAGE, ROWS_BELOW_CARDS, ROWS_BELOW_CHART = 44, 36, 28
MAX_NAME = 70


class ReportBudget(models.AbstractModel):
    """The plan-against-actual report on paper, from the structure that the screen shows."""

    _name = "report.sop_budget.report_budget"
    _description = "Plan against Actual"

    @api.model
    def _get_report_values(self, docids, data=None):
        options = (data or {}).get("report_options")
        requests = (
            [options] if options else [{"budget_id": docid} for docid in docids or []]
        )
        reports = [
            (self.env["sop.budget"].get_report(request), request.get("level"))
            for request in requests
        ]
        reports = [(report, level) for report, level in reports if report["budget"]]
        budgets = self.env["sop.budget"].browse(
            [r["budget"]["id"] for r, _level in reports]
        )
        return {
            "doc_ids": budgets.ids,
            "doc_model": "sop.budget",
            "docs": budgets,
            "pages": [self._prepare_page(report, level) for report, level in reports],
        }

    def _prepare_page(self, report, level=None):
        budget = self.env["sop.budget"].browse(report["budget"]["id"])
        currency = budget.currency_id
        lines = list(iterate_lines(report, level))
        return {
            "budget": budget,
            "report": report,
            "as_of": format_date(self.env, report["as_of"]),
            "owner": report["budget"]["owner"],
            "options": self._describe_options(report),
            "cards": self._prepare_cards(report, currency),
            "chart": report["chart"]
            and chart_svg(
                report["chart"], lambda value: formatLang(self.env, value, digits=0)
            ),
            "chart_names": report["chart"]
            and [
                (COLORS[key], name, key)
                for key, name in report["chart"]["names"].items()
            ],
            "tables": list(self._prepare_tables(report, lines)),
        }

    def _prepare_tables(self, report, lines):
        """One table for each page: columns that fit side by side, rows that fit below."""
        room = ROWS_BELOW_CHART if report["chart"] else ROWS_BELOW_CARDS
        for start, columns in split_columns(report, FIGURES_ON_PAGE):
            rest = lines
            while rest:
                page, rest = rest[:room], rest[room:]
                yield self._prepare_table(report, page, start, columns)
                room = ROWS_ON_PAGE

    def _prepare_table(self, report, lines, start, columns):
        measures = report["measures"]
        end = start + len(columns) * len(measures)
        digits = report["currency"]["digits"]
        return {
            "columns": columns,
            "measures": measures,
            "headed": len(columns) > 1 or columns[0]["kind"] != "whole",
            "lines": [
                {
                    "row": row,
                    "name": self._shorten(row["name"]),
                    "depth": depth,
                    "cells": [
                        {
                            "text": self._format(value, measure["type"], digits),
                            "over": is_over(row, measure["key"], value),
                            "caption": get_caption(row, measure),
                        }
                        for value, measure in zip(
                            row["values"][start:end],
                            measures * len(columns),
                            strict=True,
                        )
                    ],
                }
                for row, depth in lines
            ],
        }

    def _shorten(self, name):
        """A name of one line: pages are counted by rows."""
        return name if len(name) <= MAX_NAME else f"{name[: MAX_NAME - 1]}…"

    def _format(self, value, kind, digits):
        if value is None:
            return "–"
        if kind == "percent":
            return f"{formatLang(self.env, value * 100, digits=1)}%"
        return formatLang(self.env, value, digits=1 if kind == "months" else digits)

    def _prepare_cards(self, report, currency):
        summary = report["summary"]
        if not summary:
            return []

        def money(value):
            return format_amount(self.env, value, currency)

        cards = [
            {"name": card["name"], "value": money(card["value"]), "note": card["note"]}
            for card in (*summary["figures"], *summary["outlook"])
        ]
        pace = summary["pace"]
        used = "–" if pace["money"] is None else f"{round(pace['money'] * 100)}%"
        cards.insert(
            4,
            {
                "name": self.env._(
                    "Time gone / %(money)s", money=pace["money_name"].lower()
                ),
                "value": f"{round(pace['time'] * 100)}% / {used}",
                "note": pace["note"],
            },
        )
        return cards

    def _describe_options(self, report):
        """What was chosen beyond the usual, in words."""
        options, choices = report["options"], report["choices"]
        words = []
        if options["source"] != "all":
            words += [
                c["name"] for c in choices["sources"] if c["key"] == options["source"]
            ]
        if options["compare"] == "last_year":
            words.append(self.env._("compared with last year"))
        elif options["compare"] == "budget":
            words.append(
                self.env._("compared with %(budget)s", budget=options["compare_name"])
            )
        return words
