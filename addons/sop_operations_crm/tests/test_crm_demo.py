# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from odoo.tests import freeze_time, tagged

from odoo.addons.sop_operations.tests.demo_case import DemoCase


@tagged("post_install", "-at_install")
class TestLeadsDemo(DemoCase):
    @freeze_time("2026-05-20 08:00:00")
    def test_processes_have_figures(self):
        self.load_files(("sop_operations_crm", "demo/leads_demo.xml"))
        self.assertProgrammeStays()
        # Figures without cases have no months
        made_of_others = ("l2o_coverage", "l2o_needed", "l2o_velocity")
        metrics = self.assertProcesses("l2o", empty=made_of_others)
        for code in made_of_others:
            self.assertTrue(metrics[code].value, code)
        self.assertTrue(metrics["l2o_pipeline"].stuck_amount)
