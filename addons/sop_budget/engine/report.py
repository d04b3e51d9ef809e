# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""Columns and figures of the plan-against-actual report.

Rows are the nodes of a category tree in pre-order (a parent before its children), one
array per base figure and column; amounts are ``int64`` minor units with the budget's
sign. A figure that doesn't exist ("no percent when nothing is planned") is ``nan`` in an
array of floats and ``None`` in the lists that leave this module.
"""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction

import numpy as np

from . import matrix, period
from .matrix import roll_up
from .measures import FAVOURABLE, KindError, available, ratios

#: Measures in the order in which they are shown, and what they are.
MEASURES = {
    "original": "money",
    "planned": "money",
    "to_date": "money",
    "pending": "money",
    "reserved": "money",
    "committed": "money",
    "preparing": "money",
    "actual": "money",
    "available": "money",
    "available_after_pending": "money",
    "variance": "money",
    "variance_percent": "percent",
    "utilisation": "percent",
    "burn": "percent",
    "burn_rate": "money",
    "runway": "months",
    "projection": "money",
    "compare": "money",
    "compare_difference": "money",
    "compare_percent": "percent",
}
#: Measures that add up over rows and columns and lead to documents.
BASE_MEASURES = matrix.MEASURES
#: Kinds of columns that are made of fiscal months, quarters or years.
GRAINS = tuple(period.GRAINS)
COLUMN_KINDS = (*GRAINS, "whole", "to_date", "custom")


class ReportOptionError(ValueError):
    """Options that no report can be made of."""


@dataclass(frozen=True)
class Span:
    """The dates of one column. ``label`` is language-free and may be empty."""

    key: str
    kind: str
    date_from: datetime.date
    date_to: datetime.date
    label: str = ""


@dataclass(frozen=True)
class Column:
    """Base figures of all rows in one column, and how far time has gone in it."""

    planned: np.ndarray
    original: np.ndarray
    reserved: np.ndarray
    pending: np.ndarray
    committed: np.ndarray
    preparing: np.ndarray
    actual: np.ndarray
    actual_as_of: np.ndarray
    to_date: np.ndarray
    elapsed: Fraction
    elapsed_months: Fraction
    #: What is compared with (``nan``: no counterpart), and the measure it is set against
    compare: np.ndarray | None = None
    compare_to: str = "actual"


@dataclass(frozen=True)
class RowSums:
    """How category leaves and unassigned rows become all rows of a report.

    Rows: categories, then one unassigned row for each kind, then one total for each kind,
    then the grand total if there is one (``balance``: income less the rest; ``spending``:
    expense and capital).
    """

    ends: np.ndarray
    kind_of: np.ndarray
    kinds: tuple[str, ...]
    grand: str | None
    #: Leaves that count (those of the funding source asked for)
    mask: np.ndarray
    with_unassigned: bool

    def apply(self, leaves: np.ndarray, unassigned: np.ndarray) -> np.ndarray:
        """All rows from the leaves' and unassigned figures (rows only, or × months)."""
        leaves = leaves * (self.mask if leaves.ndim == 1 else self.mask[:, None])
        if not self.with_unassigned:
            unassigned = np.zeros_like(unassigned)
        totals = unassigned.copy()
        np.add.at(totals, self.kind_of, leaves)
        parts = [roll_up(leaves, self.ends), unassigned, totals]
        if self.grand:
            signs = np.array(
                [self._sign(kind) for kind in self.kinds], dtype=leaves.dtype
            )
            parts.append(np.tensordot(signs, totals, axes=1)[None])
        return np.concatenate(parts)

    def _sign(self, kind: str) -> int:
        return -1 if self.grand == "balance" and kind != "income" else 1


# === COLUMNS === #


def build_spans(
    kinds: Iterable[str],
    date_from: datetime.date,
    date_to: datetime.date,
    as_of: datetime.date,
    fiscal_month: int = 1,
    ranges: Sequence[tuple[datetime.date, datetime.date]] = (),
) -> list[Span]:
    """The columns of a report on a period, in the order of ``kinds``.

    Months, quarters and years are cut to the period. "To date" is left out before the
    period has begun.

    :raise ReportOptionError: unknown kind, empty period, or a range outside of it
    """
    if date_to < date_from:
        raise ReportOptionError("The period ends before it starts.")
    spans: list[Span] = []
    for kind in kinds:
        if kind in GRAINS:
            spans += _grain_spans(kind, date_from, date_to, fiscal_month)
        elif kind == "whole":
            spans.append(Span("whole", kind, date_from, date_to))
        elif kind == "to_date":
            if as_of >= date_from:
                spans.append(Span("to_date", kind, date_from, min(as_of, date_to)))
        elif kind == "custom":
            spans += _custom_spans(ranges, date_from, date_to)
        else:
            raise ReportOptionError(f"Unknown kind of column: {kind!r}")
    return spans


