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

    def _get_reserved(self):
        """``{line: amount}`` that was approved and is neither ordered, billed nor freed."""
        # sudo: as for the operations that it funds
        return {line: line.reserved_amount for line in self.sudo()}

    def _prepare_carried_vals(self, target, category):
        # EXTENDS sop_budget_control: what is left of it is for the same operation
        vals = super()._prepare_carried_vals(target, category)
        # sudo: it is carried, whoever may read the operation
        return {**vals, "operation_id": self.sudo().operation_id.id}


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
        self._tell_operations()
        return result

    def _tell_operations(self):
        """The timeline of an operation says that money was approved for it.

        Not how much, nor of which category: who reads the operation may not know either.
        """
        Update = self.env["sop.operation.update"]
        for proposal in self:
            # sudo: told whoever decided it, and whatever they may read
            for operation in proposal.sudo().line_ids.operation_id:
                Update._log_automatic(
                    operation,
                    "decision",
                    self.env._(
                        "Money approved: proposal %(number)s",
                        number=proposal.sudo().number or proposal.id,
                    ),
                    proposal_id=proposal.id,
                )
            operations = proposal.sudo().line_ids.operation_id
            operations.kpi_ids._roll_up_approved()

    def action_cancel(self, comment=None):
        # EXTENDS sop_budget_control
        reserved = self.line_ids._get_reserved()
        result = super().action_cancel(comment)
        self._fund_operations(reserved)
        return result

    def action_free_rest(self, comment=None):
        # EXTENDS sop_budget_control
        reserved = self.line_ids._get_reserved()
        result = super().action_free_rest(comment)
        self._fund_operations(reserved)
        return result

    def _carry_to(self, transfer, places):
        # EXTENDS sop_budget_control: the money leaves one category and comes from another
        lines = self.env["sop.proposal.line"].union(*places)
        reserved = lines._get_reserved()
        new = super()._carry_to(transfer, places)
        self._fund_operations(reserved)
        new._fund_operations()
        return new

    def _fund_operations(self, given_back=None):
        """What was approved for an operation is allocated to it.

        :param given_back: ``{line: amount}`` that is no longer allocated, instead
        """
        # sudo: the decision funds the operation, whoever took it and whatever they may link
        lines = self.sudo().line_ids.filtered("operation_id")
        if given_back is None:
            amounts = {line: line.approved_amount for line in lines}
        else:
            lines = lines.filtered(given_back.get)
            amounts = {line: -given_back[line] for line in lines}
        links = (
            self.env["sop.operation.funding"]
            .sudo()
            .with_context(sop_funding_granted=True)
        )
        for (operation, category), parts in lines.grouped(
            lambda line: (line.operation_id, line.category_id)
        ).items():
            amount = sum(amounts[line] for line in parts)
            link = links.search(
                [
                    ("operation_id", "=", operation.id),
                    ("category_id", "=", category.id),
                ]
            )
            if link:
                # Somebody may have allocated it elsewhere meanwhile
                link.amount = max(link.amount + amount, 0.0)
            elif given_back is None:
                links.create(
                    {
                        "operation_id": operation.id,
                        "category_id": category.id,
                        "amount": amount,
                    }
                )
