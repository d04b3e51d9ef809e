# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from markupsafe import Markup

from odoo import api, fields, models
from odoo.exceptions import UserError

CHANGES = [
    ("created", "Created"),
    ("changed", "Changed"),
    ("deleted", "Deleted"),
]


class SopBudgetPolicyLog(models.Model):
    """Who changed which policy and how. Only ever grows."""

    _name = "sop.budget.policy.log"
    _inherit = "sop.system.mixin"
    _description = "Change of a Control Policy"
    _order = "id desc"

    budget_id = fields.Many2one(
        "sop.budget", required=True, index=True, ondelete="cascade"
    )
    company_id = fields.Many2one(related="budget_id.company_id", store=True)
    category_id = fields.Many2one(
        "sop.budget.category", index="btree_not_null", ondelete="set null"
    )
    policy_ref = fields.Integer("Policy", help="Kept when the policy is gone.")
    name = fields.Char("What", required=True)
    change = fields.Selection(CHANGES, required=True)
    detail = fields.Text()
    user_id = fields.Many2one("res.users", required=True, ondelete="restrict")

    def write(self, vals):  # pylint: disable=method-required-super
        # Also for the superuser: history that can be changed is none
        raise UserError(self.env._("The log of policies can't be changed."))

    @api.ondelete(at_uninstall=False)
    def _unlink_never(self):
        raise UserError(self.env._("The log of policies can't be deleted."))

    def _post_to_budget(self):
        """Tell it in the history of the budget, unless that would tell of what is hidden."""
        self.ensure_one()
        changes = dict(self._fields["change"]._description_selection(self.env))
        if self.category_id.visibility_effective in ("planner", "manager"):
            body = self.env._("A control policy was changed.")
        else:
            body = Markup("%s: %s<br/>%s") % (
                self.env._("Control policy"),
                f"{self.name} ({changes[self.change].lower()})",
                Markup("<br/>").join(self.detail.split("\n")),
            )
        self.budget_id.message_post(body=body)
