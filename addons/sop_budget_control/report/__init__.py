# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from . import version_changes_xlsx
from . import version_report_builder
