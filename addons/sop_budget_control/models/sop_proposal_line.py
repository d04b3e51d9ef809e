# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError

from ..engine.reservation import reserved
from .sop_proposal_token import has_token

STAGES = [("none", "No claim"), ("pending", "Pending"), ("reserved", "Reserved")]
#: What only the actions of a proposal write.
GUARDED_FIELDS = {"approved_amount", "cut_amount", "freed"}
KINDS_TO_ASK = ("expense", "capital")


class SopProposalLine(models.Model):
    """A part of a proposal: so much, of this category, in this month.

    Once approved, its amount is reserved until confirmed orders and posted bills take it over:

        consumed = open amount of confirmed orders + posted bills − posted credit notes
        reserved = approved − consumed, never below zero nor above what was approved

    All of it is derived from the documents, as is the open amount of an order line.
    """

    _name = "sop.proposal.line"
    _inherit = "sop.budget.part.mixin"
    _description = "Proposal Line"
    _order = "proposal_id desc, sequence, id"
    _check_company_auto = True

    proposal_id = fields.Many2one(
        "sop.proposal", required=True, index=True, ondelete="cascade"
    )
    sequence = fields.Integer(default=10)
    budget_id = fields.Many2one(
        related="proposal_id.budget_id", store=True, index=True, precompute=True
    )
    company_id = fields.Many2one(
        related="proposal_id.company_id", store=True, index=True, precompute=True
    )
    requester_id = fields.Many2one(related="proposal_id.requester_id")
    partner_id = fields.Many2one(related="proposal_id.partner_id")
    state = fields.Selection(
        related="proposal_id.state", string="State of the Proposal"
    )
    company_currency_id = fields.Many2one(
        related="company_id.currency_id", string="Company Currency"
    )

    # === What is asked for === #
    category_id = fields.Many2one(
        "sop.budget.category",
        required=True,
        index=True,
        ondelete="restrict",
        domain="[('budget_id', '=', budget_id), ('is_leaf', '=', True),"
        " ('kind', 'in', ('expense', 'capital')), ('may_propose', '=', True)]",
    )
    month = fields.Date(
        compute="_compute_month",
        store=True,
        readonly=False,
        required=True,
        precompute=True,
        help="The month whose money is asked for.",
    )
    date = fields.Date(
        "Counts On",
        compute="_compute_date",
        store=True,
        help="The expected day where it lies in the month, else the first of the month.",
    )
    name = fields.Char("Description", required=True)
    product_id = fields.Many2one(
        "product.product",
        check_company=True,
        domain="[('purchase_ok', '=', True)]",
        help="What a request for quotation orders; leave it empty for anything else.",
    )
    quantity = fields.Float(default=1.0, required=True, digits="Product Unit")
    price_unit = fields.Float("Unit Price", required=True, digits="Product Price")
    currency_id = fields.Many2one(
        "res.currency",
        compute="_compute_currency_id",
        store=True,
        readonly=False,
        required=True,
        precompute=True,
    )
    amount = fields.Monetary(compute="_compute_amount", store=True)
    rate = fields.Float(
        digits=(20, 8),
        compute="_compute_rate",
        store=True,
        help="Value of one unit of the line's currency in company currency: that of the budget, "
        "else the market's on the day the proposal was submitted.",
    )
    amount_company = fields.Monetary(
        "Requested",
        currency_field="company_currency_id",
        compute="_compute_amount_company",
        store=True,
        help="In company currency.",
    )

    cut_amount = fields.Monetary(
        "Cut",
        currency_field="company_currency_id",
        readonly=True,
        copy=False,
        help="By how much the approvers lowered what is requested.",
    )
    granted_amount = fields.Monetary(
        "To Approve",
        currency_field="company_currency_id",
        compute="_compute_granted_amount",
        store=True,
        help="What is requested, less what approvers have cut so far.",
    )

    # === What became of it === #
    approved_amount = fields.Monetary(
        "Approved", currency_field="company_currency_id", readonly=True, copy=False
    )
    freed = fields.Boolean(
        "Rest Freed",
        readonly=True,
        copy=False,
        help="What was not ordered or billed is no longer reserved.",
    )
    order_line_ids = fields.One2many(
        "purchase.order.line", "sop_proposal_line_id", readonly=True
    )
    move_line_ids = fields.One2many(
        "account.move.line", "sop_proposal_line_id", readonly=True
    )
    open_amount = fields.Monetary(
        "On Order",
        currency_field="company_currency_id",
        compute="_compute_consumed",
        store=True,
        help="Ordered and not billed.",
    )
    billed_amount = fields.Monetary(
        "Billed",
        currency_field="company_currency_id",
        compute="_compute_consumed",
        store=True,
        help="On posted bills, less credit notes.",
    )
    consumed_amount = fields.Monetary(
        "Ordered or Billed",
        currency_field="company_currency_id",
        compute="_compute_consumed",
        store=True,
    )
    paid_amount = fields.Monetary(
        "Paid",
        currency_field="company_currency_id",
        compute="_compute_paid_amount",
        store=True,
        help="The part of the bills that is paid.",
    )
    reserved_amount = fields.Monetary(
        "Reserved",
        currency_field="company_currency_id",
        compute="_compute_reserved",
        store=True,
        help="Approved and neither ordered, billed nor freed.",
    )
    stage = fields.Selection(STAGES, compute="_compute_reserved", store=True)

    # A few thousand claims at most in a table that only grows
    _stage_idx = models.Index("(budget_id, stage) WHERE stage <> 'none'")
    _quantity_positive = models.Constraint(
        "CHECK (quantity > 0)", "The quantity of a line must be above zero."
    )
    _price_positive = models.Constraint(
        "CHECK (price_unit >= 0)", "The price of a line can't be below zero."
    )

    # === COMPUTE: WHAT IS ASKED FOR === #

    @api.depends("category_id", "name")
    def _compute_display_name(self):
        for line in self:
            parts = (line.proposal_id.number, line.name)
            line.display_name = ": ".join(filter(None, parts))

    @api.depends("proposal_id.date_expected", "budget_id.date_from")
    def _compute_month(self):
        today = fields.Date.context_today(self)
        for line in self:
            if line.month:
                continue
            budget, day = line.budget_id, line.proposal_id.date_expected or today
            if budget:
                day = min(max(day, budget.date_from), budget.date_to)
            line.month = day.replace(day=1)

    @api.depends(
        "month",
        "proposal_id.date_expected",
        "budget_id.date_from",
        "budget_id.date_to",
    )
    def _compute_date(self):
        for line in self:
            day, expected = line.month, line.proposal_id.date_expected
            if day and expected and expected.replace(day=1) == day.replace(day=1):
                day = expected
            if day and line.budget_id:
                day = min(max(day, line.budget_id.date_from), line.budget_id.date_to)
            line.date = day

    @api.depends("proposal_id.currency_id")
    def _compute_currency_id(self):
        for line in self:
            line.currency_id = (
                line.currency_id
                or line.proposal_id.currency_id
                or self.env.company.currency_id
            )

    @api.depends("quantity", "price_unit", "currency_id")
    def _compute_amount(self):
        for line in self:
            amount = line.quantity * line.price_unit
            line.amount = line.currency_id.round(amount) if line.currency_id else amount

    @api.depends("currency_id", "budget_id")
    def _compute_rate(self):
        for line in self:
            line.rate = line._get_rate()

    def _get_rate(self):
        """Value of one unit of the line's currency, from the budget or as of today."""
        self.ensure_one()
        own = self.company_id.currency_id
        if not own or not self.currency_id or self.currency_id == own:
            return 1.0
        kept = self.budget_id.rate_ids.filtered(
            lambda rate: rate.currency_id == self.currency_id
        )
        if kept:
            return kept[0].rate
        rate = self.currency_id._convert(
            1.0, own, self.company_id, fields.Date.context_today(self), round=False
        )
        return round(rate, 8)

    @api.depends("amount", "rate", "company_id")
    def _compute_amount_company(self):
        for line in self:
            amount = line.amount * line.rate
            currency = line.company_id.currency_id
            line.amount_company = currency.round(amount) if currency else amount

    @api.depends("amount_company", "cut_amount")
    def _compute_granted_amount(self):
        for line in self:
            line.granted_amount = max(line.amount_company - line.cut_amount, 0.0)

    # === COMPUTE: WHAT BECAME OF IT === #

    def _get_bill_depends(self, names):
        """Paths to fields of the bill lines, by the order or linked directly."""
        paths = ("order_line_ids.invoice_lines", "move_line_ids")
        return [f"{path}.{name}" for path in paths for name in names]

    @api.depends(
        lambda self: (
            "order_line_ids.sop_open_amount",
            "order_line_ids.sop_stage",
            *self._get_bill_depends(
                ["balance", "tax_ids", "move_id.state", "sop_proposal_line_id"]
            ),
        )
    )
    def _compute_consumed(self):
        for line in self:
            orders = line.order_line_ids.filtered(lambda o: o.sop_stage == "open")
            line.open_amount = sum(orders.mapped("sop_open_amount"))
            line.billed_amount = sum(
                bill_line._get_sop_cost() for bill_line in line._get_bill_lines()
            )
            line.consumed_amount = line.open_amount + line.billed_amount

    @api.depends(
        lambda self: (
            "billed_amount",
            *self._get_bill_depends(
                ["move_id.amount_residual", "move_id.payment_state"]
            ),
        )
    )
    def _compute_paid_amount(self):
        for line in self:
            paid = sum(
                bill_line._get_sop_cost() * bill_line.move_id._get_sop_paid_share()
                for bill_line in line._get_bill_lines()
            )
            line.paid_amount = line.company_id.currency_id.round(paid)

    def _get_bill_lines(self):
        """Posted items that take over this line, each of them once.

        What a bill line says itself counts more than what its order says.
        """
        by_order = self.order_line_ids.invoice_lines.filtered(
            lambda item: not item.sop_proposal_line_id
        )
        return (by_order | self.move_line_ids).filtered(
            lambda item: item.move_id.state == "posted"
        )

    @api.depends(
        "approved_amount",
        "consumed_amount",
        "freed",
        "granted_amount",
        "proposal_id.step",
    )
    def _compute_reserved(self):
        for line in self:
            step, amount = line.proposal_id.step, 0.0
            if step == "approved":
                amount = line.company_id.currency_id.round(
                    reserved(
                        line.approved_amount, line.consumed_amount, freed=line.freed
                    )
                )
            line.reserved_amount = amount
            if step in ("submitted", "in_review") and line.granted_amount:
                line.stage = "pending"
            else:
                line.stage = "reserved" if amount else "none"

    # === CONSTRAINTS === #

    @api.constrains("budget_id")
    def _check_budget(self):
        for line in self:
            if line.budget_id != line.proposal_id.budget_id:
                raise ValidationError(
                    self.env._(
                        "“%(line)s” asks “%(other)s” for money, its proposal “%(budget)s”.",
                        line=line.name,
                        other=line.budget_id.display_name,
                        budget=line.proposal_id.budget_id.display_name,
                    )
                )

    @api.constrains("category_id", "proposal_id")
    def _check_category(self):
        for line in self:
            category = line.category_id
            if category.budget_id != line.proposal_id.budget_id:
                raise ValidationError(
                    self.env._(
                        "“%(line)s”: the category “%(category)s” is not one of the budget "
                        "“%(budget)s”. Choose one that is.",
                        line=line.name,
                        category=category.display_name,
                        budget=line.proposal_id.budget_id.display_name,
                    )
                )
            if not category.is_leaf or category.kind not in KINDS_TO_ASK:
                raise ValidationError(
                    self.env._(
                        "“%(line)s”: “%(category)s” holds no money to spend. Choose a category "
                        "of expenses or investments of the lowest level.",
                        line=line.name,
                        category=category.display_name,
                    )
                )

    @api.constrains("month", "proposal_id")
    def _check_month(self):
        for line in self:
            if line.month not in line.proposal_id.budget_id._get_months():
                raise ValidationError(
                    self.env._(
                        "“%(line)s”: %(month)s lies outside of “%(budget)s”. Choose one of its "
                        "months.",
                        line=line.name,
                        month=line.month.strftime("%Y-%m"),
                        budget=line.proposal_id.budget_id.display_name,
                    )
                )

    # === CRUD === #

    @api.model_create_multi
    def create(self, vals_list):
        if not has_token(self.env):
            for vals in vals_list:
                self._check_writable(vals)
        lines = super().create([self._with_first_day(vals) for vals in vals_list])
        lines.proposal_id._check_editable()
        return lines

    def write(self, vals):
        if has_token(self.env):
            return super().write(vals)
        self._check_writable(vals)
        self.proposal_id._check_editable()
        if "proposal_id" in vals and any(
            line.proposal_id.id != vals["proposal_id"] for line in self
        ):
            raise UserError(
                self.env._("A line stays with its proposal: write a new one instead.")
            )
        return super().write(self._with_first_day(vals))

    @api.model
    def _with_first_day(self, vals):
        """A month is chosen by any of its days."""
        if not vals.get("month"):
            return vals
        return {**vals, "month": fields.Date.to_date(vals["month"]).replace(day=1)}

    @api.ondelete(at_uninstall=False)
    def _unlink_except_decided(self):
        self.proposal_id._check_editable()

    @api.model
    def _check_writable(self, vals):
        self._check_not_derived(vals)
        guarded = sorted(GUARDED_FIELDS & set(vals))
        if any(vals[name] for name in guarded):
            raise UserError(
                self.env._(
                    "“%(field)s” follows from the decision on the proposal and can't be written.",
                    field=self._fields[guarded[0]].string,
                )
            )
