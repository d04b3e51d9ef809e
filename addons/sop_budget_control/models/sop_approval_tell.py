# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""Whoever is asked is told: an activity and a mail with a link that decides."""

import logging

from markupsafe import Markup

from odoo import api, fields, models
from odoo.tools import format_amount, hash_sign, is_html_empty, verify_hash_signed

from ..engine import approval as engine

_logger = logging.getLogger(__name__)

ACTIVITY = "sop_budget_control.mail_activity_type_approval"
URGENT_ACTIVITY = "sop_budget_control.mail_activity_type_urgent"
LINK_SCOPE = "sop_approval_link"
# Days that a link in a mail can be used, unless the configuration parameter says otherwise
LINK_DAYS = 7
LINK_DAYS_PARAMETER = "sop_budget_control.approval_link_days"
# Steps looked at by the scheduled action before progress is saved
BATCH = 50


class SopApprovalMixin(models.AbstractModel):
    _inherit = "sop.approval.mixin"

    # === WHAT THE APPROVER READS === #

    def _get_approval_note(self):
        """Why the money is asked for, as HTML or text; to be extended by the document."""
        for name in ("justification", "reason", "note"):
            if name in self._fields and self[name]:
                return False if is_html_empty(self[name]) else self[name]
        return False

    def _get_approval_effect(self, reader):
        """HTML: what the approval would do to the budget.

        :param reader: the user who decides; only what they may see may be in it
        """
        document = self.with_user(reader).sudo(False)
        if "effect_html" not in self._fields or not document.has_access("read"):
            return False
        budget = document._get_approval_budget()
        return document.effect_html if budget.has_access("read") else False

    # === TELLING === #

    def _forget_people(self, approvals):
        """Take the activities away from everybody who is not waited for any more."""
        asked = approvals.filtered(lambda a: a.state == "asked")
        waited = asked.open_ids
        for approval in asked:
            delegates = self.env["sop.approval.delegation"]._get_delegates(
                approval.open_ids, approval.budget_id
            )
            waited |= self.env["res.users"].union(*delegates.values())
        kind = self.env.ref(ACTIVITY, raise_if_not_found=False)
        self.activity_ids.filtered(
            lambda a: a.activity_type_id == kind and a.user_id not in waited
        ).unlink()

    def _tell_urgent(self):
        """Somebody named in the budget is told at once about what can't wait."""
        user = self._get_approval_budget().emergency_user_id
        if not self._is_approval_urgent() or not user.active:
            return
        document = self.with_context(
            lang=user.lang or self.env.lang, mail_activity_quick_update=True
        )
        title = document.env._("Urgent: “%(document)s”", document=self.display_name)
        document.activity_schedule(URGENT_ACTIVITY, summary=title, user_id=user.id)
        body = self.env["ir.qweb"]._render(
            "sop_budget_control.approval_urgent_mail",
            {
                "document": document,
                "reader": user,
                "requester": document._get_approval_requester(),
                "url": f"{self.get_base_url()}/odoo/{self._name}/{self.id}",
            },
            lang=user.lang,
        )
        self.env["sop.approval"]._send_mail(user, title, body)

    def _tell_outcome(self, decision, reason=None):
        """The requester hears how it ended; everybody else can read it in the history."""
        requester = self._get_approval_requester()
        document = self.with_context(lang=requester.lang or self.env.lang)
        name = self.display_name
        texts = {
            "approved": document.env._("“%(document)s” is approved.", document=name),
            "rejected": document.env._("“%(document)s” is rejected.", document=name),
            "returned": document.env._(
                "Changes are requested for “%(document)s”.", document=name
            ),
        }
        body = Markup("<p>%s</p>") % texts[decision]
        if reason:
            body += Markup("<blockquote>%s</blockquote>") % reason
        self.message_post(
            body=body,
            message_type="notification",
            subtype_xmlid="mail.mt_comment",
            partner_ids=requester.partner_id.ids,
        )


