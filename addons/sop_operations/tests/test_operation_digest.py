# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from ast import literal_eval
from datetime import date
from unittest.mock import patch

from lxml import html

from odoo import fields
from odoo.exceptions import AccessError
from odoo.tests import BaseCase, HttpCase, freeze_time, tagged
from odoo.tools import mute_logger

from ..engine import digest as engine
from .common_activity import ActivityCommon, ActivityData
from .common_operation import OperationCommon

LOGGER = "odoo.addons.sop_operations.models.sop_operation_digest"


class TestDigestSpan(BaseCase):
    def test_daily(self):
        today = date(2025, 6, 10)
        self.assertEqual(
            engine.get_span("daily", today, None), (date(2025, 6, 9), date(2025, 6, 9))
        )
        self.assertIsNone(engine.get_span("daily", today, date(2025, 6, 9)))
        self.assertEqual(
            engine.get_span("daily", today, date(2025, 6, 6)),
            (date(2025, 6, 7), date(2025, 6, 9)),
        )
        self.assertEqual(
            engine.get_span("daily", today, date(2025, 1, 1)),
            (date(2025, 6, 3), date(2025, 6, 9)),
        )

    def test_weekly(self):
        for day in (9, 11, 15):
            self.assertEqual(
                engine.get_span("weekly", date(2025, 6, day), None),
                (date(2025, 6, 2), date(2025, 6, 8)),
            )
        self.assertIsNone(
            engine.get_span("weekly", date(2025, 6, 15), date(2025, 6, 8))
        )
        self.assertEqual(
            engine.get_span("weekly", date(2025, 6, 16), date(2025, 6, 8)),
            (date(2025, 6, 9), date(2025, 6, 15)),
        )


