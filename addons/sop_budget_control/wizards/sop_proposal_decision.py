# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from odoo import fields, models


class SopProposalDecision(models.TransientModel):
    """Why a proposal is taken back, cancelled, or its rest freed."""

    _name = "sop.proposal.decision"
    _description = "Give Up a Proposal"
    _inherit = ["sop.wizard.mixin"]

    kind = fields.Selection(
        [
            ("withdraw", "Withdraw"),
            ("cancel", "Cancel"),
            ("free", "Free the Rest"),
        ],
        required=True,
    )
    proposal_id = fields.Many2one(
        "sop.proposal",
        required=True,
        ondelete="cascade",
        default=lambda self: self.env.context.get("active_id"),
    )
    currency_id = fields.Many2one(related="proposal_id.currency_id")
    amount_reserved = fields.Monetary(related="proposal_id.amount_reserved")
    comment = fields.Text(help="Kept in the history of the proposal.")

    def action_confirm(self):
        self.ensure_one()
        actions = {
            "withdraw": self.proposal_id.action_withdraw,
            "cancel": self.proposal_id.action_cancel,
            "free": self.proposal_id.action_free_rest,
        }
        actions[self.kind](self.comment)
        return {"type": "ir.actions.act_window_close"}
