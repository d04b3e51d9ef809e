# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from odoo import api, fields, models


class SopActionOriginMixin(models.AbstractModel):
    """What gives people something to do: its ``action_ids`` become activities on it.

    To be inherited before ``mail.thread``, whose followers have to be there first.
    """

    _name = "sop.action.origin.mixin"
    _description = "Origin of Action Items"

    action_count = fields.Integer("Actions to Do", compute="_compute_action_count")
    action_done_count = fields.Integer("Done", compute="_compute_action_count")

    @api.depends("action_ids.is_done")
    def _compute_action_count(self):
        for origin in self:
            origin.action_count = len(origin.action_ids)
            origin.action_done_count = len(origin.action_ids.filtered("is_done"))

    @api.model_create_multi
    def create(self, vals_list):
        later = self.with_context(sop_schedule_later=True)
        origins = super(SopActionOriginMixin, later).create(vals_list)
        origins = origins.with_env(self.env)
        origins.action_ids._schedule()
        return origins

    def _get_action_authors(self):
        """Who may change what was agreed here."""
        return self.user_id
