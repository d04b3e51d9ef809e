# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError

from odoo.addons.sop_operations.models.sop_kpi_roll_up import Failure


class SopKpi(models.Model):
    """Approved proposals as figures: “prize pool 5,000 ✓”."""

    _inherit = "sop.kpi"

    source = fields.Selection(
        selection_add=[("approved", "Approved proposals")],
        ondelete={"approved": "set manual"},
    )
    formula = fields.Char(
        help="Such as kpi.PAID / kpi.TRIALS * 100 or budget.O1.actual / kpi.PARTICIPANTS. "
        "Names: kpi.CODE, kpi.OPERATION.CODE, budget.CATEGORY.planned (reserved, committed, "
        "actual, available, utilisation), operation.allocated, operation.spent, "
        "operation.approved (what proposals for it were approved with). Functions: "
        "min, max, sum, avg, abs, round, if, default.",
    )

    @api.model
    def _get_source_readers(self):
        # EXTENDS sop_operations
        return super()._get_source_readers() | {"approved": self._read_approved}

    def _check_source_approved(self):
        self._check_may_read_proposals()
        self._check_hidden_approved(
            self._get_approved_lines()[self.operation_id.id], {}
        )

    def _check_may_read_proposals(self):
        if not self.env["sop.proposal.line"].has_access("read"):
            raise AccessError(
                self.env._("Only people with a role in budgets read proposals.")
            )

    def _check_hidden_approved(self, lines, known):
        """Are there figures of hidden categories in it?

        :param known: what was found of companies for people, to be filled
        """
        if not lines:
            return
        key = self.env.uid, self.company_id.id
        if key not in known:
            known[key] = self._get_veiled([("company_id", "=", self.company_id.id)])
        self._check_shared(not known[key].isdisjoint(lines.category_id._ids))

    def _get_approved_lines(self):
        """``{operation id: lines of proposals with approved money}`` for the reader."""
        lines = self.env["sop.proposal.line"].search(
            [("operation_id", "in", self.operation_id.ids)]
        )
        found = lines.filtered("approved_amount").grouped(lambda x: x.operation_id.id)
        return {id_: found.get(id_, lines.browse()) for id_ in self.operation_id.ids}

    @api.model
    def _read_approved(self, jobs):
        """What the proposals for the operation were approved with, in all."""
        asked, lines, known, result = {}, {}, {}, []
        for job in jobs:
            key = job.kpi.source_user_id, job.kpi.company_id
            asked.setdefault(key, []).append(job.kpi.id)
        for job in jobs:
            try:
                kpi = job.kpi._as_reader()
                kpi._check_may_read_proposals()
                key = job.kpi.source_user_id, job.kpi.company_id
                if key not in lines:
                    lines[key] = kpi.browse(asked[key])._get_approved_lines()
                own = lines[key][kpi.operation_id.id]
                kpi._check_hidden_approved(own, known)
                result.append(kpi._sum_approved(own))
            except UserError as error:
                result.append(Failure(str(error.args[0])))
        return result

    def _get_approved(self):
        return self._sum_approved(self._get_approved_lines()[self.operation_id.id])

    @api.model
    def _sum_approved(self, lines):
        return sum(lines.mapped("approved_amount")) if lines else None

    def _get_operation_figure(self, name):
        # EXTENDS sop_operations
        if name != "approved":
            return super()._get_operation_figure(name)
        self._check_source_approved()
        return self._get_approved()

    @api.model
    def _get_operation_figures(self):
        # EXTENDS sop_operations
        return super()._get_operation_figures() | {"approved"}

    def _roll_up_approved(self):
        """Read at once what has just been approved, and what is worked out from it."""
        asked = self.filtered(
            lambda kpi: (
                kpi.source == "approved"
                or (kpi.source == "formula" and kpi._names_approved())
            )
            and kpi._goes_on()
        )
        asked._sorted_for_roll_up()._roll_up()

    def _names_approved(self):
        return ["OPERATION", "APPROVED"] in list(self._get_paths())
