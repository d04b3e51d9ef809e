# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from datetime import date

from psycopg2 import IntegrityError

from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.fields import Command
from odoo.tests import freeze_time, tagged
from odoo.tools import mute_logger

from .common_kpi import KpiCommon


@tagged("post_install", "-at_install")
@freeze_time("2025-05-18")  # the end of week 6 of 8
class TestKpi(KpiCommon):
    def test_standing(self):
        kpi = self.make_kpi()
        self.assertRecordValues(
            kpi,
            [
                {
                    "has_value": False,
                    "has_attainment": False,
                    "has_pace": False,
                    "color_state": "muted",
                    "answer": "unknown",
                    "expected": 225,
                    "value_date": False,
                }
            ],
        )
        kpi._measure(date(2025, 5, 18), 250)
        self.assertRecordValues(
            kpi,
            [
                {
                    "value": 250,
                    "value_date": date(2025, 5, 18),
                    "goal": 300,
                    "attainment": 83.333333,
                    "pace": 111.111111,
                    "color_state": "success",
                    "answer": "likely",
                }
            ],
        )
        kpi.direction = "at_least"
        self.assertEqual((kpi.pace, kpi.color_state), (83.333333, "warning"))
        kpi.write({"target_kind": "none"})
        self.assertFalse(kpi.has_attainment)
        self.assertTrue(kpi.has_value)

    def test_standing_follows_the_operation_and_the_day(self):
        kpi = self.make_kpi()
        kpi._measure(date(2025, 5, 18), 250)
        self.operation.date_end = "2025-05-18"
        self.assertEqual(kpi.pace, 83.333333)
        self.operation.date_end = "2025-06-01"
        with freeze_time("2025-06-02"):
            kpi._refresh_standing()
            self.assertEqual((kpi.pace, kpi.answer), (83.333333, "missed"))
        self.operation.is_ongoing = True
        self.assertEqual(kpi.expected, 300)

    def test_target_of_zero(self):
        kpi = self.make_kpi(name="Critical bugs", direction="at_most", target=0)
        self.assertEqual(kpi.color_state, "muted")
        kpi._measure(date(2025, 5, 17), 0)
        self.assertEqual((kpi.attainment, kpi.color_state), (100, "success"))
        kpi._measure(date(2025, 5, 18), 3)
        self.assertEqual((kpi.attainment, kpi.color_state), (0, "danger"))
        self.assertTrue(kpi.has_attainment)

    def test_measurements_that_add_up(self):
        kpi = self.make_kpi(aggregation="sum", direction="at_least")
        for day, value in ((3, 1000), (7, 100), (28, 80)):
            kpi._measure(date(2025, 4, day), value)
        self.assertEqual(kpi.value, 180, "what was before the start doesn't count")

    def test_targets_of_periods(self):
        kpi = self.make_kpi(
            target_kind="periods",
            by_periods=True,
            target_ids=[
                (
                    0,
                    0,
                    {"date_from": "2025-04-07", "date_to": "2025-04-30", "target": 90},
                ),
                (
                    0,
                    0,
                    {"date_from": "2025-05-01", "date_to": "2025-05-31", "target": 200},
                ),
            ],
        )
        self.assertEqual((kpi.expected, kpi.goal), (90, 200))
        kpi.target_ids[0].target = 100
        self.assertEqual(kpi.expected, 100)
        with self.assertRaisesRegex(ValidationError, "overlap on 2025-05-31"):
            kpi.target_ids = [
                (
                    0,
                    0,
                    {"date_from": "2025-05-31", "date_to": "2025-06-01", "target": 1},
                )
            ]

    def test_cumulative_targets(self):
        steps = [("2025-04-07", "2025-04-30", 90), ("2025-05-01", "2025-05-31", 200)]
        kpi = self.make_kpi(
            direction="at_least",
            aggregation="sum",
            level="output",
            target_kind="periods",
            by_periods=True,
            target_ids=[
                Command.create({"date_from": first, "date_to": last, "target": target})
                for first, last, target in steps
            ],
        )
        kpi._measure(date(2025, 4, 20), 50)
        kpi._measure(date(2025, 5, 10), 31)
        self.assertEqual((kpi.goal, kpi.expected, kpi.value), (290, 90, 81))
        self.assertEqual((kpi.pace, kpi.color_state), (90, "success"))
        kpi.is_cumulative = True
        self.assertEqual((kpi.goal, kpi.expected, kpi.attainment), (200, 90, 40.5))
        message = r"until 2025-05-31 \(80\) is below the one before \(90\)"
        with (
            self.assertRaisesRegex(ValidationError, message),
            self.env.cr.savepoint(),
        ):
            kpi.target_ids[1].target = 80
        kpi.is_cumulative = False
        kpi.target_ids[1].target = 80
        with (
            self.assertRaisesRegex(ValidationError, message),
            self.env.cr.savepoint(),
        ):
            kpi.is_cumulative = True
        copied = kpi.copy()
        self.assertEqual((copied.level, copied.is_cumulative), ("output", False))
        found = self.env["sop.kpi"].search([("level", "=", "output")])
        self.assertEqual(found & (kpi | copied), kpi | copied)

    def test_mean_of_an_operation(self):
        other = self.make_operation(code="OP-O2")
        empty = self.make_operation(code="OP-O3")
        for value in (90, 99, 100, 68):
            kpi = self.make_kpi(direction="at_least", target=100)
            kpi._measure(date(2025, 5, 18), value)
        self.make_kpi(name="Without data")
        self.make_kpi(operation_id=other.id, weight=3)._measure("2025-05-18", 330)
        self.make_kpi(operation_id=other.id)._measure("2025-05-18", 150)
        operations = self.operation | other | empty
        operations.invalidate_recordset()
        self.env["sop.kpi"].flush_model()
        with self.assertQueryCount(1):
            means = self.env["sop.kpi"]._get_attainment_by_operation(operations)
        self.assertEqual(
            means, {self.operation.id: 89.25, other.id: 95.0, empty.id: None}
        )

    def test_wrong_targets(self):
        for vals, message in [
            ({"direction": "rise", "baseline": 400}, "below its baseline"),
            ({"direction": "fall"}, "say where it stood before"),
            ({"direction": "within", "target_low": 3, "target_high": 2}, "band"),
            ({"direction": "within", "target_kind": "periods"}, "one band"),
            ({"code": "1st one"}, "isn't usable in formulas"),
        ]:
            with (
                self.subTest(vals=vals),
                self.assertRaisesRegex(ValidationError, message),
            ):
                self.make_kpi(**vals)

    def test_figures_that_are_too_large(self):
        for vals, message in (
            ({"target": 1e308}, "“Target” of “Participants” must be a number"),
            ({"baseline": float("-inf")}, "“Baseline” of"),
            ({"weight": float("nan")}, "“Weight” of"),
            (
                {
                    "target_kind": "periods",
                    "target_ids": [
                        (
                            0,
                            0,
                            {
                                "date_from": "2025-05-01",
                                "date_to": "2025-05-31",
                                "target": 1e300,
                            },
                        )
                    ],
                },
                "A target of “Participants”",
            ),
        ):
            with (
                self.subTest(vals=vals),
                self.assertRaisesRegex(ValidationError, message),
                self.env.cr.savepoint(),
            ):
                self.make_kpi(**vals)

    @mute_logger("odoo.sql_db")
    def test_wrong_figures(self):
        self.make_kpi(code="A")
        for vals in (
            {"code": "a"},
            {"weight": -1},
            {"date_start": "2025-05-02", "date_end": "2025-05-01"},
            {"threshold_success": 60},
        ):
            with (
                self.subTest(vals=vals),
                self.assertRaises(IntegrityError),
                self.env.cr.savepoint(),
            ):
                self.make_kpi(**vals)


