# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from odoo import models


class SopBudgetPartMixin(models.AbstractModel):
    _inherit = "sop.budget.part.mixin"

    def _filter_readers(self, recipients):
        """Followers stay followers when their role ends: nothing is sent to them any more."""
        self.ensure_one()
        users = self.env["res.users"].browse(
            recipient["uid"] for recipient in recipients if recipient.get("uid")
        )
        # One by one, each with their own rules: a message has a handful of recipients
        strangers = {user.id for user in users if not self._is_shown_to(user)}
        return [r for r in recipients if r.get("uid") not in strangers]

    def _is_shown_to(self, user):
        # In all of their companies: those of the sender may be none of theirs
        companies = user.sudo().company_ids
        record = self.with_user(user).with_context(allowed_company_ids=companies.ids)
        return record._shows_history()

    def _filter_assigned(self, values):
        """Whoever is made responsible for what they may not see is not told its name."""
        user = self.env["res.users"].browse(values.get("user_id") or [])
        if not user or user == self.env.user:
            return self
        return self.filtered(lambda record: record._is_shown_to(user))

    def _shows_history(self):
        """Whether the reader may follow what is written about the record."""
        return self.has_access("read")


class SopBudget(models.Model):
    _inherit = "sop.budget"

    def _notify_get_recipients(self, message, msg_vals=False, **kwargs):
        return self._filter_readers(
            super()._notify_get_recipients(message, msg_vals, **kwargs)
        )


class SopBudgetCategory(models.Model):
    _inherit = "sop.budget.category"

    def _notify_get_recipients(self, message, msg_vals=False, **kwargs):
        return self._filter_readers(
            super()._notify_get_recipients(message, msg_vals, **kwargs)
        )

    def _message_auto_subscribe(self, updated_values, followers_existing_policy="skip"):
        shown = self._filter_assigned(updated_values)
        return super(SopBudgetCategory, shown)._message_auto_subscribe(
            updated_values, followers_existing_policy
        )
