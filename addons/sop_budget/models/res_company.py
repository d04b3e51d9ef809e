# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from datetime import UTC
from zoneinfo import ZoneInfo

from odoo import api, fields, models, tools
from odoo.fields import Domain

ACCOUNT_FIELDS = {"expense_account_id", "income_account_id"}


class ResCompany(models.Model):
    _inherit = "res.company"

    def write(self, vals):
        result = super().write(vals)
        if ACCOUNT_FIELDS & vals.keys():
            self.env["sop.budget"]._refresh_commitment_accounts(
                Domain("company_id", "in", self.ids)
            )
        if "resource_calendar_id" in vals:
            self.env.registry.clear_cache()
        return result

    # === WHICH DAY IT IS === #
    # By the working hours of the company: the timezone that a client names can be made up

    @api.model
    @tools.ormcache()
    def _get_sop_timezones(self):
        """``{company id: timezone}``; kept in memory, because record rules ask for it."""
        # sudo: rules of every user need it, whatever they may know of companies
        every = self.sudo().with_context(active_test=False)
        companies = every.search([])  # pylint: disable=no-search-all
        return {c.id: c.resource_calendar_id.tz or "UTC" for c in companies}

    @api.model
    def _get_sop_todays(self):
        """``{company id: the day it is there now}``."""
        now = fields.Datetime.now().replace(tzinfo=UTC)
        zones = self._get_sop_timezones()
        days = {
            zone: now.astimezone(ZoneInfo(zone)).date() for zone in {*zones.values()}
        }
        return {company_id: days[zone] for company_id, zone in zones.items()}
