# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from odoo import api, fields, models
from odoo.exceptions import ValidationError
from odoo.fields import Domain

from ..engine import assessment as engine
from ..engine import kpi as kpi_engine


class SopEvaluation(models.Model):
    """A study of an operation: where it stood, where it stands, what follows from that."""

    _name = "sop.evaluation"
    _description = "Evaluation"
    _inherit = "sop.assessment.mixin"
    _check_company_auto = True

    kind = fields.Selection(
        [
            ("baseline", "Baseline"),
            ("midline", "Midline"),
            ("endline", "Endline"),
            ("impact", "Impact"),
        ],
        default="baseline",
        required=True,
        index=True,
        tracking=True,
        help="Baseline: before it begins. Midline: half-way. Endline: when it ends. Impact: "
        "some time later, what has lasted.",
    )
    date = fields.Date(
        "Figures As Of",
        help="KPIs count as they were measured by the end of this day.",
    )
    date_start = fields.Date("From", help="When the evaluation begins.")
    date_end = fields.Date("Until", help="When it is to be finished.")
    evaluator_id = fields.Many2one(
        "res.partner",
        "Evaluator",
        index="btree_not_null",
        help="The firm, university or office that evaluates; empty: the team itself.",
    )
    method = fields.Text(
        help="How it is found out: surveys, interviews, records, a comparison group."
    )
    compared_id = fields.Many2one(
        "sop.evaluation",
        "Compared With",
        compute="_compute_compared_id",
        store=True,
        readonly=False,
        index="btree_not_null",
        domain="[('operation_id', '=', operation_id), ('date', '<', date)]",
        help="An earlier evaluation of the operation; its baseline, unless you choose another.",
    )
    kpi_comparison = fields.Html(
        "KPIs Compared", compute="_compute_kpi_comparison", sanitize=False
    )
    conclusions = fields.Html()
    action_ids = fields.One2many("sop.action.item", "evaluation_id", "Recommendations")

    _dates_in_order = models.Constraint(
        "CHECK (date_start <= date_end)", "An evaluation must start before it ends."
    )

    def _propose_name(self):
        kinds = dict(self._fields["kind"]._description_selection(self.env))
        return self.env._(
            "%(kind)s: %(operation)s",
            kind=kinds.get(self.kind, ""),
            operation=self.operation_id.display_name,
        )

    @api.depends("operation_id", "kind")
    def _compute_name(self):
        return super()._compute_name()

    @api.depends("operation_id", "date", "kind")
    def _compute_compared_id(self):
        earlier = self.search_fetch(
            Domain("operation_id", "in", self.operation_id.ids)
            & Domain("state", "!=", "cancelled"),
            ["operation_id", "date", "kind"],
            order="date, id",
        ).grouped(lambda e: e.operation_id.id)
        for evaluation in self:
            if evaluation.kind == "baseline" or not evaluation.date:
                evaluation.compared_id = False
                continue
            before = earlier.get(evaluation.operation_id.id, self.browse()).filtered(
                lambda e, day=evaluation.date: e.date < day
            )
            if evaluation.compared_id not in before:
                baselines = before.filtered(lambda e: e.kind == "baseline")
                evaluation.compared_id = (baselines or before)[:1]

    @api.constrains("compared_id", "operation_id", "date")
    def _check_compared(self):
        for evaluation in self:
            other = evaluation.compared_id
            if other and (
                other.operation_id != evaluation.operation_id
                or other.date >= evaluation.date
            ):
                raise ValidationError(
                    self.env._(
                        "“%(name)s” can be compared with an earlier evaluation of the same "
                        "operation only, not with “%(other)s”.",
                        name=evaluation.name,
                        other=other.name,
                    )
                )

    @api.model
    def _get_found_fields(self):
        return super()._get_found_fields() | {
            "kind",
            "date_start",
            "date_end",
            "evaluator_id",
            "method",
            "compared_id",
            "conclusions",
        }

    # === KPIS COMPARED === #

    @api.depends_context("uid", "lang")
    @api.depends("operation_id", "date", "compared_id.date")
    def _compute_kpi_comparison(self):
        for evaluation in self:
            evaluation.kpi_comparison = evaluation.operation_id and self.env[
                "ir.qweb"
            ]._render(
                "sop_operations.evaluation_kpi_table",
                {
                    "evaluation": evaluation,
                    "rows": evaluation._prepare_kpi_rows(),
                },
            )

    def _prepare_kpi_rows(self):
        """Each KPI of the operation as it stood then and now, in words and with a tone."""
        self.ensure_one()
        kpis = self.operation_id.kpi_ids
        days = [day for day in (self.compared_id.date, self.date) if day]
        standings = kpis._assess_on(days)
        return [self._prepare_kpi_row(kpi, standings[kpi.id]) for kpi in kpis]

    def _prepare_kpi_row(self, kpi, standings):
        after = standings[-1] if standings else kpi_engine.Standing()
        before = standings[0] if self.compared_id else kpi_engine.Standing()
        from_baseline = before.value is None and kpi.direction in ("rise", "fall")
        if from_baseline:
            before = kpi_engine.Standing(value=kpi.baseline)
        change = engine.compare(before, after, kpi.direction)
        verdicts = {
            "better": self.env._("Better"),
            "worse": self.env._("Worse"),
            "same": self.env._("Unchanged"),
            "unknown": "",
        }

        def words(value):
            return self.env._("No data") if value is None else kpi._format_value(value)

        levels = dict(kpi._fields["level"]._description_selection(self.env))
        reached = kpi_engine.shown_percent(after.attainment)
        return {
            "name": kpi.name,
            "level": levels.get(kpi.level, ""),
            "before": words(before.value),
            "from_baseline": from_baseline,
            "after": words(after.value),
            "change": kpi._describe_change(change.change, change.percent),
            "target": kpi.target_text or "",
            "attainment": "" if reached is None else f"{reached} %",
            "verdict": verdicts[change.verdict],
            "tone": {"better": "success", "worse": "danger"}.get(
                change.verdict, "muted"
            ),
        }
