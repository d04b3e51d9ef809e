# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from collections import defaultdict

import pytz

from odoo import api, fields, models

from ..engine.commitment import PLAIN, PriceLine, fit_price_line, open_quantity

STAGES = [
    ("none", "Nothing open"),
    ("draft", "In preparation"),
    ("open", "Committed"),
]
# Kinds of tax whose amount is a straight line over the price (see PriceLine).
STRAIGHT_TAXES = ("percent", "division", "fixed")
# Everything that is derived from the documents, in the order in which it is worked out.
DERIVED_FIELDS = (
    "sop_unit_amount",
    "sop_open_quantity",
    "sop_open_amount",
    "sop_stage",
    "sop_account_id",
    "sop_date",
)


class SopCommitmentMixin(models.AbstractModel):
    """An order line that promises money until posted bills have taken it over.

    What is open is derived from the documents whenever one of them changes and kept on the
    line, so that a report reads the open lines of a company through one small partial index:

        open quantity = ordered − billed by posted bills + credited by posted credit notes
        open amount   = open quantity × net price of a unit ÷ the order's rate

    The net price includes discounts and those taxes that end up on the line's own account.
    Draft bills do not count: the money would be in no column while a bill waits for approval.

    A model that inherits this sets the class attributes below, relates ``sop_currency_id``,
    extends ``_get_sop_account_depends`` and ``_get_sop_date_depends``, answers
    ``_get_sop_bill_partner``, ``_get_sop_expected_datetime`` and the ``_get_sop_prefill_*``
    hooks, and has itself listed by ``sop.budget._get_commitment_models()``.
    """

    _name = "sop.commitment.mixin"
    _inherit = "sop.guarded.mixin"
    _description = "Commitment of an Order Line"

    #: What a bill for this line does to its account: +1 debits it, −1 credits it.
    _sop_balance_sign = 1
    #: How each type of bill changes the billed quantity; other types do not.
    _sop_bill_signs: dict[str, int] = {}
    #: The ordered quantity, in the line's unit.
    _sop_quantity_field = "product_qty"
    #: States of the order, by stage.
    _sop_order_states: dict[str, str] = {}
    #: Which of the product's accounts a bill uses, and which journal when it has none.
    _sop_account_key = "expense"
    _sop_journal_type = "purchase"

    # Of the company; a model that inherits this relates it to its own ``company_id``.
    sop_currency_id = fields.Many2one("res.currency")
    sop_released = fields.Boolean(
        "Rest Released",
        copy=False,
        readonly=True,
        help="The rest of this line will never be billed and no longer counts as committed.",
    )
    sop_unit_amount = fields.Float(
        "Net Unit Cost",
        digits=0,
        compute="_compute_sop_unit_amount",
        store=True,
        help="Price of one unit in the order's currency, net of discount, with the taxes that "
        "cannot be recovered.",
    )
    sop_open_quantity = fields.Float(
        "Open Quantity",
        digits=0,
        compute="_compute_sop_open",
        store=True,
        help="Ordered and not billed by posted bills.",
    )
    sop_open_amount = fields.Monetary(
        "Open Amount",
        currency_field="sop_currency_id",
        compute="_compute_sop_open",
        store=True,
        help="Ordered and not billed by posted bills, net of discount, with the taxes that "
        "cannot be recovered, in company currency at the order's rate.",
    )
    sop_stage = fields.Selection(
        STAGES, "Budget Stage", compute="_compute_sop_open", store=True
    )
    sop_account_id = fields.Many2one(
        "account.account",
        "Expected Account",
        compute="_compute_sop_account_id",
        store=True,
        help="The general account that a bill for this line will use.",
    )
    sop_date = fields.Date(
        "Expected On",
        compute="_compute_sop_date",
        store=True,
        help="Expected date, in the company's time zone.",
    )

    # Only what is open: a few hundred lines in a table of a hundred thousand.
    _sop_open_idx = models.Index(
        "(company_id, sop_stage, sop_date) WHERE sop_stage IN ('draft', 'open')"
    )

    # === WHAT THE FIGURES DEPEND ON === #

    def _get_sop_unit_depends(self) -> list[str]:
        return [
            "price_unit",
            "discount",
            "tax_ids",
            "display_type",
            self._sop_quantity_field,
        ]

    def _get_sop_open_depends(self) -> list[str]:
        return [
            "sop_unit_amount",
            "sop_released",
            "is_downpayment",
            self._sop_quantity_field,
            "product_uom_id",
            "company_id",
            "order_id.state",
            "order_id.currency_rate",
            # The very paths that Odoo's own billed quantity follows: a bill that belongs to
            # no order costs nothing more.
            "invoice_lines.move_id.state",
            "invoice_lines.quantity",
        ]

    def _get_sop_account_depends(self) -> list[str]:
        # Not the accounts of products and such: a setting would recompute every line there
        # ever was. See sop.budget._refresh_commitment_accounts.
        return [
            "product_id",
            "company_id",
            "order_id.fiscal_position_id",
            "is_downpayment",
            "display_type",
            "invoice_lines.account_id",
        ]

    def _get_sop_date_depends(self) -> list[str]:
        return ["company_id.partner_id.tz"]

    # === COMPUTE === #

    @api.depends(lambda self: self._get_sop_unit_depends())
    def _compute_sop_unit_amount(self):
        price_lines = {}
        for line in self:
            if line.display_type:
                line.sop_unit_amount = 0.0
                continue
            taxes = line.tax_ids
            if taxes not in price_lines:
                price_lines[taxes] = self._get_sop_price_line(taxes)
            price = line.price_unit * (1 - (line.discount or 0.0) / 100)
            if price_lines[taxes] is None:
                line.sop_unit_amount = line._get_sop_taxed_price(taxes, price)
            else:
                line.sop_unit_amount = price_lines[taxes].at(price)

    @api.depends(lambda self: self._get_sop_open_depends())
    def _compute_sop_open(self):
        billed = self._get_sop_billed_quantities()
        for line in self:
            stage = line._get_sop_order_stage()
            quantity = amount = 0.0
            if stage != "none":
                quantity = open_quantity(
                    line[self._sop_quantity_field],
                    billed[line],
                    advance=line.is_downpayment,
                )
                amount = line._get_sop_company_amount(quantity * line.sop_unit_amount)
            line.sop_open_quantity = quantity
            line.sop_open_amount = amount
            line.sop_stage = stage if amount else "none"

    @api.depends(lambda self: self._get_sop_account_depends())
    def _compute_sop_account_id(self):
        lines = self.filtered(lambda line: not line.display_type)
        (self - lines).sop_account_id = False
        advances = lines.filtered("is_downpayment")
        for line in advances:
            # An advance is deducted from the account that it was billed to.
            line.sop_account_id = line.invoice_lines.account_id[:1]
        accounts = {}
        positions = (lines - advances)._get_sop_fiscal_positions()
        for line in lines - advances:
            key = (line.company_id, line.product_id, positions[line])
            if key not in accounts:
                accounts[key] = self._get_sop_account(*key)
            line.sop_account_id = accounts[key]

    @api.depends(lambda self: self._get_sop_date_depends())
    def _compute_sop_date(self):
        zones = {
            company: pytz.timezone(company.partner_id.tz or "UTC")
            for company in self.company_id
        }
        for line in self:
            moment = not line.display_type and line._get_sop_expected_datetime()
            zone = zones.get(line.company_id, pytz.utc)
            line.sop_date = moment and pytz.utc.localize(moment).astimezone(zone).date()

    # === PARTS OF THE COMPUTATION === #

    def _get_sop_order_stage(self) -> str:
        if self.display_type or self.sop_released:
            return "none"
        return self._sop_order_states.get(self.order_id.state, "none")

    def _get_sop_company_amount(self, amount: float) -> float:
        """Turn an amount of the order into company currency, rounded as a bill would be."""
        order = self.order_id
        if order.currency_id:
            amount = order.currency_id.round(amount)
        return self.company_id.currency_id.round(amount / (order.currency_rate or 1.0))

    def _get_sop_billed_quantities(self) -> dict:
        """Quantity on posted bills less that on posted credit notes, in the line's own unit.

        Units are converted without rounding: a dozen billed piece by piece is billed by
        twelfths. Bills from before the ledger was started count as posted.
        """
        billed = defaultdict(float)
        for line in self:
            for bill_line in line.invoice_lines:
                move = bill_line.move_id
                sign = self._sop_bill_signs.get(move.move_type)
                if sign and (
                    move.state == "posted" or move.payment_state == "invoicing_legacy"
                ):
                    billed[line] += sign * bill_line.product_uom_id._compute_quantity(
                        bill_line.quantity, line.product_uom_id, round=False
                    )
        return billed

    @api.model
    def _get_sop_price_line(self, taxes) -> PriceLine | None:
        """How ``taxes`` turn a price into a cost, or None where only trying out tells.

        Taxes within the price take from it, and taxes without an account of their own land on
        the account of the line; all others are none of the budget's business.
        """
        single = taxes.flatten_taxes_hierarchy()
        if not any(
            tax.price_include
            or any(
                part.repartition_type == "tax" and not part.account_id
                for part in tax.invoice_repartition_line_ids
            )
            for tax in single
        ):
            return PLAIN
        if any(tax.amount_type not in STRAIGHT_TAXES for tax in single):
            return None
        return fit_price_line(
            lambda price: taxes.compute_all(price, rounding_method="round_globally")[
                "total_void"
            ]
        )

    def _get_sop_taxed_price(self, taxes, price: float) -> float:
        quantity = self[self._sop_quantity_field] or 1.0
        cost = taxes.compute_all(
            price,
            currency=self.order_id.currency_id,
            quantity=quantity,
            product=self.product_id,
            partner=self.order_id.partner_id,
            rounding_method="round_globally",
        )["total_void"]
        return cost / quantity

    def _get_sop_fiscal_positions(self) -> dict:
        """The fiscal position that the bill of each line will get.

        That of the order, else the one that suits the partner. The latter is only looked for
        in companies where a position maps accounts at all.
        """
        found = {line: line.order_id.fiscal_position_id for line in self}
        missing = self.filtered(lambda line: not found[line])
        for company, lines in missing.grouped("company_id").items():
            if not self._sop_maps_accounts(company):
                continue
            Position = self.env["account.fiscal.position"].with_company(company)
            for partner, partner_lines in lines.grouped(
                lambda line: line._get_sop_bill_partner()
            ).items():
                found.update(
                    dict.fromkeys(partner_lines, Position._get_fiscal_position(partner))
                )
        return found

    @api.model
    def _sop_maps_accounts(self, company) -> bool:
        """Whether some fiscal position of the company replaces accounts."""
        Position = self.env["account.fiscal.position"]
        domain = Position._check_company_domain(company) + [
            ("account_ids", "!=", False)
        ]
        return bool(Position.search_count(domain, limit=1))

    @api.model
    def _get_sop_account(self, company, product, position):
        """The account of a bill line for ``product``, as Odoo will choose it."""
        template = product.with_company(company).product_tmpl_id
        accounts = template.get_product_accounts(fiscal_pos=position)
        account = accounts[self._sop_account_key]
        # Set by the stock valuation add-on only: goods that are valued as they arrive are
        # billed to the stock, and become an expense when they leave it.
        if self._sop_journal_type == "purchase" and accounts.get("stock_valuation"):
            if template.is_storable and template.valuation == "real_time":
                account = accounts["stock_valuation"]
        if not account:
            journals = self.env["account.journal"]
            account = journals.search(
                journals._check_company_domain(company)
                + [("type", "=", self._sop_journal_type)],
                limit=1,
            ).default_account_id
        return account

    def _get_sop_bill_partner(self):
        """Whom the bill of this line will come from or go to."""
        raise NotImplementedError

    def _get_sop_expected_datetime(self):
        """When the goods are expected (UTC, naive), or False."""
        raise NotImplementedError

    # === RELEASE === #

    @api.model_create_multi
    def create(self, vals_list):
        return super().create([self._drop_derived(vals) for vals in vals_list])

    @api.model
    def _get_guarded_fields(self):
        return super()._get_guarded_fields() | {*DERIVED_FIELDS, "sop_released"}

    @api.model
    def _drop_derived(self, vals):
        """What is worked out from the documents is nobody's to write, by RPC or otherwise."""
        return {
            name: value for name, value in vals.items() if name not in DERIVED_FIELDS
        }

    def write(self, vals):
        vals = self._drop_derived(vals)
        if "sop_released" not in vals:
            return super().write(vals)
        changed = self.filtered(lambda line: line.sop_released != vals["sop_released"])
        before = {line: line.sop_open_amount for line in changed}
        result = super().write(vals)
        # In the chatter, whichever way it was written: nobody can move money unseen.
        for order, lines in changed.grouped("order_id").items():
            amount = sum(before[line] - line.sop_open_amount for line in lines)
            money = order.company_id.currency_id.format(abs(amount))
            if vals["sop_released"]:
                body = self.env._(
                    "Rest released: %(money)s (%(count)s lines) will not be billed and no longer "
                    "counts as open.",
                    money=money,
                    count=len(lines),
                )
            else:
                body = self.env._(
                    "Release undone: %(money)s (%(count)s lines) counts as open again.",
                    money=money,
                    count=len(lines),
                )
            order.message_post(body=body)
        return result
