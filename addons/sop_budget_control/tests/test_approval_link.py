# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
import re

from lxml import html

from odoo.exceptions import UserError
from odoo.tests import HttpCase, freeze_time, tagged
from odoo.tools import mute_logger

from .common_approval import ApprovalCommon


@tagged("post_install", "-at_install")
class TestApprovalLink(ApprovalCommon, HttpCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.make_rule(cls.anna, cls.bert)

    def setUp(self):
        super().setUp()
        self.proposal = self.ask(300)
        self.step = self.proposal.approval_ids[0]

    def link_of(self, user):
        mail = self.env["mail.mail"].search(
            [("recipient_ids", "in", user.partner_id.ids)], order="id desc", limit=1
        )
        return re.search(r"/sop/approval/[\w-]+", mail.body_html).group()

    def decide(self, link, decision, comment="", page=None):
        page = page or self.url_open(link)
        found = html.fromstring(page.text).xpath("//input[@name='csrf_token']/@value")
        return self.url_open(
            f"{link}/decide",
            data={
                "csrf_token": found[0] if found else "",
                "decision": decision,
                "comment": comment,
            },
        )

    def test_reading_decides_nothing(self):
        link = self.link_of(self.anna)
        for suffix in ("", "?decision=approve", "/decide?decision=approve"):
            with mute_logger("odoo.http"):
                self.url_open(link + suffix)
        self.assertEqual(self.step.state, "asked")
        page = self.url_open(link)
        self.assertEqual(page.status_code, 200)
        self.assertIn("width=device-width", page.text)
        self.assertIn("300", page.text)
        self.assertIn("Prizes", page.text)
        self.assertEqual(page.headers["Referrer-Policy"], "no-referrer")
        self.assertEqual(self.opener.head(self.base_url() + link).status_code, 200)
        self.assertEqual(self.step.state, "asked")

    def test_approve_once(self):
        link = self.link_of(self.anna)
        before = self.url_open(link)
        page = self.decide(link, "approve", "Good <idea>")
        self.assertIn("You have approved this", page.text)
        self.assertEqual(self.step.state, "approved")
        row = self.step.vote_ids.filtered(lambda d: d.decision == "approved")
        self.assertEqual(
            (row.user_id, row.channel, row.comment), (self.anna, "mail", "Good <idea>")
        )
        # The second step waits for somebody else: the link is used up
        page = self.url_open(link)
        self.assertIn("does not wait for you any more", page.text)
        self.assertNotIn("<form", page.text)
        page = self.decide(link, "approve", page=before)
        self.assertIn("decided a step", page.text)
        # How it went on is told to who took part, what it is about is not shown again
        self.assertIn("Approver A", page.text)
        self.assertNotIn("Prizes", self.url_open(link).text)
        self.assertEqual(self.proposal.state, "in_review")
        self.decide(self.link_of(self.bert), "approve")
        self.assertEqual(self.proposal.state, "approved")

    def test_reject_needs_a_reason(self):
        link = self.link_of(self.anna)
        page = self.decide(link, "reject")
        self.assertIn("Say why", page.text)
        self.assertEqual(self.proposal.state, "in_review")
        page = self.decide(link, "reject", "Too dear", page=page)
        self.assertIn("You have rejected this", page.text)
        self.assertEqual(
            (self.proposal.state, self.proposal.decision_reason),
            ("rejected", "Too dear"),
        )

    def test_without_csrf_token_nothing_is_decided(self):
        with mute_logger("odoo.http"):
            answer = self.url_open(
                f"{self.link_of(self.anna)}/decide", data={"decision": "approve"}
            )
        self.assertEqual(answer.status_code, 400)
        self.assertEqual(self.step.state, "asked")

    def test_forged_expired_and_outdated(self):
        link = self.link_of(self.anna)
        token = link.rsplit("/", 1)[1]
        broken = token[:-1] + ("A" if token[-1] != "A" else "B")
        others = self.step._make_token(self.bert)
        for bad in (broken, token[:20], "x", "ж"):
            page = self.url_open(f"/sop/approval/{bad}")
            self.assertEqual(page.status_code, 404, bad)
            self.assertIn("can't be used", page.text)
        # Signed, but for somebody who is not asked here
        page = self.url_open(f"/sop/approval/{others}")
        self.assertNotIn("<form", page.text)
        page = self.decide(
            f"/sop/approval/{others}", "approve", page=self.url_open(link)
        )
        self.assertIn("does not wait for you", page.text)
        with freeze_time("2025-01-01"):
            old = self.step._make_token(self.anna)
        self.assertEqual(self.url_open(f"/sop/approval/{old}").status_code, 404)
        self.anna.active = False
        self.assertEqual(self.url_open(link).status_code, 404)
        self.assertEqual(self.step.state, "asked")

    def test_the_link_of_an_earlier_round(self):
        link = self.link_of(self.anna)
        before = self.url_open(link)
        self.by(self.proposal, self.anna).action_return("More")
        self.submit(self.proposal)
        page = self.decide(link, "approve", page=before)
        self.assertIn("does not wait for you", page.text)
        self.assertEqual(self.proposal.state, "in_review")
        self.assertEqual(self.waits_for(self.proposal), self.anna)

    def assert_closed(self, link, page=None):
        """Nothing of what is asked for is shown, and nothing can be decided."""
        for answer in (self.url_open(link), self.decide(link, "approve", page=page)):
            self.assertNotIn("Prizes", answer.text)
            self.assertNotIn("300", answer.text)
            self.assertNotIn("<form", answer.text)
        self.assertEqual(self.proposal.state, "in_review")

    def test_who_lost_the_seat_sees_nothing(self):
        member = self.budget.member_ids.filtered(lambda m: m.user_id == self.anna)
        link = self.link_of(self.anna)
        before = self.url_open(link)
        self.assertIn("Prizes", before.text)
        member.date_until = "2024-01-01"
        self.assert_closed(link, before)
        self.assertIn("no longer applies", self.url_open(link).text)
        # In the client as little as by mail
        self.assertFalse(self.by(self.step, self.anna).can_decide)
        steps = self.env["sop.approval"].with_user(self.anna)
        self.assertFalse(steps.search([("can_decide", "=", True)]))
        with self.assertRefused(UserError, "does not wait for you"):
            self.by(self.proposal, self.anna).sudo().action_approve()
        member.date_until = False
        self.assertTrue(steps.search([("can_decide", "=", True)]))
        self.assertIn("<form", self.url_open(link).text)
        member.role = "auditor"
        member.date_until = "2099-01-01"
        self.assert_closed(link, before)

    def test_who_lost_the_role_that_was_asked(self):
        self.env["sop.approval.rule"].search([]).active = False
        self.make_rule({"who": "role", "role": "approver"})
        self.proposal = self.ask(300)
        self.step = self.proposal.approval_ids
        link = self.link_of(self.anna)
        before = self.url_open(link)
        member = self.budget.member_ids.filtered(lambda m: m.user_id == self.anna)
        steps = self.env["sop.approval"].with_user(self.anna)
        self.assertIn(self.step, steps.search([("can_decide", "=", True)]))
        member.role = "planner"
        self.assert_closed(link, before)
        self.assertNotIn(self.step, steps.search([("can_decide", "=", True)]))
        member.unlink()
        self.assert_closed(link, before)
        self.assertIn("<form", self.url_open(self.link_of(self.bert)).text)

    def test_who_stood_in_sees_nothing_afterwards(self):
        delegation = self.env["sop.approval.delegation"].create(
            {
                "user_id": self.anna.id,
                "delegate_id": self.cleo.id,
                "date_from": "2020-01-01",
                "date_until": "2099-01-01",
            }
        )
        link = f"/sop/approval/{self.step._make_token(self.cleo)}"
        before = self.url_open(link)
        self.assertIn("Prizes", before.text)
        delegation.date_until = "2020-02-01"
        self.assert_closed(link, before)

    def test_somebody_else_is_logged_in(self):
        link = self.link_of(self.anna)
        self.authenticate(self.bert.login, self.bert.login)
        page = self.url_open(link)
        self.assertEqual(page.status_code, 403)
        self.assertIn("for somebody else", page.text)
        self.assertNotIn("Prizes", page.text)
        self.authenticate(self.anna.login, self.anna.login)
        self.assertIn("You have approved", self.decide(link, "approve").text)
