# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
import math

from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError

from ..engine import prioritisation as engine

WINNERS = [("first", "The first"), ("both", "Both alike"), ("second", "The second")]
VALUES = {"first": 1.0, "both": 0.5, "second": 0.0}


class SopPrioritisationJudgement(models.Model):
    """What one participant says of one item; theirs alone until the exercise is closed."""

    _name = "sop.prioritisation.judgement"
    _description = "Judgement of a Participant"
    _inherit = "sop.budget.part.mixin"
    _order = "prioritisation_id, user_id, criterion_id, item_id, id"
    _rec_name = "item_id"

    prioritisation_id = fields.Many2one(
        "sop.prioritisation",
        "Exercise",
        required=True,
        index=True,
        ondelete="cascade",
        readonly=True,
    )
    company_id = fields.Many2one(
        related="prioritisation_id.company_id", store=True, index=True, precompute=True
    )
    user_id = fields.Many2one("res.users", "Who", required=True, readonly=True)
    item_id = fields.Many2one(
        "sop.prioritisation.item",
        "Item",
        required=True,
        index=True,
        ondelete="cascade",
        readonly=True,
    )
    other_item_id = fields.Many2one(
        "sop.prioritisation.item", "Or", ondelete="cascade", readonly=True
    )
    criterion_id = fields.Many2one(
        "sop.prioritisation.criterion", "Criterion", ondelete="cascade", readonly=True
    )
    unit = fields.Char(related="criterion_id.unit")
    method = fields.Selection(related="prioritisation_id.method")
    state = fields.Selection(related="prioritisation_id.state")
    value = fields.Float(
        "Answer",
        aggregator="avg",
        help="Points, a figure, the place (1 is first) or the number of votes.",
    )
    has_value = fields.Boolean("Answered", readonly=True)
    winner = fields.Selection(
        WINNERS, "Comes First", compute="_compute_winner", inverse="_inverse_winner"
    )
    note = fields.Char("Why")

    @api.depends("value", "has_value", "method")
    def _compute_winner(self):
        names = {value: name for name, value in VALUES.items()}
        for judgement in self:
            judgement.winner = judgement.has_value and names.get(judgement.value)

    def _inverse_winner(self):
        for judgement in self:
            if judgement.winner:
                judgement.value = VALUES[judgement.winner]
            else:
                judgement.action_clear()

    @api.model
    def _get_system_fields(self):
        return super()._get_system_fields() | {
            "prioritisation_id",
            "user_id",
            "item_id",
            "other_item_id",
            "criterion_id",
            "has_value",
        }

    def write(self, vals):
        self._check_not_derived(vals)
        self._check_open()
        if "value" in vals:
            vals = {**vals, "has_value": True}
        return super().write(vals)

    def _check_open(self):
        for exercise in self.prioritisation_id:
            if exercise.state != "open":
                raise UserError(
                    self.env._(
                        "“%(exercise)s” is closed: nothing is judged any more.",
                        exercise=exercise.name,
                    )
                )

    def action_clear(self):
        """Take the answer back: no answer is not zero."""
        self.check_access("write")
        self._check_open()
        # sudo: whether there is an answer is kept by the system
        return super(SopPrioritisationJudgement, self.sudo()).write(
            {"value": 0.0, "has_value": False}
        )

    @api.constrains("value", "has_value")
    def _check_value(self):
        for judgement in self.filtered("has_value"):
            problem = judgement._find_problem()
            if problem:
                raise ValidationError(problem)
        for exercise in self.prioritisation_id:
            exercise.sudo()._check_ballots(self.user_id)

    def _find_problem(self):
        exercise, value = self.prioritisation_id, self.value
        whole = value == int(value) if math.isfinite(value) else False
        item = self.item_id.name
        if not math.isfinite(value):
            return self.env._("“%(item)s”: this is not a number.", item=item)
        if exercise.method in (engine.MATRIX, engine.PANEL):
            low, high = exercise.scale_from, exercise.scale_to
            if not low <= value <= high:
                return self.env._(
                    "“%(item)s”: points go from %(low)s to %(high)s.",
                    item=item,
                    low=low,
                    high=high,
                )
        if exercise.method == engine.RANKING and not (
            whole and 1 <= value <= len(exercise.item_ids)
        ):
            return self.env._(
                "“%(item)s”: places go from 1 to %(last)s.",
                item=item,
                last=len(exercise.item_ids),
            )
        if exercise.method == engine.VOTING and not (whole and value >= 0):
            return self.env._("“%(item)s”: votes are whole numbers.", item=item)
        if exercise.method == engine.PAIRWISE and value not in VALUES.values():
            return self.env._(
                "“%(item)s”: say which of the two comes first.", item=item
            )
        return None


class SopPrioritisation(models.Model):
    _inherit = "sop.prioritisation"

    def _check_ballots(self, users):
        """What holds for all answers of a person: votes left, no place given twice."""
        self.ensure_one()
        if self.method not in (engine.RANKING, engine.VOTING):
            return
        for user in users:
            answers = self.judgement_ids.filtered(
                lambda j, user=user: j.user_id == user and j.has_value
            ).mapped("value")
            if self.method == engine.VOTING and sum(answers) > self.votes_each:
                raise ValidationError(
                    self.env._(
                        "%(given)s votes are given, but everybody has %(votes)s.",
                        given=int(sum(answers)),
                        votes=self.votes_each,
                    )
                )
            if self.method == engine.RANKING and len(set(answers)) < len(answers):
                raise ValidationError(
                    self.env._(
                        "Two items have the same place: clear one of them first."
                    )
                )
