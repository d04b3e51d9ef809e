# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from odoo.tests import freeze_time, tagged

from .common_kpi import PLANNER
from .common_kpi_source import SourceCommon


@tagged("post_install", "-at_install")
@freeze_time("2025-05-18")
class TestCurrencies(SourceCommon):
    """Amounts in euros and francs, in a company that keeps its books in pounds.

    Rates are per unit of the table's base: a pound is 2 of it, a euro 1, a franc 0.5; from May
    on a euro is worth half.
    """

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.pound, cls.euro, cls.franc = cls.env["res.currency"].create(
            [{"name": name, "symbol": name} for name in ("KPX", "KEX", "KFX")]
        )
        cls.company.currency_id = cls.pound
        cls.env["res.currency.rate"].create(
            [
                {
                    "currency_id": currency.id,
                    "company_id": cls.company.id,
                    "name": day,
                    "rate": rate,
                }
                for currency, day, rate in (
                    (cls.pound, "2025-01-01", 0.5),
                    (cls.euro, "2025-01-01", 1.0),
                    (cls.euro, "2025-05-01", 2.0),
                    (cls.franc, "2025-01-01", 2.0),
                )
            ]
        )
        cls.accountant = cls.make_user(
            "kpi_accountant", f"{PLANNER},account.group_account_manager"
        )
        cls.expense, cls.bank = cls.env["account.account"].create(
            [
                {"name": "Events", "code": "615000", "account_type": "expense"},
                {"name": "Money", "code": "512000", "account_type": "asset_current"},
            ]
        )
        cls.journal = cls.env["account.journal"].create(
            {"name": "Any", "code": "ANY", "type": "general"}
        )
        cls.post("2025-04-10", 100, cls.euro)
        cls.post("2025-05-02", 40, cls.euro)

    @classmethod
    def post(cls, day, amount, currency):
        cls.env["account.move"].create(
            {
                "journal_id": cls.journal.id,
                "date": day,
                "line_ids": [
                    (
                        0,
                        0,
                        {
                            "account_id": account.id,
                            "currency_id": currency.id,
                            "amount_currency": signed,
                        },
                    )
                    for account, signed in (
                        (cls.expense, amount),
                        (cls.bank, -amount),
                    )
                ],
            }
        ).action_post()

    def make_money(self, measure="sum", **vals):
        return self.make_records(
            user=self.accountant,
            name=f"Money {measure}",
            kind="currency",
            source_model="account.move.line",
            source_domain=f"[('account_id', '=', {self.expense.id})]",
            source_measure=measure,
            source_field="amount_currency",
            **vals,
        )

    def measure(self, **vals):
        kpi = self.make_money(**vals)
        kpi._roll_up()
        return kpi

    def test_in_the_currency_of_the_company(self):
        """140 euros at today's 2 a base unit are 70, and so 35 pounds."""
        kpi = self.measure()
        self.assertFalse(kpi.error_text)
        self.assertAlmostEqual(kpi.value, 35.0)
        for measure, value in (("avg", 17.5), ("min", 10.0), ("max", 25.0)):
            self.assertAlmostEqual(self.measure(measure=measure).value, value)
        self.assertEqual(self.measure(measure="count").value, 2)

    def test_a_period_keeps_its_rate(self):
        """April's 100 euros are 50 pounds at the rate of its last day, whatever came after."""
        kpi = self.measure(source_window="period", frequency="monthly")
        values = {str(value.date): value.value for value in kpi.value_ids}
        self.assertAlmostEqual(values["2025-04-30"], 50.0)
        self.assertAlmostEqual(values["2025-05-18"], 10.0)
        april = kpi.value_ids.filtered(lambda value: str(value.date) == "2025-04-30")
        self.env["res.currency.rate"].create(
            {
                "currency_id": self.euro.id,
                "company_id": self.company.id,
                "name": "2025-05-19",
                "rate": 4.0,
            }
        )
        with freeze_time("2025-05-20"):
            kpi._roll_up()
        self.assertEqual(april.state, "current")
        self.assertAlmostEqual(kpi.value, 5.0)

    def test_several_currencies(self):
        """8 francs are 4 base units, 2 pounds; a sum can be converted, nothing else."""
        self.post("2025-05-03", 8, self.franc)
        self.assertAlmostEqual(self.measure().value, 37.0)
        for measure in ("avg", "min", "max"):
            kpi = self.measure(measure=measure)
            self.assertFalse(kpi.has_value)
            self.assertIn("amounts in KEX, KFX", kpi.error_text)
        one = self.make_money("max", code="ONE")
        one.source_domain = f"[('currency_id', '=', {self.franc.id})]"
        one._roll_up()
        self.assertAlmostEqual(one.value, 2.0)

    def test_nothing_found(self):
        nothing = {"date_start": "2025-05-10"}
        self.assertEqual(self.measure(**nothing).value, 0)
        self.assertTrue(self.measure(**nothing).has_value)
        self.assertFalse(self.measure(measure="max", **nothing).has_value)
