# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from odoo import models
from odoo.exceptions import AccessError

# What a reader may do to a log: keep it as a favourite, react to it, tick it off
OWN_MARKS = {
    "starred_partner_ids",
    "notification_ids",
    "notified_partner_ids",
    "reaction_ids",
    "pinned_at",
}


class MailMessage(models.Model):
    _inherit = "mail.message"

    def write(self, vals):
        if set(vals) - OWN_MARKS:
            self._check_not_sop_log()
        return super().write(vals)

    def unlink(self):
        self._check_not_sop_log()
        return super().unlink()

    def _check_not_sop_log(self):
        """What the system logged about budgets stays as it is; comments are their authors'."""
        # The ORM lets whoever may write a record rewrite its messages, by RPC at least
        if self.env.su:
            return
        # sudo: what may be read of a message is checked by what is done with it
        for message in self.sudo():
            if message.message_type == "comment" or not message.model:
                continue
            if message.model.startswith("sop."):
                raise AccessError(
                    self.env._(
                        "The history of a budget can't be changed or deleted. Add a comment to "
                        "put something right."
                    )
                )
