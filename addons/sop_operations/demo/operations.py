# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""What the demo programme wants for its money: operations in every state.

Like the books of the programme (``sop_budget/demo/programme.py``) it may be loaded on any
day: the competition is always in its sixth week of eight, with the judging in two days.

    ==========  ==============================  ========  =============================
    code        operation                       money     shows
    ==========  ==============================  ========  =============================
    OP-O1-Q1    FinTech competition             0         completed: 107 % and 110 %
    OP-O1-Q2    Climate tech competition        15,000    at risk, 12,000 spent, K34, K35
    OP-O1-Q3    Smart city competition          15,000    planned, the other half of O1
    OP-O2       Accelerator                     20,000    cost per project to compare
    OP-O3-YEAR  Ambassadors, with three parts   72,000    a grant, sub-operations
    OP-COMM-01  Community on chat               0         organic: members without money
    OP-E1       Mentorship                      26,100    on track
    OP-FS2      Global hackathon                19,000    one operation of three categories
    OP-REF      Partner referrals               0         organic, nothing measured yet
    ==========  ==============================  ========  =============================
"""

from __future__ import annotations

from datetime import timedelta

from odoo.fields import Command

from odoo.addons.sop_budget.demo.programme import Programme

#: The competition began this many days ago: in two days its seventh week begins.
DAYS_GONE = 40

GROUPS = {
    "OUT": "Outreach",
    "ENG": "Engage",
    "FUN": "Funnel",
}

# code: parent, name, in charge, state, start and end in days from today (None: ongoing)
OPERATIONS = {
    "OP-O1-Q1": (
        "OUT",
        "FinTech Startup Competition",
        "business_development",
        "completed",
        -160,
        -100,
    ),
    "OP-O1-Q2": (
        "OUT",
        "Climate Tech Startup Competition",
        "business_development",
        "in_progress",
        -DAYS_GONE,
        -DAYS_GONE + 55,
    ),
    "OP-O1-Q3": (
        "OUT",
        "Smart City Startup Competition",
        "business_development",
        "planned",
        45,
        100,
    ),
    "OP-O2": ("OUT", "Accelerator Program", "team_lead", "in_progress", -90, 150),
    "OP-O3-YEAR": (
        "OUT",
        "Community Ambassador Program",
        "chief_of_staff",
        "in_progress",
        None,
        None,
    ),
    "OP-O3-1": (
        "OP-O3-YEAR",
        "Recruit 10 Ambassadors",
        "chief_of_staff",
        "in_progress",
        -60,
        30,
    ),
    "OP-O3-2": (
        "OP-O3-YEAR",
        "Monthly Events",
        "events_lead",
        "in_progress",
        None,
        None,
    ),
    "OP-O3-3": (
        "OP-O3-YEAR",
        "Quarterly Training",
        "chief_of_staff",
        "in_progress",
        None,
        None,
    ),
    "OP-COMM-01": (
        "ENG",
        "Community on Chat",
        "community_manager",
        "in_progress",
        -200,
        None,
    ),
    "OP-E1": ("ENG", "Mentorship Program", "chief_of_staff", "in_progress", -120, 120),
    "OP-FS2": ("FUN", "Global Hackathon", "events_lead", "in_progress", -30, 60),
    "OP-REF": (
        "FUN",
        "Partner Referrals",
        "business_development",
        "in_progress",
        -30,
        None,
    ),
}

# operation: what it waits for, how, and days in between
DEPENDENCIES = {
    "OP-O1-Q3": (("OP-O1-Q2", "fs", 14),),
    "OP-E1": (("OP-O1-Q3", "ff", 20),),
    "OP-O2": (("OP-FS2", "ff", 30),),
}

TAGS = {
    "O": "sop_operations.sop_operation_tag_demo_outreach",
    "C": "sop_operations.sop_operation_tag_demo_community",
    "E": "sop_operations.sop_operation_tag_demo_community",
    "F": "sop_operations.sop_operation_tag_demo_startups",
    "R": "sop_operations.sop_operation_tag_demo_startups",
}

RECURRING = {"OP-O3-2": "month", "OP-O3-3": "quarter"}

HYPOTHESES = {
    "OP-O1-Q2": "We believe that a competition with prizes in one field brings 20 projects, "
    "10 of them good enough to be followed up.",
    "OP-O3-YEAR": "We believe that ten ambassadors paid by the month reach founders whom we "
    "never meet: 100 events and 40 new projects a year.",
    "OP-COMM-01": "We believe that members who are welcomed by name stay.",
    "OP-FS2": "We believe that teams who travel to a global hackathon come back as startups.",
}

# operation: categories with the amount that is meant for it and a note
FUNDING = {
    "OP-O1-Q2": (("O1", 15_000, "The first of two competitions"),),
    "OP-O1-Q3": (("O1", 15_000, "The second of two competitions"),),
    "OP-O2": (("O2", 20_000, None),),
    "OP-O3-YEAR": (("O3", 72_000, "Grant of the foundation"),),
    "OP-E1": (("E1", 26_100, None),),
    "OP-FS2": (
        ("FS2", 12_000, None),
        ("P2", 5_000, "Travel of the teams"),
        ("P5", 2_000, "Film of the finals"),
    ),
}

# Bills of these categories say which operation they are for, too.
TAGGED = {"O1": "OP-O1-Q2", "O3": "OP-O3-YEAR", "O2": "OP-O2", "FS2": "OP-FS2"}

# operation: (name, code, more fields, measurements as (days ago, value, note))
KPIS = {
    "OP-O1-Q1": (
        (
            "Participants",
            "PARTICIPANTS",
            {"target": 300, "unit": "people"},
            ((110, 320, "Count at the door"),),
        ),
        (
            "Projects submitted",
            "PROJECTS",
            {"target": 20, "unit": "projects", "result_unit": "project"},
            ((105, 22, None),),
        ),
    ),
    "OP-O1-Q2": (
        (
            "Participants",
            "PARTICIPANTS",
            {
                "target": 300,
                "unit": "people",
                "direction": "rise",
                "frequency": "weekly",
                "weight": 2,
                "benchmark_cost": 200,
                "benchmark_label": "industry",
            },
            (
                (33, 40, None),
                (26, 95, None),
                (19, 140, None),
                (12, 190, "After the talk at the university"),
                (5, 250, "Sign-ups and walk-ins"),
            ),
        ),
        (
            "Projects submitted",
            "PROJECTS",
            {
                "target": 20,
                "unit": "projects",
                "result_unit": "project",
                "direction": "rise",
                "frequency": "weekly",
            },
            ((26, 3, None), (19, 8, None), (12, 13, None), (5, 18, None)),
        ),
        (
            "Quality projects",
            "QUALITY",
            {
                "target": 10,
                "unit": "projects",
                "direction": "rise",
                "description": "Rated four or five by two of three judges.",
            },
            ((5, 4, "First reading by the judges"),),
        ),
        (
            "Prize money paid",
            "PRIZES",
            {"kind": "currency", "target": 15_000, "direction": "rise"},
            ((5, 0, None),),
        ),
        (
            "Active after six months",
            "ACTIVE",
            {
                "target": 5,
                "unit": "projects",
                "description": "Still working on it half a year later.",
            },
            (),
        ),
    ),
    "OP-O2": (
        (
            "Startups accepted",
            "STARTUPS",
            {"target": 20, "unit": "projects", "result_unit": "project"},
            ((60, 12, None), (10, 20, None)),
        ),
    ),
    "OP-O3-YEAR": (
        (
            "Active ambassadors",
            "AMBASSADORS",
            {"target": 10, "unit": "people", "frequency": "monthly"},
            ((70, 5, None), (40, 7, None), (10, 8, None)),
        ),
        (
            "Events held",
            "EVENTS",
            {
                "target": 100,
                "unit": "events",
                "direction": "rise",
                "frequency": "monthly",
            },
            ((70, 20, None), (40, 33, None), (10, 45, None)),
        ),
        (
            "New projects",
            "PROJECTS",
            {
                "target": 40,
                "unit": "projects",
                "result_unit": "project",
                "direction": "rise",
                "frequency": "monthly",
            },
            ((70, 7, None), (40, 12, None), (10, 18, None)),
        ),
        (
            "Participants of events",
            "PARTICIPANTS",
            {"target": 2_000, "unit": "people", "direction": "rise"},
            (),
        ),
        (
            "Ambassadors who stay",
            "RETENTION",
            {"kind": "percentage", "target": 80, "unit": "%"},
            (),
        ),
    ),
    "OP-O3-1": (
        (
            "Applications",
            "APPLICATIONS",
            {"target": 50, "unit": "applications", "direction": "rise"},
            ((30, 9, None), (8, 15, None)),
        ),
    ),
    "OP-O3-3": (
        (
            "Attendance",
            "ATTENDANCE",
            {"kind": "percentage", "target": 90, "unit": "%", "frequency": "quarterly"},
            ((80, 84, None), (12, 92, None)),
        ),
    ),
    "OP-COMM-01": (
        (
            "Members active a day",
            "DAILY",
            {"target": 100, "unit": "people", "frequency": "daily"},
            ((3, 112, None), (2, 118, None), (1, 120, None)),
        ),
        (
            "Messages a day",
            "MESSAGES",
            {"target": 50, "unit": "messages", "frequency": "daily"},
            ((2, 61, None), (1, 58, None)),
        ),
        (
            "Members who stay 30 days",
            "STAY",
            {"kind": "percentage", "target": 70, "unit": "%", "frequency": "monthly"},
            ((62, 64, None), (31, 69, None), (2, 72, None)),
        ),
        (
            "Hours to the first answer",
            "ANSWER",
            {
                "kind": "duration",
                "direction": "at_most",
                "target": 4,
                "frequency": "weekly",
            },
            ((9, 5, None), (2, 2.5, "Two more volunteers in the evening")),
        ),
        (
            "Unanswered questions",
            "UNANSWERED",
            {"direction": "at_most", "target": 0, "unit": "questions"},
            ((1, 0, None),),
        ),
        (
            "Projects without money of ours",
            "ORGANIC",
            {
                "target": 5,
                "unit": "projects",
                "result_unit": "project",
                "frequency": "monthly",
            },
            (),
        ),
    ),
    "OP-E1": (
        (
            "Pairs of mentor and mentee",
            "PAIRS",
            {
                "target": 100,
                "unit": "pairs",
                "direction": "rise",
                "frequency": "monthly",
            },
            ((90, 18, None), (60, 33, None), (30, 47, None), (4, 58, None)),
        ),
    ),
    "OP-FS2": (
        (
            "Teams",
            "TEAMS",
            {"target": 12, "unit": "teams", "direction": "rise", "frequency": "weekly"},
            ((20, 1, None), (6, 2, "Two teams have withdrawn")),
        ),
    ),
    "OP-REF": (
        (
            "Referrals",
            "REFERRALS",
            {"target": 10, "unit": "referrals", "frequency": "monthly"},
            (),
        ),
        (
            "Referrals that became members",
            "CONVERSION",
            {"kind": "percentage", "target": 50, "unit": "%"},
            (),
        ),
    ),
}

# operation: (name, days from today, what is handed over, done so many days ago or None)
MILESTONES = {
    "OP-O1-Q2": (
        ("Launch announced", -DAYS_GONE, "Press release and page", DAYS_GONE),
        ("Applications open", -DAYS_GONE + 7, "Form", DAYS_GONE - 8),
        ("Applications closed", -DAYS_GONE + 35, "List of applications", 4),
        ("Judging", -DAYS_GONE + 42, "Ranking with reasons", None),
        ("Demo day", -DAYS_GONE + 54, "Prizes handed over", None),
    ),
    "OP-O2": (
        ("First cohort chosen", -60, "Ten startups", 58),
        ("Second cohort chosen", 20, "Ten startups", None),
    ),
    "OP-FS2": (
        ("Teams chosen", -5, "Twelve teams", None),
        ("Finals", 58, "Film of the finals", None),
    ),
    "OP-E1": (
        ("Half of the pairs", -28, "50 pairs", 20),
        ("All pairs", 100, "100 pairs", None),
    ),
}

# operation: (type, title, days ago, who, more fields)
UPDATES = {
    "OP-O1-Q2": (
        (
            "meeting",
            "Weekly meeting",
            12,
            "business_development",
            {
                "body": "<p>Sign-ups are ahead of plan, good projects are not: "
                "more talks with labs.</p>"
            },
        ),
        (
            "insight",
            "Talks at universities bring twice the sign-ups of posts",
            11,
            "business_development",
            {"is_highlight": True},
        ),
        ("decision", "Only projects with a prototype are judged", 6, "team_lead", {}),
        (
            "blocker",
            "One of three judges has cancelled",
            1,
            "business_development",
            {"priority": "2", "assigned_user_id": "team_lead"},
        ),
        ("work", "Reading of the first 18 projects", 0, "business_development", {}),
    ),
    "OP-FS2": (
        (
            "blocker",
            "Visas of two teams are late",
            4,
            "events_lead",
            {"assigned_user_id": "chief_of_staff"},
        ),
        ("work", "Flights are reserved", 1, "events_lead", {}),
    ),
    "OP-COMM-01": (
        (
            "insight",
            "A welcome by name keeps members",
            2,
            "community_manager",
            {"is_highlight": True},
        ),
    ),
    "OP-O3-YEAR": (
        ("work", "Two more ambassadors have signed", 10, "chief_of_staff", {}),
    ),
}

# operation: what went well, what not, what follows (text, who, days from today)
RETROSPECTIVE = (
    "OP-O1-Q1",
    "The partner university brought half of the participants.",
    "Judges had the projects only a day before.",
    (("Send projects to the judges a week ahead", "business_development", 12),),
)

# Of two times 50 new members, those of the second arm were welcomed by name.
EXPERIMENT = {
    "name": "A welcome by name",
    "metric": "members who stay 30 days",
    "hypothesis": "Members who are welcomed by name stay 30 % more often.",
    "target_lift": 30,
    "scale_from": 20,
    "size_needed": 50,
}
# name, cases, of which stayed
ARMS = (("Usual welcome", 50, 26), ("Welcome by name", 50, 39))


class Operations(Programme):
    """``load`` is to be called once, after the documents of the programme."""

    def load(self) -> None:
        self.users = {
            name: self.env.ref(f"{module}.user_demo_{name}")
            for module, name in (
                ("sop_budget", "team_lead"),
                ("sop_budget", "chief_of_staff"),
                ("sop_budget", "business_development"),
                ("sop_budget", "events_lead"),
                ("sop_operations", "community_manager"),
            )
        }
        self.operations = {}
        self.load_operations()
        self.load_dependencies()
        self.load_funding()
        self.tag_documents()
        self.load_kpis()
        self.load_milestones()
        self.load_updates()
        self.load_retrospective()
        self.load_experiment()
        self.start()
        self.env["sop.operation"].search(
            [("company_id", "=", self.company.id)]
        )._refresh_health()

    def day(self, offset: int):
        return self.today + timedelta(days=offset)

    # === THE PLAN === #

    def load_operations(self) -> None:
        for code, name in GROUPS.items():
            self.operations[code] = self.env["sop.operation"].create(
                {
                    "code": code,
                    "name": name,
                    "kind": "category",
                    "company_id": self.company.id,
                    "user_id": self.users["team_lead"].id,
                    "is_ongoing": True,
                }
            )
        for code, row in OPERATIONS.items():
            self.operations[code] = self.env["sop.operation"].create(
                self.prepare_operation(code, *row)
            )
        for code, grain in RECURRING.items():
            self.operations[code].write(
                {"recurrence": grain, "recurrence_ahead": 1, "recurrence_parts": False}
            )

    def prepare_operation(self, code, above, name, who, _state, start, end) -> dict:
        whole_year = start is None and end is None
        return {
            "code": code,
            "name": name,
            "kind": "sub_operation" if above in OPERATIONS else "operation",
            "company_id": self.company.id,
            "parent_id": self.operations[above].id,
            "user_id": self.users[who].id,
            "hypothesis": HYPOTHESES.get(code),
            "date_start": self.budget.date_from if whole_year else self.day(start),
            "date_end": self.budget.date_to
            if whole_year
            else end is not None and self.day(end),
            "is_ongoing": not whole_year and end is None,
            "tag_ids": [Command.link(self.env.ref(TAGS[code.split("-")[1][0]]).id)],
        }

    def load_dependencies(self) -> None:
        self.env["sop.operation.dependency"].create(
            [
                {
                    "operation_id": self.operations[code].id,
                    "predecessor_id": self.operations[other].id,
                    "type": how,
                    "lag": lag,
                }
                for code, rows in DEPENDENCIES.items()
                for other, how, lag in rows
            ]
        )

    def load_funding(self) -> None:
        categories = self.categories()
        self.env["sop.operation.funding"].create(
            [
                {
                    "operation_id": self.operations[code].id,
                    "category_id": categories[category].id,
                    "amount": amount,
                    "note": note,
                }
                for code, links in FUNDING.items()
                for category, amount, note in links
            ]
        )

    def tag_documents(self) -> None:
        """The bills of some categories say for which operation they were, too."""
        tagged = {code: self.operations[code] for code in TAGGED.values()}
        for operation in tagged.values():
            operation.action_create_analytic_account()
        accounts = {
            self.categories()[category].analytic_account_id.id: tagged[
                code
            ].analytic_account_id.id
            for category, code in TAGGED.items()
        }
        domain = [("company_id", "=", self.company.id)]
        for model in ("account.move.line", "purchase.order.line"):
            for line in self.env[model].search(domain):
                found = line.analytic_distribution or {}
                account = accounts.get(int(next(iter(found), "0").split(",")[0]))
                if account and len(found) == 1:
                    [(key, share)] = found.items()
                    line.analytic_distribution = {f"{key},{account}": share}

    # === HOW IT GOES === #

    def load_kpis(self) -> None:
        for code, kpis in KPIS.items():
            operation = self.operations[code]
            for number, (name, key, vals, values) in enumerate(kpis):
                kpi = self.env["sop.kpi"].create(
                    {
                        "operation_id": operation.id,
                        "name": name,
                        "code": key,
                        "sequence": number,
                        "user_id": operation.user_id.id,
                        **vals,
                    }
                )
                for ago, value, note in values:
                    kpi.with_user(operation.user_id)._measure(
                        self.day(-ago), value, note=note
                    )

    def load_milestones(self) -> None:
        for code, milestones in MILESTONES.items():
            before = self.env["sop.milestone"]
            for number, (name, offset, deliverable, done) in enumerate(milestones):
                milestone = self.env["sop.milestone"].create(
                    {
                        "operation_id": self.operations[code].id,
                        "name": name,
                        "sequence": number,
                        "date_target": self.day(offset),
                        "deliverable": deliverable,
                        "dependency_ids": [Command.set(before.ids)],
                    }
                )
                if done is not None:
                    milestone.write(
                        {"state": "completed", "date_completed": self.day(-done)}
                    )
                before = milestone

    def load_updates(self) -> None:
        for code, updates in UPDATES.items():
            for kind, title, ago, who, more in updates:
                vals = dict(more)
                if "assigned_user_id" in vals:
                    vals["assigned_user_id"] = self.users[vals["assigned_user_id"]].id
                self.env["sop.operation.update"].with_user(self.users[who]).create(
                    {
                        "operation_id": self.operations[code].id,
                        "type": kind,
                        "name": title,
                        "date": self.day(-ago),
                        **vals,
                    }
                )

    def load_retrospective(self) -> None:
        code, well, improve, actions = RETROSPECTIVE
        operation = self.operations[code]
        self.env["sop.retrospective"].with_user(operation.user_id).create(
            {
                "operation_id": operation.id,
                "date": self.day(-95),
                "went_well": f"<p>{well}</p>",
                "improve": f"<p>{improve}</p>",
                "action_ids": [
                    Command.create(
                        {
                            "name": text,
                            "user_id": self.users[who].id,
                            "date_due": self.day(due),
                        }
                    )
                    for text, who, due in actions
                ],
            }
        )

    def load_experiment(self) -> None:
        operation = self.operations["OP-COMM-01"]
        experiment = (
            self.env["sop.experiment"]
            .with_user(operation.user_id)
            .create(
                {
                    **EXPERIMENT,
                    "operation_id": operation.id,
                    "date_start": self.day(-45),
                    "arm_ids": [
                        Command.create({"name": name, "is_control": not number})
                        for number, (name, _cases, _stayed) in enumerate(ARMS)
                    ],
                }
            )
        )
        experiment.action_start()
        experiment.arm_ids = [
            Command.update(arm.id, {"size": cases, "successes": stayed})
            for arm, (_name, cases, stayed) in zip(
                experiment.arm_ids, ARMS, strict=True
            )
        ]

    def start(self) -> None:
        for code, row in OPERATIONS.items():
            if row[3] in ("in_progress", "completed"):
                self.operations[code].action_start()
            if row[3] == "completed":
                self.operations[code].action_complete()
        self.date_started()
        for code in RECURRING:
            self.operations[code].action_plan_occurrences()
            for occurrence in self.operations[code].occurrence_ids:
                if occurrence.date_start <= self.today:
                    occurrence.action_start()
                if occurrence.date_end < self.today:
                    occurrence.action_complete()

    def date_started(self) -> None:
        """In the timeline they start when they started, not all today."""
        updates = self.env["sop.operation.update"].search(
            [("type", "=", "status"), ("company_id", "=", self.company.id)]
        )
        for update in updates:
            operation = update.operation_id
            day = (
                operation.date_start
                if update.state_to == "in_progress"
                else operation.date_end
            )
            update.date = min(day or self.today, self.today)
