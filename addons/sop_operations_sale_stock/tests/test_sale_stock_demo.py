# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from odoo.tests import freeze_time, tagged

from odoo.addons.sop_operations.tests.demo_case import DemoCase


@tagged("post_install", "-at_install")
class TestDeliveriesDemo(DemoCase):
    @freeze_time("2026-05-20 08:00:00")
    def test_processes_have_figures(self):
        self.load_files(
            ("sop_operations_sale", "demo/tickets_demo.xml"),
            ("sop_operations_sale_stock", "demo/deliveries_demo.xml"),
        )
        self.assertProgrammeStays()
        metrics = self.assertProcesses("o2c")
        self.assertTrue(metrics["o2c_order_to_cash"].stuck_amount)
        self.assertTrue(metrics["o2c_invoice_reset"].value)
