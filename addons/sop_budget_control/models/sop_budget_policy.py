# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from odoo import api, fields, models
from odoo.exceptions import ValidationError

EVENTS = [
    ("order", "Order Confirmation"),
    ("bill", "Bill Posting"),
    ("expense", "Expense Approval"),
]
ACTIONS = [
    ("ignore", "Let Pass and Flag"),
    ("warn", "Warn"),
    ("override", "Need an Override"),
    ("stop", "Stop"),
]
BASES = [
    ("to_date", "Up to the Month"),
    ("year", "Fiscal Year"),
    ("budget", "Whole Budget"),
]
REACHES = [
    ("each", "Each Category"),
    ("total", "Only the Total"),
]
#: What a change of is written to the log.
LOGGED_FIELDS = (
    "action",
    "basis",
    "reach",
    "tolerance_percent",
    "tolerance_amount",
    "event",
    "category_id",
)


class SopBudgetPolicy(models.Model):
    """What happens when a document takes more than a category has.

    The policy of a category is its own, else that of the nearest category above, else that of
    the budget. A category above that has a policy of its own is checked as well, as the sum of
    what is below it. No policy: nothing is checked.
    """

    _name = "sop.budget.policy"
    _description = "Control Policy"
    _inherit = ["sop.budget.part.mixin"]
    _order = "budget_id, category_id, event, id"
    _rec_name = "event"

    budget_id = fields.Many2one(
        "sop.budget", required=True, index=True, ondelete="cascade"
    )
    company_id = fields.Many2one(related="budget_id.company_id", store=True)
    currency_id = fields.Many2one(related="budget_id.currency_id")
    category_id = fields.Many2one(
        "sop.budget.category",
        index="btree_not_null",
        ondelete="cascade",
        domain="[('budget_id', '=', budget_id), ('kind', '!=', 'income')]",
        help="Empty: all categories of the budget that have no policy of their own.",
    )
    event = fields.Selection(EVENTS, required=True, default="order")
    action = fields.Selection(
        ACTIONS,
        required=True,
        default="stop",
        help="What happens when a document takes more than is available.",
    )
    basis = fields.Selection(
        BASES,
        "Measured Against",
        required=True,
        default="to_date",
        help="The plan up to the month of the document, of its fiscal year, or of the whole "
        "budget.",
    )
    reach = fields.Selection(
        REACHES,
        "Holds for",
        required=True,
        default="each",
        help="Each category: also those below, one by one. Only the total: categories below "
        "may exceed their plan as long as the total holds.",
    )
    tolerance_percent = fields.Float(
        "Tolerance %", digits=(6, 3), help="Share of the plan. Adds to the amount."
    )
    tolerance_amount = fields.Monetary(
        "Tolerance", help="Amount beyond the plan. Adds to the share."
    )

    _place_uniq = models.UniqueIndex(
        "(budget_id, event, COALESCE(category_id, 0))",
        "This category has a policy for this kind of document: change that one.",
    )
    _tolerance_positive = models.Constraint(
        "CHECK (tolerance_percent >= 0 AND tolerance_amount >= 0)",
        "A tolerance can't be below zero: plan less instead.",
    )

    # === CONSTRAINTS === #

    @api.constrains("category_id", "budget_id")
    def _check_category(self):
        for policy in self:
            category = policy.category_id
            if category and category.budget_id != policy.budget_id:
                raise ValidationError(
                    self.env._(
                        "“%(category)s” belongs to another budget: choose a category of "
                        "“%(budget)s”.",
                        category=category.display_name,
                        budget=policy.budget_id.name,
                    )
                )
            if category.kind == "income":
                raise ValidationError(
                    self.env._(
                        "“%(category)s” is income, which can't be overspent: choose a category "
                        "of expenses or fixed assets.",
                        category=category.display_name,
                    )
                )

    @api.depends("event", "category_id.display_name", "budget_id.name")
    def _compute_display_name(self):
        events = dict(self._fields["event"]._description_selection(self.env))
        for policy in self:
            place = policy.category_id.display_name or policy.budget_id.name or ""
            policy.display_name = f"{place}: {events.get(policy.event, '')}"

    # === CRUD === #

    @api.model_create_multi
    def create(self, vals_list):
        for vals in vals_list:
            self._check_not_derived(vals)
        policies = super().create(vals_list)
        policies.budget_id._check_can_manage()
        policies._log_change("created")
        return policies

    def write(self, vals):
        self._check_not_derived(vals)
        self._check_same_budget(vals)
        self.budget_id._check_can_manage()
        before = self._read_logged()
        result = super().write(vals)
        self._log_change("changed", before)
        return result

    @api.ondelete(at_uninstall=False)
    def _unlink_except_not_manager(self):
        self.budget_id._check_can_manage()
        self._log_change("deleted")

    # === LOG === #

    def _read_logged(self):
        """``{policy id: {field: shown value}}``."""
        return {
            policy.id: {
                name: policy._fields[name].convert_to_export(policy[name], policy)
                for name in LOGGED_FIELDS
            }
            for policy in self
        }

    def _log_change(self, change, before=None):
        """Say it in the log, which nobody changes, and in the history of the budget."""
        after = self._read_logged()
        rows = []
        for policy in self:
            old = (before or {}).get(policy.id, {})
            parts = [
                policy._describe_change(name, old.get(name), value)
                for name, value in after[policy.id].items()
                if before is None or old.get(name) != value
            ]
            if parts:
                rows.append(policy._prepare_log_vals(change, "\n".join(parts)))
        # sudo: the log is the system's; whoever may change a policy is recorded there
        logs = self.env["sop.budget.policy.log"].sudo().create(rows)
        for log in logs:
            log._post_to_budget()

    def _describe_change(self, name, old, new):
        label = self._fields[name]._description_string(self.env)
        if old is None:
            return f"{label}: {new or '–'}"
        return f"{label}: {old or '–'} → {new or '–'}"

    def _prepare_log_vals(self, change, detail):
        self.ensure_one()
        return {
            "budget_id": self.budget_id.id,
            "category_id": self.category_id.id,
            "policy_ref": self.id,
            "name": self.display_name,
            "change": change,
            "detail": detail,
            "user_id": self.env.user.id,
        }
