# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Command

from ..engine import target
from ..models.sop_kpi import FREQUENCIES


class SopKpiReady(models.TransientModel):
    """Usual KPIs to pick from, with their source, unit and way; only the target is asked."""

    _name = "sop.kpi.ready"
    _inherit = "sop.wizard.mixin"
    _description = "Add Ready KPIs"

    operation_id = fields.Many2one("sop.operation", required=True)
    line_ids = fields.One2many(
        "sop.kpi.ready.line",
        "ready_id",
        "KPIs",
        default=lambda self: self._prepare_lines(),
    )

    @api.model
    def _get_ready_kpis(self):
        """``{code: what it is}``: values of ``sop.kpi``, and in ``target`` how one is written.

        ``metric`` is the code of a process metric, else it is typed in; ``yearly``: the figure
        itself compares with the year before. Add-ons add theirs by super().
        """
        percent = {"kind": "percentage", "direction": "at_least"}
        return {
            "GROWTH": {
                "name": self.env._("Revenue growth"),
                "metric": "fin_revenue_growth",
                "target": "+18 % YoY",
                "yearly": True,
                **percent,
            },
            "MARGIN": {
                "name": self.env._("Operating margin"),
                "metric": "fin_operating_margin",
                "target": "≥22 %",
                **percent,
            },
            "ROIC": {
                "name": self.env._("Return on invested capital"),
                "metric": "fin_roic",
                "target": "≥12 %",
                **percent,
            },
            "CCC": {
                "name": self.env._("Cash conversion cycle"),
                "metric": "cash_cycle",
                "kind": "number",
                "unit": self.env._("days"),
                "direction": "at_most",
                "target": "<40 days",
            },
            "CSAT": {
                "name": self.env._("Customer satisfaction (CSAT)"),
                "description": self.env._(
                    "Satisfied answers ÷ all answers × 100, as the survey of the period says."
                ),
                "frequency": "monthly",
                "target": "≥85 %",
                **percent,
            },
            "NPS": {
                "name": self.env._("Net promoter score (NPS)"),
                "description": self.env._(
                    "Share of promoters (9 and 10) − share of detractors (0 to 6), in points "
                    "from −100 to 100."
                ),
                "kind": "number",
                "direction": "at_least",
                "frequency": "monthly",
                "target": "≥45",
            },
        }

    @api.model
    def _prepare_lines(self):
        return [
            Command.create(
                {
                    "code": code,
                    "name": ready["name"],
                    "frequency": ready.get("frequency", "quarterly"),
                    "target": ready["target"],
                }
            )
            for code, ready in self._get_ready_kpis().items()
        ]

    def action_add(self):
        self.ensure_one()
        chosen = self.line_ids.filtered("is_chosen")
        if not chosen:
            raise UserError(
                self.env._(
                    "Tick the KPIs that “%(operation)s” gets.",
                    operation=self.operation_id.name,
                )
            )
        chosen._check_free()
        kpis = self.env["sop.kpi"].create([line._prepare_kpi() for line in chosen])
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "sop_operations.sop_kpi_action"
        )
        return {**action, "domain": [("id", "in", kpis.ids)]}


