# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from odoo.tests import TransactionCase, tagged


@tagged("post_install", "-at_install")
class TestOperation(TransactionCase):
    def test_display_name(self):
        operation = self.env["sop.operation"].create({"code": "O1", "name": "Fair"})
        self.assertEqual(operation.display_name, "O1 Fair")
