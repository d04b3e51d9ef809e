# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
import psycopg2

from odoo import fields
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import Form, JsonRpcException, tagged
from odoo.tools import mute_logger

from odoo.addons.sop_budget.tests.common_rpc import RpcCase

from .common_operation import OperationCommon

HIDDEN = "an operation that you may not see"


class ScheduleCommon(OperationCommon):
    """Call (1 to 10 May) → judging (13 to 15 May) ← jury (1 to 4 May); judging → report."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.call_op = cls.make_step("Call", "2025-05-01", "2025-05-10")
        cls.jury = cls.make_step("Jury", "2025-05-01", "2025-05-04")
        cls.judging = cls.make_step("Judging", "2025-05-13", "2025-05-15")
        cls.report = cls.make_step("Report", "2025-05-16", "2025-05-17")
        cls.waits(cls.judging, cls.call_op, lag=2)
        cls.waits(cls.judging, cls.jury)
        cls.waits(cls.report, cls.judging)

    @classmethod
    def make_step(cls, name, start, end, **vals):
        vals = {"date_start": start, "date_end": end, "user_id": cls.lead.id, **vals}
        return cls.make_operation(name=name, **vals)

    @classmethod
    def waits(cls, operation, predecessor, how="fs", lag=0, user=None):
        model = cls.env["sop.operation.dependency"]
        return (model.with_user(user) if user else model).create(
            {
                "operation_id": operation.id,
                "predecessor_id": predecessor.id,
                "type": how,
                "lag": lag,
            }
        )


@tagged("post_install", "-at_install")
class TestSchedule(ScheduleCommon):
    def days(self, *days):
        return [fields.Date.to_date(f"2025-05-{day:02}") for day in days]

    def test_dates_and_slack(self):
        names = ["early_start", "early_end", "late_start", "late_end"]
        for operation, days, total, free in (
            (self.call_op, (1, 10, 1, 10), 0, 0),
            (self.jury, (1, 4, 9, 12), 8, 8),
            (self.judging, (13, 15, 13, 15), 0, 0),
            (self.report, (16, 17, 16, 17), 0, 0),
        ):
            found = [operation[name] for name in names]
            self.assertEqual(found, self.days(*days), operation.name)
            self.assertEqual(
                (operation.total_float, operation.free_float), (total, free)
            )
            self.assertEqual(operation.is_critical, not total)
        self.assertIn("has 8 day(s) of slack before", self.jury.schedule_summary)
        self.assertIn("Critical: it ends on 10 May 2025", self.call_op.schedule_summary)
        self.assertIn("ends after 17 May 2025", self.call_op.schedule_summary)
        # Nothing hangs together with it
        self.assertFalse(self.operation.is_scheduled or self.operation.is_critical)
        self.assertFalse(self.operation.schedule_summary)

    def test_what_changes_it(self):
        self.assertEqual(self.jury.total_float, 8)
        self.jury.date_end = "2025-05-08"
        self.assertEqual(self.jury.total_float, 4)
        self.call_op.date_end = "2025-05-20"
        self.assertEqual(self.jury.total_float, 14)
        self.assertEqual(self.report.early_start, self.days(26)[0])
        self.assertEqual(
            self.judging.schedule_warning,
            "The dates do not keep what it waits for: Call (10 day(s) too early).",
        )
        link = self.judging.dependency_ids[0]
        self.assertEqual(link.days_broken, 10)
        link.type = "ss"
        self.assertEqual(link.days_broken, 0)
        self.assertFalse(self.judging.schedule_warning)
        link.unlink()
        self.assertFalse(self.call_op.is_scheduled)
        self.jury.date_start = False
        self.assertIn("takes a start and an end", self.jury.schedule_summary)

    def test_what_has_begun_or_is_over(self):
        self.call_op.date_end = "2025-05-20"
        self.judging.action_start()
        # It has begun: it waits for nothing to begin, and its dates are no plan any more
        self.assertFalse(self.judging.schedule_warning)
        self.assertEqual(self.judging.early_start, self.days(13)[0])
        self.assertFalse(self.call_op.is_scheduled)
        self.judging.action_complete()
        self.assertFalse(self.judging.is_critical or self.judging.is_scheduled)
        self.assertTrue(self.report.is_scheduled)
        self.judging.action_plan()
        self.jury.action_cancel()
        self.assertFalse(self.jury.is_scheduled)

    def test_fixed_dates(self):
        self.call_op.date_end = "2025-05-20"
        self.judging.is_fixed = True
        self.assertEqual(self.judging.early_start, self.days(13)[0])
        self.assertEqual(self.call_op.total_float, -10)
        self.assertIn("10 day(s) too late", self.call_op.schedule_summary)

    def test_critical_ones_are_found(self):
        found = self.env["sop.operation"].search([("is_critical", "=", True)])
        self.assertEqual(found, self.call_op | self.judging | self.report)
        others = self.env["sop.operation"].search([("is_critical", "=", False)])
        self.assertIn(
            self.jury | self.operation, [others & (self.jury | self.operation)]
        )
        self.judging.action_start()
        self.judging.action_complete()
        found = self.env["sop.operation"].search([("is_critical", "=", True)])
        self.assertNotIn(self.judging, found)

    def test_free_slack_in_words(self):
        print_ = self.make_step("Print", "2025-05-05", "2025-05-06")
        self.waits(print_, self.jury)
        self.waits(self.report, print_)
        self.assertEqual((self.jury.total_float, self.jury.free_float), (8, 0))
        self.assertIn("after 0 of them", self.jury.schedule_summary)

    def test_circles_and_parts(self):
        with self.assertRefused(ValidationError, "Call → Judging|Judging → Call"):
            self.waits(self.call_op, self.report)
        other = self.make_step("Other", "2025-05-01", "2025-05-10")
        self.waits(other, self.report)
        with self.assertRefused(ValidationError, "in a circle"):
            self.report.dependency_ids.predecessor_id = other
        part = self.make_step("Part", "2025-05-01", "2025-05-10", parent_id=other.id)
        for pair in ((part, other), (other, part)):
            with self.assertRefused(ValidationError, "one is a part of the other"):
                self.waits(*pair)
        with self.assertRefused(ValidationError, "in a circle"):
            self.report.dependency_ids.predecessor_id = self.report
        self.waits(part, self.call_op)
        with self.assertRefused(ValidationError, "one is a part of the other"):
            part.parent_id = self.call_op
        with self.assertRefused(ValidationError, "one is a part of the other"):
            other.parent_id = self.call_op

    def test_constraints_of_the_table(self):
        for vals in (
            {"lag": 3651},
            {"lag": -3651},
            {"predecessor_id": self.jury.id},
        ):
            with (
                self.subTest(vals=vals),
                mute_logger("odoo.sql_db"),
                self.assertRaises(psycopg2.IntegrityError),
                self.env.cr.savepoint(),
            ):
                self.judging.dependency_ids[0].write(vals)
                self.env.flush_all()
        self.env.invalidate_all()
        # Begins after it begins and ends after it ends: two of a pair are fine
        self.waits(self.judging, self.jury, "ff", 1)
        with self.assertRefused(UserError, "stays with its operation"):
            self.judging.dependency_ids[0].operation_id = self.report
        with self.assertRefused(UserError, "worked out"):
            self.judging.dependency_ids[0].days_broken = 0

    def test_in_the_form(self):
        with Form(self.operation.with_user(self.lead)) as form:
            self.assertFalse(form.schedule_summary)
            with form.dependency_ids.new() as line:
                line.predecessor_id = self.report
                self.assertEqual(line.type, "fs")
                self.assertEqual(line.days_broken, 41)
                line.lag = -50
                self.assertEqual(line.days_broken, 0)
        self.assertEqual(self.operation.dependency_ids.lag, -50)
        self.assertTrue(self.operation.is_scheduled)

    def test_copies_wait_for_each_other(self):
        operations = self.call_op | self.judging | self.report
        copies = operations.with_user(self.planner).copy()
        call, judging, report = copies
        self.assertFalse(call.dependency_ids)
        self.assertEqual(judging.dependency_ids.predecessor_id, call)
        self.assertEqual(judging.dependency_ids.lag, 2)
        self.assertEqual(report.dependency_ids.predecessor_id, judging)
        self.assertFalse(self.judging.copy().dependency_ids)

    def test_queries_do_not_grow(self):
        operations = self.env["sop.operation"]
        before = self.report
        for number in range(12):
            operation = self.make_step(f"Step {number}", "2025-06-01", "2025-06-02")
            self.waits(operation, before)
            operations |= operation
            before = operation

        def count(some):
            self.env.flush_all()
            self.env.invalidate_all()
            first = self.env.cr.sql_log_count
            some.mapped(lambda o: (o.total_float, o.schedule_warning, o.wbs))
            return self.env.cr.sql_log_count - first

        count(operations)
        self.assertLessEqual(count(operations), count(operations[:2]) + 1)
        self.assertEqual(operations[-1].early_end, fields.Date.to_date("2025-06-24"))


@tagged("post_install", "-at_install")
class TestOutline(OperationCommon):
    def test_numbers_by_place(self):
        Operation = self.env["sop.operation"]
        company = self.env["res.company"].create({"name": "Outline"})
        self.env.user.company_ids |= company

        def plan(name, parent=None, sequence=10):
            return Operation.create(
                {
                    "name": name,
                    "company_id": company.id,
                    "parent_id": parent and parent.id,
                    "sequence": sequence,
                }
            )

        second, first = plan("Second", sequence=2), plan("First", sequence=1)
        parts = Operation.browse(plan(f"Part {n}", first).id for n in range(11))
        deep = plan("Deep", parts[1])
        everything = second | first | parts | deep
        self.assertEqual(first.wbs, "1")
        self.assertEqual(parts[10].wbs, "1.11")
        self.assertEqual(deep.wbs, "1.2.1")
        domain = [("id", "in", everything.ids)]
        ordered = Operation.search(domain, order="wbs").mapped("wbs")
        self.assertEqual(ordered[:4], ["1", "1.1", "1.2", "1.2.1"])
        # As text, 1.10 would come before 1.2
        self.assertEqual(ordered[-3:], ["1.10", "1.11", "2"])
        self.assertEqual(Operation.search(domain, order="wbs desc")[0], second)
        self.assertTrue(Operation.fields_get(["wbs"])["wbs"]["sortable"])
        self.assertEqual(
            (first | deep).export_data(["name", "wbs"])["datas"],
            [["First", "1"], ["Deep", "1.2.1"]],
        )
        # Moved, archived, brought back
        parts[0].parent_id = second
        self.assertEqual((parts[0].wbs, deep.wbs), ("2.1", "1.1.1"))
        first.active = False
        self.assertFalse(first.wbs)
        self.assertEqual((second.wbs, deep.wbs), ("1", "2.1"))
        first.active = True
        self.assertEqual(second.wbs, "2")
        second.sequence = 0
        self.assertEqual((second.wbs, deep.wbs), ("1", "2.1.1"))


@tagged("post_install", "-at_install")
class TestScheduleRights(RpcCase, ScheduleCommon):
    """Who is in charge of what waits says what it waits for; who reads both ends reads it."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        # Of the lead, who is only involved in what it waits for
        cls.before = cls.make_step(
            "Before",
            "2025-03-01",
            "2025-03-05",
            user_id=cls.planner.id,
            member_ids=(cls.lead | cls.member).ids,
        )
        cls.after = cls.make_step(
            "After", "2025-08-01", "2025-08-05", user_id=cls.planner.id
        )
        cls.known = cls.waits(cls.operation, cls.before)

    def test_rights_by_role(self):
        RIGHTS = {
            "lead": "rwcu",
            "member": "r",
            "keeper": "",
            "stranger": "",
            "viewer": "r",
            "planner": "rwcu",
            "admin": "rwcu",
        }
        vals = {"operation_id": self.operation.id, "predecessor_id": self.before.id}
        found = {}
        with mute_logger("odoo.http", "odoo.addons.base.models.ir_rule", "odoo.models"):
            for role in RIGHTS:
                user = getattr(self, role)
                self.authenticate(user.login, user.login)
                found[role] = "".join(
                    operation
                    for operation in "rwcu"
                    if self.try_operation(
                        operation,
                        self.known,
                        {"lag": 1} if operation == "w" else {**vals, "type": "ss"},
                    )
                )
            self.assertEqual(found, RIGHTS)
            # Nor round about: others' operations, and what one may not read
            self.authenticate(self.lead.login, self.lead.login)
            for one, other in (
                (self.before, self.operation),
                (self.operation, self.after),
            ):
                vals = {"operation_id": one.id, "predecessor_id": other.id}
                self.assertFalse(self.try_operation("c", self.known, vals))
            for vals in (
                {"predecessor_id": self.after.id},
                {"operation_id": self.call_op.id},
                {"company_id": 1},
            ):
                self.assertFalse(self.try_operation("w", self.known, vals))
            for name in ("dependency_ids", "dependent_ids"):
                vals = {name: [[0, 0, {"operation_id": self.after.id}]]}
                self.assertFalse(self.try_operation("w", self.before, vals))
            taken = {"dependent_ids": [[0, 0, {"operation_id": self.before.id}]]}
            self.assertFalse(self.try_operation("w", self.call_op, taken))

    def test_names_are_not_told(self):
        self.waits(self.operation, self.after)
        self.waits(self.after, self.report)
        self.env.invalidate_all()
        seen = self.operation.with_user(self.lead)
        self.assertEqual(seen.dependency_ids, self.known)
        self.assertIn(HIDDEN, seen.schedule_warning)
        self.assertNotIn("After", seen.schedule_warning)
        self.assertIn("After", self.operation.schedule_warning)
        with self.assertRefused(ValidationError, HIDDEN):
            self.waits(self.report, self.operation, user=self.lead)
        with self.assertRefused(AccessError, ""):
            self.waits(self.operation, self.after, "ff", user=self.lead)