def _grain_spans(
    grain: str, date_from: datetime.date, date_to: datetime.date, fiscal_month: int
) -> list[Span]:
    months = period.months_between(date_from, date_to)
    return [
        Span(
            key=f"{grain}_{group.date_from:%Y-%m}",
            kind=grain,
            date_from=max(group.date_from, date_from),
            date_to=min(group.date_to, date_to),
            label=group.label,
        )
        for group in period.group_months(months, grain, fiscal_month)
    ]


def _custom_spans(
    ranges: Sequence[tuple[datetime.date, datetime.date]],
    date_from: datetime.date,
    date_to: datetime.date,
) -> list[Span]:
    spans = []
    for number, (start, end) in enumerate(ranges):
        start, end = max(start, date_from), min(end, date_to)
        if end < start:
            raise ReportOptionError("A range of dates lies outside the period.")
        spans.append(Span(f"custom_{number}", "custom", start, end))
    return spans


def is_aligned(span: Span, date_from: datetime.date, date_to: datetime.date) -> bool:
    """Whether a span consists of months that the period holds whole."""
    starts = span.date_from in (date_from, period.month_start(span.date_from))
    return starts and span.date_to in (date_to, period.month_end(span.date_to))


def month_weights(
    months: Sequence[datetime.date],
    date_from: datetime.date,
    date_to: datetime.date,
    start: datetime.date,
    end: datetime.date,
) -> list[Fraction]:
    """Share of each month's plan that falls between ``start`` and ``end``, by days.

    Only the days of a month inside the period (``date_from`` to ``date_to``) count.
    """
    start, end = max(start, date_from), min(end, date_to)
    weights = []
    for month in months:
        days = period.month_days(month, date_from, date_to)
        inside = period.month_days(month, start, end)
        weights.append(Fraction(inside, days) if days else Fraction(0))
    return weights


# === ARRAYS === #


def scale(units: np.ndarray, factor: Fraction) -> np.ndarray:
    """Whole units × factor, rounded half away from zero; exact up to 2**63."""
    top, bottom = factor.numerator, factor.denominator
    if bottom == 1:
        return units * top
    limit = int(np.abs(units).max(initial=0)) * abs(top) * 2 + bottom
    if limit >= 2**63:  # far beyond any ledger; exact all the same
        units = units.astype(object)
    size = (2 * np.abs(units) * abs(top) + bottom) // (2 * bottom)
    return (np.sign(units) * (1 if top >= 0 else -1) * size).astype(np.int64)


def weighted(amounts: np.ndarray, weights: Sequence[Fraction]) -> np.ndarray:
    """Row sums of ``amounts`` (rows × months), each month by its weight.

    Each partial month is rounded for itself, row by row: give leaves and roll them up
    afterwards, so that a parent stays the sum of its children.
    """
    total = np.zeros(len(amounts), dtype=np.int64)
    for position, weight in enumerate(weights):
        if weight:
            total += scale(amounts[:, position], weight)
    return total


def levels(parents: Sequence[int]) -> list[int]:
    """Depth of each row in pre-order, 0 at the top (``parents``: positions, -1 at the top)."""
    depths: list[int] = []
    for parent in parents:
        depths.append(depths[parent] + 1 if parent >= 0 else 0)
    return depths


def derive(
    column: Column, kinds: Sequence[str], measures: Iterable[str]
) -> dict[str, np.ndarray]:
    """The figures asked for, one array of rows each, in minor units or ratios.

    :param kinds: kind of each row; ``"balance"`` reads as income (more is better)
    """
    return {measure: _DERIVATIONS[measure](column, kinds) for measure in measures}


def _signs(kinds: Sequence[str]) -> np.ndarray:
    signs = {**FAVOURABLE, "balance": FAVOURABLE["income"]}
    try:
        return np.array([signs[kind] for kind in kinds], dtype=np.int64)
    except KeyError as error:
        raise KindError(f"Unknown kind: {error.args[0]!r}") from None


def _available(column: Column, kinds: Sequence[str]) -> np.ndarray:
    return available(column.planned, column.reserved, column.committed, column.actual)


def _variance(column: Column, kinds: Sequence[str]) -> np.ndarray:
    return _signs(kinds) * (column.planned - column.actual)


def _compare(column: Column, kinds: Sequence[str]) -> np.ndarray:
    if column.compare is None:
        raise ReportOptionError("There is nothing to compare with.")
    return column.compare


