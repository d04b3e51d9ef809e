# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""From the matrix of a budget to the columns of its report."""

import calendar
from dataclasses import dataclass, replace
from datetime import date
from functools import cached_property

import numpy as np
from dateutil.relativedelta import relativedelta

from ..engine import period
from ..engine import report as engine
from ..engine.matrix import BOOK_MEASURES, CLAIM_MEASURES, MEASURES, PLAN_MEASURES
from ..engine.matrix import KINDS as MATRIX_KINDS

#: Kinds in the order in which the report shows them.
KINDS = ("expense", "capital", "income")
#: What is read again for other dates; parts of the plan are cut from the whole.
DATED_MEASURES = (*CLAIM_MEASURES, *BOOK_MEASURES)


@dataclass(frozen=True)
class ReportOptions:
    """What a report shows. Made by ``sop.budget._prepare_report_options``."""

    columns: tuple = ("whole",)
    measures: tuple = ("planned", "committed", "actual", "available", "utilisation")
    source: str = "all"
    period: str = "all"
    date_from: date | None = None
    date_to: date | None = None
    as_of: date | None = None
    ranges: tuple = ()
    compare: str | bool = False
    compare_budget_id: int | bool = False

    @property
    def draft(self):
        """Whether orders in preparation are asked for."""
        return "preparing" in self.measures


def shift_year(day, years):
    """The same day of another year; the last day of a month stays the last one."""
    shifted = day + relativedelta(years=years)
    if day.day == calendar.monthrange(day.year, day.month)[1]:
        shifted = period.month_end(shifted)
    return shifted


