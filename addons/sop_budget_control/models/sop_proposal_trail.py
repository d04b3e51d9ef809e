# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from odoo import api, models

#: States as they were written down last, of proposals whose state follows from documents.
LOGGED = "sop_proposal_logged_states"


class SopProposal(models.Model):
    """Every change of state stands in the trail, which nobody can change or delete."""

    _inherit = "sop.proposal"

    def _set_step(self, step, allowed, comment=None, **vals):
        # EXTENDS
        before = {proposal: proposal.state for proposal in self}
        self._log_noted_states()
        result = super()._set_step(step, allowed, comment, **vals)
        for proposal, state in before.items():
            proposal._log_state(state, comment)
        return result

    @api.depends(lambda self: self._get_state_depends())
    def _compute_state(self):
        # EXTENDS: orders, bills and payments move a proposal too
        before = {
            proposal.id: proposal.state
            for proposal in self
            if isinstance(proposal.id, int)
        }
        result = super()._compute_state()
        changed = {
            proposal.id: (before[proposal.id], self.env.uid)
            for proposal in self
            if before.get(proposal.id) and before[proposal.id] != proposal.state
        }
        if changed:
            self._note_states(changed)
        return result

    @api.model
    def _note_states(self, changed):
        """The state at the end of the transaction is what counts."""
        precommit = self.env.cr.precommit
        if LOGGED not in precommit.data:
            precommit.data[LOGGED] = {}
            precommit.add(self._log_noted_states)
        for proposal_id, noted in changed.items():
            precommit.data[LOGGED].setdefault(proposal_id, noted)

    @api.model
    def _log_noted_states(self):
        noted = self.env.cr.precommit.data.pop(LOGGED, {})
        # sudo: whoever posts a bill need not see what it pays
        for proposal in self.sudo().browse(noted).exists():
            before, user_id = noted[proposal.id]
            proposal._log_state(before, channel="system", user_id=user_id)

    def _log_state(self, before, comment=None, **vals):
        """What is written down here is not written down again by a document."""
        self.ensure_one()
        # sudo: as for the step itself
        proposal = self.sudo()
        after = proposal.state
        proposal.env.cr.precommit.data.get(LOGGED, {}).pop(proposal.id, None)
        if before == after:
            return
        labels = dict(self._fields["state"]._description_selection(self.env))
        proposal._log_decision(
            "moved",
            comment=comment,
            state_from=labels[before],
            state_to=labels[after],
            **vals,
        )
