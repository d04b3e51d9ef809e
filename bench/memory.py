# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""Peak memory of one request in a fresh process: python -m bench.memory DATABASE REQUEST"""

from __future__ import annotations

import gc
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from bench import reading
from bench.outcome import Outcome
from bench.seed_budget import find_budget
from bench.session import Database, start_odoo

LIMIT_MB = 300


def report_xlsx(env: Any) -> None:
    from odoo.addons.sop_budget.report.budget_report_xlsx import render_report_xlsx

    found = env["sop.budget"].get_report(
        {"budget_id": find_budget(env).id, "columns": ["month", "whole"]}
    )
    render_report_xlsx(env, found)


def fold_all(env: Any) -> None:
    env["sop.ledger.month"].sudo()._build()


REQUESTS: dict[str, tuple[str, Callable[[Any], object]]] = {
    "matrix": ("budget matrix", reading.matrix),
    "grid": ("grid", reading.grid),
    "report": ("report by month", reading.report),
    "xlsx": ("report by month as XLSX", report_xlsx),
    "sheet": ("grid as XLSX", lambda env: find_budget(env).get_sheet()),
    "tie_out": ("tie-out page", lambda env: find_budget(env).get_tie_out()),
    "build": ("cube from nothing", fold_all),
}


def resident(name: str) -> float:
    """VmRSS (now) or VmHWM (peak) of this process in MB."""
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith(name):
            return int(line.split()[1]) / 1024
    raise LookupError(name)


def run(name: str, request: str) -> None:
    start_odoo()
    database = Database(name)
    with database.env() as env:
        env.user.has_group("base.group_user")
        env["sop.budget"].search([]).mapped("display_name")
        gc.collect()
        before = resident("VmRSS")
        Path("/proc/self/clear_refs").write_text("5")
        REQUESTS[request][1](env)
        print(f"grown {resident('VmHWM') - before:.1f}")
    database.close()


def measure(outcome: Outcome, database: str) -> None:
    outcome.head(
        "Memory that a request takes at most, beyond Odoo's own (fresh processes)"
    )
    requests = list(REQUESTS)[: 2 if outcome.trial else None]
    for request in requests:
        title = REQUESTS[request][0]
        command = [sys.executable, "-m", "bench.memory", database, request]
        done = subprocess.run(
            command, capture_output=True, text=True, check=False, env=dict(os.environ)
        )
        words = done.stdout.split()
        if done.returncode or words[:1] != ["grown"]:
            raise RuntimeError(done.stderr)
        outcome.add(f"memory_{request}", title, float(words[1]), "MB", LIMIT_MB)


if __name__ == "__main__":
    run(*sys.argv[1:])
