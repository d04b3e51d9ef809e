# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""What reading costs: the matrix, quick sums, the grid, the first read after a bill."""

from __future__ import annotations

import statistics
from functools import partial
from typing import Any

from bench import posting, sums
from bench.outcome import Outcome
from bench.seed_budget import MONTHS, find_budget, load_world
from bench.session import (
    Database,
    Sample,
    interleave,
    measure_in,
    queries,
    ratio,
    seconds,
    sql_seconds,
    work_ratio,
)

TURNS = 15
FIRST_TURNS = 9
BUILD_TURNS = 3
QUICK_ROWS = 60
FILTERED = 5


def matrix(env: Any) -> None:
    """All measures of the whole budget, those derived from others too."""
    found = find_budget(env)._get_matrix(draft=True)
    assert len(found.available) > len(MONTHS)


def quick(env: Any, *, filtered: bool = True) -> None:
    """60 rows × 12 months of the books, of five analytic accounts or of all."""
    world = load_world(env)
    analytics = env["account.analytic.account"].browse(world["analytics"][0][:FILTERED])
    accounts = env["account.account"].browse(world["accounts"]["expense"][:QUICK_ROWS])
    env["sop.ledger.month"]._read_actuals(
        env["res.company"].browse(world["companies"][0]),
        list(accounts),
        list(MONTHS),
        analytics if filtered else None,
    )


def grid(env: Any) -> None:
    find_budget(env).get_grid()


def report(env: Any) -> None:
    budget = find_budget(env)
    env["sop.budget"].get_report(
        {"budget_id": budget.id, "columns": ["month", "whole"]}
    )


def raw(statement: str, env: Any) -> None:
    # The budget is looked up by the caller's transaction, not in the measured time
    sums.read(env, statement, env.context["bench_limits"])


def measure_raw(database: Database, statement: str) -> Sample:
    with database.env() as env:
        env = env(context=dict(bench_limits=sums.limits(find_budget(env))))
        env.cr.execute("SET LOCAL jit = off")
        return measure_in(env, partial(raw, statement))


def measure(outcome: Outcome, full: Database, tenth: Database) -> None:
    calls = {
        "strict": partial(measure_raw, full, sums.STRICT),
        "fair": partial(measure_raw, full, sums.SIMPLE),
        "matrix": partial(full.measure, matrix),
        "tenth": partial(tenth.measure, matrix),
        "quick": partial(full.measure, quick),
        "plain": partial(full.measure, partial(quick, filtered=False)),
        "grid": partial(full.measure, grid),
        "report": partial(full.measure, report),
    }
    found = interleave(calls, outcome.turns(TURNS))
    strict, fair, whole = found["strict"], found["fair"], found["matrix"]
    outcome.head("(1) hand-written SQL over the raw items of 12 months")
    outcome.add("strict_ms", "account × month × company", seconds(strict) * 1000, "ms")
    title = "category × month with split distributions"
    outcome.add("fair_ms", title, seconds(fair) * 1000, "ms")
    outcome.head("Budget matrix, 2,000 categories × 12 months, all measures")
    outcome.add("matrix_ms", "whole, Python included", seconds(whole) * 1000, "ms")
    outcome.add(
        "matrix_strict",
        "    against (1) account × month",
        ratio(whole, strict),
        "×",
        0.5,
    )
    outcome.add(
        "matrix_fair", "    against (1) category × month", ratio(whole, fair), "×", 0.5
    )
    outcome.add(
        "matrix_work", "    the first in processor time", work_ratio(whole, strict), "×"
    )
    sql = sql_seconds(whole)
    outcome.add("matrix_sql_ms", "its SQL alone", sql * 1000, "ms")
    outcome.add(
        "matrix_sql_strict",
        "    against (1) account × month",
        sql / seconds(strict),
        "×",
        0.15,
    )
    outcome.add(
        "matrix_sql_fair",
        "    against (1) category × month",
        sql / seconds(fair),
        "×",
        0.15,
    )
    outcome.add("matrix_queries", "queries", queries(whole), "", 12)
    outcome.add(
        "tenth",
        "against the same with a tenth of the ledger",
        ratio(whole, found["tenth"]),
        "×",
        1.3,
    )
    outcome.head("Other reads, server side")
    names = {
        "quick": "60 rows × 12 months of five analytic accounts",
        "plain": "60 rows × 12 months of the whole ledger",
        "grid": "get_grid() of 2,000 categories",
        "report": "get_report() by month",
    }
    for key, title in names.items():
        outcome.add(f"{key}_ms", title, seconds(found[key]) * 1000, "ms")
        outcome.add(f"{key}_queries", "    queries", queries(found[key]), "")


def measure_first(outcome: Outcome, database: Database) -> None:
    """Post a bill, read, check against the raw sums, fold, read again; some times."""
    first, usual, wrong, cells = [], [], 0, 0
    for _turn in range(outcome.turns(FIRST_TURNS) + 1):
        with database.env(commit=True) as env:
            posting.make_bills(env, 1, posting.BILL_LINES).action_post()
        first.append(database.measure(matrix))
        with database.env() as env:
            differing, cells = sums.count_differences(find_budget(env))
            wrong += differing
        with database.env(commit=True) as env:
            env["sop.ledger.month"].action_fold()
        usual.append(database.measure(matrix))
    outcome.head("First read right after a bill of 20 lines was posted")
    outcome.add("first_ms", "whole matrix", seconds(first[1:]) * 1000, "ms")
    outcome.add(
        "first", "    against the usual read", ratio(first[1:], usual[1:]), "×", 2
    )
    outcome.add("first_wrong", "    cells that differ from the raw sums", wrong, "", 0)
    outcome.add("first_cells", "    cells compared", cells * len(first), "")


def measure_build(outcome: Outcome, database: Database) -> None:
    """The cube from empty tables; each time rolled back."""
    with database.env(commit=True) as env:
        env.cr.execute("DELETE FROM sop_ledger_month; DELETE FROM sop_ledger_share")
    build = partial(
        database.measure, lambda env: env["sop.ledger.month"].sudo()._build()
    )
    calls = {
        "strict": partial(measure_raw, database, sums.STRICT),
        "fair": partial(measure_raw, database, sums.SIMPLE),
        "build": build,
    }
    found = interleave(calls, outcome.turns(BUILD_TURNS))
    outcome.head("Cube from nothing, 36 months")
    taken = statistics.median(sample.seconds for sample in found["build"])
    outcome.add("build_ms", "both tables", taken * 1000, "ms")
    for key, title in (("strict", "account × month"), ("fair", "category × month")):
        value = ratio(found["build"], found[key])
        outcome.add(f"build_{key}", f"    against (1) {title}", value, "×", 15)
