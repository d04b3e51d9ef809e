# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
import datetime
from dataclasses import dataclass, field

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain
from odoo.tools import SQL
from odoo.tools.date_utils import end_of, start_of, subtract

from ..engine.process import MONTHS, month_starts

EMPTY = SQL("NULL")
NO_TEXT = SQL("NULL::text")
NO_DATE = SQL("NULL::date")
ONE = SQL("1")


@dataclass
class Scope:
    """Which cases count: of a time, of companies, of people and teams."""

    date_from: datetime.date
    date_to: datetime.date
    today: datetime.date
    company_ids: tuple[int, ...]
    rates: dict[int, float]
    zone: str
    user_ids: tuple[int, ...] = ()
    teams: tuple[str, ...] = ()
    trend_months: int = MONTHS
    #: What several metrics read in one go
    memory: dict = field(default_factory=dict)
    #: Sub-selects that several statements use, by name; those of a name come before their users
    shared: dict[str, SQL] = field(default_factory=dict)

    def share(self, name, statement):
        """Name of a sub-select that is read once, however many metrics of a statement use it."""
        self.shared[name] = statement
        return SQL.identifier(name)

    def with_shared(self, statement):
        """A statement that may use what is shared; the database skips what it doesn't use."""
        if not self.shared:
            return statement
        parts = SQL(", ").join(
            SQL("%s AS (%s)", SQL.identifier(name), part)
            for name, part in self.shared.items()
        )
        return SQL("WITH %s %s", parts, statement)

    @property
    def months(self):
        return month_starts(self.date_to, self.trend_months)

    @property
    def trend_from(self):
        return min(self.date_from, self.months[0])


