# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""What changes in the plan after a budget was submitted leaves a trace in its history."""

from odoo import api, models
from odoo.tools import SQL, format_amount

PENDING = "sop_budget_amount_changes"


class SopBudgetAmount(models.Model):
    _inherit = "sop.budget.amount"

    @api.model_create_multi
    def create(self, vals_list):
        amounts = super().create(vals_list)
        amounts._remember_amounts(is_new=True)
        return amounts

    def write(self, vals):
        if not {"amount", "month", "category_id"} & set(vals):
            return super().write(vals)
        self._remember_amounts()
        result = super().write(vals)
        self._remember_amounts(is_new=True)
        return result

    def unlink(self):
        self._remember_amounts()
        return super().unlink()

    @api.private
    def _set_amounts(self, categories, rows):
        # EXTENDS: it writes by SQL, so the hooks above don't see it
        logged = categories.filtered(lambda c: c.budget_id.state != "draft")
        logged.amount_ids._remember_amounts()
        budget_of = {category.id: category.budget_id.id for category in logged}
        for category_id, month, *_values in rows:
            if category_id in budget_of:
                self._remember_cell(budget_of[category_id], category_id, month, None)
        return super()._set_amounts(categories, rows)

    def _remember_amounts(self, is_new=False):
        """Keep what these cells hold until the transaction ends, and tell then what became of it.

        :param is_new: the cells were empty before, unless it is known what they held
        """
        for amount in self:
            budget = amount.budget_id
            if budget.state != "draft":
                self._remember_cell(
                    budget.id,
                    amount.category_id.id,
                    amount.month,
                    None if is_new else amount.amount,
                )

    def _remember_cell(self, budget_id, category_id, month, amount):
        precommit = self.env.cr.precommit
        if PENDING not in precommit.data:
            precommit.data[PENDING] = {}
            precommit.add(self.env["sop.budget"]._post_amount_changes)
        cells = precommit.data[PENDING].setdefault((self.env.uid, budget_id), {})
        cells.setdefault((category_id, month), amount)


class SopBudget(models.Model):
    _inherit = "sop.budget"

    @api.model
    def _post_amount_changes(self):
        """One message for each budget whose amounts this transaction changed."""
        pending = self.env.cr.precommit.data.pop(PENDING, {})
        if not pending:
            return
        self.env.flush_all()
        now = self._read_cells({cell for cells in pending.values() for cell in cells})
        for (uid, budget_id), cells in pending.items():
            # Compared with what is stored: a part of the transaction may have been undone
            changed = {
                cell: (old or 0.0, now.get(cell) or 0.0)
                for cell, old in cells.items()
                if old != now.get(cell)
            }
            # sudo: it is told whatever the author may do with messages
            budget = self.with_user(uid).sudo().browse(budget_id).exists()
            if changed and budget:
                budget.message_post(body=budget._describe_amount_changes(changed))

    @api.model
    def _read_cells(self, cells):
        rows = self.env.execute_query(
            SQL(
                "SELECT category_id, month, amount FROM sop_budget_amount"
                " WHERE category_id = ANY(%s)",
                list({category_id for category_id, _month in cells}),
            )
        )
        return {
            (category_id, month): float(amount)
            for category_id, month, amount in rows
            if (category_id, month) in cells
        }

    def _describe_amount_changes(self, changed):
        """How many cells and, where no hidden category is among them, their old and new sum."""
        category_ids = {category_id for category_id, _month in changed}
        categories = self.env["sop.budget.category"].browse(category_ids).exists()
        if len(categories) < len(category_ids) or categories._is_discreet():
            return self.env._("Amounts changed: %(count)s.", count=len(changed))
        old, new = (
            format_amount(self.env, sum(side), self.currency_id)
            for side in zip(*changed.values(), strict=True)
        )
        return self.env._(
            "Amounts changed: %(count)s; in all %(old)s → %(new)s.",
            count=len(changed),
            old=old,
            new=new,
        )


class SopBudgetCategory(models.Model):
    _inherit = "sop.budget.category"

    # What the tracking of fields can't tell: it knows no many2many, and it would write the
    # name of a hidden parent into the history of a category that everybody sees.

    def write(self, vals):
        if not {"parent_id", "account_ids"} & set(vals):
            return super().write(vals)
        logged = self.filtered(lambda c: c.budget_id.state != "draft")
        before = {category: category._describe_logged() for category in logged}
        result = super().write(vals)
        for category in logged:
            category._log_changes(before[category], category._describe_logged())
        return result

    def unlink(self):
        logged = self.filtered(lambda c: c.budget_id.state != "draft")
        if not logged:
            return super().unlink()
        # sudo: what is below goes with them in the database; `_unlink_except_locked` has seen to
        # it that nothing of it is hidden from the user
        below = logged.sudo().search([("id", "child_of", logged.ids)])
        below.amount_ids._remember_amounts()
        texts = [
            (budget, group._describe_deleted())
            for budget, group in below.grouped("budget_id").items()
        ]
        result = super().unlink()
        for budget, text in texts:
            budget.message_post(body=text)
        return result

    def _describe_logged(self):
        """``{label: text}`` of what is logged by hand."""
        self.ensure_one()
        labels = self.fields_get(["parent_id", "account_ids"], ["string"])
        parent = self.sudo().parent_id
        hidden = self.env._("a category that not everybody sees")
        return {
            labels["parent_id"]["string"]: hidden
            if parent._is_discreet()
            else parent.display_name or "–",
            # sudo: planners need no accounting rights
            labels["account_ids"]["string"]: ", ".join(
                self.sudo().account_ids.mapped("display_name")
            )
            or "–",
        }

    def _log_changes(self, before, after):
        for label, old in before.items():
            if old != after[label]:
                # sudo: it is told whatever the author may do with messages
                self.sudo().message_post(
                    body=self.env._(
                        "%(field)s: %(old)s → %(new)s",
                        field=label,
                        old=old,
                        new=after[label],
                    )
                )

    def _describe_deleted(self):
        if self._is_discreet():
            return self.env._("Categories deleted: %(count)s.", count=len(self))
        return self.env._(
            "Categories deleted: %(names)s.",
            names=", ".join(self.mapped("display_name")),
        )

    def _is_discreet(self):
        """Whether not every reader of the budget may know all of these categories."""
        return any(category.visibility_effective != "all" for category in self)
