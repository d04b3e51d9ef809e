# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
import ast
import datetime
import math
from zoneinfo import ZoneInfo

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain
from odoo.tools import SQL, split_every

from odoo.addons.sop_budget.models.ledger_sql import NO_JIT

from .sop_kpi_roll_up import Failure

#: KPIs that are asked for in one statement.
ARMS = 150
MAX_DOMAIN = 5000
MEASURES = {
    "count": "__count",
    "sum": "sum",
    "avg": "avg",
    "min": "min",
    "max": "max",
    "distinct": "count_distinct",
}
#: How many there are is known of nothing, too.
COUNTS = ("count", "distinct")
#: What is in the currency of the records where they are amounts of money.
AMOUNTS = ("sum", "avg", "min", "max")
NUMBERS = ("integer", "float", "monetary")
#: What runs Odoo itself isn't what an operation achieves.
TECHNICAL = (
    "ir.",
    "base.",
    "base_",
    "bus.",
    "web_",
    "report.",
    "res.groups",
    "auth",
    "_",
)


class SopKpi(models.Model):
    """Figures from any records that the one who set the source may read."""

    _inherit = "sop.kpi"

    source_model = fields.Selection("_selection_source_model", "Records")
    source_domain = fields.Char("Which Ones", default="[]")
    source_measure = fields.Selection(
        [
            ("count", "How many"),
            ("sum", "Sum of"),
            ("avg", "Average of"),
            ("min", "Lowest"),
            ("max", "Highest"),
            ("distinct", "How many different"),
        ],
        "Measure",
        default="count",
    )
    source_field = fields.Char("Field", help="What is added up or averaged.")
    source_date_field = fields.Char(
        "Date", help="Decides in which period a record counts."
    )

    @api.model
    def _selection_source_model(self):
        """Models that the reader may read and that hold more than settings of Odoo."""
        allowed = self.env["ir.model.access"]._get_allowed_models("read")
        found = [
            (name, self.env[name]._description)
            for name in self.env.registry
            if (self.env.su or name in allowed) and self._is_source_model(name)
        ]
        return sorted(found, key=lambda item: item[1])

    @api.model
    def _is_source_model(self, name):
        model = self.env.get(name)
        return (
            model is not None
            and not model._abstract
            and not model._transient
            and not name.startswith(TECHNICAL)
        )

    @api.onchange("source_model")
    def _onchange_source_model(self):
        self.source_domain = "[]"
        self.source_field = self.source_date_field = False

    # === One figure === #

    def _check_source_records(self):
        self._get_records_query([(None, None)])
        if self.source_window == "period" and not self.source_date_field:
            raise UserError(
                self.env._(
                    "“%(kpi)s” counts what belongs to a period: choose the date that decides.",
                    kpi=self.name,
                )
            )

    def _get_records_query(self, spans, known=None):
        """The figures as a statement; the KPI belongs to whose rights it is read with.

        :param spans: first and last days, each starts on the day after the one before
        :param known: keeps what is asked of dates while many are read
        :return: SQL of rows with the number of the span from 1, a currency and a figure:
            amounts of money have a row for each currency, all else one without; there is
            no row where nothing was found
        """
        if not self.source_model or not self._is_source_model(self.source_model):
            raise UserError(
                self.env._("Choose the records that “%(kpi)s” counts.", kpi=self.name)
            )
        model = self.env[self.source_model]
        known = {} if known is None else known
        # Of the reader too: not everybody may ask for every date
        asked = (self.env.uid, self.company_id.id, model._name)
        asked += (self.source_date_field, *spans)
        try:
            query = model._search(self._get_records_domain())
            if asked not in known:
                known[asked] = self._get_spans_sql(model, spans, query)
            counted, number = known[asked]
        except ValueError as error:
            raise UserError(
                self.env._(
                    "The filter of “%(kpi)s” doesn't fit these records: %(reason)s",
                    kpi=self.name,
                    reason=error,
                )
            ) from error
        query.add_where(counted)
        measure = self._get_records_measure(model)
        aggregate = model._read_group_select(measure, query)
        currency = SQL("NULL::integer")
        if self._counts_money(model):
            currency = self._get_currency_sql(model, query)
        query.groupby = SQL("1, 2")
        return query.select(number, currency, SQL("(%s)::double precision", aggregate))

    def _counts_money(self, model):
        function = MEASURES[self.source_measure or "count"]
        field = model._fields.get(self.source_field or "")
        return function in AMOUNTS and field is not None and field.type == "monetary"

    def _get_currency_sql(self, model, query):
        name = model._fields[self.source_field].get_currency_field(model)
        try:
            currency = model._field_to_sql(model._table, name, query)
        except ValueError as error:
            raise UserError(
                self.env._(
                    "The currency of “%(field)s” isn't stored, so “%(kpi)s” can't add it up: "
                    "choose another field.",
                    field=model._fields[self.source_field].string,
                    kpi=self.name,
                )
            ) from error
        # sudo: as for all amounts of the company
        own = self.company_id.sudo().currency_id
        return SQL("COALESCE(%s, %s)", currency, own.id)

    def _get_records_domain(self):
        text = self.source_domain or "[]"
        try:
            if len(text) > MAX_DOMAIN:
                raise ValueError("too long")
            # A literal, never evaluated: names and calls are refused
            domain = Domain(ast.literal_eval(text))
        except (
            ValueError,
            SyntaxError,
            TypeError,
            MemoryError,
            RecursionError,
        ) as error:
            raise UserError(
                self.env._(
                    "The filter of “%(kpi)s” can't be read: choose it with the filter editor.",
                    kpi=self.name,
                )
            ) from error
        return domain

    def _get_records_measure(self, model):
        function = MEASURES[self.source_measure or "count"]
        if function == "__count":
            return function
        field = model._fields.get(self.source_field or "")
        if not field or not field.store or not field.column_type:
            raise UserError(
                self.env._(
                    "Choose the field that “%(kpi)s” measures; it must be stored.",
                    kpi=self.name,
                )
            )
        if function != "count_distinct" and field.type not in NUMBERS:
            raise UserError(
                self.env._(
                    "“%(field)s” isn't a number, “%(kpi)s” can only count its different "
                    "values.",
                    field=field.string,
                    kpi=self.name,
                )
            )
        return f"{field.name}:{function}"

    def _get_spans_sql(self, model, spans, query):
        """Which records count in the spans, and the number of the span of each."""
        number = SQL("1")
        if not self.source_date_field:
            return SQL("TRUE"), number
        field = model._fields.get(self.source_date_field)
        if not field or not field.store or field.type not in ("date", "datetime"):
            raise UserError(
                self.env._(
                    "The date of “%(kpi)s” must be a stored date of its records.",
                    kpi=self.name,
                )
            )
        starts = [first for first, _last in spans]
        end = spans[-1][1] and spans[-1][1] + datetime.timedelta(1)
        if field.type == "datetime":
            # In the timezone of the company
            zone = ZoneInfo(
                self.env["res.company"]._get_sop_timezones()[self.company_id.id]
            )
            starts = [start and _start_of_day(start, zone) for start in starts]
            end = end and _start_of_day(end, zone)
        domain = Domain(field.name, ">=", starts[0]) if starts[0] else Domain.TRUE
        if end:
            domain &= Domain(field.name, "<", end)
        counted = domain.optimize_full(model)._to_sql(model, model._table, query)
        if len(spans) > 1:
            day = model._field_to_sql(model._table, field.name, query)
            number = SQL("width_bucket(%s, %s)", day, starts)
        return counted, number

    # === Many figures === #

    @api.model
    def _read_records(self, jobs):
        """All periods of a KPI at once, the same figures asked for once only."""
        spans, places, arms, known = {}, {}, {}, {}
        for job in jobs:
            spans.setdefault(job.kpi, []).append((job.first, job.last))
        for kpi, found in spans.items():
            key = kpi._get_records_key(found)
            if key not in arms:
                arms[key] = kpi._prepare_arm(found, known)
            places.update(((kpi, *span), (key, n)) for n, span in enumerate(found, 1))
        figures = self._read_arms(arms)
        result = []
        for job in jobs:
            key, number = places[job.kpi, job.first, job.last]
            if isinstance(arms[key], Failure):
                result.append(arms[key])
            else:
                rows = figures.get(
                    (key, number if job.kpi.source_date_field else 1), []
                )
                result.append(self._complete_records(job, rows))
        return result

    def _prepare_arm(self, spans, known):
        try:
            return self._as_reader()._get_records_query(spans, known)
        except UserError as error:
            return Failure(str(error.args[0]))

    @api.model
    def _read_arms(self, arms):
        """Many statements in one.

        :param arms: ``{key: statement or failure}``
        :return: ``{(key, number of the span): [(currency, figure)]}``
        """
        asked = [key for key, arm in arms.items() if isinstance(arm, SQL)]
        result = {}
        for keys in split_every(ARMS, asked, list):
            union = SQL(" UNION ALL ").join(
                SQL("(SELECT %s, figure.* FROM (%s) AS figure)", place, arms[key])
                for place, key in enumerate(keys)
            )
            # Compiling so large a statement takes longer than running it
            for place, number, *row in self.env.execute_query(
                SQL("%s %s", NO_JIT, union)
            ):
                if row[1] is not None:
                    result.setdefault((keys[place], number), []).append(row)
        return result

    def _get_records_key(self, spans):
        dated = self.source_date_field and tuple(spans)
        return (
            self.source_user_id.id,
            self.company_id.id,
            self.source_model,
            self.source_domain,
            self.source_measure,
            self.source_field,
            self.source_date_field,
            dated,
        )

    def _complete_records(self, job, rows):
        """The figure in the currency of the company, at its rate of the last day.

        Of nothing there are none, and their sum is nothing; an average, a lowest or a highest
        isn't there.
        """
        kpi = job.kpi
        if kpi.source_measure == "sum":
            return math.fsum(self._convert_figure(job, *row) for row in rows)
        if len(rows) > 1:
            currencies = self.env["res.currency"].browse([row[0] for row in rows])
            return Failure(
                self.env._(
                    "“%(kpi)s” finds amounts in %(currencies)s: only a sum can be taken of "
                    "several currencies. Let the filter choose one.",
                    kpi=kpi.name,
                    currencies=", ".join(sorted(currencies.mapped("name"))),
                )
            )
        if not rows:
            return 0.0 if (kpi.source_measure or "count") in COUNTS else None
        return self._convert_figure(job, *rows[0])

    def _convert_figure(self, job, currency_id, value):
        company = job.kpi.company_id
        if not currency_id or currency_id == company.currency_id.id:
            return value
        return (
            self.env["res.currency"]
            .browse(currency_id)
            ._convert(value, company.currency_id, company, job.last, round=False)
        )


def _start_of_day(day, zone):
    """Midnight there, as Odoo stores it."""
    moment = datetime.datetime.combine(day, datetime.time(), zone)
    return moment.astimezone(datetime.UTC).replace(tzinfo=None)
