# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.fields import Domain
from odoo.tools import SQL

from odoo.addons.sop_budget.engine import report as engine
from odoo.addons.sop_budget.models.ledger_sql import scales_sql
from odoo.addons.sop_budget.models.sop_budget_matrix import MatrixReader
from odoo.addons.sop_budget.models.sop_budget_sums import SpendingSums

#: Where each claim of a proposal line keeps its amount.
CLAIM_COLUMNS = {"pending": "granted_amount", "reserved": "reserved_amount"}
#: Whether proposals are known is one question, whether a first plan is kept another.
FIRST_PLAN = "original_amount"


class ClaimReader(MatrixReader):
    """Adds what proposals ask for and what they have reserved."""

    def read_claims(self, measures):
        # OVERRIDE
        amount = SQL(" ").join(
            SQL("WHEN %s THEN %s", stage, SQL.identifier(CLAIM_COLUMNS[stage]))
            for stage in measures
        )
        rows = self.env.execute_query(
            SQL(
                """SELECT stage, category_id, date_trunc('month', date::timestamp)::date,
                          sum(round(CASE stage %(amount)s END * %(scale)s))::bigint
                     FROM sop_proposal_line
                    WHERE budget_id = %(budget)s AND stage <> 'none'
                      AND stage = ANY(%(stages)s) AND date BETWEEN %(first)s AND %(last)s
                 GROUP BY 1, 2, 3""",
                amount=amount,
                scale=10**self.places,
                budget=self.budget.id,
                stages=list(measures),
                first=self.date_from,
                last=self.date_to,
            )
        )
        for stage in measures:
            # The kind is asked for what is in no category only
            self._add_rows(
                stage, [("expense", *row) for found, *row in rows if found == stage]
            )

    def _get_plan_column(self, measure):
        # OVERRIDE
        if measure == "original":
            return FIRST_PLAN if self.budget._keeps_first_plan() else None
        return super()._get_plan_column(measure)


class ClaimSums(SpendingSums):
    """The same for the totals of many budgets."""

    def read_claims(self):
        # OVERRIDE
        rows = self.env.execute_query(
            SQL(
                """SELECT line.budget_id,
                          sop_sum_units(round(line.reserved_amount * scales.scale)::bigint)
                     FROM sop_proposal_line line
                     JOIN sop_budget budget ON budget.id = line.budget_id
                     JOIN %(scales)s scales ON scales.company_id = budget.company_id
                    WHERE line.budget_id = ANY(%(ids)s) AND line.stage = 'reserved'
                      AND line.date BETWEEN budget.date_from AND budget.date_to
                 GROUP BY line.budget_id""",
                scales=scales_sql(),
                ids=self.ids,
            )
        )
        self.add("reserved", rows)


class SopBudget(models.Model):
    """Proposals as figures of the budget."""

    _inherit = "sop.budget"

    proposal_ids = fields.One2many("sop.proposal", "budget_id")
    proposal_count = fields.Integer(compute="_compute_proposal_count")
    proposal_min_justification = fields.Integer(
        "Shortest Justification",
        default=0,
        help="Characters that a proposal has to spend on why the money is needed.",
    )
    proposal_require_attachment = fields.Boolean(
        "Attachment Required", help="A proposal can't be submitted without a document."
    )
    proposal_quotations = fields.Integer(
        "Quotations for Investments",
        default=0,
        help="Documents that have to be attached to a proposal for a fixed asset.",
    )
    proposal_stuck_days = fields.Integer(
        "Stuck After (Days)",
        default=14,
        help="What is approved and not ordered, ordered and not billed or billed and not paid "
        "for so long is shown to its requester. 0: never.",
    )

    _proposal_limits = models.Constraint(
        "CHECK (proposal_min_justification >= 0 AND proposal_quotations >= 0"
        " AND proposal_stuck_days >= 0)",
        "What a budget asks of proposals can't be below zero.",
    )

    def _compute_proposal_count(self):
        counts = dict(
            self.env["sop.proposal"]._read_group(
                [("budget_id", "in", self.ids), ("superseded", "=", False)],
                ["budget_id"],
                ["__count"],
            )
        )
        for budget in self:
            budget.proposal_count = counts.get(budget, 0)

    # === GUARDS === #

    @api.constrains("date_from", "date_to")
    def _check_claims_inside(self):
        """What is claimed in a month can't lose that month."""
        for budget in self:
            outside = Domain("month", ">", budget.date_to) | Domain(
                "month", "<", budget.date_from.replace(day=1)
            )
            # sudo: claims that the planner may not see as well
            line = (
                self.env["sop.proposal.line"]
                .sudo()
                .search(
                    Domain("budget_id", "=", budget.id)
                    & Domain("stage", "!=", "none")
                    & outside,
                    limit=1,
                )
            )
            if line:
                raise ValidationError(
                    self.env._(
                        "%(proposal)s claims money of %(month)s, which would lie outside of the "
                        "budget. Have it decided or free its rest first.",
                        proposal=line.proposal_id.number,
                        month=line.month.strftime("%Y-%m"),
                    )
                )

    @api.ondelete(at_uninstall=False)
    def _unlink_except_asked_from(self):
        # sudo: proposals of others too
        proposals = self.env["sop.proposal"].sudo()
        found = proposals.search([("budget_id", "in", self.ids)], limit=1)
        if found:
            raise UserError(
                self.env._(
                    "“%(budget)s” has proposals, such as %(proposal)s: archive it to keep them.",
                    budget=found.budget_id.name,
                    proposal=found.number,
                )
            )

    def _check_may_propose(self, categories):
        """Refuse who may not ask for money of this budget or of these categories."""
        self.ensure_one()
        if self.env.su:
            return
        if not self.has_access("read") or not self._has_role("proposer"):
            # sudo: whom to ask
            owner = self.sudo().user_id.name
            raise AccessError(
                self.env._(
                    "You can't ask for money of this budget: ask its owner %(owner)s for the "
                    "role of a proposer.",
                    owner=owner,
                )
            )
        if len(categories._filtered_access("read")) < len(categories):
            raise AccessError(
                self.env._(
                    "You can't ask for money of a category that you may not see: choose another."
                )
            )

    # === MATRIX AND REPORT === #

    @api.model
    def _keeps_first_plan(self):
        return FIRST_PLAN in self.env["sop.budget.amount"]._fields

    @api.model
    def _get_matrix_reader(self, budget, date_from=None, date_to=None):
        # OVERRIDE
        return ClaimReader(
            budget, date_from or budget.date_from, date_to or budget.date_to
        )

    @api.model
    def _get_sums_reader(self, budgets):
        # OVERRIDE
        return ClaimSums(budgets)

    @api.model
    def _get_report_measures(self):
        # OVERRIDE: those of claims too
        return tuple(
            key
            for key in engine.MEASURES
            if key != "original" or self._keeps_first_plan()
        )

    @api.model
    def _get_default_report_measures(self):
        # EXTENDS sop_budget: in the order of all measures
        shown = {*super()._get_default_report_measures(), "reserved", "pending"}
        return tuple(key for key in engine.MEASURES if key in shown)

    # === ACTIONS === #

    def action_open_proposals(self):
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "sop_budget_control.sop_proposal_action"
        )
        return {
            **action,
            "domain": [("budget_id", "=", self.id)],
            "context": {"default_budget_id": self.id, "search_default_current": 1},
        }


