# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from collections import namedtuple
from dataclasses import replace

from odoo import api, fields, models
from odoo.exceptions import UserError

from ..engine import period
from ..engine import report as engine
from ..engine.money import from_units
from ..report.budget_report_builder import KINDS, BudgetReportBuilder, shift_year

#: Documents shown in the dialog itself; all of them open in a list.
SHOWN_DOCUMENTS = 10
SHOWN_RATES = 10
#: Figures that are sums over rows: what is below a row adds up to it.
ADDITIVE = (
    *engine.BASE_MEASURES,
    *("to_date", "available", "available_after_pending", "variance"),
)
#: What takes from the plan.
USED_MEASURES = ("reserved", "committed", "actual")

#: One figure of a report: what is asked, and what the answer is worked out from.
Figure = namedtuple("Figure", "builder span measure keys positions kind column request")


class SopBudget(models.Model):
    """Where a figure of the report comes from."""

    _inherit = "sop.budget"

    @api.model
    @api.readonly
    def explain(self, options):
        """The lineage of one figure of ``get_report``, for the reader's eyes.

        :param dict options: ``budget_id, row`` (key of a row), ``measure, date_from, date_to``
            and, as in the report, ``source, as_of, compare, compare_budget_id``
        :return: the figure, its ``formula`` with ``parts`` and ``breakdown`` (each with the
            ``options`` that explain it in turn), ``rules``, ``rates``, and ``documents``: the
            domain on ``sop.budget.item`` whose sum is the figure, how many of them the reader
            may not see, and what those sum up to
        """
        options = self._check_report_options(options)
        budget = self._find_report_budget({**options, "budget_optional": False})
        if not budget or not options.get("budget_id"):
            raise UserError(self.env._("A figure belongs to a budget."))
        return budget._explain_figure(budget._find_figure(options))

    # === FINDING THE FIGURE === #

    def _find_figure(self, options):
        measure = self._check_report_choice(
            options.get("measure"), self._get_report_measures()
        )
        dates = {
            key: self._to_report_date(options.get(key)) or self[key]
            for key in ("date_from", "date_to")
        }
        self._check_report_span(dates["date_from"], dates["date_to"])
        known = ("source", "as_of", "compare", "compare_budget_id")
        prepared = self._prepare_report_options(
            {key: options.get(key) for key in known}
        )
        builder = BudgetReportBuilder(self, replace(prepared, measures=(measure,)))
        keys = str(options.get("row") or "").split("+")
        missing = [key for key in keys if key not in builder.row_keys]
        if missing:
            raise UserError(
                self.env._("The report has no row “%(row)s” any more.", row=missing[0])
            )
        positions = [builder.row_keys.index(key) for key in keys]
        span = engine.Span("figure", "custom", **dates)
        request = {
            "budget_id": self.id,
            "row": "+".join(keys),
            "measure": measure,
            "source": prepared.source,
            "as_of": fields.Date.to_string(prepared.as_of),
            "compare": prepared.compare,
            "compare_budget_id": prepared.compare_budget_id,
            **{key: fields.Date.to_string(day) for key, day in dates.items()},
        }
        return Figure(
            builder=builder,
            span=span,
            measure=measure,
            keys=keys,
            positions=positions,
            kind=builder.row_kinds[positions[0]],
            column=engine.pick_rows(builder.column(span), positions),
            request=request,
        )

    def _get_figure_value(self, figure, measure=None):
        """In minor units, or as a ratio; None when there is no such figure."""
        measure = measure or figure.measure
        if figure.kind == "balance" and measure in self._get_measures_without_balance():
            return None
        try:
            derived = engine.derive(figure.column, [figure.kind], [measure])
        except engine.ReportOptionError as error:
            raise UserError(self.env._("There is nothing to compare with.")) from error
        return engine.plain(derived[measure][0])

    def _to_shown(self, value, measure):
        """From minor units to what is shown."""
        if value is None or engine.MEASURES[measure] != "money":
            return value
        return from_units(round(value), self.currency_id.decimal_places)

    # === THE ANSWER === #

    def _explain_figure(self, figure):
        measure = figure.measure
        words = self._get_report_words()["measures"]
        compare = self._get_compare_words(figure.builder.options)
        name = (
            compare.get(measure)
            or words[measure][2].get(figure.kind)
            or words[measure][0]
        )
        row_name = self._get_figure_row_name(figure)
        value = self._to_shown(self._get_figure_value(figure), measure)
        formula, parts = self._explain_formula(figure)
        documents = self._explain_documents(figure)
        return {
            "title": f"{name}: {row_name}",
            "name": name,
            "subtitle": self.display_name,
            "value": value,
            "type": engine.MEASURES[measure],
            "currency": self._prepare_report_currency(),
            "date_from": figure.request["date_from"],
            "date_to": figure.request["date_to"],
            "formula": formula,
            "parts": parts,
            "breakdown": self._explain_breakdown(figure),
            "rules": self._explain_rules(figure) if documents else [],
            "precedence": self._get_precedence_text() if documents else "",
            "rates": self._explain_rates(figure, documents) if documents else [],
            "documents": documents,
            "note": self._get_figure_note(figure),
            "can_assign": figure.keys[0].startswith("u_")
            and self._prepare_report_budget()["can_assign"],
        }

    def _get_figure_row_name(self, figure):
        key = figure.keys[0]
        words = self._get_report_words()
        if key.startswith("c"):
            return figure.builder.categories[figure.positions[0]].display_name
        if key.startswith("u_"):
            return f"{words['unassigned']} ({words['kinds'][key.removeprefix('u_')]})"
        if len(figure.keys) > 1:
            return words["totals"]["spending"]
        return words["totals"][key.removeprefix("t_")]

    def _get_figure_note(self, figure):
        source = figure.builder.options.source
        if source == "internal":
            return self.env._("Only categories paid with internal money are counted.")
        if source == "external":
            return self.env._("Only externally funded categories are counted.")
        return ""

    # === FORMULA === #

    def _explain_formula(self, figure):
        """A sentence and its parts; empty for figures that are sums of documents."""
        if figure.keys == ["t_balance"]:
            return self._explain_balance(figure)
        explainer = getattr(self, f"_explain_{figure.measure}", None)
        return explainer(figure) if explainer else ("", [])

    def _prepare_part(self, figure, sign, measure, name=None, **changes):
        """A part that can be explained in turn; ``changes`` to what is asked."""
        words = self._get_report_words()["measures"][measure]
        request = {**figure.request, "measure": measure, **changes}
        value = self._get_figure_value(figure, measure)
        if changes:
            value = self._get_figure_value(self._find_figure(request))
        return {
            "sign": sign,
            "name": name or words[2].get(figure.kind) or words[0],
            "value": self._to_shown(value, measure),
            "type": engine.MEASURES[measure],
            "options": request,
        }

    def _explain_balance(self, figure):
        names = self._get_report_words()["totals"]
        parts = []
        for kind in reversed(KINDS):
            if kind in figure.builder.kinds:
                sign = "+" if kind == "income" else "−"
                parts.append(
                    self._prepare_part(
                        figure, sign, figure.measure, name=names[kind], row=f"t_{kind}"
                    )
                )
        if figure.measure not in engine.BASE_MEASURES + ("to_date",):
            return "", []
        return self.env._("Income less expenses and investments."), parts

    def _explain_available(self, figure):
        formula = self.env._("Available = planned − committed − actual")
        used = self._get_used_measures(figure.kind)
        if figure.kind == "income":
            formula = self.env._(
                "Still to come = planned − ordered by customers − actual"
            )
        elif "reserved" in used:
            formula = self.env._("Available = planned − reserved − committed − actual")
        signs = [("+", "planned"), *(("−", key) for key in used)]
        return formula, [self._prepare_part(figure, sign, key) for sign, key in signs]

    def _get_used_measures(self, kind):
        """What takes from the plan, as far as this database knows it."""
        known = self._get_report_measures()
        used = [key for key in USED_MEASURES if key in known]
        return [key for key in used if kind != "income" or key != "reserved"]

    def _explain_available_after_pending(self, figure):
        return self.env._("Available after pending = available − pending"), [
            self._prepare_part(figure, "+", "available"),
            self._prepare_part(figure, "−", "pending"),
        ]

    def _explain_variance(self, figure):
        if figure.kind in ("income", "balance"):
            signs = (("+", "actual"), ("−", "planned"))
            formula = self.env._(
                "Variance = actual − planned: more income is favourable"
            )
        else:
            signs = (("+", "planned"), ("−", "actual"))
            formula = self.env._(
                "Variance = planned − actual: less spending is favourable"
            )
        return formula, [self._prepare_part(figure, sign, key) for sign, key in signs]

    def _explain_variance_percent(self, figure):
        return self.env._("Variance % = variance ÷ planned"), [
            self._prepare_part(figure, "", "variance"),
            self._prepare_part(figure, "÷", "planned"),
        ]

    def _explain_utilisation(self, figure):
        used = self._get_used_measures(figure.kind)
        formula = self.env._("Used = (committed + actual) ÷ planned")
        if "reserved" in used:
            formula = self.env._("Used = (reserved + committed + actual) ÷ planned")
        signs = [("+" if place else "", key) for place, key in enumerate(used)]
        return formula, [
            self._prepare_part(figure, sign, key)
            for sign, key in [*signs, ("÷", "planned")]
        ]

    def _explain_burn(self, figure):
        return self.env._("Burnt = actual ÷ planned"), [
            self._prepare_part(figure, "", "actual"),
            self._prepare_part(figure, "÷", "planned"),
        ]

    def _prepare_actual_so_far(self, figure):
        last = min(figure.span.date_to, figure.builder.options.as_of)
        if last < figure.span.date_from:
            return []
        date_to = fields.Date.to_string(last)
        name = self.env._("Actual up to %(date)s", date=date_to)
        return [self._prepare_part(figure, "", "actual", name=name, date_to=date_to)]

    def _explain_burn_rate(self, figure):
        months = round(float(figure.column.elapsed_months), 2)
        parts = self._prepare_actual_so_far(figure)
        parts.append(
            {
                "sign": "÷",
                "name": self.env._("Months gone by"),
                "value": months,
                "type": "months",
            }
        )
        return self.env._("Per month = actual so far ÷ months gone by"), parts

    def _explain_runway(self, figure):
        return self.env._("Runway = available ÷ actual per month"), [
            self._prepare_part(figure, "", "available"),
            self._prepare_part(figure, "÷", "burn_rate"),
        ]

    def _explain_projection(self, figure):
        parts = self._prepare_actual_so_far(figure)
        parts.append(
            {
                "sign": "÷",
                "name": self.env._("Share of the days gone by"),
                "value": float(figure.column.elapsed),
                "type": "percent",
            }
        )
        return self.env._(
            "Projection = actual so far ÷ share of the days gone by"
        ), parts

    def _explain_compare(self, figure):
        span, options = figure.span, figure.builder.options
        if options.compare == "last_year":
            dates = (shift_year(span.date_from, -1), shift_year(span.date_to, -1))
            changes = {"compare": False, "measure": "actual"}
        else:
            past = figure.builder.compared_span(span)
            dates = (past.date_from, past.date_to)
            changes = {"compare": False, "budget_id": options.compare_budget_id}
            changes["row"] = self._get_compared_row(figure)
        if not changes.get("row", True):
            return self.env._("The other budget has no such row."), []
        other = self.browse(changes.get("budget_id", self.id))
        measure = changes.pop("measure", "planned")
        days = {
            key: fields.Date.to_string(day)
            for key, day in zip(("date_from", "date_to"), dates, strict=True)
        }
        request = {**figure.request, "measure": measure, **changes, **days}
        return self.env._("The same row at the other time."), [
            {
                "sign": "",
                "name": f"{other.display_name}, {self._format_report_dates(*dates)}",
                "value": self._to_shown(self._get_figure_value(figure), "compare"),
                "type": "money",
                "options": request,
            }
        ]

    def _get_compared_row(self, figure):
        """Key of the row of the other budget that stands opposite; empty if there is none."""
        other = figure.builder.compared
        keys = []
        for position in figure.positions:
            matching = figure.builder.matching_keys[position]
            if matching in other.matching_keys:
                keys.append(other.row_keys[other.matching_keys.index(matching)])
        return "+".join(keys)

    def _explain_compare_difference(self, figure):
        return self.env._("Change = this figure − the one compared with"), [
            self._prepare_part(figure, "+", figure.column.compare_to),
            self._prepare_part(
                figure,
                "−",
                "compare",
                name=self._get_compare_words(figure.builder.options).get("compare"),
            ),
        ]

    def _explain_compare_percent(self, figure):
        return self.env._("Change % = change ÷ the figure compared with"), [
            self._prepare_part(figure, "", "compare_difference"),
            self._prepare_part(figure, "÷", "compare"),
        ]

    # === PLAN BY DAYS === #

    def _explain_to_date(self, figure):
        last = min(figure.span.date_to, figure.builder.options.as_of)
        formula = self.env._("The plan of each month × the share of its days gone by")
        return formula, self._prepare_day_parts(figure, last)

    def _explain_planned(self, figure):
        if engine.is_aligned(figure.span, self.date_from, self.date_to):
            return "", []
        formula = self.env._(
            "The plan of each month × the share of its days in these dates"
        )
        return formula, self._prepare_day_parts(figure, figure.span.date_to)

    def _prepare_day_parts(self, figure, last):
        """One part for each month that counts, whole or by its days."""
        builder = figure.builder
        weights = engine.month_weights(
            builder.months, self.date_from, self.date_to, figure.span.date_from, last
        )
        planned = builder.full.leaf_amounts("planned")
        nothing = builder.unassigned(builder.full, "planned")[:, 0] * 0
        parts = []
        for position, (month, weight) in enumerate(
            zip(builder.months, weights, strict=True)
        ):
            leaves = engine.scale(planned[:, position], weight)
            units = int(builder.sums.apply(leaves, nothing)[figure.positions].sum())
            if not weight or not units:
                continue
            name = self._format_report_month(month)
            if weight != 1:
                days = period.month_days(month, self.date_from, self.date_to)
                name = self.env._(
                    "%(month)s: %(part)s of %(days)s days",
                    month=name,
                    part=int(weight * days),
                    days=days,
                )
            value = self._to_shown(units, "planned")
            parts.append({"sign": "+", "name": name, "value": value, "type": "money"})
        return parts

    # === BREAKDOWN === #

    def _explain_breakdown(self, figure):
        """The rows below, as far as they have something."""
        if figure.measure not in ADDITIVE or figure.keys == ["t_balance"]:
            return []
        builder = figure.builder
        below = [
            key for at in figure.positions for key in self._get_rows_below(builder, at)
        ]
        if not below:
            return []
        column = builder.column(figure.span)
        figures = engine.derive(column, builder.row_kinds, [figure.measure])[
            figure.measure
        ]
        return [
            {
                "name": self._get_row_name(builder, key),
                "value": self._to_shown(
                    int(figures[builder.row_keys.index(key)]), "planned"
                ),
                "options": {**figure.request, "row": key},
            }
            for key in below
            if figures[builder.row_keys.index(key)]
        ]

    def _get_rows_below(self, builder, position):
        key = builder.row_keys[position]
        parents, ids = builder.tree.parents, builder.tree.ids
        if key.startswith("c"):
            return [
                f"c{ids[at]}" for at, parent in enumerate(parents) if parent == position
            ]
        if key == "t_spending":
            return [f"t_{kind}" for kind in builder.kinds]
        kind = key.removeprefix("t_")
        if not key.startswith("t_"):
            return []
        tops = [
            f"c{ids[at]}"
            for at, parent in enumerate(parents)
            if parent < 0 and builder.tree.kinds[at] == kind
        ]
        return [*tops, f"u_{kind}"]

    def _get_row_name(self, builder, key):
        words = self._get_report_words()
        if key.startswith("c"):
            return builder.categories[builder.row_keys.index(key)].display_name
        if key.startswith("u_"):
            return words["unassigned"]
        return words["totals"][key.removeprefix("t_")]
