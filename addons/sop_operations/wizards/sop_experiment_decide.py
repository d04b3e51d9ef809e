# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from odoo import api, fields, models

from ..models.sop_experiment import DECISIONS


class SopExperimentDecide(models.TransientModel):
    """Take the decision on an experiment, beside what its rule proposes."""

    _name = "sop.experiment.decide"
    _description = "Decide on an Experiment"
    _inherit = ["sop.wizard.mixin"]

    experiment_id = fields.Many2one("sop.experiment", required=True, ondelete="cascade")
    result_words = fields.Text(related="experiment_id.result_words")
    proposal_words = fields.Text(related="experiment_id.proposal_words")
    warning_words = fields.Text(related="experiment_id.warning_words")
    decision = fields.Selection(
        DECISIONS,
        compute="_compute_decision",
        store=True,
        readonly=False,
        help="What the rule proposes, unless you have a better reason.",
    )
    reason = fields.Text(
        required=True, help="Kept with the decision and the figures as of now."
    )

    @api.depends("experiment_id")
    def _compute_decision(self):
        for wizard in self:
            proposal = wizard.experiment_id.proposal
            wizard.decision = proposal if proposal in dict(DECISIONS) else False

    def action_decide(self):
        self.ensure_one()
        self.experiment_id._decide(self.decision, self.reason)
        return {"type": "ir.actions.act_window_close"}
