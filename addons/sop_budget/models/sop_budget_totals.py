# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from odoo import api, fields, models

from ..engine import measures
from ..engine.money import from_units
from .sop_budget_sums import MEASURES, TAKING

FIGURES = ("planned", "committed", "actual", "available")


class SopBudget(models.Model):
    """Totals of spending (expenses and capital) for lists, cards and buttons.

    What is in no category counts as well, as in the report. Totals are worked out for the
    reader: categories hidden from them are not in them.
    """

    _inherit = "sop.budget"

    planned_total = fields.Monetary("Planned", compute="_compute_totals")
    committed_total = fields.Monetary("Committed", compute="_compute_totals")
    actual_total = fields.Monetary("Actual", compute="_compute_totals")
    available_total = fields.Monetary("Available", compute="_compute_totals")
    utilisation = fields.Float(
        "Used %",
        compute="_compute_totals",
        help="Committed and actual spending in percent of what is planned.",
    )

    period = fields.Char(
        compute="_compute_period", help="The time the budget is for, years included."
    )

    @api.depends_context("lang")
    @api.depends("date_from", "date_to")
    def _compute_period(self):
        for budget in self:
            budget.period = (
                budget.date_from
                and budget.date_to
                and budget._format_report_dates(budget.date_from, budget.date_to)
            )

    @api.depends_context("uid")
    @api.depends("category_ids.amount_ids.amount", "date_from", "date_to")
    def _compute_totals(self):
        sums = self._origin._get_spending()
        nothing = dict.fromkeys(MEASURES, 0)
        for budget in self:
            units = sums.get(budget._origin.id, nothing)
            taken = [units[name] for name in TAKING]
            figures = {
                **units,
                "available": measures.available(units["planned"], *taken),
            }
            digits = budget.currency_id.decimal_places
            for name in FIGURES:
                budget[f"{name}_total"] = from_units(figures[name], digits)
            budget.utilisation = 100 * (
                measures.utilisation(units["planned"], *taken) or 0.0
            )


class SopBudgetCategory(models.Model):
    """Figures of a category over its whole budget, the ones below it included."""

    _inherit = "sop.budget.category"

    planned = fields.Monetary(compute="_compute_figures")
    committed = fields.Monetary(compute="_compute_figures")
    actual = fields.Monetary(compute="_compute_figures")
    available = fields.Monetary(compute="_compute_figures")
    utilisation = fields.Float(
        "Used %",
        compute="_compute_figures",
        help="Committed and actual in percent of what is planned.",
    )

    @api.depends_context("uid")
    @api.depends("amount_ids.amount", "budget_id")
    def _compute_figures(self):
        matrices = self.budget_id._origin._get_matrix_many()
        rows = {
            budget: dict(zip(matrix.ids, range(len(matrix.ids)), strict=True))
            for budget, matrix in matrices.items()
        }
        for category in self:
            budget = category.budget_id._origin
            row = rows.get(budget.id, {}).get(category._origin.id)
            units = dict.fromkeys(FIGURES, 0)
            if row is not None:
                matrix = matrices[budget.id]
                units = {
                    name: int(getattr(matrix, name)[row].sum()) for name in FIGURES
                }
            for name in FIGURES:
                category[name] = from_units(
                    units[name], budget.currency_id.decimal_places
                )
            # What isn't available is used, reserved or not
            used = units["planned"] - units["available"]
            category.utilisation = (
                100 * used / units["planned"] if units["planned"] else 0.0
            )
