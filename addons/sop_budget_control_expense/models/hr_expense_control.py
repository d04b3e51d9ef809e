# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from collections import Counter, defaultdict
from dataclasses import replace

from odoo import api, models
from odoo.tools import SQL

from odoo.addons.sop_budget.engine.money import to_units
from odoo.addons.sop_budget_control.models.control_reader import read_owned, settle
from odoo.addons.sop_budget_control.models.sop_control_mixin import Watch
from odoo.addons.sop_budget_control.models.sop_control_preview import Part, parts_sql

#: What decides how much an approved expense takes, from where and in which month.
COUNTING_FIELDS = {
    *("approval_state", "state", "account_move_id", "sop_proposal_line_id"),
    *("total_amount", "total_amount_currency", "quantity", "price_unit", "tax_ids"),
    *("currency_id", "product_id", "account_id", "analytic_distribution", "date"),
    "company_id",
}


class HrExpense(models.Model):
    """Approving an expense asks the policies, and holds the money until it is posted."""

    _name = "hr.expense"
    _inherit = ["hr.expense", "sop.control.mixin"]

    _sop_control_event = "expense"

    # === WHAT IS WATCHED === #

    def _do_approve(self, check=True):
        # EXTENDS hr_expense: what is approved together is judged at once
        with self._sop_controlled():
            return super()._do_approve(check=check)

    @api.model_create_multi
    def create(self, vals_list):
        # Approved from the start: such as a part of an approved one that was split
        claims = self._get_sop_new_claims(
            [vals for vals in vals_list if vals.get("approval_state") == "approved"]
        )
        before = claims._read_sop_held_before(self._sop_control_event)
        expenses = super().create(vals_list)
        held = expenses._get_sop_holding()
        if held:
            policies = self.env["sop.budget"]._get_control_policies(
                self._sop_control_event, held.company_id
            )
            held._end_sop_watch(Watch(held, policies, before=before))
        return expenses

    def write(self, vals):
        if not COUNTING_FIELDS & set(vals):
            return super().write(vals)
        counting = self
        if not {"approval_state", "state", "account_move_id"} & set(vals):
            counting = self._get_sop_holding()
        with counting._sop_controlled(self._get_sop_new_claims([vals])):
            return super().write(vals)

    @api.model
    def _get_sop_new_claims(self, vals_list):
        """Lines of proposals that the expenses are about to spend."""
        ids = {vals.get("sop_proposal_line_id") for vals in vals_list} - {None, False}
        # sudo: what is held is the same, whoever changes it
        return self.env["sop.proposal.line"].sudo().browse(ids)

    def _end_sop_watch(self, watch):
        # EXTENDS: an order writes how much is reserved, an expense only reads it. Of two who
        # spend one reservation at the same moment the second is tried again
        if watch.policies:
            self.sudo().exists()._get_sop_holding().sop_proposal_line_id._lock_turn()
        return super()._end_sop_watch(watch)

    # === WHAT IT HOLDS === #

    def _get_sop_holding(self):
        """Approved, and not in the books yet."""
        # sudo: who approves need not see the entry
        return self.filtered(
            lambda expense: expense.approval_state == "approved"
            and expense.sudo().account_move_id.state in (False, "draft")
        )

    def _holds_sop_money(self):
        # OVERRIDE
        return bool(self._get_sop_holding())

    def _get_sop_control_items(self, budget):
        """Of those that spend no proposal; see ``_get_sop_control_links``."""
        parts = [
            (str(expense.id), part)
            for expense, part in self._get_sop_held_parts(budget)
            if expense in self and not expense.sop_proposal_line_id
        ]
        return [parts_sql(parts)] if parts else []

    def _get_sop_control_links(self):
        # EXTENDS: what spends a reservation counts with it, and with all else that spends it
        links = defaultdict(set, super()._get_sop_control_links())
        for expense in self:
            # sudo: whoever changes the expense need not see the proposal
            for claim in expense.sudo().sop_proposal_line_id:
                links[claim].add(expense.id)
        return links

    def _get_sop_link_items(self, budget):
        """The same for the bills that post them."""
        parts = [
            (f"hr.expense,{expense.id}", part)
            for expense, part in self._get_sop_held_parts(budget)
            if expense in self
        ]
        return [parts_sql(parts)] if parts else []

    @api.model
    def _get_sop_held_parts(self, budget):
        """``[(expense, part)]`` of all that is approved inside a budget and not posted.

        Those that spend a proposal release as much of its reservation, the latest ones first
        to exceed it.
        """
        # sudo: what is held is the same, whoever asks
        expenses = self.sudo().search(
            [
                ("company_id", "=", budget.company_id.id),
                ("approval_state", "=", "approved"),
                ("date", ">=", budget.date_from),
                ("date", "<=", budget.date_to),
                "|",
                ("account_move_id", "=", False),
                ("account_move_id.state", "=", "draft"),
            ],
            order="approval_date, id",
        )
        places = budget.currency_id.decimal_places
        left = {
            claim: to_units(claim.reserved_amount, places)
            for claim in expenses.sop_proposal_line_id
            if claim.stage == "reserved" and claim.budget_id == budget
        }
        found, released = [], []
        for expense in expenses:
            part = expense._get_sop_part()
            if part.units:
                found.append((expense, part))
            claim = expense.sop_proposal_line_id
            held = min(left.get(claim, 0), part.units)
            if held > 0:
                left[claim] -= held
                released.append((expense, held))
        return found + self._get_sop_released_parts(budget, released)

    @api.model
    def _get_sop_released_parts(self, budget, released):
        """With a minus what reservations hold already, in their categories and months.

        As what the expense itself takes, or else as what the category is booked on. Where
        neither comes to the category, the reservation is held as well until it is posted.
        """
        parts = [
            (expense, expense._get_sop_part(-held, expense.sop_proposal_line_id.date))
            for expense, held in released
        ]
        found = self._filter_sop_parts(budget, parts)
        booked = []
        for expense, part in parts:
            if (expense, part) not in found:
                # Few if any: spent on something else than what it was reserved for
                category = expense.sop_proposal_line_id.category_id
                account, analytic = category._get_sop_booking()
                distribution = {str(analytic.id): 100.0} if analytic else None
                booking = replace(
                    part,
                    account=account.id or part.account,
                    distribution=distribution,
                )
                booked.append((expense, booking))
        found += self._filter_sop_parts(budget, booked)
        return [(expense, replace(part, is_reserved=True)) for expense, part in found]

    @api.model
    def _filter_sop_parts(self, budget, parts):
        """Those that come to the category of their reservation, and only there."""
        if not parts:
            return []
        self.env["sop.budget.map"]._rebuild_pending()
        items = parts_sql([(str(at), part) for at, (_e, part) in enumerate(parts)])
        comes = defaultdict(Counter)
        for at, category, _month, units in settle(read_owned(self.env, items, budget)):
            comes[int(at)][category] += units
        found = []
        for at, (expense, part) in enumerate(parts):
            category = expense.sop_proposal_line_id.category_id
            if {c: u for c, u in comes[at].items() if u} == {category.id: part.units}:
                found.append((expense, part))
        return found

    def _get_sop_part(self, units=None, date=None):
        self.ensure_one()
        if units is None:
            units = to_units(
                self._get_sop_cost(), self.company_currency_id.decimal_places
            )
        return Part(
            name=self.name or "",
            account=self._get_base_account().id or None,
            date=date or self.date,
            units=units,
            distribution=self.analytic_distribution,
        )

    def _get_sop_cost(self):
        """Without the taxes, unless there is one that can't be recovered."""
        self.ensure_one()
        parts = self.tax_ids.flatten_taxes_hierarchy().invoice_repartition_line_ids
        if all(part.account_id or part.repartition_type == "base" for part in parts):
            return self.untaxed_amount
        return self.total_amount

    # === PREVIEW === #

    def _get_sop_control_depends(self):
        return ["company_id", "sop_proposal_line_id", *sorted(COUNTING_FIELDS)]

    def _is_sop_draft(self):
        return self.state in ("draft", "submitted")

    def _may_sop_wait(self):
        # OVERRIDE: the money is spent
        return False

    def _get_sop_draft_parts(self):
        return [self._get_sop_part()] if self.date else []

    def _get_sop_draft_claims(self):
        claim = self.sop_proposal_line_id
        budget = claim.budget_id
        if not claim or not self.date:
            return {}
        # Of another budget's money it releases nothing before it is posted
        if not budget.date_from <= self.date <= budget.date_to:
            return {}
        return {claim: self._get_sop_part().units}


