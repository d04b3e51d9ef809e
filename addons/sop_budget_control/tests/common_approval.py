# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from odoo.fields import Command

from .common_proposal import ProposalCommon


class ApprovalCommon(ProposalCommon):
    """Three approvers, and a rule that asks them in a row; a proposal by the proposer."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.anna, cls.bert, cls.cleo, cls.dora = (
            cls.make_user(f"sop_approver_{letter}", name=f"Approver {letter.upper()}")
            for letter in "abcd"
        )
        cls.env["sop.budget.member"].create(
            [
                {"budget_id": cls.budget.id, "user_id": user.id, "role": "approver"}
                for user in (cls.anna, cls.bert, cls.cleo)
            ]
        )
        # Without managers only the owner stands in
        cls.manager = cls.users["manager"]

    @classmethod
    def make_rule(cls, *steps, **vals):
        """``steps``: users, one level each, or values of steps."""
        lines = []
        for level, step in enumerate(steps, start=1):
            values = step if isinstance(step, dict) else {"user_id": step.id}
            lines.append({"name": f"Step {level}", "sequence": level, **values})
        return cls.env["sop.approval.rule"].create(
            {
                "name": "Rule of tests",
                "company_id": cls.company.id,
                "budget_id": cls.budget.id,
                "step_ids": [Command.create(line) for line in lines],
                **vals,
            }
        )

    @classmethod
    def ask(cls, *amounts, **vals):
        """A proposal that is submitted, as the test's user sees it."""
        proposal = cls.make_proposal(*(amounts or (300,)), **vals)
        cls.submit(proposal)
        return proposal.with_env(cls.env)

    def by(self, record, user):
        return record.with_user(user)

    def waits_for(self, document):
        document.invalidate_recordset()
        return document.current_approver_ids

    def trail(self, document):
        """``[(decision, who)]`` from the first entry on, without the changes of state."""
        rows = self.env["sop.approval.decision"].search(
            [
                ("res_model", "=", document._name),
                ("res_id", "=", document.id),
                ("decision", "!=", "moved"),
            ],
            order="id",
        )
        return [(row.decision, row._get_who()) for row in rows]
