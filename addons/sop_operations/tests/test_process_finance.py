# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
import psycopg2

from odoo.fields import Command
from odoo.tests import tagged
from odoo.tools import mute_logger

from . import process_sql
from .common_process import VIEWER, ProcessCommon

#: Day, account debited, account credited, amount
ENTRIES = (
    # What there was: 200 of cash, 100 of goods, 150 of machines; 450 of equity
    ("2023-12-15", "cash", "equity", 200),
    ("2023-12-15", "stock", "equity", 100),
    ("2023-12-15", "machines", "equity", 150),
    # The first half of the year before: sold for 100
    ("2024-02-10", "cash", "revenue", 60),
    ("2024-05-10", "receivable", "revenue", 40),
    ("2024-09-10", "cash", "revenue", 80),
    ("2024-10-10", "cost", "stock", 30),
    ("2024-12-31", "depreciation", "machines", 20),
    # The first half of the year: sold for 130, for 95 of cost and interest of 7
    ("2025-01-20", "cash", "revenue", 50),
    ("2025-03-20", "receivable", "revenue", 80),
    ("2025-03-25", "cost", "payable", 45),
    ("2025-04-02", "expense", "cash", 50),
    ("2025-04-30", "interest", "cash", 7),
    ("2025-05-05", "machines", "cash", 90),
    ("2025-05-06", "cash", "loan", 10),
    ("2025-06-10", "expense", "accrued", 13),
    ("2025-07-02", "cash", "revenue", 999),
)
TYPES = {
    "cash": "asset_cash",
    "stock": "asset_current",
    "machines": "asset_fixed",
    "receivable": "asset_receivable",
    "payable": "liability_payable",
    "accrued": "liability_current",
    "loan": "liability_non_current",
    "equity": "equity",
    "revenue": "income",
    "cost": "expense_direct_cost",
    "expense": "expense",
    "depreciation": "expense_depreciation",
    "interest": "expense_other",
}


