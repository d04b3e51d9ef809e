# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from odoo.exceptions import AccessError, UserError
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
        self.assertIn("Amounts changed: 3", message.body)
        self.assertIn("250.00", message.body)
        self.assertIn("180.00", message.body)
        message = self.save((self.leaf, 2, 5.0, None))
        self.assertIn("Amounts changed: 1", message.body)
        self.assertIn("0.00", message.body)
        self.assertFalse(self.save((self.leaf, 2, 5.0, 5.0)), "nothing changed")

    def test_hidden_amounts_are_not_told(self):
        self.budget.action_submit()
        self.told(self.budget.message_ids)
        message = self.save((self.leaf, 1, 120.0, 100.0), (self.hidden, 1, 4711.0, 7.0))
        seen = self.budget.with_user(self.users["viewer"]).message_ids & message
        self.assertIn("Amounts changed: 2", seen.body)
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
        self.assertIn("Amounts changed: 3", message.body)

    def test_what_was_undone_is_not_told(self):
        self.budget.action_submit()
        self.told(self.budget.message_ids)
        before = self.budget.message_ids
        with self.assertRefused(UserError, "undone"):
            self.leaf.amount_ids[0].amount = 1.0
            raise UserError("undone")  # pylint: disable=translation-required
        self.assertFalse(self.told(before))

    def test_deleting_leaves_a_trace(self):
        parent = self.make_category("P")
        child = self.make_category("P1", parent, amounts={"2025-01": 40, "2025-02": 2})
        self.budget.action_submit()
        before = self.told(self.budget.browse().message_ids)
        parent.with_user(self.users["manager"]).unlink()
        messages = self.told(before)
        self.assertFalse(child.exists())
        self.assertEqual(messages.author_id, self.users["manager"].partner_id)
        told = " ".join(messages.mapped("body"))
        self.assertIn("Categories deleted: P Category P, P1 Category P1.", told)
        self.assertIn("Amounts changed: 2", told)
        before = self.budget.message_ids
        self.hidden.with_user(self.users["manager"]).unlink()
        told = " ".join(self.told(before).mapped("body"))
        self.assertIn("Categories deleted: 1.", told)
        self.assertNotIn("Category H", told)

    def test_places_and_accounts_leave_a_trace(self):
        parent = self.make_category("P")
        shut = self.make_category("S", visibility="manager")
        (parent | shut).write({"sequence": 1})
        self.make_category("P1", parent)
        self.make_category("S1", shut)
        self.budget.action_submit()
        self.told(self.budget.message_ids)
        leaf = self.leaf.with_user(self.users["manager"])
        leaf.parent_id = parent
        self.assertIn("Parent: – → P Category P", leaf.message_ids[0].body)
        leaf.parent_id = shut
        self.assertIn("a category that not everybody sees", leaf.message_ids[0].body)
        self.assertNotIn("Category S", leaf.message_ids[0].body)
        leaf.parent_id = False
        self.budget.action_approve()
        self.leaf.with_user(self.users["planner"]).account_ids = self.expense
        message = leaf.message_ids[0]
        self.assertIn(
            f"General Accounts: – → {self.expense.display_name}", message.body
        )
        self.assertEqual(message.author_id, self.users["planner"].partner_id)

    def test_settings_are_tracked(self):
        self.budget.action_submit()
        self.told(self.budget.message_ids)
        source = self.env["sop.funding.source"].create(
            {"name": "Trust", "company_id": self.company.id}
        )
        changes = {"code": "A9", "held": True, "alert_thresholds": "70"}
        for record, vals in (
            (self.leaf, {**changes, "source_id": source.id}),
            (
                self.budget,
                {"code": "B1", "alert_thresholds": "90", "alert_pace": False},
            ),
        ):
            tracking = {"tracking_disable": False, "mail_notrack": False}
            record.with_user(self.users["manager"]).with_context(**tracking).write(vals)
            self.told(self.budget.message_ids)
            tracked = record.message_ids.sudo().tracking_value_ids.field_id
            self.assertLessEqual(set(vals), set(tracked.mapped("name")))

    def test_moved_analytic_accounts_are_told(self):
        account = self.make_analytic("Trips")
        secret = self.make_analytic("Secret")
        tied = self.make_category("T", analytic=account)
        ruled = self.make_category("R", visibility="manager")
        ruled.rule_ids.create(
            {"category_id": ruled.id, "analytic_account_id": secret.id}
        )
        self.budget.action_submit()
        self.budget.action_approve()
        before = self.budget.message_ids
        account.plan_id = self.other_plan
        self.assertIn("no longer counts in “T Category T”", tied.message_ids[0].body)
        self.assertIn("no longer counts in “T", (self.budget.message_ids - before).body)
        before = self.budget.message_ids
        secret.plan_id = self.other_plan
        self.assertIn("“Secret” was moved", ruled.message_ids[0].body)
        self.assertNotIn("Secret", (self.budget.message_ids - before).body)
        account.plan_id = self.plan
        self.assertIn("counts in “T Category T” again", tied.message_ids[0].body)
        count = len(tied.message_ids)
        account.plan_id = self.plan
        self.assertEqual(len(tied.message_ids), count)
        top = self.env["account.analytic.plan"].create({"name": "Top"})
        self.plan.parent_id = top
        self.assertIn("no longer counts in “T", tied.message_ids[0].body)

    # === The history itself === #

    def test_history_can_not_be_rewritten(self):
        for role in ("owner", "manager", "planner"):
            with self.as_role(role) as budget:
                for record in (budget, self.leaf.with_env(budget.env)):
                    log = record.sudo().message_post(body="log").sudo(False)
                    for change in (
                        lambda log=log: log.write({"body": "x"}),
                        lambda log=log: log.write({"message_type": "comment"}),
                        log.unlink,
                    ):
                        with self.assertRefused(AccessError, "can't be changed"):
                            change()
                    comment = record.message_post(body="c", message_type="comment")
                    comment.write({"body": "better"})
                    log.toggle_message_starred()
        self.assertIn("log", self.budget.message_ids.mapped("preview"))
