# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from odoo import api, fields, models
from odoo.tools import float_repr, format_amount
from odoo.tools.misc import format_date, formatLang

from ..engine import kpi as engine


class SopKpi(models.Model):
    """What the figures say, in words."""

    _inherit = "sop.kpi"

    value_text = fields.Char("Stands At", compute="_compute_words")
    target_text = fields.Char("Target in Words", compute="_compute_words")
    standing_text = fields.Char("In Words", compute="_compute_words")

    @api.depends_context("lang")
    @api.depends(
        "value",
        "attainment",
        "forecast",
        "answer",
        "goal",
        "kind",
        "unit",
        "direction",
        "target_low",
        "target_high",
        "target_kind",
        "currency_id",
    )
    def _compute_words(self):
        for kpi in self:
            kpi.value_text = (
                kpi._format_value(kpi.value)
                if kpi.has_value
                else self.env._("No data yet")
            )
            kpi.target_text = kpi._describe_target()
            kpi.standing_text = kpi._describe_standing()

    def _format_value(self, value):
        """A figure with its unit: "250 people", "83.5 %", "$ 1,200.00", "Yes"."""
        self.ensure_one()
        if self.kind == "boolean":
            return self.env._("Yes") if value >= 0.5 else self.env._("No")
        if self.kind == "currency" and self.currency_id:
            return format_amount(self.env, value, self.currency_id)
        digits = len(float_repr(value, 2).rstrip("0").partition(".")[2])
        number = formatLang(self.env, value, digits=digits)
        if self.kind == "percentage":
            return self.env._("%(number)s %%", number=number)
        if self.kind == "duration" and not self.unit:
            return self.env._("%(number)s h", number=number)
        return f"{number} {self.unit or ''}".strip()

    def _describe_change(self, change, percent):
        """ "+25 %", or how much where it is no share of anything: "+5 people"."""
        if change is None or self.kind == "boolean":
            return ""
        if percent is not None:
            return self.env._(
                "%(percent)s %%", percent=f"{engine.shown_percent(percent):+d}"
            )
        sign = "+" if change > 0 else ""
        return f"{sign}{self._format_value(change)}"

    def _round_estimate(self, value):
        """No tenths of a participant, where only whole ones are counted."""
        whole = self.value.is_integer() and self.goal.is_integer()
        return float(round(value)) if self.kind == "number" and whole else value

    def _describe_target(self):
        if self.direction == "within":
            if self.target_kind != "whole":
                return False
            return self.env._(
                "%(low)s to %(high)s",
                low=self._format_value(self.target_low),
                high=self._format_value(self.target_high),
            )
        if self.target_kind == "none" or (
            self.target_kind == "periods" and not self.target_ids
        ):
            return False
        goal = self._format_value(self.goal)
        labels = dict(self._fields["direction"]._description_selection(self.env))
        return f"{labels[self.direction]} {goal}"

    def _describe_standing(self):
        """ "250 people, 83 % of the target. Likely to be met: 312 people at the end." """
        if not self.has_value:
            return self.env._("Not measured yet.")
        if not self.has_attainment:
            return self.env._("%(value)s, without a target.", value=self.value_text)
        parts = [
            self.env._(
                "%(value)s, %(percent)s %% of the target.",
                value=self.value_text,
                percent=engine.shown_percent(self.attainment),
            )
        ]
        labels = dict(self._fields["answer"]._description_selection(self.env))
        answer = labels.get(self.answer, "")
        end = self._get_span()[1]
        if self.answer in ("likely", "close", "unlikely") and self.has_forecast and end:
            parts.append(
                self.env._(
                    "%(answer)s: %(forecast)s on %(day)s if it goes on like this.",
                    answer=answer,
                    forecast=self._format_value(self._round_estimate(self.forecast)),
                    day=format_date(self.env, end),
                )
            )
        else:
            parts.append(f"{answer}.")
        return " ".join(parts)
