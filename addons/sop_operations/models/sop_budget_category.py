# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from collections import defaultdict

from odoo import api, fields, models
from odoo.fields import Domain

from odoo.addons.sop_budget.engine.money import from_units

from .sop_ledger_spending import KINDS


class SopBudgetCategory(models.Model):
    _inherit = "sop.budget.category"

    operation_funding_ids = fields.One2many(
        "sop.operation.funding", "category_id", string="Operations"
    )
    operation_count = fields.Integer(compute="_compute_operation_figures")
    operation_allocated = fields.Monetary(
        "Allocated",
        compute="_compute_operation_figures",
        help="What operations get of the plan, all of them together.",
    )
    operation_free = fields.Monetary(
        "Not Allocated", compute="_compute_operation_figures"
    )

    operation_unassigned = fields.Monetary(
        "Not Assigned to an Operation",
        compute="_compute_operation_unassigned",
        help="Spending of the category that carries no operation's analytic account.",
    )

    operation_missing = fields.Boolean(
        compute="_compute_operation_missing",
        search="_search_operation_missing",
        help="The company wants every category of spending of its approved budgets to have an "
        "operation, and this one has none.",
    )

    @api.depends("operation_funding_ids")
    @api.depends_context("allowed_company_ids")
    def _compute_operation_missing(self):
        missing = self.search(
            Domain("id", "in", self.ids) & self._get_operation_missing_domain()
        )
        for category in self:
            category.operation_missing = category._origin in missing

    @api.model
    def _search_operation_missing(self, operator, value):
        if operator != "in":
            return NotImplemented
        domain = self._get_operation_missing_domain()
        return Domain.OR(domain if wanted else ~domain for wanted in value)

    @api.model
    def _get_operation_missing_domain(self):
        # sudo: a setting that everybody may know
        expecting = self.env.companies.sudo().filtered("sop_operations_expected")
        if not expecting:
            return Domain.FALSE
        # sudo: whether there is any; a link that the reader may not see is one
        groups = (
            self.env["sop.operation.funding"]
            .sudo()
            ._read_group([("company_id", "in", expecting.ids)], ["category_id"])
        )
        return (
            Domain("company_id", "in", expecting.ids)
            & Domain("is_leaf", "=", True)
            & Domain("kind", "in", KINDS)
            & Domain("budget_id.state", "=", "approved")
            & Domain("id", "not in", [category.id for [category] in groups])
        )

    def _compute_operation_unassigned(self):
        assigned = self._get_assigned_units()
        for category in self:
            digits = category.currency_id.decimal_places or 0
            category.operation_unassigned = category.actual - from_units(
                assigned.get(category._origin.id, 0), digits
            )

    def _get_assigned_units(self) -> dict[int, int]:
        """``{category id: minor units}`` that operations spent of them, linked or not."""
        # sudo: operations that the reader may not see have spent it as well
        operations = (
            self.env["sop.operation"]
            .sudo()
            .with_context(active_test=False)
            .search(
                [
                    ("company_id", "in", self.company_id.ids),
                    ("analytic_account_id", "!=", False),
                ]
            )
        )
        result = defaultdict(int)
        # Each budget on its own: of budgets that overlap, one must not take from the other
        for own in self._origin.sudo().grouped("budget_id").values():
            split = operations._split_spending(dict.fromkeys(operations.ids, own))
            for parts in split.values():
                for category, units in parts.items():
                    result[category] += units
        return dict(result)

    def _compute_operation_figures(self):
        figures = self._get_allocation()
        counts = dict(
            self.env["sop.operation.funding"]._read_group(
                [("category_id", "in", self.ids)], ["category_id"], ["__count"]
            )
        )
        for category in self:
            planned, allocated = figures.get(category._origin.id, (0.0, 0.0))
            category.operation_count = counts.get(category._origin, 0)
            category.operation_allocated = allocated
            category.operation_free = planned - allocated

    def _get_allocation(self) -> dict[int, tuple[float, float]]:
        """``{category id: (planned, allocated)}``, transfers and revisions included.

        Only of categories whose figures the user may read: a form that is being filled in
        could name any.
        """
        categories = self._origin._filtered_access("read")
        figures = categories.budget_id._filter_figures()
        categories = categories.filtered(lambda c: c.budget_id in figures)
        # sudo: links to operations that the user may not see count as well
        rows = self.env["sop.operation.funding"].sudo()
        allocated = dict(
            rows._read_group(
                [("category_id", "in", categories.ids)], ["category_id"], ["amount:sum"]
            )
        )
        amounts = self.env["sop.budget.amount"].sudo()  # sudo: as above
        planned = dict(
            amounts._read_group(
                [("category_id", "in", categories.ids)], ["category_id"], ["amount:sum"]
            )
        )
        return {
            category.id: (planned.get(category, 0.0), allocated.get(category, 0.0))
            for category in categories
        }

    def _describe_over_allocation(self, planned, allocated):
        self.ensure_one()
        currency = self.currency_id
        return self.env._(
            "“%(category)s” plans %(planned)s, its operations would get %(allocated)s: "
            "allocate %(excess)s less, or have the plan raised.",
            category=self.display_name,
            planned=currency.format(planned),
            allocated=currency.format(allocated),
            excess=currency.format(allocated - planned),
        )

    def action_open_operations(self):
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "sop_operations.sop_operation_action"
        )
        operations = self.operation_funding_ids.operation_id
        return {
            **action,
            "domain": [("id", "in", operations.ids)],
            "context": {},
        }
