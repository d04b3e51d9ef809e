# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from odoo import api, fields, models
from odoo.exceptions import UserError

from odoo.addons.sop_budget_control.models.sop_proposal import STATES


class SopOperationNeed(models.Model):
    _inherit = "sop.operation.need"

    category_id = fields.Many2one(
        "sop.budget.category",
        "Ask Of",
        index="btree_not_null",
        ondelete="set null",
        check_company=True,
        domain="[('company_id', '=', company_id), ('is_leaf', '=', True),"
        " ('kind', 'in', ('expense', 'capital')), ('budget_state', '=', 'approved'),"
        " ('may_propose', '=', True)]",
        groups="sop_budget.group_sop_budget_user",
        help="The category that is to pay for it.",
    )
    proposal_line_id = fields.Many2one(
        "sop.proposal.line",
        index="btree_not_null",
        ondelete="set null",
        readonly=True,
        copy=False,
        groups="sop_budget.group_sop_budget_user",
    )
    proposal_state = fields.Selection(
        STATES,
        "Proposal",
        compute="_compute_proposal_state",
        compute_sudo=True,
        help="How far the proposal for it is; empty: nobody has asked for the money yet.",
    )

    # sudo: how far it is, is for all who read the need; amounts and categories are not shown
    @api.depends("proposal_line_id.proposal_id.state")
    def _compute_proposal_state(self):
        for need in self:
            need.proposal_state = need.proposal_line_id.proposal_id.state

    @api.model
    def _get_system_fields(self):
        # EXTENDS sop_budget
        return super()._get_system_fields() | {"proposal_line_id"}

    @api.model_create_multi
    def create(self, vals_list):
        self._check_category_readable(vals_list)
        # No default of a context takes the place of what the system keeps
        return super(
            SopOperationNeed, self.with_context(default_proposal_line_id=False)
        ).create(vals_list)

    def write(self, vals):
        self._check_category_readable([vals])
        return super().write(vals)

    @api.model
    def _check_category_readable(self, vals_list):
        """A need would show the name of the category to who reads it next."""
        ids = {vals["category_id"] for vals in vals_list if vals.get("category_id")}
        categories = self.env["sop.budget.category"].browse(ids)
        categories.check_access("read")
        for category in categories:
            if category.visibility_effective != "all":
                raise UserError(
                    self.env._(
                        "“%(category)s” is hidden from some of those who read the needs of the "
                        "operation: ask for its money in a proposal instead.",
                        category=category.display_name,
                    )
                )
