# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from odoo import api, fields, models

STATES = [
    ("planned", "Planned"),
    ("in_progress", "In Progress"),
    ("completed", "Completed"),
    ("cancelled", "Cancelled"),
]
HEALTHS = [
    ("on_track", "On Track"),
    ("at_risk", "At Risk"),
    ("off_track", "Off Track"),
]


class SopOperation(models.Model):
    """What the money is to achieve: a node of the operations plan."""

    _name = "sop.operation"
    _description = "Operation"
    _inherit = ["mail.thread", "mail.activity.mixin"]
    _parent_store = True
    _order = "sequence, code, id"
    _rec_names_search = ["code", "name"]
    _check_company_auto = True
    _mail_post_access = "read"

    # === What it is === #
    name = fields.Char(required=True, tracking=True, translate=False)
    code = fields.Char(size=10, tracking=True, help="Short, such as OP-O1-Q2.")
    active = fields.Boolean(default=True)
    company_id = fields.Many2one(
        "res.company", required=True, index=True, default=lambda self: self.env.company
    )
    currency_id = fields.Many2one(related="company_id.currency_id")
    description = fields.Html()
    hypothesis = fields.Text(help="We believe that … will result in …")
    parent_id = fields.Many2one(
        "sop.operation", index=True, ondelete="restrict", check_company=True
    )
    parent_path = fields.Char(index=True)
    child_ids = fields.One2many("sop.operation", "parent_id")
    sequence = fields.Integer(default=10)
    color = fields.Integer()
    tag_ids = fields.Many2many("sop.operation.tag")

    # === Who and when === #
    user_id = fields.Many2one(
        "res.users",
        "In Charge",
        index="btree_not_null",
        tracking=True,
        default=lambda self: self.env.user,
        domain="[('share', '=', False)]",
    )
    member_ids = fields.Many2many(
        "res.users",
        "sop_operation_member_rel",
        string="Involved",
        domain="[('share', '=', False)]",
    )
    date_start = fields.Date("Start", tracking=True)
    date_end = fields.Date("End", tracking=True)
    is_ongoing = fields.Boolean("Ongoing", help="Has no end.")

    # === How it stands === #
    state = fields.Selection(
        STATES, default="planned", required=True, tracking=True, index=True
    )
    health = fields.Selection(HEALTHS, readonly=True, index=True)

    # === What belongs to it === #
    analytic_account_id = fields.Many2one(
        "account.analytic.account",
        index="btree_not_null",
        ondelete="restrict",
        check_company=True,
        help="Bills and orders that carry it are the exact spending of the operation.",
    )
    funding_ids = fields.One2many("sop.operation.funding", "operation_id")
    kpi_ids = fields.One2many("sop.kpi", "operation_id")
    milestone_ids = fields.One2many("sop.milestone", "operation_id")
    update_ids = fields.One2many("sop.operation.update", "operation_id")
    experiment_ids = fields.One2many("sop.experiment", "operation_id")

    @api.depends("code", "name")
    def _compute_display_name(self):
        for operation in self:
            operation.display_name = " ".join(
                filter(None, (operation.code, operation.name))
            )