class SopKpiReadyLine(models.TransientModel):
    _name = "sop.kpi.ready.line"
    _inherit = "sop.wizard.mixin"
    _description = "Ready KPI"

    ready_id = fields.Many2one("sop.kpi.ready", required=True, ondelete="cascade")
    code = fields.Char(required=True)
    is_chosen = fields.Boolean("Add")
    name = fields.Char("KPI", required=True)
    frequency = fields.Selection(
        [row for row in FREQUENCIES if row[0] != "once"], "Measured", required=True
    )
    target = fields.Char(
        help="Such as +18 % YoY, ≥22 % or <40 days. Empty: it is only watched."
    )
    target_text = fields.Char("Read As", compute="_compute_target_text")
    has_error = fields.Boolean(compute="_compute_target_text")
    source_text = fields.Char("Comes From", compute="_compute_source")
    description = fields.Text("What It Says", compute="_compute_source")
    problem = fields.Char("No Figure Because", compute="_compute_source")

    # === What it is === #

    def _get_ready(self):
        self.ensure_one()
        ready = self.env["sop.kpi.ready"]._get_ready_kpis().get(self.code)
        if not ready:
            raise UserError(
                self.env._(
                    "There is no ready KPI with the code “%(code)s”.", code=self.code
                )
            )
        return ready

    @api.model
    def _get_metrics(self):
        """``{code: process metric}`` of those that ready KPIs read."""
        codes = [
            ready["metric"]
            for ready in self.env["sop.kpi.ready"]._get_ready_kpis().values()
            if "metric" in ready
        ]
        metrics = self.env["sop.process.metric"].with_context(active_test=False)
        return metrics.search([("code", "in", codes)]).grouped("code")

    @api.depends("code")
    def _compute_source(self):
        metrics = self._get_metrics()
        for line in self:
            ready = line._get_ready()
            metric = metrics.get(ready.get("metric"))
            line.source_text = metric.name if metric else self.env._("Typed in")
            line.description = metric.description if metric else ready["description"]
            line.problem = metric and metric._find_problem()

    # === Target === #

    @api.depends("target", "code")
    @api.depends_context("lang")
    def _compute_target_text(self):
        labels = dict(
            self.env["sop.kpi"]._fields["direction"]._description_selection(self.env)
        )
        for line in self:
            line.has_error = False
            try:
                found = line._read_target()
            except UserError as error:
                line.target_text, line.has_error = error.args[0], True
                continue
            if not found:
                line.target_text = self.env._("Only watched")
                continue
            kpi = self.env["sop.kpi"].new(line._get_kind())
            direction = labels[line._get_direction(found)]
            line.target_text = f"{direction} {kpi._format_value(found.value)}"

    def _get_kind(self):
        ready = self._get_ready()
        return {"kind": ready["kind"], "unit": ready.get("unit")}

    def _get_direction(self, found):
        return found.direction or self._get_ready()["direction"]

    def _read_target(self):
        """The target that was written; None where nothing is."""
        if not (self.target or "").strip():
            return None
        ready = self._get_ready()
        lang = self.env["res.lang"]._get_data(code=self.env.lang or "en_US")
        unit = "percent" if ready["kind"] == "percentage" else ready.get("unit") or ""
        try:
            found = target.parse(self.target, lang.decimal_point or ".")
            if unit == self.env._("days"):
                unit = "days"
            return target.fit(found, unit, ready.get("yearly", False))
        except target.TargetError as error:
            raise UserError(self._describe_error(error, ready)) from error

    def _describe_error(self, error, ready):
        reasons = {
            "number": self.env._("the number isn't clear"),
            "unit": self.env._("it is measured in another unit"),
            "yearly": self.env._(
                "it doesn't compare with the year before, so say what it is to reach"
            ),
        }
        return self.env._(
            "“%(target)s” can't be the target of “%(kpi)s”: %(reason)s. "
            "Write it like %(example)s.",
            target=self.target,
            kpi=self.name,
            reason=reasons.get(
                error.code, self.env._("only a sign, a number and a unit are read")
            ),
            example=ready["target"],
        )

    # === KPI === #

    def _check_free(self):
        """A KPI is found by its code: one of each for an operation."""
        operation = self.ready_id.operation_id
        kpis = self.env["sop.kpi"].with_context(active_test=False)
        known = kpis.search(
            [("operation_id", "=", operation.id), ("code", "in", self.mapped("code"))]
        )
        if known:
            raise UserError(
                self.env._(
                    "“%(operation)s” already has %(kpis)s: untick them, or look among its "
                    "archived KPIs.",
                    operation=operation.name,
                    kpis=", ".join(known.mapped("display_name")),
                )
            )

    def _prepare_kpi(self):
        """Values of the KPI; to be extended by super()."""
        ready, found = self._get_ready(), self._read_target()
        metric = self._get_metrics().get(ready.get("metric"))
        return {
            "operation_id": self.ready_id.operation_id.id,
            "name": self.name,
            "code": self.code,
            "description": self.description,
            "frequency": self.frequency,
            "direction": self._get_direction(found) if found else ready["direction"],
            "target_kind": "whole" if found else "none",
            "target": found.value if found else 0,
            "source": "process" if metric else "manual",
            "source_window": "period",
            "process_metric_id": metric and metric.id,
            **self._get_kind(),
        }
