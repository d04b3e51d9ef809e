# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from odoo import fields, models

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
