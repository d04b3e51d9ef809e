# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import tagged

from .test_release import SopReleaseCommon
from .test_transfer import JAN


@tagged("post_install", "-at_install")
class TestExtend(SopReleaseCommon):
    """The old budget runs longer."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.budget.uses_releases = False

    def extend(self, user, months=3, reason="The project runs on"):
        budget = self.budget.with_user(user)
        action = budget.action_extend()
        wizard = self.env[action["res_model"]].with_user(user).browse(action["res_id"])
        wizard.write({"months": months, "reason": reason})
        wizard.action_apply()

    def test_keeps_everything_else(self):
        self.order(self.first, 100)
        before = self.figures(self.first, "planned", "committed", "actual", "available")
        amounts = self.planned_of(self.first)
        count = self.budget.version_count
        self.extend(self.owner)
        self.env.invalidate_all()
        self.assertEqual(str(self.budget.date_to), "2026-03-31")
        self.assertEqual(self.budget.state, "approved")
        self.assertEqual(self.planned_of(self.first), amounts)
        self.assertEqual(
            self.figures(self.first, "planned", "committed", "actual", "available"),
            before,
        )
        self.assertEqual(self.budget.version_count, count + 1)
        version = self.budget.version_ids.sorted("number")[-1]
        self.assertEqual(
            (version.reason, version.note), ("extended", "The project runs on")
        )
        # The new months can get money
        self.approve(self.make_transfer((self.first, JAN, self.first, "2026-03-01", 5)))
        self.spend(self.first, 10, "2026-03-10")
        self.assertEqual(self.figures(self.first, "actual"), 10)

    def test_the_last_day_of_a_month_stays_one(self):
        budget = self.make_budget(
            name="X", date_from="2025-01-01", date_to="2025-02-28"
        )
        self.assertEqual(str(budget.get_extended_end(1)), "2025-03-31")
        budget.date_to = "2025-02-15"
        self.assertEqual(str(budget.get_extended_end(1)), "2025-03-15")

    def test_who_may(self):
        controller = self.make_user(
            "sop_extender", "sop_budget.group_sop_budget_controller"
        )
        manager = self.make_user("sop_plain", "sop_budget.group_sop_budget_user")
        members = self.env["sop.budget.member"]
        members.create(
            {"budget_id": self.budget.id, "user_id": manager.id, "role": "manager"}
        )
        for user in (self.users["planner"], self.users["viewer"], manager, controller):
            with self.assertRaises(AccessError), self.env.cr.savepoint():
                self.extend(user)
            self.env.invalidate_all()
        members.create(
            {"budget_id": self.budget.id, "user_id": controller.id, "role": "manager"}
        )
        self.assertTrue(self.budget.with_user(controller).can_extend)
        self.assertFalse(self.budget.with_user(manager).can_extend)
        self.extend(controller)
        self.assertEqual(str(self.budget.date_to), "2026-03-31")

    def test_refusals(self):
        for months in (0, -1):
            with self.assertRefused(UserError, "at least 1"):
                self.extend(self.owner, months)
        for months in (121, 10**9):
            with self.assertRefused(UserError, "at most 120 months longer"):
                self.extend(self.owner, months)
        with self.assertRefused(UserError, "say why"):
            self.extend(self.owner, reason=" ")
        with self.assertRefused(ValidationError, "at most 120 months"):
            self.extend(self.owner, 120)
        with self.assertRefused(UserError, "amounts are fixed"):
            self.budget.with_user(self.owner).date_to = "2026-03-31"
        self.budget.action_close()
        with self.assertRefused(UserError, "Reopen what is closed"):
            self.extend(self.owner)

    def test_budgets_of_the_same_months_are_shown(self):
        other = self.make_budget(
            name="Budget 2026", date_from="2026-01-01", date_to="2026-12-31"
        )
        self.make_category("A", amounts={"2026-01": 1}, budget=other)
        action = self.budget.action_extend()
        wizard = self.env[action["res_model"]].browse(action["res_id"])
        self.assertFalse(wizard.overlap_ids)
        other.action_submit()
        wizard.invalidate_recordset()
        self.assertEqual(wizard.overlap_ids, other)
