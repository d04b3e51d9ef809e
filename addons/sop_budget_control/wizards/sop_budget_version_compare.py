# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
import json

from odoo import api, fields, models
from odoo.exceptions import UserError

from odoo.addons.sop_budget.engine.money import from_units

from ..engine import version as engine
from .version_change_words import ChangeWords

#: More rows than this nobody reads; the workbook has no more either.
MAX_CHANGES = 50_000


class SopBudgetVersionCompare(models.TransientModel):
    """Two versions of a budget, or one and the budget as it is now, side by side."""

    _name = "sop.budget.version.compare"
    _inherit = "sop.wizard.mixin"
    _description = "Compare Versions of a Budget"

    budget_id = fields.Many2one("sop.budget", required=True, ondelete="cascade")
    version_from_id = fields.Many2one(
        "sop.budget.version",
        string="From",
        required=True,
        ondelete="cascade",
        domain="[('budget_id', '=', budget_id)]",
    )
    version_to_id = fields.Many2one(
        "sop.budget.version",
        string="To",
        ondelete="cascade",
        domain="[('budget_id', '=', budget_id)]",
        help="Empty: the budget as it is now.",
    )
    figures = fields.Selection(
        [("none", "No"), ("total", "In all"), ("month", "By month")],
        string="Books too",
        required=True,
        default="total",
        help="Whether reserved, committed and actual amounts are compared as well.",
    )
    only_figures = fields.Boolean(help="Only what the books say: drift since the lock.")
    line_ids = fields.One2many("sop.budget.version.change", "compare_id", readonly=True)
    title = fields.Char(compute="_compute_title")

    @api.depends("version_from_id", "version_to_id", "only_figures")
    def _compute_title(self):
        for wizard in self:
            texts = {
                "budget": wizard.budget_id.display_name,
                "first": wizard.version_from_id.display_name,
                "second": wizard.version_to_id.display_name or self.env._("now"),
            }
            if wizard.only_figures:
                wizard.title = self.env._("%(budget)s: drift since %(first)s", **texts)
            else:
                wizard.title = self.env._("%(budget)s: %(first)s → %(second)s", **texts)

    @api.constrains("budget_id", "version_from_id", "version_to_id")
    def _check_same_budget(self):
        for wizard in self:
            if (
                wizard.version_from_id | wizard.version_to_id
            ).budget_id != wizard.budget_id:
                raise UserError(
                    self.env._("Both versions must belong to the budget compared.")
                )

    # === COMPARING === #

    @api.model
    def _open(self, first, second, **vals):
        """Compare at once and open the rows."""
        wizard = self.create(
            {
                "budget_id": first.budget_id.id,
                "version_from_id": first.id,
                "version_to_id": second.id,
                **vals,
            }
        )
        return wizard.action_compare()

    def action_compare(self):
        """Work out the rows and open them."""
        self.ensure_one()
        self.budget_id.check_access("read")
        # sudo: rows are made here only; the reader owns and reads them
        rows = self.sudo().line_ids
        rows.unlink()
        rows.create(self._prepare_changes())
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "sop_budget_control.sop_budget_version_change_action"
        )
        return {
            **action,
            "name": self.title,
            "display_name": self.title,
            "domain": [("compare_id", "=", self.id)],
            "context": {"sop_compare_id": self.id},
        }

    def action_export_xlsx(self):
        """Download the comparison as a workbook."""
        self.ensure_one()
        self.check_access("read")
        return {
            "type": "ir.actions.act_url",
            "url": f"/sop_budget_control/compare/{self.id}/xlsx",
            "target": "download",
        }

    def _get_steps(self):
        """Versions from the first to the last, in order; the budget now is the empty one."""
        first, last = self.version_from_id, self.version_to_id
        if last and last.number < first.number:
            first, last = last, first
        domain = [
            ("budget_id", "=", self.budget_id.id),
            ("number", ">=", first.number),
        ]
        if last:
            domain.append(("number", "<=", last.number))
        versions = self.env["sop.budget.version"].search(domain, order="number")
        return [*versions, *([] if last else [versions.browse()])]

    def _read_step(self, version):
        if version:
            return version._read_payload()
        text = engine.canonical(self.budget_id._prepare_version_payload())
        return self.budget_id._restrict_payload(json.loads(text))

    def _prepare_changes(self):
        """Values of the rows, as far as the reader may see them."""
        steps = self._get_steps()
        if self.only_figures:
            steps = [steps[0], steps[-1]]
        payloads = [self._read_step(version) for version in steps]
        old, new = payloads[0], payloads[-1]
        if self.only_figures:
            changes = engine.diff_figures(old, new, by_month=self.figures == "month")
        else:
            figures = self.figures if self.figures != "none" else ""
            changes = engine.diff(old, new, figures)
        if len(changes) > MAX_CHANGES:
            raise UserError(
                self.env._(
                    "These versions differ in %(count)s places: compare two that are closer to "
                    "each other.",
                    count=len(changes),
                )
            )
        words = ChangeWords(self.budget_id, old, new)
        step_of = engine.trace(payloads)
        there = self._find_there(changes)
        return [
            {
                **self._prepare_change(change, words, there),
                **self._prepare_origin(change, step_of, steps, payloads),
            }
            for change in changes
        ]

    def _find_there(self, changes):
        """Categories of the changes that still exist."""
        ids = {int(change.category) for change in changes if change.category}
        return set(self.env["sop.budget.category"].browse(ids).exists().ids)

    def _prepare_change(self, change, words, there):
        old, new = words.values(change)
        category_id = int(change.category or 0)
        digits = self.budget_id.currency_id.decimal_places
        amounts = [
            from_units(side or 0, digits) if change.is_money else 0.0
            for side in (change.old, change.new)
        ]
        return {
            "compare_id": self.id,
            "section": change.section,
            "what": change.what,
            "category_id": category_id if category_id in there else False,
            "category_name": words.category(change),
            "label": words.label(change),
            "month": f"{change.month}-01" if change.month else False,
            "old_value": old,
            "new_value": new,
            "currency_id": self.budget_id.currency_id.id,
            "old_amount": amounts[0],
            "new_amount": amounts[1],
            "difference": from_units(change.new - change.old, digits)
            if change.is_money
            else 0.0,
        }

    def _prepare_origin(self, change, step_of, steps, payloads):
        """Who brought a change, with which version, and why."""
        index = step_of.get(change.path, len(steps) - 1)
        version, payload = steps[index], payloads[index]
        if change.section == "figure":
            who = ""
        else:
            writer = engine.writer(payload, change)
            who = payload["names"]["user"].get(str(writer)) if writer else None
            who = who or version.user_id.name or ""
        reasons = dict(
            self.env["sop.budget.version"]
            ._fields["reason"]
            ._description_selection(self.env)
        )
        why = [version.name or reasons.get(version.reason), version.note]
        return {
            "changed_by": who,
            "version_name": version.display_name or self.env._("Not kept yet"),
            "why": ": ".join(part for part in why if part),
            "date": version.date,
        }
