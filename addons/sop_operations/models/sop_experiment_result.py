# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools.misc import formatLang

from ..engine import experiment as engine
from ..engine import statistics


class SopExperiment(models.Model):
    """What the results of an experiment say, in figures and in words."""

    _inherit = "sop.experiment"

    result_words = fields.Text("Result", compute="_compute_result")
    warning_words = fields.Text("Mind", compute="_compute_result")
    proposal = fields.Selection(
        [
            ("scale", "Scale"),
            ("iterate", "Iterate"),
            ("stop", "Stop"),
            ("wait", "Wait"),
        ],
        compute="_compute_result",
        help="What the rule, written down before, proposes for the results.",
    )
    proposal_words = fields.Text("Proposal in Words", compute="_compute_result")
    lift = fields.Float("Best Lift (%)", compute="_compute_result", aggregator=None)
    has_result = fields.Boolean(compute="_compute_result")
    size_reached = fields.Integer(
        "Cases per Arm", compute="_compute_result", help="Of the smallest arm."
    )
    size_progress = fields.Float("Cases (%)", compute="_compute_result")
    size_words = fields.Char("Cases in Words", compute="_compute_result")

    # === EVALUATION === #

    def _evaluate(self) -> engine.Evaluation:
        self.ensure_one()
        arms = [
            engine.Arm(
                key=arm.id,
                after=arm._get_cell(),
                before=arm._get_cell(before=True),
                is_control=arm.is_control,
                share=arm.share if arm.share > 0 else 1.0,
            )
            for arm in self.arm_ids
        ]
        return engine.evaluate(self._get_plan(), arms, self.look_ids.mapped("size"))

    @api.depends_context("lang")
    @api.depends(
        "state",
        "arm_ids.size",
        "arm_ids.successes",
        "arm_ids.mean",
        "arm_ids.deviation",
        "arm_ids.size_before",
        "arm_ids.successes_before",
        "arm_ids.mean_before",
        "arm_ids.deviation_before",
        "arm_ids.is_control",
        "arm_ids.share",
        "arm_ids.name",
        "arm_ids.kpi_id",
        "look_ids",
        "design",
        "direction",
        "metric_kind",
        "size_needed",
        "alpha",
        "scale_from",
        "iterate_from",
        "needs_significance",
        "date_start",
    )
    def _compute_result(self):
        for experiment in self:
            evaluation = experiment._evaluate()
            experiment.has_result = bool(evaluation.variants)
            experiment.proposal = evaluation.proposal.decision
            experiment.lift = (evaluation.best and evaluation.best.lift) or 0.0
            experiment.size_reached = min(experiment.arm_ids.mapped("size"), default=0)
            experiment.size_progress = 100 * (evaluation.progress or 0.0)
            experiment.size_words = experiment._describe_size()
            experiment.result_words = "\n".join(
                experiment._describe_variants(evaluation)
            )
            experiment.proposal_words = experiment._describe_proposal(evaluation)
            experiment.warning_words = "\n".join(
                experiment._describe_warning(warning) for warning in evaluation.warnings
            )

    # === HISTORY === #

    def _record_looks(self):
        """Append the present results to the history, where they are new."""
        vals_list = []
        for experiment in self:
            evaluation = experiment._evaluate()
            figures = experiment._get_figures(evaluation)
            last = experiment.look_ids[:1]
            if (
                experiment.state != "running"
                or not evaluation.variants
                or (last and last.figures["arms"] == figures["arms"])
            ):
                continue
            best = evaluation.best
            vals_list.append(
                {
                    "experiment_id": experiment.id,
                    "date": fields.Datetime.now(),
                    "user_id": self.env.uid,
                    "size": min(experiment.arm_ids.mapped("size")),
                    "size_needed": experiment.size_needed,
                    "lift": (best and best.lift) or 0.0,
                    "p_value": (best and best.p_value) or 0.0,
                    "is_significant": bool(best and best.significant),
                    "words": "\n".join(experiment._describe_variants(evaluation)),
                    "figures": figures,
                }
            )
        # sudo: history is written by the system alone, whoever entered the results
        self.env["sop.experiment.look"].sudo().create(vals_list)
        self.invalidate_recordset(["look_ids", "look_count"])

    def _get_figures(self, evaluation):
        """What the arms showed and what followed, as plain data to be kept."""
        self.ensure_one()
        names = ("size", "successes", "mean", "deviation")
        return {
            "arms": [
                {
                    "id": arm.id,
                    "name": arm.name,
                    "is_control": arm.is_control,
                    **{name: arm[name] for name in names},
                    **{f"{name}_before": arm[f"{name}_before"] for name in names},
                }
                for arm in self.arm_ids
            ],
            "variants": [
                {
                    "id": result.key,
                    "difference": result.comparison.difference,
                    "difference_low": result.comparison.low,
                    "difference_high": result.comparison.high,
                    "lift": result.lift,
                    "lift_low": result.low,
                    "lift_high": result.high,
                    "p_value": result.p_value,
                    "significant": result.significant,
                    "level": result.level,
                }
                for result in evaluation.variants
            ],
            "level": evaluation.level,
            "proposal": evaluation.proposal.decision,
            "reason": evaluation.proposal.reason,
            "warnings": [warning.code for warning in evaluation.warnings],
        }

    def action_read_kpis(self):
        """Take the results from the KPIs of the arms."""
        self.check_access("write")
        for experiment in self:
            found = experiment.arm_ids._read_kpis()
            if not found:
                raise UserError(
                    self.env._(
                        "No KPI of the arms of “%(experiment)s” was measured since it "
                        "started. Choose KPIs for the arms, or enter the results.",
                        experiment=experiment.name,
                    )
                )
            experiment.write(
                {
                    "arm_ids": [
                        fields.Command.update(arm.id, vals)
                        for arm, vals in found.items()
                    ]
                }
            )

    def _get_windows(self):
        """``{suffix of the fields: (first day, last day)}`` of the measurements that count.

        What lies before is as long as the experiment so far, so that sums can be compared.
        """
        self.ensure_one()
        windows = {"": (self.date_start, self.date_end)}
        if self.design != engine.SPLIT and self.date_start:
            today = fields.Date.context_today(self)
            end = max(min(self.date_end or today, today), self.date_start)
            day = timedelta(days=1)
            start = self.date_start - (end - self.date_start) - day
            windows["_before"] = start, self.date_start - day
        return windows

    # === DRAWING === #

    def _get_interval_scale(self, evaluation):
        """Ends of the axis on which the intervals of all arms are drawn, in percent."""
        self.ensure_one()
        ends = [0.0, self.scale_from]
        for result in evaluation.variants:
            ends += [
                value
                for value in (result.lift, result.low, result.high)
                if value is not None
            ]
        low, high = min(ends), max(ends)
        margin = (high - low) * 0.05 or 1.0
        return low - margin, high + margin

    def _get_interval(self, result, scale):
        """What the widget of a confidence interval draws; False without a result."""
        self.ensure_one()
        if not result or result.lift is None:
            return False
        return {
            "value": result.lift,
            "low": result.low,
            "high": result.high,
            "goal": self.scale_from,
            "start": scale[0],
            "end": scale[1],
            "label": self._describe_lift(result),
        }

    # === WORDS === #

    def _format_number(self, value):
        """Three digits are enough to decide on."""
        size = abs(value)
        digits = 0 if size >= 100 or value == round(value) else 1 if size >= 10 else 2
        return formatLang(self.env, value, digits=digits)

    def _format_percent(self, value):
        digits = 0 if abs(value) >= 9.95 or value == round(value) else 1
        # −0.04 is shown as 0, not as −0
        return formatLang(self.env, round(value, digits) + 0.0, digits=digits)

    def _describe_variants(self, evaluation):
        """A line for each variant, the best one first."""
        names = {arm.id: arm.name for arm in self.arm_ids}
        results = sorted(
            evaluation.variants, key=lambda result: result != evaluation.best
        )
        return [
            self.env._(
                "%(variant)s: %(lift)s; %(chance)s.",
                variant=names[result.key],
                lift=self._describe_lift(result),
                chance=self._describe_chance(result),
            )
            for result in results
        ]

    def _describe_lift(self, result):
        """“10 % better than control, between 3 and 17”"""
        control = self._describe_control()
        if result.lift is None:
            return self.env._(
                "%(difference)s more than %(control)s, which shows 0",
                difference=self._describe_difference(result.comparison.difference),
                control=control,
            )
        lift, low, high = result.lift, result.low, result.high
        text = self.env._("no different from %(control)s", control=control)
        if self._format_percent(lift) != self._format_percent(0.0):
            text = (
                self.env._(
                    "%(lift)s %% better than %(control)s",
                    lift=self._format_percent(lift),
                    control=control,
                )
                if lift > 0
                else self.env._(
                    "%(lift)s %% worse than %(control)s",
                    lift=self._format_percent(-lift),
                    control=control,
                )
            )
        if low is None or high is None:
            return text
        if low < 0 < high:
            return self.env._(
                "%(text)s, between %(low)s %% worse and %(high)s %% better (%(sure)s %% sure)",
                text=text,
                low=self._format_percent(-low),
                high=self._format_percent(high),
                sure=self._format_confidence(result),
            )
        ends = sorted((abs(low), abs(high)))
        return self.env._(
            "%(text)s, between %(low)s and %(high)s (%(sure)s %% sure)",
            text=text,
            low=self._format_percent(ends[0]),
            high=self._format_percent(ends[1]),
            sure=self._format_confidence(result),
        )

    def _format_confidence(self, result):
        """How sure the limits are, in percent; never all sure."""
        sure = min(100 * (1 - result.level), 99.99)
        digits = next(
            d for d in (0, 1, 2) if d == 2 or abs(sure - round(sure, d)) < 1e-6
        )
        return formatLang(self.env, sure, digits=digits)

    def _describe_control(self):
        if self.design == engine.BEFORE_AFTER:
            return self.env._("before")
        control = self.arm_ids.filtered("is_control")[:1]
        if self.design == engine.COMPARED:
            return self.env._("if it had changed like %(name)s", name=control.name)
        return control.name

    def _describe_difference(self, difference):
        if self.metric_kind == "rate":
            return self.env._(
                "%(points)s percentage points",
                points=self._format_percent(difference * 100),
            )
        return self._format_number(difference)

    def _describe_chance(self, result):
        if result.p_value is None:
            return self.env._("whether that is chance can't be told")
        least = 0.0001
        p_value = formatLang(self.env, max(result.p_value, least), digits=4)
        sign = "<" if result.p_value < least else "="
        if result.significant:
            return self.env._(
                "more than chance (p %(sign)s %(p)s)", sign=sign, p=p_value
            )
        return self.env._("it may be chance (p %(sign)s %(p)s)", sign=sign, p=p_value)

    def _describe_proposal(self, evaluation):
        proposal, best = evaluation.proposal, evaluation.best
        lift = best and best.lift is not None and self._format_percent(best.lift)
        words = {
            "scale": self.env._("Scale"),
            "iterate": self.env._("Iterate"),
            "stop": self.env._("Stop"),
            "wait": self.env._("Wait"),
        }[proposal.decision]
        return self.env._(
            "%(decision)s: %(reason)s",
            decision=words,
            reason=self._describe_reason(proposal.reason, lift),
        )

    def _describe_reason(self, reason, lift):
        scale = self._format_percent(self.scale_from)
        iterate = self._format_percent(self.iterate_from)
        if reason == "reached" and not self.needs_significance:
            return self.env._(
                "the lift of %(lift)s %% reaches the %(scale)s %% of the rule.",
                lift=lift,
                scale=scale,
            )
        if reason == "reached":
            return self.env._(
                "the lift of %(lift)s %% reaches the %(scale)s %% of the rule, and is more "
                "than chance.",
                lift=lift,
                scale=scale,
            )
        if reason == "chance":
            return self.env._(
                "the lift of %(lift)s %% reaches the %(scale)s %% of the rule, but it may be "
                "chance. Change something, or repeat it with more cases.",
                lift=lift,
                scale=scale,
            )
        if reason == "below":
            return self.env._(
                "the lift of %(lift)s %% is below the %(scale)s %% of the rule. Change "
                "something and try again.",
                lift=lift,
                scale=scale,
            )
        if reason == "worse":
            return self.env._(
                "the lift of %(lift)s %% is below %(iterate)s %%.",
                lift=lift,
                iterate=iterate,
            )
        if reason == "incomplete":
            return self.env._("not all cases are there, and nothing is clear yet.")
        if reason == "no_lift":
            return self.env._(
                "the control shows 0, so there is no lift in percent. Decide by hand."
            )
        return self.env._("there are no results yet.")

    def _describe_warning(self, warning):
        values = warning.values
        return {
            "no_comparison_group": lambda: self.env._(
                "No comparison group: whatever else changed in the meantime counts as the "
                "effect."
            ),
            "mismatch": lambda: self.env._(
                "The arms don't have the sizes that were planned, and that is hardly chance "
                "(p < 0.001): look for a fault in how cases are assigned before you believe "
                "the result."
            ),
            "many_variants": lambda: self.env._(
                "%(count)s variants are compared with one control: p-values and the "
                "confidence of the limits are corrected for that (Holm).",
                count=values["count"],
            ),
            "few_before": lambda: self.env._(
                "The smallest group has %(size)s of the %(needed)s cases needed before the "
                "start: an effect is found less often than planned.",
                **values,
            ),
            "measurements": lambda: self.env._(
                "Means are taken from a KPI: the cases are its measurements, not the people "
                "or things behind them."
            ),
            "too_small": lambda: self.env._(
                "An arm has a single case: that is an anecdote."
            ),
            "small_cells": lambda: self.env._(
                "Fewer than %(least)s successes or failures are expected in an arm: the "
                "p-value is rough.",
                least=values["least"],
            ),
            "no_spread": lambda: self.env._(
                "An arm has a deviation of 0: check the results."
            ),
            "no_lift": lambda: self.env._(
                "What it is compared with shows 0: there is no lift in percent."
            ),
            "no_plan": lambda: self.env._(
                "Nobody said how many cases are needed: a result that is looked at again and "
                "again until it pleases is worth little."
            ),
            "peeking": lambda: self.env._(
                "Looked at %(looks)s times before all %(needed)s cases per arm were there "
                "(now: %(size)s). Until then, only a much clearer result counts as more than "
                "chance.",
                **values,
            ),
        }[warning.code]()

    def _describe_size(self):
        """“34 of 50 cases per arm; 12 more days at the present pace”"""
        self.ensure_one()
        reached, needed = min(self.arm_ids.mapped("size"), default=0), self.size_needed
        if not needed:
            return self.env._("%(reached)s cases per arm", reached=reached)
        if reached >= needed:
            return self.env._("all %(needed)s cases per arm are there", needed=needed)
        text = self.env._(
            "%(reached)s of %(needed)s cases per arm", reached=reached, needed=needed
        )
        today = fields.Date.context_today(self)
        days = (
            (today - self.date_start).days + 1
            if self.date_start and self.state == "running"
            else 0
        )
        left = statistics.days_left(needed, reached, days)
        if left is None:
            return text
        return self.env._(
            "%(text)s; %(days)s more days at the present pace", text=text, days=left
        )
