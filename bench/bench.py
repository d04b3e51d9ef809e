# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""Measures of speed, as ratios of one run: started by `./sop bench`, see README.md."""

from __future__ import annotations

import argparse
import contextlib
import sys
from pathlib import Path

# This file's folder would come first, and `bench` would be this file.
sys.path[0] = str(Path(__file__).resolve().parent.parent)

from bench import (  # noqa: E402
    browser,
    control,
    kpi,
    memory,
    operations,
    peers,
    posting,
    process,
    reading,
    worlds,
)
from bench.outcome import FULL_ROWS, Outcome  # noqa: E402
from bench.session import Database, start_odoo  # noqa: E402
from launcher.console import SopError  # noqa: E402

PARTS = (
    "reads",
    "first",
    "posting",
    "memory",
    "browser",
    "build",
    "control",
    "operations",
    "kpi",
    "process",
)


def parser() -> argparse.ArgumentParser:
    top = argparse.ArgumentParser(prog="./sop bench", description=__doc__)
    text = "posted journal items (default: %(default)s)"
    top.add_argument("--rows", type=int, default=FULL_ROWS, metavar="N", help=text)
    top.add_argument(
        "--json", type=Path, metavar="FILE", help="write the figures there"
    )
    text = "compare with add-ons that are fetched from PyPI"
    top.add_argument("--peers", action="store_true", help=text)
    text = f"only these parts, any of {', '.join(PARTS)} (default: all)"
    top.add_argument("--only", nargs="+", choices=PARTS, metavar="PART", help=text)
    return top


def run(options: argparse.Namespace, outcome: Outcome) -> None:
    start_odoo(peers.addons_path() if options.peers else None)
    order_lines = worlds.order_lines_of(options.rows)
    world = worlds.prepare(options.rows, order_lines)
    small = worlds.prepare(max(options.rows // 10, 1000), order_lines)
    theirs = peers.prepare(world) if options.peers else None
    with contextlib.ExitStack() as stack:

        def opened(name: str) -> Database:
            database = Database(name)
            stack.callback(database.close)
            return database

        suite = opened(stack.enter_context(worlds.copied(world.suite, "suite")))
        plain = opened(stack.enter_context(worlds.copied(world.plain, "plain")))
        tenth = opened(stack.enter_context(worlds.copied(small.suite, "tenth")))
        measures = {
            "reads": lambda: reading.measure(outcome, suite, tenth),
            "first": lambda: reading.measure_first(outcome, suite),
            "posting": lambda: posting.measure(outcome, suite, plain),
            "memory": lambda: memory.measure(outcome, suite.name),
            "browser": lambda: browser.measure(outcome, suite),
            "build": lambda: reading.measure_build(outcome, suite),
            "control": lambda: control.measure(outcome, suite, plain),
            "operations": lambda: operations.measure(outcome, suite),
            "kpi": lambda: kpi.measure(outcome, suite),
            "process": lambda: process.measure(outcome, suite),
        }
        if theirs:
            peers.measure(outcome, suite, opened(theirs))
        for part in options.only or PARTS:
            measures[part]()


def main() -> int:
    options = parser().parse_args()
    outcome = Outcome(options.rows)
    try:
        run(options, outcome)
    except SopError as error:
        print(f"sop: {error}", file=sys.stderr)
        return 1
    finally:
        if options.json and outcome.lines:
            outcome.write(options.json)
    return outcome.end()


if __name__ == "__main__":
    raise SystemExit(main())
