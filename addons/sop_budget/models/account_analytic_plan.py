# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from odoo import api, models


class AccountAnalyticPlan(models.Model):
    _inherit = "account.analytic.plan"

    @api.model
    @api.private
    def _find_or_create_for(self, key, name):
        """The usual plan for some purpose, made when it is first asked for.

        Kept as a parameter, as Odoo keeps its own plan of projects: a name is another one in
        another language, and a record of the module would go with it, accounts and all.

        :param key: name of the parameter
        :param name: of the plan, in the language of the user; one that has it is taken over
        """
        # sudo: a plan is a setting of accounting; whoever asks gets the usual one, no more
        plans, parameters = self.sudo(), self.env["ir.config_parameter"].sudo()
        known = parameters.get_param(key) or ""
        plan = plans.browse(int(known) if known.isdigit() else []).exists()
        if plan and not plan.parent_id:
            return plan
        plan = plans.search([("name", "=", name), ("parent_id", "=", False)], limit=1)
        plan = plan or plans.create({"name": name})
        parameters.set_param(key, str(plan.id))
        return plan