class SopBudget(models.Model):
    _inherit = "sop.budget"

    def _get_control_sources(self):
        # EXTENDS: what is approved can't be spent again before it is posted
        parts = self.env["hr.expense"]._get_sop_held_parts(self)
        return super()._get_control_sources() + (
            [parts_sql([("expense", part) for _expense, part in parts])]
            if parts
            else []
        )


class SopProposalLine(models.Model):
    _inherit = "sop.proposal.line"

    def _get_sop_link_items(self, budget):
        # EXTENDS: what expenses hold beyond the reservation. When something else spends it,
        # this grows by as much
        parts = [
            (f"sop.proposal.line,{expense.sop_proposal_line_id.id}", part)
            for expense, part in self.env["hr.expense"]._get_sop_held_parts(budget)
            if expense.sop_proposal_line_id in self
        ]
        return super()._get_sop_link_items(budget) + (
            [parts_sql(parts)] if parts else []
        )

    def _get_sop_free_units(self, document):
        # EXTENDS: without what other expenses hold of it
        held = self.sudo().expense_ids._get_sop_holding()
        if document._name == "hr.expense":
            held -= document
        elif document._name == "account.move":
            held -= held.filtered(lambda e: e.account_move_id in document)
        units = sum(expense._get_sop_part().units for expense in held)
        return max(super()._get_sop_free_units(document) - units, 0)

    def _read_sop_held_before(self, event):
        """What is held for these lines before an expense is made for them."""
        policies = self.env["sop.budget"]._get_control_policies(event, self.company_id)
        if not policies:
            return {}
        nothing = self.env["hr.expense"].sudo()
        return nothing._read_sop_footprint(list(policies), dict.fromkeys(self, set()))

    def _lock_turn(self):
        if self:
            self.env.cr.execute(
                SQL(
                    """UPDATE sop_proposal_line SET write_date = write_date WHERE id IN (
                        SELECT id FROM sop_proposal_line
                         WHERE id = ANY(%s) ORDER BY id FOR UPDATE
                    )""",
                    self.ids,
                )
            )


class AccountMove(models.Model):
    _inherit = "account.move"

    def _get_sop_control_links(self):
        # EXTENDS: what posts an approved expense takes over what it holds
        links = defaultdict(set, super()._get_sop_control_links())
        for line in self.line_ids:
            # sudo: who posts need not see the expense
            for expense in line.sudo().expense_id:
                link = expense.sop_proposal_line_id or expense
                links[link].add(line.move_id.id)
        return links
