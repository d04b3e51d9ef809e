# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.fields import Command

from ..engine.formula import FormulaError, find
from .engine_messages import describe_formula_error

KINDS = [("expense", "Expense"), ("income", "Income"), ("capital", "Capital")]
# Who may see a category, see `ROLE_RANK`; auditors see all of them
VISIBILITIES = [
    ("all", "All members"),
    ("planner", "Planners and managers"),
    ("manager", "Managers only"),
]
# More than any plan needs; much more, and the ORM can't create them inside each other
MAX_LEVELS = 30
VISIBILITY_RANK = {"all": 1, "planner": 2, "manager": 3}
# What makes the plan; what ties a leaf to the books may be mended after approval
PLAN_FIELDS = {
    "budget_id",
    "parent_id",
    "code",
    "kind",
    "held",
    "amount_ids",
    "source_id",
}
# What may be mended until the budget is closed
OPEN_FIELDS = {
    "name",
    "detail",
    "impact",
    "sequence",
    "user_id",
    "note",
    "alert_thresholds",
    "visibility",
}
MATCHING_FIELDS = ("analytic_account_id", "account_ids", "account_prefixes", "rule_ids")


class SopBudgetCategory(models.Model):
    _name = "sop.budget.category"
    _description = "Budget Category"
    _inherit = ["sop.budget.part.mixin", "mail.thread", "mail.activity.mixin"]
    _parent_store = True
    _parent_name = "parent_id"
    _order = "budget_id, sequence, code, id"
    _rec_names_search = ["code", "name"]
    _check_company_auto = True
    _mail_post_access = "read"

    # === Place in the tree === #
    budget_id = fields.Many2one(
        "sop.budget", required=True, index=True, ondelete="cascade"
    )
    company_id = fields.Many2one(related="budget_id.company_id", store=True, index=True)
    currency_id = fields.Many2one(related="company_id.currency_id")
    budget_state = fields.Selection(related="budget_id.state", string="Budget State")
    parent_id = fields.Many2one(
        "sop.budget.category",
        string="Parent",
        index=True,
        ondelete="cascade",
        domain="[('budget_id', '=', budget_id), ('id', '!=', id)]",
    )
    parent_path = fields.Char(index=True)
    child_ids = fields.One2many("sop.budget.category", "parent_id", copy=False)
    is_leaf = fields.Boolean(
        compute="_compute_is_leaf", store=True, string="Lowest Level"
    )
    sequence = fields.Integer(default=10)

    # === What it is === #
    code = fields.Char(
        required=True, tracking=True, help="Unique in the budget, such as P1.2."
    )
    name = fields.Char(required=True, tracking=True)
    complete_name = fields.Char(compute="_compute_complete_name", recursive=True)
    detail = fields.Char(help="What exactly the money is for.")
    impact = fields.Char(
        help="The expected outcome. A text that begins with = is worked out, "
        "such as =3*4*12 meet-ups."
    )
    impact_result = fields.Char(
        compute="_compute_impact_result", string="Expected Result"
    )
    impact_error = fields.Char(compute="_compute_impact_result")
    kind = fields.Selection(
        KINDS,
        compute="_compute_kind",
        store=True,
        readonly=False,
        required=True,
        recursive=True,
        precompute=True,
        help="Sub-categories take the kind of their parent.",
    )
    user_id = fields.Many2one(
        "res.users",
        string="Responsible",
        index="btree_not_null",
        tracking=True,
        domain="[('share', '=', False)]",
    )
    source_id = fields.Many2one(
        "sop.funding.source",
        string="Funding Source",
        index="btree_not_null",
        check_company=True,
        tracking=True,
        help="Who pays. Empty means internal money.",
    )
    is_external = fields.Boolean(
        related="source_id.is_external", string="Externally Funded"
    )
    held = fields.Boolean(
        tracking=True,
        help="Keeps its amounts when a total above it is spread over the categories.",
    )
    visibility = fields.Selection(
        VISIBILITIES,
        required=True,
        default="all",
        tracking=True,
        help="Who may see this category and what is below it. For everybody else its amounts "
        "are left out of the totals as well, so that they can't be worked out.",
    )
    visibility_effective = fields.Selection(
        VISIBILITIES,
        compute="_compute_visibility_effective",
        store=True,
        recursive=True,
    )
    alert_thresholds = fields.Char(
        "Alert at %",
        tracking=True,
        help="Empty: as the budget says. Such as 80,100.",
    )
    note = fields.Text()

    # === How the books are recognised === #
    analytic_account_id = fields.Many2one(
        "account.analytic.account",
        index="btree_not_null",
        ondelete="restrict",
        tracking=True,
        check_company=True,
        domain="[('root_plan_id', '=', plan_id)]",
    )
    plan_id = fields.Many2one(related="budget_id.plan_id")
    account_ids = fields.Many2many(
        "account.account", string="General Accounts", check_company=True
    )
    account_prefixes = fields.Char(
        tracking=True,
        help="Beginnings of account codes, such as 61,625.",
    )
    rule_ids = fields.One2many("sop.budget.rule", "category_id", string="Further Rules")

    # === Amounts === #
    amount_ids = fields.One2many("sop.budget.amount", "category_id")

    _code_uniq = models.Constraint(
        "unique (budget_id, code)", "Another category of this budget has this code."
    )

    # === COMPUTE === #

    @api.depends("child_ids")
    def _compute_is_leaf(self):
        parents = {
            parent.id
            for [parent] in self.env["sop.budget.category"]
            # sudo: a parent stays a parent when the reader may not see its children
            .sudo()
            ._read_group([("parent_id", "in", self.ids)], ["parent_id"])
        }
        for category in self:
            category.is_leaf = category.id not in parents

    @api.depends("code", "name")
    def _compute_display_name(self):
        for category in self:
            category.display_name = " ".join(
                filter(None, (category.code, category.name))
            )

    @api.depends("name", "parent_id.complete_name")
    def _compute_complete_name(self):
        for category in self:
            names = (category.parent_id.complete_name, category.name)
            category.complete_name = " / ".join(filter(None, names))

    @api.depends("impact")
    def _compute_impact_result(self):
        for category in self:
            category.impact_result = category.impact_error = False
            try:
                result = find(category.impact or "")
            except FormulaError as error:
                category.impact_error = describe_formula_error(self.env, error)
            else:
                category.impact_result = result and result.text

    @api.depends("parent_id.kind")
    def _compute_kind(self):
        for category in self:
            category.kind = category.parent_id.kind or category.kind or "expense"

    @api.depends("visibility", "parent_id.visibility_effective")
    def _compute_visibility_effective(self):
        for category in self:
            category.visibility_effective = max(
                category.visibility or "all",
                category.parent_id.visibility_effective or "all",
                key=VISIBILITY_RANK.__getitem__,
            )

    # === CONSTRAINTS === #

    @api.constrains("parent_id", "budget_id")
    def _check_parent(self):
        if self._has_cycle():
            raise ValidationError(self.env._("A category can't be below itself."))
        for category in self:
            if (
                category.parent_id
                and category.parent_id.budget_id != category.budget_id
            ):
                raise ValidationError(
                    self.env._(
                        "“%(category)s” and its parent must belong to the same budget.",
                        category=category.display_name,
                    )
                )

    @api.constrains("kind", "parent_id")
    def _check_kind(self):
        for category in self:
            if category.parent_id and category.kind != category.parent_id.kind:
                raise ValidationError(
                    self.env._(
                        "“%(category)s” must be of the same kind as “%(parent)s”, which sums it "
                        "up.",
                        category=category.display_name,
                        parent=category.parent_id.display_name,
                    )
                )

    @api.constrains("is_leaf", "analytic_account_id", "account_ids", "account_prefixes")
    def _check_matching(self):
        for category in self:
            if not category.is_leaf and category._has_own_matching():
                raise ValidationError(
                    self.env._(
                        "“%(category)s” is the sum of its sub-categories: tie those to the books "
                        "instead.",
                        category=category.display_name,
                    )
                )
            category.budget_id._check_analytic_plan(category.analytic_account_id)
            category._get_prefixes()

    @api.constrains("alert_thresholds")
    def _check_alert_thresholds(self):
        for category in self:
            category.budget_id._parse_thresholds(category.alert_thresholds)

    # === CRUD === #

    @api.model
    def _get_guarded_fields(self):
        return super()._get_guarded_fields().union(MATCHING_FIELDS)

    @api.model_create_multi
    def create(self, vals_list):
        vals_list = self._state_defaults(vals_list, "budget_id", "parent_id")
        for vals in vals_list:
            self._check_not_derived(vals)
            self.env["sop.budget"]._check_may_tie(MATCHING_FIELDS, vals)
        self._check_nesting(vals_list)
        self._fill_missing_codes(vals_list)
        parents = self.browse({v["parent_id"] for v in vals_list if v.get("parent_id")})
        leaves = parents.filtered(lambda p: p.is_leaf and p._holds_something())
        handed_down = {leaf: leaf._take_matching() for leaf in leaves}
        categories = super().create(vals_list)
        categories.budget_id._check_editable()
        categories._check_levels()
        for leaf, matching in handed_down.items():
            child = categories.filtered(lambda c, p=leaf: c.parent_id == p)[:1]
            leaf._hand_down(child, matching)
        return categories

    def write(self, vals):
        self._check_not_derived(vals)
        self._check_same_budget({"budget_id": vals.get("budget_id")})
        self.env["sop.budget"]._check_may_tie(MATCHING_FIELDS, vals)
        if PLAN_FIELDS & set(vals):
            self.budget_id._check_editable()
        elif OPEN_FIELDS.union(MATCHING_FIELDS) & set(vals):
            self.budget_id._check_matching_editable()
        if "visibility" in vals:
            self.budget_id._check_can_manage()
        if "parent_id" not in vals:
            return super().write(vals)
        parent = self.browse(vals["parent_id"] or [])
        if parent.is_leaf and parent._holds_something():
            raise UserError(
                self.env._(
                    "“%(parent)s” holds amounts or matching rules of its own: add a new "
                    "sub-category to it first, which takes them over.",
                    parent=parent.display_name,
                )
            )
        before = {c: VISIBILITY_RANK[c.visibility_effective] for c in self}
        result = super().write(vals)
        # sudo: what the user may not see counts as well
        self.sudo().search([("id", "child_of", self.ids)])._check_levels()
        self._check_not_uncovered(before)
        return result

    @api.model
    def _check_nesting(self, vals_list):
        """The same as `_check_levels`, before the ORM creates one inside the other."""
        level = vals_list
        for _depth in range(MAX_LEVELS):
            level = [
                command[2]
                for vals in level
                for command in vals.get("child_ids") or ()
                if len(command) == 3 and isinstance(command[2], dict)
            ]
        if level:
            raise self._prepare_levels_error()

    def _check_levels(self):
        if any(c.parent_path.count("/") > MAX_LEVELS for c in self):
            raise self._prepare_levels_error()

    @api.model
    def _prepare_levels_error(self):
        return ValidationError(
            self.env._(
                "“%(field)s”: categories lie at most %(count)s levels deep. Put some of them side "
                "by side.",
                field=self.fields_get(["parent_id"], ["string"])["parent_id"]["string"],
                count=MAX_LEVELS,
            )
        )

    def _check_not_uncovered(self, before):
        """Moving a category shows it to more people just as its visibility does."""
        if self.budget_id._has_role("manager"):
            return
        for category in self:
            if VISIBILITY_RANK[category.visibility_effective] < before[category]:
                raise AccessError(
                    self.env._(
                        "“%(category)s” would be seen by more people there than it is now: only "
                        "a manager of the budget can move it.",
                        category=category.display_name,
                    )
                )

    @api.ondelete(at_uninstall=False)
    def _unlink_except_locked(self):
        self.budget_id._check_editable()
        # What is below goes with them, and nobody deletes what they may not see
        self.budget_id._check_nothing_hidden_below(self)

    def copy_data(self, default=None):
        default = dict(default or {})
        vals_list = super().copy_data(default)
        for category, vals in zip(self, vals_list, strict=True):
            if "code" not in default:
                vals["code"] = category._next_code(category.budget_id, category.code)
            # What recognises the books can belong to one category only
            vals.update(
                analytic_account_id=False, account_ids=False, account_prefixes=False
            )
        return vals_list

    def copy(self, default=None):
        """A leaf is copied with its amounts, a parent with all that is below it."""
        copies = super().copy(default)
        for category, new in zip(self, copies, strict=True):
            self.env["sop.budget.amount"].create(
                [
                    {
                        "category_id": new.id,
                        "month": amount.month,
                        "amount": amount.amount,
                    }
                    for amount in category.amount_ids
                ]
            )
            for child in category.child_ids:
                child.copy({"parent_id": new.id})
        return copies

    def _fill_missing_codes(self, vals_list):
        """Number categories that came without a code: 1, 2, … or P1.1, P1.2, … below P1."""
        taken = {}
        for vals in vals_list:
            if vals.get("code") or not vals.get("budget_id"):
                continue
            budget = self.env["sop.budget"].browse(vals["budget_id"])
            if budget not in taken:
                taken[budget] = self._get_codes(budget) | {
                    v["code"] for v in vals_list if v.get("code")
                }
            parent = self.browse(vals.get("parent_id") or [])
            prefix = f"{parent.code}." if parent else ""
            number = 1
            while f"{prefix}{number}" in taken[budget]:
                number += 1
            vals["code"] = f"{prefix}{number}"
            taken[budget].add(vals["code"])

    @api.model
    def _get_codes(self, budget):
        # sudo: codes of hidden categories are taken as well
        return set(
            self.sudo()
            .search_fetch([("budget_id", "=", budget.id)], ["code"])
            .mapped("code")
        )

    def _next_code(self, budget, code):
        taken, number = self._get_codes(budget), 2
        while f"{code}-{number}" in taken:
            number += 1
        return f"{code}-{number}"

    # === TREE === #

    def _has_own_matching(self):
        self.ensure_one()
        return bool(
            self.analytic_account_id or self.account_ids or self.account_prefixes
        )

    def _is_tied(self):
        """Whether anything in the books can be recognised as belonging here."""
        self.ensure_one()
        return self._has_own_matching() or bool(self.rule_ids)

    def _holds_something(self):
        self.ensure_one()
        return bool(self.amount_ids) or self._is_tied()

    def _take_matching(self):
        """Clear the matching fields and return their values for another category."""
        self.ensure_one()
        matching = {
            "analytic_account_id": self.analytic_account_id.id,
            "account_ids": [Command.set(self.account_ids.ids)],
            "account_prefixes": self.account_prefixes,
        }
        self.write(
            {
                "analytic_account_id": False,
                "account_ids": False,
                "account_prefixes": False,
            }
        )
        return matching

    def _hand_down(self, child, matching):
        """Give amounts and matching to the first sub-category, so that no total changes."""
        self.ensure_one()
        if child._holds_something():
            raise UserError(
                self.env._(
                    "“%(parent)s” holds amounts or matching rules that its first sub-category "
                    "takes over: create “%(child)s” empty.",
                    parent=self.display_name,
                    child=child.display_name,
                )
            )
        # sudo: what is tied stays tied, only one level below
        child.sudo().write(matching)
        self.rule_ids.sudo().write({"category_id": child.id})
        self.amount_ids.write({"category_id": child.id})

    def _get_prefixes(self):
        """Account prefixes as a list; a ValidationError names one that can't be a code."""
        self.ensure_one()
        prefixes = [part.strip() for part in (self.account_prefixes or "").split(",")]
        for prefix in filter(None, prefixes):
            if not all(char.isalnum() or char in ".-_/" for char in prefix):
                raise ValidationError(
                    self.env._(
                        "“%(prefix)s” of “%(category)s” can't be the beginning of an account "
                        "code. Write prefixes with commas between them, such as 61,625.",
                        prefix=prefix,
                        category=self.display_name,
                    )
                )
        return list(dict.fromkeys(filter(None, prefixes)))

    def _prepare_analytic_account_vals(self):
        self.ensure_one()
        return {
            "name": self.name,
            "code": self.code,
            "plan_id": self.budget_id.plan_id.id,
            "company_id": self.company_id.id,
        }
