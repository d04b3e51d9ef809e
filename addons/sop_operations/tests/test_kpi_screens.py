# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from datetime import timedelta

from odoo import fields
from odoo.exceptions import AccessError, UserError
from odoo.tests import Form, HttpCase, freeze_time, tagged

from .common_kpi import KpiCommon


@tagged("post_install", "-at_install")
class TestKpiTour(HttpCase, KpiCommon):
    def test_check_in_with_evidence(self):
        today = fields.Date.today()
        self.operation.write(
            {
                "date_start": today - timedelta(41),
                "date_end": today + timedelta(14),
            }
        )
        kpi = self.make_kpi(unit="people")
        self.start_tour("/odoo/kpis", "sop_operations_kpi_check_in", login="kpi_keeper")
        self.assertRecordValues(
            kpi.value_ids.sorted("id"),
            [
                {"value": 250, "state": "superseded", "user_id": self.keeper.id},
                {"value": 240, "state": "current", "user_id": self.keeper.id},
            ],
        )
        first = kpi.value_ids.sorted("id")[0]
        self.assertEqual(first.evidence_url, "https://example.com/registrations")
        self.assertEqual(first.attachment_ids.name, "registrations.csv")
        self.assertEqual(first.attachment_ids.raw, b"name\nAn")


@tagged("post_install", "-at_install")
@freeze_time("2025-05-18")
class TestCheckInDialog(KpiCommon):
    def open(self, kpi, user=None, **context):
        action = kpi.with_user(user or self.keeper).action_check_in()
        return Form(
            self.env["sop.kpi.check.in"]
            .with_user(user or self.keeper)
            .with_context(**action["context"], **context)
        )

    def test_yes_or_no(self):
        kpi = self.make_kpi(kind="boolean", direction="at_least", target=1)
        form = self.open(kpi)
        form.is_yes = True
        form.save().action_confirm()
        self.assertEqual((kpi.value, kpi.value_text), (1, "Yes"))

    def test_correct(self):
        kpi = self.make_kpi()
        value = kpi._measure("2025-05-10", 100)
        context = value.with_user(self.keeper).action_correct()["context"]
        form = Form(
            self.env["sop.kpi.check.in"].with_user(self.keeper).with_context(**context)
        )
        self.assertEqual((form.value, str(form.date)), (100, "2025-05-10"))
        with self.assertRaises(AssertionError):
            form.save()  # without a reason
        form.value, form.note = 90, "two counted twice"
        form.save().action_confirm()
        self.assertEqual(value.state, "superseded")
        self.assertEqual(kpi.value, 90)

    def test_who_may_open_it(self):
        kpi = self.make_kpi()
        with self.assertRaises(AccessError):
            self.open(kpi, self.viewer)
        kpi.write({"source": "formula", "formula": "1"})
        with self.assertRaisesRegex(UserError, "read by the system"):
            kpi.with_user(self.keeper).action_check_in()

    def test_words(self):
        for vals, value, texts in [
            (
                {"unit": "people"},
                250,
                (
                    "250 people",
                    "Rise to 300 people",
                    "250 people, 83 % of the target. Likely to be met: 333 people on "
                    "06/01/2025 if it goes on like this.",
                ),
            ),
            (
                {"kind": "percentage", "direction": "at_least", "target": 70},
                72.5,
                (
                    "72.5 %",
                    "At least 70 %",
                    "72.5 %, 104 % of the target. Can't be told yet.",
                ),
            ),
            (
                {"kind": "duration", "direction": "at_most", "target": 4},
                2.5,
                (
                    "2.5 h",
                    "At most 4 h",
                    "2.5 h, 138 % of the target. Can't be told yet.",
                ),
            ),
            (
                {"direction": "within", "target_low": 1, "target_high": 2},
                1.5,
                ("1.5", "1 to 2", "1.5, 100 % of the target. Can't be told yet."),
            ),
            (
                {"target_kind": "none"},
                3,
                ("3", False, "3, without a target."),
            ),
        ]:
            with self.subTest(vals=vals):
                kpi = self.make_kpi(**vals)
                self.assertEqual(kpi.standing_text, "Not measured yet.")
                kpi._measure("2025-05-18", value)
                self.assertEqual(
                    (kpi.value_text, kpi.target_text, kpi.standing_text), texts
                )
        money = self.make_kpi(kind="currency", target=1000)
        self.assertIn("1,000.00", money.target_text)
        band = self.make_kpi(direction="within", target_kind="none")
        self.assertFalse(band.target_text)

    def test_chart(self):
        kpi = self.make_kpi(unit="people")
        self.assertEqual(kpi.chart["points"], [])
        kpi._measure("2025-05-04", 100)
        kpi._measure("2025-05-18", 250)
        self.assertEqual(
            kpi.chart["points"], [["2025-05-04", 100], ["2025-05-18", 250]]
        )
        self.assertEqual(kpi.chart["target"][-1], ["2025-06-01", 300])
        self.assertEqual(kpi.chart["forecast"][0], ["2025-05-18", 250])
        self.assertEqual(kpi.chart["forecast"][1][0], "2025-06-01")
        self.assertEqual(kpi.chart["unit"], "people")
        kpi.aggregation = "sum"
        self.assertEqual(kpi.chart["points"][1], ["2025-05-18", 350])
        kpi.write({"direction": "within", "target_low": 1, "target_high": 2})
        self.assertEqual((kpi.chart["band"], kpi.chart["target"]), ([1, 2], []))


