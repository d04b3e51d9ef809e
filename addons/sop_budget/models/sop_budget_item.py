# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain
from odoo.tools import SQL
from odoo.tools.translate import LazyTranslate

from .ledger_sql import owner_joins, owner_sql, part_sql, scales_sql, split_ctes

_lt = LazyTranslate(__name__)

MEASURES = [
    ("planned", "Planned"),
    ("pending", "Pending"),
    ("reserved", "Reserved"),
    ("committed", "Committed"),
    ("preparing", "In preparation"),
    ("actual", "Actual"),
]
KINDS = [("expense", "Expense"), ("income", "Income"), ("capital", "Capital")]

# An id says which document it is, so that a record is found without reading them all:
# source table, part of the distribution, budget, id of the source record.
SOURCE_BITS, PART_BITS, BUDGET_BITS = 3, 8, 12

#: Field of a line with the document that it belongs to, where that isn't an order.
DOCUMENTS = {"account.move.line": "move_id"}


class SopBudgetItem(models.Model):
    """One part of a document, as the budget counts it.

    The rows of a domain on this model add up to a figure of the report: that is how every
    figure explains itself. Nothing is stored; the rows are read from amounts, order lines and
    journal items, as far as the reader may read those.
    """

    _name = "sop.budget.item"
    _description = "Budget Item"
    _inherit = ["sop.budget.limits.mixin"]
    _auto = False
    _order = "date desc, id desc"
    _rec_name = "name"

    measure = fields.Selection(MEASURES, readonly=True)
    budget_id = fields.Many2one("sop.budget", readonly=True)
    category_id = fields.Many2one(
        "sop.budget.category",
        readonly=True,
        falsy_value_label=_lt("Not in any category"),  # pylint: disable=translation-field,prefer-env-translation
    )
    kind = fields.Selection(KINDS, readonly=True)
    company_id = fields.Many2one("res.company", readonly=True)
    currency_id = fields.Many2one("res.currency", readonly=True)
    date = fields.Date(readonly=True)
    name = fields.Char("Document", readonly=True)
    label = fields.Char(readonly=True)
    partner_id = fields.Many2one("res.partner", readonly=True)
    account_id = fields.Many2one("account.account", readonly=True)
    analytic_account_id = fields.Many2one("account.analytic.account", readonly=True)
    amount = fields.Monetary(readonly=True, help="With the sign of the budget.")
    effect = fields.Monetary(
        "Effect on Available",
        readonly=True,
        help="Planned adds, committed and actual take away.",
    )
    line_amount = fields.Monetary(
        "Amount of the Line",
        readonly=True,
        aggregator=None,
        help="All of it, whatever its share.",
    )
    share = fields.Float(
        readonly=True, aggregator=None, help="Part of the line that counts here."
    )
    document_currency_id = fields.Many2one("res.currency", readonly=True)
    document_amount = fields.Monetary(
        "Amount of the Line in Its Currency",
        currency_field="document_currency_id",
        readonly=True,
        aggregator=None,
    )
    rate_date = fields.Date(readonly=True)
    res_model = fields.Char("Model", readonly=True)
    res_id = fields.Many2oneReference("Record", model_field="res_model", readonly=True)
    source_model = fields.Char("Line Model", readonly=True)
    source_id = fields.Many2oneReference(
        "Line", model_field="source_model", readonly=True
    )
    move_line_id = fields.Many2one("account.move.line", "Journal Item", readonly=True)

    _depends = {
        "sop.budget": ["company_id", "currency_id", "date_from", "date_to", "plan_id"]
        + ["scope_expense", "scope_income"],
        "sop.budget.amount": [
            "amount",
            "budget_id",
            "category_id",
            "company_id",
            "kind",
            "month",
        ]
        + ["entry_amount", "entry_currency_id", "entry_date"],
        "sop.budget.category": ["code", "name"],
        "account.move.line": [
            "account_id",
            "amount_currency",
            "analytic_distribution",
            "balance",
        ]
        + [
            "company_id",
            "currency_id",
            "date",
            "move_id",
            "move_name",
            "name",
            "parent_state",
        ]
        + ["partner_id"],
        "account.analytic.account": ["plan_id", "root_plan_id"],
        # Resolves what this transaction changed
        "sop.budget.map": [
            "account_id",
            "analytic_account_id",
            "budget_id",
            "category_id",
            "kind",
        ],
    }

    # === WHERE THEY COME FROM === #

    @property
    def _table_query(self):
        """All sources; each limited to what the reader may read of its documents."""
        measures = (self.env.context.get("sop_limits") or {}).get("measure")
        branches = []
        if measures is None or "planned" in measures:
            branches.append(self._get_planned_sql())
        lines = self._get_readable("account.move.line")
        if lines and (measures is None or "actual" in measures):
            branches.append(self._get_actual_sql(lines))
        if measures is None or {"committed", "preparing"} & set(measures):
            branches += self._get_orders_sql()
        branches += self._get_claims_sql(measures)
        # Never without a branch: the columns have to have a type
        return SQL(" UNION ALL ").join(branches or [self._get_planned_sql()])

    @api.model
    def _get_claims_sql(self, measures):
        """Branches of what is asked for and granted before an order: none here.

        :param measures: the measures that are asked for; None: all
        """
        return []

    @api.model
    def _get_readable(self, model):
        """Query of the documents that the reader may read; None when it may read none."""
        records = self.env[model]
        if not records.has_access("read"):
            return None
        query = records.with_context(active_test=False)._search(Domain.TRUE)
        return None if query.is_empty() else query

    @api.model
    def _get_orders_sql(self):
        models = self.env["sop.budget"]._get_commitment_models()
        readable = {model: self._get_readable(model) for model in models}
        return [
            self._get_order_sql(model, number, readable[model])
            for number, model in enumerate(models, start=2)
            if readable[model]
        ]

    @api.model
    def _get_id_sql(self, source, place, record, budget):
        return SQL(
            "(((%(record)s::bigint * %(budgets)s + mod(%(budget)s, %(budgets)s)) * %(parts)s"
            " + least(%(place)s, %(parts)s - 1)) * %(sources)s + %(source)s)",
            record=record,
            budget=budget,
            budgets=2**BUDGET_BITS,
            place=place,
            parts=2**PART_BITS,
            sources=2**SOURCE_BITS,
            source=source,
        )

    def _get_planned_sql(self):
        return SQL(
            """
            SELECT %(id)s AS id,
                   'planned' AS measure,
                   budget.id AS budget_id,
                   category.id AS category_id,
                   amount.kind AS kind,
                   amount.company_id AS company_id,
                   budget.currency_id AS currency_id,
                   greatest(amount.month, budget.date_from) AS date,
                   to_char(amount.month, 'YYYY-MM') AS name,
                   concat_ws(' ', category.code, category.name) AS label,
                   NULL::int AS partner_id,
                   NULL::int AS account_id,
                   NULL::int AS analytic_account_id,
                   amount.amount AS amount,
                   amount.amount AS effect,
                   amount.amount AS line_amount,
                   1.0::float AS share,
                   amount.entry_currency_id AS document_currency_id,
                   amount.entry_amount AS document_amount,
                   amount.entry_date AS rate_date,
                   'sop.budget.category' AS res_model,
                   category.id AS res_id,
                   'sop.budget.amount' AS source_model,
                   amount.id AS source_id,
                   NULL::int AS move_line_id
              FROM sop_budget AS budget
              JOIN sop_budget_amount AS amount ON amount.budget_id = budget.id
              JOIN sop_budget_category AS category ON category.id = amount.category_id
             WHERE amount.amount <> 0
               AND %(limits)s
            """,
            id=self._get_id_sql(0, SQL("0"), SQL("amount.id"), SQL("budget.id")),
            limits=self._get_limits_sql(
                SQL("greatest(amount.month, budget.date_from)"),
                SQL("NULL::int"),
                SQL("amount.id"),
                0,
            ),
        )

    def _get_split_sql(self, source, items, move_line=False):
        """Items of one source, split over the analytic accounts of the budget's plan.

        One row for each share and one for what they leave, so that the rows of a line add up
        to the line.

        :param SQL items: sub-select with the columns that are read from ``item`` below
        """
        models = self._get_source_models()
        line_model = models[source]
        document_model = self.env[line_model]._fields[
            DOCUMENTS.get(line_model, "order_id")
        ]
        return SQL(
            """
            (WITH item AS MATERIALIZED (%(items)s), %(ctes)s,
            part AS MATERIALIZED (
                SELECT item.record_id,
                       item.budget_id,
                       row_number() OVER (
                           PARTITION BY item.record_id, item.budget_id
                           ORDER BY cut.analytic_account_id
                       ) AS place,
                       cut.analytic_account_id,
                       %(part)s AS units
                  FROM item
                  JOIN known USING (distribution)
                  JOIN cut USING (number)
                  JOIN account_analytic_account AS analytic
                    ON analytic.id = cut.analytic_account_id
                   AND analytic.root_plan_id = item.plan_id
            ),
            taken AS (
                SELECT record_id, budget_id, sum(units) AS units
                  FROM part
              GROUP BY record_id, budget_id
            ),
            split AS (
                SELECT * FROM part
                 UNION ALL
                SELECT record_id, budget_id, 0, NULL, item.units - coalesce(taken.units, 0)
                  FROM item
             LEFT JOIN taken USING (record_id, budget_id)
            )
            SELECT %(id)s AS id,
                   item.measure,
                   item.budget_id,
                   coalesce(%(owner)s, item.category_id) AS category_id,
                   item.kind,
                   item.company_id,
                   item.currency_id,
                   item.date,
                   item.name,
                   item.label,
                   item.partner_id,
                   item.account_id,
                   split.analytic_account_id,
                   item.sign * split.units / item.scale AS amount,
                   CASE item.measure WHEN 'preparing' THEN 0
                        ELSE -item.sign * split.units / item.scale END AS effect,
                   item.sign * item.units / item.scale AS line_amount,
                   (split.units / nullif(item.units::numeric, 0))::float AS share,
                   item.document_currency_id,
                   item.sign * item.document_amount AS document_amount,
                   item.rate_date,
                   %(document_model)s AS res_model,
                   item.document_id AS res_id,
                   %(line_model)s AS source_model,
                   item.record_id AS source_id,
                   %(move_line)s AS move_line_id
              FROM split
              JOIN item USING (record_id, budget_id)
            %(owners)s
             WHERE split.units <> 0)
            """,
            items=items,
            ctes=split_ctes(),
            part=part_sql(),
            id=self._get_id_sql(
                source,
                SQL("split.place"),
                SQL("item.record_id"),
                SQL("item.budget_id"),
            ),
            owner=owner_sql(),
            owners=owner_joins(
                SQL("item.budget_id"),
                SQL("item.account_id"),
                SQL("split.analytic_account_id"),
                SQL("item.kind"),
            ),
            document_model=document_model.comodel_name,
            line_model=line_model,
            move_line=SQL("item.record_id") if move_line else SQL("NULL::int"),
        )

    def _get_actual_sql(self, query, fresh=None):
        """Posted journal items.

        :param SQL fresh: ``budget_id, account_id, month``: only these months of accounts
        """
        dates = SQL(
            "account_move_line.date BETWEEN budget.date_from AND budget.date_to"
        )
        if self.env.context.get("sop_all_dates"):
            dates = SQL("TRUE")
        if fresh:
            fresh = SQL(
                """
                JOIN (%s) AS fresh
                  ON fresh.budget_id = budget.id
                 AND fresh.account_id = scope.account_id
                 AND account_move_line.date >= fresh.month
                 AND account_move_line.date < fresh.month + INTERVAL '1 month'
                """,
                fresh,
            )
        items = SQL(
            """
            SELECT account_move_line.id AS record_id,
                   budget.id AS budget_id,
                   budget.plan_id,
                   'actual' AS measure,
                   scope.kind,
                   scope.category_id,
                   scope.account_id,
                   %(sign)s AS sign,
                   scales.scale,
                   round(account_move_line.balance * scales.scale)::bigint AS units,
                   account_move_line.analytic_distribution AS distribution,
                   account_move_line.company_id,
                   budget.currency_id,
                   account_move_line.date,
                   account_move_line.move_name AS name,
                   account_move_line.name AS label,
                   account_move_line.partner_id,
                   account_move_line.currency_id AS document_currency_id,
                   account_move_line.amount_currency AS document_amount,
                   account_move_line.date AS rate_date,
                   account_move_line.move_id AS document_id
              FROM sop_budget AS budget
              JOIN %(scales)s AS scales ON scales.company_id = budget.company_id
              JOIN sop_budget_map AS scope
                ON scope.budget_id = budget.id
               AND scope.account_id IS NOT NULL
               AND scope.analytic_account_id IS NULL
              JOIN %(lines)s
                ON account_move_line.account_id = scope.account_id
               AND account_move_line.company_id = budget.company_id
               AND account_move_line.parent_state = 'posted'
               AND %(dates)s
            %(fresh)s
             WHERE %(readable)s
               AND %(limits)s
            """,
            sign=self._get_sign_sql(1, SQL("scope.kind")),
            scales=scales_sql(),
            lines=query.from_clause,
            dates=dates,
            fresh=fresh or SQL(),
            readable=query.where_clause or SQL("TRUE"),
            limits=self._get_limits_sql(
                SQL("account_move_line.date"),
                SQL("account_move_line.account_id"),
                SQL("account_move_line.id"),
                1,
            ),
        )
        return self._get_split_sql(1, items, move_line=True)

    def _get_order_sql(self, model, source, query):
        """Open lines of one kind of order (see ``sop.commitment.mixin``)."""
        lines = self.env[model]
        orders = self.env[lines._fields["order_id"].comodel_name]
        order = {
            f"order_{name}": orders._field_to_sql("document", name)
            for name in (
                "name",
                "partner_id",
                "currency_id",
                "currency_rate",
                "date_order",
            )
        }
        line = {
            name: lines._field_to_sql(lines._table, name)
            for name in (
                "id",
                "order_id",
                "company_id",
                "name",
                "analytic_distribution",
            )
            + ("sop_account_id", "sop_date", "sop_open_amount", "sop_stage")
        }
        # What has no account yet is what orders of this sort usually are
        loose = "expense" if lines._sop_balance_sign > 0 else "income"
        kind = SQL("coalesce(scope.kind, %s)", loose)
        items = SQL(
            """
            SELECT %(id)s AS record_id,
                   budget.id AS budget_id,
                   budget.plan_id,
                   CASE %(sop_stage)s WHEN 'open' THEN 'committed' ELSE 'preparing' END AS measure,
                   %(kind)s AS kind,
                   scope.category_id,
                   %(sop_account_id)s AS account_id,
                   %(sign)s AS sign,
                   scales.scale,
                   round(%(sop_open_amount)s * scales.scale)::bigint AS units,
                   %(analytic_distribution)s AS distribution,
                   %(company_id)s AS company_id,
                   budget.currency_id,
                   %(sop_date)s AS date,
                   %(order_name)s AS name,
                   %(name)s AS label,
                   %(order_partner_id)s AS partner_id,
                   %(order_currency_id)s AS document_currency_id,
                   %(sop_open_amount)s * %(order_currency_rate)s AS document_amount,
                   %(order_date_order)s::date AS rate_date,
                   %(order_id)s AS document_id
              FROM sop_budget AS budget
              JOIN %(scales)s AS scales ON scales.company_id = budget.company_id
              JOIN %(lines)s
                ON %(company_id)s = budget.company_id
               AND %(sop_stage)s IN ('draft', 'open')
               AND %(sop_date)s BETWEEN budget.date_from AND budget.date_to
         LEFT JOIN sop_budget_map AS scope
                ON scope.budget_id = budget.id
               AND scope.account_id = %(sop_account_id)s
               AND scope.analytic_account_id IS NULL
              JOIN %(orders)s AS document ON document.id = %(order_id)s
             WHERE (scope.id IS NOT NULL OR %(sop_account_id)s IS NULL AND %(loose_scope)s)
               AND %(readable)s
               AND %(limits)s
            """,
            **order,
            **line,
            kind=kind,
            sign=self._get_sign_sql(lines._sop_balance_sign, kind),
            scales=scales_sql(),
            lines=query.from_clause,
            orders=SQL.identifier(orders._table),
            loose_scope=SQL.identifier("budget", f"scope_{loose}"),
            readable=query.where_clause or SQL("TRUE"),
            limits=self._get_limits_sql(
                line["sop_date"], line["sop_account_id"], line["id"], source
            ),
        )
        return self._get_split_sql(source, items)

    @api.model
    def _get_sign_sql(self, books_sign, kind):
        """From the sign of the books (debit is positive) to that of the budget."""
        return SQL(
            "CASE %s WHEN 'income' THEN %s ELSE %s END * %s", kind, -1, 1, books_sign
        )

    # === FINDING RECORDS BY ID === #

    @api.model
    def _get_source_models(self):
        """Model of the source record, by the number that an id carries."""
        orders = self.env["sop.budget"]._get_commitment_models()
        return ["sop.budget.amount", "account.move.line", *orders]

    @api.model
    def _get_source_ids(self, ids):
        found = {}
        for number in ids:
            record_id = number >> (SOURCE_BITS + PART_BITS + BUDGET_BITS)
            found.setdefault(number % 2**SOURCE_BITS, []).append(record_id)
        return found

    # === ACTIONS === #

    def action_open_document(self):
        """The order, bill or entry that this is a part of."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "res_model": self.res_model,
            "res_id": self.res_id,
            "views": [(False, "form")],
            "target": "current",
        }

    def action_assign(self):
        """Write a rule for the selected items that no category claims."""
        items = self.filtered(
            lambda item: not item.category_id and item.measure != "planned"
        )
        if not items:
            raise UserError(
                self.env._(
                    "These items are in a category already: select some that are in none."
                )
            )
        if len(items.budget_id) > 1 or len(set(items.mapped("kind"))) > 1:
            raise UserError(
                self.env._(
                    "Select items of one budget and one kind: a rule belongs to both."
                )
            )
        items.budget_id._check_matching_editable()
        return self.env["sop.budget.assign"]._get_action(
            items.budget_id, items[0].kind, items
        )
