# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from odoo import api, fields, models
from odoo.exceptions import UserError

from .sop_kpi_roll_up import Failure

FIGURES = [
    ("headline", "As on its card"),
    ("median", "Median"),
    ("mean", "Average"),
    ("p75", "Three in four within"),
    ("p90", "Nine in ten within"),
    ("count", "Number of cases"),
    ("open", "Open cases, today"),
    ("stuck", "Stuck cases, today"),
    ("stuck_amount", "Money stuck, today"),
]
#: What is said of today, whatever the period
OF_TODAY = ("open", "stuck", "stuck_amount")


class SopKpi(models.Model):
    """Figures of processes."""

    _inherit = "sop.kpi"

    process_metric_id = fields.Many2one(
        "sop.process.metric",
        "Process Metric",
        index="btree_not_null",
        ondelete="restrict",
        help="The figure of a process, such as the days from bill to payment.",
    )
    process_figure = fields.Selection(
        FIGURES,
        "Which Figure",
        default="headline",
        help="As on its card: the share, total or average, or the figure of a time that "
        "planners chose for its card.",
    )
    process_team = fields.Char(
        "Team or Journal",
        help="Only cases of the team, journal or kind of transfer with exactly this name. "
        "Empty: all.",
    )

    @api.onchange("process_metric_id", "process_figure")
    def _onchange_process_metric_id(self):
        """What is measured says how the figure is written."""
        metric = self.process_metric_id
        if not metric:
            return
        unit = metric.unit
        if self.process_figure in ("count", "open", "stuck"):
            unit = "count"
        elif self.process_figure == "stuck_amount":
            unit = "money"
        self.kind = {"money": "currency", "percent": "percentage"}.get(unit, "number")
        self.unit = {"days": self.env._("days"), "count": self.env._("cases")}.get(unit)

    # === What is entered === #

    def _check_source_process(self):
        metric = self.process_metric_id
        if not metric or not self.process_figure:
            raise UserError(
                self.env._(
                    "Choose the process metric and the figure that “%(kpi)s” reads.",
                    kpi=self.name,
                )
            )
        metric.check_access("read")
        if not metric._has_figure(self.process_figure):
            labels = dict(
                self._fields["process_figure"]._description_selection(self.env)
            )
            raise UserError(
                self.env._(
                    "“%(metric)s” has no figure “%(figure)s”: choose the one of its card.",
                    metric=metric.name,
                    figure=labels[self.process_figure],
                )
            )
        if self.kind == "duration":
            raise UserError(
                self.env._(
                    "Processes are measured in days and “%(kpi)s” in hours: make its type "
                    "a number.",
                    kpi=self.name,
                )
            )
        if self._is_process_dated() and not self._has_process_start():
            raise UserError(
                self.env._(
                    "“%(metric)s” needs a first day: give “%(kpi)s” or its operation a "
                    "start, and count since then or in each period.",
                    metric=metric.name,
                    kpi=self.name,
                )
            )
        if problem := metric._find_problem():
            raise UserError(
                self.env._(
                    "“%(metric)s” gives no figure: %(problem)s.",
                    metric=metric.name,
                    problem=problem,
                )
            )

    def _has_process_start(self):
        if self.source_window == "period" and self.frequency != "once":
            return True
        return self.source_window != "all" and bool(self._get_span()[0])

    def _is_process_dated(self):
        """Does it say something of a period, or only of today."""
        # sudo: whether a metric counts what is open today is no secret, and comes with it
        snapshot = self.process_metric_id.sudo().is_snapshot
        return not snapshot and self.process_figure not in OF_TODAY

    def _reads_the_past(self):
        # EXTENDS sop_operations
        if self.source == "process":
            return self._is_process_dated()
        return super()._reads_the_past()

    def _get_own_jobs(self, today, run=None):
        # EXTENDS sop_operations: after its last day today's backlog is none of its figures
        jobs = super()._get_own_jobs(today, run)
        if self.source == "process" and not self._is_process_dated():
            return [job for job in jobs if job.last >= today]
        return jobs

    # === Many figures === #

    @api.model
    def _read_processes(self, jobs):
        """One statement for each person, company, period, team and process."""
        groups, places, values = {}, {}, [None] * len(jobs)
        for place, job in enumerate(jobs):
            try:
                reader = job.kpi._as_reader()
                reader._check_source_process()
            except UserError as error:
                values[place] = Failure(str(error.args[0]))
                continue
            key = reader.env.uid, job.kpi.company_id, job.first, job.last
            key += (job.kpi.process_team or "",)
            metric = reader._get_process_metric()
            groups[key] = groups.get(key, metric) | metric
            places[place] = key, metric.id
        results = {key: self._measure_group(*key, groups[key]) for key in groups}
        for place, (key, metric_id) in places.items():
            figure = jobs[place].kpi.process_figure
            values[place] = results[key][metric_id].get_figure(figure)
        return values

    @api.model
    def _measure_group(self, _uid, company, first, last, team, metrics):
        """Results of metrics as whoever reads them sees them, by their ids."""
        scope = metrics._make_scope(
            first,
            last,
            company.with_env(metrics.env),
            teams=team and [team],
            trend_months=1,
        )
        return metrics._measure_all(scope)

    def _get_process_metric(self):
        """The metric as its reader sees it, with the names of teams in their language."""
        return self.process_metric_id.with_context(
            lang=self.env.user.lang or self.env.lang, active_test=False
        )

    # === To the process === #

    def _get_process_context(self):
        """Context of pages that shows the days and the team that the KPI counts."""
        todays = self.env["res.company"]._get_sop_todays()
        jobs = self._get_own_jobs(todays[self.company_id.id])
        context = {"sop_teams": [self.process_team]} if self.process_team else {}
        if jobs and self._is_process_dated():
            days = {"sop_date_from": jobs[-1].first, "sop_date_to": jobs[-1].last}
            context.update((name, str(day)) for name, day in days.items() if day)
        return context

    def _get_metric_to_open(self):
        self.ensure_one()
        if not self.process_metric_id:
            raise UserError(
                self.env._(
                    "“%(kpi)s” does not come from a process. Choose “Process metric” as its "
                    "source first.",
                    kpi=self.display_name,
                )
            )
        return self.process_metric_id

    def action_open_process(self):
        """The page of the process, over the days that the KPI counts."""
        metric = self._get_metric_to_open()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "sop_operations.sop_process_metric_action"
        )
        labels = dict(metric._fields["process"]._description_selection(self.env))
        return {
            **action,
            "name": labels[metric.process],
            "display_name": labels[metric.process],
            "domain": [("process", "=", metric.process)],
            "context": self._get_process_context(),
        }

    def action_open_process_cases(self):
        """The cases behind the figure of the KPI."""
        metric = self._get_metric_to_open().with_context(**self._get_process_context())
        if self.process_figure == "open":
            return metric.action_open_waiting()
        if self.process_figure in ("stuck", "stuck_amount"):
            return metric.action_open_stuck()
        return metric.action_open_cases()
