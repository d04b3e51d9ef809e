# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Command
from odoo.tools.misc import format_date

from odoo.addons.sop_budget.models.ledger_sql import USUAL_PLANS

from ..engine import control as engine
from ..models.control_reader import ControlReader, months_of

KINDS = [
    ("wait", "Wait"),
    ("borrow", "Borrow from Later"),
    ("sibling", "Transfer from Another Category"),
    ("override", "Ask for an Override"),
]
#: Siblings that are offered for one category.
SHOWN_SIBLINGS = 3


class SopControlHelp(models.TransientModel):
    """What helps a draft that takes more than a budget has. One click files it."""

    _name = "sop.control.help"
    _description = "Help with a Short Budget"

    res_model = fields.Char(required=True, readonly=True)
    res_id = fields.Many2oneReference(
        model_field="res_model", required=True, readonly=True
    )
    name = fields.Char("Document", readonly=True)
    state = fields.Char(readonly=True)
    effect_html = fields.Html(readonly=True, sanitize=False)
    reason = fields.Text(
        help="Why this document is needed. Whoever decides about a transfer or an override "
        "reads it."
    )
    option_ids = fields.One2many("sop.control.help.option", "help_id")

    @api.model
    def _open(self, document):
        """The window with what helps a document."""
        document.check_access("write")
        wizard = self.create(
            {
                "res_model": document._name,
                "res_id": document.id,
                "name": document.display_name,
                "state": document.sop_control_state,
                "effect_html": document.sop_control_html,
                "option_ids": [
                    Command.create(vals) for vals in self._find_options(document)
                ],
            }
        )
        return {
            "name": self.env._("What Helps"),
            "type": "ir.actions.act_window",
            "res_model": self._name,
            "res_id": wizard.id,
            "views": [(False, "form")],
            "target": "new",
        }

    def _get_document(self):
        self.ensure_one()
        document = self.env[self.res_model].browse(self.res_id)
        if not hasattr(document, "_is_sop_draft"):
            raise UserError(self.env._("This record is not under budget control."))
        document = document.exists()
        if not document or not document._is_sop_draft():
            raise UserError(
                self.env._(
                    "“%(document)s” is no draft any more: there is nothing to help with.",
                    document=self.name,
                )
            )
        document.check_access("write")
        return document

    # === OPTIONS === #

    @api.model
    def _find_options(self, document):
        findings, _lines = document._get_sop_preview()
        over = [finding for finding in findings if finding.verdict.shortfall]
        options = self._find_waits(over) if document._may_sop_wait() else []
        for finding in over:
            if self._shows_figures(finding):
                options += self._find_loans(finding)
                options += self._find_siblings(finding)
        options += self._find_overrides(over)
        self.env.cr.execute(USUAL_PLANS)
        return options

    def _shows_figures(self, finding):
        """Whether the user may see the category and ask for a transfer to it."""
        budget = finding.budget.with_user(self.env.user).sudo(False)
        if not budget.has_access("read") or not budget._has_role("proposer"):
            return False
        return finding.budget._get_control_category(finding.target, self.env.user)[1]

    def _find_waits(self, over):
        """The first month in which all that is short would fit."""
        places = []
        for finding in over:
            years = finding.budget._get_control_years(months_of(finding.budget))
            place = engine.first_fit(
                finding.target.basis,
                finding.limits,
                finding.used,
                finding.effect,
                years,
                finding.target.tolerance,
            )
            if place is None:
                return []
            places.append(months_of(finding.budget)[place])
        if not places:
            return []
        month = max(places)
        label = self.env._(
            "Wait until %(month)s: everything fits then.", month=self._name_month(month)
        )
        return [{"kind": "wait", "name": label, "month": month}]

    def _find_loans(self, finding):
        """Bring money of later months of the same category forward."""
        target, verdict = finding.target, finding.verdict
        if not self._is_one_leaf(target) or target.basis == "budget":
            return []
        months = months_of(finding.budget)
        loans = engine.borrow(
            finding.limits, finding.used, verdict.last, verdict.shortfall
        )
        if not loans:
            return []
        label = self.env._(
            "Borrow %(amount)s for %(category)s from %(months)s.",
            amount=finding.budget._format_control_units(verdict.shortfall),
            category=self._name_category(finding),
            months=", ".join(self._name_month(months[place]) for place, _u in loans),
        )
        return [
            self._prepare_transfer("borrow", label, finding, target.category, loans)
        ]

    def _find_siblings(self, finding):
        """Categories beside it, which the user may see, that have what is missing."""
        target, verdict, budget = finding.target, finding.verdict, finding.budget
        if not self._is_one_leaf(target):
            return []
        category = self.env["sop.budget.category"].browse(target.category)
        siblings = category.search(
            [
                ("budget_id", "=", budget.id),
                ("parent_id", "=", category.sudo().parent_id.id),
                ("id", "!=", category.id),
                ("is_leaf", "=", True),
                ("kind", "=", category.sudo().kind),
            ]
        )
        if not siblings:
            return []
        # sudo: what a category that the user may see has left
        reader = ControlReader(budget.sudo(), siblings.ids).read()
        options = []
        for sibling in siblings:
            limits, used = reader.planned[sibling.id], reader.used[sibling.id]
            loans = engine.lend(
                limits, used, verdict.first, verdict.last, verdict.shortfall
            )
            if loans:
                label = self.env._(
                    "Transfer %(amount)s from %(sibling)s, which has %(room)s left, to "
                    "%(category)s.",
                    amount=budget._format_control_units(verdict.shortfall),
                    sibling=sibling.display_name,
                    room=budget._format_control_units(sum(limits) - sum(used)),
                    category=self._name_category(finding),
                )
                options.append(
                    self._prepare_transfer("sibling", label, finding, sibling.id, loans)
                )
        return options[:SHOWN_SIBLINGS]

    def _find_overrides(self, over):
        """One override for each budget, unless something is stopped for good."""
        if any(finding.target.action == "stop" for finding in over):
            return []
        options = []
        for budget in {f.budget for f in over if f.target.action == "override"}:
            amount = max(
                finding.verdict.excess
                for finding in over
                if finding.budget == budget and finding.target.action == "override"
            )
            label = self.env._(
                "Ask for an override of %(amount)s on “%(budget)s”.",
                amount=budget._format_control_units(amount),
                budget=budget.sudo().name,
            )
            options.append({"kind": "override", "name": label, "budget_ref": budget.id})
        return options

    # === PARTS OF OPTIONS === #

    @api.model
    def _is_one_leaf(self, target):
        return target.leaves == (target.category,)

    def _name_month(self, month):
        return format_date(self.env, month, date_format="MMMM yyyy")

    def _name_category(self, finding):
        return finding.budget._get_control_category(finding.target, self.env.user)[0]

    def _prepare_transfer(self, kind, label, finding, source, loans):
        """The lines of a transfer to the last month of what is short."""
        budget, target = finding.budget, finding.target
        months = months_of(budget)
        place = max(p for p, units in enumerate(finding.effect) if units > 0)
        place = min(place, finding.verdict.last)
        return {
            "kind": kind,
            "name": label,
            "budget_ref": budget.id,
            "lines": [
                {
                    "category_from_id": source,
                    "month_from": fields.Date.to_string(months[position]),
                    "category_to_id": target.category,
                    "month_to": fields.Date.to_string(months[place]),
                    "amount": budget._to_money(units),
                }
                for position, units in loans
            ],
        }


