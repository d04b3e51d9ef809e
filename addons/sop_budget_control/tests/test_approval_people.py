# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from unittest.mock import patch

from odoo.exceptions import AccessError, UserError
from odoo.fields import Command
from odoo.tests import freeze_time, tagged

from .common_approval import ApprovalCommon

MONDAY, WEDNESDAY = "2025-03-03 10:00:00", "2025-03-05 10:00:00"


class PeopleCommon(ApprovalCommon):
    def delegate(self, user, delegate, start, end, **vals):
        return self.env["sop.approval.delegation"].create(
            {
                "user_id": user.id,
                "delegate_id": delegate.id,
                "date_from": start,
                "date_until": end,
                **vals,
            }
        )

    def run_cron(self):
        # It commits as it goes on, which a test can't
        with patch.object(
            type(self.env["ir.cron"]), "_commit_progress", lambda *_, **__: 1
        ):
            self.env["sop.approval"]._cron_remind()

    def mails_to(self, user):
        return self.env["mail.mail"].search(
            [("recipient_ids", "in", user.partner_id.ids)], order="id"
        )

    def activities_of(self, document):
        document.invalidate_recordset(["activity_ids"])
        return document.activity_ids.user_id


@tagged("post_install", "-at_install")
class TestDelegation(PeopleCommon):
    @freeze_time(WEDNESDAY)
    def test_in_its_dates(self):
        self.make_rule(self.anna)
        self.delegate(self.anna, self.dora, "2025-03-05", "2025-03-05")
        proposal = self.ask()
        self.assertEqual(self.activities_of(proposal), self.anna | self.dora)
        self.assertIn(
            ("delegated", f"{self.dora.name} for {self.anna.name}"),
            self.trail(proposal),
        )
        found = self.by(self.env["sop.approval"], self.dora).search(
            [("can_decide", "=", True)]
        )
        self.assertEqual(found, proposal.approval_ids)
        self.by(found, self.dora).action_approve()
        self.assertEqual(proposal.state, "approved")
        self.assertEqual(
            self.trail(proposal)[-1],
            ("approved", f"{self.dora.name} for {self.anna.name}"),
        )
        # What was decided stays readable for who decided it
        found.invalidate_recordset()
        self.assertEqual(
            self.by(found, self.dora).read(["state"])[0]["state"], "approved"
        )

    def test_out_of_its_dates(self):
        self.make_rule(self.anna)
        with freeze_time(WEDNESDAY):
            self.delegate(self.anna, self.dora, "2025-03-04", "2025-03-04")
            self.delegate(self.anna, self.bert, "2025-03-06", "2025-03-09")
            proposal = self.ask()
            for user in (self.dora, self.bert):
                with self.assertRefused(UserError, "does not wait for you"):
                    self.by(proposal, user).action_approve()
        with freeze_time("2025-03-06 10:00:00"):
            self.by(proposal, self.bert).action_approve()
        self.assertEqual(proposal.state, "approved")

    @freeze_time(WEDNESDAY)
    def test_only_in_its_budgets(self):
        self.make_rule(self.anna)
        other = self.make_budget(name="Other")
        self.delegate(
            self.anna,
            self.dora,
            "2025-03-01",
            "2025-03-31",
            budget_ids=[Command.set(other.ids)],
        )
        proposal = self.ask()
        with self.assertRefused(UserError, "does not wait for you"):
            self.by(proposal, self.dora).action_approve()
        self.assertFalse(
            self.by(self.env["sop.approval"], self.dora).search_count(
                [("can_decide", "=", True)]
            )
        )

    @freeze_time(WEDNESDAY)
    def test_the_requester_does_not_stand_in(self):
        self.make_rule(self.anna)
        self.delegate(self.anna, self.proposer, "2025-03-01", "2025-03-31")
        proposal = self.ask()
        self.assertEqual(self.activities_of(proposal), self.anna)
        with self.assertRefused(UserError, "somebody else has to decide"):
            self.by(proposal, self.proposer).action_approve()

    @freeze_time(WEDNESDAY)
    def test_one_person_decides_once_also_for_others(self):
        self.make_rule(self.anna, self.bert)
        self.delegate(self.bert, self.anna, "2025-03-01", "2025-03-31")
        proposal = self.ask()
        self.by(proposal, self.anna).action_approve()
        with self.assertRefused(UserError, "You have decided a step"):
            self.by(proposal, self.anna).action_approve()

    @freeze_time(WEDNESDAY)
    def test_given_while_something_waits(self):
        self.make_rule(self.anna)
        proposal = self.ask()
        self.assertEqual(self.activities_of(proposal), self.anna)
        self.by(self.env["sop.approval.delegation"], self.anna).create(
            {"delegate_id": self.dora.id, "date_until": "2025-03-20"}
        )
        self.assertEqual(self.activities_of(proposal), self.anna | self.dora)

    def test_given_for_later_is_told_when_it_begins(self):
        self.make_rule(self.anna)
        with freeze_time("2025-03-03 10:00:00"):
            proposal = self.ask()
            delegation = self.delegate(self.anna, self.dora, "2025-03-04", "2025-03-20")
            self.run_cron()
            self.assertEqual(self.activities_of(proposal), self.anna)
        entry = ("delegated", f"{self.dora.name} for {self.anna.name}")
        for day in (
            "2025-03-04 10:00:00",
            "2025-03-04 18:00:00",
            "2025-03-05 10:00:00",
        ):
            with freeze_time(day):
                self.run_cron()
                self.assertEqual(self.activities_of(proposal), self.anna | self.dora)
                self.assertEqual(self.trail(proposal).count(entry), 1)
                self.assertEqual(len(self.mails_to(self.dora)), 1)
        with freeze_time("2025-03-06 10:00:00"):
            # Nothing new, nothing told
            delegation.write({"is_told": False})
            self.assertEqual(len(self.mails_to(self.dora)), 1)

    @freeze_time(WEDNESDAY)
    def test_everybody_gives_only_their_own(self):
        own = self.delegate(self.anna, self.dora, "2025-03-01", "2025-03-31")
        with self.assertRefused(AccessError, "."):
            self.by(self.env["sop.approval.delegation"], self.bert).create(
                {
                    "user_id": self.anna.id,
                    "delegate_id": self.bert.id,
                    "date_until": "2025-03-20",
                }
            )
        with self.assertRefused(AccessError, "."):
            self.by(own, self.dora).date_until = "2026-01-01"
        with self.assertRefused(UserError, "can't be changed"):
            self.by(own, self.anna).write(
                {"user_id": self.owner.id, "delegate_id": self.anna.id}
            )
        self.assertEqual(own.display_name, f"{self.dora.name} for {self.anna.name}")

    @freeze_time(WEDNESDAY)
    def test_who_has_no_right_to_the_category_does_not_stand_in(self):
        self.make_rule(self.anna, self.bert)
        self.env["sop.budget.grant"].create(
            {
                "category_id": self.third.id,
                "user_id": self.anna.id,
                "can_approve": True,
            }
        )
        self.delegate(self.anna, self.cleo, "2025-03-01", "2025-03-31")
        proposal = self.ask()
        with self.assertRefused(UserError, "does not wait for you"):
            self.by(proposal, self.cleo).action_approve()
        self.by(proposal, self.anna).action_approve()
        # The second step names somebody without that right: the owner stands in
        self.assertEqual(self.waits_for(proposal), self.owner)


