# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""Orders and bills that are made from proposals, and how these follow them."""

from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError
from odoo.fields import Command
from odoo.tools import SQL, float_round

from .sop_proposal_token import PROPOSAL_TOKEN, get_kept_links

SETTLED = ("paid", "in_payment", "reversed")


class AccountMove(models.Model):
    _inherit = "account.move"

    sop_proposal_count = fields.Integer(
        "Proposals",
        compute="_compute_sop_proposal_count",
        groups="sop_budget.group_sop_budget_user",
    )

    def _reverse_moves(self, default_values_list=None, cancel=False):
        # EXTENDS account: whoever may reverse a bill gives back what it took
        moves = self.with_context(**PROPOSAL_TOKEN)
        reverse = super(AccountMove, moves)._reverse_moves(default_values_list, cancel)
        return reverse.with_env(self.env)

    def _get_sop_paid_share(self):
        """The part of a posted bill that is paid, from 0 to 1."""
        self.ensure_one()
        if self.payment_state in SETTLED or not self.is_invoice(include_receipts=True):
            return 1.0
        if not self.amount_total:
            return 1.0
        return min(max(1 - self.amount_residual / self.amount_total, 0.0), 1.0)

    def _get_sop_proposals(self):
        items = self.invoice_line_ids
        lines = items.sop_proposal_line_id | items.purchase_line_id.sop_proposal_line_id
        return lines._filter_readable().proposal_id

    @api.depends("invoice_line_ids.sop_proposal_line_id")
    def _compute_sop_proposal_count(self):
        for move in self:
            move.sop_proposal_count = len(move._get_sop_proposals())

    def action_sop_open_proposals(self):
        self.ensure_one()
        return self._get_sop_proposals()._get_open_action()


class PurchaseOrder(models.Model):
    _inherit = "purchase.order"

    sop_proposal_count = fields.Integer(
        "Proposals",
        compute="_compute_sop_proposal_count",
        groups="sop_budget.group_sop_budget_user",
    )

    def _add_supplier_to_product(self):
        # EXTENDS purchase: what stands for anything has no vendor and no usual price
        result = super()._add_supplier_to_product()
        product = self.env["sop.proposal"]._get_any_product()
        if product and product in self.order_line.product_id:
            product.seller_ids.unlink()
        return result

    def _get_sop_proposals(self):
        return self.order_line.sop_proposal_line_id._filter_readable().proposal_id

    @api.depends("order_line.sop_proposal_line_id")
    def _compute_sop_proposal_count(self):
        for order in self:
            order.sop_proposal_count = len(order._get_sop_proposals())

    def action_sop_open_proposals(self):
        self.ensure_one()
        return self._get_sop_proposals()._get_open_action()


class SopBudgetCategory(models.Model):
    _inherit = "sop.budget.category"

    def _get_sop_booking(self):
        """``(general account, analytic account)`` that a document of this category uses.

        Its own ones first, then those that its rules and prefixes name. An investment needs an
        account of fixed assets even where only its analytic account is known.
        """
        self.ensure_one()
        self.env["sop.budget.map"].flush_model()
        rows = self.env.execute_query(
            SQL(
                """SELECT account_id, analytic_account_id FROM sop_budget_map
                    WHERE category_id = %s AND (account_id IS NOT NULL
                       OR analytic_account_id IS NOT NULL)
                 ORDER BY analytic_account_id NULLS FIRST, id""",
                self.id,
            )
        )
        # sudo: a proposer without accounting rights gets a document that is booked right
        category = self.sudo()
        own = category.account_ids.sorted("code")[:1].id
        account_id = own or next((row[0] for row in rows if row[0]), False)
        analytic_id = category.analytic_account_id.id
        if not analytic_id and not own:
            pair = [row for row in rows if row[1] and row[0] in (account_id, None)]
            if all(row[1] for row in rows) and pair:
                account_id, analytic_id = pair[0][0] or account_id, pair[0][1]
        if not account_id and self.kind == "capital":
            account_id = self._get_any_account(self.kind)
        return (
            category.env["account.account"].browse(account_id or []),
            category.env["account.analytic.account"].browse(analytic_id or []),
        )

    def _get_any_account(self, kind):
        found = self.env.execute_query(
            SQL(
                """SELECT min(account_id) FROM sop_budget_map
                    WHERE budget_id = %s AND kind = %s AND account_id IS NOT NULL
                      AND analytic_account_id IS NULL AND category_id IS NULL""",
                self.budget_id.id,
                kind,
            )
        )
        return found[0][0]

    def _hand_down(self, child, matching):
        # EXTENDS sop_budget: what was asked for follows the amounts
        result = super()._hand_down(child, matching)
        # sudo: proposals of others too, whatever state they are in
        lines = self.env["sop.proposal.line"].sudo().with_context(**PROPOSAL_TOKEN)
        lines.search([("category_id", "=", self.id)]).category_id = child
        return result


