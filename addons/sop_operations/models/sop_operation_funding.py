# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from collections import defaultdict

from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError
from odoo.fields import Domain
from odoo.tools import SQL

from odoo.addons.sop_budget.engine.money import from_units

LINK_FIELDS = {"operation_id", "category_id"}


class SopOperationFunding(models.Model):
    """What of a budget category is meant for an operation.

    A link is read by whoever reads the figures of its category (and the operation): it
    tells of both.
    """

    _name = "sop.operation.funding"
    _inherit = "sop.budget.part.mixin"
    _description = "Funding of an Operation"
    _order = "id"
    _check_company_auto = True

    operation_id = fields.Many2one(
        "sop.operation",
        required=True,
        index=True,
        ondelete="cascade",
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
        domain="[('is_leaf', '=', True), ('kind', '!=', 'income'), "
        "('company_id', '=', company_id)]",
    )
    budget_id = fields.Many2one(
        related="category_id.budget_id", store=True, index=True, precompute=True
    )
    source_id = fields.Many2one(related="category_id.source_id")
    user_id = fields.Many2one(related="operation_id.user_id", string="In Charge")
    operation_state = fields.Selection(related="operation_id.state")
    currency_id = fields.Many2one(related="company_id.currency_id")
    amount = fields.Monetary(
        "Allocated",
        help="What of the category's plan is meant for this operation; may be nothing yet.",
    )
    note = fields.Char(help="Such as the part of the category that is meant.")
    category_planned = fields.Monetary(
        "Category Plans", compute="_compute_category_figures"
    )
    category_allocated = fields.Monetary(
        "Category Allocates",
        compute="_compute_category_figures",
        help="To all operations together.",
    )
    category_free = fields.Monetary(
        "Left to Allocate", compute="_compute_category_figures"
    )
    is_over = fields.Boolean("Over Allocated", compute="_compute_category_figures")
    share = fields.Float(
        "Share %",
        compute="_compute_share",
        inverse="_inverse_share",
        help="Of what the category plans. Enter it, or the amount.",
    )
    spent = fields.Monetary(
        compute="_compute_spent",
        help="What the operation spent of this category: journal items that carry its analytic "
        "account and belong to the category.",
    )
    label = fields.Char(compute="_compute_label", help="Such as “15,000 (50 % of O1)”.")
    is_readable = fields.Boolean(
        compute="_compute_is_readable", search="_search_is_readable"
    )

    _category_uniq = models.Constraint(
        "unique (operation_id, category_id)",
        "The operation is linked to this category already.",
    )
    _amount_positive = models.Constraint(
        "CHECK (amount >= 0)", "The allocated amount can't be negative."
    )

    # === COMPUTE === #

    @api.depends("operation_id", "category_id")
    def _compute_display_name(self):
        for funding in self:
            funding.display_name = (
                f"{funding.category_id.display_name} → "
                f"{funding.operation_id.display_name}"
            )

    @api.depends("category_id", "amount")
    def _compute_category_figures(self):
        figures = self.category_id._get_allocation()
        for funding in self:
            planned, allocated = figures.get(funding.category_id._origin.id, (0.0, 0.0))
            if funding._origin.category_id == funding.category_id:
                # What is being typed counts
                allocated += funding.amount - funding._origin.amount
            else:
                allocated += funding.amount
            funding.category_planned = planned
            funding.category_allocated = allocated
            funding.category_free = planned - allocated
            funding.is_over = bool(
                funding.currency_id
                and funding.currency_id.compare_amounts(allocated, planned) > 0
            )

    @api.depends("category_planned", "amount")
    def _compute_share(self):
        for funding in self:
            planned = funding.category_planned
            funding.share = 100 * funding.amount / planned if planned else 0.0

    def _inverse_share(self):
        for funding in self:
            funding.amount = funding.currency_id.round(
                funding.category_planned * funding.share / 100
            )

    @api.onchange("share")
    def _onchange_share(self):
        if self.category_planned:
            self._inverse_share()

    @api.depends("operation_id.analytic_account_id", "category_id")
    def _compute_spent(self):
        units = self.operation_id._origin._get_spending_of_links()
        for funding in self:
            pair = funding.operation_id._origin.id, funding.category_id._origin.id
            funding.spent = from_units(
                units.get(pair, 0), funding.currency_id.decimal_places or 0
            )

    @api.depends("amount", "category_id")
    @api.depends_context("lang")
    def _compute_label(self):
        for funding in self:
            amount = funding.currency_id.format(funding.amount)
            code = funding.category_id.code or funding.category_id.name
            if not funding.category_planned:
                funding.label = f"{code}: {amount}"
                continue
            funding.label = self.env._(
                "%(code)s: %(amount)s (%(share)s %% of it)",
                code=code,
                amount=amount,
                share=f"{funding.share:.0f}",
            )

    # === WHO READS IT === #

    @api.depends_context("uid")
    @api.depends("category_id")
    def _compute_is_readable(self):
        domain = self._get_readable_domain()
        # sudo: the rights to the category decide; that is what the domain asks for
        found = self.sudo().search(Domain("id", "in", self.ids) & domain)
        for funding in self:
            funding.is_readable = funding._origin.id in found._ids

    @api.model
    def _search_is_readable(self, operator, value):
        if operator != "in":
            return NotImplemented
        domain = self._get_readable_domain()
        return Domain.OR(domain if wanted else ~domain for wanted in value)

    @api.model
    def _get_readable_domain(self):
        """Links whose category the user may read, with its figures."""
        # Not as the system: record rules are worked out in superuser mode
        categories = self.env["sop.budget.category"].sudo(False)
        budgets = self.env["sop.budget"].sudo(False).with_context(active_test=False)
        if not (categories.has_access("read") and budgets.has_access("read")):
            return Domain.FALSE
        return Domain("category_id", "in", categories._search(Domain.TRUE)) & Domain(
            "budget_id", "in", budgets._search(budgets._get_figures_domain())
        )

    # === CONSTRAINTS === #

    @api.constrains("category_id")
    def _check_category(self):
        for funding in self:
            category = funding.category_id
            if not category.is_leaf or category.kind == "income":
                raise ValidationError(
                    self.env._(
                        "“%(category)s” holds no money to spend: choose a category of expenses "
                        "or investments of the lowest level.",
                        category=category.display_name,
                    )
                )

    def _check_allocated(self):
        """Where that is asked for, no category allocates more than it plans.

        Not a constraint: what lowers the sum of a category passes, though it is still above.
        """
        stopping = self.filtered(lambda f: f.company_id.sop_funding_check == "stop")
        categories = stopping.category_id
        # In superuser mode alone: what was approved elsewhere is allocated in any case
        unchecked = self.env.su and self.env.context.get("sop_funding_granted")
        if not categories or unchecked:
            return
        # Of two who allocate at once, the second meets this row changed and is tried again
        self.env.cr.execute(
            SQL(
                "UPDATE sop_budget_category SET write_date = write_date WHERE id IN %s",
                tuple(categories.ids),
            )
        )
        # sudo: the sum holds whoever allocates
        figures = categories.sudo()._get_allocation()
        for category in categories:
            planned, allocated = figures[category.id]
            currency = category.currency_id
            if currency.compare_amounts(allocated, planned) > 0:
                raise ValidationError(
                    category._describe_over_allocation(planned, allocated)
                )

    # === CRUD === #

    @api.model_create_multi
    def create(self, vals_list):
        for vals in vals_list:
            self._check_not_derived(vals)
        links = super().create(vals_list)
        links._check_category_readable()
        links.filtered("amount")._check_allocated()
        for link in links:
            link._log_change(0.0, link.amount)
        return links

    def write(self, vals):
        self._check_not_derived(vals)
        if any(vals[n] != r[n].id for r in self for n in LINK_FIELDS & set(vals)):
            raise UserError(
                self.env._(
                    "A link stays with its category and its operation: remove it and make "
                    "another one."
                )
            )
        before = {link: link.amount for link in self}
        result = super().write(vals)
        if "amount" in vals:
            rise = defaultdict(float)
            for link in self:
                rise[link.category_id] += link.amount - before[link]
            raised = self.filtered(lambda f: rise[f.category_id] > 0)
            raised._check_allocated()
            for link in self:
                link._log_change(before[link], link.amount)
        return result

    def unlink(self):
        for link in self:
            link._log_change(link.amount, None)
        return super().unlink()

    def _check_category_readable(self):
        """Nobody links what they may not read: the link would tell of it."""
        self.category_id.check_access("read")
        self.category_id.budget_id._check_figures()

    def _log_change(self, before, after):
        """In the history of the category, whose readers may know; the other side has no amounts."""
        self.ensure_one()
        currency = self.currency_id
        if after is not None and not currency.compare_amounts(before, after) and before:
            return
        operation, category = self.operation_id, self.category_id
        if after is None:
            text = self.env._(
                "%(operation)s: no longer funded (%(before)s)",
                operation=operation.display_name,
                before=currency.format(before),
            )
        else:
            text = self.env._(
                "%(operation)s: allocated %(before)s → %(after)s",
                operation=operation.display_name,
                before=currency.format(before),
                after=currency.format(after),
            )
        author = self.env.user.partner_id.id
        # sudo: the history tells what was done, whatever else its author may do there
        category.sudo().message_post(body=text, author_id=author)
        operation.sudo().message_post(
            body=self.env._("The funding was changed."), author_id=author
        )
