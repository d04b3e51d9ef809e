# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""Who may not see a category must not learn from the map what it spends.

Whoever ties a category that they see to something more specific takes items from others,
and would read in their own category what a hidden one had. So planners may change what
decides the map as long as hidden categories keep all that they own. This looks at what
categories are tied to, never at what is booked: it says the same for an empty ledger.
"""

from odoo import api, models
from odoo.exceptions import UserError
from odoo.tools import SQL

from ..engine import matching

NEW_ANALYTIC = "sop_budget_map_new_analytic"


class SopBudget(models.Model):
    _inherit = "sop.budget"

    def _get_hidden_categories(self) -> dict[int, set[int]]:
        """``{budget id: category ids}`` of what the user may not see, where there is any."""
        seen = self.env["sop.budget.category"]._search([("budget_id", "in", self.ids)])
        rows = self.env.execute_query(
            SQL(
                """SELECT budget_id, array_agg(id) FROM sop_budget_category
                    WHERE budget_id = ANY(%s) AND id NOT IN %s GROUP BY budget_id""",
                self.ids,
                seen.subselect(),
            )
        )
        return {budget: set(categories) for budget, categories in rows}


class SopBudgetMap(models.Model):
    _inherit = "sop.budget.map"

    @api.model
    def _trust_new_analytic(self, accounts):
        """Analytic accounts made in this transaction: nothing of anybody is booked there."""
        new = self.env.cr.precommit.data.setdefault(NEW_ANALYTIC, set())
        new.update(accounts.ids)

    def _with_author(self, budget, author_id):
        """The budget as its author sees it, whoever has the map resolved."""
        author = self.env["res.users"].browse(author_id)
        companies = author.company_ids & budget.company_id
        return budget.with_user(author).with_context(
            lang=author.lang, allowed_company_ids=companies.ids
        )

    def _check_hidden_keep(self, budget, before, after, selectors, accounts):
        """Refuse a map by which hidden categories lose something.

        :param budget: in the environment of who made the change
        :param before, after: ``matching.Ownership``
        :param accounts: ``{id: matching.Account}``
        """
        if budget._get_role() in (False, "manager"):
            # They see all of it, or nothing
            return
        hidden = budget._get_hidden_categories().get(budget.id, ())
        new = self.env.cr.precommit.data.get(NEW_ANALYTIC, ())
        loss = hidden and matching.find_loss(before, after, hidden, new)
        if not loss:
            return
        account, analytic = loss
        taker = after.owner(account, analytic)
        place = accounts.get(account) or matching.Account(account, "")
        selector = matching.find_selector(selectors, taker, place, analytic)
        is_same_scope = before.scope[account] == after.scope.get(account)
        if selector and not (is_same_scope and selector.analytic is None):
            raise self._describe_taking(budget, selector)
        raise self._describe_loss(
            budget, before.scope[account], after.scope.get(account)
        )

    def _describe_taking(self, budget, selector):
        maps = self.with_env(budget.env)
        names = {
            "analytic_account_id": selector.analytic,
            "account_ids": selector.account,
            "account_prefixes": selector.prefix,
        }
        labels = budget.env["sop.budget.category"].fields_get(list(names), ["string"])
        return UserError(
            budget.env._(
                "“%(category)s” can't be tied to %(what)s by you: this budget has categories that "
                "you may not see, and what is booked there could be theirs. Choose something "
                "else for “%(field)s”, or ask %(owner)s or another manager of the budget.",
                category=maps._describe_category(selector.category),
                what=maps._describe_selector(selector),
                field=", ".join(
                    labels[name]["string"]
                    for name, value in names.items()
                    if value is not None
                ),
                # sudo: a name
                owner=budget.sudo().user_id.name,
            )
        )

    def _describe_loss(self, budget, before, after):
        """Nobody took it: the scope was changed, or the kind of an account.

        The plan can't be, while a category is tied to one of its analytic accounts.
        """
        if after is None:
            model, name = budget, f"scope_{before[0]}"
        else:
            model, name = budget.env["sop.budget.category"], "kind"
        return UserError(
            budget.env._(
                "“%(field)s” can't be changed like this by you: this budget has categories that "
                "you may not see, and they could lose what is booked for them. Set it back, or "
                "ask %(owner)s or another manager of the budget.",
                field=model.fields_get([name], ["string"])[name]["string"],
                # sudo: a name
                owner=budget.sudo().user_id.name,
            )
        )