def _compare_difference(column: Column, kinds: Sequence[str]) -> np.ndarray:
    return getattr(column, column.compare_to) - _compare(column, kinds)


def _burn_rate(column: Column, kinds: Sequence[str]) -> np.ndarray:
    return _per(column.actual_as_of, column.elapsed_months)


def _projection(column: Column, kinds: Sequence[str]) -> np.ndarray:
    return _per(column.actual_as_of, column.elapsed)


def _per(units: np.ndarray, share: Fraction) -> np.ndarray:
    """units ÷ share in whole units; nan when no time has gone by."""
    if share <= 0:
        return np.full(len(units), np.nan)
    return scale(units, 1 / Fraction(share)).astype(np.float64)


def _runway(column: Column, kinds: Sequence[str]) -> np.ndarray:
    remaining = _available(column, kinds)
    rate = _burn_rate(column, kinds)
    months = ratios(remaining, np.where(rate > 0, rate, 0))
    months[np.isnan(rate)] = np.nan
    # Nothing left is 0 months, whatever the rate; a row without a plan has no runway
    months[(remaining <= 0) & (column.planned != 0)] = 0.0
    months[column.planned == 0] = np.nan
    return months


_DERIVATIONS = {
    "original": lambda column, kinds: column.original,
    "planned": lambda column, kinds: column.planned,
    "pending": lambda column, kinds: column.pending,
    "reserved": lambda column, kinds: column.reserved,
    "to_date": lambda column, kinds: column.to_date,
    "committed": lambda column, kinds: column.committed,
    "preparing": lambda column, kinds: column.preparing,
    "actual": lambda column, kinds: column.actual,
    "available": _available,
    "available_after_pending": lambda column, kinds: (
        _available(column, kinds) - column.pending
    ),
    "variance": _variance,
    "variance_percent": lambda column, kinds: ratios(
        _variance(column, kinds), np.abs(column.planned)
    ),
    "utilisation": lambda column, kinds: ratios(
        column.reserved + column.committed + column.actual, column.planned
    ),
    "burn": lambda column, kinds: ratios(column.actual, column.planned),
    "burn_rate": _burn_rate,
    "runway": _runway,
    "projection": _projection,
    "compare": _compare,
    "compare_difference": _compare_difference,
    "compare_percent": lambda column, kinds: ratios(
        _compare_difference(column, kinds), np.abs(_compare(column, kinds))
    ),
}


def to_values(
    figures: Mapping[str, np.ndarray], decimal_places: int
) -> list[list[float | None]]:
    """Figures as plain lists, rows × measures: money in currency units, ``None`` for nan.

    A float in minor units divided by a power of ten is the nearest float to the exact
    amount, so amounts leave as they would be typed.
    """
    if not figures:
        return []
    columns = []
    for measure, array in figures.items():
        values = array.astype(np.float64)
        if MEASURES[measure] == "money":
            values = values / 10**decimal_places
        plain = values.astype(object)
        plain[np.isnan(values)] = None
        columns.append(plain)
    return np.stack(columns, axis=1).tolist()


def plain(value: np.generic) -> int | float | None:
    """One figure as a number of Python; ``None`` for nan."""
    number = value.item()
    return None if number != number else number


def pick_rows(column: Column, positions: Sequence[int]) -> Column:
    """One row: the sum of those at ``positions``."""
    rows = list(positions)
    arrays = {
        name: getattr(column, name)[rows].sum(keepdims=True)
        for name in ("actual_as_of", "to_date", *BASE_MEASURES)
    }
    if column.compare is not None:
        arrays["compare"] = column.compare[rows].sum(keepdims=True)
    return replace(column, **arrays)


def cumulate(
    planned: Sequence[int], actual: Sequence[int], running: int, projection: int | None
) -> dict[str, list[int | None]]:
    """Lines of the chart: plan, actual so far and the projection to the end.

    :param planned: per month; :param actual: per month, cut at the day of the report
    :param running: position of the running month, -1 before the first
    :param projection: actual at the end if it goes on as so far; None when unknown
    """
    plan = np.cumsum(planned).tolist()
    spent = np.cumsum(actual).tolist()
    count = len(plan)
    so_far = [spent[i] if i <= running else None for i in range(count)]
    ahead: list[int | None] = [None] * count
    if projection is not None and 0 <= running < count - 1:
        start, steps = spent[running], count - 1 - running
        for step in range(steps + 1):
            ahead[running + step] = start + round((projection - start) * step / steps)
    return {"planned": plan, "actual": so_far, "projection": ahead}
