# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from datetime import timedelta

import psycopg2

from odoo import fields
from odoo.exceptions import AccessError, UserError
from odoo.fields import Command
from odoo.tests import Form, freeze_time, tagged
from odoo.tools import mute_logger

from ..engine.markdown import escape
from .common_activity import ActivityCommon


@tagged("post_install", "-at_install")
@freeze_time("2025-06-10 12:00:00")
class TestOperationUpdate(ActivityCommon):
    def test_states_are_told(self):
        self.operation.with_user(self.planner).action_start()
        self.assertRecordValues(
            self.operation.update_ids,
            [
                {
                    "type": "status",
                    "name": "Planned → In Progress",
                    "state_from": "planned",
                    "state_to": "in_progress",
                    "is_automatic": True,
                    "user_id": self.planner.id,
                }
            ],
        )

    def test_visibility_of_an_update_without_operation(self):
        update = self.make_update(operation_id=False, company_id=self.company.id)
        self.assertEqual(update.visibility, "public")
        with (
            self.assertRaises(psycopg2.IntegrityError),
            mute_logger("odoo.sql_db"),
            self.cr.savepoint(),
        ):
            update.visibility = "operation"
            update.flush_recordset()

    def test_moved_away_it_does_not_become_everybodys(self):
        update = self.make_update()
        self.assertEqual(update.visibility, "operation")
        update.operation_id = False
        self.assertEqual(update.visibility, "private")

    def test_private_stays_private(self):
        update = self.make_update(self.member, visibility="private")
        with self.assertRaisesRegex(UserError, "in private"):
            update.visibility = "public"

    def test_author_words_it(self):
        update = self.make_update(self.member, body="<p>Ten teams</p>")
        update.body = "<p>Twelve teams</p>"
        self.assertIn("Ten teams", update.message_ids[0].body)
        for user in (self.planner, self.admin):
            with self.assertRaisesRegex(AccessError, "Only sop_activity_member"):
                update.with_user(user).body = "<p>Others</p>"
        # Where it belongs is sorted by others as well
        update.with_user(self.planner).write({"is_pinned": True, "is_highlight": True})
        self.assertTrue(update.is_pinned)

    def test_text_that_stays_the_same_is_not_kept_twice(self):
        update = self.make_update(self.member, body="<p>Ten teams</p>")
        count = len(update.message_ids)
        update.body = "<p>Ten teams</p>"
        self.assertEqual(len(update.message_ids), count)

    def test_taken_back_within_a_day(self):
        update = self.make_update(self.member)
        late = self.make_update(self.member)
        update.unlink()
        with self.assertRaisesRegex(UserError, "more than a day ago"):
            with freeze_time(late.create_date + timedelta(days=1, hours=1)):
                late.unlink()
        late.with_user(self.admin).unlink()
        self.assertFalse((update | late).exists())

    def test_the_systems_entries_stay(self):
        self.operation.action_start()
        update = self.operation.update_ids
        with self.assertRaisesRegex(UserError, "history can't be deleted"):
            update.with_user(self.admin).unlink()
        with self.assertRaisesRegex(AccessError, "written by the system"):
            update.with_user(self.admin).name = "Never"

    def test_marks_of_the_system(self):
        model = self.env["sop.operation.update"].with_user(self.member)
        for vals in (
            {"is_automatic": True},
            {"user_id": self.planner.id},
            {"resolved_at": "2025-06-10 10:00:00"},
        ):
            with self.assertRaisesRegex(UserError, "kept by the system"):
                self.make_update(self.member, **vals)
        update = model.with_context(
            default_is_automatic=True, default_user_id=self.planner.id
        ).create({"name": "Update", "operation_id": self.operation.id})
        self.assertFalse(update.is_automatic)
        self.assertEqual(update.user_id, self.member)

    def test_blocker(self):
        blocker = self.make_update(
            self.member,
            type="blocker",
            name="No venue",
            priority="3",
            assigned_user_id=self.lead.id,
            date="2025-06-07",
        )
        self.assertEqual(blocker.blocker_state, "open")
        self.assertEqual(blocker.days_open, 3)
        self.assertEqual(self.operation.blocker_open_count, 1)
        self.assertEqual(blocker.activity_ids.user_id, self.lead)
        blocker.with_user(self.lead).resolution = "The library has a hall"
        blocker.with_user(self.lead).action_resolve()
        self.assertRecordValues(
            blocker,
            [
                {
                    "blocker_state": "resolved",
                    "resolved_by_id": self.lead.id,
                    "resolved_at": fields.Datetime.to_datetime("2025-06-10 12:00:00"),
                }
            ],
        )
        self.assertFalse(blocker.activity_ids)
        with self.assertRaisesRegex(UserError, "no blocker that can be"):
            blocker.action_resolve()
        blocker.action_reopen()
        self.assertEqual(blocker.blocker_state, "open")
        self.assertFalse(blocker.resolved_by_id)
        self.assertEqual(blocker.activity_ids.user_id, self.lead)
        blocker.assigned_user_id = self.planner
        self.assertEqual(blocker.activity_ids.user_id, self.planner)
        blocker.type = "work"
        self.assertFalse(blocker.blocker_state)
        self.assertFalse(blocker.activity_ids)

    def test_only_blockers_are_resolved(self):
        with self.assertRaisesRegex(UserError, "no blocker"):
            self.make_update().action_resolve()

    def test_mentioned_are_told_once(self):
        update = self.make_update(
            self.member, mentioned_user_ids=[Command.link(self.stranger.id)]
        )
        self.assertEqual(self.count_told(update, self.stranger), 1)
        update.mentioned_user_ids = [Command.link(self.lead.id)]
        self.assertEqual(self.count_told(update, self.stranger), 1)
        self.assertEqual(self.count_told(update, self.lead), 1)

    def count_told(self, update, user):
        return self.env["mail.message"].search_count(
            [
                ("model", "=", update._name),
                ("res_id", "=", update.id),
                ("notified_partner_ids", "in", user.partner_id.ids),
            ]
        )

    def test_milestones_completed_with_it(self):
        milestone = self.make_milestone("Judging", "2025-06-09")
        self.make_update(
            date="2025-06-08",
            completed_milestone_ids=[Command.link(milestone.id)],
        )
        self.assertEqual(milestone.state, "completed")
        self.assertEqual(milestone.date_completed, fields.Date.to_date("2025-06-08"))

    def make_kpi(self, **vals):
        return self.env["sop.kpi"].create(
            {
                "operation_id": self.operation.id,
                "name": "Signups",
                "unit": "teams",
                "target": 50,
                **vals,
            }
        )

    def measure(self, user, kpi, value, **vals):
        return self.make_update(
            user,
            measure_ids=[Command.create({"kpi_id": kpi.id, "value": value})],
            **vals,
        )

    def test_figures_entered_with_it(self):
        kpi = self.make_kpi()
        update = self.measure(self.lead, kpi, 40, date="2025-06-09")
        self.assertRecordValues(
            kpi.value_ids,
            [{"value": 40.0, "date": update.date, "user_id": self.lead.id}],
        )
        # The update tells it, so the system does not tell it once more
        self.assertEqual(self.operation.update_ids, update)
        with self.assertRaisesRegex(UserError, "stays as it was entered"):
            update.measure_ids.value = 41

    def test_figures_of_a_private_update_are_told(self):
        kpi = self.make_kpi()
        update = self.measure(self.lead, kpi, 40, visibility="private", name="Secret")
        told = self.operation.update_ids - update
        self.assertEqual(told.name, "Signups: 40 teams")
        self.assertNotIn("Secret", kpi.value_ids.note or "")

    def test_figures_of_others(self):
        kpi = self.make_kpi(user_id=self.lead.id)
        with self.assertRaises(AccessError):
            self.measure(self.member, kpi, 40)

    def test_typed_in_figures_are_told(self):
        kpi = self.make_kpi()
        kpi._measure(fields.Date.to_date("2025-06-08"), 40)
        kpi._measure(fields.Date.to_date("2025-06-09"), 55)
        self.assertEqual(
            self.operation.update_ids.sorted("date").mapped("name"),
            ["Signups: 40 teams", "Signups: 40 teams → 55 teams"],
        )

    def test_notes(self):
        meeting = self.make_update(
            self.lead,
            type="meeting",
            name="Weekly [1]",
            body="<h3>Agenda</h3><ul><li>Jury</li></ul>",
            action_ids=[
                Command.create(
                    {
                        "name": "Ask the bank",
                        "user_id": self.lead.id,
                        "date_due": "2025-06-12",
                    }
                )
            ],
        )
        self.assertEqual(
            meeting._get_markdown(),
            "# Weekly \\[1\\]\n"
            "\n"
            "- Date: 06/10/2025\n"
            "- Type: Meeting\n"
            "- Operation: Startup Competition\n"
            f"- Author: {escape(self.lead.name)}\n"
            "\n"
            "### Agenda\n"
            "\n"
            "- Jury\n"
            "\n"
            "## Action items\n"
            "\n"
            f"- [ ] Ask the bank ({escape(self.lead.name)}, until 06/12/2025)\n",
        )

    def test_timeline_on_paper(self):
        self.make_update(self.lead, name="Seen", body="<p>Five teams</p>")
        self.make_update(self.lead, name="Hidden", visibility="private")
        report = self.env["ir.actions.report"].with_user(self.member)
        page = report._render_qweb_html(
            "sop_operations.report_operation_timeline", self.operation.ids
        )[0].decode()
        self.assertIn("Tuesday 10 June 2025", page)
        self.assertIn("Five teams", page)
        self.assertNotIn("Hidden", page)
        empty = self.env["sop.operation"].create({"name": "Empty"})
        page = (
            self.env["ir.actions.report"]
            ._render_qweb_html("sop_operations.report_operation_timeline", empty.ids)[0]
            .decode()
        )
        self.assertIn("Nothing was logged", page)
        retrospective = self.env["sop.retrospective"].create(
            {
                "operation_id": self.operation.id,
                "went_well": "<p>Food</p>",
                "action_ids": [
                    Command.create({"name": "Book early", "date_due": "2025-07-01"})
                ],
            }
        )
        page = (
            self.env["ir.actions.report"]
            ._render_qweb_html(
                "sop_operations.report_retrospective", retrospective.ids
            )[0]
            .decode()
        )
        self.assertIn("Food", page)
        self.assertIn("Book early", page)
        self.assertIn("07/01/2025", page)

    def test_whoever_may_not_complete_a_milestone(self):
        milestone = self.make_milestone("Judging", "2025-06-09")
        with self.assertRaises(AccessError):
            self.make_update(
                self.member, completed_milestone_ids=[Command.link(milestone.id)]
            )

    def test_links_to_what_one_may_not_read(self):
        other = self.env["sop.operation"].create(
            {
                "name": "Secret",
                "company_id": self.company.id,
                "user_id": self.planner.id,
            }
        )
        milestone = self.env["sop.milestone"].create(
            {
                "name": "Hidden",
                "operation_id": other.id,
                "date_target": "2025-06-20",
                "user_id": self.planner.id,
            }
        )
        self.assertFalse(milestone.with_user(self.member).has_access("read"))
        with self.assertRaises(AccessError):
            self.make_update(self.member, milestone_ids=[Command.link(milestone.id)])

    def test_template(self):
        form = Form(
            self.env["sop.operation.update"].with_context(
                default_operation_id=self.operation.id
            )
        )
        form.body = "<p>First</p>"
        form.template_id = self.env.ref("sop_operations.sop_update_template_meeting")
        self.assertEqual(form.type, "meeting")
        update = form.save()
        self.assertEqual(update.name, "Meeting 06/10/2025")
        self.assertIn("First", update.body)
        self.assertIn("Decisions", update.body)

    def test_templates_of_others(self):
        model = self.env["sop.update.template"]
        own = model.with_user(self.member).create({"name": "My own"})
        self.assertEqual(own.user_id, self.member)
        self.assertFalse(own.with_user(self.lead).has_access("read"))
        shared = self.env.ref("sop_operations.sop_update_template_meeting")
        self.assertTrue(shared.with_user(self.member).has_access("read"))
        self.assertFalse(shared.with_user(self.member).has_access("write"))
        self.assertTrue(shared.with_user(self.planner).has_access("write"))

    def test_action_items(self):
        meeting = self.make_update(
            self.lead,
            type="meeting",
            action_ids=[
                Command.create(
                    {
                        "name": "Ask the bank",
                        "user_id": self.member.id,
                        "date_due": "2025-06-09",
                    }
                )
            ],
        )
        item = meeting.action_ids
        self.assertTrue(item.is_overdue)
        self.assertIn(
            item, self.env["sop.action.item"].search([("is_overdue", "=", True)])
        )
        self.assertEqual(item.activity_id.user_id, self.member)
        self.assertEqual(item.activity_id.res_id, meeting.id)
        item.date_due = "2025-06-12"
        self.assertEqual(item.activity_id.date_deadline, item.date_due)
        self.assertFalse(item.is_overdue)
        item.activity_id.with_user(self.member).action_feedback("Done")
        self.assertTrue(item.is_done)
        self.assertEqual(item.date_done, fields.Date.to_date("2025-06-10"))
        item.is_done = False
        self.assertTrue(item.activity_id.active)
        self.assertFalse(item.date_done)
        item.with_user(self.member).is_done = True
        self.assertFalse(item.activity_id.active)
        with self.assertRaisesRegex(AccessError, "mark “Ask the bank” as done"):
            item.with_user(self.member).date_due = "2025-07-01"
        activity = item.activity_id
        item.unlink()
        self.assertFalse(activity.exists())

    def test_action_item_of_the_author(self):
        meeting = self.make_update(
            self.member,
            type="meeting",
            action_ids=[
                Command.create({"name": "Ask the bank", "date_due": "2025-06-12"})
            ],
        )
        self.assertEqual(meeting.action_ids.user_id, self.member)
        self.assertEqual(meeting.action_ids.activity_id.user_id, self.member)
        later = self.env["sop.action.item"].create(
            {
                "name": "Call",
                "update_id": meeting.id,
                "user_id": self.lead.id,
                "date_due": "2025-06-13",
            }
        )
        self.assertEqual(later.activity_id.user_id, self.lead)

    def test_retrospective(self):
        retrospective = (
            self.env["sop.retrospective"]
            .with_user(self.lead)
            .create(
                {
                    "operation_id": self.operation.id,
                    "went_well": "<p>Twenty teams</p>",
                    "action_ids": [
                        Command.create(
                            {
                                "name": "Book earlier",
                                "user_id": self.member.id,
                                "date_due": "2025-06-20",
                            }
                        )
                    ],
                }
            )
        )
        self.assertEqual(retrospective.name, "Retrospective: Startup Competition")
        item = retrospective.action_ids
        self.assertEqual(item.operation_id, self.operation)
        self.assertEqual(item.activity_id.res_model, "sop.retrospective")
        item.is_done = True
        self.assertEqual(retrospective.action_done_count, 1)
        self.assertEqual(self.operation.retrospective_count, 1)
        self.assertFalse(retrospective.with_user(self.stranger).has_access("read"))
        self.assertTrue(retrospective.with_user(self.member).has_access("write"))
        self.assertFalse(retrospective.with_user(self.viewer).has_access("write"))

    def test_what_was_learnt_is_an_insight(self):
        Update = self.env["sop.operation.update"]
        domain = [("type", "=", "insight"), ("body", "ilike", "earlier")]
        retrospective = (
            self.env["sop.retrospective"]
            .with_user(self.member)
            .create({"operation_id": self.operation.id, "insight": "<p><br></p>"})
        )
        self.assertFalse(Update.search([("type", "=", "insight")]))
        retrospective.insight = "<p>Book the hall earlier</p>"
        insight = Update.search(domain)
        self.assertEqual(
            (insight.name, insight.user_id, insight.operation_id, insight.date),
            (retrospective.name, self.member, self.operation, retrospective.date),
        )
        self.assertTrue(insight.with_user(self.viewer).has_access("read"))
        self.assertFalse(insight.with_user(self.stranger).has_access("read"))
        # One text in two places: changed where it was written
        with self.assertRaisesRegex(AccessError, "change it there"):
            insight.with_user(self.member).body = "<p>Other</p>"
        with self.assertRaisesRegex(UserError, "kept by the system"):
            self.make_update(self.member, retrospective_id=retrospective.id)
        insight.with_user(self.member).is_highlight = True
        retrospective.with_user(self.lead).insight = "<p>Book it a year earlier</p>"
        self.assertEqual(Update.search(domain), insight)
        self.assertIn("a year", insight.body)
        self.assertEqual(insight.user_id, self.member)
        retrospective.insight = False
        self.assertFalse(insight.exists())
        retrospective.insight = "<p>Earlier after all</p>"
        insight = Update.search(domain)
        retrospective.sudo().unlink()
        self.assertTrue(insight.exists())
