# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from psycopg2 import IntegrityError

from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.fields import Command
from odoo.tests import Form, freeze_time, tagged
from odoo.tools import mute_logger

from odoo.addons.sop_budget.tests.common_rpc import RpcCase

from .common_operation import OperationCommon

VISIT, EVALUATION = "sop.monitoring.visit", "sop.evaluation"
ISSUE, PARTICIPATION = "sop.monitoring.issue", "sop.monitoring.participation"


class AssessmentCommon(OperationCommon):
    @classmethod
    def make_visit(cls, user=None, **vals):
        model = cls.env[VISIT]
        return (model.with_user(user) if user else model).create(
            {"operation_id": cls.operation.id, "date": "2025-05-20", **vals}
        )

    @classmethod
    def make_evaluation(cls, day, kind="endline", **vals):
        return cls.env[EVALUATION].create(
            {"operation_id": cls.operation.id, "date": day, "kind": kind, **vals}
        )

    @classmethod
    def item(cls, **vals):
        return Command.create(
            {
                "name": "Put up ramps",
                "user_id": cls.member.id,
                "date_due": "2025-06-20",
                **vals,
            }
        )


@tagged("post_install", "-at_install")
@freeze_time("2025-05-21 12:00:00")
class TestVisit(AssessmentCommon):
    def test_in_the_form(self):
        with Form(self.env[VISIT].with_user(self.lead)) as form:
            form.operation_id = self.operation
            self.assertEqual(form.name, "Visit: OP-O1 Climate Competition")
            form.type = "spot"
            form.date = self.operation.date_start
            form.rating_relevance = "4"
            form.rating_effectiveness = "3"
            with form.participation_ids.new() as line:
                line.age_group = "1_child"
                line.women, line.men, line.unstated = 12, 9, 1
                self.assertEqual(line.total, 22)
            with form.participation_ids.new() as line:
                line.age_group = "3_adult"
                line.women = 5
            with form.issue_ids.new() as issue:
                issue.name = "The entrance has no ramp"
                issue.severity = "3"
            with form.action_ids.new() as item:
                item.name = "Put up ramps"
                item.term = "immediate"
                item.user_id = self.member
                item.date_due = self.operation.date_end
        visit = form.save()
        self.assertRecordValues(
            visit,
            [
                {
                    "rating": 3.5,
                    "has_rating": True,
                    "participant_count": 27,
                    "women_count": 17,
                    "men_count": 9,
                    "issue_open_count": 1,
                    "action_count": 1,
                    "state": "planned",
                    "company_id": self.company.id,
                }
            ],
        )
        [activity] = visit.action_ids.activity_id
        self.assertEqual(
            (activity.user_id, activity.summary), (self.member, "Put up ramps")
        )
        self.assertEqual(activity.res_model, VISIT)
        self.assertEqual(visit.action_ids.operation_id, self.operation)
        activity.with_user(self.member).action_feedback()
        self.assertTrue(visit.action_ids.is_done)
        self.assertEqual(visit.action_done_count, 1)
        self.assertEqual(self.operation.visit_count, 1)
        self.assertFalse(self.make_visit().has_rating)

    def test_done_is_on_record(self):
        visit = self.make_visit(
            issue_ids=[Command.create({"name": "No ramp"})],
            participation_ids=[Command.create({"women": 3})],
            action_ids=[self.item()],
        )
        visit.action_done()
        self.assertEqual(visit.state, "done")
        issue, line = visit.issue_ids, visit.participation_ids
        for change in (
            lambda: visit.write({"rating_relevance": "5"}),
            lambda: visit.write({"findings": "<p>Other</p>"}),
            lambda: visit.write({"issue_ids": [Command.create({"name": "New"})]}),
            lambda: issue.write({"severity": "1"}),
            lambda: issue.unlink(),
            lambda: line.write({"women": 4}),
            lambda: line.unlink(),
            lambda: line.create({"visit_id": visit.id, "age_group": "2_youth"}),
            visit.action_done,
            visit.action_cancel,
        ):
            with self.assertRefused(UserError, "reopen it to change it"):
                change()
        with self.assertRefused(UserError, "done and stays on record"):
            visit.unlink()
        with self.assertRefused(UserError, "visited or evaluated"):
            self.operation.unlink()
        # What comes after it goes on
        issue.is_solved = True
        self.assertEqual(visit.issue_open_count, 0)
        visit.action_ids.is_done = True
        visit.write({"action_ids": [self.item(name="Signs", term="long")]})
        visit.action_reopen()
        visit.rating_relevance = "5"
        self.assertEqual(visit.rating, 5)
        visit.action_cancel()
        self.assertEqual(visit.state, "cancelled")
        with self.assertRefused(UserError, "is planned for 2025-05-22"):
            self.make_visit(date="2025-05-22").action_done()
        visit.unlink()

    def test_guards(self):
        visit = self.make_visit()
        other = self.make_visit(name="Other")
        issue = self.env[ISSUE].create({"visit_id": visit.id, "name": "No ramp"})
        with self.assertRefused(UserError, "stays with its operation"):
            visit.operation_id = self.make_operation(name="Second")
        with self.assertRefused(UserError, "stays with it"):
            issue.visit_id = other
        with self.assertRefused(UserError, "worked out"):
            visit.write({"rating": 5})
        with self.assertRefused(UserError, "worked out"):
            issue.write({"company_id": 1})
        with self.assertRefused(UserError, "kept by the system"):
            visit.with_user(self.admin).write({"state": "done"})
        sly = self.env[VISIT].with_user(self.admin)
        sly = sly.with_context(default_state="done", default_rating=5)
        made = sly.create({"operation_id": self.operation.id})
        self.assertEqual((made.state, made.rating), ("planned", 0))
        line = {"visit_id": visit.id, "women": 1}
        self.env[PARTICIPATION].create(line)
        for wrong in (line, {**line, "age_group": "1_child", "men": -1}):
            with (
                mute_logger("odoo.sql_db"),
                self.assertRaises(IntegrityError),
                self.env.cr.savepoint(),
            ):
                self.env[PARTICIPATION].create(wrong)
        # An action item has one origin
        vals = dict(self.item()[2], visit_id=visit.id)
        evaluation = self.make_evaluation("2025-05-01")
        for wrong in ({"evaluation_id": evaluation.id}, {"visit_id": False}):
            with (
                mute_logger("odoo.sql_db"),
                self.assertRaises(IntegrityError),
                self.env.cr.savepoint(),
            ):
                self.env["sop.action.item"].create({**vals, **wrong})

    def test_paper(self):
        visit = self.make_visit(
            self.lead,
            place="Riverside school",
            findings="<p>Full house</p>",
            rating_relevance="4",
            team_ids=[Command.link(self.planner.id)],
            participation_ids=[
                Command.create({"women": 1200, "men": 34, "unstated": 1})
            ],
            issue_ids=[Command.create({"name": "No ramp", "severity": "4"})],
            action_ids=[self.item(term="long"), self.item(name="No term")],
        )
        report = self.env["ir.actions.report"].with_user(self.member)
        page = report._render_qweb_html(
            "sop_operations.report_monitoring_visit", visit.ids
        )[0].decode()
        for text in (
            "Riverside school",
            "Full house",
            "●●●●○",
            "Not rated",
            "1235",
            "Critical",
            "No ramp",
            "Long Term",
            "No term",
            "06/20/2025",
            self.planner.name,
        ):
            self.assertIn(text, page)


