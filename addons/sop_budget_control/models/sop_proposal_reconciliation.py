# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
import logging

from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools import SQL

from .sop_proposal import STATES

_logger = logging.getLogger(__name__)

PROGRESS = [
    ("not_ordered", "Not ordered"),
    ("not_billed", "Not billed"),
    ("not_paid", "Not paid"),
    ("done", "Done"),
]


class SopProposalReconciliation(models.Model):
    """Approved against ordered, billed and paid, line by line; and for how long it is stuck.

    Nothing is stored: the figures of the lines follow their documents at once. Readers see the
    lines that they may read.
    """

    _name = "sop.proposal.reconciliation"
    _description = "Proposal Reconciliation"
    _auto = False
    _order = "days_stuck desc, id desc"
    _rec_name = "proposal_id"
    _depends = {
        "sop.proposal": [
            *("date_approved", "partner_id", "requester_id", "state", "step", "urgent")
        ],
        "sop.proposal.line": [
            *(
                "amount_company",
                "approved_amount",
                "billed_amount",
                "budget_id",
                "category_id",
                "freed",
            ),
            *("company_id", "consumed_amount", "month", "name", "open_amount"),
            *("paid_amount", "proposal_id", "reserved_amount"),
        ],
        "purchase.order": ["date_approve"],
        "purchase.order.line": ["order_id", "sop_proposal_line_id"],
        "account.move": ["date", "state"],
        "account.move.line": ["move_id", "purchase_line_id", "sop_proposal_line_id"],
        "sop.budget": ["proposal_stuck_days"],
    }

    proposal_id = fields.Many2one("sop.proposal", readonly=True)
    line_id = fields.Many2one("sop.proposal.line", readonly=True)
    name = fields.Char("Description", readonly=True)
    budget_id = fields.Many2one("sop.budget", readonly=True)
    category_id = fields.Many2one("sop.budget.category", readonly=True)
    company_id = fields.Many2one("res.company", readonly=True)
    currency_id = fields.Many2one("res.currency", readonly=True)
    requester_id = fields.Many2one("res.users", readonly=True)
    partner_id = fields.Many2one("res.partner", "Vendor or Recipient", readonly=True)
    month = fields.Date(readonly=True)
    state = fields.Selection(STATES, readonly=True)
    progress = fields.Selection(PROGRESS, "Stuck At", readonly=True)
    amount_requested = fields.Monetary("Requested", readonly=True)
    amount_variance = fields.Monetary("Approved less Requested", readonly=True)
    amount_approved = fields.Monetary("Approved", readonly=True)
    amount_reserved = fields.Monetary("Reserved", readonly=True)
    amount_open = fields.Monetary("On Order", readonly=True)
    amount_ordered = fields.Monetary("Ordered or Billed", readonly=True)
    amount_billed = fields.Monetary("Billed", readonly=True)
    amount_paid = fields.Monetary("Paid", readonly=True)
    amount_difference = fields.Monetary(
        "Over or Under",
        readonly=True,
        help="Ordered or billed less approved, where nothing is reserved any more.",
    )
    since = fields.Date(readonly=True, help="The day of the last step that was taken.")
    days_stuck = fields.Integer("Days", readonly=True, aggregator="max")
    is_stuck = fields.Boolean(
        "Stuck", readonly=True, help="Longer than the budget allows."
    )

    @property
    def _table_query(self):
        query = self.env["sop.proposal.line"]._search(Domain("state", "!=", False))
        return SQL(
            """
            WITH line AS (
                SELECT sop_proposal_line.*
                  FROM %(lines)s
                 WHERE %(readable)s
            ),
            dated AS (
                SELECT line.id, %(ordered)s AS ordered_on
                  FROM line
                  JOIN purchase_order_line AS item ON item.sop_proposal_line_id = line.id
                  JOIN purchase_order AS ord ON ord.id = item.order_id
              GROUP BY line.id
            ),
            billed AS (
                SELECT line.id, max(move.date) AS billed_on
                  FROM line
             LEFT JOIN purchase_order_line AS item ON item.sop_proposal_line_id = line.id
                  JOIN account_move_line AS part
                    ON part.sop_proposal_line_id = line.id
                    OR part.purchase_line_id = item.id
                  JOIN account_move AS move ON move.id = part.move_id AND move.state = 'posted'
              GROUP BY line.id
            ),
            found AS (
                SELECT line.*,
                       CASE WHEN line.billed_amount <> line.paid_amount THEN 'not_paid'
                            WHEN line.open_amount <> 0 THEN 'not_billed'
                            WHEN line.reserved_amount <> 0 THEN 'not_ordered'
                            ELSE 'done' END AS progress,
                       dated.ordered_on,
                       billed.billed_on
                  FROM line
             LEFT JOIN dated ON dated.id = line.id
             LEFT JOIN billed ON billed.id = line.id
            ),
            timed AS (
                SELECT found.*,
                       proposal.requester_id,
                       proposal.partner_id,
                       proposal.state,
                       CASE found.progress
                            WHEN 'not_paid' THEN found.billed_on
                            WHEN 'not_billed' THEN found.ordered_on
                            WHEN 'not_ordered' THEN greatest(
                                 %(approved)s, found.ordered_on, found.billed_on)
                            END AS since
                  FROM found
                  JOIN sop_proposal AS proposal
                    ON proposal.id = found.proposal_id AND proposal.step = 'approved'
            )
            SELECT timed.id AS id,
                   timed.id AS line_id,
                   timed.proposal_id,
                   timed.name,
                   timed.budget_id,
                   timed.category_id,
                   timed.company_id,
                   budget.currency_id,
                   timed.requester_id,
                   timed.partner_id,
                   timed.month,
                   timed.state,
                   timed.progress,
                   timed.amount_company AS amount_requested,
                   timed.approved_amount - timed.amount_company AS amount_variance,
                   timed.approved_amount AS amount_approved,
                   timed.reserved_amount AS amount_reserved,
                   timed.open_amount AS amount_open,
                   timed.consumed_amount AS amount_ordered,
                   timed.billed_amount AS amount_billed,
                   timed.paid_amount AS amount_paid,
                   CASE WHEN timed.reserved_amount = 0
                        THEN timed.consumed_amount - timed.approved_amount ELSE 0
                        END AS amount_difference,
                   timed.since,
                   CASE WHEN timed.progress <> 'done' THEN %(today)s - timed.since ELSE 0
                        END AS days_stuck,
                   timed.progress <> 'done'
                       AND budget.proposal_stuck_days > 0
                       AND %(today)s - timed.since >= budget.proposal_stuck_days AS is_stuck
              FROM timed
              JOIN sop_budget AS budget ON budget.id = timed.budget_id
            """,
            lines=query.from_clause,
            readable=query.where_clause or SQL("TRUE"),
            today=fields.Date.context_today(self),
            ordered=self._get_day_sql(SQL("max(ord.date_approve)")),
            approved=self._get_day_sql(SQL("proposal.date_approved")),
        )

    @api.model
    def _get_day_sql(self, moment):
        """The day of a moment where the reader is: moments are kept in UTC."""
        zone = self.env.tz.zone
        return SQL("(%s AT TIME ZONE 'UTC' AT TIME ZONE %s)::date", moment, zone)

    def action_open_proposal(self):
        self.ensure_one()
        return self.proposal_id._get_open_action()


