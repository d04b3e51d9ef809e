# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from odoo.addons.sop_budget.tests.common import SopBudgetCommon


class SopControlCommon(SopBudgetCommon):
    """An approved budget of 2025: a parent with two leaves of 100 and 50 a month."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.top = cls.make_category("P")
        cls.first = cls.make_category("P1", cls.top, 100.0, analytic=True)
        cls.second = cls.make_category("P2", cls.top, 50.0, analytic=True)
        cls.budget.action_submit()
        cls.budget.action_approve()

    def figures(self, category, *measures):
        """Whole-budget figures of a category in currency units, as the matrix has them."""
        matrix = self.budget._get_matrix()
        row = matrix.row(category.id)
        digits = 10**self.currency.decimal_places
        found = [int(getattr(matrix, name)[row].sum()) / digits for name in measures]
        return found[0] if len(found) == 1 else found
