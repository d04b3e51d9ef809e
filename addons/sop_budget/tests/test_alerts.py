# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from psycopg2 import IntegrityError

from odoo.exceptions import AccessError, UserError
from odoo.tests import freeze_time, tagged
from odoo.tools import mute_logger

from .common import SopBudgetCommon


@tagged("post_install", "-at_install")
@freeze_time("2025-06-30")
class TestAlerts(SopBudgetCommon):
    """Half of the year is gone; ``leaf`` plans 1200 and belongs to the planner."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.planner = cls.users["planner"]
        cls.group = cls.make_category("P", name="Personnel")
        cls.analytic = cls.make_analytic("Travel")
        cls.leaf = cls.make_category(
            "P1",
            cls.group,
            amounts=100.0,
            name="Travel",
            analytic=cls.analytic,
            user_id=cls.planner.id,
        )
        cls.big = cls.make_category("B", amounts=1000.0, name="Big")
        cls.approve()

    @classmethod
    def approve(cls):
        cls.budget.action_submit()
        cls.budget.action_approve()

    def spend(self, amount, date="2025-06-10", analytic=None):
        return self.post_entry(
            amount, date, distribution={analytic or self.analytic: 100}
        )

    def alerts(self, category=None):
        """``(kind, threshold)`` of what was told about a category, newest last."""
        domain = [("budget_id", "=", self.budget.id)]
        domain += [("category_id", "=", category.id if category else False)]
        found = self.env["sop.budget.alert"].search(domain, order="id")
        return [(alert.kind, alert.threshold) for alert in found]

    def run_cron(self, again=True):
        if again:
            self.budget.sudo().alert_checked = False
        # What a commit would have done before the job starts
        self.env.flush_all()
        self.env["sop.budget.map"].flush_model()
        with self.enter_registry_test_mode():
            self.env.ref("sop_budget.ir_cron_sop_budget_alert").method_direct_trigger()
        self.env.invalidate_all()

    # === WHAT IS TOLD === #

    def test_nothing_to_tell(self):
        self.spend(599.0)
        self.run_cron()
        self.assertFalse(self.alerts(self.leaf))
        self.assertFalse(self.leaf.activity_ids)

    def test_each_threshold_once(self):
        self.spend(600.0)
        self.run_cron()
        self.assertEqual(self.alerts(self.leaf), [("used", 50.0)])
        activity = self.leaf.activity_ids
        self.assertEqual(activity.user_id, self.planner)
        self.assertEqual(activity.summary, "P1 Travel: 50% of the plan is used")
        self.run_cron()
        self.assertEqual(len(self.leaf.activity_ids), 1)

    def test_of_several_only_the_highest_is_news(self):
        self.budget.alert_pace = False
        self.spend(1300.0)
        self.run_cron()
        self.assertEqual(
            self.alerts(self.leaf), [("used", 50.0), ("used", 80.0), ("used", 100.0)]
        )
        activity = self.leaf.activity_ids
        self.assertEqual(activity.summary, "P1 Travel is over budget: 108% used")

    def test_orders_count(self):
        order = self.env["purchase.order"].create(
            {
                "partner_id": self.partner_a.id,
                "company_id": self.company.id,
                "order_line": [
                    (
                        0,
                        0,
                        {
                            "name": "line",
                            "product_id": self.product_a.id,
                            "product_qty": 1,
                            "price_unit": 960.0,
                            "tax_ids": False,
                            "date_planned": "2025-09-01",
                            "analytic_distribution": {str(self.analytic.id): 100},
                        },
                    )
                ],
            }
        )
        order.button_confirm()
        self.run_cron()
        self.assertIn(("used", 80.0), self.alerts(self.leaf))

    def test_pace(self):
        self.leaf.alert_thresholds = "100"
        self.spend(831.0)  # 69 % of the money, 50 % of the time
        self.run_cron()
        self.assertFalse(self.alerts(self.leaf))
        self.spend(10.0)
        self.run_cron()
        self.assertEqual(self.alerts(self.leaf), [("pace", 20.0)])
        self.assertEqual(
            self.leaf.activity_ids.summary,
            "P1 Travel: 50% of the time, 70% of the money",
        )

    def test_pace_can_be_switched_off(self):
        self.budget.alert_pace = False
        self.leaf.alert_thresholds = "100"
        self.spend(1100.0)
        self.run_cron()
        self.assertFalse(self.alerts(self.leaf))

    def test_a_plan_for_early_months_is_not_ahead(self):
        self.budget.action_draft()
        analytic = self.make_analytic("Launch")
        early = self.make_category("E", amounts={"2025-01": 1000.0}, analytic=analytic)
        early.alert_thresholds = "100"
        self.approve()
        self.spend(900.0, "2025-01-10", analytic)
        self.run_cron()
        self.assertFalse(self.alerts(early))

    def test_money_without_a_plan(self):
        self.budget.action_draft()
        analytic = self.make_analytic("Nothing planned")
        bare = self.make_category("N", name="Bare", analytic=analytic)
        self.approve()
        self.spend(10.0, analytic=analytic)
        self.run_cron()
        self.assertEqual(self.alerts(bare), [("unplanned", 0.0)])
        self.assertEqual(bare.activity_ids.summary, "N Bare: spent without a plan")
        # Nobody answers for it: the owner is told
        self.assertEqual(bare.activity_ids.user_id, self.owner)

    def test_the_whole_budget(self):
        self.budget.alert_thresholds = "5"
        self.spend(700.0)
        self.run_cron()
        self.assertEqual(self.alerts(), [("used", 5.0)])
        self.assertEqual(self.budget.activity_ids.user_id, self.owner)
        self.assertIn("5% of the plan is used", self.budget.activity_ids.summary)

    def test_own_thresholds_win(self):
        self.leaf.alert_thresholds = "10, 20"
        self.budget.alert_pace = False
        self.spend(700.0)
        self.run_cron()
        self.assertEqual(self.alerts(self.leaf), [("used", 10.0), ("used", 20.0)])

    def test_groups_are_watched_when_somebody_answers_for_them(self):
        self.budget.alert_pace = False
        self.spend(700.0)
        self.run_cron()
        self.assertFalse(self.alerts(self.group))
        self.group.user_id = self.planner
        self.run_cron()
        self.assertEqual(self.alerts(self.group), [("used", 50.0)])

    def test_the_nearest_responsible_is_told(self):
        self.leaf.user_id = False
        self.group.user_id = self.users["manager"]
        self.spend(600.0)
        self.run_cron()
        self.assertEqual(self.leaf.activity_ids.user_id, self.users["manager"])

    def test_income_is_no_reason_to_worry(self):
        self.budget.action_draft()
        income = self.make_category(
            "I", kind="income", amounts=10.0, account_ids=self.revenue.ids
        )
        self.approve()
        self.post_entry(-500.0, "2025-06-01", account=self.revenue)
        self.run_cron()
        self.assertFalse(self.alerts(income))

    # === WHO IS TOLD === #

    def test_somebody_who_is_still_here_is_told(self):
        self.leaf.user_id = False
        self.owner.active = False
        self.spend(600.0)
        self.run_cron()
        self.assertEqual(self.leaf.activity_ids.user_id, self.users["manager"])

    def test_nobody_left_to_tell(self):
        self.leaf.user_id = False
        (self.owner | self.users["manager"]).active = False
        self.spend(600.0)
        with self.assertLogs("odoo.addons.sop_budget", "WARNING") as logs:
            self.run_cron()
        self.assertIn("Nobody is left", "".join(logs.output))
        self.assertFalse(self.leaf.activity_ids)
        self.assertEqual(self.alerts(self.leaf), [("used", 50.0)])

    def test_one_budget_does_not_stop_the_others(self):
        broken = self.make_budget(name="Broken")
        self.make_category("Z", budget=broken, amounts=1.0)
        broken.action_submit()
        broken.action_approve()
        self.spend(600.0)
        original = type(broken)._raise_alerts
        broken_id = broken.id

        def fail(budget):
            if budget.id == broken_id:
                budget.note = "half done"
                budget.env.cr.execute("SELECT 1 / 0")
            return original(budget)

        self.patch(type(broken), "_raise_alerts", fail)
        with (
            self.assertLogs("odoo.addons.sop_budget", "ERROR") as logs,
            mute_logger("odoo.sql_db"),
        ):
            self.run_cron()
        self.assertIn(f"Alerts of budget {broken_id} failed", "".join(logs.output))
        self.assertEqual(self.alerts(self.leaf), [("used", 50.0)])
        self.assertFalse(broken.note)
        self.assertFalse(broken.alert_checked, "looked at again by the next run")
        self.assertTrue(self.budget.alert_checked)

    def test_names_are_not_markup(self):
        self.leaf.name = "A <b>bold</b> & co"
        self.spend(600.0)
        self.run_cron()
        self.assertIn(
            "A &lt;b&gt;bold&lt;/b&gt; &amp; co", str(self.leaf.activity_ids.note)
        )

    def test_who_may_not_see_is_not_told(self):
        viewer = self.users["viewer"]
        self.leaf.user_id = viewer
        self.leaf.visibility = "manager"
        self.spend(600.0)
        self.run_cron()
        self.assertEqual(self.leaf.activity_ids.user_id, self.owner)

    def test_shares_do_not_give_hidden_amounts_away(self):
        self.leaf.visibility = "manager"
        self.budget.alert_thresholds = "5"
        self.spend(700.0)
        self.run_cron()
        self.assertEqual(
            self.budget.activity_ids.summary,
            "Budget 2025 has reached an alert threshold",
        )
        alerts = self.env["sop.budget.alert"]
        self.assertFalse(alerts.with_user(self.users["viewer"]).search([]))
        self.assertFalse(alerts.with_user(self.outsider).search([]))
        self.assertTrue(alerts.with_user(self.users["manager"]).search([]))
        self.assertTrue(alerts.with_user(self.owner).search([]))

    def test_in_the_language_of_the_reader(self):
        self.env["res.lang"]._activate_lang("fr_FR")
        self.planner.lang = "fr_FR"
        self.spend(600.0)
        self.run_cron()
        self.assertTrue(self.leaf.activity_ids.summary)

    # === WHEN === #

    def test_only_approved_running_budgets(self):
        self.spend(600.0)
        self.budget.action_close()
        self.run_cron()
        self.assertFalse(self.alerts(self.leaf))
        self.budget.action_reopen()
        with freeze_time("2026-01-01"):
            self.run_cron()
        self.assertFalse(self.alerts(self.leaf))

    def test_a_revised_budget_is_told_anew(self):
        self.spend(600.0)
        self.run_cron()
        self.budget.action_draft()
        self.assertEqual(self.budget.alert_round, 1)
        self.approve()
        self.run_cron()
        self.assertEqual(self.alerts(self.leaf), [("used", 50.0), ("used", 50.0)])
        self.assertEqual(len(self.leaf.activity_ids), 2)

    def test_nobody_silences_alerts(self):
        budget = self.budget.with_user(self.owner)
        for vals in ({"alert_checked": "2030-01-01"}, {"alert_round": 99}):
            with self.assertRefused(UserError, "kept by the system"):
                budget.write(vals)
            with self.assertRefused(UserError, "kept by the system"):
                budget.create({"name": "x", **vals})
        budget.action_draft()
        self.assertEqual(self.budget.alert_round, 1)

    def test_a_run_that_was_cut_short_goes_on(self):
        self.spend(600.0)
        self.budget.sudo().alert_checked = "2025-06-30"
        self.run_cron(again=False)
        self.assertFalse(self.alerts(self.leaf))
        with freeze_time("2025-07-01"):
            self.run_cron(again=False)
        self.assertTrue(self.alerts(self.leaf))

    def test_looked_for_at_once(self):
        self.spend(600.0)
        action = self.budget.with_user(self.owner).action_check_alerts()
        self.assertEqual(action["params"]["message"], "New alerts: 1.")
        self.assertEqual(self.alerts(self.leaf), [("used", 50.0)])
        with self.assertRefused(AccessError, "owner and the managers"):
            self.budget.with_user(self.users["viewer"]).action_check_alerts()

    def test_one_matrix_whatever_the_number_of_categories(self):
        def count():
            self.env.flush_all()
            self.env.invalidate_all()
            start = self.cr.sql_log_count
            self.budget.sudo()._find_alerts()
            return self.cr.sql_log_count - start

        count()
        before = count()
        self.budget.action_draft()
        for number in range(50):
            self.make_category(f"Z{number}", amounts=1.0)
        count()
        self.assertLessEqual(count(), before)

    # === HISTORY === #

    def test_what_was_told_stays(self):
        self.spend(600.0)
        self.run_cron()
        alert = self.env["sop.budget.alert"].sudo().search([], limit=1)
        with self.assertRefused(UserError, "can't be changed"):
            alert.write({"threshold": 1.0})
        with self.assertRefused(UserError, "can't be deleted"):
            alert.unlink()
        with (
            self.assertRaises(IntegrityError),
            mute_logger("odoo.sql_db"),
            self.env.cr.savepoint(),
        ):
            alert.create(
                {
                    "budget_id": alert.budget_id.id,
                    "category_id": alert.category_id.id,
                    "kind": alert.kind,
                    "threshold": alert.threshold,
                }
            )

    # === SEVERITY, ACKNOWLEDGED, CLOSED === #

    def last_alert(self, category=None):
        domain = [("category_id", "=", category.id if category else False)]
        return self.env["sop.budget.alert"].search(domain, limit=1)

    def acknowledge(self, alerts, note="Seen", user=None):
        action = alerts.action_acknowledge()
        wizard = (
            self.env["sop.budget.alert.acknowledge"]
            .with_user(user or self.env.user)
            .with_context(**action["context"])
            .create({"note": note})
        )
        wizard.action_confirm()
        self.env.invalidate_all()

    def test_above_the_plan(self):
        self.budget.alert_pace = False
        self.spend(1320.0)
        self.run_cron()
        self.assertEqual(self.alerts(self.leaf)[-1], ("used", 100.0))
        self.spend(0.01)
        self.run_cron()
        self.assertEqual(self.alerts(self.leaf)[-1], ("overspent", 10.0))
        self.assertEqual(self.last_alert(self.leaf).severity, "high")
        self.spend(500.0)
        self.run_cron()
        self.assertEqual(self.alerts(self.leaf)[-1], ("overspent", 20.0))
        self.assertEqual(self.last_alert(self.leaf).severity, "critical")

    def test_all_steps_at_once_are_one_activity(self):
        self.budget.alert_pace = False
        self.spend(2400.0)
        self.run_cron()
        self.assertEqual(len(self.alerts(self.leaf)), 5)
        self.assertEqual(
            self.leaf.activity_ids.summary, "P1 Travel is over budget: 200% used"
        )

    def test_closed_when_the_cause_is_gone(self):
        self.spend(600.0)
        self.run_cron()
        alert = self.last_alert(self.leaf)
        self.assertEqual((alert.state, alert.severity), ("open", "info"))
        self.spend(-1.0)
        self.run_cron()
        self.assertEqual(alert.state, "closed")
        self.assertEqual(str(alert.closed_on), "2025-06-30")
        self.assertFalse(self.leaf.activity_ids, "nobody is reminded of it")

    def test_back_within_a_week_is_no_news(self):
        self.spend(600.0)
        self.run_cron()
        alert = self.last_alert(self.leaf)
        self.spend(-1.0)
        self.run_cron()
        with freeze_time("2025-07-06"):
            self.spend(1.0)
            self.run_cron()
            self.assertEqual(alert.state, "open")
            self.assertEqual(self.alerts(self.leaf), [("used", 50.0)])
            self.assertFalse(self.leaf.activity_ids)
            self.spend(-1.0)
            self.run_cron()
            self.assertEqual(str(alert.closed_on), "2025-07-06")
        with freeze_time("2025-07-13"):
            self.spend(1.0)
            self.run_cron()
            self.assertEqual(alert.state, "closed", "history stays")
            self.assertEqual(self.alerts(self.leaf), [("used", 50.0)] * 2)
            self.assertEqual(len(self.leaf.activity_ids), 1)

    def test_closed_with_the_budget(self):
        self.spend(600.0)
        self.run_cron()
        alert = self.last_alert(self.leaf)
        with freeze_time("2025-12-31"):
            self.run_cron()
            self.assertEqual(alert.state, "open")
        with freeze_time("2026-01-01"):
            self.run_cron(again=False)
        self.assertEqual(alert.state, "closed")

    def test_closed_by_a_revision(self):
        self.spend(600.0)
        self.run_cron()
        old = self.last_alert(self.leaf)
        self.budget.action_draft()
        self.run_cron()
        self.assertEqual(old.state, "closed")
        self.approve()
        self.run_cron()
        self.assertEqual(old.state, "closed")
        self.assertEqual(self.last_alert(self.leaf).state, "open")

    def test_acknowledged_with_a_note(self):
        self.budget.alert_pace = False
        self.spend(1300.0)
        self.run_cron()
        alert = self.last_alert(self.leaf)
        self.assertEqual((alert.kind, alert.threshold), ("used", 100.0))
        self.acknowledge(
            alert.with_user(self.planner), "Talked to the team", self.planner
        )
        self.assertRecordValues(
            alert,
            [
                {
                    "state": "acknowledged",
                    "acknowledged_by_id": self.planner.id,
                    "acknowledge_note": "Talked to the team",
                }
            ],
        )
        self.assertTrue(alert.acknowledged_on)
        # The lower steps with it; nobody is reminded, and nothing is told anew
        self.assertEqual(
            set(self.leaf.budget_id.alert_ids.mapped("state")), {"acknowledged"}
        )
        self.assertFalse(self.leaf.activity_ids)
        self.run_cron()
        self.assertFalse(self.leaf.activity_ids)
        self.assertEqual(alert.state, "acknowledged")
        with self.assertRefused(UserError, "acknowledged or closed already"):
            self.acknowledge(alert)

    def test_a_lower_step_leaves_the_higher_open(self):
        self.budget.alert_pace = False
        self.spend(1300.0)
        self.run_cron()
        alerts = self.budget.alert_ids.filtered(lambda a: a.category_id == self.leaf)
        self.acknowledge(alerts.filtered(lambda a: a.threshold == 80))
        self.assertEqual(
            {alert.threshold: alert.state for alert in alerts},
            {50: "acknowledged", 80: "acknowledged", 100: "open"},
        )
        self.assertTrue(self.leaf.activity_ids)

    def test_many_at_once(self):
        self.spend(1300.0)
        self.run_cron()
        alerts = self.budget.alert_ids
        self.assertIn("pace", alerts.mapped("kind"))
        self.acknowledge(alerts.with_user(self.owner), "All seen", self.owner)
        self.assertEqual(set(alerts.mapped("acknowledge_note")), {"All seen"})
        self.assertEqual(alerts.acknowledged_by_id, self.owner)

    def test_a_note_says_something(self):
        self.spend(600.0)
        self.run_cron()
        with self.assertRefused(UserError, "a word or two"):
            self.acknowledge(self.last_alert(self.leaf), "  ")

    def test_who_acknowledges(self):
        self.spend(600.0)
        self.run_cron()
        alert = self.last_alert(self.leaf)
        for role in ("viewer", "proposer", "approver"):
            with self.assertRefused(AccessError, ""):
                self.acknowledge(
                    alert.with_user(self.users[role]), user=self.users[role]
                )
        auditor = self.users["auditor"]
        self.assertTrue(alert.with_user(auditor).has_access("read"))
        with self.assertRefused(AccessError, "whoever was told"):
            self.acknowledge(alert.with_user(auditor), user=auditor)
        with self.assertRefused(AccessError, ""):
            self.acknowledge(alert.with_user(self.outsider), user=self.outsider)
        self.assertEqual(alert.state, "open")
        manager = self.users["manager"]
        self.acknowledge(alert.with_user(manager), user=manager)
        self.assertEqual(alert.acknowledged_by_id, manager)

    def test_nobody_writes_what_buttons_write(self):
        self.spend(600.0)
        self.run_cron()
        alert = self.last_alert(self.leaf)
        for user in (self.planner, self.owner):
            for vals in (
                {"closed_on": "2025-06-30"},
                {"acknowledge_note": "x"},
                {"severity": "info"},
                {"state": "closed"},
            ):
                with self.assertRefused((AccessError, UserError), ""):
                    alert.with_user(user).with_context(sop_alert_token=True).write(vals)
        with self.assertRefused(AccessError, ""):
            alert.with_user(self.owner).create(
                {"budget_id": self.budget.id, "kind": "used", "threshold": 1.0}
            )
