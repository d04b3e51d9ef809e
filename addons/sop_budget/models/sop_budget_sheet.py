# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from collections import defaultdict

from odoo import api, models
from odoo.tools.misc import format_date

from ..engine.money import to_units
from ..engine.sheet_write import Grid, GridRow, currency_format, write_grid

KIND_ORDER = ("expense", "income", "capital")


class SopBudget(models.Model):
    """The budget as a spreadsheet that can be imported again."""

    _inherit = "sop.budget"

    def action_export_xlsx(self):
        """Download the grid as a workbook."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_url",
            "url": f"/sop_budget/budget/{self.id}/xlsx",
            "target": "download",
        }

    def action_import(self):
        """Import a spreadsheet into this budget."""
        self.ensure_one()
        self.check_access("read")
        self._check_editable()
        wizard = self.env["sop.budget.import"].create(
            {"target": "existing", "budget_id": self.id}
        )
        return wizard._get_action()

    @api.private
    def get_sheet(self, categories=None):
        """The workbook as bytes: the whole tree, or some categories and all below them.

        Categories that the reader may not see are missing, in the totals as well.
        """
        self.ensure_one()
        self._check_figures()
        months = self._get_months()
        labels = self._get_sheet_labels()
        currency = self.currency_id
        return write_grid(
            Grid(
                title=self.display_name,
                subtitle=self.env._(
                    "%(company)s · %(start)s to %(end)s · all amounts in %(currency)s",
                    company=self.company_id.name,
                    start=format_date(self.env, self.date_from),
                    end=format_date(self.env, self.date_to),
                    currency=currency.name,
                ),
                months=months,
                rows=self._get_sheet_rows(categories, months),
                labels=labels,
                decimal_places=currency.decimal_places,
                number_format=currency_format(
                    currency.symbol or currency.name,
                    currency.position == "before",
                    currency.decimal_places,
                ),
                sheet_name=labels["sheet"],
            )
        )

    @api.model
    def _get_sheet_labels(self):
        """Texts of the sheet by what they head; the import knows them again."""
        fields_ = self.env["sop.budget.category"]._fields
        kinds = dict(fields_["kind"]._description_selection(self.env))
        return {
            "code": self.env._("Code"),
            "name": self.env._("Name"),
            "parent": self.env._("Parent"),
            "kind": self.env._("Kind"),
            "source": self.env._("Funding Source"),
            "responsible": self.env._("Responsible"),
            "detail": self.env._("Detail"),
            "impact": self.env._("Impact"),
            "total": self.env._("Total"),
            "reason": self.env._("What is wrong"),
            "row": self.env._("Row"),
            "sheet": self.env._("Budget"),
            **kinds,
        }

    def _get_sheet_rows(self, categories, months):
        """Rows in the order of the tree, one kind after the other."""
        tree = self.env["sop.budget.category"].search([("budget_id", "=", self.id)])
        children = defaultdict(list)
        for category in tree:
            children[category.parent_id.id].append(category)
        roots = children[False]
        if categories is not None:
            chosen = set((categories & tree).ids)
            roots = [
                category
                for category in tree
                if category.id in chosen
                and not chosen & {int(a) for a in category.parent_path.split("/")[:-2]}
            ]
        roots = sorted(roots, key=lambda c: KIND_ORDER.index(c.kind))
        amounts = self._get_sheet_amounts(months)
        rows = []
        stack = [(root, 0) for root in reversed(roots)]
        while stack:
            category, depth = stack.pop()
            rows.append(category._prepare_sheet_row(depth, amounts.get(category.id)))
            below = reversed(children[category.id])
            stack += [(child, depth + 1) for child in below]
        return rows

    def _get_sheet_amounts(self, months):
        """Amounts in units by category, a list as long as the months each."""
        place = {month: at for at, month in enumerate(months)}
        digits = self.currency_id.decimal_places
        result = defaultdict(lambda: [0] * len(months))
        groups = self.env["sop.budget.amount"]._read_group(
            [("budget_id", "=", self.id), ("month", "in", months)],
            ["category_id", "month:day"],
            ["amount:sum"],
        )
        for category, month, amount in groups:
            result[category.id][place[month]] = to_units(amount, digits)
        return result


class SopBudgetCategory(models.Model):
    _inherit = "sop.budget.category"

    def action_export_xlsx(self):
        """Download the chosen categories, and all below them, as a workbook."""
        self.budget_id.ensure_one()
        ids = ",".join(map(str, self.ids))
        return {
            "type": "ir.actions.act_url",
            "url": f"/sop_budget/budget/{self.budget_id.id}/xlsx?categories={ids}",
            "target": "download",
        }

    def _prepare_sheet_row(self, depth, units):
        self.ensure_one()
        return GridRow(
            code=self.code,
            name=self.name,
            depth=depth,
            parent=self.parent_id.code or "",
            kind=self.kind,
            source=self.source_id.name or "",
            responsible=self.user_id.name or "",
            detail=self.detail or "",
            impact=self.impact or "",
            is_parent=not self.is_leaf,
            units=tuple(units or ()) if self.is_leaf else (),
        )
