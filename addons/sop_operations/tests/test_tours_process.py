# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from odoo import fields
from odoo.tests import HttpCase, tagged

from .common_process import PLANNER, ProcessCommon


@tagged("post_install", "-at_install")
class TestProcessTours(ProcessCommon, HttpCase):
    # A browser forgets cookies of another year
    frozen = False

    def test_from_the_card_to_the_bill(self):
        today = fields.Date.today()
        user = self.make_user(
            "sop_tour_metrics",
            PLANNER,
            "account.group_account_user",
            "purchase.group_purchase_user",
        )
        for amount in (1000, 300):
            bill = self.make_invoice(today, amount, invoice_user_id=user.id)
        self.pay(bill, today)
        self.flush_changes()
        action = self.env.ref("sop_operations.sop_process_metric_action_p2p")
        self.start_tour(
            f"/odoo/action-{action.id}",
            "sop_operations_process",
            login=user.login,
            timeout=90,
        )
