# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
import logging
from datetime import datetime, time, timedelta

import pytz

from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools import format_date

from odoo.addons.sop_budget.engine.money import from_units

from ..engine import digest as engine
from ..engine.markdown import get_text

_logger = logging.getLogger(__name__)

#: Users told before progress is saved.
BATCH = 20
#: Entries of a section; what is beyond is counted.
LONGEST = 15
EXCERPT = 180
#: Of those that do best.
BEST = 3
UPCOMING = timedelta(days=7)
KINDS = ("daily", "weekly")
INVOLVED = "sop_operations.group_sop_operations_involved"


class SopOperationDigest(models.AbstractModel):
    """What happened, by mail: each user what that user may read, or nothing at all."""

    _name = "sop.operation.digest"
    _description = "Digest of Operations"

    # === SCHEDULED ACTION === #

    @api.model
    def _cron_send(self):
        """Send the digests that are due; who can't be told keeps nobody from it."""
        jobs = [job for kind in KINDS for job in self._get_jobs(kind)]
        for start in range(0, len(jobs), BATCH):
            batch = jobs[start : start + BATCH]
            for kind, user, span in batch:
                try:
                    with self.env.cr.savepoint():
                        self._send(kind, user, *span)
                        user[f"sop_digest_{kind}_until"] = span[1]
                except Exception:
                    # One that can't be told is told the next time
                    _logger.exception("No %s digest for user %s.", kind, user.id)
            if not self.env["ir.cron"]._commit_progress(
                len(batch), remaining=len(jobs) - start - len(batch)
            ):
                break

    @api.model
    def _get_jobs(self, kind):
        users = self.env["res.users"].search(
            [
                (f"sop_digest_{kind}", "=", True),
                ("share", "=", False),
                ("all_group_ids", "in", self.env.ref(INVOLVED).ids),
            ],
            order="id",
        )
        for user in users:
            today = fields.Date.context_today(self.with_context(tz=user.tz or "UTC"))
            span = engine.get_span(kind, today, user[f"sop_digest_{kind}_until"])
            if span and user.email:
                yield kind, user, span

    @api.model
    def _send(self, kind, user, start, end):
        """One mail to one user, unless there is no news.

        :return: the mail, or nothing
        """
        reader = self.with_user(user).with_context(
            lang=user.lang,
            tz=user.tz or "UTC",
            allowed_company_ids=user.company_ids.ids,
        )
        content = reader._collect(kind, start, end)
        if not content["has_news"]:
            return self.env["mail.mail"]
        company = user.company_id
        # sudo: mails are sent by the system
        return (
            self.env["mail.mail"]
            .sudo()
            .create(
                {
                    "subject": content["title"],
                    "body_html": reader._render(content),
                    "email_to": user.email_formatted,
                    "email_from": company.partner_id.email_formatted
                    or self.env.user.email_formatted,
                    "auto_delete": True,
                    # Mail programs offer a button for it (RFC 8058)
                    "headers": {
                        "List-Unsubscribe": f"<{user._get_digest_url(kind, oneclick=True)}>",
                        "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
                        "X-Auto-Response-Suppress": "OOF",
                    },
                }
            )
        )

    @api.model
    def _render(self, content):
        return self.env["ir.qweb"]._render("sop_operations.digest_mail", content)

    # === CONTENT: ALL OF IT WITH THE RIGHTS OF THE READER === #

    @api.model
    def _collect(self, kind, start, end):
        """What the user of the environment may read of those days."""
        logged = self._get_logged_domain("create_date", start, end)
        updates = self.env["sop.operation.update"]
        news = updates.search(logged, order="is_highlight desc, date desc, id desc")
        by_people = news.filtered(lambda u: not u.is_automatic)
        resolved = updates.search(self._get_logged_domain("resolved_at", start, end))
        sections = [
            (
                self.env._("Highlights"),
                self._tell_updates(by_people.filtered("is_highlight")),
            ),
            (
                self.env._("Completed operations"),
                self._tell_updates(news.filtered(lambda u: u.state_to == "completed")),
            ),
            (
                self.env._("Milestones"),
                self._tell_updates(
                    news.filtered(lambda u: u.is_automatic and u.type == "milestone")
                ),
            ),
            (self.env._("KPIs updated"), self._tell_kpis(start, end)),
            (
                self.env._("New blockers"),
                self._tell_updates(by_people.filtered(lambda u: u.type == "blocker")),
            ),
            (self.env._("Resolved blockers"), self._tell_updates(resolved)),
            (
                self.env._("Updates"),
                self._tell_updates(
                    by_people.filtered(
                        lambda u: not u.is_highlight and u.type != "blocker"
                    )
                ),
            ),
        ]
        if kind == "weekly":
            sections.insert(
                3, (self.env._("Money spent"), self._tell_spending(start, end))
            )
        has_news = any(lines for _title, lines in sections)
        sections.append((self.env._("Coming up"), self._tell_upcoming()))
        if kind == "weekly":
            sections += [
                (self.env._("Operations that do best"), self._tell_best_operations()),
                (self.env._("Best on their way"), self._tell_best()),
                (self.env._("Thanks to"), self._tell_people(start, end)),
            ]
        return {
            "title": self._get_title(kind, start, end),
            "has_news": has_news,
            "user_name": self.env.user.name,
            "sections": [
                {
                    "title": title,
                    "lines": lines[:LONGEST],
                    "more": max(len(lines) - LONGEST, 0),
                }
                for title, lines in sections
                if lines
            ],
            "base_url": self.get_base_url(),
            "unsubscribe_url": self.env.user._get_digest_url(kind),
        }

    @api.model
    def _get_title(self, kind, start, end):
        if start == end:
            return self.env._(
                "Operations on %(day)s",
                day=format_date(self.env, end, date_format="EEEE d MMMM"),
            )
        return self.env._(
            "Operations from %(start)s to %(end)s",
            start=format_date(self.env, start, date_format="d MMMM"),
            end=format_date(self.env, end, date_format="d MMMM"),
        )

    @api.model
    def _get_logged_domain(self, name, start, end):
        """Moments of those days, which begin and end at the reader's midnight."""
        timezone = pytz.timezone(self.env.context.get("tz") or "UTC")
        first, last = (
            timezone.localize(datetime.combine(day, time.min))
            .astimezone(pytz.utc)
            .replace(tzinfo=None)
            for day in (start, end + timedelta(days=1))
        )
        return Domain(name, ">=", first) & Domain(name, "<", last)

    @api.model
    def _get_url(self, record):
        return (
            f"{self.get_base_url()}/mail/view?model={record._name}&res_id={record.id}"
        )

    @api.model
    def _tell_updates(self, updates):
        return [
            {
                "text": update.name,
                "url": self._get_url(update),
                "place": ", ".join(
                    filter(
                        None,
                        (
                            # sudo: who may read an update may read where it belongs
                            update.sudo().operation_id.display_name,
                            not update.is_automatic and update.sudo().user_id.name,
                        ),
                    )
                ),
                "excerpt": self._get_excerpt(update),
                "color": "muted",
            }
            for update in updates
        ]

    @api.model
    def _get_excerpt(self, update):
        text = get_text(update.body or "")
        return f"{text[:EXCERPT].rstrip()}…" if len(text) > EXCERPT else text

    @api.model
    def _tell_kpis(self, start, end):
        """The newest measurement of each KPI that was measured in those days."""
        values = self.env["sop.kpi.value"].search(
            self._get_logged_domain("create_date", start, end)
            & Domain("state", "=", "current"),
            order="date desc, id desc",
        )
        newest = {}
        for value in values:
            newest.setdefault(value.kpi_id, value)
        return [
            {
                "text": value._describe_change(),
                "url": self._get_url(kpi),
                "place": kpi.operation_id.display_name,
                "excerpt": self._get_attainment(kpi),
                "color": kpi.color_state,
            }
            for kpi, value in newest.items()
        ]

    @api.model
    def _get_attainment(self, kpi):
        if not kpi.has_attainment:
            return ""
        return self.env._(
            "%(percent)s %% of the target", percent=f"{kpi.attainment:.0f}"
        )

    @api.model
    def _tell_spending(self, start, end):
        """What each operation spent in those days, the most first; a few queries for all."""
        operations = self.env["sop.operation"].search(
            [("analytic_account_id", "!=", False)]
        )
        units = operations._get_spent_units_of(start, end)
        spent = {
            operation: from_units(
                units[operation.id], operation.currency_id.decimal_places
            )
            for operation in operations
            if operation.id in units
        }
        return [
            {
                "text": self.env._(
                    "%(operation)s: %(amount)s",
                    operation=operation.display_name,
                    amount=operation.currency_id.format(amount),
                ),
                "url": self._get_url(operation),
                "place": "",
                "excerpt": self.env._(
                    "%(percent)s %% of what is allocated, in all",
                    percent=f"{operation.money_progress:.0f}",
                )
                if operation.has_money_progress
                else "",
                "color": "muted",
            }
            for operation, amount in sorted(spent.items(), key=lambda pair: -pair[1])
        ]

    @api.model
    def _tell_upcoming(self):
        """Milestones of the next days, and those that are late."""
        soon = self.env["res.company"]._get_sop_before_domain(
            "date_target", UPCOMING + timedelta(1)
        )
        milestones = self.env["sop.milestone"].search(
            Domain("stage", "!=", "completed")
            & soon
            & Domain("operation_id.state", "in", ("planned", "in_progress"))
            & Domain("operation_id.active", "=", True)
        )
        return [
            {
                "text": f"{milestone.name} ({milestone.timing})",
                "url": self._get_url(milestone),
                "place": milestone.operation_id.display_name,
                "excerpt": "",
                "color": milestone.color_state,
            }
            for milestone in milestones
        ]

    @api.model
    def _tell_best(self):
        """The three KPIs of running operations that are best on their way."""
        kpis = self.env["sop.kpi"].search(
            [
                ("has_pace", "=", True),
                ("operation_id.state", "=", "in_progress"),
                ("operation_id.active", "=", True),
            ],
            order="pace desc, id",
            limit=BEST,
        )
        return [
            {
                "text": kpi.name,
                "url": self._get_url(kpi),
                "place": kpi.operation_id.display_name,
                "excerpt": self._get_attainment(kpi),
                "color": kpi.color_state,
            }
            for kpi in kpis
        ]

    @api.model
    def _tell_best_operations(self):
        """The three running operations whose KPIs have reached the most of their targets."""
        operations = self.env["sop.operation"].search([("state", "=", "in_progress")])
        attained = self.env["sop.kpi"]._get_attainment_by_operation(operations)
        known = [o for o in operations if attained.get(o.id) is not None]
        return [
            {
                "text": operation.display_name,
                "url": self._get_url(operation),
                "place": operation.user_id.name or "",
                "excerpt": self.env._(
                    "%(percent)s %% of the targets",
                    percent=f"{attained[operation.id]:.0f}",
                ),
                "color": "success",
            }
            for operation in sorted(known, key=lambda o: (-attained[o.id], o.id))[:BEST]
        ]

    @api.model
    def _tell_people(self, start, end):
        """The three people who reached most milestones and resolved most blockers."""
        milestones = dict(
            self.env["sop.milestone"]._read_group(
                Domain("stage", "=", "completed")
                & Domain("date_completed", ">=", start)
                & Domain("date_completed", "<=", end)
                & Domain("user_id", "!=", False),
                ["user_id"],
                ["__count"],
            )
        )
        blockers = dict(
            self.env["sop.operation.update"]._read_group(
                self._get_logged_domain("resolved_at", start, end)
                & Domain("resolved_by_id", "!=", False),
                ["resolved_by_id"],
                ["__count"],
            )
        )
        people = milestones.keys() | blockers.keys()

        def count(user):
            return milestones.get(user, 0) + blockers.get(user, 0)

        return [
            {
                # sudo: colleagues have names
                "text": user.sudo().name,
                "url": f"{self.get_base_url()}/odoo/sop-timeline",
                "place": "",
                "excerpt": self.env._(
                    "Milestones reached: %(milestones)s; blockers resolved: %(blockers)s",
                    milestones=milestones.get(user, 0),
                    blockers=blockers.get(user, 0),
                ),
                "color": "success",
            }
            for user in sorted(people, key=lambda user: (-count(user), user.id))[:BEST]
        ]
