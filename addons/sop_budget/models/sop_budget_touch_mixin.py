# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from collections import defaultdict

from odoo import fields, models
from odoo.fields import Domain
from odoo.tools import SQL

from ..engine.distribution import PERCENT_DIGITS


class SopBudgetTouchMixin(models.AbstractModel):
    """A document that shows which budgets and categories it spends from.

    The answer is read from the map of each budget, the same that reports use, so a document
    and a report can never disagree about where money belongs.
    """

    _name = "sop.budget.touch.mixin"
    _description = "Document that Budgets Count"

    sop_category_count = fields.Integer(
        "Categories",
        compute="_compute_sop_touched",
        groups="sop_budget.group_sop_budget_user",
        help="Categories of budgets that this document belongs to.",
    )
    sop_budget_count = fields.Integer(
        "Budgets",
        compute="_compute_sop_touched",
        groups="sop_budget.group_sop_budget_user",
        help="Budgets that this document belongs to, be it in no category.",
    )

    def _compute_sop_touched(self):
        touched = self._get_sop_touched()
        for record in self:
            budgets, categories = touched[record._origin.id]
            record.sop_budget_count = len(budgets)
            record.sop_category_count = len(categories)

    def _get_sop_touch_parts(self, records) -> SQL:
        """SELECT of (record_id, company_id, date, account_id, analytic_distribution, kind).

        ``kind`` is that of a part which has no account yet; NULL where that can't be.
        """
        raise NotImplementedError

    def _get_sop_touch_query(self, records) -> SQL:
        """SELECT of (record_id, budget_id, category_id): where each part of a document belongs.

        As in the matrix: what a distribution gives to an analytic account belongs to the pair
        with the general account, else to the analytic account. The remainder, which no
        category takes by an analytic account, stays with the general account.
        """
        return SQL(
            """
            WITH item AS (
                SELECT row_number() OVER () AS number, source.*
                  FROM (SELECT DISTINCT * FROM (%(parts)s) AS line) AS source
            ),
            part AS (
                SELECT item.number, analytic.id AS analytic_id,
                       round(entry.value::text::numeric, %(digits)s) AS percent
                  FROM item
                 CROSS JOIN LATERAL jsonb_each(
                       CASE WHEN jsonb_typeof(item.analytic_distribution) = 'object'
                            THEN item.analytic_distribution END) AS entry
                 CROSS JOIN LATERAL unnest(string_to_array(entry.key, ',')) AS named
                  JOIN account_analytic_account AS analytic ON analytic.id::text = named
                 WHERE jsonb_typeof(entry.value) = 'number'
            ),
            placed AS (
                SELECT item.number,
                       item.record_id,
                       budget.id AS budget_id,
                       general.category_id AS general_id,
                       COALESCE(pair.category_id, own.category_id) AS category_id,
                       part.percent
                  FROM item
                  JOIN sop_budget AS budget
                    ON budget.company_id = item.company_id
                   AND item.date BETWEEN budget.date_from AND budget.date_to
             LEFT JOIN sop_budget_map AS general
                    ON general.budget_id = budget.id
                   AND general.account_id = item.account_id
                   AND general.analytic_account_id IS NULL
             LEFT JOIN part ON part.number = item.number
             LEFT JOIN sop_budget_map AS pair
                    ON pair.budget_id = budget.id
                   AND pair.account_id = item.account_id
                   AND pair.analytic_account_id = part.analytic_id
             LEFT JOIN sop_budget_map AS own
                    ON own.budget_id = budget.id
                   AND own.account_id IS NULL
                   AND own.analytic_account_id = part.analytic_id
                   AND own.kind = COALESCE(general.kind, item.kind)
                 WHERE general.id IS NOT NULL
                    OR item.account_id IS NULL AND CASE item.kind
                       WHEN 'expense' THEN budget.scope_expense
                       WHEN 'income' THEN budget.scope_income END
            )
            SELECT record_id, budget_id, category_id
              FROM placed
             WHERE category_id IS NOT NULL
             UNION
            SELECT record_id, budget_id, general_id
              FROM placed
          GROUP BY number, record_id, budget_id, general_id
            HAVING COALESCE(SUM(percent) FILTER (WHERE category_id IS NOT NULL), 0) <> 100
            """,
            parts=self._get_sop_touch_parts(records),
            digits=PERCENT_DIGITS,
        )

    def _get_sop_touched(self):
        """``{record id: (budgets, categories)}`` that the reader may see."""
        records = self._origin
        found = defaultdict(lambda: (set(), set()))
        if records.ids:
            # Raw SQL: everything that it reads has to be in the database, the maps first.
            self.env["sop.budget.map"].flush_model()
            self.env.flush_all()
            for record_id, budget_id, category_id in self.env.execute_query(
                self._get_sop_touch_query(records)
            ):
                budgets, categories = found[record_id]
                budgets.add(budget_id)
                categories.add(category_id)
        budget_ids = set().union(*(budgets for budgets, _categories in found.values()))
        category_ids = set().union(
            *(categories for _budgets, categories in found.values())
        )
        # Searched, so that record rules and hidden categories have their say.
        budgets = self.env["sop.budget"].search(
            [("id", "in", list(budget_ids)), ("is_template", "=", False)]
            + [("state", "!=", "cancelled")]
        )
        categories = self.env["sop.budget.category"].search(
            [
                ("id", "in", list(category_ids - {None})),
                ("budget_id", "in", budgets.ids),
            ]
        )
        result = defaultdict(lambda: (budgets.browse(), categories.browse()))
        for record_id, (own_budgets, own_categories) in found.items():
            result[record_id] = (
                budgets.filtered(lambda b, ids=own_budgets: b.id in ids),
                categories.filtered(lambda c, ids=own_categories: c.id in ids),
            )
        return result

    def action_sop_open_touched(self):
        """Open the categories of this document, or its budgets where it is in no category."""
        self.ensure_one()
        budgets, categories = self._get_sop_touched()[self.id]
        records = categories or budgets
        action = {
            "type": "ir.actions.act_window",
            "name": self.env._("Budgets of %(document)s", document=self.display_name),
            "res_model": records._name,
            "domain": list(Domain("id", "in", records.ids)),
            "view_mode": "list,form",
            "views": [(False, "list"), (False, "form")],
        }
        if len(records) == 1:
            action.update(res_id=records.id, view_mode="form", views=[(False, "form")])
        return action
