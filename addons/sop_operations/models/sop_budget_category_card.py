# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from odoo import api, fields, models

from ..engine.kpi import shown_percent


class SopBudgetCategory(models.Model):
    """What the money of a category is to achieve: its operations as cards."""

    _inherit = "sop.budget.category"

    linked_cards = fields.Json(
        compute="_compute_linked_cards",
        export_string_translation=False,
        help="The operations that the category pays for, with what they get and how they stand.",
    )

    @api.depends_context("uid", "lang")
    def _compute_linked_cards(self):
        Funding = self.env["sop.operation.funding"]
        if not Funding.has_access("read"):
            self.linked_cards = False
            return
        links = Funding.search([("category_id", "in", self.ids)])
        cards = {card["id"]: card for card in links.operation_id._prepare_cards()}
        by_category = links.grouped("category_id")
        figures = self._origin._get_allocation()
        for category in self:
            planned, _linked = figures.get(category._origin.id, (0.0, 0.0))
            category.linked_cards = [
                {
                    "id": link.id,
                    "amount": link.amount,
                    "share": shown_percent(100 * link.amount / planned)
                    if planned
                    else None,
                    "note": link.note or "",
                    "card": cards[link.operation_id.id],
                }
                for link in by_category.get(category._origin, ())
            ]