class SopBudgetItem(models.Model):
    """Proposals among the documents that a figure is made of."""

    _inherit = "sop.budget.item"
    _depends = {
        "sop.proposal": ["name", "number", "partner_id", "version"],
        "sop.proposal.line": [
            *("amount", "budget_id", "category_id", "company_id", "currency_id"),
            *("date", "granted_amount", "name", "proposal_id", "reserved_amount"),
            "stage",
        ],
    }

    @api.model
    def _get_source_models(self):
        # EXTENDS sop_budget
        return [*super()._get_source_models(), "sop.proposal.line"]

    @api.model
    def _get_claims_sql(self, measures):
        # EXTENDS sop_budget
        branches = super()._get_claims_sql(measures)
        if measures is not None and not set(CLAIM_COLUMNS) & set(measures):
            return branches
        query = self._get_readable("sop.proposal.line")
        return [*branches, self._get_proposals_sql(query)] if query else branches

    @api.model
    def _get_proposals_sql(self, query):
        source = self._get_source_models().index("sop.proposal.line")
        line = SQL.identifier("sop_proposal_line")
        amount = SQL(
            "CASE %(line)s.stage WHEN 'reserved' THEN %(line)s.reserved_amount"
            " ELSE %(line)s.granted_amount END",
            line=line,
        )
        return SQL(
            """
            SELECT %(id)s AS id,
                   sop_proposal_line.stage AS measure,
                   budget.id AS budget_id,
                   sop_proposal_line.category_id AS category_id,
                   category.kind AS kind,
                   sop_proposal_line.company_id AS company_id,
                   budget.currency_id AS currency_id,
                   sop_proposal_line.date AS date,
                   proposal.number AS name,
                   sop_proposal_line.name AS label,
                   proposal.partner_id AS partner_id,
                   NULL::int AS account_id,
                   NULL::int AS analytic_account_id,
                   %(amount)s AS amount,
                   CASE sop_proposal_line.stage WHEN 'reserved' THEN -%(amount)s ELSE 0 END
                       AS effect,
                   %(amount)s AS line_amount,
                   1.0::float AS share,
                   sop_proposal_line.currency_id AS document_currency_id,
                   sop_proposal_line.amount AS document_amount,
                   proposal.date_submitted::date AS rate_date,
                   'sop.proposal' AS res_model,
                   proposal.id AS res_id,
                   'sop.proposal.line' AS source_model,
                   sop_proposal_line.id AS source_id,
                   NULL::int AS move_line_id
              FROM sop_budget AS budget
              JOIN %(lines)s ON sop_proposal_line.budget_id = budget.id
               AND sop_proposal_line.stage <> 'none'
              JOIN sop_proposal AS proposal ON proposal.id = sop_proposal_line.proposal_id
              JOIN sop_budget_category AS category
                ON category.id = sop_proposal_line.category_id
             WHERE sop_proposal_line.date BETWEEN budget.date_from AND budget.date_to
               AND %(readable)s
               AND %(limits)s
            """,
            id=self._get_id_sql(
                source, SQL("0"), SQL("sop_proposal_line.id"), SQL("budget.id")
            ),
            amount=amount,
            lines=query.from_clause,
            readable=query.where_clause or SQL("TRUE"),
            limits=self._get_limits_sql(
                SQL("sop_proposal_line.date"),
                SQL("NULL::int"),
                SQL("sop_proposal_line.id"),
                source,
            ),
        )
