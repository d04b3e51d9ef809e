# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from itertools import combinations

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError, ValidationError

from ..engine import prioritisation as engine

# Proof that a change comes from a method of this model: no call carries this very object
STATE_TOKEN = object()

METHODS = [
    (engine.MATRIX, "Scoring Matrix"),
    (engine.CRITERIA, "Multi-Criteria, in Their Own Units"),
    (engine.PANEL, "Expert Panel"),
    (engine.PAIRWISE, "Pairwise Comparison"),
    (engine.RANKING, "Ranking"),
    (engine.VOTING, "Voting"),
]
STATES = [("draft", "Draft"), ("open", "Open"), ("closed", "Closed")]
#: Fixed once people have begun to judge
SETUP_FIELDS = {
    "method",
    "scale_from",
    "scale_to",
    "votes_each",
    "company_id",
}
MOST_PAIRS = 200


class SopPrioritisation(models.Model):
    """Several people judge what comes first; the judgements make the ranks."""

    _name = "sop.prioritisation"
    _description = "Prioritisation Exercise"
    _inherit = ["mail.thread", "mail.activity.mixin", "sop.budget.part.mixin"]
    _order = "state desc, date_due, id desc"
    _check_company_auto = True
    _mail_post_access = "read"

    name = fields.Char(required=True, tracking=True)
    active = fields.Boolean(default=True)
    company_id = fields.Many2one(
        "res.company", required=True, index=True, default=lambda self: self.env.company
    )
    method = fields.Selection(
        METHODS,
        required=True,
        default=engine.MATRIX,
        tracking=True,
        help="How people judge: points for each criterion, figures for each criterion, points "
        "of experts (their median counts), one of each two, an order, or votes.",
    )
    has_criteria = fields.Boolean(compute="_compute_has_criteria")
    state = fields.Selection(
        STATES, default="draft", required=True, readonly=True, copy=False, tracking=True
    )
    date_due = fields.Date("Judge Until", tracking=True)
    description = fields.Html(help="What is to be decided, and by what it is judged.")
    scale_from = fields.Integer("Points From", default=1)
    scale_to = fields.Integer("Points To", default=5)
    votes_each = fields.Integer("Votes of Each Person", default=3)
    facilitator_ids = fields.Many2many(
        "res.users",
        "sop_prioritisation_facilitator_rel",
        string="Facilitators",
        default=lambda self: self.env.user,
        domain="[('share', '=', False)]",
        help="Prepare, open and close the exercise.",
    )
    participant_ids = fields.Many2many(
        "res.users",
        "sop_prioritisation_participant_rel",
        string="Participants",
        domain="[('share', '=', False)]",
        help="Judge. Nobody sees the judgements of others before the exercise is closed.",
    )
    criterion_ids = fields.One2many(
        "sop.prioritisation.criterion", "prioritisation_id", "Criteria", copy=True
    )
    item_ids = fields.One2many(
        "sop.prioritisation.item", "prioritisation_id", "Items", copy=True
    )
    judgement_ids = fields.One2many(
        "sop.prioritisation.judgement", "prioritisation_id", "Judgements", copy=False
    )
    score_ids = fields.One2many(
        "sop.prioritisation.score", "prioritisation_id", "Scores", copy=False
    )
    can_facilitate = fields.Boolean(compute="_compute_can_facilitate")
    is_participant = fields.Boolean(compute="_compute_can_facilitate")
    progress = fields.Float(
        "Judged (%)",
        compute="_compute_progress",
        help="How much of what is to be judged is judged, by all.",
    )

    _scale = models.Constraint(
        "CHECK(scale_to > scale_from)", "The scale ends above its beginning."
    )
    _votes = models.Constraint(
        "CHECK(votes_each > 0)", "Everybody has at least one vote."
    )

    @api.depends("method")
    def _compute_has_criteria(self):
        for exercise in self:
            exercise.has_criteria = exercise.method in engine.BY_CRITERION

    @api.depends_context("uid")
    @api.depends("facilitator_ids", "participant_ids")
    def _compute_can_facilitate(self):
        user, planner = self.env.user, self.env["sop.operation"]._plans_operations()
        for exercise in self:
            exercise.can_facilitate = planner or user in exercise.facilitator_ids
            exercise.is_participant = user in exercise.participant_ids

    @api.depends("judgement_ids.has_value")
    def _compute_progress(self):
        # sudo: how many there are; what they say stays with those who said it
        rows = (
            self.env["sop.prioritisation.judgement"]
            .sudo()
            ._read_group(
                [("prioritisation_id", "in", self.ids)],
                ["prioritisation_id", "has_value"],
                ["__count"],
            )
        )
        counts = {(exercise.id, judged): count for exercise, judged, count in rows}
        for exercise in self:
            judged = counts.get((exercise._origin.id, True), 0)
            whole = judged + counts.get((exercise._origin.id, False), 0)
            exercise.progress = 100 * judged / whole if whole else 0.0

    # === GUARDS === #

    @api.model
    def _get_system_fields(self):
        return super()._get_system_fields() | {"state", "judgement_ids", "score_ids"}

    @api.model_create_multi
    def create(self, vals_list):
        for vals in vals_list:
            self._check_not_derived(vals)
        return super().create(vals_list)

    def write(self, vals):
        if self.env.context.get("sop_state_token") is not STATE_TOKEN:
            self._check_not_derived(vals)
            if SETUP_FIELDS & set(vals):
                self._check_draft()
        result = super().write(vals)
        if "participant_ids" in vals:
            self.filtered(lambda e: e.state == "open")._hand_out()
        return result

    def _check_draft(self):
        for exercise in self:
            if exercise.state != "draft":
                raise UserError(
                    self.env._(
                        "People judge “%(exercise)s” already: what they judge, and how, is "
                        "fixed. Take it back to draft to change it; judgements are lost then.",
                        exercise=exercise.name,
                    )
                )

    @api.ondelete(at_uninstall=False)
    def _unlink_except_begun(self):
        for exercise in self:
            if exercise.state != "draft":
                raise UserError(
                    self.env._(
                        "“%(exercise)s” has begun: archive it instead of deleting it.",
                        exercise=exercise.name,
                    )
                )

    def _check_facilitator(self):
        self.check_access("write")
        for exercise in self:
            if not exercise.can_facilitate:
                raise AccessError(
                    self.env._(
                        "Only facilitators open and close “%(exercise)s”.",
                        exercise=exercise.name,
                    )
                )

    def _set_state(self, state):
        self.with_context(sop_state_token=STATE_TOKEN).write({"state": state})

    # === OPEN, JUDGE, CLOSE === #

    def action_open(self):
        self._check_facilitator()
        for exercise in self:
            exercise._check_ready()
        self._set_state("open")
        self._hand_out()

    def _check_ready(self):
        self.ensure_one()
        self._check_draft()
        if len(self.item_ids) < 2:
            raise UserError(self.env._("There is nothing to choose: add two items."))
        if not self.participant_ids:
            raise UserError(self.env._("Nobody judges: add participants."))
        if self.has_criteria and not sum(self.criterion_ids.mapped("weight")):
            raise UserError(
                self.env._("This method needs a criterion that has a weight: add one.")
            )
        pairs = len(self.item_ids) * (len(self.item_ids) - 1) // 2
        if self.method == engine.PAIRWISE and pairs > MOST_PAIRS:
            raise UserError(
                self.env._(
                    "%(items)s items make %(pairs)s comparisons for each person: take fewer "
                    "items or another method.",
                    items=len(self.item_ids),
                    pairs=pairs,
                )
            )

    def _hand_out(self):
        """Everybody gets a line for each thing to judge; those who left lose theirs."""
        # sudo: the lines are the system's, participants only fill them in
        Judgement = self.env["sop.prioritisation.judgement"].sudo()
        known = Judgement.search([("prioritisation_id", "in", self.ids)])
        known.filtered(
            lambda j: j.user_id not in j.prioritisation_id.participant_ids
        ).unlink()
        have = known.exists().grouped("prioritisation_id")
        vals_list = []
        for exercise in self:
            empty = exercise._prepare_judgements()
            served = have.get(exercise.sudo(), Judgement).user_id
            for user in exercise.participant_ids - served:
                vals_list += [{**vals, "user_id": user.id} for vals in empty]
        Judgement.create(vals_list)

    def _prepare_judgements(self):
        self.ensure_one()
        common = {"prioritisation_id": self.id}
        if self.method == engine.PAIRWISE:
            return [
                {**common, "item_id": one.id, "other_item_id": other.id}
                for one, other in combinations(self.item_ids, 2)
            ]
        if not self.has_criteria:
            return [{**common, "item_id": item.id} for item in self.item_ids]
        return [
            {**common, "item_id": item.id, "criterion_id": criterion.id}
            for criterion in self.criterion_ids
            for item in self.item_ids
        ]

    def action_judge(self):
        """The lines of whoever asks."""
        self.ensure_one()
        if self.state != "open" or not self.is_participant:
            raise UserError(
                self.env._("Only participants judge, while the exercise is open.")
            )
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "sop_operations.sop_prioritisation_judgement_action"
        )
        return {
            **action,
            "name": self.env._("My Judgement: %(exercise)s", exercise=self.name),
            "domain": [
                ("prioritisation_id", "=", self.id),
                ("user_id", "=", self.env.uid),
            ],
            "context": {
                "search_default_group_criterion": self.has_criteria,
                # Shows the columns of this method only
                "sop_method": self.method,
            },
        }

    def action_close(self):
        self._check_facilitator()
        for exercise in self:
            if exercise.state != "open":
                raise UserError(self.env._("Only what is open can be closed."))
            exercise._rank()
        self._set_state("closed")

    def action_draft(self):
        """Back to the set-up: what was judged is lost."""
        self._check_facilitator()
        # sudo: lines and scores are the system's
        self.sudo().judgement_ids.unlink()
        self.sudo().score_ids.unlink()
        self.sudo().item_ids.write({"rank": 0, "score": 0, "has_score": False})
        self._set_state("draft")

    def action_reopen(self):
        """Ask again: judgements stay, ranks are worked out anew when it is closed."""
        self._check_facilitator()
        for exercise in self:
            if exercise.state != "closed":
                raise UserError(self.env._("Only what is closed can be opened again."))
        self.sudo().score_ids.unlink()  # sudo: scores are the system's
        self._set_state("open")
        self._hand_out()

    def _rank(self):
        self.ensure_one()
        exercise = self.sudo()  # sudo: all judgements count, each is its author's alone
        judged = exercise.judgement_ids.filtered("has_value")
        if not judged:
            raise UserError(
                self.env._("Nobody has judged yet: there is nothing to rank.")
            )
        found = engine.standings(
            exercise.method,
            exercise.item_ids.ids,
            [
                engine.Judgement(
                    j.item_id.id, j.value, j.criterion_id.id, j.other_item_id.id
                )
                for j in judged
            ],
            [
                engine.Criterion(c.id, c.weight, c.less_is_better)
                for c in exercise.criterion_ids
            ],
            (exercise.scale_from, exercise.scale_to),
        )
        for item in exercise.item_ids:
            standing = found[item.id]
            item.write(
                {
                    "score": standing.score or 0.0,
                    "has_score": standing.score is not None,
                    "rank": standing.rank or 0,
                }
            )
        exercise.score_ids.create(
            [
                {
                    "prioritisation_id": exercise.id,
                    "item_id": item,
                    "criterion_id": criterion,
                    "score": part.score,
                    "value": part.value,
                    "spread": part.spread,
                    "count": part.count,
                }
                for item, standing in found.items()
                for criterion, part in standing.parts.items()
            ]
        )

    @api.constrains("facilitator_ids")
    def _check_facilitators(self):
        for exercise in self:
            if not exercise.facilitator_ids:
                raise ValidationError(
                    self.env._(
                        "“%(exercise)s” needs a facilitator.", exercise=exercise.name
                    )
                )
