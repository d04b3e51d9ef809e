# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from datetime import date
from unittest.mock import patch

from odoo.exceptions import AccessError, ValidationError
from odoo.tests import freeze_time, tagged

from ..models.sop_kpi_roll_up import Failure
from .common_kpi_source import SourceCommon


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
                self.assertFalse(kpi.error_text)
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

    def test_moments_belong_to_the_days_of_the_company(self):
        """Weeks start at midnight there, a second after Sunday's last measurement."""
        self.company.resource_calendar_id.tz = "Asia/Ho_Chi_Minh"
        self.operation.date_start = "2025-03-31"
        self.env.cr.execute(
            """UPDATE sop_kpi_value SET create_date = CASE value
                    WHEN 10 THEN '2025-04-06 16:59:59'::timestamp
                    WHEN 20 THEN '2025-04-06 17:00:00'::timestamp
                    ELSE '2025-04-20 17:00:00'::timestamp END"""
        )
        kpi = self.make_records(
            source_date_field="create_date", source_window="period", frequency="weekly"
        )
        with freeze_time("2025-04-20"):
            kpi._roll_up()
        figures = {"2025-04-06": 10, "2025-04-13": 20, "2025-04-20": 0}
        self.assertEqual(self.get_figures(kpi), figures)

    def test_periods_without_records(self):
        figures = {}
        for measure in ("count", "distinct", "avg", "max"):
            kpi = self.make_records(
                source_measure=measure,
                source_field="value" if measure != "count" else False,
                source_window="period",
                frequency="weekly",
                date_end="2025-05-11",
            )
            kpi._roll_up()
            found = self.get_figures(kpi)
            figures[measure] = [found.get(day) for day in ("2025-05-04", "2025-05-11")]
        self.assertEqual(
            figures,
            {"count": [2, 0], "distinct": [2, 0], "avg": [15, None], "max": [20, None]},
        )

    def test_what_a_reading_replaces(self):
        kpi = self.make_kpi()
        kpi._measure(date(2025, 5, 18), 99)
        kpi.with_user(self.planner).write({"source": "formula", "formula": "1 / 3"})
        kpi._roll_up()
        typed, read = kpi.value_ids.sorted("id")
        self.assertRecordValues(
            typed | read,
            [
                {
                    "state": "superseded",
                    "replaced_by_id": read.id,
                    "replaces_id": False,
                    "has_old_value": False,
                    "user_id": self.env.uid,
                },
                {
                    "state": "current",
                    "replaced_by_id": False,
                    "replaces_id": typed.id,
                    "has_old_value": True,
                    "user_id": self.planner.id,
                },
            ],
        )
        self.assertEqual((read.old_value, read.value, kpi.value), (99, 1 / 3, 1 / 3))
        self.assertEqual(read.company_id, self.company)
        self.assertEqual(read.operation_id, self.operation)
        kpi._roll_up()
        self.assertEqual(len(kpi.value_ids), 2, "it is kept to its last digit")
        with freeze_time("2025-05-19"):
            kpi.with_user(self.planner).formula = "2"
            kpi._roll_up()
        later = kpi.value_ids.sorted("id")[2:]
        self.assertEqual((later.replaces_id, later.old_value), (read, 1 / 3))
        self.assertEqual(read.replaced_by_id, later)

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
