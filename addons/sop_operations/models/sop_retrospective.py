# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from odoo import api, fields, models
from odoo.tools import is_html_empty

#: What the insight of a retrospective says.
TOLD_FIELDS = {"name", "insight", "operation_id", "date"}


class SopRetrospective(models.Model):
    """What is learnt from an operation: what went well, what to improve, who does what."""

    _name = "sop.retrospective"
    _description = "Retrospective"
    _inherit = [
        "sop.action.origin.mixin",
        "mail.thread",
        "mail.activity.mixin",
        "sop.operation.part.mixin",
    ]
    _order = "date desc, id desc"
    _check_company_auto = True
    _mail_post_access = "read"

    name = fields.Char(
        "Title",
        compute="_compute_name",
        store=True,
        readonly=False,
        precompute=True,
        required=True,
    )
    operation_id = fields.Many2one(
        "sop.operation", required=True, index=True, ondelete="cascade"
    )
    company_id = fields.Many2one(
        related="operation_id.company_id", store=True, index=True, precompute=True
    )
    date = fields.Date(required=True, default=fields.Date.context_today, tracking=True)
    user_id = fields.Many2one(
        "res.users",
        "Led By",
        default=lambda self: self.env.user,
        domain="[('share', '=', False)]",
        tracking=True,
    )
    participant_ids = fields.Many2many(
        "res.users",
        "sop_retrospective_participant_rel",
        string="Took Part",
        domain="[('share', '=', False)]",
    )
    went_well = fields.Html()
    improve = fields.Html("To Improve")
    insight = fields.Html("What We Learnt")
    action_ids = fields.One2many("sop.action.item", "retrospective_id", "Actions")

    @api.depends("operation_id")
    def _compute_name(self):
        for retrospective in self:
            if not retrospective.name and retrospective.operation_id:
                retrospective.name = self.env._(
                    "Retrospective: %(operation)s",
                    operation=retrospective.operation_id.display_name,
                )

    @api.model_create_multi
    def create(self, vals_list):
        retrospectives = super().create(vals_list)
        retrospectives._tell_insight()
        return retrospectives

    def write(self, vals):
        result = super().write(vals)
        self._check_moved(vals)
        if TOLD_FIELDS & set(vals):
            self._tell_insight()
        return result

    def _tell_insight(self):
        """What was learnt is an insight of the operation, found with all others."""
        # sudo: the system keeps the two alike; who may write one may not write all updates
        Update = self.env["sop.operation.update"].sudo()
        told = Update.search([("retrospective_id", "in", self.ids)])
        by_origin = told.grouped("retrospective_id")
        for retrospective in self:
            insight = by_origin.get(retrospective.sudo(), Update)
            vals = {
                "name": retrospective.name,
                "body": retrospective.insight,
                "operation_id": retrospective.operation_id.id,
                "date": retrospective.date,
            }
            if is_html_empty(retrospective.insight):
                insight.unlink()
            elif insight:
                insight.write(vals)
            else:
                Update.create(
                    {
                        **vals,
                        "type": "insight",
                        "visibility": "operation",
                        "user_id": self.env.uid,
                        "retrospective_id": retrospective.id,
                    }
                )
