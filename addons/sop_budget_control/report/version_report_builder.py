# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""The report of a budget from what a version kept, instead of from the books of today."""

from dataclasses import dataclass
from datetime import date, datetime
from functools import cached_property
from types import SimpleNamespace

from odoo import fields
from odoo.tools import SQL

from odoo.addons.sop_budget.engine import matrix as engine
from odoo.addons.sop_budget.engine import period
from odoo.addons.sop_budget.engine.matching import INCOME
from odoo.addons.sop_budget.models.ledger_sql import fresh_items_sql
from odoo.addons.sop_budget.models.sop_budget_matrix import MatrixReader
from odoo.addons.sop_budget.report.budget_report_builder import (
    BudgetReportBuilder,
    ReportOptions,
)

#: Measures of the plan and the part of the content that holds them.
PLAN_PARTS = {"planned": "amounts", "original": "original"}


@dataclass(frozen=True)
class VersionReportOptions(ReportOptions):
    """A report of the past: ``version_id`` alone, or its plan with what was posted by then.

    ``known_until`` is the moment up to which journal items count.
    """

    version_id: int | bool = False
    known_on: date | None = None
    known_until: datetime | None = None


class VersionReportBuilder(BudgetReportBuilder):
    """Rows and plan are those of the version."""

    @cached_property
    def version(self):
        return self.env["sop.budget.version"].browse(self.options.version_id)

    @cached_property
    def payload(self):
        return self.version._read_payload()

    # === ROWS === #

    @cached_property
    def kept_tree(self):
        def order(item):
            return (item[1]["sequence"], item[1]["code"], int(item[0]))

        rows = sorted(self.payload["categories"].items(), key=order)
        return engine.CategoryTree.build(
            (int(key), row["parent"], row["leaf"], row["kind"]) for key, row in rows
        )

    @cached_property
    def categories(self):
        """Stand-ins for the categories, as they were called then."""
        kept = self.payload["categories"]
        return [
            SimpleNamespace(
                id=category_id,
                code=kept[str(category_id)]["code"],
                name=kept[str(category_id)]["name"],
                parent_id=SimpleNamespace(id=kept[str(category_id)]["parent"]),
                source_id=SimpleNamespace(
                    is_external=kept[str(category_id)]["external"]
                ),
            )
            for category_id in self.kept_tree.ids
        ]

    # === FIGURES === #

    def matrix(self, date_from, date_to):
        """What was kept has no days: a month that the dates cut counts whole."""
        key = (date_from, date_to)
        if key not in self._matrices:
            self._matrices[key] = self._build_matrix(date_from, date_to)
        return self._matrices[key]

    def _build_matrix(self, date_from, date_to):
        months = period.months_between(date_from, date_to)
        total = len(self.kept_tree.ids) + self.payload["hidden"]
        builder = engine.MatrixBuilder(self.kept_tree, months, total)
        for measure, part in PLAN_PARTS.items():
            self._add_kept(builder, measure, self.payload.get(part, {}))
        if self.options.known_until:
            self._add_known(builder, date_from, date_to)
        else:
            for measure, cells in self.payload["figures"].items():
                self._add_kept(builder, measure, cells)
                self._add_loose(builder, measure)
        return builder.build(self.budget.currency_id.decimal_places)

    def _add_kept(self, builder, measure, cells):
        shown = set(self.kept_tree.ids)
        for key, units in cells.items():
            if int(key) in shown:
                kind = self.payload["categories"][key]["kind"]
                self._add_row(builder, measure, int(key), kind, units)

    def _add_loose(self, builder, measure):
        for kind, units in self.payload["loose"].get(measure, {}).items():
            self._add_row(builder, measure, None, kind, units)

    def _add_row(self, builder, measure, category, kind, units):
        wanted = set(builder.months)
        sign = -1 if kind == INCOME and measure in engine.BOOK_MEASURES else 1
        cells = [
            (month, sign * amount)
            for month, amount in zip(self._kept_months, units, strict=True)
            if amount and month in wanted
        ]
        if cells:
            months, values = zip(*cells, strict=True)
            count = len(cells)
            builder.add_cells(
                measure, [category] * count, [kind] * count, months, values
            )

    @cached_property
    def _kept_months(self):
        return [fields.Date.to_date(f"{m}-01") for m in self.payload["months"]]

    def _add_known(self, builder, date_from, date_to):
        """Journal items that were posted by then, by today's rules of what belongs where."""
        reader = PastReader(self.budget, date_from, date_to)
        reader.builder = builder
        reader.known_until = self.options.known_until
        # sudo: to tell categories that came later from those that are hidden
        reader.known_categories = self.version.sudo()._get_category_ids()
        reader.read_actual()
        reader.end()


class PastReader(MatrixReader):
    """Reads actuals from journal items alone: the monthly sums know no past."""

    known_until = None
    known_categories = frozenset()

    def read_actual(self):
        fresh = self._find_all()
        if not fresh:
            return
        items = SQL(
            """
            SELECT 'actual' AS tag, line.account_id, line.month, line.units, line.distribution
              FROM (%(items)s) line
              JOIN account_move_line item ON item.id = line.id
             WHERE item.create_date <= %(until)s
               AND COALESCE((
                SELECT max(message.date)
                  FROM mail_message message
                  JOIN mail_tracking_value change ON change.mail_message_id = message.id
                 WHERE message.model = 'account.move' AND message.res_id = item.move_id
                   AND change.field_id = %(state)s
               ), item.create_date) <= %(until)s
            """,
            items=fresh_items_sql(fresh, self.company.id, self.date_from, self.date_to),
            until=self.known_until,
            state=self._get_state_field(),
        )
        self._read_owned(items)

    def _get_state_field(self):
        """The field whose tracked changes tell when an entry was posted."""
        # sudo: the description of a field is no secret
        return self.env["ir.model.fields"].sudo()._get("account.move", "state").id

    def _find_all(self):
        """Every month of every account of the budget."""
        return self.env.execute_query(
            SQL(
                """
                SELECT scope.account_id, month.day
                  FROM sop_budget_map scope, unnest(%(months)s::date[]) month (day)
                 WHERE scope.budget_id = %(budget)s AND scope.analytic_account_id IS NULL
                   AND scope.account_id IS NOT NULL
                """,
                months=list(self.months),
                budget=self.budget.id,
            )
        )

    def _add_rows(self, measure, rows):
        # A category that came later didn't own anything yet
        rows = [
            (kind, category if category in self.known_categories else None, *rest)
            for kind, category, *rest in rows
        ]
        return super()._add_rows(measure, rows)
