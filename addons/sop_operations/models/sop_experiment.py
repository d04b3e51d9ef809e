# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError
from odoo.fields import Command

from ..engine import experiment as engine
from ..engine.decision import Rule

# Proof that a change comes from a method of this model: a context that arrives by RPC holds
# plain JSON and can never carry these very objects.
STATE_TOKEN = object()
LOOK_TOKEN = object()

STATES = [
    ("draft", "Draft"),
    ("running", "Running"),
    ("decided", "Decided"),
    ("cancelled", "Cancelled"),
]
DECISIONS = [("scale", "Scale"), ("iterate", "Iterate"), ("stop", "Stop")]
DESIGNS = [
    (engine.SPLIT, "Groups at the same time"),
    (engine.COMPARED, "Before and after, with a comparison group"),
    (engine.BEFORE_AFTER, "Before and after only"),
]
# Written down before the first result, and kept
PLAN_FIELDS = {
    "operation_id",
    "hypothesis",
    "metric",
    "design",
    "metric_kind",
    "direction",
    "alpha",
    "power",
    "baseline",
    "deviation",
    "target_lift",
    "size_needed",
    "scale_from",
    "iterate_from",
    "needs_significance",
}
# May be mended whatever the state
LOOSE_FIELDS = {"name", "user_id", "active", "state", "kpi_id"}
TRANSITIONS = {
    "draft": ("running", "cancelled"),
    "running": ("draft",),
    "decided": ("running",),
    "cancelled": ("draft", "running"),
}


