# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from psycopg2 import IntegrityError

from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import tagged
from odoo.tools import mute_logger

from odoo.addons.sop_budget.tests.common_rpc import RpcCase

from .common_operation import OperationCommon

EXERCISE = "sop.prioritisation"
PARTS = ("exercise", "item", "criterion", "own", "other", "score")
# Read, write, create, unlink while the exercise is open
RIGHTS = {
    # Judges
    "member": ("r", "r", "r", "rw", "", "r"),
    # Facilitates
    "lead": ("rw", "r", "r", "", "", "r"),
    "stranger": ("", "", "", "", "", ""),
    "viewer": ("r", "r", "r", "", "", "r"),
    "planner": ("rwc", "r", "r", "", "", "r"),
    "admin": ("rwc", "r", "r", "", "", "r"),
}


class PrioritisationCommon(OperationCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.exercise = cls.make_exercise()

    @classmethod
    def make_exercise(cls, method="matrix", items=("Fair", "Course"), **vals):
        return cls.env[EXERCISE].create(
            {
                "name": "What first",
                "company_id": cls.company.id,
                "method": method,
                "facilitator_ids": [(6, 0, cls.lead.ids)],
                "participant_ids": [(6, 0, (cls.member | cls.keeper).ids)],
                "item_ids": [(0, 0, {"name": name}) for name in items],
                "criterion_ids": [
                    (0, 0, {"name": "Urgency", "weight": 3}),
                    (0, 0, {"name": "Reach", "weight": 1}),
                ],
                **vals,
            }
        )

    def lines(self, user, exercise=None):
        exercise = exercise or self.exercise
        domain = [("prioritisation_id", "=", exercise.id), ("user_id", "=", user.id)]
        return self.env["sop.prioritisation.judgement"].with_user(user).search(domain)

    def judge(self, user, values, exercise=None):
        """``values``: in the order of the lines, None leaves one out."""
        lines = self.lines(user, exercise)
        self.assertEqual(len(lines), len(values))
        for line, value in zip(lines, values, strict=True):
            if value is not None:
                line.value = value


@tagged("post_install", "-at_install")
class TestPrioritisation(PrioritisationCommon):
    def test_from_points_to_ranks(self):
        exercise = self.exercise.with_user(self.lead)
        exercise.action_open()
        self.assertEqual(len(exercise.sudo().judgement_ids), 8)
        # Urgency of the fair and the course, then their reach
        self.judge(self.member, (4, 1, 1, 5))
        self.judge(self.keeper, (4, 3, None, None))
        self.assertEqual(exercise.progress, 75)
        exercise.action_close()
        fair, course = exercise.item_ids.sorted("sequence")
        self.assertEqual((fair.name, fair.rank, fair.score), ("Fair", 1, 56.3))
        self.assertEqual((course.rank, course.score), (2, 43.8))
        urgency = course.score_ids.filtered(lambda s: s.criterion_id.name == "Urgency")
        self.assertEqual(
            (urgency.score, urgency.value, urgency.spread, urgency.count), (25, 2, 2, 2)
        )
        fair.justification = "The fair is in May"
        self.assertEqual(urgency.display_name, "Course: Urgency")
        # Asked again: what was said stays
        exercise.action_reopen()
        self.assertFalse(exercise.score_ids)
        self.judge(self.keeper, (None, None, 5, 5))
        exercise.action_close()
        self.assertEqual(fair.score, 68.8)
        exercise.action_draft()
        self.assertFalse(exercise.sudo().judgement_ids or fair.has_score)

    def test_other_methods(self):
        for method, values, ranks in (
            ("ranking", (2, 1), [2, 1]),
            ("voting", (2, 0), [1, 2]),
            ("pairwise", (0.5,), [1, 1]),
            ("criteria", (10, 20, 7, 7), [2, 1]),
            ("panel", (5, 1, 3, 3), [1, 2]),
        ):
            with self.subTest(method):
                exercise = self.make_exercise(method)
                items = exercise.item_ids
                exercise.action_open()
                self.judge(self.member, values, exercise)
                exercise.action_close()
                self.assertEqual(items.mapped("rank"), ranks)

    def test_one_of_two(self):
        exercise = self.make_exercise("pairwise", ("A", "B", "C"))
        exercise.action_open()
        lines = self.lines(self.member, exercise)
        self.assertEqual(len(lines), 3)
        lines[0].winner = "second"
        self.assertEqual((lines[0].value, lines[0].has_value), (0, True))
        lines[0].winner = False
        self.assertFalse(lines[0].has_value or lines[0].winner)

    def test_no_answer_is_not_zero(self):
        exercise = self.make_exercise("criteria")
        exercise.action_open()
        line = self.lines(self.member, exercise)[0]
        line.value = 0
        self.assertTrue(line.has_value)
        line.action_clear()
        self.assertFalse(line.has_value)
        with self.assertRefused(UserError, "Nobody has judged yet"):
            exercise.action_close()

    def test_people_come_and_go(self):
        self.exercise.action_open()
        self.judge(self.member, (4, 1, 1, 5))
        exercise = self.exercise.with_user(self.lead)
        exercise.participant_ids = self.member | self.viewer
        self.assertFalse(self.lines(self.keeper))
        self.assertEqual(len(self.lines(self.viewer)), 4)
        self.assertEqual(self.lines(self.member).mapped("value"), [4, 1, 1, 5])

    def test_an_idea_is_planned(self):
        operation = self.operation
        exercise = self.make_exercise("voting", item_ids=[(0, 0, {"name": "Fair"})])
        exercise.write({"item_ids": [(0, 0, {"operation_id": operation.id})]})
        idea, known = exercise.item_ids
        self.assertEqual(known.name, "Climate Competition")
        idea.description = "In May\n<b>"
        exercise.action_open()
        self.judge(self.member, (1, 2), exercise)
        exercise.action_close()
        action = idea.with_user(self.planner).action_create_operation()
        self.assertEqual(action["res_id"], idea.operation_id.id)
        self.assertEqual((idea.name, idea.operation_id.state), ("Fair", "planned"))
        self.assertIn("&lt;b&gt;", idea.operation_id.description)
        with self.assertRaises(AccessError):
            known.with_user(self.lead).action_create_operation()

    def test_what_is_refused(self):
        few = self.make_exercise(items=("Fair",))
        bare = self.make_exercise(criterion_ids=[])
        nobody = self.make_exercise(participant_ids=[])
        many = self.make_exercise("pairwise", [f"I{n}" for n in range(21)])
        for exercise, words in (
            (few, "add two items"),
            (bare, "needs a criterion"),
            (nobody, "add participants"),
            (many, "21 items make 210 comparisons"),
        ):
            with self.subTest(words), self.assertRefused(UserError, words):
                exercise.action_open()
        with self.assertRefused(UserError, "Only what is open can be closed"):
            few.action_close()
        with self.assertRefused(UserError, "Only what is closed can be opened again"):
            few.action_reopen()
        with self.assertRefused(UserError, "Only participants judge"):
            few.with_user(self.member).action_judge()
        with self.assertRefused(ValidationError, "needs a facilitator"):
            few.facilitator_ids = False
        with self.assertRefused(UserError, "stays with its exercise"):
            few.item_ids.prioritisation_id = bare
        self.exercise.action_open()
        criteria = self.exercise.criterion_ids
        for change in (
            lambda: self.exercise.write({"method": "voting"}),
            lambda: self.exercise.item_ids[0].write({"name": "X"}),
            lambda: criteria[0].write({"weight": 9}),
            lambda: criteria[0].unlink(),
            lambda: criteria.create(
                {"name": "New", "prioritisation_id": self.exercise.id}
            ),
            self.exercise.action_open,
        ):
            with self.assertRefused(UserError, "judge “What first” already"):
                change()
        with self.assertRefused(UserError, "archive it instead"):
            self.exercise.unlink()
        self.exercise.item_ids[0].justification = "At any time"
        few.unlink()

    def test_answers_that_are_refused(self):
        for method, values, words in (
            ("matrix", (6, None, None, None), "points go from 1 to 5"),
            ("criteria", (float("inf"), None, None, None), "not a number"),
            ("ranking", (1, 1), "the same place"),
            ("ranking", (3, None), "places go from 1 to 2"),
            ("ranking", (1.5, None), "places go from 1 to 2"),
            ("voting", (2, 2), "4 votes are given, but everybody has 3"),
            ("voting", (0.5, None), "whole numbers"),
            ("pairwise", (0.7,), "which of the two"),
        ):
            exercise = self.make_exercise(method)
            exercise.action_open()
            with self.subTest(words), self.assertRefused(ValidationError, words):
                self.judge(self.member, values, exercise)

    @mute_logger("odoo.sql_db")
    def test_constraints(self):
        for vals in ({"scale_to": 1}, {"votes_each": 0}):
            with self.assertRaises(IntegrityError), self.env.cr.savepoint():
                self.exercise.write(vals)
                self.exercise.flush_recordset()
        with self.assertRaises(IntegrityError), self.env.cr.savepoint():
            self.exercise.criterion_ids[0].weight = -1
            self.exercise.criterion_ids.flush_recordset()

    def test_copied_without_what_was_said(self):
        self.exercise.action_open()
        self.judge(self.member, (4, 1, 1, 5))
        self.exercise.action_close()
        twin = self.exercise.copy()
        self.assertEqual((twin.state, len(twin.item_ids)), ("draft", 2))
        self.assertFalse(twin.judgement_ids or any(twin.item_ids.mapped("rank")))

    def test_queries_do_not_grow(self):
        def count(exercise):
            exercise.action_open()
            for user in exercise.participant_ids:
                lines = self.lines(user, exercise)
                lines.write({"value": 3})
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            exercise.action_close()
            self.env.flush_all()
            return self.env.cr.sql_log_count - before

        names = [f"Item {number}" for number in range(20)]
        few = self.make_exercise(items=names[:2])
        count(self.make_exercise(items=names[:2]))
        self.assertLessEqual(count(self.make_exercise(items=names)), count(few) + 2)


@tagged("post_install", "-at_install")
class TestPrioritisationRights(PrioritisationCommon, RpcCase):
    """Role × model × operation over HTTP."""

    @mute_logger("odoo.http", "odoo.addons.base.models.ir_rule")
    def test_rights_by_role(self):
        self.exercise.action_open()
        self.judge(self.member, (4, 1, 1, 5))
        self.exercise.action_close()
        score = self.exercise.score_ids[0]
        score_vals = {"item_id": score.item_id.id, "criterion_id": 1, "score": 1}
        self.exercise.with_context()._set_state("open")
        self.env.flush_all()
        item, criterion = self.exercise.item_ids[0], self.exercise.criterion_ids[0]
        own, other = self.lines(self.member)[0], self.lines(self.keeper)[0]
        link = {"prioritisation_id": self.exercise.id}
        judged = {**link, "item_id": item.id, "user_id": self.member.id}
        cases = {
            "exercise": (self.exercise, {"date_due": "2025-05-01"}, {"name": "New"}),
            "item": (item, {"name": "X"}, {**link, "name": "New"}),
            "criterion": (criterion, {"name": "X"}, {**link, "name": "New"}),
            "own": (own, {"value": 2}, judged),
            "other": (other, {"value": 2}, judged),
            "score": (score, {"score": 1}, {**link, **score_vals}),
        }
        for role, rights in RIGHTS.items():
            user = getattr(self, role)
            self.authenticate(user.login, user.login)
            for part, expected in zip(PARTS, rights, strict=True):
                records, vals, new = cases[part]
                found = "".join(
                    operation
                    for operation in "rwcu"
                    if self.try_operation(
                        operation, records, new if operation == "c" else vals
                    )
                )
                with self.subTest(role=role, part=part):
                    self.assertEqual(found, expected)

    @mute_logger("odoo.http", "odoo.addons.base.models.ir_rule")
    def test_who_does_what(self):
        open_ones = self.make_exercise()
        open_ones.action_open()
        self.judge(self.member, (4, 1, 1, 5), open_ones)
        own = self.lines(self.member, open_ones)[0]
        for role, opens, closes, judges in (
            ("member", False, False, True),
            ("lead", True, True, False),
            ("stranger", False, False, False),
            ("viewer", False, False, False),
            ("planner", True, True, False),
        ):
            user = getattr(self, role)
            self.authenticate(user.login, user.login)
            with self.subTest(role):
                self.assertEqual(
                    self.try_operation("action_open", self.exercise), opens
                )
                self.assertEqual(self.try_operation("action_close", open_ones), closes)
                self.assertEqual(self.try_operation("action_judge", open_ones), judges)
        # What the server keeps
        self.authenticate(self.lead.login, self.lead.login)
        for records, vals in (
            (self.exercise, {"state": "closed"}),
            (self.exercise.item_ids[0], {"rank": 1}),
            (self.exercise.item_ids[0], {"operation_id": self.other_operation().id}),
        ):
            self.assertFalse(self.try_operation("w", records, vals))
        self.authenticate(self.member.login, self.member.login)
        for vals in (
            {"user_id": self.keeper.id},
            {"item_id": open_ones.item_ids[1].id},
            {"has_value": False},
        ):
            self.assertFalse(self.try_operation("w", own, vals))
        # Judgements are the author's until it is closed; then facilitators read them
        open_ones.action_close()
        self.assertFalse(self.try_operation("w", own, {"value": 1}))
        self.authenticate(self.lead.login, self.lead.login)
        self.assertTrue(self.try_operation("r", own))
        self.assertFalse(self.try_operation("w", own, {"value": 1}))

    def other_operation(self):
        """One that the facilitator does not read."""
        return self.make_operation(name="Other", user_id=self.planner.id)
