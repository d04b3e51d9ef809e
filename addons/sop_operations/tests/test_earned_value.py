# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from unittest.mock import patch

from odoo import fields
from odoo.exceptions import AccessError, UserError
from odoo.tests import freeze_time, tagged

from .common_operation import OperationCommon


@tagged("post_install", "-at_install")
@freeze_time("2025-05-10 12:00:00")
class TestEarnedValueByMonth(OperationCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        # Others of the database are not part of this
        cls.env["sop.operation"].search([("id", "!=", cls.operation.id)]).active = False
        cls.operation.action_start()
        cls.link(cls.o1, 10000)
        cls.milestones = cls.env["sop.milestone"].create(
            [
                {
                    "operation_id": cls.operation.id,
                    "name": name,
                    "date_target": day,
                    "progress": progress,
                }
                for name, day, progress in (
                    ("Jury", "2025-04-20", 100),
                    ("Venue", "2025-05-05", 60),
                )
            ]
        )

    def take(self):
        self.env.invalidate_all()
        with patch.object(self.registry["ir.cron"], "_commit_progress", return_value=1):
            self.env["sop.earned.value"]._cron_take()
        return self.operation.earned_ids

    def spend(self, amount, day, category=None):
        if not self.operation.analytic_account_id:
            self.operation.action_create_analytic_account()
        accounts = self.operation.analytic_account_id
        if category:
            accounts |= category.analytic_account_id
        key = ",".join(map(str, sorted(accounts.ids)))
        self.post_bill(amount, day, distribution={key: 100})

    def test_month_after_month(self):
        self.spend(4000, "2025-04-30")
        self.spend(1000, "2025-05-02")
        april = self.take()
        self.assertRecordValues(
            april,
            [
                {
                    "date": fields.Date.to_date("2025-04-30"),
                    "taken_on": fields.Date.to_date("2025-05-10"),
                    "operation_state": "in_progress",
                    "budget": 10000,
                    "planned_value": 5000,
                    "earned_value": 8000,
                    "has_cost": True,
                    "has_hidden_cost": False,
                    "actual_cost": 4000,
                    "schedule_index": 1.6,
                    "cost_index": 2,
                }
            ],
        )
        # Once a month, however often it runs; and what changes later changes nothing
        self.milestones.progress = 0
        self.assertEqual(self.take(), april)
        with freeze_time("2025-06-01 12:00:00"):
            may = self.take() - april
            self.assertEqual(may.actual_cost, 5000)
            self.assertEqual(may.schedule_index, 0)
            self.assertTrue(may.has_schedule_index)
            self.assertEqual((may.has_cost_index, may.cost_index), (True, 0))
            self.assertEqual(april.earned_value, 8000)
            self.operation.action_complete()
        # Once more when it is completed, then never again
        with freeze_time("2025-07-02 12:00:00"):
            self.assertEqual(len(self.take()), 3)
        with freeze_time("2025-08-02 12:00:00"):
            self.assertEqual(len(self.take()), 3)
        groups = self.env["sop.earned.value"]._read_group(
            [("id", "in", self.operation.earned_ids.ids)],
            [],
            ["schedule_index:avg", "cost_index:avg"],
        )
        # 8,000 of 5,000 + 10,000 + 10,000, and for 4,000 + 5,000 + 5,000
        self.assertAlmostEqual(groups[0][0], 8 / 25)
        self.assertAlmostEqual(groups[0][1], 8 / 14)

    def test_no_data_is_not_zero(self):
        april = self.take()
        self.assertFalse(april.has_cost or april.has_cost_index)
        bare = self.make_operation(name="No money", date_start="2025-04-01")
        later = self.make_operation(name="Later", date_start="2025-05-03")
        self.link(self.p2, 100, later)
        (bare | later).action_start()
        self.take()
        self.assertFalse((bare | later).earned_ids)

    def test_kept_for_good(self):
        april = self.take()
        with self.assertRefused(UserError, "stay as they were"):
            april.actual_cost = 0
        with self.assertRefused(UserError, "are kept"):
            april.sudo().unlink()
        for user in (self.planner, self.admin):
            with self.assertRefused(AccessError, ""):
                april.with_user(user).copy({"date": "2025-03-31"})
        self.operation.action_plan()
        with self.assertRefused(UserError, "has begun"):
            self.operation.unlink()

    def test_who_reads_them(self):
        april = self.take()

        def readers():
            self.env.invalidate_all()
            people = (self.lead, self.viewer, self.planner, self.stranger, self.owner)
            model = self.env["sop.earned.value"]
            return [
                user
                for user in people
                if model.with_user(user).has_access("read")
                and model.with_user(user).search([("id", "=", april.id)]).is_readable
            ]

        # Whoever reads the operation and the budget; the lead does not read the budget
        self.assertEqual(readers(), [self.viewer, self.planner])
        self.assertFalse(self.operation.with_user(self.lead).has_earned_history)
        self.assertTrue(self.operation.with_user(self.viewer).has_earned_history)
        # A link to what is hidden from them
        self.link(self.secret, 500)
        self.assertEqual(readers(), [])

    def test_hidden_spending(self):
        self.spend(300, "2025-04-10", self.secret)
        april = self.take()
        self.assertTrue(april.has_hidden_cost)
        self.assertEqual(april.actual_cost, 300)
        self.env.invalidate_all()
        model = self.env["sop.earned.value"].with_user(self.viewer)
        self.assertFalse(model.search([("id", "=", april.id)]))
        self.assertFalse(april.with_user(self.viewer).has_access("read"))

    def test_one_that_breaks_and_the_rest(self):
        other = self.make_operation(name="Other", date_start="2025-04-01")
        self.link(self.p2, 100, other)
        self.milestones[0].copy({"operation_id": other.id})
        other.action_start()
        model = self.registry["sop.operation"]
        prepare = model._prepare_earned_vals

        def broken(operation, *args, **kwargs):
            if operation == other:
                raise ZeroDivisionError
            return prepare(operation, *args, **kwargs)

        with (
            patch.object(model, "_prepare_earned_vals", broken),
            self.assertLogs("odoo.addons.sop_operations", "ERROR") as log,
        ):
            self.assertTrue(self.take())
        self.assertEqual(len(log.output), 1)
        self.take()
        self.assertTrue(other.earned_ids)
        action = other.action_open_earned_value()
        self.assertEqual(
            self.env["sop.earned.value"].search(action["domain"]), other.earned_ids
        )
