# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Command

from odoo.addons.sop_budget.engine.money import from_units, to_units
from odoo.addons.sop_budget.engine.spread import spread_even

WAYS = [
    ("budget", "Money first: from budget categories"),
    ("operation", "Operation first: say what it needs"),
    ("organic", "Organic: without a budget"),
    ("pair", "Both at once: a category and its operation"),
]
DIRECTIONS = [
    ("at_least", "At least"),
    ("at_most", "At most"),
    ("rise", "Rise to"),
    ("fall", "Fall to"),
]


class SopOperationStart(models.TransientModel):
    """Three ways to start an operation, and the pair of a category and its operation.

    Everything is created with the rights of the user: what they may not do in a budget, this
    does not do for them.
    """

    _name = "sop.operation.start"
    _inherit = "sop.wizard.mixin"
    _description = "Start an Operation"
    _check_company_auto = True

    way = fields.Selection(WAYS, "Start From", default="budget", required=True)
    company_id = fields.Many2one(
        "res.company", required=True, default=lambda self: self.env.company
    )
    currency_id = fields.Many2one(related="company_id.currency_id")

    # === The operation === #
    name = fields.Char()
    code = fields.Char(help="At most ten characters.")
    hypothesis = fields.Text()
    parent_id = fields.Many2one("sop.operation", "Part Of", check_company=True)
    user_id = fields.Many2one(
        "res.users",
        "In Charge",
        default=lambda self: self.env.user,
        domain="[('share', '=', False)]",
    )
    date_start = fields.Date("Start")
    date_end = fields.Date("End")
    is_ongoing = fields.Boolean("Ongoing")
    kpi_ids = fields.One2many("sop.operation.start.kpi", "start_id", string="KPIs")

    # === Money first === #
    budget_id = fields.Many2one(
        "sop.budget",
        compute="_compute_budget_id",
        store=True,
        readonly=False,
        check_company=True,
        domain="[('is_template', '=', False), ('state', 'not in', ('closed', 'cancelled'))]",
    )
    category_ids = fields.Many2many(
        "sop.budget.category",
        string="Categories",
        domain="[('budget_id', '=', budget_id), ('is_leaf', '=', True),"
        " ('kind', '!=', 'income')]",
    )
    line_ids = fields.One2many(
        "sop.operation.start.line",
        "start_id",
        string="Operations",
        compute="_compute_line_ids",
        store=True,
        readonly=False,
    )

    # === Operation first === #
    need_ids = fields.One2many("sop.operation.start.need", "start_id", string="Needs")

    # === Both at once === #
    category_parent_id = fields.Many2one(
        "sop.budget.category",
        "Below",
        domain="[('budget_id', '=', budget_id), ('kind', '!=', 'income')]",
        help="The category that the new one becomes a part of.",
    )
    category_name = fields.Char("Category")
    category_code = fields.Char()
    amount = fields.Monetary(
        "Planned", help="Spread evenly over the months of the operation in the budget."
    )

    @api.depends("company_id")
    def _compute_budget_id(self):
        # Stored, so worked out as the system: what is offered is for the user
        budgets = self.env["sop.budget"].sudo(False)
        readable = budgets.has_access("read")
        for start in self:
            found = budgets
            if readable:
                today = fields.Date.context_today(self)
                found = budgets.search(
                    [
                        ("company_id", "=", start.company_id.id),
                        ("is_template", "=", False),
                        ("state", "in", ("draft", "submitted", "approved")),
                        ("date_from", "<=", today),
                        ("date_to", ">=", today),
                    ],
                    limit=2,
                )
            start.budget_id = found if len(found) == 1 else False

    @api.depends("category_ids")
    def _compute_line_ids(self):
        """An operation for each category that is chosen; what was typed stays."""
        for start in self:
            # As above: of what the user may not read, nothing is told
            wanted = start.category_ids._origin.sudo(False)._filtered_access("read")
            gone = start.line_ids.filtered(
                lambda line, wanted=wanted: line.category_id._origin not in wanted
            )
            known = (start.line_ids - gone).category_id._origin
            start.line_ids = [
                *(Command.unlink(line.id) for line in gone),
                *(
                    Command.create(
                        {
                            "category_id": category.id,
                            "name": category.name,
                            "amount": max(category.operation_free, 0.0),
                            "user_id": (category.user_id or self.env.user).id,
                        }
                    )
                    for category in wanted - known
                ),
            ]

    # === START === #

    def action_start(self):
        self.ensure_one()
        self.env["sop.operation"].check_access("create")
        operations = getattr(self, f"_start_{self.way}")()
        return self._open(operations)

    def _start_budget(self):
        if not self.line_ids:
            raise UserError(
                self.env._(
                    "Choose the categories that you want to make operations from."
                )
            )
        operations = self.env["sop.operation"]
        for line in self.line_ids:
            operation = operations.create(
                {
                    **self._prepare_operation_vals(),
                    "name": line.name,
                    "code": line.code,
                    "user_id": line.user_id.id,
                }
            )
            operation._link(line.category_id, line.amount)
            operations |= operation
        return operations

    def _start_operation(self):
        operation = self._create_operation()
        if not self.need_ids:
            raise UserError(
                self.env._("Say what “%(name)s” needs money for.", name=self.name)
            )
        operation.need_ids = [
            Command.create({"name": need.name, "amount": need.amount})
            for need in self.need_ids
        ]
        return operation

    def _start_organic(self):
        return self._create_operation()

    def _start_pair(self):
        if not self.budget_id or not self.category_name:
            raise UserError(
                self.env._("Choose a budget and name the category that you want in it.")
            )
        operation = self._create_operation()
        category = self.env["sop.budget.category"].create(
            {
                "budget_id": self.budget_id.id,
                "parent_id": self.category_parent_id.id,
                "name": self.category_name,
                "code": self.category_code,
                "user_id": self.user_id.id,
            }
        )
        self._plan_amounts(category)
        operation._link(category, self.amount)
        return operation

    def _plan_amounts(self, category):
        months = self._get_months()
        digits = self.currency_id.decimal_places
        parts = spread_even(to_units(self.amount, digits), len(months))
        self.env["sop.budget.amount"].create(
            [
                {
                    "category_id": category.id,
                    "month": month,
                    "amount": from_units(units, digits),
                }
                for month, units in zip(months, parts, strict=True)
                if units
            ]
        )

    def _get_months(self):
        """Months of the budget that the operation touches, or all of them."""
        months = self.budget_id._get_months()
        start = self.date_start and self.date_start.replace(day=1)
        end = not self.is_ongoing and self.date_end
        touched = [
            month
            for month in months
            if (not start or month >= start) and (not end or month <= end)
        ]
        return touched or months

    def _create_operation(self):
        if not self.name:
            raise UserError(self.env._("Give the operation a name."))
        return self.env["sop.operation"].create(
            {
                **self._prepare_operation_vals(),
                "name": self.name,
                "code": self.code,
                "user_id": self.user_id.id,
            }
        )

    def _prepare_operation_vals(self):
        self.ensure_one()
        return {
            "company_id": self.company_id.id,
            "parent_id": self.parent_id.id,
            "hypothesis": self.hypothesis,
            "date_start": self.date_start,
            "date_end": False if self.is_ongoing else self.date_end,
            "is_ongoing": self.is_ongoing,
            "kpi_ids": [
                Command.create(kpi._prepare_kpi_vals()) for kpi in self.kpi_ids
            ],
        }

    def _open(self, operations):
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "sop_operations.sop_operation_action"
        )
        if len(operations) == 1:
            return {
                **action,
                "view_mode": "form",
                "views": [(False, "form")],
                "res_id": operations.id,
                "context": {},
            }
        return {**action, "domain": [("id", "in", operations.ids)], "context": {}}


