# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from datetime import date
from unittest.mock import patch

from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.fields import Command
from odoo.tests import Form, freeze_time, tagged
from odoo.tools import mute_logger

from .common_activity import ActivityCommon

CRON_LOGGER = "odoo.addons.sop_operations.models.sop_milestone"


@tagged("post_install", "-at_install")
@freeze_time("2025-06-10 12:00:00")
class TestMilestone(ActivityCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.startClassPatcher(
            patch.object(
                cls.registry["ir.cron"], "_commit_progress", lambda *_a, **_k: 1
            )
        )

    def test_next_milestone(self):
        judging = self.make_milestone("Judging", "2025-06-12")
        self.make_milestone("Prize giving", "2025-06-20")
        operation = self.operation
        self.assertEqual(operation.next_milestone_id, judging)
        self.assertEqual(
            operation.next_milestone_text, "Next milestone: Judging (in 2 days)"
        )
        for target, text in (
            ("2025-06-07", "3 days late"),
            ("2025-06-09", "1 day late"),
            ("2025-06-10", "today"),
            ("2025-06-11", "tomorrow"),
        ):
            judging.date_target = target
            self.assertEqual(
                operation.next_milestone_text, f"Next milestone: Judging ({text})"
            )
        judging.action_complete()
        self.assertIn("Prize giving", operation.next_milestone_text)

    def test_no_milestone(self):
        self.assertFalse(self.operation.next_milestone_id)
        self.assertFalse(self.operation.next_milestone_text)
        self.assertEqual(self.operation.milestone_count, 0)

    def test_state_in_python_and_sql(self):
        stages = {
            "pending": ("pending", "2025-06-10"),
            "in_progress": ("in_progress", "2025-06-11"),
            "completed": ("completed", "2025-06-01"),
            "missed": ("in_progress", "2025-06-09"),
        }
        made = {
            state: self.make_milestone(state, target, stage=stage)
            for state, (stage, target) in stages.items()
        }
        model = self.env["sop.milestone"]
        domain = [("operation_id", "=", self.operation.id)]
        for state, milestone in made.items():
            self.assertEqual(milestone.state, state)
            self.assertEqual(model.search([*domain, ("state", "=", state)]), milestone)
            self.assertNotIn(milestone, model.search([*domain, ("state", "!=", state)]))
        self.assertEqual(
            dict(model._read_group(domain, ["state"], ["id:recordset"])), made
        )
        self.assertEqual(
            [m.state for m in model.search(domain, order="state")],
            ["completed", "in_progress", "missed", "pending"],
        )
        self.assertTrue(model.fields_get(["state"])["state"]["groupable"])
        self.assertEqual(self.operation.milestone_count, 4)
        self.assertEqual(self.operation.milestone_done_count, 1)
        self.assertEqual(self.operation.milestone_missed_count, 1)

    def test_missed_at_midnight(self):
        milestone = self.make_milestone("Judging", "2025-06-10")
        self.assertEqual(milestone.state, "pending")
        with freeze_time("2025-06-11 00:30:00"):
            milestone.invalidate_recordset(["state"])
            self.assertEqual(milestone.state, "missed")
            self.assertEqual(milestone.days_late, 1)
            self.assertEqual(milestone.color_state, "danger")

    def test_late_completion(self):
        milestone = self.make_milestone("Judging", "2025-06-07")
        milestone.action_complete()
        self.assertRecordValues(
            milestone,
            [
                {
                    "state": "completed",
                    "date_completed": date(2025, 6, 10),
                    "days_late": 3,
                    "timing": "completed 3 days late",
                    "progress": 100.0,
                    "color_state": "warning",
                }
            ],
        )
        milestone.date_completed = "2025-06-08"
        self.assertEqual(milestone.timing, "completed 1 day late")
        milestone.date_completed = "2025-06-07"
        self.assertEqual(milestone.timing, "completed in time")
        # Completed once more, it stays completed on its day
        milestone.write({"stage": "completed", "note": "Fine"})
        self.assertEqual(milestone.date_completed, date(2025, 6, 7))
        self.assertEqual(milestone.note, "Fine")
        milestone.action_reopen()
        self.assertEqual(milestone.state, "missed")
        self.assertFalse(milestone.date_completed)

    def test_state_is_set_as_stage(self):
        milestone = self.make_milestone("Judging", "2025-06-20", state="in_progress")
        self.assertEqual(milestone.stage, "in_progress")
        milestone.state = "completed"
        self.assertEqual(milestone.date_completed, date(2025, 6, 10))
        with self.assertRaisesRegex(UserError, "nobody sets"):
            milestone.state = "missed"

    def test_completed_in_the_future(self):
        with self.assertRaisesRegex(ValidationError, "in the future"):
            self.make_milestone("Judging", "2025-06-20", date_completed="2025-06-11")

    def test_circle_is_named(self):
        first = self.make_milestone("First", "2025-06-11")
        second = self.make_milestone(
            "Second", "2025-06-12", dependency_ids=[Command.link(first.id)]
        )
        third = self.make_milestone(
            "Third", "2025-06-13", dependency_ids=[Command.link(second.id)]
        )
        with self.assertRaisesRegex(ValidationError, "First → Third → Second → First"):
            first.dependency_ids = third

    def test_waits_for(self):
        needed = self.make_milestone("Jury", "2025-06-12")
        judging = self.make_milestone(
            "Judging", "2025-06-11", dependency_ids=[Command.link(needed.id)]
        )
        self.assertEqual(judging.blocking_ids, needed)
        self.assertIn("Jury", judging.schedule_warning)
        action = judging.action_complete()
        self.assertEqual(action["res_model"], "sop.milestone.complete")
        wizard = Form(
            self.env["sop.milestone.complete"].with_context(**action["context"])
        )
        wizard.reason = "The jury came by itself"
        wizard.save().action_complete()
        self.assertEqual(judging.state, "completed")
        self.assertEqual(judging.forced_reason, "The jury came by itself")
        judging.action_reopen()
        self.assertFalse(judging.forced_reason)
        with self.assertRaisesRegex(ValidationError, "“Jury”, which is not completed"):
            judging.stage = "completed"

    def test_order_of_completion_dates(self):
        needed = self.make_milestone("Jury", "2025-06-05")
        judging = self.make_milestone(
            "Judging", "2025-06-11", dependency_ids=[Command.link(needed.id)]
        )
        needed.date_completed = "2025-06-08"
        with self.assertRaisesRegex(ValidationError, "before “Jury”"):
            judging.date_completed = "2025-06-07"
        judging.date_completed = "2025-06-08"
        with self.assertRaisesRegex(ValidationError, "which is not completed"):
            needed.action_reopen()

    def test_completion_is_told(self):
        self.make_milestone("Judging", "2025-06-08").action_complete()
        update = self.operation.update_ids
        self.assertRecordValues(
            update,
            [
                {
                    "type": "milestone",
                    "name": "Milestone reached: Judging (completed 2 days late)",
                    "is_automatic": True,
                    "visibility": "operation",
                    "date": date(2025, 6, 10),
                }
            ],
        )

    def test_reminder(self):
        soon = self.make_milestone("Judging", "2025-06-13")
        later = self.make_milestone("Prize giving", "2025-06-14")
        self.env["sop.milestone"]._cron_follow()
        self.env["sop.milestone"]._cron_follow()
        self.assertEqual(soon.user_id, self.lead)
        self.assertRecordValues(
            soon.activity_ids,
            [{"user_id": self.lead.id, "date_deadline": date(2025, 6, 13)}],
        )
        self.assertFalse(later.activity_ids)
        soon.action_complete()
        self.assertFalse(soon.activity_ids)

    def test_missed_is_told_once(self):
        milestone = self.make_milestone("Judging", "2025-06-09")
        for _run in range(2):
            self.env["sop.milestone"]._cron_follow()
        self.assertEqual(
            self.operation.update_ids.mapped("name"), ["Milestone missed: Judging"]
        )
        self.assertEqual(len(milestone.activity_ids), 1)
        # A new target date is a new promise
        milestone.date_target = "2025-06-08"
        self.env["sop.milestone"]._cron_follow()
        self.assertEqual(len(self.operation.update_ids), 2)

    def test_one_failure_stops_nobody(self):
        broken = self.make_milestone("Broken", "2025-06-11")
        fine = self.make_milestone("Fine", "2025-06-11")
        model = self.registry["sop.milestone"]
        tell = model._tell

        def fail(milestone, today):
            if milestone == broken:
                raise ValueError("broken")
            return tell(milestone, today)

        with (
            patch.object(model, "_tell", fail),
            mute_logger(CRON_LOGGER),
        ):
            self.env["sop.milestone"]._cron_follow()
        self.assertFalse(broken.activity_ids)
        self.assertTrue(fine.activity_ids)

    def test_archived_operations_remind_nobody(self):
        milestone = self.make_milestone("Judging", "2025-05-01")
        self.operation.action_archive()
        self.env["sop.milestone"]._cron_follow()
        self.assertFalse(milestone.missed_target)
        self.assertFalse(milestone.activity_ids)

    def test_closed_operations_remind_nobody(self):
        milestone = self.make_milestone("Judging", "2025-06-11")
        self.operation.action_cancel()
        self.env["sop.milestone"]._cron_follow()
        self.assertFalse(milestone.activity_ids)

    def test_its_person_reports_and_plans_nothing(self):
        milestone = self.make_milestone(
            "Judging", "2025-06-12", user_id=self.stranger.id
        ).with_user(self.stranger)
        milestone.write({"progress": 50, "note": "Half", "outputs": "12 trained"})
        milestone.action_complete()
        self.assertEqual(milestone.state, "completed")
        with self.assertRaisesRegex(AccessError, "You can report"):
            milestone.date_target = "2025-07-01"
        with self.assertRaisesRegex(AccessError, "You can report"):
            milestone.member_ids = self.member

    def test_only_where_one_may_plan(self):
        """By RPC, any id could be named."""
        foreign = self.env["sop.operation"].create(
            {"name": "Foreign", "company_id": self.company.id}
        )
        own = self.operation.copy({"name": "Own", "user_id": self.member.id})
        mine = self.make_milestone("Mine", "2025-06-12", operation_id=own.id)
        hidden = self.make_milestone("Hidden", "2025-06-12", operation_id=foreign.id)
        seen = self.make_milestone("Seen", "2025-06-12")
        mine = mine.with_user(self.member)
        for vals in (
            {"operation_id": foreign.id},
            {"operation_id": self.operation.id},
            {"dependency_ids": [Command.link(hidden.id)]},
            {"dependent_ids": [Command.link(hidden.id)]},
            {"dependent_ids": [Command.link(seen.id)]},
        ):
            with self.subTest(vals=vals), self.assertRaises(AccessError):
                mine.write(vals)
            if "operation_id" not in vals:
                with self.subTest(new=vals), self.assertRaises(AccessError):
                    mine.create(
                        {
                            "name": "New",
                            "operation_id": own.id,
                            "date_target": "2025-06-12",
                            **vals,
                        }
                    )
        # What others linked stays, and does not stop the user
        mine.sudo().dependency_ids = hidden
        mine.dependency_ids = [Command.link(seen.id)]
        self.assertEqual(mine.sudo().dependency_ids, hidden | seen)

    def test_marks_of_the_system(self):
        milestone = self.make_milestone("Judging", "2025-06-12")
        with self.assertRaisesRegex(UserError, "kept by the system"):
            milestone.with_user(self.planner).reminded_target = "2025-06-12"

    def test_next_milestones_in_a_batch(self):
        operations = self.env["sop.operation"].create(
            [
                {"name": f"Operation {n}", "company_id": self.company.id}
                for n in range(20)
            ]
        )
        self.env["sop.milestone"].create(
            [
                {
                    "name": "M",
                    "operation_id": operation.id,
                    "date_target": "2025-06-20",
                }
                for operation in operations
                for _number in range(3)
            ]
        )
        self.env.flush_all()
        for records in (operations[:1], operations):
            self.env.invalidate_all()
            with self.assertQueryCount(2):
                records.mapped("next_milestone_text")
