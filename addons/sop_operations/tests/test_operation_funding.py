# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from datetime import date

import psycopg2

from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import Form, tagged
from odoo.tools import mute_logger

from .common_operation import OperationCommon


@tagged("post_install", "-at_install")
class TestFunding(OperationCommon):
    def test_one_category_for_two_operations(self):
        # O1 is shared 50 / 50 and never counted twice
        other = self.make_operation(name="Smart City Competition")
        first, second = self.link(self.o1, 15000), self.link(self.o1, 15000, other)
        self.assertEqual(first.share, 50)
        self.assertEqual(
            (second.category_planned, second.category_allocated, second.category_free),
            (30000, 30000, 0),
        )
        self.assertEqual((self.operation | other).mapped("allocated"), [15000, 15000])
        self.assertEqual(self.o1.operation_count, 2)
        self.assertEqual(self.o1.operation_allocated, 30000)
        found = self.env["sop.operation"].search(
            self.o1.action_open_operations()["domain"]
        )
        self.assertEqual(found, self.operation | other)

    def test_many_categories_for_one_operation(self):
        self.link(self.o1, 12000)
        self.link(self.p2, 5000, note="subset")
        self.assertEqual(self.operation.allocated, 17000)
        self.assertFalse(self.operation.is_organic)
        summary = self.operation.funding_summary.replace("\xa0", " ")
        self.assertRegex(summary, r"O1: .*12,000\.00.* \(40 % of it\), P2: .*5,000\.00")

    def test_none(self):
        self.assertTrue(self.operation.is_organic)
        self.assertIn("0.00, organic", self.operation.funding_summary)
        self.assertEqual(self.operation.allocated, 0)
        Operation = self.env["sop.operation"]
        mine = [("company_id", "=", self.company.id)]
        self.assertIn(
            self.operation, Operation.search([*mine, ("is_organic", "=", True)])
        )
        self.link(self.o1, 0)
        self.assertFalse(self.operation.is_organic)
        self.assertNotIn(
            self.operation, Operation.search([*mine, ("is_organic", "=", True)])
        )
        self.assertIn(
            self.operation, Operation.search([*mine, ("is_organic", "=", False)])
        )

    def test_what_is_below(self):
        child = self.make_operation(name="Child", parent_id=self.operation.id)
        self.link(self.o1, 10000)
        self.link(self.p2, 500, child)
        self.assertEqual(self.operation.allocated, 10000)
        self.assertEqual(self.operation.allocated_total, 10500)
        self.assertEqual(child.allocated_total, 500)
        # Part of something that is funded
        grandchild = self.make_operation(name="Grandchild", parent_id=child.id)
        self.assertFalse(grandchild.is_organic)

    def test_share(self):
        link = self.link(self.o1, 0)
        link.share = 33.3333
        self.assertEqual(link.amount, 9999.99)
        self.assertEqual(
            link.display_name, "O1 Competition → OP-O1 Climate Competition"
        )
        with Form(link) as form:
            form.share = 10
            self.assertEqual(form.amount, 3000)
        self.set_amounts(self.make_category("N", self.top), {})
        nothing = self.link(
            self.budget.category_ids.filtered_domain([("code", "=", "N")]), 5
        )
        self.assertEqual(nothing.share, 0)
        self.assertNotIn("%", nothing.label)

    def test_warning(self):
        self.assertEqual(self.company.sop_funding_check, "warn")
        link = self.link(self.o1, 30000)
        self.assertFalse(link.is_over or self.operation.funding_warning)
        link.amount = 30000.01
        self.assertTrue(link.is_over)
        self.assertIn("O1 Competition plans", self.operation.funding_warning)
        self.company.sop_funding_check = "none"
        self.operation.invalidate_recordset()
        self.assertFalse(self.operation.funding_warning)

    def test_stop(self):
        self.company.sop_funding_check = "stop"
        other = self.make_operation(name="Smart City Competition")
        self.link(self.o1, 20000)
        with self.assertRefused(ValidationError, "allocate .*0.01 less"):
            self.link(self.o1, 10000.01, other)
        link = self.link(self.o1, 10000, other)
        with self.assertRefused(ValidationError, "allocate .*5,000.00 less"):
            link.amount = 15000
        # As the plan is revised
        self.o1.amount_ids.amount = 35000
        link.amount = 15000

    def save(self):
        """What happens where a request ends."""
        self.env.flush_all()
        self.env.cr.precommit.run()

    def test_stop_where_the_plan_falls(self):
        self.company.sop_funding_check = "stop"
        link = self.link(self.o1, 20000)
        self.o1.amount_ids.amount = 20000
        self.save()
        # Money that moves between months leaves one before it is in the other
        amounts = self.o1.amount_ids
        amounts.amount = 5000
        amounts |= amounts.create(
            {"category_id": self.o1.id, "month": "2025-05-01", "amount": 15000}
        )
        self.save()
        for lower in (
            lambda: amounts[1].write({"amount": 14999}),
            lambda: amounts[1].unlink(),
            lambda: amounts._set_amounts(
                self.o1, [(self.o1.id, date(2025, 5, 1), 14999, None, 0, 0, None)]
            ),
        ):
            with self.assertRefused(ValidationError, "would get .*20,000.00: allocate"):
                lower()
                self.save()
        # Nothing that is allocated, nothing to look at
        self.p2.amount_ids.amount = 1
        self.save()
        self.assertEqual(link.category_planned, 20000)

    def test_what_lowers_the_sum_passes(self):
        """However it came to be too much: each step to less is one to the better."""
        first = self.link(self.o1, 20000)
        second = self.link(self.o1, 20000, self.make_operation(name="Other"))
        self.company.sop_funding_check = "stop"
        first.amount = 15000
        with self.assertRefused(ValidationError, "allocate .*5,001.00 less"):
            second.amount = 20001
        (first | second).amount = 16000
        with self.assertRefused(ValidationError, "allocate .*2,000.02 less"):
            (first | second).amount = 16000.01
        # A plan that rises is one to the better as well
        self.o1.amount_ids.amount = 31000
        self.save()
        with self.assertRefused(ValidationError, "allocate .*1,500.00 less"):
            self.o1.amount_ids.amount = 30500
            self.save()

    def test_warning_where_the_plan_falls(self):
        self.link(self.o1, 20000)
        self.save()
        self.o1.with_user(self.users["planner"]).amount_ids.amount = 15000
        self.save()
        told = self.o1.message_ids.mapped("preview")
        words = [text.replace("\xa0", " ") for text in told if "would get" in text]
        self.assertEqual(len(words), 1)
        self.assertRegex(words[0], r"plans .*15,000\.00.* would get .*20,000\.00")
        self.company.sop_funding_check = "none"
        self.o1.amount_ids.amount = 14000
        self.save()
        self.assertEqual(len(self.o1.message_ids.mapped("preview")), len(told))

    def test_one_look_for_many_amounts(self):
        self.link(self.o1, 20000)
        self.save()

        def count(months):
            before = self.env.cr.sql_log_count
            self.o1.amount_ids.create(
                [
                    {"category_id": self.o1.id, "month": f"2025-{m:02}-01", "amount": 1}
                    for m in months
                ]
            )
            self.save()
            return self.env.cr.sql_log_count - before

        count([1, 2])
        few = count([3, 5])
        self.assertLessEqual(count(range(6, 13)), few)

    def test_form_warns_before_saving(self):
        with Form(self.operation) as form, form.funding_ids.new() as line:
            line.category_id = self.o1
            line.amount = 40000
            self.assertTrue(line.is_over)
            self.assertEqual(line.category_free, -10000)

    def test_what_can_be_linked(self):
        income = self.make_category("I", kind="income")
        for category in (self.top, income):
            with self.assertRefused(ValidationError, "holds no money to spend"):
                self.link(category, 1)
        self.link(self.o1, 1)
        for vals, name in (({"amount": 2}, "category_uniq"),):
            with (
                mute_logger("odoo.sql_db"),
                self.assertRefused(psycopg2.IntegrityError, name),
            ):
                self.link(self.o1, vals["amount"])
        with (
            mute_logger("odoo.sql_db"),
            self.assertRefused(psycopg2.IntegrityError, "amount_positive"),
        ):
            self.link(self.p2, -1)

    def test_links_stay_where_they_are(self):
        link = self.link(self.o1, 1)
        with self.assertRefused(UserError, "make another one"):
            link.category_id = self.p2
        with self.assertRefused(UserError, "make another one"):
            link.operation_id = self.make_operation(name="Other")
        with self.assertRefused(UserError, "worked out"):
            link.budget_id = False

    def test_history(self):
        link = self.link(self.o1, 5000)
        link.amount = 7000
        link.amount = 7000
        link.unlink()
        texts = self.o1.message_ids.sorted("id").mapped("preview")
        changes = [text.replace("\xa0", " ") for text in texts if "OP-O1" in text]
        self.assertEqual(len(changes), 3)
        self.assertRegex(changes[1], r"5,000\.00.* → .*7,000\.00")
        self.assertIn("no longer funded", changes[2])
        # Whoever reads the operation need not read the budget
        told = " ".join(self.operation.message_ids.mapped("preview"))
        self.assertIn("The funding was changed", told)
        self.assertNotIn("000", told)

    def test_a_deleted_operation_leaves_its_trace(self):
        self.link(self.secret, 9000)
        # Whoever may not see the category, either
        self.operation.with_user(self.admin).unlink()
        self.assertIn("no longer funded", self.secret.message_ids[0].preview)

    # === WHO READS IT === #

    def test_hidden_categories_do_not_leak(self):
        self.link(self.secret, 9000)
        seen = self.link(self.o1, 1000)
        self.link(self.secret, 1, self.make_operation(name="Other"))
        for user in (self.viewer, self.planner, self.admin):
            operation = self.operation.with_user(user)
            self.assertEqual(operation.allocated, 1000)
            self.assertEqual(operation.funding_ids, seen)
            self.assertEqual(operation.hidden_funding_count, 1)
            self.assertIn("1 more that you may not see", operation.funding_summary)
            self.assertFalse(operation.is_organic)
            rows = operation.env["sop.operation.funding"].search_read([], ["amount"])
            self.assertEqual([row["amount"] for row in rows], [1000])
            groups = operation.env["sop.operation.funding"].formatted_read_group(
                [], [], ["amount:sum"]
            )
            self.assertEqual(groups[0]["amount:sum"], 1000)
        self.assertEqual(self.operation.with_user(self.owner).sudo().allocated, 10000)

    def test_nobody_links_what_they_may_not_read(self):
        Funding = self.env["sop.operation.funding"].with_user(self.planner)
        vals = {"operation_id": self.operation.id, "amount": 1}
        with self.assertRefused(AccessError, ""):
            Funding.create({**vals, "category_id": self.secret.id})
        stranger = self.make_person("other_planner", "planner")
        with self.assertRefused(AccessError, ""):
            Funding.with_user(stranger).create({**vals, "category_id": self.o1.id})
        self.assertTrue(Funding.create({**vals, "category_id": self.o1.id}))

    def test_without_a_role_in_the_budget(self):
        self.link(self.o1, 1000)
        operation = self.operation.with_user(self.lead)
        self.assertEqual(operation.allocated, 0)
        self.assertFalse(operation.funding_ids)
        self.assertEqual(operation.hidden_funding_count, 1)
        # Without the app of budgets at all
        alone = self.make_user("op_alone", "sop_operations.group_sop_operations_viewer")
        operation = self.operation.with_user(alone)
        self.assertEqual(operation.allocated, 0)
        self.assertFalse(operation.env["sop.operation.funding"].search([]))
        self.assertEqual(operation.spent, 0)

    def test_no_query_per_operation(self):
        operations = self.operation.browse()
        for number in range(12):
            operation = self.make_operation(name=f"Operation {number}")
            self.link(self.o1, 100, operation)
            operations |= operation
        names = ["allocated", "allocated_total", "is_organic", "hidden_funding_count"]

        def count(records):
            self.env.flush_all()
            self.env.invalidate_all()
            records = records.with_user(self.viewer)
            before = self.env.cr.sql_log_count
            records.read(names)
            return self.env.cr.sql_log_count - before

        count(operations)
        self.assertEqual(count(operations[:2]), count(operations))
