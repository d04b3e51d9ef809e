# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Command

USER = "sop_budget.group_sop_budget_user"
#: Proposals that came to nothing: what they asked for can be asked for again.
ENDED = ("rejected", "cancelled", "withdrawn")


class SopOperation(models.Model):
    _inherit = "sop.operation"

    proposal_line_ids = fields.One2many(
        "sop.proposal.line", "operation_id", groups=USER
    )
    proposal_count = fields.Integer(compute="_compute_proposals", groups=USER)
    proposal_pending = fields.Monetary(
        "Asked For",
        compute="_compute_proposals",
        groups=USER,
        help="In proposals that are not decided yet, as far as you may see them.",
    )
    proposal_approved = fields.Monetary(
        "Approved", compute="_compute_proposals", groups=USER
    )

    @api.depends_context("uid")
    @api.depends("proposal_line_ids.proposal_id.state")
    def _compute_proposals(self):
        lines = self.env["sop.proposal.line"].search_fetch(
            [("operation_id", "in", self.ids)],
            ["operation_id", "proposal_id", "amount_company", "approved_amount"],
        )
        of_operation = lines.grouped(lambda line: line.operation_id.id)
        for operation in self:
            own = of_operation.get(operation._origin.id, lines.browse())
            pending = own.filtered(
                lambda line: line.proposal_id.step in ("submitted", "in_review")
            )
            operation.proposal_count = len(own.proposal_id)
            operation.proposal_pending = sum(pending.mapped("amount_company"))
            operation.proposal_approved = sum(own.mapped("approved_amount"))

    def action_open_proposals(self):
        self.ensure_one()
        return self._open_proposals(self.proposal_line_ids.proposal_id)

    def _open_proposals(self, proposals):
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "sop_budget_control.sop_proposal_action"
        )
        action = {**action, "domain": [("id", "in", proposals.ids)], "context": {}}
        if len(proposals) == 1:
            action.update(
                view_mode="form", views=[(False, "form")], res_id=proposals.id
            )
        return action

    # === FROM NEEDS TO PROPOSALS === #

    def action_propose_needs(self):
        """A proposal for each budget, with the rights of the user, to be completed by them."""
        self.ensure_one()
        self.check_access("write")
        needs = self.need_ids.filtered(
            lambda need: not need.proposal_state or need.proposal_state in ENDED
        )
        if not needs:
            raise UserError(self.env._("Everything in the list is asked for already."))
        missing = needs.filtered(lambda need: not need.category_id)
        if missing:
            raise UserError(
                self.env._(
                    "Choose which category is to pay for “%(need)s”.",
                    need=missing[0].name,
                )
            )
        proposals = self.env["sop.proposal"]
        for budget, group in needs.grouped(lambda n: n.category_id.budget_id).items():
            proposal = proposals.create(self._prepare_proposal_vals(budget, group))
            for need, line in zip(group, proposal.line_ids.sorted("id"), strict=True):
                # sudo: a field of the system, on a need that the user may edit
                need.sudo().proposal_line_id = line
            proposals |= proposal
        return self._open_proposals(proposals)

    def _prepare_proposal_vals(self, budget, needs):
        month = self._get_proposal_month(budget)
        return {
            "name": self.name,
            "budget_id": budget.id,
            "justification": self.hypothesis,
            "line_ids": [
                Command.create(
                    {
                        "sequence": sequence,
                        "name": need.name,
                        "category_id": need.category_id.id,
                        "operation_id": self.id,
                        "price_unit": need.amount,
                        "month": month,
                    }
                )
                for sequence, need in enumerate(needs, 1)
            ],
        }

    def _get_proposal_month(self, budget):
        """The month in which the operation starts, as far as the budget reaches."""
        months = budget._get_months()
        start = (self.date_start or self._get_today()).replace(day=1)
        return min(max(start, months[0]), months[-1])
