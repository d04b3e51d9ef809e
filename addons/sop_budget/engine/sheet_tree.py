# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""From the rows of a sheet to the categories of a budget.

:func:`analyse` reads a table whose columns are known, places every row in the tree and
compares it with what the budget already holds. It raises nothing: whatever is wrong
becomes an :class:`Issue` with row and column, and a row with an error is left out
together with everything below it.

Amounts are minor units of the company's currency, by position of the month in the
budget. Rows that sum up other rows never bring amounts: parents are the sum of their
children; figures in them are only compared.
"""

from __future__ import annotations

import functools
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence

from .sheet import Sheet
from .sheet_columns import LEVELS, Table
from .sheet_plan import Analysis, Existing, Issue, Node, Options, Target
from .sheet_rows import RowReader
from .sheet_value import simplify

MAX_DEPTH = 30


def analyse(sheet: Sheet, table: Table, target: Target, options: Options) -> Analysis:
    """Read all rows of a table into categories; see the module for the rules."""
    reader = RowReader(sheet, table, target, options)
    reader.read()
    hierarchy = options.hierarchy or guess_hierarchy(reader)
    _Tree(reader, hierarchy).build()
    return Analysis(
        nodes=reader.nodes,
        issues=sorted(reader.issues, key=Issue.place),
        bad_rows=reader.bad_rows,
        hierarchy=hierarchy,
        decimal_sign=reader.decimal_sign,
        layout=reader.layout,
    )


def guess_hierarchy(reader: RowReader) -> str:
    """How the rows read are most likely nested, one of ``HIERARCHIES``."""
    first, nodes = reader.table.first, reader.nodes
    if any(first(role) for role in LEVELS):
        return "levels"
    if first("parent"):
        return "parent"
    if first("code"):
        codes = {node.code for node in nodes if node.code}
        if any(code_parent(code, codes) for code in codes):
            return "code"
        if _digits_nest(nodes):
            return "digits"
    if any(node.indent for node in nodes):
        return "indent"
    if not first("code") and reader.layout != "tree":
        empty = [not node.units and not node.bad for node in nodes]
        return "heading" if empty and empty[0] and not all(empty) else "flat"
    return "code" if reader.target.existing and first("code") else "flat"


# Tree ---------------------------------------------------------------------------------


def code_parent(code: str, codes: Mapping | set) -> str | None:
    """The longest other code that this one continues: P1.1 → P1 → P.

    A code goes on after a sign (``P1.1``, ``A-2``, ``1/3``) or where letters turn to
    digits or back (``P1``, ``1a``); ``P1`` is not the parent of ``P10``.
    """
    for size in range(len(code) - 1, 0, -1):
        head, following = code[:size], code[size]
        if head not in codes:
            continue
        last = head[-1]
        sign = not following.isalnum() or not last.isalnum()
        if sign or last.isdecimal() != following.isdecimal():
            return head
    return None


def digits_parent(code: str, codes: Mapping | set) -> str | None:
    """The longest other code that begins this one: 612 → 61 → 6.

    Codes filled up with zeros (6000, 6100, 6110) are compared without them.
    """
    bare = {other.rstrip("0"): other for other in sorted(codes, reverse=True)}
    own = code.rstrip("0")
    for size in range(len(own) - 1, 0, -1):
        other = bare.get(own[:size])
        if other and other != code:
            return other
    return None


def _digits_nest(nodes: Sequence[Node]) -> bool:
    """True when codes are digits only, nest throughout, and inner ones hold sums."""
    codes = [node.code for node in nodes if node.code]
    if len(codes) < 3 or not all(code.isdecimal() for code in codes):
        return False
    bare = {code.rstrip("0") for code in codes}
    if len(bare) != len(set(codes)):
        return False
    parents = {
        parent for code in codes if (parent := _bare_parent(code.rstrip("0"), bare))
    }
    if not parents:
        return False
    inner = [node for node in nodes if node.code.rstrip("0") in parents]
    tops = [code for code in bare if not _bare_parent(code, bare)]
    same_length = len({len(code) for code in tops}) == 1
    return same_length and all(
        not node.units or _is_sum(node, nodes, bare) for node in inner
    )


def _bare_parent(code: str, codes: set[str]) -> str | None:
    for size in range(len(code) - 1, 0, -1):
        if code[:size] in codes:
            return code[:size]
    return None


def _is_sum(node: Node, nodes: Sequence[Node], bare: set[str]) -> bool:
    own = node.code.rstrip("0")
    children = [
        other for other in nodes if _bare_parent(other.code.rstrip("0"), bare) == own
    ]
    return node.total == sum(child.total for child in children)


class _Tree:
    """Places the categories of a file below each other and below existing ones."""

    def __init__(self, reader: RowReader, hierarchy: str) -> None:
        self.reader = reader
        self.hierarchy = hierarchy
        self.target = reader.target
        self.by_code: dict[str, Node] = {}
        self.children: dict[str | None, list[Node]] = defaultdict(list)

    def build(self) -> None:
        if self.hierarchy == "levels":
            self.add_levels()
        self.give_codes()
        self.find_parents()
        self.keep_places()
        self.check_cycles()
        self.mark_parents()
        self.order()
        self.settle_kinds()
        self.compare_existing()
        self.spread_errors()
        self.check_sums()
        self.set_actions()

    def fail(self, node: Node, code: str, role: str = "code", **params: object) -> None:
        self.reader.add(code, node.row, self.reader.table.first(role), **params)
        node.bad = True

    # Codes

    def add_levels(self) -> None:
        """Make the categories that only appear as headings of columns."""
        made: dict[str, Node] = {}
        nodes: list[Node] = []
        for node in self.reader.nodes:
            path = (node.parent or "").split("\x1f") if node.parent else []
            for depth in range(1, len(path) + 1):
                key = "\x1f".join(path[:depth])
                if key not in made:
                    made[key] = Node(
                        row=node.row,
                        code="",
                        name=path[depth - 1],
                        parent="\x1f".join(path[: depth - 1]) or None,
                        own=False,
                    )
                    nodes.append(made[key])
            key = "\x1f".join([*path, node.name])
            if key in made and not made[key].own:
                # The row of a heading itself, after rows below it.
                nodes[nodes.index(made[key])] = node
            elif key in made and not node.code:
                self.reader.add_duplicate(node, made[key])
                nodes.append(node)
                continue
            else:
                nodes.append(node)
            made[key] = node
        self.reader.nodes[:] = nodes
        self.level_of = made

    def give_codes(self) -> None:
        """Every category needs a code: of the budget's category of the same place and
        name, or the next number below its parent."""
        if self.reader.table.first("code") and self.hierarchy != "levels":
            for node in self.reader.nodes:
                if node.code:
                    self.by_code.setdefault(node.code, node)
            return
        places: dict[tuple[str | None, str], list[str]] = defaultdict(list)
        for old in self.target.existing.values():
            places[old.parent, simplify(old.name)].append(old.code)
        self.taken = set(self.target.existing) | {
            node.code for node in self.reader.nodes if node.code
        }
        self.numbers: dict[str | None, int] = defaultdict(int)
        for node, parent in self.in_order():
            node.parent = parent
            found = places.get((parent, simplify(node.name)))
            if found and not node.code:
                # Categories of one name keep their order.
                node.code = found.pop(0)
            elif not node.code:
                node.code = self.next_code(parent)
            if node.code in self.by_code:
                other = self.by_code[node.code]
                self.fail(node, "duplicate", "name", other=other.row + 1)
            self.by_code.setdefault(node.code, node)

    def in_order(self) -> Iterator[tuple[Node, str | None]]:
        """Categories without codes of their own with the code of their parent, a
        parent always before its children."""
        if self.hierarchy == "levels":
            code_of: dict[str, Node] = {}
            for node in self.reader.nodes:
                above = code_of.get(node.parent or "")
                key = "\x1f".join(filter(None, (node.parent, node.name)))
                yield node, above.code if above else None
                code_of.setdefault(key, node)
            return
        if self.hierarchy == "parent":
            yield from self.in_order_of_names()
            return
        stack: list[Node] = []
        for node in self.reader.nodes:
            if self.hierarchy == "indent":
                while stack and stack[-1].indent >= node.indent:
                    stack.pop()
            elif self.hierarchy == "heading":
                heads = [one for one in stack[:1] if not one.units and not one.bad]
                stack = heads if node.units or node.bad else []
            else:
                stack = []
            yield node, stack[-1].code if stack else None
            stack.append(node)

    def in_order_of_names(self) -> Iterator[tuple[Node, str | None]]:
        """The same where a column names the parent and nothing has a code."""
        names: dict[str, Node] = {}
        for node in self.reader.nodes:
            names.setdefault(simplify(node.name), node)
        below: dict[int, list[Node]] = defaultdict(list)
        stack: list[tuple[Node, Node | None]] = []
        for node in self.reader.nodes:
            above = names.get(simplify(node.parent)) if node.parent else None
            if above:
                below[id(above)].append(node)
                continue
            if node.parent:
                self.fail(node, "parent_unknown", "parent", parent=node.parent)
            stack.append((node, None))
        stack.reverse()
        reached: set[int] = set()
        while stack:
            node, above = stack.pop()
            reached.add(id(node))
            yield node, above.code if above else None
            stack += [(child, node) for child in reversed(below[id(node)])]
        for node in self.reader.nodes:
            if id(node) not in reached:
                self.fail(node, "cycle", "parent")
                yield node, None

    def next_code(self, parent: str | None) -> str:
        while True:
            self.numbers[parent] += 1
            number = self.numbers[parent]
            code = f"{parent}.{number}" if parent else str(number)
            if code not in self.taken:
                self.taken.add(code)
                return code

    # Parents

    def find_parents(self) -> None:
        table = self.reader.table
        if self.hierarchy == "levels" or not table.first("code"):
            return
        codes = set(self.by_code) | set(self.target.existing)
        stack: list[Node] = []
        for node in self.reader.nodes:
            if self.hierarchy == "parent":
                self.check_parent(node, codes)
            elif self.hierarchy == "code":
                node.parent = code_parent(node.code, codes)
            elif self.hierarchy == "digits":
                node.parent = digits_parent(node.code, codes)
            elif self.hierarchy == "indent":
                while stack and stack[-1].indent >= node.indent:
                    stack.pop()
                node.parent = stack[-1].code if stack else None
                stack.append(node)
            else:
                node.parent = None

    def keep_places(self) -> None:
        """The budget's own tree stays as it is, whatever the file says."""
        for node in self.reader.nodes:
            old = self.target.existing.get(node.code)
            if not old or node.parent == old.parent:
                continue
            if self.hierarchy in ("parent", "levels") or node.parent is not None:
                self.reader.add(
                    "moved",
                    node.row,
                    self.reader.table.first("parent"),
                    level="warning",
                    parent=old.parent or "",
                )
            node.parent = old.parent

    def check_parent(self, node: Node, codes: set[str]) -> None:
        if node.parent is None:
            return
        if node.parent == node.code:
            self.fail(node, "parent_self", "parent")
            node.parent = None
        elif node.parent not in codes:
            by_name = self.name_of.get(simplify(node.parent))
            if by_name:
                node.parent = by_name
            else:
                self.fail(node, "parent_unknown", "parent", parent=node.parent)

    @functools.cached_property
    def name_of(self) -> dict[str, str]:
        """Code by name, for files whose parent column holds names."""
        names: dict[str, str] = {}
        for old in self.target.existing.values():
            names.setdefault(simplify(old.name), old.code)
        for node in reversed(self.reader.nodes):
            if node.name and node.code:
                names[simplify(node.name)] = node.code
        return names

    def check_cycles(self) -> None:
        """Refuse categories that are below themselves, and trees without end."""
        fine: set[str] = set()
        for node in self.reader.nodes:
            path: list[Node] = []
            seen: set[str] = set()
            step: Node | None = node
            while step and step.code not in fine:
                if step.code in seen:
                    for one in path[path.index(step) :]:
                        self.fail(one, "cycle", "parent")
                        one.parent = None
                    break
                seen.add(step.code)
                path.append(step)
                step = self.by_code.get(step.parent) if step.parent else None
            fine |= seen

    def mark_parents(self) -> None:
        self.existing_children: dict[str | None, int] = defaultdict(int)
        for old in self.target.existing.values():
            self.existing_children[old.parent] += 1
        for node in self.reader.nodes:
            self.children[node.parent].append(node)
        for node in self.reader.nodes:
            old = self.target.existing.get(node.code)
            node.is_parent = bool(
                self.children.get(node.code)
                and self.by_code.get(node.code) is node
                or (old and not old.is_leaf)
            )

    def order(self) -> None:
        """Pre-order: a parent before its children, siblings in the order of the file."""
        known = set(self.by_code)
        result: list[Node] = []
        roots = [n for n in self.reader.nodes if n.parent not in known]
        stack = [(node, self.outer_depth(node.parent)) for node in reversed(roots)]
        while stack:
            node, depth = stack.pop()
            node.depth = depth
            if depth > MAX_DEPTH:
                self.fail(node, "too_deep", limit=MAX_DEPTH)
            result.append(node)
            if self.by_code.get(node.code) is node:
                below = reversed(self.children.get(node.code, ()))
                stack += [(child, depth + 1) for child in below]
        self.reader.nodes[:] = result

    def outer_depth(self, parent: str | None) -> int:
        depth = 0
        while parent is not None and depth <= MAX_DEPTH:
            depth += 1
            old = self.target.existing.get(parent)
            parent = old.parent if old else None
        return depth

    # Checks

    def settle_kinds(self) -> None:
        for node in self.reader.nodes:
            old = self.target.existing.get(node.code)
            above = self.by_code.get(node.parent) if node.parent else None
            outer = self.target.existing.get(node.parent) if node.parent else None
            inherited = above.kind if above else outer.kind if outer else ""
            if old and not inherited:
                inherited = old.kind
            if node.written_kind and inherited and node.kind != inherited:
                self.fail(node, "kind_differs", "kind", kind=inherited)
            node.kind = inherited or node.kind or self.reader.options.kind

    def compare_existing(self) -> None:
        existing = self.target.existing
        for node in self.reader.nodes:
            old = existing.get(node.code)
            parent = existing.get(node.parent) if node.parent else None
            if old and not old.visible or parent and not parent.visible:
                self.fail(node, "hidden")
            elif not old and parent and parent.is_leaf and self.holds(parent):
                self.fail(node, "parent_holds", parent=parent.code)
            elif old and old.is_leaf and node.is_parent and self.holds(old):
                self.fail(node, "holds")

    @staticmethod
    def holds(old: Existing) -> bool:
        return old.has_matching or any(old.units.values())

    def spread_errors(self) -> None:
        """What is below a category with an error is left out with it."""
        for node in self.reader.nodes:
            above = self.by_code.get(node.parent) if node.parent else None
            lost = above and above.bad and above.code not in self.target.existing
            if lost and not node.bad:
                self.fail(node, "parent_bad", parent=above.code)

    def check_sums(self) -> None:
        """Figures in the row of a parent are compared with its children and dropped."""
        sums: dict[str, int] = defaultdict(int)
        for node in reversed(self.reader.nodes):
            amount = sums[node.code] if node.is_parent else node.total
            if node.parent:
                sums[node.parent] += amount
            if not node.is_parent:
                continue
            figure = node.file_total
            if figure is None and node.units:
                figure = node.total
            complete = not self.existing_children.get(node.code)
            if figure is not None and complete and figure != sums[node.code]:
                self.reader.add(
                    "parent_sum",
                    node.row,
                    level="warning",
                    total=figure,
                    children=sums[node.code],
                    category=node.code,
                )
            node.units = {}
            node.entries = {}

    def set_actions(self) -> None:
        for node in self.reader.nodes:
            old = self.target.existing.get(node.code)
            if node.bad:
                node.action = "error"
                self.reader.bad_rows.update(node.rows)
            elif not old:
                node.action = "new"
                node.name = node.name or node.code
            else:
                changed = any(
                    old.units.get(place, 0) != units
                    for place, units in node.units.items()
                )
                node.action = "update" if changed else "same"
                if node.name and simplify(node.name) != simplify(old.name):
                    self.reader.add(
                        "name_kept",
                        node.row,
                        self.reader.table.first("name"),
                        level="info",
                        name=old.name,
                    )
