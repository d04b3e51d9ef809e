# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""Reports whose rows are worked out, as requests of their own read them.

A transaction that wrote something keeps no rows, and that of a test case did: this is really
committed, and taken away again at the end.
"""

from contextlib import contextmanager
from unittest.mock import patch

from odoo import SUPERUSER_ID, api
from odoo.modules.registry import Registry
from odoo.tests import BaseCase, get_db_name, tagged

REPORTS = ("sop.efficiency", "sop.contradiction")


@tagged("post_install", "-at_install")
class TestWorkedOut(BaseCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.registry = Registry(get_db_name())
        with cls.open() as env:
            operation = env["sop.operation"].create({"name": "Worked out"})
            operation.action_start()
            cls.operation_id = operation.id
        cls.addClassCleanup(cls.clean_up)

    @classmethod
    @contextmanager
    def open(cls):
        with cls.registry.cursor() as cr:
            yield api.Environment(cr, SUPERUSER_ID, {"tracking_disable": True})

    @classmethod
    def clean_up(cls):
        with cls.open() as env:
            operation = env["sop.operation"].browse(cls.operation_id)
            operation.action_cancel()
            operation.unlink()

    @contextmanager
    def counted(self, name):
        """The list of the users for whom rows of the report were worked out."""
        model = self.registry[name]
        original, users = model._get_rows, []

        def counted(records):
            users.append(records.env.uid)
            return original(records)

        with patch.object(model, "_get_rows", counted):
            yield users

    def ask(self, report):
        """What a list with groups asks for; the number of rows."""
        domain = [("operation_id", "=", self.operation_id)]
        rows = report.web_search_read(domain, {"operation_id": {}}, limit=1)
        count = report.search_count(domain)
        groups = report.formatted_read_group(domain, ["company_id"], ["__count"])
        self.assertEqual(rows["length"], count)
        self.assertEqual(sum(group["__count"] for group in groups), count)
        return count

    def test_rows_are_worked_out_once(self):
        for name in REPORTS:
            with self.subTest(name), self.open() as env, self.counted(name) as users:
                report = env[name]
                self.assertEqual(self.ask(report), 1)
                before = env.cr.sql_log_count
                self.assertEqual(report.search_count([]), report.search_count([]))
                # Two statements, each after the question whether anything was written
                self.assertEqual(env.cr.sql_log_count - before, 4)
                self.assertEqual(len(users), 1)

    def test_everybody_has_rows_of_their_own(self):
        with self.open() as env, self.counted("sop.efficiency") as users:
            report = env["sop.efficiency"]
            admin = env.ref("base.user_admin")
            admin.has_group("base.group_user")
            for reader in (report, report.with_user(admin).sudo(), report):
                self.ask(reader)
            self.ask(report.with_context(lang="en_US"))
            self.ask(report.with_context(allowed_company_ids=env.company.ids))
            self.assertEqual(
                users, [SUPERUSER_ID, admin.id, SUPERUSER_ID, SUPERUSER_ID]
            )

    def test_what_is_written_is_read(self):
        with self.open() as env, self.counted("sop.efficiency") as users:
            report = env["sop.efficiency"]
            self.ask(report)
            operation = env["sop.operation"].browse(self.operation_id)
            # Pending in the cache of the ORM, then in the database
            operation.color = 3
            self.assertEqual(self.ask(report), 1)
            operation.action_cancel()
            self.assertEqual(self.ask(report), 0)
            self.assertGreater(len(users), 2)
            env.cr.rollback()
            self.assertEqual(self.ask(report), 1)

    def test_what_sql_wrote_is_read(self):
        with self.open() as env:
            report = env["sop.efficiency"]
            self.ask(report)
            env.cr.execute(
                "UPDATE sop_operation SET state = 'cancelled' WHERE id = %s",
                [self.operation_id],
            )
            env.invalidate_all()
            self.assertEqual(self.ask(report), 0)
            env.cr.rollback()
