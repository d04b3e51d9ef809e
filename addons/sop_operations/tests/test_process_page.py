# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
import json

import psycopg2
from lxml import etree

from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import Form, JsonRpcException, tagged
from odoo.tools import SQL, mute_logger

from odoo.addons.sop_budget.tests.common_rpc import RpcCase

from .common_process import PLANNER, VIEWER, ProcessCommon

ACCOUNTANT = "account.group_account_user"
BUYER = "purchase.group_purchase_user"


@tagged("post_install", "-at_install")
class TestProcessPage(ProcessCommon):
    """The page of metrics: cards, filters, and the way to the cases."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.user = cls.make_user("sop_metrics", PLANNER, ACCOUNTANT, BUYER)

    def read_page(self, env):
        """What the web client asks for when the page opens."""
        metrics = env["sop.process.metric"].with_context(
            allowed_company_ids=self.company.ids
        )
        views = metrics.get_views([(False, "kanban")])
        names = etree.fromstring(views["views"]["kanban"]["arch"]).xpath(
            "//field/@name"
        )
        return metrics.web_search_read([], {name: {} for name in names})["records"]

    def test_every_metric_computes(self):
        """Without a document no metric fails, and none says zero where there is no data."""
        for metric in self.metrics.search([]):
            with self.subTest(metric=metric.code):
                value = self.get_value(metric.code)
                self.assertIn(value, (None,))
                self.assertTrue(metric.description)
                self.assertTrue(metric.name)
                self.assertEqual(metric.value_text, "No data")
                self.assertFalse(self.get_cases(metric.code, ("counted", "open")))
                points = json.loads(metric.trend)[0]["values"]
                self.assertEqual([point["y"] for point in points], [None] * 12)

    def test_periods(self):
        periods = {
            "month": ("2025-06-01", "2025-06-30"),
            "last_month": ("2025-05-01", "2025-05-31"),
            "quarter": ("2025-04-01", "2025-06-30"),
            "last_quarter": ("2025-01-01", "2025-03-31"),
            "year_to_date": ("2025-01-01", "2025-06-30"),
            "last_year": ("2024-01-01", "2024-12-31"),
            "twelve_months": ("2024-07-01", "2025-06-30"),
        }
        for period, days in periods.items():
            scope = self.metrics.with_context(sop_period=period)._get_context_scope()
            self.assertEqual((str(scope.date_from), str(scope.date_to)), days, period)

    def test_words_that_cannot_be_read(self):
        metric = self.get_metric("p2p_spend")
        for context, words in (
            ({"sop_period": "ever"}, "There is no period “ever”"),
            ({"sop_date_from": "soon"}, "can't be read"),
            ({"sop_users": ["x"]}, "can't be read"),
            (
                {"sop_date_from": "2025-06-01", "sop_date_to": "2025-05-01"},
                "after its end",
            ),
        ):
            with self.assertRaisesRegex(UserError, words):
                metric.with_context(**context)._compute_figures()
        with self.assertRaisesRegex(ValidationError, "no process metric “x”"):
            self.get_value("x")

    def test_card(self):
        bill = self.make_invoice("2025-05-01")
        self.pay(bill, "2025-05-11")
        bill = self.make_invoice("2025-04-01", 300)
        self.pay(bill, "2025-04-21")
        self.make_invoice("2025-05-01", 700)
        metric = self.get_metric("p2p_bill_to_payment").with_company(self.company)
        self.assertEqual(metric.value_text, "15.0 days")
        self.assertEqual(metric.statistic_text, "Median")
        self.assertEqual(metric.period_text, "01/01/2025 to 06/30/2025")
        self.assertEqual((metric.case_count, metric.open_count), (2, 1))
        self.assertEqual((metric.lowest, metric.highest), (10, 20))
        self.assertIn("nine in ten within 19.0", metric.spread_text)
        # May took half as long as April, and nothing was paid in June
        self.assertEqual(metric.change_text, "-50 % last month")
        # Neither sooner nor later is better for bills
        self.assertEqual(metric.change_state, "same")
        self.assertIn("1 stuck for more than 19 days", metric.stuck_text)
        self.assertIn("60 days", metric.worst_text)
        points = json.loads(metric.trend)[0]["values"]
        self.assertEqual(
            [(point["x"], point["y"]) for point in points if point["y"] is not None],
            [("Apr 2025", 20), ("May 2025", 10)],
        )
        spend = self.get_metric("p2p_spend").with_company(self.company)
        self.assertIn("1,100", spend.value_text)
        drafts = self.get_metric("r2r_drafts")
        self.assertEqual(drafts.period_text, "As of 06/30/2025")

    def test_filters_by_person_and_team(self):
        other = self.make_user("sop_other_buyer", ACCOUNTANT)
        self.make_invoice("2025-05-01", 100)
        self.make_invoice("2025-05-02", 40, invoice_user_id=other.id)
        metric = self.get_metric("p2p_spend")
        self.assertEqual(metric.value, 140)
        self.assertEqual(metric.with_context(sop_users=other.ids).value, 40)
        journal = self.company_data["default_journal_purchase"].name
        self.assertEqual(self.get_value("p2p_spend", team=journal), 140)
        self.assertIsNone(self.get_value("p2p_spend", team="Elsewhere"))
        # Fields of the search bar filter no metric away
        found = self.metrics.search(
            [("user_filter_id", "=", other.id), ("team_filter", "ilike", "x")]
        )
        self.assertEqual(found, self.metrics.search([]))
        self.assertFalse(metric.user_filter_id)

    def test_companies_in_their_currencies(self):
        other = self.setup_other_company(name="Other of tests")["company"]
        self.setup_other_currency("EUR", rates=[("2020-01-01", 2.0)])
        euro = self.env.ref("base.EUR")
        other.currency_id = euro
        self.make_invoice("2025-05-01", 100)
        account = self.env["account.account"].search(
            [("company_ids", "in", other.ids), ("account_type", "=", "expense")],
            limit=1,
        )
        bill = self.env["account.move"].create(
            {
                "move_type": "in_invoice",
                "company_id": other.id,
                "partner_id": self.partner_a.id,
                "invoice_date": "2025-05-01",
                "currency_id": euro.id,
                "invoice_line_ids": [
                    (
                        0,
                        0,
                        {
                            "name": "W",
                            "price_unit": 50,
                            "account_id": account.id,
                            "tax_ids": [],
                        },
                    )
                ],
            }
        )
        bill.action_post()
        metrics = self.get_metric("p2p_spend").with_context(
            allowed_company_ids=[self.company.id, other.id]
        )
        # Two euros are one of the company's
        self.assertEqual(metrics.value, 100 + 25)
        self.assertEqual(self.get_value("p2p_spend"), 100)

    def test_cases_open(self):
        bill = self.make_invoice("2025-05-01", 700)
        metric = self.get_metric("p2p_bill_to_payment")
        for method, states in (
            ("action_open_cases", ["counted"]),
            ("action_open_waiting", ["open", "stuck"]),
            ("action_open_stuck", ["stuck"]),
            ("action_open_left_out", ["left_out"]),
        ):
            action = getattr(metric, method)()
            self.assertEqual(action["domain"], [("state", "in", states)])
        waiting = metric.action_open_waiting()
        cases = self.env[waiting["res_model"]].with_context(**waiting["context"])
        case = cases.search(waiting["domain"])
        self.assertEqual(case.res_id, bill.id)
        self.assertEqual((case.state, case.days, case.value), ("open", 60, 0))
        self.assertEqual(case.document, bill.display_name)
        self.assertEqual(case.action_open_document()["res_id"], bill.id)
        # Cases of two metrics are never mistaken for each other
        same = self.get_cases("p2p_maverick")
        self.assertEqual(same.res_id, bill.id)
        self.assertNotEqual(same.id, case.id)
        snapshot = self.get_metric("r2r_drafts").action_open_cases()
        self.assertEqual(snapshot["domain"], [("state", "in", ["open", "stuck"])])
        self.assertEqual(metric.action_open_settings()["res_id"], metric.id)
        # Grouped, as pivot and graph ask
        groups = cases._read_group([], ["month:month", "state"], ["amount:sum"])
        self.assertEqual([group[2] for group in groups], [700])

    def test_no_metric_no_cases(self):
        cases = self.env["sop.process.case"]
        for context in ({}, {"sop_metric": "x"}, {"sop_metric": 0}):
            self.assertFalse(cases.with_context(**context).search([]))
        dso = self.get_metric("cash_dso")
        self.assertFalse(cases.with_context(sop_metric=dso.id).search([]))

    def test_what_a_metric_is_stays(self):
        metric = self.get_metric("p2p_spend").with_user(self.user)
        metric.write({"target": 5, "stuck_days": 3, "statistic": "mean"})
        for vals in (
            {"code": "r2r_drafts"},
            {"unit": "days"},
            {"name": "Mine"},
            {"in_money": False},
        ):
            with self.assertRaisesRegex(AccessError, "come with the add-on"):
                metric.write(vals)
        for operation in (metric.unlink, metric.copy):
            with self.assertRaises(AccessError):
                operation()
        with self.assertRaisesRegex(ValidationError, "can't be negative"):
            metric.target = -1
        with (
            mute_logger("odoo.sql_db"),
            self.assertRaises(psycopg2.IntegrityError),
            self.cr.savepoint(),
        ):
            metric.stuck_days = -1
            metric.flush_recordset()
        with Form(metric) as form:
            form.stuck_days = 4
        self.assertEqual(metric.stuck_days, 4)

    def test_queries_of_the_page(self):
        """One statement for each metric, and a fixed number beside."""
        bill = self.make_invoice("2025-05-01")
        self.pay(bill, "2025-05-11")
        for amount in (1, 2, 3):
            self.make_invoice("2025-03-01", amount)
        self.env.flush_all()
        number = self.metrics.search_count([])
        env = self.env(user=self.user)
        self.read_page(env)
        self.env.invalidate_all()
        before = self.cr.sql_log_count
        self.read_page(env)
        queries = self.cr.sql_log_count - before
        self.assertLessEqual(queries, number + 8)

    def test_hand_written_statement(self):
        """An independent statement finds the same days."""
        for day, paid in ((1, 3), (2, 12), (3, 20), (5, 9)):
            bill = self.make_invoice(f"2025-05-{day:02}", 100 * day)
            self.pay(bill, f"2025-05-{paid:02}")
        rows = self.env.execute_query(
            SQL(
                """
                SELECT avg(days), percentile_cont(0.5) WITHIN GROUP (ORDER BY days),
                       percentile_cont(0.9) WITHIN GROUP (ORDER BY days)
                  FROM (SELECT max(payment.date) - bill.invoice_date AS days
                          FROM account_move bill
                          JOIN account_move_line owed ON owed.move_id = bill.id
                          JOIN account_partial_reconcile part
                            ON part.credit_move_id = owed.id
                          JOIN account_move_line payment ON payment.id = part.debit_move_id
                         WHERE bill.company_id = %s AND bill.move_type = 'in_invoice'
                      GROUP BY bill.id) paid
                """,
                self.company.id,
            )
        )
        summary = self.get_result("p2p_bill_to_payment").summary
        self.assertEqual(
            (float(rows[0][0]), rows[0][1], rows[0][2]),
            (summary.mean, summary.median, summary.p90),
        )


@tagged("post_install", "-at_install")
class TestProcessRights(ProcessCommon, RpcCase):
    """What a reader gets over HTTP is made of documents that they may read."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.accountant = cls.make_user("sop_pm_accountant", VIEWER, ACCOUNTANT)
        cls.planner = cls.make_user("sop_pm_planner", PLANNER)
        cls.involved = cls.make_user(
            "sop_pm_involved", "sop_operations.group_sop_operations_involved"
        )

    def read_metric(self, code, *names):
        metric = self.get_metric(code)
        context = {"sop_period": "twelve_months"}
        return self.call(
            "sop.process.metric", "read", metric.ids, list(names), context=context
        )[0]

    def read_cases(self, code, context=None):
        context = {
            "sop_metric": self.get_metric(code).id,
            "sop_period": "twelve_months",
            **(context or {}),
        }
        return self.call(
            "sop.process.case", "search_read", [], ["res_id"], context=context
        )

    def test_figures_of_documents_that_one_may_read(self):
        bills = [self.make_invoice("2025-05-01", amount) for amount in (100, 30)]
        # A rule that hides one of the two
        self.env["ir.rule"].create(
            {
                "name": "Tests: not the second",
                "model_id": self.env["ir.model"]._get_id("account.move"),
                "domain_force": f"[('id', '!=', {bills[1].id})]",
            }
        )
        self.env.flush_all()
        self.authenticate("sop_pm_accountant", "sop_pm_accountant")
        found = self.read_metric("p2p_spend", "value", "has_value", "problem")
        self.assertEqual((found["value"], found["problem"]), (100, False))
        self.assertEqual(
            [case["res_id"] for case in self.read_cases("p2p_spend")], bills[0].ids
        )

    def test_no_rights_to_documents_no_figure(self):
        self.make_invoice("2025-05-01", 100)
        self.env.flush_all()
        self.authenticate("sop_pm_planner", "sop_pm_planner")
        found = self.read_metric("p2p_spend", "value", "has_value", "problem")
        self.assertEqual((found["value"], found["has_value"]), (0, False))
        self.assertIn("You may not read", found["problem"])
        self.assertEqual(self.read_cases("p2p_spend"), [])
        found = self.read_metric("cash_dso", "has_value", "problem")
        self.assertIn("You may not read", found["problem"])

    def test_other_companies_stay_out(self):
        other = self.setup_other_company(name="Far away")["company"]
        self.make_invoice("2025-05-01", 100)
        self.env.flush_all()
        self.authenticate("sop_pm_accountant", "sop_pm_accountant")
        with (
            self.assertRaisesRegex(JsonRpcException, "AccessError"),
            mute_logger("odoo.http"),
        ):
            self.read_cases("p2p_spend", {"allowed_company_ids": other.ids})

    def test_operations(self):
        metric = self.get_metric("p2p_spend")
        vals = {"name": "x", "code": "x", "process": "p2p", "description": "x"}
        vals |= {"unit": "days", "measure": "total"}
        for login, may in (
            ("sop_pm_involved", ""),
            ("sop_pm_accountant", "r"),
            ("sop_pm_planner", "rw"),
        ):
            self.authenticate(login, login)
            for operation, values in (
                ("r", None),
                ("w", {"stuck_days": 3}),
                ("c", vals),
                ("u", None),
            ):
                with (
                    self.subTest(login=login, operation=operation),
                    mute_logger("odoo.http"),
                ):
                    passed = self.try_operation(operation, metric, values)
                    self.assertEqual(passed, operation in may)
            with mute_logger("odoo.http"):
                self.assertFalse(
                    self.try_operation("w", metric, {"code": "r2r_drafts"})
                )
                self.assertFalse(self.try_operation("_get_value", metric))