@tagged("post_install", "-at_install")
class TestMissedCheckIns(KpiCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.operation.action_start()

    def activities(self, kpi):
        return kpi.activity_ids.filtered(
            lambda activity: activity.activity_type_id
            == self.env.ref("sop_operations.mail_activity_type_check_in")
        )

    def remind(self, kpi, day):
        with freeze_time(day):
            kpi._remind_of_check_ins()

    def test_once_a_period(self):
        with freeze_time("2025-04-08"):
            kpi = self.make_kpi(frequency="weekly")
        self.assertEqual(str(kpi.check_in_date), "2025-04-13")
        self.remind(kpi, "2025-04-13")
        self.assertFalse(self.activities(kpi), "the week isn't over")
        self.remind(kpi, "2025-04-14")
        self.remind(kpi, "2025-04-15")
        activity = self.activities(kpi)
        self.assertRecordValues(
            activity,
            [
                {
                    "user_id": self.keeper.id,
                    "summary": "Measure “Participants”",
                    "date_deadline": fields.Date.to_date("2025-04-13"),
                }
            ],
        )
        activity.with_user(self.keeper).action_done()
        self.remind(kpi, "2025-04-16")
        self.assertFalse(self.activities(kpi), "once is enough")
        self.remind(kpi, "2025-04-29")
        self.remind(kpi, "2025-05-06")
        self.assertEqual(len(self.activities(kpi)), 1, "they don't pile up")
        with freeze_time("2025-05-06"):
            kpi.with_user(self.keeper)._measure("2025-05-06", 5)
        self.assertFalse(self.activities(kpi))
        self.assertEqual(str(kpi.check_in_date), "2025-05-18")

    def test_who_is_reminded(self):
        with freeze_time("2025-04-08"):
            kpi = self.make_kpi(frequency="daily", user_id=False)
            automatic = self.make_kpi(source="formula", formula="1")
            planned = self.make_kpi(
                operation_id=self.make_operation(code="OP-P").id, frequency="daily"
            )
        self.remind(kpi | automatic | planned, "2025-04-10")
        self.assertEqual(self.activities(kpi).user_id, self.lead)
        self.assertFalse(self.activities(automatic | planned))
        self.assertFalse(automatic.check_in_date)

    def test_late_by_the_day_of_the_company(self):
        """Whoever asks from wherever: it is late once its company's day is over."""
        self.company.resource_calendar_id.tz = "Pacific/Auckland"
        kpi = self.make_kpi(frequency="weekly")
        self.assertEqual(str(kpi.check_in_date), "2025-04-13")
        Kpi = self.env["sop.kpi"].with_context(tz="America/New_York")
        # There it is the 14th already, a day late; where the reader is, it isn't
        with freeze_time("2025-04-13 13:00:00"):
            self.env.invalidate_all()
            self.assertTrue(kpi.with_env(Kpi.env).is_late)
            self.assertIn(kpi, Kpi.search([("is_late", "=", True)]))
        with freeze_time("2025-04-12 13:00:00"):
            self.env.invalidate_all()
            self.assertFalse(kpi.with_env(Kpi.env).is_late)
            self.assertTrue(kpi.with_env(Kpi.env).is_due)
            self.assertNotIn(kpi, Kpi.search([("is_late", "=", True)]))
            self.assertIn(kpi, Kpi.search([("is_due", "=", True)]))
        with freeze_time("2025-04-14 13:00:00"):
            self.operation.action_archive()
            self.assertFalse(kpi.is_late)
            self.assertNotIn(kpi, Kpi.search([("is_late", "=", True)]))

    def test_late_ones_are_found(self):
        kpi = self.make_kpi(frequency="daily")
        with freeze_time("2025-04-09"):
            self.assertTrue(kpi.is_late)
            Kpi = self.env["sop.kpi"]
            self.assertIn(kpi, Kpi.search([("is_late", "=", True)]))
            self.assertNotIn(kpi, Kpi.search([("is_late", "=", False)]))
            kpi._measure("2025-04-09", 1)
            self.assertFalse(kpi.is_late)
            self.assertIn(kpi, Kpi.search([("is_late", "=", False)]))
