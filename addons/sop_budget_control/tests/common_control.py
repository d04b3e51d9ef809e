# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from odoo.addons.sop_budget.tests.common_commitments import CommitmentCommon

from .common_proposal import ProposalCommon


class ControlCase(ProposalCommon, CommitmentCommon):
    """Orders and bills against an approved budget with policies.

    Orders are expected on 10 April; 100 (first) and 50 (second) are planned a month, and
    1,000 in June (third).
    """

    def set_policy(self, category=None, event="order", action="stop", **vals):
        return self.env["sop.budget.policy"].create(
            {
                "budget_id": self.budget.id,
                "category_id": category.id if category else False,
                "event": event,
                "action": action,
                "basis": "budget",
                **vals,
            }
        )

    def line(self, category, price, quantity=1.0, **vals):
        account = category.analytic_account_id
        return {
            "price": price,
            "quantity": quantity,
            "analytic_distribution": {str(account.id): 100},
            **vals,
        }

    def draft(self, *lines, **vals):
        """Lines: ``(category, price)`` or what :meth:`line` returns."""
        lines = [line if isinstance(line, dict) else self.line(*line) for line in lines]
        return self.make_order(*lines, confirm=False, **vals)

    def spend(self, category, amount, date="2025-04-20", post=True, **vals):
        return self.post_bill(
            amount,
            date,
            distribution={category.analytic_account_id: 100},
            post=post,
            **vals,
        )

    def available(self, category):
        self.env.invalidate_all()
        return self.figures(category, "available")
