# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
import doctest

from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import BaseCase, Form, freeze_time, tagged

from ..engine import goal, kpi
from .common_operation import OperationCommon


class TestEngineGoal(BaseCase):
    def test_doctest(self):
        self.assertEqual(doctest.testmod(goal).failed, 0)
        self.assertTrue(doctest.testmod(goal).attempted)

    def test_rules(self):
        """O58: (current − baseline) / (target − baseline) within 0 and 100; 80 % is enough."""
        for current, reached in ((40, 0), (55, 75), (60, 100), (70, 100), (30, 0)):
            found = goal.progress(kpi.attainment("rise", current, 60, 40))
            self.assertEqual(found, reached, current)
        self.assertEqual(goal.progress(kpi.attainment("fall", 30, 20, 40)), 50)
        # Two of five years are over: 40 % expected, 32 % are enough
        self.assertTrue(goal.on_track(32.0, 100 * 2 / 5))
        self.assertFalse(goal.on_track(31.9, 100 * 2 / 5))
        self.assertIsNone(goal.mean_once([(1, None, 1)]))


@tagged("post_install", "-at_install")
@freeze_time("2025-05-04 12:00:00")
class TestCascade(OperationCommon):
    """Half of the eight weeks of the operation is over."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.other = cls.make_operation(name="Smart City", user_id=cls.planner.id)
        cls.top = cls.make_kpi(cls.other, name="Founders", scope="organisation")
        cls.half = cls.measured(50, name="Half")
        cls.full = cls.measured(130, name="Full")
        cls.empty = cls.make_kpi(name="Empty")

    @classmethod
    def measured(cls, value, operation=None, **vals):
        kpi = cls.make_kpi(operation, **vals)
        kpi._measure(cls.operation.date_start, float(value))
        return kpi

    def fresh(self, records, user=None):
        self.env.flush_all()
        self.env.invalidate_all()
        return records.with_user(user or self.viewer)

    def test_progress_of_a_plan(self):
        self.assertEqual((self.full.attainment, self.full.progress), (130, 100))
        operation = self.fresh(self.operation)
        self.assertEqual(operation.goal_progress, 75)
        self.assertEqual(operation.goal_standing, "on_track")
        self.full.weight = 0
        self.operation.date_end = "2025-05-11"
        operation = self.fresh(self.operation)
        # 50 % of the goals, 80 % of the time: 64 % are wanted
        self.assertEqual(operation.time_progress, 80)
        self.assertEqual(operation.goal_progress, 50)
        self.assertEqual(operation.goal_standing, "behind")
        bare = self.fresh(self.make_operation(name="Bare"))
        self.assertFalse(bare.has_goal_progress)
        self.assertEqual(bare.goal_standing, "unknown")

    def test_mean_of_what_contributes(self):
        top = self.fresh(self.top)
        self.assertFalse(top.has_contribution)
        (self.half | self.empty).parent_id = self.top
        top = self.fresh(self.top)
        self.assertEqual((top.contribution, top.has_contribution), (50, True))
        # The operation contributes, too; its KPI that does already counts once
        self.operation.contributes_kpi_id = self.top
        top = self.fresh(self.top)
        self.assertEqual(top.contribution, 75)
        self.assertFalse(top.has_attainment)
        below = self.make_operation(name="Below", parent_id=self.operation.id)
        below.contributes_kpi_id = self.top
        self.measured(0, below, name="Zero")
        self.assertEqual(self.fresh(self.top).contribution, 50)
        # Of what the reader may not see, nothing counts
        self.top.user_id = self.stranger
        top = self.fresh(self.top, self.stranger)
        self.assertFalse(top.has_contribution)

    def test_shared_between_operations(self):
        parent = self.make_operation(name="Programme")
        (self.operation | self.other).parent_id = parent
        self.half.shared_operation_ids = self.other
        self.assertEqual(self.fresh(self.other).shared_kpi_ids, self.half)
        self.assertEqual(self.fresh(self.other).goal_progress, 50)
        self.assertEqual(self.fresh(self.operation).goal_progress, 75)
        # Once above both of them
        self.assertEqual(self.fresh(parent).goal_progress, 75)
        # Sharing opens nothing to who may not read where it is kept
        self.other.user_id = self.stranger
        seen = self.fresh(self.other, self.stranger)
        self.assertFalse(seen.shared_kpi_ids or seen.has_goal_progress)
        with self.assertRefused(ValidationError, "counts for .* already"):
            self.half.shared_operation_ids |= self.operation

    def test_no_circles(self):
        self.half.parent_id = self.full
        with self.assertRefused(ValidationError, "Full → Half → Full"):
            self.full.parent_id = self.half
        self.half.parent_id = False
        with self.assertRefused(ValidationError, "in a circle"):
            self.operation.contributes_kpi_id = self.half
        self.half.parent_id = self.top
        with self.assertRefused(ValidationError, "in a circle"):
            self.other.contributes_kpi_id = self.half
        # What isn't seen isn't named
        path = [self.half.with_user(self.member), self.top.with_user(self.member)]
        names = self.env["sop.kpi"]._get_path_names([r.sudo() for r in path])
        self.assertEqual(names, [self.half.display_name, "…"])

    def test_companies(self):
        foreign = self.env["res.company"].create({"name": "Another company"})
        self.env.user.company_ids |= foreign
        operation = self.make_operation(name="Elsewhere", company_id=foreign.id)
        abroad = self.make_kpi(operation)
        for values in (
            {"parent_id": abroad.id},
            {"shared_operation_ids": operation.ids},
        ):
            with self.assertRefused(UserError, "compan"):
                self.half.write(values)
        with self.assertRefused(UserError, "compan"):
            self.operation.contributes_kpi_id = abroad

    def test_rights(self):
        lead = self.operation.with_user(self.lead)
        for values in (
            {"contributes_kpi_id": self.top.id},
            {"is_objective": True},
            {"shared_kpi_ids": self.top.ids},
            {"kpi_ids": [(1, self.half.id, {"parent_id": self.top.id})]},
        ):
            with self.assertRefused(AccessError, ""):
                lead.write(values)
        for values in ({"progress": 5}, {"contribution": 5}):
            with self.assertRefused(UserError, "worked out"):
                self.half.with_user(self.planner).write(values)
        self.half.with_user(self.planner).write(
            {"parent_id": self.top.id, "scope": "department"}
        )
        self.assertEqual(self.top.child_ids, self.half)

    def test_key_results(self):
        with Form(self.operation.with_user(self.planner)) as form:
            self.assertFalse(form.key_result_hint)
            form.is_objective = True
            self.assertFalse(form.key_result_hint)
        self.other.is_objective = True
        self.assertIn("has 1", self.other.key_result_hint)
        self.half.shared_operation_ids = self.other
        self.env.invalidate_all()
        self.assertFalse(self.other.key_result_hint)
        for number in range(3):
            self.make_kpi(name=f"KPI {number}")
        self.env.invalidate_all()
        self.assertIn("has 6", self.operation.key_result_hint)
        self.operation.action_start()

    def test_tree(self):
        self.half.parent_id = self.top
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "sop_operations.sop_kpi_action_cascade"
        )
        self.assertEqual(action["view_mode"], "hierarchy,list,form")
        rows = (
            self.env["sop.kpi"]
            .with_user(self.viewer)
            .hierarchy_read(
                [("id", "=", self.top.id)],
                {"name": {}, "progress": {}, "contribution": {}},
                "parent_id",
                "child_ids",
            )
        )
        self.assertEqual({row["name"] for row in rows}, {"Founders", "Half"})

    def test_no_query_per_kpi(self):
        def count(kpis):
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            kpis.with_user(self.viewer).read(["progress", "contribution"])
            return self.env.cr.sql_log_count - before

        tops = self.top
        for number in range(5):
            top = self.make_kpi(self.other, name=f"Top {number}")
            self.measured(10, name=f"Part {number}", parent_id=top.id)
            self.make_operation(name=f"Op {number}", contributes_kpi_id=top.id)
            tops |= top
        few = count(tops[1:3])
        self.assertLessEqual(count(tops), few)
