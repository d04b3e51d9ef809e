# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from odoo import models


class MailActivity(models.Model):
    _inherit = "mail.activity"

    def _action_done(self, feedback=False, attachment_ids=None):
        result = super()._action_done(feedback=feedback, attachment_ids=attachment_ids)
        # sudo: whoever may finish the activity has done what it stands for
        items = self.env["sop.action.item"].sudo()
        items = items.search([("activity_id", "in", self.ids), ("is_done", "=", False)])
        if items:
            items.is_done = True
        return result
