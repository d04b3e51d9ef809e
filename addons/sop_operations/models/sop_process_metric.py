# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from odoo import api, fields, models
from odoo.exceptions import AccessError, ValidationError
from odoo.tools import SQL

from ..engine import process

PROCESSES = [
    ("p2p", "Procure to Pay"),
    ("r2r", "Record to Report"),
    ("cash", "Working Capital"),
    ("finance", "Finance"),
]
UNITS = [
    ("days", "Days"),
    ("percent", "Percent"),
    ("count", "Number"),
    ("money", "Money"),
]
MEASURES = [
    ("duration", "Time"),
    ("ratio", "Share"),
    ("total", "Total"),
    ("mean", "Average"),
    ("figure", "Figure of the Books"),
]
STATISTICS = [
    ("median", "Median"),
    ("mean", "Average"),
    ("p75", "Three in Four"),
    ("p90", "Nine in Ten"),
]
OF_TIMES = {key for key, _label in STATISTICS}
#: What planners set; the rest is what the metric is
SETTINGS = {"active", "statistic", "stuck_days", "target"}


class SopProcessMetric(models.Model):
    """One figure of a business process, read from Odoo's own documents.

    A metric is a record of data and a method beside it. ``_cases_<code>`` returns the SQL of its
    cases (see ``sop_process_metric_sql.py``); ``_figures_<code>`` returns figures of the books
    that have no cases. Without a method the metric needs an app that isn't there.
    """

    _name = "sop.process.metric"
    _description = "Process Metric"
    _order = "process, sequence, id"

    # === What it is === #
    name = fields.Char(required=True, translate=True)
    code = fields.Char(required=True, readonly=True)
    active = fields.Boolean(default=True)
    sequence = fields.Integer(default=10)
    process = fields.Selection(PROCESSES, required=True, readonly=True)
    description = fields.Text(
        "What It Says",
        required=True,
        translate=True,
        readonly=True,
        help="The definition, with its formula.",
    )
    unit = fields.Selection(UNITS, required=True, readonly=True)
    measure = fields.Selection(MEASURES, required=True, readonly=True)
    good = fields.Selection(
        [("up", "More Is Better"), ("down", "Less Is Better")], readonly=True
    )
    res_model = fields.Char("Cases Are", readonly=True)
    is_snapshot = fields.Boolean(
        "As of Today",
        readonly=True,
        help="Counts what is open now, whatever the period.",
    )
    in_money = fields.Boolean(
        readonly=True, help="Values of cases are amounts in the company's currency."
    )
    usual_stuck_days = fields.Integer(
        "Usually Stuck After", readonly=True, help="Days, unless planners set others."
    )
    needs = fields.Char(
        translate=True, readonly=True, help="The app whose data it reads."
    )

    # === What planners set === #
    statistic = fields.Selection(
        STATISTICS,
        "Headline",
        default="median",
        required=True,
        help="Which figure of a time stands for all cases.",
    )
    stuck_days = fields.Integer(
        "Stuck After",
        help="Days after which an open case counts as stuck. Zero: what is usual for the "
        "metric, else once it takes longer than nine in ten of the finished cases.",
    )
    target = fields.Float(
        help="What the figure is held against, such as the sales target of the period."
    )

    _code_uniq = models.Constraint("unique (code)", "Another metric has this code.")
    _stuck_days_positive = models.Constraint(
        "CHECK (stuck_days >= 0)", "Days after which a case is stuck can't be negative."
    )

    @api.constrains("target")
    def _check_target(self):
        for metric in self:
            if metric.target < 0:
                raise ValidationError(
                    self.env._(
                        "The target of “%(metric)s” can't be negative. "
                        "Give an amount above zero, or zero for none.",
                        metric=metric.name,
                    )
                )

    def write(self, vals):
        # What a metric is comes with the add-on: else its figures would say something else
        fixed = set(vals) - SETTINGS
        if fixed and not self.env.su:
            raise AccessError(
                self.env._(
                    "%(fields)s of a process metric can't be changed: they come with the "
                    "add-on. Headline, target and days can.",
                    fields=", ".join(sorted(fixed)),
                )
            )
        return super().write(vals)

    # === Figures === #

    @api.model
    @api.private
    def _get_metric(self, code):
        return self.with_context(active_test=False).search([("code", "=", code)])

    @api.model
    def _get_value(self, code, date_from, date_to, company, team=None):
        """The figure of one metric for a KPI; None when there is none.

        :param company: a company, whose currency money is in
        :param team: name of a team, or of a journal for entries of the books

        What is open today says nothing of a day in the past: such metrics give None then.
        """
        metric = self._get_metric(code).with_company(company)
        if not metric:
            raise ValidationError(
                self.env._("There is no process metric “%(code)s”.", code=code)
            )
        scope = metric._make_scope(
            date_from, date_to, company, teams=team and [team], trend_months=1
        )
        if metric.is_snapshot and date_to and scope.date_to < scope.today:
            return None
        return metric._measure(scope).value

    def _has_figure(self, name):
        """Whether what is measured has a figure of that name; see :meth:`Result.get_figure`."""
        if name == "headline":
            return True
        if name in OF_TIMES:
            return self.measure == "duration"
        return self.measure != "figure"

    def _measure(self, scope):
        """The :class:`Result` of one metric in a scope."""
        self.ensure_one()
        return self._measure_all(scope)[self.id]

    def _measure_all(self, scope):
        """``{id: Result}`` of metrics in a scope; those of a process are read in one go."""
        results = scope.memory.setdefault("results", {})
        missing = self.filtered(lambda metric: metric.id not in results)
        problems = {metric: metric._find_problem() for metric in missing}
        sound = missing.filtered(lambda metric: not problems[metric])
        results.update(
            (metric.id, Result(problem=problem))
            for metric, problem in problems.items()
            if problem
        )
        figures = sound.filtered(lambda metric: metric.measure == "figure")
        for metrics in (sound - figures).grouped("process").values():
            results.update(metrics._measure_cases(scope))
        # Some are made of what was measured before
        for metric in figures:
            results[metric.id] = metric._measure_figure(scope)
        return results

    def _find_problem(self):
        """Why there is no figure, in words; False when there may be one."""
        self.ensure_one()
        if not self._get_source():
            return self.env._(
                "Needs %(app)s", app=self.needs or self.env._("another app")
            )
        for model in self._get_read_models():
            if not self.env[model].has_access("read"):
                return self.env._(
                    "You may not read %(documents)s",
                    documents=self.env[model]._description,
                )
        return False

    def _get_source(self):
        prefix = "_figures_" if self.measure == "figure" else "_cases_"
        return getattr(self, prefix + self.code, None)

    def _measure_figure(self, scope):
        whole, months = self._get_source()(scope)
        return Result(value=whole, months=months)

    def _measure_cases(self, scope):
        """``{id: Result}`` from one statement; what several of them read is read once."""
        parts = [
            SQL(
                "(SELECT %s AS place, found.* FROM (%s) found)",
                place,
                metric._get_summary_sql(scope),
            )
            for place, metric in enumerate(self)
        ]
        statement = scope.with_shared(SQL(" UNION ALL ").join(parts))
        self._stop_compiling()
        results = {metric.id: Result() for metric in self}
        for place, month, *row in self.env.execute_query(statement):
            metric = self[place]
            result = results[metric.id]
            summary, stuck = process.Summary(*row[:9]), row[9:]
            value = process.headline(metric.measure, metric.statistic, summary)
            if month:
                result.months[month] = value
                continue
            result.value, result.summary = value, summary
            result.open, result.left_out = stuck[0], stuck[1]
            result.stuck, result.stuck_amount = stuck[2], stuck[3]
            result.worst_days, result.worst_id = stuck[4], stuck[5]
            result.threshold = stuck[6]
        return results

    @api.model
    def _stop_compiling(self):
        """Compiling so large a statement takes the database longer than running it."""
        self.env.cr.execute("SELECT set_config('jit', 'off', TRUE)")


class Result:
    """What was found for one metric: its figure, its months, and what is stuck."""

    __slots__ = (
        "left_out",
        "months",
        "open",
        "problem",
        "stuck",
        "stuck_amount",
        "summary",
        "threshold",
        "value",
        "worst_days",
        "worst_id",
    )

    def __init__(self, value=None, months=None, problem=False):
        self.value = value
        self.months = months or {}
        self.problem = problem
        self.summary = process.Summary()
        self.open = self.left_out = self.stuck = 0
        self.stuck_amount = 0.0
        self.worst_days = self.worst_id = self.threshold = None

    def get_figure(self, name):
        """A figure by its name; None where there is none."""
        if name == "headline":
            return self.value
        if name == "stuck_amount":
            return self.stuck_amount or 0.0
        return getattr(self if name in ("open", "stuck") else self.summary, name)
