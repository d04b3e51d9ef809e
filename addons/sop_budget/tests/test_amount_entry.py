# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from odoo.exceptions import AccessError, UserError
from odoo.tests import Form, tagged
from odoo.tools import mute_logger

from .common import SopBudgetCommon


@tagged("post_install", "-at_install")
class TestAmountEntry(SopBudgetCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.category = cls.make_category("P1")

    def entry(self, user=None, **vals):
        model = self.env["sop.budget.amount.entry"].with_user(user or self.owner)
        return model.create({"category_id": self.category.id, **vals})

    def apply(self, **vals):
        self.entry(**vals).action_apply()
        return self.amounts()

    def amounts(self):
        return {
            a.month.strftime("%m"): a.amount
            for a in self.category.amount_ids.sorted("month")
        }

    def test_total_spread_evenly_without_losing_a_cent(self):
        amounts = self.apply(
            amount=100000, month_from="2025-01-01", month_to="2025-03-31"
        )
        self.assertEqual(amounts, {"01": 33333.34, "02": 33333.33, "03": 33333.33})

    def test_total_spread_by_days(self):
        amounts = self.apply(
            amount=590, timing="days", month_from="2025-01-01", month_to="2025-02-28"
        )
        self.assertEqual(amounts, {"01": 310.0, "02": 280.0})

    def test_each_month_each_quarter_once(self):
        self.assertEqual(set(self.apply(amount=50, timing="monthly").values()), {50.0})
        self.assertEqual(
            self.apply(amount=300, timing="quarterly"),
            {"01": 300.0, "04": 300.0, "07": 300.0, "10": 300.0},
        )
        self.assertEqual(
            self.apply(amount=900, timing="one_time", month_from="2025-05-10"),
            # Months before the chosen one are not touched
            {"01": 300.0, "04": 300.0, "05": 900.0},
        )

    def test_quarters_follow_the_fiscal_year(self):
        self.company.fiscalyear_last_month = "1"
        amounts = self.apply(amount=300, timing="quarterly")
        self.assertEqual(list(amounts), ["01", "02", "05", "08", "11"])

    def test_quantity_times_price(self):
        amounts = self.apply(
            source="quantity", quantity=3, unit_price=19.99, timing="monthly"
        )
        self.assertEqual(amounts["01"], 59.97)

    def test_seasonal_follows_the_actuals_of_last_year(self):
        self.category.account_ids = self.expense
        for amount, day in ((100.0, "2024-01-15"), (300.0, "2024-03-15")):
            self.post_entry(amount, day)
        amounts = self.apply(amount=1000, timing="seasonal")
        self.assertEqual(
            (amounts["01"], amounts["02"], amounts["03"]), (250.0, 0.0, 750.0)
        )

    def test_seasonal_without_actuals_says_so(self):
        entry = self.entry(amount=1000, timing="seasonal")
        self.assertIn("no actuals", entry.error)
        with self.assertRaisesRegex(UserError, "no actuals"):
            entry.action_apply()

    def test_copy_of_another_budget_with_a_change(self):
        other = self.make_budget(
            name="Last year", date_from="2024-01-01", date_to="2024-12-31"
        )
        source = self.env["sop.budget.category"].create(
            {"budget_id": other.id, "code": "P1", "name": "Before"}
        )
        self.env["sop.budget.amount"].create(
            [
                {"category_id": source.id, "month": "2024-01-01", "amount": 0.1},
                {"category_id": source.id, "month": "2024-02-01", "amount": 100.0},
            ]
        )
        amounts = self.apply(source="copy", copy_category_id=source.id, percent=5)
        self.assertEqual(amounts, {"01": 0.11, "02": 105.0})

    def test_copy_needs_a_category_of_the_same_currency(self):
        self.assertIn("Choose the category", self.entry(source="copy").error)
        self.assertFalse(self.entry(source="copy").preview)

    def test_foreign_currency_at_the_rate_of_the_budget(self):
        euro = self.env.ref("base.EUR")
        euro.active = True
        rate = self.env["sop.budget.rate"].create(
            {
                "budget_id": self.budget.id,
                "currency_id": euro.id,
                "rate": 1.08765432,
                "date": "2025-01-02",
            }
        )
        entry = self.entry(
            amount=100, rate_id=rate.id, month_from="2025-01-01", month_to="2025-03-31"
        )
        self.assertIn("33.34", entry.preview)
        entry.action_apply()
        self.assertRecordValues(
            self.category.amount_ids.sorted("month"),
            [
                {
                    "amount": amount,
                    "entry_amount": entered,
                    "entry_rate": 1.08765432,
                    "entry_currency_id": euro.id,
                    "entry_date": rate.date,
                }
                for amount, entered in ((36.26, 33.34), (36.25, 33.33), (36.25, 33.33))
            ],
        )
        # Added to, the amount has no single entry any more
        self.apply(
            amount=1,
            mode="add",
            timing="one_time",
            month_from="2025-01-01",
            rate_id=rate.id,
        )
        january = self.category.amount_ids.sorted("month")[0]
        self.assertEqual(january.amount, 37.35)
        self.assertFalse(january.entry_currency_id)

    def test_add_to_what_is_planned(self):
        self.apply(amount=50, timing="monthly")
        amounts = self.apply(amount=7, timing="quarterly", mode="add")
        self.assertEqual((amounts["01"], amounts["02"]), (57.0, 50.0))

    def test_replacing_clears_the_other_months(self):
        self.apply(amount=50, timing="monthly")
        amounts = self.apply(amount=100, timing="one_time", month_from="2025-01-01")
        self.assertEqual(amounts, {"01": 100.0})

    def test_preview_is_what_is_stored(self):
        self.set_amounts(self.category, {"2025-01": 12.0})
        form = Form(self.env["sop.budget.amount.entry"].with_context(
            default_category_id=self.category.id
        ))  # fmt: skip
        form.amount = 1200
        self.assertIn("1,200.00", form.preview)
        self.assertIn("12.00", form.preview)
        form.month_from, form.month_to = "2026-01-01", "2026-02-01"
        self.assertIn("no month between", form.error)
        form.month_from, form.month_to = "2025-06-01", "2025-02-01"
        self.assertIn("must come before", form.error)
        form.month_from, form.month_to = "2025-01-01", "2025-12-31"
        form.save().action_apply()
        self.assertEqual(set(self.amounts().values()), {100.0})

    def test_names_are_escaped_and_months_are_those_of_the_budget(self):
        entry = self.entry(amount=12)
        self.assertEqual(entry.preview.count("<tr"), 14)

    def test_roles_and_states(self):
        for role in ("viewer", "proposer"):
            with self.subTest(role=role), self.assertRaises(UserError):
                self.entry(self.users[role], amount=12).action_apply()
        self.entry(self.users["planner"], amount=12).action_apply()
        self.budget.action_submit()
        with self.assertRaises(UserError):
            self.entry(self.users["planner"], amount=24).action_apply()

    @mute_logger("odoo.addons.base.models.ir_rule")
    def test_hidden_categories_are_out_of_reach(self):
        self.category.visibility = "manager"
        self.set_amounts(self.category, 77.0)
        self.env.flush_all()
        self.env.invalidate_all()
        with self.assertRaises(AccessError):
            self.entry(self.users["planner"], amount=12).action_apply()
        self.assertEqual(set(self.amounts().values()), {77.0})

    def test_parents_are_not_planned(self):
        entry = self.entry(amount=12)
        self.make_category("P1.1", self.category)
        with self.assertRaisesRegex(UserError, "sum of its sub-categories"):
            entry.action_apply()

    def test_amounts_beyond_reason(self):
        entry = self.entry(amount=1, source="quantity", quantity=1e30, unit_price=1e30)
        self.assertTrue(entry.error)