@tagged("post_install", "-at_install")
@freeze_time("2025-06-10 12:00:00")
class TestEvaluation(AssessmentCommon):
    def test_what_it_is_compared_with(self):
        self.make_evaluation("2025-03-01", "midline", name="Early")
        baseline = self.make_evaluation("2025-04-01", "baseline")
        self.assertFalse(baseline.compared_id)
        self.assertEqual(baseline.name, "Baseline: OP-O1 Climate Competition")
        midline = self.make_evaluation("2025-05-01", "midline")
        endline = self.make_evaluation("2025-06-01")
        self.assertEqual((midline | endline).compared_id, baseline)
        endline.compared_id = midline
        endline.date = "2025-06-02"
        self.assertEqual(endline.compared_id, midline, "what was chosen stays")
        with self.assertRefused(ValidationError, "an earlier evaluation of the same"):
            midline.compared_id = endline
        other = self.make_evaluation(
            "2025-03-01", operation_id=self.make_operation(name="Second").id
        )
        with self.assertRefused(ValidationError, "an earlier evaluation of the same"):
            endline.compared_id = other
        self.assertEqual(self.operation.evaluation_count, 4)
        with mute_logger("odoo.sql_db"), self.assertRaises(IntegrityError):
            endline.write({"date_start": "2025-06-02", "date_end": "2025-06-01"})

    def test_kpis_compared(self):
        risen = self.make_kpi(level="outcome", baseline=10, target=100, unit="people")
        calls = self.make_kpi(name="Calls", aggregation="sum", direction="at_least")
        self.make_kpi(name="Delay", direction="fall", baseline=20, target=5)
        for day, value in (("2025-04-10", 20), ("2025-05-10", 50), ("2025-06-05", 90)):
            risen._measure(day, value)
            calls._measure(day, value)
        delay = self.operation.kpi_ids - risen - calls
        delay._measure("2025-05-10", 25)
        new = self.make_kpi(name="New", unit="people")
        new._measure("2025-05-10", 5)
        baseline = self.make_evaluation("2025-04-15", "baseline")
        endline = self.make_evaluation("2025-06-01")
        rows = {row["name"]: row for row in endline._prepare_kpi_rows()}
        found = {
            name: [row[key] for key in ("before", "after", "change", "verdict")]
            for name, row in rows.items()
        }
        self.assertEqual(
            found,
            {
                "Participants": ["20 people", "50 people", "+150 %", "Better"],
                "Calls": ["20", "70", "+250 %", "Better"],
                "Delay": ["20", "25", "+25 %", "Worse"],
                # Nothing is a share of zero
                "New": ["0 people", "5 people", "+5 people", "Better"],
            },
        )
        self.assertTrue(rows["Delay"]["from_baseline"])
        self.assertFalse(rows["Calls"]["from_baseline"])
        self.assertEqual(rows["Participants"]["attainment"], "44 %")
        self.assertEqual(rows["Participants"]["level"], "Outcome")
        table = endline.with_user(self.member).kpi_comparison
        self.assertIn("04/15/2025", table)
        self.assertIn("The baseline that the KPI states", table)
        [row] = [r for r in baseline._prepare_kpi_rows() if r["name"] == "Calls"]
        self.assertEqual((row["before"], row["change"]), ("No data", ""))
        page = (
            self.env["ir.actions.report"]
            .with_user(self.member)
            ._render_qweb_html("sop_operations.report_evaluation", endline.ids)[0]
            .decode()
        )
        self.assertIn("+150 %", page)
        empty = self.make_evaluation(
            "2025-06-01", operation_id=self.make_operation(name="Second").id
        )
        self.assertIn("has no KPI", empty.kpi_comparison)

    def test_done_is_on_record(self):
        evaluation = self.make_evaluation("2025-06-01", action_ids=[self.item()])
        evaluation.action_done()
        for vals in ({"kind": "impact"}, {"conclusions": "<p>X</p>"}):
            with self.assertRefused(UserError, "reopen it to change it"):
                evaluation.write(vals)
        self.assertEqual(evaluation.action_ids.activity_id.user_id, self.member)