class SopProposalLine(models.Model):
    _inherit = "sop.proposal.line"

    def _filter_readable(self):
        """Lines that the current user may read; none for who has no part in budgets."""
        if not self.env["sop.proposal.line"].has_access("read"):
            return self.browse()
        return self._filtered_access("read")

    @api.model
    def _check_linkable(self, vals_list):
        """Refuse links to lines that one may not read or that aren't approved."""
        key = "sop_proposal_line_id"
        ids = {vals[key] for vals in vals_list if vals.get(key)}
        ids -= get_kept_links(self.env)
        if not ids:
            return
        lines = self.browse(ids)
        lines.check_access("read")
        for line in lines:
            if line.proposal_id.step != "approved":
                raise ValidationError(
                    self.env._(
                        "“%(line)s” is not approved: only what is approved can be ordered or "
                        "billed.",
                        line=line.display_name,
                    )
                )

    # === WHAT IS LEFT TO ORDER === #

    def _get_drafted_amount(self):
        """On requests for quotation and draft bills already, in company currency."""
        self.ensure_one()
        # sudo: the drafts of other buyers count too
        line = self.sudo()
        orders = line.order_line_ids.filtered(lambda item: item.sop_stage == "draft")
        bills = line.move_line_ids.filtered(lambda item: item.parent_state == "draft")
        return sum(orders.mapped("sop_open_amount")) + sum(bills.mapped("balance"))

    def _get_left(self):
        """``(quantity, price)`` of what is reserved and on no draft; 0 when there is none."""
        self.ensure_one()
        return self._split_amount(self.reserved_amount - self._get_drafted_amount())

    def _split_amount(self, left):
        """``(quantity, price)`` that make up a part of the line: never more than it.

        A part of the quantity where it divides, else once what is left.

        :param left: in company currency
        """
        company_currency, currency = self.company_currency_id, self.currency_id
        if company_currency.compare_amounts(left, 0) <= 0 or not self.amount_company:
            return 0.0, 0.0
        if company_currency.compare_amounts(left, self.amount_company) == 0:
            return self.quantity, self.price_unit
        share = left / self.amount_company
        amount = currency.round(self.amount * share)
        digits = self._fields["quantity"].get_digits(self.env)[1]
        quantity = float_round(self.quantity * share, precision_digits=digits)
        if currency.compare_amounts(quantity * self.price_unit, amount) == 0:
            return quantity, self.price_unit
        return (1.0, amount) if amount else (0.0, 0.0)

    def _prepare_order_line_vals(self):
        self.ensure_one()
        product = self.product_id or self.env["sop.proposal"]._get_any_product()
        quantity, price = self._get_left()
        vals = {
            **self._prepare_document_vals(),
            "product_id": product.id,
            "product_qty": quantity,
            "price_unit": price,
            "product_uom_id": product.uom_id.id,
            # Never that of the price by which Odoo knows its own: the approved one stays
            "technical_price_unit": -1.0,
        }
        if self.proposal_id.date_expected:
            vals["date_planned"] = self.proposal_id.date_expected
        if not self.product_id:
            vals["tax_ids"] = [Command.clear()]
        return vals

    def _prepare_bill_line_vals(self):
        self.ensure_one()
        quantity, price = self._get_left()
        vals = {
            **self._prepare_document_vals(),
            "product_id": self.product_id.id,
            "quantity": quantity,
            "price_unit": price,
        }
        account = self.category_id._get_sop_booking()[0]
        if account:
            vals["account_id"] = account.id
        if not self.product_id:
            vals["tax_ids"] = [Command.clear()]
        return vals

    def _prepare_document_vals(self):
        analytic = self.category_id._get_sop_booking()[1]
        vals = {
            "name": self.name,
            "sop_proposal_line_id": self.id,
        }
        if analytic:
            vals["analytic_distribution"] = {str(analytic.id): 100.0}
        return vals


