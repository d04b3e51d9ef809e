# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError

from odoo.addons.sop_budget.engine import measures, period
from odoo.addons.sop_budget.engine.money import from_units
from odoo.addons.sop_budget.models.sop_budget_books import BOOK_GROUPS

from .sop_kpi_roll_up import Failure

BUDGET_MEASURES = [
    ("planned", "Planned"),
    ("reserved", "Reserved"),
    ("committed", "Committed"),
    ("actual", "Actual"),
    ("available", "Available"),
    ("utilisation", "Used (%)"),
]
SPENDING = ("expense", "capital")
PARTS = ("planned", "reserved", "committed", "actual")
#: Which accounts it is tells of the books: those who read the KPI need not read these
LEDGER_FIELDS = {"ledger_prefixes", "ledger_account_ids", "ledger_analytic_id"}
READ_BOOKS = ",".join(BOOK_GROUPS)


class SopKpi(models.Model):
    """Figures from the books and from budgets."""

    _inherit = "sop.kpi"

    # === Books === #
    ledger_prefixes = fields.Char(
        "Accounts Starting With",
        copy=False,
        groups=READ_BOOKS,
        help="Beginnings of account codes, such as 61, 625. Empty: all accounts.",
    )
    ledger_account_ids = fields.Many2many(
        "account.account",
        string="Accounts",
        check_company=True,
        copy=False,
        groups=READ_BOOKS,
        help="Single accounts instead of beginnings of codes.",
    )
    ledger_analytic_id = fields.Many2one(
        "account.analytic.account",
        "Analytic Account",
        check_company=True,
        copy=False,
        groups=READ_BOOKS,
        index="btree_not_null",
        ondelete="restrict",
        help="Only what belongs to it, by its share.",
    )
    ledger_sign = fields.Selection(
        [("debit", "Spent (debit)"), ("credit", "Earned (credit)")],
        "Counts Up",
        default="debit",
    )
    # === Budgets === #
    budget_id = fields.Many2one(
        "sop.budget",
        compute="_compute_source_shown",
        readonly=False,
        help="Shown to those who may read it.",
    )
    budget_category_id = fields.Many2one(
        "sop.budget.category",
        "Category",
        compute="_compute_source_shown",
        readonly=False,
        domain="[('budget_id', '=', budget_id)]",
        help="Empty: all expenses and investments of the budget.",
    )
    budget_measure = fields.Selection(BUDGET_MEASURES, "Figure", default="actual")

    @api.model
    def _check_not_derived(self, vals):
        # EXTENDS sop_operations: in words, before the fields refuse
        if not LEDGER_FIELDS.isdisjoint(vals):
            self._check_may_read_books()
        return super()._check_not_derived(vals)

    def copy_data(self, default=None):
        # EXTENDS sop_operations
        result = super().copy_data(default)
        # sudo: whoever copies it sets the source, and is asked whether they may read it
        for kpi, vals in zip(self.sudo(), result, strict=True):
            if kpi.source == "ledger":
                kept = kpi._convert_to_write(
                    {name: kpi[name] for name in LEDGER_FIELDS}
                )
                vals.update(kept)
        return result

    def _check_source_ledger(self):
        """The books are summed by months."""
        self._check_may_read_books()
        if self.source_window == "period" and self.frequency in ("daily", "weekly"):
            raise UserError(
                self.env._(
                    "The books are read by whole months: measure “%(kpi)s” monthly or "
                    "quarterly, or count since the start.",
                    kpi=self.name,
                )
            )
        if self.source_window == "all" or not (
            self.source_window == "period" or self._get_span()[0]
        ):
            raise UserError(
                self.env._(
                    "The books need a first month: give “%(kpi)s” or its operation a start.",
                    kpi=self.name,
                )
            )
        if not (
            self.ledger_account_ids
            or self._get_ledger_prefixes()
            or self.ledger_analytic_id
        ):
            raise UserError(
                self.env._(
                    "Choose the accounts or the analytic account that “%(kpi)s” reads.",
                    kpi=self.name,
                )
            )

    def _check_may_read_books(self):
        if not self.env["sop.budget"]._may_read_books():
            raise AccessError(
                self.env._(
                    "Only budget controllers and people with accounting rights read the books."
                )
            )

    def _get_ledger_prefixes(self):
        return [
            part.strip()
            for part in (self.ledger_prefixes or "").split(",")
            if part.strip()
        ]

    @api.model
    def _read_ledger(self, jobs):
        """One reading of the cube for each company and analytic account."""
        result = [None] * len(jobs)
        groups = {}
        for place, job in enumerate(jobs):
            try:
                reader = job.kpi._as_reader()
                reader._check_source_ledger()
            except UserError as error:
                result[place] = Failure(str(error.args[0]))
                continue
            # sudo: the accounts of what the reader was just found to be allowed to read
            kpi = reader.sudo()
            groups.setdefault((kpi.company_id, kpi.ledger_analytic_id), {})[place] = kpi
        for (company, analytic), kpis in groups.items():
            self._read_ledger_group(company, analytic, kpis, jobs, result)
        return result

    def _read_ledger_group(self, company, analytic, kpis, jobs, result):
        spans = {
            place: period.months_between(jobs[place].first, jobs[place].last)
            for place in kpis
        }
        months = sorted({month for span in spans.values() for month in span})
        columns = {month: column for column, month in enumerate(months)}
        rows = [
            kpi.ledger_account_ids or kpi._get_ledger_prefixes() or [""]
            for kpi in kpis.values()
        ]
        figures = self.env["sop.ledger.month"]._read_actuals(
            company, rows, months, analytic or None
        )
        for row, (place, kpi) in enumerate(kpis.items()):
            units = int(sum(figures[row][columns[month]] for month in spans[place]))
            if kpi.ledger_sign == "credit":
                units = -units
            result[place] = from_units(units, company.currency_id.decimal_places)

    def _check_source_budget(self, known=None):
        """:param known: what was found of budgets for people, while many are read"""
        budget, category = self._get_source_budget()
        if not budget or not self.budget_measure:
            raise UserError(
                self.env._(
                    "Choose the budget and the figure that “%(kpi)s” reads.",
                    kpi=self.name,
                )
            )
        budget._check_figures()
        category.check_access("read")
        if category and category.budget_id != budget:
            raise UserError(
                self.env._(
                    "“%(category)s” belongs to another budget.",
                    category=category.display_name,
                )
            )
        self._check_hidden_budget(budget, category, {} if known is None else known)

    def _check_hidden_budget(self, budget, category, known):
        """Are there figures of hidden categories in it?

        :param known: what was found of budgets for people, to be filled
        """
        key = self.env.uid, budget.id
        if key not in known:
            known[key] = self._get_veiled([("budget_id", "=", budget.id)])
        hidden = category.id in known[key] if category else bool(known[key])
        self._check_shared(hidden)

    def _get_source_budget(self):
        """The budget and the category, for whoever is about to read them."""
        # sudo: they are asked for next what they may read
        kept, su = self.sudo(), self.env.su
        return kept.source_budget_id.sudo(su), kept.source_category_id.sudo(su)

    @api.model
    def _read_budgets(self, jobs):
        """One matrix for each budget and person."""
        matrices, known, result = {}, {}, []
        for job in jobs:
            try:
                kpi = job.kpi._as_reader()
                kpi._check_source_budget(known)
                budget, category = kpi._get_source_budget()
                key = kpi.env.uid, budget.id
                if key not in matrices:
                    matrices[key] = budget._get_matrix()
                result.append(
                    kpi._get_budget_figure(matrices[key], category, kpi.budget_measure)
                )
            except UserError as error:
                result.append(Failure(str(error.args[0])))
        return result

    @api.model
    def _get_budget_figure(self, matrix, category, measure):
        """A figure of a category, or of all spending, over the whole budget."""

        def units(name):
            if name == "available":
                return measures.available(*map(units, PARTS))
            if category:
                return int(getattr(matrix, name)[matrix.ids.index(category.id)].sum())
            return sum(int(matrix.total(name, kind).sum()) for kind in SPENDING)

        if measure == "utilisation":
            planned = units("planned")
            return 100 * (planned - units("available")) / planned if planned else None
        return from_units(units(measure), matrix.decimal_places)
