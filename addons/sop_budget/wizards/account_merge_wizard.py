# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from odoo import api, models
from odoo.tools import SQL


class AccountMergeWizard(models.TransientModel):
    _inherit = "account.merge.wizard"

    @api.model
    def _action_merge(self, accounts):
        # EXTENDS account: it moves every reference in SQL, and two rows of the same place
        # would collide. The triggers mark what moves with the journal items.
        companies = accounts.sudo().company_ids
        self.env.flush_all()
        for table in ("sop_budget_map", "sop_ledger_month"):
            self.env.cr.execute(
                SQL(
                    "DELETE FROM %s WHERE account_id = ANY(%s)",
                    SQL.identifier(table),
                    accounts[1:].ids,
                )
            )
        result = super()._action_merge(accounts)
        self.env["sop.budget.map"]._mark_companies_stale(companies)
        return result