@tagged("post_install", "-at_install")
class TestOperationDigest(ActivityCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.startClassPatcher(
            patch.object(
                cls.registry["ir.cron"], "_commit_progress", lambda *_a, **_k: 1
            )
        )
        cls.env["res.users"].search([]).write(
            {"sop_digest_daily": False, "sop_digest_weekly": False}
        )
        for user in (cls.lead, cls.stranger):
            user.email = f"{user.login}@example.com"

    def log(self, moment, user=None, **vals):
        """An update that is logged at a moment of the past."""
        update = self.make_update(user or self.member, **vals)
        self.env.flush_all()
        self.env.cr.execute(
            "UPDATE sop_operation_update SET create_date = %s WHERE id = %s",
            [moment, update.id],
        )
        update.invalidate_recordset(["create_date"])
        return update

    def send(self):
        before = self.env["mail.mail"].search([])
        self.env["sop.operation.digest"]._cron_send()
        return self.env["mail.mail"].search([]) - before

    @freeze_time("2025-06-10 05:00:00")
    def test_sections(self):
        self.lead.sop_digest_daily = True
        day = "2025-06-09 10:00:00"
        self.log(day, name="Jury found", is_highlight=True)
        self.log(day, name="Flyers printed", body="<p>500 <b>of</b> them</p>")
        self.log(day, name="No venue", type="blocker")
        self.log("2025-06-08 23:59:59", name="Told already")
        self.log("2025-06-10 00:00:00", name="Told tomorrow")
        old = self.log("2025-06-01 10:00:00", name="No money", type="blocker")
        old.sudo().resolved_at = day
        self.make_milestone("Judging", "2025-06-12")
        self.make_milestone("Far away", "2025-07-12")
        mail = self.send()
        self.assertEqual(mail.email_to, self.lead.email_formatted)
        self.assertEqual(mail.subject, "Operations on Monday 9 June")
        body = mail.body_html
        order = [
            "Highlights",
            "Jury found",
            "New blockers",
            "No venue",
            "Resolved blockers",
            "No money",
            "Updates",
            "Flyers printed",
            "500 of them",
            "Coming up",
            "Judging (in 2 days)",
            "your preferences",
        ]
        places = [body.find(text) for text in order]
        self.assertNotIn(-1, places)
        self.assertEqual(places, sorted(places))
        for absent in ("Told already", "Told tomorrow", "Far away", "KPIs updated"):
            self.assertNotIn(absent, body)
        # Told once
        self.assertFalse(self.send())

    @freeze_time("2025-06-10 05:00:00")
    def test_only_what_the_reader_may_read(self):
        (self.lead | self.stranger).sop_digest_daily = True
        day = "2025-06-09 10:00:00"
        self.log(day, name="Of the operation")
        self.log(day, name="Between us", visibility="private")
        mails = self.send()
        self.assertEqual(mails.mapped("email_to"), [self.lead.email_formatted])
        self.assertIn("Of the operation", mails.body_html)
        self.assertNotIn("Between us", mails.body_html)

    @freeze_time("2025-06-10 05:00:00")
    def test_nothing_new_is_not_sent(self):
        self.lead.sop_digest_daily = True
        self.make_milestone("Judging", "2025-06-12")
        self.assertFalse(self.send())
        self.assertEqual(self.lead.sop_digest_daily_until, date(2025, 6, 9))

    @freeze_time("2025-06-10 05:00:00")
    def test_who_did_not_choose_it(self):
        self.log("2025-06-09 10:00:00", name="News")
        self.assertFalse(self.send())

    @freeze_time("2025-06-09 05:00:00")
    def test_weekly(self):
        self.lead.sop_digest_weekly = True
        self.log("2025-06-04 10:00:00", name="In the week")
        self.log("2025-06-09 01:00:00", name="Next week")
        mail = self.send()
        self.assertEqual(mail.subject, "Operations from 2 June to 8 June")
        self.assertIn("In the week", mail.body_html)
        self.assertNotIn("Next week", mail.body_html)

    @freeze_time("2025-06-10 05:00:00")
    def test_days_of_the_reader(self):
        self.lead.write({"sop_digest_daily": True, "tz": "Pacific/Auckland"})
        # There it is the 10th already, so yesterday ended at noon of the 9th in UTC
        self.log("2025-06-09 11:59:00", name="On the 9th there")
        self.log("2025-06-09 12:01:00", name="On the 10th there")
        body = self.send().body_html
        self.assertIn("On the 9th there", body)
        self.assertNotIn("On the 10th there", body)

    @freeze_time("2025-06-10 05:00:00")
    def test_one_failure_stops_nobody(self):
        self.planner.email = "planner@example.com"
        (self.planner | self.lead).sop_digest_daily = True
        self.log("2025-06-09 10:00:00", name="News")
        model = self.registry["sop.operation.digest"]
        collect = model._collect

        def fail(digest, *args):
            if digest.env.user == self.planner:
                raise ValueError("broken")
            return collect(digest, *args)

        with patch.object(model, "_collect", fail), mute_logger(LOGGER):
            mails = self.send()
        self.assertEqual(mails.mapped("email_to"), [self.lead.email_formatted])
        self.assertFalse(self.planner.sop_digest_daily_until)
        # The next run tells who was not told
        self.assertEqual(self.send().email_to, self.planner.email_formatted)

    @freeze_time("2025-06-10 05:00:00")
    def test_figures(self):
        self.lead.sop_digest_daily = True
        kpi = self.env["sop.kpi"].create(
            {
                "operation_id": self.operation.id,
                "name": "Signups",
                "unit": "teams",
                "target": 50,
            }
        )
        value = kpi._measure(date(2025, 6, 9), 40)
        self.assertEqual(
            self.operation.update_ids.filtered(lambda u: u.type == "kpi").name,
            "Signups: 40 teams",
        )
        self.env.flush_all()
        self.env.cr.execute(
            "UPDATE sop_kpi_value SET create_date = %s WHERE id = %s",
            ["2025-06-09 10:00:00", value.id],
        )
        self.env.invalidate_all()
        body = self.send().body_html
        self.assertIn("Signups: 40 teams", body)
        self.assertIn("80 % of the target", body)

    def test_own_choice(self):
        lead = self.lead.with_user(self.lead)
        lead.sop_digest_daily = True
        self.assertTrue(lead.sop_digest_daily)
        with self.assertRaises(AccessError):
            lead.sop_digest_daily_until = "2020-01-01"
        with self.assertRaises(AccessError):
            self.member.with_user(self.lead).sop_digest_daily = True


@tagged("post_install", "-at_install")
class TestWeeklyFigures(OperationCommon):
    @freeze_time("2025-06-10 05:00:00")
    def test_weekly_figures(self):
        """What was spent in the week, who and what does best: as far as the reader may know."""
        self.operation.sudo().action_create_analytic_account()
        self.operation.action_start()
        account, secret = (
            self.operation.analytic_account_id.id,
            self.secret.analytic_account_id.id,
        )
        for amount, day, names in (
            (1200, "2025-06-02", account),
            (34.5, "2025-06-08", account),
            (500, "2025-06-05", f"{account},{secret}"),
            (7, "2025-06-01", account),
            (9, "2025-06-09", account),
        ):
            self.post_bill(amount, day, distribution={str(names): 100})
        self.make_kpi(name="Guests", target=20)._measure("2025-06-04", 15)
        done = self.env["sop.milestone"].create(
            {
                "operation_id": self.operation.id,
                "name": "Judging",
                "date_target": "2025-06-04",
                "user_id": self.member.id,
            }
        )
        done.write({"stage": "completed", "date_completed": "2025-06-05"})
        digest = self.env["sop.operation.digest"].with_user(self.lead)
        found = digest._collect("weekly", date(2025, 6, 2), date(2025, 6, 8))
        told = {
            section["title"]: [line["text"] for line in section["lines"]]
            for section in found["sections"]
        }
        [spent] = told["Money spent"]
        self.assertIn("1,234.50", spent)
        self.assertEqual(told["Operations that do best"], [self.operation.display_name])
        self.assertEqual(told["Thanks to"], [self.member.name])
        # Who may see the category has its money as well; strangers have nothing
        found = self.env["sop.operation.digest"]._tell_spending(
            date(2025, 6, 2), date(2025, 6, 8)
        )
        self.assertIn("1,734.50", found[0]["text"])
        found = self.env["sop.operation.digest"].with_user(self.stranger)
        self.assertFalse(found._tell_spending(date(2025, 6, 2), date(2025, 6, 8)))
        daily = digest._collect("daily", date(2025, 6, 2), date(2025, 6, 2))
        self.assertNotIn("Money spent", [s["title"] for s in daily["sections"]])


@tagged("post_install", "-at_install")
class TestDigestUnsubscribe(ActivityData, HttpCase):
    """Out of a digest by a link of its mail, without logging in."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.set_up_activity()
        cls.lead.write(
            {
                "email": "lead@example.com",
                "sop_digest_daily": True,
                "sop_digest_weekly": True,
            }
        )

    def path(self, **kwargs):
        url = self.lead._get_digest_url("daily", **kwargs)
        return url.removeprefix(self.lead.get_base_url())

    def test_the_mail_names_the_links(self):
        self.make_update(self.member, name="News")
        digest = self.env["sop.operation.digest"]
        today = fields.Date.today()
        mail = digest._send("daily", self.lead, today, today)
        headers = literal_eval(mail.headers)
        self.assertEqual(
            headers["List-Unsubscribe"],
            f"<{self.lead._get_digest_url('daily', oneclick=True)}>",
        )
        self.assertEqual(headers["List-Unsubscribe-Post"], "List-Unsubscribe=One-Click")
        self.assertIn(self.path(), mail.body_html)

    def test_mail_programs_post_it(self):
        self.assertEqual(self.url_open(self.path(oneclick=True)).status_code, 405)
        self.assertTrue(self.lead.sop_digest_daily)
        data = {"List-Unsubscribe": "One-Click"}
        response = self.url_open(self.path(oneclick=True), data=data)
        self.assertEqual(response.status_code, 200)
        self.assertFalse(self.lead.sop_digest_daily)
        self.assertTrue(self.lead.sop_digest_weekly)

    def test_people_press_a_button(self):
        page = self.url_open(self.path())
        self.assertEqual(page.status_code, 200)
        self.assertTrue(self.lead.sop_digest_daily, "who only looks changes nothing")
        form = html.fromstring(page.text).forms[0]
        response = self.url_open(self.path(), data=dict(form.fields))
        self.assertIn("You get this mail no more", response.text)
        self.assertFalse(self.lead.sop_digest_daily)

    def test_wrong_links(self):
        right = self.path(oneclick=True)
        for path in (
            right[:-1],
            right.partition("?")[0],
            right.replace("/daily/", "/weekly/"),
            right.replace("/daily/", "/hourly/"),
            right.replace(f"/{self.lead.id}/", f"/{self.member.id}/"),
            right.replace(f"/{self.lead.id}/", "/999999999/"),
        ):
            response = self.url_open(path, data={"List-Unsubscribe": "One-Click"})
            self.assertEqual(response.status_code, 404, path)
        self.assertTrue(self.lead.sop_digest_daily and self.lead.sop_digest_weekly)
