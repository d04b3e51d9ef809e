# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""Who learns where the figure of a KPI comes from.

Whoever reads an operation reads its KPIs, but not each budget, and of a budget not each
category. What a source says of budgets is therefore kept in fields that nobody reads, and shown
in others to those only who may read what is named there. The **value** is for all who read the
operation: where hidden categories are in it, whoever sets the source has to say so, and the
chatter keeps that they did.
"""

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain

from ..engine.expression import as_name

#: ``{field that is shown and entered: field that keeps it}``
KEPT = {
    "budget_id": "source_budget_id",
    "budget_category_id": "source_category_id",
    "formula": "source_formula",
}
NOBODY = "base.group_system"


class SopKpi(models.Model):
    _inherit = "sop.kpi"

    source_budget_id = fields.Many2one(
        "sop.budget",
        "Kept Budget",
        check_company=True,
        index="btree_not_null",
        ondelete="restrict",
        copy=False,
        groups=NOBODY,
    )
    source_category_id = fields.Many2one(
        "sop.budget.category",
        "Kept Category",
        index="btree_not_null",
        ondelete="restrict",
        copy=False,
        groups=NOBODY,
    )
    source_formula = fields.Char("Kept Formula", copy=False, groups=NOBODY)
    source_visible = fields.Boolean(
        compute="_compute_source_shown",
        help="You may read all that the source names.",
    )
    source_shared = fields.Boolean(
        "Show Its Value to All",
        help="There are hidden categories in it. Its value is shown to all who read the "
        "operation nevertheless.",
    )
    error_text = fields.Text("Problem", compute="_compute_source_shown")

    @api.depends_context("uid", "lang")
    @api.depends(*KEPT.values(), "source_user_id", "error")
    def _compute_source_shown(self):
        seen = self._filter_source_visible()
        for kpi in self:
            # sudo: shown only where the reader may read it
            kept = kpi.sudo()
            visible = kpi in seen
            kpi.source_visible = visible
            for shown, name in KEPT.items():
                kpi[shown] = visible and kept[name]
            kpi.error_text = kept.error
            if kept.error and not visible:
                kpi.error_text = self.env._(
                    "Those who may see its source are told why it can't be read."
                )

    def _filter_source_visible(self):
        """Those of whose source the reader may know all that it names."""
        if self.env.su:
            return self
        # sudo: what is named, to find out whether the reader may know it
        kept = self.sudo()
        categories = kept.source_category_id | kept._get_named_categories()
        seen = (
            {
                *kept.source_budget_id.sudo(False)._filtered_access("read")._ids,
            },
            {*categories.sudo(False)._filtered_access("read")._ids},
        )
        return self.filtered(lambda kpi: kpi._is_source_visible(categories, *seen))

    def _is_source_visible(self, categories, budgets, seen):
        # sudo: as above
        kept = self.sudo()
        codes = kept._get_budget_codes()
        named = categories.filtered(lambda c: as_name(c.code) in codes)
        named |= kept.source_category_id
        return set(kept.source_budget_id._ids) <= budgets and set(named._ids) <= seen

    def _get_named_categories(self):
        """In superuser mode: all categories of the company that formulas may mean."""
        found = self.env["sop.budget.category"]
        formulas = self.filtered(lambda kpi: kpi._get_budget_codes())
        for company, kpis in formulas.grouped("company_id").items():
            codes = {code for kpi in kpis for code in kpi._get_budget_codes()}
            every = found.with_context(active_test=False).search_fetch(
                [("company_id", "=", company.id)], ["code"]
            )
            found |= every.filtered(lambda c, codes=codes: as_name(c.code) in codes)
        return found

    # === What is entered === #

    @api.model
    def _split_kept(self, vals):
        """What others may read, and what is kept from them; of the source in use only."""
        kept = {name: vals[shown] for shown, name in KEPT.items() if shown in vals}
        source = vals.get("source")
        if source and source != "budget":
            kept |= {"source_budget_id": False, "source_category_id": False}
        if source and source != "formula":
            kept["source_formula"] = False
        return {name: vals[name] for name in vals if name not in KEPT}, kept

    def copy_data(self, default=None):
        result = super().copy_data(default)
        # sudo: whoever copies it sets the source, and is asked whether they may read it
        for kpi, vals in zip(self.sudo(), result, strict=True):
            for shown, name in KEPT.items():
                value = kpi[name]
                vals.setdefault(
                    shown, value.id if isinstance(value, models.Model) else value
                )
        return result

    # === Hidden figures === #

    @api.model
    def _get_veiled(self, domain):
        """Ids of categories that are hidden from some, but not from the reader, and above."""
        categories = self.env["sop.budget.category"]
        if not categories.has_access("read"):
            return set()
        veiled = categories.search_fetch(
            Domain("visibility_effective", "!=", "all") & Domain(domain),
            ["parent_path"],
        )
        return {int(part) for c in veiled for part in c.parent_path.split("/")[:-1]}

    def _check_shared(self, hidden):
        """Refuse to show figures of hidden categories, unless somebody answers for it."""
        if hidden and not self.source_shared:
            raise UserError(
                self.env._(
                    "Hidden categories are in “%(kpi)s”, and all who read the operation read its "
                    "value. If they may know it, tick “Show Its Value to All”.",
                    kpi=self.name,
                )
            )

    def _log_shared(self):
        for kpi in self.filtered("source_shared"):
            kpi.message_post(
                body=self.env._(
                    "Its value is shown to all who read the operation, whatever is hidden from "
                    "them in its source."
                )
            )
