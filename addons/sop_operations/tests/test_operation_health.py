# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from unittest.mock import patch

from odoo import fields
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import Form, freeze_time, tagged

from .common_operation import OperationCommon


@tagged("post_install", "-at_install")
@freeze_time("2025-05-04 12:00:00")
class TestHealth(OperationCommon):
    """On the last day of week 4 of 8: half of the time is over."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.startClassPatcher(
            patch.object(cls.registry["ir.cron"], "_commit_progress", return_value=1)
        )

    def setUp(self):
        super().setUp()
        self.operation.action_start()

    def measure(self, kpi, value):
        kpi._measure(fields.Date.to_date("2025-05-04"), value)
        self.env.flush_all()

    def refresh(self):
        self.env["sop.operation"]._cron_refresh_health()

    def test_nothing_to_judge(self):
        self.operation.write({"date_end": False, "is_ongoing": True})
        self.assertFalse(self.operation.health)
        self.assertIn("nothing to judge it by", self.operation.health_reason)

    def test_follows_the_kpis(self):
        self.assertEqual(self.operation.health, "on_track")
        first, second, third = (self.make_kpi(name=name) for name in "ABC")
        self.assertEqual(self.operation.health, "at_risk")
        self.assertIn("none of 3 KPIs is measured", self.operation.health_reason)
        for kpi, value in ((first, 60), (second, 50), (third, 5)):
            self.measure(kpi, value)
        self.assertEqual(self.operation.health, "at_risk")
        self.assertIn(
            "KPIs: 1 off track and 0 at risk of 3.", self.operation.health_reason
        )
        self.measure(second, 5)
        self.assertEqual(self.operation.health, "off_track")
        second.weight = 0
        self.assertEqual(self.operation.health, "off_track")
        third.active = False
        self.assertEqual(self.operation.health, "on_track")

    def test_seed_case_at_risk(self):
        # 83, 90 and 40 % of what is wanted, near the end
        with freeze_time("2025-06-01 12:00:00"):
            for name, target, value in (
                ("Participants", 300, 250),
                ("Projects", 20, 18),
                ("Quality projects", 10, 4),
            ):
                self.measure(self.make_kpi(name=name, target=target), value)
            self.refresh()
            self.assertEqual(self.operation.health, "at_risk")

    def test_follows_the_days(self):
        with freeze_time("2025-06-02 12:00:00"):
            self.refresh()
            self.assertEqual(self.operation.health, "at_risk")
            self.assertIn("the end was 1 days ago", self.operation.health_reason)
        with freeze_time("2025-06-16 12:00:00"):
            self.refresh()
            self.assertEqual(self.operation.health, "off_track")
        self.operation.date_end = "2025-12-31"
        self.assertEqual(self.operation.health, "on_track")

    def test_one_that_breaks_and_the_rest(self):
        with freeze_time("2025-04-08 12:00:00"):
            operations = [self.make_operation(name=f"Part {n}") for n in range(3)]
            for operation in operations:
                operation.action_start()
            self.env.flush_all()
        broken = operations[1]
        model = self.registry["sop.operation"]
        original, judged = model._refresh_health, []

        def refresh(some):
            if broken in some:
                raise ZeroDivisionError
            judged.extend(some.ids)
            return original(some)

        with (
            patch.object(model, "_refresh_health", refresh),
            self.assertLogs("odoo.addons.sop_operations", "ERROR") as log,
        ):
            self.env["sop.operation"]._cron_refresh_health()
        self.assertEqual(len(log.output), 1)
        self.assertIn(operations[0].id, judged)
        self.assertIn(operations[2].id, judged)

    def test_not_begun(self):
        self.operation.action_plan()
        self.assertEqual(self.operation.health, "at_risk")
        self.assertIn("begun 27 days ago", self.operation.health_reason)

    def test_money_against_time(self):
        self.link(self.o1, 1000)
        self.operation.action_create_analytic_account()
        account = self.operation.analytic_account_id
        for amount, health in (
            (500, "on_track"),
            (200, "at_risk"),
            (200, "off_track"),
            (105, "at_risk"),
            (100, "off_track"),
        ):
            self.post_bill(amount, "2025-04-10", distribution={account: 100})
            self.refresh()
            self.assertEqual(self.operation.health, health)
        viewed = self.operation.with_user(self.viewer)
        self.assertIn("Money: 110 %", viewed.health_reason)
        # Who may not see the links is not told their amounts by the way
        hidden = self.operation.with_user(self.lead)
        self.assertNotIn("110", hidden.health_reason)
        self.assertIn("money is used faster", hidden.health_reason)

    def test_money_in_a_hidden_category(self):
        """What funds nothing may be hidden all the same: here it is salaries."""
        self.link(self.o1, 1000)
        self.operation.action_create_analytic_account()
        account = self.operation.analytic_account_id
        own, other = self.o1.analytic_account_id, self.secret.analytic_account_id
        self.post_bill(400, "2025-04-10", distribution={f"{account.id},{own.id}": 100})
        self.refresh()
        viewed = self.operation.with_user(self.viewer)
        self.assertIn("40 %", viewed.health_reason)
        self.post_bill(
            700, "2025-04-10", distribution={f"{account.id},{other.id}": 100}
        )
        self.env.invalidate_all()
        self.refresh()
        self.assertEqual(viewed.hidden_funding_count, 0)
        self.assertNotIn("110", viewed.health_reason)
        self.assertIn("money is used faster", viewed.health_reason)
        self.assertIn("Money: 110 %", self.operation.sudo().health_reason)

    def test_the_figures_behind_it_are_closed(self):
        viewed = self.operation.with_user(self.viewer)
        with self.assertRefused(AccessError, "health_signals"):
            viewed.read(["health_signals"])
        self.assertTrue(self.operation.health)
        self.assertTrue(viewed.health_reason)

    def test_a_judgement_that_can_not_end_keeps_none_from_it(self):
        others = [self.make_operation(name=f"Part {n}") for n in range(3)]
        for operation in others:
            operation.sudo()._set_manual_health("off_track", "Any", "2025-05-06")
        model = self.registry["sop.operation"]
        original = model._clear_manual_health

        def clear(operation, why):
            if operation == others[1]:
                raise ZeroDivisionError
            return original(operation, why)

        with (
            freeze_time("2025-05-07 12:00:00"),
            patch.object(model, "_clear_manual_health", clear),
            self.assertLogs("odoo.addons.sop_operations", "ERROR"),
        ):
            self.refresh()
        self.assertEqual(
            [operation.health_manual for operation in others],
            [False, "off_track", False],
        )

    def test_follows_the_parts(self):
        parts = self.operation.browse()
        for number in range(3):
            parts |= self.make_operation(
                name=f"Part {number}",
                parent_id=self.operation.id,
                date_start="2025-05-01",
            )
            parts[-1].action_start()
        self.assertEqual(self.operation.health, "on_track")
        self.measure(self.make_kpi(parts[0]), 0)
        self.assertEqual(parts[0].health, "off_track")
        self.assertEqual(self.operation.health, "at_risk")
        self.assertIn("Parts: 1 of 3 are off track", self.operation.health_reason)
        parts[0].action_cancel()
        self.assertEqual(self.operation.health, "on_track")

    def test_what_ended_keeps_its_verdict(self):
        self.measure(self.make_kpi(), 1)
        self.operation.action_complete()
        self.assertEqual(self.operation.health, "off_track")
        self.operation.date_end = "2025-04-30"
        self.refresh()
        self.assertEqual(self.operation.health, "off_track")

    # === BY HAND === #

    def judge(self, user, health="off_track", until=False):
        Wizard = self.env["sop.operation.health"].with_user(user)
        with Form(Wizard.with_context(default_operation_id=self.operation.id)) as form:
            form.health = health
            form.reason = "The venue burnt down."
            form.date_until = until
        form.save().action_apply()

    def test_by_hand_until_a_day(self):
        self.judge(self.lead, until="2025-05-06")
        self.assertEqual(self.operation.health, "off_track")
        self.assertEqual(self.operation.health_found, "on_track")
        reason = self.operation.health_reason
        self.assertIn("The venue burnt down. (until 6 May 2025)", reason)
        self.assertIn("burnt down", self.operation.message_ids[0].preview)
        self.refresh()
        self.assertEqual(self.operation.health, "off_track")
        with freeze_time("2025-05-07 12:00:00"):
            self.refresh()
            self.assertEqual(self.operation.health, "on_track")
            self.assertFalse(self.operation.health_manual)
        texts = " ".join(self.operation.message_ids.mapped("preview"))
        self.assertIn("follows the rule again", texts)

    def test_taken_back(self):
        self.judge(self.planner)
        self.operation.with_user(self.lead).action_clear_health()
        self.assertEqual(self.operation.health, "on_track")

    def test_in_the_past(self):
        with self.assertRefused(ValidationError, "lies in the past"):
            self.judge(self.lead, until="2025-05-03")

    def test_who_judges(self):
        for user in (self.viewer, self.member):
            with self.assertRefused(AccessError, ""):
                self.judge(user)
            with self.assertRefused(AccessError, ""):
                self.operation.with_user(user).action_clear_health()
        with self.assertRefused(AccessError, ""):
            self.judge(self.stranger)
        for vals in (
            {"health": "on_track"},
            {"health_found": "on_track"},
            {"health_manual": "on_track"},
            {"health_signals": []},
        ):
            with self.assertRefused(
                UserError, "kept by the system|worked out|health_signals"
            ):
                self.operation.with_user(self.planner).write(vals)

    def test_no_health_by_the_context(self):
        Operation = self.env["sop.operation"].with_user(self.planner)
        born = Operation.with_context(
            default_health="off_track", default_health_found="off_track"
        ).create({"name": "New"})
        self.assertFalse(born.health)
        with self.assertRefused(UserError, "kept by the system"):
            Operation.with_context(default_health_manual="off_track").create(
                {"name": "New"}
            )

    def test_no_query_per_operation(self):
        operations = self.operation
        for number in range(12):
            operations |= self.make_operation(name=f"Operation {number}")
        for operation in operations:
            self.make_kpi(operation)
            self.link(self.p2, 1, operation)
            operation.action_create_analytic_account()

        def count(records):
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            records._refresh_health()
            return self.env.cr.sql_log_count - before

        count(operations)
        self.assertEqual(count(operations[:3]), count(operations))

    def test_follows_the_milestones(self):
        first, second = self.env["sop.milestone"].create(
            [
                {
                    "operation_id": self.operation.id,
                    "name": name,
                    "date_target": "2025-05-10",
                }
                for name in ("Judging", "Demo day")
            ]
        )
        self.assertEqual(self.operation.health, "on_track")
        first.date_target = "2025-05-03"
        self.assertEqual(self.operation.health, "at_risk")
        self.assertIn("1 of 1 due are late", self.operation.health_reason)
        with freeze_time("2025-05-11 12:00:00"):
            self.refresh()
            self.assertEqual(self.operation.health, "off_track")
            first.state = "completed"
            self.assertEqual(self.operation.health, "at_risk")
            second.state = "completed"
            self.assertEqual(self.operation.health, "on_track")
