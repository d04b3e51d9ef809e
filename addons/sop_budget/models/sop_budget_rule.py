# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from odoo import api, fields, models
from odoo.exceptions import ValidationError

SELECTORS = ("analytic_account_id", "account_id", "account_prefix")


class SopBudgetRule(models.Model):
    """A further way to recognise what belongs to a leaf category.

    All criteria that are filled must hold. The most specific rule of a budget wins; the order
    is stated in ``engine/matching.py``.
    """

    _name = "sop.budget.rule"
    _inherit = "sop.budget.part.mixin"
    _description = "Budget Matching Rule"
    _order = "category_id, id"
    _check_company_auto = True

    category_id = fields.Many2one(
        "sop.budget.category", required=True, index=True, ondelete="cascade"
    )
    budget_id = fields.Many2one(related="category_id.budget_id", store=True, index=True)
    company_id = fields.Many2one(related="category_id.company_id", store=True)
    analytic_account_id = fields.Many2one(
        "account.analytic.account",
        index="btree_not_null",
        ondelete="restrict",
        check_company=True,
    )
    account_id = fields.Many2one(
        "account.account",
        string="General Account",
        index="btree_not_null",
        ondelete="restrict",
        check_company=True,
    )
    account_prefix = fields.Char(
        help="Accounts whose code begins with this, such as 61."
    )
    note = fields.Char(help="Why this rule exists.")

    _some_criterion = models.Constraint(
        "CHECK (analytic_account_id IS NOT NULL OR account_id IS NOT NULL "
        "OR account_prefix IS NOT NULL)",
        "A matching rule needs an analytic account, a general account or a code prefix.",
    )
    _one_account_criterion = models.Constraint(
        "CHECK (account_id IS NULL OR account_prefix IS NULL)",
        "A matching rule names either a general account or a code prefix.",
    )

    @api.depends("analytic_account_id", "account_id", "account_prefix")
    def _compute_display_name(self):
        for rule in self:
            parts = [
                rule.analytic_account_id.display_name,
                rule.account_id.display_name,
                rule.account_prefix and f"{rule.account_prefix}…",
            ]
            rule.display_name = " + ".join(part for part in parts if part)

    @api.constrains("category_id", "analytic_account_id")
    def _check_category(self):
        for rule in self:
            if not rule.category_id.is_leaf:
                raise ValidationError(
                    self.env._(
                        "“%(category)s” has sub-categories: matching rules belong to the "
                        "lowest level.",
                        category=rule.category_id.display_name,
                    )
                )
            rule.budget_id._check_analytic_plan(rule.analytic_account_id)

    @api.model
    def _get_guarded_fields(self):
        return super()._get_guarded_fields().union(SELECTORS)

    @api.model_create_multi
    def create(self, vals_list):
        for vals in vals_list:
            self._check_not_derived(vals)
            self.env["sop.budget"]._check_may_tie(SELECTORS, vals)
            if not (vals.get("account_prefix") or "").strip():
                vals["account_prefix"] = False
        rules = super().create(vals_list)
        rules.budget_id._check_matching_editable()
        rules._log_change(self.env._("added"))
        return rules

    def write(self, vals):
        self.budget_id._check_matching_editable()
        self._check_not_derived(vals)
        self._check_same_budget(vals)
        self.env["sop.budget"]._check_may_tie([*SELECTORS, "category_id"], vals)
        if "account_prefix" in vals and not (vals["account_prefix"] or "").strip():
            vals = {**vals, "account_prefix": False}
        result = super().write(vals)
        self._log_change(self.env._("changed"))
        return result

    @api.ondelete(at_uninstall=False)
    def _unlink_except_locked(self):
        self.budget_id._check_matching_editable()
        self._log_change(self.env._("removed"))

    def _log_change(self, what):
        for category, rules in self.grouped("category_id").items():
            category.message_post(
                body=self.env._(
                    "Matching rule %(what)s: %(rules)s",
                    what=what,
                    rules=", ".join(rules.mapped("display_name")),
                )
            )
