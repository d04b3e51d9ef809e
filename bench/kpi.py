# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""What it costs to bring 10,000 KPIs over 2,000 operations up to the day."""

from __future__ import annotations

from functools import partial
from typing import Any

from bench.outcome import Outcome
from bench.seed_budget import MONTHS, find_budget, load_world
from bench.session import Database, Sample

OPERATIONS, RECORD_KPIS, OTHER_KPIS = 2_000, 10_000, 1_000
CHUNK, AGAIN = 1_000, 3
QUERIES, MILLISECONDS = 60, 2
MODULE = "sop_operations"
OTHERS = {
    "ledger": "from the books",
    "budget": "from a budget",
    "formula": "by formula",
    "manual": "typed in",
}


def make_operations(env: Any, number: int) -> list[int]:
    world = load_world(env)
    return (
        env["sop.operation"]
        .create(
            [
                {
                    "name": f"Operation {n}",
                    "code": f"B{n}",
                    "company_id": world["companies"][0],
                    "date_start": MONTHS[0],
                    "date_end": MONTHS[-1],
                }
                for n in range(number)
            ]
        )
        .ids
    )


def record_vals(n: int, accounts: list[int]) -> dict[str, Any]:
    """Counts, sums and averages of journal items; no two ask for the same."""
    measure, field = (
        ("count", False),
        ("sum", "balance"),
        ("avg", "debit"),
        ("distinct", "move_id"),
    )[n % 4]
    account = accounts[n % len(accounts)]
    return {
        "source": "records",
        "source_model": "account.move.line",
        "source_domain": str(
            [
                ("account_id", "=", account),
                ("parent_state", "=", "posted"),
                ("balance", ">", n // len(accounts)),
            ]
        ),
        "source_measure": measure,
        "source_field": field,
        "source_date_field": "date",
        "source_window": "period",
        "frequency": "monthly",
    }


def other_vals(env: Any, source: str, n: int, accounts: list[int]) -> dict[str, Any]:
    if source == "ledger":
        chosen = [(6, 0, [accounts[n % len(accounts)]])]
        return {"ledger_account_ids": chosen}
    if source == "budget":
        budget = find_budget(env)
        category = budget.category_ids[n % len(budget.category_ids)]
        return {"budget_id": budget.id, "budget_category_id": category.id}
    if source == "formula":
        return {"formula": f"default(kpi.R{n}, 0) / 2 + kpi.R{n + 1} * 3"}
    return {}


def make_kpis(env: Any, vals_list: list[dict]) -> list[int]:
    made = env["sop.kpi"]
    for start in range(0, len(vals_list), CHUNK):
        made |= made.create(vals_list[start : start + CHUNK])
        env.flush_all()
    return made.ids


def prepare(env: Any, small: int) -> dict[str, list[int]]:
    world = load_world(env)
    company = {"allowed_company_ids": world["companies"][:1], "tracking_disable": True}
    env = env(context={**env.context, **company})
    operations = make_operations(env, OPERATIONS // small)
    accounts = (
        env["account.account"]
        .search([("company_ids", "in", world["companies"][:1])])
        .ids
    )

    def common(name: str, n: int) -> dict[str, Any]:
        return {
            "name": f"{name} {n}",
            "operation_id": operations[n % len(operations)],
            "target": 100 + n,
        }

    result = {
        "records": make_kpis(
            env,
            [
                {**common("R", n), "code": f"R{n}", **record_vals(n, accounts)}
                for n in range(RECORD_KPIS // small)
            ],
        )
    }
    for source in OTHERS:
        result[source] = make_kpis(
            env,
            [
                {
                    **common(source, n),
                    "source": source,
                    **other_vals(env, source, n, accounts),
                }
                for n in range(OTHER_KPIS // small)
            ],
        )
    return result


def roll_up(ids: list[int], env: Any) -> None:
    """As the scheduled action does, without its commits."""
    kpis = env["sop.kpi"].browse(ids)
    for start in range(0, len(ids), CHUNK):
        batch = kpis.browse(ids[start : start + CHUNK])
        batch._roll_up()
        batch._remind_of_check_ins()
        env.flush_all()
        env.invalidate_all()


def change(env: Any) -> None:
    """The figure of the running period of each KPI is another than what was read."""
    env.cr.execute(
        "UPDATE sop_kpi_value SET value = value + 1 WHERE id IN"
        " (SELECT max(id) FROM sop_kpi_value WHERE state = 'current' GROUP BY kpi_id)"
    )


def add(
    outcome: Outcome, key: str, title: str, samples: list[Sample], number: int
) -> None:
    """The quickest run: what else runs on the machine only adds to it."""
    strict = key.startswith("records")
    sample = min(samples, key=lambda sample: sample.seconds)
    outcome.add(
        f"kpi_{key}_ms",
        title,
        sample.seconds * 1000 / number,
        "ms",
        MILLISECONDS,
    )
    if sample.work_seconds is not None:
        work = min(sample.work_seconds or 0 for sample in samples) * 1000 / number
        outcome.add(f"kpi_{key}_work_ms", "    of it processor", work, "ms")
    outcome.add(
        f"kpi_{key}_queries",
        "    queries for 1,000",
        max(sample.queries for sample in samples) * 1000 / number,
        "",
        QUERIES if strict and not outcome.trial else None,
    )


def measure(outcome: Outcome, suite: Database) -> None:
    small = 20 if outcome.trial else 1
    with suite.env() as env:
        if MODULE not in env.registry._init_modules:
            return
    with suite.env(commit=True) as env:
        kpis = prepare(env, small)
    number = len(kpis["records"])
    operations = OPERATIONS // small
    outcome.head(f"{number:,} KPIs from records over {operations:,} operations")
    run = partial(roll_up, kpis["records"])
    title = f"a KPI, first time, with its {len(MONTHS)} months"
    first = [suite.measure(run, commit=True)]
    add(outcome, "records_first", title, first, number)
    again = [suite.measure(run, commit=True) for _turn in range(AGAIN)]
    add(outcome, "records_again", "a KPI, nothing new", again, number)
    changed = []
    for _turn in range(AGAIN):
        with suite.env(commit=True) as env:
            change(env)
        changed.append(suite.measure(run, commit=True))
    add(outcome, "records_changed", "a KPI, its month changed", changed, number)
    outcome.head("Other sources")
    for source, title in OTHERS.items():
        run = partial(roll_up, kpis[source])
        samples = [suite.measure(run, commit=True) for _turn in range(AGAIN)]
        add(outcome, source, f"a KPI {title}", samples, len(kpis[source]))
    with suite.env() as env:
        broken = env["sop.kpi"].search_count([("has_error", "=", True)])
        measured = env["sop.kpi"].search_count([("has_value", "=", True)])
    outcome.add("kpi_broken", "KPIs that can't be read", broken, "", 0)
    outcome.add("kpi_measured", "KPIs with a figure", measured, "", 1, least=True)
