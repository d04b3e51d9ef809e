# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from odoo import api, fields, models
from odoo.exceptions import AccessError

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

    @api.model
    def _get_names(self) -> list[str]:
        """Fields of the company that are set here. To be extended by super()."""
        return ["sop_funding_check", "sop_operations_expected"]

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
        # sudo: only these settings, of a company of the user, by who may set them
        self.company_id.sudo().write({name: self[name] for name in self._get_names()})
        return {"type": "ir.actions.act_window_close"}
