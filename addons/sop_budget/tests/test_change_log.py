# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from odoo.exceptions import UserError
from odoo.tests import tagged

from .common import SopBudgetCommon


@tagged("post_install", "-at_install")
class TestChangeLog(SopBudgetCommon):
    """Amounts that change after submission leave one message per save."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.leaf = cls.make_category("A", amounts=100.0)
        cls.other = cls.make_category("B", amounts=50.0)
        cls.hidden = cls.make_category("H", amounts=7.0, visibility="manager")

    def save(self, *changes):
        """What a save of ``(category, month, value, expected)`` tells, per message."""
        before = self.budget.message_ids
        self.budget.with_user(self.users["manager"]).save_grid(
            [
                {
                    "category_id": category.id,
                    "month": f"2025-{month:02d}-01",
                    "value": value,
                    "expected": expected,
                }
                for category, month, value, expected in changes
            ]
        )
        return self.told(before)

    def told(self, before):
        self.env.flush_all()
        self.cr.precommit.run()
        self.env.invalidate_all()
        return self.budget.message_ids - before

    def test_nothing_for_drafts(self):
        self.assertFalse(self.save((self.leaf, 1, 120.0, 100.0)))

    def test_one_message_per_save(self):
        self.budget.action_submit()
        self.told(self.budget.message_ids)
        message = self.save(
            (self.leaf, 1, 120.0, 100.0),
            (self.leaf, 2, None, 100.0),
            (self.other, 1, 60.0, 50.0),
        )
        self.assertEqual(len(message), 1)
        self.assertEqual(message.author_id, self.users["manager"].partner_id)
        self.assertIn("3 amounts were changed", message.body)
        self.assertIn("250.00", message.body)
        self.assertIn("180.00", message.body)
        message = self.save((self.leaf, 2, 5.0, None))
        self.assertIn("1 amounts were changed", message.body)
        self.assertIn("0.00", message.body)
        self.assertFalse(self.save((self.leaf, 2, 5.0, 5.0)), "nothing changed")

    def test_hidden_amounts_are_not_told(self):
        self.budget.action_submit()
        self.told(self.budget.message_ids)
        message = self.save((self.leaf, 1, 120.0, 100.0), (self.hidden, 1, 4711.0, 7.0))
        seen = self.budget.with_user(self.users["viewer"]).message_ids & message
        self.assertIn("2 amounts were changed.", seen.body)
        self.assertNotIn("→", seen.body)

    def test_import_and_records(self):
        self.budget.action_submit()
        self.told(self.budget.message_ids)
        before = self.budget.message_ids
        first, second = self.leaf.amount_ids.sorted("month")[:2]
        self.env["sop.budget.amount"]._set_amounts(
            self.leaf, [(self.leaf.id, first.month, 1.0, None, None, None, None)]
        )
        second.amount = 9.0
        self.other.amount_ids.sorted("month")[0].unlink()
        message = self.told(before)
        self.assertEqual(len(message), 1)
        self.assertIn("3 amounts were changed", message.body)

    def test_what_was_undone_is_not_told(self):
        self.budget.action_submit()
        self.told(self.budget.message_ids)
        before = self.budget.message_ids
        with self.assertRefused(UserError, "undone"):
            self.leaf.amount_ids[0].amount = 1.0
            raise UserError("undone")  # pylint: disable=translation-required
        self.assertFalse(self.told(before))