@tagged("post_install", "-at_install")
@freeze_time("2025-05-18")
class TestMeasure(KpiCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.kpi = cls.make_kpi()

    def as_user(self, user):
        return self.kpi.with_user(user)

    def test_corrections_keep_the_old(self):
        first = self.kpi._measure(date(2025, 5, 1), 100, note="first count")
        second = self.kpi._measure(date(2025, 5, 1), 90, note="two were counted twice")
        self.assertRecordValues(
            first | second,
            [
                {"state": "superseded", "replaced_by_id": second.id, "old_value": 0},
                {"state": "current", "replaced_by_id": False, "old_value": 100},
            ],
        )
        self.assertEqual((self.kpi.value, second.replaces_id), (90, first))
        third = self.kpi._measure(date(2025, 5, 2), 95, replaces=second)
        self.assertEqual(second.replaced_by_id, third)
        self.assertEqual(self.kpi.value_date, date(2025, 5, 2))
        self.assertEqual(len(self.kpi.value_ids), 3)
        with self.assertRaisesRegex(UserError, "correct the newest"):
            self.kpi._measure(date(2025, 5, 3), 1, replaces=first)

    def test_a_correction_replaces_also_what_stands_on_its_day(self):
        one = self.kpi._measure(date(2025, 5, 1), 100)
        two = self.kpi._measure(date(2025, 5, 2), 110)
        three = self.kpi._measure(date(2025, 5, 2), 105, replaces=one)
        self.assertEqual((one | two).replaced_by_id, three)
        self.assertEqual((one | two).mapped("state"), ["superseded"] * 2)

    def test_a_correction_stays_with_its_kpi(self):
        value = self.kpi._measure(date(2025, 5, 1), 100)
        with self.assertRaisesRegex(UserError, "correct the newest"):
            self.make_kpi()._measure(date(2025, 5, 1), 1, replaces=value)
        self.assertEqual(value.state, "current")

    def test_what_is_said_beside(self):
        value = self.as_user(self.keeper)._measure(
            date(2025, 5, 18),
            250,
            note="registrations",
            evidence_url="https://example.com/list",
        )
        self.assertRecordValues(
            value,
            [
                {
                    "user_id": self.keeper.id,
                    "note": "registrations",
                    "evidence_url": "https://example.com/list",
                    "origin": "manual",
                    "has_old_value": False,
                }
            ],
        )

    def test_wrong_measurements(self):
        yes_no = self.make_kpi(kind="boolean", target=1)
        for kpi, day, value, more, message in [
            (self.kpi, "2025-05-20", 1, {}, "lies in the future"),
            (self.kpi, "2025-05-18", float("nan"), {}, "must be a number"),
            (self.kpi, "2025-05-18", 1e308, {}, "from −1,000,000,000,000,000 to"),
            (self.kpi, "2025-05-18", -1.1e15, {}, "a larger unit"),
            (yes_no, "2025-05-18", 2, {}, "1 or 0"),
            (
                self.kpi,
                "2025-05-18",
                1,
                {"evidence_url": "javascript:x"},
                "isn't a link",
            ),
            (self.kpi, "2025-05-18", 1, {"evidence_url": "https://"}, "isn't a link"),
            (self.kpi, "2025-05-18", 1, {"evidence_url": "http://["}, "isn't a link"),
        ]:
            with (
                self.subTest(message=message),
                self.assertRaisesRegex(ValidationError, message),
                self.env.cr.savepoint(),
            ):
                kpi._measure(day, value, **more)
        with self.assertRaisesRegex(UserError, "two are given"):
            self.env["sop.kpi.value"].create(
                [
                    {"kpi_id": self.kpi.id, "date": "2025-05-01", "value": v}
                    for v in (1, 2)
                ]
            )

    def test_who_measures(self):
        for user in (self.keeper, self.lead, self.planner, self.admin):
            with self.subTest(user=user.login):
                self.assertTrue(self.as_user(user).can_measure)
                self.assertTrue(self.as_user(user)._measure("2025-05-18", 1))
        self.assertFalse(self.as_user(self.viewer).can_measure)
        with self.assertRaisesRegex(AccessError, "Only who keeps"):
            self.as_user(self.viewer)._measure("2025-05-18", 1)

    def test_nobody_rewrites_history(self):
        value = self.kpi._measure("2025-05-01", 100)
        for user in (self.keeper, self.planner, self.admin):
            for attempt in (
                lambda record: record.write({"value": 1}),
                lambda record: record.write({"state": "superseded"}),
                lambda record: record.unlink(),
            ):
                with self.subTest(user=user.login), self.assertRaises(UserError):
                    attempt(value.with_user(user))
        with self.assertRaisesRegex(UserError, "archive it instead"):
            self.kpi.with_user(self.admin).unlink()

    def test_nobody_makes_up_history(self):
        Value = self.env["sop.kpi.value"].with_user(self.planner)
        vals = {"kpi_id": self.kpi.id, "date": "2025-05-01", "value": 1}
        for name, forged in [
            ("user_id", self.keeper.id),
            ("state", "superseded"),
            ("origin", "automatic"),
            ("old_value", 5),
            ("create_uid", self.keeper.id),
        ]:
            with (
                self.subTest(field=name),
                self.assertRaisesRegex(UserError, "kept by the system"),
            ):
                Value.create({**vals, name: forged})
            value = Value.with_context(**{f"default_{name}": forged}).create(vals)
            self.assertRecordValues(
                value,
                [
                    {
                        "user_id": self.planner.id,
                        "state": "current",
                        "origin": "manual",
                    }
                ],
            )

    def test_nobody_writes_what_is_worked_out(self):
        kpi = self.as_user(self.planner)
        for name in ("value", "attainment", "color_state", "has_value", "answer"):
            with (
                self.subTest(field=name),
                self.assertRaisesRegex(UserError, "worked out"),
            ):
                kpi.write({name: kpi[name]})
        made = kpi.with_context(default_attainment=100, default_value=300).create(
            {"operation_id": self.operation.id, "name": "Forged", "target": 300}
        )
        self.assertEqual((made.attainment, made.value), (0, 0))

    def test_files_of_others_are_no_evidence(self):
        File = self.env["ir.attachment"]
        own = File.with_user(self.keeper).create({"name": "own.txt", "raw": b"x"})
        foreign = File.with_user(self.planner).create({"name": "not.txt", "raw": b"x"})
        kpi = self.as_user(self.keeper)
        value = kpi._measure("2025-05-18", 1, attachments=own)
        self.assertEqual((own.res_model, own.res_id), (value._name, value.id))
        own.invalidate_recordset()
        self.assertEqual(own.with_user(self.viewer).raw, b"x")
        with self.assertRaises(AccessError):
            kpi._measure("2025-05-18", 2, attachments=foreign)
        with self.assertRaises(AccessError):
            own.with_user(self.keeper).unlink()
        with self.assertRaisesRegex(UserError, "Upload the files"):
            self.env["sop.kpi.value"].with_user(self.keeper).create(
                {
                    "kpi_id": self.kpi.id,
                    "date": "2025-05-18",
                    "value": 1,
                    "attachment_ids": [(0, 0, {"name": "x"})],
                }
            )
