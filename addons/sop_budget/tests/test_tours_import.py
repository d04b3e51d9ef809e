# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from odoo.tests import HttpCase, tagged

from .test_import import ImportCommon


@tagged("post_install", "-at_install")
class TestImportTour(ImportCommon, HttpCase):
    def test_import_with_errors_then_mended(self):
        self.start_tour(
            "/odoo/budget-import", "sop_budget_import_mended", login="sop_planner"
        )
        self.budget.invalidate_recordset()
        self.assertEqual(
            self.amounts(),
            {
                "P": {},
                "P1": {"2025-01": 1000.5, "2025-02": 2000},
                "P2": {"2025-01": 300, "2025-02": -50},
                "P3": {"2025-01": 1, "2025-02": 2},
            },
        )
        wizard = (
            self.env["sop.budget.import"]
            .with_user(self.planner)
            .search([("file_name", "=", "wrong.csv"), ("state", "=", "done")])
        )
        rows = [[cell.value for cell in row] for row in self.load(wizard).iter_rows()]
        self.assertEqual([row[0] for row in rows], ["Code", "P2", "P1"])
        self.assertEqual(rows[1][5], "C January: This is no amount.")
