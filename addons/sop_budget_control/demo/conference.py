# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""The anniversary conference of next year: a small budget of its own that is spent by releases.

It shows what the programme's own budget doesn't need, and leaves the figures of that one alone:

    ==========  ================================  ======  ==================================
    what        which                             amount  is
    ==========  ================================  ======  ==================================
    budget      Anniversary conference            36,000  approved, four releases of 9,000
    releases    first quarter                      9,000  released
                second quarter                     9,000  waits for the Team Lead
                third and fourth quarter          18,000  pending
    ceilings    Spending of next year             40,000  nearly full
                Internal money of this year      455,000  critical
    proposals   Hall and technique                12,500  approved in part: 9,500, a condition
                Workshops                          4,200  in review, scored 7.00: conditions
    ==========  ================================  ======  ==================================
"""

from __future__ import annotations

from datetime import date

from odoo.fields import Command

from .requests import Requests

# code: name, planned in the first months of each quarter
CATEGORIES = {
    "C1": ("Hall and technique", 4_500),
    "C2": ("Speakers", 2_500),
    # The name that the programme's budget has for it: so its performance is known
    "E3": ("Community training", 1_250),
    "P5": ("Content production", 750),
}
QUARTER_MONTHS = (1, 4, 7, 10)

HALL = (
    "Hall and technique of the conference",
    "Event agency",
    "Two days for 300 guests; the offer is valid until the end of the quarter.",
    [("C1", "Hall, two days", 1, 8_500), ("C1", "Stage, sound and light", 1, 4_000)],
)
# What is approved of the lines of the hall, and on what condition
GRANTED = (7_000, 2_500)
CONDITION = "Only with a contract that can be cancelled until six weeks before."

WORKSHOPS = (
    "Workshops before the conference",
    "Training house",
    "Half of last year's founders came for the workshops.",
    [("E3", "Workshop with a trainer", 6, 700)],
)
# Who scores, and what: points of each criterion in its order (the last is yes or no), and why
SCORES = {
    "chief_of_staff": (
        (8, 7, 9, 7, 10),
        "Trainers and rooms are there; it can be announced next week.",
    ),
    "team_lead": (
        (6, 7, 8, 6, 0),
        "Good, but the rooms are not paid for by anybody yet.",
    ),
}


class Conference(Requests):
    """``load`` is to be called once, after the requests of the programme."""

    def load(self) -> None:
        self.prepare()
        programme = self.budget
        year = programme.date_to.year + 1
        self.load_ceilings(programme, year)
        self.judge_training()
        self.budget = self.load_budget(programme, year)
        self.load_rule()
        self.load_releases()
        self.grant_hall()
        self.score_workshops()
        self.drop_mails()

    def load_ceilings(self, programme, year: int) -> None:
        self.env["sop.budget.ceiling"].create(
            [
                {
                    "name": f"Spending of {year}",
                    "company_id": self.company.id,
                    "date_from": date(year, 1, 1),
                    "date_to": date(year, 12, 31),
                    "amount": 40_000,
                    "user_id": self.users["owner"].id,
                },
                {
                    "name": f"Internal money of {year - 1}",
                    "company_id": self.company.id,
                    "date_from": programme.date_from,
                    "date_to": programme.date_to,
                    "funding": "internal",
                    "amount": 455_000,
                    "user_id": self.users["owner"].id,
                },
            ]
        )

    def judge_training(self) -> None:
        """What came of the money of this year; next to the scores it is a hint."""
        self.env["sop.category.performance"].with_user(self.users["team_lead"]).create(
            {
                "category_id": self.categories()["E3"].id,
                "has_outputs": True,
                "outputs": 80,
                "quality": "4",
                "has_satisfaction": True,
                "satisfaction": 91,
                "note": "Three of five courses so far, all of them full.",
            }
        )

    def load_budget(self, programme, year: int):
        budget = self.env["sop.budget"].create(
            {
                "name": f"Anniversary conference {year}",
                "code": f"AC{year % 100:02}",
                "company_id": self.company.id,
                "date_from": date(year, 1, 1),
                "date_to": date(year, 12, 31),
                "plan_id": programme.plan_id.id,
                "user_id": self.users["owner"].id,
                "color": 3,
                "uses_releases": True,
                "member_ids": [
                    Command.create({"user_id": self.users[name].id, "role": role})
                    for name, role in (
                        ("team_lead", "manager"),
                        ("chief_of_staff", "planner"),
                        ("business_development", "proposer"),
                    )
                ],
            }
        )
        internal = self.env.ref("sop_budget.sop_funding_source_demo_internal")
        categories = self.env["sop.budget.category"].create(
            [
                {
                    "budget_id": budget.id,
                    "code": code,
                    "name": name,
                    "sequence": 10 * number,
                    "source_id": internal.id,
                    "user_id": self.users["team_lead"].id,
                }
                for number, (code, (name, _amount)) in enumerate(CATEGORIES.items())
            ]
        )
        self.env["sop.budget.amount"].create(
            [
                {
                    "category_id": category.id,
                    "month": date(year, month, 1),
                    "amount": CATEGORIES[category.code][1],
                }
                for category in categories
                for month in QUARTER_MONTHS
            ]
        )
        budget.action_create_analytic_accounts()
        budget.action_add_standard_criteria()
        budget.action_submit()
        budget.action_approve()
        return budget

    def load_rule(self) -> None:
        self.env["sop.approval.rule"].create(
            {
                "name": "Conference: all that is asked for",
                "company_id": self.company.id,
                "budget_id": self.budget.id,
                "kind": "all",
                "step_ids": [
                    Command.create(
                        {"name": "Team Lead", "user_id": self.users["team_lead"].id}
                    )
                ],
            }
        )

    def load_releases(self) -> None:
        owned = self.budget.with_user(self.users["owner"])
        owned.action_plan_releases()
        first, second = owned.release_ids.sorted("date_from")[:2]
        (first | second).action_release()
        self.approve(first, "team_lead")

    def grant_hall(self) -> None:
        hall = self.propose(*HALL)
        hall.action_submit()
        amounts = dict(zip(hall.line_ids.ids, GRANTED, strict=True))
        hall.with_user(self.users["team_lead"])._decide(
            "approved",
            "The stage of last year is enough.",
            terms={"amounts": amounts, "condition": CONDITION},
        )

    def score_workshops(self) -> None:
        workshops = self.propose(*WORKSHOPS)
        workshops.action_submit()
        for who, (points, why) in SCORES.items():
            given = dict(zip(self.budget.criterion_ids, points, strict=True))
            first = self.budget.criterion_ids[0]
            workshops.with_user(self.users[who])._appraise(
                {
                    criterion: (score, why if criterion == first else None)
                    for criterion, score in given.items()
                }
            )

    def propose(self, name, vendor, why, lines):
        """By Business Development, for the first month of the budget."""
        month = self.budget.date_from
        return (
            self.env["sop.proposal"]
            .with_user(self.users["business_development"])
            .create(
                {
                    "name": name,
                    "budget_id": self.budget.id,
                    "partner_id": self.partner(vendor).id,
                    "date_expected": month,
                    "justification": f"<p>{why}</p>",
                    "line_ids": [
                        Command.create(
                            {
                                "category_id": self.categories()[code].id,
                                "month": month,
                                "name": text,
                                "quantity": quantity,
                                "price_unit": price,
                            }
                        )
                        for code, text, quantity, price in lines
                    ],
                }
            )
        )
