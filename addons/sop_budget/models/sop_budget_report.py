# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).


from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain
from odoo.tools.misc import format_date

from ..engine import period
from ..engine import report as engine
from ..report.budget_report_builder import BudgetReportBuilder, ReportOptions
from .sop_budget import MAX_MONTHS

#: More columns than this can't be read; a budget of ten years by months has 120.
MAX_COLUMNS = 150
#: How many years before and after a budget a report may look.
MAX_YEARS_AWAY = 10
PERIODS = ("all", "this_year", "this_quarter", "this_month", "custom")
SOURCES = ("all", "internal", "external")
COMPARES = (False, "last_year", "budget")
#: Measures that the difference between income and the rest doesn't have.
NOT_OF_BALANCE = (
    *("available", "available_after_pending", "utilisation"),
    *("burn", "burn_rate", "runway"),
)
#: Measures of documents that this add-on has not.
NOT_KNOWN_HERE = ("original", "pending", "reserved", "available_after_pending")


class SopBudget(models.Model):
    _inherit = "sop.budget"

    # === PUBLIC === #

    @api.model
    @api.readonly
    def get_report(self, options=None):
        """Plan against actual of one budget, as plain data for screen, PDF, XLSX and API.

        :param dict options: ``budget_id``; ``columns`` (month, quarter, year, whole, to_date,
            custom), ``ranges`` of custom columns, ``measures``, ``source`` (all, internal,
            external), ``period`` or ``date_from`` and ``date_to``, ``as_of``, ``compare``
            (last_year, or budget with ``compare_budget_id``). All are optional.
        :return: ``budget, currency, options, period, as_of, columns, measures, rows, totals,
            summary, chart, notes, choices, hidden_count``. ``values`` of a row hold the
            measures of the first column, then those of the second, and so on; ``None`` is "no
            such figure".
        """
        options = self._check_report_options(options)
        budget = self._find_report_budget(options)
        if not budget:
            return {"budget": False, "rows": [], "totals": [], "options": {}}
        builder = budget._get_report_builder(budget._prepare_report_options(options))
        return budget._prepare_report(builder)

    def _get_report_builder(self, options):
        return BudgetReportBuilder(self, options)

    # === OPTIONS === #

    @api.model
    def _check_report_options(self, options):
        if options and not isinstance(options, dict):
            raise UserError(self.env._("The options of a report are named values."))
        return options or {}

    @api.model
    def _find_report_budget(self, options):
        """The budget asked for, or the one that is most likely meant."""
        budget_id = options.get("budget_id")
        if budget_id:
            budget = self.browse(self._to_report_id(budget_id)).exists()
            if budget.has_access("read") and budget._filter_figures():
                return budget
            if not options.get("budget_optional"):
                budget._check_figures()
                raise UserError(self.env._("This budget does not exist any more."))
        today = fields.Date.context_today(self)
        domain = Domain("is_template", "=", False) & Domain("state", "!=", "cancelled")
        domain &= self._get_figures_domain()
        running = Domain("date_from", "<=", today) & Domain("date_to", ">=", today)
        return (
            self.search(domain & running & Domain("state", "=", "approved"), limit=1)
            or self.search(domain & running, limit=1)
            or self.search(domain, limit=1)
        )

    @api.model
    def _to_report_id(self, value):
        if isinstance(value, int) and not isinstance(value, bool) and value > 0:
            return value
        raise UserError(self.env._("A record is named by its number."))

    def _prepare_report_options(self, options):
        """Check what a client sent and fill in what it left out."""
        self.ensure_one()
        today = fields.Date.context_today(self)
        as_of = self._to_report_date(options.get("as_of")) or today
        if as_of != today:
            self._check_report_span(as_of, as_of, until=today)
        compare, compare_budget_id = self._prepare_report_compare(options)
        chosen = options.get("period") or "all"
        date_from, date_to = self._prepare_report_period(chosen, options, as_of)
        if (date_from, date_to) == (self.date_from, self.date_to):
            chosen = "all"
        measures = self._pick_report_choices(
            options.get("measures"),
            self._get_report_measures(),
            self._get_default_report_measures(),
        )
        compared = ("compare", "compare_difference", "compare_percent")
        measures = tuple(m for m in measures if compare or m not in compared)
        if compare:
            measures += tuple(m for m in compared[:2] if m not in measures)
        return ReportOptions(
            columns=self._pick_report_choices(
                options.get("columns"), engine.COLUMN_KINDS, ReportOptions.columns
            ),
            measures=measures,
            source=self._check_report_choice(options.get("source") or "all", SOURCES),
            period=chosen,
            date_from=date_from,
            date_to=date_to,
            as_of=as_of,
            ranges=self._prepare_report_ranges(options.get("ranges")),
            compare=compare,
            compare_budget_id=compare_budget_id,
        )

    def _prepare_report_period(self, chosen, options, as_of):
        """Dates of the period, cut to the budget; the whole budget where they don't meet."""
        self._check_report_choice(chosen, PERIODS)
        fiscal_month = self._get_fiscal_month()
        if chosen == "custom":
            start = self._to_report_date(options.get("date_from")) or self.date_from
            end = self._to_report_date(options.get("date_to")) or self.date_to
        elif chosen == "this_year":
            start = period.year_start(as_of, fiscal_month)
            end = period.month_end(period.add_months(start, 11))
        elif chosen == "this_quarter":
            start = period.quarter_start(as_of, fiscal_month)
            end = period.month_end(period.add_months(start, 2))
        elif chosen == "this_month":
            start, end = period.month_start(as_of), period.month_end(as_of)
        else:
            start, end = self.date_from, self.date_to
        start, end = max(start, self.date_from), min(end, self.date_to)
        return (start, end) if start <= end else (self.date_from, self.date_to)

    def _prepare_report_compare(self, options):
        compare = self._check_report_choice(options.get("compare") or False, COMPARES)
        if compare != "budget":
            return compare, False
        other = self.browse(
            self._to_report_id(options.get("compare_budget_id"))
        ).exists()
        other._check_figures()
        if not other:
            raise UserError(self.env._("This budget does not exist any more."))
        if other.currency_id != self.currency_id:
            raise UserError(
                self.env._(
                    "“%(budget)s” is in %(currency)s: budgets in two currencies can't be compared.",
                    budget=other.name,
                    currency=other.currency_id.name,
                )
            )
        return compare, other.id

    def _prepare_report_ranges(self, ranges):
        pairs = []
        if ranges and not isinstance(ranges, list | tuple):
            raise UserError(self.env._("A range of dates has a first and a last day."))
        for dates in (ranges or [])[:MAX_COLUMNS]:
            if not isinstance(dates, list | tuple) or len(dates) != 2:
                raise UserError(
                    self.env._("A range of dates has a first and a last day.")
                )
            start, end = (self._to_report_date(value) for value in dates)
            if not start or not end:
                raise UserError(
                    self.env._("A range of dates has a first and a last day.")
                )
            self._check_report_span(start, end)
            pairs.append((start, end))
        return tuple(pairs)

    def _check_report_span(self, start, end, until=None):
        """Refuse dates that no report of this budget needs, before work is done for them."""
        if end < start:
            raise UserError(self.env._("A range of dates has a first and a last day."))
        first = self.date_from.year - MAX_YEARS_AWAY
        last = max(self.date_to, until or self.date_to).year + MAX_YEARS_AWAY
        months = (end.year - start.year) * 12 + end.month - start.month + 1
        if months > MAX_MONTHS or start.year < first or end.year > last:
            raise UserError(
                self.env._(
                    "The dates of this report lie between %(first)s and %(last)s and span at "
                    "most %(months)s months.",
                    first=first,
                    last=last,
                    months=MAX_MONTHS,
                )
            )

    @api.model
    def _to_report_date(self, value):
        try:
            return fields.Date.to_date(value) or None
        except (TypeError, ValueError, LookupError):
            raise UserError(
                self.env._("“%(text)s” is no date: write it as 2025-12-31.", text=value)
            ) from None

    def _pick_report_choices(self, given, allowed, default):
        """Those of ``allowed`` that were given, in their own order."""
        if not isinstance(given, list | tuple) or not given:
            return default
        for choice in given:
            self._check_report_choice(choice, allowed)
        return tuple(choice for choice in allowed if choice in given)

    @api.model
    def _check_report_choice(self, choice, allowed):
        if choice not in allowed:
            raise UserError(
                self.env._("The report has no option “%(option)s”.", option=choice)
            )
        return choice

    @api.model
    def _get_report_measures(self):
        """Measures that are offered, in the order in which they are shown.

        Claims and the first plan are for add-ons that know them.
        """
        return tuple(key for key in engine.MEASURES if key not in NOT_KNOWN_HERE)

    @api.model
    def _get_default_report_measures(self):
        return ReportOptions.measures

    @api.model
    def _get_measures_without_balance(self):
        return NOT_OF_BALANCE

    def _get_fiscal_month(self):
        return int(self.company_id.fiscalyear_last_month) % 12 + 1

    # === THE REPORT === #

    def _prepare_report(self, builder):
        options = builder.options
        spans = self._get_report_spans(options)
        columns = [builder.column(span) for span in spans]
        values = self._prepare_report_values(builder, columns)
        rows, totals = self._prepare_report_rows(builder, values)
        figures = bool(builder.kinds) and self._get_summary_figures(builder)
        return {
            "budget": self._prepare_report_budget(),
            "currency": self._prepare_report_currency(),
            "options": self._export_report_options(options),
            "period": self._prepare_report_period_name(options),
            "as_of": fields.Date.to_string(options.as_of),
            "columns": [self._prepare_report_column(span, options) for span in spans],
            "measures": self._prepare_report_measures(builder),
            "rows": rows,
            "totals": totals,
            "summary": figures and self._prepare_report_summary(builder, figures),
            "chart": figures and self._prepare_report_chart(builder, figures),
            "notes": self._prepare_report_notes(builder),
            "choices": self._get_report_choices(options),
            "hidden_count": builder.full.hidden_count,
        }

    def _get_report_spans(self, options):
        try:
            spans = engine.build_spans(
                options.columns,
                options.date_from,
                options.date_to,
                options.as_of,
                fiscal_month=self._get_fiscal_month(),
                ranges=options.ranges,
            )
        except engine.ReportOptionError as error:
            raise UserError(
                self.env._("A column lies outside the period of the report.")
            ) from error
        # "To date" alone has no column before the budget begins
        spans = spans or [
            engine.Span("whole", "whole", options.date_from, options.date_to)
        ]
        return spans[:MAX_COLUMNS]

    def _prepare_report_values(self, builder, columns):
        """For each row: the measures of all columns, one after the other."""
        measures = builder.options.measures
        places = self.currency_id.decimal_places
        blocks = [
            engine.to_values(engine.derive(column, builder.row_kinds, measures), places)
            for column in columns
        ]
        if builder.grand == "balance":
            for block in blocks:
                block[-1] = [
                    None if measure in NOT_OF_BALANCE else value
                    for measure, value in zip(measures, block[-1], strict=True)
                ]
        return [
            [value for part in parts for value in part]
            for parts in zip(*blocks, strict=True)
        ]

    def _prepare_report_rows(self, builder, values):
        by_key = dict(zip(builder.row_keys, values, strict=True))
        levels = engine.levels(builder.tree.parents)
        rows, totals = [], []
        for kind in builder.kinds:
            for position, category in enumerate(builder.categories):
                if builder.tree.kinds[position] == kind:
                    row = self._prepare_report_row(builder, category, position)
                    row.update(level=levels[position], values=by_key[row["key"]])
                    rows.append(row)
            key = f"u_{kind}"
            # What is in no category has no funding source: it shows where all are shown
            if builder.options.source == "all":
                rows.append(self._prepare_report_unassigned(kind, by_key[key]))
            totals.append(self._prepare_report_total(kind, by_key[f"t_{kind}"]))
        if builder.grand:
            totals.append(
                self._prepare_report_grand(builder.grand, by_key[f"t_{builder.grand}"])
            )
        return rows, totals

    def _prepare_report_row(self, builder, category, position):
        return {
            "key": f"c{category.id}",
            "type": "category",
            "id": category.id,
            "parent": f"c{category.parent_id.id}"
            if builder.tree.parents[position] >= 0
            else None,
            "code": category.code,
            "name": category.name,
            "kind": builder.tree.kinds[position],
            "leaf": bool(builder.tree.leaves[position]),
            "external": bool(category.source_id.is_external),
        }

    def _prepare_report_unassigned(self, kind, values):
        return {
            "key": f"u_{kind}",
            "type": "unassigned",
            "id": False,
            "parent": None,
            "level": 0,
            "code": "",
            "name": self._get_report_words()["unassigned"],
            "kind": kind,
            "leaf": True,
            "external": False,
            "has_items": any(values),
            "values": values,
        }

    def _prepare_report_total(self, kind, values):
        return {
            "key": f"t_{kind}",
            "type": "total",
            "code": "",
            "kind": kind,
            "name": self._get_report_words()["totals"][kind],
            "values": values,
        }

    def _prepare_report_grand(self, grand, values):
        return {
            "key": f"t_{grand}",
            "type": "grand",
            "code": "",
            "kind": {"balance": "balance", "spending": "expense"}[grand],
            "name": self._get_report_words()["totals"][grand],
            "values": values,
        }

    # === DESCRIPTIONS === #

    def _prepare_report_budget(self):
        states = dict(self._fields["state"]._description_selection(self.env))
        role = self._get_role()
        return {
            "id": self.id,
            "name": self.name,
            "code": self.code or "",
            "display_name": self.display_name,
            "company": {"id": self.company_id.id, "name": self.company_id.name},
            "state": self.state,
            "state_name": states[self.state],
            "owner": self.user_id.name,
            "date_from": fields.Date.to_string(self.date_from),
            "date_to": fields.Date.to_string(self.date_to),
            "can_assign": role in ("planner", "manager")
            and self.state not in ("closed", "cancelled"),
        }

    def _prepare_report_currency(self):
        currency = self.currency_id
        return {
            "id": currency.id,
            "name": currency.name,
            "symbol": currency.symbol,
            "position": currency.position,
            "digits": currency.decimal_places,
        }

    def _export_report_options(self, options):
        """The options as they were understood, ready to be sent again."""
        other = self.browse(options.compare_budget_id or [])
        return {
            "budget_id": self.id,
            "columns": list(options.columns),
            "measures": list(options.measures),
            "source": options.source,
            "period": options.period,
            "date_from": fields.Date.to_string(options.date_from),
            "date_to": fields.Date.to_string(options.date_to),
            "as_of": fields.Date.to_string(options.as_of),
            "ranges": [
                [fields.Date.to_string(day) for day in pair] for pair in options.ranges
            ],
            "compare": options.compare,
            "compare_budget_id": options.compare_budget_id,
            "compare_name": other.name or "",
        }

    def _prepare_report_period_name(self, options):
        return {
            "date_from": fields.Date.to_string(options.date_from),
            "date_to": fields.Date.to_string(options.date_to),
            "name": self._format_report_dates(options.date_from, options.date_to),
        }

    def _format_report_dates(self, date_from, date_to):
        """Two dates as short as they can be said: "2025", "Mar 2025", "Jan – Jun 2025"."""
        whole_months = date_from.day == 1 and date_to == period.month_end(date_to)
        if whole_months and (date_from.month, date_to.month) == (1, 12):
            if date_from.year == date_to.year:
                return str(date_from.year)
        if whole_months and date_from == period.month_start(date_to):
            return self._format_report_month(date_from)
        if whole_months:
            return f"{self._format_report_month(date_from)} – {self._format_report_month(date_to)}"
        return f"{format_date(self.env, date_from)} – {format_date(self.env, date_to)}"

    def _format_report_month(self, day):
        return format_date(self.env, day, date_format="MMM yyyy")

    def _prepare_report_column(self, span, options):
        if span.kind == "month":
            name = self._format_report_month(span.date_from)
        elif span.kind in ("quarter", "year"):
            name = span.label
        elif span.kind == "to_date":
            name = self.env._("To %(date)s", date=format_date(self.env, span.date_to))
        elif span.kind == "whole":
            name = (
                self.env._("Whole period")
                if options.period != "all"
                else self.env._("Total")
            )
        else:
            name = self._format_report_dates(span.date_from, span.date_to)
        dates = (
            format_date(self.env, span.date_from),
            format_date(self.env, span.date_to),
        )
        return {
            "key": span.key,
            "kind": span.kind,
            "name": name,
            "title": " – ".join(dates),
            "date_from": fields.Date.to_string(span.date_from),
            "date_to": fields.Date.to_string(span.date_to),
        }

    def _prepare_report_measures(self, builder):
        words = self._get_report_words()["measures"]
        only_income = builder.kinds == ("income",)
        compare = self._get_compare_words(builder.options)
        measures = []
        for key in builder.options.measures:
            name, help_text, names = words[key]
            measures.append(
                {
                    "key": key,
                    "type": engine.MEASURES[key],
                    "name": compare.get(key)
                    or (only_income and names.get("income"))
                    or name,
                    "names": {} if key in compare else names,
                    "help": help_text,
                }
            )
        return measures

    def _prepare_report_notes(self, builder):
        notes = []
        hidden = builder.full.hidden_count
        if hidden:
            notes.append(
                self.env._(
                    "Categories that are not shown to you: %(count)s. Their amounts are left out "
                    "of all totals.",
                    count=hidden,
                )
            )
        if not builder.tree.ids and builder.kinds:
            notes.append(
                self.env._(
                    "This budget has no categories yet. What is posted in its scope is shown as "
                    "not in any category: write the first categories in the grid."
                )
            )
        if self.state in ("draft", "submitted"):
            notes.append(
                self.env._(
                    "This plan is not approved yet: its amounts can still change."
                )
            )
        if self.state == "cancelled":
            notes.append(self.env._("This budget is cancelled."))
        return notes
