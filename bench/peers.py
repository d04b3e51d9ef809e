# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""Two well-known add-ons on the same books, fetched when asked, in a database of their own.

Nothing of theirs is part of the suite; the suite is not installed beside them.
"""

from __future__ import annotations

import shutil
import sys
import zipfile
from functools import partial
from pathlib import Path
from typing import Any

from bench import reading, worlds
from bench.outcome import Outcome
from bench.seed import BUDGET_YEAR
from bench.seed_budget import LEAVES, MONTHS, load_world
from bench.session import Database, interleave, queries, ratio, seconds
from launcher import databases, sources
from launcher import odoo as odoo_part
from launcher.console import Step, check_logged
from launcher.state import (
    LOGS,
    STATE,
    digest,
    drop_stamp,
    locked,
    read_stamp,
    write_stamp,
)

WHEELS = (
    "odoo-addon-mis-builder==19.0.*",
    "odoo-addon-account-budget-oca==19.0.*",
    # What the first needs. Its `odoo` isn't on PyPI, so pip can't find this out by itself.
    "odoo-addon-date-range==19.0.*",
    "odoo-addon-report-xlsx==19.0.*",
)
MODULES = "mis_builder,account_budget_oca"
FOLDER = STATE / "peers"
ADDONS = FOLDER / "odoo" / "addons"
TURNS, BUDGET_TURNS = 7, 3


def fetch() -> Path:
    """The add-ons' folder; downloaded once."""
    if not read_stamp("peers") or not ADDONS.is_dir():
        shutil.rmtree(FOLDER, ignore_errors=True)
        command = [sys.executable, "-m", "pip", "download", "--no-deps", "--quiet"]
        with Step("Fetching the add-ons to compare with") as step:
            check_logged(
                [*command, "--dest", FOLDER, *WHEELS],
                LOGS / "peers.log",
                "They could not be fetched from PyPI",
                step=step,
            )
        for wheel in FOLDER.glob("*.whl"):
            with zipfile.ZipFile(wheel) as archive:
                archive.extractall(FOLDER)
        write_stamp(
            "peers", wheels=" ".join(path.name for path in FOLDER.glob("*.whl"))
        )
    return ADDONS


def addons_path() -> str:
    """Odoo's folders, ours and theirs."""
    ours = odoo_part.ADDONS
    paths = [*sources.addons_paths(sources.ensure_odoo())[1:], ours, fetch()]
    return ",".join(map(str, paths))


def prepare(world: worlds.World) -> str:
    """Their database: a copy of the seeded books with their add-ons and something to read."""
    name = f"{world.plain}_peers"
    key = digest(worlds.hash_of("peers.py", "seed_budget.py"), read_stamp("peers"))
    with locked("bench"):
        if worlds.usable(name, key):
            return name
        drop_stamp(name)
        databases.drop(name)
        databases.copy(world.plain, name)
        conf = worlds.write_conf("bench-peers", addons_path=addons_path())
        command = [sys.executable, "-m", "odoo", "-c", conf, "-d", name, "--no-http"]
        with Step("Installing the add-ons to compare with") as step:
            check_logged(
                [*command, "--stop-after-init", "-i", MODULES],
                LOGS / "peers.log",
                "They could not be installed",
                step=step,
                env=odoo_part.environment(),
            )
        conf.unlink()
        database = Database(name)
        with Step("Making their report and budget"), database.env(commit=True) as env:
            # Their budgets are shown to accountants only
            env.user.sudo().group_ids += env.ref("account.group_account_user")
            make_report(env, load_world(env))
            make_budget(env, load_world(env))
            env.cr.execute("ANALYZE")
        database.close()
        size = worlds.size_of(world.rows, world.order_lines)
        write_stamp(name, key=key, size=size)
    return name


