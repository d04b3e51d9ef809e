# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from odoo.tests import TransactionCase, freeze_time, loaded_demo_data, tagged
from odoo.tools import convert_file

FILES = (
    ("sop_budget", "demo/sop_budget_demo.xml"),
    ("sop_budget", "demo/sop_budget_demo_documents.xml"),
    ("sop_operations", "demo/operations_demo.xml"),
)


@tagged("post_install", "-at_install")
class TestOperationsDemo(TransactionCase):
    """The demo data install on any day, and always tell the same story."""

    def load(self):
        if loaded_demo_data(self.env) and self.env.ref(
            "sop_budget.sop_budget_demo", raise_if_not_found=False
        ):
            self.skipTest("The database has the demo data of another day")
        for module, name in FILES:
            convert_file(self.env, module, name, {}, mode="init", noupdate=True)
        company = self.env.ref("sop_budget.res_company_demo")
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
        kpis = {kpi.code: kpi for kpi in found["OP-O1-Q1"].kpi_ids}
        self.assertAlmostEqual(kpis["PARTICIPANTS"].attainment, 106.666667)
        self.assertAlmostEqual(kpis["PROJECTS"].attainment, 110)

    @freeze_time("2025-08-20 12:00:00")
    def test_in_the_middle_of_the_year(self):
        self.assertStory(self.load())

    @freeze_time("2026-01-01 12:00:00")
    def test_on_the_first_day(self):
        self.assertStory(self.load())

    @freeze_time("2027-12-31 12:00:00")
    def test_on_the_last_day(self):
        self.assertStory(self.load())
