# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from odoo.exceptions import AccessError, UserError
from odoo.tests import Form, freeze_time, new_test_user, tagged

from .common_kpi import PLANNER, KpiCommon

ACCOUNTS = "account.group_account_readonly"


@tagged("post_install", "-at_install")
@freeze_time("2025-05-18")
class TestKpiReady(KpiCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.finance = cls.make_user("kpi_finance", f"{PLANNER},{ACCOUNTS}")

    def open(self, user=None):
        wizard = self.env["sop.kpi.ready"].with_user(user or self.finance)
        return wizard.create({"operation_id": self.operation.id})

    def choose(self, wizard, **targets):
        for line in wizard.line_ids:
            line.is_chosen = line.code in targets
            line.target = targets.get(line.code, line.target)
        return wizard

    def test_all_of_them(self):
        with Form(
            self.env["sop.kpi.ready"]
            .with_user(self.finance)
            .with_context(default_operation_id=self.operation.id)
        ) as form:
            for place in range(6):
                with form.line_ids.edit(place) as line:
                    line.is_chosen = True
        wizard = form.save()
        self.assertEqual(
            wizard.line_ids.mapped("target_text"),
            [
                "At least 18 %",
                "At least 22 %",
                "At least 12 %",
                "At most 40 days",
                "At least 85 %",
                "At least 45",
            ],
        )
        self.assertFalse(any(wizard.line_ids.mapped("problem")))
        action = wizard.action_add()
        kpis = self.env["sop.kpi"].search(action["domain"])
        kpis = kpis.with_user(self.viewer)
        by_code = {kpi.code: kpi for kpi in kpis}
        self.assertEqual(
            {
                code: (
                    kpi.direction,
                    kpi.target,
                    kpi.kind,
                    kpi.unit,
                    kpi.frequency,
                    kpi.source,
                    kpi.process_metric_id.code,
                )
                for code, kpi in by_code.items()
            },
            {
                "GROWTH": (
                    "at_least",
                    18,
                    "percentage",
                    False,
                    "quarterly",
                    "process",
                    "fin_revenue_growth",
                ),
                "MARGIN": (
                    "at_least",
                    22,
                    "percentage",
                    False,
                    "quarterly",
                    "process",
                    "fin_operating_margin",
                ),
                "ROIC": (
                    "at_least",
                    12,
                    "percentage",
                    False,
                    "quarterly",
                    "process",
                    "fin_roic",
                ),
                "CCC": (
                    "at_most",
                    40,
                    "number",
                    "days",
                    "quarterly",
                    "process",
                    "cash_cycle",
                ),
                "CSAT": (
                    "at_least",
                    85,
                    "percentage",
                    False,
                    "monthly",
                    "manual",
                    False,
                ),
                "NPS": ("at_least", 45, "number", False, "monthly", "manual", False),
            },
        )
        self.assertEqual(set(kpis.sudo().mapped("source_window")), {"period"})
        self.assertTrue(all(kpis.mapped("description")))
        self.assertEqual(by_code["CCC"].target_text, "At most 40 days")
        # Typed in: 88 of 85 percent
        by_code["CSAT"].sudo()._measure("2025-05-18", 88)
        self.assertEqual(by_code["CSAT"].color_state, "success")

    def test_read_from_the_books(self):
        """Sold for 200 after 100, for 150 of cost: growth 100 %, margin 25 %."""
        codes = ("income", "expense_direct_cost", "asset_cash")
        sales, cost, cash = self.env["account.account"].create(
            [
                {"name": kind, "code": f"9{number}", "account_type": kind}
                for number, kind in enumerate(codes)
            ]
        )
        journal = self.env["account.journal"].create(
            {"name": "Any", "code": "ANY", "type": "general"}
        )
        for day, debit, credit, amount in (
            ("2024-01-10", cash, sales, 100),
            ("2025-02-10", cash, sales, 200),
            ("2025-03-10", cost, cash, 150),
            ("2025-04-10", cash, sales, 7),
        ):
            self.env["account.move"].create(
                {
                    "journal_id": journal.id,
                    "date": day,
                    "line_ids": [
                        (0, 0, {"account_id": debit.id, "debit": amount}),
                        (0, 0, {"account_id": credit.id, "credit": amount}),
                    ],
                }
            ).action_post()
        self.operation.date_start = "2025-01-01"
        wizard = self.choose(self.open(), GROWTH="+18 % YoY", MARGIN="at most 22,5 %")
        kpis = self.env["sop.kpi"].search(wizard.action_add()["domain"])
        self.assertEqual(kpis.mapped("direction"), ["at_least", "at_most"])
        with freeze_time("2025-03-31"):
            kpis._roll_up()
        self.assertFalse(any(kpis.sudo().mapped("error")))
        self.assertEqual(kpis.mapped("value_text"), ["100 %", "25 %"])
        # A month of the new quarter is over: nothing was sold in it a year before
        kpis._roll_up()
        self.assertFalse(any(kpis.sudo().mapped("error")))
        self.assertEqual(kpis.mapped("value_text"), ["100 %", "100 %"])

    def test_errors(self):
        for code, text, message in (
            ("CSAT", "about five", "“about five” can't be the target of .*like ≥85 %"),
            ("CSAT", "+5 % YoY", "compare with the year before"),
            ("CSAT", "<40 days", "another unit"),
            ("CCC", "40 %", "another unit.*like <40 days"),
            ("NPS", "1.2.3", "the number isn't clear"),
        ):
            wizard = self.choose(self.open(), **{code: text})
            line = wizard.line_ids.filtered("is_chosen")
            with self.subTest(text), self.assertRaisesRegex(UserError, message):
                wizard.action_add()
            self.assertTrue(line.has_error)
            self.assertRegex(line.target_text, message)
        with self.assertRaisesRegex(UserError, "Tick the KPIs"):
            self.choose(self.open()).action_add()
        wizard = self.choose(self.open(), NPS="")
        self.assertIn("Only watched", wizard.line_ids.mapped("target_text"))
        kpi = self.env["sop.kpi"].search(wizard.action_add()["domain"])
        self.assertEqual((kpi.target_kind, kpi.target_text), ("none", False))
        kpi.active = False
        with self.assertRaisesRegex(UserError, "already has"):
            self.choose(self.open(), NPS="≥45").action_add()
        with self.assertRaisesRegex(UserError, "no ready KPI"):
            wizard.line_ids[0].code = "ELSE"
            wizard.line_ids[0].invalidate_recordset()
            self.assertTrue(wizard.line_ids[0].source_text)

    def test_rights(self):
        # A planner who may not read the books is told so, and adds what is typed in
        wizard = self.choose(self.open(self.planner), NPS="≥50")
        told = {line.code: line.problem for line in wizard.line_ids}
        self.assertIn("Only budget controllers", told["ROIC"])
        self.assertFalse(told["CSAT"])
        self.assertTrue(wizard.action_add())
        with self.assertRaisesRegex(UserError, "Only budget controllers"):
            self.choose(self.open(self.planner), ROIC="≥12 %").action_add()
        for user in (self.viewer, self.lead):
            with self.assertRaises(AccessError):
                self.open(user)
        # An operation of another company isn't shown to whom it isn't for
        foreign = self.env["res.company"].create({"name": "Another company"})
        stranger = new_test_user(
            self.env,
            "kpi_stranger",
            groups=PLANNER,
            company_id=foreign.id,
            company_ids=[(6, 0, foreign.ids)],
        )
        with self.assertRaises(AccessError):
            self.open(stranger)
