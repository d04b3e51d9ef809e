# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""What control costs: confirming an order under policies, and screens over many proposals."""

from __future__ import annotations

from functools import partial
from typing import Any

from bench.outcome import Outcome
from bench.seed_budget import MONTHS, find_budget, load_world
from bench.session import (
    Action,
    Database,
    interleave,
    queries,
    ratio,
    seconds,
    work_ratio,
)

ORDER_LINES = 50
PROPOSALS, SUBMITTED = 10_000, 300
CHUNK = 500
TURNS, SCREEN_TURNS = 25, 9
PAGE = 80
LIMIT_MS = 300
MODULE = "sop_budget_control"
SCREENS = {
    "list": ("sop.proposal", "list", []),
    "kanban": ("sop.proposal", "kanban", []),
    "approvals": ("sop.approval", "list", [("can_decide", "=", True)]),
}


# === ORDERS === #


def draft_order(env: Any) -> int:
    """An order of 50 lines over as many accounts and analytic accounts."""
    world = load_world(env)
    first, second = world["analytics"]
    lines = [
        {
            "product_id": world["products"][k % len(world["products"])],
            "product_qty": 1,
            "price_unit": 10 + k,
            "date_planned": f"{MONTHS[5]} 10:00:00",
            "tax_ids": [(6, 0, [])],
            "analytic_distribution": {f"{first[k % 50]},{second[k % 50]}": 100},
        }
        for k in range(ORDER_LINES)
    ]
    order = (
        env["purchase.order"]
        .with_company(world["companies"][0])
        .create(
            {
                "partner_id": world["partner"],
                "order_line": [(0, 0, line) for line in lines],
            }
        )
    )
    return order.id


def confirm(order: int) -> Action:
    def action(env: Any) -> None:
        env["purchase.order"].browse(order).button_confirm()
        env.cr.flush()

    return action


def make_policies(env: Any) -> None:
    """The budget and each of its departments are guarded; nothing is so short as to stop."""
    budget = find_budget(env)
    budget.action_submit()
    budget.action_approve()
    tops = budget.category_ids.filtered(
        lambda c: not c.parent_id and c.kind == "expense"
    )
    common = {"budget_id": budget.id, "event": "order", "action": "stop"}
    room = {"basis": "budget", "tolerance_amount": 1e9}
    env["sop.budget.policy"].create(
        [{**common, **room}]
        + [{**common, **room, "category_id": top.id} for top in tops]
    )


def measure_orders(outcome: Outcome, suite: Database, plain: Database) -> None:
    with suite.env(commit=True) as env:
        make_policies(env)
    outcome.head(
        f"Confirming an order of {ORDER_LINES} lines under control (pairs with plain Odoo)"
    )
    databases = {"with": suite, "without": plain}
    orders = compare_orders(outcome, databases, "order", 1.15)
    # The products know the vendor from now on, and Odoo has hardly anything left to do
    for name, database in databases.items():
        with database.env(commit=True) as env:
            confirm(orders[name])(env)
    compare_orders(outcome, databases, "order_again", None)


def compare_orders(
    outcome: Outcome, databases: dict[str, Database], key: str, target: float | None
) -> dict[str, int]:
    """Confirm a new order in each database; returns the orders, which are still drafts."""
    orders, calls = {}, {}
    for name, database in databases.items():
        with database.env(commit=True) as env:
            orders[name] = draft_order(env)
        calls[name] = partial(database.measure, confirm(orders[name]))
    found = interleave(calls, outcome.turns(TURNS))
    mine, theirs = found["with"], found["without"]
    title = "with the suite" if target else "the same vendor once more"
    outcome.add(f"{key}_ms", title, seconds(mine) * 1000, "ms")
    outcome.add(f"{key}_clock", "    time on the clock", ratio(mine, theirs), "×")
    work = work_ratio(mine, theirs)
    outcome.add(
        f"{key}_work", "    processor time, Odoo and PostgreSQL", work, "×", target
    )
    outcome.add(
        f"{key}_queries", "    queries more", queries(mine) - queries(theirs), ""
    )
    return orders


