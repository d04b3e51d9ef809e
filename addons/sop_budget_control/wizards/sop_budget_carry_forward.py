# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from collections import defaultdict

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Command, Domain

from odoo.addons.sop_budget.engine.money import from_units, to_units

from ..engine.transfer import CarryRule, carry_amount, share_out, take
from ..models.sop_proposal_carry import PENDING_STEPS

#: Carry-forwards whose money is still in the old budget, but spoken for.
PENDING_STATES = ("draft", "changes", "submitted", "in_review")
RULE_FIELDS = (
    "budget_id",
    "target_id",
    "carry_orders",
    "carry_reserved",
    "mode",
    "percent",
    "cap",
    "category_ids",
)


class SopBudgetCarryForward(models.TransientModel):
    """Takes open orders, reservations and unspent money along into the budget of the next period.

    What is carried is shown line by line first and can be changed there. Applying makes one
    transfer of it, which is approved like any other and then done as a whole.
    """

    _name = "sop.budget.carry.forward"
    _inherit = "sop.wizard.mixin"
    _description = "Carry-forward"

    budget_id = fields.Many2one(
        "sop.budget",
        string="From Budget",
        required=True,
        domain="[('state', 'in', ('approved', 'closed')), ('is_template', '=', False)]",
    )
    target_id = fields.Many2one(
        "sop.budget",
        string="To Budget",
        domain="[('company_id', '=', company_id), ('date_from', '>', date_to), "
        "('state', 'in', ('draft', 'submitted', 'approved')), ('is_template', '=', False)]",
    )
    company_id = fields.Many2one(related="budget_id.company_id")
    currency_id = fields.Many2one(related="company_id.currency_id")
    date_to = fields.Date(related="budget_id.date_to")
    carry_orders = fields.Boolean(
        "Open Orders",
        default=True,
        help="Confirmed orders that aren't billed count in the next budget from its first day "
        "on, and the money planned for them goes along.",
    )
    carry_reserved = fields.Boolean(
        "Approved Proposals",
        default=True,
        help="What is approved and neither ordered nor billed is reserved in the next budget, "
        "as a new version of the proposal, and the money planned for it goes along.",
    )
    pending_mode = fields.Selection(
        [
            ("keep", "Stay here until they are decided"),
            ("return", "Go back to who asked"),
        ],
        string="Undecided Proposals",
        required=True,
        default="keep",
        help="Nothing is reserved for them, so no money goes along. Those that stay can be "
        "approved here, as far as there is money left, and be carried after that. Those that go "
        "back can be submitted again from the next budget.",
    )
    pending_ids = fields.Many2many(
        "sop.proposal", string="Undecided", compute="_compute_pending_ids"
    )
    mode = fields.Selection(
        [
            ("none", "Nothing"),
            ("all", "All of it"),
            ("percent", "A percentage"),
            ("capped", "Up to an amount per category"),
        ],
        string="Unspent Money",
        required=True,
        default="all",
        help="Unspent is what is neither spent, ordered nor reserved.",
    )
    percent = fields.Float(default=100.0)
    cap = fields.Monetary("At Most")
    category_ids = fields.Many2many(
        "sop.budget.category",
        "sop_budget_carry_forward_category_rel",
        "wizard_id",
        "category_id",
        string="Only These Categories",
        domain="[('budget_id', '=', budget_id)]",
        help="With all that is below them. Empty: all.",
    )
    reason = fields.Text(
        required=True, default=lambda self: self.env._("Carry-forward")
    )
    line_ids = fields.One2many("sop.budget.carry.forward.line", "wizard_id")
    previewed = fields.Char(
        readonly=True, help="The rules that the lines were made by."
    )
    amount_orders = fields.Monetary("Of Orders", compute="_compute_totals")
    amount_reserved = fields.Monetary("Reserved", compute="_compute_totals")
    amount_balances = fields.Monetary("Unspent", compute="_compute_totals")
    amount_total = fields.Monetary("Carried in All", compute="_compute_totals")
    is_stale = fields.Boolean(compute="_compute_is_stale")

    # === COMPUTE === #

    @api.depends(
        "line_ids.amount",
        "line_ids.included",
        "line_ids.order_line_id",
        "line_ids.claim_id",
    )
    def _compute_totals(self):
        for wizard in self:
            lines = wizard.line_ids.filtered("included")
            orders = lines.filtered("order_line_id")
            claims = lines.filtered("claim_id")
            wizard.amount_orders = sum(orders.mapped("amount"))
            wizard.amount_reserved = sum(claims.mapped("amount"))
            wizard.amount_balances = sum((lines - orders - claims).mapped("amount"))
            wizard.amount_total = sum(lines.mapped("amount"))

    @api.depends("budget_id", "category_ids")
    def _compute_pending_ids(self):
        for wizard in self:
            domain = Domain("step", "in", PENDING_STEPS)
            domain &= Domain("budget_id", "=", wizard.budget_id.id)
            if wizard.category_ids:
                places = Domain("category_id", "child_of", wizard.category_ids.ids)
                domain &= Domain("line_ids", "any", places)
            wizard.pending_ids = self.env["sop.proposal"].search(domain)

    @api.depends("previewed", *RULE_FIELDS)
    def _compute_is_stale(self):
        for wizard in self:
            wizard.is_stale = wizard.previewed != wizard._get_rules_key()

    def _get_rules_key(self):
        self.ensure_one()
        values = [
            self[name]._origin.ids
            if self._fields[name].relational
            else str(self[name] or "")
            for name in RULE_FIELDS
        ]
        return repr(values)

    # === CRUD === #

    @api.model_create_multi
    def create(self, vals_list):
        wizards = super().create(vals_list)
        wizards._check_may_carry()
        return wizards

    def _check_may_carry(self):
        (self.budget_id | self.target_id)._check_can_manage()

    # === PREVIEW === #

    def action_preview(self):
        """Make the lines by the rules; what was changed in them is made anew."""
        self.ensure_one()
        self._check_budgets()
        self.write(
            {
                "line_ids": [
                    Command.clear(),
                    *(Command.create(vals) for vals in self._prepare_lines()),
                ],
                "previewed": self._get_rules_key(),
            }
        )
        return self._get_action()

    def _get_action(self):
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Carry Forward"),
            "res_model": self._name,
            "res_id": self.id,
            "views": [(False, "form")],
            "target": "new",
        }

    def _check_budgets(self):
        self._check_may_carry()
        if not self.target_id:
            raise UserError(
                self.env._(
                    "Choose the budget of the next period, or make one: a budget of the same "
                    "company that starts after %(end)s.",
                    end=self.date_to,
                )
            )
        self.budget_id._check_next_budget(self.target_id)
        if not 0 <= self.percent <= 100:
            raise UserError(
                self.env._("Percent: carry between 0 and 100 % of what is unspent.")
            )
        if self.currency_id.compare_amounts(self.cap, 0.0) < 0:
            raise UserError(self.env._("At most: the amount can't be below zero."))

    def _get_leaves(self):
        domain = [
            ("budget_id", "=", self.budget_id.id),
            ("is_leaf", "=", True),
            ("kind", "!=", "income"),
        ]
        if self.category_ids:
            domain.append(("id", "child_of", self.category_ids.ids))
        return self.env["sop.budget.category"].search(domain)

    def _prepare_lines(self):
        leaves = self._get_leaves()
        matrix = self.budget_id._get_matrix()
        rows = dict(zip(matrix.ids, range(len(matrix.ids)), strict=True))
        planned = {c: int(matrix.planned[rows[c.id]].sum()) for c in leaves}
        available = {c: int(matrix.available[rows[c.id]].sum()) for c in leaves}
        for (category_id, _month), units in self.budget_id._get_held_units().items():
            category = leaves.browse(category_id)
            if category in available:
                available[category] -= units
        targets = {
            c.code: c
            for c in self.env["sop.budget.category"].search(
                [("budget_id", "=", self.target_id.id)]
            )
        }
        orders = self._find_open_orders() if self.carry_orders else {}
        claims = self._find_claims(leaves) if self.carry_reserved else {}
        bound = {c: orders.get(c.id, []) + claims.get(c.id, []) for c in leaves}
        amounts = self._share_out(bound, planned, available)
        result = [
            {
                **self._prepare_line(category, targets, units, amount),
                **vals,
                "included": bool(amount),
            }
            for category, rows in bound.items()
            for (units, vals), amount in zip(rows, amounts[category], strict=True)
        ]
        result += self._prepare_balance_lines(leaves, available, targets)
        return result

    def _share_out(self, bound, planned, available):
        """``{category: amounts}``: what can't go along as a whole stays as a whole."""
        # sudo: as in ``_find_claims``
        claims = self.env["sop.proposal.line"].sudo()
        claims = claims.browse(
            vals["claim_id"]
            for rows in bound.values()
            for _units, vals in rows
            if "claim_id" in vals
        )
        proposal_of = {claim.id: claim.proposal_id for claim in claims}
        reserved = claims.proposal_id.line_ids.filtered(lambda c: c.stage == "reserved")
        staying = set((reserved - claims).proposal_id)

        def whole(vals):
            return proposal_of.get(vals.get("claim_id")) or vals["order_line_id"]

        while True:
            amounts = {
                category: share_out(
                    [0 if whole(vals) in staying else units for units, vals in rows],
                    planned[category],
                    available[category],
                )
                for category, rows in bound.items()
            }
            torn = {
                whole(vals)
                for category, rows in bound.items()
                for (_units, vals), amount in zip(rows, amounts[category], strict=True)
                if not amount
            }
            if torn <= staying:
                return amounts
            staying |= torn

    def _find_open_orders(self):
        """``{category id: [(units, values)]}``, one for each order line and category."""
        pending = self._get_pending_lines().purchase_line_id
        result = defaultdict(list)
        for category_id, parts in self.budget_id._get_open_order_parts().items():
            for line_id, units, month in sorted(
                parts, key=lambda part: (part[2], part[0])
            ):
                if line_id not in pending._ids and units > 0:
                    vals = {"order_line_id": line_id, "month": month}
                    result[category_id].append((units, vals))
        return result

    def _find_claims(self, leaves):
        """The same of what is reserved, one for each line of a proposal."""
        # sudo: what the manager may not see would be left without its money
        claims = (
            self.env["sop.proposal.line"]
            .sudo()
            .search(
                [("category_id", "in", leaves.ids), ("stage", "=", "reserved")],
                order="month, id",
            )
        )
        result = defaultdict(list)
        for claim in claims - self._get_pending_lines().claim_id.sudo():
            vals = {"claim_id": claim.id, "month": claim.month}
            units = self._to_units(claim.reserved_amount)
            result[claim.category_id.id].append((units, vals))
        return result

    def _prepare_balance_lines(self, leaves, available, targets):
        rule = CarryRule(self.mode, self.percent, self._to_units(self.cap))
        applied, pending = defaultdict(int), defaultdict(int)
        for line in self._get_carry_lines(("approved", *PENDING_STATES)):
            if line.purchase_line_id or line.claim_id:
                continue
            sums = applied if line.state == "approved" else pending
            sums[line.category_from_id] += self._to_units(line.amount)
        result = []
        for category in leaves:
            unspent = available[category] - pending[category]
            carried = applied[category] + pending[category]
            amount = carry_amount(rule, unspent, carried)
            if amount:
                result.append(self._prepare_line(category, targets, unspent, amount))
        return result

    def _prepare_line(self, category, targets, basis, amount):
        target = targets.get(category.code)
        return {
            "category_id": category.id,
            "target_category_id": target.id if target and target.is_leaf else False,
            "included": True,
            "basis": self._from_units(basis),
            "proposed": self._from_units(amount),
            "amount": self._from_units(amount),
        }

    def _get_carry_lines(self, states):
        # sudo: what others carry away is gone for everybody
        return (
            self.env["sop.budget.transfer.line"]
            .sudo()
            .search(
                [
                    ("budget_id", "=", self.budget_id.id),
                    ("transfer_id.kind", "=", "carry_forward"),
                    ("state", "in", states),
                ]
            )
        )

    def _get_pending_lines(self):
        return self._get_carry_lines(PENDING_STATES)

    def _to_units(self, amount):
        return to_units(amount, self.currency_id.decimal_places)

    def _from_units(self, units):
        return from_units(units, self.currency_id.decimal_places)

    # === APPLY === #

    def action_apply(self):
        """Make the transfer and ask for its approval."""
        self.ensure_one()
        self._check_budgets()
        # Of two who carry the same at once the second is tried again and sees what is left
        (self.budget_id | self.target_id)._lock_figures()
        self._check_fresh()
        self._check_lines()
        transfer = (
            self.env["sop.budget.transfer"]
            ._with_token()
            .create(
                {
                    "kind": "carry_forward",
                    "budget_id": self.budget_id.id,
                    "target_budget_id": self.target_id.id,
                    "reason": self.reason,
                    "pending_proposal_ids": self._prepare_returned(),
                    "line_ids": [
                        Command.create(vals) for vals in self._prepare_moves()
                    ],
                }
            )
        )
        transfer.with_context(sop_transfer_token=None).action_submit()
        return {
            "type": "ir.actions.act_window",
            "res_model": transfer._name,
            "res_id": transfer.id,
            "views": [(False, "form")],
        }

    def _prepare_returned(self):
        if self.pending_mode != "return":
            return []
        return [Command.set(self.pending_ids.ids)]

    def _check_fresh(self):
        """Nothing is carried by figures that nobody has seen."""
        key = ("category_id", "order_line_id", "claim_id", "basis", "proposed")

        def comparable(rows):
            return sorted(
                (
                    row["category_id"],
                    row.get("order_line_id") or 0,
                    row.get("claim_id") or 0,
                    self._to_units(row["basis"]),
                    self._to_units(row["proposed"]),
                )
                for row in rows
            )

        shown = [
            {
                name: line[name].id if line._fields[name].relational else line[name]
                for name in key
            }
            for line in self.line_ids
        ]
        if self.is_stale or comparable(shown) != comparable(self._prepare_lines()):
            raise UserError(
                self.env._(
                    "Rules or figures have changed since the preview: preview again, and look at "
                    "the lines."
                )
            )

    def _check_lines(self):
        included = self.line_ids.filtered(lambda line: line.included and line.amount)
        if not included:
            raise UserError(
                self.env._(
                    "There is nothing to carry: no line is ticked with an amount."
                )
            )
        for line in self.line_ids:
            line._check_amount()
        halves = included.order_line_id & (self.line_ids - included).order_line_id
        if halves:
            raise UserError(
                self.env._(
                    "The order %(order)s spends from several categories and is carried as a whole: "
                    "tick all of its lines, or none.",
                    # sudo: whoever carries needn't be a buyer to know which order it is
                    order=halves[0].sudo().order_id.name,
                )
            )
        # sudo: what the manager may not see is a part of the proposal all the same
        claims = included.claim_id.sudo()
        reserved = claims.proposal_id.line_ids.filtered(lambda c: c.stage == "reserved")
        halves = (reserved - claims).proposal_id
        if halves:
            raise UserError(
                self.env._(
                    "%(proposal)s is carried as a whole: tick all of its lines, of all "
                    "categories, or none.",
                    proposal=halves[0].number,
                )
            )
        claims._check_carried()

    def _prepare_moves(self):
        """Lines of the transfer: what is bound from its own month first, the rest from the end."""
        lines = self.line_ids.filtered(lambda line: line.included and line.amount)
        lines = lines.sorted(
            lambda line: (not line._is_bound(), line.month or self.date_to, line.id)
        )
        cells = defaultdict(dict)
        for amount in self.env["sop.budget.amount"].search(
            [("category_id", "in", lines.category_id.ids)]
        ):
            cells[amount.category_id][amount.month] = self._to_units(amount.amount)
        result = []
        for line in lines:
            held = cells[line.category_id]
            for month, units in take(
                list(held.items()), self._to_units(line.amount), line.month
            ):
                held[month] -= units
                result.append(
                    {
                        "category_from_id": line.category_id.id,
                        "month_from": month,
                        "category_to_id": line.target_category_id.id,
                        "month_to": self.target_id.date_from.replace(day=1),
                        "amount": self._from_units(units),
                        "purchase_line_id": line.order_line_id.id,
                        "claim_id": line.claim_id.id,
                    }
                )
        return result


