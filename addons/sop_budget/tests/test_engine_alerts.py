# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
import doctest

from odoo.tests import BaseCase

from ..engine import alerts


class TestEngineAlerts(BaseCase):
    def test_examples(self):
        self.assertEqual(doctest.testmod(alerts).failed, 0)

    def test_severity(self):
        for kind, threshold, expected in [
            ("used", 79.9, "info"),
            ("used", 80, "warning"),
            ("used", 100, "high"),
            ("used", 150, "high"),
            ("pace", 20, "warning"),
            ("unplanned", 0, "high"),
            ("something else", 5, "info"),
        ]:
            with self.subTest(kind=kind, threshold=threshold):
                self.assertEqual(alerts.severity(kind, threshold), expected)

    def test_every_threshold_has_its_own_level(self):
        for kind, levels in alerts.LEVELS.items():
            for bound, level in levels:
                self.assertEqual(alerts.severity(kind, bound), level)
