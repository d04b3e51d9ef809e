# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from datetime import date
from unittest.mock import patch

from odoo.tests import freeze_time, tagged

from .common_kpi_source import SourceCommon

BATCH = "odoo.addons.sop_operations.models.sop_kpi_roll_up.BATCH"


@tagged("post_install", "-at_install")
@freeze_time("2025-05-18 06:00:00")
class TestRollUpRuns(SourceCommon):
    """Whose turn it is, and that one can't hold up the others."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.operation.action_start()

    def run_job(self, time_left=60):
        with patch.object(
            self.registry["ir.cron"], "_commit_progress", lambda *a, **k: time_left
        ):
            self.env["sop.kpi"]._cron_roll_up()

    def test_a_run_that_is_cut_short_goes_on_where_it_was(self):
        """What is typed in is never read, and mustn't be the first again and again."""
        typed = [self.make_kpi(name=f"Typed {n}") for n in range(3)]
        kpi = self.make_records()
        with patch(BATCH, 2):
            self.run_job(time_left=0)
            self.assertFalse(kpi.has_value)
            self.run_job(time_left=0)
            self.run_job(time_left=0)
        self.assertEqual(kpi.value, 60)
        for one in typed:
            self.assertTrue(one.refreshed_on)
        # Whoever waits longest is next: here the meter and the first of them
        with freeze_time("2025-05-18 08:00:00"), patch(BATCH, 2):
            first = (self.meter | typed[0]) & self.env["sop.kpi"].search(
                [("refreshed_on", "<", "2025-05-18 07:00:00")]
            )
            self.run_job(time_left=0)
            self.assertEqual(len(first), 2)
            for one in first:
                self.assertEqual(str(one.refreshed_on), "2025-05-18 08:00:00")
            self.assertEqual(str(kpi.refreshed_on), "2025-05-18 06:00:00")

    def test_archived_operations_rest(self):
        kpi = self.make_records()
        late = self.make_kpi(frequency="weekly")
        self.operation.action_archive()
        self.run_job()
        self.assertFalse(kpi.has_value)
        self.assertFalse(late.activity_ids)
        self.operation.action_unarchive()
        self.run_job()
        self.assertEqual(kpi.value, 60)
        self.assertTrue(late.activity_ids)

    def test_one_that_breaks_holds_up_none(self):
        kpis = [
            self.make_kpi(name=f"KPI {n}", frequency="weekly", code=f"K{n}")
            for n in range(4)
        ]
        for kpi in kpis:
            kpi._measure(date(2025, 4, 20), 250)
        broken = kpis[2]
        model = self.registry["sop.kpi"]
        for name in ("_remind_of_check_ins", "_refresh_standing"):
            original = getattr(model, name)

            def breaking(some, original=original):
                if broken in some:
                    raise ZeroDivisionError
                return original(some)

            with (
                self.subTest(name),
                freeze_time("2025-06-01 06:00:00"),
                patch.object(model, name, breaking),
                self.assertLogs("odoo.addons.sop_operations", "ERROR") as log,
            ):
                self.env["sop.kpi"].search([]).refreshed_on = False
                self.run_job()
            self.assertEqual(len(log.output), 1)
            self.assertTrue(broken.refreshed_on, "it waits for its next turn")
        self.assertEqual(
            [len(kpi.activity_ids) for kpi in kpis], [1, 1, 1, 1], "in the second run"
        )
        self.assertEqual([round(kpi.pace) for kpi in kpis], [83] * 4)

    def test_a_source_that_gives_too_much(self):
        kpi = self.make_records(source_measure="sum")
        for value in (1e16, -1e300):
            with (
                self.subTest(value=value),
                patch.object(
                    self.registry["sop.kpi"],
                    "_read_records",
                    lambda model, jobs, value=value: [value for _job in jobs],
                ),
            ):
                kpi._roll_up()
                self.assertIn("too large", kpi.error_text)
                self.assertFalse(kpi.has_value)
