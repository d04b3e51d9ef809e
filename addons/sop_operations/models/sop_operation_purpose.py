# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""What an operation spends its money for, beside whom it gets it from."""

from odoo import fields, models

from .sop_ledger_spending import Way


class SopOperation(models.Model):
    _inherit = "sop.operation"

    purpose_by = fields.Selection(
        related="company_id.sop_purpose_by", string="Purposes Are"
    )

    def _get_purpose_units(self) -> dict[int, dict[int, int]]:
        """``{operation id: {purpose: minor units}}`` of those with an account, to the cent.

        A purpose is the id of an account: of the books or of the plan of purposes, as the
        company chose; 0 is none. For the current user: what lies in categories that are hidden
        from them is left out as it is from ``spent``, which this adds up to.
        """
        result = {}
        for company, group, ways, plan in self._get_purpose_batches():
            parts = self.env["sop.ledger.month"]._split_spending_by_purpose(
                company, ways, plan
            )
            for operation in group:
                result[operation.id] = dict(parts[operation.analytic_account_id.id])
        return result

    def _get_purpose_batches(self):
        """``company, operations, ways, plan`` of each company that has purposes.

        In superuser mode; what is hidden from the user is in the ways, which are left out.
        """
        # sudo: the tie to the books was checked when it was made; the sums are for readers
        tied = self.sudo().filtered("analytic_account_id")
        for company, group in tied.grouped("company_id").items():
            if company.sop_purpose_by == "none":
                continue
            way = Way.of(self._get_veiled_categories(group))
            ways = {operation.analytic_account_id.id: way for operation in group}
            by_plan = company.sop_purpose_by == "plan"
            plan = company.sop_purpose_plan_id.id or 0 if by_plan else None
            yield company, group, ways, plan

    def _get_purpose_items(self, purpose) -> list[int]:
        """Ids of the journal items behind one purpose, whoever may read them."""
        self.ensure_one()
        return [
            id_
            for company, _group, ways, plan in self._get_purpose_batches()
            for id_ in self.env["sop.ledger.month"]._get_items_of_purpose(
                company, ways, plan, purpose
            )
        ]

    def action_open_purposes(self):
        """What it needed and what it spent, by purpose."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "sop_operations.sop_operation_purpose_action"
        )
        return {
            **action,
            "name": self.env._("Purposes of %(operation)s", operation=self.name),
            "domain": [("operation_id", "=", self.id)],
            "context": {"sop_purpose_operation_ids": self.ids},
        }