# === PROPOSALS === #


def make_proposals(env: Any, number: int, submitted: int) -> int:
    """Proposals of the first company's budget; returns one that waits for a decision."""
    budget = find_budget(env)
    company = {"allowed_company_ids": budget.company_id.ids}
    env = env(context=dict(env.context, tracking_disable=True, **company))
    leaves = budget.category_ids.filtered(lambda c: c.is_leaf and c.kind == "expense")
    # Decided by the administrator, asked for by somebody else
    user = env["res.users"].create(
        {
            "name": "Bench proposer",
            "login": "bench-proposer",
            "company_id": budget.company_id.id,
            "company_ids": [(6, 0, budget.company_id.ids)],
            "group_ids": [(4, env.ref("sop_budget.group_sop_budget_user").id)],
        }
    )
    env["sop.budget.member"].create(
        {"budget_id": budget.id, "user_id": user.id, "role": "proposer"}
    )
    proposals = env["sop.proposal"].with_user(user)
    made = proposals
    for start in range(0, number, CHUNK):
        made |= proposals.create(
            [
                {
                    "name": f"Proposal {n}",
                    "budget_id": budget.id,
                    "justification": "<p>Needed.</p>",
                    "line_ids": [
                        (
                            0,
                            0,
                            {
                                "category_id": leaves[n % len(leaves)].id,
                                "month": MONTHS[n % 12],
                                "name": f"Thing {n}",
                                "quantity": 1,
                                "price_unit": 1 + n % 50,
                            },
                        )
                    ],
                }
                for n in range(start, min(start + CHUNK, number))
            ]
        )
    for proposal in made[:submitted]:
        proposal.action_submit()
    return made[0].id


def specification(env: Any, model: str, view: str) -> tuple[dict, str]:
    """What the web client asks for, and the domain-free call that it makes."""
    views = env[model].get_views([(False, view)])
    return {name: {} for name in shown_fields(views["views"][view]["arch"])}, view


def shown_fields(arch: str) -> list[str]:
    """Fields of the view itself, not those of lists inside it."""
    from lxml import etree

    tree = etree.fromstring(arch)
    nested = tree.xpath("//field//field")
    return list(
        dict.fromkeys(
            node.get("name") for node in tree.xpath("//field") if node not in nested
        )
    )


def page(model: str, view: str, domain: list) -> Action:
    def action(env: Any) -> None:
        names, _view = specification(env, model, view)
        found = env[model].web_search_read(domain, names, limit=PAGE)
        assert found["records"]

    return action


def form(proposal: int) -> Action:
    def action(env: Any) -> None:
        names, _view = specification(env, "sop.proposal", "form")
        env["sop.proposal"].browse(proposal).web_read(names)

    return action


def measure_proposals(outcome: Outcome, suite: Database) -> None:
    number = PROPOSALS // 20 if outcome.trial else PROPOSALS
    with suite.env(commit=True) as env:
        waiting = make_proposals(env, number, min(SUBMITTED, number))
    calls = {
        name: partial(suite.measure, page(*screen)) for name, screen in SCREENS.items()
    }
    calls["form"] = partial(suite.measure, form(waiting))
    found = interleave(calls, outcome.turns(SCREEN_TURNS))
    titles = {
        "list": "list of proposals",
        "kanban": "kanban of proposals",
        "approvals": "what waits for my approval",
        "form": "form of a proposal",
    }
    outcome.head(f"Screens over {number:,} proposals, server side")
    for name, title in titles.items():
        outcome.add(
            f"proposals_{name}_ms", title, seconds(found[name]) * 1000, "ms", LIMIT_MS
        )
        outcome.add(
            f"proposals_{name}_queries", "    queries", queries(found[name]), ""
        )


def measure(outcome: Outcome, suite: Database, plain: Database) -> None:
    with suite.env() as env:
        if MODULE not in env.registry._init_modules:
            return
    measure_orders(outcome, suite, plain)
    measure_proposals(outcome, suite)
