# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from odoo import api, fields, models

from odoo.addons.sop_budget_control.models.sop_proposal_token import PROPOSAL_TOKEN

from ..models.hr_expense_date import ENTRY_DATE


class HrExpensePostWizard(models.TransientModel):
    _inherit = "hr.expense.post.wizard"

    accounting_date = fields.Date(
        default=lambda self: self._get_sop_expenses()._get_sop_entry_date()
    )
    sop_date_warning = fields.Text(
        "Outside of the Budget", compute="_compute_sop_date_warning"
    )

    @api.model
    def _get_sop_expenses(self):
        ids = self.env.context.get("active_ids") or []
        if self.env.context.get("active_model") not in (None, "hr.expense"):
            ids = []
        return self.env["hr.expense"].browse(ids).exists()

    @api.depends_context("active_ids", "lang", "uid")
    @api.depends("accounting_date")
    def _compute_sop_date_warning(self):
        expenses = self._get_sop_expenses()
        for wizard in self:
            found = [
                expense._describe_sop_entry_date(wizard.accounting_date)
                for expense in expenses
                if wizard.accounting_date
            ]
            wizard.sop_date_warning = "\n".join(filter(None, found))

    def action_post_entry(self):
        # EXTENDS hr_expense
        context = {ENTRY_DATE: self.accounting_date, **PROPOSAL_TOKEN}
        dated = self.with_context(**context)
        return super(HrExpensePostWizard, dated).action_post_entry()
