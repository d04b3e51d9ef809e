# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).

from odoo.exceptions import AccessError, UserError
from odoo.tests import freeze_time, tagged

from .common_kpi_source import SourceCommon


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
        self.assertEqual(made.source_user_id, self.planner)
        with self.assertRaises(AccessError):
            made.with_context(default_error="made up").copy()

    def test_rights_that_end(self):
        kpi = self.make_records()
        kpi._roll_up()
        self.planner.group_ids = self.env.ref("base.group_user")
        kpi.sudo()._roll_up()
        self.assertIn("not allowed", kpi.sudo().error_text)
        self.assertEqual(kpi.sudo().value, 30, "the last good figure is kept")
        self.planner.active = False
        kpi.sudo()._roll_up()
        self.assertIn("no longer works in KPI Company", kpi.sudo().error_text)

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
        self.assertIn("Read with my rights", kpi.error_text)

    def test_who_may_test_and_read(self):
        kpi = self.make_records()
        self.operation.member_ids = self.viewer
        for name in ("action_test_source", "action_roll_up", "action_take_over_source"):
            with self.subTest(method=name), self.assertRaises(AccessError):
                getattr(kpi.with_user(self.viewer), name)()