@tagged("post_install", "-at_install")
class TestSpeed(PeopleCommon):
    def test_lists_ask_as_much_for_many_as_for_few(self):
        self.make_rule(self.anna)
        self.delegate(self.bert, self.anna, "2020-01-01", "2099-12-31")
        steps = {name: {} for name in ("amount", "can_decide", "state", "open_ids")}
        documents = {name: {} for name in ("can_decide", "current_approver_ids")}
        counts = []
        for number in (3, 12):
            for _time in range(number):
                self.ask()
            for model, fields in (
                ("sop.approval", steps),
                ("sop.proposal", documents),
            ):
                self.env.flush_all()
                self.env.invalidate_all()
                before = self.env.cr.sql_log_count
                found = self.by(self.env[model], self.anna).web_search_read(
                    [("can_decide", "=", True)], fields, limit=80
                )
                counts.append(self.env.cr.sql_log_count - before)
                self.assertEqual(found["length"], 3 if len(counts) < 3 else 15)
        self.assertLessEqual(counts[2], counts[0] + 2)
        self.assertLessEqual(counts[3], counts[1] + 2)


@tagged("post_install", "-at_install")
class TestTelling(PeopleCommon):
    def test_asked_then_forgotten(self):
        self.make_rule(
            {
                "who": "group",
                "user_ids": [Command.set((self.anna | self.bert).ids)],
                "minimum": 1,
            },
            self.cleo,
        )
        proposal = self.ask()
        self.assertEqual(self.activities_of(proposal), self.anna | self.bert)
        for user in (self.anna, self.bert):
            mail = self.mails_to(user)
            self.assertEqual(len(mail), 1)
            self.assertIn("/sop/approval/", mail.body_html)
            self.assertIn("300", mail.body_html)
            # Not in the history of the document, where others would find the link
            self.assertFalse(mail.res_id)
        self.by(proposal, self.anna).action_approve()
        self.assertEqual(self.activities_of(proposal), self.cleo)
        self.by(proposal, self.cleo).action_reject("No <b>money</b>")
        self.assertFalse(self.activities_of(proposal))
        last = proposal.message_ids[0]
        self.assertIn("is rejected", last.body)
        self.assertIn("&lt;b&gt;", last.body)
        self.assertIn(self.proposer.partner_id, last.notified_partner_ids)

    def test_hidden_amounts_are_not_told(self):
        self.budget.action_draft()
        self.second.visibility = "planner"
        self.budget.action_submit()
        self.budget.action_approve()
        self.make_rule(self.dora, self.owner)
        proposal = self.ask(
            4321,
            category=self.second,
            user=self.users["planner"],
            justification="<p>Because</p>",
        )
        mail = self.mails_to(self.dora)
        self.assertNotIn("4,321", mail.body_html)
        self.assertIn("hidden from you", mail.body_html)
        step = self.by(
            proposal.approval_ids.filtered("can_decide") or proposal.approval_ids[0],
            self.dora,
        )
        self.assertTrue(step.is_amount_hidden)
        self.assertFalse(step.amount)
        self.assertNotIn("4,321", step.summary)
        with self.assertRefused(AccessError, "."):
            self.by(proposal, self.dora).read(["amount_total"])
        with self.assertRefused(AccessError, "."):
            step.read(["amount_asked"])
        step.action_approve()
        self.assertIn("4,321", self.mails_to(self.owner).body_html)

    def test_the_asked_one_reads_the_document(self):
        self.make_rule(self.dora)
        proposal = self.ask()
        self.assertEqual(self.by(proposal, self.dora).amount_total, 300)
        with self.assertRefused(AccessError, "."):
            self.by(proposal, self.outsider).read(["amount_total"])

    @freeze_time(WEDNESDAY)
    def test_urgent(self):
        self.budget.emergency_user_id = self.cleo
        self.make_rule({"user_id": self.anna.id, "due_days": 5})
        proposal = self.ask(urgent=True)
        self.assertEqual(self.activities_of(proposal), self.anna | self.cleo)
        self.assertEqual(str(proposal.approval_due), "2025-03-05")
        self.assertIn("urgent", self.mails_to(self.cleo).body_html)
        self.assertIn("Urgent", self.mails_to(self.anna).subject)
        trigger = self.env["ir.cron.trigger"].search_count(
            [("cron_id", "=", self.env.ref("mail.ir_cron_mail_scheduler_action").id)]
        )
        self.assertTrue(trigger)

    def test_one_bad_step_does_not_stop_the_others(self):
        self.make_rule({"user_id": self.anna.id, "due_days": 1})
        with freeze_time(WEDNESDAY):
            proposals = [self.ask() for _number in range(3)]
        bad = proposals[1].approval_ids
        steps = type(self.env["sop.approval"])
        escalate = steps._escalate

        def break_down(step, today):
            escalate(step, today)
            if step == bad:
                raise ValueError("broken")

        logger = "odoo.addons.sop_budget_control.models.sop_approval_tell"
        with (
            freeze_time("2025-03-10 10:00:00"),
            patch.object(steps, "_escalate", break_down),
            self.assertLogs(logger, "ERROR") as logs,
        ):
            self.run_cron()
        self.assertEqual(len(logs.output), 1)
        self.assertIn(str(bad.id), logs.output[0])
        self.env.invalidate_all()
        told = [bool(p.approval_ids.escalated_on) for p in proposals]
        self.assertEqual(told, [True, False, True])
        # The bad one left nothing behind, and is tried again
        self.assertEqual(
            [self.owner in self.waits_for(p) for p in proposals], [True, False, True]
        )
        with freeze_time("2025-03-11 10:00:00"):
            self.run_cron()
        self.assertIn(self.owner, self.waits_for(proposals[1]))

    def test_remind_and_escalate(self):
        self.make_rule(
            {
                "user_id": self.anna.id,
                "due_days": 3,
                "remind_days": 1,
                "escalate_user_id": self.cleo.id,
            }
        )
        with freeze_time(MONDAY):
            proposal = self.ask()
            self.run_cron()
            self.assertEqual(len(self.mails_to(self.anna)), 1)
        with freeze_time("2025-03-04 10:00:00"):
            for _twice_a_day in range(2):
                self.run_cron()
            self.assertEqual(len(self.mails_to(self.anna)), 2)
            self.assertIn("Reminder", self.mails_to(self.anna)[-1].subject)
        with freeze_time("2025-03-07 10:00:00"):
            self.assertEqual(
                self.env["sop.approval"].search([("is_late", "=", True)]),
                proposal.approval_ids,
            )
            self.run_cron()
            self.assertEqual(self.waits_for(proposal), self.anna | self.cleo)
            self.assertIn(("escalated", self.cleo.name), self.trail(proposal))
            self.assertEqual(self.activities_of(proposal), self.anna | self.cleo)
            self.run_cron()
            self.assertEqual(len(self.mails_to(self.cleo)), 1)
            self.assertEqual(len(self.mails_to(self.anna)), 3)
            self.by(proposal, self.cleo).action_approve()
        self.assertEqual(proposal.state, "approved")

    def test_days_off_of_the_company(self):
        calendar = self.company.resource_calendar_id
        self.env["resource.calendar.leaves"].create(
            {
                "name": "Closed",
                "calendar_id": calendar.id,
                "company_id": self.company.id,
                "date_from": "2025-03-06 06:00:00",
                "date_to": "2025-03-06 17:00:00",
            }
        )
        self.make_rule({"user_id": self.anna.id, "due_days": 1})
        with freeze_time(WEDNESDAY):
            self.assertEqual(str(self.ask().approval_due), "2025-03-07")

    def test_copies_of_budgets_keep_the_rules(self):
        self.make_rule(self.anna, category_ids=[Command.set(self.third.ids)])
        copy = self.budget.copy()
        rule = copy.approval_rule_ids
        self.assertEqual(rule.step_ids.user_id, self.anna)
        self.assertEqual(rule.category_ids.budget_id, copy)
        self.assertEqual(rule.category_ids.code, "P3")
