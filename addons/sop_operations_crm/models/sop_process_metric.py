# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools import SQL

from odoo.addons.sop_operations.engine import process
from odoo.addons.sop_operations.models.sop_process_metric_sql import ONE

LEAD = "crm.lead"
OPPORTUNITY = [("type", "=", "opportunity")]
OPEN = [("active", "=", True), ("won_status", "=", "pending")]
WON = [*OPPORTUNITY, ("won_status", "=", "won")]
LOST = [*OPPORTUNITY, ("won_status", "=", "lost")]
#: Opportunities that are entered as such never were leads
STARTED_AS_LEAD = ["|", ("type", "=", "lead"), ("date_conversion", "!=", False)]


class SopProcessMetric(models.Model):
    """Lead to opportunity, and on until it is won or lost."""

    _inherit = "sop.process.metric"

    process = fields.Selection(
        selection_add=[("l2o", "Lead to Opportunity"), ("p2p",)],
        ondelete={"l2o": "cascade"},
    )

    @api.model
    def _get_case_columns(self, model):
        if model != LEAD:
            return super()._get_case_columns(model)
        return {
            "company": SQL("COALESCE(doc.company_id, %s)", self.env.company.id),
            "amount": SQL("doc.expected_revenue"),
            "team": self._translated(SQL("sales_team.name")),
            "category": SQL("source.name"),
            "joins": SQL(
                "LEFT JOIN crm_team sales_team ON sales_team.id = doc.team_id"
                " LEFT JOIN utm_source source ON source.id = doc.source_id"
            ),
        }

    def _get_read_models(self):
        models_ = super()._get_read_models()
        if self.process == "l2o" and LEAD not in models_:
            models_.append(LEAD)
        return models_

    def _find_problem(self):
        problem = super()._find_problem()
        if not problem and self.code in ("l2o_coverage", "l2o_needed"):
            if not self._get_metric("l2o_coverage").target:
                return self.env._("Set the sales target of “Pipeline coverage”")
        return problem

    @api.model
    def _created_on(self, scope):
        return self._day(SQL("doc.create_date"), scope)

    @api.model
    def _closed_on(self, scope):
        return self._day(SQL("COALESCE(doc.date_closed, doc.write_date)"), scope)

    # === Leads === #

    def _cases_l2o_leads(self, scope):
        return self._cases_of(
            LEAD, scope, STARTED_AS_LEAD, date=self._created_on(scope), value=ONE
        )

    def _cases_l2o_opportunities(self, scope):
        begun = self._day(SQL("COALESCE(doc.date_conversion, doc.create_date)"), scope)
        return self._cases_of(LEAD, scope, OPPORTUNITY, date=begun, value=ONE)

    def _cases_l2o_conversion(self, scope):
        return self._cases_of(
            LEAD,
            scope,
            STARTED_AS_LEAD,
            date=self._created_on(scope),
            value=self._flag(SQL("doc.type = 'opportunity'")),
        )

    def _cases_l2o_response(self, scope):
        """To the first message that somebody of us sent from the lead; notes don't count."""
        comment = self.env["ir.model.data"]._xmlid_to_res_id("mail.mt_comment")
        answer = SQL(
            """
            LEFT JOIN (SELECT message.res_id, min(message.date) AS at
                         FROM mail_message message
                         JOIN res_users writer ON writer.partner_id = message.author_id
                          AND NOT writer.share
                        WHERE message.model = 'crm.lead'
                          AND message.message_type IN ('comment', 'email_outgoing')
                          AND message.subtype_id = %s
                     GROUP BY message.res_id) answer ON answer.res_id = doc.id
            """,
            comment,
        )
        return self._cases_of(
            LEAD,
            scope,
            (),
            date=self._day(SQL("answer.at"), scope),
            since=self._created_on(scope),
            value=self._span(SQL("doc.create_date"), SQL("answer.at")),
            joins=answer,
            # Closed without a word: nobody waits any more
            where=SQL(
                "(answer.at IS NOT NULL OR doc.active AND doc.won_status = 'pending')"
            ),
        )

    def _cases_l2o_lead_age(self, scope):
        return self._cases_of(
            LEAD,
            scope,
            [("type", "=", "lead"), *OPEN],
            since=self._created_on(scope),
            value=ONE,
        )

    def _cases_l2o_lead_to_opportunity(self, scope):
        return self._cases_of(
            LEAD,
            scope,
            STARTED_AS_LEAD,
            date=self._day(SQL("doc.date_conversion"), scope),
            since=self._created_on(scope),
            value=self._span(SQL("doc.create_date"), SQL("doc.date_conversion")),
            where=SQL(
                "(doc.date_conversion IS NOT NULL"
                " OR doc.active AND doc.won_status = 'pending')"
            ),
        )

    # === Opportunities === #

    def _pipeline_cases(self, scope, amount):
        return self._cases_of(
            LEAD,
            scope,
            [*OPPORTUNITY, *OPEN],
            since=self._created_on(scope),
            value=amount,
            amount=amount,
        )

    def _cases_l2o_pipeline(self, scope):
        return self._pipeline_cases(scope, SQL("COALESCE(doc.expected_revenue, 0)"))

    def _cases_l2o_weighted(self, scope):
        weighted = SQL("COALESCE(doc.expected_revenue, 0) * doc.probability / 100")
        return self._pipeline_cases(scope, weighted)

    def _cases_l2o_win_rate(self, scope):
        return self._cases_of(
            LEAD,
            scope,
            [*OPPORTUNITY, ("won_status", "in", ("won", "lost"))],
            date=self._closed_on(scope),
            value=self._flag(SQL("doc.won_status = 'won'")),
        )

    def _cases_l2o_average_deal(self, scope):
        return self._cases_of(
            LEAD,
            scope,
            WON,
            date=self._closed_on(scope),
            value=SQL("COALESCE(doc.expected_revenue, 0)"),
        )

    def _cases_l2o_cycle(self, scope):
        closed = SQL("COALESCE(doc.date_closed, doc.write_date)")
        won = SQL("doc.won_status = 'won'")
        return self._cases_of(
            LEAD,
            scope,
            [*OPPORTUNITY, "|", ("won_status", "=", "won"), "&", *OPEN],
            date=SQL("CASE WHEN %s THEN %s END", won, self._day(closed, scope)),
            since=self._created_on(scope),
            value=self._span(SQL("doc.create_date"), closed),
        )

    def _cases_l2o_lost(self, scope):
        return self._cases_of(
            LEAD,
            scope,
            LOST,
            date=self._closed_on(scope),
            value=ONE,
            category=self._translated(SQL("reason.name")),
            joins=SQL(
                "LEFT JOIN crm_lost_reason reason ON reason.id = doc.lost_reason_id"
            ),
        )

    def _cases_l2o_reopened(self, scope):
        return self._reset_cases(
            LEAD,
            scope,
            OPPORTUNITY,
            (("won", "lost"), ("pending",)),
            name="won_status",
            date=self._created_on(scope),
        )

    # === Figures made of others === #

    def _measure_other(self, code, scope):
        return self._get_metric(code)._measure(scope)

    def _figures_l2o_coverage(self, scope):
        """Pipeline against the target that planners set; no target, no coverage."""
        pipeline = self._measure_other("l2o_pipeline", scope).value
        return process.ratio(pipeline, self.target), {}

    def _figures_l2o_needed(self, scope):
        """The pipeline that the target takes, at the win rate of the period."""
        win_rate = self._measure_other("l2o_win_rate", scope).value
        target = self._get_metric("l2o_coverage").target
        return process.ratio(target, win_rate), {}

    def _figures_l2o_velocity(self, scope):
        pipeline = self._measure_other("l2o_pipeline", scope)
        speed = process.velocity(
            pipeline.summary.count,
            self._measure_other("l2o_win_rate", scope).value,
            self._measure_other("l2o_average_deal", scope).value,
            self._measure_other("l2o_cycle", scope).summary.mean,
        )
        return speed, {}

    def _get_figure_source(self, scope):
        if self.process != "l2o":
            return super()._get_figure_source(scope)
        companies = Domain("company_id", "in", [*scope.company_ids, False])
        return LEAD, companies & Domain([*OPPORTUNITY, *OPEN])
