# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from odoo import api, fields, models
from odoo.tools import SQL

from .sop_process_metric_page import DOCUMENTS

STATES = [
    ("counted", "Counted"),
    ("open", "Open"),
    ("stuck", "Stuck"),
    ("left_out", "Left Out"),
]
#: An id says which case of which metric it is
CASE_BITS = 32


class SopProcessCase(models.Model):
    """The documents behind one process metric, read when asked for.

    Which metric, period, people and teams comes with the context, as on the page of metrics.
    The cases that are counted give its figure: that is how it explains itself. Record rules of
    the documents are part of the statement, so a reader finds no case they may not read.
    """

    _name = "sop.process.case"
    _description = "Process Case"
    _auto = False
    _order = "days desc, id desc"
    _rec_name = "document"

    document = fields.Char(compute="_compute_document")
    res_id = fields.Integer("Document ID", readonly=True, aggregator=None)
    company_id = fields.Many2one("res.company", readonly=True)
    currency_id = fields.Many2one("res.currency", readonly=True)
    state = fields.Selection(
        STATES,
        readonly=True,
        help="Left out: finished, but a date is missing or the dates are not in order.",
    )
    since = fields.Date("Began", readonly=True)
    date = fields.Date("Finished", readonly=True)
    month = fields.Date(readonly=True, help="Of the end; of the beginning while open.")
    days = fields.Float(
        "Days Open", readonly=True, aggregator="avg", help="Of cases that still wait."
    )
    value = fields.Float(
        readonly=True,
        aggregator="avg",
        help="What is measured: days, an amount, or 100 for yes and 0 for no.",
    )
    value_sum = fields.Float("Sum", readonly=True, help="Values added up.")
    weight_sum = fields.Float("Of", readonly=True, help="What the sum is a share of.")
    amount = fields.Monetary(
        readonly=True, help="Money that hangs on the case, in the currency of the page."
    )
    user_id = fields.Many2one("res.users", "Person", readonly=True)
    partner_id = fields.Many2one("res.partner", "Partner", readonly=True)
    team = fields.Char("Team or Journal", readonly=True)
    category = fields.Char("Reason or Source", readonly=True)

    @api.model
    def _get_metric(self):
        metric = self.env.context.get("sop_metric")
        if not isinstance(metric, int):
            return self.env["sop.process.metric"]
        return self.env["sop.process.metric"].browse(metric).exists()

    @api.model
    def _search(self, domain, *args, **kwargs):
        self.env["sop.process.metric"]._stop_compiling()
        return super()._search(domain, *args, **kwargs)

    @property
    def _table_query(self):
        metric = self._get_metric()
        if not metric or metric.measure == "figure" or metric._find_problem():
            return self._get_empty_sql()
        scope = metric._get_context_scope()
        share = metric.measure == "ratio"
        statement = SQL(
            """
            SELECT * FROM (
            WITH cases AS MATERIALIZED (%(cases)s),
                 total AS (SELECT percentile_cont(0.9) WITHIN GROUP (ORDER BY value) AS p90
                             FROM cases WHERE %(counted)s),
                 limits AS (SELECT %(threshold)s AS days)
            SELECT (%(metric)s::bigint << %(bits)s) + case_id AS id, res_id, company_id,
                   %(currency)s AS currency_id,
                   CASE WHEN date IS NOT NULL AND value IS NULL THEN 'left_out'
                        WHEN date IS NOT NULL THEN 'counted'
                        WHEN %(today)s - since > limits.days THEN 'stuck'
                        ELSE 'open' END AS state,
                   since, date, date_trunc('month', COALESCE(date, since))::date AS month,
                   CASE WHEN date IS NULL THEN %(today)s - since END AS days,
                   CASE WHEN %(waits)s THEN NULL
                        WHEN %(share)s THEN 100.0 * value / NULLIF(weight, 0)
                        ELSE value END AS value,
                   CASE WHEN NOT %(waits)s THEN value END AS value_sum,
                   CASE WHEN NOT %(waits)s AND value IS NOT NULL THEN weight END AS weight_sum,
                   amount, user_id, partner_id, team, category
              FROM cases, limits
             WHERE date IS NULL OR date >= %(first)s) found
            """,
            cases=metric._get_scoped_sql(scope),
            metric=metric.id,
            bits=CASE_BITS,
            counted=metric._is_counted_sql(scope),
            threshold=metric._get_threshold_sql(),
            currency=self.env.company.currency_id.id,
            today=scope.today,
            waits=SQL("FALSE") if metric.is_snapshot else SQL("(date IS NULL)"),
            share=share,
            first=scope.date_from,
        )
        return scope.with_shared(statement)

    @api.model
    def _get_empty_sql(self):
        """No metric, no cases; the columns have their types all the same."""
        columns = SQL(", ").join(
            SQL("NULL::%s AS %s", SQL(field.column_type[1]), SQL.identifier(name))
            for name, field in self._fields.items()
            if field.store and field.column_type
        )
        return SQL("SELECT %s WHERE FALSE", columns)

    @api.depends_context("sop_metric")
    @api.depends("res_id")
    def _compute_document(self):
        model = self._get_metric().res_model
        ids = self.mapped("res_id")
        target = DOCUMENTS.get(model, model)
        names = {}
        if target:
            records = self.env[target].with_context(active_test=False)
            found = records.search([("id", "in", ids)])
            names = {record.id: record.display_name for record in found}
        for case in self:
            case.document = names.get(case.res_id)

    def action_open_document(self):
        self.ensure_one()
        return self._get_metric()._open_documents(self.res_id)
