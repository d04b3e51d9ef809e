# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from odoo.tests import HttpCase, tagged

from .common import SopBudgetCommon


@tagged("post_install", "-at_install")
class TestGridTours(SopBudgetCommon, HttpCase):
    def test_first_budget(self):
        self.start_tour("/odoo", "sop_budget_first_budget", login="sop_owner")
        budget = self.env["sop.budget"].search([("name", "=", "My first budget")])
        people, lead, trainee = budget.category_ids.sorted("id")
        self.assertEqual(people.name, "Personnel")
        self.assertEqual((lead | trainee).parent_id, people)
        self.assertEqual(
            lead.amount_ids.sorted("month").mapped("amount"), [5000.0, 300.0, 1500.0]
        )
        self.assertEqual(trainee.amount_ids.mapped("amount"), [100.0] * 12)
        self.assertEqual(budget.user_id, self.owner)

    def test_grid_by_keyboard(self):
        parent = self.make_category("P")
        first = self.make_category("P1", parent)
        second = self.make_category("P2", parent)
        self.start_tour(
            f"/odoo/budgets/{self.budget.id}/budget-grid",
            "sop_budget_grid_keyboard",
            login="sop_planner",
        )
        self.env.invalidate_all()
        # 14 + 3 + 4 were left of the edits and grew to 100 in proportion
        self.assertEqual(first.amount_ids.mapped("amount"), [66.67])
        self.assertEqual(
            second.amount_ids.sorted("month").mapped("amount"), [14.28, 19.05]
        )
