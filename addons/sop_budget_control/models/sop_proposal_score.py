# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from odoo import api, fields, models
from odoo.exceptions import UserError

# Proof that a score is replaced by a new one of the same person
SCORE_TOKEN = object()


class SopProposalScore(models.Model):
    """What somebody gave a proposal for one criterion. Only ever grows."""

    _name = "sop.proposal.score"
    _inherit = "sop.system.mixin"
    _description = "Score of a Proposal"
    _order = "proposal_id, criterion_id, date desc, id desc"

    proposal_id = fields.Many2one(
        "sop.proposal", required=True, index=True, ondelete="cascade"
    )
    company_id = fields.Many2one(related="proposal_id.company_id", store=True)
    criterion_id = fields.Many2one(
        "sop.appraisal.criterion", required=True, index=True, ondelete="restrict"
    )
    score = fields.Integer(required=True, aggregator="avg")
    note = fields.Text("Why")
    user_id = fields.Many2one(
        "res.users", "By", required=True, index=True, ondelete="restrict"
    )
    date = fields.Datetime("On", required=True)
    replaced = fields.Boolean(help="The same person has given another score since.")

    _current_uniq = models.UniqueIndex(
        "(proposal_id, criterion_id, user_id) WHERE replaced IS NOT TRUE",
        "You are scoring this proposal twice at the same moment: try again.",
    )

    @api.depends("proposal_id", "criterion_id", "score")
    def _compute_display_name(self):
        for row in self:
            row.display_name = (
                f"{row.proposal_id.display_name}, {row.criterion_id.name}: {row.score}"
            )

    def write(self, vals):
        # Also for the superuser: history that can be changed is none
        if self.env.context.get("sop_score_token") is not SCORE_TOKEN:
            raise UserError(
                self.env._("A score stays as it was given: give another one instead.")
            )
        return super().write(vals)

    @api.ondelete(at_uninstall=False)
    def _unlink_never(self):
        raise UserError(
            self.env._("Scores are kept: give another one instead of deleting it.")
        )

    def _replace(self):
        self.with_context(sop_score_token=SCORE_TOKEN).write({"replaced": True})
        # Before the new ones are there, of which there is one each
        self.flush_recordset(["replaced"])