class SopControlHelpOption(models.TransientModel):
    _name = "sop.control.help.option"
    _description = "Something That Helps with a Short Budget"

    help_id = fields.Many2one("sop.control.help", required=True, ondelete="cascade")
    kind = fields.Selection(KINDS, required=True, readonly=True)
    name = fields.Char("What", required=True, readonly=True)
    month = fields.Date(readonly=True)
    # Not a many2one: who asks for an override need not be able to read the budget
    budget_ref = fields.Integer(readonly=True)
    lines = fields.Json(readonly=True)

    def action_do(self):
        """File it."""
        self.ensure_one()
        document = self.help_id._get_document()
        return getattr(self, f"_do_{self.kind}")(document)

    def _do_wait(self, document):
        document._sop_move_to(self.month)
        return {"type": "ir.actions.act_window_close"}

    def _do_borrow(self, document):
        return self._file_transfer(document)

    def _do_sibling(self, document):
        return self._file_transfer(document)

    def _file_transfer(self, document):
        """With the rights of the user, who has to be allowed to ask for it."""
        reason = (self.help_id.reason or "").strip()
        name = self.env._("For %(document)s", document=document.display_name)
        transfer = self.env["sop.budget.transfer"].create(
            {
                "budget_id": self.budget_ref,
                "kind": "transfer",
                "reason": f"{name}: {reason}" if reason else name,
                "line_ids": [Command.create(line) for line in self.lines],
            }
        )
        transfer.action_submit()
        return self._show(transfer)

    def _do_override(self, document):
        """Asked for what is short now, not for what was short when the window opened."""
        # sudo: see sop.budget._get_control_policies
        budget = self.env["sop.budget"].sudo().browse(self.budget_ref)
        findings, _lines = document._get_sop_preview()
        parts = {}
        for finding in findings:
            if finding.budget == budget and finding.target.action == "override":
                place, amount = finding.target.category, finding.verdict.excess
                parts[place] = max(parts.get(place, 0), amount)
        parts = {place: amount for place, amount in parts.items() if amount}
        if not parts:
            raise UserError(
                self.env._("Nothing is short any more: no override is needed.")
            )
        override = self.env["sop.budget.override"]._ask(
            document,
            budget,
            [
                (budget.category_ids.browse(place or []), budget._to_money(units))
                for place, units in parts.items()
            ],
            self.help_id.reason,
        )
        return self._show(override)

    def _show(self, record):
        return {
            "type": "ir.actions.act_window",
            "res_model": record._name,
            "res_id": record.id,
            "views": [(False, "form")],
        }