class SopBudgetCarryForwardLine(models.TransientModel):
    _name = "sop.budget.carry.forward.line"
    _inherit = "sop.wizard.mixin"
    _description = "Line of a Carry-forward"
    _order = "category_id, order_line_id, claim_id, id"

    wizard_id = fields.Many2one(
        "sop.budget.carry.forward", required=True, index=True, ondelete="cascade"
    )
    target_id = fields.Many2one(related="wizard_id.target_id")
    currency_id = fields.Many2one(related="wizard_id.currency_id")
    included = fields.Boolean("Carry", default=True)
    category_id = fields.Many2one("sop.budget.category", readonly=True, required=True)
    order_line_id = fields.Many2one(
        "purchase.order.line", string="Order Line", readonly=True
    )
    claim_id = fields.Many2one("sop.proposal.line", readonly=True)
    order_name = fields.Char("Order or Proposal", compute="_compute_order_name")
    month = fields.Date(readonly=True)
    basis = fields.Monetary(
        "Open, Reserved or Unspent",
        readonly=True,
        help="What is still open of the order, reserved for the proposal, or unspent in the "
        "category.",
    )
    proposed = fields.Monetary("By the Rules", readonly=True)
    amount = fields.Monetary("Carried")
    target_category_id = fields.Many2one(
        "sop.budget.category",
        string="To Category",
        domain="[('budget_id', '=', target_id), ('is_leaf', '=', True)]",
        help="Empty: the category of the same code, which is created if there is none.",
    )

    @api.depends("order_line_id", "claim_id")
    def _compute_order_name(self):
        for line in self:
            # sudo: whoever carries needn't be a buyer to know which order it is
            order = line.order_line_id.sudo().order_id
            line.order_name = order.name or line.claim_id.sudo().proposal_id.number

    def _is_bound(self):
        """Whether the money goes along with an order or a reservation."""
        return bool(self.order_line_id or self.claim_id)

    def _check_amount(self):
        self.ensure_one()
        currency = self.currency_id
        low = currency.compare_amounts(self.amount, 0.0) < 0
        if low or currency.compare_amounts(self.amount, self.basis) > 0:
            raise UserError(
                self.env._(
                    "“%(category)s”: carry between 0 and %(basis)s, which is what is there.",
                    category=self.category_id.display_name,
                    basis=currency.format(self.basis),
                )
            )
        is_less = currency.compare_amounts(self.amount, self.proposed) < 0
        if self.included and self._is_bound() and is_less:
            raise UserError(
                self.env._(
                    "“%(category)s”: %(document)s is carried with all of its money, %(amount)s, "
                    "or not at all: untick it to leave it here.",
                    category=self.category_id.display_name,
                    document=self.order_name,
                    amount=currency.format(self.proposed),
                )
            )
