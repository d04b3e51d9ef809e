# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""What may go wrong with the operations of the demo programme, what they still need, and what
comes first: one exercise that is decided, one that waits for two of four people."""

from __future__ import annotations

from datetime import timedelta

from odoo.fields import Command

from odoo.addons.sop_budget.demo.programme import Programme

# operation: (risk, likelihood, impact, who, mitigation, looked at again in days, open)
RISKS = {
    "OP-O1-Q2": (
        (
            "Too few good projects",
            "4",
            "4",
            "business_development",
            "Talks with three more labs; the deadline may move by a week.",
            7,
            True,
        ),
        (
            "A judge cancels",
            "3",
            "3",
            "team_lead",
            "Two substitutes are asked and have the date in their calendars.",
            2,
            True,
        ),
        (
            "Hall is double-booked",
            "1",
            "4",
            "events_lead",
            "Contract signed, deposit paid.",
            None,
            False,
        ),
    ),
    "OP-FS2": (
        (
            "Visas come too late",
            "5",
            "4",
            "events_lead",
            "Letters of invitation sent; those teams may take part online.",
            3,
            True,
        ),
        (
            "Flights get dearer",
            "3",
            "2",
            "chief_of_staff",
            "Seats are reserved until the end of the month.",
            14,
            True,
        ),
    ),
    "OP-O3-YEAR": (
        (
            "Grant is not renewed",
            "2",
            "5",
            "chief_of_staff",
            "Report to the foundation each quarter; two other foundations are asked.",
            30,
            True,
        ),
    ),
}

# operation: what it takes money for, before anybody gave it some
NEEDS = {
    "OP-REF": (("Thank-you gifts for partners", 600), ("Landing page", 900)),
    "OP-COMM-01": (("Tool for moderation, a year", 480),),
}

PEOPLE = ("team_lead", "chief_of_staff", "business_development", "events_lead")
# What to do next year, points of 1 to 5: criterion: weight, less is better
CRITERIA = {
    "Use for founders": (3, False),
    "Cost": (2, True),
    "Ready to start": (1, False),
}
# operation or idea: points for each criterion by each of the people, and why it is there
IDEAS = (
    (
        "OP-E1",
        ((5, 4, 5, 4), (2, 2, 3, 2), (5, 5, 4, 4)),
        "Cheap, liked, and it runs already: it grows first.",
    ),
    (
        "Online course for founders",
        ((4, 4, 3, 4), (3, 2, 3, 3), (3, 2, 3, 3)),
        "The first of the new ideas; starts when mentors have time to record it.",
    ),
    (
        "OP-O2",
        ((4, 5, 4, 3), (4, 5, 4, 4), (4, 4, 3, 4)),
        "Much use, and the dearest: only with a sponsor.",
    ),
    (
        "Hub in a fourth city",
        ((3, 3, 2, 4), (5, 4, 5, 5), (1, 2, 1, 2)),
        "Not before the three hubs carry themselves.",
    ),
)

# Topics of the meet-ups; votes of those who have voted already
TOPICS = ("Funding without giving away shares", "First hires", "Selling abroad", "Law")
VOTES = {"team_lead": (2, 0, 1, 0), "events_lead": (1, 1, 1, 0)}


class Priorities(Programme):
    """``load`` is to be called once, after the operations."""

    def load(self) -> None:
        self.users = {
            name: self.env.ref(f"sop_budget.user_demo_{name}") for name in PEOPLE
        }
        found = self.env["sop.operation"].search([("company_id", "=", self.company.id)])
        self.operations = {operation.code: operation for operation in found}
        self.load_risks()
        self.load_needs()
        self.decide_next_year()
        self.ask_for_topics()

    def load_risks(self) -> None:
        self.env["sop.operation.risk"].create(
            [
                {
                    "operation_id": self.operations[code].id,
                    "name": name,
                    "likelihood": likelihood,
                    "impact": impact,
                    "user_id": self.users[who].id,
                    "mitigation": mitigation,
                    "date_review": days is not None
                    and self.today + timedelta(days=days),
                    "is_open": is_open,
                }
                for code, risks in RISKS.items()
                for name, likelihood, impact, who, mitigation, days, is_open in risks
            ]
        )

    def load_needs(self) -> None:
        self.env["sop.operation.need"].create(
            [
                {
                    "operation_id": self.operations[code].id,
                    "name": name,
                    "amount": amount,
                }
                for code, needs in NEEDS.items()
                for name, amount in needs
            ]
        )

    def prepare_exercise(self, name: str, **vals) -> dict:
        return {
            "name": name,
            "company_id": self.company.id,
            "facilitator_ids": [Command.set(self.users["team_lead"].ids)],
            "participant_ids": [
                Command.set([self.users[who].id for who in PEOPLE]),
            ],
            **vals,
        }

    def prepare_item(self, title: str) -> dict:
        operation = self.operations.get(title)
        return {"operation_id": operation.id} if operation else {"name": title}

    def decide_next_year(self) -> None:
        exercise = self.env["sop.prioritisation"].create(
            self.prepare_exercise(
                f"What comes first in {self.budget.date_to.year + 1}",
                method="matrix",
                date_due=self.today - timedelta(days=9),
                description="<p>Money and people are enough for two of the four.</p>",
                criterion_ids=[
                    Command.create(
                        {"name": name, "weight": weight, "less_is_better": less}
                    )
                    for name, (weight, less) in CRITERIA.items()
                ],
                item_ids=[
                    Command.create(self.prepare_item(title))
                    for title, _points, _why in IDEAS
                ],
            )
        )
        exercise.with_user(self.users["team_lead"]).action_open()
        pairs = list(zip(exercise.item_ids, IDEAS, strict=True))
        for item, (_title, points, _why) in pairs:
            for criterion, given in zip(exercise.criterion_ids, points, strict=True):
                self.judge(
                    exercise, item, dict(zip(PEOPLE, given, strict=True)), criterion
                )
        exercise.with_user(self.users["team_lead"]).action_close()
        for item, (_title, _points, why) in pairs:
            item.justification = why

    def ask_for_topics(self) -> None:
        exercise = self.env["sop.prioritisation"].create(
            self.prepare_exercise(
                "Topics of the next meet-ups",
                method="voting",
                date_due=self.today + timedelta(days=5),
                item_ids=[Command.create({"name": topic}) for topic in TOPICS],
            )
        )
        exercise.with_user(self.users["team_lead"]).action_open()
        for number, item in enumerate(exercise.item_ids):
            self.judge(
                exercise, item, {who: votes[number] for who, votes in VOTES.items()}
            )

    def judge(self, exercise, item, values: dict, criterion=None) -> None:
        for who, value in values.items():
            line = exercise.judgement_ids.filtered(
                lambda one, who=who: one.item_id == item
                and one.user_id == self.users[who]
                and one.criterion_id.id == (criterion.id if criterion else False)
            )
            line.with_user(self.users[who]).value = value
