# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from odoo import api, fields, models
from odoo.exceptions import ValidationError


class SopBudgetRate(models.Model):
    _name = "sop.budget.rate"
    _inherit = "sop.budget.part.mixin"
    _description = "Budget Currency Rate"
    _order = "budget_id, currency_id"
    _rec_name = "currency_id"

    budget_id = fields.Many2one(
        "sop.budget", required=True, index=True, ondelete="cascade"
    )
    company_id = fields.Many2one(related="budget_id.company_id", store=True)
    currency_id = fields.Many2one("res.currency", required=True, ondelete="restrict")
    rate = fields.Float(
        digits=(20, 8),
        required=True,
        default=1.0,
        help="Value of one unit of this currency in the currency of the budget's company.",
    )
    date = fields.Date(
        required=True,
        default=fields.Date.context_today,
        help="The day this rate was taken from the market.",
    )

    _currency_uniq = models.Constraint(
        "unique (budget_id, currency_id)", "A budget has one rate for each currency."
    )
    _rate_positive = models.Constraint(
        "CHECK (rate > 0)", "A budget rate must be above zero."
    )

    @api.constrains("currency_id")
    def _check_foreign(self):
        for rate in self:
            if rate.currency_id == rate.budget_id.currency_id:
                raise ValidationError(
                    self.env._(
                        "%(currency)s is the company's own currency and needs no rate.",
                        currency=rate.currency_id.name,
                    )
                )

    @api.onchange("currency_id", "date")
    def _onchange_currency_id(self):
        """Propose the market rate of that day; the planner decides."""
        for rate in self.filtered("currency_id"):
            rate.rate = rate.currency_id._convert(
                1.0,
                rate.budget_id.currency_id or rate.env.company.currency_id,
                company=rate.budget_id.company_id or rate.env.company,
                date=rate.date or fields.Date.context_today(rate),
                round=False,
            )

    @api.model_create_multi
    def create(self, vals_list):
        for vals in vals_list:
            self._check_not_derived(vals)
        rates = super().create(vals_list)
        rates.budget_id._check_editable()
        return rates

    def write(self, vals):
        self.budget_id._check_editable()
        self._check_not_derived(vals)
        self._check_same_budget(vals)
        if "currency_id" in vals:
            self._check_not_used()
        result = super().write(vals)
        if {"rate", "date"} & set(vals):
            self._reprice_amounts()
        return result

    @api.ondelete(at_uninstall=False)
    def _unlink_except_used(self):
        self.budget_id._check_editable()
        self._check_not_used()

    def _check_not_used(self):
        for rate in self:
            if rate._get_amounts():
                raise ValidationError(
                    self.env._(
                        "Amounts of “%(budget)s” are entered in %(currency)s: enter them in the "
                        "company's currency first.",
                        budget=rate.budget_id.name,
                        currency=rate.currency_id.name,
                    )
                )

    def _get_amounts(self):
        """Amounts that were entered in the currencies of these rates."""
        # sudo: a rate holds for the amounts that the planner may not see as well
        return (
            self.env["sop.budget.amount"]
            .sudo()
            .search(
                [
                    ("budget_id", "in", self.budget_id.ids),
                    ("entry_currency_id", "in", self.currency_id.ids),
                ]
            )
        )

    def _reprice_amounts(self):
        rate_of = {(rate.budget_id, rate.currency_id): rate for rate in self}
        for amount in self._get_amounts():
            rate = rate_of.get((amount.budget_id, amount.entry_currency_id))
            if rate:
                amount.write(amount._prepare_entry_vals(amount.entry_amount, rate))