@tagged("post_install", "-at_install")
class TestScheduleGantt(RpcCase, ScheduleCommon):
    def bars(self, user):
        return self.env["sop.operation"].with_user(user).get_gantt()

    def consequences(self, operation, start, end, user=None):
        found = operation.with_user(user or self.planner).get_gantt_consequences(
            f"2025-05-{start:02}", f"2025-05-{end:02}"
        )
        follow = [
            (m["name"], m["date_from"][8:], m["date_to"][8:]) for m in found["follow"]
        ]
        return follow, found["stuck"]

    def test_bars_and_links(self):
        found = self.bars(self.viewer)
        rows = {row["id"]: row for row in found["rows"]}
        jury = rows[self.jury.id]
        self.assertEqual((jury["slack"], jury["is_critical"]), (8, False))
        self.assertEqual(jury["wbs"], self.jury.wbs)
        self.assertTrue(rows[self.report.id]["is_critical"])
        self.assertTrue(jury["is_linked"])
        self.assertFalse(rows[self.operation.id]["is_linked"])
        links = self.judging.dependency_ids
        self.assertEqual(
            [
                (link["from"], link["to"], link["type"], link["lag"], link["binds"])
                for link in found["links"]
                if link["id"] in links._ids
            ],
            [
                (self.call_op.id, self.judging.id, "fs", 2, True),
                (self.jury.id, self.judging.id, "fs", 0, True),
            ],
        )
        self.judging.action_start()
        binding = {
            link["id"]: link["binds"] for link in self.bars(self.viewer)["links"]
        }
        self.assertEqual([binding[link.id] for link in links], [False, False])

    def test_what_follows(self):
        self.assertEqual(self.consequences(self.jury, 9, 12), ([], []))
        follow, stuck = self.consequences(self.jury, 10, 13)
        self.assertEqual(follow, [("Judging", "14", "16"), ("Report", "17", "18")])
        self.assertFalse(stuck)
        self.report.is_fixed = True
        follow, stuck = self.consequences(self.jury, 10, 13)
        self.assertEqual(follow, [("Judging", "14", "16")])
        self.assertIn("Report: 1 day(s) too early for Judging", stuck[0])
        # What it waits for itself does not move
        follow, stuck = self.consequences(self.judging, 12, 14)
        self.assertFalse(follow)
        self.assertIn("Judging: 1 day(s) too early for Call", stuck[0])
        # Without dates of its own there is nothing to say
        found = self.jury.get_gantt_consequences(False, "2025-05-12")
        self.assertEqual(found, {"follow": [], "stuck": []})

    def test_what_others_keep(self):
        self.report.user_id = self.planner
        follow, stuck = self.consequences(self.jury, 10, 13, self.lead)
        self.assertEqual(follow, [("Judging", "14", "16")])
        self.assertIn(HIDDEN, stuck[0])
        self.assertNotIn("Report", stuck[0])

    def test_all_or_none(self):
        self.report.user_id = self.planner
        self.authenticate(self.lead.login, self.lead.login)

        def change(operation, day):
            day = f"2025-05-{day}"
            return {"id": operation.id, "date_from": day, "date_to": day}

        changes = [change(self.jury, 20), change(self.judging, 21)]
        self.assertTrue(self.call("sop.operation", "set_gantt_dates", changes))
        self.env.invalidate_all()
        self.assertEqual(str(self.judging.date_end), "2025-05-21")
        with mute_logger("odoo.http", "odoo.addons.base.models.ir_rule"):
            for wrong, error in (
                ([change(self.jury, 25), change(self.report, 26)], "AccessError"),
                ("x", "UserError"),
            ):
                with (
                    self.assertRaisesRegex(JsonRpcException, error),
                    self.env.cr.savepoint(),
                ):
                    self.call("sop.operation", "set_gantt_dates", wrong)
        self.env.invalidate_all()
        self.assertEqual(str(self.jury.date_end), "2025-05-20")

    def test_what_is_no_date(self):
        for wrong, message in (
            ([{"id": self.jury.id, "date_from": "soon"}], "looks like 2025-06-30"),
            ([{"id": "x"}], "names its operation"),
            ("x", "are a list"),
        ):
            with self.assertRefused(UserError, message):
                self.env["sop.operation"].set_gantt_dates(wrong)

    def test_readonly(self):
        self.assertTrue(type(self.jury).get_gantt_consequences._readonly)
