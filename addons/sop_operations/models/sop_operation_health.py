# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""Whether operations will achieve what they are for.

``engine/health.py`` states the rule. What it finds is kept as codes and figures, so that
everybody reads the reasons in their own language. Somebody may overrule it by hand, with a
reason and until a day; then the rule counts again.
"""

import logging
from collections import defaultdict

from odoo import api, fields, models
from odoo.fields import Domain

from odoo.addons.sop_budget.engine.money import to_decimal

from ..engine import health as engine
from ..engine import timing
from .by_halves import by_halves
from .sop_operation import HEALTHS

_logger = logging.getLogger(__name__)

# What has ended is judged no more
RUNNING = ("planned", "in_progress")
BATCH = 500


class SopOperation(models.Model):
    _inherit = "sop.operation"

    health = fields.Selection(
        HEALTHS,
        compute="_compute_health",
        store=True,
        index=True,
        tracking=True,
        help="Whether it will achieve what it is for; apart from the state, which says whether "
        "it is under way. Empty: there is nothing to judge it by yet.",
    )
    health_reason = fields.Text(
        "Why", compute="_compute_health_reason", help="What the health follows from."
    )
    health_found = fields.Selection(
        HEALTHS, "Health by the Rule", compute="_compute_health_found", store=True
    )
    # Verdict of the operation without what is below; codes and figures of `engine.Signal`.
    # They are exact, also of money that is hidden from some: nobody reads them, see below.
    health_own = fields.Selection(
        HEALTHS, "Own Health", compute="_compute_health_own", store=True
    )
    health_signals = fields.Json(
        compute="_compute_health_own", store=True, groups="base.group_system"
    )
    health_manual = fields.Selection(
        HEALTHS, "Health by Hand", readonly=True, copy=False
    )
    health_manual_reason = fields.Text("Reason", readonly=True, copy=False)
    health_manual_until = fields.Date(
        "Holds Until", readonly=True, copy=False, help="Empty: until it is taken back."
    )
    health_manual_user_id = fields.Many2one(
        "res.users", "Judged By", readonly=True, copy=False
    )

    @api.model
    def _get_system_fields(self):
        # EXTENDS sop_budget
        return super()._get_system_fields() | {
            "health_manual",
            "health_manual_reason",
            "health_manual_until",
            "health_manual_user_id",
        }

    @api.depends("health_found", "health_manual", "health_manual_until")
    def _compute_health(self):
        for operation in self:
            today = operation._get_today()
            until = operation.health_manual_until
            by_hand = operation.health_manual if not until or until >= today else False
            operation.health = by_hand or operation.health_found

    # === THE RULE === #

    @api.model
    def _get_health_dependencies(self):
        return (
            "state",
            "date_start",
            "date_end",
            "is_ongoing",
            "funding_ids.amount",
            "analytic_account_id",
            "kpi_ids.color_state",
            "kpi_ids.weight",
            "kpi_ids.active",
            "milestone_ids.date_target",
            "milestone_ids.stage",
        )

    @api.depends(lambda self: self._get_health_dependencies())
    def _compute_health_own(self):
        running = self.filtered(lambda o: o.state in RUNNING)
        facts = running._get_health_facts()
        before = {operation: operation.health_own for operation in running}
        for operation in self - running:
            # What ended keeps its last verdict
            operation.health_own = operation.health_own
            operation.health_signals = operation.health_signals
        for operation in running:
            signals = engine.assess(facts[operation])
            operation.health_own = engine.verdict(signals)
            operation.health_signals = [
                [signal.code, signal.level, signal.figures] for signal in signals
            ]
        # What they are part of is judged by their verdicts alone
        running.filtered(lambda o: o.health_own != before[o])._judge_above()

    def _judge_above(self):
        """Have what the operations are part of judged again, however far above.

        Not by a recursive dependency: that is worked out record by record.
        """
        above = {
            int(part)
            for operation in self
            for part in (operation.parent_path or "").split("/")[:-2]
        }
        self.browse(sorted(above)).modified(["health_own"])

    @api.depends("health_own")
    def _compute_health_found(self):
        parts = self._get_parts()
        for operation in self:
            if operation.state not in RUNNING:
                operation.health_found = operation.health_found
                continue
            below = [part.health_own for part in parts.get(operation._origin.id, ())]
            operation.health_found = engine.verdict(
                [
                    *operation._get_own_signals(),
                    *engine.assess_parts(below),
                ]
            )

    def _get_own_signals(self):
        # sudo: closed to all; see `_describe_signal` for what is shown
        return [engine.Signal(*signal) for signal in self.sudo().health_signals or []]

    def _get_parts(self):
        """``{id: operations below it that count}``: under way, of any depth."""
        below = self._get_below()
        ids = {id_ for own in below.values() for id_ in own}
        # sudo: as the system works them out; see `_describe_signal` for what is shown
        every = self.sudo().browse(sorted(ids))
        running = set(every.filtered(lambda o: o.state in RUNNING)._ids)
        return {
            id_: every.browse([part for part in own if part != id_ and part in running])
            for id_, own in below.items()
        }

    def write(self, vals):
        # EXTENDS sop.operation: what it was part of is judged without it
        moved = {"parent_id", "active", "state"} & set(vals)
        if moved:
            self._judge_above()
        result = super().write(vals)
        if moved:
            self._judge_above()
        return result

    def _get_health_facts(self):
        """``{operation: facts}`` in a few queries, of everything, whoever reads it."""
        kpis, milestones = self._get_kpi_facts(), self._get_milestone_facts()
        money = self._get_money_facts()
        facts = {}
        for operation in self:
            id_, today = operation._origin.id, operation._get_today()
            end = operation.date_end if not operation.is_ongoing else None
            start = operation.date_start
            begun = operation.state == "in_progress"
            share = timing.time_share(start, end or None, today)
            count, due, late = milestones.get(id_, (0, 0, 0))
            facts[operation] = engine.Facts(
                begun=begun,
                kpis=kpis.get(id_, ()),
                milestones=count,
                milestones_due=due,
                milestones_late=late,
                money_used=money.get(id_),
                time_used=None if share is None else 100 * share,
                days_over=(today - end).days if end and begun else None,
                days_unstarted=(today - start).days if start and not begun else None,
            )
        return facts

    def _get_kpi_facts(self):
        facts = defaultdict(list)
        for kpi in self.env["sop.kpi"].search_fetch(
            [("operation_id", "in", self.ids), ("weight", ">", 0)],
            ["operation_id", "weight", "color_state"],
        ):
            facts[kpi.operation_id.id].append((kpi.weight, kpi.color_state or "muted"))
        return facts

    def _get_milestone_facts(self):
        """``{operation id: (all, due, late)}``."""
        facts = defaultdict(lambda: [0, 0, 0])
        for milestone in self.env["sop.milestone"].search_fetch(
            [("operation_id", "in", self.ids)], ["operation_id", "date_target", "stage"]
        ):
            counts = facts[milestone.operation_id.id]
            counts[0] += 1
            if milestone.date_target < milestone.operation_id._get_today():
                counts[1] += 1
                counts[2] += milestone.stage != "completed"
        return facts

    def _get_money_facts(self):
        """``{operation id: percent}`` of what is allocated that is spent."""
        # Worked out as the system: the verdict is one for everybody
        sums = dict(
            self.env["sop.operation.funding"]._read_group(
                [("operation_id", "in", self.ids), ("amount", ">", 0)],
                ["operation_id"],
                ["amount:sum"],
            )
        )
        funded = self.browse([operation.id for operation in sums])
        spent = funded._get_spent_units()
        return {
            operation.id: float(
                to_decimal(spent[operation.id])
                / 10**operation.currency_id.decimal_places
                / to_decimal(sums[operation])
                * 100
            )
            for operation in funded
            if operation.id in spent
        }

    @api.model
    def _cron_refresh_health(self):
        """What follows from the day: time, milestones, spending, and judgements that expire."""
        self._expire_manual_health()
        last = 0
        while True:
            operations = self.search(
                [("id", ">", last), ("state", "in", RUNNING)], order="id", limit=BATCH
            )
            if not operations:
                break
            operations._refresh_health_safely()
            last = operations[-1].id
            remaining = self.search_count([("id", ">", last), ("state", "in", RUNNING)])
            if not self.env["ir.cron"]._commit_progress(
                len(operations), remaining=remaining
            ):
                break

    def _refresh_health_safely(self):
        cls = type(self)
        by_halves(self.env, self, cls._refresh_health, cls._log_broken_health)

    def _log_broken_health(self, error):
        _logger.error("Health of operation %s", self.id, exc_info=error)

    def _refresh_health(self):
        """Judge again, the parts before what they are part of."""
        # As if somebody had booked on them: reaches what they are part of, too
        self.modified(["analytic_account_id"])
        self.env.flush_all()

    @api.model
    def _expire_manual_health(self):
        limited = self.with_context(active_test=False).search(
            Domain("health_manual", "!=", False)
            & Domain("health_manual_until", "!=", False)
        )
        over = limited.filtered(lambda o: o.health_manual_until < o._get_today())
        cls = type(self)
        by_halves(self.env, over, cls._end_manual_health, cls._log_broken_health)

    def _end_manual_health(self):
        for operation in self:
            operation._clear_manual_health(self.env._("its time is over"))

    # === BY HAND === #

    def action_set_health(self):
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Judge the Health by Hand"),
            "res_model": "sop.operation.health",
            "view_mode": "form",
            "target": "new",
            "context": {"default_operation_id": self.id},
        }

    def action_clear_health(self):
        self.check_access("write")
        for operation in self.filtered("health_manual"):
            operation._clear_manual_health(self.env._("taken back"))

    def _set_manual_health(self, health, reason, until):
        self.ensure_one()
        self.check_access("write")
        labels = dict(self._fields["health"]._description_selection(self.env))
        text = self.env._(
            "Health set to “%(health)s” by hand: %(reason)s",
            health=labels[health],
            reason=reason,
        )
        if until:
            text += " " + self.env._("(until %(day)s)", day=self._format_day(until))
        # sudo: fields that only this writes; the right to edit was checked
        self.sudo().write(
            {
                "health_manual": health,
                "health_manual_reason": reason,
                "health_manual_until": until,
                "health_manual_user_id": self.env.uid,
            }
        )
        self.message_post(body=text)

    def _clear_manual_health(self, why):
        self.ensure_one()
        # sudo: as above
        self.sudo().write(
            {
                "health_manual": False,
                "health_manual_reason": False,
                "health_manual_until": False,
                "health_manual_user_id": False,
            }
        )
        self.message_post(
            body=self.env._("The health follows the rule again: %(why)s.", why=why)
        )

    # === IN WORDS === #

    @api.depends_context("lang", "uid")
    @api.depends("health", "health_signals", "health_manual", "health_manual_reason")
    def _compute_health_reason(self):
        parts = self._origin._get_parts()
        for operation in self:
            if operation.health_manual and operation.health == operation.health_manual:
                operation.health_reason = operation._describe_manual_health()
                continue
            signals = [
                *operation._get_own_signals(),
                *engine.assess_parts(
                    [part.health_own for part in parts.get(operation._origin.id, ())]
                ),
            ]
            signals.sort(key=lambda signal: -engine.LEVELS.index(signal.level))
            words = [operation._describe_signal(signal) for signal in signals]
            operation.health_reason = "\n".join(words) or self.env._(
                "There is nothing to judge it by yet: give it dates, KPIs, milestones or money."
            )

    def _describe_manual_health(self):
        text = self.env._(
            "%(user)s: %(reason)s",
            user=self.health_manual_user_id.name,
            reason=self.health_manual_reason,
        )
        if self.health_manual_until:
            text += " " + self.env._(
                "(until %(day)s)", day=self._format_day(self.health_manual_until)
            )
        return text

    def _describe_signal(self, signal):
        """One sentence; figures of money only where the reader sees all of it."""
        show = {name: f"{value:.0f}" for name, value in signal.figures.items()}
        code, good = signal.code, signal.level == engine.ON_TRACK
        if code.startswith("money") and not self._sees_own_money():
            if good:
                return self.env._("The money is used no faster than the time.")
            return self.env._("The money is used faster than planned.")
        return self._describe_kpi_signal(code, good, show) or (
            self._describe_time_signal(code, good, show)
        )

    def _sees_own_money(self):
        """Whether the reader's own figures are those that the verdict was worked out from."""
        # sudo: only compared
        every, digits = self.sudo(), self.currency_id
        return not (
            digits.compare_amounts(self.allocated, every.allocated)
            or digits.compare_amounts(self.spent, every.spent)
        )

    def _describe_kpi_signal(self, code, good, show):
        if code == "kpi":
            if good:
                return self.env._(
                    "KPIs: %(count)s measured, none off track, %(risk)s at risk.",
                    **show,
                )
            return self.env._(
                "KPIs: %(off)s off track and %(risk)s at risk of %(count)s.", **show
            )
        if code == "kpi_unmeasured":
            return self.env._(
                "Half of the time is over and none of %(count)s KPIs is measured.",
                **show,
            )
        if code == "milestone":
            if good:
                return self.env._("Milestones: none is late, %(due)s were due.", **show)
            return self.env._("Milestones: %(late)s of %(due)s due are late.", **show)
        if code == "parts":
            if good:
                return self.env._("Parts: none of %(count)s is off track.", **show)
            return self.env._("Parts: %(off)s of %(count)s are off track.", **show)
        return False

    def _describe_time_signal(self, code, good, show):
        if code == "money_over":
            return self.env._(
                "Money: %(used)s %% of what is allocated is spent.", **show
            )
        if code == "money":
            return self.env._(
                "Money: %(used)s %% is used, with %(time)s %% of the time over.", **show
            )
        if code == "unstarted":
            return self.env._("It should have begun %(days)s days ago.", **show)
        if good:
            return self.env._("Time: the end is not past.")
        return self.env._("Time: the end was %(days)s days ago.", **show)
