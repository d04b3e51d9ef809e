# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""Approvals as the engine sees them, and what its answer changes in them."""

from odoo import api, fields, models
from odoo.fields import Command, Domain
from odoo.tools import SQL

from ..engine import approval as engine
from .sop_approval import OPEN_STATES


class SopApproval(models.Model):
    _inherit = "sop.approval"

    # === THE ENGINE'S VIEW === #

    def _to_step(self):
        self.ensure_one()
        # sudo: who stands in is a matter of the budget, not of the one who looks
        budget = self.sudo().budget_id
        return engine.Step(
            key=self.id,
            level=self.level,
            people=frozenset(self.approver_ids.ids),
            minimum=self.minimum,
            stand_ins=tuple(
                frozenset(group.ids)
                for group in budget._get_stand_ins(
                    self.sudo().escalate_user_id, self.sudo().category_ids
                )
            ),
            state=self.state,
            barred=frozenset(self.barred_ids.ids),
        )

    def _find_seats(self, user):
        """``{step id: user}``: for whom ``user`` may decide now, in the steps where they may."""
        # sudo: who may decide is a matter of the frozen step, not of who looks
        asked = self.sudo().filtered(lambda a: a.state == "asked")
        others = asked.filtered(lambda a: user not in a.approver_ids)
        delegations = self.env["sop.approval.delegation"]
        running = delegations._find_running(delegates=user) if others else delegations
        seats, kept = {}, {}
        for approval in asked:
            principals = approval._get_principals(user, running)
            lost = (user | principals).filtered(
                lambda u, a=approval: not a._keeps_seat(u, kept)
            )
            step = engine.Step(
                key=approval.id,
                level=approval.level,
                people=frozenset((approval.approver_ids - lost).ids),
                state=approval.state,
                barred=frozenset(approval.barred_ids.ids),
            )
            seat = engine.find_seat(step, user.id, principals.ids)
            if seat is not None:
                seats[approval.id] = seat
        return seats

    def _keeps_seat(self, user, known):
        """Whether who was asked may still decide.

        :param known: what was found out before, by budget, role and user
        """
        self.ensure_one()
        if user == self.escalate_user_id:
            role = False
        else:
            role = self.asked_role
        key = (self.budget_id, role, user)
        if key not in known:
            known[key] = self.budget_id._keeps_seat(user, role)
        return known[key]

    @api.model
    def _get_seated_domain(self, user):
        """Steps that ask the user, who may still decide there."""
        domain = Domain("open_ids", "in", user.ids)
        # sudo: who may decide is a matter of the budget, not of who looks
        groups = self.sudo()._read_group(
            Domain("state", "=", "asked") & domain, ["budget_id", "asked_role"]
        )
        for budget, role in groups:
            place = Domain("budget_id", "=", budget.id)
            if not budget._keeps_seat(user, False):
                domain &= ~place
            elif not budget._keeps_seat(user, role):
                place &= Domain("asked_role", "=", role)
                domain &= ~(place & Domain("escalate_user_id", "!=", user.id))
        return domain

    def _get_principals(self, user, running):
        """For whom ``user`` may decide here, by these delegations."""
        budget = self.budget_id
        principals = running.filtered(
            lambda d: not d.budget_ids or budget in d.budget_ids
        ).user_id
        if not principals & self.open_ids:
            return principals.browse()
        # Who could not be asked does not get in by a delegation either
        if not budget._filter_approvers(user, self.category_ids):
            return principals.browse()
        return principals

    def _get_votes(self):
        """Approvals given in these steps, and in those of earlier rounds that hold here."""
        key_of = {}
        for approval in self.sudo():
            source = approval
            while source:
                key_of[source.id] = approval.id
                source = source.carried_from_id
        # sudo: the engine counts all approvals, whoever asks
        rows = (
            self.env["sop.approval.decision"]
            .sudo()
            .search_fetch(
                [("approval_id", "in", list(key_of)), ("decision", "=", "approved")],
                ["approval_id", "user_id", "on_behalf_of_id"],
            )
        )
        return [
            engine.Vote(
                key_of[row.approval_id.id], row.user_id.id, row.on_behalf_of_id.id or 0
            )
            for row in rows
        ]

    @api.model
    def _lock_open(self, document):
        """The open steps of the document, locked until this transaction ends.

        Each decision writes its row: who comes second gets a serialization failure, is run
        again by Odoo, and then sees what was decided.
        """
        self.env.flush_all()
        # A collision is expected and tried again, so the log need not call it an error
        self.env.cr.execute(
            SQL(
                "SELECT id FROM sop_approval WHERE res_model = %s AND res_id = %s"
                " AND state IN %s ORDER BY id FOR UPDATE",
                document._name,
                document.id,
                OPEN_STATES,
            ),
            log_exceptions=False,
        )
        # sudo: steps are read by the engine, whoever decides
        approvals = self.sudo().browse(row[0] for row in self.env.cr.fetchall())
        approvals.invalidate_recordset()
        return approvals.sorted(lambda a: (a.level, a.id))

    # === WHAT A VOTE CHANGES === #

    def _apply_step(self, step):
        """Store what the engine made of this step; True when it has just been asked."""
        self.ensure_one()
        now = fields.Datetime.now()
        asked = step.state == "asked"
        vals = {
            "state": step.state,
            "minimum": step.minimum,
            "approver_ids": [Command.set(sorted(step.people))],
            "open_ids": [Command.set(sorted(step.open_people) if asked else [])],
            "barred_ids": [Command.set(sorted(step.barred))],
        }
        newly = asked and self.state != "asked"
        if newly:
            vals |= {"date_asked": now, "date_due": self._get_due_date()}
        elif not asked and self.state == "asked":
            vals["date_decided"] = now
        self._set(vals)
        return newly

    def _get_due_date(self):
        """Working days after today; what is urgent is due on the day it is asked."""
        self.ensure_one()
        if not self.due_days and not self.urgent:
            return False
        return engine.add_working_days(
            fields.Date.context_today(self),
            0 if self.urgent else self.due_days,
            self._get_working_days(),
        )

    def _get_working_days(self):
        """Of the company, as far as Odoo knows them; else Monday to Friday."""
        return self.company_id._get_approval_calendar()
