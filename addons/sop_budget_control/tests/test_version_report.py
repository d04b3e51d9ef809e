# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from datetime import timedelta
from unittest.mock import patch

from odoo import fields
from odoo.exceptions import UserError
from odoo.tests import tagged

from .common import SopControlCommon

MEASURES = ["planned", "actual", "available"]


@tagged("post_install", "-at_install")
class TestVersionReport(SopControlCommon):
    """Reports of the past: as a version kept it, and as known on a day."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.analytic = {cls.first.analytic_account_id: 100}
        cls.posted = cls.post_entry(30, "2025-02-10", distribution=cls.analytic)
        cls.post_entry(7, "2025-03-10")
        cls.version = cls.budget._save_version("saved", "Lock")

    def report(self, **options):
        return self.env["sop.budget"].get_report(
            {"budget_id": self.budget.id, "columns": ["whole"], **options}
        )

    def row(self, report, key):
        return next(r["values"] for r in report["rows"] if r["key"] == key)

    def total(self, report):
        return next(r["values"] for r in report["totals"] if r["key"] == "t_expense")

    def test_same_as_the_live_report_of_then(self):
        columns = ["month", "quarter", "whole"]
        options = {"columns": columns, "measures": MEASURES, "as_of": "2025-12-31"}
        live = self.report(**options)
        kept = self.report(**options, as_version=self.version.id)
        self.assertEqual(live["totals"], kept["totals"])
        for one, other in zip(live["rows"], kept["rows"], strict=True):
            self.assertEqual(one, other)

    def test_later_changes_do_not_show(self):
        self.post_entry(500, "2025-04-01", distribution=self.analytic)
        self.budget.action_draft()
        self.first.amount_ids[0].amount = 999
        self.first.name = "Renamed"
        self.second.unlink()
        self.make_category("N", amounts=10)
        report = self.report(as_version=self.version.id, measures=MEASURES)
        self.assertEqual(self.row(report, f"c{self.first.id}"), [1200, 30, 1170])
        self.assertEqual(self.total(report), [1800, 37, 1763])
        self.assertEqual(
            [row["name"] for row in report["rows"]],
            ["Category P", "Category P1", "Category P2", "Not in any category"],
        )
        self.assertIn("3 · Lock", report["past"])
        self.assertIn("3 · Lock", report["notes"][0])
        self.assertEqual(report["options"]["as_version"], self.version.id)
        self.assertEqual(
            report["as_of"],
            fields.Date.to_string(
                fields.Datetime.context_timestamp(self.budget, self.version.date)
            ),
        )

    def test_income_keeps_its_sign(self):
        self.budget.action_draft()
        income = self.make_category("I", amounts=100, kind="income")
        income.account_ids = self.revenue
        self.post_entry(-40, "2025-02-01", account=self.revenue)
        version = self.budget._save_version("saved", "Income")
        report = self.report(as_version=version.id, measures=["planned", "actual"])
        self.assertEqual(self.row(report, f"c{income.id}"), [1200, 40])

    def test_compared_with_another_budget(self):
        other = self.budget.copy()
        report = self.report(
            as_version=self.version.id,
            measures=["planned"],
            compare="budget",
            compare_budget_id=other.id,
        )
        self.assertEqual(self.row(report, f"c{self.first.id}")[:2], [1200, 1200])

    def test_no_last_year(self):
        with self.assertRefused(UserError, "no last year"):
            self.report(as_version=self.version.id, compare="last_year")
        report = self.report(as_version=self.version.id)
        keys = [choice["key"] for choice in report["choices"]["compares"]]
        self.assertNotIn("last_year", keys)

    def test_unknown_version(self):
        with self.assertRefused(UserError, "named by its number"):
            self.report(as_version="x")
        with self.assertRefused(UserError, "does not belong"):
            self.report(as_version=999999999)

    def test_explain_refuses(self):
        for options in ({"as_version": self.version.id}, {"as_known_on": "2025-06-01"}):
            with self.assertRefused(UserError, "figure of the past"):
                self.env["sop.budget"].explain(
                    {
                        "budget_id": self.budget.id,
                        "row": f"c{self.first.id}",
                        "measure": "actual",
                        **options,
                    }
                )

    def test_button(self):
        action = self.version.action_open_report()
        options = action["params"]["options"]
        report = self.env["sop.budget"].get_report(options)
        self.assertIn("3 · Lock", report["past"])

    # === As known on a day === #

    def move_back(self, records, days):
        """As if they had been made some days ago."""
        self.env.flush_all()
        self.env.cr.execute(
            f"UPDATE {records._table} SET create_date = create_date - %s WHERE id IN %s",
            [timedelta(days=days), tuple(records.ids)],
        )
        self.env.invalidate_all()

    def move_versions_back(self, days):
        self.env.cr.execute(
            "UPDATE sop_budget_version SET date = date - %s", [timedelta(days=days)]
        )
        self.env.invalidate_all()

    def test_known_on_ends_with_the_day_of_the_reader(self):
        for zone, until in (
            ("Asia/Tokyo", "2025-06-30 14:59:59"),
            ("America/New_York", "2025-07-01 03:59:59"),
            ("UTC", "2025-06-30 23:59:59"),
        ):
            budget = self.budget.with_context(tz=zone)
            with patch.object(type(self.version), "search", return_value=self.version):
                _version, _day, found = budget._find_past(False, "2025-06-30")
            self.assertEqual(str(found)[:19], until)

    def test_known_on(self):
        today = fields.Date.context_today(self.budget)
        self.move_versions_back(20)
        self.move_back(self.posted.line_ids, 10)
        self.budget.action_draft()
        self.first.amount_ids[0].amount = 999
        day = today - timedelta(days=5)
        report = self.report(
            as_known_on=str(day), measures=["planned", "committed", "actual"]
        )
        self.assertEqual([m["key"] for m in report["measures"]], ["planned", "actual"])
        self.assertEqual(self.row(report, f"c{self.first.id}"), [1200, 30])
        # The other entry came later
        self.assertEqual(self.total(report), [1800, 30])
        self.assertFalse(report["summary"])
        self.assertEqual(report["options"]["as_known_on"], str(day))
        self.assertIn("is not known", report["notes"][0])
        self.assertNotIn("committed", [c["key"] for c in report["choices"]["measures"]])
        now = self.report(as_known_on=str(today), measures=["actual"])
        self.assertEqual(self.total(now), [37])
        default = self.report(as_known_on=str(day), measures=["committed"])
        self.assertEqual(default["options"]["measures"][0], "planned")

    def test_known_when_it_was_posted(self):
        """An entry written early and posted late counts from its posting."""
        today = fields.Date.context_today(self.budget)
        self.move_versions_back(20)
        tracked = self.env["account.move"].with_context(
            tracking_disable=False, mail_notrack=False
        )
        late = self.post_entry(11, "2025-05-05", distribution=self.analytic, post=False)
        self.move_back(late.line_ids, 10)
        self.flush_tracking_of(late)
        tracked.browse(late.id).action_post()
        self.flush_tracking_of(late)
        self.move_back(self.posted.line_ids, 10)
        report = self.report(
            as_known_on=str(today - timedelta(days=5)), measures=["actual"]
        )
        self.assertEqual(self.row(report, f"c{self.first.id}"), [30])
        report = self.report(as_known_on=str(today), measures=["actual"])
        self.assertEqual(self.row(report, f"c{self.first.id}"), [41])

    def flush_tracking_of(self, move):
        self.env.flush_all()
        self.cr.precommit.run()

    def test_category_that_came_later(self):
        """What it owns now was in no category then; nothing is dropped."""
        today = fields.Date.context_today(self.budget)
        self.budget.action_draft()
        self.make_category("N", amounts=1).account_ids = self.expense
        report = self.report(as_known_on=str(today), measures=["planned", "actual"])
        self.assertEqual(self.row(report, "u_expense"), [0, 7])
        self.assertEqual(self.total(report)[1], 37)

    def test_before_the_first_version(self):
        with self.assertRefused(UserError, "No version of “Budget 2025” was kept"):
            self.report(as_known_on="2024-01-01")
        with self.assertRefused(UserError, "is no date"):
            self.report(as_known_on="someday")
