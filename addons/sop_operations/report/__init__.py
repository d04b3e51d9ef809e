# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from . import (
    operation_timeline,
    sop_alignment_report,
    sop_contradiction,
    sop_efficiency,
    sop_operation_purpose,
    worked_out,
)
