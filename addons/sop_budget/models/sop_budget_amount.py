# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from odoo import api, fields, models
from odoo.exceptions import ValidationError
from odoo.tools import float_compare


class SopBudgetAmount(models.Model):
    """What a leaf category plans for one month, in the currency of the company."""

    _name = "sop.budget.amount"
    _inherit = "sop.budget.part.mixin"
    _description = "Budget Amount"
    _order = "budget_id, category_id, month"
    _rec_name = "month"

    category_id = fields.Many2one(
        "sop.budget.category", required=True, index=True, ondelete="cascade"
    )
    budget_id = fields.Many2one(related="category_id.budget_id", store=True, index=True)
    company_id = fields.Many2one(related="category_id.company_id", store=True)
    currency_id = fields.Many2one(related="company_id.currency_id")
    kind = fields.Selection(related="category_id.kind", store=True)
    source_id = fields.Many2one(related="category_id.source_id", store=True)
    month = fields.Date(required=True, help="First day of the month.")
    amount = fields.Monetary(required=True, default=0.0)

    # How it was entered, when that was in a foreign currency
    entry_currency_id = fields.Many2one(
        "res.currency", string="Entered in", ondelete="restrict"
    )
    entry_amount = fields.Monetary(
        currency_field="entry_currency_id", string="Amount Entered"
    )
    entry_rate = fields.Float(digits=(20, 8), string="Rate")
    entry_date = fields.Date(string="Rate Date")

    _month_uniq = models.Constraint(
        "unique (category_id, month)", "A category has one amount for each month."
    )
    # Thousands of such cells still add up to a whole number that the database can hold
    _amount_size = models.Constraint(
        "CHECK (abs(amount) <= 10000000000000)",
        "The amount of a month can't be more than 10,000,000,000,000.",
    )
    _month_first = models.Constraint(
        "CHECK (EXTRACT(DAY FROM month) = 1)", "The month is given by its first day."
    )

    @api.depends("category_id", "month")
    def _compute_display_name(self):
        for amount in self:
            month = amount.month and amount.month.strftime("%Y-%m") or ""
            amount.display_name = f"{amount.category_id.code or ''} {month}".strip()

    @api.constrains("category_id", "month")
    def _check_place(self):
        for amount in self:
            category = amount.category_id
            if not category.is_leaf:
                raise ValidationError(
                    self.env._(
                        "“%(category)s” has sub-categories and is their sum: plan the amount "
                        "on one of them.",
                        category=category.display_name,
                    )
                )
            budget = category.budget_id
            if not budget.date_from.replace(day=1) <= amount.month <= budget.date_to:
                raise ValidationError(
                    self.env._(
                        "%(month)s lies outside the budget “%(budget)s” (%(start)s to %(end)s).",
                        month=amount.month.strftime("%Y-%m"),
                        budget=budget.name,
                        start=budget.date_from,
                        end=budget.date_to,
                    )
                )

    @api.constrains("amount", "entry_currency_id", "entry_amount", "entry_rate")
    def _check_entry(self):
        """What explains an amount must be true: it is shown as where the amount comes from."""
        for amount in self:
            currency = amount.entry_currency_id
            if not (currency or amount.entry_amount or amount.entry_rate):
                continue
            rate = amount.budget_id.rate_ids.filtered(
                lambda r, c=currency: r.currency_id == c
            )
            expected = rate and self._prepare_entry_vals(amount.entry_amount, rate)
            if not expected or (
                float_compare(amount.entry_rate, rate.rate, precision_digits=8)
                or amount.currency_id.compare_amounts(amount.amount, expected["amount"])
            ):
                raise ValidationError(
                    self.env._(
                        "%(category)s, %(month)s: the amount must be the “Amount Entered” at the "
                        "budget's rate for its currency. Enter it anew.",
                        category=amount.category_id.display_name,
                        month=amount.month.strftime("%Y-%m"),
                    )
                )

    @api.model_create_multi
    def create(self, vals_list):
        for vals in vals_list:
            self._check_not_derived(vals)
        amounts = super().create([self._round_new(vals) for vals in vals_list])
        amounts.budget_id._check_editable()
        return amounts

    def write(self, vals):
        self.budget_id._check_editable()
        self._check_not_derived(vals)
        self._check_same_budget(vals)
        if "amount" in vals and "entry_currency_id" not in vals:
            # Typed in the company's currency: the foreign entry no longer explains it
            vals = {**vals, **self._prepare_no_entry_vals()}
        if "amount" not in vals:
            return super().write(vals)
        # What is stored is what every sum adds up, so it has no more digits than are shown
        for currency, amounts in self.grouped("currency_id").items():
            rounded = {**vals, "amount": currency.round(vals["amount"] or 0.0)}
            super(SopBudgetAmount, amounts).write(rounded)
        return True

    @api.model
    def _round_new(self, vals):
        category = self.env["sop.budget.category"].browse(vals.get("category_id"))
        if not category or not vals.get("amount"):
            return vals
        # sudo: the currency of a company is no secret; who may create is asked by the ORM
        currency = category.sudo().company_id.currency_id
        return {**vals, "amount": currency.round(vals["amount"])}

    @api.ondelete(at_uninstall=False)
    def _unlink_except_locked(self):
        self.budget_id._check_editable()

    @api.model
    def _prepare_no_entry_vals(self):
        return {
            "entry_currency_id": False,
            "entry_amount": 0.0,
            "entry_rate": 0.0,
            "entry_date": False,
        }

    @api.model
    def _prepare_entry_vals(self, entry_amount, rate):
        """Values of an amount entered in the currency of ``rate`` (a sop.budget.rate)."""
        currency = rate.budget_id.currency_id
        entry_amount = rate.currency_id.round(entry_amount)
        return {
            "amount": currency.round(entry_amount * rate.rate),
            "entry_currency_id": rate.currency_id.id,
            "entry_amount": entry_amount,
            "entry_rate": rate.rate,
            "entry_date": rate.date,
        }
