# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from dateutil.relativedelta import relativedelta

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError

from .sop_budget_transfer import TRANSFER_TOKEN

#: By how many months a budget is extended at once.
MAX_MONTHS = 120


class SopBudget(models.Model):
    """A budget in force that runs longer: the other way to the next period."""

    _inherit = "sop.budget"

    can_extend = fields.Boolean(compute="_compute_can_extend")

    @api.depends_context("uid")
    @api.depends("user_role", "user_id")
    def _compute_can_extend(self):
        for budget in self:
            budget.can_extend = budget._may_extend()

    def _may_extend(self):
        """Owners, and controllers who manage the budget: it reads more of the books then."""
        self.ensure_one()
        if self.env.su or self._is_answered_for():
            return True
        controller = self.env.user.has_group("sop_budget.group_sop_budget_controller")
        return controller and self._has_role("manager")

    def action_extend(self):
        self.ensure_one()
        wizard = self.env["sop.budget.extend"].create({"budget_id": self.id})
        return wizard._get_records_action(
            name=self.env._("Extend “%(budget)s”", budget=self.name), target="new"
        )

    @api.private
    def get_extended_end(self, months):
        """The end that many months later; the last day of a month stays one."""
        self.ensure_one()
        end = self.date_to + relativedelta(months=months)
        if (self.date_to + relativedelta(days=1)).day == 1:
            end += relativedelta(day=31)
        return end

    def _extend(self, months, reason):
        """Let it end later. Amounts, categories and proposals stay; a version is kept."""
        self.ensure_one()
        self._check_may_extend()
        if months < 1:
            raise UserError(
                self.env._(
                    "Months: say by how many the budget runs longer, at least 1."
                )
            )
        if months > MAX_MONTHS:
            raise UserError(
                self.env._(
                    "Months: a budget runs at most %(months)s months longer at once.",
                    months=MAX_MONTHS,
                )
            )
        if not (reason or "").strip():
            raise UserError(self.env._("Reason: say why the budget runs longer."))
        if self.state != "approved" or self.is_template:
            labels = dict(self._fields["state"]._description_selection(self.env))
            raise UserError(
                self.env._(
                    "“%(budget)s” is %(state)s: only an approved budget is extended. Reopen what "
                    "is closed first; in a draft, change its end.",
                    budget=self.name,
                    state=labels[self.state].lower(),
                )
            )
        self._lock_figures()
        end = self.get_extended_end(months)
        # What an approved transfer holds, too: its guards were asked above
        self.with_context(sop_transfer_token=TRANSFER_TOKEN).write({"date_to": end})
        self._save_version(
            "extended",
            self.env._("Runs until %(end)s", end=fields.Date.to_string(end)),
            reason,
        )

    def _check_may_extend(self):
        if not self._may_extend():
            raise AccessError(
                self.env._(
                    "Only %(owner)s, who owns “%(budget)s”, and controllers who manage it let it "
                    "run longer.",
                    owner=self.user_id.name,
                    budget=self.name,
                )
            )
