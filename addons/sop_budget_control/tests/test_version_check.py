# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from unittest.mock import patch

from odoo.tests import tagged
from odoo.tools import SQL, mute_logger

from .common import SopControlCommon


@tagged("post_install", "-at_install")
class TestVersionCheck(SopControlCommon):
    """Whatever is done to the versions past Odoo is found and named."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.third = cls.budget._save_version("saved", "Board", "Less travel")

    def version(self, number):
        return self.budget.version_ids.filtered(lambda v: v.number == number)

    def tamper(self, number, column, value):
        self.env.flush_all()
        self.env.cr.execute(
            SQL(
                "UPDATE sop_budget_version SET %s = %s WHERE id = %s",
                SQL.identifier(column),
                value,
                self.version(number).id,
            )
        )
        self.env.invalidate_all()

    def found(self):
        return [(b.number, b.code) for b in self.budget._check_chain()]

    def assertTold(self, text, number=None):
        action = self.budget.action_check_versions()
        self.assertEqual(action["params"]["type"], "danger")
        self.assertIn(text, action["params"]["message"])
        shown = self.version(number) if number else self.budget.version_ids[0]
        self.assertIn(text, shown.chain_problem)

    def test_untouched(self):
        self.assertEqual(self.found(), [])
        action = self.budget.action_check_versions()
        self.assertEqual(action["params"]["type"], "success")
        self.assertIn("All 3 versions", action["params"]["message"])
        self.assertIn(self.third.hash, action["params"]["message"])
        self.assertFalse(self.third.chain_problem)

    def test_content(self):
        text = self.version(2).sudo().payload.replace("10000", "90000")
        self.tamper(2, "payload", text)
        self.assertEqual(self.found(), [(2, "content")])
        self.assertTold("Version 2: its content was changed", 2)

    def test_seals(self):
        for column in ("payload_hash", "previous_hash", "hash"):
            with self.subTest(column=column):
                before = self.version(2)[column]
                self.tamper(2, column, "f" * 64)
                self.assertIn((2, "description"), self.found())
                self.tamper(2, column, before)
                self.assertEqual(self.found(), [])

    def test_description(self):
        for column, value in [
            ("name", "After the fact"),
            ("note", "Never said"),
            ("reason", "approved"),
            ("date", "2020-01-01 00:00:00"),
            ("user_id", self.owner.id),
            ("company_id", self.env["res.company"].create({"name": "Other"}).id),
        ]:
            with self.subTest(column=column), self.env.cr.savepoint() as savepoint:
                self.tamper(3, column, value)
                self.assertEqual(self.found(), [(3, "description")])
                self.assertTold("Version 3: its name, reason, date, author")
                savepoint.rollback()
                self.env.invalidate_all()
        self.assertEqual(self.found(), [])

    def delete(self, number):
        self.env.flush_all()
        self.env.cr.execute(
            "DELETE FROM sop_budget_version WHERE id = %s", [self.version(number).id]
        )
        self.env.invalidate_all()

    def test_deleted_in_the_middle(self):
        self.delete(2)
        self.assertEqual(self.found(), [(2, "missing")])
        self.assertTold("Version 2 is missing: it was deleted")

    def test_deleted_at_the_end(self):
        self.delete(3)
        self.assertEqual(self.found(), [(3, "lost_last")])
        self.assertTold("Version 3 is missing at the end")

    def test_all_deleted(self):
        self.env.cr.execute("DELETE FROM sop_budget_version")
        self.env.invalidate_all()
        self.assertEqual([number for number, _code in self.found()], [1, 2, 3])

    def test_order(self):
        first, second = self.version(2), self.version(3)
        self.env.cr.execute(
            "UPDATE sop_budget_version SET number = -1 WHERE id = %s;"
            "UPDATE sop_budget_version SET number = 2 WHERE id = %s;"
            "UPDATE sop_budget_version SET number = 3 WHERE id = %s",
            [first.id, second.id, first.id],
        )
        self.env.invalidate_all()
        self.assertIn((2, "description"), self.found())
        self.assertIn((3, "description"), self.found())
        self.assertIn((2, "order"), self.found())
        self.assertTold("does not follow on the version before")

    def test_moved_to_another_budget(self):
        other = self.make_budget(name="Other")
        self.tamper(3, "budget_id", other.id)
        self.assertEqual(self.found(), [(3, "lost_last")])
        codes = {b.code for b in other._check_chain()}
        self.assertLessEqual({"foreign", "description"}, codes)

    def test_kept_count_and_head(self):
        self.env.cr.execute(
            "UPDATE sop_budget SET version_count_kept = 2 WHERE id = %s",
            [self.budget.id],
        )
        self.env.invalidate_all()
        self.assertIn((3, "foreign"), self.found())
        self.assertTold("added from outside")
        self.env.cr.execute(
            "UPDATE sop_budget SET version_count_kept = 3, version_head_hash = 'x'"
            " WHERE id = %s",
            [self.budget.id],
        )
        self.env.invalidate_all()
        self.assertEqual(self.found(), [(3, "head")])
        self.assertTold("remembers as its last")

    def test_there_twice(self):
        self.env.cr.execute("DROP INDEX sop_budget_version_number_uniq")
        self.tamper(3, "number", 2)
        self.assertIn((2, "twice"), self.found())
        self.assertTold("is there twice")

    def test_owner_is_told_once(self):
        self.env["sop.budget"]._cron_check_versions()
        self.assertFalse(self.budget.activity_ids)
        self.delete(2)
        self.env["sop.budget"]._cron_check_versions()
        self.env["sop.budget"]._cron_check_versions()
        self.assertEqual(self.budget.activity_ids.user_id, self.owner)
        self.assertIn("Version 2 is missing", self.budget.activity_ids.note)

    def test_one_that_fails_leaves_the_others(self):
        other = self.make_budget(name="Other")
        other._save_version("saved", "One")
        self.delete(2)
        check = type(self.budget)._check_chain

        def fail(budget):
            if budget == other:
                raise ValueError("broken")
            return check(budget)

        with (
            patch.object(type(self.budget), "_check_chain", fail),
            mute_logger("odoo.addons.sop_budget_control.models.sop_budget_versions"),
        ):
            (other | self.budget)._cron_check_versions()
        self.assertEqual(len(self.budget.activity_ids), 1)
        # The language of the scheduled action makes no second one
        self.env["res.lang"]._activate_lang("fr_FR")
        self.budget.with_context(lang="fr_FR")._cron_check_versions()
        self.budget.activity_ids.summary = "Read it"
        self.budget._cron_check_versions()
        self.assertEqual(len(self.budget.activity_ids), 1)

    def test_an_owner_who_left_is_not_told(self):
        self.delete(2)
        self.owner.active = False
        self.env["sop.budget"]._cron_check_versions()
        user = self.budget.activity_ids.user_id
        self.assertTrue(user.active)
        self.assertNotEqual(user, self.owner)

    def test_kept_versions_follow_on(self):
        """After a break new versions are kept on, and the break stays found."""
        self.delete(3)
        self.budget._save_version("saved", "Later")
        self.assertEqual(self.found(), [(3, "missing")])
