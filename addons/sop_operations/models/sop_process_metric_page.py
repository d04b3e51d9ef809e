# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
import json

from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools import format_date
from odoo.tools.misc import formatLang

from ..engine import process

#: What the filters of the page put into the context
FILTERS = (
    "sop_period",
    "sop_date_from",
    "sop_date_to",
    "sop_users",
    "sop_teams",
    "allowed_company_ids",
    "lang",
    "uid",
)
#: The document that a case opens, where that isn't the case itself
DOCUMENTS = {
    "account.move.line": "account.move",
    "account.bank.statement.line": "account.move",
}


class SopProcessMetric(models.Model):
    """Cards of metrics: the figure, how it is spread, its year, and what is stuck."""

    _inherit = "sop.process.metric"

    currency_id = fields.Many2one("res.currency", compute="_compute_figures")
    value = fields.Float(compute="_compute_figures")
    has_value = fields.Boolean(compute="_compute_figures")
    value_text = fields.Char("Figure", compute="_compute_figures")
    problem = fields.Char("No Figure Because", compute="_compute_figures")
    period_text = fields.Char("Period", compute="_compute_figures")
    statistic_text = fields.Char(compute="_compute_figures")
    case_count = fields.Integer("Cases", compute="_compute_figures")
    open_count = fields.Integer("Open", compute="_compute_figures")
    left_out_count = fields.Integer(
        "Left Out",
        compute="_compute_figures",
        help="Finished, but a date is missing or the dates are not in order.",
    )
    mean = fields.Float("Average", compute="_compute_figures")
    median = fields.Float(compute="_compute_figures")
    p75 = fields.Float("Three in Four Within", compute="_compute_figures")
    p90 = fields.Float("Nine in Ten Within", compute="_compute_figures")
    lowest = fields.Float(compute="_compute_figures")
    highest = fields.Float(compute="_compute_figures")
    spread_text = fields.Char(compute="_compute_figures")
    trend = fields.Text("Last Twelve Months", compute="_compute_figures")
    has_trend = fields.Boolean(compute="_compute_figures")
    change_text = fields.Char("Change", compute="_compute_figures")
    change_state = fields.Selection(
        [("good", "Better"), ("bad", "Worse"), ("same", "Neither")],
        compute="_compute_figures",
    )
    stuck_count = fields.Integer("Stuck", compute="_compute_figures")
    stuck_amount = fields.Monetary("Money Stuck", compute="_compute_figures")
    stuck_text = fields.Char(compute="_compute_figures")
    worst_text = fields.Char("Longest Waiting", compute="_compute_figures")

    # Filters of the page only: they set the context and leave no metric out
    user_filter_id = fields.Many2one(
        "res.users",
        "Person",
        compute="_compute_filters",
        search="_search_filters",
        export_string_translation=False,
    )
    team_filter = fields.Char(
        "Team or Journal",
        compute="_compute_filters",
        search="_search_filters",
        export_string_translation=False,
    )

    def _compute_filters(self):
        self.user_filter_id = self.team_filter = False

    @api.model
    def _search_filters(self, operator, value):
        return Domain.TRUE

    @api.depends_context(*FILTERS)
    @api.depends("statistic", "stuck_days", "target")
    def _compute_figures(self):
        scope = self._get_context_scope()
        measured = self._measure_all(scope)
        results = {metric: measured[metric.id] for metric in self}
        names = self._get_worst_names(results)
        for metric, result in results.items():
            metric.update(metric._prepare_figures(result, scope))
            metric.worst_text = names.get((metric.res_model, result.worst_id))

    def _prepare_figures(self, result, scope):
        summary = result.summary
        trend = [result.months.get(month) for month in scope.months]
        return {
            "currency_id": self.env.company.currency_id.id,
            "value": result.value or 0.0,
            "has_value": result.value is not None,
            "value_text": self._format_value(result.value),
            "problem": result.problem,
            "period_text": self._format_period(scope),
            "statistic_text": self._get_statistic_text(),
            "case_count": summary.count,
            "open_count": result.open,
            "left_out_count": result.left_out,
            "mean": summary.mean or 0.0,
            "median": summary.median or 0.0,
            "p75": summary.p75 or 0.0,
            "p90": summary.p90 or 0.0,
            "lowest": summary.lowest or 0.0,
            "highest": summary.highest or 0.0,
            "spread_text": self._get_spread_text(summary),
            "trend": self._prepare_trend(scope, trend),
            "has_trend": any(value is not None for value in trend),
            **self._prepare_change(trend),
            "stuck_count": result.stuck,
            "stuck_amount": result.stuck_amount or 0.0,
            "stuck_text": self._get_stuck_text(result),
        }

    # === Words === #

    def _format_value(self, value):
        if value is None:
            return self.env._("No data")
        if self.unit == "money":
            return formatLang(
                self.env, value, digits=0, currency_obj=self.env.company.currency_id
            )
        digits = 0 if self.unit == "count" else 1
        text = formatLang(self.env, value, digits=digits)
        if self.unit == "percent":
            return self.env._("%(number)s %%", number=text)
        if self.unit == "days":
            return self.env._("%(number)s days", number=text)
        return text

    def _format_period(self, scope):
        if self.is_snapshot:
            return self.env._("As of %(day)s", day=format_date(self.env, scope.today))
        return self.env._(
            "%(first)s to %(last)s",
            first=format_date(self.env, scope.date_from),
            last=format_date(self.env, scope.date_to),
        )

    def _get_statistic_text(self):
        if self.measure != "duration":
            return False
        labels = dict(self._fields["statistic"]._description_selection(self.env))
        return labels[self.statistic]

    def _get_spread_text(self, summary):
        if self.measure != "duration" or not summary.count:
            return False
        return self.env._(
            "average %(mean)s, median %(median)s, nine in ten within %(p90)s",
            mean=formatLang(self.env, summary.mean, digits=1),
            median=formatLang(self.env, summary.median, digits=1),
            p90=formatLang(self.env, summary.p90, digits=1),
        )

    def _get_stuck_text(self, result):
        if not result.stuck:
            return False
        return self.env._(
            "%(number)s stuck for more than %(days)s days, worth %(amount)s",
            number=result.stuck,
            days=formatLang(self.env, result.threshold, digits=0),
            amount=formatLang(
                self.env,
                result.stuck_amount or 0.0,
                digits=0,
                currency_obj=self.env.company.currency_id,
            ),
        )

    @api.model
    def _get_worst_names(self, results):
        """``{(model, id): words}`` of the cases that wait longest; one read for each model."""
        ids = {}
        for metric, result in results.items():
            if result.worst_id:
                ids.setdefault(metric.res_model, {})[result.worst_id] = (
                    result.worst_days
                )
        found = {}
        for model, waiting in ids.items():
            for record in self.env[DOCUMENTS.get(model, model)].browse(waiting):
                found[model, record.id] = self.env._(
                    "%(document)s, %(days)s days",
                    document=record.display_name,
                    days=waiting[record.id],
                )
        return found

    def _prepare_trend(self, scope, trend):
        """Points for Odoo's own small graph; months without a figure leave a gap."""
        values = [
            {
                "x": format_date(self.env, month, date_format="MMM yyyy"),
                "y": None if value is None else float(f"{value:.4g}"),
                "name": format_date(self.env, month, date_format="MMMM yyyy"),
            }
            for month, value in zip(scope.months, trend, strict=True)
        ]
        return json.dumps([{"key": self.name, "values": values}])

    def _prepare_change(self, trend):
        """The last whole month against the one before it."""
        percent = process.change(*trend[-3:-1])
        if percent is None or self.is_snapshot:
            return {"change_text": False, "change_state": False}
        text = formatLang(self.env, percent, digits=0)
        state = "same"
        if self.good and abs(percent) >= 1:
            state = "good" if (percent > 0) == (self.good == "up") else "bad"
        sign = "+" if percent > 0 else ""
        return {
            "change_text": self.env._(
                "%(percent)s %% last month", percent=f"{sign}{text}"
            ),
            "change_state": state,
        }

    # === To the documents === #

    def _get_case_context(self):
        scope = self._get_context_scope()
        return {
            "sop_metric": self.id,
            "sop_date_from": str(scope.date_from),
            "sop_date_to": str(scope.date_to),
            "sop_users": list(scope.user_ids),
            "sop_teams": list(scope.teams),
        }

    def action_open_cases(self):
        """The cases that the figure counts, or the items of the books behind it."""
        self.ensure_one()
        if self.measure == "figure":
            return self._open_figure()
        states = ["open", "stuck"] if self.is_snapshot else ["counted"]
        return self._open_cases(states)

    def action_open_stuck(self):
        self.ensure_one()
        return self._open_cases(["stuck"])

    def action_open_waiting(self):
        self.ensure_one()
        return self._open_cases(["open", "stuck"])

    def action_open_left_out(self):
        self.ensure_one()
        return self._open_cases(["left_out"])

    def _open_cases(self, states):
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "sop_operations.sop_process_case_action"
        )
        return {
            **action,
            "name": self.name,
            "display_name": self.name,
            "domain": [("state", "in", states)],
            "context": self._get_case_context(),
        }

    def action_open_settings(self):
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": self.name,
            "res_model": self._name,
            "res_id": self.id,
            "views": [(False, "form")],
            "target": "current",
        }

    def _open_figure(self):
        """Where a figure of the books comes from: its items, or its budgets."""
        scope = self._get_context_scope()
        model, domain = self._get_figure_source(scope)
        views = [(False, "pivot"), (False, "graph")]
        if model == "account.move.line":
            views = [(False, "list"), (False, "pivot"), (False, "form")]
        return {
            "type": "ir.actions.act_window",
            "name": self.name,
            "res_model": model,
            "views": views,
            "domain": list(domain),
            "context": {},
        }

    def _get_figure_source(self, scope):
        """Model and domain of what a figure of the books is made of."""
        if self.code == "r2r_budget_variance":
            first = scope.date_from.replace(day=1)
            return "sop.budget.analysis", self._get_budget_domain(scope, first)
        if self.process == "finance":
            return "account.move.line", self._get_finance_domain(scope)
        sides = {
            "cash_dso": ("receivable",),
            "cash_dpo": ("payable",),
            "cash_dio": ("inventory",),
        }.get(self.code, ("receivable", "payable", "inventory"))
        found = filter(None, (self._get_side(side, scope) for side in sides))
        return "account.move.line", Domain.OR(domain for domain, _sign in found)

    @api.model
    def _open_documents(self, res_id):
        model = DOCUMENTS.get(self.res_model, self.res_model)
        return {
            "type": "ir.actions.act_window",
            "res_model": model,
            "res_id": res_id,
            "views": [(False, "form")],
            "target": "current",
        }
