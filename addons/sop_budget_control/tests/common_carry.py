# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from .test_release import SopReleaseCommon


class CarryCommon(SopReleaseCommon):
    """2025 plans 1,200 in P1 and 600 in P2; 2026 plans nothing yet and has P1 only."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.budget.uses_releases = False
        cls.target = cls.make_budget(
            name="Budget 2026", date_from="2026-01-01", date_to="2026-12-31"
        )
        cls.target_first = cls.make_category(
            "P1", budget=cls.target, analytic=cls.first.analytic_account_id
        )
        cls.env["sop.budget.member"].create(
            {
                "budget_id": cls.target.id,
                "user_id": cls.users["manager"].id,
                "role": "manager",
            }
        )

    def open_wizard(self, **vals):
        """As the manager, so that the owner approves."""
        budget = self.budget.with_user(self.users["manager"])
        action = budget.action_carry_forward()
        wizard = (
            self.env[action["res_model"]]
            .with_user(self.users["manager"])
            .browse(action["res_id"])
        )
        if vals:
            wizard.write(vals)
            wizard.action_preview()
        return wizard

    def apply(self, wizard, approve=True):
        action = wizard.action_apply()
        transfer = self.env[action["res_model"]].browse(action["res_id"])
        if approve:
            transfer.with_user(self.owner).action_approve()
            self.assertEqual(transfer.state, "approved")
        return transfer

    def sums(self, budget, category, *measures):
        matrix = budget._get_matrix()
        row = matrix.row(category.id)
        return [int(getattr(matrix, name)[row].sum()) / 100 for name in measures]

    def find(self, code):
        return self.target.category_ids.filtered(lambda c: c.code == code)

    def lines_of(self, wizard):
        return [
            (line.category_id.code, bool(line.order_line_id), line.amount)
            for line in wizard.line_ids
        ]
