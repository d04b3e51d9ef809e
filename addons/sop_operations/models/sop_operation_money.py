# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""What an operation gets and spends.

Its spending is what the books hold on its own analytic account: exact, and read from the
ledger cube for any number of operations at once. How it is divided over the categories that
fund it is read from the journal items of the account.
"""

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain
from odoo.tools import SQL

from odoo.addons.sop_budget.engine.money import from_units

from .sop_ledger_spending import Way


class SopOperation(models.Model):
    _inherit = "sop.operation"

    analytic_account_id = fields.Many2one(
        "account.analytic.account",
        index="btree_not_null",
        ondelete="restrict",
        check_company=True,
        copy=False,
        tracking=True,
        help="Bills and orders that carry it are the exact spending of the operation.",
    )
    funding_ids = fields.One2many(
        "sop.operation.funding", "operation_id", string="Funding"
    )
    allocated = fields.Monetary(
        compute="_compute_allocated",
        help="What budget categories give to this very operation, as far as you may see them.",
    )
    allocated_total = fields.Monetary(
        "Allocated in All",
        compute="_compute_allocated",
        help="The same with what is below it.",
    )
    hidden_funding_count = fields.Integer(
        compute="_compute_allocated",
        help="Links to categories that you may not see; they are left out of the amounts.",
    )
    is_organic = fields.Boolean(
        "Organic",
        compute="_compute_allocated",
        search="_search_is_organic",
        help="Needs no budget: nothing funds it, what it is part of, or what is below it.",
    )
    funding_summary = fields.Char("Funded By", compute="_compute_funding_summary")
    funding_warning = fields.Char(compute="_compute_funding_warning")
    spent = fields.Monetary(
        compute="_compute_spent",
        help="Posted expenses and investments that carry the analytic account of the operation. "
        "What lies in a category that is hidden from you is left out.",
    )
    spent_total = fields.Monetary(
        "Spent in All", compute="_compute_spent", help="The same with what is below it."
    )
    has_spending = fields.Boolean(
        compute="_compute_spent",
        help="Whether its spending is known: it, or something below it, has an analytic account.",
    )
    spent_elsewhere = fields.Monetary(
        "In Other Categories or None",
        compute="_compute_spent_elsewhere",
        help="What it spent outside of the categories that fund it (and that you may see).",
    )
    money_progress = fields.Float(
        "Money %",
        compute="_compute_money_progress",
        help="What is spent in percent of what is allocated, with what is below.",
    )
    has_money_progress = fields.Boolean(compute="_compute_money_progress")

    _analytic_uniq = models.UniqueIndex(
        "(analytic_account_id) WHERE analytic_account_id IS NOT NULL",
        "Another operation has this analytic account.",
    )

    # === ALLOCATED === #

    def _get_below(self):
        """``{id: ids of it and of what is below}``, archived ones left out."""
        # sudo: a total has all that the links allow, see `_compute_allocated`
        rows = self.sudo().search_fetch([("id", "child_of", self.ids)], ["parent_path"])
        below = {id_: [id_] for id_ in self.ids}
        for row in rows:
            for part in row.parent_path.split("/")[:-2]:
                if int(part) in below:
                    below[int(part)].append(row.id)
        return below

    @api.depends_context("uid")
    @api.depends("funding_ids.amount", "child_ids", "parent_id")
    def _compute_allocated(self):
        below = self._origin._get_below()
        ids = sorted({id_ for ids in below.values() for id_ in ids})
        Funding = self.env["sop.operation.funding"]
        domain = [("operation_id", "in", ids)]
        sums, seen = {}, {}
        if Funding.has_access("read"):
            for operation, amount, count in Funding._read_group(
                domain, ["operation_id"], ["amount:sum", "__count"]
            ):
                sums[operation.id], seen[operation.id] = amount, count
        # sudo: only how many there are, so that totals can say that something is missing
        counts = {
            operation.id: count
            for operation, count in Funding.sudo()._read_group(
                domain, ["operation_id"], ["__count"]
            )
        }
        funded = self._origin._get_funded_ids()
        for operation in self:
            id_ = operation._origin.id
            parts = below.get(id_, ())
            operation.allocated = sums.get(id_, 0.0)
            operation.allocated_total = sum(sums.get(part, 0.0) for part in parts)
            operation.hidden_funding_count = sum(
                counts.get(part, 0) - seen.get(part, 0) for part in parts
            )
            operation.is_organic = id_ not in funded

    def _get_funded_ids(self):
        """Ids of those that a link funds: their own, one above or one below."""
        return set(self.env["sop.operation"].sudo()._search_funded(self.ids))

    @api.model
    def _search_funded(self, ids=None):
        """Ids of all operations that are funded, as a list; of ``ids`` only, if given."""
        self.env["sop.operation"].flush_model(["parent_path"])
        self.env["sop.operation.funding"].flush_model(["operation_id"])
        where = SQL("TRUE") if ids is None else SQL("operation.id = ANY(%s)", list(ids))
        rows = self.env.execute_query(
            SQL(
                """
                WITH own AS (
                    SELECT DISTINCT funded.id, funded.parent_path
                      FROM sop_operation funded
                      JOIN sop_operation_funding link ON link.operation_id = funded.id
                )
                SELECT operation.id FROM sop_operation operation
                 WHERE %s AND EXISTS (
                    SELECT FROM own
                     WHERE own.parent_path LIKE operation.parent_path || '%%'
                        OR operation.parent_path LIKE own.parent_path || '%%'
                 )
                """,
                where,
            )
        )
        return [id_ for [id_] in rows]

    @api.model
    def _search_is_organic(self, operator, value):
        if operator != "in":
            return NotImplemented
        funded = self._search_funded()
        domain = Domain("id", "not in", funded)
        return Domain.OR(domain if wanted else ~domain for wanted in value)

    @api.depends_context("uid", "lang")
    @api.depends("funding_ids.amount", "is_organic")
    def _compute_funding_summary(self):
        for operation in self:
            # Not by the field: what others may see could be in its cache
            links = operation.funding_ids._filtered_access("read")
            labels = [link.label for link in links]
            hidden = operation.hidden_funding_count
            if hidden:
                labels.append(
                    self.env._("%(count)s more that you may not see", count=hidden)
                )
            if not labels and operation.is_organic:
                labels.append(
                    self.env._(
                        "%(nothing)s, organic",
                        nothing=operation.currency_id.format(0.0),
                    )
                )
            operation.funding_summary = ", ".join(labels) or False

    @api.depends_context("uid", "lang")
    @api.depends("funding_ids.amount", "company_id")
    def _compute_funding_warning(self):
        for operation in self:
            links = operation.funding_ids.filtered("is_over")
            operation.funding_warning = False
            # sudo: a setting that everybody may know
            if links and operation.company_id.sudo().sop_funding_check != "none":
                operation.funding_warning = "\n".join(
                    self.env._(
                        "%(category)s plans %(planned)s, but %(allocated)s are allocated.",
                        category=link.category_id.display_name,
                        planned=link.currency_id.format(link.category_planned),
                        allocated=link.currency_id.format(link.category_allocated),
                    )
                    for link in links
                )

    def unlink(self):
        # EXTENDS sop.operation: the history of the categories tells that they fund it no more
        self.check_access("unlink")
        # sudo: links to categories that the user may not see end as well
        self.sudo().funding_ids.unlink()
        return super().unlink()

    def _link(self, category, amount):
        """Fund the operation, with the rights of the user."""
        self.ensure_one()
        return self.env["sop.operation.funding"].create(
            {
                "operation_id": self.id,
                "category_id": category.id,
                "amount": amount,
            }
        )

    # === SPENT === #

    @api.depends_context("uid")
    @api.depends("analytic_account_id", "child_ids", "parent_id")
    def _compute_spent(self):
        below = self._origin._get_below()
        ids = sorted({id_ for ids in below.values() for id_ in ids})
        units = self.browse(ids)._get_spent_units()
        for operation in self:
            id_ = operation._origin.id
            digits = operation.currency_id.decimal_places or 0
            parts = below.get(id_, ())
            operation.spent = from_units(units.get(id_, 0), digits)
            operation.spent_total = from_units(
                sum(units.get(part, 0) for part in parts), digits
            )
            operation.has_spending = any(part in units for part in parts)

    @api.depends_context("uid")
    @api.depends("spent_total", "allocated_total", "hidden_funding_count")
    def _compute_money_progress(self):
        for operation in self:
            allocated = operation.allocated_total
            # Of a part of the money there is no percentage
            known = (
                bool(allocated)
                and operation.has_spending
                and not operation.hidden_funding_count
            )
            operation.has_money_progress = known
            operation.money_progress = (
                100 * operation.spent_total / allocated if known else 0.0
            )

    @api.depends("spent", "funding_ids.spent")
    @api.depends_context("uid")
    def _compute_spent_elsewhere(self):
        for operation in self:
            links = operation.funding_ids._filtered_access("read")
            operation.spent_elsewhere = operation.spent - sum(links.mapped("spent"))

    def _get_spent_units(self) -> dict[int, int]:
        """``{operation id: minor units}`` of those with an account, for the current user.

        A few queries for any number of operations. Where categories are hidden from the user,
        what lies in them is left out, as everywhere.
        """
        # sudo: the tie to the books was checked when it was made; the sums are for readers
        operations = self.sudo().filtered("analytic_account_id")
        result = {}
        for company, group in operations.grouped("company_id").items():
            sums = self.env["sop.ledger.month"]._read_spending_by_analytic(
                company, group.analytic_account_id
            )
            for operation in group:
                result[operation.id] = sums.get(operation.analytic_account_id.id, 0)
            hidden = self._get_hidden_spending(group)
            for id_, units in hidden.items():
                result[id_] -= units
        return result

    def _get_spent_units_of(self, start, end) -> dict[int, int]:
        """``{operation id: minor units}`` booked on these days, for the current user."""
        # sudo: as in `_get_spent_units`; hidden categories are left out here as well
        operations = self.sudo().filtered("analytic_account_id")
        veiled = self._get_veiled_categories(operations)
        split = operations._split_spending(
            dict.fromkeys(operations.ids, veiled), (start, end)
        )
        # Neither what cancels out nor what lies in hidden categories is spending
        return {id_: parts[0] for id_, parts in split.items() if parts.get(0)}

    @api.model
    def _get_hidden_spending(self, operations):
        """Minor units of the operations in categories that are hidden from the user."""
        veiled = self._get_veiled_categories(operations)
        if not veiled:
            return {}
        split = operations._split_spending(dict.fromkeys(operations.ids, veiled))
        return {
            id_: sum(units for category, units in parts.items() if category)
            for id_, parts in split.items()
        }

    @api.model
    def _get_veiled_categories(self, operations):
        """Categories of the companies that are hidden from the user, in superuser mode."""
        own = self.env["sop.budget.category"]
        if self.env.su:
            return own
        # sudo: what is hidden is what the user does not find among all of them
        domain = [
            ("company_id", "in", operations.company_id.ids),
            ("visibility_effective", "!=", "all"),
            ("is_leaf", "=", True),
        ]
        veiled = own.sudo().search(domain)
        if veiled and own.has_access("read"):
            veiled -= own.search([("id", "in", veiled.ids)]).sudo()
        return veiled

    def _split_spending(self, categories, days=None) -> dict[int, dict[int, int]]:
        """``{operation id: {category id, or 0 for the rest: minor units}}``, to the cent.

        In superuser mode; the caller answers for who is shown what. Each part of an item goes
        to the first of the categories that owns it: budgets may overlap.

        :param categories: ``{operation id: categories}``
        :param days: first and last day of what is booked; all without
        """
        # Many operations share the same categories: those are grouped once
        ways = {own: Way.of(own) for own in set(categories.values())}
        result = {}
        for company, group in self.grouped("company_id").items():
            accounts = {o.analytic_account_id.id: o.id for o in group}
            split = self.env["sop.ledger.month"]._split_spending_by_category(
                company,
                {a: ways[categories[id_]] for a, id_ in accounts.items()},
                days,
            )
            result |= {accounts[a]: parts for a, parts in split.items()}
        return result

    def _get_spending_of_links(self):
        """``{(operation id, category id): minor units}`` in the categories that fund each.

        Of all links, so that the answer is the same whoever asks; the caller shows those that
        the reader may see.
        """
        # sudo: see above
        tied = self.sudo().filtered("analytic_account_id")
        split = tied._split_spending({o.id: o.funding_ids.category_id for o in tied})
        return {
            (id_, category): units
            for id_, parts in split.items()
            for category, units in parts.items()
        }

    def action_open_spending(self):
        """The journal items behind the spending, for those who may read them."""
        self.ensure_one()
        ids = self._get_below()[self.id]
        # sudo: the accounts of what is below, which the total names anyway
        accounts = self.browse(ids).sudo().analytic_account_id
        items = self.env["account.move.line"]
        if not items.has_access("read"):
            raise UserError(
                self.env._(
                    "The journal items behind this figure are for people with accounting rights."
                )
            )
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Spending of %(operation)s", operation=self.name),
            "res_model": "account.move.line",
            "view_mode": "list,pivot,graph,form",
            "domain": [
                ("parent_state", "=", "posted"),
                ("company_id", "=", self.company_id.id),
                ("analytic_distribution", "in", accounts.ids),
                (
                    "account_id.account_type",
                    "in",
                    self.env["sop.ledger.month"]._get_spending_types(),
                ),
            ],
            "context": {"group_by": ["account_id"], "create": False},
        }

    # === ANALYTIC ACCOUNT === #

    def action_create_analytic_account(self):
        """An analytic account of its own, in the plan “Operations”."""
        self._check_plans()
        missing = self.filtered(lambda o: not o.analytic_account_id)
        if not missing:
            raise UserError(self.env._("It has an analytic account already."))
        plan = self.env["account.analytic.plan"]._find_or_create_for(
            "sop_operations.analytic_plan_id", self.env._("Operations")
        )
        # sudo: planners need no accounting rights to get accounts of their own operations
        accounts = (
            self.env["account.analytic.account"]
            .sudo()
            .create([o._prepare_analytic_account_vals(plan) for o in missing])
        )
        for operation, account in zip(missing, accounts, strict=True):
            # sudo: nothing is booked on a new account, whoever may read the books
            operation.sudo().analytic_account_id = account
        return True

    def _prepare_analytic_account_vals(self, plan):
        self.ensure_one()
        return {
            "name": self.name,
            "code": self.code,
            "plan_id": plan.id,
            "company_id": self.company_id.id,
        }
