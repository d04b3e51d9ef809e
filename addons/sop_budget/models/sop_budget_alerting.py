# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
import logging
from collections import defaultdict

from markupsafe import Markup

from odoo import api, fields, models

from ..engine import alerts, period
from ..engine import report as engine
from ..engine.measures import ahead_of_pace
from ..report.budget_report_builder import BudgetReportBuilder
from .sop_budget_alert import QUIET_DAYS, STEPS, Finding

_logger = logging.getLogger(__name__)

#: The money has to be this far ahead of the time before somebody is told: 60 % of the time
#: gone and 80 % of the money used.
PACE_MARGIN = 0.2
#: Budgets looked at before progress is saved.
BATCH = 10


class SopBudget(models.Model):
    _inherit = "sop.budget"

    alert_round = fields.Integer(
        default=0, copy=False, readonly=True, help="How often this budget was revised."
    )
    alert_checked = fields.Date(copy=False, readonly=True, help="Last look for alerts.")
    alert_ids = fields.One2many("sop.budget.alert", "budget_id", readonly=True)

    @api.model
    def _get_system_fields(self):
        # Whoever writes them silences the alerts
        return super()._get_system_fields() | {"alert_round", "alert_checked"}

    def _set_state(self, state, allowed, role):
        # A budget that goes back to draft is revised: its alerts are armed again
        revised = (
            self.filtered(lambda b: b.state == "approved")
            if state == "draft"
            else self[:0]
        )
        result = super()._set_state(state, allowed, role)
        for budget in revised.sudo():  # sudo: counted by the system
            budget.alert_round += 1
        return result

    # === SCHEDULED ACTION === #

    @api.model
    def _cron_alert(self):
        """Tell who answers for a budget or category that its money runs out."""
        today = fields.Date.context_today(self)
        self._close_alerts_of_others(today)
        budgets = self.search(
            [
                ("state", "=", "approved"),
                ("is_template", "=", False),
                ("date_from", "<=", today),
                ("date_to", ">=", today),
                # A run that was cut short goes on where it stopped
                "|",
                ("alert_checked", "=", False),
                ("alert_checked", "<", today),
            ],
            order="id",
        )
        cron = self.env["ir.cron"]
        for start in range(0, len(budgets), BATCH):
            batch = budgets[start : start + BATCH]
            done = self.browse()
            for budget in batch:
                try:
                    with self.env.cr.savepoint():
                        budget._raise_alerts()
                    done += budget
                except Exception:
                    # One budget that can't be read must not keep the others from being told
                    _logger.exception("Alerts of budget %s failed.", budget.id)
            done.alert_checked = today
            if not cron._commit_progress(
                len(batch), remaining=len(budgets) - start - len(batch)
            ):
                break

    def action_check_alerts(self):
        """Look at once instead of at night."""
        self._check_can_manage()
        # sudo: what is told is decided by all categories, not by those the manager sees
        told = sum(len(budget.sudo()._raise_alerts()) for budget in self)
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "message": self.env._("New alerts: %(count)s.", count=told),
                "type": "warning" if told else "success",
                "next": {"type": "ir.actions.act_window_close"},
            },
        }

    # === WHAT IS TO BE TOLD === #

    @api.model
    def _close_alerts_of_others(self, today):
        """Of budgets that are looked at no more: over, closed or under revision."""
        self.env["sop.budget.alert"].search(
            [
                ("state", "!=", "closed"),
                "|",
                ("budget_id.state", "!=", "approved"),
                ("budget_id.date_to", "<", today),
            ]
        )._close()

    def _raise_alerts(self):
        """Log and tell what is new, close what is over; returns the alerts told."""
        self.ensure_one()
        findings = self._find_alerts()
        known, gone = self._follow_alerts(findings)
        news = defaultdict(list)
        for finding in findings:
            if self._get_cause(finding) not in known:
                # Share used and money above the plan are steps of one story
                story = "used" if finding.kind in STEPS else finding.kind
                news[finding.category, story].append(finding)
        told = self.env["sop.budget.alert"].create(
            [
                self._prepare_alert_vals(finding)
                for group in news.values()
                for finding in group
            ]
        )
        gone._close()
        # Of several thresholds passed at once only the highest is news
        self._tell_alerts(
            [
                max(group, key=lambda f: (STEPS.get(f.kind, 0), f.threshold))
                for group in news.values()
            ]
        )
        return told

    def _follow_alerts(self, findings):
        """``(causes that are known, alerts whose cause is gone)``.

        What comes back within a week of its end is open again without being told twice.
        """
        today = fields.Date.context_today(self)
        causes = {self._get_cause(finding) for finding in findings}
        known = set()
        gone = back = self.env["sop.budget.alert"]
        for alert in self.alert_ids:  # the newest first
            cause = alert._get_cause()
            if alert.alert_round != self.alert_round or cause not in causes:
                gone += alert.filtered(lambda a: a.state != "closed")
            elif cause not in known:
                if alert.closed_on:
                    if (today - alert.closed_on).days >= QUIET_DAYS:
                        continue
                    back += alert
                known.add(cause)
        back._reopen()
        return known, gone

    @api.model
    def _get_cause(self, finding):
        return finding.category.id, finding.kind, finding.threshold

    def _find_alerts(self):
        """All that is true today, told or not, from one matrix."""
        today = fields.Date.context_today(self)
        options = self._prepare_report_options({"as_of": fields.Date.to_string(today)})
        builder = BudgetReportBuilder(self, options)
        if not builder.tree.ids:
            return []
        span = engine.Span("whole", "whole", self.date_from, self.date_to)
        column = builder.column(span)
        elapsed = float(period.elapsed_time(self.date_from, self.date_to, today))
        findings = []
        for position, category in enumerate(builder.categories):
            if builder.tree.kinds[position] != "income" and self._is_watched(category):
                row = engine.pick_rows(column, [position])
                findings += self._judge_row(category, row, elapsed)
        spending = [
            builder.row_keys.index(f"t_{kind}")
            for kind in ("expense", "capital")
            if kind in builder.kinds
        ]
        if spending:
            nobody = self.env["sop.budget.category"]
            findings += self._judge_row(
                nobody, engine.pick_rows(column, spending), elapsed
            )
        return findings

    def _is_watched(self, category):
        """Leaves, and those above them that somebody answers for or that have own thresholds."""
        return category.is_leaf or bool(category.user_id or category.alert_thresholds)

    def _judge_row(self, category, row, elapsed):
        planned = row.planned.item()
        used = (row.reserved + row.committed + row.actual).item()
        if planned <= 0:
            missing = category and not planned and used > 0
            return (
                [Finding(category, "unplanned", 0.0, None, elapsed)] if missing else []
            )
        share = used / planned
        texts = (category.alert_thresholds, self.alert_thresholds)
        thresholds = self._parse_thresholds(next(filter(None, texts), ""))
        findings = [
            # In minor units: a share that is 80 % exactly must not be lost in a float
            Finding(category, "used", threshold, share, elapsed)
            for threshold in thresholds
            if used * 100 >= planned * threshold
        ]
        findings += [
            Finding(category, "overspent", threshold, share, elapsed)
            for threshold in alerts.overspent(used, planned)
        ]
        # A plan that wants its money early is not ahead of itself
        expected = max(elapsed, row.to_date.item() / planned)
        if self.alert_pace and ahead_of_pace(share, expected, PACE_MARGIN - 1e-9):
            findings.append(
                Finding(category, "pace", PACE_MARGIN * 100, share, elapsed)
            )
        return findings

    # === TELLING === #

    def _prepare_alert_vals(self, finding):
        return {
            "budget_id": self.id,
            "category_id": finding.category.id,
            "kind": finding.kind,
            "threshold": finding.threshold,
            "used": (finding.used or 0.0) * 100,
            "elapsed": finding.elapsed * 100,
            "alert_round": self.alert_round,
            "user_id": self._get_alert_user(finding.category).id,
        }

    def _get_alert_user(self, category):
        """The responsible person of the category or of one above it, else the owner.

        Somebody who may not see the category is not told about it.
        """
        while category:
            user = category.user_id
            if user.active and category.with_user(user).has_access("read"):
                return user
            category = category.parent_id
        return self._get_managers()[:1]

    def _tell_alerts(self, findings):
        for finding in findings:
            user = self._get_alert_user(finding.category)
            if not user:
                _logger.warning(
                    "Nobody is left to be told about an alert of budget %s.", self.id
                )
                continue
            budget = self.with_context(lang=user.lang)
            summary, note = budget._get_alert_text(finding)
            record = (finding.category or self).with_context(lang=user.lang)
            record.activity_schedule(
                "sop_budget.mail_activity_type_alert",
                summary=summary,
                note=Markup("<p>%s</p>") % note,
                user_id=user.id,
            )

    def _is_discreet(self, category):
        """Whether shares would tell more than all readers of the activity may see.

        An activity is seen by whoever sees its record; a share that counts hidden categories in
        would give those away.
        """
        if category.is_leaf:
            return False
        return any(c.visibility_effective != "all" for c in self.category_ids)

    def _get_alert_text(self, finding):
        """Subject and text of the activity, in the language of its reader."""
        name = finding.category.display_name or self.display_name
        shares = {
            "name": name,
            "used": round((finding.used or 0) * 100),
            "elapsed": round(finding.elapsed * 100),
        }
        if self._is_discreet(finding.category):
            return (
                self.env._("%(name)s has reached an alert threshold", name=name),
                self.env._(
                    "Open the report of “%(name)s” to see how its money is used.",
                    name=name,
                ),
            )
        if finding.kind == "unplanned":
            return (
                self.env._("%(name)s: spent without a plan", name=name),
                self.env._(
                    "Money is ordered or spent on “%(name)s”, which plans nothing.",
                    name=name,
                ),
            )
        if finding.kind == "pace":
            return (
                self.env._(
                    "%(name)s: %(elapsed)s%% of the time, %(used)s%% of the money",
                    **shares,
                ),
                self.env._(
                    "%(elapsed)s%% of the time of “%(name)s” is gone and %(used)s%% of its "
                    "money is ordered or spent.",
                    **shares,
                ),
            )
        if finding.used > 1:
            return (
                self.env._("%(name)s is over budget: %(used)s%% used", **shares),
                self.env._(
                    "More is ordered and spent on “%(name)s” than was planned.",
                    name=name,
                ),
            )
        return (
            self.env._("%(name)s: %(used)s%% of the plan is used", **shares),
            self.env._(
                "%(used)s%% of the plan of “%(name)s” is ordered or spent.", **shares
            ),
        )
