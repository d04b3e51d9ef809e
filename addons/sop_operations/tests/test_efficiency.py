# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from psycopg2 import IntegrityError

from odoo.tests import freeze_time, tagged
from odoo.tools import mute_logger

from odoo.addons.sop_budget.tests.common import SopBudgetCommon
from odoo.addons.sop_budget.tests.common_rpc import RpcCase

from .common_kpi import ADMIN, INVOLVED, PLANNER, VIEWER

BUDGET_USER = "sop_budget.group_sop_budget_user"


class EfficiencyCommon(SopBudgetCommon):
    """Operations with money of the budget of ``SopBudgetCommon`` and results."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env.user.group_ids |= cls.env.ref(ADMIN)
        cls.env = cls.env(context={**cls.env.context, "tracking_disable": True})
        cls.lead = cls.make_user("eff_lead", f"{BUDGET_USER},{INVOLVED}")
        cls.viewer = cls.make_user("eff_viewer", f"{BUDGET_USER},{VIEWER}")
        cls.planner = cls.make_user("eff_planner", f"{BUDGET_USER},{PLANNER}")
        cls.env["sop.budget.member"].create(
            [
                {"budget_id": cls.budget.id, "user_id": user.id, "role": role}
                for user, role in (
                    (cls.lead, "viewer"),
                    (cls.viewer, "viewer"),
                    (cls.planner, "planner"),
                )
            ]
        )
        # 12 × 2,500 = 30,000
        cls.category_o1 = cls.make_category("O1", amounts=2500.0, analytic=True)

    @classmethod
    def make_operation(cls, name, *funding, **vals):
        """``funding``: ``(category, amount)``"""
        return cls.env["sop.operation"].create(
            {
                "name": name,
                "company_id": cls.company.id,
                "user_id": cls.lead.id,
                "date_start": "2025-01-01",
                "date_end": "2025-12-31",
                "funding_ids": [
                    (0, 0, {"category_id": category.id, "amount": amount})
                    for category, amount in funding
                ],
                **vals,
            }
        )

    @classmethod
    def make_kpi(cls, operation, value, target=None, day="2025-03-31", **vals):
        kpi = cls.env["sop.kpi"].create(
            {
                "operation_id": operation.id,
                "name": "Projects",
                "result_unit": "project",
                "direction": "at_least",
                "target": target or 20,
                **vals,
            }
        )
        if value is not None:
            kpi._measure(day, value)
        return kpi

    def rows(self, **conditions):
        # As in a request of its own: nothing of the rows is kept
        self.env.invalidate_all()
        domain = [("company_id", "=", self.company.id)]
        domain += [(name, "=", value) for name, value in conditions.items()]
        return self.env["sop.efficiency"].search(domain)

    def row(self, kpi):
        row = self.rows(kpi_id=kpi.id)
        self.assertEqual(len(row), 1)
        return row

    def spend(self, operation, amount, day="2025-02-15"):
        if not operation.analytic_account_id:
            operation.analytic_account_id = self.make_analytic(
                operation.name, self.other_plan
            )
        self.post_entry(amount, day, distribution={operation.analytic_account_id: 100})


@tagged("post_install", "-at_install")
@freeze_time("2025-04-16 12:00:00")
class TestEfficiency(EfficiencyCommon):
    def test_worked_cases(self):
        """Climate 750, Smart City 600 (20 % better), Accelerator 1,000 a project.

        The two first share O1 half and half: its 30,000 are counted once.
        """
        other = self.make_category("A1", amounts=2000.0)
        climate = self.make_operation("Climate Tech", (self.category_o1, 15000))
        smart = self.make_operation("Smart City", (self.category_o1, 15000))
        accelerator = self.make_operation("Accelerator", (other, 20000))
        kpis = [
            self.make_kpi(climate, 20),
            self.make_kpi(smart, 25),
            self.make_kpi(accelerator, 20),
        ]
        rows = [self.row(kpi) for kpi in kpis]
        self.assertEqual([row.cost_allocated for row in rows], [750, 600, 1000])
        self.assertEqual([row.rank for row in rows], [2, 1, 3])
        self.assertEqual([row.is_best for row in rows], [False, True, False])
        self.assertEqual(
            [row.words for row in rows],
            [
                "25 % more per project than Smart City",
                "20 % less per project than Climate Tech",
                "67 % more per project than Smart City",
            ],
        )
        [[total]] = self.env["sop.efficiency"]._read_group(
            [("operation_id", "in", (climate | smart).ids)],
            aggregates=["allocated_once:sum"],
        )
        self.assertEqual(total, 30000)

    def test_benchmark(self):
        """30,000 for 300 participants: 100 against 200, 50 % better; and 1,500 a project."""
        climate = self.make_operation("Climate Tech", (self.category_o1, 30000))
        participants = self.make_kpi(
            climate,
            300,
            name="Participants",
            result_unit="participant",
            benchmark_cost=200,
            benchmark_label="industry",
            weight=2,
        )
        projects = self.make_kpi(climate, 20, weight=1)
        row = self.row(participants)
        self.assertEqual(row.cost_allocated, 100)
        self.assertEqual(row.benchmark_less, 50)
        self.assertEqual(row.words, "industry: 50 % better")
        self.assertFalse(row.is_best)
        self.assertEqual(self.row(projects).cost_allocated, 1500)
        # Two KPIs of one operation: its money is divided, not doubled
        self.assertEqual(row.allocated_once, 20000)
        self.assertEqual(self.row(projects).allocated_once, 10000)
        participants.benchmark_cost = 80
        participants.benchmark_label = False
        self.assertEqual(self.row(participants).words, "usual: 25 % worse")

    def test_after_execution(self):
        """K42: 320 of 300 are 107 %, 22 of 20 are 110 %, 12,000 of 15,000 are 80 %."""
        climate = self.make_operation("Climate Tech", (self.category_o1, 15000))
        participants = self.make_kpi(
            climate, 320, 300, name="Participants", result_unit=""
        )
        projects = self.make_kpi(climate, 22, 20)
        before = self.row(projects)
        self.assertFalse(before.has_spending or before.has_cost_spent)
        self.assertFalse(before.has_attainment_per_thousand)
        self.spend(climate, 12000)
        row = self.row(participants)
        self.assertEqual(row.result_group, "Participants")
        self.assertAlmostEqual(row.attainment, 106.6667, 3)
        self.assertEqual(row.spent, 12000)
        self.assertEqual(row.money_used, 80)
        self.assertEqual(row.cost_spent, 37.5)
        row = self.row(projects)
        self.assertAlmostEqual(row.attainment, 110)
        self.assertAlmostEqual(row.cost_spent, 545.45)
        self.assertAlmostEqual(row.attainment_per_thousand, 110 / 12)
        self.assertEqual(sum(self.rows().mapped("spent_once")), 12000)

    def test_planned_and_real_are_not_compared(self):
        climate = self.make_operation("Climate Tech", (self.category_o1, 15000))
        smart = self.make_operation("Smart City", (self.category_o1, 15000))
        first, second = self.make_kpi(climate, 20), self.make_kpi(smart, 25)
        self.spend(climate, 2000)
        # Real 100 against planned 600 would be unfair: both planned
        self.assertFalse(self.row(first).is_best)
        self.assertTrue(self.row(second).is_best)
        self.spend(smart, 10000)
        self.assertTrue(self.row(first).is_best)
        self.assertEqual(self.row(first).words, "75 % less per project than Smart City")

    def test_no_data_is_not_zero(self):
        organic = self.make_operation("Discord")
        funded = self.make_operation("Ambassadors", (self.category_o1, 15000))
        empty = self.make_operation("Referrals", (self.category_o1, 1000))
        rows = {
            "organic": self.make_kpi(organic, 120),
            "unmeasured": self.make_kpi(funded, None),
            "percent": self.make_kpi(
                funded, 72, 70, name="Retention", kind="percentage"
            ),
            "falling": self.make_kpi(
                funded, 3, 2, name="Bugs", direction="at_most", result_unit="bug"
            ),
        }
        for name, kpi in rows.items():
            with self.subTest(name):
                row = self.row(kpi)
                self.assertFalse(row.has_cost or row.is_best or row.words or row.rank)
        self.assertFalse(self.row(rows["unmeasured"]).has_attainment)
        [[cost, attainment]] = self.env["sop.efficiency"]._read_group(
            [("kpi_id", "=", rows["unmeasured"].id)],
            aggregates=["cost_allocated:avg", "attainment:avg"],
        )
        self.assertIsNone(cost or None)
        self.assertIsNone(attainment or None)
        # Without a KPI its money still counts
        row = self.rows(operation_id=empty.id)
        self.assertEqual((row.allocated_once, row.kpi_id.id), (1000, False))
        organic.action_cancel()
        self.assertFalse(self.rows(operation_id=organic.id))

    def test_what_was_there_before_is_not_counted(self):
        climate = self.make_operation("Climate Tech", (self.category_o1, 15000))
        kpi = self.make_kpi(climate, 130, 200, direction="rise", baseline=100)
        self.assertEqual(self.row(kpi).cost_allocated, 500)

    def test_money_below_counts_for_the_whole(self):
        """A KPI of the whole uses what its parts get; the sums count each once."""
        whole = self.make_operation("Programme", (self.category_o1, 5000))
        part = self.make_operation(
            "Events", (self.category_o1, 10000), parent_id=whole.id
        )
        outer, inner = self.make_kpi(whole, 30), self.make_kpi(part, 10)
        self.assertEqual(self.row(outer).cost_allocated, 500)
        self.assertEqual(self.row(inner).cost_allocated, 1000)
        self.assertEqual(sum(self.rows().mapped("allocated_once")), 15000)

    def test_hidden_categories(self):
        """Who may not see a category learns nothing of its money."""
        secret = self.make_category("S1", amounts=1000.0, visibility="manager")
        climate = self.make_operation(
            "Climate Tech", (self.category_o1, 5000), (secret, 10000)
        )
        kpi = self.make_kpi(climate, 20)
        self.assertEqual(self.row(kpi).cost_allocated, 750)
        row = self.row(kpi).with_user(self.viewer)
        self.env.invalidate_all()
        self.assertEqual(row.allocated, 5000)
        self.assertFalse(row.has_cost or row.has_cost_spent or row.has_money_used)

    def test_pivot_and_graph(self):
        climate = self.make_operation("Climate Tech", (self.category_o1, 15000))
        self.make_kpi(climate, 20)
        self.make_kpi(climate, 300, name="Participants", result_unit="participant")
        groups = self.env["sop.efficiency"].formatted_read_group(
            [("operation_id", "=", climate.id)],
            ["result_group"],
            ["allocated_once:sum", "cost_allocated:avg", "rank:min"],
        )
        self.assertEqual(
            {g["result_group"]: g["cost_allocated:avg"] for g in groups},
            {"participant": 50, "project": 750},
        )
        self.assertEqual(sum(g["allocated_once:sum"] for g in groups), 15000)
        action = self.rows(operation_id=climate.id)[0].action_open()
        self.assertEqual(action["res_model"], "sop.kpi")

    @mute_logger("odoo.sql_db")
    def test_benchmark_is_positive(self):
        kpi = self.make_kpi(self.make_operation("Climate Tech"), 20)
        with self.assertRaises(IntegrityError), self.env.cr.savepoint():
            kpi.benchmark_cost = -1
            kpi.flush_recordset()

    def test_queries_do_not_grow(self):
        def count():
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            self.env["sop.efficiency"].search_read([], ["words", "cost_allocated"])
            return self.env.cr.sql_log_count - before

        def make(number):
            operation = self.make_operation(f"Op {number}", (self.category_o1, 10))
            self.make_kpi(operation, 20 + number)

        for number in range(2):
            make(number)
        count()
        few = count()
        for number in range(2, 12):
            make(number)
        self.assertEqual(count(), few)


@tagged("post_install", "-at_install")
@freeze_time("2025-04-16 12:00:00")
class TestContradictions(EfficiencyCommon):
    def found(self, kind=None, user=None):
        # As in a request of its own: nothing of the rows is kept
        self.env.invalidate_all()
        records = self.env["sop.contradiction"].with_user(user or self.env.user)
        domain = [("company_id", "=", self.company.id)]
        return records.search(domain + ([("kind", "=", kind)] if kind else []))

    def make_running(self, name, *funding, health=None, **vals):
        operation = self.make_operation(name, *funding, **vals)
        operation.action_start()
        if health:
            operation._set_manual_health(health, "As seen.", "2025-12-31")
        return operation

    def test_green_without_money(self):
        operation = self.make_running(
            "Fair", (self.category_o1, 1000), health="on_track"
        )
        self.make_kpi(operation, 20)
        # Nobody can tell what was spent as long as nothing carries its account
        self.assertFalse(self.found("green_unspent"))
        operation.analytic_account_id = self.make_analytic("Fair", self.other_plan)
        row = self.found("green_unspent")
        self.assertEqual(row.operation_id, operation)
        self.assertEqual(row.amount, 1000)
        self.assertIn("is on track, but nothing of its", row.words)
        self.assertIn("analytic account", row.next_step)
        self.assertEqual(row.action_open()["res_id"], operation.id)
        self.spend(operation, 1)
        self.assertFalse(self.found("green_unspent"))

    def test_a_part_of_the_money_says_nothing(self):
        secret = self.make_category("S1", amounts=1000.0, visibility="manager")
        operation = self.make_running(
            "Fair", (self.category_o1, 1000), (secret, 10000), health="off_track"
        )
        self.spend(operation, 10500)
        self.assertTrue(self.found("red_spent"))
        self.assertFalse(self.found("red_spent", self.viewer))

    def test_red_on_full_spending(self):
        operation = self.make_running(
            "Fair", (self.category_o1, 1000), health="off_track"
        )
        self.spend(operation, 899)
        self.assertFalse(self.found("red_spent"))
        self.spend(operation, 100)
        row = self.found("red_spent")
        self.assertEqual(row.operation_id, operation)
        self.assertIn("is off track and has spent", row.words)
        operation._set_manual_health("at_risk", "Better.", "2025-12-31")
        self.assertFalse(self.found("red_spent"))

    def test_money_without_an_operation(self):
        self.budget.action_submit()
        self.budget.action_approve()
        analytic = self.category_o1.analytic_account_id
        self.post_entry(300, "2025-02-10", distribution={analytic: 100})
        row = self.found("unassigned")
        self.assertEqual((row.category_id, row.amount), (self.category_o1, 300))
        self.assertIn("that no operation answers for", row.words)
        self.assertEqual(row.action_open()["res_model"], "sop.budget.category")
        operation = self.make_running("Fair", (self.category_o1, 1000))
        operation.analytic_account_id = self.make_analytic("Fair", self.other_plan)
        both = {f"{analytic.id},{operation.analytic_account_id.id}": 100}
        self.post_entry(500, "2025-02-11", distribution=both)
        self.assertEqual(self.found("unassigned").amount, 300)

    def test_money_without_an_operation_is_for_readers_of_the_budget(self):
        self.budget.action_submit()
        self.budget.action_approve()
        analytic = self.category_o1.analytic_account_id
        self.post_entry(300, "2025-02-10", distribution={analytic: 100})
        stranger = self.make_user("eff_stranger", VIEWER)
        self.assertTrue(self.found("unassigned", self.viewer))
        self.assertFalse(self.found("unassigned", stranger))
        self.category_o1.visibility = "manager"
        self.assertFalse(self.found("unassigned", self.viewer))

    def test_category_without_an_operation(self):
        bare = self.make_category("B1", amounts=10.0)
        self.make_operation("Fair", (self.category_o1, 1000))
        self.company.sop_operations_expected = True
        self.assertFalse(self.found("no_operation"))
        self.budget.action_submit()
        self.budget.action_approve()
        row = self.found("no_operation")
        self.assertEqual(row.category_id, bare)
        self.assertIn("is for no operation", row.words)
        self.assertEqual(row.action_open()["res_model"], "sop.budget.category")
        bare.visibility = "manager"
        self.assertFalse(self.found("no_operation", self.viewer))
        self.company.sop_operations_expected = False
        self.assertFalse(self.found("no_operation"))

    def test_operation_without_a_kpi(self):
        planned = self.make_operation("Later")
        running = self.make_running("Now")
        self.assertEqual(self.found("no_kpi").operation_id, running)
        self.assertIn("nobody will know if it works", self.found("no_kpi").words)
        self.make_kpi(running, None)
        self.assertFalse(self.found("no_kpi"))
        self.assertEqual(planned.state, "planned")

    def test_occurrences_are_not_asked_for_kpis_again(self):
        monthly = self.make_operation("Meet-up", recurrence="month")
        monthly.action_plan_occurrences()
        occurrences = monthly.occurrence_ids
        self.assertTrue(occurrences)
        (monthly | occurrences).action_start()
        self.assertEqual(set(occurrences.mapped("state")), {"in_progress"})
        self.assertEqual(self.found("no_kpi").operation_id, monthly)

    def test_silent_kpi(self):
        operation = self.make_running("Fair")
        kpi = self.make_kpi(operation, 5, frequency="monthly", day="2025-02-20")
        row = self.found("silent_kpi")
        self.assertEqual((row.kpi_id, row.operation_id), (kpi, operation))
        self.assertEqual(row.user_id, self.lead)
        self.assertEqual(row.action_open()["res_model"], "sop.kpi")
        self.assertIn("should have been measured by 03/31/2025", row.words)
        kpi._measure("2025-03-31", 7)
        self.assertFalse(self.found("silent_kpi"))

    def test_rows_have_ids_of_their_own(self):
        operation = self.make_running(
            "Fair", (self.category_o1, 1000), health="on_track"
        )
        operation.analytic_account_id = self.make_analytic("Fair", self.other_plan)
        self.make_running("Other")
        rows = self.found()
        self.assertEqual(
            sorted(rows.mapped("kind")), ["green_unspent", "no_kpi", "no_kpi"]
        )
        self.assertEqual(len(set(rows.ids)), 3)
        self.assertEqual(rows.browse(rows.ids[1:2]).kind, rows[1].kind)

    def test_queries_do_not_grow(self):
        def count():
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            self.env["sop.contradiction"].search_read([], ["words", "next_step"])
            return self.env.cr.sql_log_count - before

        def make(number):
            operation = self.make_running(f"Op {number}", (self.category_o1, 10))
            operation.analytic_account_id = self.make_analytic(
                f"Op {number}", self.other_plan
            )
            self.make_kpi(operation, 1, frequency="weekly", day="2025-01-10")

        for number in range(2):
            make(number)
        count()
        few = count()
        for number in range(2, 12):
            make(number)
        self.assertEqual(count(), few)


@tagged("post_install", "-at_install")
@freeze_time("2025-04-16 12:00:00")
class TestEfficiencyRights(EfficiencyCommon, RpcCase):
    @mute_logger("odoo.http", "odoo.addons.base.models.ir_rule")
    def test_reports_over_http(self):
        """Everybody reads the rows of the operations that they read, and writes nothing."""
        mine = self.make_operation("Mine", (self.category_o1, 15000))
        mine.action_start()
        self.make_kpi(mine, 20)
        others = self.make_operation("Others", user_id=self.planner.id)
        others.action_start()
        foreign = self.env["res.company"].create({"name": "Another company"})
        self.env["sop.operation"].create(
            {"name": "Foreign", "company_id": foreign.id, "user_id": self.lead.id}
        )
        self.env.flush_all()
        for login, wanted in (
            ("eff_lead", mine),
            ("eff_viewer", mine | others),
            ("eff_planner", mine | others),
        ):
            self.authenticate(login, login)
            for model in ("sop.efficiency", "sop.contradiction"):
                with self.subTest(login=login, model=model):
                    rows = self.call(model, "search_read", [], ["operation_id"])
                    found = {row["operation_id"][0] for row in rows}
                    expected = wanted if model == "sop.efficiency" else wanted - mine
                    self.assertEqual(found, set(expected.ids))
                    records = self.env[model].search([], limit=1)
                    for operation in "wcu":
                        self.assertFalse(
                            self.try_operation(operation, records, {"user_id": 1})
                        )
