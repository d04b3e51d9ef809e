# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
import logging
from unittest.mock import patch

from odoo.tests import tagged

from ..models.sop_control_mixin import SopControlMixin
from .common_control import ControlCase

_logger = logging.getLogger(__name__)


@tagged("post_install", "-at_install")
class TestControlSpeed(ControlCase):
    """What a check costs does not grow with the order."""

    def confirm_queries(self, count, *policies):
        order = self.draft(*[(self.first, 1)] * count)
        self.env.flush_all()
        self.env.invalidate_all()
        with self.capture_queries() as queries:
            order.button_confirm()
            self.env.flush_all()
        # Inventory, where it is installed, looks for reordering rules line by line
        return [query for query in queries if "stock_warehouse_orderpoint" not in query]

    def test_queries_do_not_grow_with_the_lines(self):
        self.set_policy(basis="to_date")
        self.set_policy(self.top)
        self.confirm_queries(1)
        few, many = (len(self.confirm_queries(count)) for count in (2, 50))
        self.assertLessEqual(many, few + 1)

    def test_queries_of_a_check(self):
        self.confirm_queries(1)
        without = len(self.confirm_queries(50))
        self.set_policy(basis="to_date")
        self.set_policy(self.top)
        self.confirm_queries(1)
        self.assertLessEqual(len(self.confirm_queries(50)) - without, 16)

    def test_no_policy_no_work(self):
        order = self.draft(*[(self.first, 1)] * 50)
        with (
            patch.object(SopControlMixin, "_read_sop_footprint") as read,
            self.capture_queries() as queries,
        ):
            order.button_confirm()
        read.assert_not_called()
        asked = [query for query in queries if "sop_budget_policy" in query]
        self.assertEqual(len(asked), 1)
