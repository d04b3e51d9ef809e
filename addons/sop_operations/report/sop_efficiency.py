# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools import float_round
from odoo.tools.misc import formatLang

from ..engine import efficiency as engine
from ..models.sop_operation import HEALTHS, STATES
from .worked_out import worked_out_sql

# Column of the row and its type in the database
COLUMNS = {
    "id": "bigint",
    "operation_id": "int",
    "kpi_id": "int",
    "user_id": "int",
    "company_id": "int",
    "currency_id": "int",
    "state": "text",
    "health": "text",
    "result_group": "text",
    "results": "float8",
    "goal": "float8",
    "attainment": "float8",
    "has_results": "bool",
    "has_attainment": "bool",
    "allocated": "numeric",
    "spent": "numeric",
    "has_spending": "bool",
    "allocated_once": "numeric",
    "spent_once": "numeric",
    "money_used": "float8",
    "has_money_used": "bool",
    "cost_allocated": "numeric",
    "cost_spent": "numeric",
    "has_cost": "bool",
    "has_cost_spent": "bool",
    "benchmark_cost": "numeric",
    "benchmark_less": "float8",
    "has_benchmark": "bool",
    "attainment_per_thousand": "float8",
    "has_attainment_per_thousand": "bool",
    "is_best": "bool",
    "rank": "int",
    "rival_less": "float8",
    "words": "text",
}


