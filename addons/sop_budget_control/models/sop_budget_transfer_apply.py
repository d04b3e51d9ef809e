# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""From an approved transfer to changed amounts, in one transaction or not at all."""

from collections import Counter, defaultdict

from odoo import fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL

from odoo.addons.sop_budget.engine.money import from_units, to_units

from ..engine.transfer import Limits, TransferError, apply_moves

#: States in which the money of a carry-forward may leave and arrive.
CARRY_FROM = ("approved", "closed")
CARRY_TO = ("draft", "submitted", "approved")


class SopBudgetTransfer(models.Model):
    _inherit = "sop.budget.transfer"

    # === BEFORE IT IS ASKED FOR === #

    def _check_ready(self):
        """Everything that can be known before the decision; asked again when it is made."""
        self.ensure_one()
        self._check_budget_states()
        if not (self.reason or "").strip():
            raise UserError(
                self.env._(
                    "%(transfer)s: write why the money is needed there.",
                    transfer=self.number,
                )
            )
        if self.kind == "supplemental" and not (self.supplement_reason or "").strip():
            raise UserError(
                self.env._(
                    "%(transfer)s: write under “Why Not Planned” why the money wasn't in the "
                    "annual budget.",
                    transfer=self.number,
                )
            )
        if not self.line_ids:
            raise UserError(
                self.env._(
                    "%(transfer)s moves nothing yet: add a line.", transfer=self.number
                )
            )
        for line in self.line_ids:
            line._check_complete()
        transfer = self.sudo()
        after = transfer._get_new_amounts(self.line_ids)
        transfer._check_releases(after)
        self._refuse_hard_ceilings()

    def _check_budget_states(self):
        carry = self.kind == "carry_forward"
        self._check_budget_state(self.budget_id, CARRY_FROM if carry else ("approved",))
        if carry:
            self._check_budget_state(self.target_budget_id, CARRY_TO)
            self.budget_id._check_next_budget(self.target_budget_id)

    def _check_budget_state(self, budget, allowed):
        if budget.is_template or budget.state not in allowed:
            labels = dict(budget._fields["state"]._description_selection(self.env))
            raise UserError(
                self.env._(
                    "%(transfer)s: “%(budget)s” is %(state)s. Money is transferred while a budget "
                    "is approved; in a draft, change its amounts.",
                    transfer=self.number,
                    budget=budget.name,
                    state=labels[budget.state].lower(),
                )
            )

    # === WHEN IT IS APPROVED === #

    def _apply(self):
        """Change the plan. The only place that writes amounts of an approved budget."""
        self.ensure_one()
        self._check_state("submitted", "in_review")
        budgets = (self.budget_id | self.target_budget_id).sorted("id")
        # Whoever comes second fails here, is tried again by Odoo and sees what is left
        budgets._lock_figures()
        # sudo: whoever approves needs no right to write amounts, and hidden ones count too
        transfer = self.sudo()._with_token()
        transfer._check_budget_states()
        transfer._find_target_categories()
        transfer._check_orders_still_open()
        transfer._check_still_reserved()
        after = transfer._get_new_amounts(self.line_ids)
        transfer._check_releases(after)
        full = self._refuse_hard_ceilings()
        transfer._write_amounts(after)
        transfer._carry_orders()
        transfer._carry_claims()
        transfer.write(
            {
                "state": "approved",
                "date_applied": fields.Datetime.now(),
                "applied_by_id": self.env.uid,
            }
        )
        transfer._tell_applied()
        (transfer.target_budget_id or transfer.budget_id)._tell_ceilings(full)
        # What names hidden categories is told to nobody who reads the versions
        note = transfer.reason if transfer.visibility == "all" else None
        budgets.sudo()._save_version("transfer", self.number, note)

    def _get_new_amounts(self, lines):
        """``{(category id, month): units}`` of the cells that change.

        :param lines: the lines of this transfer as the one who reads a message sees them
        """
        self.ensure_one()
        moves = [line._get_move() for line in self.line_ids]
        planned = self._read_planned()
        try:
            return apply_moves(planned, moves, self._get_limits())
        except TransferError as error:
            raise lines[error.index]._prepare_error(error) from error

    def _read_planned(self):
        categories = self.line_ids.category_from_id | self.line_ids.category_to_id
        return {
            cell: to_units(amount.amount, self.currency_id.decimal_places)
            for cell, amount in self._find_amounts(categories).items()
        }

    def _find_amounts(self, categories):
        """``{(category id, month): record}``"""
        amounts = self.env["sop.budget.amount"].search(
            [("category_id", "in", categories.ids)]
        )
        return {(amount.category_id.id, amount.month): amount for amount in amounts}

    def _get_limits(self):
        """What the giving categories may lose: what is neither reserved, ordered nor spent."""
        strict = self.kind in ("realignment", "carry_forward")
        # Income that is planned elsewhere takes nothing away from anybody
        sources = self.line_ids.category_from_id.filtered(lambda c: c.kind != "income")
        if not sources or self.budget_id.transfer_below_used and not strict:
            return Limits({}, {})
        matrix = self.budget_id._get_matrix()
        rows = dict(zip(matrix.ids, matrix.available, strict=True))
        carried = self._get_carried_units()
        held = self.budget_id._get_held_units()
        held_of = Counter()
        for (category_id, _month), units in held.items():
            held_of[category_id] += units
        rooms = {
            category.id: int(rows[category.id].sum())
            + carried.get(category.id, 0)
            - held_of[category.id]
            for category in sources
        }
        month_rooms = {}
        if self.budget_id.transfer_basis == "month" and self.kind != "carry_forward":
            month_rooms = {
                (category.id, month): int(units) - held[category.id, month]
                for category in sources
                for month, units in zip(matrix.months, rows[category.id], strict=True)
            }
        return Limits(rooms, month_rooms)

    def _get_carried_units(self):
        """Open orders that leave with their money no longer need it: ``{category id: units}``"""
        lines = self.line_ids.purchase_line_id
        result = defaultdict(int)
        for category_id, parts in self.budget_id._get_open_order_parts().items():
            for line_id, units, _month in parts:
                if line_id in lines._ids:
                    result[category_id] += units
        return result

    def _write_amounts(self, after):
        """Batched: one INSERT for the cells that are new, one UPDATE for the others."""
        categories = self.line_ids.category_from_id | self.line_ids.category_to_id
        known = self._find_amounts(categories)
        digits = self.currency_id.decimal_places
        entries, created = [], []
        for (category_id, month), units in after.items():
            amount = from_units(units, digits)
            record = known.get((category_id, month))
            entries.append(
                {
                    "transfer_id": self.id,
                    "category_id": category_id,
                    "month": month,
                    "amount_before": record.amount if record else 0.0,
                    "amount_after": amount,
                    "change": self.currency_id.round(
                        amount - (record.amount if record else 0.0)
                    ),
                    "user_id": self.env.uid,
                    "date": fields.Datetime.now(),
                }
            )
            if record:
                record.amount = amount
            else:
                created.append(
                    {"category_id": category_id, "month": month, "amount": amount}
                )
        self.env["sop.budget.amount"].create(created)
        self.env["sop.budget.transfer.entry"].create(entries)

    def _tell_applied(self):
        """In the history of the budgets, with the sum only where nothing is hidden."""
        for budget in self.budget_id | self.target_budget_id:
            if self.visibility == "all":
                body = self.env._(
                    "%(transfer)s is effective: %(amount)s.",
                    transfer=self._get_html_link(title=self.number),
                    amount=self.currency_id.format(self.amount_total),
                )
            else:
                body = self.env._("%(transfer)s is effective.", transfer=self.number)
            budget.message_post(body=body)

    # === CARRY-FORWARD === #

    def _find_target_categories(self):
        """Lines without a target get the category of the same code, a new one if need be."""
        open_lines = self.line_ids.filtered(lambda line: not line.category_to_id)
        if not open_lines:
            return
        # Parents before their children
        missing = open_lines.category_from_id
        new_of = self.budget_id._find_or_copy_categories(missing, self.target_budget_id)
        for line in open_lines:
            line.category_to_id = new_of[line.category_from_id]

    def _check_orders_still_open(self):
        """An order that was billed, changed or carried since must not take its money along."""
        if not self.line_ids.purchase_line_id:
            return
        found = defaultdict(int)
        for parts in self.budget_id._get_open_order_parts().values():
            for line_id, units, _month in parts:
                found[line_id] += units
        taken = defaultdict(int)
        for line in self.line_ids.filtered("purchase_line_id"):
            taken[line.purchase_line_id.id] += line._get_move().units
        for order_line in self.line_ids.purchase_line_id:
            if found[order_line.id] < taken[order_line.id]:
                raise UserError(
                    self.env._(
                        "%(transfer)s: of the order %(order)s only %(open)s are still open in "
                        "“%(budget)s”. Make the carry-forward again.",
                        transfer=self.number,
                        order=order_line.order_id.name,
                        open=self.currency_id.format(
                            from_units(
                                found[order_line.id], self.currency_id.decimal_places
                            )
                        ),
                        budget=self.budget_id.name,
                    )
                )

    def _carry_orders(self):
        """Open orders count in the next period from its first day on, where their money is."""
        orders = self.line_ids.purchase_line_id
        if not orders:
            return
        before = self._sum_order_parts(self.budget_id)
        orders._with_carry_token().write(
            {"sop_carried_date": self.target_budget_id.date_from}
        )
        after = self._sum_order_parts(self.target_budget_id)
        place_of = {
            (line.purchase_line_id.id, line.category_from_id.id): line.category_to_id
            for line in self.line_ids.filtered("purchase_line_id")
        }
        for (order_line_id, category_id), units in before.items():
            place = place_of.get((order_line_id, category_id))
            if place and after.get((order_line_id, place.id), 0) >= units:
                continue
            order_line = orders.browse(order_line_id)
            raise UserError(
                self.env._(
                    "%(transfer)s: the order %(order)s would not count in “%(category)s” of "
                    "“%(budget)s”, where its money goes. Tie that category to the same accounts "
                    "first.",
                    transfer=self.number,
                    order=order_line.order_id.name,
                    category=self.env["sop.budget.map"]._describe_category(
                        (place or orders.env["sop.budget.category"]).id or category_id
                    ),
                    budget=self.target_budget_id.name,
                )
            )

    def _sum_order_parts(self, budget):
        """``{(order line id, category id): units}`` of the orders that are carried."""
        result = defaultdict(int)
        ids = set(self.line_ids.purchase_line_id.ids)
        for category_id, parts in budget._get_open_order_parts().items():
            for line_id, units, _month in parts:
                if line_id in ids:
                    result[line_id, category_id] += units
        return result


