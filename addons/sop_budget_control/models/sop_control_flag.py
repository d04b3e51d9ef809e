# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from odoo import api, fields, models
from odoo.exceptions import UserError

from .sop_budget_policy import ACTIONS, BASES, EVENTS

#: Basis of a limit that isn't the plan, which an add-on may bring.
RELEASED = ("released", "Released")


class SopControlFlag(models.Model):
    """What a document took beyond a budget and was let through. Stays for good."""

    _name = "sop.control.flag"
    _inherit = "sop.system.mixin"
    _description = "Passed Beyond the Budget"
    _order = "id desc"

    name = fields.Char("Document", required=True)
    event = fields.Selection(EVENTS, required=True)
    res_model = fields.Char("Model", required=True)
    res_id = fields.Many2oneReference(
        "Record", model_field="res_model", required=True, index=True
    )
    budget_id = fields.Many2one(
        "sop.budget", required=True, index=True, ondelete="cascade"
    )
    company_id = fields.Many2one(related="budget_id.company_id", store=True)
    currency_id = fields.Many2one(related="company_id.currency_id")
    category_id = fields.Many2one(
        "sop.budget.category",
        index="btree_not_null",
        ondelete="restrict",
        help="Empty: all categories of the budget together.",
    )
    action = fields.Selection(ACTIONS, "Policy", required=True)
    basis = fields.Selection([*BASES, RELEASED], required=True)
    period = fields.Char()
    available = fields.Monetary(aggregator=None)
    requested = fields.Monetary(aggregator=None)
    shortfall = fields.Monetary("Beyond", aggregator=None)
    user_id = fields.Many2one(
        "res.users", "Let Through By", required=True, ondelete="restrict"
    )
    override_id = fields.Many2one(
        "sop.budget.override", index="btree_not_null", ondelete="restrict"
    )

    def write(self, vals):  # pylint: disable=method-required-super
        # Also for the superuser: what was let through can't be made good by forgetting it
        raise UserError(
            self.env._("A flag can't be changed: it says what was let through.")
        )

    @api.ondelete(at_uninstall=False)
    def _unlink_never(self):
        raise UserError(
            self.env._("A flag can't be deleted: it says what was let through.")
        )

    @api.model
    def _raise_flags(self, documents, names, finding, override):
        """:param names: ``{id: name}`` of the documents that took too much"""
        # sudo: nobody but the check raises flags
        return self.sudo().create(
            [
                self._prepare_flag(documents._name, record_id, name, finding, override)
                for record_id, name in names.items()
            ]
        )

    @api.model
    def _prepare_flag(self, model, record_id, name, finding, override):
        budget, target, verdict = finding.budget, finding.target, finding.verdict
        amounts = {
            amount: budget._to_money(getattr(verdict, amount))
            for amount in ("available", "requested", "shortfall")
        }
        return {
            "name": name,
            "event": finding.event,
            "res_model": model,
            "res_id": record_id,
            "budget_id": budget.id,
            "category_id": target.category,
            "action": target.action,
            "basis": target.basis,
            "period": budget._get_control_period(target, verdict),
            "user_id": self.env.user.id,
            "override_id": override.id if target.action == "override" else False,
            **amounts,
        }

    def action_open_document(self):
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "res_model": self.res_model,
            "res_id": self.res_id,
            "views": [(False, "form")],
        }
