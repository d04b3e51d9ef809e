# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""Posting bills with and without the suite, in pairs on two databases."""

from __future__ import annotations

import datetime
from collections.abc import Callable
from functools import partial
from typing import Any

from bench.outcome import Outcome
from bench.seed_budget import load_world
from bench.session import (
    Action,
    Database,
    Sample,
    interleave,
    queries,
    ratio,
    seconds,
    work_ratio,
)

BILL_DAY = datetime.date(2025, 6, 17)
BILL_LINES = 20
BATCH, BATCH_LINES = 1000, 5
SINGLE_TURNS, BATCH_TURNS = 25, 5


def make_bills(env: Any, number: int, lines: int, order_lines: Any = ()) -> Any:
    """Draft bills with every kind of distribution, on orders where some are given."""
    world = load_world(env)
    accounts = world["accounts"]["expense"]
    first, second = world["analytics"]
    shapes = (
        lambda i: False,
        lambda i: {str(first[i % 50]): 100},
        lambda i: {f"{first[i % 50]},{second[i % 50]}": 100},
        lambda i: {str(first[i % 50]): 60, str(first[(i + 7) % 50]): 40},
    )
    orders = list(order_lines)

    def line(i: int) -> tuple[int, int, dict[str, Any]]:
        values = {
            "name": f"Item {i}",
            "account_id": accounts[i * 7 % len(accounts)],
            "quantity": 1,
            "price_unit": 100 + i,
            "tax_ids": [(6, 0, [])],
            "analytic_distribution": shapes[i % 4](i),
        }
        if orders:
            values["purchase_line_id"] = orders[i % len(orders)].id
        return (0, 0, values)

    company = world["companies"][0]
    common = {
        "move_type": "in_invoice",
        "partner_id": world["partner"],
        "journal_id": world["journals"]["purchase"][0],
        "invoice_date": BILL_DAY,
        "date": BILL_DAY,
    }
    return (
        env["account.move"]
        .with_company(company)
        .with_context(tracking_disable=True)
        .create(
            [
                {
                    **common,
                    "ref": f"Bench {n}",
                    "invoice_line_ids": [line(n * lines + k) for k in range(lines)],
                }
                for n in range(number)
            ]
        )
    )


def open_order_lines(env: Any, number: int) -> Any:
    """Order lines of the first company that nobody billed, in the order of their ids."""
    company = load_world(env)["companies"][0]
    domain = [
        ("company_id", "=", company),
        ("qty_invoiced", "=", 0),
        ("product_qty", ">", 0),
    ]
    return env["purchase.order.line"].search(domain, limit=number, order="id")


def post(ids: list[int]) -> Action:
    def action(env: Any) -> None:
        env["account.move"].browse(ids).action_post()
        env.cr.flush()

    return action


def drafts(
    database: Database, number: int, lines: int, *, ordered: bool = False
) -> list[int]:
    """Bills that are there before a measure begins; posting is rolled back each time."""
    with database.env(commit=True) as env:
        orders = open_order_lines(env, lines) if ordered else ()
        return make_bills(env, number, lines, orders).ids


def compare(
    suite: Database, plain: Database, make: Callable[[Database], list[int]], turns: int
) -> tuple[list[Sample], list[Sample]]:
    calls = {
        name: partial(database.measure, post(make(database)))
        for name, database in (("with", suite), ("without", plain))
    }
    found = interleave(calls, turns)
    return found["with"], found["without"]


def measure(outcome: Outcome, suite: Database, plain: Database) -> None:
    outcome.head("Posting, Odoo with the suite against Odoo without it (pairs)")
    batch = BATCH // 20 if outcome.trial else BATCH
    cases = (
        ("bill", f"one bill of {BILL_LINES} lines", 1, BILL_LINES, False, SINGLE_TURNS),
        (
            "bill_ordered",
            "the same, on 20 order lines",
            1,
            BILL_LINES,
            True,
            SINGLE_TURNS,
        ),
        (
            "batch",
            f"{batch:,} bills in one batch",
            batch,
            BATCH_LINES,
            False,
            BATCH_TURNS,
        ),
    )
    for key, title, number, lines, ordered, turns in cases:
        make = partial(drafts, number=number, lines=lines, ordered=ordered)
        mine, theirs = compare(suite, plain, make, outcome.turns(turns))
        limit = None if ordered else 1.05
        outcome.add(f"{key}_ms", f"{title}: with the suite", seconds(mine) * 1000, "ms")
        outcome.add(f"{key}_clock", "    time on the clock", ratio(mine, theirs), "×")
        work = work_ratio(mine, theirs)
        outcome.add(
            f"{key}_work", "    processor time, Odoo and PostgreSQL", work, "×", limit
        )
        more = queries(mine) - queries(theirs)
        outcome.add(
            f"{key}_queries", "    queries more", more, "", None if ordered else 2
        )
