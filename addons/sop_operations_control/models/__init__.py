# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from . import (
    sop_kpi,
    sop_operation,
    sop_operation_need,
    sop_operation_update,
    sop_proposal,
)
