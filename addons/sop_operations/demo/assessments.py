# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""Who looked at the operations of the demo programme, and which goals they serve.

One visit with recommendations, a baseline and a midline to compare, goals on two operations.
"""

from __future__ import annotations

from datetime import timedelta

from odoo.fields import Command

from odoo.addons.sop_budget.demo.programme import Programme

# Kind, code, name
GOALS = (
    ("pillar", "GP-2", "Open Government"),
    ("policy", "YES-3", "Youth Employment Strategy"),
    ("group", "YOUTH", "People under 30"),
)
# Operation: codes of its goals, places, of these for target groups
ALIGNED = {
    "OP-O1-Q2": (("SDG 4", "SDG 13", "YES-3", "YOUTH"), 300, 180),
    "OP-E1": (("SDG 8", "GP-2", "YES-3", "YOUTH"), 40, 10),
}
LEVELS = {"PARTICIPANTS": "output", "PROJECTS": "output"}


class Assessments(Programme):
    """``load`` is to be called once, after the operations of the programme."""

    def load(self) -> None:
        found = self.env["sop.operation"].search([("company_id", "=", self.company.id)])
        self.operations = {operation.code: operation for operation in found}
        for kpi in found.kpi_ids:
            kpi.level = LEVELS.get(kpi.code, "outcome")
        self.load_goals()
        self.load_visit()
        self.load_evaluations()

    def day(self, offset: int):
        return self.today + timedelta(days=offset)

    def load_goals(self) -> None:
        Goal = self.env["sop.alignment.goal"]
        Goal.create(
            [
                {
                    "kind": kind,
                    "code": code,
                    "name": name,
                    "company_id": self.company.id,
                }
                for kind, code, name in GOALS
            ]
        )
        for code, (goals, places, for_group) in ALIGNED.items():
            self.operations[code].write(
                {
                    "goal_ids": [
                        Command.set(
                            Goal.search(
                                [
                                    ("code", "in", goals),
                                    ("company_id", "in", (False, self.company.id)),
                                ]
                            ).ids
                        )
                    ],
                    "place_count": places,
                    "place_group_count": for_group,
                }
            )

    def load_visit(self) -> None:
        operation = self.operations["OP-O1-Q2"]
        lead = operation.user_id
        chief = self.env.ref("sop_budget.user_demo_chief_of_staff")
        visit = (
            self.env["sop.monitoring.visit"]
            .with_user(chief)
            .create(
                {
                    "operation_id": operation.id,
                    "type": "spot",
                    "date": self.day(-6),
                    "place": "University hall",
                    "rating_relevance": "5",
                    "rating_efficiency": "3",
                    "rating_effectiveness": "4",
                    "rating_sustainability": "3",
                    "findings": "<p>Teams work with their mentors every week. The hall is "
                    "full; people at the back can't hear the speakers.</p>",
                    "participation_ids": [
                        Command.create({"age_group": "1_child", "women": 8, "men": 11}),
                        Command.create(
                            {
                                "age_group": "2_youth",
                                "women": 74,
                                "men": 91,
                                "unstated": 3,
                            }
                        ),
                        Command.create(
                            {"age_group": "3_adult", "women": 21, "men": 25}
                        ),
                    ],
                    "issue_ids": [
                        Command.create(
                            {
                                "name": "The entrance has no ramp",
                                "severity": "3",
                                "note": "Two people could not come in",
                            }
                        ),
                        Command.create(
                            {"name": "No microphone at the back", "severity": "2"}
                        ),
                    ],
                    "action_ids": [
                        Command.create(
                            {
                                "name": name,
                                "term": term,
                                "user_id": user.id,
                                "date_due": self.day(due),
                            }
                        )
                        for name, term, user, due in self.recommendations(lead, chief)
                    ],
                }
            )
        )
        visit.action_done()

    def recommendations(self, lead, chief):
        """What, how soon, who, and until how many days from today."""
        return (
            ("Rent a ramp for the judging", "immediate", lead, 1),
            ("Book a hall with loudspeakers", "short", lead, 30),
            ("Write access into the venue checklist", "long", chief, 90),
        )

    def load_evaluations(self) -> None:
        operation = self.operations["OP-O1-Q2"]
        for kind, offset, vals in (
            ("baseline", -32, {"method": "Registrations of the past three years"}),
            (
                "midline",
                -4,
                {
                    "method": "Survey of the teams, records of the mentors",
                    "rating_relevance": "4",
                    "rating_effectiveness": "4",
                    "findings": "<p>More teams than before come from outside the city.</p>",
                    "conclusions": "<p>Keep the weekly mentoring.</p>",
                },
            ),
        ):
            evaluation = (
                self.env["sop.evaluation"]
                .with_user(self.env.ref("sop_budget.user_demo_chief_of_staff"))
                .create(
                    {
                        "operation_id": operation.id,
                        "kind": kind,
                        "date": self.day(offset),
                        **vals,
                    }
                )
            )
            evaluation.action_done()
