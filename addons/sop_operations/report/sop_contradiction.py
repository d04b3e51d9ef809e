# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools.misc import format_date

from odoo.addons.sop_budget.engine.money import from_units

from ..engine import efficiency as engine
from .worked_out import worked_out_sql

KINDS = [
    ("green_unspent", "On track, but no money used"),
    ("red_spent", "Off track, and the money is used up"),
    ("unassigned", "Money without an operation"),
    ("no_kpi", "Operation without a KPI"),
    ("silent_kpi", "KPI without data"),
    ("no_operation", "Category without an operation"),
]
COLUMNS = {
    "id": "bigint",
    "kind": "text",
    "operation_id": "int",
    "kpi_id": "int",
    "category_id": "int",
    "user_id": "int",
    "company_id": "int",
    "currency_id": "int",
    "amount": "numeric",
    "words": "text",
    "next_step": "text",
}
#: Kinds of budget categories that spend
SPENDING = ("expense", "capital")


class SopContradiction(models.Model):
    """What doesn't go together: money without results, results without money, no data.

    Rows are worked out for the reader when they are read, so what is mended is gone at once.
    """

    _name = "sop.contradiction"
    _description = "Contradiction"
    _auto = False
    _order = "kind, id"
    _rec_name = "words"
    _depends = {
        "sop.operation": ["state", "user_id", "health", "analytic_account_id"],
        "sop.operation.funding": ["amount", "operation_id", "category_id"],
        "sop.kpi": ["operation_id", "active", "value_date"],
    }

    kind = fields.Selection(KINDS, "What", readonly=True)
    operation_id = fields.Many2one("sop.operation", readonly=True)
    kpi_id = fields.Many2one("sop.kpi", "KPI", readonly=True)
    category_id = fields.Many2one("sop.budget.category", readonly=True)
    user_id = fields.Many2one("res.users", "Whose", readonly=True)
    company_id = fields.Many2one("res.company", readonly=True)
    currency_id = fields.Many2one("res.currency", readonly=True)
    amount = fields.Monetary(readonly=True, help="The money that is in question.")
    words = fields.Char("What Is Wrong", readonly=True)
    next_step = fields.Char("What to Do Next", readonly=True)

    @property
    def _table_query(self):
        return worked_out_sql(self, COLUMNS)

    @api.model
    def _get_rows(self):
        """A dict of :data:`COLUMNS` for each row that the present user may read."""
        return [
            *self._get_operation_rows(),
            *self._get_silent_rows(),
            *self._get_unassigned_rows(),
            *self._get_bare_rows(),
        ]

    def _prepare_row(self, kind, record, **vals):
        """``record``: whose id makes the row's own, with the place of the kind."""
        names = [name for name, _label in KINDS]
        return {
            **dict.fromkeys(COLUMNS),
            "id": record.id * len(names) + names.index(kind),
            "kind": kind,
            "user_id": record.user_id.id or None,
            "company_id": record.company_id.id,
            "currency_id": record.currency_id.id,
            **vals,
        }

    # === OPERATIONS === #

    def _get_operation_rows(self):
        operations = self.env["sop.operation"].search_fetch(
            Domain("state", "in", ("in_progress", "completed"))
            & Domain("kind", "in", ("operation", "sub_operation")),
            [
                "name",
                "code",
                "user_id",
                "company_id",
                "health",
                "parent_id",
                "recurring_id",
            ],
        )
        counts = dict(
            # sudo: whether there is any; a KPI that the reader may not see is one
            self.env["sop.kpi"]
            .sudo()
            ._read_group(
                [("operation_id", "in", operations.ids)], ["operation_id"], ["__count"]
            )
        )
        for operation in operations:
            # What is spent of a part of the money says nothing
            known = operation.has_spending and not operation.hidden_funding_count
            facts = engine.OperationFacts(
                health=operation.health or None,
                allocated=operation.allocated_total,
                spent=operation.spent_total if known else None,
                kpis=counts.get(operation, 0),
            )
            for code in engine.contradictions(facts):
                # Said once, of what comes back, and not again of every occurrence
                if code == "no_kpi" and operation.recurring_id:
                    continue
                words, next_step = self._describe_operation(code, operation)
                yield self._prepare_row(
                    code,
                    operation,
                    operation_id=operation.id,
                    amount=operation.allocated_total,
                    words=words,
                    next_step=next_step,
                )

    def _describe_operation(self, code, operation):
        currency = operation.currency_id
        figures = {
            "name": operation.display_name,
            "allocated": currency.format(operation.allocated_total),
            "spent": currency.format(operation.spent_total),
        }
        if code == "green_unspent":
            return (
                self.env._(
                    "“%(name)s” is on track, but nothing of its %(allocated)s is used.",
                    **figures,
                ),
                self.env._(
                    "Check whether bills carry its analytic account. If it needs no money, "
                    "free what is allocated."
                ),
            )
        if code == "red_spent":
            return (
                self.env._(
                    "“%(name)s” is off track and has spent %(spent)s of %(allocated)s.",
                    **figures,
                ),
                self.env._(
                    "Decide before more is spent: change the plan, ask for money, or stop."
                ),
            )
        return (
            self.env._(
                "“%(name)s” has no KPI: nobody will know if it works.", **figures
            ),
            self.env._("Say by which figure you will see that it worked."),
        )

    # === KPIS === #

    def _get_silent_rows(self):
        kpis = self.env["sop.kpi"].search_fetch(
            Domain("is_late", "=", True)
            & Domain("operation_id.state", "=", "in_progress"),
            ["name", "user_id", "operation_id", "company_id", "check_in_date"],
        )
        for kpi in kpis:
            yield self._prepare_row(
                "silent_kpi",
                kpi,
                operation_id=kpi.operation_id.id,
                kpi_id=kpi.id,
                user_id=(kpi.user_id or kpi.operation_id.user_id).id or None,
                words=self.env._(
                    "“%(kpi)s” of “%(operation)s” should have been measured by %(day)s.",
                    kpi=kpi.name,
                    operation=kpi.operation_id.display_name,
                    day=format_date(self.env, kpi.check_in_date),
                ),
                next_step=self.env._(
                    "Measure it, or archive the KPI if nobody needs it any more."
                ),
            )

    # === MONEY === #

    def _get_unassigned_rows(self):
        """Categories of approved budgets that spent money which no operation answers for."""
        analysis = self.env["sop.budget.analysis"]
        if not analysis.has_access("read"):
            return
        groups = analysis._read_group(
            Domain("measure", "=", "actual")
            & Domain("kind", "in", SPENDING)
            & Domain("category_id", "!=", False)
            & Domain("budget_id.state", "=", "approved"),
            ["category_id"],
            ["actual:sum"],
        )
        spent = {category: amount for category, amount in groups if amount > 0}
        categories = self.env["sop.budget.category"].union(*spent)
        assigned = categories._get_assigned_units()
        for category in categories:
            currency = category.currency_id
            rest = spent[category] - from_units(
                assigned.get(category.id, 0), currency.decimal_places
            )
            if currency.compare_amounts(rest, 0) <= 0:
                continue
            yield self._prepare_row(
                "unassigned",
                category,
                category_id=category.id,
                amount=rest,
                words=self.env._(
                    "“%(category)s” spent %(amount)s that no operation answers for.",
                    category=category.display_name,
                    amount=currency.format(rest),
                ),
                next_step=self.env._(
                    "Link the category to an operation, and put the operation's analytic "
                    "account on its bills."
                ),
            )

    def _get_bare_rows(self):
        """Categories that no operation is linked to, in companies that expect one."""
        Category = self.env["sop.budget.category"]
        if not Category.has_access("read"):
            return
        for category in Category.search([("operation_missing", "=", True)]):
            yield self._prepare_row(
                "no_operation",
                category,
                category_id=category.id,
                words=self.env._(
                    "“%(category)s” is for no operation.",
                    category=category.display_name,
                ),
                next_step=self.env._(
                    "Link the category to the operation that its money is for."
                ),
            )

    # === ACTIONS === #

    def action_open(self):
        """Where it can be mended."""
        self.ensure_one()
        record = self.kpi_id or self.operation_id or self.category_id
        return record.get_formview_action()
