# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
import io

import openpyxl

from odoo.exceptions import UserError
from odoo.tests import HttpCase, tagged

from .common import SopControlCommon


@tagged("post_install", "-at_install")
class TestVersionCompare(SopControlCommon, HttpCase):
    """What changed, by whom, why."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.submitted, cls.approved = cls.budget.version_ids.sorted("number")
        cls.budget.action_draft()

    def change(self, cell, amount, user=None):
        cell.with_user(user or self.users["planner"]).amount = amount

    def rows(self, action, **values):
        rows = self.env["sop.budget.version.change"].search(action["domain"])
        return rows.filtered_domain([(k, "=", v) for k, v in values.items()])

    def test_nothing_changed(self):
        action = (self.submitted | self.approved).action_compare()
        self.assertEqual(self.rows(action).mapped("label"), ["State"])
        self.assertIn("1 · Submitted → 2 · Approved", action["name"])

    def test_amounts_by_whom_and_why(self):
        self.change(self.first.amount_ids[0], 150)
        self.budget._save_version("saved", "Board", "Prizes cost more")
        self.change(self.second.amount_ids[1], 70, self.users["manager"])
        self.budget._save_version("transfer", "T/1", "From reserve")
        self.change(self.second.amount_ids[2], 0, self.owner)
        action = self.approved.action_compare()
        self.assertRecordValues(
            self.rows(action, section="amount"),
            [
                {
                    "category_id": self.first.id,
                    "what": "changed",
                    "old_amount": 100,
                    "new_amount": 150,
                    "difference": 50,
                    "changed_by": self.users["planner"].name,
                    "version_name": "3 · Board",
                    "why": "Board: Prizes cost more",
                },
                {
                    "category_id": self.second.id,
                    "what": "changed",
                    "old_amount": 50,
                    "new_amount": 70,
                    "difference": 20,
                    "changed_by": self.users["manager"].name,
                    "version_name": "4 · T/1",
                    "why": "T/1: From reserve",
                },
                {
                    "category_id": self.second.id,
                    "what": "removed",
                    "old_amount": 50,
                    "new_amount": 0,
                    "difference": -50,
                    "changed_by": self.owner.name,
                    "version_name": "Not kept yet",
                    "why": "",
                },
            ],
        )
        [january] = self.rows(action, category_id=self.first.id)
        self.assertIn("100.00", january.old_value)
        self.assertEqual(str(january.month), "2025-01-01")

    def test_either_order(self):
        self.change(self.first.amount_ids[0], 150)
        later = self.budget._save_version("saved", "Board")
        wizard = self.env["sop.budget.version.compare"].create(
            {
                "budget_id": self.budget.id,
                "version_from_id": later.id,
                "version_to_id": self.approved.id,
            }
        )
        action = wizard.action_compare()
        self.assertEqual(self.rows(action, section="amount").difference, 50)

    def test_other_changes(self):
        euro = self.setup_other_currency("EUR")
        rate = self.env["sop.budget.rate"].create(
            {"budget_id": self.budget.id, "currency_id": euro.id, "rate": 1.25}
        )
        cell = self.first.amount_ids[0]
        cell.write(cell._prepare_entry_vals(80, rate))
        self.env["sop.budget.rule"].create(
            {"category_id": self.first.id, "account_prefix": "77", "note": "Misc"}
        )
        self.first.write(
            {"name": "Design", "user_id": self.owner.id, "visibility": "planner"}
        )
        self.second.write({"account_ids": [(4, self.expense_3.id)], "parent_id": False})
        self.make_category("Z", name="New one")
        self.budget.name = "Budget 2025 b"
        action = self.approved.action_compare()
        found = {
            (row.section, row.what, row.category_name, row.label): (
                row.old_value,
                row.new_value,
            )
            for row in self.rows(action)
        }
        expected = {
            ("budget", "changed", "", "Name"): ("Budget 2025", "Budget 2025 b"),
            ("budget", "changed", "", "State"): ("Approved", "Draft"),
            ("category", "changed", "P1 Design", "Name"): ("Category P1", "Design"),
            ("category", "changed", "P1 Design", "Responsible"): (
                "",
                self.owner.display_name,
            ),
            ("category", "changed", "P1 Design", "Visibility"): (
                "All members",
                "Planners and managers",
            ),
            ("category", "changed", "P2 Category P2", "General Accounts"): (
                "",
                self.expense_3.with_company(self.company).display_name,
            ),
            ("category", "changed", "P2 Category P2", "Parent"): ("P Category P", ""),
            ("category", "added", "Z New one", "Category"): ("", "Z New one"),
            ("rule", "added", "P1 Design", "Matching rule"): ("", "77… (Misc)"),
        }
        for key, values in expected.items():
            with self.subTest(key=key):
                self.assertEqual(found.get(key), values, found)
        [entry] = self.rows(action, section="entry")
        self.assertTrue(entry.new_value.startswith("80 EUR at 1.25"), entry.new_value)
        [rate_row] = self.rows(action, section="rate")
        self.assertEqual(rate_row.label, "EUR")
        self.assertTrue(rate_row.new_value.startswith("1.25"), rate_row.new_value)

    def test_what_the_books_say(self):
        self.post_entry(
            30, "2025-02-10", distribution={self.first.analytic_account_id: 100}
        )
        action = self.approved.action_compare()
        [row] = self.rows(action, section="figure")
        self.assertEqual((row.label, row.difference), ("Actual", 30))
        wizard = row.compare_id
        wizard.figures = "none"
        self.assertFalse(self.rows(wizard.action_compare(), section="figure"))

    def test_drift(self):
        """What the books changed after the lock, by month; the plan is not in it."""
        analytic = self.first.analytic_account_id
        before = self.post_entry(10, "2025-01-10", distribution={analytic: 100})
        version = self.budget._save_version("saved", "Lock")
        self.env.cr.execute(
            "UPDATE account_move_line SET create_date = create_date - interval '1 day',"
            " write_date = write_date - interval '1 day' WHERE move_id = %s",
            [before.id],
        )
        self.env.invalidate_all()
        self.assertFalse(self.rows(version.action_drift()))
        late = self.post_entry(30, "2025-02-10", distribution={analytic: 100})
        self.env.cr.execute(
            "UPDATE account_move_line SET create_date = create_date + interval '1 hour'"
            " WHERE move_id = %s",
            [late.id],
        )
        before.button_draft()
        self.change(self.first.amount_ids[0], 150)
        action = version.action_drift()
        self.assertRecordValues(
            self.rows(action),
            [
                {"label": "Actual", "old_amount": 10, "new_amount": 0},
                {"label": "Actual", "old_amount": 0, "new_amount": 30},
            ],
        )
        self.assertIn("drift since", action["name"])
        items = version.action_drift_items()
        found = self.env["account.move.line"].search(items["domain"])
        self.assertIn(late, found.move_id)
        self.assertNotIn(before, found.move_id)
        self.assertEqual(found.account_id & self.payable, self.payable.browse())
        orders = version.action_drift_orders()
        self.assertFalse(self.env["purchase.order.line"].search(orders["domain"]))

    def test_three_are_too_many(self):
        third = self.budget._save_version("saved", "Three")
        with self.assertRefused(UserError, "one or two versions"):
            (third | self.submitted | self.approved).action_compare()
        other = self.make_budget(name="Other")._save_version("saved", "Other")
        with self.assertRefused(UserError, "one or two versions"):
            (third | other).action_compare()
        with self.assertRefused(UserError, "must belong to the budget"):
            self.env["sop.budget.version.compare"].create(
                {"budget_id": self.budget.id, "version_from_id": other.id}
            )

    def test_too_many_changes(self):
        self.change(self.first.amount_ids[0], 150)
        self.patch_limit(0)
        with self.assertRefused(UserError, "closer to each other"):
            self.approved.action_compare()

    def patch_limit(self, limit):
        module = "odoo.addons.sop_budget_control.wizards.sop_budget_version_compare"
        self.patch(__import__(module, fromlist=["x"]), "MAX_CHANGES", limit)

    def test_what_it_changed(self):
        self.change(self.first.amount_ids[0], 150)
        version = self.budget._save_version("saved", "Board")
        action = version.action_compare_previous()
        self.assertEqual(self.rows(action, section="amount").difference, 50)

    # === XLSX === #

    def test_workbook(self):
        self.first.with_user(self.users["planner"]).name = "=1+1"
        self.change(self.first.amount_ids[0], 150.5)
        with self.as_role("planner") as budget:
            approved = self.approved.with_env(budget.env)
            action = approved.action_compare()
            download = (
                budget.env["sop.budget.version.change"]
                .with_context(**action["context"])
                .action_export_xlsx()
            )
        self.authenticate("sop_planner", "sop_planner")
        response = self.url_open(download["url"])
        self.assertEqual(response.status_code, 200)
        book = openpyxl.load_workbook(io.BytesIO(response.content))
        rows = list(book.active.iter_rows(values_only=True))
        self.assertIn("2 · Approved", rows[0][0])
        [amount] = [row for row in rows if row[0] == "Amount"]
        self.assertEqual(amount[5:8], (100, 150.5, 50.5))
        [name] = [row for row in rows if row[3] == "Name"]
        self.assertEqual(name[6], "=1+1")
        self.assertEqual(
            [c.data_type for row in book.active for c in row if c.value == "=1+1"],
            ["s"] * sum(c == "=1+1" for row in rows for c in row),
        )
        self.authenticate("sop_viewer", "sop_viewer")
        self.assertEqual(self.url_open(download["url"]).status_code, 404)
        self.assertEqual(
            self.url_open("/sop_budget_control/compare/999999999/xlsx").status_code, 404
        )
