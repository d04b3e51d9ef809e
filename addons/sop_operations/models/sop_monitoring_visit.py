# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from odoo import api, fields, models


class SopMonitoringVisit(models.Model):
    """Somebody goes and looks: what is there, who came, what is wrong, what to do."""

    _name = "sop.monitoring.visit"
    _description = "Monitoring Visit"
    _inherit = "sop.assessment.mixin"
    _check_company_auto = True

    type = fields.Selection(
        [
            ("routine", "Routine"),
            ("spot", "Spot Check"),
            ("special", "Special"),
            ("follow_up", "Follow-up"),
        ],
        default="routine",
        required=True,
        index=True,
        tracking=True,
        help="Routine: by plan. Spot check: unannounced. Special: for a reason. Follow-up: "
        "whether what an earlier visit recommended is done.",
    )
    place = fields.Char(help="Where, such as a district, a school or a venue.")
    participation_ids = fields.One2many(
        "sop.monitoring.participation", "visit_id", "Participation", copy=False
    )
    women_count = fields.Integer(
        "Women", compute="_compute_participants", store=True, compute_sudo=True
    )
    men_count = fields.Integer(
        "Men", compute="_compute_participants", store=True, compute_sudo=True
    )
    participant_count = fields.Integer(
        "Participants", compute="_compute_participants", store=True, compute_sudo=True
    )
    issue_ids = fields.One2many(
        "sop.monitoring.issue", "visit_id", "Issues", copy=False
    )
    issue_open_count = fields.Integer(
        "Open Issues", compute="_compute_issue_open_count", store=True
    )
    action_ids = fields.One2many("sop.action.item", "visit_id", "Recommendations")

    def _propose_name(self):
        return self.env._(
            "Visit: %(operation)s", operation=self.operation_id.display_name
        )

    @api.depends(
        "participation_ids.women", "participation_ids.men", "participation_ids.total"
    )
    def _compute_participants(self):
        for visit in self:
            lines = visit.participation_ids
            visit.women_count = sum(lines.mapped("women"))
            visit.men_count = sum(lines.mapped("men"))
            visit.participant_count = sum(lines.mapped("total"))

    @api.depends("issue_ids.is_solved")
    def _compute_issue_open_count(self):
        for visit in self:
            visit.issue_open_count = len(
                visit.issue_ids.filtered(lambda issue: not issue.is_solved)
            )

    @api.model
    def _get_found_fields(self):
        return super()._get_found_fields() | {"type", "place", "participation_ids"}
