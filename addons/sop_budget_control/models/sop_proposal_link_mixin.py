# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from odoo import api, fields, models
from odoo.exceptions import UserError

from .sop_proposal_token import has_token

LINK = "sop_proposal_line_id"


class SopProposalLinkMixin(models.AbstractModel):
    """A line of a document that takes over what a proposal has reserved.

    Nobody takes over a reservation that they may not see or that isn't granted. And what is
    taken over for good (ordered, posted) stays so: a link that could be taken away again
    would give the reservation back, to be spent a second time.
    """

    _name = "sop.proposal.link.mixin"
    _inherit = "sop.guarded.mixin"
    _description = "Line That Spends a Proposal"

    sop_proposal_line_id = fields.Many2one(
        "sop.proposal.line",
        "Proposal",
        index="btree_not_null",
        ondelete="set null",
        copy=False,
        check_company=True,
        help="The approved proposal that this line spends: its reservation is released by as "
        "much.",
    )

    def _get_sop_link_fields(self):
        """Fields that say which proposal is spent."""
        return {LINK}

    def _get_sop_spent(self):
        """``{line: proposal line}`` of those whose link is final."""
        raise NotImplementedError

    @api.model
    def _get_guarded_fields(self):
        return super()._get_guarded_fields() | {LINK}

    @api.model_create_multi
    def create(self, vals_list):
        if not has_token(self.env):
            self.env["sop.proposal.line"]._check_linkable(vals_list)
        return super().create(vals_list)

    def write(self, vals):
        if has_token(self.env) or not self._get_sop_link_fields() & set(vals):
            return super().write(vals)
        self.env["sop.proposal.line"]._check_linkable([vals])
        spent = self._get_sop_spent()
        result = super().write(vals)
        now = self._get_sop_spent()
        for line, claim in spent.items():
            if now.get(line) != claim:
                raise UserError(
                    self.env._(
                        "“%(line)s” is ordered or posted for %(proposal)s, which stays so: the "
                        "money would be reserved, and spent, a second time. Cancel the order or "
                        "set the bill back to draft first.",
                        line=line.display_name,
                        # sudo: the number tells the buyer what it is about
                        proposal=claim.sudo().proposal_id.number,
                    )
                )
        return result
