# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""Graphs of things that wait for each other."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Mapping
from typing import TypeVar

Node = TypeVar("Node", bound=Hashable)


def find_cycle(
    edges: Mapping[Node, Iterable[Node]], starts: Iterable[Node]
) -> list[Node]:
    """The first cycle that can be reached, as a path that ends where it starts; or nothing.

    Depth-first search with three colours: white is not seen, grey is on the path, black is
    done. An edge to a grey node closes a cycle.

    >>> find_cycle({1: [2], 2: [3], 3: [1]}, [1])
    [1, 2, 3, 1]
    >>> find_cycle({1: [2, 3], 2: [3]}, [1])
    []
    """
    done: set[Node] = set()
    for start in starts:
        if start in done:
            continue
        path = [start]
        place = {start: 0}
        waiting = [iter(edges.get(start, ()))]
        while waiting:
            following = next(waiting[-1], None)
            if following is None:
                waiting.pop()
                node = path.pop()
                del place[node]
                done.add(node)
            elif following in place:
                return [*path[place[following] :], following]
            elif following not in done:
                place[following] = len(path)
                path.append(following)
                waiting.append(iter(edges.get(following, ())))
    return []
