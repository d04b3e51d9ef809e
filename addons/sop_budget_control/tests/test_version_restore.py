# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from odoo.tests import tagged

from .common import SopControlCommon


@tagged("post_install", "-at_install")
class TestVersionRestore(SopControlCommon):
    """A version as a new draft: everything back that can be, the rest is told."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.budget.action_draft()
        cls.euro = cls.setup_other_currency("EUR")
        cls.rate = cls.env["sop.budget.rate"].create(
            {
                "budget_id": cls.budget.id,
                "currency_id": cls.euro.id,
                "rate": 1.25,
                "date": "2025-01-02",
            }
        )
        cls.cell = cls.first.amount_ids[0]
        cls.cell.write(cls.cell._prepare_entry_vals(80.4, cls.rate))
        cls.source = cls.env["sop.funding.source"].create(
            {"name": "Foundation", "is_external": True}
        )
        cls.tag = cls.env["sop.budget.tag"].create({"name": "Programme"})
        cls.other_analytic = cls.make_analytic("Spare")
        cls.env["sop.budget.rule"].create(
            [
                {"category_id": cls.first.id, "account_prefix": "77", "note": "Misc"},
                {
                    "category_id": cls.second.id,
                    "analytic_account_id": cls.other_analytic.id,
                    "account_id": cls.expense_2.id,
                },
            ]
        )
        cls.first.write(
            {
                "detail": "Prizes",
                "impact": "=3*4 events",
                "held": True,
                "user_id": cls.users["planner"].id,
                "source_id": cls.source.id,
                "visibility": "planner",
                "alert_thresholds": "90",
                "note": "Careful",
                "account_ids": [(6, 0, cls.expense_3.ids)],
                "account_prefixes": "78",
            }
        )
        cls.budget.write({"tag_ids": [(6, 0, cls.tag.ids)], "note": "<p>Why</p>"})
        cls.version = cls.budget._save_version("saved", "Good")

    def restore(self):
        # Nothing of the budget of today must be needed
        self.budget.category_ids.filtered("parent_id").unlink()
        self.budget.write({"name": "Something else", "date_to": "2025-06-30"})
        action = self.version.action_restore()
        return self.env["sop.budget"].browse(action["res_id"])

    def told(self, budget):
        return "".join(budget.message_ids.mapped("body"))

    def test_all_back(self):
        restored = self.restore()
        self.assertRecordValues(
            restored,
            [
                {
                    "name": "Budget 2025 (version 3)",
                    "state": "draft",
                    "user_id": self.env.uid,
                    "tag_ids": self.tag.ids,
                    "plan_id": self.plan.id,
                    "company_id": self.company.id,
                }
            ],
        )
        self.assertEqual(str(restored.date_to), "2025-12-31")
        self.assertEqual(restored.note, "<p>Why</p>")
        self.assertRecordValues(
            restored.rate_ids, [{"currency_id": self.euro.id, "rate": 1.25}]
        )
        first = restored.category_ids.filtered(lambda c: c.code == "P1")
        self.assertRecordValues(
            first,
            [
                {
                    "detail": "Prizes",
                    "impact": "=3*4 events",
                    "held": True,
                    "user_id": self.users["planner"].id,
                    "source_id": self.source.id,
                    "visibility": "planner",
                    "visibility_effective": "planner",
                    "alert_thresholds": "90",
                    "note": "Careful",
                    "account_ids": self.expense_3.ids,
                    "account_prefixes": "78",
                    "is_leaf": True,
                }
            ],
        )
        self.assertEqual(first.parent_id.code, "P")
        self.assertEqual(first.rule_ids.account_prefix, "77")
        planned = self.planned_of(first)
        self.assertEqual(planned.pop("2025-01"), 100.5)
        self.assertEqual(set(planned.values()), {100})
        self.assertRecordValues(
            first.amount_ids.sorted("month")[0],
            [
                {
                    "entry_currency_id": self.euro.id,
                    "entry_amount": 80.4,
                    "entry_rate": 1.25,
                }
            ],
        )
        second = restored.category_ids.filtered(lambda c: c.code == "P2")
        self.assertEqual(second.analytic_account_id.name, "Analytic P2")
        self.assertEqual(second.rule_ids.account_id, self.expense_2)
        self.assertIn("Restored from version 3 · Good", self.told(restored))
        self.assertNotIn("could not be put back", self.told(restored))
        [kept] = restored.version_ids
        self.assertEqual(kept.reason, "restored")
        self.assertIn("3 · Good", kept.note)

    def test_nothing_differs(self):
        """Restored, kept again: what it plans is the same to the last field."""
        restored = self.restore()
        old = self.version._read_payload()
        new = restored.version_ids._read_payload()
        key_of = {c["code"]: key for key, c in new["categories"].items()}
        moved = {key: key_of[c["code"]] for key, c in old["categories"].items()}
        self.assertEqual(
            {moved[key]: units for key, units in old["amounts"].items()}, new["amounts"]
        )
        self.assertEqual(
            {moved[key]: entry for key, entry in old["entries"].items()}, new["entries"]
        )
        for key, row in old["categories"].items():
            for name, value in row.items():
                if name not in ("parent", "by"):
                    self.assertEqual(value, new["categories"][moved[key]][name], name)

    def test_what_is_gone_is_told(self):
        self.first.analytic_account_id = False
        analytic = self.second.analytic_account_id
        self.second.write({"analytic_account_id": False})
        analytic.plan_id = self.other_plan
        self.second.rule_ids.unlink()
        self.other_analytic.unlink()
        self.first.source_id = False
        self.source.unlink()
        self.users["planner"].active = False
        self.budget.tag_ids = False
        self.tag.unlink()
        self.cell.write({"amount": 1})
        self.rate.unlink()
        self.euro.active = False
        restored = self.restore()
        told = self.told(restored)
        for text in (
            "could not be put back",
            "Foundation",
            "Spare",
            self.users["planner"].name,
            "Tag “Programme”",
            "“EUR”",
            "Analytic account “",
            "(now in another plan)",
        ):
            self.assertIn(text, told)
        first = restored.category_ids.filtered(lambda c: c.code == "P1")
        second = restored.category_ids.filtered(lambda c: c.code == "P2")
        self.assertFalse(first.user_id)
        self.assertFalse(first.source_id)
        self.assertFalse(second.analytic_account_id)
        # Without its analytic account the rule would claim the whole account
        self.assertFalse(second.rule_ids)
        self.assertEqual(sum(first.amount_ids.mapped("amount")), 1200.5)
        self.assertFalse(first.amount_ids.entry_currency_id)

    def test_original_budget_stays(self):
        before = self.budget.version_count
        self.version.action_restore()
        self.assertEqual(self.budget.version_count, before)
        self.assertEqual(self.figures(self.first, "planned"), 1200.5)

    def test_policies(self):
        """Kept, compared and put back."""
        policy = self.env["sop.budget.policy"].create(
            [
                {"budget_id": self.budget.id, "event": "order", "action": "stop"},
                {
                    "budget_id": self.budget.id,
                    "category_id": self.first.id,
                    "event": "bill",
                    "action": "warn",
                    "tolerance_percent": 2.5,
                    "tolerance_amount": 10,
                },
            ]
        )
        version = self.budget._save_version("saved", "Policies")
        policy[1].action = "stop"
        action = version.action_compare()
        row = self.env["sop.budget.version.change"].search(
            [*action["domain"], ("section", "=", "policy")]
        )
        self.assertIn("Warn", row.old_value)
        self.assertIn("Stop", row.new_value)
        self.assertEqual(row.category_name, "P1 Category P1")
        restored = self.env["sop.budget"].browse(version.action_restore()["res_id"])
        self.assertRecordValues(
            self.env["sop.budget.policy"].search(
                [("budget_id", "=", restored.id)], order="id"
            ),
            [
                {"event": "order", "action": "stop", "tolerance_percent": 0},
                {"event": "bill", "action": "warn", "tolerance_percent": 2.5},
            ],
        )