class BudgetReportBuilder:
    """Reads the matrix of one budget, as often as the columns need it, and sums it up.

    All arrays it returns have the rows of :class:`..engine.report.RowSums`: categories,
    unassigned by kind, totals by kind, and the grand total.
    """

    def __init__(self, budget, options):
        self.budget = budget
        self.env = budget.env
        self.options = options
        self._matrices = {}

    # === WHAT IS READ === #

    def matrix(self, date_from, date_to):
        """Base figures between two dates; read once for each pair of dates.

        The plan is read for the whole budget only: parts of it are cut from there.
        """
        key = (date_from, date_to)
        if key not in self._matrices:
            whole = key == (self.budget.date_from, self.budget.date_to)
            self._matrices[key] = self.budget._get_matrix(
                date_from,
                date_to,
                draft=self.options.draft,
                measures=MEASURES if whole else DATED_MEASURES,
            )
        return self._matrices[key]

    @cached_property
    def full(self):
        return self.matrix(self.budget.date_from, self.budget.date_to)

    @property
    def tree(self):
        return self.full.tree

    @property
    def months(self):
        return self.full.months

    @cached_property
    def categories(self):
        """Records of the rows, fetched at once in the order of the tree."""
        fields = [
            "code",
            "name",
            "kind",
            "parent_id",
            "source_id",
            "user_id",
            "is_leaf",
        ]
        Category = self.env["sop.budget.category"]
        Category.search_fetch([("budget_id", "=", self.budget.id)], fields)
        return Category.browse(self.tree.ids)

    # === ROWS === #

    @cached_property
    def kinds(self):
        """Kinds that have something to show, in the order in which they are shown."""
        used = set(self.tree.kinds)
        for position, kind in enumerate(MATRIX_KINDS):
            if any(array[position].any() for array in self.full.unassigned.values()):
                used.add(kind)
        return tuple(kind for kind in KINDS if kind in used)

    @cached_property
    def grand(self):
        if len(self.kinds) < 2:
            return None
        return "balance" if "income" in self.kinds else "spending"

    @cached_property
    def sums(self):
        source = self.options.source
        mask = self.tree.leaves.astype(np.int64)
        if source != "all":
            external = np.array(
                [bool(c.source_id.is_external) for c in self.categories]
            )
            mask = mask * (external if source == "external" else ~external)
        return engine.RowSums(
            ends=self.tree.ends(),
            kind_of=np.array(
                [self.kinds.index(kind) for kind in self.tree.kinds], dtype=int
            ),
            kinds=self.kinds,
            grand=self.grand,
            mask=mask,
            with_unassigned=source == "all",
        )

    @cached_property
    def row_keys(self):
        keys = [f"c{category_id}" for category_id in self.tree.ids]
        keys += [f"u_{kind}" for kind in self.kinds]
        keys += [f"t_{kind}" for kind in self.kinds]
        return keys + ([f"t_{self.grand}"] if self.grand else [])

    @cached_property
    def row_kinds(self):
        grand = {"balance": ["balance"], "spending": ["expense"], None: []}[self.grand]
        return [*self.tree.kinds, *self.kinds, *self.kinds, *grand]

    # === COLUMNS === #

    def column(self, span):
        """Base figures of all rows in one span of dates."""
        column = self._base_column(span)
        if self.options.compare == "last_year":
            past = replace(
                span,
                date_from=shift_year(span.date_from, -1),
                date_to=shift_year(span.date_to, -1),
            )
            return replace(column, compare=self._sum("actual", past, shifted=True))
        if self.options.compare == "budget":
            return replace(
                column, compare=self._compared_plan(span), compare_to="planned"
            )
        return column

    def _base_column(self, span):
        as_of = self.options.as_of
        elapsed = period.elapsed_time(span.date_from, span.date_to, as_of)
        running = replace(span, date_to=min(span.date_to, as_of))
        begun = running.date_to >= span.date_from
        figures = {measure: self._sum(measure, span) for measure in DATED_MEASURES}
        figures |= {measure: self._plan(span, measure) for measure in PLAN_MEASURES}
        nothing = np.zeros(len(self.row_keys), dtype=np.int64)
        return engine.Column(
            to_date=self._plan(running) if begun else nothing,
            actual_as_of=self._sum("actual", running) if begun else nothing,
            elapsed=elapsed,
            elapsed_months=period.elapsed_months(
                period.months_between(span.date_from, span.date_to),
                span.date_from,
                span.date_to,
                as_of,
            ),
            **figures,
        )

    def _plan(self, span, measure="planned"):
        """The plan of the days in the span; a month that it cuts counts by its days."""
        budget = self.budget
        weights = engine.month_weights(
            self.months, budget.date_from, budget.date_to, span.date_from, span.date_to
        )
        leaves = engine.weighted(self.full.leaf_amounts(measure), weights)
        nothing = np.zeros(len(self.kinds), dtype=np.int64)
        return self.sums.apply(leaves, nothing)

    def _sum(self, measure, span, shifted=False):
        """Sums of what is dated in the span, from whole months wherever it has them."""
        start, end = self.budget.date_from, self.budget.date_to
        if shifted:
            start, end = shift_year(start, -1), shift_year(end, -1)
        if span.date_from < start or span.date_to > end:
            return self._sum_matrix(
                self.matrix(span.date_from, span.date_to), measure, span
            )
        if engine.is_aligned(span, start, end):
            return self._sum_matrix(self.matrix(start, end), measure, span)
        head = period.month_start(span.date_to)
        if head > span.date_from and span.date_from in (
            start,
            period.month_start(span.date_from),
        ):
            # Whole months, then a part of the last: only that one is read again
            whole = replace(span, date_to=head - relativedelta(days=1))
            part = self.matrix(head, span.date_to)
            return self._sum_matrix(
                self.matrix(start, end), measure, whole
            ) + self._sum_matrix(part, measure, span)
        return self._sum_matrix(
            self.matrix(span.date_from, span.date_to), measure, span
        )

    def _sum_matrix(self, matrix, measure, span):
        first = period.month_start(span.date_from)
        chosen = [first <= month <= span.date_to for month in matrix.months]
        leaves = matrix.leaf_amounts(measure)[:, chosen].sum(axis=1)
        unassigned = self.unassigned(matrix, measure)[:, chosen].sum(axis=1)
        return self.sums.apply(leaves, unassigned)

    def unassigned(self, matrix, measure):
        """What is in no category: the report's kinds × months."""
        return matrix.unassigned[measure][
            [MATRIX_KINDS.index(kind) for kind in self.kinds]
        ]

    def monthly(self, measure, row_key):
        """One row, month by month (whole months of the budget)."""
        leaves = self.full.leaf_amounts(measure)
        table = self.sums.apply(leaves, self.unassigned(self.full, measure))
        return table[self.row_keys.index(row_key)]

    # === COMPARED BUDGET === #

    @cached_property
    def compared(self):
        other = self.env["sop.budget"].browse(self.options.compare_budget_id)
        return BudgetReportBuilder(
            other, replace(self.options, compare=False, measures=("planned",))
        )

    @cached_property
    def compared_offset(self):
        """Months between a column here and its counterpart there.

        Budgets that share days are compared day by day, others from their starts.
        """
        mine, other = self.budget, self.compared.budget
        if other.date_from <= mine.date_to and mine.date_from <= other.date_to:
            return 0
        return period.month_index(mine.date_from, other.date_from)

    def compared_span(self, span):
        offset = self.compared_offset
        end = span.date_to + relativedelta(months=offset)
        if span.date_to == period.month_end(span.date_to):
            end = period.month_end(end)
        start = span.date_from + relativedelta(months=offset)
        return replace(span, date_from=start, date_to=end)

    def _compared_plan(self, span):
        """The other plan, row by row of the same code; nan where there is no such row."""
        other = self.compared
        plan = other._plan(self.compared_span(span))
        found = dict(zip(other.matching_keys, plan.tolist(), strict=True))
        return np.array(
            [found.get(key, np.nan) for key in self.matching_keys], dtype=float
        )

    @cached_property
    def matching_keys(self):
        """What makes rows of two budgets the same: kind and code, or being the same total."""
        count = len(self.tree.ids)
        codes = [
            (kind, c.code)
            for kind, c in zip(self.tree.kinds, self.categories, strict=True)
        ]
        return codes + self.row_keys[count:]
