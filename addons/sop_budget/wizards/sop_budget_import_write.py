# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
import base64
import hashlib

from markupsafe import Markup

from odoo import models
from odoo.exceptions import UserError

from ..engine.money import from_units
from ..engine.sheet_value import simplify

#: Words by which a funding source is somebody else's money.
EXTERNAL_WORDS = {
    "external",
    "grant",
    "donor",
    "foundation",
    "extern",
    "externe",
    "externo",
}


class SopBudgetImport(models.TransientModel):
    """Last step: the good rows become categories and amounts, all in one transaction."""

    _inherit = "sop.budget.import"

    # === ACTIONS === #

    def action_import(self):
        """Import everything; refused while a row has an error."""
        self.ensure_one()
        self._check_state("preview")
        if self.error_count:
            raise UserError(
                self.env._(
                    "%(count)s errors are left. Mend them, or import the good rows only.",
                    count=self.error_count,
                )
            )
        self.write({"state": "write", "good_only": False})

    def action_import_good(self):
        """Import the rows without errors and keep the others as a file to mend."""
        self.ensure_one()
        self._check_state("preview")
        if self.is_blocked:
            raise UserError(
                self.env._(
                    "The errors that concern the whole file must be mended first."
                )
            )
        self.write({"state": "write", "good_only": True})

    def action_cancel_write(self):
        """Back to the preview when the import could not be written."""
        self.ensure_one()
        self._check_state("write")
        self.state = "preview"

    def write_step(self):
        """Write the import: all of it, or nothing when something is wrong.

        The rows are analysed again, against the budget as it is now; if that finds
        errors the preview didn't show, nothing is written and it is shown anew.
        """
        self.ensure_one()
        if self.state == "done":
            return {"done": True}
        self._check_state("write")
        self._check_target()
        if self.target == "existing":
            self.budget_id.lock_for_update()
        analysis = self._analyse()
        refused = analysis.blocked if self.good_only else analysis.has_errors
        if refused or not analysis.good:
            self.state = "preview"
            self.action_check()
            return {"done": True, "changed": True}
        if self.target == "new":
            self.budget_id = self.env["sop.budget"].create(
                self._prepare_budget_vals(analysis)
            )
        categories = self._write_categories(analysis)
        self._write_amounts(analysis, categories)
        self._write_counts(analysis)
        if analysis.bad_rows:
            self._write_bad_file(analysis)
        self._post_message(analysis)
        self.write({"state": "done", "rows_data": False, "pending_data": False})
        self.line_ids.unlink()
        return {"done": True}

    def action_open_budget(self):
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "res_model": "sop.budget",
            "res_id": self.budget_id.id,
            "views": [(False, "form")],
        }

    def action_open_grid(self):
        self.ensure_one()
        return self.budget_id.action_open_grid()

    def action_next_file(self):
        """Start anew with the same budget, e.g. with the rows that were mended."""
        self.ensure_one()
        wizard = self.create({"target": "existing", "budget_id": self.budget_id.id})
        return wizard._get_action()

    # === WRITING === #

    def _prepare_budget_vals(self, analysis):
        return {
            "name": self.budget_name,
            "company_id": self.company_id.id,
            "date_from": self.date_from,
            "date_to": self.date_to,
        }

    def _write_categories(self, analysis):
        """Create the new categories, level by level: ``{code: category}``."""
        Category = self.env["sop.budget.category"].with_context(
            tracking_disable=True, mail_create_nolog=True, mail_create_nosubscribe=True
        )
        known = Category.search([("budget_id", "=", self.budget_id.id)])
        by_code = {category.code: category for category in known}
        sequence = max(known.mapped("sequence"), default=0)
        sources = self._create_sources(analysis)
        levels = {}
        for at, node in enumerate(analysis.good, 1):
            if node.action == "new":
                levels.setdefault(node.depth, []).append((node, sequence + at))
        for _depth, entries in sorted(levels.items()):
            created = Category.create(
                [
                    self._prepare_category_vals(node, order, by_code, sources)
                    for node, order in entries
                ]
            )
            by_code.update(
                (node.code, category)
                for (node, _order), category in zip(entries, created, strict=True)
            )
        return by_code

    def _prepare_category_vals(self, node, sequence, by_code, sources):
        parent = by_code.get(node.parent)
        vals = {
            "budget_id": self.budget_id.id,
            "code": node.code,
            "name": node.name,
            "sequence": sequence,
            "detail": node.detail or False,
            "impact": node.impact or False,
            "source_id": node.source_id or sources.get(simplify(node.source)),
            "user_id": node.user_id,
        }
        if parent:
            return {**vals, "parent_id": parent.id}
        return {**vals, "kind": node.kind}

    def _create_sources(self, analysis):
        """Funding sources that the file names and nobody has created: id by name."""
        if not (self.create_sources and self.can_create_sources):
            return {}
        names = {}
        for node in analysis.good:
            if node.source and not node.source_id:
                names.setdefault(simplify(node.source), node.source)
        sources = self.env["sop.funding.source"].create(
            [
                {
                    "name": name.replace("_", " ").strip(),
                    "company_id": self.company_id.id,
                    "is_external": bool(EXTERNAL_WORDS & set(simple.split())),
                }
                for simple, name in names.items()
            ]
        )
        return dict(zip(names, sources.ids, strict=True))

    def _write_amounts(self, analysis, by_code):
        """Write the amounts that differ from those of the budget."""
        months = self.budget_id._get_months()
        digits = self.currency_id.decimal_places
        existing = self._get_existing_amounts(self.budget_id, months)
        rates = {rate.currency_id.name: rate for rate in self.budget_id.rate_ids}
        rows, touched = [], set()
        for node in analysis.good:
            category = by_code[node.code]
            old = existing.get(category.id, {})
            for place, units in node.units.items():
                if old.get(place, 0) == units:
                    continue
                entry = node.entries.get(place)
                rate = rates.get(entry[0]) if entry else None
                rows.append(
                    (
                        category.id,
                        months[place],
                        from_units(units, digits),
                        rate.currency_id.id if rate else None,
                        entry[1] if rate else None,
                        rate.rate if rate else None,
                        rate.date if rate else None,
                    )
                )
                touched.add(category.id)
        categories = self.env["sop.budget.category"].browse(touched)
        self.env["sop.budget.amount"]._set_amounts(categories, rows)

    def _post_message(self, analysis):
        """Tell the budget's history what came from which file.

        The file itself is not kept: whoever reads the budget reads its history, and the file
        may hold categories that are hidden from them. Its hash says which file it was.
        """
        content = base64.b64decode(self.with_context(bin_size=False).file_data or b"")
        body = self.env._(
            "Imported from %(file)s: %(new)s new categories, %(changed)s changed, "
            "%(same)s unchanged, %(bad)s rows left out.",
            file=self.file_name or "",
            new=self.new_count,
            changed=self.update_count,
            same=self.same_count,
            bad=self.bad_count,
        )
        self.budget_id.message_post(
            body=Markup("<p>%s</p><p>SHA-256: %s</p>")
            % (body, hashlib.sha256(content).hexdigest())
        )
