# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from odoo import api, fields, models

from ..engine import kpi as engine


class SopKpi(models.Model):
    """The history of a KPI as a picture."""

    _inherit = "sop.kpi"

    chart = fields.Json(compute="_compute_chart", export_string_translation=False)

    @api.depends_context("lang")
    @api.depends("value", "forecast", "goal", "value_ids.state", "target_ids")
    def _compute_chart(self):
        points = self._read_points()
        for kpi in self:
            plan, known = kpi._get_plan(), points.get(kpi._origin.id, [])
            if plan.start and plan.aggregation != "latest":
                known = [point for point in known if point[0] >= plan.start]
            kpi.chart = kpi._get_chart(plan, _running(plan, known))

    def _get_chart(self, plan, points):
        """What the widget ``sop_kpi_chart`` draws; days are ISO dates."""
        ahead = []
        if points and plan.end and self.has_forecast and points[-1][0] < plan.end:
            ahead = [points[-1], (plan.end, self.forecast)]
        within = plan.direction == "within" and plan.low is not None
        return {
            "title": self.name,
            "unit": self.unit or (self.kind == "percentage" and "%") or "",
            "text": self.standing_text,
            "points": _to_json(points),
            "target": _to_json(engine.path(plan)),
            "forecast": _to_json(ahead),
            "band": [plan.low, plan.high] if within else [],
        }


def _to_json(points):
    return [[fields.Date.to_string(day), value] for day, value in points]


def _running(plan, points):
    """The value after each measurement: what adds up is drawn as its sum so far."""
    return [
        (day, engine.aggregate(plan.aggregation, points[: place + 1]))
        for place, (day, _value) in enumerate(points)
    ]
