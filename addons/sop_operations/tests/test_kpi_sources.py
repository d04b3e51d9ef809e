# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from datetime import date
from unittest.mock import patch

from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import freeze_time, tagged
from odoo.tools import SQL, mute_logger

from ..models.sop_kpi_records import SopKpi as Records
from ..models.sop_kpi_roll_up import Failure
from ..models.sop_kpi_roll_up import SopKpi as RollUp
from .common_kpi import KpiCommon


class SourceCommon(KpiCommon):
    """Figures are counted from the measurements of ``cls.meter``."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.meter = cls.make_kpi(name="Meter", code="METER", target_kind="none")
        for day, value in (
            (date(2025, 4, 1), 1000),
            (date(2025, 4, 30), 10),
            (date(2025, 5, 2), 20),
            (date(2025, 5, 18), 30),
        ):
            cls.meter._measure(day, value)

    def make_records(self, user=None, **vals):
        return (
            self.env["sop.kpi"]
            .with_user(user or self.planner)
            .create(
                {
                    "operation_id": self.operation.id,
                    "name": "From records",
                    "source": "records",
                    "source_model": "sop.kpi.value",
                    "source_domain": f"[('kpi_id', '=', {self.meter.id})]",
                    "source_measure": "sum",
                    "source_field": "value",
                    "source_date_field": "date",
                    "target": 100,
                    **vals,
                }
            )
        )

    def make_formula(self, formula, user=None, **vals):
        return (
            self.env["sop.kpi"]
            .with_user(user or self.planner)
            .create(
                {
                    "operation_id": self.operation.id,
                    "name": f"Formula {formula}",
                    "source": "formula",
                    "formula": formula,
                    **vals,
                }
            )
        )


@tagged("post_install", "-at_install")
@freeze_time("2025-05-18")
class TestRecords(SourceCommon):
    def test_measures(self):
        self.company.resource_calendar_id.tz = "Asia/Ho_Chi_Minh"
        self.env.cr.execute(
            """UPDATE sop_kpi_value SET create_date = CASE value
                    WHEN 10 THEN '2025-04-06 16:59:59'::timestamp
                    ELSE '2025-04-06 17:00:00'::timestamp END"""
        )
        for vals, value in [
            ({}, 60),
            ({"source_window": "all"}, 1060),
            ({"source_measure": "count", "source_field": False}, 3),
            ({"source_measure": "avg"}, 20),
            ({"source_measure": "min"}, 10),
            ({"source_measure": "max"}, 30),
            ({"source_measure": "distinct", "source_field": "kpi_id"}, 1),
            ({"source_window": "period", "frequency": "monthly"}, 50),
            ({"source_window": "period", "frequency": "daily"}, 30),
            (
                {
                    "source_domain": f"[('kpi_id', '=', {self.meter.id}), "
                    "'|', ('value', '>', 15), ('value', '<', 5)]"
                },
                50,
            ),
            ({"kind": "boolean", "source_measure": "count", "target": 1}, 1),
            # Moments, by the days of the company
            ({"source_date_field": "create_date", "source_measure": "count"}, 3),
        ]:
            with self.subTest(vals=vals):
                kpi = self.make_records(**vals)
                kpi._roll_up()
                self.assertFalse(kpi.error)
                self.assertEqual((kpi.value, kpi.has_value), (value, True))
                self.assertEqual({*kpi.value_ids.mapped("origin")}, {"automatic"})
                self.assertEqual(kpi.value_ids.user_id, self.planner)

    def test_nothing_found(self):
        nothing = {"source_domain": "[('value', '>', 5000)]"}
        total = self.make_records(**nothing)
        mean = self.make_records(**nothing, source_measure="avg")
        (total | mean)._roll_up()
        self.assertEqual((total.value, total.has_value), (0, True))
        self.assertFalse(mean.has_value, "the average of nothing is no data")

    def test_one_measurement_a_period(self):
        kpi = self.make_records(frequency="weekly")
        kpi._roll_up()
        kpi._roll_up()
        self.assertEqual(len(kpi.value_ids), 1, "nothing changed")
        self.meter._measure(date(2025, 5, 17), 40)
        kpi._roll_up()
        self.assertEqual(kpi.value, 100)
        self.assertEqual(
            sorted(kpi.value_ids.mapped("state")), ["current", "superseded"]
        )
        with freeze_time("2025-05-19"):  # a Monday
            kpi._roll_up()
        self.assertEqual(len(kpi.value_ids.filtered(lambda v: v.state == "current")), 2)

    def test_a_period_is_read_to_its_end(self):
        kpi = self.make_records(frequency="monthly", source_window="period")
        kpi._roll_up()
        self.assertEqual(kpi.value, 50)
        with freeze_time("2025-06-01"):
            self.meter._measure(date(2025, 5, 31), 7)
            self.meter._measure(date(2025, 6, 1), 1)
            kpi._roll_up()
        current = kpi.value_ids.filtered(lambda value: value.state == "current")
        self.assertRecordValues(
            current.sorted("date"),
            [
                {"date": date(2025, 4, 30), "value": 10},
                {"date": date(2025, 5, 31), "value": 57},
                {"date": date(2025, 6, 1), "value": 1},
            ],
        )

    def get_figures(self, kpi):
        current = kpi.value_ids.filtered(lambda value: value.state == "current")
        return {str(value.date): value.value for value in current}

    def test_missed_periods_and_late_entries(self):
        kpi = self.make_records(
            frequency="monthly", source_window="period", date_end="2026-12-31"
        )
        kpi._roll_up()
        self.assertEqual(self.get_figures(kpi), {"2025-04-30": 10, "2025-05-18": 50})
        self.meter._measure(date(2025, 4, 20), 1)
        with freeze_time("2025-11-10"):
            self.meter._measure(date(2025, 5, 31), 7)
            self.meter._measure(date(2025, 6, 10), 3)
            kpi._roll_up()
            missed = {"2025-05-31": 57, "2025-06-30": 3, "2025-07-31": 0}
            nothing = {"2025-08-31": 0, "2025-09-30": 0, "2025-10-31": 0}
            figures = {"2025-04-30": 10, **missed, **nothing, "2025-11-10": 0}
            self.assertEqual(self.get_figures(kpi), figures)
            self.meter._measure(date(2025, 8, 5), 4)
            kpi._roll_up()
            self.assertEqual(self.get_figures(kpi), {**figures, "2025-08-31": 4})

    def test_what_was_typed_in_before_is_kept(self):
        kpi = self.make_kpi(frequency="monthly")
        kpi._measure(date(2025, 4, 25), 99)
        kpi.with_user(self.planner).write(
            {
                "source": "records",
                "source_window": "period",
                "source_model": "sop.kpi.value",
                "source_domain": f"[('kpi_id', '=', {self.meter.id})]",
                "source_measure": "sum",
                "source_field": "value",
                "source_date_field": "date",
            }
        )
        kpi._roll_up()
        self.assertEqual(self.get_figures(kpi), {"2025-04-25": 99, "2025-05-18": 50})

    def test_a_formula_knows_only_today(self):
        kpi = self.make_formula("1", frequency="monthly", source_window="period")
        kpi._roll_up()
        self.assertEqual(self.get_figures(kpi), {"2025-05-18": 1})

    def test_the_day_of_a_reading_is_that_of_the_company(self):
        self.company.resource_calendar_id.tz = "Asia/Ho_Chi_Minh"
        kpi = self.make_records()
        self.assertEqual(kpi._get_run_days(), {kpi.id: None})
        with freeze_time("2025-05-18 17:00:00"):
            kpi._roll_up()
        self.assertEqual(kpi._get_run_days(), {kpi.id: date(2025, 5, 19)})

    def test_what_stands_still_goes_on_flat(self):
        with freeze_time("2025-04-20"):
            kpi = self.make_records(
                source_window="all",
                source_domain=f"[('kpi_id', '=', {self.meter.id}), "
                "('date', '<', '2025-04-05')]",
                direction="rise",
                target=5000,
            )
            kpi._roll_up()
        # 1000 in 14 days: 4000 in 56
        self.assertEqual((kpi.value, kpi.forecast), (1000, 4000))
        with freeze_time("2025-05-18"):
            kpi._roll_up()
        self.assertEqual(len(kpi.value_ids), 1)
        self.assertLess(kpi.forecast, 3000)
        self.assertEqual(kpi.value_date, date(2025, 5, 18))
        with freeze_time("2025-05-20"):
            kpi.sudo()._store_values(kpi._get_jobs(), [Failure("Broken")])
        self.assertEqual(kpi.value_date, date(2025, 4, 20), "nothing was confirmed")

    def test_what_is_gone_is_withdrawn(self):
        kpi = self.make_records(source_measure="avg")
        kpi._roll_up()
        self.assertTrue(kpi.has_value)
        kpi.source_domain = "[('value', '>', 5000)]"
        kpi._roll_up()
        self.assertFalse(kpi.has_value)
        self.assertEqual(kpi.value_ids.state, "superseded")

    def test_before_and_after_its_time(self):
        kpi = self.make_records(date_start="2025-05-19", date_end="2025-05-20")
        kpi._roll_up()
        self.assertFalse(kpi.has_value)
        with freeze_time("2025-07-01"):
            kpi._roll_up()
        self.assertEqual(kpi.value_date, date(2025, 5, 20))

    def test_wrong_sources(self):
        for vals, message in [
            ({"source_domain": "[('a',"}, "filter editor"),
            ({"source_domain": "[('value', '>', uid)]"}, "filter editor"),
            ({"source_domain": "[" * 500}, "filter editor"),
            ({"source_domain": f"[('value', '>', {'1' * 6000})]"}, "filter editor"),
            ({"source_domain": "[('kpi_id', 'any!', [])]"}, "filter editor"),
            ({"source_domain": "[('nothing', '=', 1)]"}, "doesn't fit"),
            ({"source_field": False}, "must be stored"),
            ({"source_field": "display_name"}, "must be stored"),
            ({"source_field": "note"}, "isn't a number"),
            ({"source_date_field": "note"}, "must be a stored date"),
            (
                {
                    "source_date_field": False,
                    "source_window": "period",
                    "frequency": "daily",
                },
                "choose the date",
            ),
            ({"source_model": False}, "Choose the records"),
        ]:
            with (
                self.subTest(vals=vals),
                self.assertRaisesRegex(ValidationError, message),
                self.env.cr.savepoint(),
            ):
                self.make_records(**vals)

    def test_models_that_may_be_counted(self):
        Kpi = self.env["sop.kpi"].with_user(self.planner)
        names = dict(Kpi._selection_source_model())
        self.assertIn("sop.kpi.value", names)
        for name in ("ir.cron", "res.groups", "sop.kpi.check.in", "mail.thread"):
            self.assertNotIn(name, names)
        self.assertNotIn("account.move.line", names, "the planner has no right to it")
        with self.assertRaisesRegex(AccessError, "rights of kpi_planner"):
            self.make_records(source_model="account.move.line")
        with self.assertRaisesRegex(ValidationError, "Choose the records"):
            self.make_records(user=self.admin, source_model="ir.cron")

    def test_a_field_that_is_closed(self):
        kpi = self.make_records()
        field = self.env["sop.kpi.value"]._fields["value"]
        with (
            patch.object(field, "groups", "base.group_system"),
            self.assertRaises(AccessError),
        ):
            kpi.source_domain = "[]"


@tagged("post_install", "-at_install")
@freeze_time("2025-05-18")
class TestSourceRights(SourceCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.other = cls.make_user(
            "kpi_planner_2", "sop_operations.group_sop_operations_planner"
        )
        # Who plans sees small measurements only, the other one sees all
        cls.env["ir.rule"].create(
            {
                "name": "small measurements",
                "model_id": cls.env["ir.model"]._get("sop.kpi.value").id,
                "domain_force": "[('value', '<', 25 if "
                f"user.id == {cls.planner.id} else 10000)]",
            }
        )

    def test_who_set_it_is_who_reads_it(self):
        mine = self.make_records()
        theirs = self.make_records(user=self.other)
        (mine | theirs).sudo()._roll_up()
        self.assertEqual((mine.value, theirs.value), (30, 60))

    def test_an_editor_reads_with_their_own_rights(self):
        kpi = self.make_records(user=self.other)
        kpi.with_user(self.planner).write({"target": 50})
        self.assertEqual(kpi.source_user_id, self.other)
        kpi.with_user(self.planner).write({"source_domain": "[]"})
        self.assertEqual(kpi.source_user_id, self.planner)
        for vals in ({"date_start": "2025-01-01"}, {"date_end": "2025-12-31"}):
            kpi.with_user(self.other).action_take_over_source()
            self.assertEqual(kpi.source_user_id, self.other)
            kpi.with_user(self.planner).write(vals)
            self.assertEqual(kpi.source_user_id, self.planner)

    def test_a_copy_reads_with_the_rights_of_who_copies(self):
        kpi = self.make_records(user=self.other)
        self.assertEqual(
            kpi.with_user(self.planner).copy().source_user_id, self.planner
        )

    def test_nobody_lends_rights_of_others(self):
        kpi = self.make_records()
        for vals in (
            {"source_user_id": self.other.id},
            {"error": "made up"},
            {"last_run": "2025-05-18"},
            {"reminded_date": "2025-05-18"},
        ):
            with (
                self.subTest(vals=vals),
                self.assertRaisesRegex(UserError, "kept by the system"),
            ):
                kpi.with_user(self.planner).write(vals)
            with self.assertRaisesRegex(UserError, "kept by the system"):
                self.make_records(**vals)
        made = (
            self.env["sop.kpi"]
            .with_user(self.planner)
            .with_context(
                default_source_user_id=self.other.id,
                default_error="made up",
                sop_kpi_system=True,
            )
            .create(
                {
                    "operation_id": self.operation.id,
                    "name": "x",
                    "source": "formula",
                    "formula": "1",
                }
            )
        )
        self.assertEqual((made.source_user_id, made.error), (self.planner, False))

    def test_rights_that_end(self):
        kpi = self.make_records()
        kpi._roll_up()
        self.planner.group_ids = self.env.ref("base.group_user")
        kpi.sudo()._roll_up()
        self.assertIn("not allowed", kpi.sudo().error)
        self.assertEqual(kpi.sudo().value, 30, "the last good figure is kept")
        self.planner.active = False
        kpi.sudo()._roll_up()
        self.assertIn("no longer works in KPI Company", kpi.sudo().error)

    def test_nothing_runs_as_the_superuser(self):
        kpi = self.env["sop.kpi"].create(
            {
                "operation_id": self.operation.id,
                "name": "By the system",
                "source": "formula",
                "formula": "1",
            }
        )
        self.assertFalse(kpi.source_user_id)
        kpi._roll_up()
        self.assertIn("Read with my rights", kpi.error)

    def test_who_may_test_and_read(self):
        kpi = self.make_records()
        self.operation.member_ids = self.viewer
        for name in ("action_test_source", "action_roll_up", "action_take_over_source"):
            with self.subTest(method=name), self.assertRaises(AccessError):
                getattr(kpi.with_user(self.viewer), name)()


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


@tagged("post_install", "-at_install")
@freeze_time("2025-05-18")
class TestRollUp(SourceCommon):
    def run_job(self):
        with patch.object(
            self.registry["ir.cron"], "_commit_progress", lambda *a, **k: 60
        ):
            self.env["sop.kpi"]._cron_roll_up()

    def test_one_broken_kpi_and_the_rest(self):
        kpis = [self.make_records(name=f"KPI {n}") for n in range(5)]
        broken = kpis[2]
        original = RollUp._read_safely

        def read(model, reader, jobs):
            def breaking(some):
                if any(job.kpi == broken for job in some):
                    raise ZeroDivisionError
                return reader(some)

            return original(model, breaking, jobs)

        with patch.object(self.registry["sop.kpi"], "_read_safely", read):
            self.run_job()
        self.assertEqual(
            [(kpi.value, bool(kpi.error)) for kpi in kpis],
            [(60, False), (60, False), (0, True), (60, False), (60, False)],
        )
        self.assertIn("ZeroDivisionError", broken.error)
        self.assertTrue(broken.has_error)
        with freeze_time("2025-05-18 02:00:00"):
            self.run_job()
        self.assertEqual((broken.value, broken.error), (60, False))

    def test_a_refused_figure_breaks_one_only(self):
        kpis = [self.make_records(name=f"KPI {n}") for n in range(5)]
        infinite = self.make_formula("1")
        original = self.registry["sop.kpi.value"]._check_evidence_url

        def check(value):
            if value.kpi_id == kpis[3]:
                raise ValidationError(self.env._("Refused"))
            return original(value)

        with (
            patch.object(self.registry["sop.kpi.value"], "_check_evidence_url", check),
            patch.object(
                self.registry["sop.kpi"], "_work_out", lambda *a: float("inf")
            ),
        ):
            self.run_job()
        self.assertEqual([kpi.value for kpi in kpis], [60, 60, 60, 0, 60])
        self.assertEqual(kpis[3].error, "Refused")
        self.assertEqual(infinite.error, "The source gives no finite number.")
        self.assertFalse(infinite.has_value)

    def test_a_database_error_breaks_one_only(self):
        kpis = [self.make_records(name=f"KPI {n}") for n in range(3)]
        original = Records._get_records_query

        def query(kpi, first, last):
            if kpi.id == kpis[1].id:
                return SQL("SELECT 1 / (count(*) - count(*))::float FROM sop_kpi")
            return original(kpi, first, last)

        with (
            patch.object(self.registry["sop.kpi"], "_get_records_query", query),
            mute_logger("odoo.sql_db"),
        ):
            kpis[1].name = "Refused by the database"
            kpis[1].source_domain = "[('id', '!=', 0)]"
            self.run_job()
        self.assertEqual([kpi.value for kpi in kpis], [60, 0, 60])
        self.assertIn("DivisionByZero", kpis[1].error)

    def test_formulas_come_after_what_they_need(self):
        half = self.make_records(code="TOTAL", sequence=9)
        formula = self.make_formula("kpi.TOTAL / 2", code="HALF", sequence=5)
        quarter = self.make_formula("kpi.HALF / 2", sequence=1)
        kpis = (quarter | formula | half)._sorted_for_roll_up()
        self.assertEqual(kpis, half | formula | quarter)
        with patch("odoo.addons.sop_operations.models.sop_kpi_roll_up.BATCH", 1):
            self.run_job()
        self.assertEqual((formula.value, quarter.value), (30, 15))

    def test_what_was_just_read_rests(self):
        kpi = self.make_records()
        self.run_job()
        self.meter._measure(date(2025, 5, 17), 40)
        self.run_job()
        self.assertEqual(kpi.value, 60)
        self.operation.action_cancel()
        with freeze_time("2025-05-19"):
            self.run_job()
        self.assertEqual(kpi.value, 60, "cancelled operations stand still")

    def test_pace_of_what_is_typed_in_follows_the_day(self):
        kpi = self.make_kpi()
        kpi._measure(date(2025, 5, 18), 250)
        self.assertEqual(kpi.pace, 111.111111)
        with freeze_time("2025-06-01"):
            self.run_job()
        self.assertEqual(kpi.pace, 83.333333)

    def test_queries(self):
        """A thousand would be sixty: a hundred figures are one statement."""
        kpis = self.env["sop.kpi"].union(
            *(
                self.make_records(source_domain=f"[('value', '>', {n})]")
                for n in range(60)
            )
        )
        kpis._roll_up()
        self.env.flush_all()
        self.env.invalidate_all()
        with self.assertQueryCount(27):
            kpis.sudo()._roll_up()
            self.env.flush_all()


@tagged("post_install", "-at_install")
@freeze_time("2025-05-18")
class TestBooks(SourceCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.controller = cls.make_user(
            "kpi_controller",
            "sop_operations.group_sop_operations_planner,"
            "sop_budget.group_sop_budget_manager",
        )
        Account = cls.env["account.account"]
        cls.expense, cls.bank = Account.create(
            [
                {"name": "Events", "code": "615000", "account_type": "expense"},
                {"name": "Money", "code": "512000", "account_type": "asset_current"},
            ]
        )
        cls.journal = cls.env["account.journal"].create(
            {"name": "Any", "code": "ANY", "type": "general"}
        )
        plan = cls.env["account.analytic.plan"].create({"name": "KPI plan"})
        cls.analytic = cls.env["account.analytic.account"].create(
            {"name": "Fair", "plan_id": plan.id, "company_id": cls.company.id}
        )
        for day, amount in (("2025-03-31", 1), ("2025-04-20", 100), ("2025-05-02", 30)):
            cls.post(day, amount)

    @classmethod
    def post(cls, day, amount):
        move = cls.env["account.move"].create(
            {
                "journal_id": cls.journal.id,
                "date": day,
                "line_ids": [
                    (
                        0,
                        0,
                        {
                            "account_id": cls.expense.id,
                            "debit": amount,
                            "analytic_distribution": {str(cls.analytic.id): 50},
                        },
                    ),
                    (0, 0, {"account_id": cls.bank.id, "credit": amount}),
                ],
            }
        )
        move.action_post()

    def make_ledger(self, user=None, **vals):
        return (
            self.env["sop.kpi"]
            .with_user(user or self.controller)
            .create(
                {
                    "operation_id": self.operation.id,
                    "name": "Books",
                    "source": "ledger",
                    "kind": "currency",
                    "ledger_prefixes": "61, 7",
                    **vals,
                }
            )
        )

    def test_books(self):
        for vals, value in [
            ({}, 130),
            ({"ledger_sign": "credit"}, -130),
            ({"ledger_prefixes": False, "ledger_account_ids": self.bank.ids}, -130),
            ({"ledger_analytic_id": self.analytic.id}, 65),
            (
                {"ledger_prefixes": False, "ledger_analytic_id": self.analytic.id},
                65,
            ),
            ({"source_window": "period", "frequency": "monthly"}, 30),
            ({"ledger_prefixes": "7"}, 0),
        ]:
            with self.subTest(vals=vals):
                kpi = self.make_ledger(**vals)
                kpi._roll_up()
                self.assertFalse(kpi.error)
                self.assertEqual((kpi.value, kpi.has_value), (value, True))

    def test_wrong_books(self):
        no_start = self.make_operation(code="OP-9", date_start=False)
        for vals, message in [
            ({"source_window": "period", "frequency": "weekly"}, "whole months"),
            ({"source_window": "all"}, "first month"),
            ({"operation_id": no_start.id}, "first month"),
            ({"ledger_prefixes": " , "}, "Choose the accounts"),
        ]:
            with (
                self.subTest(vals=vals),
                self.assertRaisesRegex(ValidationError, message),
            ):
                self.make_ledger(**vals)

    def test_the_books_are_for_those_who_may_read_them(self):
        with self.assertRaisesRegex(AccessError, "Only budget controllers"):
            self.make_ledger(user=self.planner)
        kpi = self.make_ledger()
        with self.assertRaisesRegex(AccessError, "rights of kpi_planner"):
            kpi.with_user(self.planner).ledger_prefixes = "5"
        self.controller.group_ids = self.env.ref(
            "sop_operations.group_sop_operations_planner"
        )
        kpi.sudo()._roll_up()
        self.assertIn("Only budget controllers", kpi.sudo().error)

    def make_budget(self):
        return (
            self.env["sop.budget"]
            .with_user(self.controller)
            .create(
                {
                    "name": "Budget 2025",
                    "date_from": "2025-01-01",
                    "date_to": "2025-12-31",
                    "company_id": self.company.id,
                    "category_ids": [
                        (
                            0,
                            0,
                            {
                                "name": "Events",
                                "code": "O1",
                                "account_prefixes": "615",
                                "amount_ids": [
                                    (0, 0, {"month": "2025-01-01", "amount": 262})
                                ],
                            },
                        )
                    ],
                }
            )
        )

    def test_budget_figures(self):
        budget = self.make_budget()
        common = {"source": "budget", "budget_id": budget.id}
        for vals, value in [
            ({"budget_measure": "planned"}, 262),
            ({"budget_measure": "actual"}, 131),
            ({"budget_measure": "available"}, 131),
            ({"budget_measure": "reserved"}, 0),
            ({"budget_measure": "committed"}, 0),
            ({"budget_measure": "utilisation"}, 50),
            ({"budget_category_id": budget.category_ids.id}, 131),
        ]:
            with self.subTest(vals=vals):
                kpi = self.make_ledger(**common, **vals)
                kpi._roll_up()
                self.assertFalse(kpi.error)
                self.assertEqual((kpi.value, kpi.has_value), (value, True))
        formula = self.make_formula(
            "budget.O1.actual / budget.o1.PLANNED * 100", user=self.controller
        )
        formula._roll_up()
        self.assertEqual(formula.value, 50)

    def test_wrong_budgets(self):
        budget, other = self.make_budget(), self.make_budget()
        with self.assertRaisesRegex(ValidationError, "Choose the budget"):
            self.make_ledger(source="budget")
        with self.assertRaisesRegex(ValidationError, "another budget"):
            self.make_ledger(
                source="budget",
                budget_id=budget.id,
                budget_category_id=other.category_ids.id,
            )
        with self.assertRaisesRegex(ValidationError, "fits 0 categories"):
            self.make_formula("budget.O1.actual", user=self.controller)
        with self.assertRaises(AccessError):
            self.make_ledger(user=self.planner, source="budget", budget_id=budget.id)

    def test_nothing_planned_is_no_utilisation(self):
        budget = self.make_budget()
        budget.category_ids.amount_ids.unlink()
        kpi = self.make_ledger(
            source="budget", budget_id=budget.id, budget_measure="utilisation"
        )
        kpi._roll_up()
        self.assertFalse(kpi.has_value)
