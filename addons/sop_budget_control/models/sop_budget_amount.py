# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL

from odoo.addons.sop_budget.models.sop_budget_item import PART_BITS, SOURCE_BITS

#: Part of an amount that a first approved item stands for; part 0 is the plan as it is now.
FIRST_PART = 1


class SopBudgetAmount(models.Model):
    """The first approved plan stays beside the plan as it is now."""

    _inherit = "sop.budget.amount"

    original_amount = fields.Monetary(
        "First Approved",
        readonly=True,
        copy=False,
        help="What this cell planned when the budget was first approved. Transfers and later "
        "approvals change the amount, never this.",
    )

    @api.model_create_multi
    def create(self, vals_list):
        for vals in vals_list:
            self._check_not_original(vals)
        # Stated, so that no default of a context takes its place
        return super().create([{**vals, "original_amount": 0.0} for vals in vals_list])

    def write(self, vals):
        self._check_not_original(vals)
        return super().write(vals)

    @api.model
    def _check_not_original(self, vals):
        if "original_amount" in vals:
            raise UserError(
                self.env._(
                    "“First approved” is kept when a budget is approved and never typed."
                )
            )


class SopBudgetItem(models.Model):
    """The cells that a first approved figure is the sum of."""

    _inherit = "sop.budget.item"

    measure = fields.Selection(selection_add=[("original", "First approved")])

    @api.model
    def _get_claims_sql(self, measures):
        # Never unasked: beside the plan as it is now they would count twice
        branches = super()._get_claims_sql(measures)
        asked = "original" in measures if measures is not None else self._names_first()
        if asked:
            branches.append(self._get_original_sql())
        return branches

    @api.model
    def _names_first(self):
        """Whether records are looked up by id of which some are first approved cells."""
        limits = self.env.context.get("sop_limits") or {}
        parts = 2**PART_BITS
        return any(
            number % 2**SOURCE_BITS == 0
            and (number >> SOURCE_BITS) % parts == FIRST_PART
            for number in limits.get("id", ())
        )

    def _get_original_sql(self):
        date = SQL("greatest(amount.month, budget.date_from)")
        return SQL(
            """
            SELECT %(id)s AS id,
                   'original' AS measure,
                   budget.id AS budget_id,
                   category.id AS category_id,
                   amount.kind AS kind,
                   amount.company_id AS company_id,
                   budget.currency_id AS currency_id,
                   %(date)s AS date,
                   to_char(amount.month, 'YYYY-MM') AS name,
                   concat_ws(' ', category.code, category.name) AS label,
                   NULL::int AS partner_id,
                   NULL::int AS account_id,
                   NULL::int AS analytic_account_id,
                   amount.original_amount AS amount,
                   0.0 AS effect,
                   amount.original_amount AS line_amount,
                   1.0::float AS share,
                   NULL::int AS document_currency_id,
                   NULL::numeric AS document_amount,
                   NULL::date AS rate_date,
                   'sop.budget.category' AS res_model,
                   category.id AS res_id,
                   'sop.budget.amount' AS source_model,
                   amount.id AS source_id,
                   NULL::int AS move_line_id
              FROM sop_budget AS budget
              JOIN sop_budget_amount AS amount ON amount.budget_id = budget.id
              JOIN sop_budget_category AS category ON category.id = amount.category_id
             WHERE amount.original_amount <> 0
               AND %(limits)s
            """,
            # The same record as the planned cell, another part of it
            id=self._get_id_sql(
                0, SQL("%s", FIRST_PART), SQL("amount.id"), SQL("budget.id")
            ),
            date=date,
            limits=self._get_limits_sql(date, SQL("NULL::int"), SQL("amount.id"), 0),
        )
