# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""Odoo's registries in this process, and what a call in them costs."""

from __future__ import annotations

import contextlib
import gc
import statistics
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ADMIN = 2
Action = Callable[[Any], object]


@dataclass(frozen=True)
class Sample:
    """One call: seconds on the clock, in SQL, of processor (Python's and the server's)."""

    seconds: float
    sql_seconds: float
    queries: int
    work_seconds: float | None = None


def start_odoo(addons_path: str | None = None) -> None:
    """Odoo's configuration is in ODOO_RC."""
    from odoo.tools import config

    arguments = ["--addons-path", addons_path] if addons_path else []
    config.parse_config(arguments, setup_logging=True)


def processor_seconds(backend: int) -> float | None:
    """Processor time of this thread and of the server's process; None when not to be seen."""
    try:
        text = Path(f"/proc/{backend}/schedstat").read_text()
    except OSError:
        return None
    return time.thread_time() + int(text.split()[0]) / 1e9


class Database:
    """A database whose registry is loaded once."""

    def __init__(self, name: str) -> None:
        from odoo.modules.registry import Registry

        self.name = name
        self.registry = Registry(name)

    @contextlib.contextmanager
    def env(self, *, commit: bool = False) -> Iterator[Any]:
        """A transaction with an empty record cache, as each request has; rolled back."""
        from odoo import api

        with contextlib.closing(self.registry.cursor()) as cr:
            env = api.Environment(cr, ADMIN, {})
            companies = env.user.company_ids.ids
            env = env(context={"allowed_company_ids": companies, "tz": "UTC"})
            yield env
            if commit:
                cr.commit()
            else:
                cr.rollback()

    def measure(self, action: Action, *, commit: bool = False) -> Sample:
        """Cost of an action in a transaction of its own."""
        with self.env(commit=commit) as env:
            return measure_in(env, action)

    def close(self) -> None:
        from odoo.modules.registry import Registry
        from odoo.sql_db import close_db

        Registry.delete(self.name)
        close_db(self.name)


def measure_in(env: Any, action: Action) -> Sample:
    """Cost of an action in a transaction that is open."""
    thread = threading.current_thread()
    backend = env.cr._cnx.info.backend_pid
    gc.collect()
    thread.query_count, thread.query_time = 0, 0.0  # type: ignore[attr-defined]
    work = processor_seconds(backend)
    started = time.perf_counter()
    action(env)
    seconds = time.perf_counter() - started
    after = processor_seconds(backend)
    return Sample(
        seconds,
        thread.query_time,  # type: ignore[attr-defined]
        thread.query_count,  # type: ignore[attr-defined]
        after - work if after is not None and work is not None else None,
    )


def interleave(
    calls: Mapping[str, Callable[[], Sample]], times: int
) -> dict[str, list[Sample]]:
    """Each call in turn, so that a busy moment of the machine meets all of them alike."""
    for call in calls.values():
        call()
    result: dict[str, list[Sample]] = {name: [] for name in calls}
    names = list(calls)
    for turn in range(times):
        shift = turn % len(names)
        for name in names[shift:] + names[:shift]:
            result[name].append(calls[name]())
    return result


def seconds(samples: list[Sample]) -> float:
    """Median time on the clock."""
    return statistics.median(sample.seconds for sample in samples)


def sql_seconds(samples: list[Sample]) -> float:
    return statistics.median(sample.sql_seconds for sample in samples)


def queries(samples: list[Sample]) -> int:
    return max(sample.queries for sample in samples)


def ratio(samples: list[Sample], others: list[Sample]) -> float:
    """Median of the ratios of pairs that were measured one after the other."""
    pairs = zip(samples, others, strict=True)
    return statistics.median(a.seconds / b.seconds for a, b in pairs)


def work_ratio(samples: list[Sample], others: list[Sample]) -> float:
    """The same for processor time, which other programs on the machine hardly disturb.

    That of the clock where the server's processor time is not to be seen.
    """
    values = [
        a.work_seconds / b.work_seconds
        for a, b in zip(samples, others, strict=True)
        if a.work_seconds is not None and b.work_seconds
    ]
    return statistics.median(values) if values else ratio(samples, others)
