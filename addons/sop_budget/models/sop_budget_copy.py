# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from odoo import models
from odoo.fields import Command


class SopBudget(models.Model):
    """Duplicates and templates: the tree and its amounts in another budget."""

    _inherit = "sop.budget"

    def copy_data(self, default=None):
        vals_list = super().copy_data(default)
        if "name" not in (default or {}):
            for budget, vals in zip(self, vals_list, strict=True):
                vals["name"] = self.env._("%(budget)s (copy)", budget=budget.name)
        return vals_list

    def copy(self, default=None):
        copies = super().copy(default)
        for budget, new in zip(self, copies, strict=True):
            budget._copy_tree_to(new)
        return copies

    def action_save_as_template(self):
        """Keep the tree and amounts of this budget as a pattern for new ones."""
        self.ensure_one()
        template = self.copy(
            {
                "name": self.env._("%(budget)s (template)", budget=self.name),
                "is_template": True,
            }
        )
        return {
            "type": "ir.actions.act_window",
            "res_model": "sop.budget",
            "res_id": template.id,
            "views": [(False, "form")],
        }

    def _copy_tree_to(self, target):
        """Copy categories, matching and amounts; the n-th month goes to the n-th month.

        Months that the target does not have are dropped.
        """
        self.ensure_one()
        categories = self.category_ids.sorted(lambda c: c.parent_path.count("/"))
        new_of = self._copy_categories(categories, target)
        months = dict(zip(self._get_months(), target._get_months(), strict=False))
        self.env["sop.budget.amount"].create(
            [
                {
                    "category_id": new_of[amount.category_id].id,
                    "month": months[amount.month],
                    "amount": amount.amount,
                    "entry_currency_id": amount.entry_currency_id.id,
                    "entry_amount": amount.entry_amount,
                    "entry_rate": amount.entry_rate,
                    "entry_date": amount.entry_date,
                }
                for amount in categories.amount_ids
                if amount.month in months
            ]
        )
        return new_of

    def _copy_categories(self, categories, target):
        """Level by level, each in one batch: ``{category: its copy}``."""
        Category = self.env["sop.budget.category"].with_context(tracking_disable=True)
        same_company = self.company_id == target.company_id
        new_of = {Category.browse(): Category.browse()}
        levels = categories.grouped(lambda c: c.parent_path.count("/"))
        for _depth, level in sorted(levels.items()):
            copies = Category.create(
                [
                    category._prepare_copy_vals(
                        target, new_of[category.parent_id], same_company
                    )
                    for category in level
                ]
            )
            new_of.update(zip(level, copies, strict=True))
        return new_of


class SopBudgetCategory(models.Model):
    _inherit = "sop.budget.category"

    def _prepare_copy_vals(self, budget, parent, same_company):
        """Values of this category in another budget, below ``parent``."""
        self.ensure_one()
        vals = {
            "budget_id": budget.id,
            "parent_id": parent.id,
            "code": self.code,
            "name": self.name,
            "kind": self.kind,
            "detail": self.detail,
            "impact": self.impact,
            "sequence": self.sequence,
            "held": self.held,
            "user_id": self.user_id.id,
            "source_id": self.source_id.id,
            "visibility": self.visibility,
            "alert_thresholds": self.alert_thresholds,
            "note": self.note,
        }
        if same_company and budget.plan_id == self.budget_id.plan_id:
            vals.update(
                analytic_account_id=self.analytic_account_id.id,
                account_ids=[Command.set(self.account_ids.ids)],
                account_prefixes=self.account_prefixes,
                rule_ids=[
                    Command.create(
                        {
                            "analytic_account_id": rule.analytic_account_id.id,
                            "account_id": rule.account_id.id,
                            "account_prefix": rule.account_prefix,
                            "note": rule.note,
                        }
                    )
                    for rule in self.rule_ids
                ],
            )
        return vals
