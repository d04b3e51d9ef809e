# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from odoo import fields
from odoo.tests import TransactionCase, freeze_time, loaded_demo_data, tagged
from odoo.tools import convert_file

FILES = (
    ("sop_budget", "demo/sop_budget_demo.xml"),
    ("sop_budget", "demo/sop_budget_demo_documents.xml"),
    ("sop_budget_control", "demo/control_demo.xml"),
)
STATES = {
    *("draft", "in_review", "changes", "approved", "rejected", "ordered", "paid"),
    *("cancelled", "withdrawn"),
}


@tagged("post_install", "-at_install")
class TestControlDemo(TransactionCase):
    """The demo data show every state, install on any day, and keep the programme's figures."""

    def load(self):
        if loaded_demo_data(self.env) and self.env.ref(
            "sop_budget.sop_budget_demo", raise_if_not_found=False
        ):
            self.skipTest("The database has the demo data of another day")
        for module, name in FILES:
            convert_file(self.env, module, name, {}, mode="init", noupdate=True)
        self.env.invalidate_all()
        return self.env.ref("sop_budget.sop_budget_demo")

    def assertFigures(self, budget):
        matrix = budget._get_matrix(draft=True)
        measures = ("planned", "reserved", "committed", "actual", "preparing")
        sums = {False: [0] * 5, True: [0] * 5}
        for position, category in enumerate(budget.category_ids.browse(matrix.ids)):
            if matrix.leaves[position] and matrix.kinds[position] == "expense":
                for number, measure in enumerate(measures):
                    units = int(getattr(matrix, measure)[position].sum())
                    sums[category.is_external][number] += units
        cents = {
            False: [45_080_000, 1_200_000, 4_500_000, 12_540_000, 660_000],
            True: [14_220_000, 90_000, 2_200_000, 5_340_000, 250_000],
        }
        self.assertEqual(sums, cents)

    def assertStates(self, budget):
        company = [("company_id", "=", budget.company_id.id)]
        proposals = self.env["sop.proposal"].search(company)
        self.assertEqual(set(proposals.mapped("state")), STATES)
        again = proposals.filtered(lambda p: p.version == 2)
        self.assertEqual(
            (again.previous_id.state, again.state), ("rejected", "in_review")
        )
        self.assertTrue(again.previous_id.decision_reason)
        late = self.env["sop.approval"].search([*company, ("is_late", "=", True)])
        self.assertEqual(late.document_name, again.display_name)
        for amount, people in ((900, 1), (12_000, 3)):
            found = proposals.filtered(
                lambda p, a=amount: p.state == "approved" and p.amount_total == a
            )
            self.assertEqual(len(found.approval_ids), people)
        transfers = self.env["sop.budget.transfer"].search(company)
        self.assertEqual(set(transfers.mapped("state")), {"approved", "in_review"})
        changed = budget.category_ids.amount_ids.filtered(
            lambda a: a.amount != a.original_amount
        )
        self.assertEqual(set(changed.category_id.mapped("code")), {"FJ", "O1"})
        override = self.env["sop.budget.override"].search(company)
        self.assertEqual((override.state, override.amount_total), ("asked", 600))
        self.assertEqual(
            set(self.env["sop.budget.policy"].search(company).mapped("action")),
            {"override", "warn"},
        )
        [acknowledged] = budget.alert_ids.filtered(
            lambda alert: alert.state == "acknowledged"
            and alert.severity == "high"
            and alert.kind == "overspent"
        )
        self.assertEqual(acknowledged.category_id.code, "P4")
        self.assertTrue(self.env["sop.budget.grant"].search(company).date_until)
        self.assertConference(proposals)
        self.assertIn("saved", budget.version_ids.mapped("reason"))
        self.assertFalse(budget._check_chain())
        self.assertFalse(
            self.env["mail.mail"].search(
                [("email_to", "ilike", "programme.example.com")]
            )
        )

    def assertConference(self, proposals):
        """The small budget of next year: releases, ceilings, a part approved, scores."""
        [conference] = proposals.budget_id.filtered("uses_releases")
        self.assertEqual(
            conference.release_ids.sorted("date_from").mapped("state"),
            ["released", "in_review", "pending", "pending"],
        )
        ceilings = self.env["sop.budget.ceiling"].search(
            [("company_id", "=", conference.company_id.id)]
        )
        self.assertEqual(set(ceilings.mapped("level")), {"warning", "critical"})
        asked = proposals.filtered(lambda p: p.budget_id == conference)
        hall = asked.filtered("condition")
        self.assertEqual((hall.amount_total, hall.amount_approved), (12_500, 9_500))
        scored = asked.filtered("is_appraised")
        self.assertEqual(
            (scored.appraisal_score, scored.appraisal_result), (7.0, "condition")
        )
        self.assertTrue(scored.performance_ids)

    @freeze_time("2026-01-01 08:00:00")
    def test_first_day_of_the_year(self):
        budget = self.load()
        self.assertFigures(budget)
        self.assertStates(budget)

    @freeze_time("2028-02-29 23:30:00")
    def test_leap_day(self):
        self.assertFigures(self.load())

    @freeze_time("2026-12-31 23:59:00")
    def test_last_day_of_the_year(self):
        budget = self.load()
        self.assertFigures(budget)
        self.assertStates(budget)
        self.assertEqual(budget.date_to, fields.Date.today())

    @freeze_time("2026-05-20 08:00:00")
    def test_table(self):
        self.load()
        table = self.env["sop.budget"]._get_terminal_table()
        rows = {line.split("  ")[0]: line.split() for line in table.splitlines()}
        # Planned, reserved, committed, actual, available
        self.assertEqual(
            rows["All sources"][2:7],
            ["593,000", "12,900", "67,000", "178,800", "334,300"],
        )
        self.assertLess(max(map(len, table.splitlines())), 130)
