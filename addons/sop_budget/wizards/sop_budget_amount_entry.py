# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from dateutil.relativedelta import relativedelta

from odoo import api, fields, models
from odoo.exceptions import UserError

from ..engine import spread
from ..engine.money import MoneyError, convert, from_units, to_units
from ..engine.period import month_end, month_start
from ..models.engine_messages import describe_spread_error
from ..models.sop_budget_grid import MAX_UNITS

SOURCES = [
    ("amount", "An amount"),
    ("quantity", "Quantity × unit price"),
    ("copy", "Copy of another budget"),
]
TIMINGS = [
    ("even", "A total, spread evenly"),
    ("days", "A total, spread by days"),
    ("seasonal", "A total, spread as last year"),
    ("monthly", "Each month"),
    ("quarterly", "Each quarter"),
    ("one_time", "Once"),
]
#: Timings that fill some months only: the others stay empty, they aren't zero.
SPARSE = ("quarterly", "one_time")


class SopBudgetAmountEntry(models.TransientModel):
    """Plans the months of one category at once, with a preview before anything is stored."""

    _name = "sop.budget.amount.entry"
    _inherit = "sop.wizard.mixin"
    _description = "Enter Budget Amounts"

    category_id = fields.Many2one(
        "sop.budget.category",
        required=True,
        ondelete="cascade",
        domain="[('is_leaf', '=', True)]",
    )
    budget_id = fields.Many2one(related="category_id.budget_id")
    company_id = fields.Many2one(related="category_id.company_id")
    currency_id = fields.Many2one(
        related="company_id.currency_id", string="Budget Currency"
    )
    rate_id = fields.Many2one(
        "sop.budget.rate",
        string="Entered in",
        ondelete="cascade",
        compute="_compute_rate_id",
        store=True,
        readonly=False,
        domain="[('budget_id', '=', budget_id)]",
        help="A currency that the budget has a rate for; empty for the company's own.",
    )
    entry_currency_id = fields.Many2one(
        "res.currency", compute="_compute_entry_currency_id"
    )
    entry_rate = fields.Float(related="rate_id.rate")

    source = fields.Selection(SOURCES, required=True, default="amount", string="What")
    amount = fields.Monetary(currency_field="entry_currency_id")
    quantity = fields.Float(digits="Product Unit", default=1.0)
    unit_price = fields.Monetary(currency_field="entry_currency_id")
    copy_category_id = fields.Many2one(
        "sop.budget.category",
        string="Category to Copy",
        ondelete="cascade",
        domain="[('is_leaf', '=', True), ('company_id', '=', company_id), "
        "('budget_id', '!=', budget_id)]",
        help="Its first month goes to the first month of this budget.",
    )
    percent = fields.Float(
        "Change %", help="5 raises every amount by 5 %, −5 lowers it."
    )

    timing = fields.Selection(TIMINGS, required=True, default="even", string="When")
    month_from = fields.Date(
        "From",
        required=True,
        compute="_compute_months",
        store=True,
        readonly=False,
        precompute=True,
        compute_sudo=False,
    )
    month_to = fields.Date(
        "To",
        required=True,
        compute="_compute_months",
        store=True,
        readonly=False,
        precompute=True,
        compute_sudo=False,
    )
    mode = fields.Selection(
        [("replace", "Replace what is planned"), ("add", "Add to what is planned")],
        string="Existing Amounts",
        required=True,
        default="replace",
    )

    error = fields.Char(compute="_compute_preview")
    preview = fields.Html(compute="_compute_preview", sanitize=False)

    # === COMPUTE === #

    @api.depends("category_id")
    def _compute_months(self):
        for entry in self:
            entry.month_from = entry.category_id.budget_id.date_from
            entry.month_to = entry.category_id.budget_id.date_to

    @api.depends("category_id")
    def _compute_rate_id(self):
        for entry in self:
            if entry.rate_id.budget_id != entry.budget_id:
                entry.rate_id = False

    @api.depends("rate_id", "currency_id")
    def _compute_entry_currency_id(self):
        for entry in self:
            entry.entry_currency_id = entry.rate_id.currency_id or entry.currency_id

    @api.depends(
        "category_id", "rate_id", "source", "amount", "quantity", "unit_price", "mode",
        "copy_category_id", "percent", "timing", "month_from", "month_to",
    )  # fmt: skip
    def _compute_preview(self):
        for entry in self:
            entry.error, entry.preview = False, False
            if not entry.category_id:
                continue
            try:
                rows = entry._prepare_rows()
            except UserError as error:
                entry.error = str(error)
                continue
            entry.preview = self.env["ir.qweb"]._render(
                "sop_budget.sop_budget_amount_entry_preview",
                entry._prepare_preview(rows),
            )

    # === WHAT IT COMES TO === #

    def _get_months(self):
        """Months of the budget between the two that were chosen."""
        self.ensure_one()
        if not self.month_from or not self.month_to or self.month_from > self.month_to:
            raise UserError(
                self.env._("The first month must come before the last one.")
            )
        months = [
            month
            for month in self.budget_id._get_months()
            if month_start(self.month_from) <= month <= self.month_to
        ]
        if not months:
            raise UserError(
                self.env._(
                    "“%(budget)s” has no month between these two.",
                    budget=self.budget_id.name,
                )
            )
        return months

    def _get_units(self, months):
        """``{month: minor units of the currency entered, or None}``"""
        if self.source == "copy":
            return self._get_copied_units(months)
        digits = self.entry_currency_id.decimal_places
        try:
            if self.source == "quantity":
                base = spread.quantity_price(self.quantity, self.unit_price, digits)
            else:
                base = to_units(self.amount, digits)
            if abs(base) > MAX_UNITS:
                raise MoneyError
            units = getattr(self, f"_spread_{self.timing}")(base, months)
        except (MoneyError, spread.SpreadError) as error:
            raise UserError(self._describe(error)) from error
        if self.timing in SPARSE:
            units = [value or None for value in units]
        return dict(zip(months, units, strict=True))

    def _describe(self, error):
        if isinstance(error, spread.SpreadError):
            return describe_spread_error(self.entry_currency_id, error)
        return self.env._("This amount is too large.")

    def _spread_even(self, base, months):
        return spread.spread_even(base, len(months))

    def _spread_days(self, base, months):
        budget = self.budget_id
        date_from = max(budget.date_from, month_start(self.month_from))
        date_to = min(budget.date_to, month_end(self.month_to))
        return spread.spread_by_days(base, months, date_from, date_to)

    def _spread_seasonal(self, base, months):
        year = relativedelta(years=1)
        first, last = months[0] - year, month_end(months[-1] - year)
        actuals = self.budget_id._get_grid_actuals(first, last)
        category = self.category_id._origin.id or self.category_id.id
        return spread.seasonal(
            base, [actuals.get((category, m - year), 0) for m in months]
        )

    def _spread_monthly(self, base, months):
        return spread.monthly(base, len(months))

    def _spread_quarterly(self, base, months):
        first = int(self.company_id.fiscalyear_last_month) % 12 + 1
        return spread.quarterly(base, months, first)

    def _spread_one_time(self, base, months):
        return spread.one_time(base, len(months), 0)

    def _get_copied_units(self, months):
        """The n-th month of the other budget goes to the n-th of this one."""
        other = self.copy_category_id
        if not other:
            raise UserError(self.env._("Choose the category whose amounts are copied."))
        if other.currency_id != self.currency_id:
            raise UserError(
                self.env._("Amounts are copied between budgets of one currency.")
            )
        digits = self.currency_id.decimal_places
        there = dict(
            zip(
                self.budget_id._get_months(),
                other.budget_id._get_months(),
                strict=False,
            )
        )
        amounts = {amount.month: amount.amount for amount in other.amount_ids}
        found = [month for month in months if there.get(month) in amounts]
        units = spread.uplift(
            [to_units(amounts[there[month]], digits) for month in found], self.percent
        )
        return dict.fromkeys(months) | dict(zip(found, units, strict=True))

    def _prepare_rows(self):
        """One dict a month: what is planned now, what is entered and what will be planned."""
        self.category_id.check_access("read")
        months = self._get_months()
        digits = self.currency_id.decimal_places
        rate = self.rate_id if self.source != "copy" else self.env["sop.budget.rate"]
        now = {amount.month: amount for amount in self.category_id.amount_ids}
        rows = []
        for month, entered in self._get_units(months).items():
            stored = now.get(month)
            planned = to_units(stored.amount, digits) if stored else None
            after = None if entered is None else self._to_company_units(entered, rate)
            is_sum = self.mode == "add" and stored
            rows.append(
                {
                    "month": month,
                    "entered": entered,
                    "now": planned,
                    "after": (after or 0) + planned if is_sum else after,
                    "rate": rate if rate and not is_sum else None,
                }
            )
        return rows

    def _to_company_units(self, entered, rate):
        if not rate:
            return entered
        amount = from_units(entered, rate.currency_id.decimal_places)
        return convert(amount, rate.rate, self.currency_id.decimal_places)

    def _prepare_preview(self, rows):
        def show(currency, units):
            amount = units is not None and from_units(units, currency.decimal_places)
            return "" if units is None else currency.format(amount)

        def total(name):
            values = [row[name] for row in rows if row[name] is not None]
            return sum(values) if values else None

        foreign = (
            self.entry_currency_id if self.source != "copy" and self.rate_id else False
        )
        labels = dict(
            zip(
                self.budget_id._get_months(),
                self.budget_id._get_grid_month_labels(self.budget_id._get_months()),
                strict=True,
            )
        )
        return {
            "lines": [
                {
                    "label": labels[row["month"]],
                    "entered": foreign and show(foreign, row["entered"]),
                    "now": show(self.currency_id, row["now"]),
                    "after": show(self.currency_id, row["after"]),
                    "changed": row["now"] != row["after"],
                }
                for row in rows
            ],
            "foreign": foreign,
            "total_entered": foreign and show(foreign, total("entered")),
            "total_now": show(self.currency_id, total("now")),
            "total_after": show(self.currency_id, total("after")),
        }

    # === ACTIONS === #

    def action_apply(self):
        """Store what the preview shows."""
        self.ensure_one()
        budget, category = self.budget_id, self.category_id
        budget._check_editable()
        if not category.is_leaf:
            raise UserError(
                self.env._(
                    "“%(category)s” is the sum of its sub-categories: plan those.",
                    category=category.display_name,
                )
            )
        if category not in budget._lock_grid_categories(category.ids):
            raise UserError(self.env._("This category no longer exists."))
        self._write_rows(self._prepare_rows())
        return {"type": "ir.actions.act_window_close"}

    def _write_rows(self, rows):
        Amount = self.env["sop.budget.amount"]
        stored = {amount.month: amount for amount in self.category_id.amount_ids}
        to_create, to_remove = [], Amount
        for row in rows:
            amount = stored.get(row["month"], Amount)
            if row["after"] is None:
                to_remove |= amount
                continue
            vals = self._prepare_amount_vals(row)
            if amount:
                amount.write(vals)
            else:
                to_create.append({"category_id": self.category_id.id, **vals})
        Amount.create(to_create)
        to_remove.unlink()

    def _prepare_amount_vals(self, row):
        vals = {
            "month": row["month"],
            "amount": from_units(row["after"], self.currency_id.decimal_places),
        }
        if row["rate"]:
            entered = from_units(row["entered"], self.entry_currency_id.decimal_places)
            vals |= self.env["sop.budget.amount"]._prepare_entry_vals(
                entered, row["rate"]
            )
        return vals
