# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged

from .test_operation_proposal import ProposalCommon


@tagged("post_install", "-at_install")
class TestApproved(ProposalCommon):
    def make_approved(self, user=None, **vals):
        return (
            self.env["sop.kpi"]
            .with_user(user or self.planner)
            .create(
                {
                    "operation_id": self.operation.id,
                    "name": "Prize pool",
                    "kind": "currency",
                    "source": "approved",
                    "target": 5000,
                    "date_start": "2025-01-01",
                    **vals,
                }
            )
        )

    def test_read_when_it_is_approved(self):
        kpi = self.make_approved()
        formula = self.make_approved(
            name="Half", source="formula", formula="operation.approved / 2"
        )
        for one in kpi | formula:
            one._roll_up()
            self.assertEqual((one.has_value, one.error_text), (False, False))
        self.approve(self.propose())
        self.assertEqual((kpi.value, formula.value), (6300, 3150))
        self.assertEqual(kpi.attainment, 126)

    def test_who_reads_proposals(self):
        nobody = self.make_user(
            "op_nobody", "sop_operations.group_sop_operations_planner"
        )
        with self.assertRefused(AccessError, "role in budgets"):
            self.make_approved(user=nobody)

    def test_the_timeline_tells_it(self):
        proposal = self.propose()
        self.approve(proposal)
        update = self.env["sop.operation.update"].search(
            [("operation_id", "=", self.operation.id), ("proposal_id", "!=", False)]
        )
        self.assertEqual(update.proposal_id, proposal)
        self.assertTrue(update.is_automatic)
        self.assertIn("Money approved", update.name)
        self.assertNotIn("6,300", update.name)
        with self.assertRefused((AccessError, UserError), ""):
            self.env["sop.operation.update"].with_user(self.planner).create(
                {
                    "operation_id": self.operation.id,
                    "name": "Made up",
                    "proposal_id": proposal.id,
                }
            )
