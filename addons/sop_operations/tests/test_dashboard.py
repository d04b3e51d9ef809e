# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from odoo.exceptions import AccessError, UserError
from odoo.tests import HttpCase, freeze_time, tagged

from odoo.addons.sop_budget.tests.common_rpc import RpcCase

from .common_screens import ScreensCommon

MOST_QUERIES = 30
TODAY = "2025-02-14"


class DashboardCommon(ScreensCommon):
    """The fair runs from 6 January to 2 March, week 6 of 8; it has a KPI and a milestone."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.tag = cls.env["sop.operation.tag"].create({"name": "Events of tests"})
        cls.fair.write(
            {
                "date_start": "2025-01-06",
                "date_end": "2025-03-02",
                "tag_ids": [(4, cls.tag.id)],
            }
        )
        cls.kpi = cls.env["sop.kpi"].create(
            {
                "operation_id": cls.fair.id,
                "name": "Participants",
                "target": 300,
                "unit": "people",
            }
        )
        cls.milestone = cls.env["sop.milestone"].create(
            {
                "operation_id": cls.fair.id,
                "name": "Judging",
                "date_target": "2025-02-16",
            }
        )
        cls.set_standing(cls.fair, "in_progress", "at_risk")
        cls.set_standing(cls.stand, "in_progress", "on_track")
        cls.set_standing(cls.course, "completed", "at_risk")

    @classmethod
    def set_standing(cls, operations, state, health):
        """As the actions and the nightly job would leave it."""
        operations.env.flush_all()
        cls.env.cr.execute(
            "UPDATE sop_operation SET state = %s, health = %s WHERE id IN %s",
            [state, health, tuple(operations.ids)],
        )
        operations.invalidate_recordset()

    def get(self, role="viewer", **options):
        return self.as_role(role).get_dashboard(options)

    def codes(self, role="viewer", **options):
        return [card["code"] for card in self.get(role, **options)["cards"]]

    def card(self, code, role="viewer", **options):
        cards = self.get(role, **options)["cards"]
        return next(card for card in cards if card["code"] == code)


@tagged("post_install", "-at_install")
@freeze_time(TODAY)
class TestDashboard(DashboardCommon):
    def test_counters_never_mix_state_and_health(self):
        counters = self.get()["counters"]
        self.assertEqual(counters["active"], 2)
        self.assertEqual((counters["on_track"], counters["at_risk"]), (1, 1))
        self.assertEqual(counters["completed"], 1)
        self.assertEqual(counters["total"], 3)

    def test_counters_do_not_follow_what_they_choose(self):
        everything = self.get()["counters"]
        found = self.get(states=["in_progress"], healths=["at_risk"])
        self.assertEqual(found["counters"], everything)
        self.assertEqual([card["code"] for card in found["cards"]], ["FAIR"])
        self.assertEqual(found["count"], 1)

    def test_health_is_that_of_what_is_under_way(self):
        self.assertEqual(self.codes(healths=["at_risk"]), ["FAIR"])

    def test_not_rated(self):
        self.set_standing(self.stand, "in_progress", None)
        found = self.get(healths=["unrated"])
        self.assertEqual(found["counters"]["unrated"], 1)
        self.assertEqual([card["code"] for card in found["cards"]], ["STAND"])

    def test_categories_of_operations_are_no_operations(self):
        self.make_operation("THEME", "Theme", kind="category")
        self.assertNotIn("THEME", self.codes())

    def test_card(self):
        card = self.card("FAIR")
        self.assertEqual(card["time"]["text"], "Week 6 of 8")
        self.assertEqual(card["time"]["percent"], 71)
        self.assertEqual(card["money"]["allocated"], 2200.0, "the stand included")
        self.assertEqual(card["money"]["hidden_count"], 1)
        self.assertIsNone(card["money"]["spent"], "not tagged, so not known")
        self.assertIsNone(card["money"]["percent"])
        self.assertEqual(card["milestone"]["name"], "Judging")
        self.assertIn("2 days", card["milestone"]["timing"])
        self.assertEqual(card["user"]["name"], self.people["planner"].name)
        self.assertEqual(card["tags"][0]["name"], "Events of tests")

    def test_card_of_nothing(self):
        self.course.user_id = False
        card = self.card("COURSE")
        self.assertIs(card["user"], False)
        self.assertIs(card["milestone"], False)
        self.assertTrue(card["money"]["is_organic"])

    def test_cards_in_forms(self):
        viewer = self.people["viewer"]
        fair = self.fair.with_user(viewer)
        self.assertEqual(fair.read(["card"])[0]["card"]["code"], "FAIR")
        [link] = self.hall.with_user(viewer).linked_cards
        self.assertEqual((link["amount"], link["share"]), (1000.0, 83))
        self.assertEqual(link["card"]["kpi"]["items"][0]["name"], "Participants")
        cards = self.travel.with_user(self.people["involved"]).linked_cards
        self.assertEqual([one["card"]["code"] for one in cards], ["STAND"])
        self.assertFalse(self.travel.with_user(self.owner).linked_cards)

    def test_no_data_is_not_zero(self):
        kpi = self.card("FAIR")["kpi"]
        self.assertIsNone(kpi["percent"])
        [item] = kpi["items"]
        self.assertEqual((item["percent"], item["tone"]), (None, "muted"))

    def test_the_bar_ends_where_the_figure_goes_on(self):
        self.kpi._measure("2025-02-10", 320.0)
        [item] = self.card("FAIR")["kpi"]["items"]
        self.assertEqual((item["percent"], item["width"]), (107, 100.0))
        self.assertEqual(item["tone"], "success")
        self.assertIn("people", item["value"])

    def test_more_kpis_than_a_card_holds(self):
        self.env["sop.kpi"].create(
            [{"operation_id": self.fair.id, "name": f"KPI {n}"} for n in range(4)]
        )
        kpi = self.card("FAIR")["kpi"]
        self.assertEqual((len(kpi["items"]), kpi["more_count"]), (3, 2))

    def test_filters(self):
        mine = self.people["involved"].id
        for options, expected in (
            ({"search": "fai"}, ["FAIR"]),
            ({"search": "stand"}, ["STAND"]),
            ({"user_ids": [mine]}, ["STAND"]),
            ({"tag_ids": [self.tag.id]}, ["FAIR"]),
            ({"states": ["completed"]}, ["COURSE"]),
            ({"budget_id": self.budget.id}, ["FAIR", "STAND"]),
            ({"period": "custom", "date_from": "2025-03-03"}, ["STAND", "COURSE"]),
            ({"period": "custom", "date_to": "2025-01-05"}, ["STAND", "COURSE"]),
            ({"period": "month"}, ["FAIR", "STAND", "COURSE"]),
            ({"period": "custom", "date_from": "2026-01-01"}, []),
        ):
            with self.subTest(options=options):
                self.assertEqual(self.codes(**options), expected)

    def test_ongoing_has_no_end(self):
        self.stand.write({"is_ongoing": True})
        found = self.codes(period="custom", date_from="2027-01-01")
        self.assertEqual(found, ["STAND"])

    def test_order(self):
        self.kpi._measure("2025-02-10", 30.0)
        for sort, expected in (
            ("attention", ["FAIR", "STAND", "COURSE"]),
            ("end", ["FAIR", "COURSE", "STAND"]),
            ("name", ["COURSE", "FAIR", "STAND"]),
            ("kpi", ["FAIR", "COURSE", "STAND"]),
            ("time", ["FAIR", "COURSE", "STAND"]),
        ):
            with self.subTest(sort=sort):
                self.assertEqual(self.codes(sort=sort), expected)
        self.assertEqual(len(self.codes(sort="money")), 3)

    def test_pages(self):
        first = self.get(limit=2)
        rest = self.get(limit=2, offset=2)
        self.assertEqual((first["count"], rest["count"]), (3, 3))
        self.assertEqual(
            [card["code"] for card in first["cards"] + rest["cards"]],
            ["FAIR", "STAND", "COURSE"],
        )

    def test_signs(self):
        self.milestone.write({"date_target": "2025-02-01"})
        signs = self.get()["signs"]
        self.assertEqual(signs["missed_milestones"], 1)
        self.assertEqual(signs["blockers"], 0)

    def test_involved_sees_their_own(self):
        found = self.get("involved")
        self.assertEqual([card["code"] for card in found["cards"]], ["STAND"])
        self.assertEqual(found["counters"]["total"], 1)
        self.assertFalse(found["can_create"])

    def test_empty(self):
        self.env["sop.operation"].search([]).action_archive()
        found = self.get()
        self.assertTrue(found["is_empty"])
        self.assertEqual(found["cards"], [])

    def test_options_that_are_none(self):
        for options, message in (
            ({"sort": "evil"}, "can't be chosen here"),
            ({"period": "never"}, "can't be chosen here"),
            ({"states": ["lost"]}, "can't be chosen here"),
            ({"states": "planned"}, "given as a list"),
            ({"healths": ["good"]}, "can't be chosen here"),
            ({"user_ids": 5}, "list of their numbers"),
            ({"tag_ids": ["x"]}, "named by its number"),
            ({"limit": -1}, "whole number"),
            ({"limit": 10_000}, "whole number"),
            ({"offset": True}, "whole number"),
            ({"period": "custom", "date_from": "soon"}, "year-month-day"),
            (
                {
                    "period": "custom",
                    "date_from": "2025-02-01",
                    "date_to": "2025-01-01",
                },
                "swap",
            ),
        ):
            with (
                self.subTest(options=options),
                self.assertRaisesRegex(UserError, message),
            ):
                self.get(**options)

    def test_nobody_without_access(self):
        with self.assertRaises(AccessError):
            self.env["sop.operation"].with_user(self.owner).get_dashboard()

    def test_readonly(self):
        model = type(self.env["sop.operation"])
        self.assertTrue(model.get_dashboard._readonly)
        self.assertTrue(model.get_gantt._readonly)

    def count_queries(self, number, method):
        operations = self.env["sop.operation"].create(
            [
                {
                    "name": f"Many {n}",
                    "company_id": self.company.id,
                    "date_start": "2025-01-01",
                    "date_end": "2025-06-30",
                    "tag_ids": [(4, self.tag.id)],
                }
                for n in range(number)
            ]
        )
        self.env["sop.kpi"].create(
            [{"operation_id": o.id, "name": "KPI", "target": 5} for o in operations]
        )
        self.env["sop.milestone"].create(
            [
                {"operation_id": o.id, "name": "M", "date_target": "2025-05-01"}
                for o in operations
            ]
        )
        for operation in operations:
            self.make_link(operation, self.travel, 1.0)
        self.env.flush_all()
        self.env.invalidate_all()
        before = self.cr.sql_log_count
        method()
        return self.cr.sql_log_count - before

    def test_queries_do_not_grow(self):
        for method in (
            lambda: self.get(limit=500),
            lambda: self.as_role("viewer").get_gantt(),
        ):
            method()
            few = self.count_queries(3, method)
            many = self.count_queries(30, method)
            # Give or take what is kept in memory
            self.assertLessEqual(many, few + 2)
            self.assertLessEqual(many, MOST_QUERIES)


@tagged("post_install", "-at_install")
@freeze_time(TODAY)
class TestTimeline(DashboardCommon):
    def rows(self, role="viewer", **options):
        rows = self.as_role(role).get_gantt(options)["rows"]
        return {row["code"]: row for row in rows}

    def test_rows(self):
        rows = self.rows()
        self.assertEqual(list(rows), ["FAIR", "STAND"])
        fair = rows["FAIR"]
        self.assertEqual(
            (fair["date_from"], fair["date_to"]), ("2025-01-06", "2025-03-02")
        )
        self.assertEqual(rows["STAND"]["depth"], 1)
        [milestone] = fair["milestones"]
        self.assertEqual(
            (milestone["name"], milestone["date"]), ("Judging", "2025-02-16")
        )
        self.assertEqual(milestone["tone"], "warning", "due within a week")

    def test_completed_ones_when_asked_for(self):
        self.assertIn("COURSE", self.rows(with_done=True))
        self.set_standing(self.course, "cancelled", None)
        self.assertNotIn("COURSE", self.rows(with_done=True))

    def test_who_may_move_it(self):
        for role, may in (("viewer", False), ("planner", True)):
            self.assertEqual(self.rows(role)["FAIR"]["can_move"], may, role)
        rows = self.rows("planner", with_done=True)
        self.assertFalse(rows["COURSE"]["can_move"], "what is over is history")

    def test_ongoing_has_no_end(self):
        self.fair.write({"is_ongoing": True})
        self.assertFalse(self.rows()["FAIR"]["date_to"])

    def test_who_is_involved_sees_theirs_as_a_root(self):
        rows = self.rows("involved")
        self.assertEqual(list(rows), ["STAND"])
        self.assertEqual(rows["STAND"]["depth"], 0)


@tagged("post_install", "-at_install")
class TestDashboardRpc(DashboardCommon, RpcCase):
    def test_involved_over_http(self):
        self.authenticate("sop_op_involved", "sop_op_involved")
        found = self.call("sop.operation", "get_dashboard", {})
        self.assertEqual([card["code"] for card in found["cards"]], ["STAND"])
        self.assertEqual(
            [row["code"] for row in self.call("sop.operation", "get_gantt")["rows"]],
            ["STAND"],
        )


@tagged("post_install", "-at_install")
class TestDashboardTour(DashboardCommon, HttpCase):
    def test_dashboard(self):
        self.start_tour("/odoo", "sop_operations_dashboard", login="sop_op_planner")

    def test_schedule(self):
        self.start_tour(
            "/odoo/operations-timeline",
            "sop_operations_schedule",
            login="sop_op_planner",
        )
        self.env.invalidate_all()
        self.assertEqual(str(self.fair.date_start), "2025-01-16")
        self.assertEqual(str(self.fair.date_end), "2025-03-12")
