# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from odoo import api, fields, models
from odoo.exceptions import UserError

from .sop_budget_transfer import TRANSFER_TOKEN


class SopBudgetTransferEntry(models.Model):
    """What an approved transfer did to one amount of the plan: planned → revised."""

    _name = "sop.budget.transfer.entry"
    _inherit = "sop.system.mixin"
    _description = "Change of the Plan"
    _order = "date desc, id desc"
    _rec_name = "transfer_id"

    transfer_id = fields.Many2one(
        "sop.budget.transfer", required=True, readonly=True, index=True
    )
    category_id = fields.Many2one(
        "sop.budget.category",
        required=True,
        readonly=True,
        index=True,
        ondelete="restrict",
    )
    budget_id = fields.Many2one(related="category_id.budget_id", store=True, index=True)
    company_id = fields.Many2one(related="category_id.company_id", store=True)
    currency_id = fields.Many2one(related="company_id.currency_id", store=True)
    kind = fields.Selection(related="transfer_id.kind", store=True)
    month = fields.Date(required=True, readonly=True)
    amount_before = fields.Monetary("Planned", readonly=True, aggregator=None)
    amount_after = fields.Monetary("Revised", readonly=True, aggregator=None)
    change = fields.Monetary(readonly=True)
    user_id = fields.Many2one("res.users", "Approved By", readonly=True)
    date = fields.Datetime(required=True, readonly=True)
    reason = fields.Text(related="transfer_id.reason")

    @api.model_create_multi
    def create(self, vals_list):
        self._check_history()
        return super().create(vals_list)

    def write(self, vals):
        self._check_history()
        return super().write(vals)

    @api.ondelete(at_uninstall=False)
    def _unlink_except_never(self):
        raise UserError(
            self.env._(
                "The history of a plan can't be changed: transfer the money back."
            )
        )

    def _check_history(self):
        if self.env.context.get("sop_transfer_token") is not TRANSFER_TOKEN:
            raise UserError(
                self.env._(
                    "The history of a plan can't be changed: transfer the money back."
                )
            )
