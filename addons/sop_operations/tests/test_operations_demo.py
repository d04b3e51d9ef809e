# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from odoo.tests import freeze_time, tagged

from .demo_case import DemoCase

#: They need Inventory
RECEIPTS = ("p2p_order_to_receipt", "p2p_supplier_on_time", "p2p_receipt_to_bill")


@tagged("post_install", "-at_install")
class TestOperationsDemo(DemoCase):
    """The demo data install on any day, and always tell the same story."""

    def load(self):
        company = self.load_files().company_id
        operations = self.env["sop.operation"].with_company(company)
        found = operations.search([("company_id", "=", company.id)])
        return {operation.code: operation for operation in found}

    def assertStory(self, found):
        climate = found["OP-O1-Q2"]
        self.assertEqual((climate.allocated, climate.spent), (15_000, 12_000))
        self.assertEqual(climate.state, "in_progress")
        self.assertEqual(climate.health, "at_risk", climate.health_reason)
        self.assertEqual(climate.next_milestone_id.name, "Judging")
        self.assertIn("2 days", climate.next_milestone_text)
        self.assertEqual(found["OP-FS2"].allocated, 19_000)
        self.assertEqual(found["OP-O3-YEAR"].spent, 36_000)
        self.assertTrue(found["OP-COMM-01"].is_organic)
        self.assertEqual(found["OP-COMM-01"].health, "on_track")
        healths = {operation.health for operation in found.values()}
        self.assertEqual(healths, {"on_track", "at_risk", "off_track", False})
        [experiment] = found["OP-COMM-01"].experiment_ids
        self.assertEqual(experiment.state, "running")
        self.assertTrue(experiment.arm_ids.filtered("is_significant"))
        self.assertTrue(climate.has_earned_value and climate.has_cost_index)
        risks = self.env["sop.operation.risk"].search(
            [("company_id", "=", climate.company_id.id)]
        )
        self.assertEqual(
            set(risks.mapped("color_state")), {"danger", "warning", "success", "muted"}
        )
        self.assertEqual(
            (climate.alignment_score, climate.alignment_level), (72, "good")
        )
        [visit] = climate.visit_ids
        self.assertEqual((visit.state, visit.participant_count), ("done", 233))
        self.assertEqual(visit.action_count, 3)
        midline = climate.evaluation_ids.filtered(lambda e: e.kind == "midline")
        rows = {row["name"]: row for row in midline._prepare_kpi_rows()}
        self.assertEqual(rows["Participants"]["change"], "+525 %")
        exercises = self.env["sop.prioritisation"].search(
            [("company_id", "=", climate.company_id.id)]
        )
        decided = exercises.filtered(lambda exercise: exercise.state == "closed")
        self.assertEqual(decided.item_ids[0].operation_id, found["OP-E1"])
        self.assertEqual((exercises - decided).progress, 50)
        kpis = {kpi.code: kpi for kpi in found["OP-O1-Q1"].kpi_ids}
        self.assertAlmostEqual(kpis["PARTICIPANTS"].attainment, 106.666667)
        self.assertAlmostEqual(kpis["PROJECTS"].attainment, 110)

    @freeze_time("2025-08-20 12:00:00")
    def test_in_the_middle_of_the_year(self):
        self.assertStory(self.load())
        self.assertProgrammeStays()
        metrics = self.assertProcesses("p2p", "r2r", empty=RECEIPTS)
        self.assertTrue(metrics["p2p_bill_to_payment"].stuck_amount)
        self.assertTrue(metrics["p2p_rfq_to_order"].stuck_count)
        for code in ("p2p_order_reopened", "p2p_bill_reset", "r2r_reset"):
            self.assertTrue(metrics[code].value, code)

    @freeze_time("2026-01-01 12:00:00")
    def test_on_the_first_day(self):
        self.assertStory(self.load())

    @freeze_time("2027-12-31 12:00:00")
    def test_on_the_last_day(self):
        self.assertStory(self.load())
