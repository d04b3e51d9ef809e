# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from odoo import models


class SopApprovalMixin(models.AbstractModel):
    _name = "sop.approval.mixin"
    _description = "Approval"

    def _start_approval(self):
        self._on_approval_started()

    def _cancel_approval(self):
        pass

    def action_approve(self, comment=None):
        self._on_approved()
