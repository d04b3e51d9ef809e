# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""What has to be worked out before what."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Mapping
from typing import TypeVar

Key = TypeVar("Key", bound=Hashable)


class CycleError(ValueError):
    """``path`` goes from a key back to itself, each needing the next."""

    def __init__(self, path: list) -> None:
        self.path = path
        super().__init__(" → ".join(map(str, path)))


def order(needs: Mapping[Key, Iterable[Key]]) -> list[Key]:
    """All keys, each after those that it needs; otherwise in the order given.

    :raise CycleError: when something needs itself in the end

    >>> order({"rate": ["paid", "trials"], "paid": [], "trials": ["visits"]})
    ['paid', 'visits', 'trials', 'rate']
    """
    done: dict[Key, None] = {}
    for start in needs:
        if start in done:
            continue
        path: list[Key] = [start]
        open_keys = {start}
        waiting = [iter(needs.get(start, ()))]
        while waiting:
            key = next(waiting[-1], None)
            if key is None:
                waiting.pop()
                open_keys.discard(path[-1])
                done[path.pop()] = None
            elif key in open_keys:
                raise CycleError([*path[path.index(key) :], key])
            elif key not in done:
                path.append(key)
                open_keys.add(key)
                waiting.append(iter(needs.get(key, ())))
    return list(done)
