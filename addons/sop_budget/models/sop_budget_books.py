# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""Who may point a budget at the books.

Whoever reads a budget reads sums of journal items, whatever rights they have in accounting.
So only those who may read the books anyway, or whom an administrator trusts with their sums,
start a budget or say what belongs to it.
"""

from odoo import api, models
from odoo.exceptions import AccessError

# The first is ours to give; the others read all journal items in Odoo itself
BOOK_GROUPS = (
    "sop_budget.group_sop_budget_controller",
    "account.group_account_readonly",
    "account.group_account_invoice",
)


class SopBudget(models.Model):
    _inherit = "sop.budget"

    @api.model
    def _may_read_books(self):
        user = self.env.user
        return self.env.su or any(user.has_group(group) for group in BOOK_GROUPS)

    def _check_access(self, operation):
        # EXTENDS base: also hides what the client offers to create a budget with
        result = super()._check_access(operation)
        if result or operation != "create" or self._may_read_books():
            return result
        return self, self._make_books_error

    def _make_books_error(self):
        return AccessError(
            self.env._(
                "A budget shows what is in the books, so only budget controllers and people "
                "with accounting rights start one: ask one of them to make it and to name you "
                "as its owner."
            )
        )

    @api.model
    def _check_may_tie(self, fields, values):
        """Refuse to tie something to the books for whom may not read them.

        :param fields: names of the fields of ``values`` that tie
        """
        if self._may_read_books() or not any(values.get(name) for name in fields):
            return
        raise AccessError(
            self.env._(
                "Only budget controllers and people with accounting rights say which analytic "
                "accounts, accounts or prefixes belong to a category. “Create accounts” on the "
                "budget gives categories analytic accounts of their own; for all else ask "
                "one of them."
            )
        )
