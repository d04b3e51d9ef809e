# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""The screens of the operations plan over 500 operations: server side and in the browser."""

from __future__ import annotations

import datetime
import shutil
import statistics
import time
from functools import partial
from typing import Any

from bench import browser
from bench.outcome import Outcome
from bench.seed_budget import find_budget
from bench.session import Action, Database, interleave, queries, seconds, sql_seconds

OPERATIONS = 500
KPIS_EACH, MILESTONES_EACH = 3, 2
PEOPLE = 10
TURNS, OPENINGS = 15, 7
LIMIT_MS, BROWSER_LIMIT_MS = 300, 1500
MODULE = "sop_operations"
STATES = ("in_progress", "in_progress", "planned", "in_progress", "completed")
HEALTHS = ("on_track", "on_track", "at_risk", "off_track")
MENU = "[data-menu-xmlid='sop_operations.sop_operations_menu_dashboard']"
OPEN = """
new Promise((done) => {
    const start = performance.now();
    document.querySelector("%s").click();
    const look = () => {
        if (document.querySelectorAll(".o_sop_op_card .o_sop_percent_fill").length > 100) {
            requestAnimationFrame(() => setTimeout(() => done(performance.now() - start)));
        } else {
            requestAnimationFrame(look);
        }
    };
    look();
})
"""


def make_operations(env: Any, number: int) -> None:
    """Operations of every state and health, linked to the budget, with KPIs and milestones."""
    budget = find_budget(env)
    context = {"allowed_company_ids": budget.company_id.ids, "tracking_disable": True}
    env = env(context=dict(env.context, **context))
    leaves = budget.category_ids.filtered(lambda c: c.is_leaf and c.kind == "expense")
    people = env["res.users"].create(
        [
            {
                "name": f"Bench lead {n}",
                "login": f"bench-lead-{n}",
                "company_id": budget.company_id.id,
                "company_ids": [(6, 0, budget.company_id.ids)],
            }
            for n in range(PEOPLE)
        ]
    )
    tags = env["sop.operation.tag"].create([{"name": f"Bench {n}"} for n in range(5)])
    today = datetime.date.today()
    operations = env["sop.operation"].create(
        [
            {
                "name": f"Operation {n}",
                "code": f"B{n}",
                "company_id": budget.company_id.id,
                "user_id": people[n % PEOPLE].id,
                "tag_ids": [(6, 0, tags[n % 5].ids)],
                "date_start": today - datetime.timedelta(days=60 + n % 30),
                "date_end": today + datetime.timedelta(days=20 + n % 90),
            }
            for n in range(number)
        ]
    )
    env["sop.operation.funding"].create(
        [
            {
                "operation_id": operation.id,
                "category_id": leaves[n % len(leaves)].id,
                "amount": 10 + n % 50,
            }
            for n, operation in enumerate(operations)
        ]
    )
    make_kpis(env, operations, today)
    env.flush_all()
    # As the actions and the nightly job would leave them
    for n, operation in enumerate(operations):
        env.cr.execute(
            "UPDATE sop_operation SET state = %s, health = %s WHERE id = %s",
            [STATES[n % len(STATES)], HEALTHS[n % len(HEALTHS)], operation.id],
        )
    env.invalidate_all()
    # As autovacuum would have done by the time that anybody looks
    env.cr.execute("ANALYZE")


def make_kpis(env: Any, operations: Any, today: datetime.date) -> None:
    kpis = env["sop.kpi"].create(
        [
            {
                "operation_id": operation.id,
                "name": f"KPI {k}",
                "target": 100 + k,
                "unit": "people",
            }
            for operation in operations
            for k in range(KPIS_EACH)
        ]
    )
    env["sop.milestone"].create(
        [
            {
                "operation_id": operation.id,
                "name": f"Milestone {k}",
                "date_target": today + datetime.timedelta(days=k * 10 + 1),
            }
            for operation in operations
            for k in range(MILESTONES_EACH)
        ]
    )
    for n, kpi in enumerate(kpis):
        if n % 5:
            kpi._measure(today, float(n % 130))


def call(method: str, **options: object) -> Action:
    def action(env: Any) -> None:
        company = find_budget(env).company_id.ids
        screens = env["sop.operation"].with_context(allowed_company_ids=company)
        found = getattr(screens, method)(options)
        assert found.get("cards") or found.get("rows") or found.get("operations")

    return action


def measure_server(outcome: Outcome, suite: Database) -> None:
    number = OPERATIONS // 5 if outcome.trial else OPERATIONS
    with suite.env(commit=True) as env:
        make_operations(env, number)
        budget = find_budget(env).id
    screens = {
        "dashboard": ("dashboard, first page", call("get_dashboard")),
        "all": (
            f"dashboard, all {number} at once",
            call("get_dashboard", limit=number),
        ),
        "kpi": ("dashboard, ordered by KPIs", call("get_dashboard", sort="kpi")),
        "schedule": ("schedule", call("get_gantt", with_done=True)),
        "planner": (
            "planner with 2,000 categories",
            call("get_planner", budget_id=budget),
        ),
    }
    calls = {
        name: partial(suite.measure, action)
        for name, (_title, action) in screens.items()
    }
    found = interleave(calls, outcome.turns(TURNS))
    outcome.head(f"Screens over {number:,} operations, server side")
    for name, (title, _action) in screens.items():
        # Nobody asks for all cards at once; the budget's 2,000 leaves come on top
        limit = None if name in ("all", "planner") else LIMIT_MS
        key = f"operations_{name}"
        sql = sql_seconds(found[name]) * 1000
        outcome.add(f"{key}_ms", title, seconds(found[name]) * 1000, "ms", limit)
        outcome.add(f"{key}_sql_ms", "    of it in SQL", sql, "ms")
        outcome.add(f"{key}_queries", "    queries", queries(found[name]), "")


def open_dashboard(page: browser.Page, base: str) -> float:
    page.go(f"{base}/odoo/operations-timeline")
    page.wait(f'document.querySelector("{MENU}")')
    page.wait("document.querySelector('.o_sop_gantt_bar, .o_nocontent_help')")
    time.sleep(0.5)
    return float(page.run(OPEN % MENU))


def measure_browser(outcome: Outcome, suite: Database) -> None:
    program = next(filter(None, map(shutil.which, browser.PROGRAMS)), None)
    if program is None:
        print("  no Chromium here: not measured in a browser")
        return
    with browser.served(suite.name) as base, browser.chrome(program) as page:
        page.go(f"{base}/web/login")
        page.wait("document.querySelector('form.oe_login_form')")
        page.run(browser.LOGIN)
        page.wait("document.querySelector('.o_main_navbar')")
        times = [
            open_dashboard(page, base) for _turn in range(outcome.turns(OPENINGS) + 1)
        ]
    outcome.add(
        "operations_browser_ms",
        "dashboard in the browser, from the click to painted cards",
        statistics.median(times[1:]),
        "ms",
        BROWSER_LIMIT_MS,
    )


def measure(outcome: Outcome, suite: Database) -> None:
    with suite.env() as env:
        if MODULE not in env.registry._init_modules:
            return
    measure_server(outcome, suite)
    measure_browser(outcome, suite)
