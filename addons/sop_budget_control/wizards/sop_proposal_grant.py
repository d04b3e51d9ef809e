# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Command


class SopProposalGrant(models.TransientModel):
    """Asks how much is approved and on what condition; who may is checked on confirmation."""

    _name = "sop.proposal.grant"
    _description = "Approve in Part"
    _inherit = ["sop.wizard.mixin"]

    proposal_id = fields.Many2one("sop.proposal", required=True, ondelete="cascade")
    currency_id = fields.Many2one(related="proposal_id.currency_id")
    line_ids = fields.One2many(
        "sop.proposal.grant.line",
        "grant_id",
        compute="_compute_line_ids",
        store=True,
        readonly=False,
    )
    condition = fields.Text(
        help="Shown on the proposal and on the orders and bills that are made of it."
    )
    comment = fields.Text(help="Kept in the trail of the proposal.")

    @api.depends("proposal_id")
    def _compute_line_ids(self):
        for wizard in self:
            wizard.line_ids = [
                Command.clear(),
                *(
                    Command.create({"line_id": line.id, "amount": line.granted_amount})
                    for line in wizard.proposal_id.line_ids
                ),
            ]

    def action_confirm(self):
        self.ensure_one()
        self.proposal_id._decide(
            "approved",
            self.comment,
            terms={
                "amounts": {line.line_id.id: line.amount for line in self.line_ids},
                "condition": self.condition,
            },
        )
        return {"type": "ir.actions.act_window_close"}


class SopProposalGrantLine(models.TransientModel):
    _name = "sop.proposal.grant.line"
    _description = "Part of a Proposal to Approve"

    grant_id = fields.Many2one(
        "sop.proposal.grant", required=True, ondelete="cascade", index=True
    )
    line_id = fields.Many2one(
        "sop.proposal.line", required=True, readonly=True, ondelete="cascade"
    )
    currency_id = fields.Many2one(related="line_id.company_currency_id")
    category_id = fields.Many2one(related="line_id.category_id")
    name = fields.Char(related="line_id.name")
    amount_requested = fields.Monetary(related="line_id.amount_company")
    amount_before = fields.Monetary(
        "So Far",
        related="line_id.granted_amount",
        help="What the approvers before you left of it.",
    )
    amount = fields.Monetary("Approve")

    @api.constrains("line_id")
    def _check_line(self):
        for line in self:
            if line.line_id.proposal_id != line.grant_id.proposal_id:
                raise UserError(
                    self.env._(
                        "“%(line)s” belongs to another proposal.",
                        line=line.line_id.name,
                    )
                )