class SopProposal(models.Model):
    _inherit = "sop.proposal"

    order_count = fields.Integer(compute="_compute_document_counts")
    bill_count = fields.Integer(compute="_compute_document_counts")

    def _get_orders(self):
        # sudo: how many there are; they open as far as the reader may read them
        return self.sudo().line_ids.order_line_ids.order_id

    def _get_bills(self):
        # sudo: as for the orders
        lines = self.sudo().line_ids
        items = lines.move_line_ids | lines.order_line_ids.invoice_lines
        return items.move_id

    def _compute_document_counts(self):
        for proposal in self:
            proposal.order_count = len(proposal._get_orders())
            proposal.bill_count = len(proposal._get_bills())

    @api.model
    def _get_any_product(self):
        """The product of order lines for what has no product."""
        # sudo: it is the same for everybody
        product = self.env.ref(
            "sop_budget_control.product_proposal", raise_if_not_found=False
        )
        return (product or self.env["product.product"]).sudo()

    # === ACTIONS === #

    def action_create_rfq(self):
        """A request for quotation for what is still reserved, one for each currency."""
        self.ensure_one()
        lines = self._get_lines_to_order()
        if not self.partner_id:
            raise UserError(
                self.env._(
                    "“%(proposal)s” names no vendor yet: choose one, then request a quotation.",
                    proposal=self.display_name,
                )
            )
        orders = (
            self.env["purchase.order"]
            .with_company(self.company_id)
            .create(
                [
                    {
                        **self._prepare_order_vals(),
                        "currency_id": currency.id,
                        "order_line": [
                            Command.create(line._prepare_order_line_vals())
                            for line in of_currency
                        ],
                    }
                    for currency, of_currency in lines.grouped("currency_id").items()
                ]
            )
        )
        self._hand_over(orders)
        return orders._get_records_action(
            name=self.env._("Requests for Quotation"), context={}
        )

    def action_create_bill(self):
        """A draft vendor bill for what is still reserved, one for each currency."""
        self.ensure_one()
        lines = self._get_lines_to_order()
        bills = (
            self.env["account.move"]
            .with_company(self.company_id)
            .create(
                [
                    {
                        **self._prepare_bill_vals(),
                        "currency_id": currency.id,
                        "invoice_line_ids": [
                            Command.create(line._prepare_bill_line_vals())
                            for line in of_currency
                        ],
                    }
                    for currency, of_currency in lines.grouped("currency_id").items()
                ]
            )
        )
        self._hand_over(bills)
        return bills._get_records_action(name=self.env._("Vendor Bills"), context={})

    def _get_lines_to_order(self):
        self._check_step("approved")
        lines = self.line_ids.filtered(lambda line: line._get_left()[0])
        if not lines:
            raise UserError(
                self.env._(
                    "Nothing of “%(proposal)s” is left to order: it is on requests for "
                    "quotation, orders or bills already, or was freed.",
                    proposal=self.display_name,
                )
            )
        return lines

    def _prepare_order_vals(self):
        return {
            "partner_id": self.partner_id.id,
            "company_id": self.company_id.id,
            "origin": self.number,
        }

    def _prepare_bill_vals(self):
        return {
            "move_type": "in_invoice",
            "partner_id": self.partner_id.id,
            "company_id": self.company_id.id,
            "invoice_origin": self.number,
        }

    def _hand_over(self, documents):
        """Attachments go along, and the documents say where they come from."""
        # sudo: whoever may order what is approved gets the papers that it was approved with
        attachments = (
            self.env["ir.attachment"]
            .sudo()
            .search([("res_model", "=", self._name), ("res_id", "=", self.id)])
        )
        for document in documents:
            for attachment in attachments:
                attachment.copy({"res_model": document._name, "res_id": document.id})
            document.message_post_with_source(
                "mail.message_origin_link",
                render_values={"self": document, "origin": self},
                subtype_xmlid="mail.mt_note",
            )
            if self.justification:
                # A note of our own: what a vendor reads is not why we need it
                document.message_post(body=self.justification)
        # sudo: a buyer may use what they may not change
        self.sudo().message_post(
            body=self.env._(
                "Handed over to %(documents)s by %(user)s.",
                documents=", ".join(documents.mapped("display_name")),
                user=self.env.user.name,
            )
        )

    def action_open_orders(self):
        self.ensure_one()
        orders = self._get_orders().with_env(self.env)
        return orders._get_records_action(
            name=self.env._("Purchase Orders"), context={}
        )

    def action_open_bills(self):
        self.ensure_one()
        bills = self._get_bills().with_env(self.env)
        return bills._get_records_action(name=self.env._("Vendor Bills"), context={})

    def _get_open_action(self):
        return self._get_records_action(name=self.env._("Proposals"), context={})
