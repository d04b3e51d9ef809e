# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from psycopg2 import IntegrityError

from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.fields import Command
from odoo.tests import freeze_time, tagged
from odoo.tools import mute_logger

from .test_transfer import JAN, SopTransferCommon


class SopReleaseCommon(SopTransferCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.budget.uses_releases = True

    def make_release(self, amount=0.0, day=JAN, category=None, role="manager", **vals):
        user = self.owner if role == "owner" else self.users[role]
        return (
            self.env["sop.budget.release"]
            .with_user(user)
            .create(
                {
                    "budget_id": self.budget.id,
                    "date_from": day,
                    "amount": amount,
                    "category_id": category and category.id,
                    **vals,
                }
            )
        )

    def release(self, *args, **vals):
        release = self.make_release(*args, **vals)
        release.action_release()
        if release.state != "released":
            release.with_user(self.owner).action_approve()
        self.assertEqual(release.state, "released")
        return release

    def order(self, category, amount, day="2025-02-10 12:00:00", confirm=True):
        order = self.env["purchase.order"].create(
            {
                "partner_id": self.partner_a.id,
                "company_id": self.company.id,
                "currency_id": self.currency.id,
                "date_order": day,
                "order_line": [
                    Command.create(
                        {
                            "product_id": self.product_a.id,
                            "product_qty": 1,
                            "price_unit": amount,
                            "tax_ids": [Command.clear()],
                            "date_planned": day,
                            "analytic_distribution": self.to_distribution(
                                {category.analytic_account_id: 100}
                            ),
                        }
                    )
                ],
            }
        )
        if confirm:
            order.button_confirm()
        return order


@tagged("post_install", "-at_install")
class TestRelease(SopReleaseCommon):
    """A budget of 1,800: 1,200 in P1 and 600 in P2."""

    def test_off_by_default(self):
        other = self.make_budget(name="Other")
        self.assertFalse(other.uses_releases)
        with self.assertRefused(ValidationError, "is spent without releases"):
            self.make_release(1, budget_id=other.id)
        with self.assertRefused(UserError, "is spent without releases"):
            other.action_plan_releases()
        self.budget.uses_releases = False
        self.order(self.first, 1000)

    def test_never_more_than_the_plan(self):
        self.release(1000)
        self.make_release(500)
        with self.assertRefused(UserError, "Budget 2025.*plans.*1,800.00.*1,801.00"):
            self.make_release(301)
        # What is pending counts, what is cancelled does not
        pending = self.make_release(300)
        with self.assertRefused(UserError, "1,800.00"):
            self.make_release(1)
        with self.assertRefused(UserError, "1,800.00"):
            pending.amount = 301
        pending.action_cancel()
        self.make_release(300)

    def test_of_categories_and_what_is_below(self):
        self.make_release(600, category=self.second)
        with self.assertRefused(UserError, "P2.*plans.*600.00"):
            self.make_release(1, category=self.second)
        with self.assertRefused(UserError, "“P .*plans.*1,800.00"):
            self.make_release(1201, category=self.top)
        self.make_release(1200, category=self.top)
        with self.assertRefused(UserError, "1,800.00"):
            self.make_release(1, category=self.first)

    def test_percent_of_the_plan(self):
        release = self.make_release(mode="percent", percent=25)
        self.assertEqual(release.amount, 450)
        release.write({"category_id": self.second.id, "percent": 33.333})
        self.assertEqual(release.amount, 200)
        with self.assertRefused(UserError, "follows from the percentage"):
            release.amount = 300
        with self.assertRaises(IntegrityError), mute_logger("odoo.sql_db"):
            release.percent = 101
            self.env.flush_all()

    def test_amounts_are_not_negative(self):
        with self.assertRaises(IntegrityError), mute_logger("odoo.sql_db"):
            self.make_release(-1)
            self.env.flush_all()

    def test_four_quarters_in_one_click(self):
        self.budget.with_user(self.users["manager"]).action_plan_releases()
        releases = self.budget.release_ids.sorted("date_from")
        self.assertEqual(releases.mapped("amount"), [450] * 4)
        self.assertEqual(
            [str(r.date_from) for r in releases],
            ["2025-01-01", "2025-04-01", "2025-07-01", "2025-10-01"],
        )
        self.assertEqual(releases[0].name, "Q1 2025")
        with self.assertRefused(UserError, "has releases for the whole budget already"):
            self.budget.action_plan_releases()
        releases.action_cancel()
        self.budget.release_percents = "20,30,25,20"
        self.budget.action_plan_releases()
        pending = self.budget.release_ids.filtered(lambda r: r.state == "pending")
        self.assertEqual(
            pending.sorted("date_from").mapped("amount"), [360, 540, 450, 360]
        )
        for text, message in [
            ("60,60", "120 % of the plan"),
            ("25,x", "“x” is no percentage"),
            ("-5", "less than nothing"),
        ]:
            with self.assertRefused(ValidationError, message):
                self.budget.release_percents = text
        with self.assertRefused(AccessError, "owner and the managers"):
            self.budget.with_user(self.users["planner"]).action_plan_releases()

    def test_orders_stop_at_what_was_released(self):
        with self.assertRefused(UserError, "P1"):
            self.order(self.first, 1)
        release = self.release(300)
        self.order(self.first, 200)
        with self.assertRefused(UserError, "100.00"):
            self.order(self.second, 101)
        self.order(self.second, 100)
        self.assertEqual((release.obligated, release.usage), (300, "fully"))
        with self.assertRefused(UserError, "300.00 of it are ordered or spent"):
            release.action_cancel()
        # A later release is for later
        self.release(500, day="2025-07-01")
        with self.assertRefused(UserError, "short by"):
            self.order(self.first, 1)
        self.order(self.first, 1, day="2025-07-15 12:00:00")

    def test_orders_of_a_category_stop_at_its_release(self):
        self.release(100, category=self.second)
        with self.assertRefused(UserError, "P1"):
            self.order(self.first, 1)
        with self.assertRefused(UserError, "P2.*100.00"):
            self.order(self.second, 101)
        self.order(self.second, 100)
        self.release(50, category=self.top)
        self.order(self.first, 50)
        with self.assertRefused(UserError, "P"):
            self.order(self.first, 1)

    def test_a_transfer_leaves_what_was_released(self):
        self.release(500, category=self.second)
        transfer = self.make_transfer(
            *((self.second, f"2025-{m:02d}-01", self.first, JAN, 50) for m in (1, 2, 3))
        )
        with self.assertRefused(UserError, "P2.*plans.*450.00.*500.00 would be"):
            transfer.action_submit()
        transfer.line_ids[0].unlink()
        self.approve(transfer)

    def test_states_and_rights(self):
        release = self.make_release(100)
        for vals in ({"state": "released"}, {"released_by_id": 1}):
            with self.assertRefused(UserError, "follows from the buttons"):
                release.sudo().write(vals)
        with self.assertRefused(UserError, "follows from the buttons"):
            self.make_release(1, state="released")
        with self.assertRefused(AccessError, "owner and the managers"):
            release.with_user(self.users["planner"]).action_release()
        with self.assertRaises(AccessError):
            self.make_release(1, role="planner")
        self.assertTrue(release.with_user(self.users["viewer"]).read(["amount"]))
        with self.assertRaises(AccessError):
            release.with_user(self.outsider).read(["amount"])
        with self.assertRefused(UserError, "amount must be above zero"):
            self.make_release(0).action_release()
        release.action_release()
        with self.assertRefused(UserError, "is in review|is released"):
            release.amount = 50
        with self.assertRefused(UserError, "this can't be done"):
            release.action_release()
        release._on_returned("Why?")
        self.assertEqual((release.state, release.decision_reason), ("pending", "Why?"))
        release._on_rejected("No")
        self.assertEqual(release.state, "rejected")
        done = self.release(100)
        with self.assertRefused(UserError, "stays in the history"):
            done.sudo().unlink()
        done.action_cancel()
        with self.assertRefused(UserError, "stays in the history"):
            done.sudo().unlink()
        self.make_release(1).unlink()

    def test_only_of_approved_budgets(self):
        release = self.make_release(100)
        self.budget.action_draft()
        with self.assertRefused(UserError, "isn't approved"):
            release.action_release()

    def test_places(self):
        other = self.make_budget(name="Other")
        strange = self.make_category("X", budget=other)
        with self.assertRefused(ValidationError, "isn't in the budget"):
            self.env["sop.budget.release"].create(
                {
                    "budget_id": self.budget.id,
                    "category_id": strange.id,
                    "date_from": JAN,
                }
            )
        with self.assertRefused(ValidationError, "2026-01-01 lies outside"):
            self.make_release(1, day="2026-01-01")
        self.budget.action_draft()
        income = self.make_category("I", amounts=10.0, kind="income")
        with self.assertRefused(ValidationError, "income is earned"):
            self.make_release(1, category=income)

    def test_hidden_categories(self):
        self.second.visibility = "manager"
        release = self.make_release(600, category=self.second)
        for role in ("viewer", "planner"):
            self.assertFalse(
                release.with_user(self.users[role]).search([("id", "=", release.id)])
            )
        # What is released of it counts in the whole, and is told to nobody
        transfer = self.make_transfer(
            (self.second, JAN, self.first, JAN, 50), role="manager"
        )
        with self.assertRaises(UserError) as caught, self.env.cr.savepoint():
            transfer.with_user(self.users["viewer"]).sudo()._check_releases(
                {(self.second.id, transfer.line_ids.month_from): 0}
            )
        self.assertIn("more would be released", str(caught.exception))
        self.assertNotIn("600", str(caught.exception))


@tagged("post_install", "-at_install")
@freeze_time("2025-05-20")
class TestReleasePerformance(SopReleaseCommon):
    def rows(self, user=None):
        # Figures depend on the reader, and a test is one transaction for many of them
        self.env.invalidate_all()
        return (
            self.env["sop.release.performance"]
            .with_user(user or self.users["viewer"])
            .search([("budget_id", "=", self.budget.id)])
        )

    def test_quarters_against_benchmarks(self):
        self.release(400)
        self.release(500, day="2025-04-01")
        self.order(self.first, 200)
        bill = self.post_bill(
            160, "2025-03-10", distribution={self.first.analytic_account_id: 100}
        )
        self.post_entry(40, "2025-02-01", account=self.expense)
        rows = self.rows()
        self.assertEqual(
            rows.mapped("quarter"), ["Q1 2025", "Q2 2025", "Q3 2025", "Q4 2025"]
        )
        self.assertRecordValues(
            rows[:2],
            [
                {
                    "planned": 1800,
                    "allotted": 400,
                    "obligated": 360,
                    "disbursed": 0,
                    "unobligated": 40,
                    "obligated_percent": 20,
                    "obligated_benchmark": 20,
                    "disbursed_benchmark": 10,
                    "obligated_status": "on_track",
                    "disbursed_status": "far_behind",
                },
                {
                    "planned": 1800,
                    "allotted": 900,
                    "obligated": 360,
                    "disbursed": 0,
                    "unobligated": 540,
                    "obligated_percent": 20,
                    "obligated_benchmark": 50,
                    "disbursed_benchmark": 35,
                    "obligated_status": "far_behind",
                    "disbursed_status": "far_behind",
                },
            ],
        )
        self.pay(bill, 100, "2025-04-15")
        rows = self.rows()
        self.assertEqual(rows.mapped("disbursed"), [0, 100, 100, 100])
        self.assertEqual(rows.mapped("is_over"), [True, True, False, False])

    def pay(self, bill, amount, day):
        self.env["account.payment.register"].with_context(
            active_model="account.move", active_ids=bill.ids
        ).create({"amount": amount, "payment_date": day})._create_payments()

    def test_what_is_hidden_is_in_no_figure(self):
        self.release(1000)
        self.order(self.second, 100)
        self.second.visibility = "manager"
        self.assertEqual(self.rows()[0].obligated, 0)
        self.assertEqual(self.rows()[0].planned, 1200)
        self.assertEqual(self.rows(self.owner)[0].obligated, 100)
        self.assertFalse(self.rows(self.outsider))

    def test_nothing_without_releases(self):
        self.budget.uses_releases = False
        self.assertFalse(self.rows())

    def test_printed(self):
        self.release(1000)
        html, _kind = (
            self.env["ir.actions.report"]
            .with_user(self.owner)
            ._render_qweb_html(
                "sop_budget_control.action_report_release_performance", self.budget.ids
            )
        )
        self.assertIn("Q1 2025", html.decode())
