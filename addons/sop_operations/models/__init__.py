# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from . import (
    sop_experiment,
    sop_kpi,
    sop_kpi_measure,
    sop_kpi_target,
    sop_kpi_value,
    sop_milestone,
    sop_operation,
    sop_operation_funding,
    sop_operation_tag,
    sop_operation_update,
)
