# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from odoo.exceptions import AccessError, UserError
from odoo.tests import Form, freeze_time, tagged

from .common_operation import OperationCommon


@tagged("post_install", "-at_install")
class TestRisk(OperationCommon):
    @classmethod
    def make_risk(cls, user=None, **vals):
        model = cls.env["sop.operation.risk"]
        return (model.with_user(user) if user else model).create(
            {"operation_id": cls.operation.id, "name": "No venue", **vals}
        )

    def test_level(self):
        risk = self.make_risk(likelihood="4", impact="5")
        self.assertEqual((risk.score, risk.color_state), (20, "danger"))
        self.assertEqual(risk.user_id, self.env.user)
        risk.impact = "2"
        self.assertEqual((risk.score, risk.color_state), (8, "warning"))
        risk.is_open = False
        self.assertEqual(risk.color_state, "muted")
        serious = self.make_risk(name="No jury", likelihood="5", impact="5")
        small = self.make_risk(name="Rain", likelihood="1", impact="1")
        self.env.flush_all()
        self.operation.invalidate_recordset()
        self.assertEqual(list(self.operation.risk_ids), [serious, small, risk])

    def test_in_the_form_of_the_operation(self):
        with Form(self.operation.with_user(self.lead)) as form:
            with form.risk_ids.new() as line:
                line.name = "No venue"
                line.likelihood = "5"
                self.assertEqual(line.score, 15)
        self.assertEqual(self.operation.risk_ids.color_state, "danger")
        copied = self.operation.copy()
        self.assertEqual(copied.risk_ids.mapped("name"), ["No venue"])

    def test_rights(self):
        """Who is in charge and planners keep them; who is involved and viewers read."""
        risk = self.make_risk(self.lead)
        for user, reads, writes in (
            (self.lead, True, True),
            (self.planner, True, True),
            (self.member, True, False),
            (self.viewer, True, False),
            (self.stranger, False, False),
        ):
            with self.subTest(user=user.login):
                found = self.env["sop.operation.risk"].with_user(user).search([])
                self.assertEqual(risk in found, reads)
                own = risk.with_user(user)
                if writes:
                    own.mitigation = "Ask the library"
                    self.make_risk(user).with_user(user).unlink()
                    continue
                for act in (
                    lambda own=own: own.write({"mitigation": "None"}),
                    lambda user=user: self.make_risk(user),
                    lambda own=own: own.unlink(),
                ):
                    with self.assertRefused(AccessError, ""):
                        act()

    def test_guards(self):
        risk = self.make_risk()
        with self.assertRefused(UserError, "stays with its operation"):
            risk.operation_id = self.make_operation(name="Other")
        for vals in ({"score": 1}, {"color_state": "success"}):
            with self.assertRefused(UserError, "worked out"):
                risk.write(vals)
            with self.assertRefused(UserError, "worked out"):
                self.make_risk(**vals)
        sly = {"default_score": 1, "default_color_state": "success"}
        model = self.env["sop.operation.risk"].with_context(**sly)
        made = model.create({"operation_id": self.operation.id, "name": "No jury"})
        self.assertEqual((made.score, made.color_state), (9, "warning"))


@tagged("post_install", "-at_install")
@freeze_time("2025-05-10 12:00:00")
class TestEarnedValue(OperationCommon):
    def make_milestone(self, name, day, **vals):
        return self.env["sop.milestone"].create(
            {
                "operation_id": self.operation.id,
                "name": name,
                "date_target": day,
                **vals,
            }
        )

    def test_earned_value(self):
        operation = self.operation
        self.assertFalse(operation.has_earned_value)
        self.link(self.o1, 10000)
        self.make_milestone("Jury", "2025-04-20").action_complete()
        self.make_milestone("Venue", "2025-05-09", progress=60)
        self.make_milestone("Judging", "2025-05-20")
        self.make_milestone("Report", "2025-06-01")
        self.assertRecordValues(
            operation,
            [
                {
                    "has_earned_value": True,
                    "planned_value": 5000,
                    "earned_value": 4000,
                    "schedule_index": 0.8,
                    # Nobody knows what it spent
                    "has_cost_index": False,
                    "has_needed_index": False,
                }
            ],
        )
        operation.action_create_analytic_account()
        account = str(operation.analytic_account_id.id)
        self.post_bill(5000, "2025-05-02", distribution={account: 100})
        self.env.invalidate_all()
        self.assertRecordValues(
            operation,
            [
                {
                    "has_cost_index": True,
                    "cost_index": 0.8,
                    "needed_index": 1.2,
                    "estimate_at_completion": 12500,
                    "variance_at_completion": -2500,
                }
            ],
        )
        # Of a part of the money there is no earned value
        self.link(self.secret, 1000)
        self.env.invalidate_all()
        self.assertFalse(operation.with_user(self.lead).has_earned_value)

    def test_queries_do_not_grow(self):
        operations = self.operation.browse()
        for number in range(12):
            operation = self.make_operation(name=f"Operation {number}")
            self.link(self.o1, 10, operation)
            self.make_milestone("Jury", "2025-04-20", operation_id=operation.id)
            operations |= operation
        operations.action_create_analytic_account()

        def count(some):
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            some.mapped("earned_value")
            return self.env.cr.sql_log_count - before

        count(operations)
        self.assertLessEqual(count(operations), count(operations[:2]) + 1)
