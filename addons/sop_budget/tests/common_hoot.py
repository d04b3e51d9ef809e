# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
import re
from pathlib import Path

from odoo.modules import get_module_path
from odoo.tests import no_retry


class HootMixin:
    """The JavaScript unit tests of the add-on, in a real browser; to be mixed into a HttpCase."""

    @staticmethod
    def suite_id(name):
        """The id under which the test page knows a suite."""
        value = 0
        for char in name:
            value = ((value << 5) - value + ord(char)) & 0xFFFFFFFF
        return f"{value:08x}"

    @no_retry
    def test_unit_tests(self):
        self.browser_js(
            f"/web/tests?headless&loglevel=2&preset=desktop&timeout=15000"
            f"&id={self.suite_id('@' + self.test_module)}",
            "",
            "",
            login="admin",
            timeout=600,
            success_signal="[HOOT] Test suite succeeded",
            error_checker=lambda message: "[HOOT]" not in message,
        )

    def test_no_test_is_singled_out(self):
        """``only`` and ``debug`` would leave out the other tests."""
        folder = Path(get_module_path(self.test_module)) / "static" / "tests"
        files = sorted(folder.rglob("*.test.js"))
        self.assertTrue(files)
        for path in files:
            with self.subTest(file=path.name):
                self.assertFalse(
                    re.search(r"(test|describe)\S*\.(only|debug)\(", path.read_text())
                )
