# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from unittest.mock import patch

import psycopg2

from odoo import fields
from odoo.exceptions import UserError, ValidationError
from odoo.fields import Command
from odoo.tests import Form, freeze_time, tagged
from odoo.tools import mute_logger

from .common_operation import OperationCommon


@tagged("post_install", "-at_install")
class TestOperation(OperationCommon):
    def test_display_name(self):
        self.assertEqual(self.operation.display_name, "OP-O1 Climate Competition")
        self.assertEqual(
            self.env["sop.operation"].name_search("OP-O1")[0][0], self.operation.id
        )

    # === TREE === #

    def test_kind_follows_from_the_place(self):
        category = self.make_operation(name="Outreach", kind="category")
        below, kinds = category, []
        for level in range(4):
            below = self.make_operation(name=f"Level {level}", parent_id=below.id)
            kinds.append(below.kind)
        self.assertEqual(
            kinds, ["subcategory", "operation", "sub_operation", "sub_operation"]
        )
        self.assertEqual(self.operation.kind, "operation")

    def test_kind_that_was_chosen_stays(self):
        category = self.make_operation(name="Outreach", kind="category")
        chosen = self.make_operation(
            name="Direct", parent_id=category.id, kind="operation"
        )
        self.assertEqual(chosen.kind, "operation")
        chosen.parent_id = self.operation
        self.assertEqual(chosen.kind, "operation")
        with self.assertRefused(ValidationError, "can't be a category below"):
            chosen.kind = "category"

    def test_no_cycles(self):
        child = self.make_operation(name="Child", parent_id=self.operation.id)
        with self.assertRefused(ValidationError, "below itself"):
            self.operation.parent_id = child
        with self.assertRefused(ValidationError, "below itself"):
            self.operation.parent_id = self.operation

    def test_code(self):
        with self.assertRefused(ValidationError, "at most 10 characters"):
            self.operation.code = "OP-O1-2025-Q2"
        with (
            mute_logger("odoo.sql_db"),
            self.assertRefused(psycopg2.IntegrityError, "code_uniq"),
        ):
            self.make_operation(code="OP-O1")
        other = self.setup_other_company()["company"]
        twin = self.make_operation(code="OP-O1", company_id=other.id)
        self.assertEqual(twin.code, "OP-O1")

    def test_company_is_fixed(self):
        other = self.setup_other_company()["company"]
        with self.assertRefused(UserError, "company of an operation is fixed"):
            self.operation.company_id = other

    def test_dates_in_order(self):
        with (
            mute_logger("odoo.sql_db"),
            self.assertRefused(psycopg2.IntegrityError, "dates_order"),
        ):
            self.operation.date_end = "2025-01-01"

    # === DATES IN WORDS === #

    def test_period(self):
        for start, end, ongoing, words in (
            ("2025-04-01", "2025-06-30", False, "Q2 2025"),
            ("2025-01-01", "2025-12-31", False, "Full year 2025"),
            ("2025-07-01", "2025-12-31", False, "H2 2025"),
            ("2025-03-01", "2025-03-31", False, "March 2025"),
            ("2025-01-15", "2025-03-31", False, "15 Jan – 31 Mar 2025"),
            ("2024-12-15", "2025-03-31", False, "15 Dec 2024 – 31 Mar 2025"),
            ("2025-03-05", "2025-03-05", False, "5 Mar 2025"),
            ("2025-01-15", False, False, "From 15 Jan 2025"),
            (False, "2025-03-31", False, "Until 31 Mar 2025"),
            ("2025-01-15", False, True, "Ongoing"),
            (False, False, False, False),
        ):
            self.operation.write(
                {"date_start": start, "date_end": end, "is_ongoing": ongoing}
            )
            self.assertEqual(self.operation.period, words)

    @freeze_time("2025-05-18 12:00:00")
    def test_time_progress(self):
        # Week 6 of 8
        self.assertEqual(self.operation.time_progress, 75)
        self.assertTrue(self.operation.has_time_progress)
        self.operation.is_ongoing = True
        self.assertFalse(self.operation.has_time_progress)

    # === STATES === #

    def test_states(self):
        operation = self.operation
        with self.assertRefused(UserError, "is planned and can't become completed"):
            operation.action_complete()
        operation.action_start()
        operation.action_complete()
        self.assertEqual(operation.state, "completed")
        with self.assertRefused(UserError, "is completed and can't become cancelled"):
            operation.action_cancel()
        operation.action_plan()
        operation.action_cancel()
        self.assertEqual(operation.state, "cancelled")

    def test_state_is_not_written(self):
        with self.assertRefused(UserError, "buttons of the operation"):
            self.operation.state = "completed"
        with self.assertRefused(UserError, "buttons of the operation"):
            self.operation.with_context(sop_state_token="x").state = "completed"
        with self.assertRefused(UserError, "starts as planned"):
            self.make_operation(state="completed")
        born = self.env["sop.operation"].with_context(default_state="completed")
        self.assertEqual(born.create({"name": "New"}).state, "planned")

    def test_what_has_begun_is_kept(self):
        self.operation.action_start()
        with self.assertRefused(UserError, "Archive it instead"):
            self.operation.unlink()
        measured = self.make_operation(name="Measured")
        self.make_kpi(measured)._measure(measured.date_start, 1)
        with self.assertRefused(UserError, "Archive it instead"):
            measured.unlink()
        told = self.make_operation(name="Told")
        update = self.env["sop.operation.update"].create(
            {"name": "Done", "operation_id": told.id}
        )
        with self.assertRefused(UserError, "Archive it instead"):
            told.unlink()
        update.unlink()
        tried = self.env["sop.experiment"].create(
            {"name": "Try", "operation_id": told.id}
        )
        self.env["sop.experiment.look"].sudo().create(
            {"experiment_id": tried.id, "date": "2025-04-10 12:00:00"}
        )
        with self.assertRefused(UserError, "Archive it instead"):
            told.unlink()
        parent = self.make_operation(name="Parent")
        child = self.make_operation(name="Child", parent_id=parent.id, active=False)
        with self.assertRefused(UserError, "lies below"):
            parent.unlink()
        (parent | child).unlink()
        self.assertFalse(parent.exists())

    # === MARKS AND COPIES === #

    def test_favourites_are_everybodys_own(self):
        operation = self.operation.with_user(self.viewer)
        operation.is_favorite = True
        self.assertTrue(operation.is_favorite)
        self.assertFalse(self.operation.is_favorite)
        found = operation.search([("is_favorite", "=", True)])
        self.assertEqual(found, operation)
        self.assertNotIn(operation, operation.search([("is_favorite", "=", False)]))
        operation.is_favorite = False
        self.assertFalse(operation.search([("is_favorite", "=", True)]))

    def test_copy(self):
        self.make_kpi()
        self.link(self.o1, 15000)
        self.operation.need_ids = [Command.create({"name": "Prizes", "amount": 5})]
        self.operation.analytic_account_id = self.make_analytic("OP", self.other_plan)
        self.operation.action_start()
        copy = self.operation.copy()
        self.assertEqual(copy.name, "Climate Competition (copy)")
        self.assertFalse(copy.code)
        self.assertEqual(copy.state, "planned")
        self.assertEqual(copy.kpi_ids.mapped("name"), ["Participants"])
        self.assertEqual(copy.need_ids.mapped("name"), ["Prizes"])
        self.assertFalse(copy.funding_ids or copy.analytic_account_id)

    def test_form(self):
        with Form(self.env["sop.operation"].with_user(self.planner)) as form:
            form.name = "Smart City Competition"
            form.code = "OP-SC"
            with form.funding_ids.new() as line:
                line.category_id = self.o1
                line.share = 50
        operation = form.save()
        self.assertEqual(operation.funding_ids.amount, 15000)
        self.assertEqual(operation.user_id, self.planner)

    def test_parts(self):
        child = self.make_operation(name="Child", parent_id=self.operation.id)
        self.assertEqual(self.operation.child_count, 1)
        action = self.operation.action_open_children()
        found = self.env["sop.operation"].search(action["domain"])
        self.assertEqual(found, child)

    # === RECURRENCE === #

    @freeze_time("2025-04-10 12:00:00")
    def test_occurrences(self):
        events = self.make_operation(
            name="Monthly Events",
            date_start="2025-01-01",
            date_end="2025-12-31",
            recurrence="month",
            recurrence_ahead=2,
        )
        kpi = self.make_kpi(events, name="Guests", target=20)
        events.with_user(self.planner).action_plan_occurrences()
        made = events.occurrence_ids.sorted("date_start")
        self.assertEqual(
            made.mapped("name"),
            [
                f"Monthly Events, {month} 2025"
                for month in ("January", "February", "March", "April", "May", "June")
            ],
        )
        self.assertEqual(made.parent_id, events)
        self.assertEqual(set(made.mapped("kind")), {"sub_operation"})
        self.assertEqual(made[0].kpi_ids.mapped("name"), ["Guests"])
        self.assertNotEqual(made[0].kpi_ids, kpi)
        self.assertEqual(
            made[-1].mapped("date_end"), [fields.Date.to_date("2025-06-30")]
        )
        self.assertEqual(events.occurrence_count, 6)

    @freeze_time("2025-04-10 12:00:00")
    def test_copies_keep_what_waits_for_what(self):
        outside = self.make_milestones(self.operation, "Elsewhere")
        events = self.make_operation(
            name="Monthly Events",
            date_start="2025-04-01",
            recurrence="month",
            recurrence_ahead=1,
        )
        plan, invite, hold = self.make_milestones(events, "Plan", "Invite", "Hold")
        hold.dependency_ids = plan | invite
        invite.dependency_ids = plan | outside
        events.with_user(self.planner).action_plan_occurrences()
        copied = events.with_user(self.planner).copy()
        for operation in (*events.occurrence_ids, copied):
            first, second, third = operation.milestone_ids.sorted("id")
            self.assertFalse(first.dependency_ids)
            self.assertEqual(second.dependency_ids, first)
            self.assertEqual(third.dependency_ids, first | second)
        self.assertEqual(len(events.occurrence_ids), 2)
        self.assertFalse(events.copy({"milestone_ids": False}).milestone_ids)

    def make_milestones(self, operation, *names):
        return self.env["sop.milestone"].create(
            [
                {
                    "operation_id": operation.id,
                    "name": name,
                    "date_target": "2025-04-20",
                }
                for name in names
            ]
        )

    @freeze_time("2025-04-10 12:00:00")
    def test_occurrences_are_made_once(self):
        events = self.make_operation(
            name="Training",
            date_start="2025-01-01",
            date_end="2025-12-31",
            recurrence="quarter",
            recurrence_ahead=9,
        )
        with patch.object(self.registry["ir.cron"], "_commit_progress", return_value=1):
            self.env["sop.operation"]._cron_plan_occurrences()
        first = events.occurrence_ids
        self.assertEqual(
            first.sorted("date_start").mapped("period"),
            [f"Q{number} 2025" for number in range(1, 5)],
        )
        first[0].active = False
        first[1].date_start = "2025-04-15"
        action = events.action_plan_occurrences()
        self.assertIn("already", action["params"]["message"])
        everything = events.with_context(active_test=False).occurrence_ids
        self.assertEqual(len(everything), 4)
        found = self.env["sop.operation"].search(
            events.action_open_occurrences()["domain"]
        )
        self.assertEqual(len(found), 3)

    def test_one_that_breaks_and_the_rest(self):
        events = [
            self.make_operation(name=f"Events {n}", recurrence="month")
            for n in range(3)
        ]
        model = self.registry["sop.operation"]
        original = model._plan_occurrences

        def plan(operation):
            made = original(operation)
            if operation == events[1]:
                raise ZeroDivisionError
            return made

        with (
            patch.object(self.registry["ir.cron"], "_commit_progress", return_value=1),
            patch.object(model, "_plan_occurrences", plan),
            self.assertLogs("odoo.addons.sop_operations", "ERROR") as log,
        ):
            self.env["sop.operation"]._cron_plan_occurrences()
        self.assertEqual(len(log.output), 1)
        self.assertEqual(
            [bool(event.occurrence_ids) for event in events], [True, False, True]
        )

    def test_how_far_ahead(self):
        self.operation.recurrence_ahead = 400
        self.env.flush_all()
        for number in (-1, 401):
            with (
                self.subTest(number=number),
                mute_logger("odoo.sql_db"),
                self.assertRaises(psycopg2.IntegrityError),
                self.env.cr.savepoint(),
            ):
                self.operation.recurrence_ahead = number
                self.env.flush_all()

    def test_what_can_come_back(self):
        with self.assertRefused(ValidationError, "needs a start"):
            self.make_operation(name="X", date_start=False, recurrence="month")
        with self.assertRefused(UserError, "does not come back"):
            self.operation.action_plan_occurrences()
        with self.assertRefused(UserError, "kept by the system"):
            self.operation.with_user(self.planner).recurring_id = self.operation
        events = self.make_operation(name="Events", recurrence="week")
        with freeze_time("2025-04-08 12:00:00"):
            events._plan_occurrences()
        with self.assertRefused(ValidationError, "can't come back itself"):
            events.occurrence_ids[0].recurrence = "week"
