# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""What makes the map of a budget stale: everything that it was resolved from."""

from odoo import api, models
from odoo.tools import SQL


class SopBudgetMapSource(models.AbstractModel):
    """A model that budget maps are resolved from."""

    _name = "sop.budget.map.source"
    _description = "Source of Budget Maps"

    #: Whether a new record can change who owns what
    _sop_map_knows_new = True

    def _get_sop_map_fields(self) -> set[str]:
        """Names of the fields whose change makes maps stale. To be extended by super()."""
        return set()

    def _mark_sop_maps(self):
        """Mark the maps that these records are part of."""
        raise NotImplementedError

    @api.model_create_multi
    def create(self, vals_list):
        records = super().create(vals_list)
        if self._sop_map_knows_new:
            records._mark_sop_maps()
        return records

    def write(self, vals):
        if not self._get_sop_map_fields() & set(vals):
            return super().write(vals)
        self._mark_sop_maps()
        result = super().write(vals)
        self._mark_sop_maps()
        return result

    def unlink(self):
        self._mark_sop_maps()
        return super().unlink()


class SopBudget(models.Model):
    _name = "sop.budget"
    _inherit = ["sop.budget", "sop.budget.map.source"]

    def _get_sop_map_fields(self):
        scopes = {"scope_expense", "scope_income", "scope_capital"}
        return super()._get_sop_map_fields() | {"plan_id", "company_id"} | scopes

    def _mark_sop_maps(self):
        self.env["sop.budget.map"]._mark_stale(self, self.env.uid)


class SopBudgetCategory(models.Model):
    _name = "sop.budget.category"
    _inherit = ["sop.budget.category", "sop.budget.map.source"]

    def _get_sop_map_fields(self):
        return super()._get_sop_map_fields() | {
            "parent_id",
            "kind",
            "analytic_account_id",
            "account_ids",
            "account_prefixes",
        }

    def _mark_sop_maps(self):
        self.env["sop.budget.map"]._mark_stale(self.budget_id, self.env.uid)


class SopBudgetRule(models.Model):
    _name = "sop.budget.rule"
    _inherit = ["sop.budget.rule", "sop.budget.map.source"]

    def _get_sop_map_fields(self):
        return super()._get_sop_map_fields() | {
            "category_id",
            "analytic_account_id",
            "account_id",
            "account_prefix",
        }

    def _mark_sop_maps(self):
        self.env["sop.budget.map"]._mark_stale(self.budget_id, self.env.uid)


class AccountAccount(models.Model):
    _name = "account.account"
    _inherit = ["account.account", "sop.budget.map.source"]

    def _get_sop_map_fields(self):
        return super()._get_sop_map_fields() | {
            "code",
            "code_mapping_ids",
            "account_type",
            "company_ids",
        }

    def _mark_sop_maps(self):
        # sudo: budgets of companies that the user doesn't see follow as well
        self.env["sop.budget.map"]._mark_companies_stale(self.sudo().company_ids)


class AccountAnalyticAccount(models.Model):
    _name = "account.analytic.account"
    _inherit = ["account.analytic.account", "sop.budget.map.source"]

    # No category can name an analytic account that is new
    _sop_map_knows_new = False

    def _get_sop_map_fields(self):
        return super()._get_sop_map_fields() | {"plan_id"}

    def write(self, vals):
        if "plan_id" not in vals:
            return super().write(vals)
        before = self._get_sop_tied()
        result = super().write(vals)
        self._tell_sop_moved(before)
        return result

    def _get_sop_tied(self):
        """``{(category, account)}`` where the account is in the plan of the budget."""
        domain = [("analytic_account_id", "in", self.ids)]
        # sudo: budgets that the user doesn't see lose what was booked there as well
        rules = self.env["sop.budget.rule"].sudo().search(domain)
        categories = self.env["sop.budget.category"].sudo().search(domain)
        tied = {(category, category.analytic_account_id) for category in categories}
        tied |= {(rule.category_id, rule.analytic_account_id) for rule in rules}
        return {
            (category, account)
            for category, account in tied
            if account.root_plan_id == category.budget_id.plan_id
        }

    def _tell_sop_moved(self, before):
        """Say in the history why the figures of a category are others than a moment ago."""
        after = self._get_sop_tied()
        for category, account in before ^ after:
            names = {
                "category": category.display_name,
                "account": account.display_name,
                "plan": account.root_plan_id.name,
            }
            text = (
                self.env._(
                    "The analytic account “%(account)s” was moved back to the plan “%(plan)s”: "
                    "what is booked there counts in “%(category)s” again.",
                    **names,
                )
                if (category, account) in after
                else self.env._(
                    "The analytic account “%(account)s” was moved to the plan “%(plan)s”: what "
                    "is booked there no longer counts in “%(category)s”.",
                    **names,
                )
            )
            category.message_post(body=text)
            if category._is_discreet():
                text = self.env._(
                    "An analytic account was moved to another plan: the figures of a category "
                    "that not everybody sees have changed."
                )
            category.budget_id.message_post(body=text)

    def _mark_sop_maps(self):
        domain = [("analytic_account_id", "in", self.ids)]
        # sudo: as above
        budgets = self.env["sop.budget.category"].sudo().search(domain).budget_id
        budgets |= self.env["sop.budget.rule"].sudo().search(domain).budget_id
        self.env["sop.budget.map"]._mark_stale(budgets)


class AccountAnalyticPlan(models.Model):
    _inherit = "account.analytic.plan"

    def write(self, vals):
        if "parent_id" not in vals:
            return super().write(vals)
        # sudo: as for accounts that are moved one by one
        Account = self.env["account.analytic.account"].sudo()
        accounts = Account.search([("plan_id", "child_of", self.ids)])
        before = accounts._get_sop_tied()
        result = super().write(vals)
        accounts._tell_sop_moved(before)
        # The accounts of the plan now belong to another root plan
        self.env["sop.budget.map"]._mark_companies_stale()
        return result


class ResCurrency(models.Model):
    _inherit = "res.currency"

    def write(self, vals):
        places = {currency: currency.decimal_places for currency in self}
        result = super().write(vals)
        changed = self.filtered(lambda c: c.decimal_places != places[c])
        if changed:
            # The cube counts minor units, and those are others now
            self.env.flush_all()
            self.env["sop.ledger.dirty"].sudo()._mark(
                SQL(
                    """SELECT DISTINCT month.company_id, month.account_id, month.month
                         FROM sop_ledger_month month
                         JOIN res_company company ON company.id = month.company_id
                        WHERE company.currency_id = ANY(%s)""",
                    changed.ids,
                )
            )
        return result
