# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""The base figures of a budget as arrays: categories × months, in whole minor units.

Rows are the nodes of the category tree in pre-order (a parent before its children), so that
a subtree is a slice and a parent is a difference of two running sums.
"""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from .matching import INCOME, KINDS
from .measures import available

#: Amounts of the plan: as it is now, and as it was first approved.
PLAN_MEASURES = ("planned", "original")
#: What is asked for and what is granted, before there is an order.
CLAIM_MEASURES = ("reserved", "pending")
#: What comes with the sign of the books.
BOOK_MEASURES = ("committed", "preparing", "actual")
MEASURES = (*PLAN_MEASURES, *CLAIM_MEASURES, *BOOK_MEASURES)


@dataclass(frozen=True)
class CategoryTree:
    """Rows of the matrix. ``parents`` are positions, -1 at the top."""

    ids: tuple[int, ...] = ()
    parents: tuple[int, ...] = ()
    leaves: np.ndarray = field(default_factory=lambda: np.zeros(0, dtype=bool))
    kinds: tuple[str, ...] = ()

    @classmethod
    def build(cls, rows: Iterable[tuple[int, int | None, bool, str]]) -> CategoryTree:
        """From ``(id, parent id, is leaf, kind)`` in the order of siblings.

        What hangs below a category that isn't among the rows is left out.
        """
        children: dict[int | None, list[tuple[int, bool, str]]] = {}
        for category, parent, leaf, kind in rows:
            children.setdefault(parent, []).append((category, leaf, kind))
        ids: list[int] = []
        parents: list[int] = []
        leaves: list[bool] = []
        kinds: list[str] = []
        stack = [(-1, row) for row in reversed(children.get(None, ()))]
        while stack:
            parent_position, (category, leaf, kind) = stack.pop()
            position = len(ids)
            ids.append(category)
            parents.append(parent_position)
            leaves.append(leaf)
            kinds.append(kind)
            stack += [(position, row) for row in reversed(children.get(category, ()))]
        return cls(
            tuple(ids), tuple(parents), np.array(leaves, dtype=bool), tuple(kinds)
        )

    def ends(self) -> np.ndarray:
        """For each row, the position after the last row below it."""
        ends = list(range(1, len(self.parents) + 1))
        for position in range(len(self.parents) - 1, -1, -1):
            parent = self.parents[position]
            if parent >= 0 and ends[parent] < ends[position]:
                ends[parent] = ends[position]
        return np.array(ends, dtype=np.int64)


def roll_up(leaves: np.ndarray, ends: np.ndarray) -> np.ndarray:
    """Every row as the sum of itself and all rows below it."""
    running = np.zeros((leaves.shape[0] + 1, *leaves.shape[1:]), dtype=leaves.dtype)
    np.cumsum(leaves, axis=0, out=running[1:])
    return running[ends] - running[:-1]


@dataclass(frozen=True)
class Matrix:
    """Base figures of a budget, parents already summed, with the budget's sign.

    ``unassigned`` holds for each measure one row for each of ``KINDS``: what is in the
    budget's scope and in none of its categories. Categories that the reader may not see are
    in no figure; ``hidden_count`` says how many there are.
    """

    tree: CategoryTree
    months: tuple[datetime.date, ...]
    planned: np.ndarray
    original: np.ndarray
    reserved: np.ndarray
    pending: np.ndarray
    committed: np.ndarray
    preparing: np.ndarray
    actual: np.ndarray
    unassigned: Mapping[str, np.ndarray]
    hidden_count: int = 0
    decimal_places: int = 2

    @property
    def ids(self) -> tuple[int, ...]:
        return self.tree.ids

    @property
    def parents(self) -> tuple[int, ...]:
        return self.tree.parents

    @property
    def leaves(self) -> np.ndarray:
        return self.tree.leaves

    @property
    def kinds(self) -> tuple[str, ...]:
        return self.tree.kinds

    @property
    def available(self) -> np.ndarray:
        """Planned and neither promised nor spent (income: not yet expected or earned)."""
        return available(self.planned, self.reserved, self.committed, self.actual)

    def leaf_amounts(self, measure: str) -> np.ndarray:
        """A measure with zero in the rows that only sum up others."""
        array: np.ndarray = getattr(self, measure)
        return np.where(self.leaves[:, None], array, 0)

    def row(self, category: int) -> int:
        """Position of a category."""
        return self.tree.ids.index(category)

    def total(self, measure: str, kind: str) -> np.ndarray:
        """Of all categories of a kind and what is in none, by month."""
        mask = self.leaves & np.array([k == kind for k in self.kinds], dtype=bool)
        array: np.ndarray = getattr(self, measure)
        return array[mask].sum(axis=0) + self.unassigned[measure][KINDS.index(kind)]


class MatrixBuilder:
    """Collects amounts of leaves from several queries and makes a :class:`Matrix` of them.

    Amounts of ledger and orders come with the books' sign (debit positive); those of income
    are turned round here and nowhere else.
    """

    def __init__(
        self,
        tree: CategoryTree,
        months: Sequence[datetime.date],
        total: int | None = None,
    ) -> None:
        """:param total: how many categories there are, those among them that are hidden too"""
        self.tree = tree
        self.months = tuple(months)
        size = len(tree.ids)
        self.hidden_count = 0 if total is None else total - size
        # Behind the categories: one row a kind for what is in none, one row to forget
        self._forget = size + len(KINDS)
        ids = np.array(tree.ids, dtype=np.int64)
        self._order = np.argsort(ids)
        self._ids = ids[self._order]
        self._columns = {month: column for column, month in enumerate(self.months)}
        shape = (self._forget + 1, len(self.months))
        self._arrays = {
            measure: np.zeros(shape, dtype=np.int64) for measure in MEASURES
        }

    def _positions(self, categories: np.ndarray) -> np.ndarray:
        """Rows of categories; those that are not shown are forgotten."""
        if not self._ids.size:
            return np.full(categories.shape, self._forget, dtype=np.intp)
        places = np.minimum(np.searchsorted(self._ids, categories), self._ids.size - 1)
        found = self._ids[places] == categories
        return np.where(found, self._order[places], self._forget)

    def _rows(
        self, categories: Sequence[int | None], kinds: Sequence[str]
    ) -> np.ndarray:
        size = len(self.tree.ids)
        loose = {kind: size + place for place, kind in enumerate(KINDS)}
        rows = self._positions(np.array([category or 0 for category in categories]))
        for place, category in enumerate(categories):
            if category is None:
                rows[place] = loose[kinds[place]]
        return rows

    def add_cells(
        self,
        measure: str,
        categories: Sequence[int | None],
        kinds: Sequence[str],
        months: Sequence[datetime.date],
        units: Sequence[int] | np.ndarray,
    ) -> None:
        """Single cells; a category None stands for "in none", by kind."""
        columns = np.array([self._columns[month] for month in months], dtype=np.intp)
        values = np.asarray(units, dtype=np.int64)
        np.add.at(
            self._arrays[measure], (self._rows(categories, kinds), columns), values
        )

    def add_month(
        self,
        measure: str,
        month: datetime.date,
        categories: np.ndarray,
        units: np.ndarray,
    ) -> None:
        """Amounts of one month; a category is named once at most."""
        self._arrays[measure][self._positions(categories), self._columns[month]] += (
            units
        )

    def move_years(
        self,
        measure: str,
        moves: Sequence[tuple[int | None, int | None, str, int]],
        units: np.ndarray,
    ) -> None:
        """Take amounts from one owner and give them to another.

        :param moves: ``(to category, from category, kind, year)`` each
        :param units: moves × 12 months of that year
        """
        if not moves:
            return
        targets, sources, kinds, years = zip(*moves, strict=True)
        to_rows, from_rows = self._rows(targets, kinds), self._rows(sources, kinds)
        array, year_of = self._arrays[measure], np.array(years)
        for month, column in self._columns.items():
            mask = year_of == month.year
            values = units[mask, month.month - 1]
            np.add.at(array, (to_rows[mask], column), values)
            np.subtract.at(array, (from_rows[mask], column), values)

    def build(self, decimal_places: int = 2) -> Matrix:
        size = len(self.tree.ids)
        signs = np.array(
            [-1 if kind == INCOME else 1 for kind in (*self.tree.kinds, *KINDS)],
            dtype=np.int64,
        )[:, None]
        ends = self.tree.ends()
        figures, unassigned = {}, {}
        for measure, array in self._arrays.items():
            signed = array[: self._forget]
            if measure in BOOK_MEASURES:
                signed = signed * signs
            figures[measure] = roll_up(signed[:size], ends)
            unassigned[measure] = signed[size:]
        return Matrix(
            tree=self.tree,
            months=self.months,
            unassigned=unassigned,
            hidden_count=self.hidden_count,
            decimal_places=decimal_places,
            **figures,
        )
