# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from . import (
    sop_experiment_decide,
    sop_kpi_check_in,
    sop_kpi_ready,
    sop_milestone_complete,
    sop_operation_health,
    sop_operation_settings,
    sop_operation_start,
)
