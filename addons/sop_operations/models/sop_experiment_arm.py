# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
import math

from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError

from ..engine.statistics import Mean, Rate, StatisticsError, describe
from .sop_experiment import LOOK_TOKEN

RESULT_FIELDS = {"size", "successes", "mean", "deviation"}
BEFORE_FIELDS = {"size_before", "successes_before", "mean_before", "deviation_before"}
# What an arm is; fixed once the experiment runs
SETUP_FIELDS = {"experiment_id", "is_control", "share"}


class SopExperimentArm(models.Model):
    """A group of an experiment, with its results."""

    _name = "sop.experiment.arm"
    _description = "Arm of an Experiment"
    _inherit = ["sop.operation.part.mixin", "sop.budget.part.mixin"]
    _order = "is_control desc, sequence, id"
    _check_company_auto = True

    experiment_id = fields.Many2one(
        "sop.experiment", required=True, index=True, ondelete="cascade"
    )
    operation_id = fields.Many2one(
        related="experiment_id.operation_id", store=True, index=True, precompute=True
    )
    company_id = fields.Many2one(
        related="experiment_id.company_id", store=True, index=True, precompute=True
    )
    metric_kind = fields.Selection(related="experiment_id.metric_kind")
    name = fields.Char(required=True)
    sequence = fields.Integer(default=10)
    is_control = fields.Boolean(
        "Control", help="What everything else is compared with: nothing changes for it."
    )
    share = fields.Float(
        "Planned Share",
        default=1.0,
        aggregator=None,
        help="Of the cases, in any unit: 1 and 1 is half and half. Sizes that don't follow "
        "it hint at a fault of the set-up.",
    )

    # === Results === #
    size = fields.Integer("Cases", copy=False)
    successes = fields.Integer(copy=False, help="How many of the cases.")
    mean = fields.Float(digits=False, copy=False, aggregator=None)
    deviation = fields.Float(
        digits=False,
        copy=False,
        aggregator=None,
        help="Standard deviation of the sample.",
    )
    size_before = fields.Integer("Cases Before", copy=False)
    successes_before = fields.Integer(copy=False)
    mean_before = fields.Float(digits=False, copy=False, aggregator=None)
    deviation_before = fields.Float(digits=False, copy=False, aggregator=None)
    kpi_id = fields.Many2one(
        "sop.kpi",
        "Result from KPI",
        index="btree_not_null",
        check_company=True,
        help="A rate: its latest measurement during the experiment, in percent or as a "
        "number of cases. A mean: the mean of all its measurements during the experiment, "
        "each of which counts as one case. Where before is compared with after, before is "
        "as long a time right before the start.",
    )
    size_kpi_id = fields.Many2one(
        "sop.kpi", "Cases from KPI", index="btree_not_null", check_company=True
    )

    # === Compared === #
    value = fields.Float(
        compute="_compute_comparison",
        digits=False,
        aggregator=None,
        help="A rate in percent, or a mean.",
    )
    lift = fields.Float("Better by (%)", compute="_compute_comparison", aggregator=None)
    p_value = fields.Float(
        compute="_compute_comparison",
        digits=(16, 4),
        aggregator=None,
        help="How often chance alone would show a difference as large as this.",
    )
    is_significant = fields.Boolean("More than Chance", compute="_compute_comparison")
    interval = fields.Json("Better Between", compute="_compute_comparison")

    _sizes = models.Constraint(
        "CHECK (size >= 0 AND size_before >= 0 AND successes >= 0 AND successes_before >= 0)",
        "Cases and successes can't be negative.",
    )
    _share_positive = models.Constraint(
        "CHECK (share > 0)", "The planned share of an arm is more than zero."
    )

    # === COMPUTE === #

    @api.depends(
        *RESULT_FIELDS,
        *BEFORE_FIELDS,
        "is_control",
        "share",
        "experiment_id.arm_ids.size",
        "experiment_id.arm_ids.successes",
        "experiment_id.arm_ids.mean",
        "experiment_id.arm_ids.deviation",
        "experiment_id.metric_kind",
        "experiment_id.direction",
        "experiment_id.design",
        "experiment_id.size_needed",
    )
    def _compute_comparison(self):
        for experiment, arms in self.grouped("experiment_id").items():
            evaluation = experiment._evaluate()
            results = {result.key: result for result in evaluation.variants}
            scale = experiment._get_interval_scale(evaluation)
            for arm in arms:
                cell = arm._get_cell()
                result = results.get(arm.id)
                unit = 100 if isinstance(cell, Rate) else 1
                arm.value = cell.value * unit if cell else 0.0
                arm.lift = (result and result.lift) or 0.0
                arm.p_value = (result and result.p_value) or 0.0
                arm.is_significant = bool(result and result.significant)
                arm.interval = experiment._get_interval(result, scale)

    def _get_cell(self, before=False):
        """The results for the engine; None without cases, and while they are typed."""
        self.ensure_one()
        suffix = "_before" if before else ""
        size = self[f"size{suffix}"]
        try:
            if self.experiment_id.metric_kind == "rate":
                return Rate(self[f"successes{suffix}"], size)
            return Mean(self[f"mean{suffix}"], self[f"deviation{suffix}"], size)
        except StatisticsError:
            return None

    # === CONSTRAINTS === #

    @api.constrains(*RESULT_FIELDS, *BEFORE_FIELDS)
    def _check_figures(self):
        for arm in self:
            numbers = (
                arm.mean,
                arm.deviation,
                arm.mean_before,
                arm.deviation_before,
            )
            if not all(map(math.isfinite, numbers)):
                raise ValidationError(
                    self.env._(
                        "The results of “%(arm)s” must be numbers.", arm=arm.name
                    )
                )
            if min(arm.deviation, arm.deviation_before) < 0:
                raise ValidationError(
                    self.env._(
                        "The deviation of “%(arm)s” can't be negative.", arm=arm.name
                    )
                )
            for size, successes in (
                (arm.size, arm.successes),
                (arm.size_before, arm.successes_before),
            ):
                if successes > size:
                    raise ValidationError(
                        self.env._(
                            "“%(arm)s” can't have %(successes)s successes among %(size)s "
                            "cases.",
                            arm=arm.name,
                            successes=successes,
                            size=size,
                        )
                    )

    @api.constrains("is_control", "experiment_id")
    def _check_one_control(self):
        controls = self.experiment_id.arm_ids.filtered("is_control")
        for experiment, arms in controls.grouped("experiment_id").items():
            if len(arms) > 1:
                raise ValidationError(
                    self.env._(
                        "“%(experiment)s” has more than one control: everything is compared "
                        "with one arm.",
                        experiment=experiment.name,
                    )
                )

    # === CRUD === #

    @api.model_create_multi
    def create(self, vals_list):
        for vals in vals_list:
            self._check_not_derived(vals)
            # Nothing of this comes from a context
            for name in RESULT_FIELDS | BEFORE_FIELDS:
                vals.setdefault(name, 0)
        arms = super().create(vals_list)
        for arm in arms:
            arm._check_setup_open()
            if any(arm[name] for name in RESULT_FIELDS):
                arm._check_running()
        for experiment, added in arms.grouped("experiment_id").items():
            experiment._adapt_size_to_arms(len(experiment.arm_ids - added))
        arms._record_looks()
        return arms

    def write(self, vals):
        self._check_not_derived(vals)
        if SETUP_FIELDS & set(vals):
            for arm in self:
                arm._check_setup_open()
        if vals.get("experiment_id"):
            # Record rules look at where it comes from, not at where it goes
            experiment = self.env["sop.experiment"].browse(vals["experiment_id"])
            experiment.check_access("write")
        if RESULT_FIELDS & set(vals):
            for arm in self:
                arm._check_running()
        if BEFORE_FIELDS & set(vals):
            for arm in self:
                arm._check_undecided()
        result = super().write(vals)
        if SETUP_FIELDS & set(vals):
            for arm in self:
                arm._check_setup_open()
        if (RESULT_FIELDS | BEFORE_FIELDS) & set(vals):
            self._record_looks()
        return result

    @api.ondelete(at_uninstall=False)
    def _unlink_except_running(self):
        for arm in self:
            arm._check_setup_open()

    def unlink(self):
        counts = {
            experiment: len(experiment.arm_ids) for experiment in self.experiment_id
        }
        result = super().unlink()
        for experiment, count in counts.items():
            if experiment.exists():
                experiment._adapt_size_to_arms(count)
        return result

    def _record_looks(self):
        if self.env.context.get("sop_look_token") is not LOOK_TOKEN:
            self.experiment_id._record_looks()

    def _check_setup_open(self):
        if self.experiment_id.state != "draft":
            raise UserError(
                self.env._(
                    "“%(experiment)s” is %(state)s: its arms are fixed.",
                    experiment=self.experiment_id.name,
                    state=self.experiment_id._describe_state(),
                )
            )

    def _check_undecided(self):
        if self.experiment_id.state not in ("draft", "running"):
            raise UserError(
                self.env._(
                    "“%(experiment)s” is %(state)s: its results are history.",
                    experiment=self.experiment_id.name,
                    state=self.experiment_id._describe_state(),
                )
            )

    def _check_running(self):
        self._check_undecided()
        if self.experiment_id.state == "draft":
            raise UserError(
                self.env._(
                    "Start “%(experiment)s” before you enter results: hypothesis and rule "
                    "must be written down first.",
                    experiment=self.experiment_id.name,
                )
            )

    # === FROM KPIS === #

    def _read_kpis(self):
        """``{arm: vals}`` of what the measurements of the arms' KPIs say, in one query."""
        kpis = self.kpi_id | self.size_kpi_id
        values = {kpi: [] for kpi in kpis}
        for value in self.env["sop.kpi.value"].search_fetch(
            [("kpi_id", "in", kpis.ids), ("state", "=", "current")],
            ["kpi_id", "date", "value"],
            order="date, id",
        ):
            values[value.kpi_id].append((value.date, value.value))
        found = {}
        for arm in self:
            vals = {}
            for suffix, (start, end) in arm.experiment_id._get_windows().items():
                known = {
                    kpi: [
                        value
                        for day, value in values[kpi]
                        if (not start or day >= start) and (not end or day <= end)
                    ]
                    for kpi in arm.kpi_id | arm.size_kpi_id
                }
                vals |= arm._prepare_kpi_vals(known, suffix)
            if vals:
                found[arm] = vals
        return found

    def _prepare_kpi_vals(self, known, suffix=""):
        """Results by the measurements of the KPIs; empty without any.

        :param known: ``{kpi: its values in that time, by day}``
        :param suffix: ``_before`` for those before the start
        """
        self.ensure_one()
        vals = {}
        sizes, results = known.get(self.size_kpi_id), known.get(self.kpi_id)
        if sizes:
            vals["size"] = round(self._read_whole(self.size_kpi_id, sizes))
        if results and self.metric_kind == "mean":
            found = describe(results)
            vals = {
                "size": found.size,
                "mean": found.mean,
                "deviation": found.deviation,
            }
        elif results:
            result = self._read_whole(self.kpi_id, results)
            if self.kpi_id.kind == "percentage":
                result *= vals.get("size", self[f"size{suffix}"]) / 100
            vals["successes"] = round(result)
        return {f"{name}{suffix}": value for name, value in vals.items()}

    @api.model
    def _read_whole(self, kpi, values):
        return math.fsum(values) if kpi.aggregation == "sum" else values[-1]
