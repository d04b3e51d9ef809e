# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from datetime import date
from unittest.mock import patch

from odoo.exceptions import ValidationError
from odoo.tests import freeze_time, tagged
from odoo.tools import SQL, mute_logger

from ..models.sop_kpi_records import SopKpi as Records
from ..models.sop_kpi_roll_up import SopKpi as RollUp
from .common_kpi_source import SourceCommon


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
            [(kpi.value, bool(kpi.error_text)) for kpi in kpis],
            [(60, False), (60, False), (0, True), (60, False), (60, False)],
        )
        self.assertIn("ZeroDivisionError", broken.error_text)
        self.assertTrue(broken.has_error)
        with freeze_time("2025-05-18 02:00:00"):
            self.run_job()
        self.assertEqual((broken.value, broken.error_text), (60, False))

    def test_a_refused_figure_breaks_one_only(self):
        kpis = [self.make_records(name=f"KPI {n}") for n in range(5)]
        infinite = self.make_formula("1")
        original = self.registry["sop.kpi.value"]._add_readings

        def add(values, readings):
            original(values, readings)
            if any(reading.kpi == kpis[3] for reading in readings):
                raise ValidationError(self.env._("Refused"))

        with (
            patch.object(self.registry["sop.kpi.value"], "_add_readings", add),
            patch.object(
                self.registry["sop.kpi"], "_work_out", lambda *a: float("inf")
            ),
        ):
            self.run_job()
        self.assertEqual([kpi.value for kpi in kpis], [60, 60, 60, 0, 60])
        self.assertEqual(kpis[3].error_text, "Refused")
        self.assertEqual(infinite.error_text, "The source gives no finite number.")
        self.assertFalse(infinite.has_value)

    def test_a_database_error_breaks_one_only(self):
        kpis = [self.make_records(name=f"KPI {n}") for n in range(3)]
        original = Records._get_records_query

        def query(kpi, spans, known=None):
            if kpi.id == kpis[1].id:
                return SQL(
                    "SELECT 1, NULL::int, 1 / (count(*) - count(*))::float FROM sop_kpi"
                )
            return original(kpi, spans, known)

        with (
            patch.object(self.registry["sop.kpi"], "_get_records_query", query),
            mute_logger("odoo.sql_db"),
        ):
            kpis[1].name = "Refused by the database"
            kpis[1].source_domain = "[('id', '!=', 0)]"
            self.run_job()
        self.assertEqual([kpi.value for kpi in kpis], [60, 0, 60])
        self.assertIn("DivisionByZero", kpis[1].error_text)

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
        """However many there are: a hundred KPIs are one statement, with all their months."""
        self.operation.date_start = "2024-06-01"
        kpis = self.env["sop.kpi"].union(
            *(
                self.make_records(
                    source_domain=f"[('kpi_id', '=', {self.meter.id}), ('value', '>', {n})]",
                    source_window="period",
                    frequency="monthly",
                )
                for n in range(60)
            )
        )
        self.env.flush_all()
        for what, count in (("twelve months", 26), ("nothing new", 16)):
            self.env.invalidate_all()
            with self.subTest(what), self.assertQueryCount(count):
                kpis.sudo()._roll_up()
                self.env.flush_all()
        self.assertEqual(len(kpis.value_ids), 12 * 60)
