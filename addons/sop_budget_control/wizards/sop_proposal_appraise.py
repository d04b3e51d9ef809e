# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from odoo import api, fields, models
from odoo.fields import Command


class SopProposalAppraise(models.TransientModel):
    """Asks for the scores of one person; who may give them is checked on confirmation."""

    _name = "sop.proposal.appraise"
    _description = "Score a Proposal"
    _inherit = ["sop.wizard.mixin"]

    proposal_id = fields.Many2one("sop.proposal", required=True, ondelete="cascade")
    line_ids = fields.One2many(
        "sop.proposal.appraise.line",
        "appraise_id",
        compute="_compute_line_ids",
        store=True,
        readonly=False,
    )
    performance_ids = fields.Many2many(
        "sop.category.performance", compute="_compute_performance_ids"
    )

    @api.depends_context("uid")
    @api.depends("proposal_id")
    def _compute_performance_ids(self):
        for wizard in self:
            wizard.performance_ids = wizard.proposal_id.performance_ids

    @api.depends("proposal_id")
    def _compute_line_ids(self):
        for wizard in self:
            proposal = wizard.proposal_id
            known = proposal.score_ids.filtered(
                lambda s: s.user_id == self.env.user and not s.replaced
            ).grouped("criterion_id")
            wizard.line_ids = [
                Command.clear(),
                *(
                    Command.create(
                        {
                            "criterion_id": criterion.id,
                            **self._prepare_answer(criterion, known.get(criterion)),
                        }
                    )
                    for criterion in proposal._get_criteria()
                ),
            ]

    @api.model
    def _prepare_answer(self, criterion, score):
        if not score:
            return {}
        if criterion.kind == "yes_no":
            return {"answer": "yes" if score.score else "no", "note": score.note}
        return {"points": score.score, "note": score.note}

    def action_confirm(self):
        self.ensure_one()
        given = {}
        for line in self.line_ids:
            score = line._get_score()
            if score is not None:
                given[line.criterion_id] = (score, line.note)
        self.proposal_id._appraise(given)
        return {"type": "ir.actions.act_window_close"}


class SopProposalAppraiseLine(models.TransientModel):
    _name = "sop.proposal.appraise.line"
    _description = "Score to Give"

    appraise_id = fields.Many2one(
        "sop.proposal.appraise", required=True, ondelete="cascade", index=True
    )
    criterion_id = fields.Many2one(
        "sop.appraisal.criterion", required=True, readonly=True, ondelete="cascade"
    )
    kind = fields.Selection(related="criterion_id.kind")
    weight = fields.Float(related="criterion_id.weight")
    guidance = fields.Text(related="criterion_id.guidance")
    points = fields.Integer("Score 1–10", help="0: not scored yet.")
    answer = fields.Selection([("yes", "Yes (10)"), ("no", "No (0)")])
    note = fields.Char("Why")

    def _get_score(self):
        """What was entered, None for nothing."""
        self.ensure_one()
        # sudo: who is asked need not be a member of the budget, whose criteria these are
        if self.sudo().criterion_id.kind == "yes_no":
            return {"yes": 10, "no": 0}.get(self.answer)
        return self.points or None
