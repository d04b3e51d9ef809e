# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from . import (
    test_engine_experiment,
    test_engine_kpi,
    test_engine_learning,
    test_engine_probability,
    test_engine_process,
    test_engine_statistics,
    test_engine_tree,
    test_hoot,
    test_kpi,
    test_operation,
    test_process_p2p,
    test_process_page,
    test_process_r2r,
    test_planner,
)
