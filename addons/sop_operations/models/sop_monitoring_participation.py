# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from odoo import api, fields, models


class SopMonitoringParticipation(models.Model):
    """How many people of one age group took part: numbers, never names."""

    _name = "sop.monitoring.participation"
    _description = "Participation Seen on a Visit"
    _inherit = "sop.monitoring.part.mixin"
    _order = "visit_id, age_group, id"
    _rec_name = "age_group"

    age_group = fields.Selection(
        [
            ("1_child", "Under 18"),
            ("2_youth", "18 to 29"),
            ("3_adult", "30 to 59"),
            ("4_older", "60 and Over"),
            ("5_unknown", "Age Not Stated"),
        ],
        required=True,
        default="5_unknown",
    )
    women = fields.Integer("Women and Girls")
    men = fields.Integer("Men and Boys")
    unstated = fields.Integer(
        "Other or Not Stated", help="Another sex, or it was not asked."
    )
    total = fields.Integer(compute="_compute_total", store=True)

    _age_group_once = models.UniqueIndex(
        "(visit_id, age_group)", "Each age group has one line on a visit."
    )
    _counts_positive = models.Constraint(
        "CHECK (women >= 0 AND men >= 0 AND unstated >= 0)",
        "A number of people can't be below zero.",
    )

    @api.depends("women", "men", "unstated")
    def _compute_total(self):
        for line in self:
            line.total = line.women + line.men + line.unstated
