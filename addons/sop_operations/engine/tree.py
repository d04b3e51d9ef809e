# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""Trees as the screens show them: in order, with depths, summed up from the leaves."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple


class Node(NamedTuple):
    """A place in a tree. ``parent`` None: a root, or below something that is not shown."""

    id: int
    parent: int | None
    depth: int


def in_tree_order(pairs: Iterable[tuple[int, int | None]]) -> list[Node]:
    """Each parent before its children, siblings in the order given.

    :param pairs: id and id of the parent; a parent that is not among the ids counts as none
    """
    pairs = list(pairs)
    known = {node for node, _parent in pairs}
    children: dict[int | None, list[int]] = defaultdict(list)
    for node, parent in pairs:
        children[parent if parent in known else None].append(node)
    ordered: list[Node] = []
    stack = [Node(node, None, 0) for node in reversed(children[None])]
    while stack:
        place = stack.pop()
        ordered.append(place)
        stack.extend(
            Node(child, place.id, place.depth + 1)
            for child in reversed(children[place.id])
        )
    return ordered


def roll_up(nodes: Sequence[Node], own: Mapping[int, int]) -> dict[int, int]:
    """What each node holds together with all below it, in units of money.

    :param nodes: in tree order
    :param own: what nodes hold themselves; none is nothing
    """
    totals = {node.id: own.get(node.id, 0) for node in nodes}
    for node in reversed(nodes):
        if node.parent is not None:
            totals[node.parent] += totals[node.id]
    return totals
