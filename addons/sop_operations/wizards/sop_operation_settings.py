# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from odoo import api, fields, models
from odoo.exceptions import AccessError

from ..models.res_company import WEIGHT_FIELDS

ADMIN = "sop_operations.group_sop_operations_admin"


class SopOperationSettings(models.TransientModel):
    """Settings of Operations for their administrators, who need not be those of Odoo.

    The settings page of Odoo shows the same to the administrators of Odoo.
    """

    _name = "sop.operation.settings"
    _description = "Settings of Operations"

    company_id = fields.Many2one(
        "res.company",
        required=True,
        readonly=True,
        default=lambda self: self.env.company,
        ondelete="cascade",
    )
    sop_funding_check = fields.Selection(
        selection=lambda self: self.env["res.company"]
        ._fields["sop_funding_check"]
        ._description_selection(self.env),
        string="More Allocated than Planned",
        required=True,
        default=lambda self: self.env.company.sop_funding_check,
        help="What happens when operations get more of a category than it plans.",
    )
    sop_operations_expected = fields.Boolean(
        "Every Category Has an Operation",
        default=lambda self: self.env.company.sop_operations_expected,
        help="Contradictions, and the list of categories, show those of spending without an "
        "operation; nothing is blocked.",
    )
    sop_profit_tax = fields.Float(
        "Tax on Profit (%)",
        digits=(5, 2),
        default=lambda self: self.env.company.sop_profit_tax,
        help="What NOPAT and ROIC take off the operating result. 0: profit isn't taxed.",
    )

    sop_purpose_by = fields.Selection(
        selection=lambda self: self.env["res.company"]
        ._fields["sop_purpose_by"]
        ._description_selection(self.env),
        string="Spending by Purpose",
        required=True,
        default=lambda self: self.env.company.sop_purpose_by,
        help="Readers of an operation see what it spent for each purpose. Set by budget "
        "controllers and people with accounting rights.",
    )
    sop_purpose_plan_id = fields.Many2one(
        "account.analytic.plan",
        "Plan of Purposes",
        domain=[("parent_id", "=", False)],
        default=lambda self: self.env.company.sop_purpose_plan_id,
        help="Its accounts are the purposes, such as marketing, venue, prizes.",
    )
    sop_alignment_indicators = fields.Integer(
        "KPIs with a target",
        default=lambda self: self.env.company.sop_alignment_indicators,
        help="All of it, when a KPI of the operation has a target.",
    )
    sop_alignment_sdg = fields.Integer(
        "Sustainable Development Goal",
        default=lambda self: self.env.company.sop_alignment_sdg,
        help="All of it, when the operation names one.",
    )
    sop_alignment_pillar = fields.Integer(
        "Governance pillar",
        default=lambda self: self.env.company.sop_alignment_pillar,
        help="All of it, when the operation names one.",
    )
    sop_alignment_group = fields.Integer(
        "Places for target groups",
        default=lambda self: self.env.company.sop_alignment_group,
        help="In the share of the places that are for target groups.",
    )
    sop_alignment_policy = fields.Integer(
        "Policy",
        default=lambda self: self.env.company.sop_alignment_policy,
        help="All of it, when the operation names one.",
    )

    @api.model
    def _get_names(self) -> list[str]:
        """Fields of the company that are set here. To be extended by super()."""
        return [
            "sop_funding_check",
            "sop_operations_expected",
            "sop_purpose_by",
            "sop_purpose_plan_id",
            "sop_profit_tax",
            *WEIGHT_FIELDS.values(),
        ]

    def action_apply(self):
        self.ensure_one()
        if not self.env.user.has_group(ADMIN):
            raise AccessError(
                self.env._("Only administrators of Operations change its settings.")
            )
        if self.company_id not in self.env.companies:
            raise AccessError(
                self.env._("Choose the company first, then open its settings.")
            )
        self._check_purposes()
        # sudo: only these settings, of a company of the user, by who may set them
        self.company_id.sudo().write({name: self[name] for name in self._get_names()})
        return {"type": "ir.actions.act_window_close"}

    def _check_purposes(self):
        """Whoever reads an operation reads its spending by purpose from then on."""
        # sudo: a plan is compared, whoever may read it
        old, new = self.company_id.sudo(), self.sudo()
        names = ("sop_purpose_by", "sop_purpose_plan_id")
        if any(old[name] != new[name] for name in names) and not (
            self.env["sop.budget"]._may_read_books()
        ):
            raise AccessError(
                self.env._(
                    "Only budget controllers and people with accounting rights choose what "
                    "readers of operations see of the books: ask one of them."
                )
            )
