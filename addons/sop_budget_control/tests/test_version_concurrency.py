# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""Two people keep a version at the same moment, each with a connection of their own.

Everything here is really committed, and taken away again at the end.
"""

import threading
from contextlib import contextmanager

import psycopg2.errors

from odoo import SUPERUSER_ID, api
from odoo.modules.registry import Registry
from odoo.tests import BaseCase, get_db_name, tagged
from odoo.tools import mute_logger

ROUNDS = 10


@tagged("post_install", "-at_install")
class TestVersionConcurrency(BaseCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.registry = Registry(get_db_name())
        with cls.open() as env:
            budget = env["sop.budget"].create(
                {"name": "Race", "date_from": "2025-01-01", "date_to": "2025-12-31"}
            )
            cls.budget_id = budget.id
        cls.addClassCleanup(cls.clean_up)

    @classmethod
    @contextmanager
    def open(cls):
        with cls.registry.cursor() as cr:
            yield api.Environment(cr, SUPERUSER_ID, {"tracking_disable": True})

    @classmethod
    def clean_up(cls):
        with cls.open() as env:
            env["sop.budget"].browse(cls.budget_id).unlink()

    def keep(self, barrier, kept):
        with mute_logger("odoo.sql_db"):
            for _attempt in range(5):
                try:
                    with self.open() as env:
                        budget = env["sop.budget"].browse(self.budget_id)
                        # The snapshot of the transaction begins here
                        self.assertTrue(budget.name)
                        if not _attempt:
                            barrier.wait(20)
                        budget._save_version("saved", "Race")
                    kept.append(_attempt)
                    return
                except psycopg2.errors.SerializationFailure:
                    # As Odoo does with a request: once more, on a new snapshot
                    continue

    def test_the_chain_stays_whole(self):
        for number in range(1, ROUNDS + 1):
            barrier, kept = threading.Barrier(2), []
            threads = [
                threading.Thread(target=self.keep, args=(barrier, kept))
                for _person in range(2)
            ]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join(60)
            self.assertEqual(len(kept), 2)
            with self.open() as env:
                budget = env["sop.budget"].browse(self.budget_id)
                self.assertEqual(budget._check_chain(), [])
                self.assertEqual(
                    budget.version_ids.mapped("number"),
                    list(range(2 * number, 0, -1)),
                )
