# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from odoo.exceptions import UserError
from odoo.tests import tagged

from .common_control import ControlCase


@tagged("post_install", "-at_install")
class TestReleaseControl(ControlCase):
    """What is obligated stops at what was released; what is reserved obligates nobody.

    P3 plans 1,000 in June and 300 are released; P1 plans 100 a month.
    """

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.budget.uses_releases = True
        cls.release = cls.make_release(300, category=cls.third)

    @classmethod
    def make_release(cls, amount, day="2025-01-01", category=None):
        release = cls.env["sop.budget.release"].create(
            {
                "budget_id": cls.budget.id,
                "category_id": category and category.id,
                "date_from": day,
                "amount": amount,
            }
        )
        release.action_release()
        if release.state != "released":
            release.with_user(cls.owner).action_approve()
        return release

    def direct(self, amount, category=None, day="2025-06-10"):
        order = self.draft((category or self.third, amount))
        order.order_line.date_planned = day
        return order

    def obligated(self, release=None):
        self.env.invalidate_all()
        release = release or self.release
        return release.obligated, release.usage

    def performance(self):
        self.env.invalidate_all()
        rows = self.env["sop.release.performance"].search(
            [("budget_id", "=", self.budget.id)]
        )
        return rows.sorted("date_from")[1].obligated

    def test_an_order_made_of_a_proposal_stops_at_what_was_released(self):
        proposal = self.approved(500)
        order = self.order(proposal)
        self.assertEqual(order.sop_control_state, "stop")
        with self.assertRefused(
            UserError, "P3.*available .*300.00, requested .*500.00"
        ):
            order.button_confirm()
        self.assertEqual(self.obligated(), (0, "none"))
        order.order_line.price_unit = 300
        order.button_confirm()
        self.assertEqual(self.obligated(), (300, "fully"))
        self.assertEqual(self.performance(), 300)
        # Billing what was ordered takes nothing more, a higher price does
        order.order_line.qty_received = 1
        bill = self.bill(order)
        bill.invoice_line_ids.price_unit = 301
        with self.assertRefused(UserError, "short by .*1.00"):
            bill.action_post()
        bill.invoice_line_ids.price_unit = 300
        bill.action_post()
        self.assertEqual(self.obligated(), (300, "fully"))

    def test_a_bill_made_of_a_proposal_stops_at_what_was_released(self):
        bill = self.env["account.move"].browse(
            self.approved(301).action_create_bill()["res_id"]
        )
        bill.write({"invoice_date": "2025-06-20", "date": "2025-06-20"})
        with self.assertRefused(UserError, "requested .*301.00"):
            bill.action_post()

    def test_a_reservation_leaves_what_was_released(self):
        self.approved(300)
        self.assertEqual(self.obligated(), (0, "none"))
        order = self.direct(300)
        self.assertEqual(order.sop_control_state, "ok")
        order.button_confirm()
        self.assertEqual(self.obligated(), (300, "fully"))
        with self.assertRefused(UserError, "available .*0.00, requested .*1.00"):
            self.direct(1).button_confirm()

    def test_policies_count_reservations_all_the_same(self):
        self.set_policy()
        self.approved(800)
        with self.assertRefused(UserError, "available .*200.00, requested .*201.00"):
            self.direct(201).button_confirm()
        self.direct(200).button_confirm()

    def test_archived_budgets_keep_their_releases(self):
        self.budget.active = False
        with self.assertRefused(UserError, "P3.*300.00.*301.00"):
            self.direct(301).button_confirm()

    def test_a_lower_release_goes_first(self):
        whole = self.make_release(500)
        self.direct(200).button_confirm()
        self.assertEqual(self.obligated(), (200, "partly"))
        self.assertEqual(self.obligated(whole), (0, "none"))
        # P1 has no release of its own: the whole one pays
        self.direct(100, self.first).button_confirm()
        self.assertEqual(self.obligated(whole), (100, "partly"))
        with self.assertRefused(UserError, "100.00 of it are ordered"):
            whole.action_cancel()
        other = self.make_release(300)
        other.action_cancel()
        self.assertEqual(other.state, "cancelled")

    def test_any_day_stands_for_its_month(self):
        release = self.make_release(50, day="2025-03-15", category=self.first)
        self.assertEqual(str(release.date_from), "2025-03-01")
        release = self.env["sop.budget.release"].create(
            {
                "budget_id": self.budget.id,
                "category_id": self.first.id,
                "date_from": "2025-05-31",
                "amount": 1,
            }
        )
        release.date_from = "2025-04-30"
        self.assertEqual(str(release.date_from), "2025-04-01")
        with self.assertRefused(UserError, "P1"):
            self.direct(1, self.first, "2025-02-28").button_confirm()
        self.direct(1, self.first, "2025-03-01").button_confirm()

    def test_a_reopened_budget_stays_under_control(self):
        self.set_policy()
        budget = self.env["sop.budget"].browse(self.budget.id)
        budget.action_draft()
        with self.assertRefused(UserError, "P3.*300.00.*301.00"):
            self.direct(301).button_confirm()
        with self.assertRefused(UserError, "P1.*1,200.00.*1,201.00"):
            self.direct(1201, self.first).button_confirm()
        budget.action_cancel()
        self.direct(301).button_confirm()
        # Begun anew: nothing is approved yet
        budget.action_draft()
        self.assertFalse(budget.is_controlled)
        with self.assertRefused(UserError, "worked out"):
            budget.is_controlled = True
        copy = self.budget.copy()
        self.assertFalse(copy.is_controlled)

    def test_no_lowered_plan_is_approved_below_what_was_released(self):
        budget = self.env["sop.budget"].browse(self.budget.id)
        budget.action_draft()
        amount = self.third.amount_ids
        amount.amount = 299
        budget.action_submit()
        with self.assertRefused(UserError, "P3.*plans.*299.00.*300.00 would be"):
            budget.action_approve()
        amount.amount = 300
        budget.action_approve()
        self.assertEqual(budget.state, "approved")
