# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
import logging

from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError
from odoo.tools import SQL

from ..engine import matching

_logger = logging.getLogger(__name__)

KINDS = [("expense", "Expense"), ("income", "Income"), ("capital", "Capital")]

#: What budgets answer for, by the beginning or the whole of an account's type.
TYPE_KINDS = {"income": "income", "expense": "expense", "asset_fixed": "capital"}

STALE = "sop_budget_map_stale"


def kind_of_type(account_type):
    """Kind of the accounts of a type; None where budgets don't care."""
    group = account_type.partition("_")[0]
    return TYPE_KINDS.get(account_type) or TYPE_KINDS.get(group)


class SopBudgetMap(models.Model):
    """Who owns what of a budget, worked out once by ``engine/matching.py``.

    ========= ================= ============ =============================================
    account   analytic account  category     meaning
    ========= ================= ============ =============================================
    set       empty             or empty     the account is in scope, and this is its owner
    set       set               set          the owner of that pair
    empty     set               set          the owner on all accounts of ``kind``
    ========= ================= ============ =============================================

    The rows follow what they are made of within the same transaction: a change marks the
    budget as stale, and it is resolved again before somebody reads or the transaction ends.
    """

    _name = "sop.budget.map"
    _description = "Budget Map"
    _log_access = False
    _order = "budget_id, id"

    budget_id = fields.Many2one("sop.budget", required=True, ondelete="cascade")
    kind = fields.Selection(KINDS, required=True)
    account_id = fields.Many2one("account.account", index=True, ondelete="cascade")
    analytic_account_id = fields.Many2one(
        "account.analytic.account", index="btree_not_null", ondelete="cascade"
    )
    # Never cascade: a row that went would take the account out of the budget's scope
    category_id = fields.Many2one(
        "sop.budget.category", index="btree_not_null", ondelete="set null"
    )

    _scope_uniq = models.UniqueIndex(
        "(budget_id, account_id) INCLUDE (kind, category_id) WHERE analytic_account_id IS NULL"
    )
    _pair_uniq = models.UniqueIndex(
        "(budget_id, account_id, analytic_account_id) INCLUDE (category_id)"
        " WHERE account_id IS NOT NULL AND analytic_account_id IS NOT NULL"
    )
    _analytic_uniq = models.UniqueIndex(
        "(budget_id, analytic_account_id, kind) INCLUDE (category_id) WHERE account_id IS NULL"
    )

    # === STALE === #

    @api.model
    def _mark_stale(self, budgets, author=None):
        """Have the maps of budgets resolved again before they are read or committed.

        :param author: id of the user who changed what the categories are tied to, if that is
            what happened: they must take nothing from categories that are hidden from them
        """
        precommit = self.env.cr.precommit
        if STALE not in precommit.data:
            precommit.data[STALE] = {}
            precommit.add(self.env["sop.budget.map"].sudo()._rebuild_pending)
        for budget_id in budgets.ids:
            authors = precommit.data[STALE].setdefault(budget_id, set())
            authors.update([author] if author else [])

    @api.model
    def _mark_companies_stale(self, companies=None):
        """The same for all budgets of these companies and their branches, or of all."""
        domain = [("company_id", "child_of", companies.ids)] if companies else []
        # sudo, archived: what recognises the books is the same for every reader
        budgets = self.env["sop.budget"].sudo().with_context(active_test=False)
        self._mark_stale(budgets.search(domain))  # pylint: disable=no-search-all

    @api.model
    def _rebuild_pending(self):
        """Resolve what became stale in this transaction. Does nothing when only reading."""
        stale = self.env.cr.precommit.data.pop(STALE, None)
        if not stale:
            return
        # sudo: the map is the system's; whoever may change a category changes it
        budgets = self.env["sop.budget"].sudo().browse(sorted(stale)).exists()
        try:
            self.sudo()._rebuild(budgets, stale)
        except Exception:
            # Whoever catches this and goes on must not end with a map that is out of date
            for budget in budgets:
                for author in stale[budget.id] or [None]:
                    self._mark_stale(budget, author)
            raise

    @api.private
    def flush_model(self, fnames=None):
        # EXTENDS base: the rows of this model are pending as long as a budget is stale
        self._rebuild_pending()
        return super().flush_model(fnames)

    # === REBUILD === #

    def _rebuild(self, budgets, authors=None):
        """Resolve the maps of budgets and write what differs.

        :param authors: ``{budget id: user ids}``, see :meth:`_mark_stale`
        """
        self.env.flush_all()
        for company, of_company in budgets.grouped("company_id").items():
            accounts = self._get_accounts(company)
            selectors = self._get_selectors(of_company, accounts)
            for budget in of_company:
                found = selectors.get(budget.id, ())
                ownership = self._resolve(budget, found, accounts.values())
                rows = self._read_rows(budget)
                for author in (authors or {}).get(budget.id, ()):
                    self._check_hidden_keep(
                        self._with_author(budget, author),
                        self._to_ownership(rows),
                        ownership,
                        found,
                        accounts,
                    )
                self._write_rows(budget, ownership, rows)

    @api.model
    def _check_and_repair(self):
        """Resolve the maps of all budgets again; one that can't be is logged and skipped."""
        # sudo, archived: as for what becomes stale
        budgets = self.env["sop.budget"].sudo().with_context(active_test=False)
        for budget in budgets.search([]):  # pylint: disable=no-search-all
            try:
                with self.env.cr.savepoint():
                    self.sudo()._rebuild(budget)
            except (UserError, ValidationError) as error:
                _logger.warning(
                    "The map of budget %s can't be resolved: %s", budget.id, error
                )

    def _resolve(self, budget, selectors, accounts):
        try:
            return matching.resolve(selectors, accounts, self._get_scope_kinds(budget))
        except matching.MatchConflict as conflict:
            raise self._describe_conflict(conflict) from conflict

    def _get_scope_kinds(self, budget):
        return [kind for kind in matching.KINDS if budget[f"scope_{kind}"]]

    def _get_accounts(self, company):
        """``{id: matching.Account}`` of all accounts that a company's books can use."""
        accounts = self.env["account.account"].with_company(company)
        rows = accounts.with_context(active_test=False).search_fetch(
            [("company_ids", "parent_of", company.ids)], ["code", "account_type"]
        )
        return {
            account.id: matching.Account(
                account.id, account.code or "", kind_of_type(account.account_type)
            )
            for account in rows
        }

    def _get_selectors(self, budgets, accounts):
        """``{budget id: [matching.Selector]}`` of the leaves and the rules of budgets."""
        found = {}
        categories = self._read_categories(budgets)
        for category in categories.values():
            found.setdefault(category["budget_id"], []).extend(
                self._get_leaf_selectors(category, accounts)
            )
        for rule in self._read_rules(budgets):
            category = categories.get(rule["category_id"])
            if category is None or not self._is_known(rule, accounts):
                continue
            found[category["budget_id"]].append(
                matching.Selector(
                    category["id"],
                    category["kind"],
                    rule["analytic"],
                    rule["account_id"],
                    rule["account_prefix"],
                )
            )
        return found

    def _get_leaf_selectors(self, category, accounts):
        analytic = category["analytic"]
        if category["analytic_account_id"] and not analytic:
            return []
        names = [
            (account, None) for account in category["accounts"] if account in accounts
        ]
        prefixes = (
            part.strip() for part in (category["account_prefixes"] or "").split(",")
        )
        names += [(None, prefix) for prefix in dict.fromkeys(filter(None, prefixes))]
        # Accounts that this company can't use narrow it down to nothing
        if not names and (analytic is None or category["accounts"]):
            return []
        return [
            matching.Selector(
                category["id"], category["kind"], analytic, account, prefix
            )
            for account, prefix in names or [(None, None)]
        ]

    def _is_known(self, rule, accounts):
        """Whether a rule can fit: its account is the company's, its analytic the plan's."""
        if rule["account_id"] and rule["account_id"] not in accounts:
            return False
        if rule["analytic_account_id"] and not rule["analytic"]:
            return False
        return bool(rule["analytic"] or rule["account_id"] or rule["account_prefix"])

    def _read_categories(self, budgets):
        """Leaves by id. An analytic account counts while it is in the budget's plan."""
        accounts = self.env["sop.budget.category"]._fields["account_ids"]
        rows = self.env.execute_query_dict(
            SQL(
                """
                SELECT category.id, category.budget_id, category.kind, category.account_prefixes,
                       category.analytic_account_id, analytic.id AS analytic,
                       ARRAY(SELECT named.%(account)s FROM %(table)s named
                              WHERE named.%(category)s = category.id) AS accounts
                  FROM sop_budget_category category
                  JOIN sop_budget budget ON budget.id = category.budget_id
             LEFT JOIN account_analytic_account analytic
                    ON analytic.id = category.analytic_account_id
                   AND analytic.root_plan_id = budget.plan_id
                 WHERE category.budget_id = ANY(%(budgets)s) AND category.is_leaf
              ORDER BY category.id
                """,
                table=SQL.identifier(accounts.relation),
                category=SQL.identifier(accounts.column1),
                account=SQL.identifier(accounts.column2),
                budgets=budgets.ids,
            )
        )
        return {row["id"]: row for row in rows}

    def _read_rules(self, budgets):
        return self.env.execute_query_dict(
            SQL(
                """
                SELECT rule.category_id, rule.account_id, rule.account_prefix,
                       rule.analytic_account_id, analytic.id AS analytic
                  FROM sop_budget_rule rule
                  JOIN sop_budget budget ON budget.id = rule.budget_id
             LEFT JOIN account_analytic_account analytic
                    ON analytic.id = rule.analytic_account_id
                   AND analytic.root_plan_id = budget.plan_id
                 WHERE rule.budget_id = ANY(%s) ORDER BY rule.id
                """,
                budgets.ids,
            )
        )

    def _read_rows(self, budget):
        return self.env.execute_query(
            SQL(
                """SELECT id, kind, account_id, analytic_account_id, category_id
                     FROM sop_budget_map WHERE budget_id = %s""",
                budget.id,
            )
        )

    def _to_ownership(self, rows):
        ownership = matching.Ownership()
        for _id, kind, account, analytic, category in rows:
            if analytic is None:
                ownership.scope[account] = (kind, category)
            elif account is None:
                ownership.analytics[analytic, kind] = category
            else:
                ownership.pairs[account, analytic] = category
        return ownership

    def _write_rows(self, budget, ownership, rows):
        wanted = {
            (kind, account, None): category
            for account, (kind, category) in ownership.scope.items()
        }
        wanted.update(
            ((ownership.scope[account][0], account, analytic), category)
            for (account, analytic), category in ownership.pairs.items()
        )
        wanted.update(
            ((kind, None, analytic), category)
            for (analytic, kind), category in ownership.analytics.items()
        )
        kept = {row[1:4]: row[4] for row in rows}
        gone = [row[0] for row in rows if wanted.get(row[1:4], False) != row[4]]
        new = [
            (*key, category)
            for key, category in wanted.items()
            if kept.get(key, False) != category
        ]
        if gone:
            self.env.cr.execute("DELETE FROM sop_budget_map WHERE id = ANY(%s)", [gone])
        if new:
            kinds, accounts, analytics, categories = (
                list(column) for column in zip(*new, strict=True)
            )
            self.env.cr.execute(
                SQL(
                    """INSERT INTO sop_budget_map
                              (budget_id, kind, account_id, analytic_account_id, category_id)
                       SELECT %s, * FROM unnest(%s::varchar[], %s::int[], %s::int[], %s::int[])""",
                    budget.id,
                    kinds,
                    accounts,
                    analytics,
                    categories,
                )
            )
        if gone or new:
            self.invalidate_model(flush=False)

    # === CONFLICTS === #

    def _describe_conflict(self, conflict):
        first, second = conflict.first, conflict.second
        names = {
            "first": self._describe_category(first.category),
            "second": self._describe_category(second.category),
            "what": self._describe_selector(first),
        }
        if first.kind != second.kind and first.names_accounts:
            return ValidationError(
                self.env._(
                    "“%(first)s” and “%(second)s” are of different kinds and can't both be tied "
                    "to %(what)s: an account is either expense, income or capital.",
                    **names,
                )
            )
        return ValidationError(
            self.env._(
                "“%(first)s” and “%(second)s” are both tied to %(what)s: what is booked there "
                "could belong to either. Tie one of them to something else.",
                **names,
            )
        )

    def _describe_category(self, category_id):
        # Not as the system that resolves, but as the user who will read the message
        category = self.env["sop.budget.category"].sudo(False).browse(category_id)
        if not category.has_access("read"):
            return self.env._("a category that you may not see")
        return category.display_name

    def _describe_selector(self, selector):
        parts = []
        if selector.analytic is not None:
            analytic = self.env["account.analytic.account"].browse(selector.analytic)
            parts.append(analytic.sudo().display_name)
        if selector.account is not None:
            account = self.env["account.account"].browse(selector.account)
            parts.append(account.sudo().display_name)
        if selector.prefix is not None:
            parts.append(self.env._("accounts %(prefix)s…", prefix=selector.prefix))
        return " + ".join(parts)


class SopLedgerMonth(models.Model):
    _inherit = "sop.ledger.month"

    @api.model
    def _cron_check(self):  # pylint: disable=missing-return
        # EXTENDS: a map that something changed behind the hooks' back heals as well
        super()._cron_check()
        self.env["sop.budget.map"]._check_and_repair()

    @api.model
    def action_check(self):
        # EXTENDS: as above
        action = super().action_check()
        self.env["sop.budget.map"]._check_and_repair()
        return action
