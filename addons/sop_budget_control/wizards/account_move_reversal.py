# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from odoo import models

from ..models.sop_proposal_token import KEPT_LINKS, KeptLinks


class AccountMoveReversal(models.TransientModel):
    _inherit = "account.move.reversal"

    def reverse_moves(self, is_modify=False):
        # EXTENDS account: the bill that replaces a reversed one spends what that one spent,
        # whoever may reverse it
        # sudo: which proposals those are is no secret to the entry itself
        kept = self.sudo().move_ids.line_ids.sop_proposal_line_id.ids
        wizard = self.with_context(**{KEPT_LINKS: KeptLinks(kept)})
        return super(AccountMoveReversal, wizard).reverse_moves(is_modify)
