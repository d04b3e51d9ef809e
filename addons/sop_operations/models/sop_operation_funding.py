# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from odoo import fields, models


class SopOperationFunding(models.Model):
    _name = "sop.operation.funding"
    _description = "Funding of an Operation"
    _order = "id"
    _check_company_auto = True

    operation_id = fields.Many2one(
        "sop.operation", required=True, index=True, ondelete="cascade"
    )
    company_id = fields.Many2one(
        related="operation_id.company_id", store=True, index=True, precompute=True
    )
    category_id = fields.Many2one(
        "sop.budget.category",
        required=True,
        index=True,
        ondelete="restrict",
        check_company=True,
        domain="[('is_leaf', '=', True)]",
    )
    budget_id = fields.Many2one(related="category_id.budget_id", store=True, index=True)
    currency_id = fields.Many2one(related="company_id.currency_id")
    amount = fields.Monetary(
        "Allocated", help="What of the category's plan is meant for this operation."
    )
    note = fields.Char()

    _category_uniq = models.Constraint(
        "unique (operation_id, category_id)",
        "The operation is linked to this category already.",
    )
    _amount_positive = models.Constraint(
        "CHECK (amount >= 0)", "The allocated amount can't be negative."
    )
