# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from odoo.fields import Command

from .common import SopControlCommon


class ProposalCommon(SopControlCommon):
    """A third category with 1,000 in June, and proposals on it."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env["sop.budget"].browse(cls.budget.id).action_draft()
        cls.third = cls.make_category("P3", cls.top, {"2025-06": 1000.0}, analytic=True)
        cls.budget.action_submit()
        cls.budget.action_approve()
        cls.proposer = cls.users["proposer"]
        cls.vendor = cls.partner_a

    @classmethod
    def make_proposal(cls, *amounts, category=None, user=None, lines=None, **vals):
        """By the proposer; ``amounts`` in company currency, one line each."""
        category = category or cls.third
        return (
            cls.env["sop.proposal"]
            .with_user(user or cls.proposer)
            .create(
                {
                    "name": "Prizes",
                    "budget_id": cls.budget.id,
                    "partner_id": cls.vendor.id,
                    "date_expected": "2025-06-15",
                    "line_ids": [
                        Command.create(
                            {
                                "name": "Prize",
                                "category_id": category.id,
                                "price_unit": amount,
                                "month": "2025-06-01",
                            }
                        )
                        for amount in amounts
                    ]
                    + [
                        Command.create(
                            {
                                "name": "Line",
                                "category_id": category.id,
                                "month": "2025-06-01",
                                **line,
                            }
                        )
                        for line in lines or []
                    ],
                    **vals,
                }
            )
        )

    @classmethod
    def submit(cls, *proposals):
        for proposal in proposals:
            proposal.with_user(proposal.requester_id).action_submit()

    @classmethod
    def approved(cls, *amounts, **vals):
        proposal = cls.make_proposal(*amounts, **vals)
        cls.submit(proposal)
        if proposal.step == "in_review":
            proposal.sudo()._on_approved()
        return proposal.with_env(cls.env)

    @classmethod
    def order(cls, proposal, amount=None):
        """A request for quotation for ``amount`` of the first line, or for all."""
        action = proposal.with_env(cls.env).action_create_rfq()
        order = cls.env["purchase.order"].browse(action["res_id"])
        if amount is not None:
            order.order_line[0].write({"product_qty": 1, "price_unit": amount})
        return order

    @classmethod
    def bill(cls, order, date="2025-06-20"):
        order.action_create_invoice()
        bill = order.invoice_ids.filtered(lambda move: move.state == "draft")
        bill.write({"invoice_date": date, "date": date})
        return bill
