# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""Seeded databases: made once, kept as templates in the private PostgreSQL, copied per run.

``…`` holds Odoo's own modules and the seeded books, ``…_suite`` is a copy of it in which the
suite was installed, as on a company that already has years of books.
"""

from __future__ import annotations

import ast
import contextlib
import os
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from launcher import databases, sources, testing
from launcher import odoo as odoo_part
from launcher.console import Step, check_logged
from launcher.state import (
    LOGS,
    ROOT,
    STAMPS,
    STATE,
    digest,
    drop_stamp,
    locked,
    read_stamp,
    require_disk,
    write_stamp,
)

ORDER_LINES = 100_000
BENCH = Path(__file__).resolve().parent
BYTES_PER_ROW = 3000


@dataclass(frozen=True)
class World:
    """Names of the kept databases of one size."""

    rows: int
    order_lines: int
    plain: str
    suite: str


def hash_of(*names: str) -> str:
    """A hash of what programs do, not of how they are laid out."""
    trees = (ast.parse((BENCH / name).read_text()) for name in names)
    return digest(*(ast.dump(tree) for tree in trees))


def order_lines_of(rows: int) -> int:
    """100,000 beside a million items, less in a smaller trial."""
    return min(ORDER_LINES, max(rows // 10, 1000))


def prepare(rows: int, order_lines: int) -> World:
    """The kept databases of this size; made when missing or out of date."""
    odoo = sources.ensure_odoo()
    python = Path(sys.executable)
    with locked("bench"):
        base = testing.base_template(python, odoo)
        key = digest(ROOT, base, hash_of("seed.py"), rows, order_lines)
        plain = f"sop_bench_{key}"
        world = World(rows, order_lines, plain, f"{plain}_suite")
        if not usable(plain, ""):
            drop_older(size_of(rows, order_lines))
            require_disk(2 * rows * BYTES_PER_ROW + 2 * 1024**3)
            make_plain(world, base)
        addons = odoo_part.our_addons()
        wanted = digest(odoo_part.files_key(addons), hash_of("seed_budget.py"))
        if not usable(world.suite, wanted):
            make_suite(world, odoo, odoo_part.install_list(addons), wanted)
    return world


def usable(name: str, key: str) -> bool:
    stamp = read_stamp(name)
    return bool(stamp) and stamp.get("key") == key and databases.exists(name)


def size_of(rows: int, order_lines: int) -> str:
    return f"{rows}/{order_lines}"


def drop_older(size: str) -> None:
    """Databases of the same size that an older seed made."""
    for path in STAMPS.glob("sop_bench_*.json"):
        if read_stamp(path.stem).get("size") == size:
            drop_stamp(path.stem)
            databases.drop(path.stem)


def child(title: str, log: str, module: str, *arguments: object) -> None:
    command = [sys.executable, "-m", module, *map(str, arguments)]
    with Step(title) as step:
        check_logged(
            command,
            LOGS / log,
            f"{title}: failed",
            step=step,
            env=dict(os.environ),
            cwd=ROOT,
        )


def make_plain(world: World, base: str) -> None:
    drop_stamp(world.plain)
    databases.drop(world.plain)
    databases.copy(base, world.plain)
    title = f"Seeding {world.rows:,} journal items"
    sizes = (world.rows, world.order_lines)
    child(title, "bench-seed.log", "bench.seeding", "books", world.plain, *sizes)
    write_stamp(world.plain, key="", size=size_of(*sizes))


def make_suite(world: World, odoo: Path, modules: list[str], key: str) -> None:
    drop_stamp(world.suite)
    databases.install(
        Path(sys.executable),
        odoo,
        world.suite,
        modules,
        LOGS / "bench-install.log",
        f"Installing the suite on {world.rows:,} journal items",
        template=world.plain,
    )
    child("Making the budget", "bench-seed.log", "bench.seeding", "budget", world.suite)
    write_stamp(world.suite, key=key, size=size_of(world.rows, world.order_lines))


@contextlib.contextmanager
def copied(source: str, name: str) -> Iterator[str]:
    """A copy for one run."""
    target = f"sop_run_{os.getpid()}_{name}"
    with Step(f"Copying the database {name}"):
        databases.copy(source, target)
    try:
        yield target
    finally:
        databases.drop(target)


def write_conf(name: str, **options: object) -> Path:
    return odoo_part.write_conf(
        STATE / "conf" / f"{name}.conf",
        sources.ensure_odoo(),
        log_level="warn",
        max_cron_threads=0,
        **options,
    )
