# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from odoo.tests import HttpCase, tagged

from .common_activity import ActivityData


@tagged("post_install", "-at_install")
class TestActivityTours(ActivityData, HttpCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.set_up_activity()
        cls.lead.name = "Tour lead"
        cls.operation.user_id = cls.lead
        cls.operation.action_start()

    def test_blocker(self):
        self.start_tour(
            f"/odoo/sop.operation/{self.operation.id}",
            "sop_operations_blocker",
            login=self.planner.login,
        )
        blocker = self.operation.update_ids.filtered(lambda u: u.type == "blocker")
        self.assertRecordValues(
            blocker,
            [
                {
                    "name": "The hall is booked",
                    "priority": "3",
                    "assigned_user_id": self.lead.id,
                    "blocker_state": "resolved",
                    "resolution": "The library has one",
                    "resolved_by_id": self.planner.id,
                    "user_id": self.planner.id,
                }
            ],
        )

    def test_risk(self):
        self.start_tour(
            f"/odoo/sop.operation/{self.operation.id}",
            "sop_operations_risk",
            login=self.planner.login,
        )
        self.assertRecordValues(
            self.operation.risk_ids,
            [{"name": "The hall is lost", "score": 20, "color_state": "danger"}],
        )

    def test_timeline(self):
        self.make_update(self.member, name="Flyers printed", date="2025-06-09")
        self.make_update(
            self.member, name="We take the library", type="decision", date="2025-06-08"
        )
        self.start_tour(
            "/odoo/sop-timeline", "sop_operations_timeline", login=self.planner.login
        )

    def test_standup(self):
        self.start_tour(
            "/odoo/sop-standup", "sop_operations_standup", login=self.lead.login
        )
        self.assertEqual(
            self.env["sop.operation.update"]
            .search([("name", "=", "Jury asked")])
            .user_id,
            self.lead,
        )
