# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from odoo import fields, models


class SopProposalLine(models.Model):
    _inherit = "sop.proposal.line"

    operation_id = fields.Many2one(
        "sop.operation",
        index="btree_not_null",
        check_company=True,
        ondelete="restrict",
        copy=False,
        groups="sop_operations.group_sop_operations_involved",
        help="What the money is for: once approved, the category funds the operation by it.",
    )


class SopProposal(models.Model):
    _inherit = "sop.proposal"

    def copy(self, default=None):
        copies = super().copy(default)
        if "line_ids" in (default or {}):
            return copies
        # sudo: what it is for goes along, whether or not who asks may read operations
        for old, new in zip(self.sudo(), copies.sudo(), strict=True):
            if len(old.line_ids) == len(new.line_ids):
                for before, after in zip(
                    old.line_ids.sorted("id"), new.line_ids.sorted("id"), strict=True
                ):
                    after.operation_id = before.operation_id
        return copies

    def _on_approved(self):
        # EXTENDS sop_budget_control
        result = super()._on_approved()
        self._fund_operations()
        return result

    def _fund_operations(self):
        """What was approved for an operation is allocated to it."""
        # sudo: the decision funds the operation, whoever took it and whatever they may link
        lines = self.sudo().line_ids.filtered("operation_id")
        links = (
            self.env["sop.operation.funding"]
            .sudo()
            .with_context(sop_funding_granted=True)
        )
        for (operation, category), parts in lines.grouped(
            lambda line: (line.operation_id, line.category_id)
        ).items():
            amount = sum(parts.mapped("approved_amount"))
            link = links.search(
                [
                    ("operation_id", "=", operation.id),
                    ("category_id", "=", category.id),
                ]
            )
            if link:
                link.amount += amount
            else:
                links.create(
                    {
                        "operation_id": operation.id,
                        "category_id": category.id,
                        "amount": amount,
                    }
                )
