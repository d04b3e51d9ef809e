# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from odoo.tests import freeze_time, tagged

from odoo.addons.sop_operations.tests.demo_case import DemoCase


@tagged("post_install", "-at_install")
class TestReceiptsDemo(DemoCase):
    @freeze_time("2026-05-20 08:00:00")
    def test_processes_have_figures(self):
        self.load_files(("sop_operations_stock", "demo/receipts_demo.xml"))
        self.assertProgrammeStays()
        metrics = self.assertProcesses("p2p")
        self.assertTrue(metrics["p2p_order_to_receipt"].stuck_amount)
