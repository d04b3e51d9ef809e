# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError

from ..engine import cadence
from ..engine import kpi as engine

KINDS = [
    ("number", "Number"),
    ("percentage", "Percentage"),
    ("currency", "Amount of Money"),
    ("boolean", "Yes or No"),
    ("duration", "Duration (hours)"),
]
FREQUENCIES = [
    ("once", "Once"),
    ("daily", "Daily"),
    ("weekly", "Weekly"),
    ("monthly", "Monthly"),
    ("quarterly", "Quarterly"),
]
DIRECTIONS = [
    ("at_least", "At least"),
    ("at_most", "At most"),
    ("rise", "Rise to"),
    ("fall", "Fall to"),
    ("within", "Keep within"),
]
LEVELS = [
    ("input", "Input"),
    ("output", "Output"),
    ("outcome", "Outcome"),
    ("impact", "Impact"),
]
COLORS = [
    ("success", "On Track"),
    ("warning", "At Risk"),
    ("danger", "Off Track"),
    ("muted", "No Data"),
]
ANSWERS = [
    ("met", "Met"),
    ("missed", "Missed"),
    ("likely", "Likely to be met"),
    ("close", "Will come close"),
    ("unlikely", "Unlikely to be met"),
    ("unknown", "Can't be told yet"),
]
#: Figures that are entered; what is worked out from them must stay a number.
LIMITED = (
    "baseline",
    "target",
    "target_low",
    "target_high",
    "weight",
    "threshold_success",
    "threshold_warning",
)
PLANNER = "sop_operations.group_sop_operations_planner"


