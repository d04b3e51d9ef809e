# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from odoo import api, fields, models
from odoo.exceptions import UserError

from odoo.addons.sop_budget.engine.money import from_units

from .sop_budget_transfer import TRANSFER_TOKEN

TRANSFER_SETTINGS = {"transfer_basis", "transfer_below_used"}


class SopBudget(models.Model):
    """Transfers in and out of a budget, and their way past "the amounts are fixed"."""

    _inherit = "sop.budget"

    transfer_basis = fields.Selection(
        [
            ("budget", "What is free over the whole budget"),
            ("month", "What is free in the month, too"),
        ],
        string="Transfers Take",
        required=True,
        default="budget",
        tracking=True,
        help="Free is what is neither spent, ordered nor reserved.",
    )
    transfer_below_used = fields.Boolean(
        "Transfers May Take Used Money",
        tracking=True,
        help="A transfer may leave a category with less than what is spent, ordered and "
        "reserved there. Realignments and carry-forwards never may.",
    )
    transfer_ids = fields.One2many("sop.budget.transfer", "budget_id", copy=False)
    transfer_count = fields.Integer(compute="_compute_transfer_count")

    def _compute_transfer_count(self):
        counts = dict(
            self.env["sop.budget.transfer"]._read_group(
                [("budget_id", "in", self.ids)], ["budget_id"], ["__count"]
            )
        )
        for budget in self:
            budget.transfer_count = counts.get(budget, 0)

    def write(self, vals):
        if TRANSFER_SETTINGS & set(vals):
            self._check_can_manage()
        return super().write(vals)

    def _check_editable(self):  # pylint: disable=missing-return
        # EXTENDS: an approved transfer, which locked the budget and asked for its state
        if self.env.context.get("sop_transfer_token") is TRANSFER_TOKEN:
            return
        super()._check_editable()

    @api.private
    def file_transfer(self, lines, reason, kind="transfer"):
        """Ask for a transfer in one go, and return it.

        :param lines: values of transfer lines
        """
        self.ensure_one()
        transfer = self.env["sop.budget.transfer"].create(
            {
                "budget_id": self.id,
                "kind": kind,
                "reason": reason,
                "line_ids": [fields.Command.create(vals) for vals in lines],
            }
        )
        transfer.action_submit()
        return transfer

    def _find_or_copy_categories(self, categories, target):
        """``{category: that of the same code in the target}``; what is missing is created.

        Created ones keep their place in the tree: their parents are found or created as well.
        """
        self.ensure_one()
        ids = {int(part) for c in categories for part in c.parent_path.split("/")[:-1]}
        wanted = self.env["sop.budget.category"].browse(sorted(ids))
        known = {category.code: category for category in target.category_ids}
        new_of = {c: known[c.code] for c in wanted if c.code in known}
        for category in categories:
            found = new_of.get(category)
            if found and not found.is_leaf:
                raise UserError(
                    self.env._(
                        "“%(category)s” of “%(target)s” has sub-categories and can't get what is "
                        "carried over: say in the line which of them gets it.",
                        category=found.display_name,
                        target=target.name,
                    )
                )
        missing = (wanted - self.env["sop.budget.category"].union(*new_of)).sorted(
            lambda c: c.parent_path.count("/")
        )
        same_company = self.company_id == target.company_id
        new_of[wanted.browse()] = wanted.browse()
        levels = missing.grouped(lambda c: c.parent_path.count("/"))
        for _depth, level in sorted(levels.items()):
            copies = (
                self.env["sop.budget.category"]
                .with_context(tracking_disable=True)
                .create(
                    [
                        category._prepare_copy_vals(
                            target, new_of[category.parent_id], same_company
                        )
                        for category in level
                    ]
                )
            )
            new_of.update(zip(level, copies, strict=True))
        return new_of

    def _check_next_budget(self, target):
        """Refuse a budget that what is left of this one can't be carried to."""
        self.ensure_one()
        if self.company_id != target.company_id or target.date_from <= self.date_to:
            raise UserError(
                self.env._(
                    "“%(target)s” isn't the next period of “%(budget)s”: it must be of the same "
                    "company and start after %(end)s.",
                    target=target.name,
                    budget=self.name,
                    end=self.date_to,
                )
            )

    def action_carry_forward(self):
        """Show what could go to the budget of the next period."""
        self.ensure_one()
        following = self.search(
            [
                ("company_id", "=", self.company_id.id),
                ("date_from", ">", self.date_to),
                ("state", "in", ("draft", "submitted", "approved")),
                ("is_template", "=", False),
            ],
            order="date_from",
            limit=1,
        )
        wizard = self.env["sop.budget.carry.forward"].create(
            {
                "budget_id": self.id,
                "target_id": following.id,
                "reason": self.env._("Carry-forward of %(budget)s", budget=self.name),
            }
        )
        return wizard.action_preview() if following else wizard._get_action()

    def action_open_transfers(self):
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "sop_budget_control.sop_budget_transfer_action"
        )
        return {
            **action,
            "domain": [
                "|",
                ("budget_id", "=", self.id),
                ("target_budget_id", "=", self.id),
            ],
            "context": {"default_budget_id": self.id},
        }


class SopBudgetCategory(models.Model):
    _inherit = "sop.budget.category"

    transfer_entry_ids = fields.One2many("sop.budget.transfer.entry", "category_id")
    original = fields.Monetary(
        "First Approved",
        compute="_compute_original",
        help="What was planned when the budget was first approved.",
    )
    transferred = fields.Monetary(
        compute="_compute_original", help="What transfers have added since."
    )

    @api.depends_context("uid")
    @api.depends("amount_ids.amount", "transfer_entry_ids")
    def _compute_original(self):
        """Of the category and all that is below it, as the reader may see it."""
        budgets = self.budget_id._origin._filter_figures()
        matrices = budgets._get_matrix_many(measures=("original",))
        changes = dict(
            self.env["sop.budget.transfer.entry"]._read_group(
                [("budget_id", "in", self.budget_id.ids)],
                ["category_id"],
                ["change:sum"],
            )
        )
        for category in self:
            matrix = matrices.get(category.budget_id._origin.id)
            path = category._origin.parent_path or "-"
            category.transferred = sum(
                change
                for place, change in changes.items()
                if place.parent_path.startswith(path)
            )
            category.original = 0.0
            if matrix and category._origin.id in matrix.ids:
                row = matrix.row(category._origin.id)
                category.original = from_units(
                    matrix.original[row].sum(), category.currency_id.decimal_places
                )

    def action_open_transfer_entries(self):
        """Planned → revised, here and below."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "sop_budget_control.sop_budget_transfer_entry_action"
        )
        return {**action, "domain": [("category_id", "child_of", self.id)]}