def make_report(env: Any, world: dict[str, Any]) -> None:
    """60 rows, an account each, by 12 months, filtered by five analytic accounts."""
    company = world["companies"][0]
    accounts = env["account.account"].with_company(company)
    codes = accounts.browse(world["accounts"]["expense"][: reading.QUICK_ROWS]).mapped(
        "code"
    )
    template = env["mis.report"].create(
        {
            "name": "Bench",
            "kpi_ids": [
                (
                    0,
                    0,
                    {
                        "name": f"k{i}",
                        "description": code,
                        "expression": f"balp[{code}%]",
                    },
                )
                for i, code in enumerate(codes)
            ],
        }
    )
    analytics = world["analytics"][0][: reading.FILTERED]
    periods = [
        {
            "name": month.strftime("%B"),
            "mode": "fix",
            "manual_date_from": month,
            "manual_date_to": end_of(month),
            "sequence": i,
        }
        for i, month in enumerate(MONTHS)
    ]
    env["mis.report.instance"].create(
        {
            "name": "Bench",
            "report_id": template.id,
            "company_id": company,
            "comparison_mode": True,
            "target_move": "posted",
            "analytic_domain": repr([("analytic_distribution", "in", analytics)]),
            "period_ids": [(0, 0, period) for period in periods],
        }
    )


def end_of(month: Any) -> Any:
    from odoo.tools.date_utils import end_of as last

    return last(month, "month")


def make_budget(env: Any, world: dict[str, Any]) -> None:
    """2,000 lines by analytic account and two accounts each, over the whole year."""
    company, accounts = world["companies"][0], world["accounts"]["expense"]
    pairs = [accounts[i : i + 2] for i in range(0, len(accounts), 2)]
    posts = env["account.budget.post"].create(
        [
            {"name": f"Post {i}", "account_ids": [(6, 0, pair)], "company_id": company}
            for i, pair in enumerate(pairs)
        ]
    )
    dates = {"date_from": f"{BUDGET_YEAR}-01-01", "date_to": f"{BUDGET_YEAR}-12-31"}
    lines = [
        {
            "analytic_account_id": analytic,
            "general_budget_id": one.id,
            "planned_amount": 1000,
            **dates,
        }
        for analytic in world["analytics"][0]
        for one in posts
    ]
    env["crossovered.budget"].create(
        {
            "name": "Bench",
            "company_id": company,
            "crossovered_budget_line_ids": [(0, 0, line) for line in lines[:LEAVES]],
            **dates,
        }
    )


def read_report(env: Any) -> None:
    cells = env["mis.report.instance"].search([("name", "=", "Bench")]).compute()
    assert len(cells["body"]) == reading.QUICK_ROWS


def read_budget(env: Any) -> None:
    lines = env["crossovered.budget.lines"].search([])
    assert len(lines.mapped("practical_amount")) >= LEAVES // 2
    assert len(lines) == LEAVES


def measure(outcome: Outcome, database: Database, peers: Database) -> None:
    versions = read_stamp("peers").get("wheels", "")
    outcome.head(f"Other add-ons ({', '.join(sorted(versions_of(versions)))})")
    found = interleave(
        {
            "theirs": partial(peers.measure, read_report),
            "ours": partial(database.measure, reading.quick),
        },
        outcome.turns(TURNS),
    )
    title = "(2) report builder, 60 rows × 12 months, analytic filter"
    outcome.add("mis_ms", title, seconds(found["theirs"]) * 1000, "ms")
    outcome.add("mis_queries", "    queries", queries(found["theirs"]), "")
    outcome.add(
        "mis_quick_ms", "    the same by the suite", seconds(found["ours"]) * 1000, "ms"
    )
    value = ratio(found["theirs"], found["ours"])
    outcome.add("mis", "    times as fast", value, "×", 20, least=True)
    found = interleave(
        {
            "theirs": partial(peers.measure, read_budget),
            "ours": partial(database.measure, reading.matrix),
        },
        outcome.turns(BUDGET_TURNS),
    )
    title = "(3) budget add-on, 2,000 lines (actuals of the year only)"
    outcome.add("oca_ms", title, seconds(found["theirs"]) * 1000, "ms")
    outcome.add("oca_queries", "    queries", queries(found["theirs"]), "")
    outcome.add(
        "oca_matrix_ms",
        "    whole matrix of the suite",
        seconds(found["ours"]) * 1000,
        "ms",
    )
    value = ratio(found["theirs"], found["ours"])
    outcome.add("oca", "    times as fast", value, "×", 50, least=True)


def versions_of(wheels: str) -> list[str]:
    """mis_builder 19.0.1.2.1 from odoo_addon_mis_builder-19.0.1.2.1-py3-none-any.whl"""
    named = [
        wheel.removeprefix("odoo_addon_").split("-")[:2] for wheel in wheels.split()
    ]
    return [" ".join(parts) for parts in named if parts[0] in MODULES.split(",")]
