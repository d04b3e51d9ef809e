# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""Who lowers a plan below what operations get of it is stopped, or it is told."""

from collections import defaultdict

from odoo import api, models
from odoo.exceptions import ValidationError
from odoo.tools import SQL

PENDING = "sop_funding_amount_changes"
PLACE_FIELDS = {"amount", "month", "category_id"}


class SopBudgetAmount(models.Model):
    _inherit = "sop.budget.amount"

    @api.model_create_multi
    def create(self, vals_list):
        amounts = super().create(vals_list)
        amounts._remember_for_funding(is_new=True)
        return amounts

    def write(self, vals):
        if not PLACE_FIELDS & set(vals):
            return super().write(vals)
        self._remember_for_funding()
        result = super().write(vals)
        self._remember_for_funding(is_new=True)
        return result

    def unlink(self):
        self._remember_for_funding()
        return super().unlink()

    @api.private
    def _set_amounts(self, categories, rows):
        # EXTENDS sop_budget: it writes by SQL, so the hooks above don't see it
        # sudo: what operations get counts, whoever plans and whatever they may read
        funded = categories.sudo().filtered("operation_funding_ids")
        funded.amount_ids._remember_for_funding()
        return super()._set_amounts(categories, rows)

    def _remember_for_funding(self, is_new=False):
        """Keep what these cells hold until the changes are saved, and look then at the sums.

        At the end: money that moves between months or categories leaves one before it is in
        the other.
        """
        precommit = self.env.cr.precommit
        if PENDING not in precommit.data:
            precommit.data[PENDING] = {}
            precommit.add(self.env["sop.budget.category"]._check_plan_of_operations)
        cells = precommit.data[PENDING]
        for amount in self:
            cell = amount.category_id.id, amount.month
            cells.setdefault(cell, 0.0 if is_new else amount.amount)


class SopBudgetCategory(models.Model):
    _inherit = "sop.budget.category"

    @api.model
    def _check_plan_of_operations(self):
        """Stop or tell, where this transaction lowered a plan below what is allocated."""
        cells = self.env.cr.precommit.data.pop(PENDING, {})
        over = self._find_over_allocated({category_id for category_id, _month in cells})
        if not over:
            return
        rows = self.env.execute_query(
            SQL(
                "SELECT category_id, month, amount FROM sop_budget_amount"
                " WHERE category_id = ANY(%s)",
                list(over),
            )
        )
        now = {
            (category_id, month): float(amount) for category_id, month, amount in rows
        }
        change = defaultdict(float)
        for cell, before in cells.items():
            change[cell[0]] += now.get(cell, 0.0) - before
        # sudo: what operations get counts, whoever changed the plan and whatever they may read
        for category in self.sudo().browse(over):
            currency = category.currency_id
            if currency.compare_amounts(change[category.id], 0.0) < 0:
                category._handle_over_allocation(*over[category.id])

    @api.model
    def _find_over_allocated(self, category_ids):
        """``{category id: (planned, allocated)}`` of those of them, where it is looked at."""
        if not category_ids:
            return {}
        self.env.flush_all()
        rows = self.env.execute_query(
            SQL(
                """
                SELECT funding.category_id, plan.amount, sum(funding.amount)
                  FROM sop_operation_funding funding
                  JOIN res_company company ON company.id = funding.company_id
                 CROSS JOIN LATERAL (
                       SELECT coalesce(sum(amount.amount), 0) AS amount
                         FROM sop_budget_amount amount
                        WHERE amount.category_id = funding.category_id
                 ) plan
                 WHERE funding.category_id = ANY(%s)
                   AND company.sop_funding_check IN ('warn', 'stop')
              GROUP BY funding.category_id, plan.amount
                HAVING sum(funding.amount) > plan.amount
                """,
                list(category_ids),
            )
        )
        return {row[0]: (float(row[1]), float(row[2])) for row in rows}

    def _handle_over_allocation(self, planned, allocated):
        self.ensure_one()
        if not self.currency_id.compare_amounts(allocated, planned):
            return
        words = self._describe_over_allocation(planned, allocated)
        if self.company_id.sop_funding_check == "stop":
            raise ValidationError(words)
        self.message_post(body=words, author_id=self.env.user.partner_id.id)
