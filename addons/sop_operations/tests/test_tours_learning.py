# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from odoo.tests import HttpCase, tagged

from .common_learning import LearningCommon


@tagged("post_install", "-at_install")
class TestLearningTours(LearningCommon, HttpCase):
    def test_experiment_to_its_decision(self):
        self.start_tour(
            "/odoo/experiments",
            "sop_operations_experiment",
            login="kpi_planner",
            timeout=120,
        )
        experiment = self.env["sop.experiment"].search([("name", "=", "Welcome call")])
        self.assertRecordValues(
            experiment,
            [
                {
                    "operation_id": self.operation.id,
                    "state": "decided",
                    "decision": "scale",
                    "decision_reason": "Both cohorts agree.",
                    "decided_by_id": self.planner.id,
                    "size_needed": 42,
                    "look_count": 1,
                }
            ],
        )
