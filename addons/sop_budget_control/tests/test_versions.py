# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
import json

from odoo import fields
from odoo.exceptions import AccessError, UserError
from odoo.tests import freeze_time, tagged

from ..engine import version as engine
from .common import SopControlCommon


@tagged("post_install", "-at_install")
class TestVersions(SopControlCommon):
    """What is kept, when, and that nobody changes it."""

    def payload_of(self, version):
        return json.loads(version.sudo().payload)

    # === When === #

    def test_kept_on_submit_and_approval(self):
        self.assertRecordValues(
            self.budget.version_ids.sorted("number"),
            [
                {"number": 1, "reason": "submitted", "user_id": self.env.uid},
                {"number": 2, "reason": "approved", "user_id": self.env.uid},
            ],
        )
        self.assertEqual(self.budget.version_count, 2)
        self.assertEqual(self.budget.version_count_kept, 2)
        first, second = self.budget.version_ids.sorted("number")
        self.assertEqual(first.previous_hash, engine.NO_HASH)
        self.assertEqual(second.previous_hash, first.hash)
        self.assertEqual(self.budget.version_head_hash, second.hash)
        self.assertEqual(first.display_name, "1 · Submitted")

    def test_fingerprint_is_told(self):
        bodies = "".join(self.budget.message_ids.mapped("body"))
        for version in self.budget.version_ids:
            self.assertIn(version.hash, bodies)

    def test_kept_on_closing_not_on_reopening(self):
        self.budget.action_close()
        self.budget.action_reopen()
        self.budget.action_draft()
        self.assertEqual(
            self.budget.version_ids.sorted("number").mapped("reason"),
            ["submitted", "approved", "closed"],
        )

    def test_saved_by_name(self):
        with self.as_role("planner") as budget:
            action = budget.action_save_version()
            wizard = (
                budget.env["sop.budget.version.save"]
                .with_context(**action["context"])
                .create({"name": " After board review ", "note": "Less travel"})
            )
            wizard.action_save()
        version = self.budget.version_ids.sorted("number")[-1]
        self.assertRecordValues(
            version,
            [
                {
                    "number": 3,
                    "name": "After board review",
                    "note": "Less travel",
                    "reason": "saved",
                    "user_id": self.users["planner"].id,
                }
            ],
        )
        self.assertEqual(version.display_name, "3 · After board review")

    def test_only_planners_save(self):
        with (
            self.as_role("viewer") as budget,
            self.assertRefused(AccessError, "Only planners"),
        ):
            budget.action_save_version()
        with self.as_role("viewer") as budget:
            wizard = budget.env["sop.budget.version.save"].create(
                {"budget_id": budget.id, "name": "Mine"}
            )
            with self.assertRefused(AccessError, "Only planners"):
                wizard.action_save()

    def test_hook_of_transfers(self):
        version = self.budget._save_version("transfer", "T/1 Design", "More design")
        self.assertEqual(version.reason, "transfer")
        self.assertEqual(version.name, "T/1 Design")
        self.assertEqual(version.number, 3)

    # === What === #

    def test_content(self):
        self.post_entry(30, "2025-02-10", distribution={self.analytic(): 100})
        version = self.budget._save_version("saved", "Now")
        kept = self.payload_of(version)
        first, second, top = (str(c.id) for c in (self.first, self.second, self.top))
        self.assertEqual(kept["budget"]["name"], "Budget 2025")
        self.assertEqual(kept["budget"]["date_from"], "2025-01-01")
        self.assertEqual(len(kept["months"]), 12)
        self.assertEqual(set(kept["categories"]), {first, second, top})
        self.assertEqual(kept["categories"][first]["parent"], self.top.id)
        self.assertEqual(kept["amounts"][first], [10000] * 12)
        self.assertEqual(kept["original"][second], [5000] * 12)
        self.assertEqual(kept["figures"]["actual"], {first: [0, 3000] + [0] * 10})
        self.assertEqual(engine.canonical(kept), version.sudo().payload)

    def analytic(self):
        return self.first.analytic_account_id

    def test_rates_rules_and_entries(self):
        self.budget.action_draft()
        euro = self.setup_other_currency("EUR")
        rate = self.env["sop.budget.rate"].create(
            {
                "budget_id": self.budget.id,
                "currency_id": euro.id,
                "rate": 1.25,
                "date": "2025-01-02",
            }
        )
        amount = self.first.amount_ids[0]
        amount.write(amount._prepare_entry_vals(80, rate))
        rule = self.env["sop.budget.rule"].create(
            {"category_id": self.first.id, "account_prefix": "77", "note": "Misc"}
        )
        kept = self.payload_of(self.budget._save_version("saved", "Now"))
        self.assertEqual(kept["rates"][str(euro.id)]["rate"], "1.25")
        self.assertEqual(kept["rules"][str(rule.id)]["prefix"], "77")
        month = amount.month.strftime("%Y-%m")
        self.assertEqual(
            kept["entries"][str(self.first.id)],
            {month: [euro.id, "80", "1.25", "2025-01-02"]},
        )

    def test_totals_of_a_version(self):
        version = self.budget._save_version("saved", "Now")
        self.assertEqual(version.planned_total, 1800)
        self.assertEqual(version.planned_income, 0)

    def test_same_content_same_text(self):
        """Nothing in it depends on the order in which things were read."""
        one = self.budget._prepare_version_payload()
        self.env.invalidate_all()
        other = self.budget._prepare_version_payload()
        self.assertNotEqual(one.pop("salt"), other.pop("salt"))
        self.assertEqual(engine.canonical(one), engine.canonical(other))

    # === The first approved plan === #

    def test_original_is_kept_once(self):
        self.assertEqual(set(self.first.amount_ids.mapped("original_amount")), {100})
        self.assertEqual(self.figures(self.first, "planned", "original"), [1200, 1200])
        self.budget.action_draft()
        self.first.amount_ids[0].amount = 150
        self.second.amount_ids[0].unlink()
        self.budget.action_submit()
        self.budget.action_approve()
        self.assertEqual(self.figures(self.first, "planned", "original"), [1250, 1200])
        self.assertEqual(self.figures(self.second, "planned", "original"), [550, 550])

    def test_original_is_never_typed(self):
        amount = self.first.amount_ids[0]
        self.budget.action_draft()
        with self.assertRefused(UserError, "never typed"):
            amount.original_amount = 5
        with self.assertRefused(UserError, "never typed"):
            amount.create(
                {
                    "category_id": self.first.id,
                    "month": "2025-01-01",
                    "original_amount": 5,
                }
            )
        new = self.make_category("Q")
        amount = amount.with_context(default_original_amount=5).create(
            {"category_id": new.id, "month": "2025-01-01", "amount": 1}
        )
        self.assertFalse(amount.original_amount)

    def test_original_is_not_copied(self):
        copy = self.budget.copy()
        self.assertFalse(any(copy.category_ids.amount_ids.mapped("original_amount")))
        self.assertFalse(copy.first_approved)
        self.assertFalse(copy.version_ids)

    def test_original_explains_itself(self):
        self.env.cr.execute(
            "UPDATE sop_budget_amount SET amount = 0 WHERE category_id = %s",
            [self.first.id],
        )
        self.env.invalidate_all()
        items = self.env["sop.budget.item"].search(
            [
                ("budget_id", "=", self.budget.id),
                ("measure", "=", "original"),
                ("category_id", "=", self.first.id),
            ]
        )
        self.assertEqual(len(items), 12)
        self.assertEqual(sum(items.mapped("amount")), 1200)
        self.assertEqual(set(items.mapped("effect")), {0})
        self.env.invalidate_all()
        self.assertEqual(set(items.mapped("measure")), {"original"})
        # Unasked they are not among the items: the plan would count twice
        plain = self.env["sop.budget.item"].search([("budget_id", "=", self.budget.id)])
        self.assertNotIn("original", plain.mapped("measure"))

    def test_original_in_the_report(self):
        self.budget.action_draft()
        self.first.amount_ids[0].amount = 150
        options = {"budget_id": self.budget.id, "measures": ["planned", "original"]}
        report = self.budget.get_report(options)
        row = next(r for r in report["rows"] if r["id"] == self.first.id)
        keys = [measure["key"] for measure in report["measures"]]
        found = dict(zip(keys, row["values"], strict=True))
        self.assertEqual(found, {"planned": 1250, "original": 1200})
        figure = self.budget.explain(
            {
                "budget_id": self.budget.id,
                "row": f"c{self.top.id}",
                "measure": "original",
                "date_from": "2025-01-01",
                "date_to": "2025-12-31",
            }
        )
        self.assertEqual(figure["value"], 1800)
        self.assertEqual(figure["documents"]["sum"], 1800)
        self.assertEqual(figure["documents"]["count"], 24)
        self.assertFalse(figure["documents"]["hidden"])

    # === Append-only === #

    def test_nobody_changes_a_version(self):
        version = self.budget.version_ids[0]
        for record in (version, version.sudo(), version.with_user(self.owner)):
            with self.assertRefused(UserError, "nobody changes it"):
                record.write({"name": "Nicer"})
        with self.assertRefused(UserError, "nobody deletes it"):
            version.sudo().unlink()
        with self.assertRefused(AccessError, "not allowed to delete"):
            version.unlink()

    def test_nobody_makes_a_version_by_hand(self):
        vals = {
            "budget_id": self.budget.id,
            "company_id": self.company.id,
            "number": 9,
            "reason": "saved",
            "date": fields.Datetime.now(),
            "user_id": self.env.uid,
            "payload": "{}",
            "payload_hash": "x",
            "previous_hash": "x",
            "hash": "x",
        }
        versions = self.env["sop.budget.version"].sudo()
        with self.assertRefused(UserError, "kept by the budget itself"):
            versions.create(vals)
        with self.assertRefused(UserError, "kept by the budget itself"):
            versions.with_context(sop_version_token="x").create(vals)

    def test_nobody_writes_what_the_budget_keeps(self):
        for vals in (
            {"version_count_kept": 1},
            {"version_head_hash": "x"},
            {"first_approved": False},
        ):
            with self.assertRefused(UserError, "kept by the budget itself"):
                self.budget.write(vals)
            with self.assertRefused(UserError, "kept by the budget itself"):
                self.make_budget(**vals)
        budget = self.env["sop.budget"].with_context(default_version_count_kept=5)
        self.assertFalse(budget.create({"name": "New"}).version_count_kept)

    def test_approved_budget_is_never_deleted(self):
        self.budget.action_cancel()
        with self.assertRefused(UserError, "Archive it instead"):
            self.budget.unlink()

    def test_draft_budget_goes_with_its_versions(self):
        budget = self.make_budget(name="Try")
        version = budget._save_version("saved", "Try")
        budget.unlink()
        self.assertFalse(version.exists())

    # === Others === #

    def test_budgets_approved_before_the_add_on_came(self):
        self.env.cr.execute(
            "DELETE FROM sop_budget_version WHERE budget_id = %s", [self.budget.id]
        )
        self.env.cr.execute(
            "UPDATE sop_budget SET version_count_kept = NULL, version_head_hash = NULL,"
            " first_approved = NULL WHERE id = %s",
            [self.budget.id],
        )
        self.env.cr.execute("UPDATE sop_budget_amount SET original_amount = NULL")
        self.env.invalidate_all()
        self.env["sop.budget"]._keep_first_versions()
        self.assertEqual(self.budget.version_ids.reason, "installed")
        self.assertEqual(self.figures(self.first, "original"), 1200)
        self.assertEqual(self.budget._check_chain(), [])
        self.env["sop.budget"]._keep_first_versions()
        self.assertEqual(self.budget.version_count, 1)

    @freeze_time("2025-06-01 10:00:00")
    def test_date_is_the_moment(self):
        version = self.budget._save_version("saved", "Now")
        self.assertEqual(fields.Datetime.to_string(version.date), "2025-06-01 10:00:00")

    def test_first_version_has_none_before(self):
        first = self.budget.version_ids.sorted("number")[0]
        with self.assertRefused(UserError, "first version"):
            first.action_compare_previous()

    def test_big_budget(self):
        """2,000 categories by 12 months: few queries."""
        budget = self.make_budget(name="Big")
        categories = self.env["sop.budget.category"].create(
            [
                {"budget_id": budget.id, "code": f"B{n}", "name": f"Category {n}"}
                for n in range(2000)
            ]
        )
        months = budget._get_months()
        self.env["sop.budget.amount"]._set_amounts(
            categories,
            [
                (category.id, month, 100.25, None, None, None, None)
                for category in categories
                for month in months
            ],
        )
        budget._save_version("saved", "Warm")
        self.env.flush_all()
        self.env.invalidate_all()
        queries = self.cr.sql_log_count
        version = budget._save_version("saved", "Big")
        self.assertLess(self.cr.sql_log_count - queries, 60)
        self.assertEqual(len(self.payload_of(version)["amounts"]), 2000)
        self.assertEqual(budget._check_chain(), [])
