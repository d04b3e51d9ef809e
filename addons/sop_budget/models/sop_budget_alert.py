# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from collections import namedtuple

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError

from ..engine.alerts import severity

#: Something to tell: about a category (or the whole budget when empty), what and how much.
Finding = namedtuple("Finding", "category kind threshold used elapsed")
ALERT_KINDS = [
    ("used", "Share of the plan used"),
    ("overspent", "Spent more than planned"),
    ("pace", "Money faster than time"),
    ("unplanned", "Spent without a plan"),
]
SEVERITIES = [
    ("info", "Info"),
    ("warning", "Warning"),
    ("high", "High"),
    ("critical", "Critical"),
]
ALERT_STATES = [
    ("open", "Open"),
    ("acknowledged", "Acknowledged"),
    ("closed", "Closed"),
]
#: A cause that comes back within this many days of its end is not told a second time.
QUIET_DAYS = 7
#: What is told in steps; a higher step says more than all lower ones.
STEPS = {"used": 0, "overspent": 1}
# Proof that a write comes from an action of this model: a context that arrives by RPC holds
# plain JSON and can never carry this very object.
ALERT_TOKEN = object()


class SopBudgetAlert(models.Model):
    """What the responsible person has been told, so that nothing is told twice.

    What was told stays; an alert is acknowledged by people and closed by the scheduled action
    when its cause is gone. ``alert_round`` of the budget counts its revisions: after one,
    everything may be told again.
    """

    _name = "sop.budget.alert"
    _inherit = "sop.system.mixin"
    _description = "Budget Alert"
    _order = "id desc"
    _rec_name = "kind"

    budget_id = fields.Many2one(
        "sop.budget", required=True, index=True, ondelete="cascade", readonly=True
    )
    company_id = fields.Many2one(related="budget_id.company_id", store=True)
    category_id = fields.Many2one(
        "sop.budget.category",
        index="btree_not_null",
        ondelete="cascade",
        readonly=True,
        help="Empty: the budget as a whole.",
    )
    kind = fields.Selection(ALERT_KINDS, string="Alert", required=True, readonly=True)
    threshold = fields.Float(
        required=True,
        readonly=True,
        aggregator=None,
        help="In percent: of the plan, above the plan, or of the money ahead of the time.",
    )
    severity = fields.Selection(
        SEVERITIES,
        compute="_compute_severity",
        store=True,
        index=True,
        help="Info: less than 80 % of the plan is used.\n"
        "Warning: 80 % are used, or money goes faster than time.\n"
        "High: all of it is used, more than 10 % above the plan is, or money went where "
        "nothing is planned.\n"
        "Critical: more than 20 % above the plan is used.",
    )
    used = fields.Float("Used %", readonly=True, aggregator=None)
    elapsed = fields.Float("Time Gone %", readonly=True, aggregator=None)
    alert_round = fields.Integer(
        "Revision", required=True, default=0, readonly=True, aggregator=None
    )
    user_id = fields.Many2one("res.users", string="Told", readonly=True)
    date = fields.Date(
        "Told On", required=True, readonly=True, default=fields.Date.context_today
    )
    state = fields.Selection(
        ALERT_STATES,
        compute="_compute_state",
        store=True,
        index=True,
        help="Closed: the cause is gone, or the budget is.",
    )
    acknowledged_by_id = fields.Many2one("res.users", readonly=True)
    acknowledged_on = fields.Datetime(readonly=True)
    acknowledge_note = fields.Text("Note", readonly=True)
    closed_on = fields.Date(readonly=True)

    _once = models.UniqueIndex(
        "(budget_id, alert_round, kind, threshold, COALESCE(category_id, 0))"
        " WHERE closed_on IS NULL",
        "This alert has been given already.",
    )

    # === COMPUTE === #

    @api.depends("kind", "threshold")
    def _compute_severity(self):
        for alert in self:
            alert.severity = severity(alert.kind, alert.threshold)

    @api.depends("acknowledged_on", "closed_on")
    def _compute_state(self):
        for alert in self:
            if alert.closed_on:
                alert.state = "closed"
            else:
                alert.state = "acknowledged" if alert.acknowledged_on else "open"

    @api.depends("category_id", "budget_id", "kind")
    def _compute_display_name(self):
        labels = dict(self._fields["kind"]._description_selection(self.env))
        for alert in self:
            name = (alert.category_id or alert.budget_id).display_name
            alert.display_name = f"{name}: {labels.get(alert.kind)}"

    # === GUARDS === #

    def write(self, vals):
        if self.env.context.get("sop_alert_token") is not ALERT_TOKEN:
            raise UserError(self.env._("What has been told can't be changed."))
        return super().write(vals)

    @api.ondelete(at_uninstall=False)
    def _unlink_never(self):
        raise UserError(self.env._("What has been told can't be deleted."))

    # === PEOPLE === #

    def action_acknowledge(self):
        """Ask for the note that is kept with the alerts."""
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Acknowledge"),
            "res_model": "sop.budget.alert.acknowledge",
            "view_mode": "form",
            "views": [(False, "form")],
            "target": "new",
            "context": {"default_alert_ids": self.ids},
        }

    def _acknowledge(self, note):
        """Of several steps (80 %, 100 %, …) the lower ones are settled with the higher."""
        self.check_access("read")
        self._check_can_acknowledge()
        news = self.filtered(lambda alert: alert.state == "open")
        if not news:
            raise UserError(
                self.env._(
                    "Nothing to acknowledge: the chosen alerts are acknowledged or closed already."
                )
            )
        # sudo: readers can't write alerts; these may acknowledge them, as was just checked
        news = news.sudo()._with_lower_steps()
        news._write_trusted(
            {
                "acknowledged_by_id": self.env.uid,
                "acknowledged_on": fields.Datetime.now(),
                "acknowledge_note": note,
            }
        )
        news._drop_reminders()

    def _check_can_acknowledge(self):
        """Who was told, and who manages the budget; auditors change nothing."""
        others = self.filtered(lambda alert: alert.user_id != self.env.user)
        for budget in others.budget_id:
            if not budget._has_role("manager"):
                raise AccessError(
                    self.env._(
                        "Alerts of “%(budget)s” are acknowledged by whoever was told, its owner "
                        "and its managers.",
                        budget=budget.name,
                    )
                )

    def _with_lower_steps(self):
        lower = self.budget_id.alert_ids.filtered(
            lambda alert: alert.state == "open" and alert.kind in STEPS
        )
        return self | lower.filtered(
            lambda low: any(
                alert.kind in STEPS
                and alert.budget_id == low.budget_id
                and alert.category_id == low.category_id
                and alert._get_step() >= low._get_step()
                for alert in self
            )
        )

    def _get_step(self):
        return STEPS[self.kind], self.threshold

    # === SYSTEM === #

    def _write_trusted(self, vals):
        self.with_context(sop_alert_token=ALERT_TOKEN).write(vals)

    def _get_cause(self):
        return self.category_id.id, self.kind, self.threshold

    def _close(self):
        """The cause is gone: nobody needs to be reminded of it."""
        self._write_trusted({"closed_on": fields.Date.context_today(self)})
        self._drop_reminders()

    def _reopen(self):
        """The cause is back so soon that it is no news."""
        self._write_trusted({"closed_on": False})

    def _drop_reminders(self):
        """Of categories and budgets of which nothing is open any more."""
        for budget, alerts in self.grouped("budget_id").items():
            still = budget.alert_ids.filtered(lambda alert: alert.state == "open")
            settled = [alerts.category_id - still.category_id]
            if not all(alert.category_id for alert in alerts) and all(
                alert.category_id for alert in still
            ):
                settled.append(budget)
            for records in settled:
                records.activity_unlink(["sop_budget.mail_activity_type_alert"])
