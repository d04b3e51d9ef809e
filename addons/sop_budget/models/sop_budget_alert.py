# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from collections import namedtuple

from odoo import api, fields, models
from odoo.exceptions import UserError

#: Something to tell: about a category (or the whole budget when empty), what and how much.
Finding = namedtuple("Finding", "category kind threshold used elapsed")
ALERT_KINDS = [
    ("used", "Share of the plan used"),
    ("pace", "Money faster than time"),
    ("unplanned", "Spent without a plan"),
]


class SopBudgetAlert(models.Model):
    """What the responsible person has been told, so that nothing is told twice.

    Append-only. ``alert_round`` of the budget counts its revisions: after one, everything may be
    told again.
    """

    _name = "sop.budget.alert"
    _description = "Budget Alert"
    _order = "id desc"
    _rec_name = "kind"

    budget_id = fields.Many2one(
        "sop.budget", required=True, index=True, ondelete="cascade", readonly=True
    )
    company_id = fields.Many2one(related="budget_id.company_id", store=True)
    category_id = fields.Many2one(
        "sop.budget.category",
        index="btree_not_null",
        ondelete="cascade",
        readonly=True,
        help="Empty: the budget as a whole.",
    )
    kind = fields.Selection(ALERT_KINDS, required=True, readonly=True)
    threshold = fields.Float("Threshold %", required=True, readonly=True)
    used = fields.Float("Used %", readonly=True, aggregator=None)
    elapsed = fields.Float("Time Gone %", readonly=True, aggregator=None)
    alert_round = fields.Integer(
        "Revision", required=True, default=0, readonly=True, aggregator=None
    )
    user_id = fields.Many2one("res.users", string="Told", readonly=True)
    date = fields.Date(required=True, readonly=True, default=fields.Date.context_today)

    _once = models.UniqueIndex(
        "(budget_id, alert_round, kind, threshold, COALESCE(category_id, 0))",
        "This alert has been given already.",
    )

    def write(self, vals):  # pylint: disable=method-required-super
        raise UserError(self.env._("What has been told can't be changed."))

    @api.ondelete(at_uninstall=False)
    def _unlink_never(self):
        raise UserError(self.env._("What has been told can't be deleted."))
