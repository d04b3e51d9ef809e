# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from datetime import date

from odoo.exceptions import UserError
from odoo.tests import BaseCase, freeze_time, tagged

from ..engine import standup as engine
from .common_activity import ActivityCommon


class TestStandupDays(BaseCase):
    def test_weekend_is_skipped(self):
        monday, week = date(2025, 6, 9), range(5)
        self.assertEqual(engine.previous_working_day(monday, week), date(2025, 6, 6))
        self.assertEqual(
            engine.next_working_day(date(2025, 6, 6), week), date(2025, 6, 9)
        )

    def test_no_working_days(self):
        day = date(2025, 6, 9)
        self.assertEqual(engine.previous_working_day(day, ()), date(2025, 6, 8))
        self.assertEqual(engine.next_working_day(day, ()), date(2025, 6, 10))


@tagged("post_install", "-at_install")
# A Monday
@freeze_time("2025-06-09 12:00:00")
class TestStandup(ActivityCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.operation.action_start()
        cls.env["sop.operation.update"].search(
            [("company_id", "=", cls.company.id)]
        ).unlink()

    def get(self, user=None, **kwargs):
        model = self.env["sop.operation.update"].with_user(user or self.lead)
        return model.get_standup(**kwargs)

    def person(self, standup, user):
        return next(p for p in standup["people"] if p["user_id"] == user.id)

    def texts(self, standup, user, section):
        return [item["text"] for item in self.person(standup, user)[section]]

    def test_yesterday_is_the_last_working_day(self):
        for day, name in (
            ("2025-06-05", "Thursday"),
            ("2025-06-06", "Friday"),
            ("2025-06-08", "Sunday"),
            ("2025-06-09", "Monday"),
        ):
            self.make_update(self.member, name=name, date=day)
        standup = self.get()
        self.assertEqual(standup["previous"], "2025-06-06")
        self.assertEqual(standup["next"], "2025-06-10")
        self.assertEqual(
            self.texts(standup, self.member, "yesterday"), ["Friday", "Sunday"]
        )
        self.assertEqual(self.texts(standup, self.member, "today"), ["Monday"])
        self.assertEqual(standup["people"][0]["user_id"], self.lead.id)

    def test_blockers_at_whoever_removes_them(self):
        blocker = self.make_update(
            self.member, type="blocker", name="No venue", date="2025-06-05"
        )
        self.assertEqual(self.texts(self.get(), self.member, "blockers"), ["No venue"])
        blocker.assigned_user_id = self.lead
        self.assertEqual(self.texts(self.get(), self.lead, "blockers"), ["No venue"])
        with freeze_time("2025-06-10 09:00:00"):
            blocker.action_resolve()
            self.assertEqual(self.texts(self.get(), self.lead, "blockers"), [])
            # The day before, it was there
            standup = self.get(day="2025-06-09")
        self.assertEqual(self.texts(standup, self.lead, "blockers"), ["No venue"])

    def test_plans(self):
        self.make_milestone("Judging", "2025-06-09", user_id=self.member.id)
        self.make_milestone("Late", "2025-06-02", user_id=self.member.id)
        self.make_milestone("Later", "2025-06-30", user_id=self.member.id)
        self.operation.activity_schedule(
            "mail.mail_activity_data_todo",
            date_deadline=date(2025, 6, 9),
            summary="Call the jury",
            user_id=self.lead.id,
        )
        standup = self.get()
        self.assertEqual(
            self.texts(standup, self.member, "today"),
            ["Milestone: Late", "Milestone: Judging"],
        )
        self.assertEqual(self.texts(standup, self.lead, "today"), ["Call the jury"])

    def test_text(self):
        self.make_update(self.member, name="Jury asked")
        self.assertEqual(
            self.get()["text"],
            "Stand-up, Monday 9 June 2025\n"
            "\n"
            "sop_activity_lead (sop_activity_lead)\n"
            "  Nothing logged\n"
            "\n"
            "sop_activity_member (sop_activity_member)\n"
            "  Today:\n"
            "  - Jury asked (Startup Competition)".replace(
                "sop_activity_lead (sop_activity_lead)", self.lead.name
            ).replace("sop_activity_member (sop_activity_member)", self.member.name),
        )

    def test_private_and_foreign(self):
        self.make_update(self.member, name="Secret", visibility="private")
        self.assertEqual(self.texts(self.get(), self.member, "today"), [])
        self.assertEqual(
            self.texts(self.get(self.member), self.member, "today"), ["Secret"]
        )
        self.assertEqual(self.get(self.stranger)["people"], [])

    def test_one_operation(self):
        other = self.env["sop.operation"].create(
            {
                "name": "Other",
                "company_id": self.company.id,
                "user_id": self.planner.id,
            }
        )
        self.make_update(self.planner, name="Elsewhere", operation_id=other.id)
        self.make_update(self.member, name="Here")
        standup = self.get(self.planner, operation_id=self.operation.id)
        self.assertEqual(
            {p["user_id"] for p in standup["people"]}, {self.lead.id, self.member.id}
        )

    def test_no_day(self):
        with self.assertRaisesRegex(UserError, "“tomorrow” is no day"):
            self.get(day="tomorrow")

    def test_odd_arguments(self):
        for operation in ("1", "x", [1], {"id": 1}, True, -1, 1.5):
            with (
                self.subTest(operation=operation),
                self.assertRaisesRegex(UserError, "named by its number"),
            ):
                self.get(operation_id=operation)
        for day in (5, [1], {"day": 1}, True):
            with (
                self.subTest(day=day),
                self.assertRaisesRegex(UserError, "is no day"),
            ):
                self.get(day=day)

    def test_queries_do_not_grow(self):
        def count():
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.cr.sql_log_count
            self.get(self.planner)
            return self.cr.sql_log_count - before

        for number in range(3):
            self.make_update(self.member, name=f"Update {number}")
            self.make_update(self.lead, type="blocker", name=f"Blocker {number}")
            self.make_milestone(f"M{number}", "2025-06-09")
        count()
        few = count()
        for number in range(20):
            self.make_update(self.member, name=f"Update {number}")
            self.make_update(self.lead, type="blocker", name=f"Blocker {number}")
            self.make_milestone(f"M{number}", "2025-06-09")
        self.assertLessEqual(count(), few)