# Read, write, create, unlink
RIGHTS = {
    # In charge; of the assessments others lead
    "lead": {VISIT: "rwc", EVALUATION: "rwc", ISSUE: "rwcu", "item": "rwcu"},
    "keeper": {VISIT: "rc", EVALUATION: "rc", ISSUE: "r", "item": "r"},
    # In the team of both
    "member": {VISIT: "rwc", EVALUATION: "rwc", ISSUE: "rwcu", "item": "rwcu"},
    # Leads them and is not involved otherwise
    "stranger": {VISIT: "rw", EVALUATION: "rw", ISSUE: "rwcu", "item": "rwcu"},
    "viewer": {VISIT: "r", EVALUATION: "r", ISSUE: "r", "item": "r"},
    "planner": {VISIT: "rwc", EVALUATION: "rwc", ISSUE: "rwcu", "item": "rwcu"},
    "admin": {VISIT: "rwcu", EVALUATION: "rwcu", ISSUE: "rwcu", "item": "rwcu"},
}


@tagged("post_install", "-at_install")
@freeze_time("2025-05-21 12:00:00")
class TestAssessmentRights(RpcCase, AssessmentCommon):
    """Each role tries each operation on each model over HTTP, as a browser would."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.kpi = cls.make_kpi(user_id=cls.keeper.id)
        common = {
            "user_id": cls.stranger.id,
            "team_ids": [Command.link(cls.member.id)],
        }
        cls.visit = cls.make_visit(
            **common,
            issue_ids=[Command.create({"name": "No ramp"})],
            participation_ids=[Command.create({"women": 3})],
            action_ids=[cls.item(user_id=cls.planner.id)],
        )
        cls.evaluation = cls.make_evaluation("2025-05-20", **common)
        new = {"operation_id": cls.operation.id, "date": "2025-05-20", "name": "New"}
        cls.tries = {
            VISIT: (cls.visit, {"place": "Here"}, new),
            EVALUATION: (cls.evaluation, {"method": "Survey"}, new),
            ISSUE: (
                cls.visit.issue_ids,
                {"severity": "4"},
                {"visit_id": cls.visit.id, "name": "New"},
            ),
            PARTICIPATION: (
                cls.visit.participation_ids,
                {"men": 4},
                {"visit_id": cls.visit.id, "age_group": "1_child"},
            ),
            "item": (
                cls.visit.action_ids,
                {"name": "Other"},
                dict(cls.item()[2], visit_id=cls.visit.id),
            ),
        }

    def found_of(self, user):
        self.authenticate(user.login, user.login)
        return {
            what: "".join(
                operation
                for operation in "rwcu"
                if self.try_operation(
                    operation, records, write if operation == "w" else new
                )
            )
            for what, (records, write, new) in self.tries.items()
        }

    @mute_logger("odoo.http", "odoo.addons.base.models.ir_rule", "odoo.models")
    def test_rights_by_role(self):
        for role, rights in RIGHTS.items():
            rights = {**rights, PARTICIPATION: rights[ISSUE]}
            self.assertEqual(self.found_of(getattr(self, role)), rights, role)
        # Neither involved nor assessing, and of another company
        outsider = self.make_person("outsider", "involved")
        foreign = self.env["res.company"].create({"name": "Another company"})
        elsewhere = self.make_person("elsewhere", "admin")
        elsewhere.write(
            {"company_ids": [Command.set(foreign.ids)], "company_id": foreign.id}
        )
        for user in (outsider, elsewhere):
            self.assertEqual(self.found_of(user), dict.fromkeys(self.tries, ""))

    def test_buttons(self):
        for user, may in (
            (self.viewer, False),
            (self.keeper, False),
            (self.member, True),
        ):
            visit = self.visit.with_user(user)
            self.assertEqual(visit.can_edit, may)
            if may:
                visit.action_done()
                self.assertEqual(visit.state, "done")
                continue
            for act in (visit.action_done, visit.action_cancel, visit.action_reopen):
                with self.assertRefused(AccessError, ""):
                    act()
        found = (
            self.env[VISIT].with_user(self.member).search([("is_assessor", "=", True)])
        )
        self.assertEqual(found, self.visit)
        self.assertFalse(
            self.env[VISIT].with_user(self.lead).search([("is_assessor", "=", True)])
        )
