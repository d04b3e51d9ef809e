# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from odoo.tests import HttpCase, tagged

from odoo.addons.sop_budget.tests.common_hoot import HootMixin


@tagged("post_install", "-at_install")
class TestHoot(HootMixin, HttpCase):
    pass