class SopExperiment(models.Model):
    """A hypothesis put to the test: what was planned, what was seen, what was decided."""

    _name = "sop.experiment"
    _description = "Experiment"
    _inherit = [
        "sop.operation.part.mixin",
        "sop.budget.part.mixin",
        "mail.thread",
        "mail.activity.mixin",
    ]
    _order = "id desc"
    _check_company_auto = True
    _mail_post_access = "read"

    # === What it is === #
    operation_id = fields.Many2one(
        "sop.operation", required=True, index=True, ondelete="cascade"
    )
    company_id = fields.Many2one(
        related="operation_id.company_id", store=True, index=True, precompute=True
    )
    name = fields.Char(required=True, tracking=True)
    active = fields.Boolean(default=True)
    state = fields.Selection(
        STATES,
        default="draft",
        required=True,
        copy=False,
        tracking=True,
        index=True,
        group_expand=True,
    )
    user_id = fields.Many2one(
        "res.users",
        "Responsible",
        index="btree_not_null",
        default=lambda self: self.env.user,
        domain="[('share', '=', False)]",
        tracking=True,
    )
    hypothesis = fields.Text(
        tracking=True, help="We believe that … will result in … because …"
    )
    date_start = fields.Date("Start", copy=False, tracking=True)
    date_end = fields.Date("End", copy=False, tracking=True)

    # === How it is measured === #
    design = fields.Selection(
        DESIGNS,
        default=engine.SPLIT,
        required=True,
        tracking=True,
        help="Groups at the same time prove most. Who can't split compares the change of "
        "a group with the change of another one. Before and after alone proves little: "
        "whatever else changed counts as the effect.",
    )
    metric = fields.Char(
        tracking=True, help="What is compared, such as 30-day retention."
    )
    kpi_id = fields.Many2one(
        "sop.kpi",
        "KPI",
        index="btree_not_null",
        check_company=True,
        domain="[('operation_id', '=', operation_id)]",
        help="The KPI that the experiment is to improve.",
    )
    metric_kind = fields.Selection(
        [("rate", "A rate: how many of them"), ("mean", "A mean: how much on average")],
        "Result Is",
        default="rate",
        required=True,
        tracking=True,
    )
    direction = fields.Selection(
        [("higher", "Higher is better"), ("lower", "Lower is better")],
        default="higher",
        required=True,
        tracking=True,
    )

    # === How many are needed === #
    baseline = fields.Float(
        "Expected of the Control",
        digits=False,
        aggregator=None,
        tracking=True,
        help="What the control is expected to show: a rate in percent, or a mean.",
    )
    deviation = fields.Float(
        "Expected Deviation",
        digits=False,
        aggregator=None,
        help="Standard deviation between single cases, from earlier figures.",
    )
    target_lift = fields.Float(
        "Target Lift (%)",
        default=30.0,
        aggregator=None,
        tracking=True,
        help="The improvement that you hope for, in percent of the control. There are "
        "enough cases when an improvement as large as this is found with the power below.",
    )
    alpha = fields.Float(
        "False Alarms Accepted (%)",
        default=5.0,
        aggregator=None,
        tracking=True,
        help="How often chance alone may pass for an effect. Usually 5.",
    )
    power = fields.Float(
        "Power (%)",
        default=80.0,
        aggregator=None,
        tracking=True,
        help="How often an effect as large as the target is found. Usually 80.",
    )
    size_needed = fields.Integer(
        "Cases Needed per Arm",
        compute="_compute_size_needed",
        store=True,
        readonly=False,
        tracking=True,
        aggregator=None,
        help="Worked out from the expectations above, the design and the number of variants; "
        "type another number to set it by hand. With a before and an after, as many are "
        "needed in each of them. 0: not known.",
    )

    # === The rule, written down before === #
    scale_from = fields.Float(
        "Scale From a Lift of (%)", default=20.0, aggregator=None, tracking=True
    )
    iterate_from = fields.Float(
        "Iterate From a Lift of (%)",
        default=0.0,
        aggregator=None,
        tracking=True,
        help="A lower lift proposes to stop.",
    )
    needs_significance = fields.Boolean(
        "Must Be More than Chance",
        default=True,
        tracking=True,
        help="Scale only what is statistically significant.",
    )

    # === What was seen and decided === #
    arm_ids = fields.One2many(
        "sop.experiment.arm",
        "experiment_id",
        "Arms",
        copy=True,
        default=lambda self: self._default_arms(),
    )
    look_ids = fields.One2many("sop.experiment.look", "experiment_id", "History")
    look_count = fields.Integer(compute="_compute_look_count")
    decision = fields.Selection(DECISIONS, readonly=True, copy=False, tracking=True)
    decision_reason = fields.Text("Reason", readonly=True, copy=False)
    decision_proposal = fields.Selection(
        DECISIONS,
        "Proposed by the Rule",
        readonly=True,
        copy=False,
        help="What the rule proposed when it was decided; empty: to wait.",
    )
    is_against_rule = fields.Boolean(
        "Against the Rule", compute="_compute_is_against_rule", store=True
    )
    decision_words = fields.Text("Result as of Then", readonly=True, copy=False)
    decision_figures = fields.Json(readonly=True, copy=False)
    decided_by_id = fields.Many2one("res.users", readonly=True, copy=False)
    decided_on = fields.Datetime(readonly=True, copy=False)

    _dates_order = models.Constraint(
        "CHECK (date_start <= date_end)", "An experiment must start before it ends."
    )
    _levels = models.Constraint(
        "CHECK (alpha >= 0.01 AND alpha <= 50 AND power >= 50 AND power <= 99.9)",
        "Accept false alarms between 0.01 and 50 %, and ask for a power between 50 and 99.9 %.",
    )
    _size_positive = models.Constraint(
        "CHECK (size_needed >= 0)", "The cases needed can't be negative."
    )
    _rule_order = models.Constraint(
        "CHECK (iterate_from <= scale_from)",
        "“Iterate” must begin at a lower lift than “scale”.",
    )

    @api.model
    def _default_arms(self):
        return [
            Command.create({"name": self.env._("Control"), "is_control": True}),
            Command.create({"name": self.env._("Variant"), "is_control": False}),
        ]

    # === COMPUTE === #

    @api.depends(
        "metric_kind",
        "direction",
        "baseline",
        "deviation",
        "target_lift",
        "alpha",
        "power",
        "design",
    )
    def _compute_size_needed(self):
        for experiment in self:
            experiment.size_needed = experiment._get_size_needed() or 0

    @api.onchange("arm_ids")
    def _onchange_arm_ids(self):
        self._adapt_size_to_arms(len(self._origin.arm_ids))

    def _adapt_size_to_arms(self, before):
        """Ask for the cases of so many arms, unless a number was typed.

        Not in the dependencies: a result, too, is a change of the arms.

        :param before: arms until now
        """
        self.ensure_one()
        most = max(before, len(self.arm_ids), 2)
        sizes = [self._get_size_needed(arms - 1) or 0 for arms in range(2, most + 1)]
        needed = self._get_size_needed() or 0
        if self.size_needed != needed and self.size_needed in sizes:
            self.size_needed = needed

    def _get_size_needed(self, variants=None):
        """Cases that each arm needs; None where the expectations don't say.

        :param variants: arms but for the control; those that there are
        """
        self.ensure_one()
        plan, power = self._get_plan(), self.power / 100
        known = self.baseline and self.target_lift
        if not (known and 0 < plan.alpha < 1 and 0 < power < 1):
            return None
        lift = self.target_lift / 100 * (-1 if plan.lower_is_better else 1)
        control = self.baseline / 100
        if self.metric_kind == "mean":
            if self.deviation <= 0:
                return None
            expected = engine.Means(self.baseline * lift, self.deviation)
        elif 0 <= control <= 1 and 0 <= control * (1 + lift) <= 1:
            expected = engine.Rates(control, control * (1 + lift))
        else:
            return None
        if variants is None:
            variants = len(self.arm_ids) - 1
        return engine.size_needed(plan, expected, power, variants)

    def _get_plan(self) -> engine.Plan:
        """What was written down before the first result, for the engine."""
        self.ensure_one()
        return engine.Plan(
            rule=Rule(self.scale_from, self.iterate_from, self.needs_significance),
            design=self.design,
            lower_is_better=self.direction == "lower",
            alpha=self.alpha / 100,
            needed=self.size_needed or None,
            of_measurements=self.metric_kind == "mean" and bool(self.arm_ids.kpi_id),
        )

    @api.depends("decision", "decision_proposal")
    def _compute_is_against_rule(self):
        for experiment in self:
            experiment.is_against_rule = (
                experiment.decision != experiment.decision_proposal
            )

    def _compute_look_count(self):
        counts = dict(
            self.env["sop.experiment.look"]._read_group(
                [("experiment_id", "in", self.ids)], ["experiment_id"], ["__count"]
            )
        )
        for experiment in self:
            experiment.look_count = counts.get(experiment._origin, 0)

    # === CONSTRAINTS === #

    @api.constrains("metric_kind", "baseline", "target_lift", "direction")
    def _check_expectations(self):
        for experiment in self.filtered(lambda e: e.metric_kind == "rate"):
            sign = -1 if experiment.direction == "lower" else 1
            target = experiment.baseline * (1 + sign * experiment.target_lift / 100)
            if not 0 <= experiment.baseline <= 100:
                raise ValidationError(
                    self.env._(
                        "“%(experiment)s”: a rate of %(rate)s %% can't be expected, it lies "
                        "between 0 and 100.",
                        experiment=experiment.name,
                        rate=experiment.baseline,
                    )
                )
            if not 0 <= target <= 100:
                raise ValidationError(
                    self.env._(
                        "“%(experiment)s”: a target lift of %(lift)s %% would make "
                        "%(baseline)s %% become %(target)s %%, and a rate lies between 0 and "
                        "100. Lower the target.",
                        experiment=experiment.name,
                        lift=experiment.target_lift,
                        baseline=experiment.baseline,
                        target=experiment.env["ir.qweb.field.float"].value_to_html(
                            target, {"precision": 1}
                        ),
                    )
                )

    @api.constrains("arm_ids")
    def _check_one_control(self):
        self.arm_ids._check_one_control()

    # === CRUD === #

    @api.model
    def _get_system_fields(self):
        return super()._get_system_fields() | {
            "look_ids",
            "decision",
            "decision_reason",
            "decision_proposal",
            "decision_words",
            "decision_figures",
            "decided_by_id",
            "decided_on",
        }

    @api.model_create_multi
    def create(self, vals_list):
        for vals in vals_list:
            self._check_not_derived(vals)
            # Stated, so that no default of a context takes its place
            if vals.setdefault("state", "draft") != "draft":
                raise UserError(self.env._("A new experiment starts as a draft."))
            vals.update(dict.fromkeys(self._get_system_fields(), False))
        return super().create(vals_list)

    def write(self, vals):
        if (
            "state" in vals
            and self.env.context.get("sop_state_token") is not STATE_TOKEN
        ):
            raise UserError(
                self.env._("Use the buttons of the experiment to change its state.")
            )
        if self.env.context.get("sop_state_token") is not STATE_TOKEN:
            self._check_not_derived(vals)
            self._check_open(vals)
        if vals.get("operation_id"):
            # Record rules look at where it comes from, not at where it goes
            operation = self.env["sop.operation"].browse(vals["operation_id"])
            operation.check_access("write")
        if "arm_ids" not in vals:
            return super().write(vals)
        # The results of all arms are one look, not one for each arm
        result = super(
            SopExperiment, self.with_context(sop_look_token=LOOK_TOKEN)
        ).write(vals)
        self._record_looks()
        return result

    def _check_open(self, vals):
        """What was written down before the results is kept, and a decision is final."""
        for experiment in self:
            if experiment.state == "running":
                fixed = PLAN_FIELDS & set(vals)
            elif experiment.state in ("decided", "cancelled"):
                own = {name for name in vals if name in self._fields}
                fixed = own - LOOSE_FIELDS - set(self._get_thread_fields())
            else:
                fixed = set()
            if fixed:
                name = self._fields[min(fixed)]._description_string(self.env)
                raise UserError(
                    self.env._(
                        "“%(experiment)s” is %(state)s: “%(field)s” was written down before "
                        "and stays. Set it back to draft while there is no result, or make "
                        "a copy.",
                        experiment=experiment.name,
                        state=experiment._describe_state(),
                        field=name,
                    )
                )

    @api.model
    def _get_thread_fields(self):
        """Fields of messages and activities, which go on after a decision."""
        mixins = ("mail.thread", "mail.activity.mixin")
        return {name for mixin in mixins for name in self.env[mixin]._fields}

    def copy_data(self, default=None):
        vals_list = super().copy_data(default)
        for experiment, vals in zip(self, vals_list, strict=True):
            if "name" not in (default or {}):
                vals["name"] = self.env._("%(name)s (copy)", name=experiment.name)
        return vals_list

    @api.ondelete(at_uninstall=False)
    def _unlink_except_seen(self):
        for experiment in self:
            if experiment.look_ids or experiment.state == "decided":
                raise UserError(
                    self.env._(
                        "“%(experiment)s” has results, which are history: archive it instead.",
                        experiment=experiment.name,
                    )
                )

    # === STATES === #

    def _describe_state(self):
        labels = dict(self._fields["state"]._description_selection(self.env))
        return labels[self.state].lower()

    def _set_state(self, state, **vals):
        self.check_access("write")
        for experiment in self:
            if experiment.state not in TRANSITIONS[state]:
                labels = dict(self._fields["state"]._description_selection(self.env))
                raise UserError(
                    self.env._(
                        "“%(experiment)s” is %(state)s and can't become %(target)s.",
                        experiment=experiment.name,
                        state=experiment._describe_state(),
                        target=labels[state].lower(),
                    )
                )
        self.with_context(sop_state_token=STATE_TOKEN).write({"state": state, **vals})

    def action_start(self):
        for experiment in self:
            experiment._check_ready()
        for experiment in self:
            start = experiment.date_start or fields.Date.context_today(experiment)
            experiment._set_state("running", date_start=start)

    def _check_ready(self):
        self.ensure_one()
        if not (self.hypothesis or "").strip():
            raise UserError(
                self.env._(
                    "Write down the hypothesis of “%(experiment)s” before it starts: what do "
                    "you believe, and why?",
                    experiment=self.name,
                )
            )
        variants = self.arm_ids.filtered(lambda arm: not arm.is_control)
        if self.design == engine.BEFORE_AFTER and len(self.arm_ids) != 1:
            raise UserError(
                self.env._(
                    "“%(experiment)s” compares one group with itself: leave exactly one arm.",
                    experiment=self.name,
                )
            )
        if self.design != engine.BEFORE_AFTER and (
            not variants or variants == self.arm_ids
        ):
            raise UserError(
                self.env._(
                    "“%(experiment)s” needs a control and at least one variant: mark one arm "
                    "as the control.",
                    experiment=self.name,
                )
            )

    def action_draft(self):
        for experiment in self:
            if experiment.look_ids:
                raise UserError(
                    self.env._(
                        "“%(experiment)s” has results already: its plan stays as it was "
                        "written down. Cancel it and make a copy.",
                        experiment=experiment.name,
                    )
                )
        self._set_state("draft")

    def action_cancel(self):
        self._set_state("cancelled")

    def action_decide(self):
        """Open the dialog in which the decision is taken."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "sop_operations.sop_experiment_decide_action"
        )
        return {**action, "context": {"default_experiment_id": self.id}}

    def action_follow_up(self):
        """The next experiment, with the same plan and no results."""
        self.ensure_one()
        follower = self.copy(
            {"name": self.env._("%(name)s: next round", name=self.name)}
        )
        return {
            "type": "ir.actions.act_window",
            "res_model": self._name,
            "res_id": follower.id,
            "views": [(False, "form")],
        }

    def _decide(self, decision, reason):
        """Keep the decision with its reason and the figures as of now."""
        self.ensure_one()
        if decision not in dict(DECISIONS):
            raise UserError(self.env._("Decide to scale, to iterate or to stop."))
        if not (reason or "").strip():
            raise UserError(self.env._("Say why: the next team will ask."))
        evaluation = self._evaluate()
        if not evaluation.variants:
            raise UserError(
                self.env._(
                    "“%(experiment)s” has no results to decide on: enter them, or cancel it.",
                    experiment=self.name,
                )
            )
        proposed = evaluation.proposal.decision
        words = "\n".join(self._describe_variants(evaluation))
        self._set_state(
            "decided",
            decision=decision,
            decision_reason=reason.strip(),
            decision_proposal=False if proposed == "wait" else proposed,
            decision_words=words,
            decision_figures=self._get_figures(evaluation),
            decided_by_id=self.env.uid,
            decided_on=fields.Datetime.now(),
            date_end=self.date_end or fields.Date.context_today(self),
        )
        self._post_decision(words)

    def _post_decision(self, words):
        labels = dict(self._fields["decision"]._description_selection(self.env))
        self.message_post(
            body=self.env._(
                "Decided: %(decision)s. %(reason)s\n%(words)s",
                decision=labels[self.decision],
                reason=self.decision_reason,
                words=words,
            )
        )