class SopBudgetTransferLine(models.Model):
    _inherit = "sop.budget.transfer.line"

    def _check_complete(self):
        """Source, target, months and kinds of money, as the kind of the transfer wants them."""
        self.ensure_one()
        row = self._get_row()
        if self.currency_id.compare_amounts(self.amount, 0.0) <= 0:
            raise UserError(
                self.env._("Line %(row)s: the amount must be above zero.", row=row)
            )
        if self.kind == "supplemental" and self.category_from_id:
            raise UserError(
                self.env._(
                    "Line %(row)s: a supplemental adds new money and takes it from nowhere. Empty "
                    "“From”, or make it a transfer.",
                    row=row,
                )
            )
        if self.kind != "supplemental" and not (
            self.category_from_id and self.month_from
        ):
            raise UserError(
                self.env._(
                    "Line %(row)s: say which category and month the money comes from.",
                    row=row,
                )
            )
        if not self.month_to or not (
            self.category_to_id or self.kind == "carry_forward"
        ):
            raise UserError(
                self.env._(
                    "Line %(row)s: say which category and month the money goes to.",
                    row=row,
                )
            )
        self._check_kinds_of_money()

    def _check_kinds_of_money(self):
        source, target = self.category_from_id, self.category_to_id
        if not source or not target:
            return
        if (source.kind == "income") != (target.kind == "income"):
            raise UserError(
                self.env._(
                    "Line %(row)s: income and spending can't be transferred to each other.",
                    row=self._get_row(),
                )
            )
        same = source.kind == target.kind and source.source_id == target.source_id
        if self.kind == "realignment" and not same:
            raise UserError(
                self.env._(
                    "Line %(row)s: a realignment stays inside one kind of money, but “%(giver)s” "
                    "and “%(taker)s” differ in kind or funding source. Make it a transfer.",
                    row=self._get_row(),
                    giver=self._describe(source),
                    taker=self._describe(target),
                )
            )

    def _prepare_error(self, error):
        """A ``TransferError`` as a sentence; what is hidden from the reader stays hidden."""
        self.ensure_one()
        row = self._get_row()
        if error.code == "amount":
            return UserError(
                self.env._("Line %(row)s: the amount must be above zero.", row=row)
            )
        if error.code == "target":
            return UserError(
                self.env._(
                    "Line %(row)s: say which category and month the money goes to.",
                    row=row,
                )
            )
        if error.code == "same":
            return UserError(
                self.env._(
                    "Line %(row)s: the money comes from where it goes to.", row=row
                )
            )
        category = self.category_from_id
        reader = category.with_user(self.env.user).sudo(False)
        if not (reader.has_access("read") and reader.budget_id._filter_figures()):
            return UserError(
                self.env._(
                    "Line %(row)s: there is not enough money where it comes from. Ask %(owner)s, "
                    "who answers for the budget.",
                    row=row,
                    owner=self.sudo().budget_id.user_id.name,
                )
            )
        params = {
            "row": row,
            "category": category.display_name,
            "month": self.month_from.strftime("%Y-%m"),
            "held": self.currency_id.format(
                from_units(error.units, self.currency_id.decimal_places)
            ),
        }
        if error.code == "plan":
            return UserError(
                self.env._(
                    "Line %(row)s: “%(category)s” plans only %(held)s in %(month)s. Take less, or "
                    "take from another month as well.",
                    **params,
                )
            )
        if error.code == "month":
            return UserError(
                self.env._(
                    "Line %(row)s: of “%(category)s” only %(held)s of %(month)s are neither spent, "
                    "ordered nor reserved. Take less, or from another month.",
                    **params,
                )
            )
        return UserError(
            self.env._(
                "Line %(row)s: of “%(category)s” only %(held)s are neither spent, ordered nor "
                "reserved. Take less, or from another category.",
                **params,
            )
        )


class SopBudget(models.Model):
    _inherit = "sop.budget"

    def _get_open_order_parts(self):
        """Confirmed purchases in the dates of the budget by category, its own shares only.

        :return: ``{category id: [(order line id, units, month)]}``
        """
        self.ensure_one()
        self.env.flush_all()
        self.env["sop.budget.map"]._rebuild_pending()
        # sudo: what an order takes from a category is the same for everybody
        Item = self.env["sop.budget.item"].sudo()
        query = Item._search(
            [
                ("budget_id", "=", self.id),
                ("measure", "=", "committed"),
                ("source_model", "=", "purchase.order.line"),
                ("category_id", "!=", False),
            ]
        )
        columns = [
            SQL.identifier(query.table, name)
            for name in ("category_id", "source_id", "amount", "date")
        ]
        result = defaultdict(list)
        digits = self.currency_id.decimal_places
        for category_id, line_id, amount, day in self.env.execute_query(
            query.select(*columns)
        ):
            result[category_id].append(
                (line_id, to_units(amount, digits), day.replace(day=1))
            )
        return result
