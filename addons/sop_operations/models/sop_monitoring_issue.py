# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from odoo import api, fields, models


class SopMonitoringIssue(models.Model):
    """What was wrong on a visit, and how serious that is."""

    _name = "sop.monitoring.issue"
    _description = "Issue Seen on a Visit"
    _inherit = "sop.monitoring.part.mixin"
    _order = "is_solved, severity desc, id"

    name = fields.Char("Issue", required=True)
    severity = fields.Selection(
        [("1", "Low"), ("2", "Medium"), ("3", "High"), ("4", "Critical")],
        required=True,
        default="2",
    )
    note = fields.Char(help="What it leads to, and what was said about it.")
    is_solved = fields.Boolean("Solved")

    @api.model
    def _get_later_fields(self):
        # Issues are solved after the visit
        return super()._get_later_fields() | {"is_solved"}
