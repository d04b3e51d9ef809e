# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
import re

from odoo import models
from odoo.exceptions import UserError

SEQUENCE_STEP = 10


class SopBudget(models.Model):
    """Rows of the budget grid: add, move, duplicate and delete categories."""

    _inherit = "sop.budget"

    def add_grid_row(self, parent_id=False, after_id=False, name=False, kind=False):
        """A new category below ``parent_id``, right after ``after_id`` (else the last one)."""
        self.ensure_one()
        self._check_editable()
        categories = self._get_grid_categories()
        parent = self._find_grid_row(categories, parent_id)
        vals = {
            "budget_id": self.id,
            "parent_id": parent.id,
            "name": name or self.env._("New category"),
        }
        if kind and not parent:
            vals["kind"] = kind
        siblings = categories.filtered(lambda c: c.parent_id == parent)
        code = self._guess_grid_code(
            siblings.filtered(lambda c: c.id == after_id) or siblings
        )
        new = self.env["sop.budget.category"].create({**vals, **code})
        after = (
            siblings.ids.index(after_id) + 1
            if after_id in siblings.ids
            else len(siblings)
        )
        self._resequence_grid(siblings[:after] + new + siblings[after:])
        return {"id": new.id, "grid": self.get_grid()}

    def move_grid_row(self, category_id, parent_id=False, before_id=False):
        """Put a category below ``parent_id``, before ``before_id`` (else at the end)."""
        self.ensure_one()
        self._check_editable()
        categories = self._get_grid_categories()
        category = self._find_grid_row(categories, category_id)
        parent = self._find_grid_row(categories, parent_id)
        if category.parent_id != parent:
            category.write({"parent_id": parent.id})
        siblings = categories.filtered(lambda c: c.parent_id == parent) - category
        at = (
            siblings.ids.index(before_id)
            if before_id in siblings.ids
            else len(siblings)
        )
        self._resequence_grid(siblings[:at] + category + siblings[at:])
        return {"id": category.id, "grid": self.get_grid()}

    def duplicate_grid_row(self, category_id):
        """A copy of a category with all below it, right after it."""
        self.ensure_one()
        self._check_editable()
        categories = self._get_grid_categories()
        category = self._find_grid_row(categories, category_id)
        self._check_nothing_hidden_below(category)
        new = category.copy()
        siblings = categories.filtered(lambda c: c.parent_id == category.parent_id)
        at = siblings.ids.index(category.id) + 1
        self._resequence_grid(siblings[:at] + new + siblings[at:])
        return {"id": new.id, "grid": self.get_grid()}

    def delete_grid_rows(self, category_ids):
        """Delete categories with all that is below them."""
        self.ensure_one()
        self._check_editable()
        if not isinstance(category_ids, list | tuple):
            raise UserError(self.env._("The rows are a list of numbers of categories."))
        categories = self._get_grid_categories()
        found = categories.filtered(lambda c: c.id in category_ids)
        self._check_nothing_hidden_below(found)
        found.unlink()
        return {"id": False, "grid": self.get_grid()}

    def _guess_grid_code(self, siblings):
        """The code that goes on from the last of ``siblings``: E4 after E3; else the usual one."""
        match = re.fullmatch(r"(.*?)(\d{1,9})", siblings[-1:].code or "")
        if not match:
            return {}
        taken = siblings._get_codes(self)
        prefix, digits = match.groups()
        number = int(digits) + 1
        while f"{prefix}{number:0{len(digits)}}" in taken:
            number += 1
        return {"code": f"{prefix}{number:0{len(digits)}}"}

    def _find_grid_row(self, categories, category_id):
        """The category of this budget that the reader sees; nothing for no id."""
        category = categories.filtered(lambda c: c.id == category_id)
        if category_id and not category:
            raise UserError(self.env._("This category no longer exists."))
        return category

    def _check_nothing_hidden_below(self, categories):
        """Nobody deletes or copies what they may not see."""
        domain = [("id", "child_of", categories.ids)]
        Category = self.env["sop.budget.category"]
        # sudo: only to count what is below, nothing of it is shown
        if Category.search_count(domain) != Category.sudo().search_count(domain):
            raise UserError(
                self.env._(
                    "Below “%(category)s” there are categories that you may not see: ask a "
                    "manager of the budget.",
                    category=categories[0].display_name,
                )
            )

    def _resequence_grid(self, siblings):
        for position, category in enumerate(siblings, start=1):
            if category.sequence != position * SEQUENCE_STEP:
                category.sequence = position * SEQUENCE_STEP