class SopApproval(models.Model):
    _inherit = "sop.approval"

    # === ASKING === #

    def _ask(self, users):
        """Tell these approvers that it is their turn, and whoever stands in for them."""
        self.ensure_one()
        delegates = self.env["sop.approval.delegation"]._get_delegates(
            users, self.budget_id
        )
        told = users
        for user, others in delegates.items():
            for delegate in others - self.barred_ids:
                self._log_delegation(user, delegate)
                told |= delegate
        self._tell_people(told)

    def _log_delegation(self, user, delegate):
        """In the trail of what waits for ``user``: who may decide it as well."""
        for approval in self:
            document = approval._get_document()
            if document and delegate not in approval.barred_ids:
                document._log_decision(
                    "delegated",
                    approval=approval,
                    channel="system",
                    user_id=delegate.id,
                    on_behalf_of_id=user.id,
                )

    def _tell_people(self, users, reminder=False):
        """An activity and a mail for each of them who may decide."""
        for approval in self:
            document = approval._get_document()
            for user in users:
                if not document or approval.id not in approval._find_seats(user):
                    continue
                approval._schedule_activity(document, user)
                approval._mail_link(user, reminder)

    def _schedule_activity(self, document, user):
        kind = self.env.ref(ACTIVITY)
        if document.activity_ids.filtered(
            lambda a: a.activity_type_id == kind and a.user_id == user
        ):
            return
        # The mail with the link tells them already
        document.with_context(
            mail_activity_quick_update=True, lang=user.lang or self.env.lang
        ).activity_schedule(
            ACTIVITY, date_deadline=self.date_due, summary=self.name, user_id=user.id
        )

    def _mail_link(self, user, reminder=False):
        approval = self.with_context(lang=user.lang or self.env.lang)
        words = {"document": self.document_name, "step": self.name}
        if reminder:
            subject = approval.env._("Reminder: “%(document)s” waits for you", **words)
        elif self.urgent:
            subject = approval.env._("Urgent: “%(document)s” waits for you", **words)
        else:
            subject = approval.env._("“%(document)s” waits for your approval", **words)
        body = self.env["ir.qweb"]._render(
            "sop_budget_control.approval_mail",
            {
                "approval": approval,
                "reader": user,
                "subject": subject,
                "summary": approval._render_summary(user),
                "url": self._get_link(user),
                "days": self._get_link_days(),
            },
            lang=user.lang,
        )
        self._send_mail(user, subject, body)

    @api.model
    def _send_mail(self, user, subject, body):
        """A mail of its own, tied to no document: readers of that must not find the link."""
        # sudo: the mail queue is not open to users
        self.env["mail.mail"].sudo().create(
            {
                "subject": subject,
                "body_html": body,
                "recipient_ids": [fields.Command.link(user.partner_id.id)],
                "auto_delete": True,
            }
        )
        cron = self.env.ref(
            "mail.ir_cron_mail_scheduler_action", raise_if_not_found=False
        )
        if cron:
            # sudo: to have the queue run soon
            cron.sudo()._trigger()

    # === WHAT THE READER SEES === #

    def _render_summary(self, reader):
        """HTML: what is asked for and what it does, as far as ``reader`` may see it."""
        self.ensure_one()
        document = self._get_document()
        if not document:
            return False
        lang = reader.lang or self.env.lang
        parts = self._get_visible_parts(reader)[self]
        currency = self.sudo().currency_id
        env = self.with_context(lang=lang).env
        total = sum(amount for _category, amount in parts or ())
        document = document.with_context(lang=lang)
        lines = [
            (label, format_amount(env, amount, currency))
            for label, amount in (parts and document._describe_approval_parts()) or ()
        ]
        return self.env["ir.qweb"]._render(
            "sop_budget_control.approval_summary",
            {
                "approval": self.with_context(lang=lang).sudo(),
                "document": document,
                "requester": document._get_approval_requester(),
                "hidden": parts is None,
                "amount": format_amount(env, total, currency),
                "lines": lines,
                "note": document._get_approval_note(),
                "condition": "condition" in document._fields and document.condition,
                "effect": parts is not None and document._get_approval_effect(reader),
            },
            lang=lang,
        )

    # === THE LINK === #

    @api.model
    def _get_link_days(self):
        # sudo: a setting that whoever asks has no rights on
        value = self.env["ir.config_parameter"].sudo().get_param(LINK_DAYS_PARAMETER)
        return int(value) if (value or "").isdigit() and int(value) else LINK_DAYS

    def _get_link(self, user):
        return f"{self.get_base_url()}/sop/approval/{self._make_token(user)}"

    def _make_token(self, user):
        """Signed, for this person, step and round, until the link expires."""
        self.ensure_one()
        return hash_sign(
            # sudo: the secret of the database signs
            self.sudo().env,
            LINK_SCOPE,
            [self.id, user.id, self.round],
            expiration_hours=24 * self._get_link_days(),
        )

    @api.model
    def _read_token(self, token):
        """The step and the user of a link; empty when it is forged, expired or outdated."""
        nothing = self.browse(), self.env["res.users"]
        try:
            # sudo: the secret of the database checks the signature
            values = verify_hash_signed(self.sudo().env, LINK_SCOPE, token)
        except Exception:
            # Whatever somebody typed as a token is no token
            values = None
        if not isinstance(values, list) or len(values) != 3:
            return nothing
        approval_id, user_id, number = values
        approval = self.sudo().browse(approval_id).exists()
        user = self.env["res.users"].sudo().browse(user_id).exists()
        if approval.round != number or not user.active:
            return nothing
        return approval, user

    # === SCHEDULED ACTION === #

    @api.model
    def _cron_remind(self):
        """Remind who has not answered, and ask somebody else about what is late."""
        today = fields.Date.context_today(self)
        self.env["sop.approval.delegation"]._tell_starting()
        approvals = self.search([("state", "=", "asked")], order="id")
        for start in range(0, len(approvals), BATCH):
            batch = approvals[start : start + BATCH]
            for approval in batch:
                approval._remind_safely(today)
            if not self.env["ir.cron"]._commit_progress(
                len(batch), remaining=len(approvals) - start - len(batch)
            ):
                break

    def _remind_safely(self, today):
        """What is wrong with one step must not keep the others waiting."""
        try:
            with self.env.cr.savepoint():
                self._remind(today)
        except Exception:
            _logger.exception("Nobody could be reminded of approval %s.", self.id)

    def _remind(self, today):
        self.ensure_one()
        if self.date_due and self.date_due < today and not self.escalated_on:
            self._escalate(today)
            return
        if not self.remind_days:
            return
        last = self.reminded_on or fields.Date.context_today(self, self.date_asked)
        following = engine.add_working_days(
            last, self.remind_days, self._get_working_days()
        )
        if following <= today:
            self._set({"reminded_on": today})
            delegates = self.env["sop.approval.delegation"]._get_delegates(
                self.open_ids, self.budget_id
            )
            users = self.open_ids | self.env["res.users"].union(*delegates.values())
            self._tell_people(users, reminder=True)

    def _escalate(self, today):
        """Ask the next one in line as well; the first approvers may still decide."""
        self._set({"escalated_on": today, "reminded_on": today})
        late = self.open_ids
        document = self._get_document()
        known = self.approver_ids | self.barred_ids
        groups = self.budget_id._get_stand_ins(self.escalate_user_id, self.category_ids)
        for group in groups:
            users = group - known
            if not users:
                continue
            self._set(
                {
                    "approver_ids": [fields.Command.link(u.id) for u in users],
                    "open_ids": [fields.Command.link(u.id) for u in users],
                }
            )
            for user in users:
                document._log_decision(
                    "escalated",
                    approval=self,
                    channel="system",
                    user_id=user.id,
                    comment=self.env._(
                        "Late since %(date)s, so %(user)s is asked as well.",
                        date=fields.Date.to_string(self.date_due),
                        user=user.name,
                    ),
                )
            self._ask(users)
            break
        # Who is asked now is told that already
        self._tell_people(late, reminder=True)