class SopKpi(models.Model):
    """What an operation is to achieve, as a figure with a target.

    Everything that is derived from the measurements is stored, so that lists and reports sort
    and group by it; a scheduled action brings it up to the day.
    """

    _name = "sop.kpi"
    _description = "Key Performance Indicator"
    _inherit = ["mail.thread", "mail.activity.mixin", "sop.budget.part.mixin"]
    _order = "operation_id, sequence, id"
    _rec_names_search = ["name", "code"]
    _check_company_auto = True
    _mail_post_access = "read"

    # === What is measured === #
    operation_id = fields.Many2one(
        "sop.operation", required=True, index=True, ondelete="cascade", tracking=True
    )
    company_id = fields.Many2one(
        related="operation_id.company_id", store=True, index=True, precompute=True
    )
    currency_id = fields.Many2one(related="company_id.currency_id")
    name = fields.Char(required=True, tracking=True)
    code = fields.Char(
        size=32,
        copy=False,
        index="btree_not_null",
        help="Short name for formulas, such as PARTICIPANTS: kpi.PARTICIPANTS.",
    )
    active = fields.Boolean(default=True, tracking=True)
    sequence = fields.Integer(default=10)
    user_id = fields.Many2one(
        "res.users",
        "Kept By",
        index="btree_not_null",
        tracking=True,
        domain="[('share', '=', False)]",
        help="Measures it; the person in charge of the operation unless another is named.",
    )
    description = fields.Text(help="What is counted, and where the figure comes from.")
    level = fields.Selection(
        LEVELS,
        index="btree_not_null",
        tracking=True,
        help="Where it stands in the chain of results: what is put in, what is delivered, "
        "what that changes for people, what lasts. Empty: not said.",
    )
    kind = fields.Selection(KINDS, "Type", default="number", required=True)
    unit = fields.Char(help="Such as people, projects or ms.")
    frequency = fields.Selection(
        FREQUENCIES, "Measured", default="once", required=True, tracking=True
    )
    aggregation = fields.Selection(
        [
            ("latest", "How it stands (the latest counts)"),
            ("sum", "What was added (they add up)"),
            ("average", "Samples (their average counts)"),
        ],
        "A Measurement Says",
        default="latest",
        required=True,
        tracking=True,
    )

    # === What is wanted === #
    direction = fields.Selection(
        DIRECTIONS,
        default="at_least",
        required=True,
        tracking=True,
        help="Key results that increase: “Rise to”; that decrease: “Fall to”; that maintain a "
        "level: “Keep within”, or “At least”; that are achieved or not: “At least”, with the "
        "type “Yes or No”.",
    )
    baseline = fields.Float(
        digits=False, tracking=True, help="Where it stood before the operation began."
    )
    target_kind = fields.Selection(
        [
            ("whole", "One target"),
            ("periods", "A target per period"),
            ("none", "None, only watched"),
        ],
        "Targets",
        default="whole",
        required=True,
        tracking=True,
    )
    target = fields.Float(digits=False, tracking=True)
    target_low = fields.Float("Lowest", digits=False, tracking=True)
    target_high = fields.Float("Highest", digits=False, tracking=True)
    target_ids = fields.One2many(
        "sop.kpi.target", "kpi_id", "Targets of Periods", copy=True
    )
    by_periods = fields.Boolean(
        "Step by Step",
        help="The target of a period is expected once the period is over, not day by day.",
    )
    is_cumulative = fields.Boolean(
        "Targets Are Cumulative",
        tracking=True,
        help="Where measurements add up: the target of a period is the total since the start, "
        "such as 50, 100, 150 and 200 by quarter, not what the period alone adds.",
    )
    date_start = fields.Date("Measured From", help="Empty: the start of the operation.")
    date_end = fields.Date("Measured Until", help="Empty: the end of the operation.")
    weight = fields.Float(
        default=1.0,
        tracking=True,
        aggregator=None,
        help="How much it counts in the mean of its operation; 0 leaves it out.",
    )
    threshold_success = fields.Float(
        "On Track From (%)",
        default=engine.THRESHOLDS[0][0],
        aggregator=None,
        help="Pace, in percent of what is expected by now. Tried first.",
    )
    threshold_warning = fields.Float(
        "At Risk From (%)",
        default=engine.THRESHOLDS[1][0],
        aggregator=None,
        help="Tried second; a lower pace is off track.",
    )

    # === How it stands === #
    value_ids = fields.One2many("sop.kpi.value", "kpi_id", "Measurements")
    value = fields.Float(
        "Actual", compute="_compute_standing", store=True, digits=False, aggregator=None
    )
    value_date = fields.Date("Measured On", compute="_compute_standing", store=True)
    has_value = fields.Boolean(
        "Has Data", compute="_compute_standing", store=True, index=True
    )
    goal = fields.Float(
        "Whole Target",
        compute="_compute_standing",
        store=True,
        digits=False,
        aggregator=None,
        help="The target of the whole span, or the one in force.",
    )
    attainment = fields.Float(
        "Attainment (%)",
        compute="_compute_standing",
        store=True,
        aggregator=None,
        help="How much of the target is reached; may exceed 100.",
    )
    has_attainment = fields.Boolean(compute="_compute_standing", store=True)
    expected = fields.Float(
        "Expected by Now",
        compute="_compute_standing",
        store=True,
        digits=False,
        aggregator=None,
    )
    has_expected = fields.Boolean(compute="_compute_standing", store=True)
    pace = fields.Float(
        "Pace (%)",
        compute="_compute_standing",
        store=True,
        aggregator=None,
        help="Attainment of what is expected by now.",
    )
    has_pace = fields.Boolean(compute="_compute_standing", store=True)
    forecast = fields.Float(
        "Forecast at the End",
        compute="_compute_standing",
        store=True,
        digits=False,
        aggregator=None,
        help="If things go on as measured so far, in a straight line.",
    )
    has_forecast = fields.Boolean(compute="_compute_standing", store=True)
    answer = fields.Selection(
        ANSWERS, "Will It Be Met?", compute="_compute_standing", store=True
    )
    color_state = fields.Selection(
        COLORS, "Status", compute="_compute_standing", store=True, index=True
    )

    _code_per_operation = models.UniqueIndex(
        "(operation_id, code) WHERE code IS NOT NULL",
        "Another KPI of this operation has this code.",
    )
    _weight_positive = models.Constraint(
        "CHECK(weight >= 0)", "The weight of a KPI can't be below zero."
    )
    _dates_in_order = models.Constraint(
        "CHECK(date_end >= date_start)", "A KPI can't end before it starts."
    )
    _thresholds_in_order = models.Constraint(
        "CHECK(threshold_success >= threshold_warning AND threshold_warning >= 0)",
        "“On track” must start at or above “at risk”, and neither below zero.",
    )

    # === Constraints === #

    @api.constrains("code")
    def _check_code(self):
        for kpi in self:
            if kpi.code and not (kpi.code.isascii() and kpi.code.isidentifier()):
                raise ValidationError(
                    self.env._(
                        "The code “%(code)s” isn't usable in formulas: use letters, digits "
                        "and underscores, and start with a letter.",
                        code=kpi.code,
                    )
                )

    @api.constrains(*LIMITED)
    def _check_limits(self):
        for kpi in self:
            for name in LIMITED:
                # In this form it refuses what is no number, too
                if not abs(kpi[name]) <= engine.LIMIT:
                    raise ValidationError(
                        self.env._(
                            "“%(field)s” of “%(kpi)s” must be a number from −%(limit)s to "
                            "%(limit)s: measure it in a larger unit.",
                            field=self._fields[name].get_description(self.env)[
                                "string"
                            ],
                            kpi=kpi.name,
                            limit=f"{engine.LIMIT:,.0f}",
                        )
                    )

    @api.constrains(
        "direction", "target_kind", "target", "baseline", "target_low", "target_high"
    )
    def _check_target(self):
        for kpi in self:
            if kpi.direction == "within":
                if kpi.target_kind == "periods":
                    raise ValidationError(
                        self.env._(
                            "“%(kpi)s” is kept within one band: it has no target per period.",
                            kpi=kpi.name,
                        )
                    )
                if kpi.target_low > kpi.target_high:
                    raise ValidationError(
                        self.env._(
                            "The band of “%(kpi)s” must go from the lower to the higher value.",
                            kpi=kpi.name,
                        )
                    )
            elif kpi.target_kind == "whole":
                kpi._check_way_from_baseline()

    def _check_way_from_baseline(self):
        if self.direction == "rise" and self.target < self.baseline:
            raise ValidationError(
                self.env._(
                    "“%(kpi)s” is to rise, but its target lies below its baseline.",
                    kpi=self.name,
                )
            )
        if self.direction == "fall" and self.target > self.baseline:
            raise ValidationError(
                self.env._(
                    "“%(kpi)s” is to fall, but its target lies above its baseline: "
                    "say where it stood before.",
                    kpi=self.name,
                )
            )

    @api.constrains("is_cumulative", "aggregation", "target_kind")
    def _check_cumulative_targets(self):
        for kpi in self:
            if not (kpi.is_cumulative and kpi.aggregation == "sum"):
                continue
            steps = kpi.target_ids.sorted("date_from")
            for step, following in zip(steps, steps[1:], strict=False):
                if following.target < step.target:
                    raise ValidationError(
                        self.env._(
                            "The targets of “%(kpi)s” are cumulative, but that until %(day)s "
                            "(%(target)s) is below the one before (%(before)s): enter the "
                            "total since the start.",
                            kpi=kpi.name,
                            day=following.date_to,
                            target=f"{following.target:g}",
                            before=f"{step.target:g}",
                        )
                    )

    # === How it stands === #

    def _get_span(self):
        """First and last day, each may be False."""
        self.ensure_one()
        operation = self.operation_id
        start = self.date_start or operation.date_start
        end = self.date_end or (not operation.is_ongoing and operation.date_end)
        # A KPI may start after its operation was to end; then it has no end of its own.
        return start, end if not (start and end and end < start) else False

    def _get_plan(self):
        """What the engine needs to know of the KPI."""
        self.ensure_one()
        start, end = self._get_span()
        steps = ()
        if self.target_kind == "periods":
            steps = tuple(
                engine.Step(step.date_from, step.date_to, step.target)
                for step in self.target_ids
                if step.date_from and step.date_to
            )
        wanted = self.target_kind == "whole"
        return engine.Plan(
            direction=self.direction,
            target=self.target if wanted else None,
            baseline=self.baseline,
            low=self.target_low if wanted else None,
            high=self.target_high if wanted else None,
            start=start or None,
            end=end or None,
            aggregation=self.aggregation,
            steps=steps,
            by_periods=self.by_periods,
            cumulative=self.is_cumulative,
            thresholds=(
                (self.threshold_success, "success"),
                (self.threshold_warning, "warning"),
            ),
        )

    def _read_points(self):
        """``{kpi id: [(day, value)] by day}`` of the measurements that count, in one query."""
        rows = self.env["sop.kpi.value"]._read_group(
            [("kpi_id", "in", self.ids), ("state", "=", "current")],
            ["kpi_id"],
            ["date:array_agg", "value:array_agg"],
        )
        return {
            kpi.id: sorted(
                (day, float(value)) for day, value in zip(days, values, strict=True)
            )
            for kpi, days, values in rows
        }

    @api.depends(
        "direction",
        "aggregation",
        "baseline",
        "target_kind",
        "target",
        "target_low",
        "target_high",
        "by_periods",
        "is_cumulative",
        "threshold_success",
        "threshold_warning",
        "date_start",
        "date_end",
        "operation_id.date_start",
        "operation_id.date_end",
        "operation_id.is_ongoing",
        "target_ids.date_from",
        "target_ids.date_to",
        "target_ids.target",
        "value_ids.state",
        "value_ids.date",
        "value_ids.value",
        "source",
        "last_run",
        "error",
    )
    def _compute_standing(self):
        todays = self.env["res.company"]._get_sop_todays()
        points = self._read_points()
        runs = self._get_run_days()
        for kpi in self:
            # A form that is being filled in has no company yet
            today = todays.get(kpi.company_id.id) or fields.Date.context_today(kpi)
            plan = kpi._get_plan()
            known = points.get(kpi._origin.id, [])
            known = kpi._from_start(plan, known)
            known = kpi._with_last_reading(plan, known, runs[kpi.id])
            standing = engine.assess(plan, known, today)
            kpi.value = standing.value or 0.0
            kpi.value_date = standing.value_date
            kpi.has_value = standing.value is not None
            kpi.goal = standing.target or 0.0
            kpi.attainment = standing.attainment or 0.0
            kpi.has_attainment = standing.attainment is not None
            kpi.expected = standing.expected or 0.0
            kpi.has_expected = standing.expected is not None
            kpi.pace = standing.pace or 0.0
            kpi.has_pace = standing.pace is not None
            kpi.forecast = standing.forecast or 0.0
            kpi.has_forecast = standing.forecast is not None
            kpi.answer = standing.answer
            kpi.color_state = standing.color

    @api.model
    def _from_start(self, plan, points):
        """What adds up or is averaged counts from the first day on."""
        if plan.start and plan.aggregation != "latest":
            return [point for point in points if point[0] >= plan.start]
        return points

    def _assess_on(self, days):
        """``{kpi id: standing at the end of each of these days}``, as measured by then."""
        points = self._read_points()
        standings = {}
        for kpi in self:
            plan = kpi._get_plan()
            known = self._from_start(plan, points.get(kpi._origin.id, []))
            standings[kpi.id] = [
                engine.assess(plan, [point for point in known if point[0] <= day], day)
                for day in days
            ]
        return standings

    def _with_last_reading(self, plan, points, run):
        """The measurements, and that a reading later in the same period found no change.

        Only what changes is stored; without this, what stands still would go on rising.
        """
        if (
            not (points and run)
            or self.source == "manual"
            or self.error
            or plan.aggregation != "latest"
        ):
            return points
        day, value = points[-1]
        run = min(run, plan.end) if plan.end else run
        period = cadence.period_of(self.frequency, day)
        if run <= day or (period and run > period[1]):
            return points
        return [*points, (run, value)]

    def _refresh_standing(self):
        """Bring what depends on the day up to date."""
        for name in ("value", "pace"):  # one method computes them all
            self.env.add_to_compute(self._fields[name], self)

    @api.model
    def _get_attainment_by_operation(self, operations):
        """``{operation id: weighted mean of the attainment of its own KPIs, or None}``.

        Percent, exact; to be rounded half up where it is shown. KPIs without data or target
        don't count; over-achievement does.
        """
        pairs = {operation_id: [] for operation_id in operations.ids}
        for kpi in self.search_fetch(
            [("operation_id", "in", operations.ids), ("has_attainment", "=", True)],
            ["operation_id", "attainment", "weight"],
        ):
            pairs[kpi.operation_id.id].append((kpi.attainment, kpi.weight))
        return {key: engine.weighted_mean(values) for key, values in pairs.items()}

    # === Guards === #

    def copy_data(self, default=None):
        """In another operation the code is free, and formulas there name its own KPI."""
        result = super().copy_data(default)
        target = (default or {}).get("operation_id")
        for kpi, vals in zip(self, result, strict=True):
            elsewhere = target and target != kpi.operation_id.id
            if elsewhere or self.env.context.get("sop_kpi_keep_code"):
                vals["code"] = kpi.code
        return result

    @api.model_create_multi
    def create(self, vals_list):
        for vals in vals_list:
            self._check_not_derived(vals)
        return super().create([self._with_code(vals) for vals in vals_list])

    def write(self, vals):
        self._check_not_derived(vals)
        result = super().write(self._with_code(vals))
        if "operation_id" in vals:
            # Rules of writing look at where it comes from, not at where it went
            self.check_access("create")
            self.operation_id.check_access("write")
        return result

    @api.model
    def _with_code(self, vals):
        """Codes are kept in capitals, formulas may write them as they like."""
        if vals.get("code"):
            return {**vals, "code": vals["code"].strip().upper()}
        return vals

    @api.ondelete(at_uninstall=False)
    def _unlink_except_measured(self):
        # sudo: a measurement that the user may not see is history as well
        if (
            self.env["sop.kpi.value"]
            .sudo()
            .search_count([("kpi_id", "in", self.ids)], limit=1)
        ):
            raise UserError(
                self.env._(
                    "A KPI that was measured keeps its history: archive it instead."
                )
            )
