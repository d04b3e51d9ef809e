# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from odoo.exceptions import AccessError, UserError
from odoo.tests import HttpCase, new_test_user, tagged
from odoo.tools import mute_logger

from odoo.addons.sop_budget.tests.common_rpc import RpcCase

from .common_screens import ScreensCommon

MOST_QUERIES = 30


@tagged("post_install", "-at_install")
class TestPlanner(ScreensCommon):
    def get_planner(self, role="admin", **options):
        return self.as_role(role).get_planner({"budget_id": self.budget.id, **options})

    @staticmethod
    def figures(planner, *names):
        return {
            row["code"]: tuple(row[name] for name in names)
            for row in planner["categories"]
        }

    def test_categories_are_summed_up(self):
        planner = self.get_planner()
        self.assertEqual(
            self.figures(planner, "planned", "linked", "free", "depth"),
            {
                "P": (1800.0, 1100.0, 700.0, 0),
                "P1": (1200.0, 1000.0, 200.0, 1),
                "P2": (600.0, 100.0, 500.0, 1),
                "T": (2400.0, 1200.0, 1200.0, 0),
            },
        )
        self.assertEqual(planner["hidden_count"], 0)

    def test_hidden_categories_are_in_no_figure(self):
        planner = self.get_planner("planner")
        self.assertEqual(
            self.figures(planner, "planned", "linked", "free"),
            {
                "P": (1200.0, 1000.0, 200.0),
                "P1": (1200.0, 1000.0, 200.0),
                "T": (2400.0, 1200.0, 1200.0),
            },
        )
        self.assertEqual(planner["hidden_count"], 1)
        self.assertNotIn(
            self.hidden.id, [link["category_id"] for link in planner["links"]]
        )
        [stand] = [row for row in planner["operations"] if row["code"] == "STAND"]
        self.assertEqual(stand["allocated"], 700.0)

    def test_income_pays_for_no_operation(self):
        self.make_category("I", amounts=10.0, kind="income")
        self.assertNotIn("I", self.figures(self.get_planner(), "planned"))

    def test_operations_in_tree_order(self):
        rows = self.get_planner()["operations"]
        found = {row["code"]: row for row in rows}
        codes = [row["code"] for row in rows]
        self.assertEqual(codes.index("STAND"), codes.index("FAIR") + 1)
        self.assertEqual(found["STAND"]["depth"], 1)
        self.assertEqual(found["FAIR"]["allocated"], 1500.0)
        self.assertEqual(found["FAIR"]["total"], 2300.0, "the stand included")
        self.assertEqual(
            [found[code]["is_organic"] for code in ("FAIR", "STAND", "COURSE")],
            [False, False, True],
        )
        self.assertEqual(found["FAIR"]["state_label"], "Planned")

    def test_funded_where_the_reader_may_not_see(self):
        self.make_link(self.course, self.hidden, 40.0)
        rows = self.get_planner("planner")["operations"]
        [course] = [row for row in rows if row["code"] == "COURSE"]
        self.assertFalse(course["is_organic"], "somebody pays for it")
        self.assertEqual(course["allocated"], 0.0)

    def test_operations_of_another_time_only_when_linked(self):
        past = self.make_operation(
            "PAST", "Past", date_start="2023-01-01", date_end="2023-06-30"
        )
        late = self.make_operation(
            "LATE", "Late", date_start="2026-02-01", date_end=False
        )
        open_end = self.make_operation("OPEN", "Open", date_end=False)
        undated = self.make_operation("NONE", "None", date_start=False, date_end=False)
        ids = [row["id"] for row in self.get_planner()["operations"]]
        self.assertNotIn(past.id, ids)
        self.assertNotIn(late.id, ids)
        self.assertIn(open_end.id, ids)
        self.assertIn(undated.id, ids)
        self.make_link(past, self.hall, 1.0)
        ids = [row["id"] for row in self.get_planner()["operations"]]
        self.assertIn(past.id, ids)

    def test_without_a_budget_asked_for(self):
        planner = self.as_role("admin").get_planner()
        self.assertEqual(planner["budget"]["id"], self.budget.id)
        self.assertIn(self.budget.id, [one["id"] for one in planner["budgets"]])

    def test_a_budget_that_is_gone(self):
        other = self.make_budget(name="Other", code="OTHER")
        gone = other.id
        other.unlink()
        with self.assertRaisesRegex(UserError, "does not exist any more"):
            self.get_planner(budget_id=gone)
        planner = self.get_planner(budget_id=gone, budget_optional=True)
        self.assertEqual(planner["budget"]["id"], self.budget.id)

    def test_options_that_are_none(self):
        with self.assertRaisesRegex(UserError, "named values"):
            self.as_role("admin").get_planner([1])
        with self.assertRaisesRegex(UserError, "named by its number"):
            self.get_planner(budget_id="1; DROP")

    def test_nobody_without_access_to_operations(self):
        with self.assertRaises(AccessError):
            self.env["sop.operation"].with_user(self.owner).get_planner()

    def test_without_access_to_budgets(self):
        user = new_test_user(
            self.env,
            "sop_op_only",
            groups="sop_operations.group_sop_operations_viewer",
            company_id=self.company.id,
            company_ids=[(6, 0, self.company.ids)],
        )
        planner = self.env["sop.operation"].with_user(user).get_planner()
        self.assertFalse(planner["budget"])
        self.assertEqual(
            (planner["categories"], planner["links"], planner["budgets"]), ([], [], [])
        )
        self.assertIn("FAIR", [row["code"] for row in planner["operations"]])
        self.assertFalse(planner["can_link"])

    def test_who_may_link(self):
        for role, expected in (
            ("involved", False),
            ("viewer", False),
            ("planner", True),
            ("admin", True),
        ):
            with self.subTest(role=role):
                planner = self.get_planner(role)
                self.assertEqual(planner["can_link"], expected)
                self.assertEqual(planner["can_create"], expected)

    def test_what_is_free_is_so_for_everybody(self):
        planner = self.get_planner("involved")
        self.assertEqual(
            self.figures(planner, "free"),
            {"P": (200.0,), "P1": (200.0,), "T": (1200.0,)},
        )
        self.assertEqual([row["code"] for row in planner["operations"]], ["STAND"])
        self.assertEqual([link["amount"] for link in planner["links"]], [700.0])

    def test_readonly(self):
        self.assertTrue(type(self.env["sop.operation"]).get_planner._readonly)

    def test_queries_do_not_grow(self):
        counts = []
        for number in (5, 40):
            operations = self.env["sop.operation"].create(
                [
                    {"name": f"Many {n}", "company_id": self.company.id}
                    for n in range(number)
                ]
            )
            for operation in operations:
                self.make_link(operation, self.travel, 1.0)
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.cr.sql_log_count
            self.get_planner("planner")
            counts.append(self.cr.sql_log_count - before)
        # Give or take what is kept in memory
        self.assertLessEqual(counts[1], counts[0] + 2)
        self.assertLessEqual(counts[1], MOST_QUERIES)


