# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from odoo import api, fields, models

from ..engine.dashboard import bar_width, step_of_time
from ..engine.kpi import shown_percent

#: So many KPIs are named on a card; more are counted.
KPIS_OF_CARD = 3
#: What a card and the words of a KPI need, read at once whatever is in memory already.
FIELDS_OF_KPI = (
    *("operation_id", "company_id", "name", "kind", "unit", "direction", "value"),
    *("has_value", "goal", "target_kind", "target_low", "target_high", "attainment"),
    *("has_attainment", "forecast", "has_forecast", "answer", "color_state"),
    *("date_start", "date_end"),
)


class SopOperation(models.Model):
    """An operation as a card: what it is, how time, money and KPIs stand, what comes next."""

    _inherit = "sop.operation"

    card = fields.Json(
        compute="_compute_card",
        export_string_translation=False,
        help="How time, money and KPIs stand and what comes next, as a screen shows it.",
    )

    @api.depends_context("uid", "lang")
    def _compute_card(self):
        cards = {card["id"]: card for card in self._origin._prepare_cards()}
        for operation in self:
            operation.card = cards.get(operation._origin.id, False)

    def _prepare_cards(self):
        """Plain data of the operations, in their order, in a constant number of queries."""
        states = dict(self._fields["state"]._description_selection(self.env))
        healths = dict(self._fields["health"]._description_selection(self.env))
        todays = self.env["res.company"]._get_sop_todays()
        kpis = self._get_kpis_of_cards()
        attainments = self.env["sop.kpi"]._get_attainment_by_operation(self)
        return [
            {
                "id": operation.id,
                "code": operation.code or "",
                "name": operation.name,
                "state": operation.state,
                "state_label": states[operation.state],
                "health": operation.health or "",
                "health_label": healths.get(operation.health, ""),
                "health_reason": operation.health_reason or "",
                "user": operation._prepare_card_user(),
                "tags": [
                    {"id": tag.id, "name": tag.name, "color": tag.color}
                    for tag in operation.tag_ids
                ],
                "period": operation.period or "",
                "time": operation._prepare_card_time(todays),
                "money": operation._prepare_card_money(),
                "currency": self._prepare_screen_currency(operation.currency_id),
                "kpi": self._prepare_card_kpis(
                    kpis.get(operation, ()), attainments.get(operation.id)
                ),
                "milestone": operation._prepare_card_milestone(),
                "blockers": operation.blocker_open_count,
            }
            for operation in self
        ]

    def _prepare_card_user(self):
        user = self.user_id
        return {"id": user.id, "name": user.name} if user else False

    def _prepare_card_time(self, todays):
        percent = self.time_progress if self.has_time_progress else None
        end = self.date_end if not self.is_ongoing else None
        step = step_of_time(
            self.date_start or None, end or None, todays[self.company_id.id]
        )
        words = {
            "day": self.env._("Day %(number)s of %(count)s"),
            "week": self.env._("Week %(number)s of %(count)s"),
            "month": self.env._("Month %(number)s of %(count)s"),
        }
        text = step and words[step[0]] % {"number": step[1], "count": step[2]}
        return {**self._prepare_bar(percent), "text": text or self.period or ""}

    def _prepare_card_money(self):
        percent = self.money_progress if self.has_money_progress else None
        return {
            **self._prepare_bar(percent),
            "allocated": self.allocated_total,
            "spent": self.spent_total if self.has_spending else None,
            "is_organic": self.is_organic,
            "hidden_count": self.hidden_funding_count,
        }

    def _get_kpis_of_cards(self):
        """``{operation: its KPIs}``"""
        kpis = self.env["sop.kpi"].search_fetch(
            [("operation_id", "in", self.ids)], FIELDS_OF_KPI
        )
        return kpis.grouped("operation_id")

    def _prepare_card_kpis(self, kpis, attainment):
        Kpi = self.env["sop.kpi"]
        tones = dict(Kpi._fields["color_state"]._description_selection(self.env))
        return {
            **self._prepare_bar(attainment),
            "items": [
                {
                    "id": kpi.id,
                    "name": kpi.name,
                    "value": kpi.value_text,
                    "target": kpi.target_text or "",
                    "tone": kpi.color_state or "muted",
                    "tone_label": tones.get(kpi.color_state, ""),
                    **self._prepare_bar(kpi.attainment if kpi.has_attainment else None),
                }
                for kpi in kpis[:KPIS_OF_CARD]
            ],
            "more_count": max(len(kpis) - KPIS_OF_CARD, 0),
        }

    def _prepare_card_milestone(self):
        milestone = self.next_milestone_id
        if not milestone:
            return False
        return {
            "id": milestone.id,
            "name": milestone.name,
            "timing": milestone.timing or "",
            "tone": milestone.color_state or "muted",
        }

    def _prepare_bar(self, percent):
        """A figure as it is shown, and the width of its bar: 107 % fill it and read 107 %."""
        return {"percent": shown_percent(percent), "width": bar_width(percent)}
