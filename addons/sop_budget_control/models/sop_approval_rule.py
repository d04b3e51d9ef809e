# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from odoo import api, fields, models
from odoo.exceptions import AccessError, ValidationError

from ..engine import approval as engine

KINDS = [
    ("proposal", "Proposals"),
    ("transfer", "Transfers"),
    ("override", "Overrides"),
    ("release", "Releases"),
]
FUNDING = [
    ("all", "Any money"),
    ("internal", "Internal money only"),
    ("external", "External money"),
]
RESUME = [
    ("start", "From the first step"),
    ("level", "From the step that sent it back"),
]


class SopApprovalRule(models.Model):
    """Which documents need whose approval. What is under review keeps what it was asked with."""

    _name = "sop.approval.rule"
    _description = "Approval Rule"
    _inherit = ["mail.thread"]
    _order = "company_id, budget_id, sequence, id"
    _check_company_auto = True

    name = fields.Char(required=True, translate=True, tracking=True)
    active = fields.Boolean(default=True, tracking=True)
    sequence = fields.Integer(
        default=10, help="The first rule that fits a document is the one that counts."
    )
    company_id = fields.Many2one(
        "res.company", required=True, index=True, default=lambda self: self.env.company
    )
    currency_id = fields.Many2one(related="company_id.currency_id")
    budget_id = fields.Many2one(
        "sop.budget",
        index="btree_not_null",
        ondelete="cascade",
        check_company=True,
        tracking=True,
        help="Empty: all budgets of the company that have no fitting rule of their own.",
    )
    kind = fields.Selection(
        [("all", "All documents"), *KINDS],
        string="For",
        required=True,
        default="proposal",
        tracking=True,
    )

    # === Which documents === #
    amount_from = fields.Monetary("From", tracking=True)
    amount_to = fields.Monetary(
        "Below",
        tracking=True,
        help="Amounts under this one; what is exactly as much belongs to the next rule. "
        "Empty: no limit. It is the amount of the whole document that counts.",
    )
    category_ids = fields.Many2many(
        "sop.budget.category",
        string="Categories",
        domain="[('budget_id', '=', budget_id)]",
        help="Documents with a line in one of these categories or below. Empty: all. "
        "Approval without asking needs all lines to be in them.",
    )
    funding = fields.Selection(FUNDING, required=True, default="all", tracking=True)

    # === What happens === #
    auto_approve = fields.Boolean(
        "Approve without Asking",
        tracking=True,
        help="Such documents are approved as soon as they are submitted.",
    )
    same_person_twice = fields.Boolean(
        "Same Person May Decide Twice",
        tracking=True,
        help="Off: nobody decides two steps of one document. Whoever decided one is replaced in "
        "the others by the person to escalate to, the owner or the managers of the budget; "
        "when nobody else is left, the step is skipped and the trail says so.",
    )
    resume = fields.Selection(
        RESUME,
        string="When Resubmitted",
        required=True,
        default="start",
        tracking=True,
        help="Where a document goes on after it was sent back or rejected. It starts over in "
        "any case when it asks for more, for other categories, or another rule fits now.",
    )
    step_ids = fields.One2many("sop.approval.rule.step", "rule_id", copy=True)

    _amounts_order = models.Constraint(
        "CHECK (amount_from >= 0 AND (amount_to = 0 OR amount_to > amount_from))",
        "The amount below which a rule holds must be above the one from which it holds.",
    )

    @api.constrains("category_ids", "budget_id")
    def _check_categories(self):
        for rule in self:
            strange = rule.category_ids.filtered(
                lambda c, r=rule: c.budget_id != r.budget_id
            )
            if strange:
                raise ValidationError(
                    self.env._(
                        "The rule “%(rule)s” names %(category)s, which is not in its budget: "
                        "choose the budget first, then categories of it.",
                        rule=rule.name,
                        category=strange[0].display_name,
                    )
                )

    # === RIGHTS === #

    @api.model_create_multi
    def create(self, vals_list):
        rules = super().create(vals_list)
        rules._check_can_manage()
        return rules

    def write(self, vals):
        self._check_can_manage()
        result = super().write(vals)
        if {"budget_id", "company_id"} & set(vals):
            self._check_can_manage()
        return result

    @api.ondelete(at_uninstall=False)
    def _unlink_except_not_manager(self):
        self._check_can_manage()

    def _check_can_manage(self):
        """Owners for their budgets, administrators for the whole company.

        Not managers: whoever says who approves could approve everything.
        """
        for rule in self:
            if rule.budget_id and not rule.budget_id._is_answered_for():
                raise AccessError(
                    self.env._(
                        "Only the owner of “%(budget)s” says who approves what.",
                        budget=rule.budget_id.name,
                    )
                )
            if not rule.budget_id and not self.env["sop.budget"]._is_administrator():
                raise AccessError(
                    self.env._(
                        "“%(rule)s” holds for all budgets of the company: only administrators "
                        "of budgets change it. Choose a budget for a rule of your own.",
                        rule=rule.name,
                    )
                )

    # === WHICH RULE === #

    @api.model
    def _find_rule(self, budget, kind, parts, amount):
        """The rule for a document, empty when none fits.

        :param parts: of the engine, amounts in minor units
        """
        rules = self.search(
            [
                ("company_id", "=", budget.company_id.id),
                ("budget_id", "in", [budget.id, False]),
                ("kind", "in", [kind, "all"]),
            ]
        ).sorted(lambda r: (not r.budget_id, r.sequence, r.id))
        if kind == "override":
            # It exceeds the plan: only a rule made for that grants it without asking
            rules = rules.filtered(lambda r: r.kind == kind or not r.auto_approve)
        found = engine.pick_rule([rule._to_engine() for rule in rules], parts, amount)
        return self.browse(found.key if found else [])

    def _to_engine(self):
        self.ensure_one()
        to_minor = self.env["sop.approval"]._to_minor
        return engine.Rule(
            key=self.id,
            amount_from=to_minor(self.amount_from, self.currency_id),
            amount_to=to_minor(self.amount_to, self.currency_id)
            if self.amount_to
            else None,
            categories=frozenset(self.category_ids.ids),
            funding=self.funding,
            automatic=self.auto_approve,
        )
