# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
import datetime
import logging
import math
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain
from odoo.tools import split_every

from ..engine import cadence, dependencies
from ..engine.kpi import LIMIT
from .by_halves import by_halves
from .kpi_reading import Known, Reading

_logger = logging.getLogger(__name__)

BATCH = 1000
#: A KPI that was read so lately isn't read again by the scheduled action.
REST = datetime.timedelta(hours=1)
#: States of an operation whose KPIs go on.
LIVE_STATES = ("planned", "in_progress")
#: What they give for a period that is over is told by the period; others know only today.
DATED_SOURCES = ("records", "ledger")


@dataclass(frozen=True)
class Failure:
    """Why there is no figure."""

    message: str


@dataclass(frozen=True, eq=False)
class Job:
    """A figure to be read: of the KPI, from the first to the last day, for a day.

    ``closed``: the period was over before the running one began.
    """

    kpi: models.BaseModel
    first: datetime.date | None
    last: datetime.date
    day: datetime.date
    closed: bool = False


class SopKpi(models.Model):
    """Reading all sources in batches."""

    _inherit = "sop.kpi"

    refreshed_on = fields.Datetime(
        "Brought Up to Date",
        readonly=True,
        copy=False,
        index=True,
        help="When its standing was last worked out for the day, read or typed in.",
    )

    @api.model
    def _get_system_fields(self):
        return super()._get_system_fields() | {"refreshed_on"}

    # === What is to be read === #

    def _get_jobs(self):
        todays = self.env["res.company"]._get_sop_todays()
        runs = self._get_run_days()
        jobs = []
        for kpi in self:
            if kpi.source != "manual":
                jobs += kpi._get_own_jobs(todays[kpi.company_id.id], runs[kpi.id])
        return jobs

    def _get_run_days(self):
        """``{kpi id: the day it was in the company at the last reading, or None}``."""
        zones = self.env["res.company"]._get_sop_timezones()
        result = {}
        for kpi in self:
            zone = ZoneInfo(zones.get(kpi.company_id.id, "UTC"))
            moment = kpi.last_run and kpi.last_run.replace(tzinfo=datetime.UTC)
            result[kpi.id] = moment.astimezone(zone).date() if moment else None
        return result

    def _get_own_jobs(self, today, run=None):
        """The running period and, of figures of one period each, those to be read again.

        :param run: day of the last reading
        """
        start, end = self._get_span()
        day = min(today, end) if end else today
        if start and start > day:
            return []
        if self.source_window != "period" or self.frequency == "once":
            first = start if self.source_window != "all" else None
            return [Job(self, first or None, day, day)]
        periods = cadence.to_read(self.frequency, day, start or None, run)
        if not self._reads_the_past():
            periods = periods[-1:]
        return [Job(self, first, last, last, last < day) for first, last in periods]

    def _reads_the_past(self):
        """Can the source say what was in a period that is over? To be extended by super()."""
        return self.source in DATED_SOURCES

    # === Reading === #

    def _read_jobs(self, jobs):
        """A number, None or a :class:`Failure` for each job."""
        readers = self._get_source_readers()
        by_source = {}
        for place, job in enumerate(jobs):
            by_source.setdefault(job.kpi.source, []).append(place)
        result = [None] * len(jobs)
        for source, places in by_source.items():
            values = self._read_safely(readers[source], [jobs[p] for p in places])
            for place, value in zip(places, values, strict=True):
                result[place] = jobs[place].kpi._as_figure(value)
        return result

    def _as_figure(self, value):
        """What a source gave as a figure of this KPI."""
        if value is None or isinstance(value, Failure):
            return value
        if not math.isfinite(value):
            return Failure(self.env._("The source gives no finite number."))
        if abs(value) > LIMIT:
            return Failure(self.env._("The source gives a number that is too large."))
        # How many there are says whether there are any
        return float(bool(value)) if self.kind == "boolean" else value

    def _read_safely(self, reader, jobs):
        def fail(job, error):
            return [self._describe_failure(job.kpi, error)]

        parts = by_halves(self.env, jobs, reader, fail, flush=False)
        return [value for values in parts for value in values]

    def _describe_failure(self, kpi, error):
        if isinstance(error, UserError):
            return Failure(str(error.args[0]))
        _logger.info("KPI %s can't be read", kpi.id, exc_info=error)
        return Failure(
            self.env._(
                "The source can't be read (%(problem)s): check what it asks for.",
                problem=type(error).__name__,
            )
        )

    def _try_source(self):
        """What the source gives today: a number, None or the text of an error."""
        todays = self.env["res.company"]._get_sop_todays()
        jobs = self._get_own_jobs(todays[self.company_id.id])
        if self.source == "manual" or not jobs:
            return None
        value = self._read_jobs(jobs[-1:])[-1]
        return value.message if isinstance(value, Failure) else value

    # === Storing === #

    def _roll_up(self):
        """Read the sources of the KPIs and bring their standing up to the day."""
        # sudo: figures and errors are kept by the system; sources are read with the rights
        # of who set them
        kpis = self.sudo()
        jobs = kpis._get_jobs()
        kpis._store_values(jobs, kpis._read_jobs(jobs))
        kpis._refresh_standing()
        kpis._mark_refreshed()

    def _mark_refreshed(self):
        self.with_context(mail_notrack=True).write(
            {"refreshed_on": fields.Datetime.now()}
        )

    def _store_values(self, jobs, values):
        errors = dict.fromkeys(self.ids, "")
        read = []
        for job, value in zip(jobs, values, strict=True):
            if isinstance(value, Failure):
                errors[job.kpi.id] = value.message
            else:
                read.append((job, value))
        for kpi_id, failure in self._add_measurements(read).items():
            errors[kpi_id] = failure.message
        for kpi in self:
            if (kpi.error or "") != errors[kpi.id]:
                kpi.error = errors[kpi.id] or False
        automatic = self.browse({job.kpi.id for job in jobs})
        automatic.with_context(mail_notrack=True).write(
            {"last_run": fields.Datetime.now()}
        )

    def _add_measurements(self, read):
        """One measurement a period: added, replaced when it changed, or withdrawn.

        :return: ``{kpi id: failure}`` of what can't be stored
        """
        known = self._find_known(read)
        readings, withdrawn = [], {}
        for job, value in read:
            first, last = self._get_period(job)
            inside = [m for m in known[job.kpi.id] if first <= m.day <= last]
            if job.closed and any(m.origin == "manual" for m in inside):
                # From before the source was set
                continue
            old = [m for m in inside if m.origin == "automatic"]
            if value is None:
                withdrawn.update((m.id, job.kpi.id) for m in old)
            elif len(old) != 1 or old[0].value != value:
                same_day = [m for m in inside if m.day == job.day and m not in old[:1]]
                replaced = (*old[:1], *same_day)
                readings.append(Reading(job.kpi, job.day, value, replaced))
        if withdrawn:
            # sudo: nobody writes measurements, the system marks what counts no longer
            self.env["sop.kpi.value"].sudo()._withdraw(list(withdrawn))
        failures = self._store_safely(readings)
        # After the savepoints: else all is worked out there, and again once it is read
        touched = {reading.kpi.id for reading in readings} | {*withdrawn.values()}
        self.browse(touched).modified(["value_ids"])
        return failures

    def _store_safely(self, readings):
        """Store all; what is refused is told as in reading, and the rest is stored."""
        failures = {}

        def fail(reading, error):
            failures[reading.kpi.id] = self._describe_failure(reading.kpi, error)

        # sudo: measurements are kept by the system
        add = self.env["sop.kpi.value"].sudo()._add_readings
        by_halves(self.env, readings, add, fail)
        return failures

    def _get_period(self, job):
        whole = datetime.date.min, datetime.date.max
        return cadence.period_of(job.kpi.frequency, job.day) or whole

    def _find_known(self, read):
        """``{kpi id: measurements}`` that count in the same periods, by day."""
        result = {job.kpi.id: [] for job, _value in read}
        if not read:
            return result
        earliest = min(self._get_period(job)[0] for job, _value in read)
        for record in (
            self.env["sop.kpi.value"]
            .sudo()
            .search_fetch(
                [
                    ("kpi_id", "in", list(result)),
                    ("state", "=", "current"),
                    ("date", ">=", earliest),
                ],
                ["kpi_id", "date", "value", "origin"],
                order="date, id",
            )
        ):
            result[record.kpi_id.id].append(
                Known(record.id, record.date, record.origin, record.value)
            )
        return result

    # === Scheduled === #

    @api.model
    def _get_live_domain(self):
        """Of KPIs that go on: what is archived, or belongs to what is, rests."""
        return Domain("operation_id.state", "in", LIVE_STATES) & Domain(
            "operation_id.active", "=", True
        )

    def _goes_on(self):
        """The same of a KPI at hand."""
        operation = self.operation_id
        return self.active and operation.active and operation.state in LIVE_STATES

    @api.model
    def _cron_roll_up(self):
        """Read every KPI that goes on, formulas after what they are made of.

        What is typed in is brought up to the day as well: its pace depends on it. Those that
        have waited longest come first, so that a run that is cut short leaves none behind.
        """
        rested = fields.Datetime.now() - REST
        domain = self._get_live_domain() & (
            Domain("refreshed_on", "=", False) | Domain("refreshed_on", "<", rested)
        )
        waiting = self.search(
            domain, order="refreshed_on NULLS FIRST, operation_id, sequence, id"
        )._sorted_for_roll_up()
        left = len(waiting)
        for ids in split_every(BATCH, waiting.ids):
            self.browse(ids)._bring_up_to_date()
            self.env.invalidate_all()
            left -= len(ids)
            if not self.env["ir.cron"]._commit_progress(len(ids), remaining=left):
                break

    def _bring_up_to_date(self):
        """Read, judge and remind; one that breaks is logged, and the rest goes on."""
        for step in (type(self)._roll_up, type(self)._remind_of_check_ins):
            by_halves(self.env, self, step, type(self)._log_broken)

    def _log_broken(self, error):
        _logger.error("KPI %s can't be brought up to date", self.id, exc_info=error)
        # Else it would be the first to be tried again and again
        self._mark_refreshed()

    def _sorted_for_roll_up(self):
        """Formulas last, each after those that it needs."""
        formulas = self.filtered(lambda kpi: kpi.source == "formula")
        if not formulas:
            return self
        needs = formulas._get_needed_formulas()
        try:
            ids = dependencies.order(needs)
        except dependencies.CycleError:
            # Each of them tells it when it is read
            ids = formulas.ids
        return (self - formulas) | self.browse([i for i in ids if i in needs])

    def action_roll_up(self):
        """Read the sources now."""
        self.check_access("write")
        self._roll_up()
        return True
