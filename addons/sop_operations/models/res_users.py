# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from werkzeug.urls import url_encode

from odoo import fields, models
from odoo.tools import hmac

OWN_FIELDS = ["sop_digest_daily", "sop_digest_weekly"]


class ResUsers(models.Model):
    _inherit = "res.users"

    sop_digest_daily = fields.Boolean(
        "Daily Digest of Operations",
        help="A mail in the morning with what happened the day before. None when nothing did.",
    )
    sop_digest_weekly = fields.Boolean(
        "Weekly Digest of Operations",
        help="A mail on Mondays with what happened in the week. None when nothing did.",
    )
    sop_digest_daily_until = fields.Date(
        copy=False,
        readonly=True,
        groups="base.group_system",
        help="Last day that a daily digest told of.",
    )
    sop_digest_weekly_until = fields.Date(
        copy=False,
        readonly=True,
        groups="base.group_system",
        help="Last day that a weekly digest told of.",
    )

    @property
    def SELF_READABLE_FIELDS(self):
        return super().SELF_READABLE_FIELDS + OWN_FIELDS

    @property
    def SELF_WRITEABLE_FIELDS(self):
        return super().SELF_WRITEABLE_FIELDS + OWN_FIELDS

    def _get_digest_token(self, kind):
        """Proof that a link comes from a digest that was sent to the user."""
        self.ensure_one()
        return hmac(self.env(su=True), "sop-digest-unsubscribe", (self.id, kind))

    def _get_digest_url(self, kind, *, oneclick=False):
        """Where the user leaves a digest: a page, or what mail programs post to."""
        query = url_encode({"token": self._get_digest_token(kind)})
        page = f"/sop_operations/digest/{kind}/{self.id}/unsubscribe"
        suffix = "_oneclick" if oneclick else ""
        return f"{self.get_base_url()}{page}{suffix}?{query}"
