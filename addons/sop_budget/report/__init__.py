# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from . import budget_report_builder
from . import budget_report_xlsx
from . import chart_svg
from . import report_lines
from . import budget_report
