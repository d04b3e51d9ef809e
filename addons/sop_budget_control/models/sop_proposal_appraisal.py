# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.fields import Domain
from odoo.tools import SQL

from odoo.addons.sop_budget.models.sop_budget_member import INCLUDED_ROLES

from ..engine import appraisal

SUGGESTIONS = [
    ("approve", "Approve"),
    ("condition", "Approve with Conditions"),
    ("revise", "Ask for Revision"),
    ("disapprove", "Disapprove"),
]
#: While these last, scores are given and their result follows them.
REVIEW_STEPS = ("submitted", "in_review")


class SopProposal(models.Model):
    """Proposals scored by the criteria of their budget. It suggests, and decides nothing."""

    _inherit = "sop.proposal"

    score_ids = fields.One2many(
        "sop.proposal.score", "proposal_id", string="Scores", copy=False, readonly=True
    )
    has_criteria = fields.Boolean(compute="_compute_has_criteria")
    can_appraise = fields.Boolean(compute="_compute_can_appraise")
    is_appraised = fields.Boolean(
        "Fully Scored", compute="_compute_appraisal", store=True
    )
    appraisal_score = fields.Float(
        "Weighted Score",
        compute="_compute_appraisal",
        store=True,
        digits=(4, 2),
        aggregator="avg",
        help="Mean of the scores of each criterion, weighted; out of 10. There is none until "
        "all criteria are scored.",
    )
    appraisal_result = fields.Selection(
        SUGGESTIONS,
        "Suggested Result",
        compute="_compute_appraisal",
        store=True,
        index="btree_not_null",
        help="By the limits of the budget. It decides nothing.",
    )
    appraisal_missing = fields.Char(
        "Not Scored Yet", compute="_compute_appraisal_missing"
    )
    performance_ids = fields.Many2many(
        "sop.category.performance",
        string="Past Performance",
        compute="_compute_performance_ids",
        help="The latest of each category, of earlier budgets as well where its code and name "
        "are the same.",
    )

    # === COMPUTE === #

    @api.depends("budget_id.criterion_ids.active")
    def _compute_has_criteria(self):
        for proposal in self:
            proposal.has_criteria = bool(proposal._get_criteria())

    def _get_criteria(self):
        # sudo: by what it is scored is known to everybody who reads the proposal
        return self.budget_id._origin.sudo().criterion_ids.filtered("active")

    @api.depends_context("uid")
    @api.depends("step", "requester_id", "budget_id.criterion_ids.active")
    def _compute_can_appraise(self):
        for proposal in self:
            proposal.can_appraise = not proposal._get_appraisal_refusal()

    def _get_criterion_scores(self):
        """``{criterion: what its scorers say on average, None without any}``"""
        # sudo: as for the criteria
        rows = self.sudo().score_ids.filtered(lambda s: not s.replaced)
        given = rows.grouped("criterion_id")
        return {
            criterion: appraisal.mean(given.get(criterion, rows[:0]).mapped("score"))
            for criterion in self._get_criteria()
        }

    @api.depends(
        "step",
        "score_ids.replaced",
        "budget_id.criterion_ids.active",
        "budget_id.criterion_ids.weight",
        "budget_id.appraisal_approve_from",
        "budget_id.appraisal_condition_from",
        "budget_id.appraisal_revise_from",
    )
    def _compute_appraisal(self):
        for proposal in self:
            if proposal.step not in REVIEW_STEPS:
                # What was decided keeps the result that was known then
                proposal.is_appraised = proposal.is_appraised
                proposal.appraisal_score = proposal.appraisal_score
                proposal.appraisal_result = proposal.appraisal_result
                continue
            scores = proposal._get_criterion_scores()
            result = appraisal.weighted((c.weight, s) for c, s in scores.items())
            limits = proposal.budget_id._get_appraisal_thresholds()
            proposal.is_appraised = result is not None
            proposal.appraisal_score = float(result or 0)
            proposal.appraisal_result = limits.suggest(result)

    @api.depends("score_ids.replaced", "budget_id.criterion_ids.active")
    def _compute_appraisal_missing(self):
        for proposal in self:
            scores = proposal._get_criterion_scores()
            missing = [c.name for c, score in scores.items() if score is None]
            proposal.appraisal_missing = ", ".join(missing)

    @api.depends_context("uid")
    @api.depends("line_ids.category_id")
    def _compute_performance_ids(self):
        # sudo: the names of its categories are part of the proposal
        categories = self.sudo().line_ids.category_id
        rows = self.env["sop.category.performance"].search(
            Domain("company_id", "in", self.company_id.ids)
            & Domain("category_id.code", "in", categories.mapped("code"))
        )
        for proposal in self:
            wanted = {(c.code, c.name) for c in proposal.sudo().line_ids.category_id}
            latest = {}
            for row in rows.filtered(
                lambda r, p=proposal: r.company_id == p.company_id
            ):
                place = (row.category_id.code, row.category_id.name)
                if place in wanted:
                    latest.setdefault(place, row.id)
            proposal.performance_ids = list(latest.values())

    def _read_group_select(self, aggregate_spec, query):
        # EXTENDS: what is not scored is not a zero
        if aggregate_spec == "appraisal_score:avg":
            return SQL(
                "AVG(%s) FILTER (WHERE %s)",
                self._field_to_sql(self._table, "appraisal_score", query),
                self._field_to_sql(self._table, "is_appraised", query),
            )
        return super()._read_group_select(aggregate_spec, query)

    # === SCORE === #

    def _get_appraisal_refusal(self):
        """Why the user can't score the proposal now, or False."""
        self.ensure_one()
        user, names = self.env.user, {"proposal": self.display_name}
        if not self._get_criteria():
            return self.env._(
                "There is nothing to score “%(proposal)s” by: add criteria to its budget.",
                **names,
            )
        if self.step not in REVIEW_STEPS:
            return self.env._(
                "“%(proposal)s” is %(state)s: proposals are scored while they are under review.",
                state=self._get_state_name(),
                **names,
            )
        if self.requester_id == user:
            return self.env._(
                "You ask for “%(proposal)s” yourself: somebody else has to score it.",
                **names,
            )
        budget = self.budget_id._origin.sudo(False)
        role = budget._get_roles(user).get(budget.id)
        if role != "auditor" and (
            "planner" in INCLUDED_ROLES[role] or self._is_asked(user)
        ):
            return False
        return self.env._(
            "“%(proposal)s” is scored by who is asked to approve it, and by the planners and "
            "managers of its budget.",
            **names,
        )

    def _is_asked(self, user):
        """Whether the user has a seat in this round of approval, now, before or later."""
        # sudo: who is asked is a matter of the steps, not of who looks
        steps, kept = self._origin._get_last_round().sudo(), {}
        return bool(steps._find_seats(user)) or any(
            user in step.approver_ids and step._keeps_seat(user, kept) for step in steps
        )

    def action_appraise(self):
        """A window with all criteria and what the user said of them before."""
        self.ensure_one()
        self._check_can_appraise()
        wizard = self.env["sop.proposal.appraise"].create({"proposal_id": self.id})
        return wizard._get_records_action(
            name=self.env._("Score the Proposal"), target="new"
        )

    def _check_can_appraise(self):
        self.check_access("read")
        refusal = self._get_appraisal_refusal()
        if refusal:
            raise AccessError(refusal)

    def _appraise(self, given):
        """Add the scores of the current user.

        :param given: ``{criterion: (score, note)}``; what is as it was is not given again
        """
        self.ensure_one()
        self._check_can_appraise()
        if not given:
            raise UserError(self.env._("Give at least one score."))
        user = self.env.user
        # sudo: whoever may score was found out above
        known = self.sudo().score_ids.filtered(
            lambda s: s.user_id == user and not s.replaced
        )
        last = {row.criterion_id.id: row for row in known}
        vals_list, former = [], known.browse()
        for criterion, (score, note) in given.items():
            self._check_score(criterion, score)
            note = (note or "").strip() or False
            row = last.get(criterion.id, known.browse())
            if row and (row.score, row.note) == (score, note):
                continue
            former |= row
            vals_list.append(
                {
                    "proposal_id": self.id,
                    "criterion_id": criterion.id,
                    "score": score,
                    "note": note,
                    "user_id": user.id,
                    "date": fields.Datetime.now(),
                }
            )
        former._replace()
        self.env["sop.proposal.score"].sudo().create(vals_list)

    def _check_score(self, criterion, score):
        if criterion not in self._get_criteria():
            raise ValidationError(
                self.env._(
                    "“%(criterion)s” is no criterion of this budget (any more): close the "
                    "window and open it again.",
                    criterion=criterion.sudo().name,  # sudo: as for the criteria
                )
            )
        yes_no = criterion.sudo().kind == "yes_no"
        if score not in ((0, 10) if yes_no else range(1, 11)):
            raise ValidationError(
                self.env._(
                    "“%(criterion)s”: %(score)s is no score; give %(range)s.",
                    criterion=criterion.sudo().name,
                    score=score,
                    range=self.env._("0 or 10")
                    if yes_no
                    else self.env._("a number from 1 to 10"),
                )
            )
