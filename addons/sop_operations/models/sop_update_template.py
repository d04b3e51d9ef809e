# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from odoo import fields, models

from .sop_operation_update import TYPES


class SopUpdateTemplate(models.Model):
    """Headings that an update starts with: a stand-up, the notes of a meeting."""

    _name = "sop.update.template"
    _description = "Template of Updates"
    _order = "sequence, name, id"

    name = fields.Char(required=True, translate=True)
    active = fields.Boolean(default=True)
    sequence = fields.Integer(default=10)
    type = fields.Selection(TYPES, default="general", required=True)
    title = fields.Char(
        translate=True, help="Title of the update; the day is put behind it."
    )
    body = fields.Html("Text", translate=True)
    user_id = fields.Many2one(
        "res.users",
        "Only For",
        index="btree_not_null",
        default=lambda self: self.env.user,
        domain="[('share', '=', False)]",
        help="Empty: everybody can use it.",
    )
    company_id = fields.Many2one(
        "res.company", index=True, help="Empty: in all companies."
    )