class SopProcessMetric(models.Model):
    """From documents to cases, and from cases to a summary.

    The SQL of a metric gives one row for each case:

    ``case_id``, ``res_id``
        the case and the document that it opens
    ``company_id``
    ``date``
        the day on which it counts; none while it is open
    ``since``
        the day from which it waits
    ``value``, ``weight``
        what is measured; a value that is missing in a finished case leaves it out (its dates
        are not both there, or not in order)
    ``amount``
        money that hangs on it, in the company's currency
    ``user_id``, ``partner_id``, ``team``, ``category``
    """

    _inherit = "sop.process.metric"

    # === Scope === #

    @api.model
    def _make_scope(
        self,
        date_from,
        date_to,
        companies=None,
        *,
        user_ids=None,
        teams=None,
        trend_months=MONTHS,
    ):
        companies = companies or self.env.companies
        company = self.env.company if self.env.company in companies else companies[:1]
        today = company._get_sop_todays()[company.id]
        date_to = fields.Date.to_date(date_to) or today
        date_from = fields.Date.to_date(date_from) or start_of(date_to, "year")
        if date_from > date_to:
            raise UserError(
                self.env._(
                    "The period starts on %(start)s, after its end on %(end)s. "
                    "Choose a start before the end.",
                    start=date_from,
                    end=date_to,
                )
            )
        return Scope(
            date_from=date_from,
            date_to=date_to,
            today=today,
            company_ids=tuple(companies.ids),
            rates=self._get_rates(companies, company, date_to),
            zone=company._get_sop_timezones()[company.id],
            user_ids=tuple(user_ids or ()),
            teams=tuple(teams or ()),
            trend_months=trend_months,
        )

    @api.model
    def _get_rates(self, companies, company, date):
        """``{company id: factor}`` into the currency of the company that is worked in."""
        target = company.currency_id
        return {
            one.id: one.currency_id._get_conversion_rate(
                one.currency_id, target, company, date
            )
            for one in companies
        }

    @api.model
    def _get_context_scope(self):
        """The scope that the page's filters ask for, by context."""
        context = self.env.context
        today = self.env.company._get_sop_todays()[self.env.company.id]
        # What is chosen in the search bar goes before what the page was opened with
        period = context.get("sop_period")
        first, last = self._get_period(period or "year_to_date", today)
        if not period:
            first = context.get("sop_date_from") or first
            last = context.get("sop_date_to") or last
        try:
            return self._make_scope(
                first,
                last,
                user_ids=[int(user) for user in context.get("sop_users") or ()],
                teams=[str(team) for team in context.get("sop_teams") or ()],
            )
        except (TypeError, ValueError) as error:
            raise UserError(
                self.env._(
                    "The period or the people asked for can't be read: %(error)s. "
                    "Choose them from the search bar.",
                    error=error,
                )
            ) from error

    @api.model
    def _get_period(self, period, today):
        month, quarter, year = (
            start_of(today, g) for g in ("month", "quarter", "year")
        )
        before = {
            "last_month": subtract(month, months=1),
            "last_quarter": subtract(quarter, months=3),
            "last_year": subtract(year, years=1),
        }
        if period in before:
            return before[period], end_of(before[period], period.removeprefix("last_"))
        starts = {
            "month": month,
            "quarter": quarter,
            "year_to_date": year,
            "twelve_months": month_starts(today)[0],
        }
        if period not in starts:
            raise UserError(
                self.env._(
                    "There is no period “%(period)s”. Choose one of: %(periods)s.",
                    period=period,
                    periods=", ".join([*starts, *before]),
                )
            )
        return starts[period], today

    # === Parts of statements === #

    @api.model
    def _visible(self, model, scope, domain=()):
        """Sub-select of the documents in the scope that the reader may read."""
        records = self.env[model].with_context(active_test=False)
        field_name = "id" if model == "res.company" else "company_id"
        company_ids = list(scope.company_ids)
        if (
            not records._fields[field_name].required
            and not records._fields[field_name].related
        ):
            # Of no company: it belongs to whoever looks
            company_ids.append(False)
        companies = Domain(field_name, "in", company_ids)
        # Without sudo: record rules of the reader are part of the statement
        query = records._search(Domain(domain) & companies)
        # All columns: the database merges it into the statement and reads each row once
        return query.select(SQL("%s.*", SQL.identifier(records._table)))

    @api.model
    def _day(self, moment, scope):
        """The day of a moment, where the company works."""
        if scope.zone == "UTC":
            return SQL("%s::date", moment)
        return SQL("(%s AT TIME ZONE 'UTC' AT TIME ZONE %s)::date", moment, scope.zone)

    @api.model
    def _span(self, start, end):
        """Days between two moments; nothing when they are not in order."""
        return SQL(
            "CASE WHEN %(end)s >= %(start)s"
            " THEN EXTRACT(EPOCH FROM %(end)s - %(start)s)::float8 / 86400 END",
            start=start,
            end=end,
        )

    @api.model
    def _days(self, start, end):
        """Days between two dates; nothing when they are not in order."""
        return SQL(
            "CASE WHEN %(end)s >= %(start)s THEN %(end)s - %(start)s END",
            start=start,
            end=end,
        )

    @api.model
    def _flag(self, condition):
        return SQL("CASE WHEN %s THEN 1 ELSE 0 END", condition)

    @api.model
    def _translated(self, column):
        return SQL(
            "COALESCE(%(column)s->>%(lang)s, %(column)s->>'en_US')",
            column=column,
            lang=self.env.lang or "en_US",
        )

    @api.model
    def _get_case_columns(self, model) -> dict[str, SQL]:
        """How documents of a model say who, with whom and how much: of ``doc``.

        Add-ons that bring metrics over other models extend it.
        """
        return {
            "purchase.order": {
                "amount": SQL(
                    "doc.amount_untaxed / COALESCE(NULLIF(doc.currency_rate, 0), 1)"
                ),
            },
            "account.move": {
                "user": SQL("COALESCE(doc.invoice_user_id, doc.create_uid)"),
                "amount": SQL("ABS(doc.amount_untaxed_signed)"),
                "team": self._translated(SQL("journal.name")),
                "joins": SQL(
                    "LEFT JOIN account_journal journal ON journal.id = doc.journal_id"
                ),
            },
            "account.move.line": {
                "res_id": SQL("doc.move_id"),
                "user": SQL("doc.create_uid"),
                "amount": SQL("ABS(doc.balance)"),
                "team": self._translated(SQL("journal.name")),
                "joins": SQL(
                    "LEFT JOIN account_journal journal ON journal.id = doc.journal_id"
                ),
            },
            "account.bank.statement.line": {
                "res_id": SQL("doc.move_id"),
                "user": SQL("doc.create_uid"),
                # Its own amount is in the currency of the journal
                "amount": SQL("ABS(entry.amount_total_signed)"),
                "team": self._translated(SQL("journal.name")),
                "joins": SQL(
                    "LEFT JOIN account_journal journal ON journal.id = doc.journal_id "
                    "JOIN account_move entry ON entry.id = doc.move_id"
                ),
            },
            # Of the add-ons that come with Inventory
            "stock.picking": {
                "amount": SQL("NULL"),
                "team": self._translated(SQL("kind.name")),
                "joins": SQL(
                    "LEFT JOIN stock_picking_type kind ON kind.id = doc.picking_type_id"
                ),
            },
        }.get(model, {})

    @api.model
    def _cases_of(self, model, scope, domain, *, value, **parts):
        """The statement of cases over documents of one model, called ``doc`` in it.

        :param parts: ``date``, ``since``, ``weight``, ``amount``, ``category``, ``joins``,
            ``where``, and what else ``_get_case_columns`` knows
        """
        columns = {
            "case_id": SQL("doc.id"),
            "res_id": SQL("doc.id"),
            "user": SQL("doc.user_id"),
            "partner": SQL("doc.partner_id"),
            "team": NO_TEXT,
            "category": NO_TEXT,
            "joins": SQL(),
            "date": NO_DATE,
            "since": NO_DATE,
            "weight": ONE,
            "where": SQL("TRUE"),
            "company": SQL("doc.company_id"),
            **self._get_case_columns(model),
        }
        joins = SQL("%s %s", columns["joins"], parts.pop("joins", SQL()))
        columns.update(parts, joins=joins)
        return SQL(
            """
            SELECT %(case_id)s AS case_id, %(res_id)s AS res_id, %(company)s AS company_id,
                   %(date)s AS date, %(since)s AS since,
                   (%(value)s)::float8 AS value, (%(weight)s)::float8 AS weight,
                   (%(amount)s)::float8 AS amount,
                   %(user)s AS user_id, %(partner)s AS partner_id,
                   %(team)s AS team, %(category)s AS category
              FROM (%(documents)s) doc %(joins)s
             WHERE %(where)s
            """,
            value=value,
            documents=self._visible(model, scope, domain),
            **columns,
        )

    @api.model
    def _tracked(self, model, name):
        """Changes of a field that Odoo keeps in the chatter: document, moment, old and new."""
        tracked = self.env["ir.model.fields"]._get(model, name)
        return SQL(
            """
            SELECT message.res_id, message.date AS at,
                   tracking.old_value_char AS old_text, tracking.new_value_char AS new_text,
                   tracking.old_value_float AS old_number,
                   tracking.new_value_float AS new_number,
                   tracking.new_value_datetime::date AS new_day, message.id AS message_id
              FROM mail_tracking_value tracking
              JOIN mail_message message ON message.id = tracking.mail_message_id
             WHERE tracking.field_id = %s AND message.model = %s
            """,
            tracked.id,
            model,
        )

    @api.model
    def _labels(self, model, name, *keys):
        """Labels of states in all languages: a change is kept as it was shown."""
        found = set()
        for code, _name in self.env["res.lang"].get_installed():
            record = self.env[model].with_context(lang=code)
            labels = dict(record._fields[name]._description_selection(record.env))
            found.update(labels[key] for key in keys if key in labels)
        return tuple(sorted(found))

    @api.model
    def _settlements(self, scope, sign):
        """Name of a sub-select that says when invoices were settled: ``move_id``, ``paid_on``,
        ``settled_on``.

        ``sign`` is ``in`` for bills and ``out`` for invoices. Refunds settle without paying;
        differences of exchange rates do neither.
        """
        mine, theirs = "credit_move_id", "debit_move_id"
        if sign == "out":
            mine, theirs = theirs, mine
        statement = SQL(
            """
            SELECT term.move_id,
                   MAX(other.date) FILTER (WHERE entry.move_type NOT IN
                       ('in_refund', 'out_refund')) AS paid_on,
                   MAX(other.date) AS settled_on
              FROM account_partial_reconcile partial
              JOIN account_move_line term ON term.id = partial.%(mine)s
              JOIN account_move_line other ON other.id = partial.%(theirs)s
              JOIN account_move entry ON entry.id = other.move_id
              JOIN res_company company ON company.id = entry.company_id
             WHERE term.display_type = 'payment_term'
               AND term.company_id IN %(companies)s
               AND entry.journal_id IS DISTINCT FROM company.currency_exchange_journal_id
          GROUP BY term.move_id
            """,
            mine=SQL.identifier(mine),
            theirs=SQL.identifier(theirs),
            companies=scope.company_ids,
        )
        return scope.share(f"settled_{sign}", statement)

    @api.model
    def _postings(self, scope, model="account.move"):
        """Join of the moments at which entries were posted for the first and the last time."""
        statement = SQL(
            "SELECT res_id, min(at) AS at, max(at) AS last_at"
            " FROM (%s) tracked WHERE new_text IN %s GROUP BY res_id",
            self._tracked(model, "state"),
            self._labels(model, "state", "posted"),
        )
        return SQL(
            "LEFT JOIN %s posting ON posting.res_id = doc.id",
            scope.share("posting_moments", statement),
        )

    @api.model
    def _reset_cases(
        self, model, scope, domain, states, *, date, name="state", **parts
    ):
        """The share of documents that went back from one state to another."""
        old, new = states
        return self._cases_of(
            model,
            scope,
            domain,
            date=date,
            value=self._flag(
                SQL(
                    """
                    doc.id IN (SELECT res_id FROM (%s) tracked
                                WHERE old_text IN %s AND new_text IN %s)
                    """,
                    self._tracked(model, name),
                    self._labels(model, name, *old),
                    self._labels(model, name, *new),
                )
            ),
            **parts,
        )

    # === Cases in a scope === #

    def _get_read_models(self):
        """Models whose documents the reader must be allowed to read."""
        return [self.res_model] if self.res_model else []

    def _get_scoped_sql(self, scope):
        """The cases in the scope, finished ones since the first month of the trend."""
        # Statements name columns by hand: whatever is not written yet must be
        self.env.flush_all()
        rate = self._get_rate_sql(scope)
        value_rate = rate if self.in_money else ONE
        people = (
            SQL("c.user_id IN %s", scope.user_ids) if scope.user_ids else SQL("TRUE")
        )
        teams = SQL("c.team IN %s", scope.teams) if scope.teams else SQL("TRUE")
        return SQL(
            """
            SELECT c.case_id, c.res_id, c.company_id, c.date, c.since,
                   c.value * %(value_rate)s AS value, c.weight * %(value_rate)s AS weight,
                   c.amount * %(rate)s AS amount,
                   c.user_id, c.partner_id, c.team, c.category
              FROM (%(cases)s) c
             WHERE (c.date IS NULL OR c.date BETWEEN %(first)s AND %(last)s)
               AND %(people)s AND %(teams)s
            """,
            cases=self._get_source()(scope),
            value_rate=value_rate,
            rate=rate,
            first=scope.trend_from,
            last=scope.date_to,
            people=people,
            teams=teams,
        )

    def _get_rate_sql(self, scope):
        """Factor into the currency of the reader's company, by the company of a case."""
        if len(set(scope.rates.values())) == 1:
            return SQL("%s::float8", next(iter(scope.rates.values())))
        return SQL(
            "CASE c.company_id %s END",
            SQL(" ").join(
                SQL("WHEN %s THEN %s::float8", company, rate)
                for company, rate in scope.rates.items()
            ),
        )

    def _is_counted_sql(self, scope):
        """Condition on a case: the figure counts it."""
        if self.is_snapshot:
            return SQL("(date IS NULL AND value IS NOT NULL)")
        return SQL("(date >= %s AND value IS NOT NULL)", scope.date_from)

    def _get_threshold_sql(self):
        """Days after which a case is stuck, as a part of a statement that has ``total``."""
        days = self.stuck_days or self.usual_stuck_days
        if days:
            return SQL("%s::float8", days)
        if self.measure == "duration":
            return SQL("(SELECT total.p90 FROM total)")
        return SQL("NULL::float8")

    def _get_buckets_sql(self, scope):
        """The cases by what decides where they count: of times each, of others summed up by day.

        Sums by day are small, however many cases there are. Money is asked of open ones only.
        """
        if self.measure == "duration":
            return SQL(
                """
                SELECT date, since, value IS NULL AS empty, 1 AS number, value AS numerator,
                       weight AS denominator, CASE WHEN date IS NULL THEN amount END AS amount,
                       res_id
                  FROM (%s) found
                """,
                self._get_scoped_sql(scope),
            )
        return SQL(
            """
            SELECT date, CASE WHEN date IS NULL THEN since END AS since, value IS NULL AS empty,
                   count(*) AS number, sum(value) AS numerator, sum(weight) AS denominator,
                   sum(CASE WHEN date IS NULL THEN amount END) AS amount, min(res_id) AS res_id
              FROM (%s) found
          GROUP BY 1, 2, 3
            """,
            self._get_scoped_sql(scope),
        )

    def _get_aggregates_sql(self, counted):
        """Aggregates of the cases that are counted, in the order of ``process.Summary``.

        How values are spread is worked out of times only.
        """
        spread = SQL("NULL::float8 AS lowest, NULL::float8 AS highest, NULL::float8[]")
        if self.measure == "duration":
            spread = SQL(
                """
                min(numerator) FILTER (WHERE %(counted)s) AS lowest,
                max(numerator) FILTER (WHERE %(counted)s) AS highest,
                percentile_cont(ARRAY[0.5, 0.75, 0.9]) WITHIN GROUP (ORDER BY numerator)
                    FILTER (WHERE %(counted)s)
                """,
                counted=counted,
            )
        return SQL(
            """
            COALESCE(sum(number) FILTER (WHERE %(counted)s), 0)::bigint AS number,
            sum(numerator) FILTER (WHERE %(counted)s) AS numerator,
            sum(denominator) FILTER (WHERE %(counted)s) AS denominator,
            %(spread)s AS quantiles
            """,
            counted=counted,
            spread=spread,
        )

    def _get_summary_sql(self, scope):
        """A row for the period, with what is open and stuck, and one for each month."""
        columns = SQL(
            "number, numerator, denominator, numerator / NULLIF(number, 0) AS mean,"
            " lowest, highest,"
            " quantiles[1] AS p50, quantiles[2] AS p75, quantiles[3] AS p90"
        )
        any_counted = SQL(
            "(date IS NULL) = %s AND NOT empty AND COALESCE(date, since) >= %s",
            self.is_snapshot,
            scope.months[0],
        )
        counted = SQL("NOT empty AND date >= %s", scope.date_from)
        if self.is_snapshot:
            counted = SQL("NOT empty AND date IS NULL")
        return SQL(
            """
            WITH cases AS MATERIALIZED (%(cases)s),
                 total AS (SELECT %(columns)s, open, left_out FROM (
                              SELECT %(aggregates)s,
                                     COALESCE(sum(number) FILTER (WHERE date IS NULL), 0)::bigint
                                         AS open,
                                     COALESCE(sum(number) FILTER (WHERE date >= %(first)s
                                         AND empty), 0)::bigint AS left_out
                                FROM cases) t),
                 months AS (SELECT month, %(columns)s FROM (
                              SELECT date_trunc('month', COALESCE(date, since)::timestamp)::date
                                         AS month,
                                     %(month_aggregates)s
                                FROM cases WHERE %(any_counted)s GROUP BY 1) m),
                 limits AS (SELECT %(threshold)s AS days),
                 waiting AS (
                     SELECT COALESCE(sum(number), 0)::bigint AS stuck,
                            sum(amount) AS stuck_amount, max(%(today)s - since) AS worst_days,
                            (array_agg(res_id ORDER BY since, res_id))[1] AS worst_id
                       FROM cases, limits
                      WHERE date IS NULL AND %(today)s - since > limits.days)
            SELECT NULL::date AS month, total.*, waiting.*, limits.days
              FROM total, waiting, limits
             UNION ALL
            SELECT months.*, NULL, NULL, NULL, NULL, NULL, NULL, NULL FROM months
            """,
            cases=self._get_buckets_sql(scope),
            columns=columns,
            aggregates=self._get_aggregates_sql(counted),
            month_aggregates=self._get_aggregates_sql(SQL("TRUE")),
            any_counted=any_counted,
            threshold=self._get_threshold_sql(),
            today=scope.today,
            first=scope.date_from,
        )