class SopProposal(models.Model):
    _inherit = "sop.proposal"

    @api.model
    def _cron_remind_stuck(self):
        """Tell requesters once what of theirs is stuck, and drop what has moved on."""
        rows = self.env["sop.proposal.reconciliation"].search([("is_stuck", "=", True)])
        stuck = rows.grouped("proposal_id")
        kind = "sop_budget_control.mail_activity_type_stuck"
        type_id = self.env["ir.model.data"]._xmlid_to_res_id(kind)
        told = self.env["mail.activity"].search(
            [("res_model", "=", self._name), ("activity_type_id", "=", type_id)]
        )
        known = set(told.mapped("res_id"))
        told.filtered(lambda act: act.res_id not in {p.id for p in stuck}).unlink()
        for proposal, parts in stuck.items():
            if proposal.id in known:
                continue
            worst = max(parts, key=lambda part: part.days_stuck)
            # In the language of who reads it
            env = self.with_context(lang=proposal.requester_id.lang).env
            labels = dict(rows._fields["progress"]._description_selection(env))
            note = env._(
                "%(progress)s for %(days)s days.",
                progress=labels[worst.progress],
                days=worst.days_stuck,
            )
            try:
                with self.env.cr.savepoint():
                    proposal.activity_schedule(
                        kind, user_id=proposal.requester_id.id, note=note
                    )
            except Exception:
                # One that can't be told of must not keep the others from being told
                _logger.exception("Nobody was told that %s is stuck.", proposal)