@tagged("post_install", "-at_install")
class TestPlannerRpc(ScreensCommon, RpcCase):
    @mute_logger("odoo.http")
    def test_roles_over_http(self):
        for role, may_link in (("viewer", False), ("planner", True)):
            with self.subTest(role=role):
                self.authenticate(f"sop_op_{role}", f"sop_op_{role}")
                planner = self.call(
                    "sop.operation", "get_planner", {"budget_id": self.budget.id}
                )
                self.assertNotIn(
                    self.hidden.id, [row["id"] for row in planner["categories"]]
                )
                link = self.links[self.fair, self.hall]
                vals = {"operation_id": self.course.id, "category_id": self.hall.id}
                self.assertEqual(self.try_operation("c", link, vals), may_link)
                self.assertEqual(
                    self.try_operation("w", link, {"amount": 5.0}), may_link
                )
                self.assertEqual(self.try_operation("u", link), may_link)


@tagged("post_install", "-at_install")
class TestPlannerTours(ScreensCommon, HttpCase):
    def start(self, name):
        self.start_tour("/odoo/operations-planner", name, login="sop_op_planner")
        self.env.invalidate_all()

    def test_link_by_drag(self):
        self.start("sop_operations_link_by_drag")
        [link] = self.course.funding_ids
        self.assertEqual(link.category_id, self.hall)
        self.assertEqual((link.amount, link.note), (150.0, "Room"))

    def test_link_by_keyboard(self):
        self.start("sop_operations_link_by_keyboard")
        [link] = self.course.funding_ids
        self.assertEqual(link.category_id, self.travel)
        self.assertEqual(link.amount, 1200.0)
