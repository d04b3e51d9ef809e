# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""Two people save the same cell at the same moment, each with a connection of its own.

Everything here is really committed, and taken away again at the end.
"""

import threading
from contextlib import contextmanager

import psycopg2.errors

from odoo import SUPERUSER_ID, api
from odoo.modules.registry import Registry
from odoo.tests import BaseCase, get_db_name, tagged

JAN = "2025-01-01"


@tagged("post_install", "-at_install")
class TestGridConcurrency(BaseCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.registry = Registry(get_db_name())
        with cls.open() as env:
            cls.budget_id, cls.category_id = cls.build(env)
        cls.addClassCleanup(cls.clean_up)

    @classmethod
    @contextmanager
    def open(cls):
        with cls.registry.cursor() as cr:
            yield api.Environment(cr, SUPERUSER_ID, {"tracking_disable": True})

    @classmethod
    def build(cls, env):
        budget = env["sop.budget"].create(
            {"name": "Race", "date_from": JAN, "date_to": "2025-12-31"}
        )
        category = env["sop.budget.category"].create(
            {"budget_id": budget.id, "code": "R", "name": "Race"}
        )
        return budget.id, category.id

    @classmethod
    def clean_up(cls):
        with cls.open() as env:
            env["sop.budget"].browse(cls.budget_id).unlink()

    def save(self, env, value):
        change = {"category_id": self.category_id, "month": JAN, "value": value}
        budget = env["sop.budget"].browse(self.budget_id)
        return budget.save_grid([{**change, "expected": None}])

    def test_the_second_waits_fails_and_is_told_when_run_again(self):
        outcome = {}

        def second(ready):
            with self.open() as env:
                env["sop.budget"].browse(self.budget_id).read(["name"])  # its snapshot
                ready.set()
                try:
                    outcome["result"] = self.save(env, 700.0)
                except psycopg2.errors.SerializationFailure as error:
                    outcome["error"] = error
                    env.cr.rollback()

        with self.open() as env:
            self.assertEqual(self.save(env, 500.0)["saved"], 1)
            ready = threading.Event()
            thread = threading.Thread(target=second, args=(ready,))
            thread.start()
            ready.wait(10)
            thread.join(0.5)  # it waits for the row that this transaction holds
            self.assertTrue(thread.is_alive())
            env.cr.commit()
        thread.join(10)
        # Odoo runs a request again after this error, now with what the first one stored
        self.assertIn("error", outcome)
        with self.open() as env:
            result = self.save(env, 700.0)
            self.assertEqual(result["saved"], 0)
            self.assertEqual(result["conflicts"][0]["theirs"], 500.0)
