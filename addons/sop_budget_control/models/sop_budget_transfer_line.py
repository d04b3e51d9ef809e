# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError, ValidationError

from odoo.addons.sop_budget.engine.money import from_units, to_units

from ..engine.transfer import Move


class SopBudgetTransferLine(models.Model):
    _name = "sop.budget.transfer.line"
    _inherit = "sop.budget.part.mixin"
    _description = "Budget Transfer Line"
    _order = "transfer_id desc, sequence, id"
    _rec_name = "transfer_id"

    transfer_id = fields.Many2one(
        "sop.budget.transfer", required=True, index=True, ondelete="cascade"
    )
    sequence = fields.Integer(default=10)
    kind = fields.Selection(related="transfer_id.kind")
    state = fields.Selection(related="transfer_id.state", store=True)
    budget_id = fields.Many2one(related="transfer_id.budget_id", store=True, index=True)
    target_budget_id = fields.Many2one(
        "sop.budget", compute="_compute_target_budget_id", string="Goes to Budget"
    )
    company_id = fields.Many2one(related="transfer_id.company_id", store=True)
    currency_id = fields.Many2one(related="company_id.currency_id")
    date_applied = fields.Datetime(related="transfer_id.date_applied", store=True)
    category_from_id = fields.Many2one(
        "sop.budget.category",
        string="From",
        index="btree_not_null",
        ondelete="restrict",
        domain="[('budget_id', '=', budget_id), ('is_leaf', '=', True)]",
    )
    month_from = fields.Date(
        "From Month", help="Any day of the month that gives the money."
    )
    category_to_id = fields.Many2one(
        "sop.budget.category",
        string="To",
        index="btree_not_null",
        ondelete="restrict",
        domain="[('budget_id', '=', target_budget_id), ('is_leaf', '=', True)]",
        help="Empty in a carry-forward: the category with the same code, which is created if "
        "there is none.",
    )
    month_to = fields.Date("To Month", help="Any day of the month that gets the money.")
    amount = fields.Monetary(required=True)
    purchase_line_id = fields.Many2one(
        "purchase.order.line",
        string="Order Line",
        readonly=True,
        copy=False,
        index="btree_not_null",
        help="Of a carry-forward: the open order that moves with its money.",
    )
    claim_id = fields.Many2one(
        "sop.proposal.line",
        string="Proposal Line",
        readonly=True,
        copy=False,
        index="btree_not_null",
        help="Of a carry-forward: the reservation that moves with its money.",
    )

    order_name = fields.Char("Order or Proposal", compute="_compute_order_name")

    # What it does, as the reader may see it
    available_from = fields.Monetary(
        "Available", compute="_compute_effect", help="Of the giving category, now."
    )
    available_after = fields.Monetary("Left", compute="_compute_effect")
    planned_to = fields.Monetary(
        "Planned", compute="_compute_effect", help="Of the receiving category, now."
    )
    revised_to = fields.Monetary("Revised", compute="_compute_effect")

    # === COMPUTE === #

    @api.depends("transfer_id.target_budget_id", "transfer_id.budget_id")
    def _compute_target_budget_id(self):
        for line in self:
            transfer = line.transfer_id
            line.target_budget_id = transfer.target_budget_id or transfer.budget_id

    @api.depends("purchase_line_id", "claim_id")
    def _compute_order_name(self):
        for line in self:
            # sudo: whoever carries needn't be a buyer to know which order it is
            order = line.purchase_line_id.sudo().order_id
            line.order_name = order.name or line.claim_id.sudo().proposal_id.number

    @api.depends_context("uid")
    @api.depends("category_from_id", "category_to_id", "amount", "transfer_id.line_ids")
    def _compute_effect(self):
        """Figures over the whole budget; all lines of a transfer count together."""
        figures = self._get_figures()
        for line in self:
            lines = line.transfer_id.line_ids or line
            source, target = line.category_from_id, line.category_to_id
            taken = sum(
                other.amount
                * (
                    (other.category_from_id == source)
                    - (other.category_to_id == source)
                )
                for other in lines
            )
            given = sum(
                other.amount
                * (
                    (other.category_to_id == target)
                    - (other.category_from_id == target)
                )
                for other in lines
            )
            line.available_from = figures.get(source._origin.id, (0, 0))[1]
            line.available_after = line.available_from - taken if source else 0.0
            line.planned_to = figures.get(target._origin.id, (0, 0))[0]
            line.revised_to = line.planned_to + given if target else 0.0

    def _get_figures(self):
        """``{category id: (planned, available)}`` of the budgets involved."""
        categories = (self.category_from_id | self.category_to_id)._origin
        result = {}
        budgets = categories.budget_id
        for budget_id, matrix in budgets._get_matrix_many().items():
            digits = budgets.browse(budget_id).currency_id.decimal_places
            planned = matrix.planned.sum(axis=1)
            available = matrix.available.sum(axis=1)
            for row, category_id in enumerate(matrix.ids):
                result[category_id] = (
                    from_units(planned[row], digits),
                    from_units(available[row], digits),
                )
        return result

    # === CRUD AND GUARDS === #

    @api.model_create_multi
    def create(self, vals_list):
        trusted = self.env["sop.budget.transfer"]._is_trusted()
        for vals in vals_list:
            self._check_not_derived(vals)
            if (vals.get("purchase_line_id") or vals.get("claim_id")) and not trusted:
                self._refuse_order()
        lines = super().create([self._prepare_months(vals) for vals in vals_list])
        if not trusted:
            lines.transfer_id._check_open()
        lines._check_visible()
        return lines

    def write(self, vals):
        self._check_not_derived(vals)
        if not self.env["sop.budget.transfer"]._is_trusted():
            if {"purchase_line_id", "claim_id"} & set(vals):
                self._refuse_order()
            if vals.get("transfer_id") not in (None, *self.transfer_id.ids):
                raise UserError(
                    self.env._("A line stays in the transfer that it was written for.")
                )
            self.transfer_id._check_open()
        result = super().write(self._prepare_months(vals))
        self._check_visible()
        return result

    @api.ondelete(at_uninstall=False)
    def _unlink_except_under_way(self):
        self.transfer_id._check_open()

    @api.model
    def _prepare_months(self, vals):
        """A month is named by its first day, whichever day was chosen."""
        days = {
            name: fields.Date.to_date(vals[name]).replace(day=1)
            for name in ("month_from", "month_to")
            if vals.get(name)
        }
        return {**vals, **days}

    def _refuse_order(self):
        raise UserError(
            self.env._(
                "Orders and reservations are carried by the carry-forward of a budget only."
            )
        )

    def _check_visible(self):
        """Nobody names a category that they may not see; its id alone must not open it."""
        categories = self.category_from_id | self.category_to_id
        if not self.env.su and not categories.has_access("read"):
            raise AccessError(
                self.env._("A line names a category that you may not see.")
            )

    @api.constrains(
        "category_from_id", "category_to_id", "month_from", "month_to", "amount"
    )
    def _check_places(self):
        for line in self:
            transfer = line.transfer_id
            for place, month, budget in (
                (line.category_from_id, line.month_from, transfer.budget_id),
                (line.category_to_id, line.month_to, line.target_budget_id),
            ):
                line._check_place(place, month, budget)

    def _check_place(self, category, month, budget):
        if category and category.budget_id != budget:
            raise ValidationError(
                self.env._(
                    "Line %(row)s: “%(category)s” isn't in the budget “%(budget)s”. Choose one of "
                    "its categories.",
                    row=self._get_row(),
                    category=self._describe(category),
                    budget=budget.name,
                )
            )
        if category and not category.is_leaf:
            raise ValidationError(
                self.env._(
                    "Line %(row)s: “%(category)s” is the sum of its sub-categories. Choose one of "
                    "those.",
                    row=self._get_row(),
                    category=self._describe(category),
                )
            )
        if month and budget and month not in budget._get_months():
            raise ValidationError(
                self.env._(
                    "Line %(row)s: %(month)s lies outside the budget “%(budget)s” (%(start)s to "
                    "%(end)s).",
                    row=self._get_row(),
                    month=month.strftime("%Y-%m"),
                    budget=budget.name,
                    start=budget.date_from,
                    end=budget.date_to,
                )
            )

    # === TOOLING === #

    def _get_row(self):
        """Place in the transfer, as people count."""
        ids = self.transfer_id.line_ids.ids
        return ids.index(self.id) + 1 if self.id in ids else len(ids) + 1

    def _describe(self, category):
        """The name of a category, for the one who reads the message."""
        return self.env["sop.budget.map"]._describe_category(category.id)

    def _get_move(self):
        self.ensure_one()
        source, target = self.category_from_id, self.category_to_id.id
        if not target and self.kind == "carry_forward":
            target = f"as {source.id}"  # found or created when it is applied
        return Move(
            (source.id, self.month_from) if source else None,
            (target, self.month_to) if target else None,
            to_units(self.amount, self.currency_id.decimal_places),
        )

    def _prepare_reverse_vals(self):
        self.ensure_one()
        return {
            "category_from_id": self.category_to_id.id,
            "month_from": self.month_to,
            "category_to_id": self.category_from_id.id,
            "month_to": self.month_from,
            "amount": self.amount,
        }
