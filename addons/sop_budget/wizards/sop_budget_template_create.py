# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from dateutil.relativedelta import relativedelta

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Command

from ..engine.money import MoneyError, from_units, to_units
from ..engine.spread import SpreadError, spread, uplift
from ..models.engine_messages import describe_spread_error
from ..models.sop_budget_grid import MAX_UNITS


class SopBudgetTemplateCreate(models.TransientModel):
    _name = "sop.budget.template.create"
    _inherit = "sop.wizard.mixin"
    _description = "New Budget from a Template"

    template_id = fields.Many2one(
        "sop.budget",
        string="Template or Budget",
        required=True,
        default=lambda self: self.env.context.get("active_id"),
    )
    company_id = fields.Many2one(
        "res.company", required=True, default=lambda self: self.env.company
    )
    currency_id = fields.Many2one(related="company_id.currency_id")
    name = fields.Char(
        required=True,
        compute="_compute_name",
        store=True,
        readonly=False,
        precompute=True,
        compute_sudo=False,
    )
    code = fields.Char()
    date_from = fields.Date(
        "Start",
        required=True,
        compute="_compute_dates",
        store=True,
        readonly=False,
        precompute=True,
        compute_sudo=False,
    )
    date_to = fields.Date(
        "End",
        required=True,
        compute="_compute_dates",
        store=True,
        readonly=False,
        precompute=True,
        compute_sudo=False,
    )
    mode = fields.Selection(
        [
            ("uplift", "Every amount up or down by a percentage"),
            ("total", "A new total"),
        ],
        string="Amounts",
        required=True,
        default="uplift",
    )
    uplift = fields.Float(
        "Uplift %", help="5 raises every amount by 5 %, −5 lowers it."
    )
    total = fields.Monetary(
        "Total of Expenses",
        help="Expenses are brought to this total, each with its present share; the last cent "
        "included.",
    )
    template_total = fields.Monetary(
        "Expenses of the Template", compute="_compute_template_total"
    )

    @api.depends("template_id")
    def _compute_dates(self):
        for wizard in self:
            template = wizard.template_id
            shift = relativedelta(years=1)
            wizard.date_from = template.date_from and template.date_from + shift
            wizard.date_to = template.date_to and template.date_to + shift

    @api.depends("template_id", "date_from")
    def _compute_name(self):
        for wizard in self:
            name = wizard.template_id.name or ""
            old, new = wizard.template_id.date_from, wizard.date_from
            if old and new and str(old.year) in name:
                name = name.replace(str(old.year), str(new.year))
            wizard.name = name

    @api.depends("template_id")
    def _compute_template_total(self):
        for wizard in self:
            wizard.template_total = sum(
                wizard.template_id.category_ids.filtered(
                    lambda c: c.kind == "expense"
                ).amount_ids.mapped("amount")
            )

    def action_create(self):
        self.ensure_one()
        if self.mode == "uplift" and self.uplift <= -100:
            raise UserError(
                self.env._("Uplift: a budget can't be lowered by 100 % or more.")
            )
        if self.currency_id != self.template_id.currency_id:
            raise UserError(
                self.env._(
                    "“%(template)s” is in %(old)s, the company books in %(new)s: amounts can't "
                    "be taken over as they are.",
                    template=self.template_id.name,
                    old=self.template_id.currency_id.name,
                    new=self.currency_id.name,
                )
            )
        budget = self.env["sop.budget"].create(self._prepare_budget_vals())
        self.template_id._copy_tree_to(budget)
        try:
            if self.mode == "total":
                self._scale_to_total(budget)
            elif self.uplift:
                self._scale_by_uplift(budget)
        except (MoneyError, SpreadError) as error:
            raise UserError(self._describe(error)) from error
        return {
            "type": "ir.actions.act_window",
            "res_model": "sop.budget",
            "res_id": budget.id,
            "views": [(False, "form")],
        }

    def _prepare_budget_vals(self):
        template = self.template_id
        return {
            "name": self.name,
            "code": self.code,
            "company_id": self.company_id.id,
            "date_from": self.date_from,
            "date_to": self.date_to,
            "plan_id": template.plan_id.id,
            "scope_expense": template.scope_expense,
            "scope_income": template.scope_income,
            "scope_capital": template.scope_capital,
            "alert_thresholds": template.alert_thresholds,
            "alert_pace": template.alert_pace,
            "tag_ids": template.tag_ids.ids,
            "color": template.color,
            "note": template.note,
            "rate_ids": [
                Command.create(
                    {
                        "currency_id": rate.currency_id.id,
                        "rate": rate.rate,
                        "date": rate.date,
                    }
                )
                for rate in template.rate_ids
            ],
        }

    def _scale_by_uplift(self, budget):
        """Raise category by category, so that each year's total is exact to the cent."""
        digits = budget.currency_id.decimal_places
        found = budget.category_ids.amount_ids
        ordered, raised = found.browse(), []
        for amounts in found.sorted("month").grouped("category_id").values():
            units = [to_units(amount.amount, digits) for amount in amounts]
            raised += uplift(units, self.uplift)
            ordered += amounts
        self._write_units(ordered, raised, digits)

    def _scale_to_total(self, budget):
        amounts = budget.category_ids.filtered(lambda c: c.kind == "expense").amount_ids
        digits = budget.currency_id.decimal_places
        weights = [to_units(amount.amount, digits) for amount in amounts]
        if not any(weights):
            raise UserError(
                self.env._(
                    "Total: the template plans no expenses that could be scaled."
                )
            )
        self._write_units(
            amounts, spread(to_units(self.total, digits), weights), digits
        )

    def _describe(self, error):
        if isinstance(error, SpreadError):
            return describe_spread_error(self.currency_id, error)
        return self.env._(
            "With this “%(field)s” amounts become too large.",
            field=self.fields_get([self.mode], ["string"])[self.mode]["string"],
        )

    @api.model
    def _write_units(self, amounts, units, digits):
        """All at once; what was entered in another currency no longer explains the amount."""
        if any(abs(unit) > MAX_UNITS for unit in units):
            raise MoneyError
        no_entry = (None,) * 4
        amounts._set_amounts(
            amounts.category_id,
            [
                (
                    amount.category_id.id,
                    amount.month,
                    from_units(unit, digits),
                    *no_entry,
                )
                for amount, unit in zip(amounts, units, strict=True)
            ],
        )
