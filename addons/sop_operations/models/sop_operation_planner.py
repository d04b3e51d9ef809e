# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from odoo import api, models
from odoo.exceptions import UserError
from odoo.fields import Domain

from odoo.addons.sop_budget.engine.money import from_units, to_units

from ..engine.tree import in_tree_order, roll_up

#: More can't be dragged about on one screen; the search of the list finds the rest.
MAX_OPERATIONS = 2000
MAX_BUDGETS = 200
KINDS = ("expense", "capital")


class SopOperation(models.Model):
    """The two-panel planner: a budget beside the operations that it pays for."""

    _inherit = "sop.operation"

    @api.model
    @api.readonly
    def get_planner(self, options=None):
        """A budget's categories, the operations and the links between them, as plain data.

        :param dict options: ``budget_id`` (default: the budget that runs), ``budget_optional``
            when another one will do
        :return: ``budget, budgets, currency, categories, operations, links, hidden_count,
            more_count, can_link, can_create``. Hidden categories and their links are in no
            figure; links of operations that the reader may not see are, as in the category
            itself.
        """
        options = self._check_screen_options(options)
        budget = self._find_planner_budget(options)
        links = self._get_planner_links(budget)
        operations, more_count = self._get_planner_operations(budget, links)
        currency = (budget.company_id or self.env.company).currency_id
        Funding = self.env["sop.operation.funding"]
        return {
            "budget": budget and self._prepare_planner_budget(budget),
            "budgets": self._prepare_planner_budgets(budget),
            "currency": self._prepare_screen_currency(currency),
            **self._prepare_planner_categories(budget),
            "operations": operations._prepare_planner_rows(),
            "links": [
                {
                    "id": link.id,
                    "operation_id": link.operation_id.id,
                    "category_id": link.category_id.id,
                    "amount": link.amount,
                    "note": link.note or "",
                }
                for link in links
                if link.operation_id in operations
            ],
            "more_count": more_count,
            "can_link": bool(budget) and Funding.has_access("create"),
            "can_create": self.has_access("create"),
        }

    # === OPTIONS === #

    @api.model
    def _check_screen_options(self, options):
        if options and not isinstance(options, dict):
            raise UserError(self.env._("The options of a screen are named values."))
        return options or {}

    @api.model
    def _find_planner_budget(self, options):
        """The budget asked for, or the one that runs; none for who has no access to budgets."""
        budgets = self.env["sop.budget"]
        if not budgets.has_access("read"):
            return budgets
        return budgets._find_report_budget(options)

    # === BUDGET === #

    @api.model
    def _prepare_screen_currency(self, currency):
        return {
            "id": currency.id,
            "name": currency.name,
            "symbol": currency.symbol,
            "position": currency.position,
            "digits": currency.decimal_places,
        }

    @api.model
    def _prepare_planner_budget(self, budget):
        states = dict(budget._fields["state"]._description_selection(self.env))
        return {
            "id": budget.id,
            "name": budget.name,
            "period": budget.period,
            "state": budget.state,
            "state_label": states[budget.state],
        }

    @api.model
    def _prepare_planner_budgets(self, budget):
        """What the budget can be changed for."""
        budgets = self.env["sop.budget"]
        if not budgets.has_access("read"):
            return []
        domain = Domain("is_template", "=", False) & Domain("state", "!=", "cancelled")
        domain &= budgets._get_figures_domain()
        fields = ["name", "date_from", "date_to"]
        found = budgets.search_fetch(domain, fields, limit=MAX_BUDGETS)
        return [
            {"id": one.id, "name": one.name, "period": one.period}
            for one in budget | found
        ]

    @api.model
    def _prepare_planner_categories(self, budget):
        if not budget:
            return {"categories": [], "hidden_count": 0}
        categories = budget._get_grid_categories().filtered(lambda c: c.kind in KINDS)
        nodes = in_tree_order((c.id, c.parent_id.id) for c in categories)
        digits = budget.currency_id.decimal_places
        figures = categories._get_allocation()
        planned, linked = (
            roll_up(
                nodes, {key: to_units(two[at], digits) for key, two in figures.items()}
            )
            for at in (0, 1)
        )
        # sudo: only the number of the categories that the reader may not see
        all_count = categories.sudo().search_count(
            [("budget_id", "=", budget.id), ("kind", "in", KINDS)]
        )
        rows = [
            {
                "id": node.id,
                "parent_id": node.parent or False,
                "depth": node.depth,
                "code": category.code,
                "name": category.name,
                "is_leaf": category.is_leaf,
                "planned": from_units(planned[node.id], digits),
                "linked": from_units(linked[node.id], digits),
                "free": from_units(planned[node.id] - linked[node.id], digits),
            }
            for node in nodes
            for category in categories.browse(node.id).with_prefetch(categories.ids)
        ]
        return {"categories": rows, "hidden_count": all_count - len(categories)}

    # === OPERATIONS AND LINKS === #

    @api.model
    def _get_planner_links(self, budget):
        """Links to categories of the budget that the reader may see, both ends of them."""
        Funding = self.env["sop.operation.funding"]
        if not budget:
            return Funding
        domain = [
            ("budget_id", "=", budget.id),
            ("category_id", "any", [("kind", "in", KINDS)]),
            ("operation_id", "any", [("active", "in", (True, False))]),
        ]
        fields = ["operation_id", "category_id", "amount", "note"]
        return Funding.search_fetch(domain, fields)

    @api.model
    def _get_planner_operations(self, budget, links):
        """Those that may concern the budget: linked to it, or running at its time."""
        domain = Domain("state", "!=", "cancelled")
        if budget:
            domain &= Domain("company_id", "=", budget.company_id.id)
            domain &= Domain("date_start", "=", False) | Domain(
                "date_start", "<=", budget.date_to
            )
            domain &= Domain("date_end", "=", False) | Domain(
                "date_end", ">=", budget.date_from
            )
            domain |= Domain("id", "in", links.operation_id.ids)
        fields = self._get_planner_fields()
        operations = self.search_fetch(domain, fields, limit=MAX_OPERATIONS)
        more = 0
        if len(operations) == MAX_OPERATIONS:
            more = self.search_count(domain) - MAX_OPERATIONS
        return operations, more

    @api.model
    def _get_planner_fields(self):
        return [
            "code", "name", "parent_id", "state", "health", "user_id",
            "date_start", "date_end", "is_ongoing",
        ]  # fmt: skip

    def _prepare_planner_rows(self):
        states = dict(self._fields["state"]._description_selection(self.env))
        healths = dict(self._fields["health"]._description_selection(self.env))
        return [
            {
                "id": node.id,
                "parent_id": node.parent or False,
                "depth": node.depth,
                "code": operation.code or "",
                "name": operation.name,
                "state": operation.state,
                "state_label": states[operation.state],
                "health": operation.health or "",
                "health_label": healths.get(operation.health, ""),
                "user": operation.user_id.name or "",
                "period": operation.period or "",
                "allocated": operation.allocated,
                # With what is below
                "total": operation.allocated_total,
                "is_organic": operation.is_organic,
            }
            for node in in_tree_order((o.id, o.parent_id.id) for o in self)
            for operation in self.browse(node.id).with_prefetch(self.ids)
        ]
