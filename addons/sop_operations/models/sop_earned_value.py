# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""Earned value at the end of each month: what was known then, and stays as it was."""

import logging
from datetime import date, timedelta

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain
from odoo.tools import SQL

from odoo.addons.sop_budget.engine.money import from_units

from ..engine import earned_value as engine
from .by_halves import by_halves
from .sop_operation import STATES

_logger = logging.getLogger(__name__)

BATCH = 200


class SopEarnedValue(models.Model):
    """Written by a scheduled action once a month. Nobody changes or deletes one.

    It holds all the money of an operation, so it is read by who reads the operation and all
    of that money.
    """

    _name = "sop.earned.value"
    _inherit = ["sop.system.mixin", "sop.operation.part.mixin"]
    _description = "Earned Value of a Month"
    _order = "date desc, operation_id, id desc"
    _check_company_auto = True

    operation_id = fields.Many2one(
        "sop.operation", required=True, index=True, ondelete="cascade"
    )
    company_id = fields.Many2one(
        related="operation_id.company_id", store=True, index=True, precompute=True
    )
    currency_id = fields.Many2one(related="company_id.currency_id")
    date = fields.Date("Month", required=True, help="Its last day.")
    taken_on = fields.Date(
        required=True,
        help="What was spent counts until the end of the month, progress as it was entered by "
        "this day.",
    )
    operation_state = fields.Selection(STATES, "State", required=True)
    budget = fields.Monetary(
        "Allocated", help="BAC: what budget categories gave to the operation."
    )
    planned_value = fields.Monetary(
        help="PV: of the allocated money, the share of the milestones that were due."
    )
    earned_value = fields.Monetary(
        help="EV: of the allocated money, the share that the milestones had progressed."
    )
    has_cost = fields.Boolean("Spending Is Known")
    has_hidden_cost = fields.Boolean(
        help="A part was spent in categories that not everybody may see."
    )
    actual_cost = fields.Monetary(
        "Spent", help="AC: posted until the end of the month."
    )
    has_schedule_index = fields.Boolean()
    has_cost_index = fields.Boolean()
    schedule_index = fields.Float(
        aggregator="avg",
        help="SPI = earned ÷ planned value, of several the sums; below 1 is late.",
    )
    cost_index = fields.Float(
        aggregator="avg",
        help="CPI = earned value ÷ spent, of several the sums; below 1 costs more than planned.",
    )
    is_readable = fields.Boolean(
        compute="_compute_is_readable", search="_search_is_readable"
    )

    _month_uniq = models.UniqueIndex(
        "(operation_id, date)", "The figures of this month are kept already."
    )

    @api.depends("operation_id", "date")
    def _compute_display_name(self):
        for row in self:
            row.display_name = (
                f"{row.operation_id.display_name}, {row.date and row.date:%Y-%m}"
            )

    # === WHO READS IT === #

    @api.depends_context("uid")
    @api.depends("operation_id")
    def _compute_is_readable(self):
        # sudo: the rights to the money decide; that is what the domain asks for
        found = self.sudo().search(
            Domain("id", "in", self.ids) & self._get_readable_domain()
        )
        for row in self:
            row.is_readable = row._origin.id in found._ids

    @api.model
    def _search_is_readable(self, operator, value):
        if operator != "in":
            return NotImplemented
        domain = self._get_readable_domain()
        return Domain.OR(domain if wanted else ~domain for wanted in value)

    @api.model
    def _get_readable_domain(self):
        """Figures of operations of whose money nothing is kept from the user."""
        links = self.env["sop.operation.funding"]._get_readable_domain()
        # Not as the system: record rules are worked out in superuser mode
        categories = self.env["sop.budget.category"].sudo(False)
        hidden = categories.sudo().search(self._get_hidden_domain())
        if hidden and categories.has_access("read"):
            hidden -= categories.search(self._get_hidden_domain()).sudo()
        return Domain(
            "operation_id", "any!", Domain("funding_ids", "not any!", ~links)
        ) & (
            Domain("has_hidden_cost", "=", False)
            | Domain("company_id", "not in", hidden.company_id.ids)
        )

    @api.model
    def _get_hidden_domain(self):
        return Domain("visibility_effective", "!=", "all") & Domain(
            "is_leaf", "=", True
        )

    # === HISTORY === #

    def write(self, vals):  # pylint: disable=method-required-super
        # Also for the superuser: history that can be changed is none
        raise UserError(
            self.env._(
                "The figures of a month stay as they were on the day they were kept."
            )
        )

    @api.ondelete(at_uninstall=False)
    def _unlink_never(self):
        raise UserError(self.env._("The figures of a month are kept."))

    def _read_group_select(self, aggregate_spec, query):
        # Of several: sums divided by each other; a mean would weigh the small as the large
        pairs = {
            "schedule_index:avg": (
                "earned_value",
                "planned_value",
                "has_schedule_index",
            ),
            "cost_index:avg": ("earned_value", "actual_cost", "has_cost_index"),
        }
        if aggregate_spec not in pairs:
            return super()._read_group_select(aggregate_spec, query)
        part, whole, known = (
            self._field_to_sql(self._table, name, query)
            for name in pairs[aggregate_spec]
        )
        return SQL(
            "SUM(%(part)s) FILTER (WHERE %(known)s) / "
            "NULLIF(SUM(%(whole)s) FILTER (WHERE %(known)s), 0)",
            part=part,
            whole=whole,
            known=known,
        )

    # === SCHEDULED ACTION === #

    @api.model
    def _cron_take(self):
        """Keep the figures of the month that is over, of all operations that are under way."""
        last = 0
        while True:
            operations = self._find_missing(last, BATCH)
            if not operations:
                break
            by_halves(
                self.env, operations, type(operations)._keep_earned_value, self._log
            )
            last = operations[-1].id
            remaining = self.env["sop.operation"].search_count(
                self._get_missing_domain(last)
            )
            if not self.env["ir.cron"]._commit_progress(
                len(operations), remaining=remaining
            ):
                break

    @staticmethod
    def _log(operation, error):
        _logger.error("Earned value of operation %s", operation.id, exc_info=error)

    @api.model
    def _find_missing(self, last, limit):
        return self.env["sop.operation"].search(
            self._get_missing_domain(last), order="id", limit=limit
        )

    @api.model
    def _get_missing_domain(self, last):
        """Operations whose figures are not kept yet: under way, or completed since."""
        days = {}
        for company_id, today in self.env["res.company"]._get_sop_todays().items():
            days.setdefault(_end_of_month_before(today), []).append(company_id)
        missing = Domain.OR(
            Domain("company_id", "in", ids)
            & (Domain("date_start", "=", False) | Domain("date_start", "<=", day))
            & Domain("earned_ids", "not any", [("date", ">=", day)])
            for day, ids in days.items()
        )
        closing = (
            Domain("state", "=", "completed")
            & Domain("earned_ids", "!=", False)
            & Domain("earned_ids", "not any", [("operation_state", "=", "completed")])
        )
        running = Domain("state", "=", "in_progress")
        return Domain("id", ">", last) & missing & (running | closing)


