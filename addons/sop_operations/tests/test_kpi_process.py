# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from unittest.mock import patch

from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import Form, freeze_time, tagged

from ..models.sop_process_metric import SopProcessMetric
from .common_process import PLANNER, VIEWER, ProcessCommon

ACCOUNTANT = "account.group_account_user"


@tagged("post_install", "-at_install")
class TestKpiProcess(ProcessCommon):
    """KPIs that read process metrics; today is 30 June 2025."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.planner = cls.make_user("sop_kpi_process", PLANNER, ACCOUNTANT)
        cls.other = cls.make_user("sop_kpi_process_2", PLANNER, ACCOUNTANT)
        cls.operation = cls.env["sop.operation"].create(
            {
                "name": "Pay in time",
                "company_id": cls.company.id,
                "user_id": cls.env.uid,
                "date_start": "2025-03-01",
                "date_end": "2025-12-31",
            }
        )

    def make_kpi(self, code="p2p_bill_to_payment", user=None, **vals):
        return (
            self.env["sop.kpi"]
            .with_user(user or self.planner)
            .create(
                {
                    "operation_id": self.operation.id,
                    "name": code,
                    "source": "process",
                    "process_metric_id": self.get_metric(code).id,
                    "target_kind": "none",
                    **vals,
                }
            )
        )

    def make_bills(self):
        """Paid after 10, 20 and 45 days; one of 500 waits for 91 days, one before the start."""
        for day, paid_on in (
            ("2025-01-01", "2025-02-20"),
            ("2025-03-01", "2025-03-11"),
            ("2025-04-01", "2025-04-21"),
            ("2025-04-16", "2025-05-31"),
        ):
            self.pay(self.make_invoice(day), paid_on)
        return self.make_invoice("2025-03-31", 500)

    def get_figures(self, kpi):
        current = kpi.value_ids.filtered(lambda value: value.state == "current")
        return {str(value.date): value.value for value in current}

    def test_figures(self):
        self.make_bills()
        for figure, expected in (
            ("headline", 20),
            ("median", 20),
            ("mean", 25),
            ("p75", 32.5),
            ("p90", 40),
            ("count", 3),
            ("open", 1),
            ("stuck", 1),
            ("stuck_amount", 500),
        ):
            with self.subTest(figure=figure):
                kpi = self.make_kpi(process_figure=figure)
                kpi._roll_up()
                self.assertFalse(kpi.error_text)
                self.assertTrue(kpi.has_value)
                self.assertAlmostEqual(kpi.value, expected)
                self.assertEqual(kpi.value_ids.user_id, self.planner)
        share = self.make_kpi("p2p_maverick", kind="percentage")
        spend = self.make_kpi("p2p_spend", kind="currency")
        (share | spend)._roll_up()
        self.assertEqual((share.value, spend.value), (100, 800))

    def test_no_data_is_not_zero(self):
        median, number, stuck = (
            self.make_kpi(process_figure=figure)
            for figure in ("median", "count", "stuck_amount")
        )
        (median | number | stuck)._roll_up()
        self.assertFalse(median.has_value)
        self.assertFalse(median.error_text)
        self.assertEqual((number.has_value, number.value), (True, 0))
        self.assertEqual((stuck.has_value, stuck.value), (True, 0))

    def test_each_period(self):
        self.make_bills()
        kpi = self.make_kpi(source_window="period", frequency="monthly")
        kpi._roll_up()
        self.assertEqual(
            self.get_figures(kpi),
            {"2025-03-31": 10, "2025-04-30": 20, "2025-05-31": 45},
        )
        with freeze_time("2025-07-10 12:00:00"):
            self.pay(self.make_invoice("2025-06-10"), "2025-06-20")
            kpi._roll_up()
        self.assertEqual(self.get_figures(kpi)["2025-06-30"], 10)

    def test_what_is_open_is_that_of_today(self):
        self.make_bills()
        kpi = self.make_kpi(
            process_figure="open", source_window="period", frequency="monthly"
        )
        drafts = self.make_kpi("r2r_drafts", source_window="all")
        self.make_invoice("2025-06-10", post=False)
        (kpi | drafts)._roll_up()
        self.assertEqual(self.get_figures(kpi), {"2025-06-30": 1})
        self.assertEqual(drafts.value, 1)
        with freeze_time("2026-01-10 12:00:00"):
            # Over: what is open now isn't what was open then, and no figure is lost
            (kpi | drafts)._roll_up()
        self.assertEqual(self.get_figures(kpi), {"2025-06-30": 1})
        self.assertFalse(kpi.error_text)

    def test_team(self):
        journal = self.company_data["default_journal_purchase"]
        self.env["res.lang"]._activate_lang("fr_FR")
        journal.with_context(lang="fr_FR").name = "Factures reçues"
        self.planner.lang = "fr_FR"
        self.make_bills()
        mine = self.make_kpi(process_team="Factures reçues")
        nobody = self.make_kpi(process_team="Elsewhere")
        # Whoever runs it: the name is in the language of who set the source
        (mine | nobody).with_context(lang="en_US")._roll_up()
        self.assertEqual(mine.value, 20)
        self.assertFalse(nobody.has_value)

    # === Rights === #

    def test_read_with_the_rights_of_who_set_it(self):
        self.make_bills()
        self.env["ir.rule"].create(
            {
                "name": "small bills",
                "model_id": self.env["ir.model"]._get("account.move").id,
                "domain_force": "[('amount_total', '<', 200 if "
                f"user.id == {self.other.id} else 10000)]",
            }
        )
        all_bills = self.make_kpi("p2p_spend")
        small = self.make_kpi("p2p_spend", user=self.other)
        (all_bills | small)._roll_up()
        self.assertEqual((all_bills.value, small.value), (800, 300))

    def test_no_right_to_the_documents(self):
        stranger = self.make_user("sop_kpi_stranger", PLANNER)
        with self.assertRaisesRegex(ValidationError, "may not read Journal Entry"):
            self.make_kpi(user=stranger)
        kpi, good = self.make_kpi(), self.make_kpi("p2p_spend", user=self.other)
        self.make_bills()
        kpi._roll_up()
        self.planner.group_ids -= self.env.ref(ACCOUNTANT)
        (kpi | good)._roll_up()
        self.assertIn("may not read Journal Entry", kpi.error_text)
        self.assertTrue(kpi.has_error)
        self.assertEqual((kpi.value, good.value, good.error_text), (20, 800, False))
        self.planner.group_ids -= self.env.ref(PLANNER)
        self.planner.group_ids -= self.env.ref(VIEWER)
        kpi._roll_up()
        self.assertIn("Process Metric", kpi.error_text)

    # === What is entered === #

    def test_wrong_sources(self):
        endless = self.operation.copy({"date_start": False, "date_end": False})
        for code, vals, words in (
            ("p2p_spend", {"process_metric_id": False}, "Choose the process metric"),
            ("p2p_spend", {"process_figure": False}, "Choose the process metric"),
            ("p2p_spend", {"process_figure": "median"}, "has no figure “Median”"),
            (
                "cash_dso",
                {"process_figure": "count"},
                "has no figure “Number of cases”",
            ),
            ("p2p_bill_to_payment", {"kind": "duration"}, "in days and"),
            ("p2p_spend", {"source_window": "all"}, "needs a first day"),
            ("p2p_spend", {"operation_id": endless.id}, "needs a first day"),
        ):
            with (
                self.subTest(words=words, vals=vals),
                self.assertRaisesRegex(ValidationError, words),
                self.env.cr.savepoint(),
            ):
                self.make_kpi(code, **vals)

    def test_a_metric_whose_app_is_missing(self):
        with (
            patch.object(SopProcessMetric, "_get_source", return_value=None),
            self.assertRaisesRegex(
                ValidationError, "gives no figure: Needs another app"
            ),
        ):
            self.make_kpi("p2p_spend")

    def test_who_is_asked_says_who_reads(self):
        kpi = self.make_kpi()
        kpi.with_user(self.other).process_team = "Elsewhere"
        self.assertEqual(kpi.source_user_id, self.other)
        with self.assertRaises(AccessError):
            kpi.with_user(self.make_user("sop_viewer", VIEWER)).process_figure = "p90"

    def test_form(self):
        form = Form(self.env["sop.kpi"].with_user(self.planner))
        form.operation_id = self.operation
        form.name = "Days to pay"
        form.source = "process"
        for code, figure, kind, unit in (
            ("p2p_bill_to_payment", "p90", "number", "days"),
            ("p2p_bill_to_payment", "stuck_amount", "currency", False),
            ("p2p_maverick", "headline", "percentage", False),
            ("p2p_maverick", "count", "number", "cases"),
        ):
            form.process_metric_id = self.get_metric(code)
            form.process_figure = figure
            self.assertEqual((form.kind, form.unit), (kind, unit))
        kpi = form.save()
        self.assertEqual(kpi.action_test_source()["params"]["type"], "success")

    # === Many at once === #

    def test_one_reading_for_all_who_ask_the_same(self):
        self.make_bills()
        kpis = self.env["sop.kpi"]
        for figure in ("median", "p90", "count", "stuck"):
            kpis |= self.make_kpi(process_figure=figure)
        kpis |= self.make_kpi(user=self.other)
        kpis |= self.make_kpi(process_team="Elsewhere")
        kpis |= self.make_kpi("p2p_spend") | self.make_kpi("p2p_spend")
        asked = []
        measure = SopProcessMetric._measure_cases

        def count(metrics, scope):
            asked.append((metrics.mapped("code"), metrics.env.uid, scope.teams))
            return measure(metrics, scope)

        with patch.object(SopProcessMetric, "_measure_cases", count):
            kpis._roll_up()
        code = "p2p_bill_to_payment"
        self.assertCountEqual(
            asked,
            [
                ([code, "p2p_spend"], self.planner.id, ()),
                ([code], self.planner.id, ("Elsewhere",)),
                ([code], self.other.id, ()),
            ],
        )
        self.assertEqual(kpis.mapped("error"), [False] * 8)

    def test_queries_do_not_grow(self):
        self.make_bills()
        few = self.env["sop.kpi"].union(*(self.make_kpi() for _kpi in range(2)))
        many = self.env["sop.kpi"].union(*(self.make_kpi() for _kpi in range(40)))
        counts = []
        for kpis in (few, few, many):
            jobs = kpis.sudo()._get_jobs()
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.cr.sql_log_count
            values = kpis.sudo()._read_jobs(jobs)
            counts.append(self.cr.sql_log_count - before)
            self.assertEqual(values, [20] * len(kpis))
        self.assertEqual(counts[1], counts[2])

    def test_one_broken_metric_leaves_the_others(self):
        self.make_bills()
        broken, good = self.make_kpi("p2p_spend"), self.make_kpi()
        with patch.object(type(self.metrics), "_cases_p2p_spend", lambda *_args: 1 / 0):
            (broken | good)._roll_up()
        self.assertIn("ZeroDivisionError", broken.error_text)
        self.assertEqual((good.value, good.error_text), (20, False))

    # === To the process === #

    def test_to_the_process(self):
        self.make_bills()
        kpi = self.make_kpi(process_figure="median")
        kpi._roll_up()
        action = kpi.action_open_process()
        page = self.metrics.with_user(self.planner).with_context(**action["context"])
        cards = page.search(action["domain"])
        self.assertEqual(set(cards.mapped("process")), {"p2p"})
        card = cards.filtered(lambda metric: metric.code == "p2p_bill_to_payment")
        self.assertEqual(card.value, kpi.value)
        # What is chosen in the search bar goes before the days of the KPI
        self.assertEqual(card.with_context(sop_period="last_month").value, 45)

        def cases(kpi):
            action = kpi.action_open_process_cases()
            records = self.env[action["res_model"]].with_context(**action["context"])
            return records.search(action["domain"])

        self.assertEqual(sorted(cases(kpi).mapped("value")), [10, 20, 45])
        stuck = self.make_kpi(process_figure="stuck_amount", process_team="Elsewhere")
        self.assertFalse(cases(stuck))
        stuck.process_team = False
        self.assertEqual(cases(stuck).mapped("amount"), [500])
        waiting = self.make_kpi(process_figure="open")
        self.assertEqual(cases(waiting).mapped("amount"), [500])

    def test_no_way_to_a_process_that_is_not_there(self):
        kpi = self.make_kpi(source="manual", process_metric_id=False)
        for action in (kpi.action_open_process, kpi.action_open_process_cases):
            with self.assertRaisesRegex(UserError, "does not come from a process"):
                action()
