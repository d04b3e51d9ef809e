# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""Process metrics over many documents, against statements written by hand for one figure each.

Those are the ones that the tests compare the figures with, one by one and in plain SQL.
"""

from __future__ import annotations

import importlib
from functools import partial
from typing import Any

from bench.outcome import Outcome
from bench.process_seed import seed
from bench.seed_budget import load_world
from bench.session import Action, Database, interleave, queries, ratio, seconds

DOCUMENTS = 100_000
TURNS, PAGE_TURNS = 5, 5
LIMIT = 3
#: Of fewer cases the time is that of a call, not of reading documents
LEAST_CASES = 1000
MODULE = "sop_operations"
ADDONS = (
    MODULE,
    f"{MODULE}_sale",
    f"{MODULE}_crm",
    f"{MODULE}_stock",
    f"{MODULE}_sale_stock",
)
PROCESSES = ("p2p", "r2r", "o2c", "l2o")
PERIOD = ("2025-01-01", "2025-12-31")


def by_hand(env: Any) -> dict[str, str]:
    """``{code: statement}`` of the add-ons that are there: count, sums, mean, quantiles."""
    metrics, found = env["sop.process.metric"], {}
    plain = importlib.import_module(f"odoo.addons.{MODULE}.tests.process_sql")
    for addon in ADDONS:
        if addon not in env.registry._init_modules:
            continue
        module = importlib.import_module(f"odoo.addons.{addon}.tests.process_sql")
        snapshots = getattr(module, "SNAPSHOTS", ())
        for code, cases in module.CASES.items():
            times = metrics._get_metric(code).measure == "duration"
            counted = "day BETWEEN %(first)s AND %(last)s"
            found[code] = (plain.SUMMARY if times else plain.SUMS).format(
                cases=cases, counted="day IS NULL" if code in snapshots else counted
            )
    return found


def company_of(env: Any) -> Any:
    return env["res.company"].browse(load_world(env)["companies"][0])


def run_by_hand(env: Any, statement: str) -> tuple:
    first, last = PERIOD
    company = company_of(env)
    today = company._get_sop_todays()[company.id]
    values = {"company": company.id, "first": first, "last": last, "today": today}
    env.cr.execute(statement, values)
    return env.cr.fetchone()


def hand(statement: str) -> Action:
    return lambda env: run_by_hand(env, statement)


def ours(code: str) -> Action:
    """Figure, quantiles, what is open and what is stuck, as a KPI reads them."""

    def action(env: Any) -> None:
        company = company_of(env)
        metric = env["sop.process.metric"]._get_metric(code).with_company(company)
        metric._measure(metric._make_scope(*PERIOD, company, trend_months=1))

    return action


def compare(env: Any, code: str, statement: str) -> int:
    """How many cases; both say the same, else the comparison would be of two things."""
    number, *sums = run_by_hand(env, statement)[:4]
    company = company_of(env)
    metric = env["sop.process.metric"]._get_metric(code).with_company(company)
    found = metric._measure(metric._make_scope(*PERIOD, company)).summary
    mine = (found.numerator, found.denominator, found.mean)
    for one, other in zip(mine, sums, strict=True):
        if abs(float(one or 0) - float(other or 0)) > 1e-6 * max(1, abs(one or 0)):
            raise AssertionError(f"{code}: {mine}, by hand {sums}")
    if found.count != number:
        raise AssertionError(f"{code}: {found.count} cases, by hand {number}")
    return found.count


def page(process: str) -> Action:
    """The cards of a process, as the web client asks for them."""

    def action(env: Any) -> None:
        context = {
            "sop_date_from": PERIOD[0],
            "sop_date_to": PERIOD[1],
            "allowed_company_ids": company_of(env).ids,
        }
        metrics = env["sop.process.metric"].with_context(**context)
        names = ("name", "value_text", "trend", "stuck_text", "worst_text")
        found = metrics.web_search_read(
            [("process", "=", process)], {name: {} for name in names}
        )
        assert found["records"]

    return action


def measure(outcome: Outcome, suite: Database) -> None:
    with suite.env() as env:
        if MODULE not in env.registry._init_modules:
            return
    number = min(DOCUMENTS, outcome.rows * 5)
    cases: dict[str, int] = {}
    with suite.env(commit=True) as env:
        seed(env, number)
        statements = by_hand(env)
        for code, statement in statements.items():
            cases[code] = compare(env, code, statement)
    outcome.head(f"Process metrics over {number:,} documents of each kind")
    for code, statement in statements.items():
        if cases[code] < LEAST_CASES:
            continue
        calls = {
            "ours": partial(suite.measure, ours(code)),
            "hand": partial(suite.measure, hand(statement)),
        }
        found = interleave(calls, outcome.turns(TURNS))
        title = (
            f"{code} ({seconds(found['ours']) * 1000:,.0f} ms) to its statement by hand"
        )
        outcome.add(
            f"process_{code}", title, ratio(found["ours"], found["hand"]), "×", LIMIT
        )
    for process in PROCESSES:
        call = {"page": partial(suite.measure, page(process))}
        found = interleave(call, outcome.turns(PAGE_TURNS))
        key, title = f"process_page_{process}", f"page of the process {process}"
        outcome.add(f"{key}_ms", title, seconds(found["page"]) * 1000, "ms")
        outcome.add(f"{key}_queries", "    queries", queries(found["page"]), "")
