# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from dateutil.relativedelta import relativedelta

from odoo import fields, models
from odoo.tools.misc import format_amount, format_date

from ..engine import period
from ..engine import report as engine
from ..engine.measures import ahead_of_pace
from ..engine.money import from_units

#: Used share of the plan from which a budget is to be watched.
WATCH_FROM = 0.8
#: Money may be this far ahead of the time before somebody is warned.
PACE_TOLERANCE = 0.1
#: Money that is this far behind plan and time is worth a word too.
SLOW_FROM = 0.25


class SopBudget(models.Model):
    """The cards and the chart above the report."""

    _inherit = "sop.budget"

    # === WHOSE FIGURES === #

    def _get_summary_row(self, builder):
        """Key of the total that the summary speaks of: spending, or income if that is all."""
        if "expense" in builder.kinds and "capital" in builder.kinds:
            return (
                "t_spending" if builder.grand == "spending" else "t_expense+t_capital"
            )
        for kind in ("expense", "capital", "income"):
            if kind in builder.kinds:
                return f"t_{kind}"
        return None

    def _get_summary_figures(self, builder):
        """Measures of the summary's row over the period, in minor units and ratios."""
        row = self._get_summary_row(builder)
        options = builder.options
        span = engine.Span("whole", "whole", options.date_from, options.date_to)
        column = builder.column(span)
        positions = [builder.row_keys.index(key) for key in row.split("+")]
        column = engine.pick_rows(column, positions)
        kind = "income" if row == "t_income" else "expense"
        measures = (
            *("planned", "to_date", "reserved", "committed", "actual", "available"),
            *("utilisation", "burn_rate", "runway", "projection"),
        )
        figures = {
            key: engine.plain(array[0])
            for key, array in engine.derive(column, [kind], measures).items()
        }
        return {
            **figures,
            "kind": kind,
            "row": row,
            "elapsed": float(column.elapsed),
            "actual_as_of": engine.plain(column.actual_as_of[0]),
        }

    # === CARDS === #

    def _prepare_report_summary(self, builder, figures):
        return {
            "figures": self._prepare_summary_cards(builder, figures),
            "pace": self._prepare_summary_pace(builder, figures),
            "outlook": self._prepare_summary_outlook(builder, figures),
        }

    def _prepare_summary_cards(self, builder, figures):
        words = self._get_report_words()["measures"]
        options = builder.options
        income = figures["kind"] == "income"
        over = not income and figures["available"] < 0
        shares = {
            key: figures[key] / figures["planned"] if figures["planned"] else None
            for key in (*self._get_summary_used(figures), "available")
        }
        notes = {
            "planned": self._format_report_dates(options.date_from, options.date_to),
            **{key: self._format_plan_share(share) for key, share in shares.items()},
        }
        if over:
            notes["available"] = self.env._("over budget")
        return [
            {
                "key": key,
                "name": words[key][2].get(figures["kind"]) or words[key][0],
                "value": from_units(figures[key], self.currency_id.decimal_places),
                "note": notes[key],
                "level": "over" if over and key == "available" else "none",
                "options": {
                    "row": figures["row"],
                    "measure": key,
                    "date_from": fields.Date.to_string(options.date_from),
                    "date_to": fields.Date.to_string(options.date_to),
                },
            }
            for key in ("planned", *self._get_summary_used(figures), "available")
        ]

    def _get_summary_used(self, figures):
        """What takes from the plan; what is reserved only where there is such a thing."""
        return ("reserved", "committed", "actual")[not figures["reserved"] :]

    def _format_plan_share(self, share):
        if share is None:
            return ""
        return self.env._("%(percent)s%% of the plan", percent=round(share * 100))

    def _prepare_summary_pace(self, builder, figures):
        """Time gone against money used, with a warning in words."""
        income = figures["kind"] == "income"
        level, note = self._judge_pace(figures, builder.options)
        return {
            "name": self.env._("Pace"),
            "time": figures["elapsed"],
            "money": figures["utilisation"],
            "money_name": self.env._("Reached") if income else self.env._("Money used"),
            "level": level,
            "note": note,
        }

    def _judge_pace(self, figures, options):
        used, elapsed = figures["utilisation"], figures["elapsed"]
        shares = {"time": round(elapsed * 100), "money": round((used or 0) * 100)}
        if used is None:
            return "none", self.env._("Nothing is planned, so there is no share of it.")
        if figures["kind"] == "income":
            if elapsed and used + PACE_TOLERANCE < elapsed:
                return "watch", self.env._(
                    "%(time)s%% of the time is gone, %(money)s%% of the income is reached.",
                    **shares,
                )
            return "none", self.env._("In step with the time.")
        if used > 1:
            return "over", self.env._("%(money)s%% of the plan is used.", **shares)
        if not elapsed:
            return "none", self.env._("The period has not begun.")
        expected = max(elapsed, figures["to_date"] / figures["planned"])
        if ahead_of_pace(used, expected, PACE_TOLERANCE):
            return "watch", self.env._(
                "%(time)s%% of the time is gone, %(money)s%% of the money is used.",
                **shares,
            )
        if elapsed >= 1:
            return "none", self.env._("The period is over.")
        if used + SLOW_FROM < min(elapsed, figures["to_date"] / figures["planned"]):
            return "none", self.env._(
                "More slowly than planned: %(money)s%% of the money in %(time)s%% of the time.",
                **shares,
            )
        return "good", self.env._("In step with the time.")

    def _prepare_summary_outlook(self, builder, figures):
        cards = []
        places = self.currency_id.decimal_places
        rate, projection = figures["burn_rate"], figures["projection"]
        if rate is not None:
            level, note = self._judge_runway(figures, builder.options)
            name = self.env._("Income per month")
            if figures["kind"] != "income":
                name = self.env._("Burn rate per month")
            cards.append(
                {
                    "key": "burn_rate",
                    "name": name,
                    "type": "money",
                    "value": from_units(round(rate), places),
                    "level": level,
                    "note": note,
                }
            )
        if projection is not None and figures["elapsed"] < 1:
            level, note = self._judge_projection(figures)
            cards.append(
                {
                    "key": "projection",
                    "name": self.env._("Projection to the end"),
                    "type": "money",
                    "value": from_units(round(projection), places),
                    "level": level,
                    "note": note,
                }
            )
        return cards

    def _judge_runway(self, figures, options):
        """How long the money lasts, and whether that is to the end of the period."""
        runway = figures["runway"]
        if figures["kind"] == "income" or runway is None or figures["elapsed"] >= 1:
            return "none", ""
        if not runway:
            return "over", self.env._("Nothing is left.")
        days = min(round(runway * 365.25 / 12), 36500)
        until = options.as_of + relativedelta(days=days)
        if until < options.date_to:
            return "watch", self.env._(
                "Lasts %(months)s more months, to %(date)s: before the end.",
                months=round(runway, 1),
                date=format_date(self.env, until),
            )
        return "none", self.env._("Lasts to the end at this rate.")

    def _judge_projection(self, figures):
        income = figures["kind"] == "income"
        gap = round(figures["projection"]) - figures["planned"]
        if not figures["planned"]:
            return "none", ""
        size = round(from_units(abs(gap), self.currency_id.decimal_places))
        amount = format_amount(self.env, size, self.currency_id, trailing_zeroes=False)
        if gap > 0:
            note = self.env._("%(amount)s more than planned", amount=amount)
            return ("good" if income else "over"), note
        if gap < 0:
            note = self.env._("%(amount)s less than planned", amount=amount)
            return ("watch" if income else "none"), note
        return "none", self.env._("As planned")

    # === CHART === #

    def _prepare_report_chart(self, builder, figures):
        """Plan, actual and projection, each added up from month to month."""
        options = builder.options
        span = engine.Span("whole", "whole", options.date_from, options.date_to)
        first = period.month_start(options.date_from)
        positions = [
            position
            for position, month in enumerate(builder.months)
            if first <= month <= options.date_to
        ]
        aligned = engine.is_aligned(span, self.date_from, self.date_to)
        if len(positions) < 2 or not aligned:
            return False
        keys = figures["row"].split("+")
        planned, actual = (
            sum(builder.monthly(measure, key) for key in keys)[positions]
            for measure in ("planned", "actual")
        )
        months = [builder.months[position] for position in positions]
        running = sum(month <= options.as_of for month in months) - 1
        if running >= 0:
            # The running month as far as it has gone
            actual[running] = figures["actual_as_of"] - actual[:running].sum()
        lines = engine.cumulate(planned, actual, running, figures["projection"])
        places = self.currency_id.decimal_places
        words = self._get_report_words()["measures"]
        return {
            "labels": [self._format_report_month(month) for month in months],
            "names": {
                key: words[key][0] for key in ("planned", "actual", "projection")
            },
            "text": self.env._(
                "Plan and actual of %(budget)s, added up by month", budget=self.name
            ),
            **{
                name: [
                    None if value is None else from_units(value, places)
                    for value in line
                ]
                for name, line in lines.items()
            },
        }