class SopEfficiency(models.Model):
    """What results cost: a row for each KPI of an operation, with the operation's money.

    Rows are worked out for the reader when they are read: money of categories that the reader
    may not see is left out, as everywhere. What a KPI costs uses all money of its operation and
    of what is below it; the columns to add up divide an operation's own money over its KPIs, so
    that each euro is counted once.
    """

    _name = "sop.efficiency"
    _description = "Efficiency of Operations"
    _auto = False
    _order = "result_group, rank, id"
    _rec_name = "operation_id"
    _depends = {
        "sop.operation": ["parent_id", "state", "user_id", "analytic_account_id"],
        "sop.operation.funding": ["amount", "operation_id", "category_id"],
        "sop.kpi": ["operation_id", "result_unit", "benchmark_cost", "weight"],
        "sop.kpi.value": ["kpi_id", "value", "state"],
    }

    operation_id = fields.Many2one("sop.operation", readonly=True)
    kpi_id = fields.Many2one("sop.kpi", "KPI", readonly=True)
    user_id = fields.Many2one("res.users", "In Charge", readonly=True)
    company_id = fields.Many2one("res.company", readonly=True)
    currency_id = fields.Many2one("res.currency", readonly=True)
    state = fields.Selection(STATES, readonly=True)
    health = fields.Selection(HEALTHS, readonly=True)
    result_group = fields.Char(
        "Result", readonly=True, help="What is compared with each other."
    )
    results = fields.Float(
        "Achieved", digits=False, readonly=True, help="Beyond the baseline."
    )
    has_results = fields.Boolean(readonly=True)
    goal = fields.Float("Target", digits=False, readonly=True)
    attainment = fields.Float("Attainment (%)", readonly=True, aggregator="avg")
    has_attainment = fields.Boolean(readonly=True)
    allocated = fields.Monetary(
        readonly=True, aggregator=None, help="Of the operation and what is below it."
    )
    spent = fields.Monetary(
        readonly=True, aggregator=None, help="Of the operation and what is below it."
    )
    has_spending = fields.Boolean(readonly=True)
    allocated_once = fields.Monetary(
        "Allocated, Counted Once",
        readonly=True,
        help="The operation's own money, divided over its KPIs by weight: adds up.",
    )
    spent_once = fields.Monetary(
        "Spent, Counted Once",
        readonly=True,
        help="The operation's own spending, divided over its KPIs by weight: adds up.",
    )
    money_used = fields.Float("Money Used (%)", readonly=True, aggregator="avg")
    has_money_used = fields.Boolean(readonly=True)
    cost_allocated = fields.Monetary(
        "Planned Cost Each",
        readonly=True,
        aggregator="avg",
        help="Allocated money for each result.",
    )
    cost_spent = fields.Monetary(
        "Real Cost Each",
        readonly=True,
        aggregator="avg",
        help="Spent money for each result.",
    )
    has_cost = fields.Boolean(readonly=True)
    has_cost_spent = fields.Boolean(readonly=True)
    benchmark_cost = fields.Monetary("Usual Cost", readonly=True, aggregator="avg")
    benchmark_less = fields.Float(
        "Below Usual (%)",
        readonly=True,
        aggregator="avg",
        help="By how much one costs less than usual; more is negative.",
    )
    has_benchmark = fields.Boolean(readonly=True)
    attainment_per_thousand = fields.Float(
        "Attainment per 1,000",
        readonly=True,
        aggregator="avg",
        help="Percentage points of the target reached for each 1,000 spent.",
    )
    has_attainment_per_thousand = fields.Boolean(readonly=True)
    is_best = fields.Boolean(
        "Best", readonly=True, help="Lowest cost of those with the same result."
    )
    rank = fields.Integer(readonly=True, aggregator="min")
    rival_less = fields.Float(
        "Below the Other (%)",
        readonly=True,
        aggregator=None,
        help="The best is compared with the next one, all others with the best.",
    )
    words = fields.Char("In Words", readonly=True)

    # === ROWS === #

    @property
    def _table_query(self):
        return worked_out_sql(self, COLUMNS)

    @api.model
    def _get_rows(self):
        """A dict of :data:`COLUMNS` for each row that the present user may read."""
        operations = self.env["sop.operation"].search_fetch(
            Domain("state", "!=", "cancelled"),
            ["name", "code", "state", "health", "user_id", "company_id"],
        )
        kpis = self.env["sop.kpi"].search_fetch(
            Domain("operation_id", "in", operations.ids), self._get_kpi_fields()
        )
        by_operation = kpis.grouped("operation_id")
        rows = []
        for operation in operations:
            rows += self._get_rows_of(
                operation, by_operation.get(operation, self.env["sop.kpi"])
            )
        self._set_places(rows)
        return rows

    @api.model
    def _get_kpi_fields(self):
        return [
            "operation_id",
            "name",
            "kind",
            "direction",
            "baseline",
            "value",
            "has_value",
            "goal",
            "attainment",
            "has_attainment",
            "weight",
            "result_unit",
            "benchmark_cost",
            "benchmark_label",
        ]

    def _get_rows_of(self, operation, kpis):
        currency = operation.currency_id
        spent = operation.spent_total if operation.has_spending else None
        allocated = operation.allocated_total
        # Of a part of the money nobody can tell what a result costs
        known = not operation.hidden_funding_count
        whole, whole_spent = (allocated, spent) if known else (None, None)
        used = engine.percent_of(whole_spent, whole)
        weights = {kpi: kpi.weight for kpi in kpis} or {kpis: 1.0}
        allocated_parts = engine.divide(operation.allocated, weights, currency.round)
        spent_parts = engine.divide(operation.spent, weights, currency.round)
        rows = []
        for kpi in weights:
            row = dict.fromkeys(COLUMNS)
            row |= {
                # An even number is a KPI, an odd one an operation without any
                "id": kpi.id * 2 if kpi else operation.id * 2 + 1,
                "operation_id": operation.id,
                "kpi_id": kpi.id or None,
                "user_id": operation.user_id.id or None,
                "company_id": operation.company_id.id,
                "currency_id": currency.id,
                "state": operation.state,
                "health": operation.health or None,
                "allocated": allocated,
                "spent": spent,
                "has_spending": operation.has_spending,
                "allocated_once": allocated_parts[kpi],
                "spent_once": spent_parts[kpi] if operation.has_spending else None,
                "money_used": used,
                "has_money_used": used is not None,
                "is_best": False,
            }
            if kpi:
                row |= self._get_kpi_columns(kpi, whole, whole_spent)
            rows.append(row)
        return rows

    def _get_kpi_columns(self, kpi, allocated, spent):
        results = kpi._get_results()
        attainment = kpi.attainment if kpi.has_attainment else None
        cost = self._round(kpi, engine.cost_per_unit(allocated, results))
        real = self._round(kpi, engine.cost_per_unit(spent, results))
        benchmark = kpi.benchmark_cost or None
        less = engine.less_than(cost if real is None else real, benchmark)
        points = engine.points_per_thousand(attainment, spent)
        return {
            "result_group": kpi.result_unit or kpi.name,
            "results": results,
            "has_results": results is not None,
            "goal": kpi.goal,
            "attainment": attainment,
            "has_attainment": attainment is not None,
            "cost_allocated": cost,
            "cost_spent": real,
            "has_cost": cost is not None,
            "has_cost_spent": real is not None,
            "benchmark_cost": benchmark,
            "benchmark_less": less,
            "has_benchmark": less is not None,
            "attainment_per_thousand": points,
            "has_attainment_per_thousand": points is not None,
        }

    def _round(self, kpi, money):
        return None if money is None else kpi.currency_id.round(money)

    # === COMPARED === #

    def _set_places(self, rows):
        """Mark the best of those with the same result, and say it in words."""
        kpis = {
            row["id"]: self.env["sop.kpi"].browse(row["kpi_id"])
            for row in rows
            if row["kpi_id"]
        }
        known = {row["id"]: row for row in rows if row["id"] in kpis}
        groups = {
            id_: (kpi._get_result_group(), known[id_]["currency_id"])
            for id_, kpi in kpis.items()
        }
        # Real money where all of a group have it: planned and real are never compared
        planned_only = {
            groups[id_]
            for id_, row in known.items()
            if row["has_cost"] and not row["has_cost_spent"]
        }
        costs = {
            id_: row["cost_allocated" if groups[id_] in planned_only else "cost_spent"]
            for id_, row in known.items()
        }
        places = engine.rank((id_, groups[id_], costs[id_]) for id_ in known)
        for id_, place in places.items():
            row = known[id_]
            row["is_best"] = place.best
            row["rank"] = place.rank
            row["rival_less"] = place.less
            row["words"] = self._describe(
                kpis[id_], row, costs[id_], place, kpis.get(place.rival)
            )

    def _describe(self, kpi, row, cost, place, rival):
        """“20 % less per project than Climate; 50 % less than industry”"""
        parts = []
        if place.rival is not None:
            parts.append(self._describe_place(kpi, place, rival))
        if row["has_benchmark"]:
            label = kpi.benchmark_label or self.env._("usual")
            less = row["benchmark_less"]
            percent = self._format_percent(abs(less))
            parts.append(
                self.env._(
                    "%(label)s: %(percent)s %% better", label=label, percent=percent
                )
                if less >= 0
                else self.env._(
                    "%(label)s: %(percent)s %% worse", label=label, percent=percent
                )
            )
        return "; ".join(parts) or None

    def _describe_place(self, kpi, place, rival):
        operation = rival.operation_id.name
        unit = kpi.result_unit or kpi.name
        percent = self._format_percent(abs(place.less))
        if not float_round(place.less, precision_digits=1):
            return self.env._(
                "as much per %(unit)s as %(operation)s", unit=unit, operation=operation
            )
        if place.less > 0:
            return self.env._(
                "%(percent)s %% less per %(unit)s than %(operation)s",
                percent=percent,
                unit=unit,
                operation=operation,
            )
        return self.env._(
            "%(percent)s %% more per %(unit)s than %(operation)s",
            percent=percent,
            unit=unit,
            operation=operation,
        )

    def _format_percent(self, value):
        digits = 0 if value >= 9.95 or value == round(value) else 1
        return formatLang(self.env, value, digits=digits)

    # === ACTIONS === #

    def action_open(self):
        """The KPI of the row, or its operation where it has none."""
        self.ensure_one()
        return (self.kpi_id or self.operation_id).get_formview_action()