class SopOperationStartLine(models.TransientModel):
    """An operation to be made from a category."""

    _name = "sop.operation.start.line"
    _inherit = "sop.wizard.mixin"
    _description = "Operation to Start"

    start_id = fields.Many2one("sop.operation.start", required=True, ondelete="cascade")
    currency_id = fields.Many2one(related="start_id.currency_id")
    category_id = fields.Many2one(
        "sop.budget.category", required=True, ondelete="cascade"
    )
    name = fields.Char("Operation", required=True)
    code = fields.Char()
    amount = fields.Monetary("Allocated")
    user_id = fields.Many2one(
        "res.users", "In Charge", domain="[('share', '=', False)]"
    )


class SopOperationStartNeed(models.TransientModel):
    """What an operation to be started needs money for."""

    _name = "sop.operation.start.need"
    _inherit = "sop.wizard.mixin"
    _description = "Need of an Operation to Start"

    start_id = fields.Many2one("sop.operation.start", required=True, ondelete="cascade")
    currency_id = fields.Many2one(related="start_id.currency_id")
    name = fields.Char("Purpose", required=True)
    amount = fields.Monetary("Needed", required=True)


class SopOperationStartKpi(models.TransientModel):
    """A KPI of an operation to be started."""

    _name = "sop.operation.start.kpi"
    _inherit = "sop.wizard.mixin"
    _description = "KPI of an Operation to Start"

    start_id = fields.Many2one("sop.operation.start", required=True, ondelete="cascade")
    name = fields.Char("KPI", required=True)
    direction = fields.Selection(DIRECTIONS, default="at_least", required=True)
    baseline = fields.Float("From", digits=False)
    target = fields.Float(digits=False)
    unit = fields.Char()

    def _prepare_kpi_vals(self):
        self.ensure_one()
        return {
            "name": self.name,
            "direction": self.direction,
            "baseline": self.baseline,
            "target": self.target,
            "unit": self.unit,
        }
