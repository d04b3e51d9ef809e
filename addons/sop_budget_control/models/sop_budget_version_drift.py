# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from odoo import fields, models
from odoo.fields import Domain
from odoo.tools import SQL


class SopBudgetVersion(models.Model):
    """Drift since the lock: what the books changed in the span of a version afterwards.

    The figures that were kept are compared with those of today, so that nothing escapes, be
    it deleted or unposted since. The documents that were made or changed later are listed as
    well; what is gone from the books can't be.
    """

    _inherit = "sop.budget.version"

    def action_drift(self):
        """Reserved, committed and actual as they were kept, against today."""
        self.ensure_one()
        return self.env["sop.budget.version.compare"]._open(
            self, self.browse(), figures="month", only_figures=True
        )

    def action_drift_items(self):
        """Journal items of the budget's scope that were made or changed after the lock."""
        self.ensure_one()
        return self._prepare_drift_action(
            "account.move.line",
            self._get_drift_domain(
                "account_id", Domain("parent_state", "=", "posted"), "date"
            ),
            self.env._("Journal items since %(version)s", version=self.display_name),
        )

    def action_drift_orders(self):
        """Open purchase order lines of the budget that were made or changed since."""
        self.ensure_one()
        return self._prepare_drift_action(
            "purchase.order.line",
            self._get_drift_domain(
                "sop_account_id", Domain("sop_stage", "=", "open"), "sop_date"
            ),
            self.env._("Order lines since %(version)s", version=self.display_name),
        )

    def _get_drift_domain(self, account, condition, date):
        budget = self.budget_id
        span = Domain(date, ">=", budget.date_from) & Domain(date, "<=", budget.date_to)
        later = Domain("create_date", ">", self.date) | Domain(
            "write_date", ">", self.date
        )
        mine = Domain("company_id", "=", budget.company_id.id)
        scope = Domain(account, "in", self._get_scope_accounts())
        if account != "account_id":
            # An order line may have no account yet
            scope |= Domain(account, "=", False)
        return mine & condition & span & later & scope

    def _get_scope_accounts(self):
        """Accounts that the budget answers for."""
        self.env["sop.budget.map"]._rebuild_pending()
        rows = self.env.execute_query(
            SQL(
                "SELECT account_id FROM sop_budget_map WHERE budget_id = %s"
                " AND analytic_account_id IS NULL AND account_id IS NOT NULL",
                self.budget_id.id,
            )
        )
        return [account for [account] in rows]

    def _prepare_drift_action(self, model, domain, name):
        self.check_access("read")
        # Rights to the documents are the reader's own
        self.env[model].check_access("read")
        return {
            "type": "ir.actions.act_window",
            "name": name,
            "res_model": model,
            "views": [(False, "list"), (False, "form")],
            "domain": list(domain),
            "context": {"create": False},
            "help": self.env._(
                "Nothing was made or changed after %(date)s.",
                date=fields.Datetime.to_string(self.date),
            ),
        }