@tagged("post_install", "-at_install")
class TestFinance(ProcessCommon):
    """Figures of the company as a whole on books that are worked out by hand."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.accounts = cls.env["account.account"].create(
            [
                {
                    "name": name.title(),
                    "code": f"F{number:03}",
                    "account_type": kind,
                    "reconcile": name in ("receivable", "payable"),
                    "company_ids": [Command.set(cls.company.ids)],
                }
                for number, (name, kind) in enumerate(TYPES.items())
            ]
        )
        by_name = dict(zip(TYPES, cls.accounts, strict=True))
        cls.company.sop_profit_tax = 20
        entries = cls.env["account.move"].create(
            [
                {
                    "date": day,
                    "company_id": cls.company.id,
                    "journal_id": cls.company_data["default_journal_misc"].id,
                    "line_ids": [
                        Command.create(
                            {"account_id": by_name[debit].id, "debit": amount}
                        ),
                        Command.create(
                            {"account_id": by_name[credit].id, "credit": amount}
                        ),
                    ],
                }
                for day, debit, credit, amount in ENTRIES
            ]
        )
        entries.action_post()
        draft = entries[-2].copy({"date": "2025-06-11"})
        cancelled = entries[-2].copy({"date": "2025-06-12"})
        cancelled.button_cancel()
        assert draft.state == "draft"
        # Half of it lies in the cube, half is still to be folded in
        cls.env["sop.ledger.month"]._fold()
        entries[9].button_draft()
        entries[9].action_post()

    def test_figures(self):
        # Sold 130 after 100
        self.check_figure("fin_revenue_growth", 30)
        # 130 − 45 − 50 − 13: interest is none of it
        self.check_figure("fin_operating_margin", 100 * 22 / 130)
        # Since July: 80 − 30 − 20 and the 22, less a fifth
        self.check_figure("fin_nopat", 52 * 0.8)
        # Receivables 120, goods 70, machines 220, less payables 45 and accrued 13
        self.check_figure("fin_roic", 100 * 41.6 / (120 + 70 + 220 - 45 - 13))
        # 340 at the new year, 253 now: 87 in 181 days
        self.check_figure("fin_cash", 253)
        self.check_figure("fin_burn", 87 / 6)
        self.check_figure("fin_runway", 253 / 87 * 181)

    def check_figure(self, code, expected):
        self.assertAlmostEqual(self.get_value(code), expected, 6, code)

    def test_equal_to_plain_sql(self):
        codes = [code for code in process_sql.FIGURES if code.startswith("fin_")]
        self.assertEqual(len(codes), 7)
        for code in codes:
            with self.subTest(code):
                self.check_figure_sql(
                    code, ("2025-01-01", "2025-06-30"), ("2025-02-10", "2025-06-12")
                )

    def test_what_cant_be_told(self):
        for code in ("fin_revenue_growth", "fin_burn", "fin_runway"):
            # No month of it is over
            self.assertIsNone(self.get_value(code, "2025-06-01", "2025-06-29"), code)
        # The books are younger than a year, or than what is compared with
        for code in ("fin_nopat", "fin_roic"):
            self.assertIsNone(self.get_value(code, "2024-01-01", "2024-10-31"), code)
        self.assertIsNone(
            self.get_value("fin_revenue_growth", "2024-01-01", "2024-10-31")
        )
        # Nothing sold; cash that grows
        self.assertIsNone(
            self.get_value("fin_operating_margin", "2025-05-01", "2025-05-31")
        )
        self.assertIsNone(self.get_value("fin_runway", "2024-01-01", "2024-12-31"))
        before = [
            self.get_value(metric.code, "2020-01-01", "2020-12-31")
            for metric in self.metrics.search([("process", "=", "finance")])
        ]
        self.assertEqual(before, [None] * 7)

    def test_trend_and_documents(self):
        months = self.get_result("fin_revenue_growth").months
        self.assertIsNone(months[self.day("2025-01-01")])
        self.assertEqual(months[self.day("2025-02-01")], -100)
        running = self.get_result("fin_operating_margin", date_to="2025-06-10").months
        self.assertIsNone(running[self.day("2025-06-01")])
        self.assertAlmostEqual(running[self.day("2025-03-01")], 100 * 35 / 80)
        cash = self.get_result("fin_cash").months
        self.assertEqual(cash[self.day("2024-12-01")], 340)
        for code, balance in (
            ("fin_operating_margin", -22),
            ("fin_revenue_growth", -310),
            ("fin_cash", 253),
        ):
            action = (
                self.get_metric(code)
                .with_context(sop_date_from="2025-01-01", sop_date_to="2025-06-30")
                .action_open_cases()
            )
            items = self.env[action["res_model"]].search(action["domain"])
            self.assertAlmostEqual(sum(items.mapped("balance")), balance)

    def test_a_loss_is_not_taxed(self):
        self.accounts[0].copy()
        entry = self.env["account.move"].search(
            [("company_id", "=", self.company.id), ("date", "=", "2025-04-02")]
        )
        entry.copy({"date": "2025-06-20"}).action_post()
        entry.copy({"date": "2025-06-21"}).action_post()
        self.assertAlmostEqual(self.get_value("fin_nopat"), 52 - 100)

    def test_rights(self):
        viewer = self.make_user("finance_viewer", VIEWER)
        controller = self.make_user(
            "finance_controller", VIEWER, "sop_budget.group_sop_budget_controller"
        )
        metric = self.get_metric("fin_roic")
        scope = ("2025-01-01", "2025-06-30", self.company)
        closed = metric.with_user(viewer)
        result = closed._measure(closed._make_scope(*scope))
        self.assertIsNone(result.value)
        self.assertIn("Only budget controllers", result.problem)
        may = metric.with_user(controller)
        self.assertAlmostEqual(
            may._measure(may._make_scope(*scope)).value, self.get_value("fin_roic")
        )

    @mute_logger("odoo.sql_db")
    def test_tax_is_a_percentage(self):
        for share in (-1, 101):
            with (
                self.assertRaises(psycopg2.IntegrityError),
                self.env.cr.savepoint(),
            ):
                self.company.sop_profit_tax = share
                self.env.flush_all()
