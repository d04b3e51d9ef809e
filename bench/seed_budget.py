# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""A budget of 2,000 leaf categories × 12 months on top of the seeded books."""

from __future__ import annotations

import datetime
import json
from typing import Any

from bench.seed import BUDGET_YEAR

CODE = "BENCH"
PARAMETER = "bench.world"
LEAVES = 2000
PAIRS_PER_ANALYTIC = 38
MONTHS = tuple(datetime.date(BUDGET_YEAR, month, 1) for month in range(1, 13))


def load_world(env: Any) -> dict[str, Any]:
    """What seed.prepare() made, as it was noted in the database."""
    return json.loads(env["ir.config_parameter"].sudo().get_param(PARAMETER))


def find_budget(env: Any) -> Any:
    return env["sop.budget"].search([("code", "=", CODE)])


def make_budget(env: Any) -> None:
    """Categories by analytic account and accounts, by account, and some by neither."""
    world = load_world(env)
    env = env(context=dict(env.context, tracking_disable=True))
    budget = env["sop.budget"].create(
        {
            "name": "Bench",
            "code": CODE,
            "company_id": world["companies"][0],
            "date_from": MONTHS[0],
            "date_to": datetime.date(BUDGET_YEAR, 12, 31),
            "plan_id": world["plans"][0],
        }
    )
    make_categories(env, budget, world)
    env.flush_all()
    env.cr.execute(
        """
        INSERT INTO sop_budget_amount (category_id, budget_id, company_id, kind, month, amount)
        SELECT c.id, c.budget_id, c.company_id, c.kind, m::date,
               (100 + abs(hashint8(c.id * 12 + extract(month FROM m)::int) %% 500000)) / 100.0
          FROM sop_budget_category c, unnest(%s::date[]) m
         WHERE c.budget_id = %s AND c.is_leaf
        """,
        [list(MONTHS), budget.id],
    )


def make_categories(env: Any, budget: Any, world: dict[str, Any]) -> None:
    """50 × 38 expense leaves by analytic account and two accounts each, the rest by account."""
    category = env["sop.budget.category"]
    accounts = world["accounts"]
    analytics = world["analytics"][0]
    common = {"budget_id": budget.id}
    parents = category.create(
        [
            {
                "code": f"P{i:02d}",
                "name": f"Department {i}",
                "kind": "expense",
                **common,
            }
            for i in range(len(analytics))
        ]
        + [
            {"code": "I", "name": "Income", "kind": "income", **common},
            {"code": "C", "name": "Capital", "kind": "capital", **common},
        ]
    )
    leaves = [
        {
            "parent_id": parent.id,
            "code": f"{parent.code}.{k:02d}",
            "analytic_account_id": analytic,
            "account_ids": [(6, 0, accounts["expense"][2 * k : 2 * k + 2])],
        }
        for parent, analytic in zip(parents, analytics, strict=False)
        for k in range(PAIRS_PER_ANALYTIC)
    ]
    for parent, key in zip(parents[-2:], ("income", "capital"), strict=True):
        leaves += [
            {
                "parent_id": parent.id,
                "code": f"{parent.code}{k:02d}",
                "account_ids": [(6, 0, [account])],
            }
            for k, account in enumerate(accounts[key])
        ]
    income = [(a, b) for a in accounts["income"] for b in analytics[:2]]
    leaves += [
        {
            "parent_id": parents[-2].id,
            "code": f"IA{k:03d}",
            "analytic_account_id": analytic,
            "account_ids": [(6, 0, [account])],
        }
        for k, (account, analytic) in enumerate(income[: LEAVES - len(leaves)])
    ]
    category.create(
        [{"name": f"Leaf {leaf['code']}", **common, **leaf} for leaf in leaves]
    )