def _end_of_month_before(today: date) -> date:
    return today.replace(day=1) - timedelta(days=1)


class SopOperation(models.Model):
    _inherit = "sop.operation"

    earned_ids = fields.One2many(
        "sop.earned.value", "operation_id", string="Earned Value by Month"
    )
    has_earned_history = fields.Boolean(compute="_compute_has_earned_history")

    @api.depends_context("uid")
    def _compute_has_earned_history(self):
        rows = self.env["sop.earned.value"]._read_group(
            [("operation_id", "in", self._origin.ids)], ["operation_id"]
        )
        known = {operation.id for (operation,) in rows}
        for operation in self:
            operation.has_earned_history = operation._origin.id in known

    def _keep_earned_value(self):
        """The figures of the month before, of those that have any. In superuser mode."""
        vals_list = []
        for operations in self.sudo().grouped("company_id").values():
            day = _end_of_month_before(operations[0]._get_today())
            costs = operations._get_costs_until(day)
            for operation in operations:
                cost, hidden = costs.get(operation.id, (None, False))
                found = engine.work_out(
                    operation.allocated, operation._get_earned_steps(), cost, day
                )
                if found.earned is not None:
                    vals_list.append(
                        operation._prepare_earned_vals(
                            found, day, has_hidden_cost=hidden
                        )
                    )
        return self.env["sop.earned.value"].sudo().create(vals_list)

    def _prepare_earned_vals(self, found, day, **vals):
        """Values of the row of a month; to be extended by super()."""
        self.ensure_one()
        return {
            "operation_id": self.id,
            "date": day,
            "taken_on": self._get_today(),
            "operation_state": self.state,
            "budget": found.budget,
            "planned_value": found.planned,
            "earned_value": found.earned,
            "has_cost": found.cost is not None,
            "actual_cost": found.cost or 0.0,
            "has_schedule_index": found.schedule_index is not None,
            "schedule_index": found.schedule_index or 0.0,
            "has_cost_index": found.cost_index is not None,
            "cost_index": found.cost_index or 0.0,
            **vals,
        }

    def _get_costs_until(self, day):
        """``{operation id: (spent until the day, whether a part is hidden from some)}``.

        In superuser mode, of those whose spending is known.
        """
        known = self.filtered("analytic_account_id")
        hidden = self.env["sop.budget.category"].search(
            self.env["sop.earned.value"]._get_hidden_domain()
            & Domain("company_id", "in", known.company_id.ids)
        )
        split = known._split_spending(
            dict.fromkeys(known.ids, hidden), (date(1900, 1, 1), day)
        )
        return {
            operation.id: (
                from_units(sum(parts.values()), operation.currency_id.decimal_places),
                any(units for category, units in parts.items() if category),
            )
            for operation in known
            for parts in [split.get(operation.id, {})]
        }

    def action_open_earned_value(self):
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "sop_operations.sop_earned_value_action"
        )
        return {
            **action,
            "name": self.env._("Earned Value of %(operation)s", operation=self.name),
            "domain": [("operation_id", "=", self.id)],
            "context": {},
        }
