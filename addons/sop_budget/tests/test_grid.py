# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
import json

from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged, warmup
from odoo.tools import file_open, mute_logger

from ..engine.formula import FormulaError, evaluate
from ..engine.money import round_half_away
from ..engine.spread import spread_top_down
from .common import SopBudgetCommon

JAN, FEB, MAR = "2025-01-01", "2025-02-01", "2025-03-01"


def grid_vectors():
    """The cases that the browser's tests run as well."""
    with file_open("sop_budget/static/tests/grid/grid_vectors.js") as file:
        return json.loads(file.read().split("`")[1])


class GridCase(SopBudgetCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.people = cls.make_category("P", name="Personnel", sequence=1)
        cls.lead = cls.make_category("P1", cls.people, amounts={"2025-01": 10.0})
        cls.dev = cls.make_category(
            "P2", cls.people, amounts={"2025-01": 20.0}, held=True
        )
        cls.trainee = cls.make_category("P3", cls.people, amounts={"2025-01": 30.0})
        cls.events = cls.make_category("E", name="Events", sequence=2)
        cls.party = cls.make_category("E1", cls.events, visibility="manager")

    def grid(self, user=None):
        return self.as_user(user).get_grid()

    def as_user(self, user=None):
        return self.budget.with_user(user or self.owner)

    def rows(self, user=None):
        return {row["code"]: row for row in self.grid(user)["rows"]}

    def save(self, category, month, value, expected, user=None):
        change = {
            "category_id": category.id,
            "month": month,
            "value": value,
            "expected": expected,
        }
        return self.as_user(user).save_grid([change])

    def save_field(self, category, field, value, expected, user=None):
        change = {
            "category_id": category.id,
            "field": field,
            "value": value,
            "expected": expected,
        }
        return self.as_user(user).save_grid([change])

    def stored(self, category, month="2025-01"):
        amounts = category.amount_ids.filtered(
            lambda a: a.month.strftime("%Y-%m") == month
        )
        return amounts.amount if amounts else None


@tagged("post_install", "-at_install")
class TestGridRead(GridCase):
    def test_rows_come_in_the_order_of_the_tree(self):
        grid = self.grid()
        self.assertEqual(
            [(row["code"], row["leaf"]) for row in grid["rows"]],
            [
                ("P", False),
                ("P1", True),
                ("P2", True),
                ("P3", True),
                ("E", False),
                ("E1", True),
            ],
        )
        self.assertEqual(
            [month["label"] for month in grid["months"]][:3], ["Jan", "Feb", "Mar"]
        )
        self.assertEqual(grid["months"][0]["key"], JAN)
        self.assertEqual(grid["budget"]["currency"]["decimal_places"], 2)
        self.assertEqual(grid["hidden_count"], 0)

    def test_nothing_planned_is_not_zero(self):
        self.set_amounts(self.lead, {"2025-02": 0.0})
        rows = self.rows()
        self.assertEqual(rows["P1"]["amounts"][:3], [10.0, 0.0, None])
        self.assertIsNone(rows["P"]["amounts"])
        self.assertIsNone(rows["E1"]["amounts"])

    def test_months_of_two_years_carry_the_year(self):
        budget = self.make_budget(date_from="2025-11-15", date_to="2026-01-31")
        labels = [month["label"] for month in budget.get_grid()["months"]]
        self.assertEqual(labels, ["Nov 2025", "Dec 2025", "Jan 2026"])

    def test_row_says_who_pays_and_who_answers(self):
        source = self.env["sop.funding.source"].create(
            {"name": "Grant", "is_external": True}
        )
        self.lead.write(
            {"source_id": source.id, "user_id": self.owner.id, "impact": "=3*4 talks"}
        )
        self.assertIs(self.rows()["P2"]["funding"], False)
        self.assertIs(self.rows()["P2"]["responsible"], False)
        row = self.rows()["P1"]
        self.assertEqual(
            row["funding"], {"id": source.id, "name": "Grant", "external": True}
        )
        self.assertEqual(row["responsible"]["id"], self.owner.id)
        self.assertIn("12", row["impact_result"])

    def test_hidden_categories_are_counted_not_shown(self):
        for role in ("viewer", "proposer", "planner"):
            with self.subTest(role=role):
                grid = self.grid(self.users[role])
                self.assertNotIn("E1", [row["code"] for row in grid["rows"]])
                self.assertEqual(grid["hidden_count"], 1)
        self.assertIn("E1", self.rows(self.users["manager"]))

    def test_reason_says_why_nothing_can_be_changed(self):
        budget = self.grid(self.users["viewer"])["budget"]
        self.assertFalse(budget["editable"])
        self.assertIn(self.owner.name, budget["reason_not_editable"])
        self.budget.action_submit()
        self.assertFalse(self.grid(self.users["planner"])["budget"]["editable"])
        self.assertTrue(self.grid(self.users["manager"])["budget"]["editable"])

    @mute_logger("odoo.addons.base.models.ir_rule")
    def test_outsiders_read_nothing(self):
        with self.assertRaises(AccessError):
            self.grid(self.outsider)

    @warmup
    def test_queries_do_not_grow_with_the_tree(self):
        def count():
            self.env.invalidate_all()
            before = self.cr.sql_log_count
            self.budget.with_user(self.users["planner"]).get_grid()
            return self.cr.sql_log_count - before

        count()  # rules and groups of the user are cached from now on
        few = count()
        for number in range(30):
            self.make_category(
                f"P3.{number}", self.people, amounts=5.0, user_id=self.owner.id
            )
        count()  # and what recognises the new categories in the books is known
        self.assertLessEqual(
            count(), few + 2
        )  # the responsible person: user and partner
        self.assertLessEqual(few, 20)


@tagged("post_install", "-at_install")
class TestGridSave(GridCase):
    def test_write_create_and_clear(self):
        result = self.as_user().save_grid(
            [
                {
                    "category_id": self.lead.id,
                    "month": JAN,
                    "value": 12.5,
                    "expected": 10.0,
                },
                {
                    "category_id": self.lead.id,
                    "month": FEB,
                    "value": 7,
                    "expected": None,
                },
                {
                    "category_id": self.dev.id,
                    "month": JAN,
                    "value": None,
                    "expected": 20.0,
                },
            ]
        )
        self.assertEqual(result, {"saved": 3, "conflicts": [], "refused": []})
        self.assertEqual(self.stored(self.lead), 12.5)
        self.assertEqual(self.stored(self.lead, "2025-02"), 7.0)
        self.assertIsNone(self.stored(self.dev))

    def test_author_is_kept(self):
        self.save(self.lead, FEB, 1.0, None, self.users["planner"])
        amount = self.lead.amount_ids.filtered(lambda a: a.amount == 1.0)
        self.assertEqual(amount.create_uid, self.users["planner"])

    def test_amounts_are_rounded_to_the_currency(self):
        self.save(self.lead, JAN, 33333.335, 10.0)
        self.assertEqual(self.stored(self.lead), 33333.34)

    def test_second_author_is_told_and_nothing_is_lost(self):
        planner, manager = self.users["planner"], self.users["manager"]
        self.save(self.lead, JAN, 50.0, 10.0, planner)
        result = self.save(self.lead, JAN, 70.0, 10.0, manager)
        self.assertEqual(result["saved"], 0)
        [conflict] = result["conflicts"]
        self.assertEqual(conflict["category_id"], self.lead.id)
        self.assertEqual(conflict["month"], JAN)
        self.assertEqual((conflict["yours"], conflict["theirs"]), (70.0, 50.0))
        self.assertEqual(conflict["user"], planner.display_name)
        self.assertTrue(conflict["date"])
        self.assertEqual(self.stored(self.lead), 50.0)
        # They insist
        self.assertEqual(self.save(self.lead, JAN, 70.0, 50.0, manager)["saved"], 1)
        self.assertEqual(self.stored(self.lead), 70.0)

    def test_conflict_keeps_the_other_cells_of_the_batch(self):
        self.save(self.lead, JAN, 50.0, 10.0)
        result = self.as_user().save_grid(
            [
                {
                    "category_id": self.lead.id,
                    "month": JAN,
                    "value": 1.0,
                    "expected": 10.0,
                },
                {
                    "category_id": self.trainee.id,
                    "month": JAN,
                    "value": 31.0,
                    "expected": 30.0,
                },
            ]
        )
        self.assertEqual((result["saved"], len(result["conflicts"])), (1, 1))
        self.assertEqual(self.stored(self.trainee), 31.0)

    def test_conflict_with_a_cell_created_or_cleared_meanwhile(self):
        self.save(self.lead, FEB, 5.0, None)
        [conflict] = self.save(self.lead, FEB, 6.0, None)["conflicts"]
        self.assertEqual(conflict["theirs"], 5.0)
        self.save(self.lead, FEB, None, 5.0)
        [conflict] = self.save(self.lead, FEB, 6.0, 5.0)["conflicts"]
        self.assertIsNone(conflict["theirs"])

    def test_same_value_is_no_conflict(self):
        self.save(self.lead, JAN, 50.0, 10.0, self.users["planner"])
        result = self.save(self.lead, JAN, 50.0, 10.0, self.users["manager"])
        self.assertEqual(result, {"saved": 1, "conflicts": [], "refused": []})

    def test_saving_touches_the_rows_of_the_categories(self):
        """Two requests at the same time: the second must fail on its snapshot and be run again."""
        self.env.cr.execute(
            "SELECT xmin FROM sop_budget_category WHERE id = %s", [self.lead.id]
        )
        before = self.lead.write_date
        self.env.flush_all()
        self.env.cr.execute(
            "UPDATE sop_budget_category SET write_date = '2000-01-01' WHERE id = %s",
            [self.lead.id],
        )
        self.lead.invalidate_recordset(["write_date"])
        self.save(self.lead, FEB, 1.0, None)
        self.assertGreaterEqual(self.lead.write_date, before)

    def test_refused_with_a_reason(self):
        gone = self.make_category("X")
        gone_id = gone.id
        gone.unlink()
        cases = [
            ({"category_id": gone_id, "month": JAN, "value": 1.0}, "no longer exists"),
            (
                {"category_id": self.people.id, "month": JAN, "value": 1.0},
                "sub-categories",
            ),
            (
                {"category_id": self.lead.id, "month": "2024-12-01", "value": 1.0},
                "outside",
            ),
            (
                {"category_id": self.lead.id, "month": "2025-01-15", "value": 1.0},
                "outside",
            ),
            (
                {"category_id": self.lead.id, "month": JAN, "value": "1"},
                "not an amount",
            ),
            (
                {"category_id": self.lead.id, "month": JAN, "value": True},
                "not an amount",
            ),
            (
                {"category_id": self.lead.id, "month": JAN, "value": float("nan")},
                "not an amount",
            ),
            (
                {"category_id": self.lead.id, "month": JAN, "value": float("inf")},
                "not an amount",
            ),
            (
                {"category_id": self.lead.id, "month": JAN, "value": 1e30},
                "not an amount",
            ),
            (
                {"category_id": self.lead.id, "month": JAN, "value": 10**400},
                "not an amount",
            ),
            (
                {"category_id": self.lead.id, "field": "name", "value": " "},
                "a code and a name",
            ),
            ({"category_id": self.lead.id, "field": "held", "value": 1}, "in the grid"),
            (
                {"category_id": self.lead.id, "field": "visibility", "value": "all"},
                "in the grid",
            ),
        ]
        for change, reason in cases:
            with self.subTest(change=change):
                result = self.as_user().save_grid([{**change, "expected": 10.0}])
                [refused] = result["refused"]
                self.assertIn(reason, refused["reason"])
                self.assertEqual(result["saved"], 0)
        self.assertEqual(self.stored(self.lead), 10.0)

    def test_odd_requests_are_refused(self):
        for changes in ("x", [1], [{}], [{"category_id": "a", "month": JAN}], [{"month": JAN}],
                        [{"category_id": self.lead.id, "month": "soon"}]):  # fmt: skip
            with self.subTest(changes=changes), self.assertRaises(UserError):
                self.as_user().save_grid(changes)

    def test_ids_that_are_no_numbers_are_refused(self):
        for number in (float("inf"), float("nan"), 10**400, 2**31, -1):
            with self.subTest(number=number), self.assertRaises(UserError):
                self.as_user().save_grid(
                    [
                        {
                            "category_id": number,
                            "month": JAN,
                            "value": 1.0,
                            "expected": None,
                        }
                    ]
                )

    def test_expected_that_is_no_amount_is_refused(self):
        """It must not pass for the 0 that is stored."""
        self.save(self.lead, JAN, 0.0, 10.0)
        for expected in ("junk", False, [], 10**400, float("nan")):
            with self.subTest(expected=expected):
                [refused] = self.save(self.lead, JAN, 5.0, expected)["refused"]
                self.assertIn("not an amount", refused["reason"])
        self.assertEqual(self.stored(self.lead), 0.0)

    def test_category_of_another_budget_is_out_of_reach(self):
        other = self.make_category(
            "Z", budget=self.make_budget(name="Other"), amounts=1.0
        )
        [refused] = self.save(other, JAN, 5.0, 1.0)["refused"]
        self.assertIn("no longer exists", refused["reason"])

    def test_hidden_category_is_out_of_reach(self):
        [refused] = self.save(self.party, JAN, 5.0, None, self.users["planner"])[
            "refused"
        ]
        self.assertIn("no longer exists", refused["reason"])

    def test_roles(self):
        for role in ("viewer", "proposer"):
            with self.subTest(role=role), self.assertRaises(UserError):
                self.save(self.lead, JAN, 1.0, 10.0, self.users[role])
        self.budget.action_submit()
        with self.assertRaises(UserError):
            self.save(self.lead, JAN, 1.0, 10.0, self.users["planner"])
        self.assertEqual(
            self.save(self.lead, JAN, 1.0, 10.0, self.users["manager"])["saved"], 1
        )
        self.budget.action_approve()
        with self.assertRaises(UserError):
            self.save(self.lead, JAN, 2.0, 1.0, self.users["manager"])

    def test_foreign_entry_ends_when_the_cell_is_typed(self):
        amount = self.lead.amount_ids
        euro = self.env.ref("base.EUR")
        euro.active = True
        rate = self.env["sop.budget.rate"].create(
            {"budget_id": self.budget.id, "currency_id": euro.id, "rate": 1.25}
        )
        amount.write(amount._prepare_entry_vals(8, rate))
        self.assertEqual(amount.entry_currency_id, euro)
        self.save(self.lead, JAN, 11.0, 10.0)
        self.assertFalse(amount.entry_currency_id)

    def test_rename_recode_and_hold(self):
        self.assertEqual(
            self.save_field(self.lead, "name", " Team  lead ", "Category P1")["saved"],
            1,
        )
        self.assertEqual(self.lead.name, "Team lead")
        self.assertEqual(self.save_field(self.lead, "code", "P9", "P1")["saved"], 1)
        self.assertEqual(self.save_field(self.lead, "held", True, False)["saved"], 1)
        self.assertEqual((self.lead.code, self.lead.held), ("P9", True))

    def test_rename_conflict(self):
        self.lead.name = "Boss"
        [conflict] = self.save_field(self.lead, "name", "Head", "Category P1")[
            "conflicts"
        ]
        self.assertEqual((conflict["theirs"], conflict["field"]), ("Boss", "name"))
        self.assertEqual(self.lead.name, "Boss")

    def test_code_that_is_taken_is_refused_even_when_hidden(self):
        for code in ("P2", self.party.code):
            with self.subTest(code=code):
                result = self.save_field(
                    self.lead, "code", code, "P1", self.users["planner"]
                )
                self.assertIn("has this code", result["refused"][0]["reason"])
        self.assertEqual(self.lead.code, "P1")

    @warmup
    def test_queries_do_not_grow_with_the_cells(self):
        leaves = [
            self.make_category(f"P4.{number}", self.people) for number in range(40)
        ]
        self.env.flush_all()

        def count(leaves, value):
            changes = [
                {
                    "category_id": leaf.id,
                    "month": JAN,
                    "value": value + at,
                    "expected": None,
                }
                for at, leaf in enumerate(leaves)
            ]
            self.env.invalidate_all()
            before = self.cr.sql_log_count
            self.as_user(self.users["planner"]).save_grid(changes)
            self.env.flush_all()
            return self.cr.sql_log_count - before

        few = count(leaves[:2], 5.0)
        self.assertLessEqual(count(leaves[2:], 100.0), few + 2)


@tagged("post_install", "-at_install")
class TestGridSpread(GridCase):
    def spread(self, total, category=None, user=None, **kwargs):
        return self.as_user(user).spread_grid(
            total, category_id=category.id if category else False, **kwargs
        )

    def test_held_stays_and_the_others_share(self):
        """10/20/30 with the second held, total 100: 20/20/60."""
        result = self.spread(100.0, self.people, months=[JAN])
        self.assertEqual(
            [self.stored(leaf) for leaf in (self.lead, self.dev, self.trainee)],
            [20.0, 20.0, 60.0],
        )
        self.assertEqual(
            [(c["category_id"], c["before"], c["after"]) for c in result["changes"]],
            [(self.lead.id, 10.0, 20.0), (self.trainee.id, 30.0, 60.0)],
        )

    def test_cents_are_never_lost(self):
        events = self.make_category("Q")
        leaves = [self.make_category(f"Q{number}", events) for number in range(3)]
        self.spread(100000.0, events, months=[JAN])
        self.assertEqual(
            [self.stored(leaf) for leaf in leaves], [33333.34, 33333.33, 33333.33]
        )

    def test_year_of_a_parent_and_of_a_row(self):
        self.spread(1200.0, self.lead, method="even")
        self.assertEqual(self.lead.amount_ids.mapped("amount"), [100.0] * 12)
        self.spread(600.0, self.lead)
        self.assertEqual(self.lead.amount_ids.mapped("amount"), [50.0] * 12)
        self.spread(1000.0, self.people)
        self.assertAlmostEqual(
            sum(self.people.child_ids.amount_ids.mapped("amount")), 1000.0
        )
        self.assertEqual(self.stored(self.dev), 20.0)

    def test_column_of_a_kind(self):
        self.make_category("I", kind="income", amounts={"2025-01": 500.0})
        self.spread(600.0, kind="expense", months=[JAN])
        grid = self.grid()
        total = sum(
            row["amounts"][0] or 0
            for row in grid["rows"]
            if row["amounts"] and row["kind"] == "expense"
        )
        self.assertEqual(total, 600.0)
        self.assertEqual(self.rows()["I"]["amounts"][0], 500.0)

    def test_only_the_chosen_source(self):
        source = self.env["sop.funding.source"].create(
            {"name": "Grant", "is_external": True}
        )
        self.trainee.source_id = source
        self.spread(70.0, self.people, months=[JAN], source="internal")
        self.assertEqual(
            [self.stored(leaf) for leaf in (self.lead, self.dev, self.trainee)],
            [50.0, 20.0, 30.0],
        )
        self.spread(60.0, self.people, months=[JAN], source="external")
        self.assertEqual(self.stored(self.trainee), 60.0)

    def test_held_parent_holds_what_is_below(self):
        self.people.held = True
        with self.assertRaisesRegex(UserError, "held"):
            self.spread(100.0, self.people, months=[JAN])

    def test_impossible_requests_say_why(self):
        with self.assertRaisesRegex(UserError, "already take"):
            self.spread(10.0, self.people, months=[JAN])
        (self.lead | self.trainee).held = True
        with self.assertRaisesRegex(UserError, "Everything below this total is held"):
            self.spread(100.0, self.people, months=[JAN])
        with self.assertRaisesRegex(UserError, "nothing below this total"):
            self.spread(100.0, kind="income")
        self.lead.held = False
        with self.assertRaisesRegex(UserError, "no actuals of last year"):
            self.spread(100.0, self.people, months=[JAN], method="last_year")

    def test_odd_requests_are_refused(self):
        for kwargs in (
            {"total": "x", "category_id": self.people.id},
            {"total": None, "category_id": self.people.id},
            {"total": 1.0},
            {"total": 1.0, "category_id": self.people.id, "method": "magic"},
            {"total": 1.0, "category_id": self.people.id, "source": "mine"},
            {"total": 1.0, "category_id": self.people.id, "months": ["2024-01-01"]},
            {"total": 1.0, "category_id": self.people.id, "months": 5},
            {"total": 10**400, "category_id": self.people.id},
            {"total": 1.0, "category_id": self.people.id, "expected": "junk"},
        ):
            with self.subTest(**kwargs), self.assertRaises(UserError):
                self.as_user().spread_grid(**kwargs)

    def test_total_that_changed_meanwhile_is_not_spread(self):
        self.save(self.lead, JAN, 40.0, 10.0)
        result = self.spread(100.0, self.people, months=[JAN], expected=60.0)
        self.assertEqual(result, {"conflict": 90.0, "changes": []})
        self.assertEqual(self.stored(self.lead), 40.0)

    def test_hidden_categories_are_left_alone(self):
        self.set_amounts(self.party, {"2025-01": 7.0})
        self.make_category("E2", self.events)
        self.spread(50.0, self.events, self.users["planner"], months=[JAN])
        self.assertEqual(self.stored(self.party), 7.0)

    def test_viewers_spread_nothing(self):
        with self.assertRaises(UserError):
            self.spread(100.0, self.people, self.users["viewer"])


@tagged("post_install", "-at_install")
class TestGridRows(GridCase):
    def codes(self, result):
        return [row["code"] for row in result["grid"]["rows"]]

    def test_add_goes_on_with_the_code(self):
        result = self.as_user().add_grid_row(
            parent_id=self.people.id, after_id=self.lead.id
        )
        self.assertEqual(self.codes(result), ["P", "P1", "P4", "P2", "P3", "E", "E1"])
        self.assertEqual(
            self.env["sop.budget.category"].browse(result["id"]).name, "New category"
        )

    def test_add_at_the_top_takes_the_kind(self):
        result = self.as_user().add_grid_row(kind="income", name="Fees")
        row = result["grid"]["rows"][-1]
        self.assertEqual(
            (row["id"], row["kind"], row["name"]), (result["id"], "income", "Fees")
        )

    def test_first_child_takes_over_the_amounts(self):
        result = self.as_user().add_grid_row(parent_id=self.lead.id)
        child = self.env["sop.budget.category"].browse(result["id"])
        self.assertEqual(self.stored(child), 10.0)
        self.assertFalse(self.lead.amount_ids)

    def test_move_reorders_and_changes_the_parent(self):
        result = self.as_user().move_grid_row(
            self.trainee.id, self.people.id, self.lead.id
        )
        self.assertEqual(self.codes(result)[:4], ["P", "P3", "P1", "P2"])
        result = self.as_user().move_grid_row(self.trainee.id, self.events.id)
        self.assertEqual(self.codes(result), ["P", "P1", "P2", "E", "E1", "P3"])
        result = self.as_user().move_grid_row(self.trainee.id, False, self.people.id)
        self.assertEqual(self.codes(result)[0], "P3")

    def test_move_into_itself_is_refused(self):
        with self.assertRaises(UserError):
            self.as_user().move_grid_row(self.people.id, self.lead.id)

    def test_duplicate_with_amounts(self):
        result = self.as_user().duplicate_grid_row(self.people.id)
        copy = self.env["sop.budget.category"].browse(result["id"])
        self.assertEqual(sum(copy.child_ids.amount_ids.mapped("amount")), 60.0)
        self.assertEqual(len(set(self.codes(result))), 10)
        self.assertEqual(self.codes(result)[4], copy.code)

    def test_delete(self):
        result = self.as_user().delete_grid_rows([self.people.id])
        self.assertEqual(self.codes(result), ["E", "E1"])
        self.assertFalse(self.lead.exists())
        for wrong in (None, "x", 7, {"id": 7}):
            with self.assertRefused(UserError, "The rows are a list"):
                self.as_user().delete_grid_rows(wrong)
        self.assertTrue(self.as_user().delete_grid_rows([None, "x", [3], {}]))

    def test_nobody_deletes_or_copies_what_they_may_not_see(self):
        planner = self.as_user(self.users["planner"])
        with self.assertRaisesRegex(UserError, "may not see"):
            planner.delete_grid_rows([self.events.id])
        with self.assertRaisesRegex(UserError, "may not see"):
            planner.duplicate_grid_row(self.events.id)
        self.assertTrue(self.party.exists())

    def test_unknown_rows(self):
        other = self.make_category("Z", budget=self.make_budget(name="Other"))
        for call in (
            lambda b: b.add_grid_row(parent_id=other.id),
            lambda b: b.move_grid_row(other.id),
            lambda b: b.duplicate_grid_row(other.id),
        ):
            with self.assertRaisesRegex(UserError, "no longer exists"):
                call(self.as_user())
        self.as_user().delete_grid_rows([other.id])
        self.assertTrue(other.exists())

    def test_viewers_change_no_rows(self):
        viewer = self.as_user(self.users["viewer"])
        for call in (
            lambda: viewer.add_grid_row(),
            lambda: viewer.move_grid_row(self.lead.id, self.events.id),
            lambda: viewer.duplicate_grid_row(self.lead.id),
            lambda: viewer.delete_grid_rows([self.lead.id]),
        ):
            with self.assertRaises(UserError):
                call()


@tagged("post_install", "-at_install")
class TestGridVectors(SopBudgetCommon):
    """What the browser computes as well gives the same results here."""

    def test_formulas(self):
        for case in grid_vectors()["formulas"]:
            with self.subTest(**case):
                value = evaluate(case["text"]).value * 10 ** case["decimals"]
                self.assertEqual(round_half_away(value), case["units"])

    def test_bad_formulas(self):
        for text in grid_vectors()["bad_formulas"]:
            with self.subTest(text=text), self.assertRaises(FormulaError):
                evaluate(text)

    def test_spreads(self):
        for case in grid_vectors()["spreads"]:
            with self.subTest(**case):
                self.assertEqual(
                    spread_top_down(case["current"], case["held"], case["total"]),
                    case["result"],
                )
