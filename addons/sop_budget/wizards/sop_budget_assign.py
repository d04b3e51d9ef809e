# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from collections import Counter
from os.path import commonprefix

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Command, Domain

SELECTORS = [
    ("analytic", "Analytic account"),
    ("account", "General account"),
    ("both", "Analytic account and general account together"),
    ("prefix", "All accounts that begin with"),
]
#: A prefix is proposed from this many accounts on, and not below this length.
PREFIX_FROM, PREFIX_LENGTH = 3, 2


class SopBudgetAssign(models.TransientModel):
    """Turns "not in any category" into a matching rule.

    The items are those that were selected, or all that no category claims. The proposal is the
    selector that says most about them: their analytic account where they have one of their own,
    else their general account, or the beginning that several accounts share.
    """

    _name = "sop.budget.assign"
    _inherit = "sop.wizard.mixin"
    _description = "Assign Items to a Category"

    budget_id = fields.Many2one("sop.budget", required=True, readonly=True)
    currency_id = fields.Many2one(related="budget_id.currency_id")
    kind = fields.Selection(
        [("expense", "Expense"), ("income", "Income"), ("capital", "Capital")],
        required=True,
        readonly=True,
    )
    category_id = fields.Many2one(
        "sop.budget.category",
        required=True,
        domain="[('budget_id', '=', budget_id), ('kind', '=', kind), ('is_leaf', '=', True)]",
        help="Where these items belong from now on.",
    )
    selector = fields.Selection(SELECTORS, required=True, string="Recognise Them By")
    has_analytic = fields.Boolean(compute="_compute_choices")
    choice_analytic_ids = fields.Many2many(
        "account.analytic.account", compute="_compute_choices"
    )
    choice_account_ids = fields.Many2many("account.account", compute="_compute_choices")
    analytic_account_ids = fields.Many2many(
        "account.analytic.account",
        "sop_budget_assign_analytic_rel",
        string="Analytic Accounts",
        domain="[('id', 'in', choice_analytic_ids)]",
    )
    account_ids = fields.Many2many(
        "account.account",
        "sop_budget_assign_account_rel",
        string="General Accounts",
        domain="[('id', 'in', choice_account_ids)]",
    )
    account_prefix = fields.Char("Accounts Beginning With")
    note = fields.Char("Why", help="Kept with the rule.")
    item_count = fields.Integer("Items That Move", compute="_compute_preview")
    item_amount = fields.Monetary("Amount That Moves", compute="_compute_preview")
    left_count = fields.Integer("Items Left", compute="_compute_preview")
    left_amount = fields.Monetary("Amount Left", compute="_compute_preview")
    preview = fields.Char(compute="_compute_preview")

    # === PROPOSAL === #

    @api.model
    def _get_action(self, budget, kind, items=None):
        """Open the wizard with a proposal for the items."""
        proposal = self._prepare_proposal(budget, kind, items)
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Assign to a Category"),
            "res_model": self._name,
            "view_mode": "form",
            "views": [(False, "form")],
            "target": "new",
            "context": {f"default_{key}": value for key, value in proposal.items()},
        }

    @api.model
    def _prepare_proposal(self, budget, kind, items=None):
        """Values of a wizard for some items, or for all that are in no category."""
        domain = self._get_unassigned_domain(budget, kind)
        if items is not None:
            domain &= Domain("id", "in", items.ids)
        groups = self.env["sop.budget.item"]._read_group(
            domain, ["analytic_account_id", "account_id"], ["__count", "amount:sum"]
        )
        if items is None:
            groups = self._pick_largest(groups)
        analytic = self.env["account.analytic.account"].union(
            *(group[0] for group in groups)
        )
        accounts = self.env["account.account"].union(*(group[1] for group in groups))
        tagged = bool(groups) and all(group[0] for group in groups)
        prefix = self._get_common_prefix(budget, accounts)
        if tagged:
            used = self._get_used_analytic(budget)
            selector = "both" if analytic & used else "analytic"
        elif len(accounts) >= PREFIX_FROM and prefix:
            selector = "prefix"
        else:
            selector = "account"
        return {
            "budget_id": budget.id,
            "kind": kind,
            "selector": selector,
            "analytic_account_ids": [Command.set(analytic.ids)],
            "account_ids": [Command.set(accounts.ids)],
            "account_prefix": prefix,
        }

    @api.model
    def _pick_largest(self, groups):
        """Of all that is unassigned: what shares the analytic account or account that weighs
        most, so that one click settles most of it."""
        weights = Counter()
        for analytic, account, _count, amount in groups:
            weights[analytic or account] += abs(amount)
        if not weights:
            return groups
        [(heaviest, _weight)] = weights.most_common(1)
        return [group for group in groups if (group[0] or group[1]) == heaviest]

    @api.model
    def _get_common_prefix(self, budget, accounts):
        # sudo: codes only
        codes = accounts.sudo().with_company(budget.company_id).mapped("code")
        prefix = commonprefix([code or "" for code in codes])
        return prefix if len(prefix) >= PREFIX_LENGTH else False

    @api.model
    def _get_used_analytic(self, budget):
        categories = budget.category_ids
        return categories.analytic_account_id | categories.rule_ids.analytic_account_id

    @api.model
    def _get_unassigned_domain(self, budget, kind):
        return (
            Domain("budget_id", "=", budget.id)
            & Domain("kind", "=", kind)
            & Domain("category_id", "=", False)
            & Domain("measure", "!=", "planned")
        )

    # === COMPUTE === #

    @api.depends("budget_id", "kind")
    def _compute_choices(self):
        for wizard in self:
            groups = self.env["sop.budget.item"]._read_group(
                self._get_unassigned_domain(wizard.budget_id, wizard.kind),
                ["analytic_account_id", "account_id"],
            )
            wizard.choice_analytic_ids = self.env["account.analytic.account"].union(
                *(analytic for analytic, _account in groups)
            )
            wizard.choice_account_ids = self.env["account.account"].union(
                *(account for _analytic, account in groups)
            )
            wizard.has_analytic = bool(wizard.choice_analytic_ids)

    @api.depends("selector", "analytic_account_ids", "account_ids", "account_prefix")
    def _compute_preview(self):
        for wizard in self:
            Item = self.env["sop.budget.item"]
            domain = self._get_unassigned_domain(wizard.budget_id, wizard.kind)
            every = Item._read_group(domain, [], ["__count", "amount:sum"])[0]
            moving = (0, 0.0)
            if wizard._is_complete():
                moving = Item._read_group(
                    domain & wizard._get_selector_domain(),
                    [],
                    ["__count", "amount:sum"],
                )[0]
            wizard.item_count, wizard.item_amount = moving[0], moving[1] or 0.0
            wizard.left_count = every[0] - moving[0]
            wizard.left_amount = (every[1] or 0.0) - wizard.item_amount
            wizard.preview = wizard._get_preview_text()

    def _get_preview_text(self):
        if not self._is_complete():
            return self.env._("Choose what the items are recognised by.")
        if not self.item_count:
            return self.env._("No item in this budget is recognised by this.")
        return self.env._(
            "Items that move to the category: %(count)s. Items that stay in none: %(left)s.",
            count=self.item_count,
            left=self.left_count,
        )

    # === SELECTOR === #

    def _is_complete(self):
        self.ensure_one()
        return {
            "analytic": bool(self.analytic_account_ids),
            "account": bool(self.account_ids),
            "both": bool(self.analytic_account_ids and self.account_ids),
            "prefix": bool((self.account_prefix or "").strip()),
        }.get(self.selector, False)

    def _get_selector_domain(self):
        """Which of the items in no category the rules will take."""
        self.ensure_one()
        analytic = Domain("analytic_account_id", "in", self.analytic_account_ids.ids)
        account = Domain("account_id", "in", self.account_ids.ids)
        if self.selector == "analytic":
            return analytic
        if self.selector == "both":
            return analytic & account
        if self.selector == "account":
            return account
        accounts = (
            self.env["account.account"]
            .with_company(self.budget_id.company_id)
            .search([("code", "=like", f"{self.account_prefix.strip()}%")])
        )
        return Domain("account_id", "in", accounts.ids)

    def _prepare_rule_vals_list(self):
        """One rule for each value, so that each can be taken back by itself."""
        base = {"category_id": self.category_id.id, "note": self.note}
        if self.selector == "analytic":
            return [
                {**base, "analytic_account_id": a.id} for a in self.analytic_account_ids
            ]
        if self.selector == "account":
            return [{**base, "account_id": account.id} for account in self.account_ids]
        if self.selector == "prefix":
            return [{**base, "account_prefix": self.account_prefix.strip()}]
        return [
            {**base, "analytic_account_id": analytic.id, "account_id": account.id}
            for analytic, account in self._get_pairs()
        ]

    def _get_pairs(self):
        """Only the pairs that occur: rules for others would wait for something unforeseen."""
        domain = self._get_unassigned_domain(self.budget_id, self.kind)
        return self.env["sop.budget.item"]._read_group(
            domain & self._get_selector_domain(), ["analytic_account_id", "account_id"]
        )

    # === ACTION === #

    def action_assign(self):
        self.ensure_one()
        if not self._is_complete():
            raise UserError(self.env._("Choose what the items are recognised by."))
        if not self.item_count:
            raise UserError(self.env._("No item in this budget is recognised by this."))
        message = self.env._(
            "Items that moved to “%(category)s”: %(count)s.",
            count=self.item_count,
            category=self.category_id.display_name,
        )
        self.env["sop.budget.rule"].create(self._prepare_rule_vals_list())
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "message": message,
                "type": "success",
                "next": {"type": "ir.actions.act_window_close"},
            },
        }
