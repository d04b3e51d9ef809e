# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from psycopg2 import IntegrityError

from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.fields import Command
from odoo.tests import tagged
from odoo.tools import mute_logger

from .test_transfer import JAN, SopTransferCommon


@tagged("post_install", "-at_install")
class TestCeiling(SopTransferCommon):
    """The approved budget plans 1,800 in 2025."""

    def make_ceiling(self, amount, **vals):
        return self.env["sop.budget.ceiling"].create(
            {
                "name": "Spending 2025",
                "company_id": self.company.id,
                "date_from": "2025-01-01",
                "date_to": "2025-12-31",
                "amount": amount,
                "user_id": self.owner.id,
                **vals,
            }
        )

    def make_second_budget(self, amount=100.0, **vals):
        budget = self.make_budget(name="Second")
        category = self.make_category(
            "X", amounts={"2025-03": amount}, budget=budget, **vals
        )
        return budget, category

    def test_allocated_and_remaining(self):
        ceiling = self.make_ceiling(2000)
        self.assertRecordValues(
            ceiling,
            [{"allocated": 1800, "remaining": 200, "used": 90, "level": "warning"}],
        )
        ceiling.amount = 1836
        self.assertEqual(ceiling.level, "critical")
        ceiling.amount = 2000
        budget, _category = self.make_second_budget(300)
        ceiling.invalidate_recordset()
        self.assertEqual(ceiling.allocated, 1800, "drafts take nothing yet")
        budget.action_submit()
        ceiling.invalidate_recordset()
        self.assertRecordValues(
            ceiling, [{"allocated": 2100, "remaining": -100, "level": "exceeded"}]
        )
        budget.action_cancel()
        ceiling.invalidate_recordset()
        self.assertEqual(ceiling.allocated, 1800)

    def test_what_counts(self):
        grant, other = self.env["sop.funding.source"].create(
            [
                {"name": "Grant", "is_external": True},
                {"name": "Own fund", "is_external": False},
            ]
        )
        tag = self.env["sop.budget.tag"].create({"name": "Gender"})
        self.budget.action_draft()
        self.make_category("C", amounts={"2025-06": 7.0}, kind="capital")
        self.make_category("G", amounts={"2025-06": 11.0}, source_id=grant.id)
        self.make_category("O", amounts={"2025-12": 13.0}, source_id=other.id)
        self.make_category("I", amounts={"2025-06": 1000.0}, kind="income")
        self.second.tag_ids = tag
        self.budget.action_submit()
        for vals, allocated in [
            ({}, 1831),
            ({"kind": "capital"}, 7),
            ({"kind": "expense"}, 1824),
            ({"funding": "external"}, 11),
            ({"funding": "internal"}, 1820),
            ({"funding": "source", "source_id": other.id}, 13),
            ({"tag_id": tag.id}, 600),
            ({"date_to": "2025-06-30"}, 918),
            ({"date_from": "2025-12-01"}, 163),
            ({"date_from": "2026-01-01", "date_to": "2026-12-31"}, 0),
        ]:
            with self.subTest(**vals):
                self.assertEqual(self.make_ceiling(1, **vals).allocated, allocated)
        self.top.tag_ids = tag
        self.assertEqual(
            self.make_ceiling(1, tag_id=tag.id).allocated, 1800, "what is below as well"
        )

    def test_hard_refuses(self):
        self.make_ceiling(2000, enforcement="hard")
        budget, category = self.make_second_budget(201)
        self.assertIn("exceeded by", budget.ceiling_warning)
        with self.assertRefused(UserError, "Spending 2025.*2,000.00.*by.*1.00"):
            budget.action_submit()
        self.assertEqual(budget.state, "draft")
        category.amount_ids.amount = 200
        budget.action_submit()
        category.amount_ids.amount = 300
        with self.assertRefused(UserError, "exceeded by"):
            budget.action_approve()

    def test_archiving_makes_no_room(self):
        ceiling = self.make_ceiling(1850, enforcement="hard")
        self.budget.action_archive()
        self.assertEqual(ceiling.allocated, 1800)
        budget, _category = self.make_second_budget(100)
        with self.assertRefused(UserError, "is exceeded by .*50.00"):
            budget.action_submit()
        action = ceiling.action_open_amounts()
        found = self.env["sop.budget"].with_context(**action["context"])
        self.assertIn(self.budget, found.search(action["domain"]))

    def test_soft_warns(self):
        ceiling = self.make_ceiling(2000)
        budget, _category = self.make_second_budget(300)
        budget.action_submit()
        self.assertEqual(budget.state, "submitted")
        self.assertEqual(ceiling.told_level, "exceeded")
        activity = ceiling.activity_ids
        self.assertEqual(activity.user_id, self.owner)
        self.assertIn("exceeded", activity.summary)
        told = budget.message_ids.filtered(lambda m: "Spending 2025" in m.body)
        self.assertEqual(len(told), 1)
        self.assertNotIn("300", told.body)
        # Not the same again within a week
        budget.action_draft()
        budget.action_submit()
        self.assertEqual(ceiling.activity_ids, activity)

    def test_the_sentence_says_how_near_it_is(self):
        ceiling = self.make_ceiling(2000)
        budget, category = self.make_second_budget(50)
        for amount, own, others in [
            (50, "is nearly full: .*150.00 are left", "is nearly full"),
            (160, "is critical: only .*40.00 are left", "is critical: almost nothing"),
            (200, "is critical: only .*0.00 are left", "is critical: almost nothing"),
            (201, "is exceeded by .*1.00", "is exceeded"),
        ]:
            with self.subTest(amount=amount):
                category.amount_ids.amount = amount
                budget.invalidate_recordset(["ceiling_warning"])
                self.assertRegex(budget.ceiling_warning, own)
                # Who may not see all of it gets no amounts
                text = ceiling.with_user(self.users["planner"])._describe_for(
                    budget, (1800 + amount) * 100, {ceiling.id: (1, 1)}
                )
                self.assertIn(others, text)
                self.assertNotIn(".00", text)

    def test_transfers(self):
        tag = self.env["sop.budget.tag"].create({"name": "Travel"})
        self.second.tag_ids = tag
        ceiling = self.make_ceiling(610, tag_id=tag.id, enforcement="hard")
        transfer = self.make_transfer((self.first, JAN, self.second, JAN, 11))
        self.assertIn("exceeded by", transfer.ceiling_warning)
        with self.assertRefused(UserError, "Spending 2025.*exceeded"):
            transfer.action_submit()
        transfer.line_ids.amount = 10
        self.assertIn("is critical: only", transfer.ceiling_warning)
        self.approve(transfer)
        self.assertEqual(ceiling.remaining, 0)
        # What gives back isn't refused, even above the ceiling
        ceiling.amount = 100
        self.approve(self.make_transfer((self.second, JAN, self.first, JAN, 10)))
        transfer = self.make_transfer((self.second, JAN, self.first, JAN, 5))
        self.assertFalse(transfer.ceiling_warning)

    def test_asked_again_when_it_is_decided(self):
        transfer = self.make_transfer(
            (False, False, self.first, JAN, 100), kind="supplemental"
        )
        transfer.action_submit()
        self.make_ceiling(1850, enforcement="hard")
        with self.assertRefused(UserError, "Spending 2025"):
            transfer.with_user(self.owner).action_approve()
        self.assertEqual(self.figures(self.first, "planned"), 1200)

    def test_hidden_amounts_are_not_told(self):
        self.make_ceiling(2000, enforcement="hard")
        budget, category = self.make_second_budget(777)
        category.visibility = "manager"
        self.make_category("Y", amounts={"2025-03": 1.0}, budget=budget)
        self.env["sop.budget.member"].create(
            {
                "budget_id": budget.id,
                "user_id": self.users["planner"].id,
                "role": "planner",
            }
        )
        with self.assertRaises(UserError) as caught, self.env.cr.savepoint():
            budget.with_user(self.users["planner"]).action_submit()
        self.assertIn("is exceeded", str(caught.exception))
        self.assertNotIn("578", str(caught.exception))

    def test_guards(self):
        with self.assertRefused(ValidationError, "name the funding source"):
            self.make_ceiling(1, funding="source")
        for vals in (
            {"amount": -1},
            {"date_to": "2024-12-31"},
            {"warning_percent": 0},
            {"warning_percent": 101},
        ):
            with self.assertRaises(IntegrityError), mute_logger("odoo.sql_db"):
                with self.env.cr.savepoint():
                    self.make_ceiling(1).write(vals)
                    self.env.flush_all()
        ceiling = self.make_ceiling(1)
        with self.assertRaises(AccessError):
            ceiling.with_user(self.owner).read(["amount"])
        with self.assertRefused(AccessError, "owner and the managers"):
            self.second.with_user(self.users["planner"]).tag_ids = [
                Command.create({"name": "T"})
            ]
        with self.assertRefused(UserError, "worked out"):
            ceiling.write({"allocated": 5})
        action = ceiling.action_open_amounts()
        self.assertIn(self.budget, self.env["sop.budget"].search(action["domain"]))

    def test_copies_keep_tags(self):
        tag = self.env["sop.budget.tag"].create({"name": "Gender"})
        self.second.tag_ids = tag
        copy = self.budget.copy()
        self.assertEqual(
            copy.category_ids.filtered(lambda c: c.code == "P2").tag_ids, tag
        )
