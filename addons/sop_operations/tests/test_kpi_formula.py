# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from datetime import date

from odoo.exceptions import ValidationError
from odoo.tests import freeze_time, tagged

from .common_kpi_source import SourceCommon


@tagged("post_install", "-at_install")
@freeze_time("2025-05-18")
class TestFormula(SourceCommon):
    def test_figures_of_other_kpis(self):
        self.make_kpi(name="Trials", code="TRIALS")._measure("2025-05-18", 120)
        self.make_kpi(name="Paid", code="PAID")._measure("2025-05-18", 12)
        kpi = self.make_formula("kpi.PAID / kpi.TRIALS * 100", kind="percentage")
        kpi._roll_up()
        self.assertEqual((kpi.value, kpi.value_text), (10, "10 %"))
        self.assertEqual(self._test(kpi), ("success", "Today: 10 %"))

    def _test(self, kpi):
        params = kpi.action_test_source()["params"]
        return params["type"], params["message"]

    def test_no_data_is_not_zero(self):
        self.make_kpi(code="EMPTY")
        kpi = self.make_formula("kpi.EMPTY + 1")
        kpi._roll_up()
        self.assertFalse(kpi.has_value)
        self.assertEqual(self._test(kpi)[0], "warning")
        kpi.formula = "default(kpi.EMPTY, 0) + 1"
        kpi._roll_up()
        self.assertEqual(kpi.value, 1)

    def test_formulas_of_formulas_in_one_run(self):
        last = self.make_formula("1", code="A")
        for code, before in (("B", "A"), ("C", "B"), ("D", "C")):
            last = self.make_formula(f"kpi.{before} * 2", code=code)
        first = self.env["sop.kpi"].search([("code", "=", "A")])
        kpis = last | (last.search([("source", "=", "formula")]) - last)
        self.assertEqual(kpis[0], last)
        kpis._sorted_for_roll_up()._roll_up()
        self.assertEqual((first.value, last.value), (1, 8))

    def test_a_cycle_is_refused_with_its_path(self):
        one = self.make_formula("1", code="ONE")
        self.make_formula("kpi.ONE", code="TWO")
        self.make_formula("kpi.TWO", code="THREE")
        with self.assertRaisesRegex(ValidationError, "ONE → THREE → TWO → ONE"):
            one.formula = "kpi.THREE + 1"
        with self.assertRaisesRegex(ValidationError, "ONE → ONE"):
            one.formula = "kpi.ONE"

    def test_names(self):
        other = self.make_operation(code="OP-2")
        self.make_kpi(code="SAME", operation_id=other.id)._measure("2025-05-18", 5)
        self.assertEqual(self.make_formula("kpi.same")._try_source(), 5)
        third = self.make_operation(code="OP-3")
        self.make_kpi(code="SAME", operation_id=third.id)._measure("2025-05-18", 7)
        with self.assertRaisesRegex(ValidationError, "OP-2 .*OP-3 .*OPERATION.CODE"):
            self.make_formula("kpi.SAME")
        self.assertEqual(self.make_formula("kpi.OP_3.SAME")._try_source(), 7)
        self.make_kpi(code="SAME")._measure("2025-05-18", 9)
        self.assertEqual(self.make_formula("kpi.SAME")._try_source(), 9)

    def test_wrong_formulas(self):
        for formula, message in [
            ("kpi.NOTHING", "is no KPI"),
            ("kpi.A.B.METER", "is no KPI"),
            ("meter", "isn't known"),
            ("operation.name", "isn't known"),
            ("kpi.METER.__class__", "is no KPI"),
            ("kpi.METER +", r"missing here. \(at character 12"),
            ("exec(1)", "no function “exec”"),
            ("kpi.METER / 0", "division by zero"),
            ("budget.O1", "should be budget.CATEGORY"),
            ("", "empty"),
        ]:
            with (
                self.subTest(formula=formula),
                self.assertRaisesRegex(ValidationError, message),
            ):
                self.make_formula(formula)

    def test_every_message_is_translated(self):
        from ..engine.expression import MESSAGES
        from ..models.sop_kpi_formula import expression_messages

        self.assertEqual(expression_messages(self.env), MESSAGES)

    def test_figures_of_the_operation(self):
        allocated = self.make_formula("operation.allocated")
        spent = self.make_formula("operation.spent")
        self.assertEqual((allocated._try_source(), spent._try_source()), (None, None))
        self.operation.action_create_analytic_account()
        self.assertEqual(spent._try_source(), 0)
        budget = self.env["sop.budget"].create(
            {
                "name": "Budget 2025",
                "date_from": "2025-01-01",
                "date_to": "2025-12-31",
                "company_id": self.company.id,
                "category_ids": [(0, 0, {"name": "Events", "code": "O1"})],
            }
        )
        link = {
            "operation_id": self.operation.id,
            "category_id": budget.category_ids.id,
            "share": 0,
        }
        self.env["sop.operation.funding"].create(link)
        self.env.invalidate_all()
        self.assertIsNone(allocated._try_source(), "the planner doesn't see the budget")
        self.planner.group_ids |= self.env.ref("sop_budget.group_sop_budget_manager")
        self.env.invalidate_all()
        self.assertEqual(allocated._try_source(), 0)

    def test_a_copy_elsewhere_keeps_its_code(self):
        self.assertFalse(self.meter.copy().code, "taken in this operation")
        other = self.make_operation(code="OP-2")
        self.assertEqual(self.meter.copy({"operation_id": other.id}).code, "METER")
        self.make_formula("kpi.METER * 2", code="TWICE")
        copied = self.operation.with_user(self.planner).copy()
        self.assertEqual(set(copied.kpi_ids.mapped("code")), {"METER", "TWICE", False})
        formula = copied.kpi_ids.filtered(lambda kpi: kpi.code == "TWICE")
        meter = copied.kpi_ids.filtered(lambda kpi: kpi.code == "METER")
        meter._measure(date(2025, 5, 18), 5)
        self.assertEqual(formula._try_source(), 10)

    def test_occurrences(self):
        outside = self.make_operation(code="OP-9")
        pattern = self.make_operation(
            name="Events", code="OP-5", recurrence="month", recurrence_ahead=1
        )
        first = {"operation_id": pattern.id}
        twice = self.make_formula("1", code="TWICE", sequence=1, **first)
        self.make_kpi(
            code="GUESTS",
            sequence=2,
            target_kind="periods",
            date_start="2025-04-08",
            date_end="2025-04-30",
            target_ids=[
                (
                    0,
                    0,
                    {"date_from": "2025-04-08", "date_to": "2025-04-20", "target": 3},
                )
            ],
            **first,
        )
        twice.with_user(self.planner).formula = "kpi.GUESTS * 2"
        gone = self.make_formula("3", code="GONE", user=self.admin, **first)
        self.admin.active = False
        elsewhere = self.make_formula("kpi.GUESTS", operation_id=outside.id)
        pattern._plan_occurrences()
        last = pattern.occurrence_ids.sorted("date_start")[-1]
        self.assertEqual(last.date_start, date(2025, 6, 1))
        kpis = {kpi.code: kpi for kpi in last.kpi_ids}
        self.assertEqual(set(kpis), {"GUESTS", "TWICE", "GONE"})
        self.assertRecordValues(
            kpis["GUESTS"],
            [{"date_start": date(2025, 6, 2), "date_end": date(2025, 6, 24)}],
        )
        self.assertRecordValues(
            kpis["GUESTS"].target_ids,
            [{"date_from": date(2025, 6, 2), "date_to": date(2025, 6, 14)}],
        )
        self.assertEqual(kpis["TWICE"].source_user_id, self.planner)
        self.assertFalse(kpis["GONE"].source_user_id, "who left reads nothing new")
        self.assertTrue(gone.source_user_id)
        with freeze_time("2025-06-10"):
            kpis["GUESTS"]._measure(date(2025, 6, 10), 7)
            self.assertEqual(kpis["TWICE"]._try_source(), 14)
        self.assertIsNone(elsewhere._try_source(), "the KPI of the pattern")
